"""One replication: two runs on common luck, the decisions that came out otherwise, and the causes of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from zerosum.market.state import Float
from zerosum.studies.attribution.causes import CAUSES, CONTACT, N_GROUPS, QUANTITIES
from zerosum.studies.attribution.contact import name_missing
from zerosum.studies.attribution.ingredients import take
from zerosum.studies.attribution.pairing import Pairs, Rows, pair
from zerosum.studies.attribution.shapley import shares
from zerosum.studies.attribution.side import Side, told, totals
from zerosum.studies.attribution.table import rows_of
from zerosum.studies.attribution.unmatched import name_unmatched
from zerosum.studies.attribution.value import draw_luck


@dataclass(frozen=True)
class Traced:
    """What became of one replication.

    Attributes
    ----------
    by_cause : float64[causes, totals]
        second run less first, columns as in :data:`TOTALS`
    totals : dict
        the same differences from the runs' own metrics: what causes sum to
    flips : DataFrame
        a row per decision that came out otherwise
    """

    by_cause: Float
    totals: dict[str, float]
    flips: pd.DataFrame


def trace(first: Side, second: Side) -> Traced:
    """Trace the difference between two runs to its causes.

    Parameters
    ----------
    first, second : Side
        of one replication, from one warm-up

    Returns
    -------
    Traced
    """
    pairs = pair(first.made_of, second.made_of)
    changed = np.any(first.brought[pairs.first] != second.brought[pairs.second], axis=1)
    some = Pairs(
        pairs.first[changed],
        pairs.second[changed],
        pairs.first_only[first.brought[pairs.first_only].any(axis=1)],
        pairs.second_only[second.brought[pairs.second_only].any(axis=1)],
    )
    parts = np.concatenate(
        [
            _of_pairs(first, some.first, second, some.second),
            -_of_single(first, some.first_only, second),
            _of_single(second, some.second_only, first),
        ]
    )
    before, after = totals(first), totals(second)
    return Traced(
        by_cause=told(parts.sum(axis=0)),
        totals={name: after[name] - before[name] for name in before},
        flips=rows_of(first, second, some, parts),
    )


def _of_pairs(first: Side, first_rows: Rows, second: Side, second_rows: Rows) -> Float:
    """Shares of what changed in decisions that both runs had; float64[pairs, causes, quantities]."""
    vendor, rules = first.run.vendor, first.witness.rules
    own, other = take(first.made_of, first_rows), take(second.made_of, second_rows)
    luck = draw_luck(first.witness.key, own.buyer, own.start, first.run.engine.market, rules)
    found = np.zeros((len(first_rows), len(CAUSES), len(QUANTITIES)))
    found[:, :N_GROUPS] = shares(own, other, luck, vendor, rules)
    arrived = np.flatnonzero(~own.offer[:, vendor] & other.offer[:, vendor])
    gone = np.flatnonzero(own.offer[:, vendor] & ~other.offer[:, vendor])
    for rows, named in (
        (arrived, name_missing(second, second_rows[arrived], first, first_rows[arrived])),
        (gone, name_missing(first, first_rows[gone], second, second_rows[gone])),
    ):
        contact = found[rows, CONTACT]
        found[rows, CONTACT] = 0.0
        found[rows, named] = contact
    return found


def _of_single(side: Side, rows: Rows, other: Side) -> Float:
    """What decisions that the other run hasn't brought, under the cause of each."""
    found = np.zeros((len(rows), len(CAUSES), len(QUANTITIES)))
    found[np.arange(len(rows)), name_unmatched(side, rows, other)] = side.brought[rows]
    return found
