"""What a comparison's verdict rests on, as far as it is known from the scenario and from results beside it.

A verdict may rest on what tools are claimed to do, on calibrated values that other parameter sets have otherwise, and
on keys along which a map found a crossover.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.errors import ZerosumError
from zerosum.market.inventory.strategies import CLAIMS
from zerosum.runs import outputs
from zerosum.runs.find import HOME
from zerosum.scenario import parse_scenario, results_hash
from zerosum.scenario.spec import Scenario

if TYPE_CHECKING:
    from zerosum.studies.map import Axis

ACROSS = "compare-across-fits"
"""The folder, beside those of comparisons, of a comparison under several calibrated parameter sets; its command."""
MAP = "map.json"
"""A map's file in its folder."""


@dataclass(frozen=True)
class UnderSets:
    """How often strategies gained and lost under several calibrated parameter sets.

    Attributes
    ----------
    metric : str
    table : mapping
        (adopters, strategy) -> the columns of ``across.csv`` for the metric
    """

    metric: str
    table: Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True)
class Crossing:
    """A value at which two strategies are equal, from a map; numbers as the map shows them.

    Attributes
    ----------
    strategies : tuple of str
        the two
    label : str
        of the key
    at, low, high : float
        the crossover with its 95 % interval
    here : float
        the scenario's own value
    """

    strategies: tuple[str, str]
    label: str
    at: float
    low: float
    high: float
    here: float


@dataclass(frozen=True)
class Rests:
    """What was found beside a comparison: None or empty if nothing was."""

    sets: UnderSets | None = None
    crossings: tuple[Crossing, ...] = ()


NOTHING = Rests()


def find_rests(scenario: Scenario, metric: str, folder: Path) -> Rests:
    """Return what results beside a comparison's folder say about its verdict.

    Parameters
    ----------
    scenario : Scenario
    metric : str
        the decision metric
    folder : Path
        of the comparison; its neighbors and the usual folder of results are searched. What can't be read is left out.
    """
    homes = {path.resolve(): path for path in (folder.parent, HOME / scenario.name)}.values()
    sets = (_under_sets(scenario, metric, home / ACROSS) for home in homes)
    crossings = (one for home in homes for one in _crossings(scenario, metric, home))
    return Rests(next((one for one in sets if one is not None), None), tuple(crossings))


def claimed_tools(scenario: Scenario, strategies: Iterable[str]) -> tuple[str, ...]:
    """Return the tools of some strategies that have an effect."""
    used = {tool for name in strategies for tool in scenario.strategies[scenario.strategy_index(name)].tools}
    return tuple(
        tool.name
        for tool in scenario.tools
        if tool.name in used and any(getattr(tool, name) for name in CLAIMS)
    )


def _under_sets(scenario: Scenario, metric: str, folder: Path) -> UnderSets | None:
    summary = outputs.summary_of(folder)
    try:
        if summary.get("command") != ACROSS or not _is_of(scenario, parse_scenario(summary["settings"])):
            return None
        table = {
            (adopters, strategy): rows[metric]
            for adopters, strategies in summary["adopters"].items()
            for strategy, rows in strategies.items()
        }
    except (ZerosumError, AttributeError, KeyError, TypeError, ValueError):
        return None
    return UnderSets(metric, table)


def _is_of(scenario: Scenario, other: Scenario) -> bool:
    """Return whether two scenarios describe the same market, whoever adopts and however often it is simulated."""
    same = {"adopters": ("focal",), "replications": 1, "seed": 0}
    alike = [
        results_hash(one.model_copy(update={"comparison": one.comparison.model_copy(update=same)}))
        for one in (scenario, other)
    ]
    return alike[0] == alike[1]


def _crossings(scenario: Scenario, metric: str, home: Path) -> Sequence[Crossing]:
    """Return the nearest crossover along each axis of a scenario's maps, the newest map first.

    Left out are crossovers that aren't located (their interval spans the whole axis), and axes on which the map's place
    isn't the scenario's own value.
    """
    folders = [path.parent for path in sorted(home.glob(f"*/{MAP}"))]
    if not folders:
        return ()
    from zerosum.studies.map import maps_of  # it takes a while to import, and most folders hold no map

    found = []
    for kept in sorted(maps_of(scenario, folders), key=lambda one: one.finished, reverse=True):
        question = kept.asked.question
        if question.metric.name != metric or question.adopters != scenario.comparison.adopters[0]:
            continue
        for axis in outputs.summary_of(kept.folder).get("axes", ()):
            try:
                if not _is_at(scenario, next(one for one in kept.asked.candidates if one.key == axis["key"])):
                    continue
                located = [
                    one
                    for one in axis["crossovers"]
                    if one["low"] > axis["low"] or one["high"] < axis["high"]
                ]
                if not located:
                    continue
                near = min(located, key=lambda one: abs(one["at"] - axis["place"]))
                numbers = (float(near["at"]), float(near["low"]), float(near["high"]), float(axis["place"]))
                found.append(Crossing((question.strategy, question.against), _label(axis), *numbers))
            except (KeyError, StopIteration, TypeError, ValueError):
                continue
    return found


def _is_at(scenario: Scenario, axis: Axis) -> bool:
    """Return whether a map's place on an axis is the scenario's own value; it may have been given."""
    return results_hash(parse_scenario(scenario, axis.factor.overrides(axis.here))) == results_hash(scenario)


def _label(axis: Mapping[str, Any]) -> str:
    """Return what a key means; of a row of a table with the row's name first."""
    table, *row, _ = str(axis["key"]).split(".")
    label = str(axis["label"] or axis["key"])
    return f"{'.'.join(row)}: {label[:1].lower()}{label[1:]}" if table and row else label
