"""Fits: what they replace in a scenario and what they leave, and files that can't be read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.each import each
from zerosum.errors import InputError
from zerosum.files import printable
from zerosum.scenario import keys, load_scenario, parse_scenario
from zerosum.scenario.errors import MOST_LINES
from zerosum.scenario.fits import Changes, Fits, Parameter, apply_values, check_keys, load_fits
from zerosum.scenario.spec import Scenario

pytestmark = pytest.mark.uncompiled


DEFAULTS: dict[str, Any] = {key.path: key.default for key in keys()}
PLAIN = ("choice.no_decision", "review.max_per_year", "reps.conservatism", "social.sales.delay_weeks")
ROWS = ("tools.innovation", "tools.keep", "segments.evaluation_sigma", "strategies.plan.prospecting")
FACTORS = ("segments.switching_cost", "segments.contract_weeks")
TOOLS = '[[tools]]\nname = "dialler"\nkeep = 1.5\n[[tools]]\nname = "listener 2.0"\n'
SEGMENTS = """
[[segments]]
name = "small"
share = 0.7
switching_cost = 1.5
contract_weeks = 101
evaluation_sigma = 0.5
[[segments]]
name = "large"
share = 0.3
"""


def fits(*sets: dict[str, float], factors: tuple[str, ...] = ()) -> Fits:
    """Make fits of some sets, the first the default; every range is 0 to 10."""
    parameters = tuple(Parameter(key, 0.0, 10.0, key in factors) for key in sets[0])
    return Fits(parameters, sets, {})


def the_defaults(*paths: str) -> dict[str, float]:
    return {path: DEFAULTS[path] for path in paths}


def same(a: Scenario, b: Scenario) -> bool:
    """Tell whether two scenarios have the same values, whoever said them."""
    return a.model_dump() == b.model_dump()


# --- What they do to a scenario -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", TOOLS, SEGMENTS, 'vendors = [{ name = "A" }, { name = "B" }]'])
def test_the_default_set_that_equals_the_defaults_changes_nothing(text: str) -> None:
    scenario = parse_scenario(text)
    default = the_defaults(*PLAIN, "tools.innovation", "segments.voice") | dict.fromkeys(FACTORS, 1.3)
    one = fits(default, factors=FACTORS)
    assert same(one.applied(scenario, 0), scenario)
    nothing = one.changes(scenario, 0)
    assert (nothing.replaced, nothing.scaled, nothing.moved) == ({}, {}, 0.0)


@pytest.mark.parametrize("name", ["kickoff", "workshop", "own-worst-rival", "presales-bottleneck"])
def test_shipped_scenarios_keep_their_values_under_such_a_set(name: str) -> None:
    scenario = load_scenario(name)
    one = fits(the_defaults(*PLAIN, *ROWS) | dict.fromkeys(FACTORS, 0.7), factors=FACTORS)
    assert same(one.applied(scenario, 0), scenario)


def test_where_the_scenario_is_silent_values_replace_defaults() -> None:
    chosen = {"choice.no_decision": 0.9, "reps.conservatism": 0.3, "segments.evaluation_sigma": 0.75}
    applied = fits(the_defaults(*chosen), chosen).applied(
        parse_scenario("[reps]\nmax_open_opportunities = 30"), 1
    )
    assert applied.choice.no_decision == 0.9
    assert (applied.reps.conservatism, applied.reps.max_open_opportunities) == (0.3, 30)
    assert [segment.evaluation_sigma for segment in applied.segments] == [0.75]


def test_what_a_scenario_is_uncertain_of_is_kept() -> None:
    """A replication takes what it draws: a fit's value would be told and never used."""
    rows = [
        {"key": "choice . no_decision", "low": 1.0, "high": 2.0},
        {"key": 'tools."listener 2.0".innovation', "low": 0.1, "high": 0.2},
        {"key": "segments.0.switching_cost", "low": 1.0, "high": 2.0},
    ]
    scenario = parse_scenario(TOOLS, {"uncertain": rows})
    chosen = {"choice.no_decision": 0.9, "tools.innovation": 0.5, "segments.switching_cost": 2.6}
    one = fits(the_defaults(*chosen) | {"segments.switching_cost": 1.3}, chosen, factors=FACTORS[:1])
    changes = one.changes(scenario, 1)
    assert set(changes.kept) == {
        "choice.no_decision",
        'tools."listener 2.0".innovation',
        "segments.all.switching_cost",
    }
    assert set(changes.replaced) == {"tools.dialler.innovation"}
    assert changes.scaled == {}
    applied = one.applied(scenario, 1)
    assert [tool.innovation for tool in applied.tools] == [0.5, DEFAULTS["tools.innovation"]]
    assert applied.uncertain == scenario.uncertain


