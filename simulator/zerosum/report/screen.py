"""The first screen of a comparison: the verdict in a few lines, one table in money, what the verdict hangs on."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zerosum.market.assumptions import courses
from zerosum.market.state import YEAR
from zerosum.report.document import Cell, Column, Document, Table, Words
from zerosum.report.identical import misses_lines
from zerosum.report.intervals import format_list
from zerosum.report.lines import ADOPTING, Line, format_length, format_reps, labeled_lines
from zerosum.report.recommend import name_of_difference
from zerosum.report.verdict import Verdict, reach_verdict
from zerosum.report.wording import MISSING, count, format_alike, format_level, format_side_by_side
from zerosum.studies.misses import share_of_strategy
from zerosum.studies.rests import NOTHING, Crossing, Rests, claimed_tools

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.scenario.spec import Scenario
    from zerosum.studies.compare import Comparison, Decision

NAME = 22
"""Width up to which a strategy's name is not broken."""
ROOM = 165
"""Characters of what a verdict hangs on: two lines."""
FEW_SETS = 10
"""Sets of assumed values from which the assumptions' part of the spread is shown."""


def describe_screen(
    comparison: Comparison, decision: Decision, values: pd.DataFrame, rests: Rests = NOTHING
) -> Document:
    """Describe a comparison in a screenful.

    Parameters
    ----------
    comparison : Comparison
    decision : Decision
    values : DataFrame
        of :func:`zerosum.studies.compare.value_table`
    rests : Rests
        of :func:`zerosum.studies.rests.find_rests`
    """
    scenario = comparison.scenario
    adopters = scenario.comparison.adopters[0]
    verdict = reach_verdict(comparison, decision, adopters, values)
    screen = Document()
    screen.add(Words(format_head(scenario), "heading"))
    lines = [*_lines(comparison, decision, verdict, rests), *misses_lines(share_of_strategy(comparison))]
    screen.add(labeled_lines(lines))
    screen.add(values_table(comparison, decision, values, verdict.leaders))
    screen.add(format_alike(scenario))
    return screen


def list_verdict(
    comparison: Comparison, decision: Decision, values: pd.DataFrame, rests: Rests = NOTHING
) -> list[Line]:
    """Return the labeled lines of a screen: the verdict, and what it hangs on; as :func:`describe_screen`."""
    verdict = reach_verdict(comparison, decision, comparison.scenario.comparison.adopters[0], values)
    return _lines(comparison, decision, verdict, rests)


def _lines(comparison: Comparison, decision: Decision, verdict: Verdict, rests: Rests) -> list[Line]:
    lines = [*verdict.lines, *hangs_on(_list_rests(comparison, decision, verdict.leaders, rests))]
    if said := _format_holding(comparison, decision, verdict.leaders, rests):
        lines.append(Line("HOLDS UNDER", said))
    return lines


def format_head(scenario: Scenario) -> str:
    """Say in one line what was simulated."""
    n = scenario.comparison.replications
    runs = f"{count(n, 'simulated run')} of {format_length(scenario.clock.weeks)}"
    sets = f", {count(n // courses(scenario), 'set')} of assumed values" if scenario.uncertain else ""
    return head_of(scenario, f"{runs}{sets}")


def head_of(scenario: Scenario, *runs: str) -> str:
    """Return the first line of a screen: the scenario, its reps, what was simulated, who adopts."""
    reps = format_reps(scenario, scenario.vendors[scenario.focal_index].reps)
    return f"{scenario.name.upper()}   {' · '.join((reps, *runs, ADOPTING[scenario.comparison.adopters[0]]))}"


def nearest_first(decision: Decision, adopters: str) -> list[str]:
    """Return the strategies but the baseline, the largest gain first; those without a difference last."""
    table, sign = decision.table, 1.0 if decision.metric.higher_is_better else -1.0
    rows = table[(table["adopters"] == adopters) & (table["verdict"] != "baseline")]
    order = (sign * rows["difference"]).sort_values(ascending=False, kind="stable").index
    return [str(name) for name in rows.loc[order, "strategy"]]


