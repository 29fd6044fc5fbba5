"""Report a what-if: what each value changes, in a sentence and a table; where the change begins; what responds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC
from zerosum.report.answers import round_up
from zerosum.report.document import Cell, Column, Document, Table
from zerosum.report.intervals import format_gap, format_list
from zerosum.report.lines import Line, format_length, labeled_lines
from zerosum.report.recommend import name_of_difference
from zerosum.report.screen import align_gaps, format_quotas, head_of, in_one_unit
from zerosum.report.summary import summary_of
from zerosum.report.wording import count, format_level, is_money, with_currency
from zerosum.runs.store import without_nan
from zerosum.scenario.paths import split_key
from zerosum.studies.whatif import TODAY, format_choice

if TYPE_CHECKING:
    from zerosum.market.metrics import Metric
    from zerosum.studies.whatif import Answer, Change, WhatIf

FEW = 3
"""Values that are all named in the answer; of more, the highest and the lowest."""

SHOWN = (DEFAULT_METRIC, "cost", "share_at_quota", "win_rate", "arr")
"""Metrics of the first screen, beside the one that decides."""

MOST_RUNS = 100_000
"""Simulated runs beyond which nobody is told how many would tell."""

ROUNDING = 1e-9
"""Part of a difference by which it may vary between runs and still be the same in all."""

HEADS = {
    DEFAULT_METRIC: "net gain",
    "cost": "cost",
    "share_at_quota": "at quota",
    "win_rate": "win rate",
    "arr": "ARR",
}


def describe_what_if(answer: Answer) -> Document:
    """Describe a what-if: for each key the answer and a table; then how to read them."""
    asked, found = answer.asked, Document()
    found.add(format_setting(asked), look="heading")
    for change in asked.changes:
        found.add(labeled_lines(list(_lines(answer, change))), what_if_table(answer, change))
    found.add(*_notes(answer), look="note")
    return found


def _lines(answer: Answer, change: Change) -> Iterator[Line]:
    yield Line("WHAT IF", f"{format_values(change)}.")
    yield Line("ANSWER", format_answer(answer, change))
    yield Line("CHANGED", format_kind(answer.asked, change))


# --- What is asked ------------------------------------------------------------------------------------------------


def format_setting(asked: WhatIf) -> str:
    """Say in one line what was simulated."""
    scenario = asked.scenario
    runs = count(scenario.comparison.replications, "simulated run")
    what = [f"'{asked.strategy}' over '{asked.baseline}'"] if asked.strategy != asked.baseline else []
    return head_of(scenario, f"{runs} of {format_length(scenario.clock.weeks)}", *what)


def format_values(change: Change) -> str:
    """Format a key's values, and today's: ``vendors.Alder.reps = 8, 12 (today 10)``."""
    return f"{change.key} = {', '.join(map(format_choice, change.values))} (today {_today(change)})"


def format_kind(asked: WhatIf, change: Change) -> str:
    """Say from when on a key is changed, and for whom; or that nothing in the market responds to it."""
    if asked.responds[asked.changes.index(change)] == "money":
        return "Nothing in the market responds to it; only what is counted as money changes."
    if change.since == "branch":
        when = "From the first measured week on; until then the market is today's."
    else:
        when = "In whole runs, from the first week of the warm-up on, compared on the same random events."
    return when + _concerned(asked, change)


def _concerned(asked: WhatIf, change: Change) -> str:
    """Say that competitors are changed, too, where the key isn't our own."""
    scenario, (table, *rest) = asked.scenario, split_key(change.key)
    focal = scenario.vendors[scenario.focal_index].name
    if table == "strategies":
        return ""
    if table in ("vendors", "products"):
        owner = rest[0]
        if table == "products":
            owner = next((row.vendor for row in scenario.products if row.name == owner), owner)
        return "" if owner == focal else f" {owner} is a competitor."
    return " It holds for the whole market, competitors included."


