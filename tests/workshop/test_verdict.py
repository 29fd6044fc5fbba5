"""What is said of one year, and of many."""

from __future__ import annotations

import doctest
import json

import pytest
from scipy import stats

from tests.workshop.settings import BOOST, SHOTS, TRAINING, WORKSHOP, called, settings
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.statistics import paired_difference
from zerosum.studies.compare import compare_strategies
from zerosum.workshop import words
from zerosum.workshop.room import furnish
from zerosum.workshop.saved import saved
from zerosum.workshop.setup import setup_of
from zerosum.workshop.state import State
from zerosum.workshop.verdict import Ending, labels_of, of_many_years, of_one_year, tosses
from zerosum.workshop.year import year_of
from zerosum.workshop.years import endings_of


def test_one_year_is_told_as_it_ended() -> None:
    said = of_one_year(settings(), Ending((0.01, 0.034), (5e6, 4e6)))
    assert said["leader"] == "right"
    assert said["words"] == "Social and preparation ends ahead by 2.4 points."
    assert said["certainty"].startswith(
        "Shots has gained 1.00 M a year more of recurring revenue all the same."
    )
    level = of_one_year(settings(), Ending((0.01, 0.01), (5e6, 4e6)))
    assert (level["leader"], level["words"]) == ("none", "They end level.")


def test_teams_are_compared_by_what_they_gained() -> None:
    said = of_one_year(settings(adopters="head-to-head"), Ending((0.02, -0.01), (1.0, 1.0)))
    assert said["words"] == "Shots has gained 3 points more."


def test_sides_are_called_by_names_that_differ() -> None:
    def said(state: State) -> str:
        return str(of_one_year(state, Ending((0.0, 0.01), (1, 1)))["words"])

    assert said(settings(right=SHOTS)) == "Shots (B) ends ahead by 1 point."
    assert said(called(settings(right=SHOTS), "No training", "Full training")).startswith(
        "Full training ends"
    )
    assert said(called(settings(), "The same", "The same")).startswith("The same (B) ends")
    # One side's label may be the other's strategy.
    assert labels_of(called(settings(), "Social and preparation", None)) == (
        "Social and preparation (A)",
        "Social and preparation (B)",
    )


def test_many_years_do_not_hang_on_labels_nor_on_the_order_of_values() -> None:
    a, b = {BOOST: 0.8, TRAINING: 1.0}, {TRAINING: 1.0, BOOST: 0.8}
    first, second = settings(a=a), called(settings(a=b, year=7), "One", "Two")
    assert first.settings() == second.settings()
    assert first.settings() != settings(b=a).settings()
    assert first.settings() != settings(a=a, equal=True).settings()


def test_many_years_are_counted_and_averaged() -> None:
    endings = [Ending((0.0, gap), (0.0, 1000 * gap)) for gap in (0.01, 0.02, -0.01, 0.0, 0.03)]
    said = of_many_years(settings(), endings)
    assert said["ahead"] == {"left": 1, "right": 3, "tied": 1}
    assert said["words"] == "Social and preparation ends ahead in 3 of 5 years."
    expected = paired_difference([0.01, 0.02, -0.01, 0.0, 0.03], [0.0] * 5)
    assert said["difference"]["share"]["low"] == pytest.approx(expected.low, abs=1e-6)
    money = paired_difference([10.0, 20.0, -10.0, 0.0, 30.0], [0.0] * 5)
    assert said["difference"]["money"]["high"] == pytest.approx(money.high, abs=1e-6)
    assert "too close to call" in said["certainty"]
    json.dumps(said, allow_nan=False)


def test_years_that_share_their_assumptions_are_one_observation() -> None:
    endings = [Ending((0.0, gap), (0.0, 0.0)) for gap in (0.01, 0.03, 0.05, 0.07)]
    said = of_many_years(settings(), endings, courses=2)
    expected = paired_difference([0.02, 0.06], [0.0, 0.0])
    assert said["difference"]["share"]["low"] == pytest.approx(expected.low, abs=1e-6)


@pytest.mark.parametrize("n", [1, 5, 20, 163, 200])
def test_what_a_coin_does(n: int) -> None:
    """A second opinion: the quantile of the binomial distribution."""
    low, high = tosses(n)
    assert low == stats.binom(n, 0.5).ppf(0.025)
    assert high == n - low


@pytest.mark.parametrize("n", [0, 1])
def test_few_years_say_little(n: int) -> None:
    said = of_many_years(settings(), [Ending((0.0, 0.02 * n), (0.0, 0.0))])
    json.dumps(said, allow_nan=False)
    assert said["null"]["words"]


@pytest.mark.parametrize("adopters", ["focal", "all", "head-to-head"])
def test_the_saved_file_is_what_the_room_saw(adopters: str) -> None:
    """`compare` on the saved file has the page's years, each at its own number."""
    state = settings(a={BOOST: 1.0}, b={"strategies.training": 1.0}, adopters=adopters, year=2)
    room = furnish(WORKSHOP, state)
    text = saved(room)
    assert parse_scenario(text) == room.scenario
    assert room.scenario.comparison.replications >= 3
    runs = compare_strategies(
        parse_scenario(text, {"comparison.replications": 3}), wanted=frozenset({"runs"})
    ).runs
    runs = runs[~runs["null"]]
    for number, ending in enumerate(endings_of(room, range(3))):
        here = runs[runs["replication"] == number].set_index("strategy")
        for side, strategy in enumerate(room.strategies):
            assert here.loc[strategy, "share_gain"] == pytest.approx(ending.gained[side], abs=1e-12)
            assert here.loc[strategy, "arr_net_new"] == pytest.approx(ending.money[side])


def test_examples_of_words_hold() -> None:
    assert doctest.testmod(words).failed == 0


def test_other_than_52_weeks_are_no_year() -> None:
    """The default clock has three years: what is said of one of them must not call it a year."""
    once, often = Ending((0.0, 0.01), (0.0, 1.0)), [Ending((0.0, 0.01), (0.0, 1.0))]
    said = [of_one_year(settings(), once, "run"), of_many_years(settings(), often, span="run")]
    assert "in 1 of 1 runs." in str(said)
    assert "year" not in str(said).replace("a year", "")
    three = load_scenario("kickoff", {"market.buyers": 100})
    assert setup_of(three, [])["scenario"]["span"] == "run"
    state = State(left={"strategy": "usual"}, right={"strategy": "shots"})
    assert "One run is" in year_of(three, state)["verdict"]["certainty"]
    assert setup_of(WORKSHOP, [])["scenario"]["span"] == "year"
