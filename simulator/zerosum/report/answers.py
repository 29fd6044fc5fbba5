"""Which strategies lead a comparison, and its answer in words. Nothing is computed here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from zerosum.market.metrics import BY_NAME
from zerosum.report.intervals import format_row_gap
from zerosum.report.wording import count, format_level
from zerosum.scenario.errors import join_names
from zerosum.statistics.verdicts import POWER
from zerosum.studies.compare import Comparison

if TYPE_CHECKING:
    from zerosum.scenario.spec import Scenario
    from zerosum.studies.compare import Decision


MOST_LISTED = 3
"""Maximum strategies in a sentence."""


def format_answers(comparison: Comparison, decision: Decision) -> dict[str, str]:
    """Return adopters -> a sentence on the best strategy by the decision metric."""
    return {
        adopters: _answer(comparison, decision, adopters)
        for adopters in dict.fromkeys(decision.table["adopters"])
    }


def _answer(comparison: Comparison, decision: Decision, adopters: str) -> str:
    table = decision.table[decision.table["adopters"] == adopters]
    metric, often = decision.metric, comparison.scenario.comparison.replications
    by = f"by {metric.label.lower()}"
    if len(table) == 1:
        return f"There is one strategy only: nothing to compare '{table.iloc[0]['strategy']}' with."
    if metric.higher_is_better is None:
        return (
            f"Neither more nor less of this is better ({metric.label.lower()}): no strategy is called best."
        )
    leader = _leader(table, metric.higher_is_better)
    if math.isnan(leader["best_low"]):
        few = count(often, "replication")
        return f"'{leader['strategy']}' has the best mean {by}, but {few} can't tell by how much."
    if adopters in decision.found:
        return _format_selected(comparison, decision, adopters, table)
    rivals = [
        strategy for strategy in table.loc[table["may_be_best"], "strategy"] if strategy != leader["strategy"]
    ]
    if _alike(table):
        equal = set(table["verdict"]) <= {"baseline", "equivalent"}
        found = "All strategies are alike" if equal else "No strategy can be told from another"
        return f"{found} {by}: in each of {count(often, 'replication')} they come out the same."
    if not rivals and _ahead_of_all(leader, metric.higher_is_better):
        return (
            f"'{leader['strategy']}' is best {by}: all other strategies are worse (95 %, all strategies at once, "
            f"{count(often, 'replication')})."
        )
    others = len(table) - 1
    rivals = rivals or [strategy for strategy in table["strategy"] if strategy != leader["strategy"]]
    if len(rivals) == others > MOST_LISTED:
        not_told = "no other strategy can be told apart from it"
    else:
        named = (
            join_names(rivals, "and")
            if len(rivals) <= MOST_LISTED
            else f"{len(rivals)} of the other {others} strategies"
        )
        not_told = f"{named} can't be told from it"
    said = (
        f"No single best strategy {by}: '{leader['strategy']}' leads with "
        f"{format_level(leader['mean'], metric.unit)}, but "
        f"{not_told} with {count(often, 'replication')}"
    )
    if comparison.until is not None and not comparison.decided:
        return f"{said}; the rule gave up there."
    return f"{said}; 'zerosum compare … --until-best 0.95' goes on until it is decided."


def _ahead_of_all(leader: pd.Series, higher_is_better: bool) -> bool:
    """Return whether the simultaneous intervals put the leader ahead of all others."""
    return bool(leader["best_low"] >= 0.0) if higher_is_better else bool(leader["best_high"] <= 0.0)


def _alike(table: pd.DataFrame) -> bool:
    """Return whether every strategy equals the baseline in every replication."""
    return bool((table["ties"] == table["n"]).all())


def _leader(table: pd.DataFrame, higher_is_better: bool) -> pd.Series:
    means = table["mean"] if higher_is_better else -table["mean"]
    return table.iloc[int(means.to_numpy().argmax())]


def _format_selected(comparison: Comparison, decision: Decision, adopters: str, table: pd.DataFrame) -> str:
    """Format the result of the selection with a guarantee."""
    best = decision.found[adopters]
    row = table[table["strategy"] == best].iloc[0]
    rule, metric = comparison.until, decision.metric
    confidence, apart = getattr(rule, "confidence", 0.95), getattr(rule, "indifference", None)
    written = apart.written if apart else ""
    said = (
        f"Best by {metric.label.lower()}: '{best}' with {format_level(row['mean'], metric.unit)}. With "
        f"{100 * confidence:g} % confidence no other strategy is better by more than {written}"
    )
    if row["verdict"] != "baseline":
        said += f"; against the baseline it is {format_row_gap(row).whole}"
    return f"{said} ({count(comparison.scenario.comparison.replications, 'replication')})."


def format_enough(row: Any) -> str:
    """Format the replications needed to decide what is undecided, and the power; or nothing."""
    if row["verdict"] != "undecided" or not math.isfinite(row["needed"]):
        return ""
    return f"about {round_up(row['needed']):,} would do at {100 * POWER:g} % power"


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
