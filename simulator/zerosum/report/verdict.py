"""The verdict of a comparison in a few labelled lines: what to do, what doesn't pay, what isn't known yet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from zerosum.market.metrics import DEFAULT_METRIC, OF_MONEY
from zerosum.report.answers import round_up
from zerosum.report.intervals import Gap, excludes_zero, format_gap, format_list
from zerosum.report.lines import Line
from zerosum.report.wording import count, format_difference, is_money, with_currency
from zerosum.studies.compare import Best, runs_to_hold, runs_to_tell

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.market.metrics import Metric
    from zerosum.studies.compare import Comparison, Decision

MOST_NAMED = 3
"""Maximum strategies in a line; the table below it has all."""
FEW_USERS = 0.5
"""Adoption below which a strategy without a gain says how many reps use its tools."""
NARROW = 0.005
"""Part of the level up to which a difference counts as small; of a share, half a percentage point."""
ALL = 0.995
"""Share of resamples from which a strategy is best in all, rounded."""
MOST_RUNS = 2_000
"""Runs that would decide, up to which their number is given."""
CERTAIN = 0.05
"""p after correction for several strategies, below which a difference holds."""

Row = Mapping[Any, Any]


class Verdict(NamedTuple):
    """The verdict for some adopters: its lines, and the strategies that it recommends (none: nothing is)."""

    lines: tuple[Line, ...]
    leaders: tuple[str, ...]


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
        return Verdict((Line("NOTHING TO COMPARE", f"'{usual}' is the only strategy."),), ())
    if comparison.scenario.comparison.replications == 1:
        return Verdict((_one_run(comparison, others, metric),), ())
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
    if metric.higher_is_better is None:
        first = Line("NO BEST STRATEGY", f"neither more nor less is better ({name_of_difference(metric)}).")
    elif leaders:
        first = _recommend(comparison, decision, adopters, leaders, users)
    else:
        first = _keep(comparison, decision, adopters, found, rows)
    rest = (
        *_copied(comparison, decision, adopters, leaders),
        *_rest(comparison, decision, found, rows, users),
    )
    return Verdict((first, *rest), leaders)


# --- What each strategy brings ------------------------------------------------------------------------------------


def _kind(row: Row, higher_is_better: bool | None) -> str:
    """Return "gains", "loses" ("more", "less" if neither is better), "same", "open" or "undefined"."""
    if not math.isfinite(row["difference"]):
        return "undefined"
    verdict = row["verdict"]
    if verdict == "equivalent":
        return "same"
    if verdict == "undecided" or not _holds(row):
        return "open"
    up = row["difference"] > 0.0
    if higher_is_better is None:
        return "more" if up else "less"
    return "gains" if up == higher_is_better else "loses"


def _holds(row: Row) -> bool:
    """Return whether a difference holds after correction for several strategies."""
    return bool(row["low"] == row["high"] or row["p_holm"] < CERTAIN)


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


# --- The first line -----------------------------------------------------------------------------------------------


def _recommend(
    comparison: Comparison, decision: Decision, adopters: str, leaders: Sequence[str], users: pd.DataFrame
) -> Line:
    """Recommend one strategy, or say which ones can't be told apart."""
    table = decision.table[decision.table["adopters"] == adopters].set_index("strategy", drop=False)
    metric, best = decision.metric, leaders[0]
    rows: dict[str, Any] = {name: table.loc[name] for name in leaders}
    if len(leaders) == 1:
        said = (
            f"{best}: {_gap(comparison, rows[best], metric)}",
            *_how_sure(comparison, decision, adopters, users, best),
            *_if_copied(comparison, decision, adopters, best),
        )
        return Line("RECOMMENDED", f"{'; '.join(said)}.")
    if len(leaders) == 2:
        other = leaders[1]
        ends = (rows[best]["best_low"], rows[best]["best_high"])
        between = with_money(
            comparison, format_gap(rows[best]["mean"] - rows[other]["mean"], *ends, metric.unit), metric.unit
        )
        needed = runs_to_tell(comparison, metric, adopters, best, other)
        enough = f"; about {round_up(needed):,} runs would tell" if math.isfinite(needed) else ""
        each = " or ".join(f"{name}, {_gap(comparison, rows[name], metric)}" for name in leaders)
        return Line(
            "RECOMMENDED",
            f"{each}: which of the two is better can't be told ({between.words}, {_ends(between)}{enough}).",
        )
    named = format_list([*leaders[1:][:MOST_NAMED], *_more(len(leaders) - 1)])
    return Line(
        "RECOMMENDED",
        f"{best}, {_gap(comparison, rows[best], metric)}; can't be told apart from it: {named}.",
    )


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
        yield f"best in {f'{100 * share:.0f} % of' if share < ALL else 'all'} resamples"
    elif len(rows) > 2 and not rows["may_be_best"].drop(best).any():
        yield "all others are worse"
    if rows["skewed"][best]:
        yield "don't trust its range (skewed, few runs)"


def _if_copied(comparison: Comparison, decision: Decision, adopters: str, strategy: str) -> Iterator[str]:
    """Say what is left of the gain if all vendors adopt the strategy, if that was simulated."""
    if left := _left(comparison, decision, adopters, strategy):
        yield f"if all vendors adopt it: {left}"


