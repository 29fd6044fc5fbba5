"""The command as a process: Ctrl-C, kill, a disk that is really full, a reader that goes away, memory.

Each child is told where to stop, and says so by making a file: nothing here waits for a number of seconds to pass.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from tests.commands import zerosum

TINY = ("--set", "market.buyers=60", "--set", "clock.warmup_weeks=0", "--weeks", "4")
PATIENCE = 120.0
"""Seconds after which a child hangs; on a busy machine everything takes long."""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits as on Linux and macOS")


def start(
    here: Path, arguments: tuple[str, ...], before: str = "", **options: object
) -> subprocess.Popen[str]:
    """Start the command after some Python of ours; it may call ``here_i_am()`` once it is where it should be."""
    program = f"""
import os, sys, time
def here_i_am():
    open({str(here / "marker")!r}, "w").close()
{textwrap.dedent(before)}
from zerosum.cli import main
main(prog_name="zerosum")
"""
    folder = here / "work"
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def wait_for(child: subprocess.Popen[str], marker: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not marker.exists():
        assert child.poll() is None, child.communicate()[1]
        assert time.monotonic() < deadline, "the child never got there"
        time.sleep(0.01)


def interrupted(
    here: Path, arguments: tuple[str, ...], before: str, how: signal.Signals = signal.SIGINT
) -> tuple[int, str, str, list[Path]]:
    """Press Ctrl-C where the child says that it is; return exit code, output, errors, and what it left."""
    child = start(here, arguments, before)
    try:
        wait_for(child, here / "marker")
        child.send_signal(how)
        out, errors = child.communicate(timeout=PATIENCE)
    finally:
        child.kill()
    assert "Traceback" not in errors
    return child.returncode, out, errors, list((here / "work").rglob("*"))


LONG = ("--weeks", "5200", "--set", "market.buyers=60", "--set", "clock.warmup_weeks=0")


STOPS = {signal.SIGINT: "Stopped", signal.SIGTERM: "Stopped by SIGTERM", signal.SIGHUP: "Stopped by SIGHUP"}
"""Signals that end a command as Ctrl-C does, and how it says so."""


def test_stopped_in_the_middle_of_a_comparison(tmp_path: Path) -> None:
    """Two replications are short; the third and fourth would go on for ever."""
    before = """
    import zerosum.studies.compare.comparison as module
    import zerosum.studies.compare.replications as making
    import zerosum.studies.compare as package
    done, whole = [], making.replicate
    def replicate(scenario, number, on_week, wanted, strategies):
        if number < 2:
            return whole(scenario, number, on_week, wanted, strategies=strategies)
        while len(done) < 2:
            time.sleep(0.01)
        here_i_am()
        while True:
            on_week(1, 5200)
            time.sleep(0.01)
    making.replicate = replicate
    def compare(spec, workers, on_done, stop, *rest):
        return module.compare_strategies(spec, 2, lambda n: (done.append(n), on_done(n)), stop, *rest)
    package.compare_strategies = compare
    """
    words = ("compare", "workshop", *TINY, "-n", "40", "--fresh")
    code, out, errors, left = interrupted(tmp_path, words, before, signal.SIGTERM)
    assert (code, out) == (143, "")
    said = f"{STOPS[signal.SIGTERM]}: 2 of 40 replications were done. What was finished is kept in results/workshop/"
    assert f"Error: {said}" in errors  # the engine may have been compiled first, which is said, too
    assert errors.endswith(
        f"/; the same command without --fresh goes on from there: zerosum {' '.join(words[:-1])}\n"
    )
    assert sorted(p.suffix for p in left if p.is_file()) == [".arrow", ".arrow", ".json"]


def test_stopped_in_the_middle_of_a_run(tmp_path: Path) -> None:
    """Kernels run in a thread that gets no signals; the one that does only waits, so that none is lost."""
    before = """
    import zerosum.market.run as module
    whole = module._finish
    def finished(*arguments):
        here_i_am()
        return whole(*arguments)
    module._finish = finished
    """
    code, out, errors, left = interrupted(tmp_path, ("run", "workshop", *LONG), before)
    assert (code, out, left) == (130, "", [])
    assert errors == "Error: Stopped. Nothing was written.\n"


def test_a_terminal_that_goes_away_ends_the_command(tmp_path: Path) -> None:
    """Closing a window: SIGHUP, and a terminal that can't be written to; no traceback that nobody sees either."""
    before = """
    import zerosum.scenario
    def load(*arguments):
        here_i_am()
        time.sleep(60)
    zerosum.scenario.load_scenario = load
    """
    master, terminal = os.openpty()
    child = start(
        tmp_path,
        ("run", "workshop", *LONG),
        # The terminal becomes the process's own; what ends it in other ways than by an exit code would show.
        f"os.setsid(); import fcntl, termios; fcntl.ioctl({terminal}, termios.TIOCSCTTY, 0); os.dup2({terminal}, 2)"
        + textwrap.dedent(before),
        pass_fds=(terminal,),
    )
    os.close(terminal)
    try:
        wait_for(child, tmp_path / "marker")
        os.close(master)
        assert child.wait(PATIENCE) == 128 + signal.SIGHUP
    finally:
        child.kill()
    assert list((tmp_path / "work").rglob("*")) == []


