"""Measure what another hour a week brings, by activity, without any tool.

The scenario ``hours`` has a strategy for each activity: our reps work some hours more on it, all else equal. The gain
is divided by the hours, and by what the status quo comes to: so ARR, new business and accounts can stand side by side.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from docs.tools.findings.kept import NOTHING, Kept
from zerosum.market.metrics import Team
from zerosum.market.run import OnWeek
from zerosum.market.state import ACTIVITIES, DISPLACEMENT, N_PLANNED, NEW, YEAR
from zerosum.scenario import parse_scenario, results_hash
from zerosum.scenario.spec import Scenario
from zerosum.statistics import mean_interval
from zerosum.studies.probes import Branch, run_from_one_warm_up

PLANNED = ACTIVITIES[:N_PLANNED]
STRATEGIES = dict(
    zip(PLANNED, ("more-calls", "more-preparation", "more-selling", "more-social"), strict=True)
)
"""Activity -> the strategy that works more on it."""

CONTRAST = "preparation less prospecting"

YARDSTICKS = ("arr", "new_business", "accounts", "arr_1", "arr_2")
"""ARR at the end, contracts won from buyers without an incumbent or with a rival's, accounts held at the end; ARR after
one year and after two."""

Observed = Mapping[str, Sequence[float]]
"""Strategy and adopters -> yardsticks, in one replication."""


@dataclass(frozen=True)
class Case:
    """A market that differs from the scenario's in one thing.

    Attributes
    ----------
    name : str
    words : str             what differs, in words
    change : callable       scenario -> its keys and their other values
    """

    name: str
    words: str
    change: Callable[[Scenario], Mapping[str, object]]


CASES: tuple[Case, ...] = (
    Case(
        "half the competitors",
        "half as many competitors on a buyer's list",
        lambda s: {"invitations.competitors": 0.5 * s.invitations.competitors},
    ),
    Case(
        "twice the competitors",
        "twice as many competitors on a buyer's list",
        lambda s: {"invitations.competitors": 2.0 * s.invitations.competitors},
    ),
    Case(
        "independent",
        "each competitor is invited independently, without a short list",
        lambda _: {"invitations.rule": "independent"},
    ),
    Case(
        "nobody drops out",
        "no customer drops out at a contract's end",
        lambda _: {"contracts.attrition": 0.0},
    ),
    Case(
        "green field",
        "no buyer has an incumbent a year before the measured weeks",
        lambda _: {"market.saturation": 0.0, "clock.warmup_weeks": YEAR},
    ),
    Case("five years", "five years instead of three", lambda _: {"clock.weeks": 5 * YEAR}),
    Case(
        "nobody provoked",
        "calls create no opportunity with a competitor's customer",
        lambda _: {"prospecting.provoke_customer": 0.0},
    ),
    Case(
        "goodwill lost",
        "a call without result costs twice the goodwill",
        lambda s: {"prospecting.goodwill_burn": min(1.0, 2.0 * s.prospecting.goodwill_burn)},
    ),
    Case(
        "selling alone",
        "selling is worth as much without a prepared case",
        lambda _: {"effort.unprepared_share": 1.0},
    ),
    Case(
        "case first",
        "selling is worth nothing without a prepared case",
        lambda _: {"effort.unprepared_share": 0.0},
    ),
    Case(
        "few slots",
        "a rep works at most 8 opportunities at a time",
        lambda _: {"reps.max_open_opportunities": 8},
    ),
    Case(
        "presales",
        "four times as many presales engineers, everywhere",
        lambda s: {f"vendors.{v.name}.presales": 4 * v.presales for v in s.vendors},
    ),
)
"""What could change the answer."""


def more_hours(scenario: Scenario, activity: str) -> float:
    """Return how many hours a week more a rep works on an activity under its strategy."""
    one, usual = (
        dict(scenario.strategies[scenario.strategy_index(name)].extra_hours)[activity]
        for name in (STRATEGIES[activity], scenario.baseline_name)
    )
    return one - usual


def asked(scenario: Scenario, activities: Sequence[str] = PLANNED, everyone: bool = False) -> list[Branch]:
    """Return the runs that tell what hours bring, the status quo first."""
    alone: list[Branch] = [(STRATEGIES[name], "focal") for name in activities]
    together: list[Branch] = [(STRATEGIES[name], "all") for name in activities] if everyone else []
    return [(scenario.baseline_name, "focal"), *alone, *together]


def observe(
    scenario: Scenario, branches: Sequence[Branch], replication: int, on_week: OnWeek | None = None
) -> Observed:
    """Return each run's yardsticks, from one warm-up."""
    found = run_from_one_warm_up(scenario, replication, branches, on_week)
    rows = {}
    for branch, run in found.items():
        team = Team(run)
        arr, revenue = team.money.arr, team.revenue
        after = [float(arr[min(YEAR * year, len(arr)) - 1]) for year in (1, 2)]
        won = float(revenue[NEW] + revenue[DISPLACEMENT])
        rows["|".join(branch)] = [float(team.paying.sum()), won, float(team.accounts), *after]
    return rows


def observe_all(
    name: str,
    scenario: Scenario,
    branches: Sequence[Branch],
    workers: int = 1,
    kept: Kept = NOTHING,
    stop: threading.Event | None = None,
) -> list[Observed]:
    """Observe the scenario's replications, or read them if they are kept."""
    return kept.replications(
        name,
        [results_hash(scenario), branches],
        lambda number, check: observe(scenario, branches, number, check),
        scenario.comparison.replications,
        workers,
        stop,
    )


def worth(scenario: Scenario, observed: Sequence[Observed]) -> pd.DataFrame:
    """Return what an hour a week and rep brings, of what the status quo comes to.

    Returns
    -------
    DataFrame
        one row per adopters, activity and yardstick: mean, low, high (95 %, paired), n; in per cent. The activity
        ``preparation less prospecting`` is the paired difference of the two. The status quo's mean counts as known:
        its own noise is a hundredth of it, and so of each number.
    """
    gains: dict[tuple[str, str], np.ndarray] = {}
    usual = np.array([row[f"{scenario.baseline_name}|focal"] for row in observed])
    for activity, strategy in STRATEGIES.items():
        for who in ("focal", "all"):
            if f"{strategy}|{who}" in observed[0]:
                more = np.array([row[f"{strategy}|{who}"] for row in observed])
                gains[who, activity] = (
                    100.0 * (more - usual) / usual.mean(axis=0) / more_hours(scenario, activity)
                )
    for who in ("focal", "all"):
        if (who, "preparation") in gains and (who, "prospecting") in gains:
            gains[who, CONTRAST] = gains[who, "preparation"] - gains[who, "prospecting"]
    rows = []
    for (who, activity), values in gains.items():
        for column, yardstick in enumerate(YARDSTICKS):
            found = mean_interval(values[:, column])
            rows.append((who, activity, yardstick, found.mean, found.low, found.high, found.n))
    return pd.DataFrame(rows, columns=["adopters", "activity", "yardstick", "mean", "low", "high", "n"])


def changed(scenario: Scenario, case: Case) -> Scenario:
    """Return the market of a case."""
    return parse_scenario(scenario, case.change(scenario))
