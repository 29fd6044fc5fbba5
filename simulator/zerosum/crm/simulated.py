"""A simulated market as a team's own pipeline, with what is true of it: to teach with, and to test estimates on.

What the market knows is given as it is: opportunities with their weeks, results, values and sources; people with the
weeks in which they came and left; quotas; accounts. What it doesn't know is derived, and ``truth["derived"]`` says so:
names, days within a week, stages, expected closes.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from zerosum.crm.addressed import uniforms
from zerosum.crm.books import LONG_AGO, OUTCOME_NAMES, Books, keep_books
from zerosum.crm.fictitious import make_companies, make_people
from zerosum.crm.tables import TeamData, make_table
from zerosum.errors import InputError
from zerosum.market.assumptions import believed
from zerosum.market.metrics import measure
from zerosum.market.run import OnWeek
from zerosum.market.state import NONE
from zerosum.scenario import results_hash
from zerosum.scenario.spec import Scenario

START = datetime.date(2023, 1, 2)
"""Default first day of the measured weeks: a Monday."""
STAGES = ("Discovery", "Evaluation", "Proposal")
"""Stages of an open deal, in order."""
CLOSED_STAGES = {"won": "Closed Won", "lost": "Closed Lost", "no_decision": "Closed No Decision"}
WEEK = 7
WORKDAYS = 5
CENTS = 2
"""Decimals of an amount."""
_SOURCES = {"invited": "Inbound request", "found": "Prospecting", "provoked": "Cold call"}
_SOURCE_KINDS = {"invited": "inbound", "found": "outreach", "provoked": "outreach"}
_CODES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}

DERIVED = {
    "names": "People and accounts have names from lists. They don't exist.",
    "days": "The market knows weeks. The day within the week, Monday to Friday, is drawn.",
    "years": "The market's year has 52 weeks and its quarter 13: a day or two less than the calendar's.",
    "stages": "The market knows no stages. A closed deal spent a third of its time in each of three; an open one is "
    "in the stage of its age, measured by the usual length of its segment's evaluations.",
    "expected_close": "The buyer decides in a week that the rep doesn't know. The expected close is the opening and "
    "the usual length; once that has passed, it is the end of the current quarter.",
    "sources": "inbound: the buyer invited the rep; outreach: a call opened the evaluation, or the rep found it.",
    "competitor": "The winner of a lost deal; else the rival that holds the account; else one that made an offer. The "
    "market knows it always, a CRM system seldom.",
    "incumbent": "The rival that holds the account. If the customer is an own one, the type of the deal says so.",
    "amount": "For won deals the annual value of the contract; else of the offer. Of upgrades, what they add. "
    "Rounded to cents.",
    "books": "The books begin a year before the measured weeks, with what opened from then on. What opened earlier is "
    "left out, even if it closed later: otherwise long cycles would be overrepresented.",
    "renewals": "Renewals without a rep are no opportunities, and aren't in the books. A renewal that ends in no "
    "decision leaves the customer where it is.",
    "owners": "A deal belongs to who holds the seat when it closes. A successor takes over what is open.",
}
"""What is in an export that the market doesn't know, or knows otherwise."""


@dataclass(frozen=True)
class SimulatedTeam:
    """A simulated vendor's pipeline.

    Attributes
    ----------
    team : TeamData
        as ``zerosum import`` would make it, but with names instead of pseudonyms
    truth : mapping
        the run, the scenario's values, the run's own measures, the books' own figures, and what is derived
    books : Books
        the same in weeks and row numbers, with the finished run
    key : str
        of what else is drawn for this run
    """

    team: TeamData
    truth: Mapping[str, Any]
    books: Books
    key: str


