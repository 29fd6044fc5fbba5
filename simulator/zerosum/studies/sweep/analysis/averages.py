"""Averages of a number over groups of points, and how much of what differs between points is noise.

Three things can make an average differ another time: the draws of the replications, which all points share
or each has for itself; and, where the points themselves were drawn, which points these are. Intervals know of all
three. The share of noise is read before any index, lest noise be taken for a factor.
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
"""What makes most of an interval's width: which points were drawn, or chance."""


@dataclass(frozen=True)
class Averages:
    """Averages over groups of points.

    Attributes
    ----------
    mean : float[groups]
        of the points' means; NaN for a group without any
    count : int[groups]
        points
    own : float[groups]
        variance of the mean that groups don't share: drawn points, random numbers of their own
    own_df : float[groups]
        degrees of freedom behind it
    shared : float[courses, groups]
        what a replication adds to the group's mean, so scaled that the squares' sum over courses is the
        mean's variance; NaN where no point of the group has two courses; no rows if random numbers aren't shared
    shared_df : float[groups]
        degrees of freedom behind it: courses that count, less one
    unshared : float[groups]
        variance of the mean by chance, where points have random numbers of their own; else 0
    """

    mean: Float
    count: Int
    own: Float
    own_df: Float
    shared: Float
    shared_df: Float
    unshared: Float

    def covariance(self, one: int, other: int) -> float:
        """Covariance of two groups' means, from the random numbers that they share; NaN where it can't be judged."""
        return float((self.shared[:, one] * self.shared[:, other]).sum()) if len(self.shared) else 0.0

    def variance(self, group: int) -> float:
        """Variance of a group's mean."""
        return float(self.own[group]) + self.covariance(group, group)

    def limited_by(self, one: int, other: int) -> str:
        """What makes most of the width of a distance's interval; empty where that isn't known."""
        shared = self._shared(one, other)
        whole = float(self.own[one] + self.own[other]) + shared
        return name_limit(float(self.unshared[one] + self.unshared[other]) + shared, whole)

    def noise(self, group: int) -> float:
        """Variance of a group's mean by chance; the rest of :meth:`variance` is which points were drawn."""
        return float(self.unshared[group]) + self.covariance(group, group)

    def _shared(self, one: int, other: int) -> float:
        """Variance of a distance between two groups, from the random numbers that they share."""
        return float(((self.shared[:, one] - self.shared[:, other]) ** 2).sum()) if len(self.shared) else 0.0

    def df(self, group: int) -> float:
        """Degrees of freedom of :meth:`variance` (Satterthwaite)."""
        common = self.covariance(group, group), float(self.shared_df[group])
        return _satterthwaite([(float(self.own[group]), float(self.own_df[group])), common])

    def interval(self, group: int, confidence: float) -> tuple[float, float, float]:
        """Mean of a group, and the ends of its interval; NaN where noise can't be judged."""
        half = _reach(self.variance(group), self.df(group), confidence)
        mean = float(self.mean[group])
        return mean, mean - half, mean + half

    def contrast(self, one: int, other: int, confidence: float) -> tuple[float, float, float]:
        """One group's mean minus another's, and the ends of its interval."""
        parts = [(float(self.own[group]), float(self.own_df[group])) for group in (one, other)]
        parts.append((self._shared(one, other), float(min(self.shared_df[one], self.shared_df[other]))))
        half = _reach(sum(variance for variance, _ in parts), _satterthwaite(parts), confidence)
        gap = float(self.mean[one] - self.mean[other])
        return gap, gap - half, gap + half


def _satterthwaite(parts: list[tuple[float, float]]) -> float:
    """Degrees of freedom of a sum of variances, each with its own; NaN where one of them isn't known."""
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
    values : float[n]
        of each run; NaN is left out
    at, course : int[n]
        of each run its point and its replication
    group : int[p]
        of each point its group; -1: none
    groups : int
    common : bool
        whether points share the random numbers of replications
    drawn : bool
        whether points are a sample (each drawn for itself), and not all that are meant

    Notes
    -----
    Points count alike, however often they were run. Where random numbers are shared, a replication adds to a group's
    mean what it adds to each point's, by 1/n of the point's runs; with every point on every replication this is the
    paired interval. Where points have other numbers of them (a precision adds some), those that all points share weigh
    more, and count for more of the degrees of freedom. Where points are drawn as well, variances of the two are added,
    which errs on the wide side by what is left of the runs' own noise; so do samples that are spread evenly.
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
    """What each course adds to each group's mean, and the degrees of freedom behind that.

    Parameters
    ----------
    rest : float[n]
        of each run: its number less its point's mean
    course, member, runs : int[n]
        of each run: course, group, runs of its point
    count : int[groups]
        points
    """
    often = int(course.max()) + 1 if len(course) else 0
    cell = course * groups + member

    def summed(each: Float) -> Float:
        return np.bincount(cell, each, often * groups).reshape(often, groups) / count

    weight = 1.0 / runs
    twice = runs > 1
    # A point's deviations are smaller than its noise by (n - 1)/n; one that was run once has none, and counts alike.
    found = summed(np.where(twice, rest * weight * np.sqrt(runs / np.maximum(runs - 1.0, 1.0)), 0.0))
    square, known = (summed(weight) ** 2).sum(axis=0), (summed(weight * twice) ** 2).sum(axis=0)
    found *= np.sqrt(np.where(known > 0.0, square / known, np.nan))
    return found, square**2 / (summed(weight) ** 4).sum(axis=0) - 1.0


def name_limit(noise: float, whole: float) -> str:
    """Say what makes most of a variance, noise or which points were drawn; empty where that isn't known."""
    if not (np.isfinite(noise) and whole > 0.0):
        return ""
    return NOISE if noise > whole / 2.0 else SAMPLE


def _reach(variance: float, df: float, confidence: float) -> float:
    """Half the width of an interval; NaN for a variance that isn't known."""
    if not (np.isfinite(variance) and df > 0):
        return float("nan")
    return float(stdtrit(df, 0.5 + confidence / 2.0)) * max(variance, 0.0) ** 0.5


# --- Noise -----------------------------------------------------------------------------------------------------

DECIDED = 0.05
"""Chance of finding a difference between points where there is none."""


@dataclass(frozen=True)
class Noise:
    """What noise does to the means of points.

    Attributes
    ----------
    share : float
        part of the variance between points that is noise, 0 to 1; NaN with one run a point
    p : float
        chance of points that differ so much by chance alone; NaN with too few independent replications
    noise : float
        standard deviation that noise gives a point's mean, in the metric's unit
    spread : float
        standard deviation of the points' means, noise included
    independent : int
        replications that don't share their random numbers: whole ones where points share it, else all runs
    """

    share: float
    p: float
    noise: float
    spread: float
    independent: int

    @property
    def known(self) -> bool:
        """Whether chance could be told from the rest at all."""
        return bool(np.isfinite(self.share))

    @property
    def hides_all(self) -> bool:
        """Whether the points may well differ by chance alone."""
        return self.p >= DECIDED


def noise_between(values: Float, at: Int, course: Int, points: int, common: bool) -> Noise:
    """Split the variance between points into noise and the rest.

    Parameters
    ----------
    values : float[n]
        of each run; NaN is left out
    at, course : int[n]
        of each run its point and its replication
    points : int
    common : bool
        whether points have common random numbers: what a replication does to all alike makes no difference
        between points, and is taken out first

    Notes
    -----
    The variance of runs within points, divided by their number, is what noise adds to the variance between means; that
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
    """Variance that noise gives the points' means: on average over points; NaN if no point was run twice."""
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
