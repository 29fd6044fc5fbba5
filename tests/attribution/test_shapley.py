"""Shapley values against the slow twin: the gain at each coming, averaged over all orders, one decision at a time."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.attribution.sides import both
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.statistics.shapley import shapley_values
from zerosum.studies.attribution import shapley
from zerosum.studies.attribution.causes import (
    CONTACT,
    INCUMBENT,
    PITCH,
    PREPARATION,
    PRICE,
    QUANTITIES,
    RIVALS,
    SATISFACTION,
    SELLING,
    SKILL,
    SUPPORT,
    TIMING,
    TRUST,
)
from zerosum.studies.attribution.side import Side, pair
from zerosum.studies.attribution.value import decide, draw_shared, results
from zerosum.studies.attribution.witness import take


def by_orders(worth: dict[frozenset[int], Any], players: list[int]) -> dict[int, Any]:
    """Average each player's gain over all orders."""
    total: dict[int, Any] = dict.fromkeys(players, 0.0)
    for order in itertools.permutations(players):
        there: frozenset[int] = frozenset()
        for player in order:
            total[player] = total[player] + worth[there | {player}] - worth[there]
            there |= {player}
    return {player: gained / math.factorial(len(players)) for player, gained in total.items()}


@given(st.integers(1, 5), st.integers(0, 1000))
def test_values_are_those_over_all_orders(m: int, seed: int) -> None:
    worth = np.random.default_rng(seed).normal(size=(3, 2**m, 2))
    values = shapley_values(worth)
    for game in range(3):
        by_set = {
            frozenset(j for j in range(m) if coalition >> j & 1): worth[game, coalition]
            for coalition in range(2**m)
        }
        for player, value in by_orders(by_set, list(range(m))).items():
            assert values[game, player] == pytest.approx(value)
    assert values.sum(axis=1) == pytest.approx(worth[:, -1] - worth[:, 0])


def test_a_known_game() -> None:
    """The glove game: one left glove (player 0), two right ones; a pair is worth 1. Values 2/3, 1/6, 1/6."""
    worth = np.array([[float((c & 1) and (c & 6) != 0) for c in range(8)]])[:, :, None]
    assert shapley_values(worth)[0, :, 0] == pytest.approx([2 / 3, 1 / 6, 1 / 6])


# --- Decisions ------------------------------------------------------------------------------------------------

SMALL = {
    "market.buyers": 1200,
    "clock.warmup_weeks": 52,
    # Enough of everything, whatever the defaults are fitted to: many decisions, in which all that can weigh does.
    "review.max_per_year": 0.4,
    "effort.preparation_weight": 1.2,
    "effort.selling_weight": 0.8,
    "prospecting.provoke_customer": 0.1,
}
MARKETS = [
    ("kickoff", "social-and-preparation", "focal", {}),
    ("everyone-adopts", "social-and-preparation", "all", {}),
    ("own-worst-rival", "preparation-and-upgrade", "all", {}),
    ("quarter-end", "push", "all", {"push.below": 2.0, "choice.satisfaction_weight": 1.0}),
]
FOCAL = {
    CONTACT: "offer",
    PREPARATION: "preparation",
    SELLING: "selling",
    SUPPORT: "support",
    TRUST: "trust",
    SKILL: "skill",
    PRICE: "discount",
    PITCH: "product upgrade",
}


def one(side: Side, row: int) -> dict[str, Any]:
    """A decision's ingredients as a dictionary of numbers and lists."""
    return {name: column[row].copy() for name, column in side.made_of._asdict().items()}


def mixed(a: dict[str, Any], b: dict[str, Any], of_b: frozenset[int], vendor: int) -> dict[str, Any]:
    """Put a decision together by hand: the groups in ``of_b`` as in b, all else as in a."""
    made = {name: np.copy(column) for name, column in a.items()}
    product = {"a": a["product"][vendor], "b": b["product"][vendor]}
    if not a["offer"][vendor]:
        product["a"] = product["b"]
    if not b["offer"][vendor]:
        product["b"] = product["a"]
    for group, names in FOCAL.items():
        for name in names.split():
            if name == "product":
                made[name][vendor] = product["b" if group in of_b else "a"]
            elif group in of_b:
                made[name][vendor] = b[name][vendor]
    if RIVALS in of_b:
        for name in " ".join(FOCAL.values()).split():
            for v in range(len(a["offer"])):
                if v != vendor:
                    made[name][v] = b[name][v]
    if INCUMBENT in of_b:
        made["held"], made["paid"] = b["held"], b["paid"]
    if (INCUMBENT if a["held"] != b["held"] else SATISFACTION) in of_b:
        made["level"] = b["level"]
    if TIMING in of_b:
        made["mood"] = b["mood"]
    return made


