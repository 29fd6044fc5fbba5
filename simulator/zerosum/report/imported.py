"""What ``zerosum import`` understood, kept and left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zerosum.report.document import Document, Words
from zerosum.report.lines import Line, labeled_lines
from zerosum.report.wording import count

if TYPE_CHECKING:
    from zerosum.crm.finish import Imported
    from zerosum.crm.tables import TeamData
    from zerosum.crm.understood import Finding, Understood
    from zerosum.crm.understood import Line as Fact

MOST_FINDINGS = 3
MOST_REASONS = 4


def describe_understood(understood: Understood) -> Document:
    """Describe what was understood of the files, why, and what changes it."""
    screen = Document()
    screen.add(Words("WHAT WAS UNDERSTOOD   [the option that changes it]", "heading"))
    before, lines = "", []
    for line in understood.lines:
        lines.append(Line("" if line.topic == before else line.topic.upper(), _sentence(line)))
        before = line.topic
    screen.add(labeled_lines(lines))
    return screen


def _sentence(line: Fact) -> str:
    """Put a line together: what was understood, (why), [the option]."""
    words = f"{line.words}: {line.names}" if line.names else line.words
    why = f"; {line.why}" if line.why else ""
    return f"{words}{why}" + (f" [{line.option}]" if line.option else "")


def describe_imported(
    imported: Imported, team: TeamData, folder: Path, paths: Sequence[Path], key: str
) -> Document:
    """Describe an import that is done.

    Parameters
    ----------
    imported : Imported
    team : TeamData
        as it was written
    folder : Path
    paths : sequence of Path
        files written
    key : str
        where the key of pseudonyms is
    """
    understood = imported.understood
    screen = Document()
    screen.add(Words(f"IMPORTED   {folder}   {format_kept(team.about['counts'])}", "heading"))
    lines = [Line("DEALS", format_deals(team))]
    for label, what in (
        ("REJECTED", understood.count_rejects("row")),
        ("CELLS LEFT OUT", understood.count_rejects("cell")),
        ("JOINED", understood.merged),
    ):
        if words := format_reasons(what):
            lines.append(Line(label, words + ("" if label == "JOINED" else " (rejects.csv has each line)")))
    findings = worst(understood.findings)[:MOST_FINDINGS]
    lines += [Line("" if at else "DATA QUALITY", format_finding(one)) for at, one in enumerate(findings)]
    if len(understood.findings) > len(findings):
        lines.append(
            Line("", f"{len(understood.findings) - len(findings)} more, and what to do: quality.html")
        )
    lines.append(Line("NAMES", f"written as pseudonyms only; the key is {key}"))
    lines.append(Line("FILES", ", ".join(path.name for path in paths)))
    screen.add(labeled_lines(lines))
    return screen


def format_kept(counts: Mapping[str, object]) -> str:
    """Format how many rows were read, kept, rejected and joined."""
    rejected, merged = (sum(dict(counts[name]).values()) for name in ("rejected", "merged"))  # type: ignore[call-overload]
    parts = [f"{counts['rows']:,} rows", f"{counts['kept']:,} deals"]
    parts += [f"{rejected:,} rejected"] if rejected else []
    parts += [f"{merged:,} joined"] if merged else []
    return " · ".join(parts)


def format_deals(team: TeamData) -> str:
    """Format what deals there are: outcomes, reps, dates, value."""
    deals = team.opportunities
    outcomes = deals["outcome"].value_counts()
    order = ("won", "lost", "no_decision", "disqualified", "open")
    said = ", ".join(f"{outcomes[one]:,} {one.replace('_', ' ')}" for one in order if one in outcomes)
    parts = [said, count(deals["rep"].nunique(), "rep"), count(deals["account"].nunique(), "account")]
    happened = deals[["created", "closed"]].stack()
    if len(happened):
        parts.append(f"{happened.min():%Y-%m-%d} to {happened.max():%Y-%m-%d}")
    won = deals.loc[deals["outcome"] == "won", "amount"].sum()
    if won > 0:
        parts.append(f"annual value of all won deals: {won:,.0f} {team.currency}".rstrip())
    return "; ".join(parts)


def format_reasons(reasons: Mapping[str, int]) -> str:
    """Format why rows were left out, most frequent first."""
    ordered = sorted(((n, reason) for reason, n in reasons.items() if n), reverse=True)
    shown = "; ".join(f"{n:,} × {reason}" for n, reason in ordered[:MOST_REASONS])
    return shown + (f"; {len(ordered) - MOST_REASONS} other reasons" if len(ordered) > MOST_REASONS else "")


def worst(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings, those of the largest share first."""
    return sorted(findings, key=lambda one: -one.rows / max(1, one.of))


def format_finding(finding: Finding) -> str:
    """Format a finding with its share."""
    share = f"{finding.rows:,} of {finding.of:,}" if finding.of > 1 else ""
    return f"{finding.what}: {share}. {finding.means}" if share else f"{finding.what}. {finding.means}"
