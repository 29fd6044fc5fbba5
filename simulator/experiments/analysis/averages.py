"""Averages of a number over groups of points, with intervals that know which of them share their luck.

Three things can make an average come out otherwise another time: the luck of the replications, which all points share
or each has for itself; and, where the points themselves were drawn, which points these are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from simulator.experiments.analysis.outcome import Int
from simulator.experiments.response import ROUNDING
from simulator.market import Float


@dataclass(frozen=True)
class Averages:
    """Averages over groups of points.

    Attributes
    ----------
    mean : float[groups]        of the points' means; NaN for a group without any
    count : int[groups]         points
    own : float[groups]         variance of the mean that groups don't share: drawn points, luck of their own
    own_df : float[groups]      degrees of freedom behind it
    shared : float[courses, groups]     by how much a course of luck lies above the mean, NaN for a course that the
                                group lacks; no rows if luck isn't shared
    """

    mean: Float
    count: Int
    own: Float
    own_df: Float
    shared: Float

    def covariance(self, one: int, other: int) -> float:
        """Covariance of two groups' means, from the luck that they share; NaN on a single course."""
        if not len(self.shared):
            return 0.0
        both = self.shared[:, one] * self.shared[:, other]
        often = int(np.isfinite(both).sum())
        return float(np.nansum(both)) / (often * (often - 1)) if often > 1 else float("nan")

    def variance(self, group: int) -> float:
        """Variance of a group's mean."""
        return float(self.own[group]) + self.covariance(group, group)

    def df(self, group: int) -> float:
        """Degrees of freedom of :meth:`variance` (Satterthwaite)."""
        return self._df([float(self.own[group])], [float(self.own_df[group])], self.covariance(group, group))

    def interval(self, group: int, confidence: float) -> tuple[float, float, float]:
        """Mean of a group, and the ends of its interval; NaN where luck can't be judged."""
        half = _reach(self.variance(group), self.df(group), confidence)
        mean = float(self.mean[group])
        return mean, mean - half, mean + half

    def contrast(self, one: int, other: int, confidence: float) -> tuple[float, float, float]:
        """One group's mean minus another's, and the ends of its interval."""
        common = self.covariance(one, one) + self.covariance(other, other) - 2.0 * self.covariance(one, other)
        own = [float(self.own[one]), float(self.own[other])]
        df = self._df(own, [float(self.own_df[one]), float(self.own_df[other])], common)
        half = _reach(sum(own) + common, df, confidence)
        gap = float(self.mean[one] - self.mean[other])
        return gap, gap - half, gap + half

    def _df(self, own: list[float], df: list[float], common: float) -> float:
        courses = float(np.isfinite(self.shared).any(axis=1).sum())
        parts = [*zip(own, df, strict=True), (common, courses - 1.0)]
        parts = [(variance, n) for variance, n in parts if variance != 0.0]
        if not parts:
            return 1.0
        if any(np.isnan(variance) or n <= 0 for variance, n in parts):
            return np.nan
        return float(sum(v for v, _ in parts) ** 2 / sum(v**2 / n for v, n in parts))


def averages(
    values: Float, at: Int, course: Int, group: Int, groups: int, common: bool, drawn: bool
) -> Averages:
    """Average a number over groups of points.

    Parameters
    ----------
    values : float[n]       of each run; NaN is left out
    at, course : int[n]     of each run its point and its course of luck
    group : int[p]          of each point its group; -1: none
    groups : int
    common : bool           whether points share the courses of luck
    drawn : bool            whether points are a sample (each drawn for itself), and not all that are meant

    Returns
    -------
    Averages

    Notes
    -----
    Points count alike, however often they were run. Where luck is shared, a course's deviation is that of the group's
    points from their own means; with every point on every course this is the paired interval, and points that lack
    some courses add what they know. Where points are drawn as well, variances of the two are added, which errs on the
    wide side by what is left of the runs' own noise; samples that are spread evenly err on the same side.
    """
    known = np.isfinite(values) & (group[at] >= 0)
    values, at, course = values[known], at[known], course[known]
    runs = np.bincount(at, minlength=len(group))
    there = runs > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(at, values, len(group)) / runs
        rest = values - means[at]
        # Equal numbers miss their mean by a rounding, which would make an interval of nothing that excludes zero.
        rest[np.abs(rest) <= ROUNDING * np.abs(values).max(initial=0.0)] = 0.0
        within = np.bincount(at, rest**2, len(group)) / (runs - 1.0) / runs
        within[runs < 2] = np.nan
        member = group[there]
        count = np.bincount(member, minlength=groups)
        mean = np.bincount(member, means[there], groups) / count
        if drawn:
            spread = np.bincount(member, (means[there] - mean[member]) ** 2, groups)
            own: Float = np.asarray(spread / (count - 1.0) / count)
            own_df: Float = np.asarray(count - 1.0)
            own[count < 2] = np.nan
        elif common:
            own, own_df = np.zeros(groups), np.zeros(groups)
        else:
            own = np.asarray(np.bincount(member, within[there], groups) / count**2)
            fourth = np.bincount(member, within[there] ** 2 / (runs[there] - 1.0), groups) / count**4
            own_df = np.asarray(np.where(own > 0, own**2 / fourth, 1.0))
        if not common:
            return Averages(mean, count, own, own_df, np.zeros((0, groups)))
        often = int(course.max()) + 1 if len(course) else 0
        cell = course * groups + group[at]
        total = np.bincount(cell, rest, often * groups) / np.bincount(cell, minlength=often * groups)
    return Averages(mean, count, own, own_df, total.reshape(often, groups))


def _reach(variance: float, df: float, confidence: float) -> float:
    """Half the width of an interval; NaN for a variance that isn't known."""
    if not (np.isfinite(variance) and df > 0):
        return float("nan")
    return float(stdtrit(df, 0.5 + confidence / 2.0)) * max(variance, 0.0) ** 0.5
