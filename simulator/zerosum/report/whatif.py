"""Report a what-if: what each value changes, in a sentence and a table; where the change begins; what responds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC
from zerosum.market.state import YEAR
from zerosum.report.document import Column, Document, Table
from zerosum.report.intervals import format_gap
from zerosum.report.summary import summary_of
from zerosum.report.wording import count, format_adopters, format_level, format_side_by_side
from zerosum.runs.store import without_nan
from zerosum.scenario.errors import format_value
from zerosum.scenario.paths import split_key
from zerosum.studies.whatif import TODAY

if TYPE_CHECKING:
    from zerosum.market.metrics import Metric
    from zerosum.studies.whatif import Answer, Change, WhatIf

FEW = 3
"""Values that are all named in the answer; of more, the highest and the lowest."""

SHOWN = (DEFAULT_METRIC, "cost", "share_at_quota", "win_rate", "arr")
"""Metrics of the first screen, beside the one that decides."""

ROUNDING = 1e-9
"""Part of a difference by which it may vary between runs and still be the same in all."""

HEADS = {"cost": "cost a year", "share_at_quota": "at quota", "win_rate": "win rate", "arr": "ARR at the end"}


def describe_what_if(answer: Answer) -> Document:
    """Describe a what-if: for each key the answer and a table; then how to read them."""
    asked, found = answer.asked, Document()
    found.add(format_setting(asked), look="title")
    for change in asked.changes:
        found.add(f"WHAT IF  {format_change(asked, change)}")
        found.add(f"ANSWER   {format_answer(answer, change)}", look="answer")
        found.add(what_if_table(answer, change))
    found.add(*_notes(answer), look="note")
    return found


# --- What is asked ------------------------------------------------------------------------------------------------


def format_setting(asked: WhatIf) -> str:
    """Say whose market this is, how many runs, how long, and who adopts what."""
    scenario = asked.scenario
    focal = scenario.vendors[scenario.focal_index]
    weeks = scenario.clock.weeks
    long = count(weeks // YEAR, "year") if weeks % YEAR == 0 else count(weeks, "week")
    if asked.strategy == asked.baseline:
        doing = f"strategy '{asked.baseline}'"
    else:
        doing = (
            f"'{asked.strategy}' against '{asked.baseline}', {format_adopters(asked.adopters, focal.name)}"
        )
    runs = count(scenario.comparison.replications, "simulated run")
    return f"{focal.name}  {count(focal.reps, 'rep')} · {runs} of {long} · {doing}"


def format_change(asked: WhatIf, change: Change) -> str:
    """Say what is changed, since when, and who is concerned."""
    responds = asked.responds[asked.changes.index(change)]
    values = ", ".join(map(format_short, change.values))
    head = f"{change.key} = {values} (today {_today(change)})"
    if responds == "money":
        return f"{head}: nothing in the market responds to it; only money is counted otherwise."
    if change.since == "branch":
        when = "from the first measured week on; until then the market is today's"
    else:
        when = "in whole runs from the first week on: settled markets, compared on the same random events"
    return f"{head}: {when}.{_concerned(asked, change)}"


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
        return "" if owner == focal else f" It is {owner}'s, a competitor."
    return " It holds for the whole market, competitors included."


def _today(change: Change) -> str:
    return "not set" if change.today is None else format_short(change.today)


def format_short(value: Any) -> str:
    """Format a value of a scenario: ``1,500``, ``0.93``, a word without quotes."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return format_value(value)
    return value if isinstance(value, str) else f"{value:,.12g}"


# --- The answer ---------------------------------------------------------------------------------------------------


