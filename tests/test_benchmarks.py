"""The benchmarks measure what they say: equal results, all rows, two designs that do the same. No timings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import big, defaults, dense, engine
from benchmarks.__main__ import main, markdown, update
from benchmarks.dense import DenseEngine, look_at_everybody
from benchmarks.measure import Options, Table, steps_of_the_week
from tests.helpers import mean_and_error, silent_market, within
from zerosum.market.engine import Engine
from zerosum.market.state import BY_CONTRACT, BY_NEED, BY_REVIEW
from zerosum.scenario import Scenario

QUICK = Options(quick=True)


def test_the_engine_and_the_twin_were_equal() -> None:
    (table,) = engine.measure(QUICK)
    assert [row[0] for row in table.rows] == ["engine", "Mesa, compiled draws", "Mesa, plain draws"]
    assert [row[-1] for row in table.rows] == ["", "equal", "equal"]


def test_a_difference_would_be_seen() -> None:
    scenario = engine.busy_market(400, weeks=20)
    mine, _, _ = engine._run_engine(scenario, 20)
    twin, _, _ = engine._run_twin(scenario, int(mine.key), 20, engine.compiled_draws)
    assert engine.are_equal(mine, twin)
    twin.decisions[0]["offers"] += 1
    assert not engine.are_equal(mine, twin)
    twin.decisions[0]["offers"] -= 1
    twin.buyers[7].opinion += 1e-3
    assert not engine.are_equal(mine, twin)


def test_default_markets_are_set_beside_what_happens_in_them() -> None:
    (table,) = defaults.measure(QUICK)
    rows = {what: cells for what, *cells in table.rows}
    assert table.columns[1:] == ("before", "now", "now, capacity 24", "now, no lists")
    assert rows["capacity a rep"][:3] == ["24", "48", "24"]
    for what in (
        "per buyer-week, before = 1",
        "time per evaluation, before = 1",
        "time per opportunity, before = 1",
    ):
        assert rows[what][0] == "1.00"
    assert all(float(cell) > 0 for what in rows for cell in (c.replace(",", "") for c in rows[what]))
    # A slot more is a row more of the table of opportunities.
    of_slots = [int(rows["memory of a rep (bytes)"][i].replace(",", "")) for i in (1, 2)]
    assert 24 * 40 < of_slots[0] - of_slots[1] < 24 * 80


def test_a_big_market_is_measured_in_all_its_steps() -> None:
    found = big.run(1_000, 2, "everything")
    assert found["bytes_per_buyer"] > 0
    assert found["reps"] == 8
    # The calendar's kernel runs once a year, and not in week 0.
    assert {*found["steps"], "start_year"} == {name for _, name in steps_of_the_week()}
    assert len(found["steps"]) == 14


@pytest.mark.parametrize("part", ["engine", "events"])
def test_the_table_has_its_rows_and_is_not_clipped(
    part: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n<!-- bench: {part} -->\n<!-- /bench -->\nafter\n", encoding="utf-8")
    assert main(["--quick", "--only", part, "--update", str(page)]) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines()[1:])) <= 100
    assert "…" not in printed
    first_cell = {"engine": "engine", "events": "500"}[part]
    assert f"│ {first_cell} " in printed.replace("│    500", "│ 500")
    assert f"| {first_cell} |" in page.read_text(encoding="utf-8")


def test_a_page_gets_its_table_anew() -> None:
    table = Table("x", "Title", ("what", "time (s)"), [["a", "1.0"]], ("Note.",))
    page = "before\n<!-- bench: x -->\nold\n<!-- /bench -->\nafter"
    once, marked = update(page, table, "a machine")
    assert marked
    assert update(once, table, "a machine") == (once, True)
    assert "old" not in once
    assert markdown(table) in once
    assert "| --- | --: |" in once
    assert update("no marks", table, "a machine") == ("no marks", False)


# --- The dense pass does what the calendar does -------------------------------------------------------------


def _market(**tables: object) -> Scenario:
    """One in which only buyers act; nobody is heard, so that norms stand still."""
    moods = {"noise_sd": 0.4, "pull": 0.2, "appeal_weight": 0.5, "neighbour_weight": 0.0}
    market = {"buyers": 2_000, "saturation": 0.6, "neighbours": 4}
    return silent_market(
        **{
            "clock": {"warmup_weeks": 0, "weeks": 60},
            "market": market,
            "satisfaction": moods,
            "review": {"max_per_year": 3.0, "steepness": 2.0},
            "need": {"innovation_per_year": 0.3, "imitation_per_year": 1.0},
            "segments": [{"name": "all", "contract_weeks": 150, "evaluation_weeks": 3.0}],
            **tables,
        }
    )


def test_the_dense_satisfaction_is_the_same_process() -> None:
    scenario = _market(market={"buyers": 40_000})
    market = DenseEngine(scenario)
    options = market.rules.satisfaction
    n, variance, a = len(market.deviation), options.mood_sd**2, options.retention
    market.run(5)
    before = market.deviation.copy()
    market.run(3)
    after = market.deviation
    assert within(after.mean(), 0.0, np.sqrt(variance / n))
    assert within(after.var(), variance, variance * np.sqrt(2 / n))
    product = before * after
    assert within(product.mean(), a**3 * variance, product.std() / np.sqrt(n))


def _opened(kind: type[Engine], scenario: Scenario, replication: int) -> list[int]:
    market = kind(scenario, replication)
    market.run(scenario.clock.weeks)
    reasons = market.recorder.decisions.reason
    return [int(np.count_nonzero(reasons == reason)) for reason in (BY_CONTRACT, BY_REVIEW, BY_NEED)]


def test_both_designs_open_the_same_evaluations_in_expectation() -> None:
    scenario = _market()
    dense_mean, dense_error = mean_and_error([_opened(DenseEngine, scenario, r) for r in range(12)])
    # Other replications: with common random numbers both would share the contracts, and their errors.
    event_mean, event_error = mean_and_error([_opened(Engine, scenario, r) for r in range(12, 24)])
    assert np.all(event_mean > 100)
    assert within(dense_mean, event_mean, np.hypot(dense_error, event_error))


def test_the_dense_pass_returns_those_whose_evaluation_ends() -> None:
    market = DenseEngine(_market())
    market.run(9)
    buyers, record = market.market.buyers, market.recorder.open_weeks(market.week, market.market)
    expected = np.flatnonzero(buyers.evaluation_end == market.week)
    closing = look_at_everybody(
        market.key, market.week, market.deviation, market._market, market._rules, record
    )
    assert len(expected) > 0
    np.testing.assert_array_equal(closing, expected)
    assert dense.SHOCK not in (0, 1)
