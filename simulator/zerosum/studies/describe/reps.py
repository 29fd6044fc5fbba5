"""Do reps differ in their win rates by more than chance? Shrunk rates, and a test against chance.

Model: rep i wins k_i of n_i deals; k_i is beta-binomial with mean m_i (what the mix of deals lets expect, from the
team's rates by type and segment) and intra-class correlation rho, the same for all reps. rho = 0: reps differ by
chance and mix only. rho is estimated by maximum likelihood on a grid. Rates are shrunk towards m_i; their intervals
also hold that rho isn't known. A rep with a mix of sure and unsure deals has less chance in the rate than a binomial
of the mean; so n_i and k_i are enlarged until the binomial's variance is right (a quasi-likelihood). The test's
statistic is the score for rho at 0, the most powerful one for small differences; its distribution comes from simulated
teams of identical reps with the same numbers and kinds of deals.

Source: Griffiths (1973) for the beta-binomial; Tarone (1979) for the score; Morris (1983) for empirical Bayes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator
from scipy.special import betaincinv, betaln, xlogy
from scipy.stats import binom

from zerosum.studies.describe.figure import generator

GRID = np.concatenate([[0.0], np.geomspace(1e-4, 0.6, 60)])
"""Values of rho that are tried."""
MOST_SIMULATED, LEAST_SIMULATED = 999, 199
"""Teams of identical reps that the test is against; fewer where reps have very many kinds of deals."""
CELLS = 10_000_000
"""Numbers of wins that are drawn for the test, at most, if the least number of teams allows it."""
DROP = 1.9207
"""By how much the log likelihood may be below its maximum within the 95 % interval (chi-square, 1 df)."""
FINE = 2000
"""Values of the root of rho between which the likelihood is interpolated."""
MOST_STRATA = 40
"""Mixes of type and segment that are told apart."""
FEWEST_REPS = 2
ROOM = 4_000_000
"""Numbers that are held at a time."""


@dataclass(frozen=True)
class RepDifferences:
    """Differences between reps in win rates.

    Attributes
    ----------
    table : DataFrame
        a row per rep with closed deals: ``rep n won rate expected shrunk low high chance_low chance_high``, all rates
        as shares; the last two: between which 95 % of rates lie if the rep is like all others
    spread, spread_low, spread_high : float, share
        standard deviation of reps' true rates around what their mix lets expect
    chance_spread : float, share
        standard deviation of observed rates that chance alone makes
    observed_spread : float, share
        standard deviation of observed rates less expected
    p_value : float
        share of teams of identical reps that differ at least as much
    adjusted_for : tuple of str
        columns whose mix is allowed for
    """

    table: pd.DataFrame
    spread: float
    spread_low: float
    spread_high: float
    chance_spread: float
    observed_spread: float
    p_value: float
    adjusted_for: tuple[str, ...]


def differences_between_reps(
    deals: pd.DataFrame, adjust: tuple[str, ...] = ("type", "segment")
) -> RepDifferences | None:
    """Compare reps' win rates with each other and with chance.

    Parameters
    ----------
    deals : DataFrame
        closed deals with the columns ``rep``, ``won`` and those in ``adjust``
    adjust : tuple of str
        columns by which win rates may differ; those with one value, or none, are left out

    Returns
    -------
    RepDifferences or None
        None with fewer than two reps, or if all deals came to the same end
    """
    deals = deals[deals["rep"].notna()]
    if deals["rep"].nunique() < FEWEST_REPS or deals["won"].nunique() < 2:
        return None
    used = tuple(column for column in adjust if deals[column].fillna("").nunique() > 1)
    strata = _strata(deals, used)
    reps, rep = np.unique(deals["rep"].to_numpy(str), return_inverse=True)
    shape = (len(reps), int(strata.max()) + 1)
    cell = rep * shape[1] + strata
    counts = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    wins = np.bincount(cell, deals["won"].to_numpy(float), minlength=counts.size).reshape(shape)
    n, k = counts.sum(axis=1), wins.sum(axis=1)
    means, more = expected_rates(counts, wins[None])
    mean, size, hits = means[0], n * more[0], k * more[0]
    likelihood = _log_likelihood(hits[None], size[None], mean[None])[0]
    spread, low, high = _root_of_rho(likelihood)
    scale = math.sqrt(float(np.average(mean * (1 - mean), weights=n)))
    table = pd.DataFrame({"rep": reps, "n": n, "won": k.astype(int), "rate": k / n, "expected": mean})
    table["shrunk"], table["low"], table["high"] = _shrink(hits, size, mean, likelihood)
    table["chance_low"], table["chance_high"] = (
        binom.ppf(at, np.rint(size), mean) / np.rint(size) for at in (0.025, 0.975)
    )
    off = k / n - mean
    return RepDifferences(
        table.sort_values(["shrunk", "n", "rep"], ascending=[False, False, True], ignore_index=True),
        scale * spread,
        scale * low,
        scale * high,
        math.sqrt(float(np.average(mean * (1 - mean) / size, weights=n))),
        math.sqrt(float(np.average(off**2, weights=n))),
        _p_value(counts, wins, float(_score(hits[None], size[None], mean[None])[0])),
        used,
    )


def _strata(deals: pd.DataFrame, columns: tuple[str, ...]) -> np.ndarray:
    """Return the number of each deal's mix of values; all but the largest mixes are one."""
    if not columns:
        return np.zeros(len(deals), np.int64)
    mix = deals.groupby([deals[column].fillna("") for column in columns]).ngroup().to_numpy()
    by_size = np.argsort(-np.bincount(mix), kind="stable")
    rank = np.empty(len(by_size), np.int64)
    rank[by_size] = np.arange(len(by_size))
    return np.minimum(rank, MOST_STRATA - 1)[mix]


