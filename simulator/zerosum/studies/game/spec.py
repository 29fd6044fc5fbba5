"""A game's file: the players, their strategies and the payoff metric."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from zerosum.scenario.explain import Row
from zerosum.studies.questions import FileName, check_aim, load_question, refuse_said_elsewhere

MOST_CELLS = 10_000
"""Most combinations of strategies; each is simulated once a replication."""


class Player(Row):
    """A vendor that chooses.

    Attributes
    ----------
    vendor : str
        its name in the scenario
    strategies : tuple of str
        names of the scenario's strategies
    """

    vendor: str
    strategies: tuple[str, ...] = Field(min_length=1, max_length=32)

    @model_validator(mode="after")
    def _each_once(self) -> Player:
        for name in self.strategies:
            if self.strategies.count(name) > 1:
                raise ValueError(f"strategy '{name}' stands there twice")
        return self


class Game(Row):
    """A game's file, validated.

    Attributes
    ----------
    name, question : str
    scenario : str
        a file beside this one, or the name of a shipped one
    set : mapping
        keys of the scenario -> other values
    players : tuple of Player
        a list of vendors' names is enough if all have the same ``strategies``
    payoff : str
        metric that every player maximizes for itself (minimizes, if less is better)
    nobody : str, optional
        strategy of "nobody moves"; default: each vendor's in the warm-up
    replications : int
        replications, common to all combinations
    resamples : int
        resamples of replications, to see how often an equilibrium changes by chance
    seed : int
        of resamples and of the dynamics' random starts; 0 is a seed
    """

    name: FileName = ""
    question: str = ""
    scenario: str
    set: Mapping[str, Any] = {}
    players: tuple[Player, ...] = Field(min_length=2, max_length=8)
    payoff: str = "contribution"
    nobody: str | None = None
    replications: int = Field(default=30, ge=2, le=1_000_000)
    resamples: int = Field(default=500, ge=50, le=100_000)
    seed: int = Field(default=1, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _common_strategies(cls, given: Any) -> Any:
        """Copy the file's ``strategies`` to players without their own."""
        if not isinstance(given, dict):
            return given
        common = given.get("strategies")
        rest = {key: value for key, value in given.items() if key != "strategies"}
        if not isinstance(given.get("players"), tuple):
            return rest
        players = []
        for player in given["players"]:
            row = {"vendor": player} if isinstance(player, str) else player
            if isinstance(row, dict) and "strategies" not in row and common is not None:
                row = row | {"strategies": common}
            players.append(row)
        return rest | {"players": tuple(players)}

    @model_validator(mode="after")
    def _fits_together(self) -> Game:
        names = [player.vendor for player in self.players]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"vendor '{name}' plays twice")
        if self.cells > MOST_CELLS:
            raise ValueError(
                f"{' x '.join(str(len(p.strategies)) for p in self.players)} = {self.cells:,} combinations of "
                f"strategies; at most {MOST_CELLS:,} are tried"
            )
        if self.cells == 1:
            raise ValueError("every player has one strategy only, so there is nothing to choose")
        check_aim(self.payoff)
        refuse_said_elsewhere(self.set, INSTEAD)
        return self

    @property
    def cells(self) -> int:
        """Number of combinations of strategies."""
        return math.prod(len(player.strategies) for player in self.players)


INSTEAD = {
    "comparison.strategies": "strategies",
    "comparison.adopters": "players",
    "comparison.replications": "replications",
}
"""Key of the scenario -> key of the game that sets it."""


def load_game(path: str | Path) -> Game:
    """Read a game's file; see :func:`zerosum.studies.questions.load_question`."""
    return load_question(Game, "game", path)
