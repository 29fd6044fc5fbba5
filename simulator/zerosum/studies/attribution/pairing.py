"""Which decisions of two runs are the same one: the same buyer's, in an evaluation that opened in the same week.

Such a pair shares the luck of its choice. All other decisions exist in one run only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from zerosum.studies.attribution.ingredients import Ingredients

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

    Returns
    -------
    Pairs
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
