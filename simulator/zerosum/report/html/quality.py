"""The data-quality page of an import: what is missing or odd, what it means, what to fix. No names of persons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zerosum.report.document import Cell, Table, table_of
from zerosum.report.html.rendering import render
from zerosum.report.imported import format_deals, format_kept, worst
from zerosum.runs.origin import origin

if TYPE_CHECKING:
    from zerosum.crm.finish import Imported
    from zerosum.crm.understood import Finding

LARGE = 0.2
"""Share of rows from which a finding is among the first."""


def write_quality(imported: Imported) -> str:
    """Write the page: HTML without external references, the same for the same import."""
    team, understood = imported.team, imported.understood
    findings = worst(understood.findings)
    return render(
        "quality.html.j2",
        version=origin().get("zerosum", ""),
        kept=format_kept(team.about["counts"]),
        deals=format_deals(team),
        as_of=team.as_of.isoformat(),
        files=[str(one["name"]) for one in team.about["files"]],
        first=[_shown(one) for one in findings if one.rows >= LARGE * one.of],
        rest=[_shown(one) for one in findings if one.rows < LARGE * one.of],
        rejected=_counts("Rows that were left out", understood.count_rejects("row")),
        cells=_counts("Cells that count as missing", understood.count_rejects("cell")),
        merged=_counts("Rows that were joined with another one", understood.merged),
        understood=_understood(imported),
    )


def _shown(one: Finding) -> dict[str, Any]:
    share = one.rows / max(1, one.of)
    counted = f"{one.rows:,} of {one.of:,} ({share:.0%})" if one.of > 1 else ""
    return {
        "what": one.what[0].upper() + one.what[1:],
        "counted": counted,
        "means": one.means,
        "fix": one.fix,
    }


def _counts(title: str, reasons: Mapping[str, int]) -> Table | None:
    rows = [
        (reason, f"{n:,}") for reason, n in sorted(reasons.items(), key=lambda one: (-one[1], one[0])) if n
    ]
    return table_of(title, ("reason", "rows"), rows, (0,)) if rows else None


def _understood(imported: Imported) -> Table:
    rows = [(Cell(line["topic"]), line["words"], line["why"]) for line in imported.team.about["lines"]]
    return table_of("What was understood of the files", ("about", "understood", "why"), rows, (0, 1, 2))
