"""One scenario, one replication: one warm-up, then every strategy for all adopters from the same state.

Runs differ in the strategy only: they branch from one market, under one key, so they have common random numbers.
Equal assignments are the same run, and are simulated once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zerosum.market.assumptions import assumed
from zerosum.market.engine import Engine
from zerosum.market.engine import OnWeek as OnWeek
from zerosum.scenario.comparison import ADOPTERS, Adopters
from zerosum.scenario.spec import Scenario

Watch = Callable[[Engine], None]
"""Called with each market when its strategies are assigned, before its first week."""

Assignment = tuple[tuple[int, ...], tuple[int, ...]]
"""Strategy rows: of every vendor, of every rep."""


@dataclass(frozen=True)
class Run:
    """One finished run of one strategy, for the team that is measured.

    Attributes
    ----------
    strategy, adopters : str
    replication : int
    engine : Engine
        at the end of the run; its recorder holds the measured weeks
    vendor : int
        row of the vendor that is measured
    team : bool[reps]
        reps that are measured: all its reps, or the strategy's team in ``head-to-head``
    strategy_row : int
        row of the strategy that the team follows
    start_accounts : int
        buyers in the team's territories that the vendor held when the measured weeks began
    start_served : int
        buyers in the whole market that had a vendor then
    weeks : int
        measured weeks
    """

    strategy: str
    adopters: Adopters
    replication: int
    engine: Engine
    vendor: int
    team: npt.NDArray[np.bool_]
    strategy_row: int
    start_accounts: int
    start_served: int
    weeks: int


def equal_reps(scenario: Scenario) -> Scenario:
    """Return the same scenario with reps of equal skill, successors too."""
    equal = scenario.reps.model_copy(update={"skill_sd": 0.0})
    # Reps stay equal, whatever range ``reps.skill_sd`` has.
    rest = tuple(row for row in scenario.uncertain if row.key != "reps.skill_sd")
    return scenario.model_copy(update={"reps": equal, "uncertain": rest})


def equal_territories(scenario: Scenario) -> Scenario:
    """Return the same scenario with territories of about equal value: all vendors' are balanced."""
    balanced = {"territory": "balanced", "reps_by_segment": None}
    vendors = tuple(vendor.model_copy(update=balanced) for vendor in scenario.vendors)
    return scenario.model_copy(update={"vendors": vendors})


def chance_baseline(scenario: Scenario) -> Scenario:
    """Return the same scenario with equal reps, in the same territories: reps don't differ in skill.

    With ``comparison.chance_baseline = "equal-reps-and-territories"``, territories are balanced too.
    """
    equal = equal_reps(scenario)
    if scenario.comparison.chance_baseline == "equal-reps-and-territories":
        return equal_territories(equal)
    return equal


def assignment(scenario: Scenario, engine: Engine, strategy: str, adopters: Adopters) -> Assignment:
    """Return who follows which strategy.

    Parameters
    ----------
    scenario, engine
        the market, in its status quo
    strategy : str
        name of a strategy
    adopters : Adopters
        see docs/model.md, "Strategies and adopters"

    Returns
    -------
    tuple
        strategy row of every vendor, strategy row of every rep
    """
    vendors, reps = engine.status_quo()
    move, focal = scenario.strategy_index(strategy), scenario.focal_index
    if adopters == "head-to-head":
        teams = team_of_reps(scenario, engine)
        strategies = [scenario.strategy_index(name) for name in scenario.compared_names]
        return tuple(vendors), tuple(strategies[t] if t >= 0 else s for t, s in zip(teams, reps, strict=True))
    moving = {
        "focal": {focal},
        "competitors": set(range(len(vendors))) - {focal},
        "all": set(range(len(vendors))),
    }[adopters]
    vendors = [move if v in moving else s for v, s in enumerate(vendors)]
    return tuple(vendors), tuple(vendors[v] for v in engine.market.reps.vendor)


def team_of_reps(scenario: Scenario, engine: Engine) -> list[int]:
    """Return the strategy number of each of the focal vendor's reps in ``head-to-head``, -1 for everybody else's.

    Teams rotate with the replication, so that no strategy always has the same reps and territories.
    """
    teams, seen = [], 0
    for vendor in engine.market.reps.vendor:
        if vendor != scenario.focal_index:
            teams.append(-1)
            continue
        teams.append((seen + engine.replication) % len(scenario.compared_names))
        seen += 1
    return teams


def team_sizes(reps: int, teams: int, replication: int) -> list[int]:
    """Return how many reps each team has in ``head-to-head``: seat ``s`` is in team ``(s + replication) % teams``."""
    seats = [(seat + replication) % teams for seat in range(reps)]
    return [seats.count(team) for team in range(teams)]


