"""One replication of a game: every combination of strategies, from one warm-up.

A *cell* is a combination: one strategy for each player. One simulated market gives the payoffs of all players in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from zerosum.market.engine import Engine
from zerosum.market.metrics import measure
from zerosum.market.run import OnWeek, Run, warm_up
from zerosum.runs.schema import Column, Table
from zerosum.scenario.spec import Scenario

Cell = tuple[int, ...]
"""Row of the scenario's strategy that each player follows."""


CELLS = Table(
    "cells",
    "a player in a combination, once",
    (
        Column("point", "count", "number", "combination of strategies, from 0"),
        Column("replication", "count", "number", "which simulated run"),
        Column("player", "text", "name", "vendor"),
        Column("strategy", "text", "name", "what it does in this combination"),
    ),
    metrics=True,
)


def play_cells(
    scenario: Scenario,
    players: Sequence[int],
    cells: Mapping[int, Cell],
    replication: int,
    on_week: OnWeek | None = None,
) -> pa.Table:
    """Simulate combinations of strategies in one replication.

    Parameters
    ----------
    scenario : Scenario
    players : rows of the vendors that play; all others carry on
    cells : mapping
        number -> combination
    replication : int
    on_week : callable, optional
        called after each simulated week

    Returns
    -------
    Table
        :data:`CELLS`, one row for each combination and player
    """
    start = warm_up(scenario, replication, on_week)
    rows: dict[str, list[object]] = {name: [] for name in CELLS.arrow.names}
    for number, cell in cells.items():
        engine = _finish(start, players, cell, on_week)
        for vendor, strategy in zip(players, cell, strict=True):
            found = measure(_seen_by(start, engine, vendor, strategy))
            address = {
                "point": number,
                "replication": replication,
                "player": scenario.vendors[vendor].name,
                "strategy": scenario.strategies[strategy].name,
            }
            for name, value in (address | found).items():
                rows[name].append(value)
    return CELLS.filled(rows)


def _finish(start: Engine, players: Sequence[int], cell: Cell, on_week: OnWeek | None) -> Engine:
    """Branch from the warm-up, assign all strategies, and simulate the measured weeks."""
    engine, weeks = start.branch(), start.scenario.clock.weeks
    vendors, _ = engine.status_quo()
    for vendor, strategy in zip(players, cell, strict=True):
        vendors[vendor] = strategy
    engine.assign(vendors, [vendors[v] for v in engine.market.reps.vendor])
    engine.run(weeks, on_week)
    engine.recorder.finish(engine.week, engine.market)
    return engine


def _seen_by(start: Engine, engine: Engine, vendor: int, strategy: int) -> Run:
    """Return a finished market as one of its vendors sees it."""
    buyers = start.market.buyers
    held = (buyers.holds >= 0) & (start.rules.products.vendor[buyers.holds] == vendor)
    return Run(
        strategy=start.scenario.strategies[strategy].name,
        adopters="focal",
        replication=start.replication,
        engine=engine,
        vendor=vendor,
        team=start.market.reps.vendor == vendor,
        strategy_row=strategy,
        start_accounts=int(np.count_nonzero(held)),
        start_served=int(start.market.vendors.customers.sum()),
        weeks=start.scenario.clock.weeks,
    )
