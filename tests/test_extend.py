"""A rule of somebody else's: the example of docs/extend.md, installed as a package of its own."""

from __future__ import annotations

import json
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
tools = []
[comparison]
replications = 2
"""
TOOLED = (
    MARKET.replace("tools = []", 'tools = ["notes"]')
    + """
[[tools]]
name = "notes"
innovation = 0.9
"""
)
HEAD = f"""
import numpy as np
import pytest
import re
import zerosum
from pathlib import Path
from zerosum.market.engine import Engine
from zerosum.scenario import ScenarioError, keys, parse_scenario, scenario_hash, scenario_schema
MARKET = {MARKET!r}
TOOLED = {TOOLED!r}
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


def test_what_is_installed_changes_nothing_until_a_scenario_has_its_table(installed: Path) -> None:
    code = """
for scenario in (OFF, parse_scenario(TOOLED)):
    engine = Engine(scenario)
    engine.run(12)
    print(scenario_hash(scenario), engine.recorder.weekly.tobytes().hex()[:9999])
"""
    assert run(code, installed) == run(code)


def test_run_compare_sweep_analyse_and_mesa_take_all_three(installed: Path, tmp_path: Path) -> None:
    """And results that hang on them are refused in a sentence where the package isn't there."""
    run(
        """
import json
import mesa
from click.testing import CliRunner
from zerosum.cli import main
from zerosum.market.metrics import METRICS, NULL_METRICS, measure
from zerosum.market.run import simulate
from zerosum.mesa.model import MarketModel
from zerosum.studies.facts.measures import MEASURES
ON = TOOLED + "[tools.coaching]\\nlift = 4.0\\n[referral]\\nchance = 1.0\\ncontent = -10.0\\n"
on = parse_scenario(ON)
neutral = parse_scenario(on, {"referral.chance": 0.0, "tools.notes.coaching.lift": 0.0})
paths = [k.path for k in keys()]
assert paths[-2:] == ["referral.chance", "referral.content"] and "tools.coaching.lift" in paths
assert "referral" in scenario_schema()["properties"]
engines = [Engine(scenario) for scenario in (parse_scenario(TOOLED), neutral, on)]
for engine in engines:
    engine.assign([1] * 4, [1] * len(engine.market.reps.vendor))
    engine.run(12)
weekly = [engine.recorder.weekly for engine in engines]
assert np.array_equal(weekly[0], weekly[1])
assert not np.array_equal(weekly[0], weekly[2])
reps = engines[2].market.reps
assert np.array_equal(reps.edge, 4.0 * reps.tool_use[:, 0] * np.maximum(0.0, -reps.skill))
assert reps.edge.max() > 0
assert len({scenario_hash(scenario) for scenario in (OFF, neutral, on)}) == 3

finished = simulate(on)
numbers = measure(finished)
market, vendor_of = finished.engine.market, finished.engine.rules.products.vendor
pairs = zip(market.buyers.holds, market.buyers.opinion)
ours = [opinion >= 0.5 for held, opinion in pairs if held >= 0 and vendor_of[held] == finished.vendor]
assert numbers["content_share"] == sum(ours) / len(ours)
assert [m.name for m in METRICS][-1] == "content_share" == list(MEASURES)[len(METRICS) - 1]
assert "content_share" not in NULL_METRICS
stepped = MarketModel(on)
stepped.datacollector = mesa.DataCollector(model_reporters={"content": "content_share"})
for _ in range(12):
    stepped.step()
assert stepped.datacollector.get_model_vars_dataframe()["content"].iloc[-1] == numbers["content_share"]

Path("on.toml").write_text(ON)
Path("many.toml").write_text(
    'scenario = "on.toml"\\nstrategies = ["usual", "bold"]\\nmetrics = ["content_share"]\\nreplications = 2\\n'
    'factors = [{ key = "tools.notes.coaching.lift", values = [0.0, 4.0] }]\\n'
)
for words in (
    ["run", "on.toml", "--details", "--quiet"],
    ["compare", "on.toml", "--metric", "content_share", "--out", "compared", "--details", "--quiet"],
    ["sweep", "many.toml", "--workers", "0", "--out", "swept", "--quiet"],
):
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert "ontent customers" in done.output, done.output
(outcome,) = zerosum.open_sweep("swept").analyse("content_share").outcomes
assert outcome.metric.label == "Content customers"
origin = json.loads(Path("compared/manifest.json").read_text())["origin"]
for name in ("rule referral", "metric content_share", "tool effect coaching"):
    assert origin[name].startswith("zerosum_referral ")
""",
        installed,
        cwd=tmp_path,
    )
    run(
        """
from click.testing import CliRunner
from zerosum.cli import main
for words, said in (
    (["results", "show", "compared"], "'referral'.* of zerosum_referral took part.* isn't here: install it"),
    (["analyse", "swept"], "metric 'content_share' of zerosum_referral took part"),
    (["compare", "on.toml"], "an effect from outside needs the package that adds it"),
):
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2, done.output
    assert re.search(said, done.output), done.output
""",
        cwd=tmp_path,
    )


