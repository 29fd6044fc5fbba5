"""A sweep as a process: kill -9 of it, of its workers, Ctrl-C, a full disk; and a Dask cluster of real processes."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import main_module
from tests.experiments.market import EXPERIMENT, put, same, study_in
from tests.experiments.play import Play, batches, points_of, tries
from tests.experiments.test_executors import gone_soon, is_alive
from tests.test_cli_process import PATIENCE, STOPS
from zerosum.errors import ExecutorError
from zerosum.runs.executors import Here, dask
from zerosum.runs.executors.dask import Dask
from zerosum.runs.parts import Parts
from zerosum.runs.work import Done, Task
from zerosum.studies.sweep import State, Swept, sweep

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as on Linux and macOS")

LONGER = EXPERIMENT.replace("replications = 3", "replications = 12")


def start(here: Path, *arguments: str, before: str = "") -> subprocess.Popen[str]:
    """Start a sweep with small batches, each on disk at once: there is something to kill in the midst of."""
    program = f"""
import zerosum.studies.sweep.sweep
import sys
sweep = sys.modules["zerosum.studies.sweep.sweep"]
sweep.FLUSH_SECONDS, sweep.BATCH_SECONDS, sweep.MOST_IN_BATCH = 0.0, 0.01, 2
{before}
from zerosum.cli import main
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


@pytest.mark.slow  # test_executors.py has tasks that kill their processes
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


@pytest.mark.parametrize(
    "how", [how if how == signal.SIGTERM else pytest.param(how, marks=pytest.mark.slow) for how in STOPS]
)
def test_stopped_it_keeps_what_is_finished_and_says_so(
    how: signal.Signals, here: Path, whole: object
) -> None:
    child = start(here, "--workers", "2")
    until(lambda: runs_in(here) > 4, child)
    workers = workers_of(child.pid) if sys.platform == "linux" else set()
    os.killpg(child.pid, how)  # as a terminal does: to all of them
    _, errors = child.communicate(timeout=PATIENCE)
    assert child.returncode == 128 + how
    assert "Traceback" not in errors
    assert errors.startswith(f"Error: {STOPS[how]}: ")
    assert errors.endswith(
        "of 72 runs are done. What was finished is kept in out/; the same command goes on from there: zerosum sweep "
        "small.toml --out out --workers 2\n"
    )
    gone_soon(workers)
    finished(here, whole)


def test_a_full_disk_ends_it_with_a_word(here: Path, whole: object) -> None:
    """The third part doesn't fit any more, as the file system says it."""
    before = """
import errno, os
flushed, flush = [], os.fsync
def fsync(number):
    flushed.append(1)
    if len(flushed) > 9:
        raise OSError(errno.ENOSPC, "No space left on device")
    flush(number)
os.fsync = fsync
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
from zerosum import sweep
found = sweep("small.toml", workers=2, keep_in=sys.argv[1])
print(len(found.runs), "rows")
"""


@pytest.mark.usefixtures("whole")  # the engine is compiled by then
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
    assert child.returncode == 130
    *before, said = errors.splitlines()
    assert said.startswith("Error: ")
    assert "0 of 72 runs are done. Nothing was finished, so nothing is kept." in said
    assert [line for line in before if not line.startswith("Compiling the engine: ")] == []


# --- Dask -----------------------------------------------------------------------------------------------------


ROOT = Path(__file__).resolve().parents[2]


class RealCluster:
    """A scheduler and workers, each a process of its own, as on a real cluster.

    Parameters
    ----------
    folder : Path
    lacking : str       Python that is run first in the scheduler, to take something away from it
    """

    def __init__(self, folder: Path, lacking: str = "") -> None:
        self.folder, port = folder, free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        self.workers: list[subprocess.Popen[bytes]] = []
        options = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show"]
        self.scheduler = self._start("scheduler", lacking, *options)

    def join(self, count: int = 1, lacking: str = "") -> list[subprocess.Popen[bytes]]:
        options = ["--nthreads", "1", "--nworkers", "1", "--no-nanny", "--no-dashboard"]
        options += ["--local-directory", str(self.folder)]
        new = [self._start("worker", lacking, self.address, *options) for _ in range(count)]
        self.workers += new
        self.listens()
        return new

    def listens(self) -> None:
        """Wait until the scheduler does; on a busy machine that takes longer than a user waits for it."""
        host, port = self.address.removeprefix("tcp://").split(":")
        deadline = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < deadline, "the scheduler never listened"
            with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1.0):
                return
            time.sleep(0.05)

    def _start(self, what: str, lacking: str, *options: str) -> subprocess.Popen[bytes]:
        program = f"import sys\n{lacking}\nfrom distributed.cli.dask_{what} import main\nmain()"
        return subprocess.Popen(
            [sys.executable, "-c", program, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},  # for what stands for work in these tests
        )

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[RealCluster]:
    found = RealCluster(tmp_path)
    yield found
    found.end()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.slow  # test_dask.py plays all of it without processes
