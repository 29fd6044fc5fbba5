"""Verdicts, and how many replications they need: tables of cases, Law's example, and the fixed point itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binomtest, nct

from tests.each import each
from zerosum.statistics import (
    Interval,
    mean_interval,
    replications_for_halfwidth,
    replications_needed,
    verdict,
)
from zerosum.statistics.intervals import critical_value

pytestmark = pytest.mark.uncompiled


nan = math.nan
BANK = (1.53, 1.66, 1.24, 2.34, 2.00, 1.69, 2.69, 2.86, 1.70, 2.60)
"""Law, *Simulation Modeling and Analysis*: average delays of ten runs of a bank."""


def interval(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high, 20)


def around(mean: float, spread: float, n: int, confidence: float) -> Interval:
    half = critical_value(n - 1, confidence) * spread / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, n)


@each(
    ("low", "high", "said"),
    [
        (1.1, 3.0, "better"),
        (-3.0, -1.1, "worse"),
        (-0.9, 0.9, "equivalent"),
        (0.1, 0.9, "equivalent"),
        (-1.0, 1.0, "equivalent"),
        (0.1, 1.1, "undecided"),
        (1.0, 1.1, "undecided"),
        (-5.0, 5.0, "undecided"),
        (-1.1, 0.0, "undecided"),
        (nan, nan, "undecided"),
    ],
)
def test_against_what_matters(low: float, high: float, said: str) -> None:
    other = {"better": "worse", "worse": "better"}.get(said, said)
    plain = {"better": "higher", "worse": "lower"}.get(said, said)
    assert verdict(interval(low, high), 1.0, True) == said
    assert verdict(interval(low, high), 1.0, False) == other
    assert verdict(interval(low, high), 1.0, None) == verdict(interval(low, high), 1.0) == plain


@pytest.mark.parametrize("matters", [None, 0.0])
@pytest.mark.parametrize("higher_is_better", [None, True, False])
def test_where_any_difference_matters_the_sign_does(
    matters: float | None, higher_is_better: bool | None
) -> None:
    said = {(0.1, 2.0): "higher", (-2.0, -0.1): "lower", (-1.0, 1.0): "undecided", (0.0, 1.0): "undecided",
            (0.0, 0.0): "undecided", (2.0, 2.0): "higher", (nan, nan): "undecided"}  # fmt: skip
    for (low, high), word in said.items():
        assert verdict(interval(low, high), matters, higher_is_better) == word


def test_a_few_ties_prove_nothing() -> None:
    """Three ties were called equivalent. By the exact binomial bound it takes 59 for 95 % and one run in 20."""
    for n, matters, said in (
        (3, None, "undecided"),
        (58, 1.0, "undecided"),
        (59, 1.0, "equivalent"),
        (59, None, "equivalent"),
    ):
        assert verdict(Interval(0.0, 0.0, 0.0, n), matters) == said
        assert replications_needed(Interval(0.0, 0.0, 0.0, n), matters) == 59
    assert beta.ppf(0.95, 1, 59) < 0.05 < beta.ppf(0.95, 1, 58)  # Clopper and Pearson's, of no hits
    # All the same and within what doesn't matter: likewise. Beyond it, the sign test.
    assert verdict(mean_interval([0.1] * 40), 1.0) == "undecided"
    assert [verdict(mean_interval([0.1 + 0.2] * n)) for n in (5, 6)] == ["undecided", "higher"]
    assert [verdict(mean_interval([-2.1] * n), 1.0, True) for n in (5, 6)] == ["undecided", "worse"]
    assert replications_needed(mean_interval([2.1] * 3), 1.0) == 6
    assert binomtest(6, 6).pvalue < 0.05 < binomtest(5, 5).pvalue


def test_a_margin_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="can't be below 0"):
        verdict(interval(0, 1), -1.0)
    with pytest.raises(ValueError, match="can't be below 0"):
        replications_needed(interval(0, 1), -1.0)
    with pytest.raises(ValueError, match="can't be below 0"):
        verdict(interval(0, 1), nan)


# --- How many more ------------------------------------------------------------------------------------------


def test_laws_bank() -> None:
    """16 runs for +-.25, 27 for 10 % of the mean, at 90 %, from ten runs."""
    assert replications_for_halfwidth(BANK, 0.25, confidence=0.9) == 16
    assert replications_for_halfwidth(BANK, 0.10, relative=True, confidence=0.9) == 27


def test_laws_bank_has_the_half_width_he_gives() -> None:
    found = mean_interval(BANK, 0.9)
    assert found.mean == pytest.approx(2.03, abs=0.005)
    assert found.high - found.mean == pytest.approx(0.32, abs=0.005)


def test_the_normal_quantile_would_give_too_few() -> None:
    """Pinned by hand: sd 1, half-width 1, 95 %: t(6) 2.447/sqrt(7) = .925; t(5) 2.571/sqrt(6) = 1.049."""
    assert replications_for_halfwidth([-1.0, 1.0, 0.0], 1.0) == 7


def test_what_is_reached_needs_no_more() -> None:
    assert replications_for_halfwidth(BANK, 5.0) == 10
    assert replications_for_halfwidth([3.0, 3.0], 0.1) == 2
    assert replications_needed(interval(1, 2)) == 20
    assert replications_needed(interval(-1, 1), 2.0) == 20


@pytest.mark.parametrize(
    "found",
    [Interval(1.0, nan, nan, 1), Interval(nan, nan, nan, 0), interval(-1, 1), Interval(2.0, 1.0, 3.0, 9)],
)
def test_what_cannot_be_said(found: Interval) -> None:
    """Without an interval, or with a mean just where the verdict turns (0, or 2)."""
    assert replications_needed(found, 2.0 if found.mean == 2.0 else None) is None


def test_nobody_plans_for_more_than_a_billion() -> None:
    assert replications_needed(Interval(1e-9, 1e-9 - 1.0, 1e-9 + 1.0, 20)) is None
    assert replications_for_halfwidth(BANK, 1e-12) is None
    assert replications_for_halfwidth([-1.0, 1.0], 0.1, relative=True) is None
    assert replications_for_halfwidth([1.0, nan], 0.1) is None


@pytest.mark.parametrize("halfwidth", [0.0, -1.0, nan])
def test_a_half_width_is_above_nothing(halfwidth: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        replications_for_halfwidth(BANK, halfwidth)


def test_undefined_values_do_not_count() -> None:
    assert replications_for_halfwidth([*BANK, nan], 0.25, confidence=0.9) == 16


@given(
    mean=st.floats(-3, 3).filter(lambda x: abs(abs(x) - 1) > 0.02 and abs(x) > 0.02),
    spread=st.floats(0.1, 5),
    n=st.integers(2, 40),
    matters=st.sampled_from([None, 1.0]),
    confidence=st.sampled_from([0.8, 0.95, 0.99]),
)
def test_so_many_decide_with_80_percent_and_one_fewer_does_not(
    mean: float, spread: float, n: int, matters: float | None, confidence: float
) -> None:
    found = around(mean, spread, n, confidence)
    needed = replications_needed(found, matters, confidence)
    assert needed is not None
    assert needed >= n
    if verdict(found, matters) != "undecided":
        assert needed == n
        return
    assert decides(needed, mean, spread, matters or 0.0, confidence) > 0.8 - 1e-6
    if needed > n + 1:
        assert decides(needed - 1, mean, spread, matters or 0.0, confidence) < 0.8 + 1e-6


def decides(n: int, mean: float, spread: float, margin: float, confidence: float) -> float:
    """Chance that n replications decide, as scipy.stats has the noncentral t."""
    t = critical_value(n - 1, confidence)
    below, above = ((mean - edge) / spread * math.sqrt(n) for edge in (margin, -margin))

    def tail(shift: float) -> float:
        """Far out, where the distribution has no digits left, it is all or nothing."""
        found = float(nct.sf(t, n - 1, shift))
        return float(shift > 0) if math.isnan(found) else found

    chance = tail(below) + tail(-above)
    if margin:
        chance += max(0.0, tail(-below) + tail(above) - 1.0)
    return chance


@pytest.mark.parametrize(("effect", "pairs"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_pairs_for_a_power_of_80_percent_are_those_of_the_textbooks(effect: float, pairs: int) -> None:
    """Paired t, two-sided 5 %, of small, middle and large effects; G*Power and Stata have the same numbers."""
    assert replications_needed(around(effect, 1.0, 4, 0.95)) == pairs


@pytest.mark.parametrize(
    ("mean", "matters", "half", "eighty"), [(1.0, None, 250, 508), (1.5, 0.5, 250, 508), (0.0, 1.0, 250, 680)]
)
def test_half_of_all_comparisons_stay_undecided_where_the_interval_would_just_reach(
    mean: float, matters: float | None, half: int, eighty: int
) -> None:
    """An interval of mean 1 and half-width 1 at 250 replications: there, the power is 50 %."""
    spread = math.sqrt(250) / critical_value(249, 0.95) * (1 - 1e-6)
    found = around(mean, spread, 30, 0.95)
    assert replications_needed(found, matters) == eighty
    if mean:
        assert replications_needed(found, matters, power=0.5) == half


@pytest.mark.parametrize("mean", [0.0, 0.3, 1.6])
def test_the_power_is_kept_by_simulation(mean: float) -> None:
    needed = replications_needed(around(mean, 3.0, 10, 0.95), 1.0)
    assert needed is not None
    draws = np.random.default_rng(3).normal(mean, 3.0, (4000, needed))
    middle = draws.mean(axis=1)
    half = critical_value(needed - 1, 0.95) * draws.std(axis=1, ddof=1) / math.sqrt(needed)
    low, high = middle - half, middle + half
    decided = (low > 1) | (high < -1) | ((low >= -1) & (high <= 1))
    assert decided.mean() == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("power", [0.0, 1.0, nan, 80])
def test_a_power_lies_between_nothing_and_certainty(power: float) -> None:
    with pytest.raises(ValueError, match="a power must lie between 0 and 1"):
        replications_needed(interval(-1, 2), power=power)


@given(
    st.lists(st.integers(-50, 50), min_size=3, max_size=30).filter(lambda values: len(set(values)) > 1),
    st.floats(0.5, 20),
)
def test_a_half_width_is_reached_and_not_before(values: list[int], halfwidth: float) -> None:
    n = replications_for_halfwidth(values, halfwidth)
    assert n is not None
    spread = float(np.std(values, ddof=1))
    assert critical_value(n - 1, 0.95) * spread / math.sqrt(n) <= halfwidth * (1 + 1e-9)
    if n > len(values):
        assert critical_value(n - 2, 0.95) * spread / math.sqrt(n - 1) > halfwidth * (1 - 1e-9)
