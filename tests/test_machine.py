"""What a container, a job or an affinity leaves of the machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zerosum import machine

pytestmark = pytest.mark.uncompiled


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A control group of this process, within another one."""
    inner = tmp_path / "cgroup" / "user" / "job"
    inner.mkdir(parents=True)
    (tmp_path / "own").write_text("0::/user/job\n")
    monkeypatch.setattr(machine, "_ROOT", tmp_path / "cgroup")
    monkeypatch.setattr(machine, "_OWN", tmp_path / "own")
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr("psutil.Process.cpu_affinity", lambda _: list(range(48)), raising=False)
    for name in machine._JOB:
        monkeypatch.delenv(name, raising=False)
    return inner


def test_an_affinity_counts(group: Path) -> None:
    assert machine.usable_cores() == 48


@pytest.mark.parametrize(
    ("said", "cores"),
    [("350000 100000\n", 4), ("max 100000\n", 48), ("10000 100000\n", 1), ("rubbish\n", 48)],
)
def test_a_quota_counts_also_of_an_outer_group(group: Path, said: str, cores: int) -> None:
    (group.parent / "cpu.max").write_text(said)
    assert machine.usable_cores() == cores


def test_a_quota_of_version_1_counts(group: Path) -> None:
    old = group.parents[1] / "cpu"
    old.mkdir()
    (old / "cpu.cfs_quota_us").write_text("-1\n")
    (old / "cpu.cfs_period_us").write_text("100000\n")
    assert machine.usable_cores() == 48
    (old / "cpu.cfs_quota_us").write_text("200000\n")
    assert machine.usable_cores() == 2


def test_a_jobs_allotment_counts(group: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "3")
    monkeypatch.setenv("NSLOTS", "many")
    assert machine.usable_cores() == 3
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "0")
    assert machine.usable_cores() == 1


def test_a_containers_memory_counts(group: Path) -> None:
    (group / "memory.max").write_text("1000000\n")
    (group / "memory.current").write_text("700000\n")
    (group / "memory.stat").write_text("anon 300000\ninactive_file 250000\n")
    assert machine.memory_free() == 550_000
    (group / "memory.max").write_text("max\n")
    assert machine.memory_free() > 550_000
