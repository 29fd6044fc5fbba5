"""``zerosum sweep`` as a user meets it."""

from __future__ import annotations

import json
import math
import re
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.commands import zerosum
from tests.each import each
from tests.experiments.market import EXPERIMENT, SAMPLE, put
from zerosum.report.sweep import _answers
from zerosum.runs import store
from zerosum.runs.parts import Parts
from zerosum.runs.question import KINDS
from zerosum.studies.calibrate.fit import KIND as CALIBRATION
from zerosum.studies.game.play import KIND as GAME
from zerosum.studies.optimise.tried import KIND as OPTIMISATION
from zerosum.studies.sweep import Study, load_experiment
from zerosum.studies.sweep.folder import KIND as SWEEP
from zerosum.studies.sweep.folder import default_folder, parts_of
from zerosum.studies.sweep.restore import study_of


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    put(tmp_path)
    return tmp_path


def sweep(*arguments: str, code: int = 0) -> str:
    return zerosum("sweep", "small.toml", "--workers", "0", *arguments, code=code, columns="120").output


def test_from_the_file_to_tables(here: Path) -> None:
    said = sweep()
    file = here / "small.toml"
    folder = here / default_folder(Study(load_experiment(file), file))
    for words in (
        "Where do calls pay?",
        "SMALL   Gini of revenue over reps · 6 points · 18 simulated runs · competitors don't react",
        "'usual' at ",
        "saturation",
        "reps",
        "baseline  ",
    ):
        assert words in said
    assert "18 of 18 runs are done." in said
    assert sorted(p.name for p in folder.iterdir() if not p.name.startswith(".")) == sorted(
        "failures.csv parts points.csv manifest.json responses.csv runs.parquet summary.json sweep.json".split()
    )
    runs = pd.read_parquet(folder / "runs.parquet")
    assert len(runs) == 6 * 3 * 4
    assert list(runs.columns[:5]) == ["point", "adopters", "strategy", "replication", "null"]
    assert pq.read_schema(folder / "runs.parquet").field("win_rate").metadata[b"unit"] == b"share"
    points = pd.read_csv(folder / "points.csv")
    assert points.columns.tolist() == ["point", "saturation", "reps"]
    document = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert document["runs"] == {"wanted": 18, "done": 18, "failed": 0, "missing": 0}
    assert pd.read_csv(folder / "failures.csv").empty


def test_again_gives_the_same_files(here: Path) -> None:
    sweep("--out", "a")
    sweep("--out", "b", "-n", "1")
    sweep("--out", "b", "-n", "3")
    for name in ("runs.parquet", "responses.csv", "points.csv", "failures.csv"):
        assert (here / "a" / name).read_bytes() == (here / "b" / name).read_bytes(), name


def test_the_plan_spends_nothing(here: Path) -> None:
    said = sweep("--plan")
    for words in (
        "grid: 6 points",
        "18 (3 replications a point)",
        "4 simulations: 2 strategies",
        "free",
        "by pilot",
    ):
        assert words in said
    assert not (here / "results").exists()


@pytest.mark.parametrize(
    ("experiment", "said"),
    [
        (
            EXPERIMENT,
            "common: 3 independent replications, the same for all points, so that points are compared in pairs",
        ),
        (
            'random_numbers = "own"\n' + EXPERIMENT,
            "own: each point has its own, 18 independent replications in all",
        ),
        (SAMPLE, "own: each point has its own, 8 independent replications in all"),
        (
            'random_numbers = "common"\n' + SAMPLE,
            "common: 2 independent replications, the same for all points. However many points there are, averages over "
            'them rest on these 2; random_numbers = "own" would give 8',
        ),
    ],
)
def test_the_plan_says_how_many_replications_are_independent(here: Path, experiment: str, said: str) -> None:
    put(here, experiment)
    assert said in " ".join(sweep("--plan").split())


def test_the_status_tells_how_far_it_is(here: Path) -> None:
    said = sweep("--status", code=2)
    assert "nothing is there yet; 'zerosum sweep small.toml' begins it" in said
    sweep("-n", "1")
    assert "6 of 18 runs are done, 12 are missing." in sweep("--status")
    assert "6 of 6 runs are done." in sweep("--status", "-n", "1")


