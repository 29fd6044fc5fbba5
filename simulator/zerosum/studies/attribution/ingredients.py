"""What decisions are made of, a row each: all that a buyer weighs, but for luck and the buyer's own traits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zerosum.market.state import Byte, Float, Int, Short

Bool = npt.NDArray[np.bool_]


class Ingredients(NamedTuple):
    """One row per decision; what belongs to an offer has a column per vendor, and means nothing without the offer.

    ``trust``, ``skill``, ``discount`` and ``upgrade`` belong to the rep whose territory the buyer is in, and are
    known whether or not there is an offer.
    """

    buyer: Int
    start: Int  # week in which the evaluation opened
    week: Int  # week of the decision
    reason: Byte  # index of market.REASONS
    held: Short  # product held, NONE
    level: Float  # utility: satisfaction without mood, 0 where nothing is held
    mood: Float  # utility: the mood of that week
    offer: Bool  # [decisions, vendors]
    source: Byte  # [decisions, vendors] index of market.SOURCES, 0 without an offer
    opened: Int  # [decisions, vendors] week, NONE
    product: Short  # [decisions, vendors] product pitched, NONE
    preparation: Float  # [decisions, vendors] hours
    selling: Float  # [decisions, vendors] hours
    support: Bool  # [decisions, vendors] presales help counts
    trust: Float  # [decisions, vendors] share
    skill: Float  # [decisions, vendors] skill units
    discount: Float  # [decisions, vendors] share
    upgrade: Bool  # [decisions, vendors] newer products are offered to own customers


def take(ingredients: Ingredients, rows: npt.NDArray[np.intp]) -> Ingredients:
    """Pick rows, in the order given, as often as they are named."""
    return Ingredients._make(column[rows] for column in ingredients)


def join(parts: list[Ingredients]) -> Ingredients:
    """Put tables below each other; there must be at least one."""
    return Ingredients._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
