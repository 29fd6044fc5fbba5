"""Two runs that differ in one thing: a strategy, or what a test changes by hand before the first measured week."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.helpers import n_vendors_alike, silent_market
from zerosum.market.engine import Engine
from zerosum.market.run import Run, branches, warm_up
from zerosum.scenario.spec import Scenario
from zerosum.studies.attribution.causes import CAUSES, TOTALS
from zerosum.studies.attribution.explain import Traced, trace
from zerosum.studies.attribution.side import Side, make_side
from zerosum.studies.attribution.witness import Witness

BASE = {"name": "usual"}


def both(
    scenario: Scenario,
    strategy: str = "strategy",
    adopters: Any = "focal",
    replication: int = 0,
    tamper: Callable[[Engine], None] | None = None,
) -> tuple[Side, Side]:
    """Run the baseline and a strategy; ``tamper`` with the strategy's market before its first week."""
    witnesses: list[Witness] = []

    def watch(engine: Engine) -> None:
        if witnesses and tamper:
            tamper(engine)
        witnesses.append(Witness(engine, scenario.focal_index))

    runs = branches(
        warm_up(scenario, replication), [scenario.baseline_name, strategy], [adopters], None, watch
    )
    first, second = (make_side(run, witnesses[-1]) for run in runs)
    return first, second


def as_run(engine: Engine, witness: Witness) -> Side:
    """See a finished engine as a run of its scenario's focal vendor."""
    focal = engine.scenario.focal_index
    team, weeks = engine.market.reps.vendor == focal, engine.week - witness.first_week
    return make_side(
        Run("strategy", "focal", engine.replication, engine, focal, team, 0, 1, 1, weeks), witness
    )


def traced(scenario: Scenario, *args: Any, **options: Any) -> Traced:
    return trace(*both(scenario, *args, **options))


def at_work(strategy: dict[str, Any] | None = None, **tables: Any) -> Scenario:
    """Two vendors that are always invited; every contract ends once in the measured weeks, and one rep sells.

    Nothing that a decision changes reaches another one: no network, no quota, room for all.
    """
    vendors = [{**row, "reps": 6} for row in n_vendors_alike(2)]
    usual = {**BASE, "extra_hours": {"preparation": 20.0, "selling": 20.0}}
    values: dict[str, Any] = {
        "market": {"buyers": 1500},
        "segments": [{"name": "all", "contract_weeks": 52, "evaluation_weeks": 2.0, "value_sigma": 1.0}],
        "clock": {"weeks": 40},
        "vendors": vendors,
        "invitations": {"coverage": 1.0, "inbound": 1.0},
        "prospecting": {"attempts_per_hour": 0.0},
        "strategies": [usual, {**usual, "name": "strategy", **(strategy or {})}],
        "comparison": {"seed": 5},
    }
    for name, table in tables.items():
        values[name] = {**values.get(name, {}), **table} if isinstance(table, dict) else table
    values["reps"] = {"max_open_opportunities": 400, **values.get("reps", {})}
    return silent_market(**values)


def causes_of(found: Traced) -> set[str]:
    """Names of the causes that have any part in any decision."""
    present = np.abs(found.deals[[f"share_{cause.name}" for cause in CAUSES]].to_numpy()).sum(axis=0) > 1e-12
    return {cause.name for cause, there in zip(CAUSES, present, strict=True) if there}


def check_sums(found: Traced) -> None:
    """Counts sum exactly, money to nine digits, to the difference of the runs' own metrics."""
    sums = dict(zip(TOTALS, found.by_cause.sum(axis=0), strict=True))
    scale = max(1.0, float(np.abs(found.deals[["value"]].to_numpy()).sum()))
    for name in TOTALS:
        if name.startswith("n"):
            assert round(sums[name]) == found.totals[name], name
            assert abs(sums[name] - found.totals[name]) < 1e-9, name
        else:
            assert abs(sums[name] - found.totals[name]) <= 1e-9 * scale, name
