"""The engine against the slow twin on the same market, drawing the same random events.

The twin (``tests/reference``) is a plain Mesa model with an object per buyer and rep. It is no strawman: it
looks only at buyers that are due, remembers what it has worked out, and draws through the compiled generator.
In a second row it draws through its own Philox in plain Python, as a model would that is Python throughout.
"""

from __future__ import annotations

import statistics
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.markets import busy_market
from benchmarks.measure import NANO, Options, Table, clock
from tests.reference import draws as plain_draws
from tests.reference.model import ReferenceModel
from tests.side_by_side import disagreements, rows_of
from zerosum.market import draws as compiled_draws
from zerosum.market.engine import Engine
from zerosum.scenario import Scenario

GOAL = 200


def _run_engine(scenario: Scenario, weeks: int) -> tuple[Engine, float, float]:
    start = clock()
    engine = Engine(scenario)
    built = clock()
    engine.run(weeks)
    return engine, built - start, clock() - built


def _run_twin(
    scenario: Scenario, key: int, weeks: int, draws: ModuleType
) -> tuple[ReferenceModel, float, float]:
    start = clock()
    twin = ReferenceModel(scenario, key, draws=draws)
    built = clock()
    twin.run(weeks)
    return twin, built - start, clock() - built


def _same_rows(got: list[dict[str, Any]], ref: list[dict[str, Any]]) -> bool:
    """Compare as the tests do: integers exactly, floats to 1e-6."""
    return len(got) == len(ref) and all(
        mine.keys() == theirs.keys()
        and all(np.isclose(mine[name], theirs[name], rtol=1e-6, atol=1e-9) for name in mine)
        for mine, theirs in zip(got, ref, strict=True)
    )


def are_equal(engine: Engine, twin: ReferenceModel) -> bool:
    """Tell whether both hold the same state and remember the same deals and decisions."""
    tables = ("deals", "decisions")
    return not disagreements(engine, twin) and all(
        _same_rows(rows_of(getattr(engine.recorder, name)), getattr(twin, name)) for name in tables
    )


def measure(options: Options) -> list[Table]:
    """Time both on the same weeks."""
    buyers, weeks = (400, 6) if options.quick else (20_000, 52)
    repeats = 1 if options.quick else options.repeats
    scenario = busy_market(buyers, weeks=weeks)
    _run_engine(scenario, weeks)  # compiles
    runs = [_run_engine(scenario, weeks) for _ in range(repeats)]
    engine = runs[-1][0]
    built, ran = (statistics.median(run[i] for run in runs) for i in (1, 2))
    n_reps, per_week = sum(v.reps for v in scenario.vendors), NANO / weeks / buyers
    rows = [["engine", f"{built:.3f}", f"{ran:.3f}", f"{ran * per_week:,.0f}", "1", ""]]
    for name, draws in (("Mesa, compiled draws", compiled_draws), ("Mesa, plain draws", plain_draws)):
        twin, twin_built, twin_ran = _run_twin(scenario, int(engine.key), weeks, draws)
        verdict = "equal" if are_equal(engine, twin) else "DIFFERENT"
        row = [name, f"{twin_built:.3f}", f"{twin_ran:.3f}", f"{twin_ran * per_week:,.0f}"]
        rows.append([*row, f"{twin_ran / ran:,.0f}", verdict])
    deals, decisions = len(engine.recorder.deals.week), len(engine.recorder.decisions.week)
    return [
        Table(
            "engine",
            f"The engine and plain Mesa: {buyers:,} buyers, {n_reps:,} reps, weeks 0 to {weeks - 1}",
            ("model", "build (s)", "run (s)", "per buyer-week (ns)", "engine = 1", "results"),
            rows,
            (
                f"The same weeks for all, one thread; the engine's is the median of {repeats}. "
                f"Compared: every column at the end, {deals:,} deals and {decisions:,} decisions.",
                f"Goal: at least {GOAL} with compiled draws.",
            ),
        )
    ]