@pytest.mark.parametrize(
    ("how", "library"),
    [(signal.SIGINT, "numba"), (signal.SIGTERM, "zerosum.scenario"), (signal.SIGHUP, "numpy")],
    ids=lambda one: getattr(one, "name", one),
)
def test_stopped_while_the_libraries_load(how: signal.Signals, library: str, tmp_path: Path) -> None:
    before = f"""
    class Slow:
        def find_spec(self, name, path=None, target=None):
            if name == {library!r}:
                here_i_am()
                time.sleep(60)
    sys.meta_path.insert(0, Slow())
    """
    code, out, errors, left = interrupted(tmp_path, ("run", "workshop", *LONG), before, how)
    assert (code, out, left) == (128 + how, "", [])
    assert errors == f"Error: {STOPS[how]}. Nothing was written.\n"


def test_ctrl_c_while_the_files_are_written(tmp_path: Path) -> None:
    before = """
    import zerosum.runs.outputs as outputs
    whole = os.fsync
    def fsync(number):
        here_i_am()
        time.sleep(60)
    outputs.os.fsync = fsync
    """
    child = start(tmp_path, ("run", "workshop", *TINY), before)
    try:
        wait_for(child, tmp_path / "marker")
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=PATIENCE)
    finally:
        child.kill()
    assert child.returncode == 130
    assert "Traceback" not in errors
    assert "Nothing was written" in errors
    assert [p for p in (tmp_path / "work").rglob("*") if p.is_file() or p.name.startswith(".")] == []


def test_a_killed_run_leaves_old_results_whole_and_the_next_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be tidied up after SIGKILL; but nothing half-written has a result's name."""
    out, arguments = tmp_path / "work" / "out", ("run", "workshop", *TINY, "--out", "out")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    zerosum(*arguments)
    old = {p.name: p.read_bytes() for p in out.iterdir()}
    before = """
    import zerosum.runs.outputs as outputs
    calls = []
    def fsync(number):
        calls.append(number)
        if len(calls) == 3:
            here_i_am()
            time.sleep(60)
    outputs.os.fsync = fsync
    """
    child = start(tmp_path, (*arguments, "--seed", "9"), before)
    wait_for(child, tmp_path / "marker")
    child.kill()
    child.communicate(timeout=PATIENCE)
    assert {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()} == old
    (left,) = (p.name for p in out.iterdir() if p.is_dir())
    assert left.startswith(".partial-")

    document = json.loads(zerosum(*arguments, "--seed", "9", "--json").stdout)
    assert not [file for file in document["files"] if "partial" in file]
    assert not list(out.glob(".partial-*"))
    new = {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()}
    assert sorted(new) == sorted(old)
    assert json.loads(new["summary.json"]) == document
    assert new["weekly.csv"] != old["weekly.csv"]