def _copied(
    comparison: Comparison, decision: Decision, adopters: str, leaders: Sequence[str]
) -> Iterator[Line]:
    """Yield the line of what is left of several leaders' gains if all vendors adopt them, if that was simulated."""
    names = leaders[:MOST_NAMED] if len(leaders) > 1 else ()
    left = {name: _left(comparison, decision, adopters, name) for name in names}
    if said := [f"{name} {words}" for name, words in left.items() if words]:
        yield Line("IF ALL ADOPT IT", f"{'; '.join(said)}.")


def _left(comparison: Comparison, decision: Decision, adopters: str, strategy: str) -> str:
    """Format what is left of a strategy's gain if all vendors adopt it; empty if that wasn't simulated."""
    rows = decision.table[(decision.table["adopters"] == "all") & (decision.table["strategy"] == strategy)]
    if adopters != "focal" or not len(rows) or not math.isfinite(rows["low"].iloc[0]):
        return ""
    row, gap = rows.iloc[0], gap_of(comparison, rows.iloc[0])
    if excludes_zero(row["low"], row["high"]):
        return f"{gap.words}{_per(decision.metric)} ({_ends(gap)})"
    return f"no measurable gain ({gap.words}, {_ends(gap)})"


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
        return Line(f"KEEP {comparison.scenario.baseline_name}", f"{what} ({often}).")
    sign = 1.0 if metric.higher_is_better else -1.0
    near = max((*unclear, *found.get("same", [])), key=lambda name: sign * rows[name]["difference"])
    words = f"no gain can be told from chance with {often}"
    if decision.matters:
        words = f"no strategy surely gains {decision.matters.written} or more with {often}"
    if comparison.until is not None and not comparison.decided:
        words += "; the rule gave up there"
    words += f". Nearest: {near}, {_gap(comparison, rows[near], metric)}"
    if rows[near]["verdict"] != "undecided":
        words += f", not certain as one of {len(rows) - 1} strategies"
    enough = _enough(comparison, decision, rows[near])
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
        words += f". In this one {first} ({_gap(comparison, others[best], metric)})"
    return Line("UNDECIDED", f"{words}; 20 runs are a first look.")


# --- The other lines ----------------------------------------------------------------------------------------------


def _rest(
    comparison: Comparison,
    decision: Decision,
    found: dict[str, list[str]],
    rows: dict[str, Row],
    users: pd.DataFrame,
) -> Iterator[Line]:
    """Yield the lines of strategies that lose, that bring nothing measurable, and of which nothing is known yet."""
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
            enough = _enough(comparison, decision, rows[name]) if kind == "open" else ""
            said.append(_named(comparison, name, rows[name], kind, enough, users))
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        yield Line(label, f"{', '.join(said)}{more}.")


def _named(comparison: Comparison, name: str, row: Row, kind: str, enough: str, users: pd.DataFrame) -> str:
    """Format a strategy with what the table below doesn't say, and, if few reps use its tools, how many do."""
    said = []
    if kind in ("gains", "loses", "more", "less"):
        said.append(gap_of(comparison, row).words)
    elif kind == "open":
        said.append(enough)
    elif kind == "same" and 0.0 < _width(row) < math.inf:
        width = format_difference(_width(row), row["unit"]).removeprefix("+")
        currency = comparison.scenario.money.currency if is_money(row["unit"]) else ""
        said.append("±" + with_currency(width, currency))
    share = float(users["adoption"].get(name, math.nan))
    if kind in ("loses", "same") and share < FEW_USERS:
        said.append(f"used by {100 * share:.0f} % of reps")
    words = ", ".join(filter(None, said))
    return f"{name} ({words})" if words else name


def _enough(comparison: Comparison, decision: Decision, row: Row) -> str:
    """Say how many runs would decide, as far as that is known."""
    needed = runs_to_hold(comparison.scenario, decision, row)
    return f"about {round_up(needed):,} runs would decide" if needed <= MOST_RUNS else ""


# --- Words --------------------------------------------------------------------------------------------------------


def _gap(comparison: Comparison, row: Any, metric: Metric) -> str:
    """Format a difference, what it is of, and its interval: ``+505 k a year net (+398 to +605)``."""
    net = metric.name == DEFAULT_METRIC
    gap = gap_of(comparison, row)
    ends = f" ({_ends(gap)})" if gap.ends else ""
    words = f"{gap.words}{_per(metric)}{' net' * net}{ends}"
    return words if net else f"{name_of_difference(metric)} {words}"


def gap_of(comparison: Comparison, row: Any) -> Gap:
    """Format a row's difference and its interval; of money in the scenario's currency."""
    unit = str(row["unit"])
    gap = format_gap(float(row["difference"]), float(row["low"]), float(row["high"]), unit)
    return with_money(comparison, gap, unit)


def with_money(comparison: Comparison, gap: Gap, unit: str) -> Gap:
    """Add the scenario's currency to a gap of money."""
    if not is_money(unit):
        return gap
    return gap._replace(words=with_currency(gap.words, comparison.scenario.money.currency))


def _ends(gap: Gap) -> str:
    """Format an interval in words: ``+398 to +605``."""
    return gap.ends.strip("[]").replace(", ", " to ")


def _per(metric: Metric) -> str:
    return " a year" if metric.unit == "money/year" else ""


def name_of_difference(metric: Metric) -> str:
    """Return what a metric's difference is called, within a sentence."""
    label = metric.difference_label or metric.label
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def _more(n: int) -> list[str]:
    """Say how many more strategies there are than are named."""
    return [f"{n - MOST_NAMED} more"] if n > MOST_NAMED else []
