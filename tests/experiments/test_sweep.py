"""Sweeps: the same bits from every executor, in any order, after any interruption; every run once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.experiments.market import EXPERIMENT, same, study_in
from zerosum.errors import ExecutorError, InputError, Interrupted
from zerosum.runs.addresses import addresses
from zerosum.runs.executors import Here, Processes, Stopped
from zerosum.runs.parts import Parts
from zerosum.runs.replicate import replicate
from zerosum.runs.work import Done, Failure, Task
from zerosum.statistics import mean_interval, paired_difference
from zerosum.studies.sweep import State, Swept, outcomes, responses, standing, sweep
from zerosum.studies.sweep import sweep as package_sweep
from zerosum.studies.sweep.designs import interleave, spread_out
from zerosum.studies.sweep.folder import parts_of
from zerosum.studies.sweep.work import Work

assert package_sweep is sweep


class Backwards:
    """Makes all batches, and gives them back last first: no order may matter."""

    workers = 3

    def run(self, work: Work, batches: Iterator[Sequence[Task]], stop: threading.Event) -> Iterator[Done]:
        yield from reversed(list(Here().run(work, batches, stop)))


class Failing:
    """Runs of some addresses fail; the rest is made here."""

    workers = 1

    def __init__(self, failing: set[tuple[int, int]], kind: str = "error") -> None:
        self.failing, self.kind = failing, kind

    def run(self, work: Work, batches: Iterator[Sequence[Task]], stop: threading.Event) -> Iterator[Done]:
        for batch in batches:
            fine = [task for task in batch if (task.place.number, task.replication) not in self.failing]
            lost = [
                Failure(t.place.number, t.replication, self.kind, "it broke") for t in batch if t not in fine
            ]
            done = work(fine)
            yield Done(done.tables, done.finished, tuple(lost), 0.1, done.made_by)


class StopsAfter:
    """Stops the whole after some batches, as Ctrl-C would."""

    workers = 1

    def __init__(self, count: int) -> None:
        self.count = count

    def run(self, work: Work, batches: Iterator[Sequence[Task]], stop: threading.Event) -> Iterator[Done]:
        for number, done in enumerate(Here().run(work, batches, stop), start=1):
            yield done
            if number == self.count:
                raise Stopped


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    folder = tmp_path_factory.mktemp("once")
    return sweep(study_in(folder), folder / "out", Here())


def runs(swept: Swept) -> pa.Table:
    return swept.tables["runs"]


def test_every_point_has_every_replication_in_order(once: Swept) -> None:
    table = runs(once)
    assert len(once.study.points) == 6
    # 6 points x 3 replications x (2 strategies x chance baseline or not)
    assert len(table) == 6 * 3 * 4
    frame = table.select(["point", "replication", "null", "strategy"]).to_pandas()
    expected = [
        (point, number, null, strategy)
        for point in range(6)
        for number in range(3)
        for null in (False, True)
        for strategy in ("usual", "calls")
    ]
    assert list(frame.itertuples(index=False, name=None)) == expected
    assert (once.missing, once.failures, once.precise) == (0, (), True)


def test_a_run_is_that_of_its_scenario(once: Swept) -> None:
    """What is stored at a point equals what the scenario of the point gives by itself."""
    for point, number in ((0, 0), (4, 2)):
        alone = replicate(once.study.scenario(point), number, None, frozenset({"runs"}))["runs"]
        frame = runs(once).to_pandas().query("point == @point and replication == @number")
        assert frame.drop(columns="point").reset_index(drop=True).equals(alone.to_pandas())
    assert once.study.scenario(4).vendors[0].reps == 3
    assert once.study.scenario(4).market.saturation == 0.9


@pytest.mark.parametrize(
    "executor", [Processes(1), Processes(2), Backwards()], ids=["one", "two", "backwards"]
)
def test_the_bits_are_the_same_everywhere(executor: Any, once: Swept, tmp_path: Path) -> None:
    assert same(runs(sweep(study_in(tmp_path), tmp_path / "out", executor)), runs(once))


def test_shards_together_are_the_whole(once: Swept, tmp_path: Path) -> None:
    study = study_in(tmp_path)
    parts = [sweep(study, tmp_path / "out", Here(), shard=(i, 3)) for i in (2, 3, 1)]
    assert [part.missing for part in parts] == [12, 6, 0]
    assert same(runs(parts[-1]), runs(once))


def test_shards_share_no_run(once: Swept, tmp_path: Path) -> None:
    study, seen = study_in(tmp_path), list[tuple[int, int]]()
    for i in (1, 2, 3, 4):
        seen += sorted(addresses(runs(sweep(study, tmp_path / str(i), Here(), shard=(i, 4)))))
    assert sorted(seen) == sorted(addresses(runs(once)))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_what_was_finished_before_a_stop_is_not_made_again(count: int, once: Swept, tmp_path: Path) -> None:
    study, states = study_in(tmp_path), list[State]()
    with pytest.raises(Interrupted) as stopped:
        sweep(study, tmp_path / "out", StopsAfter(count))
    there = standing(study, tmp_path / "out")
    assert len(addresses(runs(there))) == stopped.value.done > 0
    again = sweep(study, tmp_path / "out", Here(), on_state=states.append)
    assert states[0] == State(stopped.value.done, 18, 0)
    assert same(runs(again), runs(once))
    states.clear()
    sweep(study, tmp_path / "out", StopsAfter(0), on_state=states.append)  # nothing is left to make
    assert states == [State(18, 18, 0)]


def test_a_torn_part_is_made_again(once: Swept, tmp_path: Path) -> None:
    study = study_in(tmp_path)
    sweep(study.asking(1), tmp_path / "out", Here())
    sweep(study.asking(2), tmp_path / "out", Here(), shard=(1, 1))  # a shard leaves its parts as they are
    torn = sorted((tmp_path / "out" / "parts").glob("*.arrow"))[0]
    torn.write_bytes(torn.read_bytes()[:-20])
    again = sweep(study, tmp_path / "out", Here())
    assert [lost.path.name for lost in again.lost] == [torn.name]
    assert same(runs(again), runs(once))


def test_more_replications_add_and_fewer_are_a_part(once: Swept, tmp_path: Path) -> None:
    study = study_in(tmp_path)
    one = sweep(study.asking(1), tmp_path / "out", Here())
    three = sweep(study, tmp_path / "out", Here())
    assert same(runs(three), runs(once))
    assert same(runs(sweep(study.asking(1), tmp_path / "out", StopsAfter(0))), runs(one))
    assert same(runs(sweep(study, tmp_path / "out", StopsAfter(0))), runs(once))


def test_fresh_forgets(tmp_path: Path) -> None:
    study, states = study_in(tmp_path), list[State]()
    sweep(study.asking(1), tmp_path / "out", Here())
    sweep(study.asking(1), tmp_path / "out", Here(), fresh=True, on_state=states.append)
    assert states[0] == State(0, 6, 0)


def test_what_fails_is_recorded_and_the_rest_goes_on(once: Swept, tmp_path: Path) -> None:
    study, states = study_in(tmp_path), list[State]()
    found = sweep(study, tmp_path / "out", Failing({(1, 0), (5, 2)}), on_state=states.append)
    assert [(f.point, f.replication, f.error) for f in found.failures] == [
        (1, 0, "it broke"),
        (5, 2, "it broke"),
    ]
    assert found.missing == 0
    assert states[-1] == State(16, 18, 2)
    assert len(addresses(runs(found))) == 16
    # It isn't tried again unless one says so.
    again = sweep(study, tmp_path / "out", StopsAfter(0))
    assert again.failures == found.failures
    mended = sweep(study, tmp_path / "out", Here(), retry=True)
    assert mended.failures == ()
    assert same(runs(mended), runs(once))


def test_an_error_in_a_run_names_itself_and_spares_its_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(scenario: Any, number: int, *rest: Any) -> Any:
        if scenario.vendors[0].reps == 3 and number == 1:
            raise ZeroDivisionError("by nobody")
        return replicate(scenario, number, *rest)

    monkeypatch.setattr("zerosum.studies.sweep.work.replicate", broken)
    found = sweep(study_in(tmp_path), tmp_path / "out", Here())
    assert [(f.point, f.replication, f.kind, f.error) for f in found.failures] == [
        (1, 1, "error", "ZeroDivisionError: by nobody"),
        (4, 1, "error", "ZeroDivisionError: by nobody"),
    ]
    assert "in broken" in found.failures[0].trace


def test_a_worker_of_another_engine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr("zerosum.studies.sweep.work.origin", lambda: {"engine": "another"})
    with pytest.raises(ExecutorError, match="engine another → "):
        sweep(study_in(tmp_path), tmp_path / "out", Here())
    assert not list((tmp_path / "out").glob("parts/*"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('key = "market.saturation"', 'key = "market.rewired"'), "factors"),
        (('scenario = "market.toml"', 'scenario = "market.toml"\nset = { "clock.weeks" = 8 }'), "scenarios"),
        (("replications = 3", 'random_numbers = "own"'), "random numbers"),
    ],
)
def test_a_folder_of_another_experiment_is_refused(
    change: tuple[str, str], named: str, tmp_path: Path
) -> None:
    sweep(study_in(tmp_path).asking(1), tmp_path / "out", Here())
    assert change[0] in EXPERIMENT
    other = study_in(tmp_path, EXPERIMENT.replace(*change))
    with pytest.raises(InputError, match=f"another sweep: the {named} differ"):
        sweep(other.asking(1), tmp_path / "out", Here())


def test_a_folder_of_another_engine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = study_in(tmp_path)
    sweep(study.asking(1), tmp_path / "out", Here())
    monkeypatch.setattr("zerosum.runs.question.differing", lambda _: "engine 12 → 34")
    with pytest.raises(InputError, match=r"made otherwise \(engine 12 → 34\).*keep_in"):
        sweep(study, tmp_path / "out", Here())
    sweep(study.asking(1), tmp_path / "out", Here(), fresh=True)


@pytest.mark.parametrize(("one", "other"), [(None, None), (None, (1, 2)), ((1, 2), None), ((1, 2), (1, 2))])
def test_a_second_process_on_a_folder_is_refused(one: Any, other: Any, tmp_path: Path) -> None:
    study = study_in(tmp_path)

    class Meanwhile:
        workers = 1

        def run(self, work: Work, batches: Any, stop: threading.Event) -> Iterator[Done]:
            with pytest.raises(InputError, match=r"another process writes to .*shard=\(1, 2\) here"):
                sweep(study, tmp_path / "out", Here(), shard=other, shared=True)
            yield from Here().run(work, batches, stop)

    sweep(study.asking(1), tmp_path / "out", Meanwhile(), shard=one)


def test_shards_side_by_side_are_fine(once: Swept, tmp_path: Path) -> None:
    study = study_in(tmp_path)

    class Meanwhile:
        workers = 1

        def run(self, work: Work, batches: Any, stop: threading.Event) -> Iterator[Done]:
            sweep(study, tmp_path / "out", Here(), shard=(2, 2))
            yield from Here().run(work, batches, stop)

    found = sweep(study, tmp_path / "out", Meanwhile(), shard=(1, 2))
    assert found.missing == 0
    assert same(runs(found), runs(once))


def test_noise_is_common_to_points_or_their_own(tmp_path: Path) -> None:
    """Two points that differ in nothing: the same runs with common random numbers, others where each has its own."""
    same_twice = EXPERIMENT.replace(
        'key = "market.saturation"\nvalues = [0.2, 0.9]',
        'name = "word"\nlevels = [{ name = "a", set = {} }, { name = "b", set = {} }]',
    )
    for noise, alike in (("common", True), ("own", False)):
        folder = tmp_path / noise
        study = study_in(folder, f'random_numbers = "{noise}"\n' + same_twice)
        attempts = outcomes(sweep(study.asking(2), folder / "out", Here()), "attempts")
        assert (attempts.loc[0].to_numpy() == attempts.loc[3].to_numpy()).all() == alike


def test_tables_can_be_kept_beside_the_runs(tmp_path: Path) -> None:
    study = study_in(tmp_path, 'keep = ["weekly", "reps"]\n' + EXPERIMENT)
    found = sweep(study.asking(2), tmp_path / "out", Processes(2))
    weekly = found.tables["weekly"].to_pandas()
    assert len(weekly) == 6 * 2 * 2 * 16  # points, replications, strategies, weeks
    assert weekly["week"].tolist()[:16] == list(range(1, 17))
    again = sweep(
        study_in(tmp_path, 'keep = ["weekly", "reps"]\n' + EXPERIMENT).asking(2), tmp_path / "b", Here()
    )
    assert all(same(found.tables[name], again.tables[name]) for name in ("runs", "weekly", "reps"))


# --- What comes out -------------------------------------------------------------------------------------------


def test_responses_are_those_of_paired_statistics(once: Swept) -> None:
    """Against the statistics that comparisons use, cell by cell."""
    found = responses(once).set_index(["metric", "adopters", "strategy", "point"])
    assert list(found.columns[:2]) == ["saturation", "reps"]
    for metric in ("gini", "attempts"):
        table = outcomes(once, metric)
        assert table.notna().to_numpy().mean() > 0.5
        for point in range(6):
            here = table.loc[point]
            for strategy in ("usual", "calls"):
                row = found.loc[(metric, "focal", strategy, point)]
                level = mean_interval(here["focal", strategy])
                assert row["n"] == level.n
                assert [row["mean"], row["mean_low"], row["mean_high"]] == pytest.approx(
                    [level.mean, level.low, level.high]
                )
                gap = paired_difference(here["focal", strategy], here["focal", "usual"])
                expected = [gap.mean, gap.low, gap.high] if strategy == "calls" else [np.nan] * 3
                assert row[["difference", "low", "high"]].to_list() == pytest.approx(expected, nan_ok=True)
                assert np.isnan(row["chance_baseline"]) == (metric == "attempts")
    null = outcomes(once, "gini", null=True)
    assert found.loc[("gini", "focal", "calls", 2), "chance_baseline"] == pytest.approx(
        null.loc[2]["focal", "calls"].mean()
    )


def test_precision_adds_replications_where_they_are_needed(tmp_path: Path) -> None:
    text = EXPERIMENT.replace('"gini", ', "")
    plain = study_in(tmp_path, text.replace("replications = 3", "replications = 12"))
    known = responses(sweep(plain.asking(12), tmp_path / "plain", Here()))
    halves = known[known["strategy"] == "calls"].set_index("point").eval("high - difference")
    # So that after 12 replications some points are known well enough, and some are not.
    asked = float(halves.median())
    wanted = f'[precision]\nmetric = "attempts"\nhalfwidth = "{asked}"\nat_most = 17\n'
    study = study_in(tmp_path, text.replace("replications = 3", "replications = 12") + wanted)
    found = sweep(study, tmp_path / "out", Processes(2))
    often = {p: found.replications[p] for p in range(6)}
    assert {p for p, n in often.items() if n == 12} == set(halves[halves <= asked].index)
    assert set(often.values()) == {12, 17}
    counts = outcomes(found, "attempts").groupby(level="point").size().to_dict()
    assert counts == often
    again = sweep(study, tmp_path / "out", StopsAfter(0))
    assert again.replications == often
    assert same(again.tables["runs"], found.tables["runs"])


def test_a_round_for_precision_that_was_interrupted_is_missing_runs(tmp_path: Path) -> None:
    wanted = '[precision]\nmetric = "attempts"\nhalfwidth = "0.001"\nat_most = 8\n'
    study = study_in(tmp_path, EXPERIMENT + wanted)
    with pytest.raises(Interrupted):
        sweep(study, tmp_path / "out", StopsAfter(2))  # in the first round
    first = standing(study, tmp_path / "out")
    assert (set(first.replications.values()), first.missing > 0) == ({3}, True)
    sweep(study_in(tmp_path, EXPERIMENT), tmp_path / "plain", Here())
    made = Parts(tmp_path / "plain").read()
    parts_of(study, tmp_path / "out").add({"runs": made})
    with pytest.raises(Interrupted):
        sweep(study, tmp_path / "out", StopsAfter(1))  # in the second: one run of one point
    begun = standing(study, tmp_path / "out")
    assert sorted(begun.replications.values())[-1] == 8
    assert begun.missing == sum(begun.replications.values()) - len(addresses(begun.tables["runs"])) > 0


# --- Order ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 8, 13, 100])
def test_points_are_gone_through_evenly(count: int) -> None:
    order = spread_out(count)
    assert sorted(order) == list(range(count))
    for part in range(1, count):
        done = np.sort(order[:part])
        widest = np.diff(np.concatenate([[-1], done, [count]])).max()
        assert widest <= 2 * count / part + 1  # no gap is twice what it has to be


def test_replications_come_one_after_the_other() -> None:
    wanted = {0: 2, 1: 1, 2: 2}
    order = list(interleave(wanted, {(2, 0)}))
    assert [number for _, number in order] == [0, 0, 1, 1]
    assert set(order) == {(0, 0), (1, 0), (0, 1), (2, 1)}
