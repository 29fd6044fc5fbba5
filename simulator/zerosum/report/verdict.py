"""The verdict of a comparison in a few labeled lines: what to do, what doesn't pay, what isn't known yet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from zerosum.market.metrics import OF_MONEY
from zerosum.report.answers import MOST_RUNS, format_enough
from zerosum.report.intervals import excludes_zero
from zerosum.report.lines import Line
from zerosum.report.recommend import (
    FEW,
    MOST_NAMED,
    gap_of,
    is_firm,
    name_of_difference,
    narrowed,
    per,
    recommend,
    say_gap,
    within,
)
from zerosum.report.wording import count
from zerosum.studies.compare import Best, compare_leaders
from zerosum.studies.compare.decision import holds

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.market.metrics import Metric
    from zerosum.studies.compare import Alike, Comparison, Decision

FEW_USERS = 0.5
"""Adoption below which a strategy without a gain says how many reps use its tools."""
NARROW = 0.005
"""Part of the level up to which a difference counts as small; of a share, half a percentage point."""
Row = Mapping[Any, Any]


class Verdict(NamedTuple):
    """The verdict for some adopters.

    Attributes
    ----------
    lines : tuple of Line
    leaders : tuple of str
        the strategy that gains most, and those that gain and may be as good; none if nothing surely gains
    alike : tuple of Alike
        the leaders but the first, compared with it
    recommended : tuple of str
        the leaders, if the first is more than a first look
    """

    lines: tuple[Line, ...]
    leaders: tuple[str, ...] = ()
    alike: tuple[Alike, ...] = ()
    recommended: tuple[str, ...] = ()


def reach_verdict(comparison: Comparison, decision: Decision, adopters: str, values: pd.DataFrame) -> Verdict:
    """Return the verdict by the decision metric.

    Parameters
    ----------
    comparison : Comparison
    decision : Decision
    adopters : str
    values : DataFrame
        as :func:`zerosum.studies.compare.value_table` returns it
    """
    table = decision.table[decision.table["adopters"] == adopters]
    rows: dict[str, Row] = {str(row["strategy"]): row for row in table.to_dict("records")}
    usual, metric = comparison.scenario.baseline_name, decision.metric
    others = {name: row for name, row in rows.items() if name != usual}
    if not others:
        return Verdict((Line("NOTHING TO COMPARE", f"'{usual}' is the only strategy."),))
    if comparison.scenario.comparison.replications == 1:
        return Verdict((_one_run(comparison, others, metric),))
    found: dict[str, list[str]] = {}
    for name, row in others.items():
        found.setdefault(_kind(row, metric.higher_is_better), []).append(name)
    users = values[values["adopters"] == adopters].set_index("strategy")
    leaders = _leaders(decision, adopters, rows, found.get("gains", []))
    found = {kind: [name for name in names if name not in leaders] for kind, names in found.items()}
    half = abs(float(rows[leaders[0]]["difference"])) / 2.0 if leaders else 0.0
    little = half or _small(comparison, metric, adopters)
    for name in found.pop("open", []):
        # An interval without 0 that doesn't hold for several strategies isn't "no gain", however narrow it is.
        small = _width(rows[name]) <= little and not excludes_zero(rows[name]["low"], rows[name]["high"])
        found.setdefault("same" if small else "open", []).append(name)
    alike = compare_leaders(comparison, metric, adopters, leaders[0], leaders[1:]) if leaders else ()
    if metric.higher_is_better is None:
        first = [Line("NO BEST STRATEGY", f"neither more nor less is better ({name_of_difference(metric)}).")]
    elif leaders:
        first = list(recommend(comparison, decision, adopters, leaders, alike, users))
    else:
        first = [_keep(comparison, decision, adopters, found, rows)]
    best = rows[leaders[0]]["mean"] if leaders else math.nan
    lines = (*first, *_rest(comparison, decision, found, rows, users, best))
    return Verdict(lines, leaders, alike, leaders if leaders and is_firm(rows[leaders[0]]) else ())


# --- What each strategy brings ------------------------------------------------------------------------------------


def _kind(row: Row, higher_is_better: bool | None) -> str:
    """Return "gains", "loses" ("more", "less" if neither is better), "same", "open" or "undefined"."""
    if not math.isfinite(row["difference"]):
        return "undefined"
    verdict = row["verdict"]
    if verdict == "equivalent":
        return "same"
    if verdict == "undecided" or not holds(row):
        return "open"
    up = row["difference"] > 0.0
    if higher_is_better is None:
        return "more" if up else "less"
    return "gains" if up == higher_is_better else "loses"


def _width(row: Row) -> float:
    """Return the largest difference, of either sign, that the interval leaves open."""
    ends = (abs(float(row["low"])), abs(float(row["high"])))
    return max(ends) if all(map(math.isfinite, ends)) else math.inf


def _small(comparison: Comparison, metric: Metric, adopters: str) -> float:
    """Return a difference that is small: a part of the baseline's level, for money of its recurring revenue."""
    frame = comparison.differences
    if metric.unit.startswith(("share", "points")):
        return NARROW
    level = "arr_earned" if metric.name in OF_MONEY else metric.name
    here = frame[(frame["adopters"] == adopters) & (frame["metric"] == level)]
    return NARROW * abs(float(here["baseline"].iloc[0]))


