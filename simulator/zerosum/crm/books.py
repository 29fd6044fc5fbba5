"""One vendor's books in a simulated run, in weeks and row numbers: opportunities, people in seats, quotas.

All is read from what the run recorded. Books begin a year before the measured weeks: they hold every opportunity that
opened from then on, whether it closed or not, so that no length of cycle is left out. Before the measured weeks all
vendors followed the status quo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zerosum.market.engine import Engine
from zerosum.market.records import DEAL_OUTCOMES, LOST, OWN_CUSTOMER, RIVAL_HELD, STALLED, WON, Recorder
from zerosum.market.run import OnWeek, Run, branches, warm_up
from zerosum.market.state import NONE, QUARTER, SOURCES, UPGRADE, YEAR
from zerosum.scenario.spec import Scenario

OPEN = len(DEAL_OUTCOMES)
"""Outcome of an opportunity that is open at the end, after those of the records."""
OUTCOME_NAMES = {STALLED: "no_decision", WON: "won", LOST: "lost", OPEN: "open"}
LONG_AGO = -1
"""Week of hiring of who was there before the run's first week."""


@dataclass(frozen=True)
class Books:
    """A vendor's books.

    Attributes
    ----------
    run : Run
        measured for this vendor: all its reps
    vendor : int
        row of the vendor
    first, start, end : int
        weeks of the run: the books' first, the first measured one, the one after the last
    deals : DataFrame
        a row per opportunity, in order of opening and buyer: ``buyer rep opened closed outcome amount product
        incumbent competitor type source``; rows of vendors and products, -1 for none; ``closed`` is -1 while it is open
    people : DataFrame
        a row per person in a seat: ``rep hired left``, weeks; `LONG_AGO`, and -1 for who is still there
    quotas : DataFrame
        a row per rep and quarter with a quota: ``rep week weeks quota``
    earlier : int
        opportunities left out, since they opened before the books: open at the end, or closed in the measured weeks
    """

    run: Run
    vendor: int
    first: int
    start: int
    end: int
    deals: pd.DataFrame
    people: pd.DataFrame
    quotas: pd.DataFrame
    earlier: int


def keep_books(
    scenario: Scenario, strategy: str, vendor: int, replication: int = 0, on_week: OnWeek | None = None
) -> Books:
    """Simulate one run and return a vendor's books.

    Parameters
    ----------
    scenario : Scenario
    strategy : str
        that the scenario's first adopters follow in the measured weeks; with ``head-to-head`` the focal vendor does
    vendor : int
        row of the vendor
    replication : int
    on_week : callable, optional
        called after some weeks

    Returns
    -------
    Books
    """
    begun = warm_up(scenario, replication, on_week)
    adopters = scenario.comparison.adopters[0]
    who = "focal" if adopters == "head-to-head" else adopters
    run = next(branches(begun, [strategy], [who], on_week))
    begun.recorder.finish(begun.week, begun.market)
    team = run.engine.market.reps.vendor == vendor
    run = Run(
        strategy=run.strategy,
        adopters=run.adopters,
        replication=replication,
        engine=run.engine,
        vendor=vendor,
        team=team,
        strategy_row=int(run.engine.market.reps.strategy[int(np.argmax(team))]),
        start_accounts=int(begun.market.vendors.customers[vendor]),
        start_served=run.start_served,
        weeks=run.weeks,
    )
    first = max(0, begun.week - YEAR)
    recorders = (begun.recorder, run.engine.recorder)
    deals = _deals(run.engine, begun, vendor)
    recent = deals["opened"] >= first
    measured = (deals["closed"] == NONE) | (deals["closed"] >= begun.week)
    return Books(
        run=run,
        vendor=vendor,
        first=first,
        start=begun.week,
        end=run.engine.week,
        deals=deals[recent].reset_index(drop=True),
        people=_people(run.engine, recorders, vendor, first),
        quotas=_quotas(run.engine, recorders, vendor, first),
        earlier=int((measured & ~recent).sum()),
    )


# --- Opportunities --------------------------------------------------------------------------------------------------

_COLUMNS = "buyer rep opened closed outcome amount product incumbent competitor type source".split()


def _deals(engine: Engine, begun: Engine, vendor: int) -> pd.DataFrame:
    both = (begun, engine)
    closed = pd.concat(
        [
            pd.DataFrame(one.recorder.deals._asdict()).assign(
                strategy=one.market.reps.strategy[one.recorder.deals.rep]
            )
            for one in both
        ],
        ignore_index=True,
    )
    decided = pd.concat([pd.DataFrame(one.recorder.decisions._asdict()) for one in both], ignore_index=True)
    decided = decided.drop_duplicates(["buyer", "week"]).set_index(["buyer", "week"])[["after", "outcome"]]
    every = pd.concat([_closed(engine, closed, decided), _open(engine)], ignore_index=True)
    every["competitor"] = _competitors(engine, every)
    ours = every[every["vendor"] == vendor]
    return ours.sort_values(["opened", "buyer"], kind="stable", ignore_index=True)[_COLUMNS]


