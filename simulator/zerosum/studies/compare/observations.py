"""From replications to independent observations.

Where the scenario is uncertain, two replications in a row share their assumptions, so they are no two independent
numbers: their mean is one. Elsewhere every replication is an observation.
"""

from __future__ import annotations

import pandas as pd

from zerosum.market.assumptions import courses
from zerosum.market.metrics import METRICS
from zerosum.scenario.spec import Scenario


def observations(scenario: Scenario, runs: pd.DataFrame) -> pd.DataFrame:
    """Average what shares its assumptions.

    Parameters
    ----------
    runs : DataFrame
        adopters, strategy, replication, null, metrics

    Returns
    -------
    DataFrame
        the same columns; ``replication`` counts sets of assumptions where there are any
    """
    shared = courses(scenario)
    if shared == 1:
        return runs
    key = ["adopters", "strategy", "null", "replication"]
    sets = runs.assign(replication=runs["replication"] // shared)
    means = sets.groupby(key, sort=False)[[metric.name for metric in METRICS]].mean().reset_index()
    return means[list(runs.columns)]
