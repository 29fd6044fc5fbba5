"""Every number of a scenario at its limits: a small market runs there, and what it says is a number or undefined."""

from __future__ import annotations

import itertools
import math
import random
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.each import each
from zerosum.market.declare.section import HOURS_OF_A_WEEK, LEAST_PRICE, SHORTEST_WEEK, SMALLEST
from zerosum.market.metrics import measure
from zerosum.market.run import simulate
from zerosum.scenario import Scenario, ScenarioError, keys, parse_scenario, scenario_schema
from zerosum.scenario.schema import node_at

BUSY = """
clock = { warmup_weeks = 52, weeks = 6 }
market = { buyers = 40, saturation = 0.8 }
contracts = { attrition = 0.1 }
invitations = { rule = "consideration", competitors = 0.3, review_factor = 1.5, need_factor = 1.5 }
vendors = [{ name = "Alder", reps = 3, presales = 1 }, { name = "Elm", reps = 2, presales = 1, strategy = "all" }]
products = [
    { name = "P", vendor = "Alder" },
    { name = "Q", vendor = "Alder", launch_week = -20, quality = 0.3 },
    { name = "R", vendor = "Elm" },
]
segments = [
    { name = "a", share = 0.5, contract_weeks = 20, evaluation_weeks = 3.0 },
    { name = "b", share = 0.5, contract_weeks = 12, evaluation_weeks = 3.0 },
]

[[tools]]
name = "t"
saving = 0.3
boost = 0.5
dprime = 1.0
scans = 20.0
accuracy = 0.5
trial_weeks = 4
innovation = 0.5

[[strategies]]
name = "usual"

[[strategies]]
name = "all"
tools = ["t"]
social = ["marketing", "service", "sales"]
focus = "value"
push = true
upgrade = true
extra_hours = { selling = 2.0 }
extra_presales = 1
reinvest = { selling = 1.0 }
"""
"""A market in which every rule is at work."""

ROWS = {"segments": 0, "vendors": 0, "products": 1, "tools": 0, "strategies": 1}
AT_LEAST = 310
"""Limits that are looked at; fewer means that keys have got lost."""

ASKED = ("clock", "comparison", "uncertain")
TOGETHER = ("segments.share", "strategies.plan", "strategies.reinvest")
"""Shares that sum to 1: none has its limit alone."""

TOO_MANY = ("market.buyers", "vendors.reps", "vendors.reps_by_segment")
"""Their upper limit is what a large machine can hold."""

LARGEST = 1e60
"""No measure comes near to it, and its square is still a number."""


def limits() -> Iterator[tuple[str, float | int]]:
    """Yield (key, value) of each numeric field at each of its limits; next to 0, where it can be 0."""
    for key in keys():
        table, *rest = key.path.split(".")
        if key.path.startswith((*ASKED, *TOGETHER)):
            continue
        path = (table, ROWS[table], *rest) if table in ROWS else (table, *rest)
        node = node_at(path) or {}
        if node.get("type") not in ("number", "integer"):
            continue
        whole = node["type"] == "integer"
        found = {node[limit] for limit in ("minimum", "maximum") if limit in node}
        if "exclusiveMaximum" in node:
            found.add(math.nextafter(node["exclusiveMaximum"], 0.0))
        if not whole and node["minimum"] == 0:
            found.add(SHORTEST_WEEK if key.path == "reps.hours_per_week" else SMALLEST)
        if key.path in TOO_MANY:
            found.remove(node["maximum"])
        for value in sorted(found):
            yield ".".join(map(str, path)), int(value) if whole else float(value)


def at(base: Scenario, changes: Mapping[str, Any]) -> Scenario | None:
    """Return the scenario with these values; None if it says that they don't fit each other."""
    try:
        return parse_scenario(base, changes)
    except ScenarioError as error:
        assert " must " in str(error) or "a week has" in str(error) or "no product at the start" in str(error)
        return None


