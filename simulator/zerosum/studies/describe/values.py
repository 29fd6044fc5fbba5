"""Deal values: levels, spread, and what missing amounts do to them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import binom

from zerosum.crm.tables import DECIDED
from zerosum.statistics.intervals import critical_value
from zerosum.studies.describe.figure import Figure
from zerosum.studies.describe.rates import share

ORDER_STATISTICS = "order statistics (binomial)"
FEWEST = 5


MOST_MISSING = 0.2
"""Share of amounts of lost deals that may be missing for their spread to count."""


def values_of(closed: pd.DataFrame, unit: str) -> Iterator[Figure]:
    """Yield the median and the mean of won deals' values, in all and by type and segment, and the spread of values.

    The simulator's spread is that of all closed deals. So it is here, unless amounts of deals that weren't won are
    missing: then it is that of won deals, and corresponds to no fact.

    Parameters
    ----------
    closed : DataFrame
        closed deals: ``won amount type segment``
    unit : str
        of money, a year
    """
    won, rest = closed[closed["won"]], closed[~closed["won"]]
    yield from _levels(won["amount"], "deal_value", "Value of won deals", unit)
    if len(rest) and rest["amount"].isna().mean() <= MOST_MISSING:
        yield _spread(closed["amount"], "Value of closed deals, spread of the logarithm", "deal_value_sigma")
    else:
        yield _spread(won["amount"], "Value of won deals, spread of the logarithm", "")
    for column in ("type", "segment"):
        for value, rows in won[won[column].notna()].groupby(column):
            if rows["amount"].count() >= FEWEST:
                yield _median(rows["amount"], f"deal_value_median[{column}={value}]", str(value), unit)


def missing_by_outcome(closed: pd.DataFrame) -> Iterator[Figure]:
    """Yield the share of deals without an amount: all closed ones, and by outcome."""
    missing = closed["amount"].isna().to_numpy()
    code = closed["rep_code"].to_numpy()
    yield share("amount_missing", "Closed deals without an amount", missing, code)
    for outcome in DECIDED:
        rows = (closed["outcome"] == outcome).to_numpy()
        if rows.any():
            yield share(f"amount_missing[outcome={outcome}]", outcome, missing[rows], code[rows])


def _levels(amounts: pd.Series, name: str, label: str, unit: str) -> Iterator[Figure]:
    known = amounts.dropna().to_numpy(float)
    n = len(known)
    yield _median(amounts, f"{name}_median", f"{label}, median", unit)
    mean, half = (float(known.mean()), math.nan) if n else (math.nan, math.nan)
    if n > 1:
        half = critical_value(n - 1, 0.95) * float(known.std(ddof=1)) / math.sqrt(n)
    yield Figure(f"{name}_mean", f"{label}, mean", mean, mean - half, mean + half, n, n, unit, "Student's t")


def _spread(amounts: pd.Series, label: str, fact: str) -> Figure:
    log = np.log(amounts.dropna().to_numpy(float))
    n, log_sd, low, high = len(log), math.nan, math.nan, math.nan
    if n > 1:
        log_sd = float(log.std(ddof=1))
        # The variance of a variance takes the fourth moment: logarithms of values needn't be normal.
        fourth = float(((log - log.mean()) ** 4).mean())
        error = math.sqrt(max(fourth - log_sd**4, 0.0) / n) / (2 * log_sd) if log_sd > 1e-12 else 0.0
        low, high = max(0.0, log_sd - 1.96 * error), log_sd + 1.96 * error
    return Figure("deal_value_sigma", label, log_sd, low, high, n, n, "log units", "delta method", fact)


def _median(amounts: pd.Series, name: str, label: str, unit: str) -> Figure:
    known = np.sort(amounts.dropna().to_numpy(float))
    n = len(known)
    if n == 0:
        return Figure(name, label, math.nan, math.nan, math.nan, 0, 0, unit, ORDER_STATISTICS)
    low = high = math.nan
    first = int(binom.ppf(0.025, n, 0.5))
    if n >= 6:  # With fewer, no pair of values holds the median in 95 of 100 samples.
        low, high = known[max(first - 1, 0)], known[min(n - first, n - 1)]
    return Figure(name, label, float(np.median(known)), float(low), float(high), n, n, unit, ORDER_STATISTICS)