def format_answer(answer: Answer, change: Change) -> str:
    """Say what each value changes in the metric that decides; of many, the ends."""
    asked, metric = answer.asked, answer.asked.metric
    points = [point for point, (one, _) in enumerate(asked.points) if one is change]
    rows = [answer.row(point, metric.name) for point in points]
    if all(math.isnan(row["difference"]) for row in rows):
        return f"{metric.label} has no value in these runs."
    if all(row["difference"] == row["low"] == row["high"] == 0.0 for row in rows):
        return f"No difference: {_name(metric)} is today's in every run."
    ranked = sorted(
        (row for row in rows if not math.isnan(row["difference"])), key=lambda row: -row["difference"]
    )
    if len(rows) <= FEW:
        said = [f"{_value(asked, row)}: {_change(answer, row)}" for row in rows]
        return f"{'; '.join(said)}. Today: {_today(change)}."
    high, low = ranked[0], ranked[-1]
    return (
        f"Most at {_value(asked, high)}: {_change(answer, high)}; least at {_value(asked, low)}: "
        f"{_change(answer, low)}. Today: {_today(change)}."
    )


def _value(asked: WhatIf, row: Any) -> str:
    return format_short(asked.points[row["point"]][1])


def _change(answer: Answer, row: Any) -> str:
    """Format what a value changes; of a strategy's net gain, the gain there and its change."""
    asked, metric = answer.asked, answer.asked.metric
    if asked.strategy == asked.baseline:
        words = _gap(row, "", metric)
        words = (
            words.replace(" a year", " a year net", 1)
            if metric.name == DEFAULT_METRIC
            else f"{_name(metric)} {words}"
        )
        return _or_no_difference(words, row, "", row["needed"])
    name = f"{_name(metric)} of {asked.strategy}" + f" over {asked.baseline}" * (
        metric.name != DEFAULT_METRIC
    )
    change = _or_no_difference(_gap(row, "gain_change", metric), row, "gain_change", math.nan)
    return f"{name} {_gap(row, 'gain', metric)}, against today {change}"


def _or_no_difference(words: str, row: Any, name: str, needed: float) -> str:
    """Add to a difference that it may be none, and how many runs would tell."""
    _, low, high = (row[column] for column in _columns(name))
    if not (low < high and low <= 0.0 <= high):
        return words
    enough = f"; about {needed:,.0f} runs would tell" if math.isfinite(needed) else ""
    return f"no measurable difference, {words}{enough}"


def _columns(name: str) -> tuple[str, str, str]:
    return (name, f"{name}_low", f"{name}_high") if name else ("difference", "low", "high")


def _gap(row: Any, name: str, metric: Metric) -> str:
    """Format a difference with its range: ``+0.83 M a year (+0.09 to +1.57)``."""
    mean, low, high = (row[column] for column in _columns(name))
    gap = format_gap(mean, low, high, metric.unit)
    return f"{gap.words}{_a_year(metric)}" + f" ({_ends(row, name, metric)})" * bool(gap.ends)


def _ends(row: Any, name: str, metric: Metric) -> str:
    mean, low, high = (row[column] for column in _columns(name))
    if abs(high - low) <= ROUNDING * abs(mean):
        return "in every run"
    return format_gap(mean, low, high, metric.unit).ends.strip("[]").replace(", ", " to ")


def _a_year(metric: Metric) -> str:
    return " a year" if metric.unit == "money/year" else ""


def _name(metric: Metric) -> str:
    """Return what a metric's difference is called, within a sentence."""
    label = metric.difference_label or metric.label
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"


# --- The table ----------------------------------------------------------------------------------------------------


