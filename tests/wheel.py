"""What a user gets from ``pip install zerosum``: the wheel, in an environment of its own, outside of the checkout.

``make wheel-test`` runs it. It builds an sdist, from that the wheel, installs the wheel with what it declares and
nothing else, and runs the commands there; then with all extras those that need one, and the tests of Mesa's page.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "requirements" / f"py{sys.version_info.major}{sys.version_info.minor}.txt"
SHIPPED = ("scenarios", "experiments", "lessons")
PATIENCE = 900
"""Seconds that one command may take: the first compiles the engine, on machines that are busy with other tests."""

IMPORT_ALL = """
import importlib, pkgutil, zerosum
assert "site-packages" in zerosum.__file__, zerosum.__file__
# Of extras; the last compiles as it is imported.
left = {f"zerosum.workshop.{name}" for name in ("connections", "guard", "serve", "server", "solara_app")}
left |= {"zerosum.runs.executors.warm"}
modules = [m.name for m in pkgutil.walk_packages(zerosum.__path__, "zerosum.") if m.name not in left]
for name in modules:
    importlib.import_module(name)
print(len(modules), "modules")
"""
"""Finds a library that is imported and not declared."""


class Place:
    """An environment that holds the wheel, and an empty folder to work in."""

    def __init__(self, room: Path) -> None:
        self.here = room / "here"
        self.here.mkdir()
        self._venv = room / "venv"
        venv.create(self._venv, with_pip=True)
        self._bin = self._venv / ("Scripts" if os.name == "nt" else "bin")
        # A home of its own: no cache of this machine's kernels, no settings; pip keeps the user's.
        home = room / "home"
        self._env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "ZEROSUM", "NUMBA"))}
        self._env |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "PYTHONNOUSERSITE": "1"}

    def pip(self, *arguments: str) -> None:
        """Run pip, which says something only if it fails."""
        _quietly([str(self._bin / "python"), "-m", "pip", "--no-input", *arguments], self.here)

    def megabytes(self) -> int:
        """Return what is installed, in 1,000,000 bytes, without what Python compiles of it."""
        files = (p for p in self._venv.rglob("*") if p.is_file() and p.suffix != ".pyc")
        return round(sum(p.stat().st_size for p in files) / 1e6)

    def run(self, *command: str, code: int = 0) -> str:
        """Run a program of the environment from the empty folder; its output. It must end with the code."""
        began, busy = time.monotonic(), _busy()
        program = [str(self._bin / command[0]), *command[1:]]
        done = subprocess.run(
            program, cwd=self.here, env=self._env, capture_output=True, text=True, timeout=PATIENCE
        )
        shown = " ".join(command) if len(" ".join(command)) < 80 else f"{command[0]} {command[1]} …"
        print(f"{time.monotonic() - began:6.1f} s, busy {_busy() - busy:5.1f} s  {shown}", flush=True)
        output = done.stdout + done.stderr
        if done.returncode != code or "Traceback" in output:
            sys.exit(f"{shown}: exit code {done.returncode}, not {code}\n{output}")
        return output

    @contextlib.contextmanager
    def started(self, *command: str) -> Iterator[subprocess.Popen[str]]:
        """A program that runs until it is interrupted, and must then end well."""
        program = [str(self._bin / command[0]), *command[1:]]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            program, cwd=self.here, env=self._env, stdout=pipe, stderr=pipe, text=True
        ) as running:
            try:
                yield running
                running.send_signal(signal.SIGINT)
                _, said = running.communicate(timeout=60)
                if running.returncode or "Traceback" in said:
                    sys.exit(f"{' '.join(command)}: exit code {running.returncode} after Ctrl-C\n{said}")
            finally:
                running.kill()


def _busy() -> float:
    """Seconds that this process and those it started kept a processor busy."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _quietly(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def built(room: Path) -> Path:
    """Build the sdist, and from it the wheel; look at what is in them."""
    hatch = [sys.executable, "-m", "hatchling", "build", "-d", str(room), "-t"]
    _quietly([*hatch, "sdist"], ROOT)
    (sdist,) = room.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(room / "source", filter="data")
    (source,) = (room / "source").iterdir()
    # The whole repository: whoever builds from it can test it and read it.
    for name in ("tests/wheel.py", "docs/scenarios.md", "requirements/py311.txt", "Makefile", "LICENSE"):
        assert (source / name).is_file(), f"the sdist lacks {name}"
    _quietly([*hatch, "wheel"], source)
    (wheel,) = room.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    ours = {name for name in names if ".dist-info/" not in name}
    assert all(name.startswith("zerosum/") for name in ours), sorted(ours)
    expected = {
        path.relative_to(ROOT / "simulator").as_posix()
        for path in (ROOT / "simulator").rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".partial")
    }
    expected |= {f"zerosum/_{kind}/{path.name}" for kind in SHIPPED for path in (ROOT / kind).glob("*.toml")}
    assert ours == expected, sorted(ours ^ expected)
    assert "zerosum/py.typed" in ours
    return wheel


