"""Averages of a metric over groups of points, and the share of noise in the variance between points.

Averages vary for three reasons: random numbers that all points share, random numbers of single points, and
the sample of points, if it was drawn. Intervals include all three. Read the share of noise before any index,
so as not to take noise for a factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from zerosum.market.state import Float
from zerosum.statistics import sign_flip_test
from zerosum.studies.sweep.analysis.outcome import Int
from zerosum.studies.sweep.response import ROUNDING

# --- Averages -------------------------------------------------------------------------------------------------

SAMPLE, NOISE = "sample", "noise"
"""Main cause of an interval's width: the sample of points, or noise."""


@dataclass(frozen=True)
class Averages:
    """Averages over groups of points.

    Attributes
    ----------
    mean : float[groups]
        of the points' means; NaN for an empty group
    count : int[groups]
        points
    own : float[groups]
        variance of the mean that groups don't share: sampled points, own random numbers
    own_df : float[groups]
        degrees of freedom behind it
    shared : float[courses, groups]
        each course's (replication's) contribution to the group's mean, scaled so that squares sum to the mean's
        variance; NaN if no point of the group has two courses; no rows if random numbers aren't shared
    shared_df : float[groups]
        degrees of freedom behind it: effective number of courses, less one
    unshared : float[groups]
        variance of the mean by chance, if points have own random numbers; else 0
    """

    mean: Float
    count: Int
    own: Float
    own_df: Float
    shared: Float
    shared_df: Float
    unshared: Float

    def covariance(self, one: int, other: int) -> float:
        """Return the covariance of two groups' means from shared random numbers; NaN if unknown."""
        return float((self.shared[:, one] * self.shared[:, other]).sum()) if len(self.shared) else 0.0

    def variance(self, group: int) -> float:
        """Return the variance of a group's mean."""
        return float(self.own[group]) + self.covariance(group, group)

    def limited_by(self, one: int, other: int) -> str:
        """Return the main cause of the width of a difference's interval; empty if unknown."""
        shared = self._shared(one, other)
        whole = float(self.own[one] + self.own[other]) + shared
        return name_limit(float(self.unshared[one] + self.unshared[other]) + shared, whole)

    def noise(self, group: int) -> float:
        """Return the variance of a group's mean by chance; the rest of :meth:`variance` is the sample of points."""
        return float(self.unshared[group]) + self.covariance(group, group)

    def _shared(self, one: int, other: int) -> float:
        """Return the variance of the difference between two groups from shared random numbers."""
        return float(((self.shared[:, one] - self.shared[:, other]) ** 2).sum()) if len(self.shared) else 0.0

    def df(self, group: int) -> float:
        """Return the degrees of freedom of :meth:`variance` (Satterthwaite)."""
        common = self.covariance(group, group), float(self.shared_df[group])
        return _satterthwaite([(float(self.own[group]), float(self.own_df[group])), common])

    def interval(self, group: int, confidence: float) -> tuple[float, float, float]:
        """Return a group's mean and the ends of its interval; NaN ends if noise is unknown."""
        half = _reach(self.variance(group), self.df(group), confidence)
        mean = float(self.mean[group])
        return mean, mean - half, mean + half

    def contrast(self, one: int, other: int, confidence: float) -> tuple[float, float, float]:
        """Return one group's mean minus another's, and the ends of its interval."""
        parts = [(float(self.own[group]), float(self.own_df[group])) for group in (one, other)]
        parts.append((self._shared(one, other), float(min(self.shared_df[one], self.shared_df[other]))))
        half = _reach(sum(variance for variance, _ in parts), _satterthwaite(parts), confidence)
        gap = float(self.mean[one] - self.mean[other])
        return gap, gap - half, gap + half


def _satterthwaite(parts: list[tuple[float, float]]) -> float:
    """Return the degrees of freedom of a sum of variances, each with its own; NaN if one is unknown."""
    parts = [(variance, n) for variance, n in parts if variance != 0.0]
    if not parts:
        return 1.0
    if any(np.isnan(variance) or n <= 0 for variance, n in parts):
        return np.nan
    return float(sum(v for v, _ in parts) ** 2 / sum(v**2 / n for v, n in parts))


def averages(
    values: Float, at: Int, course: Int, group: Int, groups: int, common: bool, drawn: bool
) -> Averages:
    """Average a metric over groups of points.

    Parameters
    ----------
    values : float[n]
        of each run; NaN is left out
    at, course : int[n]
        point and replication of each run
    group : int[p]
        group of each point; -1: none
    groups : int
    common : bool
        whether points share the random numbers of replications
    drawn : bool
        whether points are an independent random sample, not the full set

    Notes
    -----
    All points have equal weight, whatever their number of runs. With shared random numbers, a replication's
    contribution to a group's mean is its contribution to each point, by 1/n of the point's runs. If every point has
    every replication, this is the paired interval. If numbers of runs differ (a precision adds some), replications
    that all points share weigh more, also in the degrees of freedom. For sampled points, both variances are added.
    Intervals are then slightly too wide, by the runs' own noise; evenly spread samples make them wider too.
    """
    known = np.isfinite(values) & (group[at] >= 0)
    values, at, course = values[known], at[known], course[known]
    runs = np.bincount(at, minlength=len(group))
    there = runs > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(at, values, len(group)) / runs
        rest = values - means[at]
        # Equal numbers differ from their mean by rounding, which would give a tiny interval that excludes zero.
        rest[np.abs(rest) <= ROUNDING * np.abs(values).max(initial=0.0)] = 0.0
        within = np.bincount(at, rest**2, len(group)) / (runs - 1.0) / runs
        within[runs < 2] = np.nan
        member = group[there]
        count = np.bincount(member, minlength=groups)
        mean = np.bincount(member, means[there], groups) / count
        alone = np.asarray(np.bincount(member, within[there], groups) / count**2)
        if drawn:
            spread = np.bincount(member, (means[there] - mean[member]) ** 2, groups)
            own: Float = np.asarray(spread / (count - 1.0) / count)
            own_df: Float = np.asarray(count - 1.0)
            own[count < 2] = np.nan
        elif common:
            own, own_df = np.zeros(groups), np.zeros(groups)
        else:
            own = alone
            fourth = np.bincount(member, within[there] ** 2 / (runs[there] - 1.0), groups) / count**4
            own_df = np.asarray(np.where(own > 0, own**2 / fourth, 1.0))
        if not common:
            return Averages(mean, count, own, own_df, np.zeros((0, groups)), np.zeros(groups), alone)
        shared, shared_df = _shared(rest, course, group[at], runs[at], count, groups)
    return Averages(mean, count, own, own_df, shared, shared_df, np.zeros(groups))


