"""What the market responds to: every key but those that are declared to change money only, and no factor else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.commands import zerosum
from tests.side_by_side import digest
from zerosum.market.metrics import BY_NAME, METRICS, OF_MONEY, measure
from zerosum.market.run import branches, warm_up
from zerosum.report.wording import format_alike, format_unresponsive
from zerosum.scenario import (
    Key,
    ScenarioError,
    alike_strategies,
    keys,
    load_scenario,
    market_json,
    parse_scenario,
)
from zerosum.scenario.schema import node_at
from zerosum.scenario.spec import NAMED_TABLES, Scenario
from zerosum.studies.optimise.spec import KEYS
from zerosum.studies.sweep import Study, load_experiment
from zerosum.studies.sweep.unresponsive import Unresponsive, unresponsive

ROOT = Path(__file__).parents[1]

LIVELY = Scenario.model_validate(
    {
        "clock": {"warmup_weeks": 52, "weeks": 104},
        "market": {"buyers": 300, "saturation": 0.7},
        "segments": [
            {"name": "small", "share": 0.6, "value_sigma": 0.8, "evaluation_weeks": 6.0},
            {"name": "large", "share": 0.4, "value_median": 90_000, "contract_weeks": 60},
        ],
        "need": {"innovation_per_year": 0.8, "imitation_per_year": 0.8},
        "invitations": {"rule": "independent"},
        "review": {"max_per_year": 4.0},
        "vendors": [
            {"name": "Alder", "reps": 8, "presales": 1},
            {"name": "Birch", "reps": 3, "presales": 1},
        ],
        "products": [
            {"name": "A1", "vendor": "Alder"},
            {"name": "A2", "vendor": "Alder", "launch_week": 0, "quality": 0.4},
            {"name": "B", "vendor": "Birch"},
        ],
        "quota": {"renewal_credit": 0.5},
        "turnover": {"below": 1.2},
        "tools": [
            {
                "name": "all",
                "saving": 0.4,
                "boost": 0.5,
                "dprime": 1.0,
                "scans": 20.0,
                "accuracy": 0.4,
                "innovation": 0.05,
            },
        ],
        "strategies": [
            {"name": "usual"},
            {
                "name": "all",
                "tools": ["all"],
                "social": ["marketing", "service", "sales"],
                "reinvest": {"prospecting": 0.5, "preparation": 0.5},
                "push": True,
                "upgrade": True,
                "plan": {"prospecting": 0.25, "preparation": 0.25, "selling": 0.3, "social": 0.2},
                "extra_hours": {"selling": 1.0},
            },
        ],
    }
)


def played(scenario: Scenario) -> tuple[str, dict[str, str]]:
    """State and record of a year in which Alder does all, and what is measured of it."""
    (run,) = branches(warm_up(scenario, 0), ["all"], ["focal"])
    return digest(run.engine), {name: repr(value) for name, value in measure(run).items()}


@pytest.fixture(scope="module")
def usual() -> tuple[str, dict[str, str]]:
    return played(LIVELY)


def changed(key: Key, base: Scenario = LIVELY) -> Iterator[Scenario]:
    """Set a key of the row that matters most to other values, one after the other."""
    table, *rest = key.path.split(".")
    row = 1 if table in ("strategies", "products") else 0
    path = (table, row, *rest) if table in NAMED_TABLES else (table, *rest)
    node = node_at(path) or {}
    value: Any = base
    for part in path:
        value = value[part] if isinstance(part, int) else getattr(value, part)
    values: list[Any] = list(node.get("enum", ()))
    if node.get("type") in ("integer", "number"):
        start = value if value is not None else 0.3
        values = [start * 3, 0, 1, start / 3, start + 0.4, start - 0.4, start + 2, start + 52]
        values = [round(v) if node["type"] == "integer" else float(v) for v in values]
    if node.get("type") == "boolean":
        values = [not value]
    if node.get("type") == "array":
        values = [[], *([one] for one in value)]
    for other in values:
        try:
            scenario = parse_scenario(base, {".".join(map(str, path)): other})
        except ScenarioError:
            continue
        if scenario != base:
            yield scenario


MONEY = [key for key in keys() if key.money_only]


def test_the_keys_that_change_money_only() -> None:
    assert [key.path for key in MONEY] == [
        *(f"social.{name}.cost_per_year" for name in ("marketing", "service", "sales")),
        "pay.base_per_year",
        "pay.commission",
        "pay.accelerator",
        "pay.presales_per_year",
        "money.margin",
        "money.discount_rate",
        "tools.cost_per_rep_year",
        "tools.training_cost",
    ]


@pytest.mark.parametrize("key", MONEY, ids=lambda key: key.path)
def test_nothing_in_the_market_responds_to_money(key: Key, usual: tuple[str, dict[str, str]]) -> None:
    state, numbers = usual
    scenario = next(changed(key))
    assert market_json(scenario) == market_json(LIVELY)
    other, measured = played(scenario)
    assert other == state
    assert [name for name in numbers if measured[name] != numbers[name] and name not in OF_MONEY] == []
    assert measured["present_value"] != numbers["present_value"]
    assert (measured["cost"] == numbers["cost"]) == key.path.startswith("money.")


def test_metrics_of_money_are_those_that_respond_to_it(usual: tuple[str, dict[str, str]]) -> None:
    _, numbers = usual
    everything = {key.path.replace("tools.", "tools.0."): 0.5 for key in MONEY}
    measured = played(parse_scenario(LIVELY, everything))[1]
    assert {m.name for m in METRICS if measured[m.name] != numbers[m.name]} == set(OF_MONEY)


NOT_TRIED = {
    "name", "question", "segments.name", "vendors.name", "products.name", "tools.name", "strategies.name",  # names
    "money.currency",  # a word
    "vendors.reps_by_segment", "products.vendor", "vendors.strategy",  # tested elsewhere
    "segments.share", "strategies.plan.*", "strategies.reinvest.*",  # must sum to 1: several at once
}  # fmt: skip


def test_something_in_the_market_responds_to_every_other_key(usual: tuple[str, dict[str, str]]) -> None:
    state, _ = usual
    third = {
        "vendors": [{"name": "Cedar", "reps": 3, "presales": 1}],
        "products": [{"name": "C", "vendor": "Cedar"}],
    }
    lists = parse_scenario(LIVELY, third | {"invitations.rule": "consideration"})
    of_lists = played(lists)[0]
    assert of_lists != state
    deaf = []
    for key in keys():
        table = key.path.split(".")[0]
        if key.money_only or key.path in NOT_TRIED or f"{key.path.rpartition('.')[0]}.*" in NOT_TRIED:
            continue
        if table in ("comparison", "uncertain", "clock"):
            continue
        if any(played(scenario)[0] != state for scenario in changed(key)):
            continue
        # Some keys are of the other rule.
        if table != "invitations" or not any(played(s)[0] != of_lists for s in changed(key, lists)):
            deaf.append(key.path)
    assert deaf == []


TOGETHER: dict[str, dict[str, Any]] = {
    "plan": {"strategies.1.plan": {"prospecting": 0.3, "preparation": 0.2, "selling": 0.3, "social": 0.2}},
    "reinvest": {"strategies.1.reinvest": {"selling": 0.5, "preparation": 0.5, "prospecting": 0.0}},
    "segments": {"segments.0.share": 0.5, "segments.1.share": 0.5},
    "reps by segment": {
        "vendors.0.territory": "segment",
        "vendors.0.reps_by_segment": {"small": 7, "large": 1},
    },
}


@pytest.mark.parametrize("name", TOGETHER)
def test_the_market_responds_to_keys_that_are_set_together(
    name: str, usual: tuple[str, dict[str, str]]
) -> None:
    scenario = parse_scenario(LIVELY, TOGETHER[name])
    assert market_json(scenario) != market_json(LIVELY)
    assert played(scenario)[0] != usual[0]


# --- Sweeps ---------------------------------------------------------------------------------------------------

FACTORS = """
name = "accelerator"
scenario = "workshop"
strategies = ["usual", "shots"]
replications = 2
metrics = ["{metric}", "win_rate"]
random_numbers = "{noise}"
[[factors]]
key = "pay.accelerator"
values = [0.0, 0.04, 0.1]
[[factors]]
name = "plan"
levels = [
    {{ name = "lean", set = {{ "pay.base_per_year" = 50_000.0, "pay.commission" = 0.1 }} }},
    {{ name = "fat", set = {{ "pay.commission" = 0.05 }} }},
]
[[factors]]
key = "tools.listener.dprime"
name = "listening"
values = [0.5, 1.5]
[[factors]]
name = "both"
levels = [
    {{ name = "a", set = {{ "pay.presales_per_year" = 100_000.0 }} }},
    {{ name = "b", set = {{ "market.saturation" = 0.33 }} }},
]
"""


def study(folder: Path, metric: str = "contribution", noise: str = "common") -> Study:
    file = folder / "accelerator.toml"
    file.write_text(FACTORS.format(metric=metric, noise=noise), encoding="utf-8")
    return Study(load_experiment(file), file)


def test_factors_to_which_nothing_responds_are_found(tmp_path: Path) -> None:
    """Pay is cost; nobody who is compared has the listener; one of the levels of 'both' moves the market."""
    assert unresponsive(study(tmp_path)) == (
        Unresponsive("accelerator", ("pay.accelerator",), True),
        Unresponsive("plan", ("pay.base_per_year", "pay.commission"), True),
        Unresponsive("listening", ("tools.listener.dprime",), False),
    )


@pytest.mark.parametrize(
    ("metric", "noise", "ends"),
    [
        ("contribution", "common", "it changes money only, so its values rank by money alone."),
        ("win_rate", "common", "it changes money only; win rate is the same at all its values."),
        (
            "win_rate",
            "own",
            "it changes money only; where win rate differs between its values, that is chance.",
        ),
    ],
)
def test_what_such_a_factor_decides_is_said(metric: str, noise: str, ends: str) -> None:
    found = (
        Unresponsive("accelerator", ("pay.accelerator",), True),
        Unresponsive("plan", ("pay.base_per_year", "pay.commission"), True),
        Unresponsive("listening", ("tools.listener.dprime",), False),
    )
    said = format_unresponsive(found, BY_NAME[metric], noise == "common")
    assert said[0] == f"Nothing in the market responds to pay.accelerator: {ends}"
    assert said[1] == f"Nothing in the market responds to plan (pay.base_per_year, pay.commission): {ends}"
    assert said[2].startswith("Nothing responds to tools.listener.dprime: no strategy that anybody follows")


SMALL = """
name = "pay"
scenario = "workshop"
strategies = ["usual", "shots"]
replications = 2
metrics = ["contribution"]
[set]
"market.buyers" = 40
"clock.warmup_weeks" = 0
"clock.weeks" = 4
[[factors]]
key = "pay.commission"
values = [0.0, 0.1]
"""


def test_a_sweep_over_pay_says_so_before_and_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Nothing in the market responds to pay.commission: it changes money only, so its values rank by money alone."
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pay.toml").write_text(SMALL, encoding="utf-8")
    plan = zerosum("sweep", "pay.toml", "--plan", columns="200")
    assert said in plan.stdout
    assert not (tmp_path / "results").exists()
    swept = zerosum("sweep", "pay.toml", "--workers", "0", columns="200")
    assert said in swept.stderr
    assert said in swept.stdout
    folder = next((tmp_path / "results" / "pay").iterdir())
    document = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert document["notes"] == [said]
    assert document["unresponsive"] == [{"factor": "commission", "keys": ["pay.commission"], "money": True}]
    runs = pd.read_parquet(folder / "runs.parquet")
    market = runs.drop(columns=[*OF_MONEY, "point"])
    assert (
        market[runs["point"] == 0]
        .reset_index(drop=True)
        .equals(market[runs["point"] == 1].reset_index(drop=True))
    )
    analysed = json.loads(zerosum("analyse", "pay.toml", "--json").stdout)
    assert said in analysed["said"]
    assert analysed["unresponsive"] == document["unresponsive"]
    assert zerosum("sweep", "pay.toml", "--workers", "0", "-q").stderr == ""


def test_no_shipped_experiment_has_such_a_factor() -> None:
    others = ("calibration", "optimise-kickoff", "arms-race")
    paths = [path for path in sorted((ROOT / "experiments").glob("*.toml")) if path.stem not in others]
    assert len(paths) >= 5
    assert {path.stem: unresponsive(Study(load_experiment(path), path)) for path in paths} == {
        path.stem: () for path in paths
    }


def test_an_optimisation_varies_nothing_that_changes_money_only() -> None:
    money = {key.path.removeprefix("strategies.") for key in MONEY}
    assert not money & set(KEYS)


# --- Strategies -----------------------------------------------------------------------------------------------

ALIKE = """
extends = "workshop"
tools = [
    { name = "cheap", saving = 0.3, cost_per_rep_year = 100 },
    { name = "dear", saving = 0.3, cost_per_rep_year = 9_000, training_cost = 1 },
]
strategies = [
    { name = "usual" },
    { name = "untrained", training = 0.0, reinvest = { selling = 1.0 } },
    { name = "low", tools = ["cheap"] },
    { name = "high", tools = ["dear"] },
    { name = "other", tools = ["dear"], training = 1.0 },
]
"""


def test_strategies_that_differ_in_cost_only_are_said_so() -> None:
    """Without a tool nobody is trained, and no hours are freed; two tools may differ in their price only."""
    scenario = parse_scenario(ALIKE, {"comparison.strategies": ["untrained", "low", "high", "other"]})
    assert alike_strategies(scenario) == [("usual", "untrained"), ("low", "high")]
    assert format_alike(scenario) == (
        "'usual' and 'untrained' are the same strategy: nothing responds to what they differ in. "
        "Nothing in the market responds to what 'low' and 'high' differ in: it is cost only and, because their tools "
        "are not the same rows, chance."
    )
    assert alike_strategies(scenario, ["other", "high", "usual"]) == []
    assert format_alike(load_scenario("kickoff")) == ""


def test_a_comparison_of_such_strategies_says_so(tmp_path: Path) -> None:
    (tmp_path / "alike.toml").write_text(ALIKE, encoding="utf-8")
    small = ("--set", "market.buyers=40", "--set", "clock.warmup_weeks=0", "--weeks", "3", "-n", "2")
    strategies = ("--set", "comparison.strategies=['untrained']")
    found = zerosum(
        "compare", str(tmp_path / "alike.toml"), *small, *strategies, "--out", str(tmp_path / "out")
    )
    said = "'usual' and 'untrained' are the same strategy: nothing responds to what they differ in."
    assert said in found.stderr
    assert said in " ".join(found.stdout.split())
    document = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert document["alike"] == [["usual", "untrained"]]
    differences = pd.read_csv(tmp_path / "out" / "differences.csv")
    assert (differences["difference"].dropna() == 0).all()
