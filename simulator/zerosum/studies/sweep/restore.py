"""Load a sweep from its folder alone, even if its experiment's files have changed or are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from zerosum.errors import InputError
from zerosum.runs.parts import Parts
from zerosum.runs.question import FORMAT
from zerosum.runs.store import UnreadableError, read_document
from zerosum.runs.work import RUNS
from zerosum.scenario import parse_scenario
from zerosum.scenario.explain import validate_file
from zerosum.scenario.extend import absent
from zerosum.studies.sweep.folder import MANIFEST
from zerosum.studies.sweep.points import Study
from zerosum.studies.sweep.spec import Experiment
from zerosum.studies.sweep.sweep import Swept, gathered


def restored(folder: Path, metrics: Sequence[str] = (), study: Study | None = None) -> Swept:
    """Load a sweep, finished or not.

    Parameters
    ----------
    folder : Path
        with a ``sweep.json``
    metrics : names
        columns of the runs to read; default: all
    study : Study
        the folder's study, if already loaded

    Returns
    -------
    Swept
        every finished run, also beyond the experiment's replications; no other tables

    Raises
    ------
    InputError
        if the folder doesn't exist or has unreadable contents: says which, and how to fix it
    StoreError
        if its ``sweep.json`` can't be read or is damaged
    """
    study, parts = study or study_of(folder), Parts(folder)
    columns = ["point", "adopters", "strategy", "replication", "null", *metrics] if metrics else None
    # Replications of each point: the experiment's, or more if more were tried.
    often = dict.fromkeys(range(len(study.points)), study.experiment.replications)
    for point, replication in study.grid.complete(parts.finished()) | study.grid.any(parts.failed()):
        often[point] = max(often[point], replication + 1)
    return gathered(study, parts, often, {RUNS: columns})


def study_of(folder: Path) -> Study:
    """Rebuild the study of a folder.

    Raises
    ------
    InputError
        as :func:`restored`
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    again = f"'zerosum sweep EXPERIMENT --out {folder}' writes it again, and simulates nothing twice"
    try:
        known = read_document(path)
    except FileNotFoundError:
        raise InputError(
            f"{folder}: no sweep here (no {MANIFEST}); 'zerosum sweep EXPERIMENT' makes one"
        ) from None
    except UnreadableError as error:
        raise UnreadableError(path, f"{error.why}. {again}", error.damaged) from None
    if known.get("format") != FORMAT:
        raise InputError(
            f"{path}: this zerosum doesn't read the sweeps of the one that wrote it (format {known.get('format')}, not "
            f"{FORMAT}). 'zerosum sweep EXPERIMENT --fresh --out {folder}' makes its runs anew"
        )
    try:
        experiment = validate_file(Experiment, dict(known["file"]), MANIFEST)
        bases = tuple(parse_scenario(tables) for tables in known["scenarios"])
        return Study(experiment, path, bases, _points(known["points"]))
    except (KeyError, TypeError, ValueError, InputError) as error:
        if lacking := absent(known.get("of", {}).get("origin", {})):
            raise InputError(f"{path}: {lacking}") from None
        why = f"it lacks {error}" if isinstance(error, KeyError) else str(error).splitlines()[0]
        raise InputError(f"{path}: {why.removeprefix(f'{MANIFEST}: ')}. {again}") from None


def _points(listed: Mapping[str, Sequence[Sequence[object]]]) -> pd.DataFrame:
    columns = zip(*listed["rows"], strict=True)
    return pd.DataFrame(
        {str(name): list(column) for name, column in zip(listed["names"], columns, strict=True)}
    )