def _leaders(
    decision: Decision, adopters: str, rows: dict[str, Row], gains: Sequence[str]
) -> tuple[str, ...]:
    """Return the strategies to recommend: the best that gains, and those that gain and may be as good."""
    if adopters in decision.found:  # a rule chose: the baseline, or a strategy that is as good as any
        best = decision.found[adopters]
        return (best,) if rows[best]["verdict"] != "baseline" else ()
    if not gains:
        return ()
    sign = 1.0 if decision.metric.higher_is_better else -1.0
    order = sorted(gains, key=lambda name: -sign * rows[name]["mean"])
    alike = [name for name in order[1:] if rows[name]["may_be_best"]]
    return (order[0], *alike)


# --- Where nothing is recommended ---------------------------------------------------------------------------------


def _keep(
    comparison: Comparison,
    decision: Decision,
    adopters: str,
    found: dict[str, list[str]],
    rows: dict[str, Row],
) -> Line:
    """Recommend nothing: because nothing gains, or because it isn't known yet; then name the nearest."""
    metric, unclear = decision.metric, found.get("open", [])
    often = count(comparison.scenario.comparison.replications, "simulated run")
    rule = comparison.until
    if isinstance(rule, Best) and adopters in decision.found:
        least, sure = rule.indifference.written, f"{100 * rule.confidence:g} % sure"
        words = f"no strategy is better by more than {least} ({sure}, {often})."
        return Line(f"KEEP {comparison.scenario.baseline_name}", words)
    if not unclear and found.get("undefined"):
        return Line("UNDEFINED", f"{name_of_difference(metric)} has no value in some simulated runs.")
    if not unclear:
        lost = "the other strategy loses" if len(rows) == 2 else "every other strategy loses"
        kinds = {"same": "no strategy makes a measurable difference", "loses": lost}
        there = [kind for kind, names in found.items() if names]
        what = kinds[there[0]] if len(there) == 1 else "no strategy gains"
        row = max((row for row in rows.values() if row["verdict"] != "baseline"), key=_width)
        few = f"; {often} are a first look, {narrowed(comparison.scenario, row)}" if row["n"] < FEW else ""
        runs = "" if few else f" ({often})"
        return Line(f"KEEP {comparison.scenario.baseline_name}", f"{what}{runs}{few}.")
    sign = 1.0 if metric.higher_is_better else -1.0
    near = max((*unclear, *found.get("same", [])), key=lambda name: sign * rows[name]["difference"])
    words = f"no gain can be told from chance with {often}"
    if decision.matters:
        words = f"no strategy surely gains {decision.matters.written} or more with {often}"
    if comparison.until is not None and not comparison.decided:
        words += "; the rule gave up there"
    words += f". Nearest: {near}, {say_gap(comparison, rows[near], metric)}"
    if rows[near]["verdict"] != "undecided":
        words += f", not certain as one of {len(rows) - 1} strategies"
    enough = format_enough(rows[near])
    for kind in ("open", "same"):
        found[kind] = [name for name in found.get(kind, []) if name != near]
    return Line("UNDECIDED", f"{'; '.join(filter(None, (words, enough)))}.")


