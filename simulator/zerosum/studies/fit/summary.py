"""Summary statistics of a team's pipeline: the numbers in which simulated teams are compared with the real one.

Both go through the same function, from the same kind of table, so what it leaves out it leaves out of both. Where
`zerosum.studies.describe` has a figure of the name, the value is the same; here are no intervals, since a simulated
team's noise is seen from one to the next.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from zerosum.crm.tables import DECIDED, OWN
from zerosum.studies.describe.alike import correlation_of
from zerosum.studies.describe.attainment import rep_periods
from zerosum.studies.describe.book import coverage_of

if TYPE_CHECKING:
    from zerosum.crm import TeamData

Float = npt.NDArray[np.float64]

YEAR = 364.0
"""Days of the market's year: 52 weeks."""

COMPETITORS = ("win_rate_displacement", "held_share", "competitor_share")
"""Statistics that are right only if every deal with a competitor names one; in a simulated pipeline each does."""

LABELS: Mapping[str, str] = {
    "opportunities_per_rep": "Opportunities opened, per rep and year",
    "win_rate": "Win rate, of all closed deals",
    "no_decision_rate": "Closed without a decision",
    "own_client_share": "Closed deals with own customers",
    "own_client_win_rate": "Win rate with own customers (renewals, upgrades)",
    "new_business_win_rate": "Win rate of new business",
    "own_client_no_decision": "No decision, own customers",
    "new_business_no_decision": "No decision, new business",
    "win_rate_displacement": "Win rate with a competitor's customer",
    "held_share": "New business held by a competitor",
    "self_generated": "New business found by own outreach",
    "outreach_win_rate": "Win rate of new business found by own outreach",
    "competitor_share": "Closed deals with a named competitor",
    "win_rate_large_less_small": "Win rate, largest third of values less smallest",
    "own_share_large_less_small": "Own customers, largest third of values less smallest",
    "won_cycle_naive": "Weeks from creation to win, median",
    "won_cycle_spread": "Weeks to win, 90th percentile / median",
    "lost_cycle_ratio": "Weeks to loss / weeks to win, medians",
    "no_decision_cycle_ratio": "Weeks to no decision / weeks to win, medians",
    "deal_value_sigma": "Deal values, spread of the logarithm",
    "rep_icc_own": "Likeness of a rep's results, own customers",
    "rep_icc_new": "Likeness of a rep's results, new business",
    "deals_per_rep_spread": "Closed deals per rep and year, spread / mean",
    "won_value_spread": "Won value per rep and year, spread / mean",
    "pipeline_coverage": "Open pipeline against a quarter's quota",
    "company_attainment": "Company attainment",
    "at_quota": "Reps at or above quota in a period",
    "leavers": "Reps who left, per rep and year",
}
"""Statistic -> what it is."""


def tells_no_decision(team: TeamData) -> bool:
    """Return whether a pipeline tells deals without a decision from lost ones."""
    return bool((team.opportunities["outcome"] == "no_decision").any())


def summary_of(team: TeamData, no_decision: bool = True) -> dict[str, float]:
    """Return a pipeline's summary statistics; NaN where a column or a table for it is missing.

    Parameters
    ----------
    team : TeamData
    no_decision : bool
        False: count deals without a decision as lost, as in an export that doesn't tell
    """
    deals = team.opportunities[team.opportunities["outcome"] != "disqualified"]
    if not no_decision:
        deals = deals.assign(outcome=deals["outcome"].replace("no_decision", "lost"))
    deals = deals.assign(
        won=(deals["outcome"] == "won"),
        weeks=(deals["closed"] - deals["created"]).dt.days / 7.0,
        rep_code=pd.factorize(deals["rep"])[0],
    )
    closed = deals[deals["outcome"].isin(DECIDED)]
    as_of = pd.Timestamp(team.as_of)
    found = {
        **_rates(closed),
        **_sizes(closed),
        **_cycles(closed),
        **_reps(team, deals, closed, as_of),
        **_quotas(team, deals, closed, as_of),
    }
    return {name: float(found.get(name, math.nan)) for name in LABELS}


def _share(hit: pd.Series) -> float:
    return float(hit.mean()) if len(hit) else math.nan


def _rates(closed: pd.DataFrame) -> dict[str, float]:
    stalled = closed["outcome"] == "no_decision"
    typed = closed[closed["type"].notna()]
    is_own = typed["type"].isin(OWN)
    own, new = typed[is_own], typed[typed["type"] == "new"]
    held, sourced = new[new["incumbent"].notna()], new[new["source_kind"].notna()]
    outreach = sourced["source_kind"] == "outreach"
    found = {"win_rate": _share(closed["won"])}
    if stalled.any():
        found["no_decision_rate"] = _share(stalled)
        found["own_client_no_decision"] = _share(own["outcome"] == "no_decision")
        found["new_business_no_decision"] = _share(new["outcome"] == "no_decision")
    if closed["competitor"].notna().any():
        found["competitor_share"] = _share(closed["competitor"].notna())
    if len(own) and len(new):
        found["own_client_share"] = _share(is_own)
        found["own_client_win_rate"] = _share(own["won"])
        found["new_business_win_rate"] = _share(new["won"])
        found["rep_icc_own"] = correlation_of(own, "", "", "").value
        found["rep_icc_new"] = correlation_of(new, "", "", "").value
    if len(held):
        found["win_rate_displacement"] = _share(held["won"])
        found["held_share"] = len(held) / len(new)
    if len(sourced):
        found["self_generated"] = _share(outreach)
        found["outreach_win_rate"] = _share(sourced.loc[outreach, "won"])
    return found


