"""Sensitivity indices of the decision: which factors change the difference between two strategies.

They need a special design: Morris (1991, Technometrics 33; Campolongo, Cariboni & Saltelli 2007, Environ. Model.
Softw. 22, for mu*), and Sobol's indices by Saltelli et al. (2010, Comput. Phys. Commun. 181).

Products of *different* replications remove the bias from noise. Noise inflates the mean square of a difference
between two points, but not the mean product of two replications' differences. So a factor without effect has an
index of 0, within its interval.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from zerosum.market.state import Float
from zerosum.studies.sweep.analysis.averages import DECIDED, Noise, name_limit, noise_between
from zerosum.studies.sweep.analysis.outcome import Outcome
from zerosum.studies.sweep.designs import places
from zerosum.studies.sweep.points import Study

MOST_NAMED = 5

MORRIS = ("mu", "mu_star", "sigma")


@dataclass(frozen=True)
class Indices:
    """Sensitivity indices of one strategy's difference.

    Attributes
    ----------
    table : DataFrame
        factor; each index with _low and _high; clear (whether the interval of mu_star or ST lies above 0;
        False if noise is unknown); limited_by (main cause of that interval's width: "sample" or "noise";
        empty if unknown)
    pairs : DataFrame
        factor, other, S2, S2_low, S2_high: of a saltelli design with second_order
    noise : Noise
    refused : str
        why there are no indices; else empty
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    noise: Noise
    refused: str = ""


@dataclass(frozen=True)
class Runs:
    """A strategy's difference at every point of a design.

    Attributes
    ----------
    values : float[replications, points]
        in the design's order; NaN if there is no run
    common : bool
        whether points share the random numbers of a replication; then there is no NaN
    """

    values: Float
    common: bool

    @property
    def often(self) -> int:
        """Fewest replications of a point."""
        return int(np.isfinite(self.values).sum(axis=0).min())

    @property
    def noise_known(self) -> bool:
        """Whether noise can be estimated: every point has two runs."""
        return self.often > 1

    @property
    def mean(self) -> Float:
        """Mean of every point."""
        return np.asarray(np.nanmean(self.values, axis=0))

    @property
    def noise(self) -> Float:
        """Noise variance of every point's mean, if each has its own random numbers; 0 if unknown."""
        if not self.noise_known:
            return np.zeros(self.values.shape[1])
        runs = np.isfinite(self.values).sum(axis=0)
        return np.asarray(np.nanvar(self.values, axis=0, ddof=1) / runs)


def sensitivity(outcome: Outcome, strategy: str, confidence: float) -> Indices:
    """Compute the indices of a strategy's difference.

    Returns
    -------
    Indices
        refused, with the reason, if a point is missing, if all points are equal, or if they don't differ beyond
        noise
    """
    gap = outcome.gap(strategy)
    noise = noise_between(gap, outcome.at, outcome.course, len(outcome.points), outcome.common)
    nothing = pd.DataFrame()

    def refused(why: str) -> Indices:
        return Indices(nothing, nothing, noise, why)

    values, first = _place(outcome, gap)
    missing = np.flatnonzero(~np.isfinite(values).any(axis=0)) + first
    if len(missing):
        one, named = len(missing) == 1, _name_points(outcome.study, missing.tolist())
        said = (
            f"{'1 point has' if one else f'{len(missing):,} points have'} no number: {named}. Indices need every "
            "point: 'zerosum sweep' makes missing runs; where a number is undefined, another one may do"
        )
        return refused(said)
    if outcome.common:
        whole = np.isfinite(values).all(axis=1)
        if not whole.any():
            holes = np.flatnonzero(~np.isfinite(values).all(axis=0)) + first
            return refused(
                "no replication has a number at every point, and where points share random numbers, indices rest on "
                f"whole replications; not everywhere defined at {_name_points(outcome.study, holes.tolist())}"
            )
        values = values[whole]
    runs = Runs(values, outcome.common)
    if np.ptp(runs.mean) == 0.0:
        return refused("all points have the same difference, so there is nothing to part")
    if noise.hides_all:
        return refused(
            f"the points can't be told from chance (p = {noise.p:.2g}); more replications would show what is there"
        )
    if np.isnan(noise.p) and not _beyond_noise(runs):
        return refused(
            f"with {runs.often} replications that all points share, it can't be ruled out that chance alone makes the "
            'points differ; more replications would show what is there, or random_numbers = "own", where all runs count'
        )
    if outcome.study.experiment.design.kind == "morris":
        return Indices(morris_indices(outcome.study, runs, confidence), nothing, noise)
    found = sobol_indices(outcome.study, runs, confidence)
    if found is None:
        return refused(
            "noise makes all of the variance between points, or more; more replications would show what is there"
        )
    return Indices(*found, noise)