def warm_up(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Engine:
    """Simulate the status quo up to the start of the measured weeks."""
    engine = Engine(assumed(scenario, replication), replication)
    engine.run(scenario.clock.warmup_weeks, on_week)
    return engine


def _finish(
    start: Engine, who: Assignment, weeks: int, on_week: OnWeek | None, watch: Watch | None
) -> Engine:
    engine = start.branch()
    engine.assign(*who)
    if watch:
        watch(engine)
    engine.run(weeks, on_week)
    engine.recorder.finish(engine.week, engine.market)
    return engine


def _accounts(engine: Engine, vendor: int, team: npt.NDArray[np.bool_]) -> int:
    buyers = engine.market.buyers
    held = buyers.holds >= 0
    own = held & (engine.rules.products.vendor[buyers.holds] == vendor)
    return int(np.count_nonzero(own & team[buyers.owner[:, vendor]]))


def _check(scenario: Scenario, strategies: Sequence[str], adopters: Sequence[Adopters]) -> None:
    """Raise ValueError for strategies and adopters that the scenario can't have; its own were checked at loading."""
    all_names = tuple(s.name for s in scenario.strategies)
    for who in adopters:
        known = scenario.compared_names if who == "head-to-head" else all_names
        if who not in ADOPTERS:
            raise ValueError(f"adopters: there is no {who!r}; there are: {', '.join(ADOPTERS)}")
        for strategy in strategies:
            if strategy not in known:
                raise ValueError(
                    f"there is no strategy {strategy!r} for adopters {who!r}; there are: {', '.join(known)}"
                )
        reps = scenario.vendors[scenario.focal_index].reps
        if who == "head-to-head" and reps < len(known):
            raise ValueError(
                f"{reps} reps can't be split into head-to-head teams for {len(known)} strategies"
            )
        if who == "competitors" and len(scenario.vendors) < 2:
            raise ValueError("adopters 'competitors' need at least two vendors")


def branches(
    start: Engine,
    strategies: Sequence[str],
    adopters: Sequence[Adopters],
    on_week: OnWeek | None = None,
    watch: Watch | None = None,
) -> Iterator[Run]:
    """Run strategies for adopters from one warm-up, each distinct assignment once.

    A finished market is kept only while another strategy, or other adopters, need the same run.

    Parameters
    ----------
    start : Engine
        at the end of its warm-up; left as it is
    strategies, adopters
        names
    watch : callable, optional
        called once for each distinct assignment

    Yields
    ------
    Run
        for each of ``adopters``, for each strategy

    Raises
    ------
    ValueError
        for a strategy or adopters that the scenario can't have
    """
    scenario, focal = start.scenario, start.scenario.focal_index
    _check(scenario, strategies, adopters)
    weeks = scenario.clock.weeks
    of_vendor = start.market.reps.vendor == focal
    in_teams = np.array(team_of_reps(scenario, start))
    moves = [(who, strategy) for who in adopters for strategy in strategies]
    assignments = [assignment(scenario, start, strategy, who) for who, strategy in moves]
    needed, kept = Counter(assignments), dict[Assignment, Engine]()

    def finished(assigned: Assignment) -> Engine:
        if assigned not in kept:
            kept[assigned] = _finish(start, assigned, weeks, on_week, watch)
        needed[assigned] -= 1
        return kept[assigned] if needed[assigned] else kept.pop(assigned)

    for (who, strategy), assigned in zip(moves, assignments, strict=True):
        team = in_teams == scenario.compared_names.index(strategy) if who == "head-to-head" else of_vendor
        yield Run(
            strategy=strategy,
            adopters=who,
            replication=start.replication,
            engine=finished(assigned),
            vendor=focal,
            team=team,
            strategy_row=assigned[1][int(np.argmax(team))],
            start_accounts=_accounts(start, focal, team),
            start_served=int(start.market.vendors.customers.sum()),
            weeks=weeks,
        )


def simulate(
    scenario: Scenario,
    strategy: str | None = None,
    adopters: Adopters | None = None,
    replication: int = 0,
    on_week: OnWeek | None = None,
) -> Run:
    """Simulate one strategy: warm-up, then the scenario's measured weeks.

    Parameters
    ----------
    scenario : Scenario
    strategy : str, optional
        the baseline if not given
    adopters : Adopters, optional
        the scenario's first if not given
    replication : int
        with the scenario's seed, it addresses all random numbers

    Returns
    -------
    Run
    """
    start = warm_up(scenario, replication, on_week)
    chosen = adopters or scenario.comparison.adopters[0]
    return next(branches(start, [strategy or scenario.baseline_name], [chosen], on_week))