@pytest.mark.parametrize("way", ["file", "set", "mapping", "default"])
def test_what_a_scenario_says_itself_is_kept_however_it_says_it(way: str) -> None:
    said = {"file": "[choice]\nno_decision = 2.5", "default": f"[choice]\nno_decision = {DEFAULTS[PLAIN[0]]}"}
    overrides: Any = {"set": ["choice.no_decision=2.5"], "mapping": {"choice.no_decision": 2.5}}.get(way, ())
    scenario = parse_scenario(said.get(way, ""), overrides)
    chosen = {"choice.no_decision": 0.9, "choice.fit_sd": 0.3}
    two = fits(chosen, chosen)
    for number in (0, 1):
        applied = two.applied(scenario, number)
        assert applied.choice.no_decision == scenario.choice.no_decision
        assert applied.choice.fit_sd == 0.3
        assert two.changes(scenario, number).kept == ("choice.no_decision",)


def test_rows_are_asked_one_by_one() -> None:
    """A tool that says ``keep`` keeps it; the other, whose name has a dot and a blank, takes the fit's."""
    scenario = parse_scenario(TOOLS + SEGMENTS)
    chosen = {"tools.keep": -2.013, "tools.innovation": 0.413, "segments.evaluation_sigma": 0.777}
    two = fits(the_defaults(*chosen), chosen)
    applied = two.applied(scenario, 1)
    assert [tool.keep for tool in applied.tools] == [1.5, -2.013]
    assert [tool.innovation for tool in applied.tools] == [0.413, 0.413]
    assert [segment.evaluation_sigma for segment in applied.segments] == [0.5, 0.777]
    changes = two.changes(scenario, 1)
    assert changes.kept == ("tools.dialler.keep", "segments.small.evaluation_sigma")
    assert set(changes.replaced) == {
        'tools."listener 2.0".keep',
        "tools.dialler.innovation",
        'tools."listener 2.0".innovation',
        "segments.large.evaluation_sigma",
    }
    assert changes.replaced['tools."listener 2.0".keep'] == (DEFAULTS["tools.keep"], -2.013)


def test_without_tools_their_parameters_change_nothing() -> None:
    scenario = parse_scenario("")
    two = fits({"tools.keep": 0.0}, {"tools.keep": -2.0})
    assert same(two.applied(scenario, 1), scenario)
    assert two.changes(scenario, 1) == Changes({}, {}, (), 0.0)


def test_factors_scale_rows_by_the_fits_over_the_default_fits() -> None:
    scenario = parse_scenario(SEGMENTS)
    two = fits({FACTORS[0]: 0.8}, {FACTORS[0]: 1.2}, factors=FACTORS)
    small, large = two.applied(scenario, 1).segments
    assert small.switching_cost == pytest.approx(1.5 * 1.2 / 0.8, rel=1e-15)
    assert large.switching_cost == pytest.approx(DEFAULTS[FACTORS[0]] * 1.2 / 0.8, rel=1e-15)
    assert same(two.applied(scenario, 0), scenario)
    changes = two.changes(scenario, 1)
    assert changes.scaled["segments.small.switching_cost"] == (1.5, small.switching_cost)
    assert changes.moved == pytest.approx(0.04)


def test_whole_numbers_stay_whole() -> None:
    scenario = parse_scenario(SEGMENTS)
    chosen = {"segments.contract_weeks": 1.1, "social.sales.delay_weeks": 7.6}
    two = fits({"segments.contract_weeks": 1.0, "social.sales.delay_weeks": 3.0}, chosen, factors=FACTORS)
    applied = two.applied(scenario, 1)
    assert applied.segments[0].contract_weeks == 111
    assert applied.social.sales.delay_weeks == 8
    assert two.changes(scenario, 1).scaled["segments.small.contract_weeks"] == (101, 111)


def test_values_deep_in_rows_are_reached() -> None:
    """As long as the scenario stays valid: shares of a plan must sum to one."""
    scenario = parse_scenario('[[strategies]]\nname = "a"\n[[strategies]]\nname = "b"\nplan.selling = 0.4')
    key = "strategies.extra_hours.selling"
    applied = fits({key: 0.0}, {key: 2.0}).applied(scenario, 1)
    assert [strategy.extra_hours.selling for strategy in applied.strategies] == [2.0, 2.0]


def test_how_far_a_fit_moves_a_scenario() -> None:
    """In ranges of 10: one parameter by 3, one not at all, one not asked."""
    key = "reps.ramp_weeks"
    chosen = {
        key: DEFAULTS[key] + 3.0,
        "choice.fit_sd": DEFAULTS["choice.fit_sd"],
        "effort.skill_weight": 9.0,
    }
    two = fits(the_defaults(*chosen), chosen)
    scenario = parse_scenario("[effort]\nskill_weight = 0.1")
    assert two.changes(scenario, 1).moved == pytest.approx(0.15)


