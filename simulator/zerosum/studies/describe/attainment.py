"""Quota attainment by period, beside its chance baseline: what identical reps would reach.

The baseline shuffles which of a period's closed deals were won, with their amounts, among the reps who had a quota in
it: reps keep their numbers of closed deals, but not their skill. A closed deal is won once at most.
Reps at or above quota are counted in each of many such teams.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zerosum.studies.describe.figure import Figure, generator
from zerosum.studies.describe.rates import share

MOST_DEALT, LEAST_DEALT = 500, 100
"""Teams that are dealt out; fewer where there are very many deals."""
DEALS = 20_000_000
"""Deals that are dealt out in a period, at most, if the least number of teams allows it."""
WHOLE_YEAR = (360, 367)
"""Days of quotas that make a rep's year."""


@dataclass(frozen=True)
class Attainment:
    """Quota attainment.

    Attributes
    ----------
    periods : DataFrame
        a row per period: ``period_start period_end reps quota won attainment at_quota chance chance_low chance_high``;
        the last four as shares of reps
    at_quota : Figure
        rep-periods at or above quota
    chance, chance_low, chance_high : float, share
        the same if reps were identical
    company : Figure
        value won / quotas
    rep_years : Figure
        rep-years at or above quota; unknown if no rep has quotas for a whole calendar year
    rep_periods : DataFrame
        ``rep period_start period_end quota won attainment closed``
    """

    periods: pd.DataFrame
    at_quota: Figure
    chance: float
    chance_low: float
    chance_high: float
    company: Figure
    rep_years: Figure
    rep_periods: pd.DataFrame

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures."""
        return self.company, self.at_quota, self.rep_years


def rep_periods(quotas: pd.DataFrame | None, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the quota of each rep in each period that is over: ``rep period_start period_end quota``; empty: none."""
    if quotas is None:
        return pd.DataFrame(columns=["rep", "period_start", "period_end", "quota"])
    over = quotas[(quotas["period_end"] <= as_of) & (quotas["quota"] > 0) & quotas["rep"].notna()]
    return over.groupby(["rep", "period_start", "period_end"], sort=True)["quota"].sum().reset_index()


def attainment_of(deals: pd.DataFrame, quotas: pd.DataFrame | None, as_of: pd.Timestamp) -> Attainment | None:
    """Return attainment by whole period; None without quotas, or if no period is over.

    Parameters
    ----------
    deals : DataFrame
        ``rep closed outcome amount``
    quotas : DataFrame, optional
        ``rep period_start period_end quota``
    as_of : Timestamp
        periods that end later are left out
    """
    over = rep_periods(quotas, as_of)
    if over.empty:
        return None
    closed = deals[deals["rep"].notna() & deals["closed"].notna() & (deals["outcome"] != "open")]
    rows, periods, dealt = [], [], []
    for (start, end), part in over.groupby(["period_start", "period_end"], sort=True):
        within = closed[
            (closed["closed"] >= start) & (closed["closed"] <= end) & closed["rep"].isin(part["rep"])
        ]
        won = within[within["outcome"] == "won"]
        part = part.assign(
            won=part["rep"].map(won.groupby("rep")["amount"].sum()).fillna(0.0),
            closed=part["rep"].map(within["rep"].value_counts()).fillna(0).astype(int),
        )
        part["attainment"] = part["won"] / part["quota"]
        rows.append(part)
        chance = _deal_out(
            part, won["amount"].fillna(0.0).to_numpy(float), f"{start:%Y-%m-%d}/{end:%Y-%m-%d}"
        )
        dealt.append(chance)
        low, high = np.quantile(chance.mean(axis=1), [0.025, 0.975])
        periods.append(
            {
                "period_start": start,
                "period_end": end,
                "reps": len(part),
                "quota": part["quota"].sum(),
                "won": part["won"].sum(),
                "attainment": part["won"].sum() / part["quota"].sum(),
                "at_quota": (part["attainment"] >= 1.0).mean(),
                "chance": chance.mean(),
                "chance_low": low,
                "chance_high": high,
            }
        )
    every = pd.concat(rows, ignore_index=True)
    at = (every["attainment"] >= 1.0).to_numpy()
    codes = pd.factorize(every["rep"])[0]
    teams = min(len(one) for one in dealt)
    by_chance = np.concatenate([one[:teams] for one in dealt], axis=1).mean(axis=1)
    low, high = np.quantile(by_chance, [0.025, 0.975])
    by_period = pd.DataFrame(periods)
    return Attainment(
        by_period,
        share("at_quota", "Reps at or above quota in a period", at, codes),
        float(by_chance.mean()),
        float(low),
        float(high),
        _company(by_period),
        _rep_years(every),
        every,
    )


def _deal_out(part: pd.DataFrame, amounts: np.ndarray, period: str) -> np.ndarray:
    """Return which reps reach their quota if deals are dealt out by chance, bool[teams, reps]."""
    dealt = MOST_DEALT if int(part["closed"].sum()) * MOST_DEALT <= DEALS else LEAST_DEALT
    owners = np.repeat(np.arange(len(part)), part["closed"].to_numpy(int))
    draws = generator("attainment", period)
    quota = part["quota"].to_numpy(float)
    found = np.empty((dealt, len(part)), bool)
    for team in range(dealt):
        winners = draws.permutation(owners)[: len(amounts)]
        found[team] = np.bincount(winners, amounts, minlength=len(part)) >= quota
    return found


def _company(periods: pd.DataFrame) -> Figure:
    from zerosum.statistics.intervals import mean_interval

    total = float(periods["won"].sum() / periods["quota"].sum())
    n = len(periods)
    spread = mean_interval(periods["attainment"].to_numpy(float)) if n > 1 else None
    half = (spread.high - spread.low) / 2 if spread else float("nan")
    return Figure(
        "company_attainment",
        "Company attainment",
        total,
        total - half,
        total + half,
        n,
        n,
        "ratio",
        "value won / quotas; Student's t over periods",
        "company_attainment",
    )


def _rep_years(rows: pd.DataFrame) -> Figure:
    """Return the share of rep-years at or above quota: calendar years in which a rep's quotas cover every month."""
    days = (rows["period_end"] - rows["period_start"]).dt.days + 1
    middle = rows["period_start"] + (rows["period_end"] - rows["period_start"]) / 2
    within = rows.assign(days=days, year=middle.dt.year)
    years = within.groupby(["rep", "year"], as_index=False)[["days", "quota", "won"]].sum()
    years = years[years["days"].between(*WHOLE_YEAR)]
    at = (years["won"] >= years["quota"]).to_numpy()
    codes = pd.factorize(years["rep"])[0]
    return share("rep_years_at_quota", "Reps at or above quota in a year", at, codes, "rep_years_at_quota")
