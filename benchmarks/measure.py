"""How things are timed, and how a part of the benchmarks hands over what it found."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from zerosum.market import schedule
from zerosum.market.engine import Engine, OnWeek
from zerosum.market.mechanisms import (
    adoption,
    buyers,
    casework,
    choice,
    departments,
    hours,
    prospecting,
    push,
    quota,
    support,
)
from zerosum.market.records import Record
from zerosum.market.state import YEAR

clock = time.thread_time
"""Processor seconds of this thread: what else the machine does counts only through shared caches."""

NANO = 1e9


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    quick: bool = False
    buyers: int = 1_000_000
    repeats: int = 5
    largest: int = 1_000_000


@dataclass(frozen=True)
class Table:
    """What a part found: texts, ready to print. Units stand in the headings."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)


def machine() -> str:
    """Describe the machine and the libraries in one line."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numba", "numpy", "mesa"))
    return f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {libraries}"


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def python_module(name: str, *arguments: str, cache: Path | None = None) -> Any:
    """Run ``python -m name`` in a process of its own and return the JSON that it prints last.

    With ``cache``, its compiled kernels are looked for and kept in that folder.
    """
    environment = os.environ | ({} if cache is None else {"ZEROSUM_CACHE_DIR": str(cache)})
    command = [sys.executable, "-m", name, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, check=False, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"python -m {name} {' '.join(arguments)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


class SteppedEngine(Engine):
    """An engine that calls every step of a week from Python, so that each can be timed or replaced: the same bits."""

    def run(self, weeks: int, on_week: OnWeek | None = None) -> None:
        """Simulate several weeks."""
        for _ in range(weeks):
            self.step()

    def step(self) -> None:
        """Simulate one week."""
        self.one_week(self.recorder.open_weeks(self.week, self.market))
        self.recorder.close_weeks(self.week, self.market)
        self.week += 1

    def one_week(self, record: Record) -> None:
        """Do the ten steps of ``schedule.run_weeks``."""
        key, week, market, rules = self.key, self.week, self._market, self._rules
        if week % YEAR == 0 and week > 0:
            quota.start_year(key, week, market, rules)
        looking, closing = buyers.who_is_due(week, market)
        buyers.look_around(key, week, looking, market, rules, record)
        departments.go_social(week, market, rules, record)
        adoption.adopt(key, week, market, rules, record)
        hours.divide_week(week, market, rules)
        provoked = prospecting.prospect(key, week, market, rules, record)
        prospecting.open_provoked(key, week, provoked, market, rules, record)
        casework.work_on_cases(market, rules, record)
        support.ask_for_support(key, week, market, rules, record)
        support.serve(key, week, market, rules, record)
        choice.decide(key, week, closing, market, rules, record)
        push.end_of_quarter(key, week, market, rules)
        schedule._close_week(market, rules, record)
        schedule._keep_week(record)


def steps_of_the_week() -> list[tuple[ModuleType, str]]:
    """List the kernels that make a week, as (module, name); read from the code that calls them: never stale."""
    names = SteppedEngine.one_week.__code__.co_names
    modules = [value for name in names if isinstance(value := globals().get(name), ModuleType)]
    return [
        (module, name)
        for module in modules
        for name in names
        if getattr(getattr(module, name, None), "__module__", "") == module.__name__
    ]


@contextlib.contextmanager
def replaced(module: ModuleType, **functions: Callable[..., Any]) -> Iterator[None]:
    """Let Python code find other functions in a module for a while. Compiled callers don't notice."""
    before = {name: getattr(module, name) for name in functions}
    for name, function in functions.items():
        setattr(module, name, function)
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(module, name, function)


@contextlib.contextmanager
def stopwatches() -> Iterator[dict[str, float]]:
    """Time every step of every week simulated within, in processor seconds by the kernel's name."""
    spent: dict[str, float] = defaultdict(float)

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            start = clock()
            result = function(*arguments)
            spent[name] += clock() - start
            return result

        return call

    with contextlib.ExitStack() as stack:
        for module, name in steps_of_the_week():
            stack.enter_context(replaced(module, **{name: timed(name, getattr(module, name))}))
        yield spent
