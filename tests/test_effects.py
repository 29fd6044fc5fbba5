"""Effects: what an interval shows, what an experiment measures, and what was found at the defaults."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from tests.each import each
from tests.test_report import rendered
from zerosum.cli import main
from zerosum.market.metrics import measure
from zerosum.market.records import ARR
from zerosum.market.state import QUARTER
from zerosum.report.effects import describe_effects_screen, format_found
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.statistics import Interval
from zerosum.studies.effects import EFFECTS, Effect, look_for
from zerosum.studies.effects.effect import EMERGES, MISSING, OPPOSITE, number
from zerosum.studies.effects.of_tools import _curvature
from zerosum.studies.probes import (
    Branch,
    add_to,
    adopt,
    assistant,
    fall_from_peak,
    gain,
    height_of_the_middle,
    hours_more,
    run_from_one_warm_up,
    vary,
)

BY_NAME = {effect.name: effect for effect in EFFECTS}

SMALL = """
name = "small"
clock = { warmup_weeks = 52, weeks = 52 }
market = { buyers = 120, saturation = 0.9 }
vendors = [{ name = "Alder", reps = 6, presales = 2 }, { name = "Birch", reps = 6, presales = 2 }]

[[strategies]]
name = "usual"

[comparison]
replications = 3
seed = 11
"""


@pytest.fixture(scope="module")
def small() -> Scenario:
    return parse_scenario(SMALL)


# --- What an interval shows -----------------------------------------------------------------------------------


@each(
    ("expected", "low", "high", "verdict"),
    [
        ("above", 0.1, 0.3, EMERGES),
        ("above", -0.1, 0.3, MISSING),
        ("above", -0.3, -0.1, OPPOSITE),
        ("below", -0.3, -0.1, EMERGES),
        ("below", -0.3, 0.1, MISSING),
        ("below", 0.1, 0.3, OPPOSITE),
        ("none", -0.1, 0.1, EMERGES),
        ("none", -0.1, 0.3, MISSING),
        ("none", 0.25, 0.3, OPPOSITE),
        ("none", -0.3, -0.25, OPPOSITE),
        ("none", 0.0, 0.0, EMERGES),
        ("above", 0.0, 0.0, MISSING),
        ("above", math.nan, math.nan, MISSING),
        ("open", 0.1, 0.3, ""),
    ],
)
def test_what_an_interval_shows(expected: Any, low: float, high: float, verdict: str) -> None:
    wanted = number("x", "X", "share", expected, margin=0.2)
    assert wanted.verdict(Interval((low + high) / 2, low, high, 10)) == verdict


def test_each_effect_is_told_and_decided_by_its_first_number(small: Scenario) -> None:
    assert len(BY_NAME) == len(EFFECTS) == 8
    for effect in EFFECTS:
        assert effect.numbers[0].expected != "open"
        assert effect.expected.endswith(".")
        assert effect.source
        assert effect.differs
        row = effect.observe(small, 0, None)
        assert list(row) == [n.measure.name for n in effect.numbers]


# --- What experiments measure ---------------------------------------------------------------------------------


def test_hours_more_are_worked(small: Scenario) -> None:
    caller = vary(small, "calls", extra_hours=hours_more(small, prospecting=5.0))
    market = add_to(small, [caller])
    found = run_from_one_warm_up(market, 0, [("usual", "focal"), (caller.name, "focal")])
    worked = [run.engine.recorder.rep_hours[run.team].sum() for run in found.values()]
    # Neither ramping nor idle hours are work, but they are hours all the same.
    assert worked[1] - worked[0] == pytest.approx(5.0 * 52 * 6)
    assert gain(found[caller.name, "focal"], found["usual", "focal"], "attempts") > 0


def test_saturation_is_all_that_the_two_markets_differ_in(small: Scenario) -> None:
    """In a market that is as open as the green field, an hour of calls is worth what it is worth there."""
    row = BY_NAME["calls-need-an-open-market"].observe(
        parse_scenario(small, {"market.saturation": 0.0}), 0, None
    )
    assert row["more"][0] == row["served"][0] == 0.0
    assert row["green"][0] == row["saturated"][0]


def test_a_tool_that_does_nothing_moves_nothing(small: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    from zerosum.studies.effects import of_tools

    keys = ("saving", "learning_hours", "upkeep_hours", "cost_per_rep_year", "training_cost")
    idle = assistant(**dict.fromkeys(keys, 0.0))
    monkeypatch.setattr(of_tools, "assistant", lambda: idle)
    row = BY_NAME["everyone-adopts"].observe(small, 0, None)
    assert {name: float(value[0]) for name, value in row.items()} == dict.fromkeys(row, 0.0)


def test_the_gain_in_arr_is_that_of_the_runs(small: Scenario) -> None:
    small = parse_scenario(small, {"market.buyers": 2000, "clock.weeks": 104})
    tool = assistant()
    adopter = adopt(small, "adopts", [tool])
    market = add_to(small, [adopter], [tool])
    wanted: list[Branch] = [("usual", "focal"), (adopter.name, "focal"), (adopter.name, "all")]
    usual, alone, everyone = run_from_one_warm_up(market, 0, wanted).values()
    row = BY_NAME["everyone-adopts"].observe(small, 0, None)
    assert row["arr_focal"][0] == pytest.approx(measure(alone)["arr"] / measure(usual)["arr"] - 1.0)
    paid = [sum(run.engine.recorder.weekly[-1, v, ARR] for v in range(2)) for run in (everyone, usual)]
    assert row["arr_all"][0] == pytest.approx(paid[0] / paid[1] - 1.0)
    assert len({0.0, row["arr_focal"][0], row["arr_all"][0]}) == 3


def test_what_needs_a_year_has_one_whatever_the_scenario_measures(small: Scenario) -> None:
    """A green field is open in its first year; and seats change hands from one year to the next."""
    longer = parse_scenario(small, {"clock.weeks": 104, "turnover.leave_other": 0.9})
    year = parse_scenario(longer, {"clock.weeks": 52})
    old = parse_scenario(year, {"clock.warmup_weeks": 104})
    for name, market in (("nothing-to-mend", longer), ("calls-need-an-open-market", old)):
        rows = [BY_NAME[name].observe(scenario, 0, None) for scenario in (year, market)]
        assert {key: value[0] for key, value in rows[0].items()} == {
            key: value[0] for key, value in rows[1].items()
        }


def test_use_by_month_is_the_recorders(small: Scenario) -> None:
    row = BY_NAME["use-falls-untrained"].observe(small, 0, None)
    np.testing.assert_array_equal(row["difference"], np.concatenate([row["untrained"], row["trained"]]))
    assert (row["trained"] > row["untrained"]).sum() >= 3


def test_a_fall_and_aheight_of_the_middle() -> None:
    assert fall_from_peak(np.array([0.1, 0.4, 0.3, 0.3, 0.2, 0.25])) == pytest.approx(0.15)
    assert fall_from_peak(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])) == pytest.approx(-0.1)
    assert height_of_the_middle(np.array([0.0, 0.2, 0.3, 0.1])) == pytest.approx(0.2)


def test_the_curvature_is_that_of_a_regression() -> None:
    generator = np.random.default_rng(5)
    use = generator.uniform(0.0, 1.0, 200)
    attained = 1.0 + 2.0 * use - 1.5 * use**2 + generator.normal(0.0, 0.1, 200)
    sums = np.concatenate([[(use**k).sum() for k in range(5)], [(attained * use**k).sum() for k in range(3)]])
    assert _curvature(sums) == pytest.approx(np.polyfit(use, attained, 2)[0])


def test_tools_that_cost_no_hours_are_told_apart(small: Scenario) -> None:
    rows = [BY_NAME["too-much-of-a-good-thing"].observe(small, replication, None) for replication in range(3)]
    assert all(row["height"][0] == row["free"][0] == 0.0 for row in rows)
    assert not all(np.array_equal(row["height"], row["free"]) for row in rows)


def test_vendors_have_the_sizes_that_are_said(small: Scenario) -> None:
    """Sizes 2 : 1 of two vendors with six reps each: eight reps and four."""
    from zerosum.studies.effects import of_markets

    seen: list[Scenario] = []

    def note(scenario: Scenario, *_: Any) -> float:
        seen.append(scenario)
        return 0.0

    original = of_markets._slope
    try:
        of_markets._slope = note
        BY_NAME["double-jeopardy"].observe(small, 0, None)
    finally:
        of_markets._slope = original
    size, customers, quality = seen
    assert [v.reps for v in size.vendors] == [8, 4]
    assert size.vendor_shares == pytest.approx((2 / 3, 1 / 3))
    assert [v.reps for v in customers.vendors] == [6, 6]
    assert customers.vendor_shares == size.vendor_shares
    assert [p.quality for p in quality.products] == [0.3, -0.3]
    assert quality.vendor_shares == pytest.approx((0.5, 0.5))


def test_retention_is_what_is_left_of_the_customers(small: Scenario) -> None:
    from zerosum.studies.effects.of_markets import _slope

    market = parse_scenario(small, {"vendors.Alder.share": 0.8, "vendors.Birch.share": 0.2})
    run = run_from_one_warm_up(market, 0, [("usual", "focal")])["usual", "focal"]
    decisions = run.engine.recorder.decisions
    kept = []
    held = []
    customers = run.engine.recorder.weekly[:, :, 0].mean(axis=0)
    for v in range(2):
        lost = (decisions.before == v) & (decisions.after != v)
        kept.append(1.0 - lost.sum() / customers[v])
        held.append(customers[v] / customers.sum())
    assert _slope(market, 0, None) == pytest.approx((kept[0] - kept[1]) / (held[0] - held[1]))


def test_without_conservatism_pace_is_no_reason(small: Scenario) -> None:
    row = BY_NAME["nothing-to-mend"].observe(parse_scenario(small, {"reps.conservatism": 0.0}), 0, None)
    assert row["difference"][0] == 0.0
    assert row["delay"][0] == row["free"][0]


def test_a_push_that_moves_nothing_makes_no_stick(small: Scenario) -> None:
    idle = parse_scenario(small, {"push.hours_shift": 0.0, "push.discount": 0.0, "push.pull_forward": 0.0})
    row = BY_NAME["hockey-stick"].observe(idle, 0, None)
    assert {name: float(value[0]) for name, value in row.items()} == dict.fromkeys(row, 0.0)


def test_discounts_for_all_cost_what_they_take_off_the_price(small: Scenario) -> None:
    """With nothing but a discount to buyers who don't mind prices, what is given away is lost: no deal is won by it."""
    only = {"push.hours_shift": 0.0, "push.pull_forward": 0.0, "push.below": 0.0, "choice.price_weight": 0.0}
    row = BY_NAME["hockey-stick"].observe(parse_scenario(small, only), 0, None)
    assert row["revenue"][0] == 0.0  # nobody is behind, and nothing is given away
    assert -0.1 < row["given"][0] < 0.0


