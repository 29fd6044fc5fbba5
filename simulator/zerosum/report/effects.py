"""Report known effects of selling: expected and measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zerosum.report.document import Cell, Column, Document, Section, Table, Words
from zerosum.report.intervals import format_gap
from zerosum.report.lines import Line, labeled_lines
from zerosum.report.markdown import format_markdown
from zerosum.report.summary import summary_of
from zerosum.report.wording import count, format_unit, is_money
from zerosum.studies.effects import Effect, Found
from zerosum.studies.effects.effect import EMERGES, MISSING, OPPOSITE

COLUMNS = (
    Column("", lambda row: f"  {row['label'].strip()}", text=True, least=20),
    Column("found [95 %]", lambda row: format_found(row)),
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


def describe_effects_screen(found: Found) -> Document:
    """Describe effects in a screenful: which emerge, and the number that decides about each."""
    verdicts = {effect.name: found.verdict(effect.name) for effect in found.effects}
    scenario, said = found.scenario, Document()
    runs = count(scenario.comparison.replications, "pair")
    said.add(
        Words(
            f"{scenario.name.upper()}   effects that are said of selling · {runs} of simulated runs",
            "heading",
        )
    )
    lines = []
    for verdict in (EMERGES, OPPOSITE, MISSING):
        names = [effect.title for effect in found.effects if verdicts[effect.name] == verdict]
        of = f"{len(names)} of {len(found.effects)}"
        if names or verdict == EMERGES:
            listed = "" if verdict == EMERGES or not names else f": {'; '.join(names)}"
            lines.append(Line(_LABELS[verdict], f"{of}{listed}"))
    said.add(labeled_lines(lines))
    rows = {row["effect"]: row for row in found.table[found.table["decides"]].to_dict("records")}
    columns = (
        Column("effect: what is measured", lambda effect: _measured(effect, rows), text=True, least=26),
        Column("found", lambda effect: format_found(rows[effect.name])),
        Column("expected", lambda effect: format_expected(rows[effect.name]), text=True, least=9),
        Column(
            "", lambda effect: Cell(verdicts[effect.name], strong=verdicts[effect.name] != EMERGES), text=True
        ),
    )
    said.add(Table(columns, found.effects, narrow="list", lines=False, plain=True))
    said.add(
        "In brackets: 95 % interval. Not shown: it reaches over the edge of what was expected.", look="note"
    )
    return said


_LABELS = {EMERGES: "EMERGE", OPPOSITE: "THE OPPOSITE", MISSING: "NOT SHOWN"}


def _measured(effect: Effect, rows: Any) -> str:
    label = str(rows[effect.name]["label"]).strip()
    return f"{effect.title}: {label[:1].lower()}{label[1:]}"


def format_found(row: Any) -> str:
    """Format a number with its unit and interval: ``+3.2 weeks [+1.0, +5.4]``."""
    gap, unit = format_gap(row["mean"], row["low"], row["high"], row["unit"]), row["unit"]
    if is_money(unit) or unit.startswith(("share", "points")) or unit == "ratio":
        return gap.whole_in(unit)
    return f"{gap.words} {format_unit(unit)} {gap.ends}".rstrip()


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
