"""What a process imports before it answers: whoever asks for help doesn't wait for a compiler."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import zerosum
from tests.commands import zerosum as command
from zerosum import statistics
from zerosum.runs import executors
from zerosum.studies import compare

PROGRAM = """
import atexit, sys
from zerosum.cli import main
atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))
main(prog_name="zerosum")
"""
HEAVY = {"mesa", "matplotlib", "numba", "numpy", "optuna", "pandas", "pyarrow", "pydantic", "rich", "scipy"}


def start(*arguments: str) -> tuple[str, set[str]]:
    """Run the command; return what it prints and the modules that it imported."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout, set(done.stderr.split())


def test_help_imports_nothing_but_the_commands() -> None:
    said, modules = start("--help")
    assert "Usage: zerosum" in said
    assert "calibrate" in said
    assert modules & HEAVY == set()
    ours = {name for name in modules if name.startswith("zerosum.")}
    assert {name for name in ours if not name.startswith("zerosum.cli")} <= {
        "zerosum.errors",
        "zerosum.lazy",
        "zerosum.machine",
    }


def test_a_small_comparison_imports_no_other_study_and_no_other_command(tmp_path: Path) -> None:
    """But for what its first screen says of missed quotas and of the scenario's other results; it takes 11 modules."""
    _, modules = start("compare", "workshop", "-n", "2", "--quiet", "--out", str(tmp_path))
    ours = {name for name in modules if name.startswith("zerosum.")}
    assert {
        name for name in ours if name.startswith(("zerosum.studies.", "zerosum.workshop", "zerosum.mesa"))
    } == {name for name in ours if name.startswith("zerosum.studies.compare")} | {
        "zerosum.studies.misses",
        "zerosum.studies.misses.identical",
        "zerosum.studies.misses.of_comparison",
        "zerosum.studies.rests",
    }
    cli = {"zerosum.cli.compare", "zerosum.cli.decide", "zerosum.cli.session", "zerosum.cli.terminal"}
    assert {name for name in ours if name.startswith("zerosum.cli.")} == cli
    assert len(ours) <= 127


def test_one_run_needs_no_tables_of_many(tmp_path: Path) -> None:
    """A tenth of its time went to pandas, of which it wrote three files."""
    _, modules = start("run", "workshop", "--quiet", "--out", str(tmp_path / "out"))
    assert modules & {"jinja2", "mesa", "pandas", "pyarrow", "scipy.stats"} == set()
    assert "matplotlib.pyplot" not in modules


def test_the_list_of_scenarios_needs_no_numbers() -> None:
    said, modules = start("scenarios")
    assert "kickoff" in said
    assert modules & HEAVY <= {"numpy", "pydantic", "rich"}


def test_the_version_is_that_of_the_installed_package() -> None:
    assert zerosum.__version__ == metadata.version("zerosum")
    words = [sys.executable, "-m", "zerosum", "--version"]
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said == f"zerosum, version {zerosum.__version__}\n"


EXTRAS = {
    "game arms-race": ("nashpy", "game"),
    "optimise optimise-kickoff": ("optuna", "optimise"),
    "calibrate calibration": ("cmaes", "optimise"),
    "play --no-browser": ("uvicorn", "workshop"),
}


@pytest.mark.parametrize("words", EXTRAS)
def test_a_command_without_its_extra_says_how_to_install_it(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, extra = EXTRAS[words]
    monkeypatch.setitem(sys.modules, library, None)
    said = command(*words.split(), code=1).stderr
    assert said == (
        f"Error: {library}, which this command needs, is not installed: pip install 'zerosum[{extra}]'\n"
    )


def test_the_citation_is_of_this_version() -> None:
    root = Path(__file__).parents[1]
    cited = dict(re.findall(r"^(\S+): (.+)$", (root / "CITATION.cff").read_text(encoding="utf-8"), re.M))
    assert cited["version"] == zerosum.__version__
    assert cited["cff-version"] == "1.2.0"


def test_what_a_package_imports_late_is_no_module_of_the_same_name() -> None:
    """Importing the module would put it in the name's place."""
    for package in (zerosum, executors, statistics, compare):
        folder = Path(package.__file__).parent
        modules = {path.stem for path in folder.iterdir()}
        assert not modules & set(package.__all__), package
        assert all(getattr(package, name) is not None for name in package.__all__)
