"""Kernels as plain Python (``make test-plain``) and compiled: the same whole numbers, and floats to 1e-9.

With compiled kernels the first test starts a process without them; run plainly, it starts one with them. The others
simply run in whichever way they are asked to, against the slow twin.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings

from tests.golden.refresh import markets
from tests.helpers import Play, lively_markets, play_both
from zerosum.market.run import branches, warm_up

ROOT = Path(__file__).parents[1]
PLAIN = bool(numba.config.DISABLE_JIT)

pytestmark = pytest.mark.skipif(
    not PLAIN, reason="`make test-plain` runs these; with compiled kernels test_twin does"
)

DUMP = """
import sys
import numpy as np
from tests.test_plain import columns
np.savez(sys.stdout.buffer, **columns())
"""


def columns() -> dict[str, Any]:
    """State and record of each strategy of the market that is small enough."""
    scenario = markets()["plain"]
    found: dict[str, Any] = {}
    for run in branches(warm_up(scenario, 0), scenario.compared_names, ["alone"]):
        recorder = run.engine.recorder
        tables = zip(run.engine.market._fields, run.engine.market, strict=True)
        for name, table in [*tables, ("deals", recorder.deals), ("decisions", recorder.decisions)]:
            found |= {f"{run.strategy} {name} {column}": value for column, value in table._asdict().items()}
        found[f"{run.strategy} weekly"] = recorder.weekly
        found[f"{run.strategy} hours"] = recorder.rep_hours
    return found


@pytest.mark.plain
def test_plain_and_compiled_kernels_agree() -> None:
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "0" if PLAIN else "1"}
    child = subprocess.run(
        [sys.executable, "-c", DUMP], capture_output=True, check=True, cwd=ROOT, env=environment, timeout=600
    )
    other = np.load(io.BytesIO(child.stdout))
    mine = columns()
    assert mine.keys() == set(other.files)
    assert len(mine["usual deals week"]) > 20
    for name, column in mine.items():
        if column.dtype.kind == "i":
            assert np.array_equal(column, other[name]), name
        else:
            np.testing.assert_allclose(column, other[name], rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.plain
@given(lively_markets(most_buyers=60, most_weeks=60))
@settings(max_examples=12)
def test_the_twin_agrees_with_the_engine_as_it_runs_here(play: Play) -> None:
    assert play_both(play, every=30) == []


@pytest.mark.plain
def test_kernels_are_what_they_are_said_to_be() -> None:
    from zerosum.market import jit

    assert jit._uncompiled == PLAIN
