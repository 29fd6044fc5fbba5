"""What a what-if simulates: from which week a change holds, whom it concerns, and what is paired."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.whatif.market import answer, asking, market
from zerosum.errors import Interrupted
from zerosum.market.metrics import METRICS
from zerosum.market.run import branches, warm_up
from zerosum.runs.executors import Threads
from zerosum.runs.work import RUNS
from zerosum.scenario import parse_scenario
from zerosum.statistics import paired_difference
from zerosum.studies.compare import compare_strategies
from zerosum.studies.sweep import State, sweep
from zerosum.studies.whatif import Answer

NAMES = [metric.name for metric in METRICS]


def runs_at(found: Answer, point: int, strategy: str = "usual") -> pd.DataFrame:
    """Return a point's runs without the chance baseline, by replication."""
    frame = found.swept.tables[RUNS].to_pandas()
    here = frame[(frame["point"] == point) & (frame["strategy"] == strategy) & ~frame["null"]]
    return here.set_index("replication")[NAMES]


def runs_of(strategy: str = "usual", **values: object) -> pd.DataFrame:
    """Return the same of a comparison of the scenario with other values, simulated from its first week."""
    frame = compare_strategies(market(**values), wanted=frozenset({RUNS})).runs
    return frame[(frame["strategy"] == strategy) & ~frame["null"]].set_index("replication")[NAMES]


def test_a_whole_run_is_the_run_of_the_changed_scenario_and_paired_by_replication(tmp_path: Path) -> None:
    found = answer(tmp_path, "vendors.Alder.reps=6")
    changed, today = runs_of(vendors__Alder__reps=6), runs_of()
    assert runs_at(found, 0).equals(today)
    assert runs_at(found, 1).equals(changed)
    row, gap = found.row(1, "arr"), paired_difference(changed["arr"].to_numpy(), today["arr"].to_numpy())
    assert (row["difference"], row["low"], row["high"], row["n"]) == (gap.mean, gap.low, gap.high, 4)
    assert row["since"] == "start"
    # Not paired, the interval would be another: this test sees a shuffled pair.
    assert gap != paired_difference(changed["arr"].to_numpy()[::-1], today["arr"].to_numpy())


def test_a_change_at_the_branch_starts_from_todays_market(tmp_path: Path) -> None:
    found = answer(tmp_path, "strategies.usual.extra_hours.prospecting=15")
    today, changed = runs_at(found, 0), runs_at(found, 1)
    assert found.row(1, "win_rate")["since"] == "branch"
    assert today.equals(runs_of())
    # The market at the start of the measured weeks is today's; a change in the warm-up would have moved it.
    assert changed["saturation_start"].equals(today["saturation_start"])
    whole = runs_of(strategies__usual__extra_hours__prospecting=15)
    assert not whole["saturation_start"].equals(today["saturation_start"])
    assert (changed["attempts"] > 1.1 * today["attempts"]).all()


def test_quotas_change_in_the_first_measured_week_and_not_a_year_later(tmp_path: Path) -> None:
    study = asking(market(), "quota.stretch=1.86").study()
    work = study.work()
    today, doubled = (work.rows(study.place(p), 0, None, frozenset({"reps"}), ())["reps"] for p in (0, 1))
    quota = [
        table["quota"].to_numpy()[~table["null"].to_numpy(zero_copy_only=False)] for table in (today, doubled)
    ]
    assert quota[0].all()
    np.testing.assert_allclose(quota[1], 2.0 * quota[0], rtol=1e-12)


@pytest.mark.parametrize("adopters", ["focal", "competitors"])
def test_competitors_carry_on_with_the_strategy_that_a_change_is_about(adopters: str) -> None:
    scenario = market(comparison__adopters=[adopters])
    study = asking(scenario, "strategies.usual.extra_hours.prospecting=15").study()
    (base,) = study.bases
    changed = study.scenario(1)
    rows = {row.name: row for row in changed.strategies}
    follows = {vendor.name: rows[vendor.strategy or changed.baseline_name] for vendor in changed.vendors}
    ours, theirs = ("Alder", "Elm") if adopters == "focal" else ("Elm", "Alder")
    assert dict(follows[ours].extra_hours)["prospecting"] == 15
    assert dict(follows[theirs].extra_hours)["prospecting"] == 0
    assert base.compared_names == ("usual",)


def test_engineers_hired_at_the_branch_are_those_of_a_strategy_that_adds_them(tmp_path: Path) -> None:
    found = answer(tmp_path, "vendors.Alder.presales=3")
    staffed = runs_of("staffed")
    assert runs_at(found, 1).equals(staffed)
    assert not runs_at(found, 0).equals(staffed)


