"""The process that runs the cases; another watches it, because what hangs can't tell."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fuzz.cases import furnish, make, run


def work(pipe: Connection, seed: int, simulate: bool) -> None:
    """Run cases whose numbers come in, and send their results back, until None comes."""
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    warm = tempfile.mkdtemp(prefix="zerosum-fuzz-")
    os.chdir(warm)
    furnish(Path(warm))
    if simulate:  # compiled before the first case's time runs
        from zerosum.market import run as runs
        from zerosum.scenario import load_scenario

        runs.simulate(load_scenario("tiny.toml"))
    pipe.send(None)
    good = {path.name for path in Path(warm).iterdir()}
    while (number := pipe.recv()) is not None:
        pipe.send(run(make(seed, number), Path(warm), simulate))
        os.chdir(warm)
        for path in Path(warm).iterdir():
            if path.name not in good:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
    shutil.rmtree(warm, ignore_errors=True)
