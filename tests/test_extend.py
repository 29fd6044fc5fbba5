"""A rule of somebody else's: the example of docs/extend.md, installed as a package of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zerosum.scenario import ScenarioError, parse_scenario

ROOT = Path(__file__).parents[1]
OUTSIDE = ROOT / "tests" / "outside"

MARKET = """
[market]
buyers = 60
[clock]
warmup_weeks = 0
weeks = 12
[[strategies]]
name = "usual"
[[strategies]]
name = "bold"
push = true
[comparison]
replications = 2
"""
HEAD = f"""
import numpy as np
import pytest
import zerosum
from pathlib import Path
from zerosum.market.engine import Engine
from zerosum.scenario import ScenarioError, keys, parse_scenario, scenario_hash, scenario_schema
MARKET = {MARKET!r}
OFF = parse_scenario(MARKET)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the package where only these tests find it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--no-index", "--target", folder, OUTSIDE], check=True, timeout=120)
    return folder


def run(code: str, *paths: Path, cwd: Path | None = None) -> str:
    """Run code in a process of its own, kernels as plain Python: a rule that is registered stays so."""
    path = os.pathsep.join(map(str, [*paths, ROOT / "simulator"]))
    env = {**os.environ, "PYTHONPATH": path, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-c", HEAD + code]
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_shows_the_package_as_it_is() -> None:
    page = (ROOT / "docs" / "extend.md").read_text(encoding="utf-8")
    for file in ("zerosum_referral/__init__.py", "pyproject.toml"):
        assert (OUTSIDE / file).read_text(encoding="utf-8").strip() in page


def test_an_installed_rule_changes_nothing_until_a_scenario_has_its_table(installed: Path) -> None:
    code = "print(scenario_hash(OFF)); e = Engine(OFF); e.run(12); print(e.recorder.weekly.tobytes().hex()[:9999])"
    assert run(code, installed) == run(code)


def test_run_compare_sweep_and_mesa_take_it(installed: Path, tmp_path: Path) -> None:
    run(
        """
import json
from zerosum.mesa.model import MarketModel
on = parse_scenario(MARKET + "[referral]\\nchance = 1.0\\ncontent = -10.0\\n")
neutral = parse_scenario(on, ["referral.chance=0.0"])
assert [k.path for k in keys()][-2:] == ["referral.chance", "referral.content"]
assert "referral" in scenario_schema()["properties"]
engines = [Engine(scenario) for scenario in (OFF, neutral, on)]
for engine in engines:
    engine.run(12)
weekly = [engine.recorder.weekly for engine in engines]
assert np.array_equal(weekly[0], weekly[1])
assert not np.array_equal(weekly[0], weekly[2])
stepped = MarketModel(on)
for _ in range(12):
    stepped.step()
assert np.array_equal(stepped.engine.market.buyers.holds, engines[2].market.buyers.holds)

Path("on.toml").write_text(MARKET + "[referral]\\nchance = 1.0\\ncontent = -10.0\\n")
from click.testing import CliRunner
from zerosum.cli import main
done = CliRunner().invoke(main, ["compare", "on.toml", "--out", "results", "--quiet"])
assert done.exit_code == 0, done.output
(manifest,) = Path("results").rglob("manifest.json")
assert json.loads(manifest.read_text())["origin"]["rule referral"].startswith("zerosum_referral ")
assert len({scenario_hash(scenario) for scenario in (OFF, neutral, on)}) == 3
""",
        installed,
        cwd=tmp_path,
    )


def test_invitations_are_those_of_a_slow_twin(installed: Path) -> None:
    """Who is invited in the first week, worked out buyer by buyer."""
    run(
        """
from zerosum.market import draws
from zerosum_referral import REFERRED
lively = ["market.buyers=300", "market.saturation=0.5", "need.innovation_per_year=20.0", "invitations.inbound=0.1"]
on = parse_scenario(MARKET + "[referral]\\nchance = 0.5\\ncontent = -1.0\\n", lively)
off = parse_scenario(MARKET, lively)
pairs, rows = [], []
for scenario in (on, off):
    engine = Engine(scenario)
    engine.step()
    table, slots = engine.market.opportunities, scenario.reps.slots
    vendors = engine.market.reps.vendor
    pairs.append({(int(b), int(vendors[row // slots])) for row, b in enumerate(table.buyer) if b >= 0})
expected, m = set(), engine.market
for b in np.flatnonzero(m.buyers.evaluation_start == 0):
    near = m.buyers.neighbours[m.buyers.neighbour_start[b] : m.buyers.neighbour_start[b + 1]]
    for v in range(4):
        held = [n for n in near if m.buyers.holds[n] == v and m.buyers.opinion[n] >= -1.0]
        if draws.uniform(engine.key, REFERRED, int(b), 0, v) < 1 - 0.5 ** len(held):
            expected.add((int(b), v))
assert pairs[0] == pairs[1] | expected
assert len(expected - pairs[1]) > 5
""",
        installed,
    )


def test_a_rule_in_plain_python_and_what_is_refused() -> None:
    run(
        """
from zerosum import Mechanism, register, stream
from zerosum.market.declare.section import Section, quantity
from zerosum.scenario import extend

class Gift(Section):
    money: float = quantity(5.0, "money", "Credit a week.", ge=0, le=100)

class Nothing(Section):
    must: float = quantity(..., "money", "No default.", ge=0, le=100)

def give(engine, options):
    engine.market.reps.revenue_total[:] += options.money

gift = register(Mechanism("gift", Gift, "end", give))
assert register(gift) is gift
engine = Engine(parse_scenario(MARKET + "[gift]\\nmoney = 7.0\\n"))
engine.step()
plain = Engine(OFF)
plain.step()
assert np.array_equal(engine.market.reps.revenue_total, plain.market.reps.revenue_total + 7.0)

for wrong, said in (
    (Mechanism("push", Gift, "end", give), "already"),
    (Mechanism("gift", Gift, "start", give), "already"),
    (Mechanism("My gift", Gift, "end", give), "can't be the name of a rule"),
    (Mechanism("late", Gift, "never", give), "no phase"),
    (Mechanism("odd", int, "end", give), "no Section"),
    (Mechanism("bare", Nothing, "end", give), "no default"),
):
    with pytest.raises(ScenarioError, match=said):
        register(wrong)
for text, said in (("chanse = 1.0", "unknown key"), ("money = 700.0", "too large")):
    with pytest.raises(ScenarioError, match=said):
        parse_scenario("[gift]\\n" + text)
assert extend.FIRST_STREAM <= stream("gift", "luck") < extend.FIRST_STREAM + extend.STREAMS
extend._streams[stream("gift", "luck")] = ("other", "luck")
with pytest.raises(ScenarioError, match="same number"):
    stream("gift", "luck")
"""
    )


def test_a_table_whose_package_is_not_there_is_told_of() -> None:
    with pytest.raises(ScenarioError, match=r"unknown key 'referral'.*needs the package that adds it"):
        parse_scenario("[referral]\nchance = 0.5\n")


def test_a_package_that_cannot_be_loaded_is_told_of_and_stops_nothing(tmp_path: Path) -> None:
    info = tmp_path / "broken-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        "[zerosum.extensions]\nbroken = broken_rule:rule\n", encoding="utf-8"
    )
    (tmp_path / "broken_rule.py").write_text("raise RuntimeError('no luck today')\n", encoding="utf-8")
    code = """
from zerosum.scenario import extend
extend._looked = False
with pytest.warns(UserWarning, match="'broken' .broken_rule:rule. can't be loaded: no luck today"):
    extend.register_installed()
"""
    run(code, tmp_path)
