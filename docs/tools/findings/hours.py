"""Measure the value of another hour a week, by activity, without any tool.

Reps of our team work some hours more on one activity, all else equal; the gain in a year is divided by the hours.
Each row of the result is a market that differs from the scenario's in one thing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zerosum.market.metrics import measure
from zerosum.market.run import OnWeek
from zerosum.market.state import ACTIVITIES, N_PLANNED, YEAR
from zerosum.runs.executors import replications
from zerosum.scenario import parse_scenario
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.spec import Scenario
from zerosum.statistics import mean_interval
from zerosum.studies.probes import Branch, add_to, baseline_strategy, hours_more, run_from_one_warm_up, vary

MORE = 4.0
"""Hours a week and rep."""

PLANNED = ACTIVITIES[:N_PLANNED]


@dataclass(frozen=True)
class Case:
    """A market that differs from the scenario's in one thing.

    Attributes
    ----------
    name : str
    words : str             what differs, in words
    change : callable       scenario -> its keys and their other values
    adopters : Adopters           who works more
    """

    name: str
    words: str
    change: Callable[[Scenario], Mapping[str, object]] = lambda _: {}
    adopters: Adopters = "focal"


AS_IT_IS = Case("as it is", "the scenario as it is")

CASES: tuple[Case, ...] = (
    AS_IT_IS,
    Case("all", "all vendors' reps work those hours more, not only ours", adopters="all"),
    Case(
        "half full",
        "half of the buyers have no supplier when the warm-up begins",
        lambda _: {"market.saturation": 0.5},
    ),
    Case(
        "green field",
        "no buyer has a supplier when the warm-up begins",
        lambda _: {"market.saturation": 0.0},
    ),
    Case(
        "nobody provoked",
        "calls provoke no evaluation of a rival's customer",
        lambda _: {"prospecting.provoke_customer": 0.0},
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
        "invited less",
        "half as many invitations without a call",
        lambda s: {"invitations.inbound": 0.5 * s.invitations.inbound},
    ),
    Case(
        "goodwill lost",
        "a fruitless call burns twice the goodwill",
        lambda s: {"prospecting.goodwill_burn": min(1.0, 2.0 * s.prospecting.goodwill_burn)},
    ),
)
"""What could change the answer."""


def _observe(
    scenario: Scenario, case: Case, replication: int, on_week: OnWeek
) -> dict[str, dict[str, float]]:
    """Return activity -> the gains from more hours of it."""
    market = parse_scenario(scenario, case.change(scenario))
    more = {
        name: vary(market, f"more {name}", extra_hours=hours_more(market, **{name: MORE})) for name in PLANNED
    }
    market = add_to(market, list(more.values()))
    base = baseline_strategy(market).name
    strategies: list[Branch] = [
        (name, case.adopters) for name in (base, *(strategy.name for strategy in more.values()))
    ]
    found = run_from_one_warm_up(market, replication, strategies, on_week)
    without = measure(found[base, case.adopters])
    years, hours = market.clock.weeks / YEAR, MORE * YEAR
    reps = market.vendors[market.focal_index].reps
    rows = {}
    for name, strategy in more.items():
        numbers = measure(found[strategy.name, case.adopters])
        rows[name] = {
            "revenue": (numbers["revenue_per_rep"] - without["revenue_per_rep"]) / hours,
            "new_business": (numbers["won_revenue_per_rep"] - without["won_revenue_per_rep"]) / hours,
            "accounts": 1000
            * (numbers["accounts_gained"] - without["accounts_gained"])
            / (hours * years * reps),
            "at_quota": numbers["share_at_quota"] - without["share_at_quota"],
            "win_rate": numbers["win_rate"] - without["win_rate"],
        }
    return rows


NUMBERS = {
    "revenue": "money/hour",
    "new_business": "money/hour",
    "accounts": "accounts per 1,000 hours",
    "at_quota": "share",
    "win_rate": "share",
}
"""Measure of an hour -> unit."""


def worth_of_hours(
    scenario: Scenario,
    cases: Sequence[Case] = CASES,
    workers: int = 1,
    on_done: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
) -> pd.DataFrame:
    """Measure the value of an hour.

    Returns
    -------
    DataFrame       one row per case, activity and number: mean, low, high (95 %, paired), n; the activity
                    ``preparation less prospecting`` is the paired difference of the two
    """

    def task(number: int, check: OnWeek) -> list[dict[str, dict[str, float]]]:
        return [_observe(scenario, case, number, check) for case in cases]

    observed = replications(task, scenario.comparison.replications, workers, on_done, stop)
    rows = []
    for i, case in enumerate(cases):
        for number in NUMBERS:
            columns = {name: np.array([row[i][name][number] for row in observed]) for name in PLANNED}
            columns["preparation less prospecting"] = columns["preparation"] - columns["prospecting"]
            for activity, values in columns.items():
                found = mean_interval(values)
                rows.append(
                    {
                        "case": case.name,
                        "activity": activity,
                        "number": number,
                        "unit": NUMBERS[number],
                        "mean": found.mean,
                        "low": found.low,
                        "high": found.high,
                        "n": found.n,
                    }
                )
    return pd.DataFrame(rows)
