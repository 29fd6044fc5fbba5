"""What the page says in words: strategies, tools, differences, assumptions."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import pytest

from tests.each import each
from zerosum.report.html import assumed, tried
from zerosum.report.intervals import format_gap
from zerosum.report.plots.curves import survival
from zerosum.report.plots.svg import _presentation, inline
from zerosum.scenario import load_scenario, parse_scenario, shipped_scenarios

pytestmark = pytest.mark.uncompiled


def changes(strategy: str, *, tools: str = "") -> str:
    scenario = parse_scenario(
        f'{tools}\n[[strategies]]\nname = "usual"\n[[strategies]]\nname = "new"\n{strategy}'
    )
    return " ".join(tried.format_changes(scenario)[1].changes)


@each(
    ("strategy", "expected"),
    [
        (
            "extra_hours = { selling = 2.0 }",
            "Hours a week on top: 2 of selling, paid at the base wage of an hour.",
        ),
        ('social = ["service"]', "Service takes up social media."),
        ('social = ["marketing", "sales"]', "Marketing, then sales take up social media."),
        ("habit_change = 0.0", "Habits don't follow the plan: people go on as they did."),
        ("habit_change = 2.0", "Habits follow the plan 2 times as fast as usual."),
        ('focus = "value"', "Hours are spread over open opportunities by their value."),
        ("extra_presales = 1", "1 presales engineer on top of the vendor's own."),
        ("push = true", "Reps behind quota push"),
        ("upgrade = true", "Newer products are pitched to own customers, too."),
        ("", "The same as the baseline, under another name."),
        (
            "reinvest = { selling = 1.0 }",
            "Hours that tools save would go to: 100 % selling; none of its tools saves any.",
        ),
        (
            "plan = { prospecting = 0.1, preparation = 0.35, selling = 0.4, social = 0.15 }",
            "prospecting (calls) 10 % instead of 20 % and preparation 35 % instead of 25 %",
        ),
    ],
)
def test_says_what_a_strategy_changes(strategy: str, expected: str) -> None:
    assert expected in changes(strategy)


def test_says_what_a_tool_is_claimed_to_do() -> None:
    claims = {tool.name: tool for tool in tried.format_claims(load_scenario("kickoff"))}
    assert claims["dialler"].claims == ("50 % more outreach attempts in an hour of prospecting",)
    assert claims["assistant"].claims == ("saves 40 % of the hours of admin",)
    # d' = 1.2: Phi(1.2 / sqrt 2) = 0.802.
    assert "80 of 100" in claims["listener"].claims[0]
    assert claims["listener"].cost == "1,800 per rep and year, 600 per rep once for full training"


def test_describes_every_strategy_that_ships() -> None:
    for shipped in shipped_scenarios():
        assert shipped.scenario is not None
        described = tried.format_changes(shipped.scenario)
        assert [strategy.name for strategy in described] == list(shipped.scenario.compared_names)
        assert all(strategy.changes for strategy in described)


def test_a_difference_is_as_exact_as_its_interval() -> None:
    assert format_gap(0.0226, 0.0079, 0.0371, "share").whole == "+2.3 pp [+0.8, +3.7]"
    assert format_gap(0.00048, 0.0003, 0.0007, "share").whole == "+0.048 pp [+0.030, +0.070]"
    assert format_gap(12345.0, -100.0, 30000.0, "money/year").whole == "+12.3 k [-0.1, +30.0]"
    assert format_gap(math.nan, math.nan, math.nan, "share").whole == "–"
    assert format_gap(0.02, math.nan, math.nan, "share").ends == ""


def test_counts_every_assumption_once() -> None:
    scenario = load_scenario("kickoff")
    rows = assumed.counts_table(scenario).rows
    own = {path for path, _ in assumed.list_settings(scenario)}
    assert "market.saturation" in own
    assert "segments.mid.voice" in own
    assert not any(path.startswith(("name", "comparison", "products")) for path in own)
    total = sum(int(cell.words) for row in rows for cell in row[1:])
    assert total > 120


def test_fitted_values_are_those_of_the_scenario() -> None:
    scenario = parse_scenario("effort.preparation_weight = 1.25")
    rows = {str(row[0].words).replace("<wbr>", ""): row for row in assumed.fitted_table(scenario).rows}  # type: ignore[union-attr]
    assert "1.25" in str(rows["effort.preparation_weight"][1])


def test_words_in_a_drawing_are_escaped() -> None:
    figure = plt.Figure(figsize=(2, 1))
    figure.text(0.5, 0.5, "a < b & c")
    drawn = inline(figure, "x", 'who said "<script>" & why')
    assert "a &lt; b &amp; c" in drawn
    assert "<script" not in drawn
    assert "DejaVu" not in drawn
    assert drawn == inline(figure, "x", 'who said "<script>" & why')


def test_a_drawing_has_no_style_attribute() -> None:
    """The page's policy would let it have no effect."""
    figure = plt.Figure(figsize=(2, 1))
    figure.text(0.5, 0.5, "bold", weight="bold", size=9, color="#1f4e79")
    drawn = inline(figure, "x", "words")
    assert "style=" not in drawn
    assert 'font-weight="700"' in drawn
    assert 'font-size="9px"' in drawn
    assert 'fill="#1f4e79"' in drawn


@pytest.mark.parametrize(
    ("style", "attributes"),
    [
        ("", {}),
        ("fill: none; stroke:#000", {"fill": "none", "stroke": "#000"}),
        ("font-size: 9px; font-family: 'DejaVu Sans', sans-serif", {"font-size": "9px"}),
        ("font: 9px 'DejaVu Sans', sans-serif; fill: #111", {"font-size": "9px", "fill": "#111"}),
        ("font: 700 10.5px 'DejaVu Sans'", {"font-weight": "700", "font-size": "10.5px"}),
    ],
)
def test_rules_of_a_style_become_attributes(style: str, attributes: dict[str, str]) -> None:
    assert _presentation(style) == attributes


def test_curve_of_those_who_reach_it() -> None:
    import numpy as np

    attained, share = survival(np.arange(101.0))
    assert (attained[0], share[0]) == (0.0, 1.0)
    assert (attained[-1], share[-1]) == (100.0, 0.0)
    assert share[30] == pytest.approx(1 - attained[30] / 100)
    attained, share = survival(np.array([3.0, 1.0]))
    assert (attained.tolist(), share.tolist()) == ([1.0, 1.0, 3.0, 3.0], [1.0, 0.5, 0.5, 0.0])