def as_a_strategist(place: Place) -> None:
    """Run, compare, report, replay: the numbers are the checkout's, to the last digit."""
    assert "kickoff" in place.run("zerosum", "scenarios")
    command = ["run", "workshop", "--json"]
    ours = subprocess.run(
        [
            sys.executable,
            "-c",
            "from zerosum.cli import main; main()",
            *command,
            "--out",
            str(place.here / "checkout"),
        ],
        check=True,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    there, here = json.loads(place.run("zerosum", *command)), json.loads(ours.stdout)
    assert here["adopters"]
    assert there["adopters"] == here["adopters"]
    place.run("zerosum", "compare", "workshop", "-n", "2", "--quiet")
    place.run("zerosum", "report", "workshop")
    (page,) = place.here.glob("results/workshop/*/report.html")
    assert "social-and-preparation" in page.read_text(encoding="utf-8")
    place.run("zerosum", "replay", "workshop", "--out", "room.html", "--years", "2", "--quiet")
    assert "<script" in (place.here / "room.html").read_text(encoding="utf-8")


NEEDS = {
    "game arms-race": "game",
    "optimise optimise-kickoff": "optimise",
    "calibrate calibration": "optimise",
    "sweep red-queen -n 1 --dask local": "dask",
    "play --no-browser": "workshop",
}
"""Command -> the extra that it needs."""


def as_a_researcher(place: Place) -> None:
    """Run what ships in experiments/, by name; say what is missing where an extra isn't installed."""
    listed = place.run("zerosum", "experiments")
    for command, extra in NEEDS.items():
        if not command.startswith("play"):
            assert "zerosum " + " ".join(command.split()[:2]) in listed
        assert f"pip install 'zerosum[{extra}]'" in place.run("zerosum", *command.split(), code=1)
    place.run("zerosum", "sweep", "saturation", "-n", "1", "--quiet")
    # One replication of the 300 that the file asks for: it says what there is, and that the rest is missing.
    assert "Along saturation" in place.run("zerosum", "analyse", "saturation", "--quiet")
    assert list(place.here.glob("results/saturation/*/summary.json"))


def as_an_educator(place: Place) -> None:
    """Open the page for a room, with the token that its link holds and without, and close it by Ctrl-C."""
    with place.started(
        "zerosum", "play", "--host", "0.0.0.0", "--no-browser", "--lesson", "kickoff"
    ) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        link = re.search(r"http://[^/]+:(\d+)/(\?token=[\w-]+)&lesson=kickoff", said)
        assert link, said
        page = f"http://127.0.0.1:{link[1]}/"
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        try:
            opener.open(page, timeout=30)
        except urllib.error.HTTPError as refused:
            assert refused.code == 403, refused
        else:
            sys.exit("play: the page opens without its token")
        for path in (link[2], "static/main.js", "static/base.css", "api/setup", "api/lessons/kickoff"):
            with opener.open(page + path, timeout=30) as answer:
                assert answer.read(), path


def with_all_extras(place: Place) -> None:
    """Play a game, which needs one."""
    place.run("zerosum", "game", "arms-race", "-n", "2", "--quiet")
    assert list(place.here.glob("results/arms-race/*/summary.json"))


def as_a_mesa_user(place: Place) -> None:
    """Test the page of the extra: a copy of its test file alone, so that nothing comes from the checkout."""
    shutil.copy(ROOT / "tests" / "workshop" / "test_solara.py", place.here)
    said = place.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_solara.py")
    assert "skipped" not in said, said


def main() -> None:
    """Build, install, run; the exit code is 0 if all of it works."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zerosum-wheel-") as folder:
        room = Path(folder)
        wheel = built(room)
        place = Place(room)
        place.pip("install", "--no-compile", "--constraint", str(PINS), str(wheel))
        place.pip("check")
        print(
            f"{time.monotonic() - began:6.1f} s, busy {_busy():5.1f} s  built and installed {wheel.name}",
            flush=True,
        )
        print(place.run("python", "-c", IMPORT_ALL).strip())
        assert "Usage: zerosum" in place.run("zerosum", "--help")
        as_a_strategist(place)
        as_a_researcher(place)
        print(f"{place.megabytes()} MB installed, without extras")
        place.pip("install", "--no-compile", "--constraint", str(PINS), f"{wheel}[all]", "pytest")
        print(f"{place.megabytes()} MB with all of them, and pytest")
        with_all_extras(place)
        as_an_educator(place)
        as_a_mesa_user(place)
    print(f"{time.monotonic() - began:6.1f} s, busy {_busy():5.1f} s  in all")


if __name__ == "__main__":
    main()
