"""A comparison: pairs with common random numbers, its numbers recomputed by hand, the same whatever the workers."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure
from scipy import stats

from zerosum.cli import main
from zerosum.errors import Interrupted
from zerosum.market.metrics import METRICS, NULL_METRICS
from zerosum.runs.executors import replications
from zerosum.runs.schema import TABLES, Tables
from zerosum.scenario import folder_name, parse_scenario
from zerosum.scenario.comparison import ADOPTERS
from zerosum.scenario.spec import Scenario
from zerosum.studies.compare import compare_strategies, replicate
from zerosum.studies.compare import replications as replications_module

TRIAL = """
name = "trial"
clock = { warmup_weeks = 52, weeks = 26 }
market = { buyers = 90, saturation = 0.9 }
vendors = [{ name = "Alder", reps = 5 }, { name = "Elm", reps = 4 }, { name = "Oak", reps = 3 }]
tools = [{ name = "dialler", boost = 2.0, innovation = 0.5, cost_per_rep_year = 1_000 }]

[[strategies]]
name = "usual"

[[strategies]]
name = "twin" # the usual under another name

[[strategies]]
name = "shots"
tools = ["dialler"]

[[strategies]]
name = "listening"
plan = { prospecting = 0.2, preparation = 0.3, selling = 0.3, social = 0.2 }
social = ["marketing", "sales"]

[comparison]
adopters = ["focal", "competitors", "all", "head-to-head"]
replications = 6
seed = 7
"""
ARMS = ("usual", "twin", "shots", "listening")
FILES = (
    *("figure.png", "differences.csv", "summary.json", "differences.parquet", "runs.csv"),
    *(f"{name}.parquet" for name in TABLES),
    "scenario.toml",
    "manifest.json",
)
NUMBERS = [metric.name for metric in METRICS]


TIMED = ("manifest.json",)


class Found:
    """What a command left in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        every = {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.is_file()}
        self.manifest: dict[str, Any] = json.loads(every["manifest.json"])
        self.files = {name: content for name, content in every.items() if name not in TIMED}
        """Every file but those that say when it was written."""
        self.summary: dict[str, Any] = json.loads(self.files["summary.json"])
        self.runs, self.differences = (exact(folder / f"{name}.csv") for name in ("runs", "differences"))


def exact(path: Path) -> pd.DataFrame:
    """Read a CSV file to the last digit, which pandas by itself does in some versions only."""
    written = pd.read_csv(path, dtype=str, keep_default_na=False)

    def number(text: str) -> float:
        return float(text) if text else math.nan

    flags = {"null", "skewed"}
    texts = {"adopters", "strategy", "metric", "label", "unit"} | flags
    columns = {name: column if name in texts else column.map(number) for name, column in written.items()}
    frame = pd.DataFrame(columns)
    for flag in flags & set(frame):
        frame[flag] = frame[flag] == "True"
    return frame


