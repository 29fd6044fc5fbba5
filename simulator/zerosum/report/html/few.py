"""Which strategies have panels: a page about very many would be read by nobody, and sent by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from zerosum.studies.compare import Comparison

if TYPE_CHECKING:
    from zerosum.studies.compare import Decision

MOST_ARMS = 10
"""Strategies that figures show, the baseline among them; the tables of what decides hold all."""


def best_of(comparison: Comparison, decision: Decision, world: str) -> Comparison:
    """Leave out all strategies but the baseline and the best by the number that decides, in their order."""
    scenario = comparison.scenario
    names = scenario.compared_names
    if len(names) <= MOST_ARMS:
        return comparison
    rows = decision.table[(decision.table["world"] == world) & (decision.table["verdict"] != "baseline")]
    better = decision.metric.higher_is_better
    rank = rows["difference"].abs() if better is None else rows["mean"] if better else -rows["mean"]
    order = rank.sort_values(ascending=False, kind="stable").index[: MOST_ARMS - 1]
    best = set(rows.loc[order, "strategy"])
    kept = tuple(name for name in names if name in best or name == scenario.baseline_name)
    asked = scenario.comparison.model_copy(update={"strategies": kept, "baseline": scenario.baseline_name})
    tables = {
        name: table.filter(pc.is_in(table["strategy"], value_set=pa.array(kept)))
        if "strategy" in table.column_names
        else table
        for name, table in comparison.tables.items()
    }
    return Comparison(scenario.model_copy(update={"comparison": asked}), tables)