def test_the_last_line_is_a_command_that_analyses_what_was_asked_for(here: Path) -> None:
    """It called 12 runs missing that -n 1 had never asked for."""
    last = sweep("-n", "1", "--out", "my results").splitlines()[-1]
    assert last == "What decides, and where: zerosum analyse 'my results'"
    said = zerosum(*shlex.split(last.partition("zerosum ")[2]), "--json")
    assert (said.exit_code, json.loads(said.stdout)["runs"]) == (
        0,
        {"wanted": 6, "done": 6, "failed": 0, "missing": 0},
    )
    interrupted = store.read_document(here / "my results" / "sweep.json")
    interrupted["file"]["replications"] = 2
    store.save_document(here / "my results" / "sweep.json", interrupted)
    assert "6 of 12 runs are missing" in zerosum("analyse", "my results", code=1).output


def test_no_more_replications_are_asked_for_than_a_precision_allows(here: Path) -> None:
    put(here, EXPERIMENT + '[precision]\nmetric = "attempts"\nhalfwidth = "0.001"\nat_most = 5\n')
    assert "precision.at_most = 5 is below the 6 replications that are asked for" in sweep("-n", "6", code=2)
    assert "30 (5 replications a point at most)" in sweep("-n", "3", "--plan")


def test_the_status_says_that_a_precision_was_asked_for(here: Path) -> None:
    put(here, EXPERIMENT + '[precision]\nmetric = "attempts"\nhalfwidth = "0.001"\nat_most = 5\n')
    sweep("--out", "out", code=1)
    said = " ".join(sweep("--out", "out", "--status").split())
    assert "30 of 30 runs are done." in said
    assert "not known to ±0.001, runs are added, up to 5 a point" in said


def test_every_kind_of_experiment_can_be_listed() -> None:
    assert set(KINDS) == {
        "comparison",
        "across",
        "map",
        "what-if",
        "break-even",
        "fit",
        SWEEP,
        GAME,
        OPTIMISATION,
        CALIBRATION,
    }


def test_the_list_of_results_has_experiments(here: Path) -> None:
    assert "No results in results/ yet" in zerosum("results").output
    sweep("-n", "2", "--out", "results/mine")
    said = zerosum("results", columns="100").output
    assert "No results" not in said
    assert [re.split(r"  +", row)[:3] for row in map(str.strip, said.splitlines()) if "mine" in row] == [
        ["results/mine", "sweep", "zerosum analyse"]
    ]
    assert re.search(r" \d+ kB$", said.rstrip())
    sweep("-n", "1", "--out", f"results/{'longer' * 9}/and-longer")
    for columns in (80, 90, 200):  # a folder is there to be copied: it isn't broken
        assert f"results/{'longer' * 9}/and-longer" in zerosum("results", columns=str(columns)).output


def test_stored_runs_are_made_again(here: Path) -> None:
    sweep("--out", "out")
    assert "5 of the 18 runs asked for made again: the same to the last bit." in sweep(
        "--out", "out", "--verify", "5"
    )
    assert "18 of the 18" in sweep("--out", "out", "--verify", "500")
    study = study_of(here / "out")
    table = Parts(here / "out").read()
    column = table.column_names.index("attempts")
    values = table["attempts"].to_numpy().copy()
    values[7] += 1e-9
    other = table.set_column(column, table.schema.field("attempts"), [values])
    parts_of(study, here / "out", fresh=True).add({"runs": other})
    table = study.grid.numbered(table)
    said = sweep("--out", "out", "--verify", "500", code=1)
    where = f"point {table['point'][7]}, replication {table['replication'][7]}"
    assert f"1 of 18 runs have another result, first {where} (in runs.attempts)" in said


def test_a_shard_says_what_the_others_have_left(here: Path) -> None:
    said = sweep("--shard", "1/2", "--out", "out")
    assert "Shard 1/2 is done. Of all shards: 9 of 18 runs are done, 9 are missing." in said
    assert not (here / "out" / "runs.parquet").exists()
    sweep("--shard", "2/2", "--out", "out")
    assert len(pq.read_table(here / "out" / "runs.parquet")) == 6 * 3 * 4


