"""Cases: which file is spoiled, and which command gets it; and what came of it."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import threading
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tests.fuzz.mutate import spoil, spoil_override
from zerosum.cli import main
from zerosum.errors import InputError, Interrupted
from zerosum.scenario.fits import SHIPPED as FITS
from zerosum.scenario.shipped import shipped_paths
from zerosum.studies.facts.catalogue import SHIPPED as FACTS
from zerosum.workshop.lessons import load_lesson

FOREIGN = (
    *(
        "Input should",
        "Field required",
        "valid dictionary",
        "valid string",
        "valid list",
        "instance of",
        "Extra inputs",
    ),
    *(
        "pydantic",
        "errors.pydantic",
        "[type=",
        "NoneType",
        "object has no",
        "Expecting ",
        "codec can't",
        "maximum recursion",
    ),
    *(
        "unsupported operand",
        "could not convert",
        "KeyError",
        "object is not",
        "unhashable",
        "dtype",
        "out of bounds",
    ),
)
"""Phrases of libraries, which no user should read."""

SECONDS = 20
"""After which a case is stopped as Ctrl-C would; if it has not begun to simulate by then, it hangs."""

STEPS = 4000
"""Weeks that a case may simulate: what asks for more was accepted, and is stopped."""

OUTCOMES = ("refused", "ran", "traceback", "hang", "foreign words", "no sentence")

TINY = (
    *(("market", "buyers", 60), ("clock", "weeks", 3), ("clock", "warmup_weeks", 0)),
    ("comparison", "replications", 2),
)
SMALL = {
    "replications": 2, "points": 4, "trajectories": 2, "trials": 2, "holdout": 5, "finalists": 1, "resamples": 50,
    "scattered": 16, "guided": 0, "polished": 0, "sampled": 0, "anchored": 0, "verified": 2, "sets": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One spoiled file, or argument, and its command."""

    number: int
    kind: str
    name: str
    content: bytes
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What came of a case: one of ``OUTCOMES``, and what was said."""

    number: int
    kind: str
    outcome: str
    said: str


def _tiny(text: str) -> str:
    """Make a scenario's market tiny, where its text stands."""
    for table, key, value in TINY:
        head = f"[{table}]\n"
        if head not in text:
            text += f"\n{head}"
        start = text.index(head) + len(head)
        end = text.find("\n[", start)
        end = len(text) if end < 0 else end
        section = re.sub(rf"(?m)^{key}\s*=.*\n?", "", text[start:end])
        text = f"{text[:start]}{key} = {value}\n{section}{text[end:]}"
    return re.sub(r"(?m)^reps = \d+", "reps = 8", text)


def _small(text: str) -> str:
    for key, value in SMALL.items():
        text = re.sub(rf"(?m)^{key}\s*=\s*\d+", f"{key} = {value}", text)
    return text


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


SCENARIOS = {name: _tiny(_read(path)) for name, path in shipped_paths().items()}
QUESTIONS = {name: _small(_read(path)) for name, path in shipped_paths("experiments").items()}
LESSONS = {name: _read(path) for name, path in shipped_paths("lessons").items()}

COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "scenario": (
        ("run", "{}"),
        ("run", "{}"),
        ("compare", "{}", "-n", "2", "--workers", "1"),
        ("replay", "{}", "--out", "room.html", "--years", "1"),
    ),
    "experiment": (("sweep", "{}", "--plan"), ("sweep", "{}", "--workers", "0")),
    "game": (("game", "{}", "--workers", "1"),),
    "optimisation": (("optimise", "{}", "--workers", "1"),),
    "calibration": (("calibrate", "{}", "--workers", "1"),),
    "facts": (
        ("facts", "--facts", "{}"),
        ("validate", "tiny.toml", "-n", "2", "--workers", "1", "--facts", "{}"),
    ),
    "fits": (("compare", "tiny.toml", "--across-fits", "-n", "2", "--workers", "1", "--fits", "{}"),),
    "beside": (("sweep", "mien.toml", "--plan"), ("run", "mien.toml"), ("game", "mien"), ("results", "list")),
    "set": (("run", "tiny.toml", "--set"),),
    "lesson": ((),),
}


def _kind_of(text: str) -> str:
    signs = {"market_seed": "calibration", "players": "game", "trials": "optimisation"}
    return next((kind for sign, kind in signs.items() if re.search(rf"(?m)^{sign}\s*=", text)), "experiment")


GOOD: dict[str, dict[str, str]] = {
    "scenario": SCENARIOS,
    **{
        kind: {name: text for name, text in QUESTIONS.items() if _kind_of(text) == kind}
        for kind in ("experiment", "game", "optimisation", "calibration")
    },
    "facts": {"facts": _read(FACTS)},
    "fits": {"fits": _read(FITS)},
    "lesson": LESSONS,
    "beside": {**SCENARIOS, **QUESTIONS},
    "set": {"set": ""},
}
"""Kind -> name -> text, small enough to be run."""

