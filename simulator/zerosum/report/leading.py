"""Which strategies lead, and which have room in a figure: one of very many would be read by nobody."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from zerosum.market.metrics import BY_NAME
from zerosum.studies.compare import Comparison

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.scenario.spec import Scenario
    from zerosum.studies.compare import Decision


def rank_strategies(rows: pd.DataFrame, metric: str, usual: str) -> list[str]:
    """Name strategies, the baseline aside, from the best mean of a metric on.

    Where neither more nor less is better: from the one that differs most.
    """
    rows, better = rows[rows["strategy"] != usual], BY_NAME[metric].higher_is_better
    rank: Any = rows["difference"].abs() if better is None else rows["mean"] if better else -rows["mean"]
    order = rank.fillna(-math.inf).sort_values(ascending=False, kind="stable").index
    return [str(name) for name in rows.loc[order, "strategy"]]


def find_leading(decision: Decision, adopters: str) -> str | None:
    """Name the strategy, the baseline aside, with the best mean; None if there is the baseline only."""
    rows = decision.table[decision.table["adopters"] == adopters]
    usual = rows.loc[rows["verdict"] == "baseline", "strategy"].iloc[0]
    return next(iter(rank_strategies(rows, decision.metric.name, usual)), None)


def choose_names(scenario: Scenario, differences: pd.DataFrame, metric: str, most: int) -> tuple[str, ...]:
    """Name the baseline, and the best strategies for the first adopters, at most ``most`` in all, in their order."""
    names = scenario.compared_names
    if len(names) <= most:
        return tuple(names)
    here = differences[
        (differences["adopters"] == scenario.comparison.adopters[0]) & (differences["metric"] == metric)
    ]
    best = {scenario.baseline_name, *rank_strategies(here, metric, scenario.baseline_name)[: most - 1]}
    return tuple(name for name in names if name in best)


def keep_best(comparison: Comparison, metric: str, most: int) -> Comparison:
    """Leave out of a comparison all strategies but the baseline and the best."""
    scenario = comparison.scenario
    kept = choose_names(scenario, comparison.differences, metric, most)
    if len(kept) == len(scenario.compared_names):
        return comparison
    asked = scenario.comparison.model_copy(update={"strategies": kept, "baseline": scenario.baseline_name})
    tables = {
        name: table.filter(pc.is_in(table["strategy"], value_set=pa.array(kept)))
        if "strategy" in table.column_names
        else table
        for name, table in comparison.tables.items()
    }
    return Comparison(scenario.model_copy(update={"comparison": asked}), tables)