def test_more_engineers_than_the_market_was_built_for_find_room(tmp_path: Path) -> None:
    busy = {"support__service_weeks": 8.0}
    found = answer(tmp_path, "vendors.Alder.presales=0,9", scenario=market(**busy))
    nine, three = (
        runs_of("staffed", strategies__staffed__extra_presales=8, **busy),
        runs_of("staffed", **busy),
    )
    assert runs_at(found, 2).equals(nine)
    assert not nine["presales_wait"].equals(three["presales_wait"])  # three would not have been enough
    assert runs_at(found, 1)["presales_wait"].isna().all()  # nobody is served


def test_a_price_is_counted_and_not_simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    monkeypatch.setattr(
        "zerosum.studies.whatif.work.branches", lambda *given: made.append(given) or branches(*given)
    )
    found = answer(tmp_path, "tools.dialler.cost_per_rep_year=0,500,3_000")
    assert found.asked.strategy == "shots"  # the only one that has the tool
    assert found.asked.responds == ("money",)
    today = runs_at(found, 0, "shots")
    assert today.equals(runs_of("shots"))
    for point, price in enumerate((0, 500, 3000), start=1):
        here = runs_at(found, point, "shots")
        assert here.drop(columns=_of_money()).equals(today.drop(columns=_of_money()))
        assert found.row(point, "cost")["difference"] == pytest.approx(4 * (price - 1500))
        assert found.row(point, "cost")["gain_change"] == pytest.approx(4 * (price - 1500))
        assert runs_at(found, point).equals(runs_at(found, 0))  # the status quo has no such tool
    # 4 points of 2 strategies, with and without the chance baseline: two markets of each in every replication.
    assert len(made) == 2 * 2 * 4


def _of_money() -> list[str]:
    return [metric.name for metric in METRICS if metric.of_money]


def test_the_baseline_is_not_simulated_again_for_each_value_of_another_strategy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    monkeypatch.setattr(
        "zerosum.studies.whatif.work.warm_up", lambda *given: started.append(given[1]) or warm_up(*given)
    )
    found = answer(tmp_path, "strategies.shots.training=0.2,0.7")
    assert sorted(started) == sorted([0, 1, 2, 3] * 2)  # one warm-up a replication, and its chance baseline
    assert runs_at(found, 2, "shots").equals(runs_of("shots", strategies__shots__training=0.7))
    gap = paired_difference(runs_at(found, 2, "shots")["arr"].to_numpy(), runs_at(found, 0)["arr"].to_numpy())
    row = found.row(2, "arr")
    assert (row["gain"], row["gain_low"], row["gain_high"]) == (gap.mean, gap.low, gap.high)


def test_any_number_of_threads_gives_the_same_bits(tmp_path: Path) -> None:
    keys = ("quota.stretch=0.5", "vendors.Alder.reps=2", "pay.commission=0.2")
    one, two = (answer(tmp_path / str(n), *keys, threads=n).swept.tables[RUNS] for n in (1, 3))
    assert one.to_pandas().equals(two.to_pandas())


def test_what_was_stopped_goes_on_and_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    study = asking(market(), "quota.stretch=0.5,2").study()
    stop, seen = threading.Event(), list[State]()

    def on_state(now: State) -> None:
        seen.append(now)
        if now.done >= 4:
            stop.set()

    with pytest.raises(Interrupted):
        sweep(study, tmp_path, Threads(1), on_state=on_state, stop=stop, work=study.work())
    first: list[State] = []
    whole = sweep(study, tmp_path, Threads(1), on_state=first.append, work=study.work())
    assert 0 < first[0].done < first[0].wanted == 12
    fresh = answer(tmp_path / "fresh", "quota.stretch=0.5,2").swept
    assert whole.tables[RUNS].to_pandas().equals(fresh.tables[RUNS].to_pandas())
    # Another key finds today's runs in the same folder.
    other = asking(market(), "quota.ratchet=0", "quota.stretch=2").study()
    later: list[State] = []
    sweep(other, tmp_path, Threads(1), on_state=later.append, work=other.work())
    assert (later[0].done, later[0].wanted) == (8, 12)


def test_the_same_value_from_another_week_has_another_address() -> None:
    asked = asking(market(), "quota.stretch=2")
    earlier = replace(asked, changes=(replace(asked.changes[0], since="start"),))
    (today, point), (same, other) = (one.study().grid.points.ravel().tolist() for one in (asked, earlier))
    assert today == same
    assert point != other


def test_uncertain_keys_are_drawn_alike_for_today_and_for_a_change(tmp_path: Path) -> None:
    uncertain = [{"key": "invitations.inbound", "low": 0.1, "high": 0.6}]
    scenario = parse_scenario(market(), {"uncertain": uncertain})
    found = answer(tmp_path, "quota.stretch=2", scenario=scenario)
    assert found.row(1, "arr")["n"] == 2  # two simulated runs of each set of assumptions count once
    assert runs_at(found, 0)["saturation_start"].equals(runs_at(found, 1)["saturation_start"])
