"""Which strategies lead a comparison, and how many runs would decide. Nothing is computed here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from zerosum.market.metrics import BY_NAME
from zerosum.studies.compare import Comparison
from zerosum.studies.compare.decision import holds

if TYPE_CHECKING:
    from zerosum.scenario.spec import Scenario
    from zerosum.studies.compare import Decision


MOST_RUNS = 2_000
"""Runs that would decide, up to which their number is given."""


def format_enough(row: Any) -> str:
    """Say how many runs would decide on a strategy; nothing if it is decided, or if that isn't known.

    Parameters
    ----------
    row : mapping
        of ``Decision.table``
    """
    decided = row["verdict"] != "undecided" and holds(row)
    if decided or row["verdict"] in ("baseline", "equivalent") or not math.isfinite(row["needed"]):
        return ""
    return format_runs(row["needed"], "decide")


def format_runs(needed: float, what: str) -> str:
    """Say how many runs would decide something: ``about 95 runs would decide``."""
    if not needed <= MOST_RUNS:
        return f"more than {MOST_RUNS:,} runs would {what}"
    return f"about {round_up(needed):,} runs would {what}"


def round_up(needed: float) -> int:
    """Round an estimate up to two digits."""
    digits = max(0, math.floor(math.log10(max(needed, 1.0))) - 1)
    return math.ceil(needed / 10**digits) * 10**digits


def rank_strategies(rows: pd.DataFrame, metric: str, usual: str) -> list[str]:
    """Return strategies without the baseline, ordered by a metric's mean, best first.

    If neither more nor less is better: largest difference first.
    """
    rows, better = rows[rows["strategy"] != usual], BY_NAME[metric].higher_is_better
    rank: Any = rows["difference"].abs() if better is None else rows["mean"] if better else -rows["mean"]
    order = rank.fillna(-math.inf).sort_values(ascending=False, kind="stable").index
    return [str(name) for name in rows.loc[order, "strategy"]]


def find_leading(decision: Decision, adopters: str) -> str | None:
    """Return the strategy, except the baseline, with the best mean; None if there is none."""
    rows = decision.table[decision.table["adopters"] == adopters]
    usual = rows.loc[rows["verdict"] == "baseline", "strategy"].iloc[0]
    return next(iter(rank_strategies(rows, decision.metric.name, usual)), None)


def choose_names(scenario: Scenario, differences: pd.DataFrame, metric: str, most: int) -> tuple[str, ...]:
    """Return the baseline and the first adopters' best strategies, at most ``most``, in their order."""
    names = scenario.compared_names
    if len(names) <= most:
        return tuple(names)
    here = differences[
        (differences["adopters"] == scenario.comparison.adopters[0]) & (differences["metric"] == metric)
    ]
    best = {scenario.baseline_name, *rank_strategies(here, metric, scenario.baseline_name)[: most - 1]}
    return tuple(name for name in names if name in best)


def keep_best(comparison: Comparison, metric: str, most: int) -> Comparison:
    """Reduce a comparison to the baseline and the best strategies."""
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