def _closed(engine: Engine, deals: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Return closed opportunities of all vendors; ``winner`` is the vendor that holds the buyer afterwards."""
    of_vendor, value = engine.rules.products.vendor, engine.market.buyers.value
    result = decided.loc[pd.MultiIndex.from_frame(deals[["buyer", "week"]])].reset_index(drop=True)
    own, won = (deals["kind"] == OWN_CUSTOMER).to_numpy(), (deals["outcome"] == WON).to_numpy()
    newer = own & _is_upgrade(engine, deals)
    newer = np.where(won, own & (result["outcome"] == UPGRADE).to_numpy(), newer)
    product = np.where(own & ~newer, deals["incumbent"], deals["product"])
    worth = value[deals["buyer"]] * _price(engine, product, deals["incumbent"].to_numpy(), newer)
    offered = worth * (1.0 - deals["discount"].to_numpy())
    return pd.DataFrame(
        {
            "buyer": deals["buyer"],
            "rep": deals["rep"],
            "vendor": deals["vendor"],
            "opened": deals["opened"],
            "closed": deals["week"],
            "outcome": deals["outcome"],
            "amount": np.where(won, deals["revenue"], offered),
            "product": product,
            "incumbent": np.where(deals["incumbent"] == NONE, NONE, of_vendor[deals["incumbent"]]),
            "type": np.where(newer, "upgrade", np.where(own, "renewal", "new")),
            "source": np.array(SOURCES, object)[deals["source"]],
            "rival_held": (deals["kind"] == RIVAL_HELD).to_numpy(),
            "winner": np.where(deals["outcome"] == LOST, of_vendor[result["after"]], NONE),
        }
    )


def _open(engine: Engine) -> pd.DataFrame:
    """Return what is open at the end, of all vendors; no discount is known yet."""
    table, reps, buyers = engine.market.opportunities, engine.market.reps, engine.market.buyers
    of_vendor = engine.rules.products.vendor
    rows = np.flatnonzero(table.buyer != NONE)
    rep = rows // engine.rules.reps.max_open_opportunities
    buyer, vendor, pitched = table.buyer[rows], reps.vendor[rep], table.product[rows]
    held = buyers.holds[buyer]
    incumbent = np.where(held == NONE, NONE, of_vendor[held])
    own = incumbent == vendor
    newer = own & _is_upgrade(
        engine, pd.DataFrame({"incumbent": held, "product": pitched, "strategy": reps.strategy[rep]})
    )
    product = np.where(own & ~newer, held, pitched)
    return pd.DataFrame(
        {
            "buyer": buyer,
            "rep": rep,
            "vendor": vendor,
            "opened": table.opened[rows],
            "closed": NONE,
            "outcome": OPEN,
            "amount": buyers.value[buyer] * _price(engine, product, held, newer),
            "product": product,
            "incumbent": incumbent,
            "type": np.where(newer, "upgrade", np.where(own, "renewal", "new")),
            "source": np.array(SOURCES, object)[table.source[rows]],
            "rival_held": (incumbent != NONE) & ~own,
            "winner": NONE,
        }
    )


def _is_upgrade(engine: Engine, deals: pd.DataFrame) -> np.ndarray:
    """Return where a rep offers a product that was launched after the one held (as ``options.is_upgrade``)."""
    launch, upgrades = engine.rules.products.launch, engine.rules.strategies.upgrade
    newer = launch[deals["product"]] > launch[deals["incumbent"]]
    return np.asarray(newer & (upgrades[deals["strategy"]] == 1))


def _price(engine: Engine, product: np.ndarray, held: np.ndarray, newer: np.ndarray) -> np.ndarray:
    """Return the list price of an offer; an upgrade brings the difference."""
    price = engine.rules.products.price
    return np.asarray(price[product] - np.where(newer, price[held], 0.0))


def _competitors(engine: Engine, every: pd.DataFrame) -> np.ndarray:
    """Return a competitor's row: the winner; else the rival that holds the buyer; else another with an offer."""
    evaluation = [every["buyer"], every["closed"]]
    lowest = every.groupby(evaluation)["vendor"].transform("min").to_numpy()
    others = every["vendor"].where(every["vendor"] != lowest)
    second = others.groupby(evaluation).transform("min").fillna(NONE).to_numpy().astype(int)
    first_other = np.where(every["vendor"] == lowest, second, lowest)
    held = np.where(every["rival_held"], every["incumbent"], first_other)
    return np.where(every["winner"] != NONE, every["winner"], held)


# --- People and quotas ----------------------------------------------------------------------------------------------


def _people(engine: Engine, recorders: Sequence[Recorder], vendor: int, first: int) -> pd.DataFrame:
    """Return who sat where and when; who left before the books begin is left out."""
    seats = np.flatnonzero(engine.market.reps.vendor == vendor)
    hired: dict[int, list[int]] = {seat: [LONG_AGO] for seat in seats.tolist()}
    for recorder in recorders:
        begun = recorder.first_week
        if begun is None:
            continue
        starts = (week for week in range(begun, engine.week) if week % YEAR == 0 and week > 0)
        for week, left in zip(starts, recorder.left_at_start, strict=False):
            for seat in seats[left[seats] == 1].tolist():
                hired[seat].append(week)
    rows = []
    for seat, weeks in hired.items():
        for began, gone in zip(weeks, [*weeks[1:], NONE], strict=True):
            if gone == NONE or gone > first:
                rows.append((seat, began, gone))
    return pd.DataFrame(rows, columns=["rep", "hired", "left"])


def _quotas(engine: Engine, recorders: Sequence[Recorder], vendor: int, first: int) -> pd.DataFrame:
    """Return quotas by quarter of the market's calendar, of 13 weeks; a year's is divided equally."""
    seats = np.flatnonzero(engine.market.reps.vendor == vendor)
    rows = []
    for year in (year for one in recorders for year in one.rep_years if year.week >= first):
        end = year.week + year.weeks
        for at in range(year.week, end, QUARTER):
            weeks = min(QUARTER, end - at)
            rows += [
                (seat, at, weeks, year.quota[seat] * weeks / YEAR) for seat in seats if year.quota[seat] > 0
            ]
    return pd.DataFrame(rows, columns=["rep", "week", "weeks", "quota"])
