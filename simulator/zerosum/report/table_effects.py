"""Effects in a terminal and in Markdown: what was expected, what was found. They compute nothing."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from zerosum.report.intervals import of_row, table
from zerosum.report.wording import count
from zerosum.studies.effects import Effect, Found
from zerosum.studies.effects.effect import EMERGES


def effects_table(found: Found) -> RenderableType:
    """Lay out each effect with its numbers; the first of them decides."""
    frame = found.table
    laid = Table(
        title=f"{found.scenario.name}: effects that are said of selling, {_often(found)}",
        title_justify="left",
        show_edge=False,
        pad_edge=False,
    )
    laid.add_column("", ratio=1)
    laid.add_column("found [95 %]", justify="right", no_wrap=True)
    laid.add_column("expected", no_wrap=True)
    laid.add_column("here", no_wrap=True)
    for effect in found.effects:
        laid.add_section()
        verdict = found.verdict(effect.name)
        style = "bold" if verdict == EMERGES else "bold reverse"
        laid.add_row(Text(effect.title, style="bold"), "", "", Text(verdict, style=style))
        for _, row in frame[frame["effect"] == effect.name].iterrows():
            # The decisive number's verdict stands in the effect's own line.
            said = "" if row["decides"] else row["verdict"]
            laid.add_row(
                Padding(row["label"].strip(), (0, 0, 0, 2)),
                of_row(row),
                expected(row),
                Text(said, style="dim"),
            )
    caption = Text(
        "Paired replications in which one thing differs ('zerosum effects --explain' says what, and who says so). "
        "The first number of each effect decides. Not shown: the "
        "interval reaches over the edge of what was expected. Money is annual contract value, pp percentage points.",
        style="dim",
    )
    return Group(laid, Text(""), caption)


def explained(effects: tuple[Effect, ...]) -> RenderableType:
    """Say what each effect is, who says so, and what its experiment changes."""
    parts: list[RenderableType] = []
    for effect in effects:
        parts += [
            Text(effect.title, style="bold"),
            Text(f"  name     {effect.name}"),
            Text(f"  said     {effect.expected}"),
            Text(f"  by       {effect.source}"),
            Text(f"  differs  {effect.differs}"),
            Text(""),
        ]
    return Group(*parts[:-1])


def effects_markdown(found: Found) -> str:
    """Write the table as Markdown."""
    titles = {effect.name: effect.title for effect in found.effects}
    rows = [
        [
            titles[row["effect"]] if row["decides"] else "",
            row["label"].strip(),
            of_row(row),
            expected(row),
            row["verdict"],
        ]
        for _, row in found.table.iterrows()
    ]
    head = f"# {found.scenario.name}: effects that are said of selling\n\n{_often(found).capitalize()}.\n\n"
    return head + table(["effect", "number", "found [95 %]", "expected", "here"], rows, right=5) + "\n"


def expected(row: Any) -> str:
    """Say where a number was expected."""
    if row["expected"] != "none":
        return {"above": "above 0", "below": "below 0", "open": ""}[row["expected"]]
    if row["unit"].startswith(("share", "points")):
        return f"0 ± {100 * row['margin']:g} pp"
    return f"0 ± {row['margin']:g}"


def _often(found: Found) -> str:
    return count(found.scenario.comparison.replications, "paired replication")