def _beyond_noise(runs: Runs) -> bool:
    """Whether points differ beyond chance, judged without a test: there are too few replications for one.

    By the variance between points from different replications, and a jackknife over these: far on the safe side. With
    one or two there is nothing to judge by, and no index will be called clear.
    """
    rest = runs.values - runs.values.mean(axis=1, keepdims=True)
    if not runs.common or len(rest) < 3:
        return True
    products = (rest @ rest.T / rest.shape[1])[:, :, None]
    spread = float(_jackknife(_without_one(products))[0]) ** 0.5
    whole = products.sum() - np.trace(products[:, :, 0])
    often = len(rest)
    return bool(whole / (often * (often - 1)) > stdtrit(often - 1, 1.0 - DECIDED) * spread)


def _place(outcome: Outcome, gap: Float) -> tuple[Float, int]:
    """Return the runs by replication and point, in the design's order, and the first point's number."""
    study = outcome.study
    block = len(study.points) // len(study.experiment.scenario)
    first = study.experiment.scenario.index(outcome.scenario) * block if outcome.scenario else 0
    often = int(outcome.course.max()) + 1 if len(outcome.course) else 0
    values = np.full((often, block), np.nan)
    values[outcome.course, outcome.points[outcome.at] - first] = gap
    if not outcome.common:
        # The order of a point's runs has no meaning, so move gaps to the end.
        values = np.take_along_axis(values, np.argsort(np.isnan(values), axis=0, kind="stable"), axis=0)
    return values, first


def _name_points(study: Study, points: Sequence[int]) -> str:
    named = "; ".join(f"point {n} ({study.describe(n)})" for n in points[:MOST_NAMED])
    return named + (f" and {len(points) - MOST_NAMED:,} more" if len(points) > MOST_NAMED else "")


# --- Intervals ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Estimates:
    """Estimates, one a column, and their jackknife values without one block of points or one replication.

    ``without_block``: float[blocks, k]; ``without_replication``: float[replications, k], None if points have their
    own noise: leaving out a block leaves out its noise too. ``noise``: float[k], noise variance from the blocks,
    else NaN.
    """

    value: Float
    without_block: Float
    without_replication: Float | None
    noise: Float

    def interval(self, confidence: float) -> tuple[Float, Float]:
        """Return the ends of Student's intervals from both jackknife variances; NaN if one is unknown."""
        parts, dfs = self._parts()
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = parts.sum(axis=0)
            df = variance**2 / (parts**2 / dfs[:, None]).sum(axis=0)
        half = stdtrit(np.where(variance > 0.0, df, 1.0), 0.5 + confidence / 2.0) * np.sqrt(variance)
        return self.value - half, self.value + half

    def limited_by(self) -> list[str]:
        """Return the main cause of each interval's width."""
        parts, _ = self._parts()
        by_noise = self.noise if self.without_replication is None else parts[1]
        whole = parts[0] if self.without_replication is None else parts.sum(axis=0)
        return [
            name_limit(float(one), float(all_of_it)) for one, all_of_it in zip(by_noise, whole, strict=True)
        ]

    def _parts(self) -> tuple[Float, Float]:
        """Return variances by the sample of points and, with shared random numbers, by noise; and their df."""
        sides = [self.without_block] + (
            [] if self.without_replication is None else [self.without_replication]
        )
        return np.stack([_jackknife(side) for side in sides]), np.array(
            [max(len(s) - 1.0, 1.0) for s in sides]
        )


