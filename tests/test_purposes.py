"""No two purposes of chance ever draw at one address, in runs of every shipped scenario with each of its strategies."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.purposes import AGAIN, PLANTED
from zerosum.market.draws import STREAMS

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def heard() -> dict[str, Any]:
    """Listen to all draws, in a process whose kernels are plain Python."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-m", "tests.purposes"]
    child = subprocess.run(command, capture_output=True, cwd=ROOT, env=environment, timeout=600, text=True)
    assert child.returncode == 0, child.stderr
    found: dict[str, Any] = json.loads(child.stdout)
    return found


def test_no_address_serves_two_purposes_or_one_twice(heard: dict[str, Any]) -> None:
    assert heard["faults"] == {}


def test_every_purpose_was_heard(heard: dict[str, Any]) -> None:
    assert set(heard["used"]) == set(STREAMS)
    assert set(AGAIN) <= set(STREAMS)


@pytest.mark.parametrize(("name", "other"), [planted[:2] for planted in PLANTED])
def test_a_planted_sharing_is_heard(heard: dict[str, Any], name: str, other: str) -> None:
    faults = heard["planted"][f"{name} on {other}"]
    assert faults
    assert all(fault.startswith(f"{other}: ") for fault in faults)


def test_the_page_says_which_draws_hang_on_the_week_and_on_more(heard: dict[str, Any]) -> None:
    """In the table of docs/model.md a dash is a nought: an address without a week, or without a number of its own."""
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|", page, flags=re.MULTILINE)
    told = {name: [week.strip() != "−", draw.strip() != "−"] for name, week, draw in rows}
    assert told == heard["used"]