SCRIPT = """
import multiprocessing, threading
import numpy as np
import zerosum
from zerosum.market import draws
from zerosum.market.declare.section import Section, quantity
from zerosum.market.jit import kernel

multiprocessing.get_all_start_methods = lambda: ["spawn"]
GIFT_NOISE = zerosum.stream("gift", "chance")
LOCK = threading.Lock()

class Gift(Section):
    money: float = quantity(5.0, "money", "Credit a week.", ge=0, le=1000)

@kernel
def twice(money: float) -> float:
    return 2.0 * money

@kernel
def give(key, week, market, rules, record, options):
    for rep in range(len(market.reps.revenue_total)):
        market.reps.revenue_total[rep] += twice(options.money) * draws.uniform(key, GIFT_NOISE, rep, week, 0)

def given(team):
    return team.engine.market.reps.revenue_total.sum()

def holding(team):
    return LOCK.acquire()

zerosum.register(zerosum.Mechanism("gift", Gift, "end", give))
zerosum.register(zerosum.Metric("given", "Given", "money", "all credit", given, higher_is_better=True))
with open("market.toml", "w") as file:
    file.write("market = { buyers = 40 }\\nclock = { warmup_weeks = 0, weeks = 3 }\\ngift = { money = 10.0 }\\n")
experiment = {
    "scenario": "market.toml",
    "metrics": ["given"],
    "replications": 3,
    "factors": [{"key": "gift.money", "values": [1.0, 50.0]}],
}
for workers in (0, 1):
    found = zerosum.sweep(experiment, workers=workers, keep_in=f"kept-{workers}")
    print(found.runs.sort_values(["point", "replication"])["given"].tolist())
zerosum.register(zerosum.Metric("held", "Held", "money", "a lock", holding))
try:
    zerosum.sweep(experiment, workers=1, keep_in="kept-not")
except zerosum.ZerosumError as error:
    print(error)
"""


def test_what_a_script_registers_works_in_worker_processes(tmp_path: Path) -> None:
    """Also where the script is no file, and processes aren't forked; what can't be sent is refused before."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "simulator"), "NUMBA_DISABLE_JIT": "1"}
    asked = {
        "env": env,
        "cwd": tmp_path,
        "input": SCRIPT,
        "capture_output": True,
        "text": True,
        "timeout": 300,
    }
    done = subprocess.run([sys.executable, "-"], check=False, **asked)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    here, in_workers, refused = done.stdout.splitlines()
    assert here == in_workers
    assert len(set(json.loads(here))) == 6
    assert "the metric 'held' can't be given to worker processes" in refused


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
    table, slots = engine.market.opportunities, scenario.reps.max_open_opportunities
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
assert extend.FIRST_STREAM <= stream("gift", "chance") < extend.FIRST_STREAM + extend.STREAMS
extend._streams[stream("gift", "chance")] = ("other", "chance")
with pytest.raises(ScenarioError, match="same number"):
    stream("gift", "chance")
"""
    )


