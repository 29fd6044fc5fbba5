"""Tables of a validation, for the terminal and as Markdown, and lists of facts and measures. They compute nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from zerosum.report.wording import band, count, decimals_beside, level, unit_word
from zerosum.studies.facts import MEASURES, TAGS, Fact

if TYPE_CHECKING:
    from zerosum.studies.validate import Validation

UNSURE = " ?"
"""After a verdict whose interval reaches over an end of the band, or that has none."""
LIMIT = (
    "No public data set has reps, accounts, rivals and dates together. The bands come from different firms, years and "
    "definitions: agreement with them does not show the market to be right."
)


@dataclass(frozen=True)
class Line:
    """One fact in words, for terminal, Markdown and figure alike."""

    name: str
    label: str
    band: str
    value: str
    interval: str
    null: str
    verdict: str
    outside: bool
    judged: bool
    measure: str
    tag: str
    source: str
    note: str


def lines(found: Validation) -> list[Line]:
    """Say every fact in words: the judged ones first, then those that are only shown."""
    every = [_line(row) for _, row in found.table.iterrows()]
    return [line for line in every if line.judged] + [line for line in every if not line.judged]


def _line(row: Any) -> Line:
    unit, mean, low, high = row["unit"], row["mean"], row["low"], row["high"]
    decimals = decimals_beside(mean, low, high, unit)
    interval = ""
    if math.isfinite(row["mean_low"]):
        ends = (level(row[end], unit, decimals, side=True) for end in ("mean_low", "mean_high"))
        interval = f"[{', '.join(ends)}]"

    def said(value: float) -> str:
        if not math.isfinite(value):
            return level(value, unit)
        return f"{level(value, unit, decimals)} {unit_word(unit)}".rstrip()

    outside = row["verdict"] == "outside"
    verdict = "OUTSIDE" if outside else row["verdict"]
    return Line(
        name=row["fact"],
        label=_one_line(row["label"]),
        band=band(low, high, unit),
        value=said(mean),
        interval=interval,
        null="" if math.isnan(row["chance_baseline"]) else said(row["chance_baseline"]),
        verdict=verdict if row["sure"] or row["verdict"] == "undefined" else verdict + UNSURE,
        outside=outside,
        judged=bool(row["judged"]),
        measure=row["measure"],
        tag=row["tag"],
        source=_one_line(row["source"]),
        note=_one_line(row["note"]),
    )


def _one_line(words: str) -> str:
    """Leave out line breaks, and whatever else would move a cursor."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())


def result(found: Validation) -> str:
    """Say how many judged facts the market agrees with."""
    judged = int(found.table["judged"].sum())
    if not judged:
        return "No fact is judged"
    inside = judged - len(found.failing)
    return f"{inside} of {judged} judged facts {'lies' if inside == 1 else 'lie'} within {_their(inside)}"


def _their(n: int) -> str:
    return "its band" if n == 1 else "their bands"


def failing(found: Validation) -> str:
    """Say which judged facts the market doesn't agree with, in one sentence; empty if there are none."""
    if not found.failing:
        return ""
    return f"Outside or undefined: {'; '.join(_one_line(label) for label in found.failing)}."


def measured(found: Validation) -> str:
    """Say whose numbers these are, and how many replications they rest on."""
    scenario = found.scenario
    names = ", ".join(found.vendors)
    alike = " (alike, so averaged)" if len(found.vendors) > 1 else ""
    often = count(scenario.comparison.replications, "replication")
    return f"Measured: {names}{alike}; status quo '{scenario.baseline_name}'; mean over {often}"


def explained(found: Validation) -> str:
    """Say how to read the numbers, and what they don't show."""
    often = found.scenario.comparison.replications
    interval = "One replication has no interval."
    if often > 1:
        interval = "In brackets: the 95 % interval of the market's mean over replications."
    said = [
        "Band: what is known from outside the model.",
        interval,
        "?: the interval reaches over an end of the band, so that more replications may turn the verdict.",
    ]
    if any(line.null for line in lines(found)):
        said.append(
            "Chance baseline: the same with equal reps and interchangeable territories, what luck alone gives."
        )
    if (found.table["n"] < often).any():
        said.append("Replications in which a number is undefined are left out of its mean.")
    return " ".join([*said, LIMIT])


# --- Terminal -------------------------------------------------------------------------------------------------