def _today(change: Change) -> str:
    return "not set" if change.today is None else format_choice(change.today)


# --- The answer ---------------------------------------------------------------------------------------------------


def format_answer(answer: Answer, change: Change) -> str:
    """Say what each value changes in the metric that decides, of many the ends; and what isn't in it."""
    said = _differences(answer, change)
    return f"{said} {settled}" if (settled := format_settled(answer.asked, change)) else said


def format_settled(asked: WhatIf, change: Change) -> str:
    """Say that a change from the first week on compares settled markets; nothing for any other change."""
    if change.since == "branch" or asked.responds[asked.changes.index(change)] == "money":
        return ""
    if changes_reps(change):
        return (
            "These are markets that have settled with so many reps: hiring, ramp and their cost aren't in it."
        )
    return "These are markets that have settled with each value: the way from one to the other isn't in it."


def changes_reps(change: Change) -> bool:
    """Return whether a key is a vendor's number of reps, or a table with it."""
    table, *rest = split_key(change.key)
    return table == "vendors" and (
        rest[-1] == "reps" or any(isinstance(value, Mapping) and "reps" in value for value in change.values)
    )


def _differences(answer: Answer, change: Change) -> str:
    asked, metric = answer.asked, answer.asked.metric
    points = [point for point, (one, _) in enumerate(asked.points) if one is change]
    rows = [answer.row(point, metric.name) for point in points]
    if all(math.isnan(row["difference"]) for row in rows):
        return f"{metric.label} has no value in these runs."
    if all(row["difference"] == row["low"] == row["high"] == 0.0 for row in rows):
        return f"No difference: {name_of_difference(metric)} is today's in every run."
    ranked = sorted(
        (row for row in rows if not math.isnan(row["difference"])), key=lambda row: -row["difference"]
    )
    if len(rows) <= FEW:
        said = [f"{_value(asked, row)}: {_change(answer, row)}" for row in rows]
        return f"{'; '.join(said)}."
    high, low = ranked[0], ranked[-1]
    return (
        f"Most at {_value(asked, high)}: {_change(answer, high)}; least at {_value(asked, low)}: "
        f"{_change(answer, low)}."
    )


def _value(asked: WhatIf, row: Any) -> str:
    return format_choice(asked.points[row["point"]][1])


def _change(answer: Answer, row: Any) -> str:
    """Format what a value changes; of a strategy's net gain, the gain there and its change."""
    asked, metric = answer.asked, answer.asked.metric
    if asked.strategy == asked.baseline:
        words = _gap(asked, row, "")
        words = (
            words.replace(" a year", " a year net", 1)
            if metric.name == DEFAULT_METRIC
            else f"{name_of_difference(metric)} {words}"
        )
        return _or_no_difference(words, row, "", row["needed"])
    name = f"{name_of_difference(metric)} of {asked.strategy}" + f" over {asked.baseline}" * (
        metric.name != DEFAULT_METRIC
    )
    change = _or_no_difference(_gap(asked, row, "gain_change"), row, "gain_change", math.nan)
    return f"{name} {_gap(asked, row, 'gain')}, against today {change}"


def _or_no_difference(words: str, row: Any, name: str, needed: float) -> str:
    """Add to a difference that it may be none, and how many runs would tell."""
    _, low, high = (row[column] for column in _columns(name))
    if not (low < high and low <= 0.0 <= high):
        return words
    enough = f"; about {round_up(needed):,} runs would tell" if needed <= MOST_RUNS else ""
    return f"no measurable difference, {words}{enough}"


def _columns(name: str) -> tuple[str, str, str]:
    return (name, f"{name}_low", f"{name}_high") if name else ("difference", "low", "high")


