"""Report a validation: whether a market agrees with known facts; and lists of facts and measures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from zerosum.report.document import Cell, Column, Document, Section, Table, Words
from zerosum.report.lines import Line as Verdict
from zerosum.report.lines import format_length, labeled_lines
from zerosum.report.markdown import format_markdown
from zerosum.report.summary import summary_of
from zerosum.report.wording import (
    choose_decimals,
    count,
    format_band,
    format_chance_baseline,
    format_digits,
    format_unit,
    is_money,
    with_currency,
)
from zerosum.studies.facts import MEASURES, TAGS, Fact
from zerosum.studies.validate import THIN

if TYPE_CHECKING:
    from zerosum.studies.validate import Validation

UNSURE = " ?"
"""After a verdict whose interval crosses an end of the band, or is missing."""
LIMIT = (
    "The bands come from different firms, years and definitions, never from one firm's whole record: agreement with "
    "them does not show the market to be right."
)
SHOWN_ONLY = "Shown only"
MOST_FAILING = 3
"""Maximum facts that the message of a failed validation names."""


@dataclass(frozen=True)
class Line:
    """One fact as text, for tables and the figure."""

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
    rests_on: str
    tag: str
    source: str
    address: str
    basis: str
    effective_n: str
    note: str

    @property
    def stands_out(self) -> bool:
        """Whether it is judged and not inside."""
        return self.judged and not self.verdict.startswith("inside")


COLUMNS = (
    Column("fact", lambda line: line.label, text=True, least=22),
    Column("band", lambda line: line.band, text=True),
    Column("market [95 %]", lambda line: Cell(line.value, line.interval)),
    Column("chance baseline", lambda line: line.null, dim=True),
    Column("verdict", lambda line: Cell(line.verdict, strong=line.stands_out), text=True),
    Column(
        "rests on (evidence)",
        lambda line: Cell(line.rests_on, f"({line.tag})"),
        text=True,
        drop=1,
        least=13,
        dim=True,
    ),
    Column("measure", lambda line: f"`{line.measure}`", text=True, wide=True),
    Column("basis", lambda line: line.basis, text=True, wide=True),
    Column("effective n", lambda line: line.effective_n, wide=True),
    Column("source", lambda line: line.source, text=True, wide=True),
    Column("address", lambda line: line.address, text=True, wide=True),
    Column("note", lambda line: line.note, text=True, wide=True),
)


def format_lines(found: Validation) -> list[Line]:
    """Format every fact as text: judged ones first, then those only shown."""
    currency = found.scenario.money.currency
    every = [_line(row, currency) for _, row in found.table.iterrows()]
    return [line for line in every if line.judged] + [line for line in every if not line.judged]


def _line(row: Any, currency: str) -> Line:
    unit, mean, low, high = row["unit"], row["mean"], row["low"], row["high"]
    decimals = choose_decimals(mean, low, high, unit)
    interval = ""
    if math.isfinite(row["mean_low"]):
        ends = (format_digits(row[end], unit, decimals, side=True) for end in ("mean_low", "mean_high"))
        interval = f"[{', '.join(ends)}]"

    def said(value: float) -> str:
        if not math.isfinite(value):
            return format_digits(value, unit)
        digits = format_digits(value, unit, decimals)
        return f"{with_currency(digits, currency) if is_money(unit) else digits} {format_unit(unit)}".rstrip()

    outside = row["verdict"] == "outside"
    verdict = "OUTSIDE" if outside else row["verdict"]
    return Line(
        name=row["fact"],
        label=_one_line(row["label"]),
        band=format_band(low, high, unit),
        value=said(mean),
        interval=interval,
        null="" if math.isnan(row["chance_baseline"]) else said(row["chance_baseline"]),
        verdict=verdict if row["sure"] or row["verdict"] == "undefined" else verdict + UNSURE,
        outside=outside,
        judged=bool(row["judged"]),
        measure=row["measure"],
        rests_on=format_rests_on(row["counts"], row["part"]),
        tag=row["tag"],
        source=_one_line(row["source"]),
        address=_one_line(row["address"]),
        basis=_one_line(row["basis"]),
        effective_n="" if math.isnan(row["effective_n"]) else f"{row['effective_n']:,.0f}",
        note=_one_line(row["note"]),
    )


def format_rests_on(counts: str, part: float) -> str:
    """Format the part of a market behind a number: ``all reps``, ``23 % of deals``, ``0.5 % of deals``."""
    if not counts or math.isnan(part):
        return ""
    if part == 1.0:
        return f"all {counts}"
    return f"{100 * part:.{0 if part >= 0.095 else 1}f} % of {counts}"


def _one_line(words: str) -> str:
    """Remove line breaks and other characters that move a cursor."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())


