"""Log a finished run for the page: each buyer's incumbent at the start of the year, and all changes by week.

Weeks are those of the page: 0 is the start, and the engine's first measured week is week 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zerosum.market.metrics import Team
from zerosum.market.run import Run
from zerosum.market.state import DISPLACEMENT, NEW, NO_DECISION, NONE, RENEWAL, UPGRADE, Float, Int
from zerosum.studies.attribution import CAUSES

EITHER, RENEWED, CANNIBALISED = range(len(CAUSES), len(CAUSES) + 3)
"""Numbers of causes besides the traced ones: the same result on both sides; the incumbent stayed."""
UNTOLD = -1
"""Cause if there is no second run to compare with."""

Change = tuple[int, int, int, int, int, int]
"""Week, buyer, incumbent before, incumbent after (NONE: nobody), cause, 1 if one of our products displaced another."""

Traced = Mapping[tuple[int, int], int]
"""(Week of the run, buyer) -> number of the cause of a decision with a different result."""


@dataclass(frozen=True)
class Log:
    """The changes in a market.

    Attributes
    ----------
    start : int[buyers]
        each buyer's incumbent at week 0: a vendor's row, or NONE
    changes : list of Change
        by week
    """

    start: Int
    changes: list[Change]


def log_of(run: Run, causes: Traced | None = None) -> Log:
    """Return the log of a run: every change of incumbent, including drop-outs, and our vendor's renewals and upgrades.

    Parameters
    ----------
    run : Run
    causes : optional
        of the decisions with a different result in the other run; None: there is no other run
    """
    decisions = run.engine.recorder.decisions
    before, after = _vendors(run, decisions.before), _vendors(run, decisions.after)
    own = (before == run.vendor) & (after == run.vendor) & (decisions.outcome != NO_DECISION)
    told = np.flatnonzero((before != after) | own)
    first_week = run.engine.week - run.weeks
    changes: list[Change] = []
    for row in told.tolist():
        week, buyer = int(decisions.week[row]), int(decisions.buyer[row])
        usual = {RENEWAL: RENEWED, UPGRADE: CANNIBALISED}.get(int(decisions.outcome[row]), EITHER)
        if causes is None:
            cause = UNTOLD if usual == EITHER else usual
        else:
            cause = causes.get((week, buyer), usual)
        displaced = int(decisions.outcome[row] == UPGRADE)
        changes.append((week - first_week + 1, buyer, int(before[row]), int(after[row]), cause, displaced))
    dropouts = run.engine.recorder.dropouts
    gone = EITHER if causes is not None else UNTOLD
    for week, buyer, vendor in zip(
        dropouts.week, dropouts.buyer, _vendors(run, dropouts.product), strict=True
    ):
        changes.append((int(week) - first_week + 1, int(buyer), int(vendor), NONE, gone, 0))
    changes.sort(key=lambda change: change[:2])
    return Log(_vendors(run, start_holds(run)), changes)


def start_holds(run: Run) -> npt.NDArray[np.int16]:
    """Return each buyer's product at the start of the measured weeks: the one before its first decision or drop-out."""
    decisions, dropouts = run.engine.recorder.decisions, run.engine.recorder.dropouts
    week = np.concatenate([decisions.week, dropouts.week])
    buyer = np.concatenate([decisions.buyer, dropouts.buyer])
    held = np.concatenate([decisions.before, dropouts.product])
    # Backwards, so that a buyer's first event is written last.
    backwards = np.argsort(-week, kind="stable")
    holds = run.engine.market.buyers.holds.copy()
    holds[buyer[backwards]] = held[backwards]
    return holds


def _vendors(run: Run, products: npt.NDArray[np.int16]) -> Int:
    """Return the vendors of products; NONE for none."""
    return np.where(products == NONE, NONE, run.engine.rules.products.vendor[products]).astype(np.int32)


def share_by_week(run: Run) -> Float:
    """Return the vendor's share of buyers in the team's territories, at week 0 and after each week; [weeks + 1].

    The last is the metric ``market_share``.
    """
    engine, decisions = run.engine, run.engine.recorder.decisions
    accounts = run.team[engine.market.buyers.owner[:, run.vendor]]
    start = np.count_nonzero((_vendors(run, start_holds(run)) == run.vendor) & accounts)
    won = (_vendors(run, decisions.after) == run.vendor).astype(np.float64)
    won -= _vendors(run, decisions.before) == run.vendor
    gained = _by_week(run, decisions.week, np.where(accounts[decisions.buyer], won, 0.0))
    gone = Team(run).dropouts.week
    gained -= _by_week(run, gone, np.ones(len(gone)))
    return (start + gained) / np.count_nonzero(accounts)


def money_by_week(run: Run) -> Float:
    """Return the ARR gained in the team's territories so far, money/year; [weeks + 1]. The last is ``arr_net_new``."""
    team = Team(run)
    gained = _by_week(run, team.decisions.week, team.arr_change)
    return gained - _by_week(run, team.dropouts.week, team.dropouts.arr)


def reps_of(run: Run) -> list[dict[str, object]]:
    """Return each rep of the team: its row, credited revenue so far by week, and quota for all measured weeks."""
    deals, quota = run.engine.recorder.deals, Team(run).quota
    found: list[dict[str, object]] = []
    for rep in np.flatnonzero(run.team).tolist():
        own = deals.rep == rep
        credit = _by_week(run, deals.week[own], deals.credit[own])
        found.append({"rep": rep, "money": whole(credit), "quota": round(float(quota[rep]))})
    return found


def counts_of(run: Run) -> dict[str, int]:
    """Return the team's results of the year, in customers."""
    decisions, engine = run.engine.recorder.decisions, run.engine
    ours = run.team[engine.market.buyers.owner[decisions.buyer, run.vendor]]
    got = ours & (_vendors(run, decisions.after) == run.vendor)
    had = ours & (_vendors(run, decisions.before) == run.vendor)
    outcome = decisions.outcome
    rows = {
        "won": got & np.isin(outcome, (NEW, DISPLACEMENT)),
        "lost": had & ~got,
        "renewed": got & (outcome == RENEWAL),
        "cannibalised": got & (outcome == UPGRADE),
    }
    counts = {name: int(np.count_nonzero(which)) for name, which in rows.items()}
    return counts | {"lost": counts["lost"] + len(Team(run).dropouts.week)}


def _by_week(run: Run, week: Int, amount: Float) -> Float:
    """Return cumulative sums by week, 0 at week 0."""
    at = week - (run.engine.week - run.weeks) + 1
    return np.cumsum(np.bincount(at, weights=amount, minlength=run.weeks + 1))


def whole(amounts: Float) -> list[int]:
    """Return money without cents: shorter to send, and no bar shows them."""
    return np.rint(amounts).astype(np.int64).tolist()
