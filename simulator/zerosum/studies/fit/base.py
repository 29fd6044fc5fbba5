"""The scenario to start a fit from: what a team's data say directly; all else is kickoff's, by assumption.

Lengths, values and the number of buyers are scaled by a pilot: the scenario is simulated a few times, and what it
gives is held against the data. The fit then searches around these values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from zerosum.crm import TeamData
from zerosum.crm.simulated import simulate_team
from zerosum.crm.tables import DECIDED
from zerosum.errors import InputError
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.fit.summary import YEAR, rep_years, summary_of

START = "kickoff"
MOST_WEEKS = 208
"""Weeks of data that are used: the books' year and three measured years."""
BOOKS = 52
"""Weeks before the measured ones that a simulated team's books hold."""
FEWEST_DEALS = 100
"""Fewest closed deals to fit to."""
FEWEST_OF_SEGMENT = 30
"""Fewest deals of a segment."""
PILOTS = 3
"""Simulated teams of a pilot."""
PRESALES = 0.3
"""Presales engineers per rep, as in kickoff."""
DIGITS = 4


@dataclass(frozen=True)
class Value:
    """A value of the scenario, and where it comes from.

    Attributes
    ----------
    key : str
    value : Any
    origin : str
        "data", "prior" (what is known about selling) or "assumption"
    why : str
        in plain words
    """

    key: str
    value: Any
    origin: str
    why: str


@dataclass(frozen=True)
class Base:
    """The scenario to start from.

    Attributes
    ----------
    scenario : Scenario
    values : tuple of Value
        those that it doesn't take from kickoff
    team : TeamData
        the data of the weeks that are used
    """

    scenario: Scenario
    values: tuple[Value, ...]
    team: TeamData


def base_of(team: TeamData, seed: int = 1) -> Base:
    """Return the scenario to start from, and the data that it is to be fitted to.

    Parameters
    ----------
    team : TeamData
    seed : int
        of its random numbers

    Raises
    ------
    InputError
        if there are too few deals, or too short a time
    """
    recent = _recent(team)
    closed = recent.opportunities["outcome"].isin(DECIDED)
    won = recent.opportunities["outcome"] == "won"
    if closed.sum() < FEWEST_DEALS or won.sum() < FEWEST_DEALS // 5 or won.sum() == closed.sum():
        raise InputError(
            f"{int(won.sum()):,} won of {int(closed.sum()):,} closed deals: a fit needs {FEWEST_DEALS} closed deals, "
            f"{FEWEST_DEALS // 5} of them won, and some that are lost"
        )
    weeks = _weeks(recent)
    seats = _seats(recent)
    kickoff = load_scenario(START)
    segments, own_segments = _segments(recent, kickoff)
    tables: dict[str, Any] = {
        "name": "own",
        "clock": {"weeks": max(BOOKS, weeks - BOOKS)},
        "market": {"buyers": round(kickoff.market.buyers * seats / kickoff.vendors[0].reps)},
        "segments": segments,
        "vendors": [
            {"name": vendor.name, "reps": seats, "presales": max(1, round(PRESALES * seats))}
            for vendor in kickoff.vendors
        ],
        "comparison": {"adopters": ["focal"], "seed": seed},
    }
    if recent.currency:
        tables["money"] = {"currency": recent.currency}
    scenario = _scaled(parse_scenario(_over(kickoff, tables)), recent)
    return Base(scenario, tuple(_values(scenario, seats, weeks, own_segments)), recent)


