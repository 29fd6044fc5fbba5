"""When deals are created and won: months, and the end of quarters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import f

from zerosum.studies.describe.figure import Figure
from zerosum.studies.describe.rates import share

LAST_DAYS = 14
"""Days at the end of a quarter."""
FEWEST_YEARS = 2
"""Fewest whole years from which the season is told."""


@dataclass(frozen=True)
class Calendar:
    """When deals are created and won.

    Attributes
    ----------
    months : DataFrame
        a row per month of the data: ``month created won``
    quarter_end : Figure
        share of wins in the last two weeks of a quarter
    expected : float
        the share of days that lie there
    season_p : float
        p-value of equal months of the year (wins; F test of months against their variance between years); NaN: too few
        whole years
    years : int
        whole years that it is computed from
    """

    months: pd.DataFrame
    quarter_end: Figure
    expected: float
    season_p: float
    years: int


def calendar_of(deals: pd.DataFrame, fiscal_start: int = 1) -> Calendar:
    """Return when deals are created and won.

    Parameters
    ----------
    deals : DataFrame
        ``created closed outcome rep_code``
    fiscal_start : int
        first month of the fiscal year, 1 to 12
    """
    won = deals[(deals["outcome"] == "won") & deals["closed"].notna()]
    at_end = days_to_quarter_end(won["closed"], fiscal_start) < LAST_DAYS
    quarter_end = share(
        "quarter_end_share", "Wins in the last two weeks of a quarter", at_end, won["rep_code"].to_numpy()
    )
    expected, p_value, years = math.nan, math.nan, 0
    if len(won):
        days = pd.Series(pd.date_range(won["closed"].min(), won["closed"].max()))
        expected = float((days_to_quarter_end(days, fiscal_start) < LAST_DAYS).mean())
        p_value, years = _season(won["closed"])
    return Calendar(_by_month(deals, won), quarter_end, expected, p_value, years)


def days_to_quarter_end(dates: pd.Series, fiscal_start: int) -> np.ndarray:
    """Return how many days of its quarter follow each date: 0 on the last day."""
    quarter = dates.dt.to_period(f"Q-{_MONTHS[(fiscal_start - 2) % 12]}")
    return (quarter.dt.end_time.dt.normalize() - dates.dt.normalize()).dt.days.to_numpy()


_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()


def _by_month(deals: pd.DataFrame, won: pd.DataFrame) -> pd.DataFrame:
    created = deals["created"].dropna().dt.to_period("M").value_counts()
    wins = won["closed"].dt.to_period("M").value_counts()
    every = [*created.index, *wins.index]
    if not every:
        return pd.DataFrame({"month": pd.Series(dtype=str), "created": [], "won": []})
    months = pd.period_range(min(every), max(every), freq="M")
    return pd.DataFrame(
        {
            "month": months.astype(str),
            "created": created.reindex(months, fill_value=0).to_numpy(),
            "won": wins.reindex(months, fill_value=0).to_numpy(),
        }
    )


def _season(dates: pd.Series) -> tuple[float, int]:
    """Return the p-value of equal months of the year, over the last whole years."""
    last = dates.max().to_period("M")
    months = (last - dates.min().to_period("M")).n
    years = months // 12
    if years < FEWEST_YEARS:
        return math.nan, years
    # The last month may be cut off, so years end before it.
    back = np.array([(last - one).n for one in dates.dt.to_period("M")])
    used = (back >= 1) & (back <= 12 * years)
    table = np.zeros((years, 12))
    np.add.at(table, ((back[used] - 1) // 12, (back[used] - 1) % 12), 1)
    # Against equal shares of each year; the variance between years of a month allows for more than Poisson.
    expected = np.repeat(table.sum(axis=1, keepdims=True) / 12, 12, axis=1)
    by_month, allowed = table.sum(axis=0), expected.sum(axis=0)
    rest = table - by_month / allowed * expected
    dispersion = max(1.0, float((rest**2 / expected).sum() / (11 * (years - 1))))
    statistic = float(((by_month - allowed) ** 2 / allowed).sum()) / dispersion
    return float(f.sf(statistic / 11, 11, 11 * (years - 1))), years
