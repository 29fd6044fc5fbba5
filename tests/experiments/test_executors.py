"""Executors: every task once, whoever dies; nobody outlives the parent."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from multiprocessing import spawn
from pathlib import Path
from typing import Any

import pytest

from tests.commands import main_module
from tests.experiments.play import Play, batches, points_of, stillborn, tries
from tests.test_cli_process import PATIENCE
from zerosum.errors import ExecutorError
from zerosum.runs.executors import Here, Processes, Stopped, Threads
from zerosum.runs.executors.starting import main_not_imported, without_ctrl_c
from zerosum.runs.work import ATTEMPTS, Task

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as on Linux and macOS")


EXECUTORS: dict[str, Callable[[], Any]] = {
    "here": Here,
    "one": lambda: Processes(1),
    "two": lambda: Processes(2),
}


@pytest.mark.parametrize("name", EXECUTORS)
@pytest.mark.parametrize("size", [1, 4])
def test_every_task_is_done_once(name: str, size: int, tmp_path: Path) -> None:
    run = EXECUTORS[name]().run(Play(tmp_path), batches(range(10), size), threading.Event())  # type: ignore[arg-type]
    done, failed = points_of(list(run))
    assert done == list(range(10))
    assert failed == []
    assert {marker.name: len(tries(marker)) for marker in tmp_path.iterdir()} == {
        marker.name: 1 for marker in tmp_path.iterdir()
    }
    assert any(tmp_path.iterdir())


@pytest.mark.parametrize("size", [1, 4])
def test_a_task_that_kills_its_process_is_found_and_its_neighbours_are_done(
    size: int, tmp_path: Path
) -> None:
    work = Play(tmp_path, poison=frozenset({2, 3, 9}))
    done, failed = points_of(list(Processes(2).run(work, batches(range(12), size), threading.Event())))  # type: ignore[arg-type]
    assert done == [0, 1, 4, 5, 6, 7, 8, 10, 11]
    assert failed == [(point, "killed") for point in (2, 3, 9)]
    alone = 1 if size == 1 else 2  # in a batch first, then alone
    for point in (2, 3, 9):
        assert ATTEMPTS <= len(tries(tmp_path / f"{point}-0")) <= ATTEMPTS + alone - 1


def test_many_tasks_that_kill_in_a_row_are_not_taken_for_a_broken_machine(tmp_path: Path) -> None:
    work = Play(tmp_path, poison=frozenset(range(8)))
    done, failed = points_of(list(Processes(2).run(work, batches(range(10), 10), threading.Event())))  # type: ignore[arg-type]
    assert done == [8, 9]
    assert len(failed) == 8


def test_a_task_whose_process_died_by_chance_is_tried_again(tmp_path: Path) -> None:
    work = Play(tmp_path, once=frozenset({1, 5}))
    done, failed = points_of(list(Processes(2).run(work, batches(range(6), 3), threading.Event())))  # type: ignore[arg-type]
    assert done == list(range(6))
    assert failed == []


def test_batches_are_asked_for_as_late_as_can_be(tmp_path: Path) -> None:
    """So that a sweep can change its mind about their size, and a stop leaves little behind."""
    asked: list[int] = []

    def told() -> Iterator[list[Task]]:
        for number, batch in enumerate(batches(range(20))):
            asked.append(number)
            yield batch

    run = Processes(2).run(Play(tmp_path), told(), threading.Event())  # type: ignore[arg-type]
    next(run)
    assert len(asked) <= 4
    run.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", EXECUTORS)
def test_a_stop_ends_a_task_that_never_ends_and_leaves_nobody_behind(name: str, tmp_path: Path) -> None:
    stop = threading.Event()
    work = Play(tmp_path, slow=frozenset({1}))
    run = EXECUTORS[name]().run(work, batches(range(2)), stop)
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(Stopped):
        list(run)
    pids = {int(pid) for marker in tmp_path.iterdir() for pid in tries(marker)} - {os.getpid()}
    gone_soon(pids)


def gone_soon(pids: set[int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, f"{pids} live on"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return os.uname().sysname != "Linux"


def test_workers_that_never_start_are_a_fault_not_a_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zerosum.runs.executors.processes._serve", os._exit)
    with pytest.raises(ExecutorError, match=r"don't start .*workers=0"):
        list(Processes(2).run(Play(tmp_path), batches(range(4)), threading.Event()))  # type: ignore[arg-type]


def test_a_run_is_not_blamed_for_a_worker_that_never_began_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("zerosum.runs.executors.processes._serve", stillborn)
        found = list(Processes(1).run(Play(tmp_path), batches(range(2)), threading.Event()))  # type: ignore[arg-type]
    assert points_of(found) == ([0, 1], [])
    assert len(tries(tmp_path / "born")) == 3


PARENT = """
import sys, threading
from pathlib import Path
from zerosum.runs.executors import Processes
from tests.experiments.play import Play, batches

