"""Sweeps that nobody ran: a study, and numbers that are known for it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tests.experiments.market import study_in
from zerosum.runs.work import RUNS
from zerosum.studies.sweep import Study, Swept

METRIC = "revenue"
"""More is better, and it can be any number."""

MARKET = """
name = "small"
market = {{ buyers = 60, saturation = 0.9 }}
vendors = [{{ name = "Alder", reps = 3 }}, {{ name = "Elm", reps = 3 }}]
strategies = [{strategies}]
"""

Number = Callable[[pd.DataFrame, np.random.Generator, int], Sequence[Any]]
"""(points, generator, replications) -> for each strategy float[points, replications]."""


def study_of(
    factors: Sequence[str],
    design: str = "",
    strategies: Sequence[str] = ("usual", "calls"),
    more: str = "",
    often: int = 6,
    scenarios: Sequence[str] = ("market.toml",),
) -> Study:
    """Make a study; ``factors``: bodies of [[factors]]; ``scenarios``: the first is fabricated, others ship."""
    body = [f"scenario = {list(scenarios)}\nreplications = {often}\nmetrics = ['{METRIC}']"]
    body += [f"strategies = {list(strategies)}", more]
    body += [f"[design]\n{design}"] if design else []
    body += [f"[[factors]]\n{factor}" for factor in factors]
    market = MARKET.format(strategies=", ".join(f'{{ name = "{strategy}" }}' for strategy in strategies))
    with tempfile.TemporaryDirectory() as folder:
        return study_in(Path(folder), "\n".join(body), market)


def saturation(extra: str) -> str:
    return f'key = "market.saturation"\n{extra}'


def hours(extra: str) -> str:
    return f'key = "reps.hours_per_week"\nname = "hours"\n{extra}'


def swept_of(study: Study, number: Number, seed: int = 1, drop: Sequence[tuple[int, int]] = ()) -> Swept:
    """Fabricate all runs; ``drop``: (point, replication) that are missing."""
    often, points = study.experiment.replications, len(study.points)
    values = np.stack(
        [
            np.broadcast_to(v, (points, often))
            for v in number(study.points, np.random.default_rng(seed), often)
        ],
        axis=2,
    )
    strategies, adopters = study.strategies, study.adopters
    each = len(strategies) * len(adopters)
    runs = pd.DataFrame(
        {
            "point": np.repeat(np.arange(points), often * each),
            "replication": np.tile(np.repeat(np.arange(often), each), points),
            "adopters": np.tile(np.repeat(adopters, len(strategies)), points * often),
            "strategy": np.tile(strategies, points * often * len(adopters)),
            "null": False,
            METRIC: np.repeat(values[:, :, None, :], len(adopters), axis=2).ravel(),
        }
    )
    gone = pd.MultiIndex.from_tuples(list(drop), names=["point", "replication"]) if drop else None
    if gone is not None:
        runs = runs[~pd.MultiIndex.from_frame(runs[["point", "replication"]]).isin(gone)]
    wanted = dict.fromkeys(range(points), often)
    table = pa.Table.from_pandas(runs, preserve_index=False)
    return Swept(study, wanted, {RUNS: table}, (), missing=len(drop))


def column(points: pd.DataFrame, name: str) -> Any:
    """Return a factor's values, to be broadcast over replications."""
    return points[name].to_numpy()[:, None]
