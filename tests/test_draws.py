"""Chance: published answers, the slow twin, and the shape of each distribution."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.reference import draws as naive
from zerosum.market import draws

pytestmark = pytest.mark.uncompiled


KEY = draws.run_key(20_110, 1)  # any key will do; the same one keeps the tests fixed
ONES = 0xFFFFFFFF

keys = st.integers(0, 2**64 - 1)
addresses = st.tuples(
    st.integers(1, 2**16 - 1),  # stream
    st.integers(0, 2**48 - 1),  # agent
    st.integers(-1, 2**32 - 2),  # week
    st.integers(0, 2**32 - 1),  # draw
)
patient = settings(deadline=None, max_examples=300)  # the first call compiles


def sample(draw_one, n, *more, week=0):
    """Draw from n agents, one address each."""
    return np.array([draw_one(KEY, draws.CHOICE, agent, week, 0, *more) for agent in range(n)])


# --- Philox itself -----------------------------------------------------------

# From kat_vectors, published with the Random123 library of the paper's authors.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(counter, key, expected):
    inputs = [np.uint64(word) for word in counter + key]
    assert tuple(int(word) for word in draws.philox(*inputs)) == expected
    assert naive.philox(*counter, *key) == expected


@pytest.mark.filterwarnings("error")
@given(key=keys, address=addresses)
@patient
def test_words_equal_the_slow_twin(key, address):
    ref = naive.words(key, *address)
    got = draws.words(np.uint64(key), *address)
    assert tuple(int(word) for word in got) == ref


@pytest.mark.filterwarnings("error")
@given(key=keys, address=addresses, n=st.integers(1, 2**31), p=st.floats(0.0, 1.0))
@patient
def test_every_variate_equals_the_slow_twin(key, address, n, p):
    fast = (np.uint64(key), *address)
    slow = (key, *address)
    assert draws.uniform(*fast) == naive.uniform(*slow)
    assert draws.choose(*fast, n) == naive.choose(*slow, n)
    assert draws.below(*fast, n) == naive.below(*slow, n)
    assert draws.geometric(*fast, p) == naive.geometric(*slow, p)
    # Logarithms of two libraries may differ in the last digit.
    for name in ("normal", "exponential", "gumbel"):
        ref = getattr(naive, name)(*slow)
        got = getattr(draws, name)(*fast)
        assert math.isclose(got, ref, rel_tol=1e-13, abs_tol=1e-15), name


@pytest.mark.filterwarnings("error")
def test_columns_equal_single_draws_and_the_slow_twin():
    key = int(KEY)
    got, ref = np.empty(40), [0.0] * 40
    draws.fill_uniform(KEY, draws.VALUE, -1, 2, got)
    naive.fill_uniform(key, draws.VALUE, -1, 2, ref)
    assert got.tolist() == ref == [naive.uniform(key, draws.VALUE, i, -1, 2) for i in range(40)]
    draws.fill_normal(KEY, draws.VALUE, -1, 2, got)
    naive.fill_normal(key, draws.VALUE, -1, 2, ref)
    np.testing.assert_allclose(got, ref, rtol=1e-13)
    picks, ref = np.empty(40, np.int64), [0] * 40
    draws.fill_choose(KEY, draws.VALUE, -1, 2, 7, picks)
    naive.fill_choose(key, draws.VALUE, -1, 2, 7, ref)
    assert picks.tolist() == ref


def test_numpy_integers_of_any_width_are_the_same_address():
    ref = draws.uniform(KEY, 3, 5, -1, 7)
    for kind in (np.int8, np.int16, np.int32, np.int64):
        assert draws.uniform(KEY, kind(3), kind(5), kind(-1), kind(7)) == ref


# --- Addresses ---------------------------------------------------------------


def test_neighbouring_addresses_do_not_collide():
    agents = [0, 1, 2, 3, 2**16, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**33, 2**48 - 1]
    weeks = [-1, 0, 1, 2, 51, 52, 2**16]
    grid = [
        (stream, agent, week, draw)
        for stream in [*draws.STREAMS.values(), 2**16 - 1]
        for agent in agents
        for week in weeks
        for draw in (0, 1, 2, 2**16, 2**32 - 1)
    ]
    assert len({naive.counter(*address) for address in grid}) == len(grid)
    first_64_bits = {tuple(map(int, draws.words(KEY, *address)[:2])) for address in grid}
    assert len(first_64_bits) == len(grid)


def test_neighbouring_keys_share_nothing():
    found = [int(draws.run_key(seed, replication)) for seed in range(30) for replication in range(30)]
    assert len(set(found)) == len(found)
    halves = [key >> 32 for key in found] + [key % 2**32 for key in found]
    assert len(set(halves)) == len(halves)


@given(seed=st.integers(0, 2**200), replication=st.integers(0, 2**32 - 1))
@patient
def test_run_key_equals_the_slow_twin(seed, replication):
    assert int(draws.run_key(seed, replication)) == naive.run_key(seed, replication)


def test_run_key_takes_zero_and_refuses_negatives():
    assert isinstance(draws.run_key(0, 0), np.uint64)
    assert draws.run_key(0, 0) != draws.run_key(0, 1) != draws.run_key(1, 0)
    for seed, replication in [(-1, 0), (0, -1)]:
        with pytest.raises(ValueError, match=r"0 or more.*-1"):
            draws.run_key(seed, replication)


def test_streams_are_appended_never_renumbered():
    # A golden list on purpose: add to its end, change nothing else.
    assert (
        list(draws.STREAMS)
        == (
            "SEGMENT VALUE INCUMBENT CONTRACT FIT VOICE SWITCHING TERRITORY NEIGHBOUR SKILL MOOD "
            "REVIEW_GAP REVIEW EVALUATION_LENGTH INVITATION ATTEMPTS LOOKS LOOK SCORE CONTACT "
            "PROVOKE PITCH TRIAL KEEP SUPPORT_ARRIVAL SUPPORT_SERVICE CHOICE TURNOVER PULL_FORWARD ASSUMPTION "
            "ATTRITION CONSIDERED GIVEN_AWAY"
        ).split()
    )
    assert list(draws.STREAMS.values()) == list(range(1, len(draws.STREAMS) + 1))


# --- Uniforms ----------------------------------------------------------------


def test_uniform_never_is_zero_or_one():
    least = draws.to_uniform(np.uint64(0), np.uint64(0))
    most = draws.to_uniform(np.uint64(ONES), np.uint64(ONES))
    assert least == 2.0**-53 == naive.to_uniform(0, 0)
    assert most == 1.0 - 2.0**-53 == naive.to_uniform(ONES, ONES)
    assert 1.0 - most == least
    for end in (least, most):
        assert abs(draws.normal_quantile(end)) < 8.3
        assert 0.0 < -math.log(end) < 37.0


@pytest.mark.compiled
def test_uniforms_are_uniform():
    column = np.empty(200_000)
    draws.fill_uniform(KEY, draws.MOOD, 3, 0, column)
    assert stats.kstest(column, "uniform").pvalue > 0.001


# --- Other distributions -----------------------------------------------------


def test_normal_quantile_against_scipy():
    tails = np.logspace(-300, -1, 400)
    inner = np.linspace(0.001, 0.999, 999)
    for p in [*tails, *inner, *(1.0 - tails[tails > 1e-15]), 2.0**-53, 1.0 - 2.0**-53]:
        expected = stats.norm.ppf(p)
        assert draws.normal_quantile(p) == pytest.approx(expected, rel=1e-14, abs=1e-16)
        assert naive.normal_quantile(p) == pytest.approx(expected, rel=1e-14, abs=1e-16)


def test_normal_quantile_at_and_beyond_the_ends():
    for quantile in (draws.normal_quantile, naive.normal_quantile):
        assert quantile(0.0) == -math.inf
        assert quantile(1.0) == math.inf
        assert quantile(0.5) == 0.0
        assert all(math.isnan(quantile(p)) for p in (-0.1, 1.1, math.nan))


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("draw_one", "law"), [("normal", "norm"), ("exponential", "expon"), ("gumbel", "gumbel_r")]
)
def test_continuous_draws_follow_their_law(draw_one, law):
    assert stats.kstest(sample(getattr(draws, draw_one), 50_000), law).pvalue > 0.001


def test_continuous_draws_are_monotone_in_the_uniform():
    order = np.argsort(sample(draws.uniform, 500))
    assert np.all(np.diff(sample(draws.normal, 500)[order]) > 0)
    assert np.all(np.diff(sample(draws.gumbel, 500)[order]) > 0)
    assert np.all(np.diff(sample(draws.exponential, 500)[order]) < 0)


# --- Indices -----------------------------------------------------------------


@pytest.mark.parametrize("draw_one", ["choose", "below"])
@pytest.mark.parametrize("n", [1, 2, 3, 7, 100])
def test_indices_are_equally_likely(draw_one, n):
    picks = sample(getattr(draws, draw_one), 20_000, n)
    assert picks.min() >= 0
    assert picks.max() < n
    if n > 1:
        assert stats.chisquare(np.bincount(picks, minlength=n)).pvalue > 0.001


@given(address=addresses, n=st.integers(1, 10_000))
@patient
def test_a_longer_list_moves_an_index_only_to_its_end(address, n):
    before, after = (draws.choose(KEY, *address, size) for size in (n, n + 1))
    assert after in (before, n)


@pytest.mark.compiled
@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_an_index_stays_with_probability_n_over_n_plus_1(n):
    stayed = np.sum(sample(draws.choose, 20_000, n) == sample(draws.choose, 20_000, n + 1))
    assert stats.binomtest(int(stayed), 20_000, n / (n + 1)).pvalue > 0.001


def test_index_of_nothing():
    assert draws.choose(KEY, 1, 0, 0, 0, 0) == naive.choose(1, 1, 0, 0, 0, 0) == -1


@given(n=st.integers(1, 2**52))
@patient
def test_the_largest_uniform_stays_below_any_n(n):
    assert int((1.0 - 2.0**-53) * float(n)) < n


# --- Waiting times -----------------------------------------------------------


@pytest.mark.parametrize("p", [0.9, 0.5, 0.1, 0.02])
def test_waiting_times_are_geometric(p):
    waits = sample(draws.geometric, 20_000, p)
    assert waits.min() >= 1
    last = int(stats.geom.isf(20 / 20_000, p))  # classes with enough expected counts
    observed = np.bincount(np.minimum(waits, last), minlength=last + 1)[1:]
    chances = stats.geom.pmf(np.arange(1, last + 1), p)
    chances[-1] = stats.geom.sf(last - 1, p)
    assert stats.chisquare(observed, 20_000 * chances).pvalue > 0.001


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("module", [draws, naive])
def test_waiting_times_at_the_ends(module):
    address = (KEY if module is draws else int(KEY), draws.REVIEW_GAP, 4, 0, 0)
    for p in (0.0, -0.5, math.nan, 5e-324, 1e-300):
        assert module.geometric(*address, p) == module.NEVER == 2**30
    for p in (1.0, 1.5, math.inf):
        assert module.geometric(*address, p) == 1
    assert 1 <= module.geometric(*address, 1e-6) < module.NEVER
    for p in np.logspace(-12, -7, 60).tolist():  # on both sides of the cap
        assert 1 <= module.geometric(*address, p) <= module.NEVER


@given(address=addresses, p=st.floats(0.001, 1.0), q=st.floats(0.001, 1.0))
@patient
def test_a_larger_hazard_is_never_later(address, p, q):
    later, sooner = (draws.geometric(KEY, *address, hazard) for hazard in sorted((p, q)))
    assert sooner <= later
