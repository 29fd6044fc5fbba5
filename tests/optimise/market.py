"""A small market and a search on it."""

from __future__ import annotations

from pathlib import Path

from tests.experiments.market import MARKET as SMALL
from tests.experiments.market import put as put_question
from zerosum.studies.optimise import Problem, load_optimisation

TOOLS = 'tools = [{ name = "dialler", boost = 0.5 }, { name = "assistant", saving = 0.4 }]'
MARKET = (
    SMALL.replace("weeks = 16", "weeks = 12")
    .replace('"Alder", reps = 3', '"Alder", reps = 3, presales = 1')
    .replace("\n[[segments]]", f"{TOOLS}\n\n[[segments]]")
)

SEARCH = """
question = "What to do?"
scenario = "market.toml"
objectives = ["market_share"]
trials = 8
replications = 3
holdout = 6
finalists = 2

[strategy]
name = "found"
like = "usual"

[[parameters]]
key = "plan"

[[parameters]]
key = "tools"

[[parameters]]
key = "extra_hours.selling"
low = 0.0
high = 5.0
"""


def put(folder: Path, search: str = SEARCH, market: str = MARKET) -> Path:
    return put_question(folder, search, market)


def problem_in(folder: Path, search: str = SEARCH, market: str = MARKET) -> Problem:
    file = put(folder, search, market)
    return Problem(load_optimisation(file), file)