def what_if_table(answer: Answer, change: Change) -> Table:
    """Make a key's table: today's levels, then each value's differences from today."""
    asked, metric = answer.asked, answer.asked.metric
    points = [TODAY, *(point for point, (one, _) in enumerate(asked.points) if one is change)]

    def value(point: int) -> str:
        return f"{_today(change)} (today)" if point == TODAY else format_short(asked.points[point][1])

    columns = [Column(split_key(change.key)[-1], value, text=True, least=10)]
    label = metric.difference_label or metric.label
    if asked.strategy == asked.baseline:
        columns += _gap_columns(answer, "", f"{label}{_a_year(metric)}", asked.baseline)
    else:
        columns += _gap_columns(
            answer, "gain", f"{label} of {asked.strategy}{_a_year(metric)}", asked.strategy
        )
        columns += _gap_columns(answer, "gain_change", "change from today", asked.strategy)
        usual = [answer.row(point, metric.name, asked.baseline)["difference"] for point in points[1:]]
        if any(usual):
            columns += _gap_columns(answer, "", f"change of {asked.baseline}", asked.baseline)[:1]
    columns += [_level_column(answer, name) for name in SHOWN if name != metric.name]
    columns.append(Column("by chance", lambda point: _chance(answer, point), dim=True, drop=1))
    return Table(columns, points, narrow="parts", lines=False)


def _gap_columns(answer: Answer, name: str, head: str, strategy: str) -> list[Column]:
    """Make the columns of a difference and its range; of today, the level of what is compared."""
    metric = answer.asked.metric
    mean, low, high = _columns(name)

    def words(point: int) -> str:
        row = answer.row(point, metric.name, strategy)
        if point == TODAY and name != "gain":
            return (
                format_level(row["mean"], metric.unit) if metric.name != DEFAULT_METRIC and not name else ""
            )
        return format_gap(row[mean], row[low], row[high], metric.unit).words

    def ends(point: int) -> str:
        row = answer.row(point, metric.name, strategy)
        return _ends(row, name, metric) if math.isfinite(row[low]) else ""

    return [Column(head, words), Column("95 % range", ends)]


def _level_column(answer: Answer, name: str) -> Column:
    """Make a metric's column: shares as levels with their change, money as today's level and changes."""
    metric = BY_NAME[name]

    def show(point: int) -> str:
        row = answer.row(point, name)
        if point == TODAY:
            return format_level(row["mean"], metric.unit)
        if not metric.unit.startswith("share"):
            return format_gap(row["difference"], math.nan, math.nan, metric.unit).words
        (change,), _ = format_side_by_side([row["difference"]], metric.unit)
        return f"{format_level(row['mean'], metric.unit).removesuffix(' %')} ({change})"

    head = HEADS.get(name, metric.difference_label.lower() or metric.label.lower())
    return Column(head, show, drop={"arr": 3, "win_rate": 2}.get(name, 0))


def _chance(answer: Answer, point: int) -> str:
    return format_level(answer.row(point, "share_at_quota")["chance_baseline"], "share")


# --- How to read it -----------------------------------------------------------------------------------------------


def _notes(answer: Answer) -> Iterator[str]:
    asked = answer.asked
    focal = asked.scenario.vendors[asked.scenario.focal_index].name
    level = answer.row(TODAY, DEFAULT_METRIC, asked.baseline)["mean"]
    yield (
        f"{BY_NAME[DEFAULT_METRIC].label} of '{asked.baseline}' today: {format_level(level, 'money/year')} a year. "
        "The first row holds today's levels, the others what changes in the same simulated runs. Money is that of all "
        f"of {focal}'s reps together. Each range is 95 % by itself. By chance: at quota if reps were equal and "
        "territories interchangeable."
    )
    if asked.scenario.comparison.replications == 1:
        yield "One simulated run has no range, and can't tell an effect from chance."
    if asked.scenario.uncertain:
        yield "Counted are sets of assumptions; each is tried on two simulated runs, whose mean counts as one."
    if any(
        asked.responds[number] == "market" and change.since == "start"
        for number, change in enumerate(asked.changes)
    ):
        yield (
            "Whole runs compare two markets that have each had their value for years; how one becomes the other, and "
            "what that costs, is not in them."
        )
    if answer.swept.failures:
        first = answer.swept.failures[0]
        yield (
            f"{len(answer.swept.failures):,} runs failed and are left out, the first at "
            f"{answer.swept.study.describe(first.point)}: {first.error.splitlines()[0][:200]}"
        )


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
