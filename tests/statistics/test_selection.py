"""Kim & Nelson's procedure: the slow way, what more replications must not change, and how often it selects right."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.each import each
from tests.helpers import share_error
from tests.statistics.test_best import strategies
from zerosum.statistics import Selection, kim_nelson

pytestmark = pytest.mark.uncompiled


nan = math.nan


def the_slow_way(
    values: Any, delta: float, alpha: float, first: int
) -> tuple[list[int], dict[int, int], int | None]:
    """Kim & Nelson (2001), figure 1, with c = 1 and max: one replication and one pair at a time."""
    rows = [list(map(float, row)) for row in values]
    k = len(rows[0])
    eta = 0.5 * ((2 * alpha / (k - 1)) ** (-2 / (first - 1)) - 1)
    h2 = 2 * eta * (first - 1)

    def s2(i: int, j: int) -> float:
        gaps = [row[i] - row[j] for row in rows[:first]]
        mean = sum(gaps) / first
        return sum((gap - mean) ** 2 for gap in gaps) / (first - 1)

    alive, dropped = list(range(k)), {}
    for r in range(first, len(rows) + 1):
        mean = [sum(row[i] for row in rows[:r]) / r for i in range(k)]
        old = list(alive)
        for i in old:
            for j in old:
                if i == j:
                    continue
                w = max(0.0, delta / (2 * r) * (h2 * s2(i, j) / delta**2 - r))
                if mean[i] < mean[j] - w or (w == 0 and mean[i] == mean[j] and j < i):
                    alive = [a for a in alive if a != i]
                    dropped[i] = r
                    break
        if len(alive) == 1:
            return alive, dropped, r
    return alive, dropped, None


TABLES = st.integers(2, 5).flatmap(
    lambda k: st.lists(
        st.lists(st.integers(-30, 30).map(lambda i: i / 4), min_size=k, max_size=k), min_size=5, max_size=40
    )
)
INDIFFERENCE = st.sampled_from([0.25, 1.0, 4.0, 20.0])


@given(TABLES, INDIFFERENCE, st.sampled_from([0.8, 0.95]), st.integers(2, 5))
def test_one_pair_at_a_time_it_is_the_same(table: Any, delta: float, confidence: float, first: int) -> None:
    found = kim_nelson(table, delta, confidence, first)
    alive, dropped, decided = the_slow_way(table, delta, 1 - confidence, first)
    assert (found.alive, found.dropped_at, found.decided_at) == (alive, dropped, decided)
    assert found.best == (alive[0] if decided else None)


@pytest.mark.parametrize("seed", range(6))
def test_one_pair_at_a_time_it_is_the_same_on_common_random_numbers(seed: int) -> None:
    values = strategies(np.random.default_rng(seed), 80, [0.0, 0.1, 0.5, 0.0], 0.5)
    found = kim_nelson(values, 0.4)
    assert (found.alive, found.dropped_at, found.decided_at) == the_slow_way(values, 0.4, 0.05, 20)
    assert found.decided_at is not None


def test_the_constants_by_hand() -> None:
    """k = 2, first = 20, alpha = .05.

    ln(2 alpha / 1) = -2.302585; times -2/19: .242377; exp: 1.274275; eta = .137138; h^2 = 2 eta 19 = 5.21123. With
    S^2 = 1 and delta = .1 no slack is left beyond 521.1 replications, so it is over at 522.
    """
    gaps = np.tile([1.0, -1.0], 10) * math.sqrt(19 / 20)
    assert gaps.var(ddof=1) == pytest.approx(1.0)
    found = kim_nelson(np.stack([gaps, np.zeros(20)], axis=1), 0.1)
    assert (found.at_most, found.decided_at, found.alive) == (522, None, [0, 1])
    # With ten strategies, 2 alpha / 9: eta = .30295, h^2 = 11.512. All but the first tie, so that two stay.
    ten = np.zeros((20, 10))
    ten[:, 0] = gaps
    assert kim_nelson(ten, 0.1).at_most == 1152


@given(TABLES, INDIFFERENCE)
def test_more_replications_never_undo_a_decision(table: Any, delta: float) -> None:
    """What is said after n replications is what all of them say of the first n."""
    whole = kim_nelson(table, delta, first=4)
    for n in range(len(table) + 1):
        part = kim_nelson(table[:n] if n else np.empty((0, len(table[0]))), delta, first=4)
        assert part.dropped_at == {strategy: at for strategy, at in whole.dropped_at.items() if at <= n}
        if whole.decided_at is not None and n >= whole.decided_at:
            assert part == whole
        else:
            assert (part.best, part.decided_at) == (None, None)
            assert part.at_most is None or part.at_most > n
            if part.at_most is not None and whole.decided_at is not None:
                assert whole.decided_at <= part.at_most


@given(TABLES, INDIFFERENCE)
def test_it_ends_when_it_says(table: Any, delta: float) -> None:
    """Going round and round in the same replications, it is over after `at_most`."""
    at_most = kim_nelson(table, delta, first=4).at_most
    assert at_most is not None
    if at_most > 20_000:
        return
    rows = np.resize(np.array(table), (max(at_most, len(table)), len(table[0])))
    decided = kim_nelson(rows, delta, first=4).decided_at
    assert decided is not None
    assert decided <= at_most


@given(TABLES, INDIFFERENCE)
def test_the_other_way_round_it_mirrors(table: Any, delta: float) -> None:
    values = np.array(table)
    assert kim_nelson(values, delta, first=4) == kim_nelson(-values, delta, first=4, higher_is_better=False)


def test_what_strategies_share_drops_out() -> None:
    """Spreads of differences decide, not of strategies: under the wildest noise it takes as few replications."""
    values = np.round(strategies(np.random.default_rng(1), 60, [0.0, 0.5, 0.0], 0.0) * 64) / 64
    noise = np.random.default_rng(2).integers(-1000, 1000, (60, 1)).astype(float)
    assert kim_nelson(values + noise, 0.5) == kim_nelson(values, 0.5)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_a_tie_goes_to_the_first_strategy(k: int) -> None:
    same = np.repeat(np.random.default_rng(3).normal(size=(20, 1)), k, axis=1)
    found = kim_nelson(same, 0.1)
    assert found == Selection(0, [0], dict.fromkeys(range(1, k), 20), 20, 20, 0)


def test_a_constant_lead_is_seen_at_once() -> None:
    noise = np.random.default_rng(4).integers(-50, 50, size=(20, 1)).astype(float)
    found = kim_nelson(np.concatenate([noise, noise + 1, noise + 1, noise - 1], axis=1), 5.0)
    assert (found.best, found.dropped_at) == (1, {0: 20, 2: 20, 3: 20})


def test_before_the_first_look_nothing_is_said() -> None:
    values = strategies(np.random.default_rng(5), 19, [0.0, 9.0], 0.5)
    assert kim_nelson(values, 1.0) == Selection(None, [0, 1], {}, None, None, 1)
    assert kim_nelson(np.empty((0, 3)), 1.0) == Selection(None, [0, 1, 2], {}, None, None, None)


def test_the_leader_is_the_best_of_those_alive() -> None:
    values = strategies(np.random.default_rng(6), 25, [0.0, 0.2, -3.0], 0.5)
    found = kim_nelson(values, 0.1)
    assert found.dropped_at.keys() == {2}
    assert found.leader == int(np.argmax(values.mean(axis=0)[:2]))
    worse = kim_nelson(values, 0.1, higher_is_better=False)
    assert worse.leader == worse.best == 2


# --- What isn't defined -------------------------------------------------------------------------------------


@pytest.mark.parametrize("hole", [nan, math.inf])
@pytest.mark.parametrize("n", [10, 40])
def test_an_undefined_number_is_refused(hole: float, n: int) -> None:
    values = strategies(np.random.default_rng(7), n, [0.0, 0.1, 0.2], 0.5)
    values[8, 1] = hole
    with pytest.raises(ValueError, match=r"strategy 1 has no number \((nan|inf)\) in replication 8"):
        kim_nelson(values, 0.01)


@pytest.mark.filterwarnings("error")
def test_what_was_dropped_need_not_be_run() -> None:
    values = strategies(np.random.default_rng(8), 200, [0.0, 0.5, -2.0, 0.3], 0.5)
    whole = kim_nelson(values, 0.4)
    assert whole.decided_at is not None
    for strategy, at in whole.dropped_at.items():
        values[at:, strategy] = nan
    values[whole.decided_at :, whole.best] = nan
    assert kim_nelson(values, 0.4) == whole
    values[whole.dropped_at[2] - 1, 2] = nan
    with pytest.raises(ValueError, match="strategy 2 has no number"):
        kim_nelson(values, 0.4)


@each(
    ("change", "said"),
    [
        ({"indifference": 0.0}, "indifference must be above 0"),
        ({"indifference": nan}, "indifference must be above 0"),
        ({"confidence": 0.2}, "confidence must lie between 1/3"),
        ({"confidence": 95}, "confidence must lie between"),
        ({"first": 1}, "at least two first"),
        ({"values": [[1.0], [2.0]]}, "at least two strategies"),
        ({"values": [1.0, 2.0]}, "at least two strategies"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        kim_nelson(**({"values": np.zeros((30, 3)), "indifference": 1.0} | change))


# --- How often it is right ----------------------------------------------------------------------------------


def selections(correlation: float, trials: int, k: int, delta: float, seed: int) -> tuple[float, float]:
    """Share of right selections and mean number of runs, the best strategy being ahead of all others by delta."""
    rng = np.random.default_rng(seed)
    right = runs = 0
    for _ in range(trials):
        best = int(rng.integers(k))
        found = kim_nelson(
            strategies(rng, 400, [delta * (strategy == best) for strategy in range(k)], correlation), delta
        )
        assert found.decided_at is not None
        right += found.best == best
        runs += sum(found.dropped_at.values()) + found.decided_at
    return right / trials, runs / trials


@pytest.mark.slow
@pytest.mark.parametrize(("correlation", "runs"), [(0.0, 323), (0.5, 218), (0.8, 200)])
def test_it_selects_the_best_as_often_as_it_says(correlation: float, runs: float) -> None:
    """The slippage configuration, the hardest one: ten strategies, delta half a standard deviation."""
    trials = 1200
    right, needed = selections(correlation, trials, 10, 0.5, 9)
    assert right >= 0.95 - 4 * share_error(0.95, trials)
    assert needed == pytest.approx(runs, rel=0.03)


def test_with_two_strategies_hardly_any_certainty_is_given_away() -> None:
    """Then there is no Bonferroni's inequality to lose by; what is left is that means overshoot."""
    trials = 1000
    right, _ = selections(0.5, trials, 2, 0.25, 10)
    assert 0.95 - 4 * share_error(0.95, trials) <= right <= 0.985


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_within_the_indifference_somebody_good_is_selected(seed: int) -> None:
    values = strategies(np.random.default_rng(seed), 300, [0.0, 0.3, 0.35, -0.5], 0.5)
    assert kim_nelson(values, 0.5).best in {1, 2, 0}
