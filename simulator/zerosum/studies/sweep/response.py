"""Summarize each point: every strategy's level, and its paired difference from the baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from zerosum.market.assumptions import courses
from zerosum.market.metrics import NULL_METRICS
from zerosum.runs.work import RUNS
from zerosum.studies.sweep.points import Study
from zerosum.studies.sweep.sweep import Swept

ROUNDING = 1e-9
"""Part of the largest number; smaller differences are rounding errors."""


def responses(
    swept: Swept, metrics: Sequence[str] = (), confidence: float = 0.95, against: str | None = None
) -> pd.DataFrame:
    """Summarize a sweep point by point.

    Parameters
    ----------
    swept : Swept
    metrics : names
        default: the experiment's
    confidence : float
        of each interval by itself
    against : str
        reference strategy; default: the experiment's

    Returns
    -------
    DataFrame
        point, the factors, adopters, strategy, metric, n (replications), mean, mean_low, mean_high, difference, low,
        high (paired with ``against``; NaN for ``against``), chance_baseline (NaN if not simulated); ordered by
        metric, adopters, strategy, point
    """
    study = swept.study
    held = against or study.against
    parts = [
        _of_metric(
            study, _runs(swept, metric, null=False), _runs(swept, metric, null=True), metric, confidence, held
        )
        for metric in metrics or study.experiment.metrics
    ]
    found = pd.concat(parts, ignore_index=True)
    return found.merge(study.points.rename_axis("point").reset_index(), on="point", how="left")[
        ["point", *study.points.columns, *(c for c in found.columns if c != "point")]
    ]


def outcomes(swept: Swept, metric: str, null: bool = False) -> pd.DataFrame:
    """Return a metric of every run: a row for each (point, replication), a column for each (adopters, strategy)."""
    return _runs(swept, metric, null)


def _runs(swept: Swept, metric: str, null: bool) -> pd.DataFrame:
    study, table = swept.study, swept.tables.get(RUNS)
    columns = pd.MultiIndex.from_product([study.adopters, study.strategies], names=["adopters", "strategy"])
    if table is None:
        index = pd.MultiIndex.from_arrays([[], []], names=["point", "replication"])
        return pd.DataFrame(index=index, columns=columns, dtype=float)
    # Rows are ordered by point, replication, adopters, strategy, so a reshape is enough.
    chosen = table["null"].to_numpy(zero_copy_only=False) == null
    values = table[metric].to_numpy()[chosen].reshape(-1, len(columns))
    at = [table[name].to_numpy()[chosen][:: len(columns)] for name in ("point", "replication")]
    together = courses(study.bases[0])
    # Replications that share their assumptions are one observation (docs/statistics.md).
    index = pd.MultiIndex.from_arrays([at[0], at[1] // together], names=["point", "replication"])
    found = pd.DataFrame(values, index, columns)
    return found if together == 1 else found.groupby(level=["point", "replication"]).mean()


def _of_metric(
    study: Study, runs: pd.DataFrame, by_chance: pd.DataFrame, metric: str, confidence: float, against: str
) -> pd.DataFrame:
    rows = []
    by_point = runs.index.get_level_values("point")
    for adopters in study.adopters:
        base = runs[adopters, against]
        for strategy in study.strategies:
            own = runs[adopters, strategy]
            level = _interval(own, by_point, confidence)
            gap = _interval(own - base, by_point, confidence)
            if strategy == against:
                gap[["mean", "low", "high"]] = np.nan
            here = pd.DataFrame(
                {
                    "point": level.index,
                    "adopters": adopters,
                    "strategy": strategy,
                    "metric": metric,
                    "n": level["n"].to_numpy(),
                    "mean": level["mean"].to_numpy(),
                    "mean_low": level["low"].to_numpy(),
                    "mean_high": level["high"].to_numpy(),
                    "difference": gap["mean"].to_numpy(),
                    "low": gap["low"].to_numpy(),
                    "high": gap["high"].to_numpy(),
                    "chance_baseline": np.nan,
                }
            )
            if len(by_chance) and metric in NULL_METRICS:
                null = by_chance[adopters, strategy].groupby(level="point").mean()
                here["chance_baseline"] = null.reindex(level.index).to_numpy()
            rows.append(here)
    return pd.concat(rows, ignore_index=True)


def _interval(values: pd.Series, by_point: pd.Index, confidence: float) -> pd.DataFrame:
    """Return every point's mean with Student's interval; undefined values are left out."""
    found = values.groupby(by_point).agg(["count", "mean", "std"]).rename_axis("point")
    n = found["count"].to_numpy()
    # Equal numbers differ from their mean by rounding, which would give a tiny interval that excludes zero.
    found.loc[found["std"] <= ROUNDING * values.abs().max(), "std"] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        reach = stdtrit(np.maximum(n - 1, 1), 0.5 + confidence / 2.0) * found["std"].to_numpy() / np.sqrt(n)
    reach = np.where(n > 1, reach, np.nan)
    mean = found["mean"].to_numpy()
    return pd.DataFrame({"n": n, "mean": mean, "low": mean - reach, "high": mean + reach}, index=found.index)
