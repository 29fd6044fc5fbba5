"""The page of findings: words that numbers choose, what an hour buys, and whether the page is of this model."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from docs.tools.findings import gather as gathering
from docs.tools.findings import kickoff
from docs.tools.findings.gather import Sizes, fingerprint, gather
from docs.tools.findings.hangs import axes_between, chance_of, rank_correlations
from docs.tools.findings.hours import (
    CASES,
    CONTRAST,
    PLANNED,
    STRATEGIES,
    asked,
    changed,
    more_hours,
    observe_all,
    worth,
)
from docs.tools.findings.kept import AT_ONCE, Kept
from docs.tools.findings_page import BEGIN, END, PAGE, page
from tests.each import each
from zerosum.market.metrics import measure
from zerosum.report.intervals import find_side, format_gap, format_list
from zerosum.report.markdown import format_rows
from zerosum.runs.executors import Here
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.fits import Fits, Parameter, load_fits
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.of_tools import EVERYONE
from zerosum.studies.probes import run_from_one_warm_up

SMALL = """
name = "small"
question = "What now?"
clock = { warmup_weeks = 52, weeks = 52 }
market = { buyers = 120, saturation = 0.9 }
vendors = [{ name = "Alder", reps = 4 }, { name = "Birch", reps = 4 }]
tools = [{ name = "dialler", boost = 0.5 }]
strategies = [
    { name = "usual" },
    { name = "shots", tools = ["dialler"] },
    { name = "more-calls", extra_hours = { prospecting = 4 } },
    { name = "more-preparation", extra_hours = { preparation = 4 } },
    { name = "more-selling", extra_hours = { selling = 4 } },
    { name = "more-social", extra_hours = { social = 4 } },
]

