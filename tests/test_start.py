"""What a process imports before it answers: whoever asks for help doesn't wait for a compiler."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import zerosum

SAY = "import sys; print(*sorted(sys.modules), file=sys.stderr)"
HEAVY = {"mesa", "matplotlib", "numba", "numpy", "optuna", "pandas", "pyarrow", "pydantic", "rich", "scipy"}


def start(*arguments: str) -> tuple[str, set[str]]:
    """Run the command as ``python -m zerosum`` does; return what it prints and the modules that it imported."""
    program = f"import atexit, runpy, sys; atexit.register(exec, {SAY!r}); runpy.run_module('zerosum')"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout, set(done.stderr.split())


def test_help_imports_nothing_but_the_commands() -> None:
    said, modules = start("--help")
    assert "Usage: zerosum" in said
    assert "calibrate" in said
    assert modules & HEAVY == set()
    ours = {name for name in modules if name.startswith("zerosum.")}
    assert {name for name in ours if not name.startswith("zerosum.cli")} <= {"zerosum.__main__"}


def test_the_list_of_scenarios_needs_no_numbers() -> None:
    said, modules = start("scenarios")
    assert "kickoff" in said
    assert modules & HEAVY <= {"numpy", "pydantic", "rich"}


def test_the_version_is_that_of_the_installed_package() -> None:
    assert zerosum.__version__ == metadata.version("zerosum")
    assert start("--version")[0] == f"zerosum, version {zerosum.__version__}\n"