def expected_rates(counts: np.ndarray, wins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rates that reps' mix of deals lets expect: the team's rate in each stratum.

    Parameters
    ----------
    counts : int[reps, strata]
    wins : float[teams, reps, strata]

    Returns
    -------
    rates : float[teams, reps]
        within (0, 1): half a win and half a loss are added to each stratum
    more : float[teams, reps]
        the binomial variance of these rates / the variance of deals with the strata's own rates; 1 with one stratum
    """
    totals = counts.sum(axis=0)
    rates = (wins.sum(axis=1) + 0.5) / (totals + 1.0)
    n = counts.sum(axis=1)
    mean = (rates @ counts.T) / n
    return mean, mean * (1 - mean) / ((rates * (1 - rates)) @ counts.T / n)


def _log_likelihood(k: np.ndarray, n: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the log likelihood, float[teams, grid], of ``k`` wins of ``n``, float[teams, reps] each."""
    found = np.empty((len(k), len(GRID)))
    found[:, 0] = (xlogy(k, mean) + xlogy(n - k, 1 - mean)).sum(axis=1)
    for i, rho in enumerate(GRID[1:], 1):
        total = (1 - rho) / rho
        a, b = mean * total, (1 - mean) * total
        found[:, i] = (betaln(k + a, n - k + b) - betaln(a, b)).sum(axis=1)
    return found


def _root_of_rho(likelihood: np.ndarray) -> tuple[float, float, float]:
    """Return the most likely root of rho and its 95 % interval, from the log likelihood on the grid."""
    fine = np.linspace(0.0, math.sqrt(GRID[-1]), FINE)
    height = PchipInterpolator(np.sqrt(GRID), likelihood)(fine)
    within = fine[height >= height.max() - DROP]
    return float(fine[height.argmax()]), float(within.min()), float(within.max())


def _shrink(
    k: np.ndarray, n: np.ndarray, mean: np.ndarray, likelihood: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return posterior means and 95 % intervals of reps' rates, averaged over what rho may be.

    Parameters
    ----------
    k, n, mean : float[reps]
    likelihood : float[grid]
        logarithms; with equal belief in equal steps of the spread of rates, the root of rho
    """
    steps = np.gradient(np.sqrt(GRID))
    weights = np.exp(likelihood - likelihood.max()) * steps
    weights /= weights.sum()
    first, second = weights[0] * mean, weights[0] * mean**2
    for weight, rho in zip(weights[1:], GRID[1:], strict=True):
        total = (1 - rho) / rho
        rate = (mean * total + k) / (total + n)
        first += weight * rate
        second += weight * (rate * (1 - rate) / (total + n + 1) + rate**2)
    # A beta distribution of the same mean and variance.
    size = np.maximum(first * (1 - first) / np.maximum(second - first**2, 1e-12) - 1, 1e-6)
    a, b = first * size, (1 - first) * size
    return first, betaincinv(a, b, 0.025), betaincinv(a, b, 0.975)


def _score(k: np.ndarray, n: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the derivative of the log likelihood by rho at rho = 0, float[teams]; see :func:`_log_likelihood`."""
    pairs = k * (k - 1) / mean + (n - k) * (n - k - 1) / (1 - mean) - n * (n - 1)
    return np.asarray(pairs.sum(axis=1) / 2)


def _p_value(counts: np.ndarray, wins: np.ndarray, score: float) -> float:
    """Return the share of teams of identical reps whose score is at least ``score``."""
    rates = wins.sum(axis=0) / np.maximum(counts.sum(axis=0), 1)
    draws, n = generator("identical reps"), counts.sum(axis=1)
    simulated = int(np.clip(CELLS // counts.size, LEAST_SIMULATED, MOST_SIMULATED))
    at_once = max(1, ROOM // counts.size)
    least = 0
    for start in range(0, simulated, at_once):
        size = min(at_once, simulated - start)
        drawn = draws.binomial(counts, rates, size=(size, *counts.shape)).astype(float)
        mean, more = expected_rates(counts, drawn)
        found = _score(drawn.sum(axis=2) * more, n * more, mean)
        least += int(np.count_nonzero(found >= score - 1e-9))
    return (1 + least) / (1 + simulated)
