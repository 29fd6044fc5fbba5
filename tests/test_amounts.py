"""Amounts as people write them: read in the metric's own unit, refused in words that say what is allowed."""

from __future__ import annotations

import pytest

from tests.each import each
from zerosum.market.metrics import BY_NAME, Amount, parse_amount

pytestmark = pytest.mark.uncompiled


@each(
    ("text", "metric", "value", "relative"),
    [
        ("1pp", "share_at_quota", 0.01, False),
        ("0.5 pp", "win_rate", 0.005, False),
        (".02", "win_rate", 0.02, False),
        ("5pp", "attainment_median", 0.05, False),
        ("0.05", "attainment_median", 0.05, False),
        ("2%", "attainment_median", 0.02, True),
        ("5k", "revenue_per_rep", 5_000.0, False),
        ("1.5M", "revenue", 1_500_000.0, False),
        ("12,500", "revenue", 12_500.0, False),
        ("3%", "revenue", 0.03, True),
        ("0.5", "presales_wait", 0.5, False),
        ("1pp", "share_gain", 0.01, False),
    ],
)
def test_an_amount_is_read_in_the_metrics_unit(text: str, metric: str, value: float, relative: bool) -> None:
    found = parse_amount(text, BY_NAME[metric])
    assert (found.value, found.relative) == (pytest.approx(value), relative)
    assert found.written == text.strip()


@each(
    ("text", "metric", "said"),
    [
        ("2%", "win_rate", "percentage points, such as 1pp"),
        ("5k", "win_rate", "percentage points, such as 1pp"),
        ("1", "share_at_quota", "percentage points, such as 1pp"),
        ("1pp", "revenue", "money, such as 5k; or a part of the baseline's level, such as 2%"),
        ("5k", "presales_wait", "weeks, such as 0.5"),
        ("1pp", "contribution", "money per year, such as 5k"),
        ("0", "revenue", "must be above zero"),
        ("-1pp", "win_rate", "is no amount"),
        ("", "win_rate", "is no amount"),
        ("nan", "revenue", "is no amount"),
        ("1e400", "revenue", "is no amount"),
        ("9" * 400, "revenue", "must be above zero"),
        ("1 pp pp", "win_rate", "is no amount"),
        ("many", "revenue_per_rep", "money per year, such as 5k"),
    ],
)
def test_what_is_no_amount_says_what_would_be(text: str, metric: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_amount(text, BY_NAME[metric])
    assert said in str(caught.value)
    assert f"'{text}'" in str(caught.value)


def test_a_part_of_the_level_grows_with_it() -> None:
    assert Amount(0.02, True, "2%").of(500.0) == 10.0
    assert Amount(0.02, True, "2%").of(-500.0) == 10.0
    assert Amount(0.02, False, "2pp").of(500.0) == 0.02
