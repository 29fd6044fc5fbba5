"""Shapley values: each input group's contribution to a decision's different result.

The groups of inputs in which two runs differ are switched to the second run one after the other. A group's Shapley
value is the change when it is switched, averaged over all orders. The values sum to the whole difference.

A missing offer is added with its rep but no hours of work. Its hours belong to their own groups.

Source: Shapley (1953); a coalition's worth is its decision with the other ingredients as in the first run, the
"baseline Shapley" of Sundararajan & Najmi (2020).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zerosum.market.declare.rules import Rules
from zerosum.market.state import Float
from zerosum.statistics.shapley import shapley_values
from zerosum.studies.attribution.causes import (
    CONTACT,
    INCUMBENT,
    N_GROUPS,
    PITCH,
    PREPARATION,
    PRICE,
    QUANTITIES,
    RIVALS,
    SATISFACTION,
    SELLING,
    SKILL,
    SUPPORT,
    TIMING,
    TRUST,
)
from zerosum.studies.attribution.value import Shared, decide, results
from zerosum.studies.attribution.witness import Bool, Ingredients, take

_OF_OUR_OFFER = {
    "offer": CONTACT,
    "preparation": PREPARATION,
    "selling": SELLING,
    "support": SUPPORT,
    "trust": TRUST,
    "skill": SKILL,
    "discount": PRICE,
    "product": PITCH,
    "upgrade": PITCH,
}
"""Columns with one entry per vendor; all entries of rivals belong to one group."""

MOST_ROWS = 65_536
"""Most coalitions to compute at once, to limit memory."""


def fill_in(first: Ingredients, second: Ingredients, vendor: int) -> tuple[Ingredients, Ingredients]:
    """Give an offer missing in one run the other run's product; clear the columns that need an offer.

    So a contact comes with a product, and reps without a deal make no difference.
    """
    there = first.offer | second.offer
    filled = []
    for own, other in ((first, second), (second, first)):
        columns = {}
        for name in _OF_OUR_OFFER:
            column = getattr(own, name)
            columns[name] = np.where(there, column, np.zeros(1, column.dtype))
        product = columns["product"]
        missing = ~own.offer[:, vendor] & other.offer[:, vendor]
        product[missing, vendor] = other.product[missing, vendor]
        filled.append(own._replace(**columns))
    return filled[0], filled[1]


def find_differing(first: Ingredients, second: Ingredients, vendor: int) -> Bool:
    """Return the groups in which two runs differ, after :func:`fill_in`; [decisions, groups]."""
    found = np.zeros((len(first.held), N_GROUPS), np.bool_)
    rival = np.arange(first.offer.shape[1]) != vendor
    for name, group in _OF_OUR_OFFER.items():
        unlike = getattr(first, name) != getattr(second, name)
        found[:, group] |= unlike[:, vendor]
        found[:, RIVALS] |= unlike[:, rival].any(axis=1)
    changed = first.held != second.held
    found[:, INCUMBENT] = changed | (first.paid != second.paid)
    # A different incumbent implies a different satisfaction.
    found[:, SATISFACTION] = ~changed & (first.level != second.level)
    found[:, TIMING] = first.mood != second.mood
    return found


def mix(first: Ingredients, second: Ingredients, of_second: Bool, vendor: int) -> Ingredients:
    """Take the groups named in ``of_second`` ([rows, groups]) from the second run, all else from the first."""
    rivals = np.repeat(of_second[:, [RIVALS]], first.offer.shape[1], axis=1)
    columns = {}
    for name, group in _OF_OUR_OFFER.items():
        chosen = rivals.copy()
        chosen[:, vendor] = of_second[:, group]
        columns[name] = np.where(chosen, getattr(second, name), getattr(first, name))
    incumbent, timing = of_second[:, INCUMBENT], of_second[:, TIMING]
    satisfied = np.where(first.held != second.held, incumbent, of_second[:, SATISFACTION])
    return first._replace(
        **columns,
        held=np.where(incumbent, second.held, first.held),
        paid=np.where(incumbent, second.paid, first.paid),
        level=np.where(satisfied, second.level, first.level),
        mood=np.where(timing, second.mood, first.mood),
    )


def shares(
    first: Ingredients, second: Ingredients, shared: Shared, vendor: int, rules: Rules
) -> npt.NDArray[np.float64]:
    """Attribute the difference in decisions' results (second run less first) to groups of inputs.

    Parameters
    ----------
    first, second : Ingredients
        the same decisions in two runs
    shared : Shared
        of these decisions
    vendor : int
        vendor whose results count

    Returns
    -------
    float64[decisions, groups, quantities]
        0 for groups in which the runs don't differ
    """
    first, second = fill_in(first, second, vendor)
    unlike = find_differing(first, second, vendor)
    found = np.zeros((len(first.held), N_GROUPS, len(QUANTITIES)))
    players = unlike.sum(axis=1)
    for m in np.unique(players[players > 0]):
        rows = np.flatnonzero(players == m)
        at_once = max(1, MOST_ROWS >> int(m))
        for begin in range(0, len(rows), at_once):
            some = rows[begin : begin + at_once]
            groups = np.nonzero(unlike[some])[1].reshape(len(some), m)
            worth = _worth(take(first, some), take(second, some), groups, pick(shared, some), vendor, rules)
            found[some[:, None], groups] = shapley_values(worth)
    return found


def pick(shared: Shared, rows: npt.NDArray[np.intp]) -> Shared:
    """Return rows of ``shared``."""
    return Shared._make(column[rows] for column in shared)


def _worth(
    first: Ingredients,
    second: Ingredients,
    groups: npt.NDArray[np.intp],
    shared: Shared,
    vendor: int,
    rules: Rules,
) -> Float:
    """Return the result of every coalition of a decision's groups; float64[decisions, 2**m, quantities]."""
    n, m = groups.shape
    size = 1 << m
    row = np.repeat(np.arange(n), size)
    coalition = np.tile(np.arange(size), n)
    of_second = np.zeros((n * size, N_GROUPS), np.bool_)
    for player in range(m):
        of_second[np.arange(n * size), groups[row, player]] = coalition >> player & 1 == 1
    mixed = mix(take(first, row), take(second, row), of_second, vendor)
    here = pick(shared, row)
    found = results(decide(mixed, here, rules), mixed.held, here.value * mixed.paid, vendor, rules)
    return found.reshape(n, size, len(QUANTITIES))
