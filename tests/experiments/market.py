"""A small market and experiment for the tests of sweeps."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from zerosum.studies.sweep import Study, load_experiment

MARKET = """
name = "small"
market = { buyers = 60, saturation = 0.9 }
clock = { warmup_weeks = 0, weeks = 16 }
vendors = [{ name = "Alder", reps = 3 }, { name = "Elm", reps = 3 }]
strategies = [
    { name = "usual" },
    { name = "calls", plan = { prospecting = 0.5, preparation = 0.1, selling = 0.4, social = 0.0 } },
]

[[segments]]
name = "small"
share = 1.0
contract_weeks = 20
"""

EXPERIMENT = """
question = "Where do calls pay?"
scenario = "market.toml"
replications = 3
metrics = ["gini", "attempts"]

[[factors]]
key = "market.saturation"
values = [0.2, 0.9]

[[factors]]
key = "vendors.Alder.reps"
low = 2
high = 4
steps = 3
"""

SAMPLE = """
scenario = "market.toml"
replications = 2
metrics = ["attempts"]
[design]
kind = "sobol"
points = 4
[[factors]]
key = "market.saturation"
low = 0.2
high = 0.9
"""
"""A sample whose file says nothing of noise."""


def put(folder: Path, experiment: str = EXPERIMENT, market: str = MARKET) -> Path:
    """Write a question with its market; return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "market.toml").write_text(market, encoding="utf-8")
    file = folder / "small.toml"
    file.write_text(experiment, encoding="utf-8")
    return file


def study_in(folder: Path, experiment: str = EXPERIMENT, market: str = MARKET) -> Study:
    file = put(folder, experiment, market)
    return Study(load_experiment(file), file)


def same(a: pa.Table, b: pa.Table) -> bool:
    """Tell whether two tables are the same, NaN equal to NaN."""
    return bool(a.schema.equals(b.schema)) and a.to_pandas().equals(b.to_pandas())