def test_late_revenue_is_that_of_the_last_weeks(small: Scenario) -> None:
    from zerosum.studies.effects.of_markets import _late

    run = run_from_one_warm_up(small, 0, [("usual", "focal")])["usual", "focal"]
    deals = run.engine.recorder.decisions
    ours = (deals.outcome > 0) & (deals.after == 0)
    late = ours & (deals.week % QUARTER >= QUARTER - 3)
    assert _late(run, 3) == pytest.approx(deals.revenue[late].sum() / deals.revenue[ours].sum())
    assert _late(run, QUARTER) == pytest.approx(1.0)


def test_presales_are_as_scarce_as_is_said(small: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    from zerosum.studies.effects import of_tools

    seen: list[list[int]] = []

    def note(scenario: Scenario, *_: Any) -> tuple[float, float]:
        seen.append([v.presales for v in scenario.vendors])
        return 0.0, 0.0

    monkeypatch.setattr(of_tools, "_rises", note)
    BY_NAME["presales-overload"].observe(small, 0, None)
    BY_NAME["presales-overload"].observe(parse_scenario(small, {"vendors.Alder.presales": 3}), 0, None)
    assert seen == [[1, 1], [8, 8], [2, 1], [12, 8]]


def test_a_strategy_of_the_users_is_never_taken_for_a_probe(small: Scenario) -> None:
    """Whatever a user's strategies and tools are called: only their names differ here."""
    plan = {"prospecting": 1.0, "preparation": 0.0, "selling": 0.0, "social": 0.0}

    def named(strategies: str, tools: str) -> Scenario:
        rows = [{"name": name, "plan": plan} for name in strategies.split(",")]
        tables = {"strategies": [{"name": "usual"}, *rows]}
        tables["tools"] = [{"name": name, "boost": 3.0} for name in tools.split(",")]
        return parse_scenario(small.model_dump() | tables)

    like = named("adopts,prepares,calm,pushes,untrained,8 tools,calls more,offered", "assistant,small tool 1")
    unlike = named("a,b,c,d,e,f,g,h", "i,j")
    for effect in EFFECTS:
        one, other = (effect.observe(market, 0, None) for market in (like, unlike))
        assert all(np.array_equal(one[name], other[name], equal_nan=True) for name in one), effect.name


# --- Many replications, and the command -----------------------------------------------------------------------


def test_the_table_is_of_the_rows(small: Scenario) -> None:
    chosen = [BY_NAME["everyone-adopts"], BY_NAME["use-falls-untrained"]]
    found = look_for(chosen, small)
    rows = [chosen[0].observe(small, r, None)["focal"][0] for r in range(3)]
    row = found.table[(found.table["effect"] == "everyone-adopts") & (found.table["number"] == "focal")].iloc[
        0
    ]
    assert row["mean"] == pytest.approx(np.mean(rows))
    use = np.mean([chosen[1].observe(small, r, None)["untrained"] for r in range(3)], axis=0)
    row = found.table[found.table["number"] == "untrained"].iloc[0]
    assert row["mean"] == pytest.approx(fall_from_peak(use))
    assert found.table["decides"].tolist() == [True, *[False] * 4, True, *[False] * 2]
    for width in (60, 80, 100):
        screen = rendered(describe_effects_screen(found), width)
        assert max(map(len, screen.split("\n"))) <= width
        flat = " ".join(screen.split())
        for verdict, label in ((EMERGES, "EMERGE"), (MISSING, "NOT SHOWN"), (OPPOSITE, "THE OPPOSITE")):
            titles = [effect.title for effect in chosen if found.verdict(effect.name) == verdict]
            assert (f"{label} {len(titles)} of 2" in flat) == (bool(titles) or verdict == EMERGES)
        for _, decides in found.table[found.table["decides"]].iterrows():
            assert format_found(decides).split()[0] in flat
    two = look_for(chosen, small, workers=2)
    assert two.table.equals(found.table)


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    arguments = [
        "effects",
        str(tmp_path / "small.toml"),
        "--only",
        "everyone-adopts",
        "--out",
        str(tmp_path / "out"),
    ]
    result = CliRunner().invoke(main, arguments, env={"COLUMNS": "160"})
    assert result.exit_code == 0, result.output
    assert "A tool that all adopt changes no share: gain in share" in " ".join(result.output.split())
    assert "EMERGE" in result.output
    assert " pp [" in result.output  # the deciding number has its unit
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    told = summary["effects"]["everyone-adopts"]
    assert [n["number"] for n in told["numbers"]] == ["all", "focal", "arr_all", "arr_focal", "contribution"]
    assert told["verdict"] in (EMERGES, MISSING, OPPOSITE)
    lines = (tmp_path / "out" / "effects.csv").read_text(encoding="utf-8").splitlines()
    markdown = (tmp_path / "out" / "effects.md").read_text(encoding="utf-8")
    assert len(lines) == 1 + 5
    assert markdown.count("\n| ") == 1 + 1 + 5  # heads, the effect, its numbers
    again = CliRunner().invoke(main, [*arguments, "--json"])
    assert json.loads(again.output)["effects"] == summary["effects"]


def test_an_unknown_effect_is_a_fault_that_names_the_nearest() -> None:
    result = CliRunner().invoke(main, ["effects", "--only", "double-jeopady"])
    assert result.exit_code == 2
    assert "did you mean 'double-jeopardy'?" in result.output


def test_effects_are_explained_without_a_run() -> None:
    result = CliRunner().invoke(main, ["effects", "--explain"])
    assert result.exit_code == 0
    for effect in EFFECTS:
        assert effect.name in result.output


# --- What was found at the defaults ---------------------------------------------------------------------------

FOUND: dict[str, dict[str, str]] = {
    "calls-need-an-open-market": {"more": EMERGES},
    "everyone-adopts": {"focal": EMERGES, "arr_all": EMERGES, "arr_focal": EMERGES},
    "use-falls-untrained": {"untrained": EMERGES, "difference": EMERGES},
    "too-much-of-a-good-thing": {"height": EMERGES, "difference": EMERGES, "curvature": OPPOSITE},
    "double-jeopardy": {"size": EMERGES, "customers": OPPOSITE, "quality": EMERGES},
    "presales-overload": {"difference": EMERGES, "win_rate": EMERGES},
    "nothing-to-mend": {"delay": EMERGES, "difference": EMERGES},
    "hockey-stick": {"late": EMERGES, "ratchet": MISSING, "revenue": EMERGES, "given": EMERGES},
}
"""Effect -> number -> verdict on 24 replications of the kick-off: too few for our share when all adopt."""


@pytest.fixture(scope="module")
def kickoff() -> Scenario:
    return load_scenario("kickoff", {"comparison.replications": 24})


@pytest.mark.slow  # the first replication of each is held by test_findings
@pytest.mark.parametrize("effect", [pytest.param(e, id=e.name) for e in EFFECTS])
def test_what_was_found(effect: Effect, kickoff: Scenario) -> None:
    """Few replications: enough for what is plain. ``docs/findings.md`` tells of many."""
    expected = FOUND[effect.name]
    table = look_for([effect], kickoff, workers=2).table.set_index("number")
    assert {name: table.loc[name, "verdict"] for name in expected} == expected
