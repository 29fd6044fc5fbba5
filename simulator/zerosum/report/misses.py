"""Report what missed quotas are made of."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from zerosum.report.document import Cell, Column, Document, Table, Words
from zerosum.report.identical import format_misses, identical_object
from zerosum.report.intervals import excludes_zero, format_list
from zerosum.report.lines import Line, format_length, labeled_lines
from zerosum.report.markdown import format_markdown
from zerosum.report.misses_advice import WIDEST, format_advice, runs_for_shares, widest
from zerosum.report.screen import head_of
from zerosum.report.summary import summary_of
from zerosum.report.wording import MISSING, count, format_number
from zerosum.studies.misses import Misses, market_digest

NAMES = {"luck": "luck", "skill": "skill", "territory": "territories", "quotas": "how quotas are set"}

AT_RANDOM = "If misses fell at random: how many both would share if their misses had nothing in common."
IF_EQUAL = "If equal: change of the variance if only this were made equal."

COLUMNS = (
    Column("what differs", lambda row: NAMES[row["factor"]], text=True, least=18),
    Column("share", lambda row: Cell(_percent(row["share"]), strong=excludes_zero(row["low"], row["high"]))),
    Column("95 % range", lambda row: _range(row["low"], row["high"])),
    Column("if equal", lambda row: _change(row["removed"])),
)


def format_shares(found: Misses) -> str:
    """Say in a sentence what differences in attainment come from, the largest first.

    Shares whose interval includes zero are named as not measurable. With too few runs, no share is told.
    """
    rows = found.shares.sort_values("share", ascending=False, kind="stable").to_dict("records")
    if found.shared.rep_years == 0:
        return "No rep had a quota in the simulated weeks, so none was missed."
    if not math.isfinite(rows[0]["share"]):
        return "Attainment doesn't differ between reps, so there is nothing to divide."
    often = count(found.scenario.comparison.replications, "simulated run")
    needed = runs_for_shares(found)
    if needed is None:
        return f"Too few runs for shares: {often} can't bound them; use more."
    if needed:
        within = f"{often} {'leaves' if often[:2] == '1 ' else 'leave'} them open by ±{100 * widest(found):.0f} points"
        return f"Too few runs for shares: {within}; about {needed:,} would do (±{100 * WIDEST:.0f} or less)."
    sure = [row for row in rows if excludes_zero(row["low"], row["high"])]
    if not sure:
        return f"No share can be told from 0 with {often}."
    told = format_list([f"{NAMES[row['factor']]} {_whole(row['share'])}" for row in sure])
    rest = format_list([NAMES[row["factor"]] for row in rows if row not in sure])
    more = f". No measurable share: {rest}" if len(sure) < len(rows) else ""
    return f"Of the differences in attainment between reps: {told}{more}."


def describe_misses(found: Misses) -> Document:
    """Describe what missed quotas are made of: what was simulated, three lines and a table."""
    document = Document()
    document.add(format_head(found), look="heading")
    document.add(labeled_lines(list(_lines(found))))
    if runs_for_shares(found) == 0:
        document.add(replace(shares_table(found), title="", note=""))
        document.add(f"{format_measured(found)} {format_notes(found)}", look="note")
    else:
        document.add(f"{format_measured(found)} {AT_RANDOM}", look="note")
    return document


def _lines(found: Misses) -> Iterator[Line]:
    yield Line("MISSED QUOTAS", f"{format_level_of_misses(found)} {format_misses(found.shared)}".strip())
    yield Line("DIFFERENCES", format_shares(found))
    if advice := format_advice(found):
        yield Line("WHAT TO DO", advice)


def format_head(found: Misses) -> str:
    """Say in one line what was simulated."""
    scenario = found.scenario
    runs = count(scenario.comparison.replications, "simulated run")
    asked = scenario.model_copy(
        update={"comparison": scenario.comparison.model_copy(update={"adopters": ("focal",)})}
    )
    under = f"under '{found.strategy}'" if found.strategy else f"status quo ('{scenario.baseline_name}')"
    head = head_of(asked, f"{runs} of {format_length(scenario.clock.weeks)}", under)
    return head if found.strategy else head.rpartition(" · ")[0]  # nobody adopts anything


def format_level_of_misses(found: Misses) -> str:
    """Say how many rep-years miss their quota, beside those of identical reps."""
    shared = found.shared
    if not shared.rep_years:
        return ""
    missed, equal = shared.missed / shared.rep_years, shared.equal_missed / shared.rep_years
    return f"{_whole(missed)} of rep-years (identical reps: {_whole(equal)})."


def format_measured(found: Misses) -> str:
    """Say whose reps were measured."""
    alike = ", vendors that differ in name only" if len(found.vendors) > 1 else ""
    return f"Measured: reps of {format_list(found.vendors)}{alike}."


def format_next(found: Misses, path: str) -> str:
    """Name the command that asks under a strategy, or of the status quo; ``path``: the scenario as it was given."""
    command = f"zerosum misses {shlex.quote(path)}"
    if found.strategy:
        return f"{command}: the status quo"
    scenario = found.scenario
    others = [name for name in scenario.compared_names if name != scenario.baseline_name]
    return f"{command} --strategy {shlex.quote(others[0])}: under that strategy" if others else ""


def shares_table(found: Misses) -> Table:
    """Make the table of shares."""
    rows = found.shares.to_dict("records")
    return Table(COLUMNS, rows, format_title(found), format_notes(found), lines=False, plain=True)


def format_notes(found: Misses) -> str:
    """Explain the screen and the table."""
    return f"{format_note(found)} {IF_EQUAL} *: the range excludes 0. {AT_RANDOM}"


def format_title(found: Misses) -> str:
    """Format the table's title: what was simulated, and whose reps were measured."""
    scenario = found.scenario
    often = count(scenario.comparison.replications, "simulated run")
    alike = ", vendors that differ in name only" if len(found.vendors) > 1 else ""
    under = (
        f"'{found.strategy}', competitors don't react"
        if found.strategy
        else f"status quo ('{scenario.baseline_name}')"
    )
    return (
        f"{scenario.name}: what missed quotas are made of\n"
        f"{often} of {format_length(scenario.clock.weeks)}, {under}; reps of {format_list(found.vendors)}{alike}"
    )


def format_note(found: Misses) -> str:
    """Explain the table."""
    spread = f" (standard deviation {math.sqrt(found.variance):.2f})" if math.isfinite(found.variance) else ""
    return (
        f"Share: of the variance of attainment between reps of a team in a year{spread}, averaged over all "
        "orders of making factors equal (Shapley). Luck: what remains between identical reps in territories of equal "
        "value whose quotas follow that value. It includes which customers and contracts a rep starts with. Below 0: "
        "it evens out differences."
    )


def misses_page(found: Misses) -> str:
    """Write the shares as a Markdown page."""
    table = shares_table(found)
    words = (*format_answer(found), table.note)
    return format_markdown(
        Document([*(Words(one) for one in words), replace(table, title="", note="")]), table.title
    )


def format_answer(found: Misses) -> tuple[str, ...]:
    """Return what is said first: misses that identical reps share, what differences come from, what to do."""
    said = (format_misses(found.shared), format_shares(found), format_advice(found))
    return tuple(words for words in said if words)


def summarize_misses(found: Misses, files: Sequence[Path]) -> dict[str, Any]:
    """Return the decomposition as one object."""
    shared = found.shared
    more = {
        "answer": format_misses(shared),
        "advice": format_advice(found),
        "strategy": found.strategy,
        "replications": found.scenario.comparison.replications,
        "vendors": list(found.vendors),
        "market": market_digest(found.scenario, found.strategy),
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
