"""Known games, with as much noise as a test wants, and a market small enough to be played."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from simulator.game import Contest, Payoffs, load_game

KNOWN = {
    "prisoner": [[[3, 3], [0, 5]], [[5, 0], [1, 1]]],
    "hawk-dove": [[[2, 2], [1, 3]], [[3, 1], [0, 0]]],  # value 2, cost 4, plus 1: half of each
    "pennies": [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]],
    "coordination": [[[2, 2], [0, 0]], [[0, 0], [1, 1]]],
    "degenerate": [[[1, 1], [1, 0]], [[1, 0], [0, 1]]],
    "rock": [
        [[0, 0], [-1, 1], [1, -1]],
        [[1, -1], [0, 0], [-1, 1]],
        [[-1, 1], [1, -1], [0, 0]],
    ],
}
"""Name -> payoffs [strategy of the first, of the second, player]."""


def payoffs(table: object, sd: float = 0.0, n: int = 30, seed: int = 1, common: float = 0.0) -> Payoffs:
    """Payoffs of a table, with noise of each cell of its own and noise that all cells share."""
    means = np.asarray(table, float)
    chance = np.random.default_rng(seed)
    noise = sd * chance.normal(size=(n, *means.shape))
    shared = common * chance.normal(size=(n, *([1] * (means.ndim - 1)), means.shape[-1]))
    players = means.shape[-1]
    return Payoffs(
        tuple(f"player {i}" for i in range(players)),
        tuple(tuple(f"s{k}" for k in range(size)) for size in means.shape[:-1]),
        means + noise + shared,
    )


MARKET = """
name = "small"
market = { buyers = 60, saturation = 0.9 }
clock = { warmup_weeks = 0, weeks = 12 }
vendors = [{ name = "Alder", reps = 3 }, { name = "Elm", reps = 3 }]
strategies = [
    { name = "usual" },
    { name = "calls", plan = { prospecting = 0.5, preparation = 0.1, selling = 0.4, social = 0.0 } },
]

[[segments]]
name = "small"
share = 1.0
contract_weeks = 20
"""

GAME = """
question = "Who calls?"
scenario = "market.toml"
players = ["Alder", "Elm"]
strategies = ["usual", "calls"]
payoff = "market_share"
replications = 4
resamples = 50
"""


def put(folder: Path, game: str = GAME, market: str = MARKET) -> Path:
    """Write a game with its market; return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "market.toml").write_text(market, encoding="utf-8")
    file = folder / "small.toml"
    file.write_text(game, encoding="utf-8")
    return file


def contest_in(folder: Path, game: str = GAME, market: str = MARKET) -> Contest:
    file = put(folder, game, market)
    return Contest(load_game(file), file)
