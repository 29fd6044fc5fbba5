"""The process that runs the cases; another watches it, because what hangs can't tell."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fuzz.cases import furnish, make, run


def work(pipe: Connection, seed: int) -> None:
    """Run cases whose numbers come in, and send their results back, until None comes."""
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    warm = tempfile.mkdtemp(prefix="zerosum-fuzz-")
    os.chdir(warm)
    furnish(Path(warm))
    from simulator.run import simulate
    from simulator.scenario import load_scenario

    simulate(load_scenario("tiny.toml"))  # compiled before the first case's time runs
    pipe.send(None)
    while (number := pipe.recv()) is not None:
        os.chdir(warm)
        folder = Path(tempfile.mkdtemp(dir=warm))
        os.chdir(folder)
        furnish(folder)
        pipe.send(run(make(seed, number), folder))
        os.chdir(warm)
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(warm, ignore_errors=True)
