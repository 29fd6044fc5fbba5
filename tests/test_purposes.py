"""No two purposes of chance ever draw at one address, in runs of every shipped scenario with each of its strategies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.each import each
from tests.purposes import AGAIN, PLANTED, Heard, hear_all
from zerosum.market.draws import STREAMS

pytestmark = pytest.mark.uncompiled


ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def found() -> Heard:
    return hear_all()


def test_no_address_serves_two_purposes_or_one_twice(found: Heard) -> None:
    assert found.faults == {}


def test_every_purpose_was_heard(found: Heard) -> None:
    assert set(found.used) == set(STREAMS)
    assert set(AGAIN) <= set(STREAMS)


@each(("name", "other"), [planted[:2] for planted in PLANTED])
def test_a_planted_sharing_is_heard(found: Heard, name: str, other: str) -> None:
    faults = found.planted[f"{name} on {other}"]
    assert faults
    assert all(fault.startswith(f"{other}: ") for fault in faults)


def test_the_page_says_which_draws_hang_on_the_week_and_on_more(found: Heard) -> None:
    """In the table of docs/model.md a dash is a nought: an address without a week, or without a number of its own."""
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|", page, flags=re.MULTILINE)
    told = {name: [week.strip() != "−", draw.strip() != "−"] for name, week, draw in rows}
    assert told == found.used