def format_next(results: str, scenario: Scenario, strategy: str | None, details: bool = False) -> str:
    """Name the commands that go on from here.

    Parameters
    ----------
    results : str
        the folder of results, or the name that finds it
    scenario : Scenario
    strategy : str, optional
        whose deals are worth a look: the one that leads, or the nearest; None if there is only the baseline
    details : bool
        whether details were shown
    """
    quoted = shlex.quote(results)
    parts = [] if details else ["--details: all measures and tests"]
    parts += ["--metric NAME: another measure", f"zerosum report {quoted}"]
    # Teams in one market have no deals in common; 'deals' explains what vendors adopt.
    if strategy is not None and {*scenario.comparison.adopters} != {"head-to-head"}:
        parts.append(f"zerosum deals {quoted} --strategy {shlex.quote(strategy)}")
    return " · ".join(parts)


# --- What it hangs on ---------------------------------------------------------------------------------------------


def hangs_on(parts: Iterable[str]) -> Iterator[Line]:
    """Yield the line of what a verdict rests on, in two lines at most; nothing if there is nothing to say."""
    known = list(parts)
    while len("; ".join(known)) > ROOM and len(known) > 1:
        known.pop()
    if known:
        yield Line("HANGS ON", f"{'; '.join(known)}.")


def list_claims(scenario: Scenario, strategies: Sequence[str]) -> Iterator[str]:
    """Yield, of strategies with tools, whose effects are their vendors' claims."""
    if tools := claimed_tools(scenario, strategies):
        yield f"vendors' claims for {format_list(list(tools)) if len(tools) <= 3 else count(len(tools), 'tool')}"


def _list_rests(
    comparison: Comparison, decision: Decision, leaders: Sequence[str], rests: Rests
) -> Iterator[str]:
    """Yield what a verdict rests on, the most important first; nothing if there is no verdict."""
    scenario = comparison.scenario
    adopters = scenario.comparison.adopters[0]
    names = leaders or [name for name in scenario.compared_names if name != scenario.baseline_name]
    if not names or scenario.comparison.replications == 1:
        return
    yield from list_claims(scenario, names)
    yield from [_format_crossing(one) for one in rests.crossings if {*one.strategies} & {*names}][:1]
    if scenario.uncertain:
        yield _format_uncertain(comparison, decision, adopters, names)
    if rests.sets is None:
        yield "the calibrated parameter set (one was tried; --across-fits tries all)"
        return
    under = _under_sets(comparison, rests, names)
    if under and decision.metric.higher_is_better is not None:
        yield from _list_sets(under, decision.metric.higher_is_better)


