"""From an experiment's file to a checked experiment."""

from __future__ import annotations

from pathlib import Path

from zerosum.scenario.explain import checked
from zerosum.studies.sweep.reading import read
from zerosum.studies.sweep.spec import Experiment


def load_experiment(path: str | Path) -> Experiment:
    """Read an experiment's file.

    Raises
    ------
    InputError
        with everything that is wrong, one fault per line
    """
    return checked(Experiment, read(path, "experiment"), path)
