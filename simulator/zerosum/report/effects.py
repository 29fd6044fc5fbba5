"""Report known effects of selling: expected and measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zerosum.report.document import Cell, Column, Document, Section, Table
from zerosum.report.intervals import format_row
from zerosum.report.markdown import format_markdown
from zerosum.report.summary import summary_of
from zerosum.report.wording import count
from zerosum.studies.effects import Effect, Found
from zerosum.studies.effects.effect import EMERGES

COLUMNS = (
    Column("", lambda row: f"  {row['label'].strip()}", text=True, least=20),
    Column("found [95 %]", format_row),
    Column("expected", lambda row: format_expected(row), text=True, least=9),
    # The decision metric's verdict is in the effect's own line.
    Column("here", lambda row: "" if row["decides"] else row["verdict"], text=True, least=9, dim=True),
)


def describe_effects(found: Found) -> Document:
    """Describe each effect with its numbers; the first decides."""
    records: list[Any] = []
    for effect in found.effects:
        verdict = found.verdict(effect.name)
        records.append(Section(effect.title, Cell(verdict, strong=verdict != EMERGES)))
        records += found.table[found.table["effect"] == effect.name].to_dict("records")
    note = (
        "Paired replications in which one thing differs ('zerosum effects --explain' says what, and who says so). The "
        "first number of each effect decides. Not shown: the interval reaches over the edge of what was expected. "
        "New business is in annual contract value, a contribution in money a year; pp: percentage points."
    )
    return Document([Table(COLUMNS, records, format_title(found), note, narrow="list")])


def format_title(found: Found) -> str:
    """Format the title, with the number of replications."""
    often = count(found.scenario.comparison.replications, "paired replication")
    return f"{found.scenario.name}: effects that are said of selling, {often}"


def effects_page(found: Found) -> str:
    """Write effects as a Markdown page."""
    (table,) = describe_effects(found).parts
    assert isinstance(table, Table)
    return format_markdown(Document([Table(table.columns, table.records)]), format_title(found))


def explain_effects(effects: Sequence[Effect]) -> Document:
    """Explain each effect, its source, and what its experiment changes."""
    found = Document()
    for effect in effects:
        found.add(effect.title, look="heading")
        named = {"name": effect.name, "said": effect.expected, "by": effect.source, "differs": effect.differs}
        found.add(*(f"  {name:<9}{words}" for name, words in named.items()))
    return found


def format_expected(row: Any) -> str:
    """Format the expected range of a number."""
    if row["expected"] != "none":
        return {"above": "above 0", "below": "below 0", "open": ""}[row["expected"]]
    if row["unit"].startswith(("share", "points")):
        return f"0 ± {100 * row['margin']:g} pp"
    return f"0 ± {row['margin']:g}"


def summarize_effects(found: Found, files: Sequence[Path]) -> dict[str, Any]:
    """Return effects as one object: each with verdict and numbers."""
    table = found.table
    effects = {
        effect.name: {
            "title": effect.title,
            "expected": effect.expected,
            "source": effect.source,
            "differs": effect.differs,
            "verdict": found.verdict(effect.name),
            "numbers": table[table["effect"] == effect.name].drop(columns="effect").to_dict(orient="records"),
        }
        for effect in found.effects
    }
    more = {"replications": found.scenario.comparison.replications, "effects": effects}
    return summary_of("effects", found.scenario, more, files)
