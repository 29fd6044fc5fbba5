"""Which points are known well enough: replications are added to those that aren't."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from zerosum.market.assumptions import courses
from zerosum.market.metrics import BY_NAME, parse_amount
from zerosum.statistics import paired_difference
from zerosum.studies.sweep.points import Study

ROUND = 10
"""Replications that are added to a point at a time."""


def find_wide(study: Study, runs: pa.Table, replications: Mapping[int, int]) -> list[int]:
    """Points at which some strategy's difference from the baseline is known less well than the experiment asks.

    Parameters
    ----------
    runs : Table
        of all points
    replications : mapping
        point -> how many there should be; where there are fewer, some failed, and more won't help

    Notes
    -----
    To look again and again and to end when an interval is narrow costs a little of its confidence, most where
    differences are skewed: docs/statistics.md has figures.
    """
    wanted = study.experiment.precision
    assert wanted is not None
    metric = BY_NAME[wanted.metric]
    amount = parse_amount(wanted.halfwidth, metric)
    columns = ["point", "world", "strategy", "replication", wanted.metric]
    frame = runs.filter(pc.invert(runs["null"])).select(columns).to_pandas()
    wide = []
    for (point,), here in frame.groupby(["point"], sort=True):
        table = here.pivot(index="replication", columns=["world", "strategy"], values=wanted.metric)
        if len(table) < replications[int(point)]:
            continue
        # Replications that share their assumptions are one observation.
        table = table.groupby(table.index // courses(study.bases[0])).mean()
        for world in study.worlds:
            base = table[world, study.baseline].to_numpy()
            asked = amount.of(float(base.mean()))
            halves = [
                found.high - found.mean
                for strategy in study.strategies
                if strategy != study.baseline
                for found in [paired_difference(table[world, strategy].to_numpy(), base)]
            ]
            if any(math.isnan(half) or half > asked for half in halves):
                wide.append(int(point))
                break
    return wide
