"""A team's own data described: every figure, in one object."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from zerosum.crm.tables import DECIDED, OWN
from zerosum.errors import InputError
from zerosum.studies.describe.alike import correlation_of
from zerosum.studies.describe.attainment import Attainment, attainment_of
from zerosum.studies.describe.book import concentration_of, coverage_of
from zerosum.studies.describe.calendar import Calendar, calendar_of
from zerosum.studies.describe.cycles import Cycles, cycles_of
from zerosum.studies.describe.figure import Figure
from zerosum.studies.describe.ramp import Ramp, ramp_of
from zerosum.studies.describe.rates import rates_by, share
from zerosum.studies.describe.reps import RepDifferences, differences_between_reps
from zerosum.studies.describe.values import missing_by_outcome, values_of

if TYPE_CHECKING:
    from zerosum.crm import TeamData

GROUPED_BY = ("type", "segment", "size", "source_kind", "product", "year", "competitor", "incumbent")
"""Types of deals with own customers."""
FEW_DEALS = 2
SIZES = ("smallest third", "middle third", "largest third")


@dataclass(frozen=True)
class Description:
    """What a team's own data say.

    Attributes
    ----------
    team : TeamData
    figures : tuple of Figure
        all figures, those that other attributes hold among them
    reps : RepDifferences or None
        None: fewer than two reps, or all deals came to the same end
    cycles : Cycles or None
    calendar : Calendar
    attainment : Attainment or None
    ramp : Ramp or None
    only_wins : tuple of str
        reps who record wins only
    few_deals : int
        reps with two deals or fewer
    no_decision_known : bool
        whether the export tells deals without a decision from lost ones
    """

    team: TeamData
    figures: tuple[Figure, ...]
    reps: RepDifferences | None
    cycles: Cycles | None
    calendar: Calendar
    attainment: Attainment | None
    ramp: Ramp | None
    only_wins: tuple[str, ...]
    few_deals: int
    no_decision_known: bool

    def figure(self, name: str) -> Figure:
        """Return a figure by name.

        Raises
        ------
        KeyError
        """
        return {figure.name: figure for figure in self.figures}[name]


def describe_team(team: TeamData) -> Description:
    """Describe a team's own data.

    Raises
    ------
    InputError
        if no deal is closed
    """
    deals = _prepared(team)
    closed = deals[deals["outcome"].isin(DECIDED)]
    if closed.empty:
        raise InputError(_nothing_closed(team.opportunities))
    won = closed[closed["won"]]
    as_of = pd.Timestamp(team.as_of)
    unit = f"{team.currency or 'money'}/year"
    known = bool((closed["outcome"] == "no_decision").any())
    cycles, calendar = cycles_of(deals, as_of), calendar_of(deals)
    attainment = attainment_of(deals, team.quotas, as_of)
    ramp = ramp_of(deals, team.reps, as_of)
    only_wins, few_deals = _odd_reps(closed)
    figures = [
        *_rates(closed, known, only_wins, few_deals),
        *_matched(closed),
        *(cycles.figures if cycles else ()),
        *_naive_cycle(won),
        *values_of(closed, unit),
        *missing_by_outcome(closed),
        calendar.quarter_end,
        *concentration_of(won),
        coverage_of(deals, team.quotas, as_of),
        *(attainment.figures if attainment else ()),
        *(ramp.figures if ramp else ()),
    ]
    return Description(
        team,
        tuple(figures),
        differences_between_reps(closed),
        cycles,
        calendar,
        attainment,
        ramp,
        only_wins,
        len(few_deals),
        known,
    )


def _nothing_closed(deals: pd.DataFrame) -> str:
    if deals.empty:
        return "there are no deals in it; import a file that has some"
    outcomes = ", ".join(f"{n:,} {one}" for one, n in deals["outcome"].value_counts().items())
    return (
        f"no deal is won or lost ({outcomes}), so there is nothing to describe; export closed deals, too, or say what "
        "the stages mean: 'zerosum import FILE --stage WORD=won'"
    )


def _prepared(team: TeamData) -> pd.DataFrame:
    """Add the columns that estimators read: ``won rep_code size year``, and the segments of accounts."""
    opportunities = team.opportunities
    deals = opportunities[opportunities["outcome"] != "disqualified"].reset_index(drop=True)
    if team.accounts is not None and team.accounts["segment"].notna().any():
        of_account = team.accounts.set_index("account")["segment"]
        deals["segment"] = deals["segment"].fillna(deals["account"].map(of_account).astype(deals["id"].dtype))
    deals["won"] = deals["outcome"] == "won"
    deals["rep_code"] = pd.factorize(deals["rep"])[0]
    amount = deals["amount"]
    edges = amount.quantile([1 / 3, 2 / 3]).to_numpy()
    size = np.array(SIZES)[np.searchsorted(edges, amount.fillna(0).to_numpy(float), side="left")]
    deals["size"] = pd.Series(size, dtype=deals["id"].dtype).where(amount.notna())
    deals["year"] = deals["closed"].dt.year.astype("Int64").astype("str").where(deals["closed"].notna())
    return deals


def _rates(
    closed: pd.DataFrame, no_decision_known: bool, only_wins: tuple[str, ...], few_deals: tuple[str, ...]
) -> Iterator[Figure]:
    code = closed["rep_code"].to_numpy()
    won = closed["won"].to_numpy()
    yield share("win_rate", "Win rate, of all closed deals", won, code, "win_rate")
    decided = (closed["outcome"] != "no_decision").to_numpy()
    if no_decision_known:
        yield share("win_rate_decided", "Win rate, of deals won or lost", won[decided], code[decided])
        yield share("no_decision_rate", "Closed without a decision", ~decided, code, "no_decision_rate")
    for name, label, reps in (
        ("win_rate_without_only_wins", "Win rate without reps who record wins only", only_wins),
        ("win_rate_without_few_deals", "Win rate without reps with two deals or fewer", few_deals),
    ):
        if reps:
            rest = ~closed["rep"].isin(reps).to_numpy()
            yield share(name, label, won[rest], code[rest])
    if closed["competitor"].notna().any():
        yield share(
            "competitor_share",
            "Closed deals with a named competitor",
            closed["competitor"].notna().to_numpy(),
            code,
        )
    for column in GROUPED_BY:
        if column == "size" and not closed.loc[~closed["won"], "amount"].notna().any():
            continue  # Amounts of won deals only: every size would be won.
        yield from rates_by(closed, column, "win_rate")


def _matched(closed: pd.DataFrame) -> Iterator[Figure]:
    """Yield figures that are there to be held against the simulator's facts."""
    typed = closed[closed["type"].notna()]
    own, new = typed[typed["type"].isin(OWN)], typed[typed["type"] == "new"]
    if len(own) and len(new):
        name, label = "own_client_share", "Closed deals with own customers"
        of_own = typed["type"].isin(OWN).to_numpy()
        yield share(name, label, of_own, typed["rep_code"].to_numpy(), name)
        name, label = "own_client_win_rate", "Win rate with own customers (renewals, upgrades)"
        yield share(name, label, own["won"].to_numpy(), own["rep_code"].to_numpy(), name)
        name, label = "new_business_win_rate", "Win rate of new business"
        yield share(name, label, new["won"].to_numpy(), new["rep_code"].to_numpy())
    held = new[new["incumbent"].notna()]
    if len(held):
        name, label = "win_rate_displacement", "Win rate with a competitor's customer"
        yield share(name, label, held["won"].to_numpy(), held["rep_code"].to_numpy(), name)
    found = new[new["source_kind"].notna()]
    if len(found):
        name, label = "self_generated", "New business found by own outreach"
        outreach = (found["source_kind"] == "outreach").to_numpy()
        yield share(name, label, outreach, found["rep_code"].to_numpy(), name)
    what = "Intra-class correlation of wins within reps"
    yield correlation_of(closed, "rep_icc", what, "rep_icc")
    if len(own) and len(new):
        yield correlation_of(own, "rep_icc_own", f"{what}, own customers", "rep_icc_own")
        yield correlation_of(new, "rep_icc_new", f"{what}, new business", "rep_icc_new")


def _naive_cycle(won: pd.DataFrame) -> Iterator[Figure]:
    weeks = (won["closed"] - won["created"]).dt.days / 7
    weeks = weeks[weeks >= 0]
    n = len(weeks)
    method = "no interval; too short while deals are open"
    for name, which, value in (
        ("won_cycle_naive", "Median", weeks.median()),
        ("won_cycle_naive_mean", "Mean", weeks.mean()),
    ):
        label = f"{which} of deals already won, open ones ignored"
        yield Figure(name, label, float(value) if n else math.nan, math.nan, math.nan, n, n, "weeks", method)


def _odd_reps(closed: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return reps who record wins only, as the import marked them, and those with at most two deals."""
    marked = closed["flags"].map(lambda flags: "only_wins" in flags).to_numpy(bool)
    count = closed["rep"].value_counts()
    few = count.index[count <= FEW_DEALS]
    return tuple(sorted(closed.loc[marked, "rep"].dropna().unique())), tuple(sorted(few))
