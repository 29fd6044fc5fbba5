"""From an experiment's file to a checked experiment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from simulator.experiments.factors import Factor
from simulator.experiments.reading import checked, read
from simulator.experiments.row import Row
from simulator.experiments.spec import Design, Experiment, Precision


def load_experiment(path: str | Path) -> Experiment:
    """Read an experiment's file.

    Raises
    ------
    ExperimentError     with everything that is wrong, one fault per line
    """
    rows: Mapping[str, type[Row]] = {"factors": Factor, "design": Design, "precision": Precision}
    return checked(Experiment, rows, read(path, "experiment"), path)
