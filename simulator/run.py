"""One scenario, one replication: the warm-up once, every arm in every world from the same state.

What differs between two arms is their strategy and nothing else: they branch from one market, under one key,
so they share all luck (common random numbers). Two assignments that give everybody the same strategy are the
same run, and are simulated once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.engine import Engine
from simulator.scenario.comparison import World
from simulator.scenario.spec import Scenario

OnWeek = Callable[[int, int], None]
"""Called after each week with (weeks done, weeks in all)."""


@dataclass(frozen=True)
class Run:
    """One finished run of one arm, as seen by the reps whose move is studied.

    Attributes
    ----------
    arm, world : str
    replication : int
    engine : Engine            at the end of the run; its recorder holds the measured weeks
    vendor : int               row of the vendor that is measured
    team : bool[reps]          its reps that are measured: all of them, or the arm's team in ``head-to-head``
    strategy : int             row of the strategy that the team follows
    start_customers : int      of the vendor, when the measured weeks began
    start_team_accounts : int  buyers in the team's territories that the vendor held then
    weeks : int                measured weeks
    """

    arm: str
    world: World
    replication: int
    engine: Engine
    vendor: int
    team: npt.NDArray[np.bool_]
    strategy: int
    start_customers: int
    start_team_accounts: int
    weeks: int


def luck_null(scenario: Scenario) -> Scenario:
    """Return the same scenario with equal reps and interchangeable territories: what is left is luck."""
    equal = scenario.reps.model_copy(update={"skill_sd": 0.0})
    vendors = tuple(v.model_copy(update={"territory": "random"}) for v in scenario.vendors)
    return scenario.model_copy(update={"reps": equal, "vendors": vendors})


def assignment(scenario: Scenario, engine: Engine, arm: str, world: World) -> tuple[list[int], list[int]]:
    """Say who follows which strategy when an arm is tried in a world.

    Parameters
    ----------
    scenario, engine : the market, in its status quo
    arm : str           name of a strategy
    world : World       see docs/model.md, "Strategies and worlds"

    Returns
    -------
    (strategy row of every vendor, strategy row of every rep)
    """
    vendors, reps = engine.status_quo()
    move, focal = scenario.strategy_index(arm), scenario.focal_index
    if world == "head-to-head":
        teams = team_of_reps(scenario, engine)
        arms = [scenario.strategy_index(name) for name in scenario.arm_names]
        return vendors, [arms[t] if t >= 0 else s for t, s in zip(teams, reps, strict=True)]
    moving = {
        "alone": {focal},
        "rivals": set(range(len(vendors))) - {focal},
        "everyone": set(range(len(vendors))),
    }[world]
    vendors = [move if v in moving else s for v, s in enumerate(vendors)]
    return vendors, [vendors[v] for v in engine.market.reps.vendor]


def team_of_reps(scenario: Scenario, engine: Engine) -> list[int]:
    """Arm number of each of the focal vendor's reps in ``head-to-head``, -1 for everybody else's.

    Teams rotate with the replication, so that no arm always has the same reps and territories.
    """
    teams, seen = [], 0
    for vendor in engine.market.reps.vendor:
        if vendor != scenario.focal_index:
            teams.append(-1)
            continue
        teams.append((seen + engine.replication) % len(scenario.arm_names))
        seen += 1
    return teams


def warm_up(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Engine:
    """Simulate the status quo up to the start of the measured weeks."""
    engine = Engine(scenario, replication)
    for week in range(scenario.clock.warmup_weeks):
        engine.step()
        if on_week:
            on_week(week + 1, scenario.clock.warmup_weeks)
    return engine


def _finished(start: Engine, who: tuple[list[int], list[int]], weeks: int, on_week: OnWeek | None) -> Engine:
    engine = start.branch()
    engine.assign(*who)
    for week in range(weeks):
        engine.step()
        if on_week:
            on_week(week + 1, weeks)
    engine.recorder.finish(engine.week, engine.market)
    return engine


def _team_accounts(engine: Engine, vendor: int, team: npt.NDArray[np.bool_]) -> int:
    buyers = engine.market.buyers
    held = buyers.holds >= 0
    own = held & (engine.rules.products.vendor[buyers.holds] == vendor)
    return int(np.count_nonzero(own & team[buyers.owner[:, vendor]]))


def branches(
    start: Engine,
    arms: Sequence[str],
    worlds: Sequence[World],
    on_week: OnWeek | None = None,
) -> Iterator[Run]:
    """Run arms in worlds from one warm-up, each distinct assignment once.

    Parameters
    ----------
    start : Engine      at the end of its warm-up; left as it is
    arms, worlds : names

    Yields
    ------
    Run     for each world, for each arm
    """
    scenario, focal = start.scenario, start.scenario.focal_index
    length = scenario.clock.weeks
    of_vendor = start.market.reps.vendor == focal
    done: dict[tuple[tuple[int, ...], tuple[int, ...]], Engine] = {}
    customers = int(start.market.vendors.customers[focal])
    for world in worlds:
        teams = np.array(team_of_reps(scenario, start)) if world == "head-to-head" else None
        for arm in arms:
            who = assignment(scenario, start, arm, world)
            known = (tuple(who[0]), tuple(who[1]))
            if known not in done:
                done[known] = _finished(start, who, length, on_week)
            team = of_vendor if teams is None else teams == scenario.arm_names.index(arm)
            yield Run(
                arm=arm,
                world=world,
                replication=start.replication,
                engine=done[known],
                vendor=focal,
                team=team,
                strategy=int(done[known].market.reps.strategy[np.argmax(team)]),
                start_customers=customers,
                start_team_accounts=_team_accounts(start, focal, team),
                weeks=length,
            )


def simulate(
    scenario: Scenario,
    arm: str | None = None,
    world: World | None = None,
    replication: int = 0,
    on_week: OnWeek | None = None,
) -> Run:
    """Simulate one arm in one world: warm-up, then the scenario's measured weeks.

    Parameters
    ----------
    scenario : Scenario
    arm : str, optional       the baseline if not given
    world : World, optional   the scenario's first if not given
    replication : int         with the scenario's seed, it addresses all luck

    Returns
    -------
    Run
    """
    start = warm_up(scenario, replication, on_week)
    chosen = world or scenario.comparison.worlds[0]
    return next(branches(start, [arm or scenario.baseline_name], [chosen], on_week))
