"""Turn records into tables, columns by name; row numbers become names."""

from __future__ import annotations

from typing import Any

import numpy as np

from zerosum.market.records import DEAL_KINDS, DEAL_OUTCOMES, WEEKLY
from zerosum.market.run import Run
from zerosum.market.state import NONE, OUTCOMES, REASONS, SOURCES

Table = dict[str, np.ndarray[Any, Any]]
"""Columns by name, all equally long."""


def _names(rows: np.ndarray, names: tuple[str, ...] | list[str]) -> np.ndarray:
    """Replace row numbers by names; NONE by an empty text."""
    table = np.array([*names, ""], dtype=object)
    return table[np.where(rows == NONE, len(names), rows)]


def weekly_table(run: Run) -> Table:
    """Return a row per measured week and vendor; columns as in :data:`zerosum.market.records.WEEKLY`."""
    recorder = run.engine.recorder
    n_weeks, n_vendors, _ = recorder.weekly.shape
    vendors = np.array([v.name for v in run.engine.scenario.vendors], dtype=object)
    measured = np.repeat(np.arange(1, n_weeks + 1), n_vendors)
    table: Table = {
        "week": measured - 1 + (recorder.first_week or 0),
        "measured_week": measured,
        "vendor": np.tile(vendors, n_weeks),
    }
    return table | {name: recorder.weekly[:, :, i].ravel() for i, (name, _, _) in enumerate(WEEKLY)}


def deals_table(run: Run) -> Table:
    """Return a row per closed opportunity of any vendor; money per year, hours, weeks of the run."""
    scenario, engine = run.engine.scenario, run.engine
    deals, buyers = engine.recorder.deals, engine.market.buyers
    products = [p.name for p in scenario.products]
    return deals._asdict() | {
        "vendor": _names(deals.vendor, [v.name for v in scenario.vendors]),
        "source": _names(deals.source, SOURCES),
        "product": _names(deals.product, products),
        "incumbent": _names(deals.incumbent, products),
        "outcome": _names(deals.outcome, DEAL_OUTCOMES),
        "kind": _names(deals.kind, DEAL_KINDS),
        "rep_strategy": _names(engine.market.reps.strategy[deals.rep], [s.name for s in scenario.strategies]),
        "segment": _names(buyers.segment[deals.buyer], [s.name for s in scenario.segments]),
        "value": buyers.value[deals.buyer],
    }


def decisions_table(run: Run) -> Table:
    """Return a row per evaluation that ended, with or without a rep."""
    decisions = run.engine.recorder.decisions
    products = [p.name for p in run.engine.scenario.products]
    return decisions._asdict() | {
        "reason": _names(decisions.reason, REASONS),
        "before": _names(decisions.before, products),
        "after": _names(decisions.after, products),
        "outcome": _names(decisions.outcome, OUTCOMES),
    }


def dropouts_table(run: Run) -> Table:
    """Return a row per customer that dropped out when its contract ended; ``arr`` is what it paid, money/year."""
    dropouts = run.engine.recorder.dropouts
    return dropouts._asdict() | {
        "product": _names(dropouts.product, [p.name for p in run.engine.scenario.products])
    }
