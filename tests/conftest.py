"""How tests run: compiled or not, with which examples, and the browser that tests of pages share.

``pytest`` runs kernels compiled. ``pytest --uncompiled`` (``make test-fast``) runs the tests marked ``uncompiled``
alone, with kernels as plain Python: an edit of a rule is tried in seconds, for nothing waits for the compiler. A file
is marked by ``pytestmark = pytest.mark.uncompiled``; a test in it whose market is too large for plain Python is marked
``compiled``. What tests share beyond this is imported: ``helpers.py``, ``lively.py``, ``side_by_side.py``,
``commands.py``, and the slow twin in ``tests/reference``.

Examples of hypothesis are the same ones for everybody, unless asked otherwise.
``HYPOTHESIS_PROFILE=search`` looks for new ones, and remembers what failed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from zerosum.market import jit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

patience = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}  # a first call compiles
settings.register_profile("fixed", derandomize=True, print_blob=True, **patience)
settings.register_profile("search", print_blob=True, **patience)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


# Tests compile kernels over tables of their own; a child process that finds these in the cache looks for `tests`.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--uncompiled", action="store_true", help="only tests marked so, with kernels as plain Python"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--uncompiled"):
        os.environ["NUMBA_DISABLE_JIT"] = "1"  # in child processes
        plain = contextlib.ExitStack()
        plain.enter_context(jit.uncompiled())
        config.add_cleanup(plain.close)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Don't import what has no such test: half of the seconds that the others take."""
    if config.getoption("--uncompiled") and collection_path.name.startswith("test_"):
        return "mark.uncompiled" not in collection_path.read_text(encoding="utf-8") or None
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--uncompiled"):
        left = [
            i for i in items if i.get_closest_marker("compiled") or not i.get_closest_marker("uncompiled")
        ]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of pages: Playwright starts only once in a process."""
    from tests.chromium import started

    with started() as found:
        yield found