def _under_sets(comparison: Comparison, rests: Rests, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Return each strategy's row of ``across.csv``, if there is one."""
    adopters, table = comparison.scenario.comparison.adopters[0], rests.sets.table if rests.sets else {}
    return {name: table[adopters, name] for name in names if (adopters, name) in table}


def _format_crossing(one: Crossing) -> str:
    """Say at which value of a key two strategies are equal, and what the user's value is."""
    at, low, high, here = (
        f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
        for value in (one.at, one.low, one.high, one.here)
    )
    label = one.label if ": " in one.label else f"{one.label[:1].lower()}{one.label[1:]}"
    return f"{label} (crossover at {at}, {low} to {high}; you: {here})"


def _list_sets(under: Mapping[str, Any], higher_is_better: bool) -> Iterator[str]:
    """Yield under how many calibrated parameter sets strategies gain and lose; nothing if that is the same for all.

    Parameters
    ----------
    under : mapping
        strategy -> its row of ``across.csv``; the leading ones, or all
    """
    up, down = ("above", "below") if higher_is_better else ("below", "above")
    n = int(next(iter(under.values()))["fits"])
    gains = {name: int(row[up]) for name, row in under.items()}
    if all(k == n for k in gains.values()) or not any(gains.values()):
        return
    said = []
    for name, row in under.items():
        lost = f", loses under {row[down]}" if row[down] else ""
        said += [f"{name if len(under) > 1 else 'it'} gains under {gains[name]}{lost}"] if gains[name] else []
    yield f"the calibrated parameter set ({', '.join(said)} of {n})"


def _format_holding(comparison: Comparison, decision: Decision, leaders: Sequence[str], rests: Rests) -> str:
    """Say that a verdict is the same under all calibrated parameter sets, if it is known to be."""
    usual, better = comparison.scenario.baseline_name, decision.metric.higher_is_better
    names = leaders or [name for name in comparison.scenario.compared_names if name != usual]
    under = _under_sets(comparison, rests, names)
    if not under or better is None or comparison.scenario.comparison.replications == 1:
        return ""
    n = int(next(iter(under.values()))["fits"])
    gains = {int(row["above" if better else "below"]) for row in under.values()}
    if gains == {n}:
        return (
            f"all {n} calibrated parameter sets ({'it gains' if len(under) == 1 else 'they gain'} in each)."
        )
    return f"all {n} calibrated parameter sets (nothing gains in any)." if gains == {0} else ""


def _format_uncertain(comparison: Comparison, decision: Decision, adopters: str, names: Sequence[str]) -> str:
    """Say how much of the spread comes from values given as ranges, if there are enough sets to tell."""
    table = decision.table
    row: Any = table[(table["adopters"] == adopters) & (table["strategy"] == names[0])].iloc[0]
    known = count(len(comparison.scenario.uncertain), "value")
    share = [float(row.get(name, math.nan)) for name in ("assumption_share", "share_low", "share_high")]
    if row["n"] < FEW_SETS or not all(map(math.isfinite, share)):
        return (
            f"{known} that {'is' if len(comparison.scenario.uncertain) == 1 else 'are'} only known as a range"
        )
    whole, low, high = (f"{100 * value:.0f}" for value in share)
    return f"{known} known only as ranges: {whole} % of the spread ({low} to {high}), the rest is chance"


# --- The table ----------------------------------------------------------------------------------------------------


def values_table(
    comparison: Comparison, decision: Decision, values: pd.DataFrame, leaders: Sequence[str] = ()
) -> Table | None:
    """Make the table: one row per strategy, what it brings, costs and changes; None without strategies.

    ``leaders``: strategies to set in bold.
    """
    scenario, metric = comparison.scenario, decision.metric
    adopters = scenario.comparison.adopters[0]
    others = [name for name in scenario.compared_names if name != scenario.baseline_name]
    if not others:
        return None
    gaps = _by_strategy(decision.table, adopters)
    money = _by_strategy(values, adopters)
    copied = _by_strategy(decision.table, "all") if adopters == "focal" else {}
    currency = scenario.money.currency
    per = f" a year{f', {currency}' * bool(currency)}" if metric.unit == "money/year" else ""
    net = name_of_difference(metric)
    spent = f"per {currency} spent" if currency and not currency[-1].isalpha() else "per 1 spent"

    def numbers(source: Any, key: str) -> list[float]:
        return [float(source.get(name, {}).get(key, math.nan)) for name in others]

    gained = align_gaps([numbers(gaps, key) for key in ("difference", "low", "high")], metric.unit)
    costs = in_one_unit(numbers(money, "cost"), "money/year", signed=False)
    if_all = in_one_unit(numbers(copied, "difference"), metric.unit, signed=True)
    quota = format_quotas(numbers(money, "at_quota"), numbers(money, "at_quota_difference"))
    cells = dict(zip(others, zip(gained, costs, quota, if_all, strict=True), strict=True))

    def cell(index: int) -> Any:
        return lambda name: cells[name][index]

    columns = [
        Column("strategy", lambda name: Cell(name, strong=name in leaders), text=True, least=NAME),
        Column(f"{net}{per}", cell(0)),
        Column("cost", cell(1)),
        Column(spent, lambda name: _format_return(money.get(name, {})), drop=1),
        Column("pays back", lambda name: _format_payback(money.get(name, {})), drop=2),
        Column("at quota", cell(2)),
        Column("used by", lambda name: _format_use(scenario, name, money.get(name, {}))),
    ]
    if any(map(math.isfinite, numbers(copied, "difference"))):
        columns.append(Column("if all adopt", cell(3)))
    order = _ranked(others, gaps, metric.higher_is_better)
    return Table(
        columns, order, note=_note(comparison, decision, adopters), beside=True, lines=False, plain=True
    )


def _by_strategy(table: pd.DataFrame, adopters: str) -> dict[str, dict[str, Any]]:
    rows = table[table["adopters"] == adopters].to_dict("records") if len(table) else []
    return {str(row["strategy"]): {str(key): value for key, value in row.items()} for row in rows}


def _ranked(names: Sequence[str], gaps: Any, higher_is_better: bool | None) -> list[str]:
    """Return strategies, the best first; in their own order if neither more nor less is better."""
    if higher_is_better is None:
        return list(names)
    sign = 1.0 if higher_is_better else -1.0

    def rank(name: str) -> float:
        value = float(gaps[name]["difference"])
        return sign * value if math.isfinite(value) else -math.inf

    return sorted(names, key=rank, reverse=True)


def align_gaps(columns: Sequence[Sequence[float]], unit: str) -> list[Cell]:
    """Format differences with their ranges, all in one unit and set below each other."""
    flat, suffix = format_side_by_side([value for column in columns for value in column], unit)
    n = len(columns[0])
    means, lows, highs = (flat[i * n : (i + 1) * n] for i in range(3))
    wide = max((max(len(low), len(high)) for low, high in zip(lows, highs, strict=True)), default=0)
    return [
        Cell(
            mean + suffix * (mean != MISSING),
            f"[{low:>{wide}}, {high:>{wide}}]" if low != MISSING else "",
        )
        for mean, low, high in zip(means, lows, highs, strict=True)
    ]


def in_one_unit(values: Sequence[float], unit: str, signed: bool) -> list[str]:
    """Format the numbers of a column, each with the unit that the largest needs."""
    said, suffix = format_side_by_side(values, unit, signed)
    return [words + suffix if words != MISSING else words for words in said]


def format_quotas(levels: Sequence[float], changes: Sequence[float]) -> list[str]:
    """Format the share of reps at quota and its change, in percent and percentage points."""
    digits = 1 if all(abs(change) < 0.015 for change in changes if math.isfinite(change)) else 0
    return [
        f"{100 * level:.{digits}f} ({_signed(100 * change, digits)})" if math.isfinite(level) else MISSING
        for level, change in zip(levels, changes, strict=True)
    ]


def _signed(value: float, digits: int) -> str:
    """Format a change with its sign; what rounds to 0 has none."""
    return f"{value:+.{digits}f}" if round(value, digits) else f"{0:.{digits}f}"


def _format_return(row: Any) -> str:
    value = float(row.get("return", math.nan))
    return f"{value:.1f}".replace("-0.0", "0.0") if math.isfinite(value) else MISSING


def _format_payback(row: Any) -> str:
    """Format the months until the gain covers what was spent; "no" if it doesn't within the run."""
    months, cost = float(row.get("payback_months", math.nan)), float(row.get("cost", math.nan))
    if not cost > 0.0 or row["adopters"] == "head-to-head":  # nothing to pay back, or weeks weren't recorded
        return MISSING
    return "no" if math.isnan(months) else f"{months:.0f} mo" if months else "at once"


def _format_use(scenario: Scenario, name: str, row: Any) -> str:
    """Format the share of reps that use a strategy's tools; missing if it has none."""
    tools = scenario.strategies[scenario.strategy_index(name)].tools
    share = float(row.get("adoption", math.nan))
    return f"{100 * share:.0f} %" if tools and math.isfinite(share) else MISSING


def _note(comparison: Comparison, decision: Decision, adopters: str) -> str:
    """Say what the table compares with, and what its columns mean."""
    scenario, frame = comparison.scenario, comparison.differences
    usual = scenario.baseline_name
    here = frame[
        (frame["adopters"] == adopters) & (frame["strategy"] == usual) & (frame["metric"] == "share_at_quota")
    ]
    row: Any = here.iloc[0]
    quota = ""
    if math.isfinite(row["mean"]):
        quota = (
            f" ({format_level(row['mean'], 'share')} of reps at quota; identical reps: "
            f"{format_level(row['chance_baseline'], 'share')})"
        )
    weeks = scenario.clock.weeks
    least = f" Differences of less than {decision.matters.written} don't matter." if decision.matters else ""
    part = f" Amounts of {count(weeks, 'week')} are scaled to a year." if weeks < YEAR else ""
    return (
        f"Compared with '{usual}'{quota}. In brackets: 95 % range. Cost: more spent, a year. At quota: % of reps "
        f"(change in points). Used by: reps with its tools at the end.{least}{part}{_other_adopters(scenario)}"
    )


def _other_adopters(scenario: Scenario) -> str:
    """Name the choices of adopters that this screen doesn't show."""
    first, *others = scenario.comparison.adopters
    more = [ADOPTING[who] for who in others if not (who == "all" and first == "focal")]
    return f" Also simulated, in the details: {'; '.join(more)}." if more else ""
