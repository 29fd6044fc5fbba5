"""A team's own data described: every figure, in one object."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from zerosum.errors import InputError
from zerosum.studies.describe.attainment import Attainment, attainment_of
from zerosum.studies.describe.book import concentration_of, coverage_of
from zerosum.studies.describe.calendar import Calendar, calendar_of
from zerosum.studies.describe.cycles import Cycles, cycles_of
from zerosum.studies.describe.figure import Figure
from zerosum.studies.describe.rates import rates_by, share
from zerosum.studies.describe.reps import RepDifferences, differences_between_reps
from zerosum.studies.describe.values import missing_by_outcome, values_of

if TYPE_CHECKING:
    from zerosum.crm import TeamData

CLOSED = ("won", "lost", "no_decision")
GROUPED_BY = ("type", "segment", "size", "source_kind", "product", "year", "competitor", "incumbent")
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
    deals = _prepared(team.opportunities)
    closed = deals[deals["outcome"].isin(CLOSED)]
    if closed.empty:
        raise InputError(
            f"none of {len(deals):,} deals is won or lost, so there is nothing to describe; "
            "were the stages understood? See 'stages' in import.json"
        )
    won = closed[closed["won"]]
    as_of = pd.Timestamp(team.as_of)
    unit = f"{team.currency or 'money'}/year"
    known = bool((closed["outcome"] == "no_decision").any())
    cycles, calendar = cycles_of(deals, as_of), calendar_of(deals)
    attainment = attainment_of(deals, team.quotas, as_of)
    only_wins, few_deals = _odd_reps(closed)
    figures = [
        *_rates(closed, known, only_wins),
        *(cycles.figures if cycles else ()),
        *_naive_cycle(won),
        *values_of(won, unit),
        *missing_by_outcome(closed),
        calendar.quarter_end,
        *concentration_of(won),
        coverage_of(deals, team.quotas, as_of),
        *((attainment.company, attainment.at_quota) if attainment else ()),
    ]
    return Description(
        team,
        tuple(figures),
        differences_between_reps(closed),
        cycles,
        calendar,
        attainment,
        only_wins,
        few_deals,
        known,
    )


def _prepared(opportunities: pd.DataFrame) -> pd.DataFrame:
    """Add the columns that estimators read: ``won decided rep_code size year``."""
    deals = opportunities[opportunities["outcome"] != "disqualified"].reset_index(drop=True)
    deals["won"] = deals["outcome"] == "won"
    deals["rep_code"] = pd.factorize(deals["rep"])[0]
    amount = deals["amount"]
    edges = amount.quantile([1 / 3, 2 / 3]).to_numpy()
    size = np.array(SIZES)[np.searchsorted(edges, amount.fillna(0).to_numpy(float), side="left")]
    deals["size"] = pd.Series(size, dtype=deals["id"].dtype).where(amount.notna())
    deals["year"] = deals["closed"].dt.year.astype("Int64").astype("str").where(deals["closed"].notna())
    return deals


def _rates(closed: pd.DataFrame, no_decision_known: bool, only_wins: tuple[str, ...]) -> Iterator[Figure]:
    code = closed["rep_code"].to_numpy()
    won = closed["won"].to_numpy()
    yield share("win_rate", "Win rate, of all closed deals", won, code, "win_rate")
    decided = (closed["outcome"] != "no_decision").to_numpy()
    if no_decision_known:
        yield share("win_rate_decided", "Win rate, of deals won or lost", won[decided], code[decided])
        yield share("no_decision_rate", "Closed without a decision", ~decided, code, "no_decision_rate")
    if only_wins:
        rest = ~closed["rep"].isin(only_wins).to_numpy()
        yield share(
            "win_rate_without_only_wins",
            "Win rate without reps who record wins only",
            won[rest],
            code[rest],
        )
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


def _naive_cycle(won: pd.DataFrame) -> Iterator[Figure]:
    weeks = (won["closed"] - won["created"]).dt.days / 7
    weeks = weeks[weeks >= 0]
    n = len(weeks)
    value = float(weeks.median()) if n else math.nan
    yield Figure(
        "won_cycle_naive",
        "Median of deals already won, open ones ignored",
        value,
        math.nan,
        math.nan,
        n,
        n,
        "weeks",
        "no interval; too short while deals are open",
    )


def _odd_reps(closed: pd.DataFrame) -> tuple[tuple[str, ...], int]:
    """Return reps who record wins only, and how many have at most two deals."""
    counts = closed.groupby("rep")["won"].agg(["count", "sum"])
    rate = closed["won"].mean()
    # So many wins in a row would come to one in a thousand reps by chance, or fewer.
    surprising = (counts["count"] == counts["sum"]) & (rate ** counts["count"] < 1e-3)
    return tuple(sorted(counts.index[surprising])), int((counts["count"] <= 2).sum())