def _shared(rest: Float, course: Int, member: Int, runs: Int, count: Int, groups: int) -> tuple[Float, Float]:
    """Return each course's contribution to each group's mean, and its degrees of freedom.

    Parameters
    ----------
    rest : float[n]
        each run's number less its point's mean
    course, member, runs : int[n]
        course, group and number of runs of each run's point
    count : int[groups]
        points
    """
    often = int(course.max()) + 1 if len(course) else 0
    cell = course * groups + member

    def summed(each: Float) -> Float:
        return np.bincount(cell, each, often * groups).reshape(often, groups) / count

    weight = 1.0 / runs
    twice = runs > 1
    # A point's squared deviations are too small by (n - 1)/n; a point with one run has none, and counts alike.
    found = summed(np.where(twice, rest * weight * np.sqrt(runs / np.maximum(runs - 1.0, 1.0)), 0.0))
    square, known = (summed(weight) ** 2).sum(axis=0), (summed(weight * twice) ** 2).sum(axis=0)
    found *= np.sqrt(np.where(known > 0.0, square / known, np.nan))
    return found, square**2 / (summed(weight) ** 4).sum(axis=0) - 1.0


def name_limit(noise: float, whole: float) -> str:
    """Return the main part of a variance, "noise" or "sample"; empty if unknown."""
    if not (np.isfinite(noise) and whole > 0.0):
        return ""
    return NOISE if noise > whole / 2.0 else SAMPLE


def _reach(variance: float, df: float, confidence: float) -> float:
    """Return an interval's half-width; NaN for an unknown variance."""
    if not (np.isfinite(variance) and df > 0):
        return float("nan")
    return float(stdtrit(df, 0.5 + confidence / 2.0)) * max(variance, 0.0) ** 0.5


# --- Noise -----------------------------------------------------------------------------------------------------

DECIDED = 0.05
"""Significance level: chance of finding a difference between points that are equal."""


@dataclass(frozen=True)
class Noise:
    """Noise in the means of points.

    Attributes
    ----------
    share : float
        part of the variance between points that is noise, 0 to 1; NaN with one run a point
    p : float
        p value of equal points; NaN with too few independent replications
    noise : float
        standard deviation of a point's mean by noise, in the metric's unit
    spread : float
        standard deviation of the points' means, noise included
    independent : int
        independent observations: replications if points share random numbers, else all runs
    """

    share: float
    p: float
    noise: float
    spread: float
    independent: int

    @property
    def known(self) -> bool:
        """Whether the noise could be estimated."""
        return bool(np.isfinite(self.share))

    @property
    def hides_all(self) -> bool:
        """Whether the points don't differ significantly."""
        return self.p >= DECIDED


def noise_between(values: Float, at: Int, course: Int, points: int, common: bool) -> Noise:
    """Split the variance between points into noise and the rest.

    Parameters
    ----------
    values : float[n]
        of each run; NaN is left out
    at, course : int[n]
        point and replication of each run
    points : int
    common : bool
        whether points have common random numbers; then each replication's mean is removed first, since it
        makes no difference between points

    Notes
    -----
    Noise adds to the variance between means the variance of runs within points, divided by their number. This holds
    for any correlation between a replication's points, and for unequal variances. Unequal numbers of runs enter by the
    mean of 1/n. A sign-flip test checks whether points differ at all. It flips whole replications if points share
    their random numbers (a replication's points are one observation, not many), else single runs. An F test would
    assume independent runs with equal variance.
    """
    known = np.isfinite(values)
    values, at, course = values[known], at[known], course[known]
    runs = np.bincount(at, minlength=points)
    there = runs > 0
    nothing = float("nan")
    if there.sum() < 2:
        return Noise(nothing, nothing, nothing, nothing, 0)
    means = np.bincount(at, values, points)[there] / runs[there]
    table = np.full((int(course.max()) + 1, points), np.nan)
    table[course, at] = values
    table = table[:, there]
    independent = int(np.isfinite(table).all(axis=1).sum()) if common else len(values)
    spread = float(means.var(ddof=1))
    variance = _noise(table - means, runs[there], common)
    if not np.isfinite(variance):
        return Noise(nothing, nothing, nothing, spread**0.5, independent)
    if spread <= 0.0:
        return Noise(nothing, nothing, variance**0.5, 0.0, independent)
    p = sign_flip_test(table, together=common) if variance > 0.0 else 0.0
    return Noise(min(1.0, variance / spread), p, variance**0.5, spread**0.5, independent)


def _noise(rest: Float, runs: Int, common: bool) -> float:
    """Return the noise variance of the points' means, averaged over points; NaN if no point has two runs."""
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
