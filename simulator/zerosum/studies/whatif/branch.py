"""Which keys can change when the measured weeks begin, and who is concerned.

What a company decides from one week to the next changes there, in the market as it stands after the warm-up:
strategies, tools, presales engineers, quotas, pay and prices of tools. All else (buyers, reps and territories,
products, drop-outs, invitations) made the market what it is. It has to hold from the first week of the warm-up:
otherwise one would measure how a market adapts.
"""

from __future__ import annotations

from collections.abc import Iterable

from zerosum.market.population import followed
from zerosum.scenario import keys_by_path, parse_scenario
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.overrides import find_path
from zerosum.scenario.paths import Path as KeyPath
from zerosum.scenario.paths import write_key
from zerosum.scenario.spec import Scenario

DECIDED = ("strategies", "tools", "quota", "pay", "money")
"""Tables whose keys can change at the branch."""

ENGINEERS = "presales"
"""Key of a vendor that can change at the branch: its engineers are hired, or leave, in that week."""


def changes_at_branch(scenario: Scenario, keys: Iterable[str]) -> bool:
    """Return whether all of some keys can change when the measured weeks begin."""
    return all(_can_change(find_path(scenario, key)) for key in keys)


def _can_change(path: KeyPath) -> bool:
    if path[0] in DECIDED or (path[0] == "vendors" and path[-1] == ENGINEERS):
        return True
    known = keys_by_path().get(write_key(part for part in path if isinstance(part, str)))
    return known is not None and known.money_only


def with_own_strategy(scenario: Scenario, key: str, adopters: Adopters) -> Scenario:
    """Return the same market, in which vendors that don't adopt follow a copy of the strategy that a key changes.

    In the status quo several vendors may follow one strategy. Those whose move is studied change it; the others carry
    on with the copy, so that they don't change, too.

    Parameters
    ----------
    scenario : Scenario
    key : str
        canonical
    adopters : Adopters
        whose move is studied
    """
    path = find_path(scenario, key)
    if path[0] != "strategies" or not isinstance(path[1], int):
        return scenario
    row = scenario.strategies[path[1]]
    if row.name not in followed(scenario):
        return scenario
    copied = f"{row.name} as it is"
    others = {
        write_key(["vendors", vendor.name, "strategy"]): copied
        for number, vendor in enumerate(scenario.vendors)
        if (vendor.strategy or scenario.baseline_name) == row.name
        and not _moves(number == scenario.focal_index, adopters)
    }
    if not others:
        return scenario
    rows = [strategy.model_dump() for strategy in scenario.strategies] + [row.model_dump() | {"name": copied}]
    return parse_scenario(scenario, {"strategies": rows, **others})


def _moves(is_focal: bool, adopters: Adopters) -> bool:
    return adopters == "all" or is_focal == (adopters == "focal")