def test_a_fit_under_which_the_scenario_is_not_valid() -> None:
    two = fits({"reps.conservatism": 0.5}, {"reps.conservatism": 7.0})
    with pytest.raises(InputError, match=r"fits: fit 1 of .*reps.conservatism"):
        two.applied(parse_scenario(""), 1)


def test_laid_values_replace_what_is_said_and_factors_multiply_their_base() -> None:
    """As the calibration does."""
    scenario = parse_scenario(SEGMENTS + "[choice]\nno_decision = 2.5")
    parameters = [Parameter(FACTORS[0], 0, 2, True), Parameter("choice.no_decision", 0, 3)]
    values = {FACTORS[0]: 2.0, "choice.no_decision": 1.0}
    laid = apply_values(scenario, parameters, values, base={FACTORS[0]: {"small": 1.0, "large": 2.0}})
    assert [segment.switching_cost for segment in laid.segments] == [2.0, 4.0]
    assert laid.choice.no_decision == 1.0
    kept = apply_values(scenario, parameters, values, spoken=False)
    assert kept.segments[0].switching_cost == 3.0
    assert kept.choice.no_decision == 2.5


def test_what_can_be_fitted() -> None:
    assert list(check_keys([*PLAIN, *ROWS, *FACTORS])) == []
    (misspelt,) = list(check_keys(["choice.no_decison"]))
    assert misspelt.endswith("did you mean 'choice.no_decision'?")
    for path in ("name", "strategies.push", "vendors.share", "comparison.adopters", "segments.name"):
        assert "can't be fitted" in next(iter(check_keys([path])))


def test_every_parameter_of_the_shipped_calibration_can_be_applied_to_kickoff() -> None:
    path = Path(__file__).parents[1] / "experiments" / "calibration.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["parameters"]
    parameters = tuple(Parameter(r["key"], r["low"], r["high"], "factor_of" in r) for r in rows)
    for end in ("low", "high"):
        sets = ({r["key"]: r.get("start", r["high"]) for r in rows}, {r["key"]: r[end] for r in rows})
        assert Fits(parameters, sets, {}).applied(load_scenario("kickoff"), 1)


# --- Files ----------------------------------------------------------------------------------------------------

GOOD = """
[about]
scenario = "kickoff"

[[parameters]]
key = "choice.no_decision"
low = 0.5
high = 3
spread = nan
pinned_by = ["win-rate", "no-decision"]

[[parameters]]
key = "segments.switching_cost"
low = 0.4
high = 1.8
factor = true

[[fits]]
"choice.no_decision" = 1.7
"segments.switching_cost" = 1

[[fits]]
"choice.no_decision" = 2
"segments.switching_cost" = 1.5
"""
SECOND = '"choice.no_decision" = 2\n'
BAD: dict[str, tuple[str, str]] = {
    "no TOML": ("[about", "line 1, column 7: the head of a table is not closed; write [about]"),
    "empty": ("", "'parameters' is missing; it must be given: one or more tables"),
    "a scenario": ('name = "kickoff"\n[market]\nbuyers = 4', "unknown key 'market' at the top level"),
    "no fits": (GOOD[: GOOD.index("[[fits]]")], "'fits' is missing; it must be given"),
    "fits no table": (
        GOOD[: GOOD.index("[[fits]]")].replace("[about]", "fits = [1]\n[about]"),
        "[[fits]] 1 = 1 is not a table",
    ),
    "one fit, a table": (
        GOOD[: GOOD.index("[[fits]]")] + '[fits]\n"choice.no_decision" = 1',
        "is not a list",
    ),
    "unknown key": (GOOD.replace("no_decision", "no_decison"), "did you mean 'choice.no_decision'?"),
    "no number": (GOOD.replace("choice.no_decision", "vendors.share"), "can't be fitted"),
    "key no text": (
        GOOD.replace('key = "choice.no_decision"', "key = 3"),
        "[[parameters]] 1: key = 3 is not text",
    ),
    "no key": (GOOD.replace('key = "choice.no_decision"\n', ""), "[[parameters]] 1 has no 'key'"),
    "no range": (GOOD.replace("low = 0.5\n", ""), "[[parameters]] 1 (choice.no_decision) has no 'low'"),
    "range upside down": (GOOD.replace("low = 0.5", "low = 5"), "low = 5 must be less than high = 3"),
    "infinite range": (GOOD.replace("high = 3", "high = inf"), "high = inf is not a finite number"),
    "range a text": (GOOD.replace("high = 3", 'high = "3"'), 'high = "3" is text, not a number; write 3'),
    "factor no yes or no": (
        GOOD.replace("factor = true", "factor = 1"),
        "factor = 1 is neither true nor false",
    ),
    "factor without rows": (GOOD.replace("high = 3\n", "high = 3\nfactor = true\n"), "a table with rows"),
    "pinned by a word": (
        GOOD.replace('["win-rate", "no-decision"]', '"win-rate"'),
        'pinned_by = "win-rate" is not a list; write ["win-rate"]',
    ),
    "unknown entry": (
        GOOD.replace("spread", "spraed"),
        "unknown key 'spraed' in [[parameters]] 1 (choice.no_decision); did you mean 'spread'?",
    ),
    "key twice": (
        GOOD.replace("segments.switching_cost", "choice.no_decision", 1).replace("factor = true\n", ""),
        "'choice.no_decision' is given twice",
    ),
    "value missing": (GOOD.replace(SECOND, ""), "[[fits]] 2: 'choice.no_decision' is missing"),
    "value too many": (GOOD + '"choice.fit_sd" = 1', "[[fits]] 2: 'choice.fit_sd' is none of [[parameters]]"),
    "keys without quotes": (
        GOOD.replace(SECOND, "choice.no_decision = 2\n"),
        "[[fits]] 2: choice is a table: it is not a number",
    ),
    "value nan": (GOOD.replace(SECOND, SECOND.replace("2", "nan")), "= nan is not a finite number"),
    "value yes": (GOOD.replace(SECOND, SECOND.replace("2", "true")), "= true is not a number"),
    "value text": (GOOD.replace(SECOND, SECOND.replace("2", '"2"')), '= "2" is text, not a number; write 2'),
    "value huge": (GOOD.replace(SECOND, SECOND.replace("2", "9" * 400)), "at most 19 digits"),
    "factor zero": (GOOD.replace("= 1.5", "= 0"), "'segments.switching_cost' = 0; a factor must be above 0"),
    "about no table": (GOOD.replace("[about]", "[other]"), "unknown key 'other' at the top level"),
    "nested": ("a = " + "[" * 5000 + "]" * 5000, "this is nested too deeply to be a file of fits"),
}


