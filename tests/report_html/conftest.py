"""Small results, the page about them, and a browser to look at it with; each is made once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner

from tests.map.test_figure import mapped as map_of
from tests.map.test_keys import fact
from tests.map.test_surface import PLACES, bent
from zerosum.cli import main
from zerosum.report.html import write_map_page
from zerosum.studies.map.facts import Seen

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
    run("compare", scenario, "--matters", "5k", "--out", folder / "results", "--quiet")
    run("report", folder / "results", "--no-deals")
    page = folder / "results" / "report.html"
    return Made(folder / "results", page, page.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The page of a map whose surface is planted: every zone, facts that are met, missed and none, awkward names."""
    folder = tmp_path_factory.mktemp("mapped")
    scenario = folder / "awkward.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    rng = np.random.default_rng(1)
    rows = [1_000.0 * (bent(x, y) + rng.normal(0, 0.3, 12)) for x, y in PLACES]
    found = map_of(rows, scenario=str(scenario), strategies=(LONG, "shots"))
    first, second = found.constraints
    missed = Seen(fact("churn", 0.0, 0.1), 0.3, ((0.7, 1.0),))
    facts = (replace(first, seen=(*first.seen, missed), elsewhere=((0.95, 1.0),)), second)
    found = replace(found, constraints=facts, missed=("Attainment of quota",))
    page = folder / "report.html"
    page.write_text(write_map_page(found, folder), encoding="utf-8")
    return Made(folder, page, page.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def six(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Results for six strategies and the baseline."""
    folder = tmp_path_factory.mktemp("six") / "results"
    small = ("--set", "market.buyers=300", "--weeks", "52")
    run("compare", "kickoff", "-n", "2", *small, "--out", folder, "--quiet")
    run("report", folder)
    page = folder / "report.html"
    return Made(folder, page, page.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Results for some adopters, with its changed deals."""
    folder = tmp_path_factory.mktemp("plain") / "results"
    run("compare", "workshop", "-n", "3", "--set", "market.buyers=200", "--out", folder, "--quiet")
    run("report", folder)
    page = folder / "report.html"
    return Made(folder, page, page.read_text(encoding="utf-8"))
