"""How much of what differs between points is luck: read before any index, lest noise be taken for a factor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from simulator.experiments.analysis.outcome import Int
from simulator.market import Float

DECIDED = 0.05
"""Chance of finding a difference between points where there is none."""

MOSTLY = 0.5
"""Share of luck from which on indices say more of it than of factors."""


@dataclass(frozen=True)
class Luck:
    """What luck does to the means of points.

    Attributes
    ----------
    share : float       part of the variance between points that is luck, 0 to 1; NaN with one run a point
    p : float           chance of points that differ so much by luck alone
    noise : float       standard deviation that luck gives a point's mean, in the metric's unit
    spread : float      standard deviation of the points' means, luck included
    """

    share: float
    p: float
    noise: float
    spread: float

    @property
    def known(self) -> bool:
        """Whether luck could be told from the rest at all."""
        return bool(np.isfinite(self.share))

    @property
    def differ(self) -> bool:
        """Whether the points differ beyond luck."""
        return self.known and self.p < DECIDED

    @property
    def mostly(self) -> bool:
        """Whether luck makes most of the difference between points."""
        return self.known and self.share > MOSTLY


def luck_between(values: Float, at: Int, course: Int, points: int, common: bool) -> Luck:
    """Part the variance between points into luck and the rest.

    Parameters
    ----------
    values : float[n]       of each run; NaN is left out
    at, course : int[n]     of each run its point and its course of luck
    points : int
    common : bool           whether points share the courses of luck: what a course does to all of them alike makes no
                            difference between points, and is taken out first

    Returns
    -------
    Luck

    Notes
    -----
    The variance of runs within points, divided by their number, is what luck adds to the variance between means; the
    ratio of the two mean squares is tested as in an analysis of variance (two-way without repetition where luck is
    shared). Points with fewer runs count by the mean of 1/n.
    """
    known = np.isfinite(values)
    values, at, course = values[known], at[known], course[known]
    runs = np.bincount(at, minlength=points)
    there = runs > 0
    nothing = float("nan")
    if there.sum() < 2:
        return Luck(nothing, nothing, nothing, nothing)
    means = np.bincount(at, values, points)[there] / runs[there]
    full = np.zeros(points)
    full[there] = means
    rest = values - full[at]
    df = len(values) - int(there.sum())
    if common and len(course):
        often = np.bincount(course)
        rest = rest - (np.bincount(course, rest) / np.maximum(often, 1))[course]
        df -= int((often > 0).sum()) - 1
    spread = float(means.var(ddof=1))
    if df < 1:
        return Luck(nothing, nothing, nothing, spread**0.5)
    noise = float((rest**2).sum()) / df * float((1.0 / runs[there]).mean())
    if spread <= 0.0:
        return Luck(nothing, nothing, noise**0.5, 0.0)
    p = float(fdtrc(int(there.sum()) - 1, df, spread / noise)) if noise > 0.0 else 0.0
    return Luck(min(1.0, noise / spread), p, noise**0.5, spread**0.5)
