"""What all tests share: a browser, which is started once, and how examples are searched for.

Examples are the same ones for everybody, unless asked otherwise.
``HYPOTHESIS_PROFILE=search`` looks for new ones, and remembers what failed.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from tests.chromium import started

patience = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}  # a first call compiles
settings.register_profile("fixed", derandomize=True, print_blob=True, **patience)
settings.register_profile("search", print_blob=True, **patience)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


# Tests compile kernels over tables of their own; a child process that finds these in the cache looks for `tests`.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of pages: Playwright starts only once in a process."""
    with started() as found:
        yield found