def _sizes(closed: pd.DataFrame) -> dict[str, float]:
    amount = closed["amount"]
    valued = closed[amount > 0]
    log = np.log(valued["amount"].to_numpy(float))
    found = {"deal_value_sigma": float(log.std(ddof=1)) if len(log) > 1 else math.nan}
    if not valued.loc[~valued["won"], "amount"].notna().any():
        return found  # Amounts of won deals only: every size would be won.
    low, high = valued["amount"].quantile([1 / 3, 2 / 3])
    small, large = valued[valued["amount"] <= low], valued[valued["amount"] > high]
    found["win_rate_large_less_small"] = _share(large["won"]) - _share(small["won"])
    if valued["type"].notna().any():
        own = valued["type"].isin(OWN)
        found["own_share_large_less_small"] = _share(own[large.index]) - _share(own[small.index])
    return found


def _cycles(closed: pd.DataFrame) -> dict[str, float]:
    lengths = closed[closed["weeks"] >= 0]
    by = {name: rows["weeks"].to_numpy(float) for name, rows in lengths.groupby("outcome")}
    won = by.get("won", np.array([]))
    if not len(won) or not (middle := float(np.median(won))) > 0:
        return {}
    found = {"won_cycle_naive": middle, "won_cycle_spread": float(np.quantile(won, 0.9)) / middle}
    for name in ("lost", "no_decision"):
        if name in by:
            found[f"{name}_cycle_ratio"] = float(np.median(by[name])) / middle
    return found


def _reps(team: TeamData, deals: pd.DataFrame, closed: pd.DataFrame, as_of: pd.Timestamp) -> dict[str, float]:
    first = deals["created"].min()
    years = (as_of - first).days / YEAR
    if not years > 0:
        return {}
    # Years that end at the export's date; a rep in a year is one observation.
    year = ((as_of - closed["closed"]).dt.days // YEAR).astype(int)
    whole = year < math.floor(years + 1e-9)
    table = closed[whole].groupby([year[whole], closed.loc[whole, "rep"]])
    count = table.size()
    wins = closed.loc[whole & closed["won"]].groupby([year[whole], closed.loc[whole, "rep"]])["amount"].sum()
    found = {"deals_per_rep_spread": _variation(count), "won_value_spread": _variation(wins)}
    seats = rep_years(team, first, as_of)
    if seats > 0:
        found["opportunities_per_rep"] = len(deals) / seats
        if team.reps is not None and team.reps[["start", "end"]].notna().any(axis=None):
            gone = team.reps["end"]
            found["leavers"] = int(((gone >= first) & (gone < as_of)).sum()) / seats
    return found


def _variation(values: pd.Series) -> float:
    """Return spread / mean within years, averaged over years."""
    by_year = values.groupby(level=0)
    of_years = by_year.std(ddof=1) / by_year.mean()
    return float(of_years.mean())


def rep_years(team: TeamData, first: pd.Timestamp, as_of: pd.Timestamp) -> float:
    """Return years of work of all reps between two dates.

    Without dates of start and end, a rep is there from the first to the last day on which one of his deals was created
    or closed.
    """
    if team.reps is not None:
        start, end = team.reps["start"].fillna(first), team.reps["end"].fillna(as_of)
        start, end = start.where(start > first, first), end.where(end < as_of, as_of)
    else:
        by_rep = team.opportunities.groupby("rep")
        start = by_rep["created"].min()
        end = by_rep[["created", "closed"]].max().max(axis=1)
    return float(((end - start).dt.days + 1).clip(lower=0).sum()) / YEAR


def _quotas(
    team: TeamData, deals: pd.DataFrame, closed: pd.DataFrame, as_of: pd.Timestamp
) -> dict[str, float]:
    over = rep_periods(team.quotas, as_of)
    if over.empty:
        return {}
    won = closed.loc[closed["won"], ["rep", "closed", "amount"]]
    pairs = over.reset_index(names="row").merge(won, on="rep")
    within = pairs[(pairs["closed"] >= pairs["period_start"]) & (pairs["closed"] <= pairs["period_end"])]
    got = within.groupby("row")["amount"].sum().reindex(range(len(over)), fill_value=0.0)
    return {
        "company_attainment": float(got.sum() / over["quota"].sum()),
        "at_quota": float((got.to_numpy() >= over["quota"].to_numpy()).mean()),
        "pipeline_coverage": coverage_of(deals, team.quotas, as_of).value,
    }
