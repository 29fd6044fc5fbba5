"""The book of business: how concentrated it is, and how large the open pipeline is."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from zerosum.studies.describe.figure import Figure, generator
from zerosum.studies.describe.rates import Z

RESAMPLES = 400
FEWEST = 20
"""Fewest deals for an interval."""
TOP_ACCOUNTS = 10
TOP_REPS = 0.2
QUARTER, YEAR = 91, 365
"""Days."""


def concentration_of(won: pd.DataFrame) -> list[Figure]:
    """Return the shares of won value with the largest accounts and with the best fifth of reps.

    Their intervals are from the standard error of a bootstrap over deals; percentiles would lie too high, because a
    resample's largest are picked anew. For the same reason the shares themselves lean high with few deals.
    """
    return [
        _top(won, "account", "top_accounts_share", f"Won value with the {TOP_ACCOUNTS} largest accounts", ""),
        _top(won, "rep", "top_fifth_share", "Won value of the best fifth of reps", "top_fifth_share"),
    ]


def _top(won: pd.DataFrame, column: str, name: str, label: str, fact: str) -> Figure:
    known = won[won[column].notna() & won["amount"].notna()]
    year, years = np.zeros(len(known), int), 0
    if column == "rep":  # As in the simulator: of a year's value, mean over whole years.
        back = (known["closed"].max() - known["closed"]).dt.days.fillna(-1).to_numpy()
        years = int((back.max() + 1) // YEAR) if len(back) and back.min() >= 0 else 0
        if years:
            known, year = known[back < YEAR * years], (back[back < YEAR * years] // YEAR).astype(int)
            label += ", a year"
        else:
            fact = ""
    codes, groups = pd.factorize(known[column])
    n, method = len(known), "standard error of a bootstrap over deals; leans high with few"
    top = TOP_ACCOUNTS if column == "account" else max(1, round(TOP_REPS * len(groups)))
    if n == 0 or len(groups) <= top:
        return Figure(name, label, math.nan, math.nan, math.nan, n, n, "share", method, fact)
    amount, parts = known["amount"].to_numpy(float), max(years, 1)

    def part(weights: np.ndarray) -> float:
        totals = np.bincount(year * len(groups) + codes, weights * amount, minlength=parts * len(groups))
        by_year = totals.reshape(parts, len(groups))
        if column == "rep":
            return float(np.mean([_best(row[row > 0]) for row in by_year]))
        return float(np.sort(by_year[0])[-top:].sum() / by_year[0].sum())

    value = part(np.ones(n))
    if n < FEWEST:
        return Figure(
            name, label, value, math.nan, math.nan, n, n, "share", "too few deals for an interval", fact
        )
    draws = generator("concentration", column)
    many = np.array(
        [part(draws.poisson(1.0, n).astype(float)) for _ in range(RESAMPLES if n < 200_000 else 50)]
    )
    half = Z * float(many.std(ddof=1))
    return Figure(
        name, label, value, max(0.0, value - half), min(1.0, value + half), n, n, "share", method, fact
    )


def _best(values: np.ndarray) -> float:
    """Return the share of the best fifth of reps who won anything."""
    top = max(1, round(TOP_REPS * len(values)))
    return float(np.sort(values)[-top:].sum() / values.sum()) if len(values) else 0.0


def coverage_of(deals: pd.DataFrame, quotas: pd.DataFrame | None, as_of: pd.Timestamp) -> Figure:
    """Return the open pipeline at the export's date / a quarter's quota, or wins of the last quarter.

    Attributes of the result: method says which of the two it is.
    """
    still_open = deals.loc[deals["outcome"] == "open", "amount"]
    amount = float(still_open.sum())
    n = int(still_open.count())
    name, label = "pipeline_coverage", "Open pipeline against a quarter's quota"
    fact = "pipeline_coverage"
    against, method = _quota_of_a_quarter(quotas, as_of), "open value / quota of a quarter; no interval"
    if not against > 0:
        recent = (deals["outcome"] == "won") & (deals["closed"] > as_of - pd.Timedelta(days=QUARTER))
        against = float(deals.loc[recent, "amount"].sum())
        label, fact = "Open pipeline against the last quarter's wins", ""
        method = "open value / value won in the last 91 days; no interval"
    value = amount / against if against > 0 and n else math.nan
    return Figure(name, label, value, math.nan, math.nan, n, n, "ratio", method, fact)


def _quota_of_a_quarter(quotas: pd.DataFrame | None, as_of: pd.Timestamp) -> float:
    """Return the team's quota for a quarter, from the periods that hold the date, or else the last ones."""
    if quotas is None or quotas.empty:
        return math.nan
    now = quotas[(quotas["period_start"] <= as_of) & (quotas["period_end"] >= as_of)]
    if now.empty:
        now = quotas[quotas["period_end"] == quotas["period_end"].max()]
    days = (now["period_end"] - now["period_start"]).dt.days + 1
    return float((now["quota"] / days * QUARTER).sum())
