"""Sensitivity indices of the decision: which factors make an arm's difference from the other come out otherwise.

Computed by SALib, from the mean over replications at each point of a design that was made for it: Morris (1991,
Technometrics 33; Campolongo, Cariboni & Saltelli 2007, Environ. Model. Softw. 22, for mu*), and Sobol's indices by
Saltelli et al. (2010, Comput. Phys. Commun. 181).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from simulator.experiments.analysis.luck import Luck, luck_between
from simulator.experiments.analysis.outcome import Outcome
from simulator.experiments.designs import places
from simulator.experiments.points import Study
from simulator.market import Float

RESAMPLES, LARGEST = 1_000, 20_000_000
"""Bootstrap samples, fewer where all of them together would hold more numbers than the second."""

FEWEST_RESAMPLES = 100

SEED = 1
"""Of the bootstrap: the same sweep, the same intervals. SALib takes 0 for none."""

MOST_NAMED = 5

MORRIS = ("mu", "mu_star", "sigma")
SOBOL = ("S1", "ST")


@dataclass(frozen=True)
class Indices:
    """What a design for indices says of one arm's difference.

    Attributes
    ----------
    table : DataFrame       factor; each index with _low and _high; floor (what the last index would be for a factor
                            that does nothing, by luck alone; NaN where luck isn't known); clear (its interval lies
                            above that)
    pairs : DataFrame       factor, other, S2, S2_low, S2_high: of a saltelli design with second_order
    luck : Luck
    refused : str           why there are none; empty if there are
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    luck: Luck
    refused: str = ""


def sensitivity(outcome: Outcome, arm: str, confidence: float) -> Indices:
    """Compute the indices of an arm's difference.

    Returns
    -------
    Indices     refused, with the reason, if a point is missing (one would ruin all of them), if all points are alike,
                or if they can't be told apart from luck
    """
    gap = outcome.gap(arm)
    luck = luck_between(gap, outcome.at, outcome.course, len(outcome.points), outcome.common)
    nothing = pd.DataFrame()
    y, missing = _whole(outcome, gap)
    if missing:
        named = "; ".join(f"point {n} ({outcome.study.told(n)})" for n in missing[:MOST_NAMED])
        more = f" and {len(missing) - MOST_NAMED:,} more" if len(missing) > MOST_NAMED else ""
        counted = "1 point has" if len(missing) == 1 else f"{len(missing):,} points have"
        said = (
            f"{counted} no number: {named}{more}. Indices need every point: 'zerosum sweep' makes missing runs; "
            "where a number is undefined, another one may do"
        )
        return Indices(nothing, nothing, luck, said)
    if np.ptp(y) == 0.0:
        return Indices(
            nothing, nothing, luck, "all points have the same difference, so there is nothing to part"
        )
    if luck.known and not luck.differ:
        said = f"the points can't be told from luck (p = {luck.p:.2g}); more replications would show what is there"
        return Indices(nothing, nothing, luck, said)
    if outcome.study.experiment.design.kind == "morris":
        return Indices(morris_indices(outcome.study, y, luck.noise, confidence), nothing, luck)
    table, pairs = sobol_indices(outcome.study, y, luck.share, confidence)
    return Indices(table, pairs, luck)


def _whole(outcome: Outcome, gap: Float) -> tuple[Float, list[int]]:
    """Mean of every point of the design, and the points that have none."""
    study = outcome.study
    block = len(study.points) // len(study.experiment.scenario)
    first = study.experiment.scenario.index(outcome.scenario) * block if outcome.scenario else 0
    y = np.full(block, np.nan)
    known = np.isfinite(gap)
    runs = np.bincount(outcome.at[known], minlength=len(outcome.points))
    with np.errstate(invalid="ignore"):
        y[outcome.points - first] = np.bincount(outcome.at[known], gap[known], len(outcome.points)) / runs
    return y, (np.flatnonzero(~np.isfinite(y)) + first).tolist()