def format_result(found: Validation) -> str:
    """Format the number of judged facts that the market agrees with."""
    judged = int(found.table["judged"].sum())
    if not judged:
        return "No fact is judged"
    inside = judged - len(found.failing)
    lie = "lies within its band" if inside == 1 else "lie within their bands"
    return f"{inside} of {judged} judged facts {lie}"


def format_failing(found: Validation) -> str:
    """Name the judged facts that the market disagrees with, in one sentence; empty if none."""
    if not found.failing:
        return ""
    named = [_one_line(label) for label in found.failing[:MOST_FAILING]]
    more = len(found.failing) - len(named)
    return f"Outside or undefined: {'; '.join(named)}{f'; and {more} more' if more else ''}."


def format_thin(found: Validation) -> str:
    """Name the judged facts with very little data from this market, in one sentence; empty if none."""
    if not found.thin:
        return ""
    few = "; ".join(_one_line(label) for label in found.thin)
    return f"Rests on less than {100 * THIN:.0f} % of deals, and so says little of this market: {few}."


def format_measured(found: Validation) -> str:
    """Name the measured vendors, and the number of replications."""
    scenario = found.scenario
    alike = " (alike, so averaged)" if len(found.vendors) > 1 else ""
    often = count(scenario.comparison.replications, "replication")
    return f"Measured: {', '.join(found.vendors)}{alike}; status quo '{scenario.baseline_name}'; mean over {often}"


def format_reading(found: Validation) -> str:
    """Explain how to read the numbers, and their limits."""
    often = found.scenario.comparison.replications
    interval = "One replication has no interval."
    if often > 1:
        interval = "In brackets: the 95 % interval of the market's mean over replications."
    said = [
        "Band: what is known from outside the model.",
        interval,
        "?: the interval reaches over an end of the band, so that more replications may turn the verdict.",
    ]
    if found.table["chance_baseline"].notna().any():
        same = format_chance_baseline(found.scenario)
        said.append(f"Chance baseline: the same with {same}. Skill makes no difference there.")
    if (found.table["n"] < often).any():
        said.append("Replications in which a number is undefined are left out of its mean.")
    said.append("Rests on: what of the market the number is computed from; deals are closed opportunities.")
    return " ".join(filter(None, [*said, format_thin(found), LIMIT]))


def format_head(found: Validation) -> str:
    """Name the market and count the facts it agrees with."""
    return f"{found.scenario.name}: {format_result(found)}"


def describe_validation(found: Validation) -> Document:
    """Describe a validation: the measurement, the facts, how to read them."""
    every = format_lines(found)
    judged = [line for line in every if line.judged]
    records = [*judged, *[Section(SHOWN_ONLY)] * (len(judged) < len(every)), *every[len(judged) :]]
    note = format_reading(found) + " Sources: in facts.md, and by 'zerosum facts'."
    title = f"{format_head(found)}\n{format_measured(found)}"
    return Document([Table(COLUMNS, records, title, note, narrow="list", beside=True, lines=False)])


MOST_MISSED = 15
"""Maximum facts in the table of a first screen."""


def describe_validation_screen(found: Validation) -> Document:
    """Describe a validation in a screenful: how many judged facts the market agrees with, and those that it misses."""
    scenario = found.scenario
    lines = [line for line in format_lines(found) if line.judged]
    missed = sorted(
        (line for line in lines if line.stands_out), key=lambda line: line.verdict.endswith(UNSURE)
    )
    inside = [line for line in lines if not line.stands_out]
    runs = count(scenario.comparison.replications, "simulated run")
    head = f"{scenario.name.upper()}   {runs} of {format_length(scenario.clock.weeks)} · {_named(found)}"
    said = [Verdict("AGREES WITH", f"{len(inside)} of {count(len(lines), 'judged fact')}{_surely(inside)}")]
    if missed:
        said.append(Verdict("MISSES", f"{len(missed)}{_surely(missed)}"))
    if words := _describe_market(lines):
        said.append(Verdict("THIS MARKET", words))
    if found.thin:
        said.append(
            Verdict(
                "SAYS LITTLE OF", f"{count(len(found.thin), 'fact')} that few deals of this market rest on"
            )
        )
    screen = Document()
    screen.add(Words(head, "heading"), labeled_lines(said))
    if missed:
        shown = missed[:MOST_MISSED]
        more = f" ({len(shown)} of {len(missed)})" if len(shown) < len(missed) else ""
        columns = (
            Column(f"fact that is missed{more}", lambda line: line.label, text=True, least=22),
            Column("this market", lambda line: Cell(line.value, line.interval)),
            Column("band", lambda line: line.band, text=True),
            Column("", _doubt, text=True, dim=True),
        )
        screen.add(Table(columns, shown, narrow="list", beside=True, lines=False, plain=True))
    interval = "In brackets: 95 % interval. Not sure: it reaches into the band; more runs (-n) may turn it. "
    screen.add(f"{interval if missed else ''}{LIMIT}", look="note")
    return screen


