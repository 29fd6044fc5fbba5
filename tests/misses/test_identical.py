"""Misses that identical reps share: counted by hand, in a table, and in runs; and the sentence."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from zerosum.cli import main
from zerosum.market.metrics import Team
from zerosum.market.run import chance_baseline, simulate
from zerosum.report.identical import format_misses
from zerosum.scenario import load_scenario
from zerosum.statistics import Interval
from zerosum.studies.compare import Comparison, compare_strategies
from zerosum.studies.misses import SharedMisses, pool_shared, share_of_run, share_of_strategy
from zerosum.studies.misses.identical import count_shared, summarize_shared

NONE = math.nan
SMALL = {
    "clock.warmup_weeks": 52,
    "clock.weeks": 130,
    "comparison.replications": 2,
    "comparison.strategies": ["usual", "shots"],
    "comparison.adopters": ["focal", "head-to-head"],
}


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare_strategies(load_scenario("workshop", SMALL))


def test_counts_by_hand() -> None:
    real = np.array([0.9, 0.5, 1.2, 1.0, NONE, 0.2, 0.7])
    equal = np.array([0.8, 1.1, 0.6, 0.3, 0.1, NONE, 0.99])
    assert count_shared(real, equal).tolist() == [3, 2, 4, 5]


def test_the_share_is_of_all_misses_and_its_interval_of_replications() -> None:
    counts = np.array([[4.0, 3.0, 5.0, 10.0], [5.0, 5.0, 3.0, 10.0], [3.0, 2.0, 4.0, 10.0]])
    found = summarize_shared(counts)
    assert (found.missed, found.also, found.equal_missed, found.rep_years) == (12, 10, 12, 30)
    assert found.share.mean == pytest.approx(10 / 12)
    assert found.by_coincidence == pytest.approx(0.4)
    # Fieller: at its ends, the paired t interval of also - share * missed just holds 0.
    for end in (found.share.low, found.share.high):
        left = counts[:, 1] - end * counts[:, 0]
        assert abs(left.mean()) == pytest.approx(4.302653 * left.std(ddof=1) / math.sqrt(3), rel=1e-6)
    assert found.share.low < 10 / 12 < found.share.high
    assert math.isnan(summarize_shared(np.array([[0.0, 0.0, 0.0, 10.0]])).share.mean)


def test_the_table_has_what_attainment_is_computed_of(found: Comparison) -> None:
    scenario = found.scenario
    for null in (False, True):
        market = chance_baseline(scenario) if null else scenario
        for strategy in ("usual", "shots"):
            for adopters in ("focal", "head-to-head"):
                team = Team(simulate(market, strategy, adopters, 1))  # type: ignore[arg-type]
                rows = found.rep_years.query(
                    f"replication == 1 and null == {null} and strategy == @strategy and adopters == @adopters"
                )
                assert rows["year"].max() == 3
                assert set(rows.loc[rows["year"] == 3, "weeks"]) == {26}
                whole = rows[rows["weeks"] == 52]["attainment"].to_numpy()
                assert np.array_equal(whole, team.attainment)
                for year, (quota, credit) in enumerate(team.rep_years(), 1):
                    here = rows[rows["year"] == year]
                    assert np.array_equal(here["quota"], quota)
                    assert np.array_equal(here["credit"], credit)
                buyers = team.engine.market.buyers
                values = np.bincount(team.owner, buyers.value, len(team.run.team))[team.run.team]
                assert rows["potential"].to_numpy()[: team.reps] == pytest.approx(values)


def test_a_comparison_counts_its_runs_pair_by_pair(found: Comparison) -> None:
    scenario = found.scenario
    for strategy in ("usual", "shots"):
        pairs = [
            (
                simulate(scenario, strategy, "focal", n),
                simulate(chance_baseline(scenario), strategy, "focal", n),
            )
            for n in range(2)
        ]
        counts = np.array([count_shared(Team(a).attainment, Team(b).attainment) for a, b in pairs])
        assert 0 < counts[:, 0].sum() < counts[:, 3].sum()
        said = share_of_strategy(found, "focal", strategy)
        assert said == summarize_shared(counts)
        one = share_of_run(*pairs[1])
        assert one is not None
        assert [one.missed, one.also, one.equal_missed, one.rep_years] == counts[1].tolist()
    assert share_of_strategy(found) == share_of_strategy(found, "focal", "usual")
    teams = share_of_strategy(found, "head-to-head", "shots")
    assert teams is not None
    assert teams.rep_years == 2 * 2 * 2, "two of four reps, in two years and two runs"


def test_a_run_of_half_a_year_counts_it() -> None:
    short = load_scenario("workshop", {"clock.weeks": 26, "clock.warmup_weeks": 52})
    found = share_of_run(simulate(short), simulate(chance_baseline(short)))
    assert found is not None
    assert found.rep_years == 4


def test_without_differences_in_skill_all_misses_are_shared() -> None:
    alike = load_scenario("workshop", {**SMALL, "reps.skill_sd": 0.0, "comparison.adopters": ["focal"]})
    found = share_of_strategy(compare_strategies(alike))
    assert found is not None
    assert found.missed == found.also == found.equal_missed > 0


def test_with_other_territories_no_rep_can_be_compared() -> None:
    asked = {**SMALL, "comparison.chance_baseline": "equal-reps-and-territories"}
    other = load_scenario("workshop", asked)
    assert share_of_run(simulate(other), simulate(chance_baseline(other))) is None
    assert share_of_strategy(Comparison(other, {})) is None


def test_results_of_an_earlier_version_have_no_such_table(found: Comparison) -> None:
    tables = {name: table for name, table in found.tables.items() if name != "rep_years"}
    assert share_of_strategy(Comparison(found.scenario, tables)) is None


def test_runs_are_pooled_by_their_counts() -> None:
    """Of 4 and 6 misses identical reps share 2 and 6: 8 of 10."""
    one = SharedMisses(4, 2, 3, 10, Interval(0.5, NONE, NONE, 1))
    two = SharedMisses(6, 6, 7, 10, Interval(1.0, NONE, NONE, 1))
    found = pool_shared([one, two])
    assert found is not None
    assert (found.missed, found.also, found.equal_missed, found.rep_years) == (10, 8, 10, 20)
    assert found.share.mean == 0.8
    assert pool_shared([None, None]) is None


def said(missed: int, also: int, equal: int, of: int) -> str:
    return format_misses(SharedMisses(missed, also, equal, of, Interval(NONE, NONE, NONE, 1)))


def test_the_sentence() -> None:
    rest = "identical reps in these territories would also miss"
    cases: dict[tuple[Any, ...], str] = {
        (500, 350, 450, 900): f"Of 10 missed quotas, {rest} 7 (5 if misses fell at random).",
        (500, 484, 450, 900): f"Of 100 missed quotas, {rest} 97 (50 if misses fell at random).",
        (500, 500, 450, 900): f"Of 10 missed quotas, {rest} 10 (5 if misses fell at random).",
        (500, 12, 450, 900): f"Of 100 missed quotas, {rest} 2 (50 if misses fell at random).",
        (17, 15, 16, 30): f"Of 17 missed quotas, {rest} 15 (9 if misses fell at random).",
        (1, 0, 16, 30): f"Of 1 missed quota, {rest} 0 (1 if misses fell at random).",
        (0, 0, 3, 30): "No rep missed a quota.",
        (0, 0, 0, 0): "",
    }
    for counts, sentence in cases.items():
        assert said(*counts) == sentence
    assert format_misses(None) == ""


def test_run_and_compare_say_it_on_their_first_screens(
    found: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = [f"--set={key}={value}" for key, value in SMALL.items() if key.startswith("clock")]
    whole = share_of_strategy(found)
    one = share_of_run(*(simulate(m) for m in (found.scenario, chance_baseline(found.scenario))))
    for words, expected in (
        (["compare", "workshop", "-n", "2", "--adopters", "focal"], whole),
        (["run", "workshop"], one),
    ):
        assert expected is not None
        result = CliRunner().invoke(main, [*words, *settings, "--out", words[0]])
        assert result.exit_code == 0, result.output
        assert format_misses(expected) in " ".join(result.output.split())
        told = json.loads((Path(words[0]) / "summary.json").read_text())["identical_reps"]
        assert (told["missed"], told["also"], told["rep_years"]) == (
            expected.missed,
            expected.also,
            expected.rep_years,
        )
    asked = ["--set", "comparison.chance_baseline=equal-reps-and-territories"]
    other = CliRunner().invoke(main, ["run", "workshop", *settings, *asked, "--json"])
    assert json.loads(other.stdout)["identical_reps"] is None
    assert "identical reps in these territories" not in other.stdout
