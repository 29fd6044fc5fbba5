"""Games and searches as processes: kill -9 and Ctrl-C, and the same command goes on to the same files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.game.tables import GAME
from tests.game.tables import put as put_game
from tests.optimise.market import SEARCH
from tests.optimise.market import put as put_search
from tests.test_cli_process import PATIENCE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="signals as on Linux and macOS"),
]


def start(here: Path, command: str, out: str) -> subprocess.Popen[str]:
    program = "from zerosum.cli import main; main(prog_name='zerosum')"
    return subprocess.Popen(
        [sys.executable, "-c", program, command, "small.toml", "--out", out, "--workers", "2"],
        cwd=here,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def kept(folder: Path) -> int:
    """How many parts are on disk."""
    return len(list(folder.glob("parts/*.arrow")))


@pytest.mark.parametrize("command", ["game", "optimise"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill", "ctrl-c"])
def test_stopped_and_begun_again_it_comes_to_the_same(
    command: str, how: signal.Signals, tmp_path: Path
) -> None:
    if command == "game":
        put_game(tmp_path, GAME.replace("replications = 4", "replications = 150"))
        names = ("cells.parquet", "payoffs.csv", "dominations.csv", "payoffs.png")
    else:
        put_search(
            tmp_path, SEARCH.replace("trials = 8", "trials = 60").replace("holdout = 6", "holdout = 50")
        )
        names = ("trials.parquet", "best.toml", "search.png")
    out = tmp_path / "out"
    child, deadline = start(tmp_path, command, "out"), time.monotonic() + PATIENCE
    while kept(out) < 20:
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.send_signal(how)
    said = child.communicate(timeout=PATIENCE)[1]
    if how == signal.SIGINT:
        assert child.returncode == 130
        assert "Stopped: " in said
        assert "the same command goes on from there" in said
    before = kept(out)
    assert before >= 20
    assert not (out / names[0]).exists()
    for folder in ("out", "whole"):
        again = start(tmp_path, command, folder)
        assert again.communicate(timeout=PATIENCE)[1] == ""
        assert again.returncode == 0
    for name in names:
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
