"""Kill commands in mid-work, run them again, and compare all that they leave: ``make kills``.

Each of ``compare`` (also across fits), ``sweep``, ``game`` and ``optimise`` runs once to its end. Then it is started
again and again in an
empty folder; when a number of finished runs, drawn at random, is on the disk, it gets ``kill -9``: in turn its process
alone, and its whole group. Nobody may be left behind, and the same command must then come to the same files, byte for
byte.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from zerosum.cli import main as zerosum
from zerosum.runs.origin import engine_digest
from zerosum.runs.parts import Parts

MARKET = """
name = "small"
market = { buyers = 120, saturation = 0.9 }
clock = { warmup_weeks = 0, weeks = 52 }
vendors = [{ name = "Alder", reps = 3, presales = 1 }, { name = "Elm", reps = 3 }]
strategies = [
    { name = "usual" },
    { name = "calls", plan = { prospecting = 0.5, preparation = 0.1, selling = 0.4, social = 0.0 } },
]
comparison = { replications = 60, adopters = ["focal", "competitors"] }
"""
QUESTIONS = {
    "sweep": """
scenario = "market.toml"
replications = 15
metrics = ["gini", "attempts"]
[[factors]]
key = "market.saturation"
values = [0.2, 0.5, 0.9]
[[factors]]
key = "vendors.Alder.reps"
values = [2, 4]
""",
    "game": """
scenario = "market.toml"
payoff = "market_share"
replications = 60
resamples = 50
[[players]]
vendor = "Alder"
strategies = ["usual", "calls"]
[[players]]
vendor = "Elm"
strategies = ["usual", "calls"]
""",
    "optimise": """
scenario = "market.toml"
objectives = ["market_share"]
trials = 12
replications = 4
holdout = 8
finalists = 2
[strategy]
name = "found"
like = "usual"
[[parameters]]
key = "plan"
[[parameters]]
key = "extra_hours.selling"
low = 0.0
high = 5.0
""",
}
ACROSS = ("compare", "market.toml", "--across-fits", "-n", "5")
COMMANDS = ("compare", "across", *QUESTIONS)
LOADED = (
    "runs.executors.warm",
    "studies.sweep.sweep",
    "studies.game",
    "studies.optimise",
    "report.plots.optimise",
)
"""Parts of the package, with the compiled engine, that are loaded once for all commands."""
OUT = "out"
TIMED = {"manifest.json"}
"""Say when they were made."""
PATIENCE = 300.0


@dataclass
class Tally:
    """What came of the kills of a command."""

    command: str
    mid_work: int = 0
    too_late: int = 0
    group: int = 0
    orphans: int = 0
    equal: int = 0
    different: list[str] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    """Runs that were on the disk at each kill."""
    units: int = 0
    """How many there are at the end of one that nobody killed."""
    files: int = 0
    """That these have left."""


def put(folder: Path, command: str) -> None:
    """Write what the command is asked."""
    folder.mkdir(parents=True)
    (folder / "market.toml").write_text(MARKET, encoding="utf-8")
    if command in QUESTIONS:
        (folder / "question.toml").write_text(QUESTIONS[command], encoding="utf-8")


class Child:
    """The command in a process of its own, which leads a session of its own.

    It is forked from this one, into which the engine is loaded already: to load it anew for each of some hundred
    commands would take most of the time. Workers of a sweep are started as always.
    """

    def __init__(self, folder: Path, words: Sequence[str]) -> None:
        self.returncode: int | None = None
        self._said = folder / "said.txt"
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if not self.pid:
            self._run(folder, words)

    def _run(self, folder: Path, words: Sequence[str]) -> NoReturn:
        code = 70
        try:
            os.setsid()
            os.chdir(folder)
            with open(self._said, "wb", buffering=0) as said:
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
            # As soon as they are finished: a small sweep would be over before it writes for the first time.
            module = sys.modules["zerosum.studies.sweep.sweep"]
            vars(module).update(FLUSH_SECONDS=0.0, BATCH_SECONDS=0.01, MOST_IN_BATCH=2)
            zerosum(words, prog_name="zerosum")
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 0
        finally:
            os._exit(code)

    def poll(self) -> int | None:
        """Return the exit code, or minus the signal, once it has ended."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self) -> int:
        """Wait for its end.

        Raises
        ------
        RuntimeError    if that takes too long
        """
        deadline = time.monotonic() + PATIENCE
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                os.killpg(self.pid, signal.SIGKILL)
                raise RuntimeError(f"it hangs: {self.said()}")
            time.sleep(0.005)
        return code

    def said(self) -> str:
        """Return what it has printed."""
        return self._said.read_text(encoding="utf-8", errors="replace")


