"""Keys of a map: their ranges, which of them moves the verdict most, which values facts rule out."""

from __future__ import annotations

import numpy as np
import pytest

from zerosum.errors import InputError
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.fits import Fits, Parameter, load_fits
from zerosum.studies import map as maps
from zerosum.studies.facts import Fact
from zerosum.studies.map.axes import Span, find_candidates, make_axis, parse_place, parse_range
from zerosum.studies.map.design import PLACE, facts_study
from zerosum.studies.map.facts import constrain, misses
from zerosum.studies.map.ranking import rank_keys

pytestmark = pytest.mark.uncompiled

FITS = Fits(
    (
        Parameter("choice.fit_sd", 0.2, 1.2),
        Parameter("segments.contract_weeks", 0.6, 1.5, factor=True),
        Parameter("effort.skill_weight", 0.1, 0.6),
    ),
    ({"choice.fit_sd": 0.5, "segments.contract_weeks": 1.2, "effort.skill_weight": 0.3},),
    {},
)


def test_a_range_comes_from_what_is_given_then_believed_then_fitted() -> None:
    market = load_scenario("kickoff", {"choice.fit_sd": 0.5})
    unsure = parse_scenario(
        market, {"uncertain": [{"key": "choice.fit_sd", "low": 0.4, "high": 0.8, "scale": "log"}]}
    )
    assert make_axis(market, "choice.fit_sd", {"choice.fit_sd": Span(0.1, 2.0)}, FITS).span[:2] == (0.1, 2.0)
    assert make_axis(unsure, "choice.fit_sd", {}, FITS).span == Span(0.4, 0.8, "log")
    assert make_axis(market, "choice.fit_sd", {}, FITS).span == Span(0.2, 1.2)
    assert make_axis(market, "choice.fit_sd", {}, FITS, at=1.5).span.high == 1.5  # the place is on the map
    with pytest.raises(InputError, match=r"choice.no_decision: .* give ranges={'choice.no_decision'"):
        make_axis(market, "choice.no_decision", {}, FITS)


def test_rows_that_were_fitted_together_move_together() -> None:
    market = load_scenario("kickoff")
    axis = make_axis(market, "segments.contract_weeks", {}, FITS)
    weeks = [row.contract_weeks for row in market.segments]
    assert axis.unit == "times today's"
    assert axis.shown(axis.here) == 1.0
    assert [axis.shown(end) for end in axis.span[:2]] == pytest.approx([0.5, 1.25])
    changed = parse_scenario(market, axis.factor.overrides(2 * weeks[0]))
    assert [row.contract_weeks for row in changed.segments] == [2 * week for week in weeks]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("choice.fit_sd", "write KEY=LOW:HIGH"),
        ("choice.fit_sd=1", "write KEY=LOW:HIGH"),
        ("choice.fit_sd=a:b", "write KEY=LOW:HIGH"),
        ("choice.fit_sd=nan:1", "write KEY=LOW:HIGH"),
        ("choice.fit_sd=2:1", "2 must be below 1"),
    ],
)
def test_ranges_that_are_none_are_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_range(text)


def test_keys_that_can_be_no_axis_are_refused() -> None:
    market = load_scenario("kickoff")
    for key, said in (
        ("choice.fitsd", "did you mean 'choice.fit_sd'"),
        ("vendors.Alder.name", "has no number"),
        ("comparison.seed", "says what is asked"),
        ("segments.contract_weeks", "there is no such key|has no number|row"),
    ):
        with pytest.raises(InputError, match=said):
            make_axis(market, key, {key: Span(0.0, 1.0)})
    with pytest.raises(InputError, match=r"your place, 0\.5, does not lie within it"):
        make_axis(
            load_scenario("kickoff", {"choice.fit_sd": 0.5}), "choice.fit_sd", {"choice.fit_sd": Span(1, 2)}
        )
    with pytest.raises(InputError, match="KEY=VALUE"):
        parse_place("choice.fit_sd=x")


def test_candidates_are_what_is_uncertain_else_what_was_fitted() -> None:
    market = load_scenario("kickoff")
    assert [axis.key for axis in find_candidates(market, FITS)] == [row.key for row in FITS.parameters]
    unsure = parse_scenario(market, {"uncertain": [{"key": "choice.fit_sd", "low": 0.4, "high": 0.8}]})
    assert [axis.key for axis in find_candidates(unsure, FITS)] == ["choice.fit_sd"]
    shipped = load_fits()
    assert len(find_candidates(market, shipped)) > len(shipped.parameters) / 2