def written(folder: Path, text: str) -> Path:
    path = folder / "some fits.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file(tmp_path: Path) -> None:
    read = load_fits(written(tmp_path, GOOD))
    assert [parameter.key for parameter in read.parameters] == ["choice.no_decision", FACTORS[0]]
    assert [parameter.factor for parameter in read.parameters] == [False, True]
    assert read.parameters[0].pinned_by == ("win-rate", "no-decision")
    assert read.sets[1] == {"choice.no_decision": 2.0, FACTORS[0]: 1.5}
    assert all(isinstance(value, float) for one in read.sets for value in one.values())
    assert read.about == {"scenario": "kickoff"}
    assert read.source.endswith("some fits.toml")


@each("case", BAD)
def test_a_bad_file_is_named_with_its_fault(tmp_path: Path, case: str) -> None:
    text, said = BAD[case]
    assert text != GOOD
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_fits(path)
    assert said in str(caught.value)
    for line in str(caught.value).split("\n"):
        assert line.startswith((f"{path}: ", "    "))


def test_what_is_no_file(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path / "none.toml", "there is no such file"),
        (tmp_path, "this is a folder"),
        (tmp_path / ("x" * 5000), "can't be read"),
        (tmp_path / "a\0b", "can't be read"),
    ):
        with pytest.raises(InputError) as caught:
            load_fits(path)
        assert str(caught.value).startswith(f"{printable(str(path))}: ")
        assert said in str(caught.value)


def test_many_faults_are_not_all_listed(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + '\n[[fits]]\n"x" = 1' * 30)
    with pytest.raises(InputError) as caught:
        load_fits(path)
    lines = str(caught.value).split("\n")
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "... and 70 more problems"


def test_without_shipped_fits_the_message_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zerosum.scenario.fits.SHIPPED", tmp_path / "fits.toml")
    with pytest.raises(InputError, match="no fits came with this zerosum"):
        load_fits(tmp_path / "fits.toml")


def test_a_fit_that_cannot_be_names_file_fit_and_key_and_no_override(tmp_path: Path) -> None:
    fits = load_fits(written(tmp_path, GOOD))
    wild = Fits(fits.parameters, tuple(dict.fromkeys(one, 1e200) for one in fits.sets), {}, "mine.toml")
    with pytest.raises(
        InputError, match=r"^mine\.toml: fit 1 of kickoff: .* is too large; it must be"
    ) as caught:
        wild.applied(load_scenario("kickoff"), 1)
    assert "override" not in str(caught.value)
