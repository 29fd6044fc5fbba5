"""Fit a smooth surface to differences at some points, with its uncertainty everywhere.

Stochastic kriging (Ankenman, Nelson and Staum 2010, Oper. Res. 58): a plane, and a Gaussian process for what bends away
from it, whose noise at each point is known from replications. A quadratic response surface would be surer than it may
be where the truth is no quadratic; a process says how far off it can be. How rough it is, is chosen by restricted
likelihood, with weak priors that keep it from no roughness at all (Chung et al. 2013, Psychometrika 78). Some 90 lines
of numpy and scipy, which the project needs anyway; scikit-learn would be a dependency for this alone, and has no plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.special import stdtr, stdtrit

from zerosum.market.state import Float

BORROWED = 10.0
"""Replications that all points together count for in one point's variance, which few replications tell badly."""

STARTS = ((0.5, 0.5), (0.25, 1.0), (1.0, 0.25))
"""Lengths, in ranges, from which roughness is searched."""

BOUNDS = ((np.log(1e-4), np.log(1e4)), (np.log(0.08), np.log(8.0)), (np.log(0.08), np.log(8.0)))
"""Logs of the bent part's variance over the whole's, and of lengths in ranges."""


_Solved = tuple[Any, Float, Float, Float, Float]
"""The factored covariance, the plane, its information, the points' weights, the plane's slopes."""


@dataclass(frozen=True)
class Surface:
    """A surface over the unit square.

    Attributes
    ----------
    places : float[p, 2]
        of the fitted points
    mean : float[p]
        differences there
    noise : float[p]
        variance of each
    df : float
        degrees of freedom behind the noise
    roughness : float[3]
        variance of the bent part, its lengths along both axes
    """

    places: Float
    mean: Float
    noise: Float
    df: float
    roughness: Float

    @classmethod
    def through(cls, places: Float, differences: list[Float]) -> Surface:
        """Fit a surface to points.

        Parameters
        ----------
        places : float[p, 2]
        differences : list of float[n]
            the replications of each point

        Raises
        ------
        ValueError
            with fewer than four points that have two replications
        """
        known = [i for i, row in enumerate(differences) if len(row) > 1]
        if len(known) < 4:
            raise ValueError("a surface needs four points with two replications or more")
        rows = [differences[i] for i in known]
        n = np.array([len(row) for row in rows], float)
        own = np.array([row.var(ddof=1) for row in rows])
        pooled = float(((n - 1) * own).sum() / (n - 1).sum())
        noise = ((n - 1) * own + BORROWED * pooled) / (n - 1 + BORROWED) / n
        mean = np.array([row.mean() for row in rows])
        at = np.asarray(places, float)[known]
        return cls(at, mean, noise, float((n - 1).sum()), _roughness(at, mean, noise))

    def predict(self, places: Float) -> tuple[Float, Float]:
        """Return the difference at places, float[k, 2], and its standard error."""
        places = np.atleast_2d(places)
        if self._flat:
            return np.full(len(places), self.mean[0]), np.zeros(len(places))
        factor, plane, information, weights, slopes = self._solved
        variance, *lengths = self.roughness
        cross = variance * _alike(places, self.places, np.array(lengths))
        found = _plane(places) @ slopes + cross @ weights
        back = cho_solve(factor, cross.T)
        rest = _plane(places).T - plane.T @ back
        spread = (
            variance - (cross * back.T).sum(axis=1) + (rest * np.linalg.solve(information, rest)).sum(axis=0)
        )
        return found, np.sqrt(np.maximum(spread, 0.0))

    def interval(self, places: Float, confidence: float = 0.95) -> tuple[Float, Float, Float]:
        """Return the difference at places, and the ends of each interval."""
        found, error = self.predict(places)
        reach = float(stdtrit(self.df, 0.5 + confidence / 2.0)) * error
        return found, found - reach, found + reach

    def probability(self, places: Float) -> Float:
        """Return each place's probability that the difference is above zero."""
        found, error = self.predict(places)
        sure = 0.5 + 0.5 * np.sign(found)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(error > 0.0, stdtr(self.df, found / error), sure)

    @cached_property
    def _flat(self) -> bool:
        """Whether all points are identical to the last bit: the strategies don't differ."""
        return bool(np.ptp(self.mean) == 0.0 and not self.noise.any())

    @cached_property
    def _solved(self) -> _Solved:
        return _solve(self.places, self.mean, self.noise, self.roughness)


def _plane(places: Float) -> Float:
    return np.column_stack([np.ones(len(places)), places])


def _alike(one: Float, other: Float, lengths: Float) -> Float:
    """Correlation by distance: Matérn's with 5/2, twice differentiable."""
    steps = (one[:, None, :] - other[None, :, :]) / lengths
    away = np.sqrt(5.0 * (steps**2).sum(axis=2))
    return (1.0 + away + away**2 / 3.0) * np.exp(-away)


def _solve(places: Float, mean: Float, noise: Float, roughness: Float) -> _Solved:
    variance, lengths = roughness[0], np.asarray(roughness[1:])
    covariance = variance * _alike(places, places, lengths)
    covariance[np.diag_indices_from(covariance)] += noise + 1e-9 * (variance + noise.mean())
    factor, plane = cho_factor(covariance, lower=True), _plane(places)
    solved = cho_solve(factor, np.column_stack([plane, mean]))
    information = plane.T @ solved[:, :3]
    slopes: Float = np.asarray(np.linalg.solve(information, plane.T @ solved[:, 3]), np.float64)
    return factor, plane, information, solved[:, 3] - solved[:, :3] @ slopes, slopes


def _roughness(places: Float, mean: Float, noise: Float) -> Float:
    """Estimate variance and lengths of the Gaussian process."""
    return np.array(_estimated(places.tobytes(), mean.tobytes(), noise.tobytes()))


@lru_cache(maxsize=64)
def _estimated(*columns: bytes) -> tuple[float, ...]:
    """Return what the search finds for the bytes of places, means and noise; pages and figures ask for it again."""
    flat, mean, noise = (np.frombuffer(column) for column in columns)
    places = flat.reshape(len(mean), 2)
    scale = float(mean.var() + noise.mean())
    if scale == 0.0:
        return (1.0, 1.0, 1.0)

    def loss(logs: Float) -> float:
        at = np.exp(logs) * np.array([scale, 1.0, 1.0])
        factor, _, information, weights, _ = _solve(places, mean, noise, at)
        fit = float(mean @ weights) / 2.0 + np.log(np.diag(factor[0])).sum()
        fit += np.linalg.slogdet(information)[1] / 2.0
        # Weak priors: a standard deviation that isn't zero, lengths of about a range.
        return float(fit - 0.5 * logs[0] + 0.05 * np.exp(logs[0]) + ((logs[1:] + 0.3) ** 2).sum() / 2.0)

    found = [
        minimize(loss, np.array([np.log(0.3), *np.log(lengths)]), method="L-BFGS-B", bounds=BOUNDS)
        for lengths in STARTS
    ]
    best = min(found, key=lambda one: one.fun)
    return tuple((np.exp(best.x) * np.array([scale, 1.0, 1.0])).tolist())