def _jackknife(without: Float) -> Float:
    """Return the jackknife variance, from estimates without each of n observations; NaN if n < 2."""
    n = len(without)
    if n < 2:
        return np.full(without.shape[1], np.nan)
    return np.asarray((n - 1.0) / n * ((without - without.mean(axis=0)) ** 2).sum(axis=0))


def _without_one(products: Float) -> Float:
    """Return the mean product of different replications without each; [replications, …], from [same, same, …]."""
    n = len(products)
    if n < 3:
        return np.full((n, *products.shape[2:]), np.nan)
    own = np.einsum("ii...->i...", products)
    whole = products.sum(axis=(0, 1)) - own.sum(axis=0)
    gone = products.sum(axis=0) + products.sum(axis=1) - 2.0 * own
    return np.asarray((whole - gone) / ((n - 1) * (n - 2)))


def _across(one: Float, other: Float) -> Float:
    """Return the mean product of different replications, or the plain product of one; […], from [replications, …]."""
    n = len(one)
    if n == 1:
        return np.asarray((one * other)[0])
    return np.asarray((one.sum(axis=0) * other.sum(axis=0) - (one * other).sum(axis=0)) / (n * (n - 1)))


# --- Morris ---------------------------------------------------------------------------------------------------


def morris_indices(study: Study, runs: Runs, confidence: float) -> pd.DataFrame:
    """Return Morris' measures: the change of the difference over a factor's whole distribution.

    Returns
    -------
    DataFrame
        factor; mu (mean change), mu_star (mean absolute change), sigma (its spread, by interactions or
        nonlinearity), each with _low and _high; clear; limited_by

    Notes
    -----
    A change in one replication is multiplied by its sign in the other replications, so noise adds nothing to mu* on
    average. If the sign is uncertain, mu* is too low. Without noise, or with one replication, all three are as
    published. Intervals are Student's, by a jackknife over trajectories and, with shared random numbers, over
    replications too. That of sigma is computed for its square.
    """
    at = places(study.experiment)
    effects = np.stack([_elementary(at, row) for row in runs.values])
    of = (_changes, _sizes, lambda effects: _squares(effects, runs.common))
    found = [_of_trajectories(one, effects, runs) for one in of]
    table = pd.DataFrame({"factor": [factor.name for factor in study.experiment.factors]})
    for name, one in zip(MORRIS, found, strict=True):
        ends = [one.value, *one.interval(confidence)]
        if name == "sigma":
            ends = [np.sqrt(np.maximum(end, 0.0)) for end in ends]
        table[name], table[f"{name}_low"], table[f"{name}_high"] = ends
    return _judge(table, "mu_star", found[1], runs)


def _elementary(at: Float, y: Float) -> Float:
    """Return the change for a step of each factor, divided by the step; [trajectories, factors]."""
    factors = at.shape[1]
    x = at.reshape(-1, factors + 1, factors)
    steps = np.diff(x, axis=1)
    which = np.abs(steps).argmax(axis=2)
    change = np.diff(y.reshape(-1, factors + 1), axis=1)
    found = np.empty((len(x), factors))
    np.put_along_axis(
        found, which, change / np.take_along_axis(steps, which[:, :, None], axis=2)[:, :, 0], axis=1
    )
    return found


def _changes(effects: Float) -> Float:
    """Return the mean change of each trajectory; [trajectories, factors]."""
    return np.asarray(np.nanmean(effects, axis=0))


