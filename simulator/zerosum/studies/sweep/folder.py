"""Folder of a sweep's results: its manifest, stored runs and output files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from zerosum.errors import InputError
from zerosum.runs.parts import Parts
from zerosum.runs.question import FORMAT, Question, description, taken
from zerosum.runs.store import Lost
from zerosum.studies.sweep.points import Study
from zerosum.studies.sweep.spec import KEEPABLE

KIND = "sweep"
MANIFEST = f"{KIND}.json"
OUTPUTS = (
    *("summary.json", "responses.csv", "points.csv", "failures.csv"),
    *(f"{name}.parquet" for name in ("runs", *KEEPABLE)),
)
"""Files that a finished sweep writes."""


def default_folder(study: Study, results: Path = Path("results")) -> Path:
    """Return the default folder of a study's results."""
    return results / study.experiment.name / study.hash[:16]


def question(study: Study) -> Question:
    """Return what identifies a study's runs; see :attr:`Study.alike`."""
    told = {
        "name": study.experiment.name,
        "question": study.experiment.question,
        "file": study.experiment.model_dump(mode="json", exclude_unset=True),
        # Whole scenarios, because a later version may have other defaults.
        "scenarios": [base.model_dump(mode="json") for base in study.bases],
        "points": study.listed,
    }
    return Question(study.kind, study.alike, told)


def parts_of(
    study: Study,
    folder: Path,
    fresh: bool = False,
    on_lost: Callable[[Lost], None] = lambda _: None,
    beside: Iterable[Path] = (),
) -> Parts:
    """Open the folder that stores a study's runs; parameters and errors are those of :class:`Parts`."""
    if fresh:
        for name in OUTPUTS:  # outputs of the discarded runs
            (folder / name).unlink(missing_ok=True)
    return Parts(folder, question(study), study.experiment.keep, fresh, on_lost, beside)


def refuse_others(folder: Path, study: Study) -> None:
    """Raise if a folder belongs to another study.

    Raises
    ------
    InputError
        with the differences
    """
    known = description(folder, KIND)
    if known is None or known.get("format") != FORMAT:
        raise InputError(
            f"{folder}: no runs of an experiment here (no {MANIFEST} that this zerosum reads); 'zerosum sweep' without "
            "--status and --verify writes it, with --fresh where runs are of an earlier version"
        )
    if other := question(study).differing(known.get("of", {})):
        raise taken(f"{folder} {other}")
