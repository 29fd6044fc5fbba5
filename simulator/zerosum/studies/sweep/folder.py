"""A folder of a sweep's results: what its runs are of, where they are kept, and what it holds at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from zerosum.errors import InputError
from zerosum.runs.parts import Parts
from zerosum.runs.question import FORMAT, Question, description, taken
from zerosum.runs.store import Lost
from zerosum.scenario.identity import runs_json
from zerosum.studies.sweep.points import Study
from zerosum.studies.sweep.spec import KEEPABLE

KIND = "sweep"
MANIFEST = f"{KIND}.json"
OUTPUTS = (
    *("summary.json", "responses.csv", "points.csv", "failures.csv"),
    *(f"{name}.parquet" for name in ("runs", *KEEPABLE)),
)
"""Files that a sweep writes at its end."""


def default_folder(study: Study, results: Path = Path("results")) -> Path:
    """Return where a study's results go if nothing else is said."""
    return results / study.experiment.name / study.hash[:16]


def question(study: Study) -> Question:
    """Say what a study's runs are of: points, strategies, replications and kept tables may become more."""
    alike = {
        "scenarios": [runs_json(base) for base in study.bases],
        "factors": sorted(key for factor in study.experiment.factors for key in (factor.name, *factor.keys)),
        "random numbers": study.experiment.random_numbers,
        **({"measures": study.asked} if study.asked else {}),
    }
    told = {
        "name": study.experiment.name,
        "question": study.experiment.question,
        "file": study.experiment.model_dump(mode="json", exclude_unset=True),
        # Whole, because what was left to defaults may be other in a later version.
        "scenarios": [base.model_dump(mode="json") for base in study.bases],
        "points": study.listed,
    }
    return Question(KIND, alike, told)


def parts_of(
    study: Study,
    folder: Path,
    fresh: bool = False,
    on_lost: Callable[[Lost], None] = lambda _: None,
    beside: Iterable[Path] = (),
) -> Parts:
    """Open the folder in which a study's runs are kept; parameters and errors are those of :class:`Parts`."""
    if fresh:
        for name in OUTPUTS:  # what was made from the runs that are forgotten
            (folder / name).unlink(missing_ok=True)
    return Parts(folder, question(study), study.experiment.keep, fresh, on_lost, beside)


def refuse_others(folder: Path, study: Study) -> None:
    """Refuse a folder that is not this study's.

    Raises
    ------
    InputError
        says in what they differ
    """
    known = description(folder, KIND)
    if known is None or known.get("format") != FORMAT:
        raise InputError(
            f"{folder}: no runs of an experiment here (no {MANIFEST} that this zerosum reads); 'zerosum sweep' without "
            "--status and --verify writes it, with --fresh where runs are of an earlier version"
        )
    if other := question(study).differing(known.get("of", {})):
        raise taken(f"{folder} {other}")