def _gap(asked: WhatIf, row: Any, name: str) -> str:
    """Format a difference with its range: ``+0.83 M a year (+0.09 to +1.57)``."""
    metric = asked.metric
    mean, low, high = (row[column] for column in _columns(name))
    gap = format_gap(mean, low, high, metric.unit)
    words = with_currency(gap.words, asked.scenario.money.currency) if is_money(metric.unit) else gap.words
    return f"{words}{_a_year(metric)}" + f" ({_ends(row, name, metric)})" * bool(gap.ends)


def _ends(row: Any, name: str, metric: Metric) -> str:
    mean, low, high = (row[column] for column in _columns(name))
    if _is_constant(row, name):
        return "in every run"
    return format_gap(mean, low, high, metric.unit).ends.strip("[]").replace(", ", " to ")


def _is_constant(row: Any, name: str) -> bool:
    """Return whether a difference is the same in every run."""
    mean, low, high = (row[column] for column in _columns(name))
    return bool(abs(high - low) <= ROUNDING * abs(mean))


def _a_year(metric: Metric) -> str:
    return " a year" if metric.unit == "money/year" else ""


# --- The table ----------------------------------------------------------------------------------------------------


def what_if_table(answer: Answer, change: Change) -> Table:
    """Make a key's table: each value's differences from today; of a strategy's net gain, today's, too."""
    asked, metric = answer.asked, answer.asked.metric
    followed = asked.strategy != asked.baseline
    points = [point for point, (one, _) in enumerate(asked.points) if one is change]
    if followed:
        points.insert(0, TODAY)

    def value(point: int) -> str:
        return f"{_today(change)} (today)" if point == TODAY else format_choice(asked.points[point][1])

    currency = asked.scenario.money.currency
    columns = [Column(split_key(change.key)[-1], value, text=True, least=10)]
    head = _in_money(f"{name_of_difference(metric)}{_a_year(metric)}", metric, currency)
    if followed:
        columns.append(_gap_column(answer, points, "gain", head, asked.strategy))
        columns.append(_gap_column(answer, points, "gain_change", "less today's", asked.strategy))
        usual = [answer.row(point, metric.name, asked.baseline)["difference"] for point in points[1:]]
        if any(usual):
            columns.append(_gap_column(answer, points, "", f"change of {asked.baseline}", asked.baseline))
    else:
        columns.append(_gap_column(answer, points, "", head, asked.baseline))
    columns += [_change_column(answer, points, name) for name in SHOWN if name != metric.name]
    chance = {point: answer.row(point, "share_at_quota")["chance_baseline"] for point in points}
    columns.append(Column("by chance", lambda point: _percent(chance[point]), dim=True, drop=1))
    return Table(columns, points, beside=True, lines=False, plain=True)


def _gap_column(answer: Answer, points: Sequence[int], name: str, head: str, strategy: str) -> Column:
    """Make the column of a difference and its range, all in one unit."""
    metric = answer.asked.metric
    rows = [answer.row(point, metric.name, strategy) for point in points]
    found = align_gaps([[float(row[column]) for row in rows] for column in _columns(name)], metric.unit)
    cells = {
        point: Cell(cell.words, "in every run") if cell.small and _is_constant(row, name) else cell
        for point, row, cell in zip(points, rows, found, strict=True)
    }
    return Column(head, lambda point: cells[point])


def _change_column(answer: Answer, points: Sequence[int], name: str) -> Column:
    """Make a metric's column: shares as levels with their change, all else as changes from today."""
    metric = BY_NAME[name]
    rows = [answer.row(point, name) for point in points]
    changes = [0.0 if row["point"] == TODAY else float(row["difference"]) for row in rows]
    if metric.unit.startswith("share"):
        said = format_quotas([float(row["mean"]) for row in rows], changes)
    else:
        said = in_one_unit(
            [math.nan if row["point"] == TODAY else float(row["difference"]) for row in rows],
            metric.unit,
            signed=True,
        )
    words = dict(zip(points, said, strict=True))
    head = _in_money(HEADS[name], metric, answer.asked.scenario.money.currency)
    return Column(head, lambda point: words[point], drop={"arr": 3, "win_rate": 2}.get(name, 0))


