"""Kernels as plain Python and compiled: the same whole numbers, and floats to 1e-9."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from tests.golden.refresh import markets
from zerosum.market import jit
from zerosum.market.run import branches, warm_up


def columns() -> dict[str, Any]:
    """State and record of each strategy of the market that is small enough."""
    scenario = markets()["plain"]
    found: dict[str, Any] = {}
    for run in branches(warm_up(scenario, 0), scenario.compared_names, ["focal"]):
        recorder = run.engine.recorder
        tables = zip(run.engine.market._fields, run.engine.market, strict=True)
        for name, table in [*tables, ("deals", recorder.deals), ("decisions", recorder.decisions)]:
            found |= {f"{run.strategy} {name} {column}": value for column, value in table._asdict().items()}
        found[f"{run.strategy} weekly"] = recorder.weekly
        found[f"{run.strategy} hours"] = recorder.rep_hours
    return found


def test_plain_and_compiled_kernels_agree() -> None:
    compiled = columns()
    with jit.uncompiled():
        plain = columns()
    assert len(plain["usual deals week"]) > 20
    assert compiled.keys() == plain.keys()
    for name, column in plain.items():
        if column.dtype.kind == "i":
            assert np.array_equal(column, compiled[name]), name
        else:
            np.testing.assert_allclose(column, compiled[name], rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.uncompiled
def test_kernels_run_as_they_were_asked_to(request: pytest.FixtureRequest) -> None:
    uncompiled = request.config.getoption("--uncompiled")
    assert jit._uncompiled == uncompiled
    assert not (uncompiled and "zerosum.market.compiler" in sys.modules)
