"""A sweep from its folder alone: the same, whatever has become of its files; and what can't be read is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.each import each
from tests.experiments.market import EXPERIMENT, study_in
from zerosum.errors import InputError
from zerosum.runs import store
from zerosum.runs.executors import Here
from zerosum.runs.work import Failure
from zerosum.studies.sweep import responses, sweep
from zerosum.studies.sweep.folder import parts_of
from zerosum.studies.sweep.restore import restored, study_of

LIST = """
scenario = "market.toml"
replications = 2
metrics = ["attempts"]
[design]
kind = "list"
file = "points.csv"
[[factors]]
key = "market.saturation"
low = 0.1
high = 0.99
[[factors]]
name = "hours"
[[factors.levels]]
name = "1"
set = { "reps.hours_per_week" = 30 }
[[factors.levels]]
name = "2"
set = { "reps.hours_per_week" = 45 }
"""


def made(tmp_path: Path, experiment: str = EXPERIMENT) -> Path:
    """Run a small sweep, and take away what it was made from."""
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "points.csv").write_text(
        "saturation,hours\n0.2,1\n0.5,2\n1e-1,1\n", encoding="utf-8"
    )
    study = study_in(tmp_path / "from", experiment)
    sweep(study, tmp_path / "results", Here())
    shutil.rmtree(tmp_path / "from")
    return tmp_path / "results"


@pytest.mark.parametrize("design", ["", '[design]\nkind = "sobol"\npoints = 4\nseed = 0\n'])
def test_a_sweep_is_restored_from_its_folder(tmp_path: Path, design: str) -> None:
    experiment = EXPERIMENT.replace("values = [0.2, 0.9]", "low = 0.2\nhigh = 0.9") if design else EXPERIMENT
    head, mark, factors = experiment.partition("[[factors]]")
    (tmp_path / "from").mkdir()
    study = study_in(
        tmp_path / "from", head + design + mark + factors.replace("steps = 3", "" if design else "steps = 3")
    )
    before = sweep(study, tmp_path / "results", Here())
    shutil.rmtree(tmp_path / "from")
    after = restored(tmp_path / "results")
    pd.testing.assert_frame_equal(after.study.points, study.points)
    assert after.study.bases == study.bases
    assert after.study.experiment == study.experiment
    assert after.study.identity == study.identity
    assert after.missing == 0
    pd.testing.assert_frame_equal(responses(after), responses(before))


def test_only_the_columns_that_are_wanted(tmp_path: Path) -> None:
    swept = restored(made(tmp_path), ("attempts",))
    assert swept.tables["runs"].column_names == [
        "point",
        "adopters",
        "strategy",
        "replication",
        "null",
        "attempts",
    ]


def test_more_replications_than_the_experiment_asks_for_are_all_read(tmp_path: Path) -> None:
    study = study_in(tmp_path / "from")
    sweep(study.asking(5), tmp_path / "results", Here())
    found = restored(tmp_path / "results")
    assert set(found.replications.values()) == {5}
    assert found.missing == 0


def test_failures_count_as_such_also_beyond_the_experiments_replications(tmp_path: Path) -> None:
    folder = made(tmp_path)
    study = study_of(folder)
    failures = [(1, 3, "ValueError: no"), (0, 0, "made since")]
    parts_of(study, folder).add(
        {}, [Failure(study.grid.address(p, "usual"), n, "error", why) for p, n, why in failures]
    )
    found = restored(folder)
    assert [(f.point, f.replication) for f in found.failures] == [(1, 3)]
    assert (found.replications[0], found.replications[1]) == (3, 4)
    assert found.missing == 0


def test_a_lists_points_come_from_the_folder(tmp_path: Path) -> None:
    found = restored(made(tmp_path, LIST))
    assert found.study.points["hours"].tolist() == ["1", "2", "1"]
    assert found.study.points["saturation"].tolist() == [0.2, 0.5, 0.1]
    assert found.missing == 0


@each(
    ("content", "said"),
    [
        (None, "no sweep here"),
        ("{", "it is cut short, or was written over"),
        ("[]", "it is no JSON object"),
        (
            '{"format": 2, "sha256": ""}',
            r"it is not as it was written.*writes it again, and simulates nothing twice",
        ),
        ('{"format": 1}', r"format 1, not 2.*--fresh --out .* makes its runs anew"),
        ('{"format": 2}', "it lacks 'file'"),
        ('{"format": 2, "file": {"scenario": ["x"], "nonsense": 1}, "scenarios": []}', "nonsense"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "sweep.json").write_text(content, encoding="utf-8")
    with pytest.raises((InputError, store.StoreError), match=said):
        study_of(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        study_of(tmp_path / "nowhere")