SHOWN_OF_MARKET = {
    "rep_years_at_quota": "{} of reps at or above quota in a year",
    "company_attainment": "the company's attainment {}",
    "win_rate": "win rate {}",
    "churn": "{} of customers leave in a year",
    "presales_never": "{} of presales requests never served",
}
"""Measure -> words about it in the line of how the market is."""


def _describe_market(lines: Sequence[Line]) -> str:
    """Say how the market is, in a few measures, with the chance baseline where there is one."""
    by_measure = {line.measure: line for line in lines if line.verdict != "undefined"}
    said = [
        words.format(line.value) + (f" (identical reps: {line.null})" if line.null else "")
        for measure, words in SHOWN_OF_MARKET.items()
        if (line := by_measure.get(measure))
    ]
    return f"{'; '.join(said)}." if said else ""


def _doubt(line: Line) -> str:
    if line.verdict == "undefined":
        return "undefined"
    return "not sure" if line.verdict.endswith(UNSURE) else ""


def _named(found: Validation) -> str:
    return f"{len(found.vendors)} alike vendors, averaged" if len(found.vendors) > 1 else found.vendors[0]


def _surely(lines: Sequence[Line]) -> str:
    """Say of how many facts more runs would hardly change the verdict."""
    sure = sum(not line.verdict.endswith(UNSURE) for line in lines)
    return f", {sure} of them surely" if lines and sure < len(lines) else ""


def validation_page(found: Validation) -> str:
    """Format a validation as a Markdown page, each fact with source and note."""
    every, page = format_lines(found), Document()
    page.add(f"{format_measured(found)}.", format_reading(found))
    for title, judged in (("Judged", True), (SHOWN_ONLY, False)):
        lines = [line for line in every if line.judged == judged]
        if lines:
            page.add(Table(COLUMNS, lines, title))
    tags = sorted({line.tag for line in every}, key=list(TAGS).index)
    page.add("Evidence: " + "; ".join(f"*{tag}*, {TAGS[tag]}" for tag in tags) + ".")
    return format_markdown(page, format_head(found))


def describe_facts(facts: Sequence[Fact], parts: Mapping[str, float] = MappingProxyType({})) -> Document:
    """List facts with bands, measures and sources, and their basis in the default market."""
    columns = (
        Column("name", lambda fact: fact.name, text=True, least=24),
        Column(
            "what is known, how sure that is, and how a market is asked for it",
            lambda fact: _fact(fact, parts),
            text=True,
            least=20,
        ),
    )
    return Document([Table(columns, facts)])


def _fact(fact: Fact, parts: Mapping[str, float]) -> Cell:
    low, high = (math.nan if end is None else end for end in (fact.low, fact.high))
    shown = "" if fact.judged else " (shown only)"
    source = f"{_one_line(fact.source)} ({TAGS[fact.tag]})"
    sample = "" if fact.n is None else f"effective sample size: {fact.n:,}"
    asked, part = f"measure: {fact.measure or 'none, a market is not asked for it'}", parts.get(fact.name)
    if fact.rests_on:
        asked += f"; rests on {fact.rests_on}" + (
            f" ({100 * part:.2g} % in the default market)" if part else ""
        )
    words = (fact.basis, source, fact.address, sample, asked, fact.note)
    return Cell(
        _one_line(fact.label)
        + (f": {format_band(low, high, fact.unit)}{shown}" if fact.measure else " (only told)"),
        "\n".join(_one_line(said) for said in words if said),
        True,
    )


def describe_measures() -> Document:
    """List all measures of a market."""
    columns = (
        Column("measure", lambda measure: measure.name, text=True, least=40),
        Column("unit", lambda measure: measure.unit, text=True, least=11),
        Column("meaning", lambda measure: f"{measure.label}: {measure.meaning}", text=True),
    )
    return Document([Table(columns, list(MEASURES.values()))])


def summarize_validation(found: Validation, files: Sequence[Path]) -> dict[str, Any]:
    """Return a validation as one object: every fact, and the market's value."""
    table = found.table
    amiss = table[table["judged"] & (table["verdict"] != "inside")]
    more = {
        "replications": found.scenario.comparison.replications,
        "vendors": list(found.vendors),
        "failing": list(amiss["fact"]),
        "facts": table.to_dict(orient="records"),
    }
    return summary_of("validate", found.scenario, more, files)