class _Facts:
    """The table; where the terminal is narrow, with intervals and chance baselines below the numbers they belong to."""

    def __init__(self, every: Sequence[Line]) -> None:
        self._lines = every

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.max_width
        tables = (
            self._table(room, 26, stacked=False, tags=True),
            self._table(room, 17, stacked=True, tags=True),
            self._table(room, 15, stacked=True, tags=False),
        )
        yield next((table for table in tables if table), None) or self._list()

    def _list(self) -> Text:
        """Say it without columns, where there is no room for them."""
        said = []
        for line in self._lines:
            market = " ".join(part for part in (line.value, line.interval) if part)
            null = f", chance baseline {line.null}" if line.null else ""
            shown = "" if line.judged else " (shown only)"
            said.append(f"{line.label}{shown}: {line.band}\n    {market}{null}: {line.verdict} ({line.tag})")
        return Text("\n".join(said))

    def _table(self, room: int, least: int, stacked: bool, tags: bool) -> Table | None:
        """Lay it out, or None if labels have less room than ``least``."""
        heads = {"band": "", "market": "", **({} if stacked else {"chance baseline": ""}), "verdict": ""}
        if tags:
            heads["evidence"] = ""
        cells = [self._cells(line, stacked)[: len(heads)] for line in self._lines]
        widths = [
            max(len(head), *(max(map(len, row[i].plain.split("\n"))) for row in cells))
            for i, head in enumerate(heads)
        ]
        left = room - sum(widths) - 3 * len(widths)
        if left < least:
            return None
        longest = max(len("Shown only"), *(Text(line.label).cell_len for line in self._lines))
        table = Table(show_edge=False, pad_edge=False)
        # Widths are fixed, because rich, left to itself, would cut the last column by a cell or two.
        table.add_column("fact", width=min(longest, left), overflow="fold")
        for head, width in zip(heads, widths, strict=True):
            right = head in ("market", "chance baseline")
            table.add_column(head, justify="right" if right else "left", width=width)
        judged_before = True
        for line, row in zip(self._lines, cells, strict=True):
            if judged_before and not line.judged:
                table.add_section()
                table.add_row(Text("Shown only", style="italic"), *[""] * len(heads))
            judged_before = line.judged
            table.add_row(Text(line.label), *row)
        return table

    @staticmethod
    def _cells(line: Line, stacked: bool) -> list[Text]:
        strong = "bold" if line.judged and not line.verdict.startswith("inside") else ""
        market = Text(line.value, style=strong)
        if line.interval:
            market.append(f"{chr(10) if stacked else ' '}{line.interval}", style="dim not bold")
        if stacked and line.null:
            market.append(f"\nchance baseline {line.null}", style="dim not bold")
        inner = [] if stacked else [Text(line.null, style="dim")]
        limits = line.band.replace(" log units", "\nlog units") if stacked else line.band
        return [Text(limits), market, *inner, Text(line.verdict, style=strong), Text(line.tag, style="dim")]


def validate_table(found: Validation) -> RenderableType:
    """Lay out a validation: what was measured, the facts, how to read them."""
    head = f"{found.scenario.name}: {result(found)}\n{measured(found)}"
    told = explained(found) + " Sources: in facts.md, and by 'zerosum facts'."
    return Group(
        Text(head, style="italic"), Text(""), _Facts(lines(found)), Text(""), Text(told, style="dim")
    )


def facts_table(facts: Sequence[Fact]) -> Table:
    """List facts with their bands, measures and sources."""
    table = Table(show_edge=False, pad_edge=False, show_lines=True)
    table.add_column(
        "name", overflow="fold", min_width=max(len("name"), *(min(len(f.name), 24) for f in facts))
    )
    table.add_column("what is known, how sure that is, and how a market is asked for it", overflow="fold")
    for fact in facts:
        told = Text(_one_line(fact.label), style="bold")
        told.append(f": {_band_of(fact)}", style="not bold")
        if not fact.judged:
            told.append(" (shown only)", style="not bold")
        for words in (
            f"{_one_line(fact.source)} ({TAGS[fact.tag]})",
            f"measure: {fact.measure}",
            _one_line(fact.note),
        ):
            if words:
                told.append(f"\n{words}", style="not bold")
        table.add_row(Text(fact.name), told)
    return table


def _band_of(fact: Fact) -> str:
    low, high = (math.nan if end is None else end for end in (fact.low, fact.high))
    return band(low, high, fact.unit)


def measures_table() -> Table:
    """List all that a market can be asked for."""
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("measure", no_wrap=True)
    table.add_column("unit", min_width=max(len(word) for m in MEASURES.values() for word in m.unit.split()))
    table.add_column("meaning")
    for measure in MEASURES.values():
        table.add_row(Text(measure.name), Text(measure.unit), Text(f"{measure.label}: {measure.meaning}"))
    return table


# --- Markdown -------------------------------------------------------------------------------------------------

_COLUMNS = "fact|band|market|95 % interval|chance baseline|verdict|measure|evidence|source|note".split("|")


def validate_markdown(found: Validation) -> str:
    """Write a validation as a page: the same lines, with source and note."""
    every = lines(found)
    parts = [f"# {found.scenario.name}: {result(found)}", f"{measured(found)}.", explained(found)]
    for title, judged in (("Judged", True), ("Shown only", False)):
        rows = [_row(line) for line in every if line.judged == judged]
        if rows:
            head = [f"| {' | '.join(_COLUMNS)} |", "|---|---|--:|--:|--:|---|---|---|---|---|"]
            parts += [f"## {title}", "\n".join(head + rows)]
    tags = sorted({line.tag for line in every}, key=list(TAGS).index)
    parts.append("Evidence: " + "; ".join(f"*{tag}*, {TAGS[tag]}" for tag in tags) + ".")
    return "\n\n".join(parts) + "\n"


def _row(line: Line) -> str:
    cells = (
        line.label, line.band, line.value, line.interval, line.null, line.verdict,
        f"`{line.measure}`", line.tag, line.source, line.note,
    )  # fmt: skip
    return f"| {' | '.join(map(_escaped, cells))} |"


def _escaped(words: str) -> str:
    for special, plain in (("\\", "\\\\"), ("|", "\\|"), ("<", "&lt;")):
        words = words.replace(special, plain)
    return words
