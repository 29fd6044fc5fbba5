"""A response surface for each fact: what the parameters do to it, as far as trials tell.

Distances to the bands' middles are regressed on linear, squared and product terms of the places, by ridge regression.
Trials near to agreement count most. How much to shrink is chosen for each fact by leaving out one trial at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zerosum.market.state import Float
from zerosum.studies.calibrate.trials import FAR, Trials

PENALTIES = (0.01, 0.1, 1.0, 10.0)
"""Of linear and squared terms; what is chosen from."""

PRODUCTS = 10.0
"""Times that penalty for products, of which there are many."""

STEPS = 150
"""Steps of the random walk between two places that are tried."""

DIGITS = 4
"""Of the places that the walk goes to; else each step would make more of what machines differ by in last digits."""

BAND_SD = 1.0 / 3.0
"""Half-bands: nearly all of the law lies within a band, because a place must meet twenty of them at once."""


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
        distances = np.clip([trials.distances(t) for t in trials.done], -FAR, FAR)
        losses = np.array([trials.loss(t) for t in trials.done])
        weight = 1.0 / (1.0 + losses) ** 2
        weight *= len(weight) / weight.sum()
        coefficients, error = _regress(_terms(places), distances, weight, places.shape[1])
        return cls(coefficients, error, places[int(losses.argmin())])

    @classmethod
    def of_answers(cls, trials: Trials) -> Surface:
        """Fit to what the trials answered (``spread_over``), in standard deviations; [terms, answers]."""
        places = np.array([t.places for t in trials.done])
        said = np.array([[t.found[name] for name in trials.answers] for t in trials.done])
        said = np.where(np.isnan(said), np.nanmean(said, axis=0), said)
        spread = said.std(axis=0)
        said = (said - said.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
        losses = np.array([trials.loss(t) for t in trials.done])
        weight = 1.0 / (1.0 + losses)
        coefficients, error = _regress(
            _terms(places), said, weight * len(weight) / weight.sum(), places.shape[1]
        )
        return cls(coefficients, error, places[int(losses.argmin())])

    def distances(self, places: Float) -> Float:
        """Predicted distances, [..., facts]."""
        return np.asarray(_terms(np.atleast_2d(places)) @ self.coefficients)

    def slopes(self, place: Float) -> Float:
        """Slopes of the predicted distances at one place, in half-bands per range; [parameters, facts]."""
        x = np.asarray(place) - 0.5
        n = len(x)
        linear, squared, product = np.split(self.coefficients[1:], [n, 2 * n])
        slopes = linear + 2.0 * x[:, None] * squared
        first, second = np.triu_indices(n, 1)
        np.add.at(slopes, first, x[second, None] * product)
        np.add.at(slopes, second, x[first, None] * product)
        return slopes

    def likely(self, count: int, generator: np.random.Generator) -> Float:
        """Draw places from what the surface thinks likely, all places alike beforehand; [count, parameters].

        Slice sampling along random lines (Neal 2003): no step size to choose.
        """
        here = np.clip(self.begin, 1e-9, 1.0 - 1e-9)
        found = []
        for _ in range(count):
            for _ in range(STEPS):
                here = self._step(here, generator)
            found.append(here)
        return np.array(found)

    def log_likelihood(self, places: Float) -> float:
        """Log-likelihood of the bands at a place, but for a constant.

        A band is read as three standard deviations of a normal law on either side of its middle; how far off the
        surface is widens it.
        """
        spread = BAND_SD**2 + self.error**2
        return float(-0.5 * (self.distances(places)[0] ** 2 / spread).sum())

    def _step(self, here: Float, generator: np.random.Generator) -> Float:
        direction = generator.standard_normal(len(here))
        direction /= np.linalg.norm(direction)
        ends = np.stack([(0.0 - here) / direction, (1.0 - here) / direction])
        low, high = float(ends.min(axis=0).max()), float(ends.max(axis=0).min())
        floor = self.log_likelihood(here) - generator.exponential()
        # The whole chord of the box is the first slice, so nothing has to be stepped out; it shrinks towards here.
        for _ in range(100):
            at = generator.uniform(low, high)
            there: Float = np.clip(here + at * direction, 0.0, 1.0).round(DIGITS)
            if self.log_likelihood(there) >= floor:
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


def _regress(terms: Float, distances: Float, weight: Float, n: int) -> tuple[Float, Float]:
    """Ridge regression of each fact with the penalty that predicts best what was left out.

    Returns
    -------
    tuple
        coefficients [terms, facts], weighted root mean square of the predictions' errors [facts]
    """
    shrunk = np.ones(terms.shape[1])
    shrunk[0] = 1e-6
    shrunk[2 * n + 1 :] = PRODUCTS
    weighted = terms * weight[:, None]
    information = weighted.T @ terms
    fits, errors = [], []
    for penalty in PENALTIES:
        inverse = np.linalg.inv(information + np.diag(penalty * shrunk))
        coefficients = inverse @ (weighted.T @ distances)
        leverage = np.minimum(((terms @ inverse) * weighted).sum(axis=1), 0.99)
        left_out = (distances - terms @ coefficients) / (1.0 - leverage)[:, None]
        fits.append(coefficients)
        errors.append(np.sqrt((weight[:, None] * left_out**2).sum(axis=0) / weight.sum()))
    best = np.argmin(errors, axis=0)
    each = np.arange(distances.shape[1])
    return np.asarray(fits)[best, :, each].T, np.asarray(errors)[best, each]
