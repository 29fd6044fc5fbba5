"""A sweep as a process: kill -9 of it, of its workers, Ctrl-C, a full disk; and a Dask cluster of real processes."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.experiments import sweep
from simulator.experiments.executors import ExecutorError, Here, dask
from simulator.experiments.executors.dask import Dask
from simulator.experiments.parts import Parts
from tests.experiments.market import EXPERIMENT, put, same, study_in
from tests.experiments.test_executors import gone_soon, is_alive
from tests.test_cli_process import PATIENCE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as on Linux and macOS")

LONGER = EXPERIMENT.replace("replications = 3", "replications = 12")


def start(here: Path, *arguments: str, before: str = "") -> subprocess.Popen[str]:
    """Start a sweep with small batches, each on disk at once: there is something to kill in the midst of."""
    program = f"""
import simulator.experiments.sweep
import sys
sweep = sys.modules["simulator.experiments.sweep"]
sweep.FLUSH_SECONDS, sweep.BATCH_SECONDS, sweep.MOST_IN_BATCH = 0.0, 0.01, 2
{before}
from simulator.cli import main
main(prog_name="zerosum")
"""
    return subprocess.Popen(
        [sys.executable, "-c", program, "sweep", "small.toml", "--out", "out", *arguments],
        cwd=here,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until(there: Callable[[], bool], child: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert child is None or child.poll() is None, child.communicate()
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def workers_of(pid: int) -> set[int]:
    """Process ids of all descendants that make runs."""
    found, seen = set[int](), [pid]
    while seen:
        parent = seen.pop()
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                for child in map(int, children.read_text().split()):
                    seen.append(child)
                    with contextlib.suppress(OSError):
                        if b"multiprocessing" in Path(f"/proc/{child}/cmdline").read_bytes():
                            found.add(child)
    return found


def runs_in(here: Path) -> int:
    return len(Parts(here / "out").finished())


@pytest.fixture
def here(tmp_path: Path) -> Path:
    put(tmp_path, LONGER)
    return tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = tmp_path_factory.mktemp("whole")
    return sweep(study_in(folder, LONGER), folder / "out", Here()).tables["runs"]


def finished(here: Path, whole: object) -> None:
    """Run again to the end: the tables are those of a run that nobody disturbed."""
    before = runs_in(here)
    assert 0 < before < 72
    again = sweep(study_in(here, LONGER), here / "out", Here())
    assert same(again.tables["runs"], whole)  # type: ignore[arg-type]
    assert again.failures == ()


@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
def test_kill_9_of_the_whole_loses_no_finished_run_and_leaves_nobody(here: Path, whole: object) -> None:
    child = start(here, "--workers", "2")
    until(lambda: runs_in(here) > 4, child)
    workers = workers_of(child.pid)
    assert workers
    child.kill()
    child.wait()
    gone_soon(workers)
    finished(here, whole)


@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
def test_kill_9_of_a_worker_costs_nothing(here: Path, whole: object) -> None:
    child = start(here, "--workers", "2")
    # Far apart, so that not the same run is hit twice: that would rightly be given up.
    for count in (2, 40):
        until(lambda count=count: runs_in(here) > count, child)  # type: ignore[misc]
        victims = [pid for pid in workers_of(child.pid) if not workers_of(pid) and is_alive(pid)]
        with contextlib.suppress(ProcessLookupError):
            os.kill(max(victims), signal.SIGKILL)
    out, errors = child.communicate(timeout=PATIENCE)
    assert child.returncode == 0, out + errors
    assert "72 of 72 runs are done." in out
    again = sweep(study_in(here, LONGER), here / "out", Here())
    assert same(again.tables["runs"], whole)  # type: ignore[arg-type]


def test_ctrl_c_keeps_what_is_finished_and_says_so(here: Path, whole: object) -> None:
    child = start(here, "--workers", "2")
    until(lambda: runs_in(here) > 4, child)
    workers = workers_of(child.pid) if sys.platform == "linux" else set()
    os.killpg(child.pid, signal.SIGINT)  # as a terminal does: to all of them
    _, errors = child.communicate(timeout=PATIENCE)
    assert child.returncode == 1
    assert "Traceback" not in errors
    assert "runs are done. What was finished is kept in out/; the same command goes on from there." in errors
    gone_soon(workers)
    finished(here, whole)


def test_a_full_disk_ends_it_with_a_word(here: Path, whole: object) -> None:
    """The third part doesn't fit any more, as the file system says it."""
    before = """
import errno, pyarrow.parquet as pq
written, wrote = [], pq.write_table
def write(table, file, **options):
    written.append(1)
    if len(written) > 2:
        raise OSError(errno.ENOSPC, "No space left on device")
    wrote(table, file, **options)
pq.write_table = write
"""
    child = start(here, "--workers", "2", before=before)
    _, errors = child.communicate(timeout=PATIENCE)
    assert child.returncode == 1, errors
    assert "Traceback" not in errors
    assert "can't write runs to out/parts: No space left on device" in errors
    assert not list((here / "out" / "parts").glob(".partial-*"))
    finished(here, whole)


