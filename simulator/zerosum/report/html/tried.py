"""Describe each strategy: the baseline in full, the others by their differences."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from zerosum.market.declare.section import Section
from zerosum.market.inventory.strategies import Strategy, Tool
from zerosum.report.intervals import format_list
from zerosum.report.wording import count
from zerosum.scenario.spec import Scenario

_ACTIVITIES = {
    "prospecting": "prospecting (calls)",
    "preparation": "preparation",
    "selling": "selling",
    "social": "social media",
    "slack": "nothing in particular (slack)",
}


@dataclass(frozen=True)
class Claims:
    """A tool that strategies offer: its effects, as in the scenario, and its cost."""

    name: str
    claims: tuple[str, ...]
    cost: str


@dataclass(frozen=True)
class Changes:
    """A strategy and what it changes."""

    name: str
    is_baseline: bool
    changes: tuple[str, ...]


def format_changes(scenario: Scenario) -> list[Changes]:
    """Describe every strategy, the baseline first."""
    rows = {strategy.name: strategy for strategy in scenario.strategies}
    tools = {tool.name: tool for tool in scenario.tools}
    usual = rows[scenario.baseline_name]
    found = []
    for name in scenario.compared_names:
        own = rows[name]
        offered = [tools[tool] for tool in own.tools]
        is_baseline = name == usual.name
        changes = _whole(own) if is_baseline else _changes(own, usual, offered)
        found.append(Changes(name, is_baseline, tuple(changes)))
    return found


def format_claims(scenario: Scenario) -> list[Claims]:
    """Describe the tools that any strategy offers to its reps, in the scenario's order."""
    strategies = {strategy.name: strategy for strategy in scenario.strategies}
    offered = {tool for name in scenario.compared_names for tool in strategies[name].tools}
    return [_claims(tool) for tool in scenario.tools if tool.name in offered]


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"


def _claims(tool: Tool) -> Claims:
    said = []
    if tool.saving:
        said.append(f"saves {_percent(tool.saving)} of the hours of admin")
    if tool.boost:
        said.append(f"{_percent(tool.boost)} more outreach attempts in an hour of prospecting")
    if tool.dprime:
        # Signal detection: the area under the curve, the probability of picking the right one of two.
        right = 0.5 * (1.0 + math.erf(tool.dprime / 2.0))
        said.append(
            "shown a buyer in the market and one that isn't, it picks the right one in "
            f"{100 * right:.0f} of 100 cases (d'\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{tool.dprime:g})"
        )
    if tool.scans:
        said.append(f"looks at {tool.scans:g} more accounts a week for the rep")
    if tool.accuracy:
        said.append(f"finds the product that fits best in {100 * tool.accuracy:.3g} of 100 cases")
    cost = f"{_amount(tool.cost_per_rep_year)} per rep and year"
    if tool.training_cost:
        cost += f", {_amount(tool.training_cost)} per rep once for full training"
    return Claims(tool.name, tuple(said) or ("does nothing",), cost)


def _shares(section: Section) -> str:
    parts = [(share, _ACTIVITIES[name]) for name, share in section if share]
    return format_list([f"{_percent(share)} {words}" for share, words in parts])


def _tools(strategy: Strategy) -> str:
    """Name its tools and their training."""
    names = format_list([f"'{name}'" for name in strategy.tools])
    full = "full training" if strategy.training == 1 else f"{_percent(strategy.training)} of full training"
    given = "no training" if strategy.training == 0 else full
    return f"{'Tool' if len(strategy.tools) == 1 else 'Tools'} {names}, with {given}"


def _whole(strategy: Strategy) -> Iterator[str]:
    yield f"Of the hours left after admin and learning: {_shares(strategy.plan)}."
    yield f"{_tools(strategy)}." if strategy.tools else "No tools."
    neutral = Strategy(name=strategy.name)
    yield from _further(strategy, neutral)


def _changes(own: Strategy, usual: Strategy, offered: list[Tool]) -> Iterator[str]:
    if own.tools and own.tools != usual.tools:
        yield f"{_tools(own)}."
    dropped = [name for name in usual.tools if name not in own.tools]
    if dropped:
        yield f"Without the {'tool' if len(dropped) == 1 else 'tools'} {format_list(dropped)}."
    moved = [
        f"{_ACTIVITIES[name]} {_percent(share)} instead of {_percent(getattr(usual.plan, name))}"
        for name, share in own.plan
        if share != getattr(usual.plan, name)
    ]
    if moved:
        yield f"Hours are planned otherwise: {format_list(moved)}."
    saves = any(tool.saving for tool in offered)
    if saves:
        yield f"The hours that tools save go to: {_shares(own.reinvest)}."
    elif own.reinvest != usual.reinvest:
        yield f"Hours that tools save would go to: {_shares(own.reinvest)}; none of its tools saves any."
    yield from _further(own, usual)
    if own.model_copy(update={"name": usual.name}) == usual:
        yield "The same as the baseline, under another name."


def _further(own: Strategy, usual: Strategy) -> Iterator[str]:
    """Describe settings off by default: extra hours, departments, habits, presales, casework rules."""
    extra = [f"{hours:g} of {_ACTIVITIES[name]}" for name, hours in own.extra_hours if hours]
    if own.extra_hours != usual.extra_hours:
        said = f"Hours a week on top: {format_list(extra)}" if extra else "No hours on top"
        yield f"{said}{', paid at the base wage of an hour' if extra else ''}."
    if own.social != usual.social:
        names = ", then ".join(own.social).capitalize()
        yield (
            f"{names} {'takes' if len(own.social) == 1 else 'take'} up social media."
            if own.social
            else ("No department takes up social media.")
        )
    if own.habit_change != usual.habit_change:
        yield (
            "Habits don't follow the plan: people go on as they did."
            if own.habit_change == 0
            else f"Habits follow the plan {own.habit_change:g} times as fast as usual."
        )
    if own.focus != usual.focus:
        how = "by their value" if own.focus == "value" else "evenly"
        yield f"Hours are spread over open opportunities {how}."
    if own.extra_presales != usual.extra_presales:
        yield f"{count(own.extra_presales, 'presales engineer')} on top of the vendor's own."
    if own.push != usual.push:
        yield (
            "Reps behind quota push at a quarter's end: more selling hours, discounts, decisions brought forward."
            if own.push
            else "No push at a quarter's end."
        )
    if own.upgrade != usual.upgrade:
        yield (
            "Newer products are pitched to own customers, too."
            if own.upgrade
            else "Own customers are not offered newer products."
        )