def _sizes(effects: Float) -> Float:
    """Return each trajectory's change, times its sign in the other replications."""
    known = np.isfinite(effects)
    if known.sum(axis=0).min() < 2:
        return np.abs(_changes(effects))
    others = np.nansum(effects, axis=0) - effects
    return np.asarray(np.nanmean(np.sign(others) * effects, axis=0))


def _squares(effects: Float, common: bool) -> Float:
    """Return each trajectory's squared deviation from the mean change, without noise; their mean is sigma squared."""
    trajectories = effects.shape[1]
    scale = trajectories / (trajectories - 1.0)
    if common:
        apart = effects - effects.mean(axis=1, keepdims=True)
        return scale * _across(apart, apart)
    apart = _changes(effects) - _changes(effects).mean(axis=0)
    return np.asarray(scale * apart**2 - _noise_of(effects))


def _noise_of(effects: Float) -> Float:
    """Return the noise variance of each mean change, if points have own random numbers; 0 if unknown."""
    runs = np.isfinite(effects).sum(axis=0)
    if runs.min() < 2:
        return np.zeros(effects.shape[1:])
    return np.asarray(np.nanvar(effects, axis=0, ddof=1) / runs)


def _of_trajectories(of: Callable[[Float], Float], effects: Float, runs: Runs) -> _Estimates:
    """Average over trajectories; also leaving out each trajectory, and each replication."""
    each = of(effects)
    often, trajectories = len(effects), len(each)
    value = each.mean(axis=0)
    without = None
    if runs.common:
        gone = [np.delete(effects, r, axis=0) for r in range(often)] if often > 2 else []
        without = (
            np.stack([of(some).mean(axis=0) for some in gone]) if gone else np.full((2, len(value)), np.nan)
        )
    without_block = (value * trajectories - each) / (trajectories - 1.0)
    # The share of noise in the variance of changes; 1 if they differ only by chance.
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.minimum(_noise_of(effects).mean(axis=0) / _changes(effects).var(axis=0, ddof=1), 1.0)
    return _Estimates(value, without_block, without, share * _jackknife(without_block))


def _judge(table: pd.DataFrame, name: str, found: _Estimates, runs: Runs) -> pd.DataFrame:
    """Add columns: whether each factor's index is clearly above 0, and the main cause of its interval's width."""
    table["clear"] = runs.noise_known & (table[f"{name}_low"] > 0.0)
    table["limited_by"] = found.limited_by() if runs.noise_known else ""
    return table


# --- Sobol ----------------------------------------------------------------------------------------------------