SCRIPT = """
import sys
from pathlib import Path
if sys.argv[1] == "gone":
    Path(__file__).unlink()
from simulator import sweep
found = sweep("small.toml", workers=2, keep_in=sys.argv[1])
print(len(found.runs), "rows")
"""


def test_a_sweep_is_called_from_a_script_without_a_guard_and_from_a_pipe(tmp_path: Path) -> None:
    """Workers don't import the script, which would sweep once more in each of them, or may not be there."""
    put(tmp_path)
    (tmp_path / "my study.py").write_text(SCRIPT, encoding="utf-8")
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": tmp_path, "text": True}
    script = subprocess.Popen([sys.executable, "my study.py", "gone"], **streams)  # type: ignore[call-overload]
    pipe = subprocess.Popen([sys.executable, "-", "pipe"], stdin=subprocess.PIPE, **streams)  # type: ignore[call-overload]
    for child, text in ((script, None), (pipe, SCRIPT)):
        out, errors = child.communicate(text, timeout=PATIENCE)
        assert (out, errors, child.returncode) == ("72 rows\n", "", 0)
    assert not (tmp_path / "my study.py").exists()
    both = [sweep(study_in(tmp_path), tmp_path / name, Here()).tables["runs"] for name in ("gone", "pipe")]
    assert same(*both)


@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
def test_ctrl_c_while_workers_are_loading_is_one_line(here: Path) -> None:
    child = start(here, "--workers", "1")
    until(lambda: bool(workers_of(child.pid)), child)
    time.sleep(0.3)  # it has begun to import what it needs, which takes seconds
    os.killpg(child.pid, signal.SIGINT)
    _, errors = child.communicate(timeout=PATIENCE)
    assert child.returncode == 1
    assert re.fullmatch(
        r"Error: Stopped: 0 of 72 runs are done\. What was finished is kept in out/; .* from there\.\n",
        errors,
    )


# --- Dask -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def a_cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and workers, each a process of its own, as on a real cluster."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    scheduler = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show"],
        **quiet,  # type: ignore[call-overload]
    )
    hands = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"),
                *("--nworkers", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder)),
            ],
            **quiet,  # type: ignore[call-overload]
        )
        for _ in range(workers)
    ]
    try:
        yield address, hands
    finally:
        for process in (*hands, scheduler):
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_dask_cluster_makes_the_same_bits_even_when_a_worker_is_killed(
    tmp_path: Path, whole: object
) -> None:
    study = study_in(tmp_path, LONGER)
    with a_cluster(tmp_path, 2) as (address, hands):
        killed: list[int] = []

        def on_state(state: object) -> None:
            if not killed and state.done > 6:  # type: ignore[attr-defined]
                killed.append(hands[0].pid)
                hands[0].kill()

        found = sweep(study, tmp_path / "out", Dask(address, 1), on_state=on_state)
    assert killed
    assert found.failures == ()
    assert same(found.tables["runs"], whole)  # type: ignore[arg-type]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user is told within 15 s; a test needn't wait so long."""
    assert 5 <= dask.PATIENCE < 14
    monkeypatch.setattr(dask, "PATIENCE", 1.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:{port}", "nonsense", "tcp://", "tcp://no-such-host.invalid:1"]
)
def test_nobody_at_the_address_is_said_soon(address: str, tmp_path: Path) -> None:
    written, started = address.format(port=free_port()), time.monotonic()
    with pytest.raises(
        ExecutorError, match=f"--dask {re.escape(written)}: no scheduler answers there within 1 s"
    ):
        sweep(study_in(tmp_path), tmp_path / "out", Dask(written, 1))
    assert time.monotonic() - started < 5


@pytest.mark.slow
def test_dask_starts_a_cluster_here(tmp_path: Path, whole: object) -> None:
    found = sweep(study_in(tmp_path, LONGER), tmp_path / "out", Dask("local", 2))
    assert same(found.tables["runs"], whole)  # type: ignore[arg-type]
