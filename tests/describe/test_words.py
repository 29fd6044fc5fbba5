"""The sentences say what the figures say: beyond chance, or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.describe.teams import make_deals
from tests.each import each
from zerosum.report.describe_words import (
    format_doubts,
    format_quarter_end,
    format_quota,
    format_reps_differ,
    format_season,
    format_value,
)
from zerosum.studies.describe import Description, Figure, describe_team


@pytest.fixture(scope="module")
def plain() -> Description:
    return describe_team(make_deals(1, 600))


@each(("low", "high", "says"), [
    (0.20, 0.30, "wins crowd there"), (0.05, 0.10, "wins avoid it"), (0.10, 0.20, "no crowding beyond chance"),
])  # fmt: skip
def test_crowding(plain: Description, low: float, high: float, says: str) -> None:
    share = replace(plain.calendar.quarter_end, value=(low + high) / 2, low=low, high=high)
    calendar = replace(plain.calendar, quarter_end=share, expected=0.15)
    assert format_quarter_end(replace(plain, calendar=calendar)).startswith(says)


@each(("p", "says"), [(0.2, "differ no more than chance"), (0.0004, "differ by more than chance")])
def test_reps(plain: Description, p: float, says: str) -> None:
    assert plain.reps is not None
    said = format_reps_differ(replace(plain, reps=replace(plain.reps, p_value=p)))
    assert said.startswith(says)
    assert "= <" not in said


@each(
    ("p", "says"),
    [(0.2, "don't differ beyond"), (0.01, "by more than chance"), (float("nan"), "can't be told")],
)
def test_season(plain: Description, p: float, says: str) -> None:
    assert says in format_season(replace(plain, calendar=replace(plain.calendar, season_p=p)))


def test_quotas_beside_chance(plain: Description) -> None:
    from tests.describe.test_attainment import AS_OF, make_closed, make_quotas
    from zerosum.studies.describe.attainment import attainment_of

    assert format_quota(plain) == ""
    found = attainment_of(make_closed(1, 12, 900), make_quotas(12, 220_000.0), AS_OF)
    assert found is not None
    inside = replace(found, chance_low=0.0, chance_high=1.0)
    outside = replace(found, chance_low=0.99, chance_high=1.0)
    assert "chance alone can explain it" in format_quota(replace(plain, attainment=inside))
    assert "it isn't chance alone" in format_quota(replace(plain, attainment=outside))


def test_doubts_name_their_effect() -> None:
    rep = ["rep-a"] * 80 + ["rep-b"] * 20
    outcome = ["won", "lost", "lost", "lost"] * 20 + ["won"] * 20
    flags = [()] * 80 + [("only_wins",)] * 20
    team = make_deals(
        1, 100, rep=rep, outcome=outcome, closed=[np.datetime64("2024-05-02")] * 100, flags=flags
    )
    said = format_doubts(describe_team(team))
    assert "1 rep with wins only" in said
    assert "-15.0 points" in said


@each(("value", "unit", "says"), [
    (1117.4, "money/year", "1,117 a year"), (123_456.0, "money/year", "123 k a year"),
    (1_234_567.0, "USD/year", "1.23 M USD a year"), (0.3449, "share", "34.5 %"), (1.423, "ratio", "142 %"),
    (8.44, "weeks", "8.4 weeks"), (float("nan"), "share", "–"),
])  # fmt: skip
def test_numbers_have_their_unit(value: float, unit: str, says: str) -> None:
    assert format_value(Figure("a", "a", value, value, value, 1, 1, unit, "")) == says