def start(folder: Path, command: str, workers: int = 2) -> Child:
    """Start the command."""
    asked = [command, "question.toml" if command in QUESTIONS else "market.toml"]
    words = ACROSS if command == "across" else asked
    return Child(folder, [*words, "--out", OUT, "--workers", str(workers), "--quiet"])


def finish(folder: Path, command: str) -> None:
    """Run the command to its end; a sweep in one process, for its bits are the same."""
    child = start(folder, command, 0 if command == "sweep" else 2)
    if child.wait():
        raise RuntimeError(f"{command} ended with {child.returncode}: {child.said()}")


def finished(folder: Path) -> int:
    """Count the parts that are on the disk."""
    return sum(1 for _ in (folder / OUT / "parts").glob("*.arrow"))


def units(command: str, whole: Path) -> int:
    """How many of these an undisturbed command finishes; parts are put together at its end."""
    return {"sweep": 45, "game": 60}.get(command) or len(Parts(whole / OUT).finished()) // (
        2 if command in ("compare", "across") else 1
    )


def left_behind(session: int) -> Iterator[int]:
    """Yield the processes of a session that still run."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, its_session = status.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                yield int(status.parent.name)


def kept(folder: Path) -> dict[str, bytes]:
    """Return what the command leaves, its parts among it, without what bears a time."""
    out = folder / OUT
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in TIMED and path.name[0] != "."
    }


def kill_once(folder: Path, tally: Tally, chance: random.Random, group: bool) -> None:
    """Start the command, and kill it in mid-work."""
    put(folder, tally.command)
    at, wait = chance.randrange(1, tally.units * 9 // 10), chance.uniform(0.0, 0.05)
    child = start(folder, tally.command)
    deadline = time.monotonic() + PATIENCE
    while finished(folder) < at and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(wait)
    if child.poll() is None:
        (os.killpg if group else os.kill)(child.pid, signal.SIGKILL)
    child.wait()
    there = finished(folder)
    if child.returncode != -signal.SIGKILL or (folder / OUT / "summary.json").exists():
        tally.too_late += 1
    else:
        tally.mid_work += 1
        tally.group += group
        tally.finished.append(there)
    deadline = time.monotonic() + 10.0
    while list(left_behind(child.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    tally.orphans += len(list(left_behind(child.pid)))


def kill(command: str, count: int, folder: Path, seed: int, say: Callable[[str], None]) -> Tally:
    """Kill a command so many times in mid-work."""
    tally, chance = Tally(command), random.Random(f"{command} {seed}")
    put(folder / "whole", command)
    finish(folder / "whole", command)
    whole = kept(folder / "whole")
    tally.files, tally.units = len(whole), units(command, folder / "whole")
    tries, engine = 0, engine_digest.__wrapped__()
    while tally.mid_work < count and tries < 2 * count:
        here, before = folder / f"{tries}", tally.mid_work
        kill_once(here, tally, chance, group=tries % 2 == 1)
        tries += 1
        if engine_digest.__wrapped__() != engine:
            raise RuntimeError("the engine's sources changed meanwhile: what was made before is another's")
        if tally.mid_work == before:
            continue
        finish(here, command)
        found = kept(here)
        if found == whole:
            tally.equal += 1
        else:
            names = sorted(n for n in {*found, *whole} if found.get(n) != whole.get(n))
            tally.different.append(f"{here}: {', '.join(names)}")
        say(f"{command}: {tally.mid_work} of {count} killed, {tally.equal} equal")
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill what was asked for; return 1 if anything was lost or left behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=40, help="of each command (default 40)")
    parser.add_argument(
        "--only", action="append", choices=COMMANDS, help="this command; repeatable (default: all)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the moments (default 1)")
    given = parser.parse_args(arguments)
    bad = False
    for name in LOADED:
        importlib.import_module(f"zerosum.{name}")
    for command in given.only or COMMANDS:
        with tempfile.TemporaryDirectory(prefix="zerosum-kills-") as folder:
            tally = kill(
                command, given.kills, Path(folder), given.seed, lambda words: print(words, file=sys.stderr)
            )
        low, high = min(tally.finished, default=0), max(tally.finished, default=0)
        print(
            f"{command}: {tally.mid_work} killed in mid-work ({tally.group} with their group; {low} to {high} of "
            f"{tally.units} runs or parts on disk), {tally.too_late} too late; {tally.equal} came to the same "
            f"{tally.files} files, byte for byte; {tally.orphans} processes left behind"
        )
        for line in tally.different:
            print(f"  different: {line}")
        bad = bad or bool(tally.different or tally.orphans or tally.mid_work < given.kills)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