@pytest.mark.parametrize(("name", "strategy", "adopters", "given"), MARKETS)
def test_shares_are_those_over_all_orders(
    name: str, strategy: str, adopters: Any, given: dict[str, Any]
) -> None:
    scenario = parse_scenario(load_scenario(name), SMALL | given)
    first, second = both(scenario, strategy, adopters)
    vendor, rules = first.run.vendor, first.witness.rules
    pairs = pair(first.made_of, second.made_of)
    unlike = shapley.find_differing(
        *shapley.fill_in(take(first.made_of, pairs.first), take(second.made_of, pairs.second), vendor), vendor
    )
    changed = np.any(first.brought[pairs.first] != second.brought[pairs.second], axis=1)
    few = np.flatnonzero(changed & (unlike.sum(axis=1) <= 7))[:25]
    assert len(few) >= 5
    here, there = pairs.first[few], pairs.second[few]
    made_of = take(first.made_of, here)
    shared = draw_shared(first.witness.key, made_of.buyer, made_of.start, first.run.engine.market, rules)
    found = shapley.shares(made_of, take(second.made_of, there), shared, vendor, rules)
    # Sums of amounts of a hundred thousand and more: what is nothing is so to their rounding.
    rounding = 1e-15 * max(np.abs(first.brought).max(), np.abs(second.brought).max(), 1.0) * 100
    assert found.sum(axis=1) == pytest.approx(second.brought[there] - first.brought[here], abs=rounding)
    for i, (row, other) in enumerate(zip(here, there, strict=True)):
        players = np.flatnonzero(unlike[few[i]]).tolist()
        a, b = one(first, int(row)), one(second, int(other))
        worth = {}
        for size in range(len(players) + 1):
            for coalition in itertools.combinations(players, size):
                made = mixed(a, b, frozenset(coalition), vendor)
                rows = type(made_of)(**{key: np.asarray(value)[None] for key, value in made.items()})
                by_chance = shapley.pick(shared, np.array([i]))
                decided = decide(rows, by_chance, rules)
                worth[frozenset(coalition)] = results(
                    decided, rows.held, by_chance.value * rows.paid, vendor, rules
                )[0]
        values = by_orders(worth, players)
        for group in range(found.shape[1]):
            assert found[i, group] == pytest.approx(values.get(group, np.zeros(len(QUANTITIES)))), group


def test_swapped_runs_swap_the_sign() -> None:
    scenario = parse_scenario(load_scenario("everyone-adopts"), SMALL)
    first, second = both(scenario, "social-and-preparation", "all")
    vendor, rules = first.run.vendor, first.witness.rules
    pairs = pair(first.made_of, second.made_of)
    one_way, back = take(first.made_of, pairs.first), take(second.made_of, pairs.second)
    shared = draw_shared(first.witness.key, one_way.buyer, one_way.start, first.run.engine.market, rules)
    there = shapley.shares(one_way, back, shared, vendor, rules)
    assert np.abs(there).max() > 0
    assert there == pytest.approx(-shapley.shares(back, one_way, shared, vendor, rules))


def test_the_number_of_coalitions_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = parse_scenario(load_scenario("kickoff"), SMALL)
    first, second = both(scenario, "social-and-preparation", "focal")
    pairs = pair(first.made_of, second.made_of)
    rows = take(first.made_of, pairs.first), take(second.made_of, pairs.second)
    shared = draw_shared(
        first.witness.key, rows[0].buyer, rows[0].start, first.run.engine.market, first.witness.rules
    )
    arguments = (*rows, shared, first.run.vendor, first.witness.rules)
    at_once = shapley.shares(*arguments)
    monkeypatch.setattr(shapley, "MOST_ROWS", 64)
    assert np.array_equal(at_once, shapley.shares(*arguments))
