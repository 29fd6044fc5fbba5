"""Known games, with as much noise as a test wants, and a market small enough to be played."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.experiments.market import MARKET as SMALL
from tests.experiments.market import put as put_question
from zerosum.studies.game import Contest, Payoffs, load_game

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


MARKET = SMALL.replace("weeks = 16", "weeks = 12")

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
    return put_question(folder, game, market)


def contest_in(folder: Path, game: str = GAME, market: str = MARKET) -> Contest:
    file = put(folder, game, market)
    return Contest(load_game(file), file)
