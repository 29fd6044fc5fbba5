"""A sweep as it stands, from its folder alone: the files that it was made from may have changed, or be gone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from zerosum.errors import InputError
from zerosum.runs.claimed import read_manifest
from zerosum.runs.parts import Address, Parts, addresses
from zerosum.runs.work import RUNS
from zerosum.scenario import parse_scenario
from zerosum.scenario.explain import checked
from zerosum.studies.sweep.designs import checked_points, designed, texts
from zerosum.studies.sweep.folder import FORMAT, KIND, MANIFEST
from zerosum.studies.sweep.points import Study
from zerosum.studies.sweep.spec import Experiment
from zerosum.studies.sweep.sweep import Swept, in_order

POINTS = "points.csv"
"""Points as a sweep writes them at its end."""


def restored(folder: Path, metrics: Sequence[str] = (), study: Study | None = None) -> Swept:
    """Read a sweep back, finished or not.

    Parameters
    ----------
    folder : Path
        with a ``sweep.json``
    metrics : names
        columns of the runs that are wanted; all if not given
    study : Study
        the folder's, if it is known already

    Returns
    -------
    Swept
        of every run that is there, also those beyond the experiment's replications; no tables beside the runs

    Raises
    ------
    InputError
        if there is no such folder, or what it holds can't be understood: says what, and what helps
    StoreError
        if its manifest can't be read, or isn't as it was written
    """
    study = study or study_of(folder)
    parts = Parts(folder)
    columns = ["point", "world", "strategy", "replication", "null", *metrics] if metrics else None
    runs = parts.read(RUNS, columns)
    failures = parts.failed()
    wanted = _wanted(study, runs, failures)
    finished = 0 if runs is None else len(addresses(runs))
    return Swept(
        study,
        wanted,
        {} if runs is None else {RUNS: in_order(study, runs)},
        tuple(failures[where] for where in sorted(failures)),
        missing=max(0, sum(wanted.values()) - finished - len(failures)),
        lost=tuple(parts.lost),
        unchecked=len(parts.unchecked),
    )


def study_of(folder: Path) -> Study:
    """Rebuild the study that a folder's runs are of.

    Raises
    ------
    InputError
        as :func:`restored`
    """
    path = folder / MANIFEST
    known = _manifest(path)
    try:
        # On whose luck runs were made is told by their identity: the file may have left it to its version's default.
        luck = {"luck": known["identity"]["luck"]} if "luck" in known.get("identity", {}) else {}
        experiment = checked(Experiment, dict(known["file"]) | luck, MANIFEST)
        bases = tuple(parse_scenario(tables) for tables in known["scenarios"])
        expected = known["identity"]["points"]
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise InputError(f"{path}: {_first(error)}. Another version of zerosum has made this sweep") from None
    for points in _candidates(folder, experiment, known):
        study = Study(experiment, path, bases, points)
        if study.identity["points"] == expected:
            return study
    again = f"'zerosum sweep {known['file'].get('name', 'FILE')}.toml --out {folder}' writes {POINTS}"
    raise InputError(f"{folder}: the points of this sweep can't be made again from {MANIFEST}; {again}")


def _manifest(path: Path) -> Mapping[str, Any]:
    if not path.parent.is_dir():
        raise InputError(f"{path.parent}: there is no such folder")
    known = read_manifest(path.parent, KIND)
    if known is None:
        raise InputError(
            f"{path.parent}: no sweep here (no {MANIFEST}); 'zerosum sweep EXPERIMENT' makes one"
        )
    if known.get("format") != FORMAT:
        raise InputError(f"{path}: this is no manifest of a sweep that this zerosum can read")
    return known


def _first(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    return str(error).splitlines()[0].removeprefix(f"{MANIFEST}: ")


def _candidates(folder: Path, experiment: Experiment, known: Mapping[str, Any]) -> Iterator[pd.DataFrame]:
    """Points as they may have been: the manifest's, the design's, those of the CSV file; the hash tells which were."""
    with contextlib.suppress(KeyError, TypeError, ValueError):
        rows = known["points"]["rows"]
        columns = dict(zip(known["points"]["names"], zip(*rows, strict=True), strict=True))
        yield pd.DataFrame({name: list(values) for name, values in columns.items()})
    if experiment.design.kind != "list":
        with contextlib.suppress(InputError):
            yield designed(experiment, folder / MANIFEST)
    with contextlib.suppress(OSError, ValueError, KeyError, InputError):
        found = pd.read_csv(folder / POINTS, dtype=texts(experiment))
        yield checked_points(experiment, found.drop(columns="point"), folder / POINTS)


def _wanted(study: Study, runs: pa.Table | None, failed: Iterable[Address]) -> Mapping[int, int]:
    """Replications of each point: the experiment's, or those that were tried where these are more."""
    often = np.full(len(study.points), study.experiment.replications)
    if runs is not None and len(runs):
        np.maximum.at(often, runs["point"].to_numpy(), runs["replication"].to_numpy() + 1)
    for point, replication in failed:
        often[point] = max(often[point], replication + 1)
    return dict(enumerate(often.tolist()))
