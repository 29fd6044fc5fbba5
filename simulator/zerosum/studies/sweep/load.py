"""From an experiment's file to a checked experiment."""

from __future__ import annotations

from pathlib import Path

from zerosum.studies.sweep.reading import checked, read
from zerosum.studies.sweep.spec import Experiment


def load_experiment(path: str | Path) -> Experiment:
    """Read an experiment's file.

    Raises
    ------
    ExperimentError
        with everything that is wrong, one fault per line
    """
    return checked(Experiment, read(path, "experiment"), path)
