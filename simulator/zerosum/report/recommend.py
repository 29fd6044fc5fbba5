"""The words of a recommendation: what a strategy brings, how sure that is, what may be as good, if all adopt it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zerosum.market.assumptions import courses
from zerosum.market.metrics import DEFAULT_METRIC
from zerosum.report.answers import MOST_RUNS, format_runs
from zerosum.report.intervals import Gap, excludes_zero, format_gap
from zerosum.report.lines import Line
from zerosum.report.wording import count, format_difference, is_money, with_currency
from zerosum.statistics.intervals import critical_value
from zerosum.studies.compare import Best

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.market.metrics import Metric
    from zerosum.scenario.spec import Scenario
    from zerosum.studies.compare import Alike, Comparison, Decision

MOST_NAMED = 3
"""Maximum strategies in a line; the table below it has all."""
NEARLY_ALL = 0.995
"""Share of resamples from which a strategy is best in all, rounded."""
FEW, ENOUGH = 10, 20
"""Observations below which a result is a first look only, and those that it then asks for."""
MORE = 60
"""Observations, at least, that a skewed result asks for."""

Row = Mapping[Any, Any]


def is_firm(row: Row) -> bool:
    """Return whether a gain is more than a first look: enough runs, and not skewed or the same sign in all runs."""
    return bool(row["n"] >= FEW and (not row["skewed"] or _is_same_in_all(row)))


def _is_same_in_all(row: Row) -> bool:
    return bool(max(row["higher"], row["lower"]) == row["n"])


def recommend(
    comparison: Comparison,
    decision: Decision,
    adopters: str,
    leaders: Sequence[str],
    alike: Sequence[Alike],
    users: pd.DataFrame,
) -> Iterator[Line]:
    """Yield the recommendation, what may be as good, and what is left of both if all vendors adopt them.

    Parameters
    ----------
    leaders : sequence of str
        the strategy to take, then those that may be as good
    alike : sequence of Alike
        the others, compared with the first
    users : DataFrame
        the adopters' rows of :func:`zerosum.studies.compare.value_table`, by strategy
    """
    table = decision.table[decision.table["adopters"] == adopters].set_index("strategy", drop=False)
    rows: dict[str, Any] = {name: table.loc[name] for name in leaders}
    best = leaders[0]
    said = [
        f"{best}: {say_gap(comparison, rows[best], decision.metric)}",
        *(_how_sure(comparison, decision, adopters, users, best) if not alike else ()),
        *_what_more_runs_do(comparison.scenario, rows[best]),
    ]
    yield Line("RECOMMENDED" if is_firm(rows[best]) else "LOOKS BEST", f"{'; '.join(said)}.")
    if alike:
        named = [_alike(comparison, decision.metric, rows[one.strategy], one) for one in alike[:MOST_NAMED]]
        more = f"; and {len(alike) - MOST_NAMED} more" if len(alike) > MOST_NAMED else ""
        yield Line("MAY BE AS GOOD", f"{'; '.join(named)}{more}.")
    yield from _if_all_adopt(comparison, decision, adopters, leaders)


def _alike(comparison: Comparison, metric: Metric, row: Row, one: Alike) -> str:
    """Say what a strategy brings that may be as good, and whether more runs would tell."""
    words = f"{one.strategy}: {say_gap(comparison, row, metric)}"
    unit, sign = metric.unit, 1.0 if metric.higher_is_better else -1.0
    low, high = sorted((sign * one.ahead.low, sign * one.ahead.high))
    if one.needed <= MOST_RUNS:
        behind = with_money(comparison, format_gap(sign * one.ahead.mean, low, high, unit), unit)
        by = f"{behind.words.lstrip('+')}{per(metric)} ({ends_of(behind)})"
        return f"{words}, behind the first by {by}: {format_runs(one.needed, 'tell')}"
    return f"{words}, {within(comparison, low, high, unit)}{per(metric)} of the first: treat them as equal"


def _how_sure(
    comparison: Comparison, decision: Decision, adopters: str, users: pd.DataFrame, best: str
) -> Iterator[str]:
    """Say how sure it is that a strategy is the best, as far as that was computed."""
    rule = comparison.until
    if isinstance(rule, Best) and adopters in decision.found:
        yield f"no other is better by more than {rule.indifference.written} ({100 * rule.confidence:g} % sure)"
        return
    rows = decision.table[decision.table["adopters"] == adopters].set_index("strategy")
    share = float(users["best"].get(best, math.nan)) if decision.metric.name == DEFAULT_METRIC else math.nan
    if math.isfinite(share) and len(rows) > 2:
        often = f"about {100 * share:.0f} of 100 such" if share < NEARLY_ALL else "nearly all such"
        yield f"on these assumptions it would come first in {often} comparisons"
    elif len(rows) > 2 and not rows["may_be_best"].drop(best).any():
        yield "all others are worse"


def _what_more_runs_do(scenario: Scenario, row: Row) -> Iterator[str]:
    """Say that runs are too few or too uneven, and how many to ask for; nothing if they do."""
    n, shared = int(row["n"]), courses(scenario)
    runs = count(scenario.comparison.replications, "run")
    if n < FEW:
        yield f"{runs} are a first look, {narrowed(scenario, row)}"
    elif row["skewed"]:
        more = max(MORE, 3 * n) * shared
        gains = f"it is {'above' if row['higher'] else 'below'} 0 in all {runs}, but " * _is_same_in_all(row)
        yield f"{gains}the range is rough, because a few runs weigh much: -n {more} makes it firm"


def narrowed(scenario: Scenario, row: Row) -> str:
    """Say how narrow a range becomes with :data:`ENOUGH` observations, if mean and spread stay the same."""
    n, shared = int(row["n"]), courses(scenario)
    half = (float(row["high"]) - float(row["low"])) / 2.0
    half *= critical_value(ENOUGH - 1, 0.95) / critical_value(n - 1, 0.95) * math.sqrt(n / ENOUGH)
    unit = str(row["unit"])
    width = format_difference(half, unit).removeprefix("+")
    return f"-n {ENOUGH * shared} narrows the range to about ±{_in_currency(scenario, width, unit)}"


# --- If all adopt -------------------------------------------------------------------------------------------------


def _if_all_adopt(
    comparison: Comparison, decision: Decision, adopters: str, leaders: Sequence[str]
) -> Iterator[Line]:
    """Yield the line of what is left of leaders' gains if all vendors adopt them, if that was simulated."""
    left = {name: _left(comparison, decision, adopters, name) for name in leaders[:MOST_NAMED]}
    named = len(left) > 1
    if said := [f"{f'{name} ' * named}{words}" for name, words in left.items() if words]:
        yield Line("IF ALL ADOPT IT", f"{'; '.join(said)}.")