work = Play(Path(sys.argv[1]), slow=frozenset(range(4)))
list(Processes(2).run(work, batches(range(4)), threading.Event()))
"""


@pytest.mark.slow  # test_process.py kills and stops a whole sweep, and looks for those left behind
def test_workers_never_outlive_their_parent(tmp_path: Path) -> None:
    ways = (signal.SIGKILL, signal.SIGTERM)
    folders = [tmp_path / how.name for how in ways]
    for here in folders:
        here.mkdir()
    parents = [subprocess.Popen([sys.executable, "-c", PARENT, str(here)]) for here in folders]
    try:
        for how, here, parent in zip(ways, folders, parents, strict=True):
            deadline = time.monotonic() + PATIENCE
            while len(list(here.iterdir())) < 2:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            pids = {int(pid) for marker in here.iterdir() for pid in tries(marker)}
            assert len(pids) == 2
            parent.send_signal(how)
            gone_soon(pids)
    finally:
        for parent in parents:
            parent.kill()
            parent.wait()


# --- The script that asks for workers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "method"),
    [
        *((how, "forkserver") for how in ("script", "script that is gone", "pipe", "module", "notebook")),
        # As on Windows; each worker loads all for itself.
        pytest.param("module", "spawn", marks=pytest.mark.slow),
    ],
)
def test_workers_dont_import_the_script_that_asks_for_them(
    how: str, method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A script without ``if __name__ == "__main__":`` would run once more in each worker."""
    if method == "spawn":
        monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["spawn"])
    bomb = f"open({str(tmp_path / 'imported')!r}, 'w').close(); raise SystemExit(3)"
    script, module = tmp_path / "my study.py", tmp_path / "bombs" / "bomb.py"
    module.parent.mkdir()
    for path in (script, module):
        path.write_text(bomb, encoding="utf-8")
    monkeypatch.syspath_prepend(module.parent)
    if how == "script that is gone":
        script.unlink()
    file = {"pipe": "<stdin>", "module": str(module), "notebook": None}.get(how, str(script))
    main_module(monkeypatch, file, ModuleSpec("bomb", None) if how == "module" else None)
    (tmp_path / "work").mkdir()
    found = list(Processes(1).run(Play(tmp_path / "work"), batches(range(2)), threading.Event()))  # type: ignore[arg-type]
    assert points_of(found) == ([0, 1], [])
    assert not (tmp_path / "imported").exists()
    assert capfd.readouterr().err == ""


def test_only_our_own_processes_are_told_nothing_of_the_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that a user's program starts beside, in a thread of its own, may need it."""
    main_module(monkeypatch, "/there/study.py", None)
    told: dict[str, Any] = {}

    def others() -> None:
        told["others"] = spawn.get_preparation_data("x").get("init_main_from_path")

    def beside() -> None:
        thread = threading.Thread(target=others)
        thread.start()
        thread.join()

    with main_not_imported():
        assert "init_main_from_path" not in spawn.get_preparation_data("x")
        beside()
        assert told["others"] == "/there/study.py"
        with main_not_imported(in_all_threads=True):
            beside()
            assert told["others"] is None
        assert "init_main_from_path" not in spawn.get_preparation_data("x")
    assert spawn.get_preparation_data("x")["init_main_from_path"] == "/there/study.py"


def test_ctrl_c_doesnt_reach_what_is_still_loading() -> None:
    held = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    with without_ctrl_c():
        child = subprocess.run([sys.executable, "-c", held], capture_output=True, text=True, check=True)
    assert child.stdout == "True\n"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_process_that_may_start_none_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker of a user's own pool, or one that is still importing the user's script."""
    here: Any = multiprocessing.current_process()
    with monkeypatch.context() as patched:
        patched.setitem(here._config, "daemon", True)
        with pytest.raises(ExecutorError, match=r"a daemon of multiprocessing's.*workers=0"):
            list(Processes(1).run(Play(tmp_path), batches(range(1)), threading.Event()))  # type: ignore[arg-type]
    monkeypatch.setattr(here, "_inheriting", True, raising=False)
    with pytest.raises(ExecutorError, match=r"still importing your main script.*if __name__ == '__main__':"):
        list(Processes(1).run(Play(tmp_path), batches(range(1)), threading.Event()))  # type: ignore[arg-type]


def test_no_files_left_for_a_worker_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("multiprocessing.process.BaseProcess.start", full)
    with pytest.raises(ExecutorError, match=r"a worker process can't be started \(.*Too many open files\)"):
        list(Processes(1).run(Play(tmp_path), batches(range(1)), threading.Event()))  # type: ignore[arg-type]


def test_threads_yield_each_as_it_ends_and_halt_what_still_runs() -> None:
    go_on, stop, halted = threading.Event(), threading.Event(), threading.Event()

    def work(number: int, check: Callable[[int, int], None]) -> int:
        if number == 0:
            assert go_on.wait(PATIENCE)
        try:
            while number == 3:
                check(0, 1)
                time.sleep(0.001)
        except BaseException:
            halted.set()
            raise
        return number

    made = Threads(2).run(work, iter(range(4)), stop)
    found = [next(made), next(made)]
    assert 0 not in found
    go_on.set()
    assert next(made) == 0
    stop.set()
    with pytest.raises(Stopped):
        next(made)
    assert halted.is_set()