def sobol_indices(study: Study, runs: Runs, confidence: float) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Return Sobol's indices: the share of the difference's variance that each factor explains.

    Returns
    -------
    table
        factor; S1 (main effect), ST (total effect, with interactions), each with _low and _high; clear;
        limited_by
    pairs
        factor, other, S2 (interaction of two factors), S2_low, S2_high; empty without second_order
    None
        if no variance between points is left without noise

    Notes
    -----
    With shared random numbers, numerators and the variance are mean products of different replications. With own
    random numbers, they are products of means, less the noise variance if a point is in both factors. Without noise,
    or with one replication, they equal SALib's. Intervals are Student's, by a jackknife over base points (each with
    all its points) and, with shared random numbers, over replications too.
    """
    names = [factor.name for factor in study.experiment.factors]
    form = _Forms(runs, len(names), study.experiment.design.second_order)
    if not form.variance.mean() > 0.0:
        return None
    table = pd.DataFrame({"factor": names})
    totals = None
    for name, forms in (("S1", form.first), ("ST", form.total)):
        found = totals = form.parts(forms)
        ends = [found.value, *found.interval(confidence)]
        table[name], table[f"{name}_low"], table[f"{name}_high"] = ends
    assert totals is not None
    table = _judge(table, "ST", totals, runs)
    if not form.second:
        return table, pd.DataFrame()
    pairs = list(itertools.combinations(range(len(names)), 2))
    found = form.parts([form.together(i, j) for i, j in pairs])
    rows = pd.DataFrame([(names[i], names[j]) for i, j in pairs], columns=["factor", "other"])
    rows["S2"], (rows["S2_low"], rows["S2_high"]) = found.value, found.interval(confidence)
    return table, rows


@dataclass(frozen=True)
class _Form:
    """A mean of products, or a sum of such: terms of each base point, float[blocks], and of pairs of replications."""

    blocks: Float
    pairs: Float

    def mean(self) -> float:
        return float(self.blocks.mean())

    def __add__(self, other: _Form) -> _Form:
        return _Form(self.blocks + other.blocks, self.pairs + other.pairs)

    def __rmul__(self, by: float) -> _Form:
        return _Form(by * self.blocks, by * self.pairs)


class _Forms:
    """Numerators of Sobol's indices, and their denominator, the variance.

    A design repeats, for each base point: A, A with factor i of B for every i, (with ``second``) B with factor i of A
    for every i, and B.
    """

    def __init__(self, runs: Runs, factors: int, second: bool) -> None:
        self.second, self._common = second, runs.common
        step = (2 * factors if second else factors) + 2
        rows = runs.values if runs.common else runs.mean[None]
        rows = (rows - rows.mean(axis=1, keepdims=True)).reshape(len(rows), -1, step)
        noise = np.zeros(rows.shape[1:]) if runs.common else runs.noise.reshape(-1, step)
        self._a, self._b = rows[:, :, 0], rows[:, :, -1]
        self._ab = [rows[:, :, 1 + i] for i in range(factors)]
        self._ba = [rows[:, :, 1 + factors + i] for i in range(factors if second else 0)]
        middle = (self._a.mean(axis=1, keepdims=True) + self._b.mean(axis=1, keepdims=True)) / 2.0
        a, b = self._a - middle, self._b - middle
        self.variance = (
            0.5 * self._product(a, a)
            + 0.5 * self._product(b, b)
            + self._less((noise[:, 0] + noise[:, -1]) / 2.0)
        )
        self.first = [self._product(self._b, ab - self._a) for ab in self._ab]
        self.total, self.total_noise = [], []
        for i, ab in enumerate(self._ab):
            apart, w = self._a - ab, noise[:, 0] + noise[:, 1 + i]
            self.total.append(0.5 * self._product(apart, apart) + self._less(w / 2.0))
            # Variance of half a squared difference, whose own variance is w, for normal noise.
            spread = w**2 / 2.0 + np.maximum(apart[0] ** 2 - w, 0.0) * w
            self.total_noise.append(float(spread.sum()) / len(w) ** 2)

    def together(self, i: int, j: int) -> _Form:
        """Return the numerator of the interaction index of two factors."""
        both = self._product(self._ba[i], self._ab[j]) + -1.0 * self._product(self._a, self._b)
        return both + -1.0 * self.first[i] + -1.0 * self.first[j]

    def parts(self, forms: Sequence[_Form]) -> _Estimates:
        """Return the numerators as shares of the variance."""
        blocks, below = np.stack([form.blocks for form in forms], axis=1), self.variance.blocks[:, None]
        without = None
        if self._common:
            pairs = np.stack([form.pairs for form in forms], axis=2)
            with np.errstate(divide="ignore", invalid="ignore"):
                without = _without_one(pairs) / _without_one(self.variance.pairs[:, :, None])
        with np.errstate(divide="ignore", invalid="ignore"):
            without_block = (blocks.sum(axis=0) - blocks) / (below.sum() - below)
        noise = np.array(self.total_noise) / self.variance.mean() ** 2
        return _Estimates(blocks.sum(axis=0) / below.sum(), without_block, without, noise)

    def _product(self, one: Float, other: Float) -> _Form:
        return _Form(_across(one, other), one @ other.T / one.shape[1])

    def _less(self, noise: Float) -> _Form:
        return _Form(-noise, np.zeros((len(self._a), len(self._a))))