def test_what_fails_in_mid_run_is_told_of_with_week_and_line(tmp_path: Path) -> None:
    (tmp_path / "strange.py").write_text(
        """
import numpy as np
from zerosum import Mechanism, Metric
from zerosum.market.declare.section import Section, quantity

class Strange(Section):
    how: int = quantity(0, "number", "How to fail.", ge=0, le=9)

def act(engine, options):
    if engine.week == 3 and options.how == 1:
        raise KeyError("oops")
    if engine.week == 3 and options.how == 2:
        engine.market.reps.hours[0, 0] = np.nan

rule = Mechanism("strange", Strange, "work", act)
answers = []
metric = Metric("answer", "Answer", "ratio", "whatever", lambda team: answers[-1], higher_is_better=True)
""",
        encoding="utf-8",
    )
    run(
        """
import math
import strange
from zerosum import Metric, RunError, register
from zerosum.market.metrics import measure
from zerosum.market.run import simulate
register(strange.rule)
for how, said in (
    (1, r"rule 'strange' of strange failed in week 3: KeyError: 'oops' .strange.py, line 11."),
    (2, r"rule 'strange' left reps.hours with a number that isn't finite in week 3"),
):
    with pytest.raises(RunError, match=said):
        simulate(parse_scenario(MARKET, {"strange.how": how}))
register(strange.metric)
finished = simulate(OFF)
for answer, said in (("x", "it is 'x'"), (math.inf, "it is inf"), (None, "NoneType"), (np.zeros(2), "TypeError")):
    strange.answers.append(answer)
    with pytest.raises(RunError, match=f"metric 'answer' of strange failed for the strategy 'usual'.*{said}"):
        measure(finished)
strange.answers.append(math.nan)
assert math.isnan(measure(finished)["answer"])
for wrong, said in (
    (Metric("win_rate", "W", "share", "w", strange.metric.compute), "already"),
    (Metric("adopters", "W", "share", "w", strange.metric.compute), "already"),
    (Metric("w", "", "share", "w", strange.metric.compute), "has no label"),
    (Metric("w", "W", "share", "w", lambda a, b: 1.0), r"is called with .team., and its function takes .a, b."),
    (Metric("answer", "W", "share", "w", len), "there is a metric or column 'answer' already"),
    (42, "can't be registered"),
):
    with pytest.raises(ScenarioError, match=said):
        register(wrong)
""",
        tmp_path,
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
    (tmp_path / "broken_rule.py").write_text("raise RuntimeError('no chance today')\n", encoding="utf-8")
    code = """
from zerosum.scenario import extend
extend._looked = False
with pytest.warns(UserWarning, match="'broken' .broken_rule:rule. can't be loaded: no chance today"):
    extend.register_installed()
"""
    run(code, tmp_path)


ALIKE = """
from zerosum import Metric, register
from zerosum.scenario.extend import metrics_from_outside
LIMIT, NAMES = 0.5, {"alpha", "beta", "gamma"}

def helper(team):
    # a remark
    return LIMIT if team in {"alpha", "beta", "delta"} else len(NAMES)

register(Metric("answer", "Answer", "ratio", "whatever", lambda team: helper(team), higher_is_better=True))
print(metrics_from_outside())
"""


def test_a_script_is_the_same_however_it_is_run(tmp_path: Path) -> None:
    """Piped from standard input it was another origin. What its functions reach counts, and nothing else."""

    def told(script: str, *where: str, seed: str = "0") -> str:
        env = {**os.environ, "PYTHONPATH": str(ROOT / "simulator"), "PYTHONHASHSEED": seed}
        command = [sys.executable, *where]
        done = subprocess.run(
            command, env=env, input=script, capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout

    (tmp_path / "script.py").write_text(ALIKE, encoding="utf-8")
    first = told("", str(tmp_path / "script.py"))
    assert first.startswith("{'metric answer': '__main__ ")
    alike = [ALIKE, ALIKE.replace("a remark", "another remark"), ALIKE + "print()"]
    assert [told(script, "-", seed="1").strip() for script in alike] == [first.strip()] * 3
    for old, new in (
        ("LIMIT, NAMES = 0.5", "LIMIT, NAMES = 0.6"),
        ("gamma", "omega"),
        ('"delta"', '"dalta"'),
    ):
        assert told(ALIKE.replace(old, new), "-") != first
