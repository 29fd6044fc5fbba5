"""Small results, the page about them, and a browser to look at it with; each is made once."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from zerosum.cli import main

HOSTILE = """</title></style><script>document.title = "oh"</script> & "who" <b>wins</b> 'x'?"""
LONG = "a-strategy-of-a-name-as-long-as-a-name-may-be-which-is-sixty"

# Everything at once: two choices of adopters, segments, an uncertain value, names and a question that test the layout.
SCENARIO = f"""
extends = "workshop"
name = "awkward"
question = '''{HOSTILE}'''
clock.weeks = 26
clock.warmup_weeks = 52
market.buyers = 150
segments = [
    {{ name = "small", share = 0.7, value_median = 8_000 }},
    {{ name = "large.accounts", share = 0.3, value_median = 90_000 }},
]
[[strategies]]
name = "{LONG}"
tools = ["assistant", "dialler"]
training = 1.0
reinvest = {{ prospecting = 0.5, slack = 0.5 }}
extra_hours = {{ selling = 2.0 }}
extra_presales = 1
push = true
focus = "value"
habit_change = 0.0
[comparison]
adopters = ["focal", "head-to-head"]
replications = 4
[[uncertain]]
key = "effort.preparation_weight"
low = 0.2
high = 2.0
"""


class Made(NamedTuple):
    """Results and the page about them."""

    folder: Path
    page: Path
    text: str


def run(*words: str | Path) -> str:
    """Run a command that must succeed."""
    found = CliRunner().invoke(main, [str(word) for word in words])
    assert found.exit_code == 0, found.output
    return found.output


@pytest.fixture(scope="session")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("awkward")
    scenario = folder / "a scenario & more.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    run("compare", scenario, "--matters", "1pp", "--out", folder / "results", "--quiet")
    run("report", folder / "results", "--no-deals")
    page = folder / "results" / "report.html"
    return Made(folder / "results", page, page.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Results for some adopters, with its changed deals."""
    folder = tmp_path_factory.mktemp("plain") / "results"
    run("compare", "workshop", "-n", "3", "--set", "market.buyers=200", "--out", folder, "--quiet")
    run("report", folder)
    page = folder / "report.html"
    return Made(folder, page, page.read_text(encoding="utf-8"))
