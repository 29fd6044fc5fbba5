"""A response surface for each fact: what the parameters do to it, as far as trials tell.

Distances to the bands' middles are regressed on linear, squared and product terms of the places, by ridge regression;
products are shrunk more, because there are many of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.calibrate.trials import FAR, Trials
from simulator.market import Float

RIDGE = 1.0
RIDGE_PRODUCTS = 30.0
"""Penalties, in units of one trial's information about a term that varies by one."""

STEPS = 400
"""Steps of a random walk between two places that are tried."""


@dataclass(frozen=True)
class Surface:
    """Coefficients of every fact, [terms, facts], and how far off the surface is, [facts], in half-bands."""

    coefficients: Float
    error: Float
    begin: Float
    """A place that agrees, or nearly: [parameters]."""

    @classmethod
    def fitted(cls, trials: Trials) -> Surface:
        """Fit to all trials so far; those near to agreement count most."""
        places = np.array([t.places for t in trials.done])
        distances = np.clip([trials.distances(t.found) for t in trials.done], -FAR, FAR)
        losses = np.array([trials.loss(t) for t in trials.done])
        weight = 1.0 / (1.0 + losses)
        terms = _terms(places)
        penalty = np.full(terms.shape[1], RIDGE_PRODUCTS)
        n = places.shape[1]
        penalty[: 2 * n + 1] = RIDGE
        penalty[0] = 1e-9
        weighted = terms * weight[:, None]
        coefficients = np.linalg.solve(weighted.T @ terms + np.diag(penalty), weighted.T @ distances)
        residual = distances - terms @ coefficients
        error = np.sqrt((weight[:, None] * residual**2).sum(axis=0) / weight.sum())
        return cls(coefficients, error, places[int(losses.argmin())])

    def distances(self, places: Float) -> Float:
        """Predicted distances, [..., facts]."""
        return np.asarray(_terms(np.atleast_2d(places)) @ self.coefficients)

    def possible(self, count: int, generator: np.random.Generator) -> Float:
        """Places drawn at random, evenly, from those at which every fact is predicted to be met.

        A hit-and-run walk (Smith 1984), because what is possible is a tiny part of all places. [count, parameters]
        """
        here = self._inside(self.begin)
        found = []
        limit = np.maximum(np.abs(self.distances(here))[0], 1.0)
        for _ in range(count):
            for _ in range(STEPS):
                here = self._step(here, limit, generator)
            found.append(here)
        return np.array(found)

    @staticmethod
    def _inside(place: Float) -> Float:
        return np.clip(place, 1e-9, 1.0 - 1e-9)

    def _step(self, here: Float, limit: Float, generator: np.random.Generator) -> Float:
        direction = generator.standard_normal(len(here))
        direction /= np.linalg.norm(direction)
        with np.errstate(divide="ignore"):
            ends = np.stack([(0.0 - here) / direction, (1.0 - here) / direction])
        low, high = float(ends.min(axis=0).max()), float(ends.max(axis=0).min())
        # Shrinking the chord to the side of the present place keeps the walk's stationary law uniform (slice sampling).
        for _ in range(50):
            at = generator.uniform(low, high)
            there = self._inside(here + at * direction)
            if bool((np.abs(self.distances(there)[0]) <= limit).all()):
                return there
            low, high = (at, high) if at < 0 else (low, at)
        return here

    def effects(self) -> Float:
        """Change of each fact, in half-bands, from one end of a parameter's range to the other; [parameters, facts].

        All others at the place that agrees best.
        """
        n = len(self.begin)
        rows = []
        for i in range(n):
            ends = np.repeat(self.begin[None, :], 2, axis=0)
            ends[:, i] = (0.0, 1.0)
            low, high = self.distances(ends)
            rows.append(high - low)
        return np.array(rows)


def _terms(places: Float) -> Float:
    """Constant, linear, squared, products; about the middle of the ranges."""
    x = np.asarray(places) - 0.5
    n = x.shape[1]
    first, second = np.triu_indices(n, 1)
    return np.hstack([np.ones((len(x), 1)), x, x**2, x[:, first] * x[:, second]])
