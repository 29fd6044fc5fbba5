"""Halves of what is believed: the same numbers by another way, and the figure that shows them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from zerosum import compare
from zerosum.market.metrics import BY_NAME
from zerosum.report.answers import find_leading, keep_best
from zerosum.report.html.believed import draw_tornado
from zerosum.scenario import parse_scenario
from zerosum.studies.compare import Comparison, decide
from zerosum.studies.compare.breakdown import THIRDS, by_assumption, by_third

SCENARIO = """
extends = "workshop"
clock = { weeks = 4, warmup_weeks = 0 }
market.buyers = 60
[comparison]
strategies = ["usual", "shots"]
adopters = ["focal", "all"]
replications = 20
[[uncertain]]
key = "prospecting.contact"
low = 0.05
high = 0.8
scale = "log"
[[uncertain]]
key = "effort.preparation_weight"
low = 0.0
high = 2.0
"""


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(parse_scenario(SCENARIO))


def test_halves_by_hand(comparison: Comparison) -> None:
    found = by_assumption(comparison, "attempts", "shots").set_index(["adopters", "key", "half"])
    assert len(found) == 2 * 2 * 2
    runs = comparison.runs[~comparison.runs["null"] & (comparison.runs["adopters"] == "all")]
    values = comparison.assumptions[comparison.assumptions["key"] == "prospecting.contact"]
    # Simulated runs: replications 2k and 2k + 1 share their values.
    gaps, low = [], []
    for number in range(0, 20, 2):
        pair = runs[runs["replication"].isin([number, number + 1])].groupby("strategy")["attempts"].mean()
        gaps.append(pair["shots"] - pair["usual"])
        low.append(values.loc[values["replication"] == number, "value"].item() < np.sqrt(0.05 * 0.8))
    for half, chosen in (("low", np.array(low)), ("high", ~np.array(low))):
        own = np.array(gaps)[chosen]
        row = found.loc[("all", "prospecting.contact", half)]
        assert row["n"] == len(own) > 1
        assert row["difference"] == pytest.approx(own.mean())
        if own.std() > 0:
            ends = stats.t.interval(0.95, len(own) - 1, own.mean(), stats.sem(own))
            assert (row["low"], row["high"]) == pytest.approx(ends)


def test_nothing_where_nothing_is_uncertain(comparison: Comparison) -> None:
    certain = comparison.scenario.model_copy(update={"uncertain": ()})
    assert by_assumption(Comparison(certain, comparison.tables), "attempts", "shots").empty


def test_the_figure_names_every_assumption(comparison: Comparison) -> None:
    decision = decide(comparison, BY_NAME["win_rate"])
    assert find_leading(decision, "focal") == "shots"
    figure = draw_tornado(comparison, decision, "focal")
    assert figure is not None
    assert len(figure.panels) == 1
    for row in comparison.scenario.uncertain:
        assert row.key in figure.panels[0].__html__()
    assert figure.table is not None
    assert len(figure.table.rows) == 2


def test_few_strategies_are_the_baseline_and_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    found = compare(
        parse_scenario('extends = "workshop"\nclock = { weeks = 4 }\nmarket.buyers = 60'), replications=2
    )
    decision = decide(found, BY_NAME["attempts"])
    assert keep_best(found, decision.metric.name, 10) is found
    kept = keep_best(found, decision.metric.name, 2)
    assert kept.scenario.compared_names == ("usual", find_leading(decision, "focal"))
    for name, table in kept.tables.items():
        if "strategy" in table.column_names:
            assert set(table["strategy"].to_pylist()) <= set(kept.scenario.compared_names), name
    assert set(kept.runs["strategy"]) == set(kept.scenario.compared_names)


def test_a_team_may_have_none_of_a_third() -> None:
    """Reps take turns in the teams: in one replication a team has no rep of a third, and its pair is left out."""
    text = """
        extends = "workshop"
        clock = { weeks = 4, warmup_weeks = 0 }
        market.buyers = 60
        vendors = [{ name = "Alder", reps = 3 }, { name = "Birch", reps = 3 }]
        comparison = { adopters = ["head-to-head"] }
    """
    compared = compare(parse_scenario(text), replications=2)
    reps = compared.reps[~compared.reps["null"]]
    teams = reps.groupby("strategy")["skill_third"].apply(set).to_dict()
    assert all(len(thirds) <= 2 for thirds in teams.values())  # three teams of one rep each, two replications
    found = by_third(compared)
    usual = compared.scenario.baseline_name
    expected = {
        (strategy, THIRDS[k - 1]) for strategy, thirds in teams.items() for k in thirds if k in teams[usual]
    }
    assert expected
    assert set(zip(found["strategy"], found["group"], strict=True)) == expected
    assert found.loc[found["strategy"] == usual, "difference"].dropna().eq(0).all()


def test_leading_is_the_best_of_the_others() -> None:
    rows = pd.DataFrame(
        {
            "adopters": "focal",
            "strategy": ["usual", "a", "b", "c"],
            "verdict": ["baseline", "higher", "undecided", "undecided"],
            "mean": [9.0, 2.0, 3.0, np.nan],
            "difference": [0.0, -7.0, -6.0, np.nan],
        }
    )
    from zerosum.studies.compare import Decision

    assert find_leading(Decision(BY_NAME["win_rate"], None, rows, {}), "focal") == "b"
    assert find_leading(Decision(BY_NAME["cost"], None, rows, {}), "focal") == "a"
    assert find_leading(Decision(BY_NAME["gini"], None, rows, {}), "focal") == "a"
    assert find_leading(Decision(BY_NAME["win_rate"], None, rows.iloc[:1], {}), "focal") is None
