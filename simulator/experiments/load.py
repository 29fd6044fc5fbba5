"""From an experiment's file to a checked experiment."""

from __future__ import annotations

from pathlib import Path

from simulator.experiments.reading import checked, read
from simulator.experiments.spec import Experiment


def load_experiment(path: str | Path) -> Experiment:
    """Read an experiment's file.

    Raises
    ------
    ExperimentError     with everything that is wrong, one fault per line
    """
    return checked(Experiment, read(path, "experiment"), path)
