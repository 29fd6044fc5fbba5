"""Ramp: how many deals new reps win, by months since they began, beside reps who have been there for long.

Each month of a new rep is held against the mean of long-serving reps in the same calendar month, so that seasons and
growth don't count. A rep who began before the data did has no first months in them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zerosum.studies.describe.figure import Figure, generator

BANDS = ((1, 3), (4, 6), (7, 9), (10, 12))
"""Months on the job, first and last."""
LONG = 12
"""Months after which a rep counts as long-serving."""
RESAMPLES = 400
FEWEST = 5
"""Fewest new and fewest long-serving reps: a bootstrap over fewer says too little."""
METHOD = "wins / wins of long-serving reps in the same months; bootstrap over new reps"


@dataclass(frozen=True)
class Ramp:
    """Wins of new reps.

    Attributes
    ----------
    figures : tuple of Figure
        wins as a ratio to those of long-serving reps, by months on the job
    new, long : int
        reps that are compared
    """

    figures: tuple[Figure, ...]
    new: int
    long: int


def ramp_of(deals: pd.DataFrame, reps: pd.DataFrame | None, as_of: pd.Timestamp) -> Ramp | None:
    """Return how fast new reps win deals; None without dates of start, or with too few reps of either kind.

    Parameters
    ----------
    deals : DataFrame
        ``rep closed outcome``
    reps : DataFrame, optional
        ``rep start end``, a row per employment; a missing start: before the data
    as_of : Timestamp
    """
    won = deals[(deals["outcome"] == "won") & deals["closed"].notna() & deals["rep"].notna()]
    if reps is None or reps["start"].notna().sum() == 0 or won.empty:
        return None
    months = pd.period_range(won["closed"].min(), as_of, freq="M")[1:-1]  # Whole months only.
    if len(months) == 0:
        return None
    staff = reps.drop_duplicates("rep", keep="last").reset_index(drop=True)
    age = _months_on_the_job(staff, months)
    wins = (
        pd.crosstab(won["rep"], won["closed"].dt.to_period("M"))
        .reindex(index=staff["rep"], columns=months, fill_value=0)
        .to_numpy(float)
    )
    old, young = age > LONG, (age >= 1) & (age <= LONG)
    usual = np.divide(
        (wins * old).sum(axis=0),
        old.sum(axis=0),
        out=np.full(len(months), math.nan),
        where=old.sum(axis=0) > 0,
    )
    young &= np.isfinite(usual)
    n_new, n_old = int(young.any(axis=1).sum()), int(old.any(axis=1).sum())
    if n_new < FEWEST or n_old < FEWEST:
        return None
    usual = np.nan_to_num(usual)
    found = tuple(_relative(wins, age, young, usual, first, last) for first, last in BANDS)
    return Ramp(found, n_new, n_old) if any(one.known for one in found) else None


def _months_on_the_job(staff: pd.DataFrame, months: pd.PeriodIndex) -> np.ndarray:
    """Return the month on the job, from 1, int[reps, months]; 0: not there, or not for the whole month."""
    at = months.year.to_numpy() * 12 + months.month.to_numpy()
    start, end = staff["start"], staff["end"]
    began = np.where(start.notna(), start.dt.year.fillna(0) * 12 + start.dt.month.fillna(0), -LONG - 1)
    left = np.where(end.notna(), end.dt.year.fillna(0) * 12 + end.dt.month.fillna(0), 10**6)
    age = at[None] - began[:, None]
    return np.where((age >= 1) & (at[None] < left[:, None]), age, 0)


def _relative(
    wins: np.ndarray, age: np.ndarray, young: np.ndarray, usual: np.ndarray, first: int, last: int
) -> Figure:
    within = young & (age >= first) & (age <= last)
    got, could = (wins * within).sum(axis=1), (usual[None] * within).sum(axis=1)
    counted = within.any(axis=1)
    n = int(counted.sum())
    name, label = f"ramp[months={first}-{last}]", f"Wins in months {first} to {last} on the job"
    if n < FEWEST or could.sum() <= 0:
        return Figure(name, label, math.nan, math.nan, math.nan, n, n, "ratio", METHOD)
    got, could = got[counted], could[counted]
    drawn = generator("ramp", name).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    many = (drawn @ got) / np.maximum(drawn @ could, 1e-9)
    low, high = np.quantile(many, [0.025, 0.975])
    return Figure(name, label, float(got.sum() / could.sum()), float(low), float(high), n, n, "ratio", METHOD)
