"""Table of payoffs: of each player, in each combination of strategies and each replication.

All analyses use only this table, so they also work for tables that weren't simulated (a prisoner's dilemma).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from zerosum.market.state import Float
from zerosum.statistics import Interval, mean_interval

Profile = tuple[int, ...]
"""Each player's chosen strategy, as an index of its own strategies."""

Mix = tuple[tuple[float, ...], ...]
"""Probability with which each player plays each of its strategies."""


@dataclass(frozen=True)
class Payoffs:
    """Payoffs; more is better.

    Attributes
    ----------
    players
        names
    strategies : names
        of each player
    values : float[replications, strategies of player 0, of player 1, …, players]
    metric : str
        payoff metric; any text for a synthetic table
    sign : int
        -1 if less of the metric is better: values are its negative
    dropped : int
        replications left out because of an undefined payoff
    """

    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    values: Float
    metric: str = ""
    sign: int = 1
    dropped: int = 0

    def __post_init__(self) -> None:
        wanted = (*(len(names) for names in self.strategies), len(self.players))
        if self.values.shape[1:] != wanted:
            raise ValueError(f"payoffs of shape {self.values.shape[1:]}, not {wanted}")
        if len(self.values) < 2:
            raise ValueError("fewer than two replications: nothing can be told from chance")

    @property
    def n(self) -> int:
        """Replications."""
        return len(self.values)

    @cached_property
    def means(self) -> Float:
        """Mean payoffs, [strategies of player 0, …, players]."""
        return np.asarray(self.values.mean(axis=0))

    @cached_property
    def errors(self) -> Float:
        """Standard errors of the means."""
        return np.asarray(self.values.std(axis=0, ddof=1) / math.sqrt(self.n))

    @property
    def profiles(self) -> Iterator[Profile]:
        """Return all combinations of strategies; the last player's changes fastest."""
        return itertools.product(*(range(len(names)) for names in self.strategies))

    def others(self, player: int) -> Iterator[Profile]:
        """Return combinations of all other players' strategies, with 0 for the player's own."""
        return itertools.product(
            *(range(1 if i == player else len(names)) for i, names in enumerate(self.strategies))
        )

    def names_of(self, profile: Profile) -> tuple[str, ...]:
        """Return the names of a combination's strategies."""
        return tuple(names[i] for names, i in zip(self.strategies, profile, strict=True))

    def at(self, profile: Profile) -> Float:
        """Return the payoffs in a combination, [replications, players]."""
        place: tuple[Any, ...] = (slice(None), *profile)
        return self.values[place]

    def of_mix(self, mix: Mix) -> Float:
        """Return the expected payoffs of mixed strategies; [replications, players]."""
        found = self.values
        for shares in mix:
            # Player by player: the remaining players' strategies move up to the second axis.
            found = np.einsum("rs...,s->r...", found, np.array(shares))
        return np.asarray(found)

    def interval(self, profile: Profile, player: int) -> Interval:
        """Return a player's mean payoff in a combination, with its 95 % interval."""
        return mean_interval(self.at(profile)[:, player])


def replace_strategy(profile: Profile, player: int, strategy: int) -> Profile:
    """Return a combination with another strategy of one player."""
    return (*profile[:player], strategy, *profile[player + 1 :])


def as_mix(profile: Profile, shape: tuple[int, ...]) -> Mix:
    """Return a combination as a mix with probabilities 0 and 1."""
    return tuple(
        tuple(float(i == chosen) for i in range(count)) for chosen, count in zip(profile, shape, strict=True)
    )
