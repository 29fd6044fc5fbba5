"""Draw the values of uncertain assumptions (``[[uncertain]]``) for each replication.

All strategies of a replication share its values. Each set of values gets two simulated runs: their results differ by
chance alone, which separates chance from uncertainty in the spread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from zerosum.market import draws
from zerosum.scenario import Problem, ScenarioError, parse_scenario
from zerosum.scenario.spec import Scenario

COURSES = 2
"""Simulated runs of each set of values."""


def courses(scenario: Scenario) -> int:
    """Return how many replications in a row share their values: one where nothing is uncertain."""
    return COURSES if scenario.uncertain else 1


def draw_of(replication: int) -> int:
    """Return the number of a replication's set of values."""
    return replication // COURSES


def believed(scenario: Scenario, replication: int) -> Mapping[str, float]:
    """Return the values of a replication, by key; empty where nothing is uncertain.

    Draws: (ASSUMPTION, agent=digest of the key) under the run key of the set's number: a key's values don't depend on
    which other keys are uncertain.
    """
    key = draws.run_key(scenario.comparison.seed, draw_of(replication))
    return {
        row.key: row.at(float(draws.uniform(key, draws.ASSUMPTION, _agent(row.key), 0, 0)))
        for row in scenario.uncertain
    }


def assumed(scenario: Scenario, replication: int, *, alone: bool = False) -> Scenario:
    """Return the scenario of a replication: every uncertain key has one value.

    Parameters
    ----------
    scenario : Scenario
    replication : int
    alone : bool
        whether the replication has its values to itself, instead of sharing them with another: replications are then
        independent, and intervals over them hold both chance and uncertainty

    Raises
    ------
    ScenarioError
        If it can't have these values together; says which were drawn.
    """
    values = believed(scenario, replication * COURSES if alone else replication)
    if not values:
        return scenario
    try:
        return parse_scenario(scenario.model_copy(update={"uncertain": ()}), values)
    except ScenarioError as error:
        raise ScenarioError(
            Problem(
                wrong=f"[[uncertain]] drew for replication {replication} what can't be together "
                f"({', '.join(f'{key} = {value:g}' for key, value in values.items())}): {problem.wrong}",
                source=scenario.name,
                key="uncertain",
                allowed=f"narrow the ranges; {problem.allowed}".removesuffix("; "),
            )
            for problem in error.problems
        ) from None


def _agent(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big")