def _problem(study: Study) -> dict[str, object]:
    names = [factor.name for factor in study.experiment.factors]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def _resamples(size: int) -> int:
    return int(np.clip(LARGEST // size, FEWEST_RESAMPLES, RESAMPLES))


def morris_indices(study: Study, y: Float, noise: float, confidence: float) -> pd.DataFrame:
    """Morris' measures: how much the difference changes while a factor goes through its whole law.

    Parameters
    ----------
    y : float[points]       of the design, in its order
    noise : float           standard deviation of luck in each of them; NaN if not known

    Returns
    -------
    DataFrame       factor; mu (mean change), mu_star (mean of its size), sigma (its spread: it hangs on the other
                    factors, or is no straight line), each with _low and _high; floor; clear

    Notes
    -----
    The interval of mu* is SALib's, by bootstrap over trajectories; that of mu is Student's over trajectories; that of
    sigma takes the same resampled trajectories. A change by luck alone is normal with sd noise * sqrt(2) / step, and
    the mean of its size is sqrt(2 / pi) times that.
    """
    from SALib.analyze import morris

    levels = study.experiment.design.grid_levels
    at = places(study.experiment)
    step = levels / (2.0 * (levels - 1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SALib's about its own future
        found = morris.analyze(
            _problem(study),
            at,
            y,
            num_resamples=RESAMPLES,
            conf_level=confidence,
            num_levels=levels,
            seed=SEED,
        )
    effects = _elementary(at, y)
    n = len(effects)
    half = float(stdtrit(n - 1, 0.5 + confidence / 2.0)) * effects.std(axis=0, ddof=1) / n**0.5
    picked = np.random.default_rng(SEED).integers(n, size=(RESAMPLES, n))
    spread = np.stack([effects[:, i][picked].std(axis=1, ddof=1) for i in range(effects.shape[1])], axis=1)
    tails = np.quantile(spread, [0.5 - confidence / 2.0, 0.5 + confidence / 2.0], axis=0)
    mu_star, reach = np.asarray(found["mu_star"], np.float64), np.asarray(found["mu_star_conf"], np.float64)
    mu = np.asarray(found["mu"], np.float64)
    floor = (2.0 / np.pi) ** 0.5 * noise * 2.0**0.5 / step
    return pd.DataFrame(
        {
            "factor": [factor.name for factor in study.experiment.factors],
            "mu": mu,
            "mu_low": mu - half,
            "mu_high": mu + half,
            "mu_star": mu_star,
            "mu_star_low": np.maximum(mu_star - reach, 0.0),
            "mu_star_high": mu_star + reach,
            "sigma": np.asarray(found["sigma"], np.float64),
            "sigma_low": tails[0],
            "sigma_high": tails[1],
            "floor": floor,
            "clear": mu_star - reach > (floor if np.isfinite(floor) else 0.0),
        }
    )


def _elementary(at: Float, y: Float) -> Float:
    """Change of the number for a step of each factor, divided by the step; [trajectories, factors]."""
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


def sobol_indices(
    study: Study, y: Float, luck: float, confidence: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sobol's indices: which part of the variance of the difference goes back to a factor.

    Parameters
    ----------
    y : float[points]       of the design, in its order
    luck : float            part of the variance between points that is luck; NaN if not known

    Returns
    -------
    table       factor; S1 (by itself), ST (with all that it does together with others), each with _low and _high;
                floor; clear
    pairs       factor, other, S2 (of two together, beyond each by itself), S2_low, S2_high; empty without second_order

    Notes
    -----
    Intervals are SALib's, by bootstrap. They tell what another sample of points would change. Luck adds to all of the
    variance and to every total index alike: the total index of a factor that does nothing is luck's share.
    """
    from SALib.analyze import sobol

    second = study.experiment.design.second_order
    factors = len(study.experiment.factors)
    base = len(y) // ((2 * factors if second else factors) + 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = sobol.analyze(
            _problem(study),
            y,
            calc_second_order=second,
            num_resamples=_resamples(base),
            conf_level=confidence,
            seed=SEED,
        )
    names = [factor.name for factor in study.experiment.factors]
    table = pd.DataFrame({"factor": names})
    for name in SOBOL:
        value, half = np.asarray(found[name]), np.asarray(found[f"{name}_conf"])
        table[name], table[f"{name}_low"], table[f"{name}_high"] = value, value - half, value + half
    table["floor"] = luck
    table["clear"] = table["ST_low"] > (luck if np.isfinite(luck) else 0.0)
    if not second:
        return table, pd.DataFrame()
    rows = [
        (names[i], names[j], v := float(found["S2"][i, j]), v - (h := float(found["S2_conf"][i, j])), v + h)
        for i in range(factors)
        for j in range(i + 1, factors)
    ]
    return table, pd.DataFrame(rows, columns=["factor", "other", "S2", "S2_low", "S2_high"])
