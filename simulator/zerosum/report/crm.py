"""What ``zerosum export-crm`` says: what was written, of which run, and what was done wrong on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zerosum.crm.export import CrmExport
from zerosum.crm.quirks import QUIRKS
from zerosum.report.document import Document, table_of


def describe_export(made: CrmExport, with_truth: bool) -> Document:
    """Describe an export."""
    run, figures = made.truth["run"], made.truth["books"]
    outcomes = figures["outcomes"]
    counts = [
        f"{outcomes.get(name, 0):,} {words}"
        for name, words in (
            ("won", "won"),
            ("lost", "lost"),
            ("no_decision", "without a decision"),
            ("open", "open"),
        )
    ]
    said = [
        f"The pipeline of {run['vendor']} in '{run['scenario']}' (strategy '{run['strategy']}', simulated run "
        f"{run['replication']}), as {made.truth['system']} exports it on {run['as_of']}.",
        f"{figures['opportunities']:,} opportunities: {', '.join(counts)}.",
    ]
    done = made.truth["quirks"]
    if done:
        said.append(
            f"Done wrong on purpose: {', '.join(_with_count(name, one) for name, one in done.items())}."
        )
    said.append(
        "truth.json and README.txt have what is true: hand out the other files only, or write with --no-truth."
        if with_truth
        else "No truth.json: the same command without --no-truth, in another folder, tells what is true."
    )
    shown = Document()
    shown.add(*said)
    return shown


def describe_quirks() -> Document:
    """List all quirks."""
    rows = [
        [name, f"{quirk.rate:g}", "yes" if quirk.usual else "", quirk.meaning]
        for name, quirk in QUIRKS.items()
    ]
    note = (
        "A rate is a share of deals, if nothing else is said; write name=rate for another. 'usual' stands for those "
        "marked, 'all' for all but utf-16 and latin-1."
    )
    return Document(
        [table_of("", ("quirk", "rate", "usual", "what is wrong"), rows, text=(0, 2, 3), note=note)]
    )


def summarize_crm_export(made: CrmExport, files: Sequence[Path], with_truth: bool) -> dict[str, Any]:
    """Return an export as one object."""
    done: Mapping[str, Mapping[str, Any]] = made.truth["quirks"]
    figures = {"books": made.truth["books"]} if with_truth else {}
    return {
        "command": "export-crm",
        "system": made.truth["system"],
        **made.truth["run"],
        **figures,
        "rows": dict(made.rows),
        "quirks": {
            name: {key: one[key] for key in ("rate", "n") if key in one} for name, one in done.items()
        },
        "files": [str(file) for file in files],
    }


def _with_count(name: str, one: Mapping[str, Any]) -> str:
    return f"{name} ({one['n']:,})" if "n" in one else name