def _in_money(head: str, metric: Metric, currency: str) -> str:
    """Add the currency to a column's heading, if it is of money."""
    return f"{head}, {currency}" if currency and is_money(metric.unit) else head


def _percent(value: float) -> str:
    return format_level(value, "share").removesuffix(" %")


# --- How to read it -----------------------------------------------------------------------------------------------


def _notes(answer: Answer) -> Iterator[str]:
    asked = answer.asked
    focal = asked.scenario.vendors[asked.scenario.focal_index].name
    levels = {name: answer.row(TODAY, name, asked.baseline) for name in SHOWN}

    def level(name: str, column: str = "mean") -> str:
        words, unit = format_level(float(levels[name][column]), BY_NAME[name].unit), BY_NAME[name].unit
        return with_currency(words, asked.scenario.money.currency) if is_money(unit) else words

    yield (
        f"Today, '{asked.baseline}', all {focal}'s reps together: contribution {level(DEFAULT_METRIC)} a year, cost "
        f"{level('cost')} a year, win rate {level('win_rate')}, ARR at the end {level('arr')}, "
        f"{level('share_at_quota')} of reps at quota (identical reps: {level('share_at_quota', 'chance_baseline')}). "
        "In brackets: 95 % range. At quota, win rate: % (change in points). By chance: at quota if reps are identical."
    )
    if asked.scenario.comparison.replications == 1:
        yield "One simulated run has no range, and can't tell an effect from chance."
    if asked.scenario.uncertain:
        yield "Counted are sets of assumptions; each is tried on two simulated runs, whose mean counts as one."
    if changed := [change for change in asked.changes if changes_reps(change)]:
        yield _others_reps(asked, changed)
    if answer.swept.failures:
        first = answer.swept.failures[0]
        yield (
            f"{len(answer.swept.failures):,} runs failed and are left out, the first at "
            f"{answer.swept.study.describe(first.point)}: {first.error.splitlines()[0][:200]}"
        )


def _others_reps(asked: WhatIf, changed: Sequence[Change]) -> str:
    """Say how many reps the vendors keep whose number isn't changed: a team that grows alone is another question."""
    owners = {split_key(change.key)[1] for change in changed}
    kept = [
        f"{vendor.name} {vendor.reps:,}" for vendor in asked.scenario.vendors if vendor.name not in owners
    ]
    return f"Reps of the others stay as they are: {format_list(kept)}." if kept else ""


def format_next(asked: WhatIf) -> str:
    """Say where to go on."""
    said = ["--metric NAME decides by another number"]
    if asked.strategy == asked.baseline and len(asked.scenario.compared_names) > 1:
        said.append("--strategy NAME: what becomes of a strategy's net gain")
    return " · ".join([*said, "all numbers: what-if.csv"])


# --- As data ------------------------------------------------------------------------------------------------------


def summarize_what_if(answer: Answer, files: Sequence[Path]) -> dict[str, Any]:
    """Return a what-if as one object."""
    asked, metric = answer.asked, answer.asked.metric
    table: pd.DataFrame = answer.table
    changes = [
        {
            "key": change.key,
            "today": change.today,
            "values": list(change.values),
            "unit": change.unit,
            "since": change.since,
            "responds": responds,
            "answer": format_answer(answer, change),
        }
        for change, responds in zip(asked.changes, asked.responds, strict=True)
    ]
    more = {
        "metric": metric.name,
        "unit": metric.unit,
        "strategy": asked.strategy,
        "adopters": asked.adopters,
        "replications": asked.scenario.comparison.replications,
        "failed": len(answer.swept.failures),
        "changes": changes,
        "points": table[table["metric"].isin({metric.name, *SHOWN})].drop(columns="label").to_dict("records"),
    }
    found: dict[str, Any] = without_nan(summary_of("compare-what-if", asked.scenario, more, list(files)))
    return found
