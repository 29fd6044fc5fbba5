"""Experiments: vary factors of a scenario over a design, and simulate each run once, on any machine.

>>> from zerosum.studies.sweep import load_experiment, Study
"""

from zerosum.studies.sweep.points import Study
from zerosum.studies.sweep.response import outcomes, responses
from zerosum.studies.sweep.spec import Experiment, load_experiment
from zerosum.studies.sweep.sweep import State, Swept, standing, sweep

__all__ = [
    "Experiment",
    "State",
    "Study",
    "Swept",
    "load_experiment",
    "outcomes",
    "responses",
    "standing",
    "sweep",
]
