"""Hash a scenario: a digest of all that can change a result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from zerosum.scenario.extend import codes, metrics_from_outside
from zerosum.scenario.keys import keys
from zerosum.scenario.spec import Scenario

NO_MEANING = ("name", "question")
"""Keys that change no result, and are left out of the hash."""

NOTHING_WITHOUT_TOOLS = ("reinvest", "training")
"""Keys of a strategy that do nothing if it has no tools: no hours are saved, and nobody is trained."""


def canonical_json(scenario: Scenario, told: Mapping[str, str] | None = None) -> str:
    """Return a scenario as canonical JSON, the same for all ways of writing it.

    Defaults are written out. Values that follow from other keys are filled in (an unnamed baseline, focal vendor or
    strategy list, missing shares of vendors). Keys are sorted, floats written by ``repr``, -0.0 as 0.0.
    ``name``, ``question`` and ``money.currency`` are left out.

    Parameters
    ----------
    scenario : Scenario
    told : mapping, optional
        external code of the runs, if not the current one

    Returns
    -------
    str
    """
    # Validated again, because a copy with updates may hold an integer where the file would hold a float.
    scenario = Scenario.model_validate(scenario.model_dump())
    meaning = scenario.model_dump(exclude={**dict.fromkeys(NO_MEANING, True), "money": {"currency"}})
    meaning["comparison"] |= {
        "baseline": scenario.baseline_name,
        "strategies": scenario.compared_names,
        "focal": scenario.vendors[scenario.focal_index].name,
    }
    for row, vendor, share in zip(meaning["vendors"], scenario.vendors, scenario.vendor_shares, strict=True):
        row["share"] = share
        row["strategy"] = row["strategy"] or scenario.baseline_name
        row["reps_by_segment"] = scenario.reps_by_segment(vendor)
        if row["reps_by_segment"] is None:
            del row["reps_by_segment"]  # written only if it has an effect: other scenarios keep their hash
    by_segment = any(vendor.territory == "segment" for vendor in scenario.vendors)
    if scenario.comparison.chance_baseline == "equal-reps" and not by_segment:
        # Such scenarios keep their hash. Where territories are by segment, the chance baseline has changed.
        del meaning["comparison"]["chance_baseline"]
    for table in (meaning, *meaning["tools"]):
        for name in [name for name, value in table.items() if value is None]:
            del table[name]  # of an external rule or effect that is off: installing it changes no hash
    for tool, name, code in codes(scenario, told):
        (meaning if tool is None else meaning["tools"][tool])[name]["outside"] = code
    for strategy in meaning["strategies"]:
        strategy["social"] = sorted(strategy["social"])
    return json.dumps(_positive_zeros(meaning), sort_keys=True, separators=(",", ":"), allow_nan=False)


def scenario_hash(scenario: Scenario, told: Mapping[str, str] | None = None) -> str:
    """Return a scenario's SHA-256, 64 hexadecimal digits; equal scenarios have equal hashes.

    ``name``, ``question`` and ``money.currency`` don't count, because they change no result. Seed and number of
    replications do.
    """
    return hashlib.sha256(canonical_json(scenario, told).encode("utf-8")).hexdigest()


def market_json(scenario: Scenario, with_money: bool = False) -> str:
    """Return the settings that affect the market, as JSON: the same text, the same market.

    As :func:`canonical_json`, without keys that change money only, and without unused tools and strategies: only
    their names are kept, because their rows count.

    Parameters
    ----------
    scenario : Scenario
    with_money : bool
        Keep keys that change money only: the same text, the same runs.
    """
    meaning = json.loads(canonical_json(scenario))
    followed = {*meaning["comparison"]["strategies"], *(vendor["strategy"] for vendor in meaning["vendors"])}
    offered = {tool for row in meaning["strategies"] if row["name"] in followed for tool in row["tools"]}
    for table, used in (("strategies", followed), ("tools", offered)):
        meaning[table] = [row if row["name"] in used else {"name": row["name"]} for row in meaning[table]]
    for key in keys():
        if key.money_only and not with_money:
            *tables, name = key.path.split(".")
            _drop(meaning, tables, name)
    return json.dumps(meaning, sort_keys=True)


def runs_json(scenario: Scenario, strategy: str | None = None, named: Collection[str] = ()) -> str:
    """Return what one strategy's runs depend on besides the replication, as JSON: the same text, the same runs.

    Other strategies and their tools are left out, so that adding one changes nothing. Exceptions: ``head-to-head``,
    where all compete in one market, and rules of other packages, which may read anything.

    Parameters
    ----------
    scenario : Scenario
    strategy : str, optional
        without one, what the runs of all strategies have in common
    named : collection of str
        other strategies and tools to keep, because keys that are changed later name them
    """
    meaning = json.loads(canonical_json(scenario))
    comparison, names = (
        meaning["comparison"],
        {*named, *(row["strategy"] for row in meaning["vendors"]), strategy},
    )
    del comparison["replications"], comparison["baseline"]  # every vendor names its strategy
    if "head-to-head" in comparison["adopters"] or any(True for _ in codes(scenario)):
        names |= {row["name"] for row in meaning["strategies"]}
    else:
        del comparison["strategies"]
    meaning["strategies"] = [row for row in meaning["strategies"] if row["name"] in names]
    names |= {tool for row in meaning["strategies"] for tool in row["tools"]}
    # By number: random numbers depend on a tool's row.
    meaning["tools"] = {number: row for number, row in enumerate(meaning["tools"]) if row["name"] in names}
    return json.dumps([strategy, meaning], sort_keys=True)


def alike_strategies(scenario: Scenario, names: Iterable[str] = ()) -> list[tuple[str, ...]]:
    """Return strategies that have the same effect on the market: they differ in names and cost only.

    Parameters
    ----------
    scenario : Scenario
    names : iterable of str
        Strategies to check; those that are compared if none are given.

    Returns
    -------
    list of tuple of str
        Groups of two or more names, in the order given.
    """
    dear = [key.path.partition(".")[2] for key in keys() if key.money_only and key.path.startswith("tools.")]
    tools = {tool.name: tool.model_dump(exclude={"name", *dear}) for tool in scenario.tools}
    groups: dict[str, list[str]] = {}
    for name in tuple(dict.fromkeys(names)) or scenario.compared_names:
        strategy = scenario.strategies[scenario.strategy_index(name)]
        meaning = strategy.model_dump(exclude={"name"}) | {"social": sorted(strategy.social)}
        meaning["tools"] = [tools[tool] for tool in strategy.tools]
        if not strategy.tools:
            meaning |= dict.fromkeys(NOTHING_WITHOUT_TOOLS)
        groups.setdefault(json.dumps(meaning, sort_keys=True), []).append(name)
    return [tuple(names) for names in groups.values() if len(names) > 1]


def _drop(meaning: Any, tables: list[str], name: str) -> None:
    if not tables:
        for row in meaning if isinstance(meaning, list) else [meaning]:
            row.pop(name, None)
        return
    for row in meaning if isinstance(meaning, list) else [meaning]:
        if tables[0] in row:
            _drop(row[tables[0]], tables[1:], name)


def results_hash(scenario: Scenario, told: Mapping[str, str] | None = None) -> str:
    """Return 64 hexadecimal digits, equal for scenarios with the same replications.

    As :func:`scenario_hash`, without the number of replications: more of them extend the same results.
    """
    alike = scenario.comparison.model_copy(update={"replications": 1})
    return scenario_hash(scenario.model_copy(update={"comparison": alike}), told)


def folder_name(scenario: Scenario) -> str:
    """Return a folder's name: the first 16 digits of :func:`results_hash`.

    External metrics add four digits: results with them, or with another version, get another folder.
    """
    metrics = metrics_from_outside()
    more = f"-{hashlib.sha256(repr(sorted(metrics.items())).encode()).hexdigest()[:4]}" if metrics else ""
    return results_hash(scenario)[:16] + more


def _positive_zeros(value: Any) -> Any:
    match value:
        case float():
            return value + 0.0
        case dict():
            return {key: _positive_zeros(item) for key, item in value.items()}
        case list() | tuple():
            return [_positive_zeros(item) for item in value]
        case _:
            return value
