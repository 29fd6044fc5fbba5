"""Turn a room's settings into a scenario: side A's strategy is the baseline, side B's the other strategy.

The page shows runs of this scenario, and saves it. So ``zerosum compare`` gets the same years from the file as the
room saw.

A side's values change its own strategy and tools only. If the warm-up's status quo or the other side needs a row
unchanged, the side gets a copy. Otherwise a tool's row is changed in place: random numbers depend on a tool's row, so
moving a slider doesn't change them. If both sides use a tool with different values, the second is another tool to the
engine: its reps try and keep it by other random numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zerosum.market.inventory.strategies import Strategy
from zerosum.market.population import followed
from zerosum.market.run import chance_baseline
from zerosum.scenario import ScenarioError, parse_scenario
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.errors import join_names, nearest
from zerosum.scenario.load import tables_of
from zerosum.scenario.overrides import find_path
from zerosum.scenario.paths import write_key
from zerosum.scenario.spec import Scenario
from zerosum.workshop.sliders import Slider, sliders_of
from zerosum.workshop.state import LETTERS, SIDES, Refusal, Side, State, Values

LONGEST_NAME = 60
PLAN = "strategies.plan."
TRAINING = "strategies.training"


@dataclass(frozen=True)
class Room:
    """A scenario with both sides in it.

    Attributes
    ----------
    state : State
        with every value on its slider's scale
    scenario : Scenario
        its baseline is side A's strategy, its only other compared strategy side B's
    strategies : (str, str)
        their names in that scenario
    """

    state: State
    scenario: Scenario
    strategies: tuple[str, str]


def adopters_of(scenario: Scenario) -> tuple[Adopters, ...]:
    """Return the adopters that the page can show two sides for."""
    found: list[Adopters] = ["focal"]
    if len(scenario.vendors) > 1:
        found += ["competitors", "all"]
    if scenario.vendors[scenario.focal_index].reps >= len(SIDES):
        found.append("head-to-head")
    return tuple(found)


def furnish(scenario: Scenario, state: State) -> Room:
    """Return the scenario of a room.

    Parameters
    ----------
    scenario : Scenario
        that the workshop was opened with
    state : State

    Returns
    -------
    Room

    Raises
    ------
    Refusal
        for a strategy, adopters, a key or a value that this workshop doesn't have
    """
    snapped = understood(scenario, state)
    market = chance_baseline(scenario) if state.equal else scenario
    tables = tables_of(market)
    _move_market(tables, market, snapped.shared)
    quo = followed(market)
    sides: dict[str, Strategy] = {
        name: market.strategies[market.strategy_index(getattr(snapped, name).strategy)] for name in SIDES
    }
    tables["tools"], tool_names = _tools(market, snapped, quo, sides)
    rows = [row.model_dump(exclude_unset=True) for row in market.strategies if row.name in quo]
    names: list[str] = []
    for name, strategy in sides.items():
        row = _strategy(strategy, getattr(snapped, name), tool_names[name])
        plain = strategy.model_dump(exclude_unset=True)
        if row != plain or strategy.name in names:
            taken = {one["name"] for one in rows} | {one.name for one in market.strategies}
            row["name"] = _free_name(name, strategy.name, taken)
            rows.append(row)
        elif strategy.name not in quo:
            rows.append(row)
        names.append(row["name"])
    tables["strategies"] = rows
    _settle(tables, market, snapped)
    tables["vendors"] = [
        {**row, "strategy": vendor.strategy or market.baseline_name}
        for row, vendor in zip(_rows(tables, market, "vendors"), market.vendors, strict=True)
    ]
    tables["comparison"] = {
        **tables.get("comparison", {}),
        "baseline": names[0],
        "strategies": names,
        "adopters": [state.adopters],
        "replications": max(market.comparison.replications, state.year + 1),
    }
    tables["name"] = f"{scenario.name[: LONGEST_NAME - 5]}-room"
    try:
        return Room(snapped, parse_scenario(tables, source="these settings"), (names[0], names[1]))
    except ScenarioError as error:
        raise Refusal(str(error)) from None


def understood(scenario: Scenario, state: State) -> State:
    """Return the state with every value on its slider's scale.

    Raises
    ------
    Refusal
        with the nearest name, or what is allowed
    """
    sliders, names = sliders_of(scenario), [strategy.name for strategy in scenario.strategies]
    if state.adopters not in adopters_of(scenario):
        raise Refusal(
            f"adopters: this scenario can't have '{state.adopters}'; {join_names(adopters_of(scenario))}"
        )
    sides: dict[str, Side] = {}
    for name in SIDES:
        side: Side = getattr(state, name)
        if side.strategy not in names:
            raise _refuse_unknown(f"{name}.strategy", side.strategy, names, "strategy")
        values = _snap(sliders, side.values, f"{name}.values", of_side=True)
        sides[name] = side.model_copy(update={"values": values})
    shared = _snap(sliders, state.shared, "shared", of_side=False)
    return state.model_copy(update={**sides, "shared": shared})


def _snap(sliders: Mapping[str, Slider], values: Values, where: str, of_side: bool) -> Values:
    known = [key for key, slider in sliders.items() if slider.side == of_side]
    found = {}
    for key, value in values.items():
        if key not in known:
            raise _refuse_unknown(where, key, known, "slider")
        slider = sliders[key]
        if not slider.low <= value <= slider.high:
            raise Refusal(f"{where}: {key} = {value:g}; it goes from {slider.low:g} to {slider.high:g}")
        found[key] = slider.snapped(value)
    return found


def _refuse_unknown(where: str, name: str, known: list[str], kind: str) -> Refusal:
    close = nearest(name, known)
    right = f"did you mean '{close}'?" if close else f"there are {join_names(known, 'and')}"
    return Refusal(f"{where}: there is no {kind} '{name[:LONGEST_NAME]}'; {right}")


def _rows(tables: Mapping[str, Any], market: Scenario, table: str) -> list[dict[str, Any]]:
    """Return a table's rows as in a file, including default rows."""
    return list(tables.get(table) or [row.model_dump(exclude_unset=True) for row in getattr(market, table)])