@pytest.mark.parametrize(("command", "size"), [("run", 0), ("run", 20_000), ("compare", 3000)])
def test_writes_that_really_fail_leave_the_old_results_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, size: int
) -> None:
    """No file may grow beyond a size: the summary, a table or the figure is the first that can't."""
    import resource

    from zerosum.runs import outputs

    whole = outputs.write_all

    def write_all(*arguments: Any) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            whole(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    monkeypatch.setattr(outputs, "write_all", write_all)
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    # Its own: over anybody else's it would not even begin to write.
    old = {name: f"old {name}" for name in ("weekly.csv", "runs.csv", "figure.png")}
    old["summary.json"] = json.dumps({"command": command})
    for name, content in old.items():
        (out / name).write_text(content)
    often = ("-n", "1") if command == "compare" else ()
    done = zerosum(command, "workshop", *TINY, *often, "--out", "out", code=1)
    assert done.stdout == ""
    assert "Error: can't write results to out: " in done.stderr
    there = {p.name: p.read_text() for p in out.iterdir() if p.is_file()}
    assert there.pop("comparison.json", None) is None or command == "compare"  # what was simulated is kept
    assert there == old


def test_a_file_system_that_is_really_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        old = {"figure.png": "old", "summary.json": json.dumps({"command": "run"})}
        for name, content in old.items():
            (disk / name).write_text(content)
        done = zerosum("run", "workshop", *TINY, "--out", "disk", code=1)
        left = {p.name: p.read_text() for p in disk.iterdir()}
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert "Error: can't write results to disk: No space left on device" in done.output
    assert left == old


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    """``zerosum compare … | head -1``: no traceback, and the results are there."""
    read, write = os.pipe()
    os.close(read)
    arguments = ["compare", "workshop", *TINY, "-n", "1", "--out", "out"]
    program = "from zerosum.cli import main; main(prog_name='zerosum')"
    child = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=tmp_path,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write)
    assert child.stderr is not None
    errors = child.stderr.read()
    child.wait(PATIENCE)
    assert "Traceback" not in errors
    assert "BrokenPipe" not in errors
    assert (tmp_path / "out" / "figure.png").exists()


