"""Table of the decisions with a different result: both runs' inputs and results, and causes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from zerosum.market.state import NONE, REASONS, SOURCES, Float
from zerosum.studies.attribution.causes import CAUSES, N_EARNED, N_KINDS
from zerosum.studies.attribution.side import Pairs, Rows, Side
from zerosum.studies.attribution.witness import Ingredients

NOTHING = "nothing"
RESULTS = (
    "won, new market",
    "won from a rival",
    "renewed",
    "own product displaced",
    "lost to a rival",
)
"""Labels of a decision's result, in the order of its kinds."""

NOT_DECIDED = "not decided"
"""The run has the same evaluation, still open at the end of its measured weeks."""
NO_EVALUATION = "no evaluation"
"""In this run, no evaluation of this buyer opened in that week."""
ABSENT = (NOT_DECIDED, NO_EVALUATION)
"""Values shown instead of a result if a run doesn't have the decision."""

WON, LOST, CHANGED = "won", "lost", "changed"
SIDES = ("baseline", "strategy")


def rows_of(first: Side, second: Side, some: Pairs, parts: Float) -> pd.DataFrame:
    """Return the table of decisions with a different result.

    Parameters
    ----------
    first, second : Side
    some : Pairs
        decisions; pairs first, then single ones
    parts : float64[decisions, causes, quantities]
        part of the difference due to each cause

    Returns
    -------
    DataFrame
        see :class:`zerosum.studies.attribution.explain.ChangedDeals`
    """
    n, n_single = len(parts), (len(some.first_only), len(some.second_only))
    nowhere = [np.full(size, NONE, np.intp) for size in n_single]
    rows = (
        np.concatenate([some.first, some.first_only, nowhere[1]]),
        np.concatenate([some.second, nowhere[0], some.second_only]),
    )
    engine = first.run.engine
    scenario, market = engine.scenario, engine.market
    here = rows[0] != NONE
    either = np.where(here, _at(first.made_of.buyer, rows[0]), _at(second.made_of.buyer, rows[1]))
    start = np.where(here, _at(first.made_of.start, rows[0]), _at(second.made_of.start, rows[1]))
    value = market.buyers.value[either]
    segments = np.array([segment.name for segment in scenario.segments])
    share = weights(parts, value)
    found: dict[str, Any] = {
        "replication": np.full(n, first.run.replication),
        "buyer": either,
        "segment": segments[market.buyers.segment[either]],
        "value": value,
        "start": start,
        "rep": market.buyers.owner[either, first.run.vendor],
    }
    standing = np.zeros((2, n))
    for number, (side, row) in enumerate(zip((first, second), rows, strict=True)):
        columns, standing[number] = _columns(side, row, _open_at_end(side, either, start))
        found |= {f"{name}_{SIDES[number]}": column for name, column in columns.items()}
    found["direction"] = np.select(
        [standing[1] > standing[0], standing[1] < standing[0]], [WON, LOST], CHANGED
    )
    found["money"] = parts[:, :, :N_EARNED].sum(axis=(1, 2))
    found["money_lost_accounts"] = parts[:, :, N_EARNED].sum(axis=1)
    found["cause"] = np.array([cause.name for cause in CAUSES])[np.argmax(share, axis=1)] if n else []
    found |= {f"share_{cause.name}": share[:, i] for i, cause in enumerate(CAUSES)}
    return pd.DataFrame(found)


def _open_at_end(side: Side, buyer: Rows, start: Any) -> npt.NDArray[np.bool_]:
    """Return whether evaluations (buyer, week of opening) were open at the end of a run."""
    return np.asarray(side.run.engine.market.buyers.evaluation_start[buyer] == start)


def _columns(side: Side, rows: Rows, still_open: npt.NDArray[np.bool_]) -> tuple[dict[str, Any], Float]:
    """Return one run's columns (rows NONE: no such decision), and our result: won 1, lost -1."""
    vendor, scenario = side.run.vendor, side.run.engine.scenario
    there = rows != NONE
    made_of = Ingredients._make(_at(column, rows) for column in side.made_of)
    offer = there & made_of.offer[:, vendor]
    counts = _at(side.brought, rows)[:, N_KINDS:]
    kind, counted = np.argmax(counts, axis=1), there & counts.any(axis=1)
    # The last entry means none.
    products = np.array([*(product.name for product in scenario.products), ""])
    vendors = np.array([*(product.vendor for product in scenario.products), ""])

    def ours(column: Any) -> Any:
        return np.where(offer, column[:, vendor], np.nan)

    columns = {
        "week": np.where(there, made_of.week, np.nan),
        "reason": np.where(there, np.array(REASONS)[made_of.reason], ""),
        "incumbent": np.where(there, vendors[made_of.held], ""),
        "result": np.select(
            [counted, there, still_open], [np.array(RESULTS)[kind], NOTHING, NOT_DECIDED], NO_EVALUATION
        ),
        "satisfaction": np.where(there & (made_of.held >= 0), made_of.level + made_of.mood, np.nan),
        "source": np.where(offer, np.array(SOURCES)[made_of.source[:, vendor]], ""),
        "product": np.where(offer, products[made_of.product[:, vendor]], ""),
        "opened": ours(made_of.opened),
        "preparation": ours(made_of.preparation),
        "selling": ours(made_of.selling),
        "support": ours(made_of.support),
        "trust": ours(made_of.trust),
        "skill": ours(made_of.skill),
        "discount": ours(made_of.discount),
        "competitors": np.where(there, made_of.offer.sum(axis=1) - made_of.offer[:, vendor], np.nan),
    }
    return columns, np.where(counted, np.where(kind < N_EARNED, 1.0, -1.0), 0.0)


def _at(column: Any, rows: Rows) -> Any:
    """Return rows of a column; arbitrary values for rows NONE."""
    return column[rows] if len(column) else np.zeros((len(rows), *column.shape[1:]), column.dtype)


def weights(parts: Float, value: Float) -> Float:
    """Return each cause's share of a decision's difference; shares sum to 1.

    A difference has several quantities (money and deals of each kind). Each cause's part is projected on the whole
    difference, with money in units of the account's annual value. So a share is defined even if money of two kinds
    cancels out.

    Parameters
    ----------
    parts : float64[n, causes, quantities]
    value : float64[n]
        money/year

    Returns
    -------
    float64[n, causes]
    """
    scaled = parts.copy()
    scaled[:, :, :N_KINDS] /= value[:, None, None]
    whole = scaled.sum(axis=1)
    return np.einsum("ncq,nq->nc", scaled, whole) / np.einsum("nq,nq->n", whole, whole)[:, None]
