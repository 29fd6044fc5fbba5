"""Pair the decisions of two runs, with their inputs and results.

Two decisions are a pair if the buyer is the same and the evaluation opened in the same week. A pair shares the random
numbers of its choice. All other decisions are in one run only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zerosum.market.metrics import measure
from zerosum.market.records import ACCOUNTS_LOST, RENEWED, UPGRADED, WON_DISPLACEMENT, WON_NEW
from zerosum.market.run import Run
from zerosum.market.state import NO_DECISION, NONE, Byte, Float, Short
from zerosum.studies.attribution.causes import MONEY, N_EARNED, QUANTITIES, TOTALS
from zerosum.studies.attribution.value import Decided, results
from zerosum.studies.attribution.witness import Attempts, Ingredients, Witness


@dataclass(frozen=True)
class Side:
    """A finished run of one strategy.

    Attributes
    ----------
    run : Run
    witness : Witness
    made_of : Ingredients
        one row per decision, in recorded order
    outcome : int8[decisions]
        index of market.OUTCOMES
    after : int16[decisions]
        product held afterwards, NONE
    brought : float64[decisions, quantities]
    attempts : Attempts
        the vendor's calls on buyers in an evaluation
    """

    run: Run
    witness: Witness
    made_of: Ingredients
    outcome: Byte
    after: Short
    brought: Float
    attempts: Attempts


def make_side(run: Run, witness: Witness) -> Side:
    """Combine a finished run and its witness."""
    engine = run.engine
    record, rules = engine.recorder.decisions, engine.rules
    winner = np.where(record.outcome == NO_DECISION, NONE, rules.products.vendor[record.after])
    decided = Decided(record.outcome, winner.astype(np.int16), record.after, record.revenue)
    brought = results(decided, record.before, record.arr_before, run.vendor, rules)
    return Side(run, witness, witness.decisions(), record.outcome, record.after, brought, witness.attempts())


def sum_up(side: Side) -> dict[str, float]:
    """Return a vendor's totals from the run's own metrics and weekly sums: name -> number.

    They don't depend on the witness; the causes must sum to them.
    """
    run = side.run
    numbers, weekly = measure(run), run.engine.recorder.weekly[:, run.vendor].sum(axis=0)
    metrics = ("revenue_new", "revenue_displaced", "revenue_renewed", "revenue_upgraded")
    found = dict(zip(MONEY, (numbers[name] for name in metrics), strict=False))
    found |= {"money": numbers["revenue"], MONEY[-1]: float(side.brought[:, N_EARNED].sum())}
    columns = (WON_NEW, WON_DISPLACEMENT, RENEWED, UPGRADED, ACCOUNTS_LOST)
    found |= dict(zip(QUANTITIES[len(MONEY) :], (float(weekly[c]) for c in columns), strict=True))
    found["n"] = float(weekly[list(columns[:N_EARNED])].sum())
    return {name: found[name] for name in TOTALS}


def add_sums(quantities: Float) -> Float:
    """Turn quantities ([..., 10]) into totals ([..., 12]), adding total revenue and total deals won."""
    money, counts = quantities[..., : len(MONEY)], quantities[..., len(MONEY) :]
    parts = [
        part
        for block in (money, counts)
        for part in (
            block[..., :N_EARNED],
            block[..., :N_EARNED].sum(axis=-1, keepdims=True),
            block[..., N_EARNED:],
        )
    ]
    return np.concatenate(parts, axis=-1)


Rows = npt.NDArray[np.intp]


class Pairs(NamedTuple):
    """Row numbers of decisions, in order of buyer and evaluation."""

    first: Rows  # [pairs] in the first run
    second: Rows  # [pairs] the same decisions in the second
    first_only: Rows
    second_only: Rows


def pair(first: Ingredients, second: Ingredients) -> Pairs:
    """Pair the decisions of two runs.

    Parameters
    ----------
    first, second : Ingredients
        a buyer decides once in an evaluation
    """
    keys = [_key(first), _key(second)]
    _, here, there = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    alone = []
    for key, paired in zip(keys, (here, there), strict=True):
        single = np.setdiff1d(np.arange(len(key)), paired)
        alone.append(single[np.argsort(key[single], kind="stable")])
    return Pairs(here, there, alone[0], alone[1])


def _key(decisions: Ingredients) -> npt.NDArray[np.int64]:
    return decisions.buyer.astype(np.int64) * 2**32 + decisions.start
