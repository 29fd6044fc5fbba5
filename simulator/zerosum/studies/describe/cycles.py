"""How long deals take: open deals are censored, and a deal can end in several ways.

A deal that is still open has lasted at least until the export's date. Leaving it out makes cycles look short, because
long deals are more often still open. The share of deals closed by an age is Kaplan and Meier's (1958); the share that
was won, lost or came to no decision by an age is Aalen and Johansen's (1978). Intervals are percentiles of a bootstrap
over deals: days are whole numbers, so that counts by day and outcome are enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from zerosum.crm.tables import DECIDED
from zerosum.studies.describe.figure import Figure, generator

WEEK = 7.0
RESAMPLES = 400
AGES = (13, 26, 52)
"""Weeks after which an open deal's chance is shown."""
FEWEST = 20
"""Fewest deals that end after an age, for a chance at that age."""
METHOD = "Aalen-Johansen, bootstrap over deals"


@dataclass(frozen=True)
class Cycles:
    """How long deals take.

    Attributes
    ----------
    curves : DataFrame
        a row per day on which a deal ended: ``weeks open won lost no_decision``, shares of all deals
    figures : tuple of Figure
    left_out : int
        deals without a date, or with a close before the creation
    n_open : int
        deals that are still open
    """

    curves: pd.DataFrame
    figures: tuple[Figure, ...]
    left_out: int
    n_open: int


def cycles_of(opportunities: pd.DataFrame, as_of: pd.Timestamp) -> Cycles | None:
    """Return how long deals take, open ones among them.

    Parameters
    ----------
    opportunities : DataFrame
        ``created``, ``closed`` and ``outcome``; disqualified ones are left out
    as_of : Timestamp
        the export's date

    Returns
    -------
    Cycles or None
        None if no deal with two dates was won
    """
    used = opportunities[opportunities["outcome"] != "disqualified"]
    ended = used["closed"].where(used["outcome"] != "open", as_of)
    days = (ended - used["created"]).dt.days.to_numpy(float)
    kind = used["outcome"].map({end: i for i, end in enumerate((*DECIDED, "open"))}).to_numpy(int)
    usable = days >= 0  # False for missing dates
    days, kind = days[usable].astype(np.int64), kind[usable]
    if not (kind == 0).any():
        return None
    at, place = np.unique(days, return_inverse=True)
    counts = np.bincount(place * 4 + kind, minlength=4 * len(at)).reshape(len(at), 4)
    still, ends = _incidence(counts[None].astype(float))
    weeks = at / WEEK
    draws = generator("cycles").poisson(counts, size=(RESAMPLES, *counts.shape)).astype(float)
    many_still, many_ends = _incidence(draws)
    ended = counts[:, :3].sum(axis=1)
    curves = pd.DataFrame({"weeks": weeks, "open": still[0], **dict(zip(DECIDED, ends[0].T, strict=True))})
    closed = int((kind < 3).sum())

    def figure(name: str, label: str, value: float, many: np.ndarray, unit: str, fact: str = "") -> Figure:
        many = many[np.isfinite(many)]
        low, high = np.quantile(many, [0.025, 0.975]) if len(many) >= RESAMPLES // 2 else (math.nan, math.nan)
        return Figure(
            name, label, value, float(low), float(high), len(kind), float(closed), unit, METHOD, fact
        )

    found = [
        figure(
            "won_cycle_median",
            "Cycle of won deals, median",
            _half(weeks, ends[:, :, 0])[0],
            _half(weeks, many_ends[:, :, 0]),
            "weeks",
            "won_cycle_median",
        ),
        figure(
            "cycle_median",
            "Time until half of all deals have ended",
            _half(weeks, 1 - still, 0.5)[0],
            _half(weeks, 1 - many_still, 0.5),
            "weeks",
        ),
    ]
    for age in AGES:
        one = figure(
            f"still_won[weeks={age}]",
            f"Won in the end, of deals open for {age} weeks",
            _still_won(weeks, still, ends, age, ended)[0],
            _still_won(weeks, many_still, many_ends, age, ended),
            "share",
        )
        later = weeks > age
        found.append(replace(one, n=int(counts[later].sum()), n_effective=float(ended[later].sum())))
    return Cycles(
        curves[ended > 0].reset_index(drop=True), tuple(found), int((~usable).sum()), int((kind == 3).sum())
    )


def _incidence(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share still open after each day, and the shares ended in each way by then.

    Parameters
    ----------
    counts : float[samples, days, 4]
        deals that were won, lost, came to no decision, or were last seen open, by age

    Returns
    -------
    still : float[samples, days]
    ends : float[samples, days, 3]
    """
    every = counts.sum(axis=2)
    at_risk = np.maximum(every[:, ::-1].cumsum(axis=1)[:, ::-1], 1e-300)
    hazard = counts[:, :, :3] / at_risk[:, :, None]
    still = np.cumprod(1.0 - np.minimum(hazard.sum(axis=2), 1.0), axis=1)
    before = np.concatenate([np.ones((len(counts), 1)), still[:, :-1]], axis=1)
    return still, (before[:, :, None] * hazard).cumsum(axis=1)


def _half(weeks: np.ndarray, rising: np.ndarray, level: float | None = None) -> np.ndarray:
    """Return the first time at which each curve reaches a level (default: half of where it ends); NaN: never."""
    target = rising[:, -1:] / 2 if level is None else np.full((len(rising), 1), level)
    reached = (rising >= target - 1e-12) & (target > 0)
    return np.where(reached.any(axis=1), weeks[reached.argmax(axis=1)], math.nan)


def _still_won(
    weeks: np.ndarray, still: np.ndarray, ends: np.ndarray, age: float, ended: np.ndarray
) -> np.ndarray:
    """Return the chance that deals open at an age are won; NaN if fewer than `FEWEST` ended after it."""
    last = int(np.searchsorted(weeks, age, side="right")) - 1
    if last < 0 or ended[last + 1 :].sum() < FEWEST:
        return np.full(len(still), math.nan)
    left = still[:, last]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(left > 0, (ends[:, -1, 0] - ends[:, last, 0]) / left, math.nan)
