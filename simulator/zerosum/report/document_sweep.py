"""A sweep, and an analyzed one, as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.report.analysis_in_words import in_words
from zerosum.report.table_sweep import notes
from zerosum.runs.store import without_nan
from zerosum.studies.sweep.unresponsive import unresponsive

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.studies.sweep import Swept
    from zerosum.studies.sweep.analysis import Analysis

IN_FILES = ("responses", "effects")
"""Tables with a row for each point, or value: these are in the files only."""


def _head(command: str, swept: Swept) -> dict[str, Any]:
    study, wanted = swept.study, sum(swept.replications.values())
    return {
        "command": command,
        "experiment": study.experiment.name,
        "question": study.experiment.question,
        "hash": study.hash,
        "design": study.experiment.design.kind,
        "points": len(study.points),
        "runs": {
            "wanted": wanted,
            "done": wanted - swept.missing - len(swept.failures),
            "failed": len(swept.failures),
            "missing": swept.missing,
        },
        "unresponsive": [factor._asdict() for factor in unresponsive(study)],
    }


def sweep_document(swept: Swept, found: pd.DataFrame, files: Sequence[Path]) -> dict[str, Any]:
    """Put a sweep into one object: what was asked, how far it is, what came out at each point."""
    study = swept.study
    document = _head("sweep", swept) | {
        "factors": list(study.points.columns),
        "strategies": list(study.strategies),
        "baseline": study.baseline,
        "worlds": list(study.worlds),
        "precise": swept.precise,
        "notes": notes(study),
        "responses": found.to_dict("records"),
        "files": [str(path) for path in files],
    }
    return without_nan(document)


def analysis_document(analysis: Analysis, files: Sequence[Path]) -> dict[str, Any]:
    """Put an analysis into one object: of which runs it is, what is seen in words, the tables that tell why."""
    tables = {
        name: table.to_dict("records")
        for name, table in analysis.tables.items()
        if name not in IN_FILES and len(table)
    }
    document = _head("analyse", analysis.swept) | {
        "metric": analysis.metric.name,
        "unit": analysis.metric.unit,
        "against": analysis.against,
        "confidence": analysis.confidence,
        "said": in_words(analysis),
        "refusals": [vars(refusal) for refusal in analysis.refusals],
        **tables,
        "files": [str(path) for path in files],
    }
    return without_nan(document)