def simulate_team(
    scenario: Scenario,
    *,
    strategy: str | None = None,
    vendor: str | None = None,
    replication: int = 0,
    start: datetime.date = START,
    on_week: OnWeek | None = None,
) -> SimulatedTeam:
    """Simulate one run and write down one vendor's pipeline.

    Parameters
    ----------
    scenario : Scenario
    strategy : str, optional
        that the scenario's first adopters follow; the baseline if not given
    vendor : str, optional
        whose pipeline; the focal vendor's if not given
    replication : int
        number of the simulated run
    start : date
        Monday of the first measured week; books begin a year earlier, if the warm-up is as long
    on_week : callable, optional
        called after some weeks

    Returns
    -------
    SimulatedTeam

    Raises
    ------
    InputError
        for a vendor or strategy that the scenario doesn't have, or a start that is no Monday
    """
    vendors, strategies = [one.name for one in scenario.vendors], [one.name for one in scenario.strategies]
    for kind, name, known in (("vendor", vendor, vendors), ("strategy", strategy, strategies)):
        if name is not None and name not in known:
            raise InputError(
                f"{kind} '{name}': the scenario has none of that name; it has {', '.join(known)}"
            )
    if start.weekday() != 0:
        monday = start - datetime.timedelta(days=start.weekday())
        raise InputError(f"start {start}: weeks begin on Mondays; take {monday}")
    row = scenario.focal_index if vendor is None else vendors.index(vendor)
    books = keep_books(scenario, strategy or scenario.baseline_name, row, replication, on_week)
    key = f"{scenario.comparison.seed}/{replication}"
    team = _Writer(books, start, key).team()
    return SimulatedTeam(team, _truth(scenario, books, team, start), books, key)


