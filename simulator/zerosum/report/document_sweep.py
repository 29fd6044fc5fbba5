"""A sweep as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.report.table_sweep import notes
from zerosum.runs.store import without_nan
from zerosum.studies.sweep.unresponsive import unresponsive

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.studies.sweep import Swept


def sweep_document(swept: Swept, found: pd.DataFrame, files: Sequence[Path]) -> dict[str, Any]:
    """Put a sweep into one object: what was asked, how far it is, what came out at each point."""
    study = swept.study
    wanted = sum(swept.replications.values())
    document = {
        "command": "sweep",
        "experiment": study.experiment.name,
        "question": study.experiment.question,
        "hash": study.hash,
        "factors": list(study.points.columns),
        "design": study.experiment.design.kind,
        "points": len(study.points),
        "arms": list(study.arms),
        "baseline": study.baseline,
        "worlds": list(study.worlds),
        "runs": {
            "wanted": wanted,
            "done": wanted - swept.missing - len(swept.failures),
            "failed": len(swept.failures),
            "missing": swept.missing,
        },
        "precise": swept.precise,
        "unresponsive": [factor._asdict() for factor in unresponsive(study)],
        "notes": notes(study),
        "responses": found.to_dict("records"),
        "files": [str(path) for path in files],
    }
    return without_nan(document)
