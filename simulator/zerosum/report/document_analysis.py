"""An analysed sweep as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.report.analysis_in_words import in_words
from zerosum.runs.store import without_nan
from zerosum.studies.sweep.unresponsive import unresponsive

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis

IN_FILES = ("responses", "effects")
"""Tables with a row for each point, or value: these are in the files only."""


def analysis_document(analysis: Analysis, files: Sequence[Path]) -> dict[str, Any]:
    """Put an analysis into one object: of which runs it is, what is seen in words, the tables that tell why."""
    swept, study = analysis.swept, analysis.swept.study
    wanted = sum(swept.replications.values())
    tables = {
        name: table.to_dict("records")
        for name, table in analysis.tables.items()
        if name not in IN_FILES and len(table)
    }
    document = {
        "command": "analyse",
        "experiment": study.experiment.name,
        "question": study.experiment.question,
        "hash": study.hash,
        "design": study.experiment.design.kind,
        "metric": analysis.metric.name,
        "unit": analysis.metric.unit,
        "against": analysis.against,
        "confidence": analysis.confidence,
        "points": len(study.points),
        "runs": {
            "wanted": wanted,
            "done": wanted - swept.missing - len(swept.failures),
            "failed": len(swept.failures),
            "missing": swept.missing,
        },
        "said": in_words(analysis),
        "unresponsive": [factor._asdict() for factor in unresponsive(study)],
        "refusals": [vars(refusal) for refusal in analysis.refusals],
        **tables,
        "files": [str(path) for path in files],
    }
    return without_nan(document)
