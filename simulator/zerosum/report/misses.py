"""Report what missed quotas are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from zerosum.report.document import Cell, Column, Document, Table, Words
from zerosum.report.identical import format_misses, identical_object
from zerosum.report.intervals import excludes_zero, format_list
from zerosum.report.lines import format_length
from zerosum.report.markdown import format_markdown
from zerosum.report.summary import summary_of
from zerosum.report.wording import MISSING, count, format_number
from zerosum.studies.misses import Misses, market_digest

NAMES = {"luck": "luck", "skill": "skill", "territory": "territories", "quotas": "how quotas are set"}

COINCIDENCE = (
    "By coincidence: misses shared if skill alone decided who misses, so that both had nothing in common."
)
IF_EQUAL = "If equal: change of the variance if only this were made equal."

COLUMNS = (
    Column("what differs", lambda row: NAMES[row["factor"]], text=True, least=18),
    Column("share", lambda row: Cell(_percent(row["share"]), strong=excludes_zero(row["low"], row["high"]))),
    Column("95 % range", lambda row: _range(row["low"], row["high"])),
    Column("if equal", lambda row: _change(row["removed"])),
)


def format_shares(found: Misses) -> str:
    """Say in a sentence what differences in attainment come from, the largest first.

    Shares whose interval includes zero are named as not measurable. Without any other, more runs are needed.
    """
    rows = found.shares.sort_values("share", ascending=False, kind="stable").to_dict("records")
    if found.shared.rep_years == 0:
        return "No rep had a quota in the simulated weeks, so none was missed."
    if not math.isfinite(rows[0]["share"]):
        return "Attainment doesn't differ between reps, so there is nothing to divide."
    often = count(found.scenario.comparison.replications, "simulated run")
    sure = [row for row in rows if excludes_zero(row["low"], row["high"])]
    if not sure:
        return f"{often} can't tell what the differences in attainment come from: use more."
    told = format_list([f"{NAMES[row['factor']]} {_whole(row['share'])}" for row in sure])
    rest = format_list([NAMES[row["factor"]] for row in rows if row not in sure])
    more = f". No measurable share: {rest}" if len(sure) < len(rows) else ""
    return f"Of the differences in attainment between reps: {told}{more}."


def describe_misses(found: Misses) -> Document:
    """Describe what missed quotas are made of: two sentences and a table."""
    document = Document()
    document.add(format_misses(found.shared), look="answer")
    document.add(format_shares(found))
    document.add(shares_table(found))
    return document


def shares_table(found: Misses) -> Table:
    """Make the table of shares."""
    rows = found.shares.to_dict("records")
    note = f"{format_note(found)} {IF_EQUAL} *: the range excludes 0. {COINCIDENCE}"
    return Table(COLUMNS, rows, format_title(found), note, lines=False, plain=True)


def format_title(found: Misses) -> str:
    """Format the table's title: what was simulated, and whose reps were measured."""
    scenario = found.scenario
    often = count(scenario.comparison.replications, "simulated run")
    whose = "reps of " + format_list(found.vendors)
    alike = ", vendors that differ in name only" if len(found.vendors) > 1 else ""
    return (
        f"{scenario.name}: what missed quotas are made of\n"
        f"{often} of {format_length(scenario.clock.weeks)}, status quo ('{scenario.baseline_name}'); {whose}{alike}"
    )


def format_note(found: Misses) -> str:
    """Explain the table."""
    missed = found.shared.missed / found.shared.rep_years if found.shared.rep_years else math.nan
    below = f"{100 * missed:.0f} % of rep-years miss their quota. " if math.isfinite(missed) else ""
    spread = f" (standard deviation {math.sqrt(found.variance):.2f})" if math.isfinite(found.variance) else ""
    return (
        f"{below}Share: of the variance of attainment between reps of a team in a year{spread}, averaged over all "
        "orders of making factors equal (Shapley). Luck: what remains between identical reps in territories of equal "
        "value whose quotas follow that value. It includes which customers and contracts a rep starts with. Below 0: "
        "it evens out differences."
    )


def misses_page(found: Misses) -> str:
    """Write the shares as a Markdown page."""
    table = shares_table(found)
    words = (format_misses(found.shared), format_shares(found), table.note)
    return format_markdown(
        Document([*(Words(one) for one in words), replace(table, title="", note="")]), table.title
    )


def summarize_misses(found: Misses, files: Sequence[Path]) -> dict[str, Any]:
    """Return the decomposition as one object."""
    shared = found.shared
    more = {
        "answer": format_misses(shared),
        "replications": found.scenario.comparison.replications,
        "vendors": list(found.vendors),
        "market": market_digest(found.scenario),
        "shares": found.shares.to_dict("records"),
        "cases": found.cases.to_dict("records"),
        "identical_reps": identical_object(shared),
    }
    return summary_of("misses", found.scenario, more, files)


def _percent(share: float) -> str:
    return f"{percent(share):.1f} %" if math.isfinite(share) else MISSING


def _whole(share: float) -> str:
    return f"{100 * share:.0f} %"


def _range(low: float, high: float) -> str:
    return f"{percent(low):.1f} to {percent(high):.1f}" if math.isfinite(low) else ""


def _change(removed: float) -> str:
    return f"{format_number(-100 * removed, 1)} %" if math.isfinite(removed) else ""


def percent(share: float) -> float:
    """Return a share in per cent, to a tenth, never -0."""
    return round(100 * share, 1) + 0.0