@each(
    ("arguments", "said"),
    [
        (("--shard", "0/2"), "--shard 0/2: write which of how many"),
        (("--shard", "3/2"), "--shard 3/2"),
        (("--shard", "half"), "--shard half"),
        (("--shard", "1/2", "--fresh"), "--fresh and --shard"),
        (("--plan", "--status"), "--plan and --status: give one of them"),
        (("--out", ""), "--out ''"),
        (("--out", "small.toml"), "this is a file"),
        (("--dask", ""), "--dask ''"),
        (("--wait-for-workers", "5"), "--wait-for-workers 5: only with --dask"),
        (
            ("--dask", "local", "--wait-for-workers", "soon"),
            "--wait-for-workers soon: give seconds, such as 600",
        ),
        (("--dask", "local", "--wait-for-workers", "nan"), "--wait-for-workers nan: give seconds"),
        (("--dask", "local", "--wait-for-workers", "-1"), "--wait-for-workers -1: give seconds"),
        (("--dask", "tcp://127.0.0.1:1"), "--workers 0: the cluster at tcp://127.0.0.1:1"),
    ],
)
def test_options_that_dont_go(here: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in sweep(*arguments, code=2)


def test_a_precision_and_shards_dont_go(here: Path) -> None:
    put(here, EXPERIMENT + '[precision]\nmetric = "attempts"\nhalfwidth = "10"\nat_most = 5\n')
    assert "--shard 1/2: an experiment with a precision" in sweep("--shard", "1/2", code=2)


def test_what_failed_is_summed_up_at_the_end(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zerosum.studies.sweep import work

    whole = work.replicate

    def broken(scenario: object, number: int, *rest: object) -> object:
        if number == 1:
            raise ZeroDivisionError("by nobody")
        return whole(scenario, number, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "replicate", broken)
    said = sweep("--out", "out", code=1)
    assert "12 of 18 runs are done, 6 failed." in said
    assert (
        "6 x ZeroDivisionError: by nobody; first at saturation = 0.2, reps = 2 (point 0, replication 1)"
        in said
    )
    failures = pd.read_csv(here / "out" / "failures.csv")
    assert failures["error"].tolist() == ["ZeroDivisionError: by nobody"] * 6
    assert failures["trace"].str.contains("in broken").all()
    assert len(pq.read_table(here / "out" / "runs.parquet")) == 6 * 2 * 4
    assert "6 failed" in sweep("--out", "out", "--status")
    monkeypatch.setattr(work, "replicate", whole)
    assert "6 failed" in sweep("--out", "out", code=1)
    assert "18 of 18 runs are done." in sweep("--out", "out", "--retry")


def test_no_space_for_it_is_said_before_anything_is_run(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=12_000_000))
    said = sweep("-n", "1000", code=2)
    assert re.search(r"6,000 runs take about \d+\.\d [GM]B on disk; .* has 12\.0 MB free", said)
    assert not (here / "results").exists()


@each(
    ("metric", "ends", "words"),
    [
        (
            "contribution",
            [(1, 2), (-2, -1), (-1, 1)],
            "ahead of 'usual' at 1 of 3 points, behind at 1; at 1 no measurable",
        ),
        ("contribution", [(1, 2), (1, 3)], "ahead of 'usual' at all 2 points"),
        ("contribution", [(-2, -1)], "behind 'usual' at 1 point"),
        ("churn", [(-2, -1), (-2, -1)], "ahead of 'usual' at all 2 points"),  # less of it is better
        ("attempts", [(-2, -1), (1, 2)], "above 'usual' at 1 of 2 points, below at 1"),  # neither is
        (
            "contribution",
            [(math.nan, math.nan)] * 2,
            "with one simulated run a point, nothing can be told from chance",
        ),
    ],
)
def test_a_sweep_says_first_at_how_many_points_a_strategy_is_ahead(
    metric: str, ends: list[tuple[float, float]], words: str
) -> None:
    study: Any = SimpleNamespace(
        experiment=SimpleNamespace(metrics=(metric,)), strategies=("usual", "calls"), against="usual"
    )
    rows = [
        {"point": point, "strategy": name, "low": low, "high": high}
        for point, (low, high) in enumerate(ends)
        for name in study.strategies
    ]
    table = _answers(study, pd.DataFrame(rows))
    assert table is not None
    ((label, said),) = table.rows
    assert label.words == "calls"
    assert said.words.startswith(words)
    assert said.words == words or words.endswith("measurable")