def test_workers_of_a_queue_come_late_and_go_away_and_every_task_is_done_once(
    cluster: RealCluster, tmp_path: Path
) -> None:
    """One, then five of which one has another library, then one fewer."""
    (tmp_path / "work").mkdir()
    asked, news = list[int](), list[str]()
    last = 100_000

    def tasks() -> Iterator[list[Task]]:
        for number, batch in enumerate(batches(range(last))):
            if number >= last:
                return
            asked.append(number)
            yield batch

    work: Any = Play(tmp_path / "work", takes=0.02)
    version = importlib.metadata.version("pyarrow")
    other = "import importlib.metadata as m; v = m.version; m.version = lambda n: '1.0' if n == 'pyarrow' else v(n)"
    refusal = f"would make runs otherwise than here (pyarrow 1.0 → {version})"
    answers, pids = list[Done](), list[int]()
    good, most, deadline = cluster.join(), 0, time.monotonic() + PATIENCE
    for done in Dask(cluster.address, 1, PATIENCE, news.append).run(work, tasks(), threading.Event()):
        answers.append(done)
        pids += [int(pid) for pid in tries(work.folder / f"{done.finished[0][0]}-0")]
        most = max(most, len(asked) - len(answers) + 1)
        if len(answers) == 3:
            assert most <= 2
            (strange,) = cluster.join(1, other)
            good += cluster.join(3)
        late = {worker.pid for worker in good} <= set(pids) and any(refusal in said for said in news)
        if last == 100_000 and (late or time.monotonic() > deadline):
            good[0].kill()
            last = len(asked) + 20
    assert most == 2 * 4
    assert {worker.pid for worker in good} == set(pids)
    assert strange.poll() is None  # it was there all the time, and did nothing
    assert points_of(answers) == (asked, [])


@pytest.mark.slow  # test_dask.py plays all of it without processes
def test_a_sweep_that_lost_its_cluster_goes_on_with_another_to_the_same_bits(
    cluster: RealCluster, tmp_path: Path, whole: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_in(tmp_path, LONGER)

    def swept(
        at: int,
        victim: subprocess.Popen[bytes],
        then: Callable[[], object] = lambda: None,
        wait: float = PATIENCE,
        replications: int = 12,
    ) -> Swept:
        executor = Dask(cluster.address, 1, PATIENCE)

        def on_state(state: State) -> None:
            if state.done > at and victim.poll() is None:
                victim.kill()
                victim.wait()
                executor.wait = wait
                then()

        return sweep(study.asking(replications), tmp_path / "out", executor, on_state=on_state)

    # The only worker is killed, and no other comes.
    starts = f"'dask worker {cluster.address}' starts one"
    gone = f"all workers of {cluster.address} are gone; {starts}. Waited 1 s"
    with pytest.raises(ExecutorError, match=f"^{re.escape(gone)}$"):
        swept(6, cluster.join()[0], wait=1.0)
    made = runs_in(tmp_path)
    assert 6 < made < 72
    # The same command goes on; its only worker is killed, too, and this time another comes.
    found = swept(made + 6, cluster.join()[0], then=cluster.join)
    assert len(cluster.workers) == 3
    assert found.failures == ()
    assert same(found.tables["runs"], whole)  # type: ignore[arg-type]
    # And when the scheduler itself is gone, that is said.
    monkeypatch.setattr(dask, "PATIENCE", 2.0)
    gone = f"the scheduler at {cluster.address} has gone, and isn't back within 2 s"
    with pytest.raises(ExecutorError, match=re.escape(gone)):
        swept(72, cluster.scheduler, replications=40)
    assert 72 < runs_in(tmp_path) < 240


def test_a_scheduler_without_zerosum_is_refused(tmp_path: Path) -> None:
    cluster = RealCluster(tmp_path, "sys.modules['zerosum'] = None")
    try:
        cluster.listens()
        with pytest.raises(
            ExecutorError, match=rf"{cluster.address} can't load zerosum \(ModuleNotFoundError: "
        ):
            sweep(study_in(tmp_path), tmp_path / "out", Dask(cluster.address, 1))
    finally:
        cluster.end()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user is told within 15 s; a test needn't wait so long."""
    assert 5 <= dask.PATIENCE < 14
    monkeypatch.setattr(dask, "PATIENCE", 0.5)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:{port}", "nonsense", "tcp://", "tcp://no-such-host.invalid:1"]
)
def test_nobody_at_the_address_is_said_soon(address: str, tmp_path: Path) -> None:
    written, started = address.format(port=free_port()), time.monotonic()
    with pytest.raises(
        ExecutorError, match=f"no Dask scheduler answers at {re.escape(written)} within 0.5 s"
    ):
        sweep(study_in(tmp_path), tmp_path / "out", Dask(written, 1))
    assert time.monotonic() - started < 5


@pytest.mark.slow
def test_dask_starts_a_cluster_here(
    tmp_path: Path, whole: object, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its workers don't import the script that asks for them, either."""
    script = tmp_path / "my study.py"
    script.write_text("raise SystemExit(3)", encoding="utf-8")
    main_module(monkeypatch, str(script))
    found = sweep(study_in(tmp_path, LONGER), tmp_path / "out", Dask("local", 2))
    assert same(found.tables["runs"], whole)  # type: ignore[arg-type]
    assert capfd.readouterr().err == ""
