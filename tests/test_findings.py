"""The page of findings: words that numbers choose, what an hour buys, and whether the page is of this model."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from docs.tools import findings_page
from docs.tools.findings import gather as gathering
from docs.tools.findings.gather import Sizes, fingerprint, gather
from docs.tools.findings.hours import AS_IT_IS, CASES, MORE, PLANNED, Case, worth_of_hours
from docs.tools.findings_page import BEGIN, CONTRAST, END, PAGE, page
from tests.each import each
from zerosum.market.metrics import measure
from zerosum.report.intervals import find_side, format_gap, format_list
from zerosum.report.markdown import format_rows
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.fits import load_fits
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.of_tools import EVERYONE
from zerosum.studies.probes import add_to, hours_more, run_from_one_warm_up, vary

SMALL = """
name = "small"
question = "What now?"
clock = { warmup_weeks = 52, weeks = 52 }
market = { buyers = 120, saturation = 0.9 }
vendors = [{ name = "Alder", reps = 4 }, { name = "Birch", reps = 4 }]
tools = [{ name = "dialler", boost = 0.5 }]
strategies = [{ name = "usual" }, { name = "shots", tools = ["dialler"] }]

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


# --- What an hour buys ----------------------------------------------------------------------------------------


def test_the_worth_of_an_hour_is_a_difference_over_hours(small: Scenario) -> None:
    found = worth_of_hours(parse_scenario(small, {"comparison.replications": 1}), [AS_IT_IS])
    caller = vary(small, "calls", extra_hours=hours_more(small, prospecting=MORE))
    pair = run_from_one_warm_up(add_to(small, [caller]), 0, [("usual", "focal"), (caller.name, "focal")])
    more, base = (measure(pair[name, "focal"]) for name in (caller.name, "usual"))
    rows = found[found["activity"] == "prospecting"].set_index("number")["mean"]
    hours = MORE * 52
    assert rows["new_business"] == pytest.approx(
        (more["won_revenue_per_rep"] - base["won_revenue_per_rep"]) / hours
    )
    assert rows["accounts"] == pytest.approx(
        1000 * (more["accounts_gained"] - base["accounts_gained"]) / (hours * 4)
    )
    assert rows["win_rate"] == pytest.approx(more["win_rate"] - base["win_rate"])


def test_the_contrast_is_paired(small: Scenario) -> None:
    found = worth_of_hours(small, [AS_IT_IS]).set_index(["number", "activity"])
    for number in ("new_business", "accounts"):
        means = found.loc[number, "mean"]
        assert means[CONTRAST] == pytest.approx(means["preparation"] - means["prospecting"])
    assert found.loc[("revenue", "selling"), "n"] == 3


def test_cases_change_what_they_say(small: Scenario) -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert CASES[0] is AS_IT_IS
    nothing = worth_of_hours(
        small,
        [Case("same", "the same", lambda s: {"reps.max_open_opportunities": s.reps.max_open_opportunities})],
    )
    plain = worth_of_hours(small, [AS_IT_IS])
    pd.testing.assert_frame_equal(nothing.drop(columns="case"), plain.drop(columns="case"))


# --- The page -------------------------------------------------------------------------------------------------


def test_a_page_is_written_of_whatever_was_found(
    small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = load_fits()
    two = SimpleNamespace(
        sets=fits.sets[:2],
        parameters=fits.parameters,
        applied=fits.applied,
        changes=fits.changes,
        about=fits.about,
    )
    monkeypatch.setattr(gathering, "load_scenario", lambda _: small)
    monkeypatch.setattr(gathering, "load_fits", lambda: two)
    monkeypatch.setattr(gathering, "EFFECTS", (EVERYONE,))
    told: list[str] = []
    found = gather(Sizes(2, 2, 2, 2), 2, told.append)
    assert len(told) == 4
    text = page(found, {"x": 1.0})
    for heading in (
        "# Findings",
        "## The kick-off question",
        "## What would change the answer",
        "## How to reproduce",
    ):
        assert f"{heading}\n" in text
    assert text.count("`shots`") == 1
    assert all(f"| {findings_page.WORDS[name]} |" in text for name in PLANNED)
    assert all(case.words in text for case in CASES)
    assert EVERYONE.title in text
    assert "nan" not in text.lower()
    assert json.loads(text.split(BEGIN)[1].split(END)[0]) == {"x": 1.0}


@pytest.mark.parametrize(
    ("shift", "words"), [(1.0, "lies above zero"), (-1.0, "lies below zero"), (0.0, "includes zero")]
)
def test_sentences_follow_the_numbers(shift: float, words: str) -> None:
    row = {"mean": shift, "low": shift - 0.5, "high": shift + 0.5, "unit": "money/hour"}
    assert words in findings_page._contrast(row)


def test_the_page_is_of_this_model() -> None:
    """The first replication of every experiment still gives the numbers that the page was made with."""
    kept = json.loads(PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0])
    now = fingerprint()
    assert kept.keys() == now.keys(), "run `make findings`"
    moved = [name for name, value in now.items() if kept[name] != pytest.approx(value, rel=1e-6, abs=1e-9)]
    assert not moved, f"run `make findings`: {moved[:3]} are others now"


def test_the_kickoffs_question_is_asked() -> None:
    assert load_scenario("kickoff").question in PAGE.read_text(encoding="utf-8")
