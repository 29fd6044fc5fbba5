"""A small market and a search on it."""

from __future__ import annotations

from pathlib import Path

from simulator.optimise import Problem, load_optimisation

MARKET = """
name = "small"
market = { buyers = 60, saturation = 0.9 }
clock = { warmup_weeks = 0, weeks = 12 }
vendors = [{ name = "Alder", reps = 3, presales = 1 }, { name = "Elm", reps = 3 }]
strategies = [
    { name = "usual" },
    { name = "calls", plan = { prospecting = 0.5, preparation = 0.1, selling = 0.4, social = 0.0 } },
]
tools = [{ name = "dialler", boost = 0.5 }, { name = "assistant", saving = 0.4 }]

[[segments]]
name = "small"
share = 1.0
contract_weeks = 20
"""

SEARCH = """
question = "What to do?"
scenario = "market.toml"
objectives = ["market_share"]
trials = 8
replications = 3
holdout = 6
finalists = 2

[arm]
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
    """Write a search with its market; return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "market.toml").write_text(market, encoding="utf-8")
    file = folder / "small.toml"
    file.write_text(search, encoding="utf-8")
    return file


def problem_in(folder: Path, search: str = SEARCH, market: str = MARKET) -> Problem:
    file = put(folder, search, market)
    return Problem(load_optimisation(file), file)
