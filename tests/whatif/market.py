"""A small market for the tests of what-ifs, and what they ask of it."""

from __future__ import annotations

from pathlib import Path

from zerosum.runs.executors import Threads
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.sweep import sweep
from zerosum.studies.whatif import Answer, WhatIf, ask, parse_change

MARKET = """
name = "small"
market = { buyers = 150, saturation = 0.9 }
clock = { warmup_weeks = 52, weeks = 52 }
vendors = [{ name = "Alder", reps = 4, presales = 1 }, { name = "Elm", reps = 3, presales = 1 }]
tools = [{ name = "dialler", boost = 0.5, cost_per_rep_year = 1_500, training_cost = 400 }]
strategies = [
    { name = "usual" },
    { name = "shots", tools = ["dialler"] },
    { name = "staffed", extra_presales = 2 },
]
comparison = { replications = 4, seed = 7 }
"""


def market(**values: object) -> Scenario:
    return parse_scenario(MARKET, {key.replace("__", "."): value for key, value in values.items()})


def asking(scenario: Scenario, *what_if: str, strategy: str | None = None) -> WhatIf:
    return ask(scenario, map(parse_change, what_if), strategy, "win_rate")


def answer(
    folder: Path,
    *what_if: str,
    strategy: str | None = None,
    scenario: Scenario | None = None,
    threads: int = 1,
) -> Answer:
    """Ask and simulate."""
    asked = asking(scenario or market(), *what_if, strategy=strategy)
    study = asked.study()
    return Answer(asked, sweep(study, folder, Threads(threads), work=study.work()))
