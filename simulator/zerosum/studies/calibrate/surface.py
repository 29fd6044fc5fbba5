"""Fit a response surface for each fact: its dependence on the parameters, from trials.

Ridge regression of the distances to the bands' middles on linear, squared and product terms of the places. Trials
near agreement weigh most. Each fact's penalty is chosen by leave-one-out cross-validation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zerosum.market.state import Float
from zerosum.studies.calibrate.trials import FAR, Trials

PENALTIES = (0.01, 0.1, 1.0, 10.0)
"""Candidate penalties of linear and squared terms."""

PRODUCTS = 10.0
"""Multiple of that penalty for the many product terms."""

STEPS = 150
"""Steps of the random walk between two sampled places."""

DIGITS = 4
"""Digits of the walk's places; otherwise each step would magnify differences in machines' last digits."""

BAND_SD = 1.0 / 3.0
"""sd in half-bands: nearly all of the distribution is within a band, since a place must meet twenty at once."""


@dataclass(frozen=True)
class Surface:
    """Coefficients of every fact, [terms, facts], and the surface's error, [facts], in half-bands."""

    coefficients: Float
    error: Float
    begin: Float
    """A place that agrees, or nearly: [parameters]."""

    @classmethod
    def fitted(cls, trials: Trials) -> Surface:
        """Fit to all trials so far; those near agreement weigh most."""
        places = np.array([t.places for t in trials.done])
        distances = np.clip([trials.distances(t) for t in trials.done], -FAR, FAR)
        losses = np.array([trials.loss(t) for t in trials.done])
        weight = 1.0 / (1.0 + losses) ** 2
        weight *= len(weight) / weight.sum()
        coefficients, error = _regress(_terms(places), distances, weight, places.shape[1])
        return cls(coefficients, error, places[int(losses.argmin())])

    @classmethod
    def of_answers(cls, trials: Trials) -> Surface:
        """Fit to the trials' answers (``spread_over``), in standard deviations; [terms, answers]."""
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
        """Return predicted distances, [..., facts]."""
        return np.asarray(_terms(np.atleast_2d(places)) @ self.coefficients)

    def slopes(self, place: Float) -> Float:
        """Return the predicted distances' slopes at one place, in half-bands per range; [parameters, facts]."""
        x = np.asarray(place) - 0.5
        n = len(x)
        linear, squared, product = np.split(self.coefficients[1:], [n, 2 * n])
        slopes = linear + 2.0 * x[:, None] * squared
        first, second = np.triu_indices(n, 1)
        np.add.at(slopes, first, x[second, None] * product)
        np.add.at(slopes, second, x[first, None] * product)
        return slopes

    def likely(self, count: int, generator: np.random.Generator) -> Float:
        """Draw places from the surface's posterior with a uniform prior; [count, parameters].

        Slice sampling along random lines (Neal 2003), which needs no step size.
        """
        here = np.clip(self.begin, 1e-9, 1.0 - 1e-9)
        found = []
        for _ in range(count):
            for _ in range(STEPS):
                here = self._step(here, generator)
            found.append(here)
        return np.array(found)

    def log_likelihood(self, places: Float) -> float:
        """Return the bands' log-likelihood at a place, up to a constant.

        A band is three standard deviations of a normal distribution on either side of its middle, widened by the
        surface's error.
        """
        spread = BAND_SD**2 + self.error**2
        return float(-0.5 * (self.distances(places)[0] ** 2 / spread).sum())

    def _step(self, here: Float, generator: np.random.Generator) -> Float:
        direction = generator.standard_normal(len(here))
        direction /= np.linalg.norm(direction)
        ends = np.stack([(0.0 - here) / direction, (1.0 - here) / direction])
        low, high = float(ends.min(axis=0).max()), float(ends.max(axis=0).min())
        floor = self.log_likelihood(here) - generator.exponential()
        # The first slice is the line's whole length in the box, so no stepping out; it shrinks toward ``here``.
        for _ in range(100):
            at = generator.uniform(low, high)
            there: Float = np.clip(here + at * direction, 0.0, 1.0).round(DIGITS)
            if self.log_likelihood(there) >= floor:
                return there
            low, high = (at, high) if at < 0 else (low, at)
        return here

    def effects(self) -> Float:
        """Return each fact's change, in half-bands, over a parameter's range; [parameters, facts].

        The others stay at the best place.
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
    """Return constant, linear, squared and product terms, centered on the middle of the ranges."""
    x = np.asarray(places) - 0.5
    n = x.shape[1]
    first, second = np.triu_indices(n, 1)
    return np.hstack([np.ones((len(x), 1)), x, x**2, x[:, first] * x[:, second]])


def _regress(terms: Float, distances: Float, weight: Float, n: int) -> tuple[Float, Float]:
    """Fit each fact by ridge regression with the penalty of the lowest leave-one-out error.

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