def _left(comparison: Comparison, decision: Decision, adopters: str, strategy: str) -> str:
    """Format what is left of a strategy's gain if all vendors adopt it; empty if that wasn't simulated."""
    rows = decision.table[(decision.table["adopters"] == "all") & (decision.table["strategy"] == strategy)]
    if adopters != "focal" or not len(rows) or not math.isfinite(rows["low"].iloc[0]):
        return ""
    row: Any = rows.iloc[0]
    said = say_gap(comparison, row, decision.metric)
    if excludes_zero(row["low"], row["high"]) or row["low"] == row["high"] != 0.0:
        return said
    gap = gap_of(comparison, row)
    return f"no measurable gain ({gap.words}{per(decision.metric)}, {ends_of(gap)})"


# --- Amounts ------------------------------------------------------------------------------------------------------


def say_gap(comparison: Comparison, row: Row, metric: Metric) -> str:
    """Format a difference, what it is of, and its interval: ``+505 k a year net (+398 to +605)``."""
    net = metric.name == DEFAULT_METRIC
    gap = gap_of(comparison, row)
    ends = f" ({ends_of(gap)})" if gap.ends else ""
    words = f"{gap.words}{per(metric)}{' net' * net}{ends}"
    return words if net else f"{name_of_difference(metric)} {words}"


def gap_of(comparison: Comparison, row: Row) -> Gap:
    """Format a row's difference and its interval; of money in the scenario's currency."""
    unit = str(row["unit"])
    gap = format_gap(float(row["difference"]), float(row["low"]), float(row["high"]), unit)
    return with_money(comparison, gap, unit)


def with_money(comparison: Comparison, gap: Gap, unit: str) -> Gap:
    """Add the scenario's currency to a gap of money."""
    return gap._replace(words=_in_currency(comparison.scenario, gap.words, unit))


def within(comparison: Comparison, low: float, high: float, unit: str) -> str:
    """Format the largest difference, of either sign, that an interval leaves open: ``within ±145 k``."""
    width = format_difference(max(abs(low), abs(high)), unit).removeprefix("+")
    return f"within ±{_in_currency(comparison.scenario, width, unit)}"


def _in_currency(scenario: Scenario, words: str, unit: str) -> str:
    return with_currency(words, scenario.money.currency) if is_money(unit) else words


def ends_of(gap: Gap) -> str:
    """Format an interval in words: ``+398 to +605``."""
    return gap.ends.strip("[]").replace(", ", " to ")


def per(metric: Metric) -> str:
    """Return the words after an amount of money a year."""
    return " a year" if metric.unit == "money/year" else ""


def name_of_difference(metric: Metric) -> str:
    """Return what a metric's difference is called, within a sentence."""
    label = metric.difference_label or metric.label
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"
