"""How much of what differs between points is luck: read before any index, lest noise be taken for a factor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zerosum.market.state import Float
from zerosum.statistics import sign_flip_test
from zerosum.studies.sweep.analysis.outcome import Int

DECIDED = 0.05
"""Chance of finding a difference between points where there is none."""

MOSTLY = 0.5
"""Share of luck from which on indices say more of it than of factors."""


@dataclass(frozen=True)
class Luck:
    """What luck does to the means of points.

    Attributes
    ----------
    share : float
        part of the variance between points that is luck, 0 to 1; NaN with one run a point
    p : float
        chance of points that differ so much by luck alone; NaN with too few independent replications
    noise : float
        standard deviation that luck gives a point's mean, in the metric's unit
    spread : float
        standard deviation of the points' means, luck included
    independent : int
        replications that don't share their luck: whole ones where points share it, else all runs
    """

    share: float
    p: float
    noise: float
    spread: float
    independent: int

    @property
    def known(self) -> bool:
        """Whether luck could be told from the rest at all."""
        return bool(np.isfinite(self.share))

    @property
    def hides_all(self) -> bool:
        """Whether the points may well differ by luck alone."""
        return self.p >= DECIDED

    @property
    def mostly(self) -> bool:
        """Whether luck makes most of the difference between points."""
        return self.known and self.share > MOSTLY


def luck_between(values: Float, at: Int, course: Int, points: int, common: bool) -> Luck:
    """Part the variance between points into luck and the rest.

    Parameters
    ----------
    values : float[n]
        of each run; NaN is left out
    at, course : int[n]
        of each run its point and its course of luck
    points : int
    common : bool
        whether points share the courses of luck: what a course does to all of them alike makes no difference
        between points, and is taken out first

    Returns
    -------
    Luck

    Notes
    -----
    The variance of runs within points, divided by their number, is what luck adds to the variance between means; that
    holds however the points of a course hang together, and however much each varies. Points with fewer runs count by
    the mean of 1/n. Whether points differ at all is tested by flipping signs: of whole courses where points share them
    (a course answers with a surface of its own over the factors, so its points are one observation, not many), else of
    single runs. An F test takes every run for independent, and for as variable as any other.
    """
    known = np.isfinite(values)
    values, at, course = values[known], at[known], course[known]
    runs = np.bincount(at, minlength=points)
    there = runs > 0
    nothing = float("nan")
    if there.sum() < 2:
        return Luck(nothing, nothing, nothing, nothing, 0)
    means = np.bincount(at, values, points)[there] / runs[there]
    table = np.full((int(course.max()) + 1, points), np.nan)
    table[course, at] = values
    table = table[:, there]
    independent = int(np.isfinite(table).all(axis=1).sum()) if common else len(values)
    spread = float(means.var(ddof=1))
    variance = _noise(table - means, runs[there], common)
    if not np.isfinite(variance):
        return Luck(nothing, nothing, nothing, spread**0.5, independent)
    if spread <= 0.0:
        return Luck(nothing, nothing, variance**0.5, 0.0, independent)
    p = sign_flip_test(table, together=common) if variance > 0.0 else 0.0
    return Luck(min(1.0, variance / spread), p, variance**0.5, spread**0.5, independent)


def _noise(rest: Float, runs: Int, common: bool) -> float:
    """Variance that luck gives the points' means: on average over points; NaN if no point was run twice."""
    if common:
        there = np.isfinite(rest)
        rest = rest - np.nansum(rest, axis=1, keepdims=True) / np.maximum(there.sum(axis=1, keepdims=True), 1)
        df = int(there.sum()) - len(runs) - int(there.any(axis=1).sum()) + 1
        return float(np.nansum(rest**2)) / df * float((1.0 / runs).mean()) if df > 0 else float("nan")
    twice = runs > 1
    if not twice.any():
        return float("nan")
    squares = np.nansum(rest**2, axis=0)
    pooled = squares[twice].sum() / (runs[twice] - 1).sum()
    return float((np.where(twice, squares / np.maximum(runs - 1, 1), pooled) / runs).mean())