[comparison]
replications = 3
seed = 11
"""


@pytest.fixture(scope="module")
def small() -> Scenario:
    return parse_scenario(SMALL)


# --- Words ----------------------------------------------------------------------------------------------------


@each(
    ("mean", "low", "high", "unit", "said"),
    [
        (0.0234, 0.0123, 0.0345, "share", "+2.3 pp [+1.2, +3.5]"),
        (0.00023, 0.00012, 0.00034, "points", "+0.023 pp [+0.012, +0.034]"),
        (-41.7, -75.1, -8.3, "money/hour", "-42 [-75, -8]"),
        (12_345.6, 9_876.5, 14_814.7, "money", "+12.3 k [+9.9, +14.8]"),
        (0.5, math.nan, math.nan, "ratio", "+0.500"),
        (math.nan, math.nan, math.nan, "ratio", "–"),
        (0.0, 0.0, 0.0, "weeks", "0 [0, 0]"),
        (-0.001, -0.5, 0.5, "weeks", "0.00 [-0.50, +0.50]"),
    ],
)
def test_an_interval_has_as_many_digits_as_it_warrants(
    mean: float, low: float, high: float, unit: str, said: str
) -> None:
    assert format_gap(mean, low, high, unit).whole == said


def test_sides_and_lists() -> None:
    assert [
        find_side(*ends) for ends in ((0.1, 0.2), (-0.2, -0.1), (-0.1, 0.1), (0.0, 0.0), (math.nan, 1.0))
    ] == [
        1,
        -1,
        0,
        0,
        0,
    ]
    assert [format_list(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "none",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert format_rows(["x", "y"], [["a", "1"]]) == "| x | y |\n|---|--:|\n| a | 1 |"


# --- What an hour brings --------------------------------------------------------------------------------------


def test_the_worth_of_an_hour_is_a_gain_over_hours_in_per_cent(small: Scenario) -> None:
    one = parse_scenario(small, {"comparison.replications": 1})
    found = worth(one, observe_all("hours", one, asked(one, everyone=True)))
    for who in ("focal", "all"):
        pair = run_from_one_warm_up(one, 0, [("usual", "focal"), ("more-calls", who)])
        more, base = (measure(pair[name, w]) for name, w in (("more-calls", who), ("usual", "focal")))
        rows = found[(found["activity"] == "prospecting") & (found["adopters"] == who)].set_index("yardstick")
        years = one.clock.weeks / 52
        for yardstick, gain, level in (
            ("arr", more["arr"] - base["arr"], base["arr"]),
            ("arr_1", more["arr"] - base["arr"], base["arr"]),
            (
                "new_business",
                4 * years * (more["won_revenue_per_rep"] - base["won_revenue_per_rep"]),
                4 * years * base["won_revenue_per_rep"],
            ),
            (
                "accounts",
                more["accounts_gained"] - base["accounts_gained"],
                120 * base["market_share"],
            ),
        ):
            assert rows.loc[yardstick, "mean"] == pytest.approx(100 * gain / level / 4), yardstick


def test_the_contrast_is_paired(small: Scenario) -> None:
    found = worth(small, observe_all("hours", small, asked(small))).set_index(["yardstick", "activity"])
    for yardstick in ("arr", "new_business", "accounts"):
        means = found.loc[yardstick, "mean"]
        assert means[CONTRAST] == pytest.approx(means["preparation"] - means["prospecting"])
    assert found.loc[("arr", "selling"), "n"] == 3


def test_the_hours_of_the_shipped_market_are_of_one_activity_each() -> None:
    hours = load_scenario("hours")
    assert set(hours.compared_names) == {"usual", *STRATEGIES.values()}
    assert [more_hours(hours, name) for name in PLANNED] == [4.0] * 4
    usual = hours.strategies[hours.strategy_index("usual")]
    for activity, name in STRATEGIES.items():
        extra = dict(hours.strategies[hours.strategy_index(name)].extra_hours)
        same = {key: hours_ for key, hours_ in extra.items() if key != activity}
        assert same == {key: hours_ for key, hours_ in usual.extra_hours if key != activity}


def test_cases_change_what_they_say() -> None:
    hours = load_scenario("hours")
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    for case in CASES:
        assert changed(hours, case) != hours, case.words


# --- What it hangs on -----------------------------------------------------------------------------------------


def test_ranks_follow_the_answer_and_chance_is_counted_exactly() -> None:
    parameters = tuple(
        Parameter(key, 0.0, 1.0) for key in ("choice.fit_sd", "quota.stretch", "review.critical")
    )
    rising = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    sets = tuple({"choice.fit_sd": x, "quota.stretch": 1.0 - x**3, "review.critical": 0.5} for x in rising)
    found = rank_correlations(Fits(parameters, sets, {}), [10.0 * x for x in rising])
    assert found["choice.fit_sd"] == pytest.approx(1.0)
    assert found["quota.stretch"] == pytest.approx(-1.0)
    assert math.isnan(found["review.critical"])
    assert chance_of(1.0, 6) == pytest.approx(2 / math.factorial(6))
    assert chance_of(0.0, 6) == 1.0


def test_a_key_counts_as_moving_only_if_it_would_among_all_that_are_looked_at() -> None:
    rows = [("clear", 1.0, 0.5, 1.5), ("alone", 0.3, 0.05, 0.55), ("noise", 0.1, -0.2, 0.4)]
    moved = pd.DataFrame(rows, columns=["key", "change", "change_low", "change_high"])
    assert kickoff.clear_movers(moved.iloc[1:2]) == ["alone"]
    more = pd.concat([moved, *[moved.iloc[2:]] * 40], ignore_index=True)
    assert kickoff.clear_movers(more) == ["clear"]


def test_axes_go_from_the_lowest_to_the_highest_value_in_the_sets() -> None:
    hours, fits = load_scenario("hours"), load_fits()
    axes = {axis.key: axis for axis in axes_between(hours, fits)}
    for parameter in fits.parameters:
        values = [row[parameter.key] for row in fits.sets]
        by = fits.sets[0][parameter.key] if parameter.factor else 1.0
        axis = axes[parameter.key]
        low, high = axis.shown(axis.span.low), axis.shown(axis.span.high)
        assert low <= min(values) / by + 1e-9
        assert high >= max(values) / by - 1e-9


# --- The page -------------------------------------------------------------------------------------------------


def test_what_was_observed_is_not_observed_again(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> list[int]:
        made.append(1)
        return [1, 2]

    kept = Kept(tmp_path / "kept")
    assert [kept.get("a part", {"of": 1}, make) for _ in range(2)] == [[1, 2], [1, 2]]
    assert len(made) == 1
    kept.get("a part", {"of": 2}, make)
    assert len(made) == 2
    (path, *_) = sorted((tmp_path / "kept").glob("*.json"))
    path.write_text(path.read_text(encoding="utf-8").replace("2", "3"), encoding="utf-8")
    assert [kept.get("a part", {"of": n}, make) for n in (1, 2)] == [[1, 2], [1, 2]]
    assert len(made) == 3, "what is damaged is made again"


def test_more_replications_add_to_those_that_are_kept(tmp_path: Path) -> None:
    made: list[int] = []

    def task(number: int, _check: object) -> int:
        made.append(number)
        return number * number

    kept = Kept(tmp_path / "kept")
    assert kept.replications("a part", {}, task, AT_ONCE, 2) == [n * n for n in range(AT_ONCE)]
    assert kept.replications("a part", {}, task, AT_ONCE + 3, 2) == [n * n for n in range(AT_ONCE + 3)]
    assert sorted(made) == list(range(AT_ONCE + 3))


def test_a_page_is_written_of_whatever_was_found(
    small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = load_fits()
    two = Fits(fits.parameters, fits.sets[:2], {})
    monkeypatch.setattr(gathering, "load_scenario", lambda *_: small)
    monkeypatch.setattr(gathering, "load_fits", lambda: two)
    monkeypatch.setattr(gathering, "load_facts", lambda: ())
    monkeypatch.setattr(gathering, "Processes", lambda _: Here())
    monkeypatch.setattr(gathering, "EFFECTS", (EVERYONE,))
    told: list[str] = []
    found = gather(Sizes(2, 2, 64, 2, 4, 2, 2), 2, told.append, folder=tmp_path / "kept")
    assert len(told) == 2 + len(CASES) + 4
    text = page(found, {"x": 1.0})
    for heading in (
        "# Findings",
        "## The kick-off question",
        "### What the answer depends on",
        "### Markets in which the answer changes",
        "## How to reproduce",
    ):
        assert f"{heading}\n" in text
    assert text.count("`shots`") == 1
    assert all(f"| {kickoff.WORDS[name]} |" in text for name in PLANNED)
    assert all(case.words in text for case in CASES)
    assert EVERYONE.title in text
    assert "nan" not in text.lower()
    assert json.loads(text.split(BEGIN)[1].split(END)[0]) == {"x": 1.0}
    again = gather(Sizes(2, 2, 64, 2, 4, 2, 2), 1, folder=tmp_path / "kept")
    assert page(again, {"x": 1.0}) == text


@each(
    ("sides", "counted", "said"),
    [
        (
            [1, 1, 0],
            "clearly above zero in 2 of 3 sets and not to be told from zero in 1",
            "No set contradicts",
        ),
        ([1, -1, 0], "clearly above zero in 1 of 3 sets, clearly below in 1 and", "It isn't known"),
        ([-1, -1], "clearly below in 2 of 2 sets", "calls is worth more in every one"),
        ([1, 1], "clearly above zero in 2 of 2 sets", "preparation is worth more in every one"),
        ([0, 0], "not to be told from zero in 2 of 2 sets", "In none of them"),
    ],
)
def test_sentences_follow_the_numbers(sides: list[int], counted: str, said: str) -> None:
    assert kickoff.tell(sides).startswith(counted)
    assert said in kickoff._verdict(sides)


def test_evidence_is_named_for_every_fitted_key() -> None:
    for parameter in load_fits().parameters:
        assert {parameter.key, parameter.key.partition(".")[0]} & set(kickoff.EVIDENCE), parameter.key


def test_the_page_is_of_this_model() -> None:
    """The first replication of every experiment still gives the numbers that the page was made with."""
    kept = json.loads(PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0])
    now = fingerprint()
    assert kept.keys() == now.keys(), "run `make findings`"
    moved = [name for name, value in now.items() if kept[name] != pytest.approx(value, rel=1e-6, abs=1e-9)]
    assert not moved, f"run `make findings`: {moved[:3]} are others now"


def test_the_kickoffs_question_is_asked() -> None:
    assert load_scenario("kickoff").question in PAGE.read_text(encoding="utf-8")
    assert (PAGE.parent / kickoff.PICTURE).is_file()


def test_who_misses_what_no_set_was_fitted_to_is_named() -> None:
    """Planned calls lift revenue by 4 to 12 %: the second set and the third say less."""
    about = {"held_out": ["planned-calls", "top-fifth"]}
    found = {"planned-calls": [0.07, 0.02, 0.031], "top-fifth": [0.4, 0.4, 0.4]}
    fits = Fits((), ({}, {}, {}), {**about, "found": found})
    text = "\n".join(kickoff._held_out(fits, [1, -1, -1]))
    assert "is missed by 2 of 3 sets: set 2 (2.0 %) and set 3 (3.1 %)" in text
    assert "In exactly these sets an hour of calls is worth more" in text
    assert "All sets meet *Revenue brought by the top fifth of reps" in text
    for sides in ([1, -1, 1], [1, 0, -1], [-1, -1, -1]):
        assert "on no one side" in "\n".join(kickoff._held_out(fits, sides))
    assert "In exactly these sets an hour of preparation" in "\n".join(kickoff._held_out(fits, [-1, 1, 1]))
