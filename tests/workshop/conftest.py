"""A workshop that runs: `zerosum play` in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

COMMAND = [sys.executable, "-c", "from zerosum.cli import main; main(prog_name='zerosum')"]


@contextmanager
def playing(*words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start a workshop; its link is what it says once it is ready, compiled if need be."""
    child = subprocess.Popen(
        [*COMMAND, "play", *words, "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert child.stdout is not None
    try:
        said = child.stdout.readline()
        assert said.startswith("The workshop is at "), (said, child.stderr.read() if child.stderr else "")
        yield said.split()[4], child
    finally:
        child.terminate()
        child.communicate(timeout=20)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of a workshop on the scenario that the lessons are about."""
    with playing("scenarios/workshop.toml") as (address, _):
        yield address
