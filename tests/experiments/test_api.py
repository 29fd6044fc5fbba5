"""Sweeps from Python: experiments from dicts, shards, progress, analyses, labeled arrays, short reprs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zerosum
from zerosum.errors import InputError
from zerosum.runs.replicate import replicate
from zerosum.studies.sweep import work as work_module
from zerosum.studies.sweep.spec import Experiment
from zerosum.studies.whatif import work as work_of_what_if

FULLER: dict[str, Any] = {
    "scenario": "workshop",
    "set": {"market.buyers": 200, "clock.weeks": 4},
    "strategies": ["usual", "shots"],
    "metrics": ["attempts", "won_revenue_per_rep"],
    "replications": 2,
    "factors": [{"key": "market.saturation", "values": [0.2, 0.9]}],
}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> zerosum.Sweep:
    return zerosum.sweep(FULLER, workers=0, keep_in=tmp_path_factory.mktemp("runs"))


def test_a_dict_an_object_and_a_file_are_the_same_experiment(swept: zerosum.Sweep, tmp_path: Path) -> None:
    lines = ["set = { 'market.buyers' = 200, 'clock.weeks' = 4 }", "scenario = 'workshop'"]
    lines += [f"{name} = {FULLER[name]!r}" for name in ("strategies", "metrics", "replications")]
    (tmp_path / "experiment.toml").write_text(
        "\n".join([*lines, "[[factors]]", "key = 'market.saturation'", "values = [0.2, 0.9]"])
    )
    from_object = zerosum.sweep(swept.swept.study.experiment, workers=0, keep_in=tmp_path / "object")
    from_file = zerosum.sweep(tmp_path / "experiment.toml", workers=0, keep_in=tmp_path / "file")
    assert isinstance(swept.swept.study.experiment, Experiment)
    assert from_object.runs.equals(swept.runs)
    assert from_file.runs.equals(swept.runs)
    assert {s.swept.study.hash for s in (from_object, from_file)} == {swept.swept.study.hash}


def test_shards_together_make_the_whole(swept: zerosum.Sweep, tmp_path: Path) -> None:
    first = zerosum.sweep(FULLER, workers=0, keep_in=tmp_path, shard=(1, 2))
    assert 0 < len(first.runs) < len(swept.runs)
    assert zerosum.sweep(FULLER, workers=0, keep_in=tmp_path, shard=(2, 2)).runs.equals(swept.runs)


def test_progress_is_told_to_a_function(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    zerosum.sweep(FULLER, workers=0, keep_in=tmp_path, progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (4, 4)


def test_runs_that_fail_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(scenario: Any, number: int, *rest: Any) -> Any:
        if number == 1:
            raise ZeroDivisionError("by nobody")
        return replicate(scenario, number, *rest)

    monkeypatch.setattr(work_module, "replicate", fails)
    with pytest.warns(UserWarning, match=r"^2 of 4 runs failed, the first with: .*by nobody.*retry=True"):
        found = zerosum.sweep(FULLER, workers=0, keep_in=tmp_path)
    assert repr(found).endswith("2 of 4 runs, 2 failed>")
    assert len(found.failures) == 2


def test_it_is_analysed_and_drawn(swept: zerosum.Sweep) -> None:
    found = swept.analyse("attempts", against="shots")
    assert len(found.tables["responses"])
    assert swept.figures()
    for given, words in (
        ({"metric": "win_rate"}, "metric = 'win_rate'"),
        ({"against": "shot"}, "mean 'shots'"),
    ):
        with pytest.raises(InputError, match=words):
            swept.analyse(**given)


def test_labelled_arrays_hold_the_same_numbers(swept: zerosum.Sweep) -> None:
    found = swept.to_xarray()
    assert dict(found.sizes) == {"point": 2, "adopters": 1, "strategy": 2, "replication": 2}
    assert found["saturation"].values.tolist() == [0.2, 0.9]
    row = swept.runs.iloc[-1]
    place = {name: row[name] for name in ("point", "adopters", "strategy", "replication")}
    assert float(found["attempts"].sel(place)) == row["attempts"]
    assert not np.isnan(found["attempts"].values).any()


def test_without_xarray_it_is_said_what_to_install(
    swept: zerosum.Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(InputError, match=r"pip install 'zerosum\[xarray\]'"):
        swept.to_xarray()


def test_reprs_are_short(swept: zerosum.Sweep) -> None:
    assert repr(swept) == "<Sweep experiment: 2 points of saturation; 4 of 4 runs>"
    assert "<table" in swept._repr_html_()
    run = zerosum.simulate("workshop", weeks=2)
    assert repr(run) == "<Simulation workshop: usual; focal; replication 0; 2 weeks>"
    found = zerosum.compare(
        "workshop", strategies=["usual", "shots"], adopters=["focal"], weeks=2, replications=2, workers=1
    )
    assert repr(found) == "<Comparison workshop: usual, shots; focal; 2 replications>"
    assert "<table" in found._repr_html_()
    assert dict(found.to_xarray().sizes) == {"adopters": 1, "strategy": 2, "replication": 2, "null": 2}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"experiment": 3}, "give a file, the name of one that ships, or a dict"),
        ({"experiment": FULLER | {"factors": 3}}, "experiment: .*factors = 3 is not a list of tables"),
        ({"shard": (3, 2)}, "shard = \\(3, 2\\): give"),
        ({"shard": "1/2"}, "shard = '1/2': give"),
        ({"dask": ""}, "dask = '': give a scheduler's address"),
        ({"workers": -1}, "workers = -1"),
    ],
)
def test_arguments_that_cannot_be_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        zerosum.sweep(**({"experiment": FULLER, "workers": 0} | given))


def test_a_what_if_tells_of_runs_that_fail_and_tries_them_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"extends": "workshop", "market": {"buyers": 200}, "clock": {"weeks": 4}}

    def ask() -> zerosum.WhatIf:
        return zerosum.what_if(small, {"vendors.Alder.presales": [2]}, replications=2, keep_in=tmp_path)

    with monkeypatch.context() as patch:

        def fails(*given: Any, **named: Any) -> Any:
            raise ZeroDivisionError("by nobody")

        patch.setattr(work_of_what_if, "collect", fails)
        with pytest.warns(UserWarning, match=r"runs failed and are left out, the first with: .*by nobody"):
            assert len(ask().found.swept.failures) > 0
    assert not ask().found.swept.failures
