"""How numbers are said: units, rounding at the edges, signs, and what is undefined."""

from __future__ import annotations

import math
import re

import pytest

from tests.each import each
from zerosum.market.metrics import METRICS
from zerosum.report.wording import MISSING, format_adopters, format_difference, format_level, format_money
from zerosum.scenario.comparison import ADOPTERS

pytestmark = pytest.mark.uncompiled


UNITS = sorted({metric.unit for metric in METRICS})
NOTHING_NEGATIVE = re.compile(r"-[0.,]*(?![\d.,])")
"""A minus before nothing but noughts."""

EDGES = (0.0, 1e-300, 1e-9, 0.0004, 0.00049, 0.004, 0.0049, 0.049, 0.5, 0.9995, 9.9949, 9.995, 99.94, 99.95)
LARGE = (999.4, 999.5, 999.95, 999_499.0, 0.9995e6, 1e6, 123_456_789.0, 0.9995e9, 4e9)


@each(
    ("value", "said"),
    [
        (0.0, "0.00"),
        (-0.0, "0.00"),
        (1.0, "1.00"),
        (9.99, "9.99"),
        (9.996, "10.0"),
        (99.94, "99.9"),
        (99.96, "100"),
        (789.0, "789"),
        (999.4, "999"),
        (999.95, "1.00 k"),
        (45_600.0, "45.6 k"),
        (999_499.0, "999 k"),
        (0.9995e6, "1.00 M"),
        (1_234_000.0, "1.23 M"),
        (0.9996e9, "1.00 G"),
        (2.5e10, "25.0 G"),
        (-45_600.0, "-45.6 k"),
        (-999.95, "-1.00 k"),
    ],
)
def test_money_has_three_digits(value: float, said: str) -> None:
    assert format_money(value) == said


def test_signed_money_shows_a_gain_as_one() -> None:
    assert format_money(1234.0, signed=True) == "+1.23 k"
    assert format_money(-1234.0, signed=True) == "-1.23 k"
    assert format_money(0.0, signed=True) == "0"


@each(
    ("value", "unit", "level", "gap"),
    [
        (0.1234, "share", "12.3 %", "+12.3 pp"),
        (1.0, "share/year", "100.0 %", "+100.0 pp"),
        (0.00049, "share", "0.0 %", "+0.0 pp"),
        (0.9996, "share", "100.0 %", "+100.0 pp"),
        (1.005, "ratio", "1.00", "+1.00"),
        (1234.0, "money/year", "1.23 k", "+1.23 k"),
        (1234.0, "money", "1.23 k", "+1.23 k"),
        (12.34, "weeks", "12.3", "+12.3"),
        (999.95, "weeks", "1,000", "+1,000"),
        (1_234_567.0, "deals", "1,234,567", "+1,234,567"),
        (-0.1234, "share", "-12.3 %", "-12.3 pp"),
        (-1234.0, "deals", "-1,234", "-1,234"),
    ],
)
def test_levels_and_differences_in_their_units(value: float, unit: str, level: str, gap: str) -> None:
    assert format_level(value, unit) == level
    assert format_difference(value, unit) == gap


@each("unit", UNITS)
@each("value", [math.nan, math.inf, -math.inf])
def test_what_is_undefined_is_a_dash(value: float, unit: str) -> None:
    assert format_level(value, unit) == format_difference(value, unit) == format_money(value) == MISSING


@each("unit", UNITS)
@each("value", [*EDGES, *LARGE])
def test_a_difference_always_has_a_sign_and_mirrors(value: float, unit: str) -> None:
    up, down = format_difference(value, unit), format_difference(-value, unit)
    assert up[0] == ("+" if value else "0")  # no difference is neither up nor down
    assert up[1:] == down[1:]
    assert unit == "points" or format_level(value, unit)[0].isdigit()


@each("unit", UNITS)
@each("value", EDGES)
def test_a_level_is_never_a_negative_nothing(value: float, unit: str) -> None:
    """A difference may be: the sign of an interval's end tells on which side of nothing it lies."""
    for said in (format_level(-value, unit), format_money(-value)):
        assert unit == "points" or not NOTHING_NEGATIVE.search(said), said


@each("value", [-0.0, -0.3, -1e7])
def test_the_check_for_a_negative_nothing_knows_one(value: float) -> None:
    """The pattern of the tests of "-0.0 %" itself."""
    assert bool(NOTHING_NEGATIVE.search(f"{value:+,.1f} pp")) == (value == 0.0)


@each("adopters", ADOPTERS)
def test_adopters_are_named(adopters: str) -> None:
    said = format_adopters(adopters, "Elm")  # type: ignore[arg-type]
    assert "all vendors" in said if adopters == "all" else "Elm" in said