OFTEN = (
    *("scenario",) * 6, *("experiment",) * 4, *("game",) * 2, *("optimisation",) * 2, "calibration", *("facts",) * 2,
    "fits", *("lesson",) * 2, "beside", *("set",) * 3,
)  # fmt: skip


def make(seed: int, number: int) -> Case:
    """Return a case; the same for the same seed and number."""
    rng = random.Random(f"{seed} {number}")
    kind = rng.choice(OFTEN)
    name = rng.choice(sorted(GOOD[kind]))
    arguments = rng.choice(COMMANDS[kind])
    if kind == "set":
        return Case(number, kind, name, b"", (*arguments, spoil_override(rng)))
    arguments = tuple(word.format("mine.toml") for word in arguments)
    return Case(number, kind, name, spoil(rng, GOOD[kind][name]), arguments)


def furnish(folder: Path) -> None:
    """Put the good files where cases look for them."""
    for name, text in SCENARIOS.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    (folder / "tiny.toml").write_text(SCENARIOS["workshop"], encoding="utf-8")
    (folder / "experiments").mkdir()


class _Watched:
    """Counts the weeks that are simulated, and stops when there are too many."""

    def __init__(self, simulate: bool) -> None:
        self.begun = False
        self.simulate = simulate
        self.steps = 0

    def __enter__(self) -> _Watched:
        from zerosum.market.engine import Engine

        self._made, self._step = Engine.__init__, Engine.step
        watched = self

        def made(engine: Any, *args: Any, **kwargs: Any) -> None:
            from zerosum.market.sizes import seconds_needed

            watched.begun = True
            scenario = args[0] if args else kwargs["scenario"]
            if not watched.simulate or seconds_needed(scenario, 1) > 2.0:
                raise KeyboardInterrupt("Large enough.")
            watched._made(engine, *args, **kwargs)

        def step(engine: Any) -> None:
            watched.steps += 1
            if watched.steps > STEPS:
                raise KeyboardInterrupt("Long enough.")
            watched._step(engine)

        Engine.__init__, Engine.step = made, step  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        from zerosum.market.engine import Engine

        Engine.__init__, Engine.step = self._made, self._step  # type: ignore[method-assign]


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    """Stop as Ctrl-C would, where there are signals."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise KeyboardInterrupt("Long enough.")

    def leave(code: int) -> None:
        raise SystemExit(code)

    before, leave_at_once = signal.signal(signal.SIGALRM, stop), os._exit
    os._exit = leave  # type: ignore[assignment]  # a command whose thread is left behind leaves; this process goes on
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        os._exit = leave_at_once
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run(case: Case, folder: Path, simulate: bool = True) -> Result:
    """Run a case in a folder that :func:`furnish` has furnished, which is where the process stands.

    Parameters
    ----------
    case : Case
    folder : Path
    simulate : bool
        Otherwise a case has run when it would begin to simulate; it is not stopped after ``SECONDS`` then.
    """
    path = folder / "mine.toml"
    path.write_bytes(case.content)

    def result(outcome: str, said: str) -> Result:
        return Result(case.number, case.kind, outcome, said)

    watched = _Watched(simulate)
    try:
        with watched, _patience() if simulate else contextlib.nullcontext():
            if case.kind == "lesson":
                code, said, error = _lesson(path)
            else:
                done = CliRunner().invoke(main, list(case.arguments))
                code, said, error = done.exit_code, done.stderr, done.exception
    except KeyboardInterrupt:
        return result("ran" if watched.begun else "hang", "stopped")
    if error is not None and not isinstance(error, SystemExit):
        if isinstance(error, KeyboardInterrupt | Interrupted):  # the latter where a thread was stopped
            return result("ran" if watched.begun else "hang", "stopped")
        return result("traceback", "".join(traceback.format_exception(error)))
    if "Traceback" in said:
        return result("traceback", said)
    if "enough" in said and not watched.begun:
        return result("hang", said)
    if code not in (0, 1, 2, 130) or (code == 2 and "Error: " not in said):
        return result("no sentence", f"exit code {code}: {said}")
    blamed = "override" in said and "override" not in "".join(case.arguments)
    if any(phrase in said for phrase in FOREIGN) or blamed:
        return result("foreign words", said)
    return result("refused" if code == 2 else "ran", said)


def _lesson(path: Path) -> tuple[int, str, BaseException | None]:
    try:
        load_lesson(path)
    except InputError as error:
        return 2, f"Error: {error}", None
    except Exception as error:
        return 1, "", error
    return 0, "", None
