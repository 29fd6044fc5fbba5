"""The figure and the words of a map, of a surface that is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from tests.map.test_keys import fact
from tests.map.test_surface import PLACES, axes, bent
from zerosum import Map, ZerosumError
from zerosum import map as map_over
from zerosum.market.metrics import BY_NAME
from zerosum.market.state import Float
from zerosum.report.document import Table
from zerosum.report.map import describe_map, format_answer, format_facts, format_held
from zerosum.report.map_tables import map_table
from zerosum.report.plots.map import map_svg, plot_map
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.studies import map as maps
from zerosum.studies.map.answer import Crossover
from zerosum.studies.map.axes import Span, make_axis
from zerosum.studies.map.facts import Constraint, Seen
from zerosum.studies.map.surface import Surface

pytestmark = pytest.mark.uncompiled


class Known(maps.Map):
    """A map whose points are those of its surface."""

    @property
    def points(self) -> pd.DataFrame:  # type: ignore[override]
        keys = {axis.key: self.fitted.places[:, i] for i, axis in enumerate(self.axes)}
        here = np.arange(len(PLACES)) == 4
        rest = {"n": 12, "difference": self.fitted.mean, "low": 0.0, "high": 0.0, "is_place": here}
        return pd.DataFrame({**keys, **rest})


def mapped(
    differences: list[Float],
    metric: str = "revenue_per_rep",
    scenario: str | dict[str, Any] = "kickoff",
    strategies: tuple[str, str] = ("admin-to-preparation", "admin-to-calls"),
) -> Known:
    first, second = axes()
    seen = (Seen(fact("win_rate", 0.1, 0.3), 0.4, ((0.3, 0.9),)),)
    facts = (
        Constraint(first, seen, 0.3, 0.9, "win_rate", "win_rate"),
        Constraint(second, (), 0.0, 1.0, "", ""),
    )
    market = load_scenario(scenario) if isinstance(scenario, str) else parse_scenario(scenario)
    question = maps.Question(market, *strategies, "focal", BY_NAME[metric])
    surface = Surface.through(PLACES, differences)
    return Known(question, (first, second), pd.DataFrame(), None, surface, facts, 22, ())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> Known:
    rng = np.random.default_rng(1)
    return mapped([1_000.0 * (bent(x, y) + rng.normal(0, 0.3, 12)) for x, y in PLACES])


def test_the_answer_is_said_in_three_sentences(found: Known) -> None:
    here, changes, facts = format_answer(found)
    assert here.startswith(
        "At your place (invitations.inbound = 0.5, choice.fit_sd = 0.4) 'admin-to-preparation' brings more"
    )
    assert "Crossover at invitations.inbound = 0.2" in changes or "= 0.3" in changes
    assert facts == (
        "Facts leave invitations.inbound from 0.3 to 0.9 (win_rate); the sign changes within that. "
        "No published fact says where choice.fit_sd lies: none of the 22 asked changes along it."
    )
    less = replace(found, question=replace(found.question, metric=BY_NAME["churn"]))
    assert " has more " in format_answer(less)[0]
    assert "below it 'admin-to-calls' is ahead" in changes  # at your place the other one brings more
    assert "below it 'admin-to-preparation' is ahead" in format_answer(less)[1]
    assert less.shares[:2] == pytest.approx(found.shares[1::-1])  # of churn less is better


def test_a_crossover_whose_interval_spans_the_axis_is_not_located(
    found: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    low, high, _ = found.axes[0].span
    anywhere = Crossover(0.5 * (low + high), low, high, True)
    monkeypatch.setattr(Known, "crossings", ((anywhere,), ()))
    found = replace(found)
    _, changes, facts = format_answer(found)
    assert changes.startswith(
        "A crossover along invitations.inbound is not located: its 95 % interval spans the whole"
    )
    assert "where the sign changes is not located" in facts
    table = describe_map(found).parts[-2]
    assert isinstance(table, Table)
    assert ["crossover along invitations.inbound", "not located (anywhere from 0 to 1)"] in [
        [cell.words for cell in row] for row in table.rows
    ]
    known = anywhere._replace(low=low + 0.1)
    monkeypatch.setattr(Known, "crossings", ((known,), ()))
    assert (
        "Crossover at invitations.inbound = 0.5 (0.1 to above 1; your place is within"
        in format_answer(found)[1]
    )


def test_weeks_are_not_told_of_a_map_over_weeks(found: Known) -> None:
    assert "156 weeks" in format_held(found)[0]
    weeks = make_axis(found.question.scenario, "clock.weeks", {"clock.weeks": Span(52, 208)})
    assert "156 weeks" not in format_held(replace(found, axes=(weeks, found.axes[1])))[0]


def test_facts_that_the_place_misses_are_told(found: Known) -> None:
    first, second = found.axes
    unmet = Seen(fact("win_rate", 0.1, 0.3), 0.4, ((0.6, 0.9),))
    never = Seen(fact("gini", 0.1, 0.3), 0.4, ())
    facts = (
        Constraint(first, (unmet,), 0.0, 1.0, "", ""),
        Constraint(second, (never, *found.constraints[0].seen), 0.3, 0.9, "win_rate", "win_rate"),
    )
    said = " ".join(format_facts(replace(found, constraints=facts, missed=("Churn",))))
    assert said == (
        "1 of 22 judged facts responds to invitations.inbound. At your place the market misses 'win_rate'; it is met "
        "with invitations.inbound from 0.6 to 0.9. Facts leave choice.fit_sd from 0.3 to 0.9 (win_rate); the sign "
        "changes outside of that. At your place the market misses 'gini'; no value of choice.fit_sd mends that "
        "alone. At your place the market also misses 1 fact that responds to neither key: Churn."
    )


def test_the_figure_names_the_currency(found: Known) -> None:
    scenario = parse_scenario(found.question.scenario, {"money.currency": "EUR"})
    named = replace(found, question=replace(found.question, scenario=scenario))
    words = " ".join(" ".join(text.get_text() for text in plot_map(named).findobj(Text)).split())
    assert "equal differences, in EUR a year." in words


def test_the_figure_marks_the_place_the_line_and_what_facts_leave(found: Known) -> None:
    figure = plot_map(found)
    (ax,) = figure.axes
    words = [text.get_text() for text in ax.texts]
    assert {"your place", "both equal"} <= set(words)
    places = [line for line in ax.lines if line.get_marker() == "D"]
    assert (places[0].get_xdata()[0], places[0].get_ydata()[0]) == (0.5, 0.4)
    bars = [line for line in ax.lines if line.get_linewidth() == 5.0]
    assert [list(bar.get_xdata()) for bar in bars] == [[0.3, 0.9]]
    assert "Facts: none responds" in ax.get_ylabel()
    assert "not ruled out: from 0.3 to 0.9" in ax.get_xlabel()
    figure.canvas.draw()
    drawn = figure.bbox
    for text in (*ax.texts, ax.xaxis.label, ax.yaxis.label, *figure.texts):
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= drawn.x1
    assert "<svg" in map_svg(found)


def test_a_map_of_nothing_is_drawn_and_told() -> None:
    flat = mapped([np.zeros(3)] * len(PLACES))
    here, changes, facts = format_answer(flat)
    assert "can't be told apart" in here
    assert changes.startswith(
        "Nowhere on this map can the two be told apart (21 points, 12 simulated runs each)"
    )
    assert "whether the sign changes within that isn't known" in facts
    assert flat.shares == (0.0, 0.0, 1.0)
    assert flat.crossover.empty
    plot_map(flat)


def test_the_crossover_line_lies_where_the_surface_is_zero(found: Known) -> None:
    line = found.crossover
    at = line[["invitations.inbound", "choice.fit_sd"]].to_numpy()
    assert np.abs(found.fitted.predict(at)[0]).max() < 20.0  # of 1,000 and more elsewhere
    table = map_table(found)
    assert set(table["kind"]) == {"place", "point", "surface", "crossover"}
    assert (table[table["kind"] == "place"]["choice.fit_sd"] == 0.4).all()


def test_from_python(tmp_path: Path) -> None:
    small = {"extends": "workshop", "market": {"buyers": 60}, "clock": {"weeks": 4, "warmup_weeks": 0}}
    asked: dict[str, object] = {
        "strategy": "shots",
        "keys": ("market.saturation", "choice.fit_sd"),
        "ranges": {"market.saturation": (0.2, 0.95)},
        "metric": "goodwill_burnt",
        "replications": 2,
        "points": 4,
        "facts": False,
        "workers": 0,
        "keep_in": tmp_path,
    }
    found = map_over(small, **asked)  # type: ignore[arg-type]
    assert isinstance(found, Map)
    assert repr(found).startswith(
        "<Map unnamed: goodwill_burnt of 'shots' less 'usual' over market.saturation and"
    )
    page = found._repr_html_()
    assert page.startswith("<p>At your place")
    assert "<table" in page
    assert "&lt;table" not in page
    assert len(found.points) == 9
    assert found.facts.empty
    assert found.ranking.empty
    for wrong, said in (
        ({"points": 12}, "powers of two"),
        ({"replications": 1}, "give 2"),
        ({"metric": "arrr"}, "did you mean 'arr'"),
        ({"keys": ("choice.fit_sd",)}, "^keys choice.fit_sd: give two keys"),
        ({"ranges": {"market.saturation": (0.9, 0.2)}}, "0.9 must be below 0.2"),
        (
            {"keys": ("choice.fit_sd", "market.saturation"), "ranges": {"choice.fit_sd": (0.1, 1)}},
            "give ranges={'market",
        ),
    ):
        with pytest.raises(ZerosumError, match=said):
            map_over(small, **asked | wrong)  # type: ignore[arg-type]