def _move_market(tables: dict[str, Any], market: Scenario, shared: Values) -> None:
    """Set the values that were changed for both sides."""
    for key, value in shared.items():
        table, _, rest = key.partition(".")
        if table == "segments":
            (row,) = _rows(tables, market, table)
            tables[table] = [{**row, rest.rpartition(".")[2]: value}]
        else:
            tables[table] = {**tables.get(table, {}), rest: value}


def _settle(tables: dict[str, Any], market: Scenario, state: State) -> None:
    """Remove changed keys from [[uncertain]], and keys of strategies that the room doesn't have."""
    moved = set(state.shared)
    for side in (state.left, state.right):
        for key in side.values:
            of_strategy = key.startswith("strategies.")
            moved.add(write_key(["strategies", side.strategy, *key.split(".")[1:]]) if of_strategy else key)
    there = {row["name"] for row in tables["strategies"]}
    uncertain = [
        row
        for row in tables.get("uncertain", ())
        if row["key"] not in moved and _strategy_of(market, row["key"]) in (None, *there)
    ]
    if uncertain:
        tables["uncertain"] = uncertain
    else:
        tables.pop("uncertain", None)


def _strategy_of(market: Scenario, key: str) -> str | None:
    """Return the strategy that a key belongs to; None if none."""
    table, number, *_ = find_path(market, key)
    return market.strategies[number].name if table == "strategies" and isinstance(number, int) else None


def _tools(
    market: Scenario, state: State, quo: set[str], sides: Mapping[str, Strategy]
) -> tuple[list[dict[str, Any]], dict[str, dict[str, str]]]:
    """Return the rows of tools, and side -> the name there of each of its strategy's tools."""
    rows = {tool.name: tool.model_dump(exclude_unset=True) for tool in market.tools}
    in_use = {tool for strategy in market.strategies if strategy.name in quo for tool in strategy.tools}
    called: dict[str, dict[str, str]] = {}
    first: dict[str, dict[str, Any]] = {name: rows[name] for name in in_use}
    for side, strategy in sides.items():
        called[side] = {}
        for name in strategy.tools:
            head = f"{write_key(['tools', name])}."
            given = getattr(state, side).values
            set_here = {key.removeprefix(head): value for key, value in given.items() if key.startswith(head)}
            wanted = {
                **next(t for t in market.tools if t.name == name).model_dump(exclude_unset=True),
                **set_here,
            }
            if first.setdefault(name, wanted) == wanted:
                rows[name], called[side][name] = wanted, name
            else:
                copy = _free_name(side, name, set(rows))
                rows[copy], called[side][name] = {**wanted, "name": copy}, copy
    return list(rows.values()), called


def _strategy(strategy: Strategy, side: Side, tool_names: Mapping[str, str]) -> dict[str, Any]:
    """Return the row of a side's strategy, with its changed values."""
    row = strategy.model_dump(exclude_unset=True)
    if strategy.tools:
        row["tools"] = tuple(tool_names[name] for name in strategy.tools)
        if TRAINING in side.values:
            row["training"] = side.values[TRAINING]
    fixed = {key.removeprefix(PLAN): value for key, value in side.values.items() if key.startswith(PLAN)}
    if fixed:
        row["plan"] = _plan(strategy.plan.model_dump(), fixed)
    return row


def _plan(own: Mapping[str, float], fixed: Mapping[str, float]) -> dict[str, float]:
    """Return a plan's shares with some of them fixed; scale the others in proportion."""
    left = 1.0 - sum(fixed.values())
    if left < -1e-9:
        said = " and ".join(f"{name} {share:g}" for name, share in fixed.items())
        raise Refusal(f"strategies.plan: {said} come to {1 - left:g}; a week has no more than 1")
    rest = {name: share for name, share in own.items() if name not in fixed}
    before = sum(rest.values())
    parts = {name: share / before if before > 0 else 1 / len(rest) for name, share in rest.items()}
    return {**fixed, **{name: round(max(left, 0.0) * part, 9) for name, part in parts.items()}}


def _free_name(side: str, name: str, taken: set[str]) -> str:
    """Return a copy's name, with its side: ``A dialler``."""
    letter = LETTERS[side]
    found = f"{letter} {name}"[:LONGEST_NAME].rstrip(" .")
    while found in taken:
        found = f"{letter}{found}"[:LONGEST_NAME].rstrip(" .")
    return found