def compared(folder: Path, *arguments: str, drawn: bool = False) -> Found:
    """Run ``zerosum compare`` in a folder of its own, so that even the paths in the summary are the same.

    Most of its time goes into the figure, which is therefore left empty where it isn't looked at.
    """
    folder.mkdir()
    (folder / "trial.toml").write_text(TRIAL, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        if not drawn:
            patch.setattr("zerosum.report.plots.compare.plot_compare", lambda *_: Figure(figsize=(1, 1)))
        done = CliRunner().invoke(main, ["compare", "trial.toml", "--quiet", *arguments])
    assert done.exit_code == 0, done.output
    (results,) = (folder / "results" / "trial").iterdir()
    return Found(results)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return compared(tmp_path_factory.mktemp("compare") / "one", "--workers", "1", drawn=True)


@pytest.fixture(scope="module")
def trial() -> Scenario:
    return parse_scenario(TRIAL)


def groups(found: Found) -> Iterator[tuple[str, str, pd.DataFrame, pd.DataFrame]]:
    """Yield adopters, strategy, its real runs, the baseline's, in order of replication.

    Sums over teams that differ in size are those of teams of mean size.
    """
    real = found.runs[~found.runs["null"]].sort_values("replication").reset_index(drop=True)
    where = ["adopters", "strategy", "replication"]
    seats = pd.read_parquet(found.folder / "reps.parquet").query("not null").groupby(where).size()
    size = seats.reindex(pd.MultiIndex.from_frame(real[where])).to_numpy()
    totals = [metric.name for metric in METRICS if metric.total]
    teams = real["adopters"] == "head-to-head"
    assert len(set(size[teams])) == 2
    mean_size = seats.loc["head-to-head"].groupby("replication").sum().iloc[0] / len(ARMS)
    real[totals] = real[totals].mul(np.where(teams, mean_size / size, 1.0), axis=0)
    for adopters in ADOPTERS:
        here = real[real["adopters"] == adopters]
        for strategy in ARMS:
            yield adopters, strategy, here[here["strategy"] == strategy], here[here["strategy"] == "usual"]


# --- What is in the files -------------------------------------------------------------------------------------


def test_the_files_are_there_and_nothing_else(found: Found) -> None:
    assert sorted([*found.files, "manifest.json"]) == sorted([*FILES, "comparison.json"])
    assert sorted(p.name for p in found.folder.iterdir() if p.is_dir()) == ["parts"]
    assert found.folder.name == folder_name(parse_scenario(TRIAL))
    assert [Path(f).name for f in found.summary["files"]] == list(FILES)


def test_every_strategy_was_run_for_all_adopters_in_every_replication_with_its_null(found: Found) -> None:
    addresses = found.runs[["adopters", "strategy", "replication", "null"]]
    wanted = {(w, a, r, n) for w in ADOPTERS for a in ARMS for r in range(6) for n in (False, True)}
    assert {tuple(row) for row in addresses.itertuples(index=False)} == wanted
    assert len(addresses) == len(wanted)
    assert list(found.runs.columns) == ["adopters", "strategy", "replication", "null", *NUMBERS]


@pytest.mark.parametrize("name", ["runs", "differences"])
def test_csv_and_parquet_agree_to_the_last_digit(found: Found, name: str) -> None:
    csv, parquet = exact(found.folder / f"{name}.csv"), pd.read_parquet(found.folder / f"{name}.parquet")
    assert list(csv.columns) == list(parquet.columns)
    for column in csv:
        if parquet[column].dtype.kind in "fi":
            np.testing.assert_array_equal(csv[column].to_numpy(), parquet[column].to_numpy(np.float64))
        else:
            assert list(csv[column]) == list(parquet[column])


def test_differences_are_the_paired_ones_of_the_runs(found: Found) -> None:
    """By numpy and scipy, from the file of runs alone."""
    said = found.differences.set_index(["adopters", "strategy", "metric"])
    assert len(said) == 4 * len(ARMS) * len(METRICS)
    with_interval = 0
    for adopters, strategy, tried, usual in groups(found):
        for name in NUMBERS:
            row = said.loc[(adopters, strategy, name)]
            gap = tried[name].to_numpy() - usual[name].to_numpy()
            gap = gap[~np.isnan(gap)]
            assert row["n"] == len(gap)
            if len(gap) == 0:
                assert math.isnan(row["difference"])
                continue
            assert row["difference"] == pytest.approx(gap.mean(), rel=1e-12, abs=1e-12)
            if len(gap) > 1 and gap.std() > 0:
                interval = stats.ttest_1samp(gap, 0.0).confidence_interval(0.95)
                assert row["low"] == pytest.approx(interval.low, rel=1e-9, abs=1e-12)
                assert row["high"] == pytest.approx(interval.high, rel=1e-9, abs=1e-12)
                with_interval += 1
    assert with_interval > 200


def test_means_are_those_of_the_runs(found: Found) -> None:
    said = found.differences.set_index(["adopters", "strategy", "metric"])
    null = found.runs[found.runs["null"]]
    for adopters, strategy, tried, usual in groups(found):
        by_chance = null[(null["adopters"] == adopters) & (null["strategy"] == strategy)]
        for name in NUMBERS:
            row, values = said.loc[(adopters, strategy, name)], tried[name].dropna()
            if len(values):
                assert row["mean"] == pytest.approx(values.mean(), rel=1e-12)
                assert row["baseline"] == pytest.approx(usual[name].mean(), rel=1e-12, nan_ok=True)
            if name in NULL_METRICS:
                assert row["chance_baseline"] == pytest.approx(by_chance[name].mean(), rel=1e-12, nan_ok=True)
            else:
                assert math.isnan(row["chance_baseline"])


def test_something_happens_in_this_market(found: Found) -> None:
    """Else the tests here would compare nothing with nothing."""
    said = found.differences.set_index(["adopters", "strategy", "metric"]).sort_index()
    for adopters, strategy in (
        ("focal", "shots"),
        ("competitors", "shots"),
        ("all", "listening"),
        ("head-to-head", "shots"),
    ):
        assert np.count_nonzero(said.loc[(adopters, strategy), "difference"].fillna(0)) >= 10
    assert found.runs["share_at_quota"].notna().all()
    assert (said.loc[("focal", "usual"), "chance_baseline"].dropna() > 0).any()
    assert not found.runs[found.runs["null"]]["attempts"].equals(found.runs[~found.runs["null"]]["attempts"])


def test_the_baselines_difference_is_exactly_nothing(found: Found) -> None:
    own = found.differences[found.differences["strategy"] == "usual"]
    assert (own.loc[own["n"] > 0, "difference"] == 0.0).all()
    assert (own.loc[own["n"] > 1, ["low", "high"]] == 0.0).all().all()
    np.testing.assert_array_equal(own["mean"], own["baseline"])


def test_a_strategy_that_equals_the_baseline_differs_by_exactly_nothing(found: Found) -> None:
    """On common random numbers the same strategy under another name gives the same market (teams aside: other reps)."""
    twin = found.differences[
        (found.differences["strategy"] == "twin") & (found.differences["adopters"] != "head-to-head")
    ]
    assert (twin.loc[twin["n"] > 0, "difference"] == 0.0).all()
    assert (twin.loc[twin["n"] > 1, ["low", "high"]] == 0.0).all().all()
    teams = found.differences[
        (found.differences["strategy"] == "twin") & (found.differences["adopters"] == "head-to-head")
    ]
    assert (teams["difference"] != 0.0).any()


def test_the_summary_says_what_the_tables_say(found: Found) -> None:
    said = found.differences.set_index(["adopters", "strategy", "metric"])
    summary = found.summary
    assert summary["command"] == "compare"
    assert (summary["replications"], summary["seed"], summary["weeks"]) == (6, 7, 26)
    assert (summary["baseline"], summary["focal"]) == ("usual", "Alder")
    assert list(summary["adopters"]) == list(ADOPTERS)
    for adopters, strategies in summary["adopters"].items():
        assert list(strategies) == list(ARMS)
        for strategy, told in strategies.items():
            assert told["win_rate"] == told["metrics"]["win_rate"]
            assert told["attainment"]["median"] == told["metrics"]["attainment_median"]
            for name in NUMBERS:
                row, gap = said.loc[(adopters, strategy, name)], told["differences"][name]
                for key in ("difference", "low", "high"):
                    assert gap[key] == (None if math.isnan(row[key]) else row[key])
                assert gap["n"] == row["n"]
            for name in NULL_METRICS:
                null = said.loc[(adopters, strategy, name), "chance_baseline"]
                assert told["chance_baseline"][name] == (None if math.isnan(null) else pytest.approx(null))


# --- The same, and not the same -------------------------------------------------------------------------------


def test_workers_change_no_byte(found: Found, tmp_path: Path) -> None:
    assert compared(tmp_path / "other", "--workers", "5", drawn=True).files == found.files


def test_the_order_of_adopters_changes_their_order_and_no_number(found: Found, tmp_path: Path) -> None:
    adopters = [w for who in reversed(ADOPTERS) for w in ("--adopters", who)]
    other = compared(tmp_path / "other", *adopters, "--adopters", "focal")  # named twice: no second time
    assert list(other.summary["adopters"]) == list(reversed(ADOPTERS))
    assert list(dict.fromkeys(other.differences["adopters"])) == list(reversed(ADOPTERS))
    key = ["adopters", "strategy", "replication", "null"]
    pd.testing.assert_frame_equal(
        other.runs.sort_values(key, ignore_index=True),
        found.runs.sort_values(key, ignore_index=True),
        check_exact=True,
    )


def test_more_replications_begin_with_the_same_ones(found: Found, tmp_path: Path) -> None:
    fewer = compared(tmp_path / "fewer", "--replications", "2")
    first = found.runs[found.runs["replication"] < 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(fewer.runs, first, check_exact=True)


def test_one_replication_has_no_interval_and_no_crash(tmp_path: Path) -> None:
    one = compared(tmp_path / "one", "--replications", "1")
    assert one.differences[["low", "high", "mean_low", "mean_high"]].isna().all().all()
    assert one.differences["n"].max() == 1
    gap = one.summary["adopters"]["focal"]["shots"]["differences"]["revenue"]
    assert (gap["low"], gap["high"], gap["n"]) == (None, None, 1)
    assert gap["difference"] is not None


def test_another_seed_is_other_random_numbers(found: Found, tmp_path: Path) -> None:
    other = compared(tmp_path / "other", "--seed", "8", "--replications", "6")
    assert other.summary["seed"] == 8
    theirs, ours = (set(f.runs["revenue"]) - {0.0} for f in (other, found))
    assert theirs
    assert not theirs & ours


def test_adopters_on_their_own_have_the_numbers_they_have_among_others(found: Found, tmp_path: Path) -> None:
    alone = compared(tmp_path / "focal", "--adopters", "all")
    assert list(alone.summary["adopters"]) == ["all"]
    same = found.runs[found.runs["adopters"] == "all"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.runs, same, check_exact=True)


@pytest.mark.parametrize(
    ("adopters", "strategy"), list(zip(ADOPTERS, ("shots", "listening", "usual", "shots"), strict=True))
)
def test_a_run_is_the_same_one_to_the_last_digit(
    found: Found, tmp_path: Path, adopters: str, strategy: str
) -> None:
    """``run`` with strategy, adopters and replication is that row of ``compare``, and so is its chance baseline."""
    (tmp_path / "trial.toml").write_text(TRIAL, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setattr("zerosum.report.plots.run.plot_run", lambda *_: Figure(figsize=(1, 1)))
        arguments = [
            "run",
            "trial.toml",
            "--json",
            "--strategy",
            strategy,
            "--adopters",
            adopters,
            "--replication",
            "4",
        ]
        done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["adopters"][adopters][strategy]
    rows = found.runs.set_index(["adopters", "strategy", "replication", "null"])
    for null, numbers in ((False, told["metrics"]), (True, told["chance_baseline"])):
        row = rows.loc[(adopters, strategy, 4.0, null)]
        assert numbers == {n: None if math.isnan(row[n]) else row[n] for n in numbers}


# --- Progress, and stopping -----------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 3])
def test_progress_counts_every_replication_once(trial: Scenario, workers: int) -> None:
    short = parse_scenario(
        trial, {"clock.weeks": 1, "comparison.replications": 7, "comparison.adopters": ["focal"]}
    )
    done: list[int] = []
    compare_strategies(short, workers, done.append)
    assert done == list(range(1, 8))


def fake(told: Callable[[int], None]) -> Callable[..., Tables]:
    def instead(scenario: Scenario, replication: int, *rest: Any, **names: Any) -> Tables:
        told(replication)
        row = {c.name: [math.nan if c.kind == "number" else ""] for c in TABLES["deals"].columns}
        row |= {c.name: [0] for c in TABLES["deals"].columns if c.kind == "count"}
        row |= {c.name: [False] for c in TABLES["deals"].columns if c.kind == "flag"}
        return {"deals": TABLES["deals"].filled(row | {"replication": [replication]})}

    return instead


def test_ctrl_c_says_how_far_it_got(trial: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replications_module, "replicate", fake(lambda _: None))

    def press(done: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        compare_strategies(parse_scenario(trial, {"comparison.replications": 9}), 2, press)
    assert (caught.value.done, caught.value.wanted) == (3, 9)


def test_ctrl_c_stops_what_is_running_at_its_next_week(trial: Scenario) -> None:
    """No thread simulates on: each of these replications would take ten thousand weeks."""
    long = parse_scenario(trial, {"clock.weeks": 5200, "comparison.replications": 4})
    running = threading.active_count()
    seen = threading.Event()

    def stopped(number: int) -> Tables:
        def press(_week: int, _weeks: int) -> None:
            seen.set()
            raise KeyboardInterrupt

        return replicate(long, number, press)

    with pytest.raises(Interrupted) as caught:
        replications(lambda number, _check: stopped(number), 4)
    assert seen.is_set()
    assert caught.value.done == 0
    assert threading.active_count() == running


def test_a_fault_in_a_worker_comes_up_and_stops_the_rest(
    trial: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    def fail(replication: int) -> None:
        started.append(replication)
        if replication == 2:
            raise ZeroDivisionError("in replication 2")

    monkeypatch.setattr(replications_module, "replicate", fake(fail))
    with pytest.raises(ZeroDivisionError, match="replication 2"):
        compare_strategies(parse_scenario(trial, {"comparison.replications": 1000}), 2)
    assert len(started) < 20


def test_rows_come_in_order_of_replication_however_late_the_first(
    trial: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    others_done = threading.Event()

    def slow_first(replication: int) -> None:
        if replication == 0:
            assert others_done.wait(30)
        if replication == 3:
            others_done.set()

    monkeypatch.setattr(replications_module, "replicate", fake(slow_first))
    six = parse_scenario(trial, {"comparison.replications": 6})
    found = compare_strategies(six, 2, wanted=frozenset({"deals"}))
    assert found.deals["replication"].tolist() == list(range(6))