def test_the_key_that_was_planted_is_ranked_first() -> None:
    axes = find_candidates(load_scenario("kickoff"), FITS)
    rng, held = np.random.default_rng(1), 0
    for _ in range(100):
        places = rng.random((64, 3))
        gaps = 1.0 + 8.0 * places[:, 2] + rng.normal(0, 3, 64)
        gaps[3] = np.nan
        table = rank_keys(axes, places, gaps)
        first = table.iloc[0]
        assert first["key"] == "effort.skill_weight"
        assert (first["low"], first["high"]) == (0.1, 0.6)
        held += bool(first["change_low"] < 8.0 < first["change_high"])
    assert 88 <= held <= 99  # of 100 at 95 %
    with pytest.raises(ValueError, match="too few for 3 keys"):
        rank_keys(axes, places[:4], gaps[:4])


# --- Facts ------------------------------------------------------------------------------------------------------


def fact(measure: str, low: float | None, high: float | None) -> Fact:
    return Fact(
        name=measure.replace("_", "-"),
        label=measure,
        measure=measure,
        low=low,
        high=high,
        tag="own",
        source="me",
    )


def test_facts_rule_out_what_lies_outside_their_bands() -> None:
    market = load_scenario("kickoff", {"choice.fit_sd": 0.5})
    axis = make_axis(market, "choice.fit_sd", {"choice.fit_sd": Span(0.0, 1.0)})
    values, rng = np.linspace(0, 1, 5), np.random.default_rng(2)
    common = rng.normal(0, 0.002, 6)
    rising = 0.2 + 0.4 * values[:, None] + common + rng.normal(0, 0.001, (5, 6))
    flat = 0.3 + common + rng.normal(0, 0.001, (5, 6))
    small = 0.3 + 0.02 * values[:, None] + common + rng.normal(0, 1e-5, (5, 6))
    rows = {"win_rate": rising[:, :, None], "share_at_quota": flat[:, :, None], "gini": small[:, :, None]}
    known = [fact("win_rate", 0.3, 0.5), fact("share_at_quota", 0.2, 0.4), fact("gini", 0.1, 0.6)]
    found = constrain(axis, values, rows, known, 6)
    assert [seen.fact.measure for seen in found.seen] == ["win_rate"]  # the last one moves by a trifle
    assert (found.low, found.high) == pytest.approx((0.25, 0.75), abs=0.02)
    assert (found.low_by, found.high_by) == ("win_rate", "win_rate")
    none = constrain(axis, values, rows, [fact("share_at_quota", 0.2, 0.4)], 2)
    assert not none.seen
    assert not none.constrains
    wide = constrain(axis, values, rows, [fact("win_rate", 0.0, 0.9)], 2)
    assert wide.seen
    assert not wide.constrains


def test_what_chance_does_to_all_values_hides_no_response_but_spares_values() -> None:
    market = load_scenario("kickoff", {"choice.fit_sd": 0.5})
    axis = make_axis(market, "choice.fit_sd", {"choice.fit_sd": Span(0.0, 1.0)})
    values, rng = np.linspace(0, 1, 5), np.random.default_rng(3)
    common = rng.normal(0, 0.05, 6)
    numbers = 0.3 + 0.04 * values[:, None] + common - common.mean() + rng.normal(0, 1e-4, (5, 6))
    rows = {"win_rate": numbers[:, :, None]}
    # Seen, though it moves by less than one run differs from another; but such an interval reaches far.
    found = constrain(axis, values, rows, [fact("win_rate", 0.31, 0.39)], 2)
    assert found.seen
    assert not found.constrains
    reach = 2.571 * common.std(ddof=1) / 6**0.5
    high = constrain(axis, values, rows, [fact("win_rate", 0.32 + reach, None)], 2)
    assert high.seen[0].allowed[0][0] == pytest.approx(0.5, abs=0.02)


def planted(*rows: tuple[str, object]) -> dict[str, np.ndarray]:
    """Measures along an axis from 0 to 1, with hardly any noise: name -> its value as a function of the key."""
    values, rng = np.linspace(0, 1, 5), np.random.default_rng(4)
    return {name: (of(values)[:, None] + rng.normal(0, 1e-4, (5, 6)))[:, :, None] for name, of in rows}  # type: ignore[operator]


def line() -> maps.Axis:
    """An axis from 0 to 1, the place in the middle."""
    market = load_scenario("kickoff", {"choice.fit_sd": 0.5})
    return make_axis(market, "choice.fit_sd", {"choice.fit_sd": Span(0.0, 1.0)})