class _Writer:
    """Turns a vendor's books into a team's tables: weeks become days, row numbers names."""

    def __init__(self, books: Books, start: datetime.date, key: str) -> None:
        self.books, self.key = books, key
        self.engine = books.run.engine
        self.scenario = self.engine.scenario
        self._monday = np.datetime64(start) - WEEK * np.timedelta64(books.start, "D")
        self.accounts = np.array(make_companies(key, range(len(self.engine.market.buyers.value))), object)
        people = books.people
        named = make_people(
            key, [f"{rep}/{hired}" for rep, hired in zip(people["rep"], people["hired"], strict=True)]
        )
        self.people = people.assign(name=named)

    def days(self, weeks: Any) -> np.ndarray:
        """Return the Mondays of weeks."""
        return np.asarray(self._monday + WEEK * np.asarray(weeks, np.int64), "datetime64[D]")

    def team(self) -> TeamData:
        end = self.days([self.books.end])[0] - 1
        code = currency_code(self.scenario.money.currency)
        opportunities, stages = self._opportunities(end, code)
        return TeamData(
            opportunities=opportunities,
            currency=code,
            as_of=end.item(),
            about={"system": "simulated"},
            reps=self._reps(),
            quotas=self._quotas(),
            accounts=self._accounts(),
            stages=stages,
        )

    def _opportunities(self, end: np.datetime64, code: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        deals, scenario = self.books.deals, self.scenario
        outcome = deals["outcome"].map(OUTCOME_NAMES).to_numpy(object)
        is_open = outcome == "open"
        closed_week = np.where(is_open, self.books.end - 1, deals["closed"])
        created = self._workdays("created", deals["buyer"], deals["opened"])
        closed = self._workdays("closed", deals["buyer"], closed_week)
        closed = np.maximum(closed, created)  # both may fall in one week
        segments = self.engine.market.buyers.segment[deals["buyer"]]
        usual = np.array([max(1, round(one.evaluation_weeks)) for one in scenario.segments])[segments] * WEEK
        vendors = np.array([*(one.name for one in scenario.vendors), None], object)
        ids = np.array([f"D{number:06d}" for number in range(1, len(deals) + 1)], object)
        parts = [np.where(is_open, usual, (closed - created).astype(int)) * part // 3 for part in (1, 2)]
        age = (end - created).astype(int)
        stage_row = np.where(is_open, (age >= parts[0]).astype(int) + (age >= parts[1]), len(STAGES))
        stage = [
            STAGES[row] if row < len(STAGES) else CLOSED_STAGES[one]
            for row, one in zip(stage_row, outcome, strict=True)
        ]
        expected = np.where(created + usual > end, created + usual, _quarter_end(end))
        amount = np.round(deals["amount"].to_numpy(), CENTS)
        no_amount = ~(amount > 0)
        same_day, parked = ~is_open & (created == closed), is_open & (expected == _quarter_end(expected))
        table = make_table(
            "opportunities",
            {
                "id": ids,
                "account": self.accounts[deals["buyer"]],
                "rep": self._owner(deals["rep"].to_numpy(), closed_week),
                "segment": np.array([one.name for one in scenario.segments], object)[segments],
                "product": np.array([one.name for one in scenario.products], object)[deals["product"]],
                "created": created,
                "closed": np.where(is_open, np.datetime64("NaT"), closed),
                "expected_close": np.where(is_open, expected, np.datetime64("NaT")),
                "stage": stage,
                "outcome": outcome,
                "amount": np.where(no_amount, math.nan, amount),
                "currency": [code or None] * len(deals),
                "type": deals["type"],
                "source": deals["source"].map(_SOURCES),
                "source_kind": deals["source"].map(_SOURCE_KINDS),
                "competitor": vendors[deals["competitor"]],
                "incumbent": vendors[
                    np.where(deals["incumbent"] == self.books.vendor, NONE, deals["incumbent"])
                ],
                "flags": _flags(no_amount, same_day, parked),
            },
        )
        return table, self._stages(ids, np.array(stage, object), is_open, created, closed, parts, end)

    def _stages(
        self,
        ids: np.ndarray,
        stage: np.ndarray,
        is_open: np.ndarray,
        created: np.ndarray,
        closed: np.ndarray,
        parts: list[np.ndarray],
        end: np.datetime64,
    ) -> pd.DataFrame:
        """Return a row per deal and stage entered, in order of deal and stage."""
        never = np.datetime64("NaT", "D")
        entered = np.stack(
            [created, created + parts[0], created + parts[1], np.where(is_open, never, closed)]
        )
        entered = np.where(entered > end, never, entered)
        left = np.concatenate([entered[1:], [np.full(len(ids), never)]])
        names = np.stack(
            [*(np.full(len(ids), name, object) for name in STAGES), np.where(is_open, "", stage)]
        )
        flat = pd.DataFrame(
            {
                "id": np.tile(ids, len(entered)),
                "stage": names.ravel(),
                "entered": entered.ravel(),
                "left": left.ravel(),
                "at": np.repeat(range(len(entered)), len(ids)),
            }
        )
        rows = flat[flat["entered"].notna()].sort_values(["id", "at"], kind="stable")
        return make_table(
            "stages", {name: rows[name].to_numpy() for name in ("id", "stage", "entered", "left")}
        )

    def _owner(self, rep: np.ndarray, week: np.ndarray) -> np.ndarray:
        """Return who sat in each seat in each week."""
        hired = self.people["hired"].where(self.people["hired"] != LONG_AGO, -(2**30))
        known = self.people.assign(hired=hired).sort_values(["hired", "rep"])
        asked = pd.DataFrame(
            {"rep": rep.astype(np.int64), "week": week.astype(np.int64), "row": range(len(rep))}
        )
        found = pd.merge_asof(asked.sort_values("week"), known, left_on="week", right_on="hired", by="rep")
        return found.sort_values("row")["name"].to_numpy(object)

    def _reps(self) -> pd.DataFrame:
        people = self.people
        began, left = people["hired"].to_numpy(), people["left"].to_numpy()
        never = np.datetime64("NaT", "D")
        segments = self.engine.market.buyers.segment
        names = [one.name for one in self.scenario.segments]
        owner = self.engine.market.buyers.owner[:, self.books.vendor]
        of_rep = {rep: np.unique(segments[owner == rep]) for rep in people["rep"]}
        only = {rep: names[rows[0]] for rep, rows in of_rep.items() if len(rows) == 1 < len(names)}
        return make_table(
            "reps",
            {
                "rep": people["name"],
                "start": np.where(began == LONG_AGO, never, self.days(began)),
                "end": np.where(left == NONE, never, self.days(left) - 1),
                "segment": [only.get(rep) for rep in people["rep"]],
            },
        )

    def _quotas(self) -> pd.DataFrame | None:
        quotas = self.books.quotas
        if not len(quotas):
            return None
        weeks = quotas["week"].to_numpy()
        return make_table(
            "quotas",
            {
                "rep": self._owner(quotas["rep"].to_numpy(), weeks),
                "period_start": self.days(weeks),
                "period_end": self.days(weeks + quotas["weeks"].to_numpy()) - 1,
                "quota": np.round(quotas["quota"], CENTS),
            },
        )

    def _accounts(self) -> pd.DataFrame:
        """Return every buyer: all are in somebody's territory."""
        buyers, names = self.engine.market.buyers, [one.name for one in self.scenario.segments]
        owner = buyers.owner[:, self.books.vendor]
        return make_table(
            "accounts",
            {
                "account": self.accounts,
                "rep": self._owner(owner, np.full(len(owner), self.books.end - 1)),
                "segment": np.array(names, object)[buyers.segment],
                "potential": np.round(buyers.value, CENTS),
            },
        )

    def _workdays(self, purpose: str, buyers: Any, weeks: Any) -> np.ndarray:
        """Return a working day in each week; all vendors see the same day of a buyer's decision."""
        where = [f"{buyer}/{week}" for buyer, week in zip(buyers, weeks, strict=True)]
        return self.days(weeks) + (uniforms(self.key, purpose, where) * WORKDAYS).astype(int)


def _quarter_end(days: Any) -> np.ndarray:
    """Return the last day of each day's calendar quarter."""
    month = np.asarray(days, "datetime64[M]")
    return np.asarray((month + (3 - month.astype(int) % 3)).astype("datetime64[D]") - 1)


def _flags(no_amount: np.ndarray, same_day: np.ndarray, parked: np.ndarray) -> list[tuple[str, ...]]:
    named = {"amount_missing": no_amount, "closed_same_day": same_day, "parked": parked}
    return [
        tuple(name for name, there in zip(named, row, strict=True) if there)
        for row in zip(*named.values(), strict=True)
    ]


def currency_code(sign: str) -> str:
    """Return a currency's three letters; empty if the scenario names none."""
    return _CODES.get(sign, sign)


# --- What is true ---------------------------------------------------------------------------------------------------


def _truth(scenario: Scenario, books: Books, team: TeamData, start: datetime.date) -> dict[str, Any]:
    run = books.run
    return {
        "run": {
            "scenario": scenario.name,
            "hash": results_hash(scenario),
            "seed": scenario.comparison.seed,
            "replication": run.replication,
            "strategy": run.strategy,
            "adopters": run.adopters,
            "vendor": scenario.vendors[books.vendor].name,
            "measured_from": start.isoformat(),
            "books_from": (start - datetime.timedelta(weeks=books.start - books.first)).isoformat(),
            "as_of": team.as_of.isoformat(),
            "weeks": books.end - books.start,
        },
        "books": {**figures_of(team), "opened_before_the_books": books.earlier},
        "measures": measure(run),
        "uncertain": dict(believed(scenario, run.replication)),
        "scenario": run.engine.scenario.model_dump(mode="json"),
        "derived": DERIVED,
    }


def figures_of(team: TeamData) -> dict[str, Any]:
    """Return a pipeline's own figures, counted plainly: what a perfect description of it would find.

    Parameters
    ----------
    team : TeamData

    Returns
    -------
    dict
        counts; ``win_rate`` of closed deals, won / all closed, and ``win_rate_decided``, won / (won + lost), by type
        of deal and in all; ``no_decision_share`` of closed; medians of the cycle (days; of closed deals alone, so
        that it is too short) and of amounts
    """
    deals = team.opportunities
    closed = deals[deals["outcome"] != "open"]
    by_type = {"all": closed, **{str(name): rows for name, rows in closed.groupby("type")}}
    won = closed[closed["outcome"] == "won"]
    return {
        "opportunities": len(deals),
        "outcomes": {str(name): int(n) for name, n in deals["outcome"].value_counts().sort_index().items()},
        "win_rate": {name: _share(rows, ["won"], None) for name, rows in by_type.items()},
        "win_rate_decided": {name: _share(rows, ["won"], ["won", "lost"]) for name, rows in by_type.items()},
        "no_decision_share": _share(closed, ["no_decision"], None),
        "cycle_days_median_closed": float((closed["closed"] - closed["created"]).dt.days.median()),
        "amount_median": float(deals["amount"].median()),
        "amount_median_won": float(won["amount"].median()),
        "revenue_won": float(won["amount"].sum()),
    }


def _share(rows: pd.DataFrame, which: list[str], of: list[str] | None) -> float:
    counted = rows if of is None else rows[rows["outcome"].isin(of)]
    return float(counted["outcome"].isin(which).mean()) if len(counted) else math.nan