MEASURE = """
from pathlib import Path
from zerosum.market.sizes import memory_needed
from zerosum.market.run import chance_baseline, simulate
from zerosum.scenario import load_scenario
def peak():
    # Not getrusage: what it says begins with the parent's peak.
    (line,) = (x for x in Path("/proc/self/status").read_text().split("\\n") if x.startswith("VmHWM"))
    return 1024 * int(line.split()[1])
def both(buyers):
    scenario = load_scenario("workshop", {"market.buyers": buyers, "clock.weeks": 8, "clock.warmup_weeks": 0})
    finished = simulate(scenario)
    by_chance = simulate(chance_baseline(scenario))
    return memory_needed(scenario)
both(60)
start = peak()
needed = both(300_000)
print(needed, peak() - start)
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak this way"
)
def test_the_estimate_of_memory_is_within_a_factor_of_two_of_what_a_run_takes() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    needed, taken = map(int, done.stdout.split())
    assert taken > 30e6
    assert 0.5 < needed / taken < 2.0


COMPARE_MEMORY = """
from pathlib import Path
from zerosum.cli import session
from zerosum.studies.compare import compare_strategies
from zerosum.scenario import load_scenario
def peak():
    (line,) = (x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
    return 1024 * int(line.split()[1])
def go(buyers):
    keys = {"market.buyers": buyers, "clock.weeks": 2, "clock.warmup_weeks": 0, "comparison.replications": 4,
            "comparison.adopters": ["focal", "competitors", "all", "head-to-head"]}
    compare_strategies(load_scenario("kickoff", keys), 4)
go(60); start = peak(); go(100_000); print(peak() - start)
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak this way"
)
def test_a_comparison_uses_no_more_threads_than_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a third less memory than four threads take, fewer must run: the result is the same."""
    from zerosum.cli import session
    from zerosum.errors import InputError
    from zerosum.market import sizes
    from zerosum.scenario import load_scenario

    done = subprocess.run([sys.executable, "-c", COMPARE_MEMORY], capture_output=True, text=True, check=True)
    taken = int(done.stdout)
    adopters = ["focal", "competitors", "all", "head-to-head"]
    scenario = load_scenario(
        "kickoff",
        {
            "market.buyers": 100_000,
            "clock.weeks": 2,
            "clock.warmup_weeks": 0,
            "comparison.adopters": adopters,
        },
    )
    monkeypatch.setattr(sizes, "memory_free", lambda: taken / 1.5)
    assert 1 <= session.workers_that_fit("kickoff", scenario, 4) < 4
    monkeypatch.setattr(sizes, "memory_free", lambda: taken / 20)
    with pytest.raises(InputError, match="memory"):
        session.workers_that_fit("kickoff", scenario, 1)


def test_ctrl_c_while_a_comparison_compiles(tmp_path: Path) -> None:
    before = f"""
    os.environ["ZEROSUM_CACHE_DIR"] = {str(tmp_path / "cache")!r}
    import threading
    import zerosum.cli.terminal as terminal
    import zerosum.studies.compare as module
    terminal.PATIENCE = 0.2
    whole = module.compare_strategies
    def compare(*arguments, **options):
        threading.Timer(1, here_i_am).start()
        return whole(*arguments, **options)
    module.compare_strategies = compare
    """
    child = start(tmp_path, ("compare", "workshop", *TINY, "-n", "2"), before)
    try:
        wait_for(child, tmp_path / "marker")
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=10)
    finally:
        child.kill()
    assert child.returncode == 130
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("cp1252", ("scenarios",)), ("ascii", ("compare", "workshop", *TINY, "-n", "1"))],
    ids=["cp1252", "ascii"],
)
def test_a_terminal_without_dashes(tmp_path: Path, encoding: str, words: tuple[str, ...]) -> None:
    child = start(tmp_path, words, env={**os.environ, "PYTHONIOENCODING": encoding}, errors="replace")
    _, errors = child.communicate(timeout=PATIENCE)
    assert "Traceback" not in errors
    assert child.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_standard_output_on_a_full_disk() -> None:
    with open("/dev/full", "w") as sink:
        done = subprocess.run(
            [sys.executable, "-m", "zerosum", "schema"], stdout=sink, stderr=subprocess.PIPE, text=True
        )
    assert "Traceback" not in done.stderr
    assert "No space left on device" in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("closed", "words"), [(1, "schema"), (1, "scenarios"), (2, f"run workshop {' '.join(TINY)}")]
)
def test_a_closed_stream(tmp_path: Path, closed: int, words: str) -> None:
    """``>&-`` and ``2>&-``, as under some schedulers: what can't be shown isn't, and no traceback either."""
    line = f'"{sys.executable}" -m zerosum {words} {closed}>&-'
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode == (0 if closed == 2 else 1)


def test_standard_error_stays_empty_without_a_terminal_and_without_a_home(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "HOME": "/proc/nobody",
        "ZEROSUM_CACHE_DIR": os.environ.get("ZEROSUM_CACHE_DIR", str(Path.home() / ".cache/zerosum")),
    }
    for name in ("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        env.pop(name, None)
    child = start(tmp_path, ("run", "workshop", *TINY), env=env)
    assert child.communicate(timeout=PATIENCE)[1] == ""