def _one_run(comparison: Comparison, others: dict[str, Row], metric: Metric) -> Line:
    """Say that one run decides nothing."""
    words = "one simulated run can't tell an effect from chance"
    known = [name for name, row in others.items() if math.isfinite(row["difference"])]
    if known and metric.higher_is_better is not None:
        sign = 1.0 if metric.higher_is_better else -1.0
        best = max(known, key=lambda name: sign * others[name]["difference"])
        better = sign * others[best]["difference"] > 0.0
        first = f"{best} comes first" if better else f"none is better than the baseline; {best} is next"
        words += f". In this one {first} ({say_gap(comparison, others[best], metric)})"
    return Line("UNDECIDED", f"{words}; 20 runs are a first look.")


# --- The other lines ----------------------------------------------------------------------------------------------


def _rest(
    comparison: Comparison,
    decision: Decision,
    found: dict[str, list[str]],
    rows: dict[str, Row],
    users: pd.DataFrame,
    best: float,
) -> Iterator[Line]:
    """Yield the lines of strategies that lose, that bring nothing measurable, and of which nothing is known yet.

    ``best``: the mean of the leading strategy; NaN if none leads.
    """
    metric = decision.metric
    money = metric.name in OF_MONEY
    labels = {
        "gains": "ALSO GAINS" if money else "ALSO BETTER",
        "loses": "LOSES" if money else "WORSE",
        "more": "MORE",
        "less": "LESS",
        "same": "NO MEASURABLE GAIN" if metric.higher_is_better is not None else "NO MEASURABLE DIFFERENCE",
        "open": "NOT KNOWN YET",
        "undefined": "UNDEFINED",
    }
    for kind, label in labels.items():
        names = found.get(kind, [])
        if not names:
            continue
        ordered = (
            sorted(names, key=lambda name: -abs(rows[name]["difference"]))
            if kind in ("gains", "loses")
            else names
        )
        said = []
        for name in ordered[:MOST_NAMED]:
            said.append(_named(comparison, metric, name, rows[name], kind, users, best))
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        yield Line(label, f"{', '.join(said)}{more}.")


def _named(
    comparison: Comparison,
    metric: Metric,
    name: str,
    row: Row,
    kind: str,
    users: pd.DataFrame,
    best: float,
) -> str:
    """Format a strategy with what the table below doesn't say, and, if few reps use its tools, how many do."""
    said = []
    if kind in ("gains", "loses", "more", "less"):
        said.append(f"{gap_of(comparison, row).words}{per(metric)}")
    elif kind == "open":
        sign = 1.0 if metric.higher_is_better else -1.0
        said.append("may be better still" if sign * row["mean"] > sign * best else "")
        said.append(_what_is_open(comparison, metric, row))
    elif kind == "same" and 0.0 < _width(row) < math.inf:
        said.append(f"{within(comparison, row['low'], row['high'], metric.unit)}{per(metric)}")
    share = float(users["adoption"].get(name, math.nan))
    if kind in ("loses", "same") and share < FEW_USERS:
        said.append(f"used by {100 * share:.0f} % of reps")
    words = ", ".join(filter(None, said))
    return f"{name} ({words})" if words else name


def _what_is_open(comparison: Comparison, metric: Metric, row: Row) -> str:
    """Say how many runs would decide; where that is very many, how large the difference can be."""
    if row["needed"] <= MOST_RUNS or not math.isfinite(_width(row)):
        return format_enough(row)
    return f"{within(comparison, row['low'], row['high'], metric.unit)}{per(metric)}, more runs would hardly tell"
