"""A folder of a study's results: what it is of, and what it holds at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from zerosum.errors import InputError
from zerosum.runs.claimed import claim, forget, manifest_of, read_manifest
from zerosum.runs.claimed import refuse_others as refuse
from zerosum.runs.parts import Parts
from zerosum.runs.store import Lost
from zerosum.studies.sweep.points import Study
from zerosum.studies.sweep.spec import KEEPABLE

KIND = "sweep"
MANIFEST = f"{KIND}.json"
OUTPUTS = (
    *("summary.json", "responses.csv", "points.csv", "failures.csv"),
    *(f"{name}.parquet" for name in ("runs", *KEEPABLE)),
)
"""Files that a sweep writes at its end."""

FORMAT = 1


def default_folder(study: Study, results: Path = Path("results")) -> Path:
    """Return where a study's results go if nothing else is said."""
    return results / study.experiment.name / study.hash[:16]


def as_begun(study: Study, out: Path | None = None) -> Study:
    """Return the study as its runs were begun, if its file doesn't say whose luck points have.

    Samples were made on common luck before their default became ``own``; what was begun so goes on so.

    Parameters
    ----------
    study : Study
    out : Path, optional
        folder of its results; the default one if not given
    """
    if "luck" in study.experiment.model_fields_set or study.experiment.luck == "common":
        return study
    shared = Study(
        study.experiment.model_copy(update={"luck": "common"}), study.here, study.bases, study.points
    )
    if out is None and manifest_of(default_folder(study), KIND) is not None:
        return study
    known = manifest_of(out or default_folder(shared), KIND)
    return shared if known is not None and known.get("hash") == shared.hash else study


def open_folder(
    folder: Path,
    study: Study,
    fresh: bool = False,
    known_as_ours: bool = False,
    on_lost: Callable[[Lost], None] = lambda _: None,
) -> None:
    """Make a folder a study's own, or find that it is.

    Parameters
    ----------
    fresh : bool
        forget what is there
    known_as_ours : bool
        runs in it are this study's, also where its manifest is gone
    on_lost : callable
        called if the manifest is damaged; its copy replaces it

    Raises
    ------
    InputError
        if it holds results of another study, engine or library version: says in what they differ
    StoreError
        if it can't be written
    """
    parts = Parts(folder, mending=True)
    if fresh:
        parts.forget()
        forget(folder, KIND)
        for name in OUTPUTS:  # what was made from the runs that are forgotten
            (folder / name).unlink(missing_ok=True)
    told = {
        "format": FORMAT,
        "name": study.experiment.name,
        "question": study.experiment.question,
        # Luck is written also where it was left to its default, which was another in earlier versions.
        "file": study.experiment.model_dump(mode="json", exclude_unset=True)
        | {"luck": study.experiment.luck},
        # Whole, because what was left to defaults may be other in a later version.
        "scenarios": [base.model_dump(mode="json") for base in study.bases],
        **study.listed,
    }
    known = read_manifest(folder, KIND)
    if known is not None:
        _check_format(folder, known)
        _check_spelling(folder, known, study)
    claim(folder, KIND, study.identity, told, parts.any() and not known_as_ours, on_lost)


def refuse_others(folder: Path, study: Study) -> None:
    """Refuse a folder that is not this study's.

    Raises
    ------
    InputError
        says in what they differ
    """
    known = read_manifest(folder, KIND)
    if known is None:
        raise InputError(f"{folder}: no runs of an experiment here (no {MANIFEST})")
    _check_format(folder, known)
    _check_spelling(folder, known, study)
    refuse(folder, KIND, known, study.identity)


def _check_format(folder: Path, known: Mapping[str, Any]) -> None:
    if known.get("format") != FORMAT:
        raise InputError(
            f"{folder / MANIFEST}: format {known.get('format')}; this zerosum reads format {FORMAT}"
        )


def _check_spelling(folder: Path, known: Mapping[str, Any], study: Study) -> None:
    if study.is_spelled_otherwise(known.get("identity", {})):
        raise InputError(
            f"{folder} holds this experiment's runs from before keys were kept in one spelling, so that they aren't "
            "added to; 'zerosum analyse' still reads them. --fresh makes them anew, --out names another folder"
        )