def _over(kickoff: Scenario, tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return kickoff's tables with others laid over them; a list replaces a list."""
    merged: dict[str, Any] = kickoff.model_dump(mode="json", exclude_unset=True)
    for name, table in tables.items():
        merged[name] = {**merged.get(name, {}), **table} if isinstance(table, dict) else table
    return merged


# --- What the data say directly -------------------------------------------------------------------------------------


def _recent(team: TeamData) -> TeamData:
    """Return the data of the last weeks: opportunities created since, and quotas that begin later."""
    first = pd.Timestamp(team.as_of) - pd.Timedelta(weeks=MOST_WEEKS)
    deals = team.opportunities
    quotas = team.quotas
    return replace(
        team,
        opportunities=deals[deals["created"] >= first].reset_index(drop=True),
        quotas=None if quotas is None else quotas[quotas["period_start"] >= first].reset_index(drop=True),
    )


def _weeks(team: TeamData) -> int:
    created = team.opportunities["created"]
    weeks = round(((pd.Timestamp(team.as_of) - created.min()).days + 1) / 7)
    if weeks < BOOKS:
        raise InputError(
            f"the data begin {weeks} weeks before the export's date; a fit needs {BOOKS} weeks or more"
        )
    return min(weeks, MOST_WEEKS)


def _seats(team: TeamData) -> int:
    """Return how many reps there are at a time."""
    first, as_of = team.opportunities["created"].min(), pd.Timestamp(team.as_of)
    return max(1, round(rep_years(team, first, as_of) / ((as_of - first).days / YEAR)))


def _segments(team: TeamData, kickoff: Scenario) -> tuple[list[dict[str, Any]], bool]:
    """Return the segments, and whether they are the data's; if not, they are kickoff's with other values.

    What the data don't say of a segment is that of kickoff's segment of the same rank by value.
    """
    deals = team.opportunities
    rows = [row.model_dump(mode="json", exclude_unset=True) for row in kickoff.segments]
    known = deals[deals["segment"].notna() & (deals["amount"] > 0)]
    counts = known["segment"].value_counts()
    names = [str(name) for name in counts.index if counts[name] >= FEWEST_OF_SEGMENT]
    middle = float(deals.loc[deals["amount"] > 0, "amount"].median())
    if not names or known["segment"].isin(names).sum() < 0.9 * len(deals):
        shares, medians = [row["share"] for row in rows], [row["value_median"] for row in rows]
        typical = math.exp(float(np.average(np.log(medians), weights=shares)))
        scaled = [{**row, "value_median": _round(row["value_median"] * middle / typical)} for row in rows]
        return scaled, False
    value = known.groupby("segment")["amount"].median()
    names.sort(key=lambda name: float(value[name]))
    accounts = team.accounts if team.accounts is not None else deals
    per = accounts[accounts["segment"].isin(names)].groupby("segment")["account"].nunique()
    found = []
    for rank, name in enumerate(names):
        like = rows[round(rank * (len(rows) - 1) / max(1, len(names) - 1)) if len(names) > 1 else 1]
        share = float(per.get(name, 0) / per.sum())
        found.append(
            {**like, "name": name, "share": round(share, DIGITS), "value_median": _round(float(value[name]))}
        )
    found[0]["share"] = round(1.0 - sum(row["share"] for row in found[1:]), DIGITS)
    return found, True


# --- What a pilot says --------------------------------------------------------------------------------------------


def _scaled(scenario: Scenario, team: TeamData) -> Scenario:
    """Scale lengths, values and the number of buyers so that a simulated team's are near the data's."""
    data = _levels(team)
    for _ in range(2):
        pilots = [_levels(simulate_team(scenario, replication=number).team) for number in range(PILOTS)]
        factor = {
            name: float(np.clip(value / np.mean([pilot[name] for pilot in pilots]), 0.2, 5.0))
            for name, value in data.items()
            if all(name in pilot and pilot[name] > 0 for pilot in pilots) and math.isfinite(value)
        }
        changes: dict[str, Any] = {"market.buyers": round(scenario.market.buyers * factor["opportunities"])}
        for row in scenario.segments:
            changes[f"segments.{row.name}.evaluation_weeks"] = _round(row.evaluation_weeks * factor["cycle"])
            values = factor.get(f"value.{row.name}", factor["value"])
            changes[f"segments.{row.name}.value_median"] = _round(row.value_median * values)
        scenario = parse_scenario(scenario, changes)
    return scenario


def _levels(team: TeamData) -> dict[str, float]:
    summary, deals = summary_of(team), team.opportunities
    found = {
        "opportunities": summary["opportunities_per_rep"],
        "cycle": summary["won_cycle_naive"],
        "value": float(deals["amount"].median()),
    }
    if deals["segment"].notna().any():
        of_segment = deals.groupby("segment")["amount"].median()
        found |= {f"value.{name}": float(value) for name, value in of_segment.items()}
    return found


def _round(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _values(scenario: Scenario, seats: int, weeks: int, own_segments: bool) -> Iterator[Value]:
    own, *rivals = scenario.vendors
    yield Value(
        "clock.weeks", scenario.clock.weeks, "data", f"{weeks} weeks of it, the first {BOOKS} before these"
    )
    yield Value("market.buyers", scenario.market.buyers, "data", "as many opportunities per rep")
    yield Value(f"vendors.{own.name}.reps", seats, "data", "reps at a time")
    for rival in rivals:
        yield Value(f"vendors.{rival.name}.reps", seats, "assumption", "as many as you have")
    for vendor in scenario.vendors:
        yield Value(f"vendors.{vendor.name}.presales", vendor.presales, "assumption", "three for ten reps")
    for row in scenario.segments:
        key = f"segments.{row.name}"
        shares = (
            ("data", "of accounts")
            if own_segments
            else ("assumption", "kickoff's: your data have no segments")
        )
        yield Value(f"{key}.share", row.share, *shares)
        yield Value(f"{key}.value_median", row.value_median, "data", "as large as your deals")
        yield Value(f"{key}.evaluation_weeks", row.evaluation_weeks, "data", "as long as your deals")
        yield Value(f"{key}.contract_weeks", row.contract_weeks, "prior", "what is known about selling")
        yield Value(f"{key}.voice", row.voice, "assumption", "kickoff's")
