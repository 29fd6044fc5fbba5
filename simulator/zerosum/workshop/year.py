"""Simulate two sides of one year on the same random events, for the page."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from zerosum.market.run import Run, branches
from zerosum.scenario.spec import Scenario
from zerosum.studies.attribution.causes import NUMBER
from zerosum.studies.attribution.explain import trace
from zerosum.workshop.kept import Kept
from zerosum.workshop.log import Log, counts_of, log_of, money_by_week, reps_of, share_by_week, whole
from zerosum.workshop.places import places_of
from zerosum.workshop.room import Room, furnish
from zerosum.workshop.state import State
from zerosum.workshop.verdict import Ending, of_one_year
from zerosum.workshop.words import span_of


def year_of(scenario: Scenario, state: State, kept: Kept | None = None) -> dict[str, Any]:
    """Simulate a year with a room's settings.

    Parameters
    ----------
    scenario : Scenario
        of the workshop
    state : State
    kept : Kept, optional
        cache of earlier questions; this one adds to it

    Returns
    -------
    dict
        the answer of ``/api/year``, see docs/workshop.md

    Raises
    ------
    Refusal
        for a state that doesn't fit this scenario
    """
    began = time.perf_counter()
    room = furnish(scenario, state)
    known = kept or Kept()
    runs, sides = _teams(room, known) if state.adopters == "head-to-head" else _two_markets(room, known)
    ending = ending_of(runs)
    weeks = runs[0].weeks
    return {
        "state": room.state.model_dump(mode="json"),
        "weeks": weeks,
        "places": places_of(runs[0].engine),
        "sides": sides,
        "pace": [round(week / weeks, 6) for week in range(weeks + 1)],
        "verdict": of_one_year(room.state, ending, span_of(weeks)),
        "ms": round(1000 * (time.perf_counter() - began), 1),
    }


def ending_of(runs: tuple[Run, Run]) -> Ending:
    """Return the result of a year for both sides."""
    (left, left_money), (right, right_money) = (
        (share_by_week(run), float(money_by_week(run)[-1])) for run in runs
    )
    return Ending((float(left[-1] - left[0]), float(right[-1] - right[0])), (left_money, right_money))


def _two_markets(room: Room, kept: Kept) -> tuple[tuple[Run, Run], list[dict[str, Any]]]:
    """Return two markets, and why decisions differ."""
    left, right = kept.sides_of(room)
    causes: tuple[dict[tuple[int, int], int], ...] = ({}, {})
    if left is not right:
        changed = trace(left, right).deals
        numbers = [NUMBER[name] for name in changed["cause"]]
        for side, column in zip(causes, ("week_baseline", "week_strategy"), strict=True):
            weeks = changed[column].to_numpy(np.float64)
            for week, buyer, cause in zip(weeks, changed["buyer"], numbers, strict=True):
                if not np.isnan(week):
                    side[int(week), int(buyer)] = cause
    runs = (left.run, right.run)
    return runs, [
        {**_market(log_of(run, told)), **_team(run, strategy)}
        for run, told, strategy in zip(runs, causes, _strategies(room), strict=True)
    ]


def _teams(room: Room, kept: Kept) -> tuple[tuple[Run, Run], list[dict[str, Any]]]:
    """Return one market, in which each side is a team of our vendor: the page shows it as a separate incumbent."""
    left, right = branches(kept.start_of(room), room.strategies, ["head-to-head"])
    owner = left.engine.market.buyers.owner[:, left.vendor]
    n_vendors = len(room.scenario.vendors)
    teams = [
        {**_team(run, strategy), "owner": n_vendors + i}
        for i, (run, strategy) in enumerate(zip((left, right), _strategies(room), strict=True))
    ]

    def incumbent(buyer: int, vendor: int) -> int:
        if vendor != left.vendor:
            return vendor
        return n_vendors + int(right.team[owner[buyer]])

    log = log_of(left)
    market = {
        "start": [incumbent(buyer, vendor) for buyer, vendor in enumerate(log.start.tolist())],
        "changes": [
            (week, buyer, incumbent(buyer, before), incumbent(buyer, after), *rest)
            for week, buyer, before, after, *rest in log.changes
        ],
    }
    return (left, right), [{**market, "teams": teams}]


def _strategies(room: Room) -> tuple[str, str]:
    """Return the strategies' names in the workshop's scenario."""
    return room.state.left.strategy, room.state.right.strategy


def _market(log: Log) -> dict[str, Any]:
    return {"start": log.start.tolist(), "changes": log.changes}


def _team(run: Run, strategy: str) -> dict[str, Any]:
    """Return one side's weekly results and reps."""
    reps = reps_of(run)
    return {
        "strategy": strategy,
        "share": [round(share, 6) for share in share_by_week(run).tolist()],
        "money": whole(money_by_week(run)),
        "reps": reps,
        "counts": counts_of(run),
    }