def test_facts_rule_out_both_ends_together() -> None:
    rows = planted(("win_rate", lambda x: 0.2 + 0.4 * x), ("share_at_quota", lambda x: 0.9 - 0.5 * x))
    known = [fact("win_rate", 0.3, None), fact("share_at_quota", 0.5, None)]
    found = constrain(line(), np.linspace(0, 1, 5), rows, known, 4)
    assert (found.low, found.high) == pytest.approx((0.25, 0.8), abs=0.01)
    assert (found.low_by, found.high_by) == ("win_rate", "share_at_quota")
    assert not found.missed
    assert not found.elsewhere
    tighter = constrain(line(), np.linspace(0, 1, 5), rows, [*known, fact("win_rate", 0.36, 0.44)], 6)
    assert (tighter.low, tighter.high) == pytest.approx(
        (0.4, 0.6), abs=0.01
    )  # the narrowest wins at both ends


def test_a_fact_that_the_place_misses_is_named_and_rules_out_nothing() -> None:
    rows = planted(("win_rate", lambda x: 0.2 + 0.4 * x), ("share_at_quota", lambda x: 0.9 - 0.5 * x))
    met, unmet, hopeless = (
        fact("share_at_quota", 0.5, None),
        fact("win_rate", 0.5, None),
        fact("win_rate", 0.9, None),
    )
    found = constrain(line(), np.linspace(0, 1, 5), rows, [met, unmet], 4)
    assert [seen.fact for seen in found.missed] == [unmet]
    assert found.missed[0].allowed[0] == pytest.approx((0.75, 1.0), abs=0.01)  # where it would be met
    assert (found.low, found.high) == pytest.approx((0.0, 0.8), abs=0.01)  # by the fact that is met
    alone = constrain(line(), np.linspace(0, 1, 5), rows, [hopeless], 2)
    assert not alone.constrains
    assert not alone.missed[0].allowed
    (low,) = planted(("win_rate", lambda x: 0.2 + 0.4 * x)).values()
    assert misses(unmet, low[2])
    assert not misses(fact("win_rate", 0.3, 0.5), low[2])
    assert not misses(unmet, np.full((6, 1), np.nan))


def test_what_a_fact_leaves_beyond_a_gap_is_kept_apart() -> None:
    rows = planted(("win_rate", lambda x: 0.2 + 0.4 * x), ("gini", lambda x: 0.4 * (2 * x - 1) ** 2))
    bow = fact("gini", 0.1, None)  # not in the middle
    market = load_scenario("kickoff")
    here = make_axis(market, "choice.fit_sd", {"choice.fit_sd": Span(0.0, 1.0)}, at=0.9)
    values = np.unique([*np.linspace(0, 1, 5), 0.9])
    rows = {
        name: np.interp(values, np.linspace(0, 1, 5), row.mean(axis=(1, 2)))[:, None, None]
        for name, row in rows.items()
    }
    rows = {name: row + np.random.default_rng(5).normal(0, 1e-4, (6, 6, 1)) for name, row in rows.items()}
    found = constrain(here, values, rows, [bow], 2)
    assert (found.low, found.high) == pytest.approx((0.75, 1.0), abs=0.01)
    assert found.elsewhere[0] == pytest.approx((0.0, 0.25), abs=0.01)
    joint = constrain(here, values, rows, [bow, fact("win_rate", 0.26, None)], 4)
    assert joint.elsewhere[0] == pytest.approx((0.15, 0.25), abs=0.01)


def test_where_the_market_has_no_such_number_nothing_is_ruled_out() -> None:
    rows = planted(("win_rate", lambda x: 0.2 + 0.4 * x))
    rows["win_rate"][:3] = np.nan  # up to the place itself
    found = constrain(line(), np.linspace(0, 1, 5), rows, [fact("win_rate", None, 0.55)], 2)
    assert (found.low, found.low_by) == (0.0, "")
    assert found.high == pytest.approx(0.875, abs=0.01)
    assert not found.missed


# --- Sweeps -----------------------------------------------------------------------------------------------------


def test_points_have_random_numbers_of_their_own_and_facts_addresses_of_theirs() -> None:
    market = load_scenario("workshop")
    axes = tuple(
        make_axis(market, key, {key: Span(0.1, 0.99)}) for key in ("market.saturation", "choice.fit_sd")
    )
    question = maps.ask(market, "shots", "usual", "arr", 3, 8)
    study = maps.map_study(question, (axes[0], axes[1]))
    seeds = {study.scenario(number).comparison.seed for number in range(len(study.points))}
    assert len(seeds) == len(study.points) == 4 + 1 + 8
    assert study.strategies == ("usual", "shots")
    assert tuple(study.points.iloc[PLACE]) == (axes[0].here, axes[1].here)
    one, other = (
        facts_study(question, (axes[0], axes[1]), {"measures": [name], "digest": ""})
        for name in ("gini", "win_rate")
    )
    assert one.strategies == (market.baseline_name,)
    assert {one.scenario(number).comparison.seed for number in range(len(one.points))} == {
        market.comparison.seed
    }
    assert not set(one.grid.points.ravel()) & set(other.grid.points.ravel())
