"""Experiments: what varies in a scenario, at which points, and all runs there, made anywhere and never twice.

>>> from simulator.experiments import load_experiment, Study
"""

from simulator.experiments.load import load_experiment
from simulator.experiments.points import Study
from simulator.experiments.reading import ExperimentError
from simulator.experiments.response import outcomes, responses
from simulator.experiments.spec import Experiment
from simulator.experiments.sweep import State, Swept, standing, sweep

__all__ = [
    "Experiment",
    "ExperimentError",
    "State",
    "Study",
    "Swept",
    "load_experiment",
    "outcomes",
    "responses",
    "standing",
    "sweep",
]