def fault(scenario: Scenario) -> str:
    """Say what a run says that is no number; empty if there is nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            numbers = measure(simulate(scenario, "all", "focal", 1))
        except (ArithmeticError, RuntimeWarning, ValueError) as error:
            return f"{type(error).__name__}: {error}"
    return ", ".join(f"{name} = {value}" for name, value in numbers.items() if abs(value) > LARGEST)


def test_a_market_runs_at_every_limit_of_every_number() -> None:
    base, seen, ran = parse_scenario(BUSY), 0, 0
    assert fault(base) == ""
    found: dict[str, str] = {}
    for key, value in limits():
        seen += 1
        scenario = at(base, {key: value})
        if scenario is not None:
            ran += 1
            found[f"{key} = {value}"] = fault(scenario)
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
    assert seen >= AT_LEAST
    assert ran >= seen - 19


def test_a_market_runs_at_many_limits_at_once() -> None:
    """Any forty numbers at limits: what divides, multiplies and exponentiates in one formula meets at its extremes."""
    base, noise = parse_scenario(BUSY), random.Random(14)
    by_key: dict[str, list[float | int]] = {}
    for key, value in limits():
        # Weeks of 168 hours, rates of 52 a year: their sums are refused, and with them nearly every draw.
        if not key.startswith(("strategies.1.extra_hours", "need.", "social.")):
            by_key.setdefault(key, []).append(value)
    found, ran = {}, 0
    for draw in range(150):
        changes = {key: noise.choice(by_key[key]) for key in noise.sample(sorted(by_key), 40)}
        scenario = at(base, changes)
        if scenario is not None:
            ran += 1
            found[draw] = fault(scenario)
    assert {draw: wrong for draw, wrong in found.items() if wrong} == {}
    assert ran >= 40


@pytest.mark.slow
def test_a_market_runs_at_every_pair_of_limits() -> None:
    base, found = parse_scenario(BUSY), {}
    for (first, low), (second, high) in itertools.combinations(limits(), 2):
        scenario = at(base, {first: low, second: high}) if first != second else None
        if scenario is not None and (wrong := fault(scenario)):
            found[f"{first} = {low}, {second} = {high}"] = wrong
    assert found == {}


@each(
    ("override", "said"),
    [
        (
            "products.Alder.price=1e-300",
            "price = 1e-300 is too small; it must be a number from 0.01 to 10 (index)",
        ),
        ("products.Alder.price=0.001", "is too small; it must be a number from 0.01 to 10 (index)"),
        (
            "products.Alder.price=250",
            "is too large; write 2.5 for 250 %; it must be a number from 0.01 to 10 (index)",
        ),
        ("quota.stretch=1e-300", "quota.stretch = 1e-300 is too small; it must be a number from 0.01 to"),
        ("quota.stretch=0.001", "it must be a number from 0.01 to 10 (ratio)"),
        ("quota.growth=0.01", "from 0.1 to 10"),
        ("segments.all.value_median=0", "from 0.001 to 1,000,000,000,000"),
        ("segments.all.evaluation_weeks=1e-4", "from 0.001 to 260 (weeks)"),
        ("support.service_weeks=0", "from 1e-06 to 5,200 (weeks)"),
        ("reps.ramp_weeks=0", "from 0.001 to 5,200 (weeks)"),
        ("effort.preparation_hours=0", "from 0.01 to"),
        ("effort.selling_hours=0", "from 0.01 to"),
        ("trust.social_hours=0", "from 0.01 to"),
        (
            "market.saturation=5e-324",
            "market.saturation = 5e-324 is too near to 0; write 0, or at least 1e-09",
        ),
        ("segments.all.switching_cost=-1e-12", "is too near to 0"),
        (
            "reps.hours_per_week=0.05",
            "reps.hours_per_week = 0.05 is too near to 0; write 0, or at least 0.1",
        ),
    ],
)
def test_what_is_next_to_nothing_is_refused(override: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario("", [override])
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"--set {override}: ")


def test_the_schema_knows_what_is_next_to_nothing() -> None:
    """Editors mark it, as the loader refuses it."""
    schema = scenario_schema()
    taken = Draft202012Validator(schema).is_valid
    for value, right in (
        (0, True),
        (0.0, True),
        (1e-9, True),
        (9e-10, False),
        (1e-300, False),
        (0.5, True),
        (1.1, False),
    ):
        assert taken({"market": {"saturation": value}}) is right
    for value, right in ((0, True), (0.05, False), (0.1, True), (45, True), (169, False)):
        assert taken({"reps": {"hours_per_week": value}}) is right
    for value, right in ((-1.0, True), (-1e-10, False), (1e-10, False), (-1e-9, True), (-2e6, False)):
        assert taken({"review": {"critical": value}}) is right


def test_zero_and_the_least_are_taken() -> None:
    taken = parse_scenario(
        "", {"market.saturation": 0.0, "review.max_per_year": SMALLEST, "reps.hours_per_week": 0}
    )
    assert (taken.market.saturation, taken.review.max_per_year) == (0.0, 1e-9)
    assert parse_scenario("", {"products.Alder.price": 0.01}).products[0].price == LEAST_PRICE == 0.01


def test_nobody_works_more_hours_than_a_week_has() -> None:
    """168 hours a week, and 168 on top for each of four activities, made 840."""
    extra = "extra_hours = { selling = 100.0, social = 24.0 }"
    text = f"[[strategies]]\nname = 'usual'\n[[strategies]]\nname = 'more'\n{extra}\n"
    assert HOURS_OF_A_WEEK == 168
    assert parse_scenario(text, {"reps.hours_per_week": 44.0}).reps.hours_per_week == 44.0
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, {"reps.hours_per_week": 44.5})
    (problem,) = caught.value.problems
    assert problem.key == "strategies.more.extra_hours"
    assert "'more' works 124 hours a week on top of reps.hours_per_week = 44.5; a week has 168" in str(
        problem
    )
    full = dict.fromkeys(("prospecting", "preparation", "selling", "social"), 168.0)
    with pytest.raises(ScenarioError, match="works 672 hours a week on top of"):
        parse_scenario(text, {"reps.hours_per_week": 168.0, "strategies.more.extra_hours": full})
    assert parse_scenario("", {"reps.hours_per_week": 168.0}).reps.hours_per_week == 168.0


@each("name", ["con", "NUL", "prn", "Aux", "com1", "LPT9", "con.toml", "nul.2024.x", "aux .a", "a.", "a "])
def test_names_that_some_system_reserves_are_refused_on_every_one(name: str) -> None:
    for text in (f"name = '{name}'", f"[[strategies]]\nname = '{name}'"):
        with pytest.raises(ScenarioError, match=r"is reserved on Windows|ends with a space or a dot"):
            parse_scenario(text)


@pytest.mark.parametrize("name", ["console", "com10", "my con", "auxiliary.v2", "x.nul", "lpt"])
def test_names_that_only_look_like_it_are_taken(name: str) -> None:
    assert parse_scenario(f"name = '{name}'").name == name


def test_quotas_stay_within_reach_over_many_years() -> None:
    """Halved each year for a century, they would be nothing, and attainment a number of thirty digits."""
    century = {"clock.warmup_weeks": 52 * 50, "clock.weeks": 52 * 50}
    with pytest.raises(ScenarioError) as caught:
        parse_scenario("", {**century, "quota.growth": 0.5})
    assert str(caught.value) == (
        "scenario: quota.growth: a factor of 0.5 a year makes 0.5 to the power of 100 of a quota in 100 years; it must "
        "lie between 0.870964 and 1.14815 for so many"
    ).replace("scenario:", "override quota.growth:")
    assert parse_scenario("", {**century, "quota.growth": 1.14}).quota.growth == 1.14
    assert (
        parse_scenario("", {"clock.weeks": 52, "clock.warmup_weeks": 104, "quota.growth": 10.0}).quota.growth
        == 10.0
    )
