"""Read a map from its folder alone, and find the maps of a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from zerosum.errors import InputError, StoreError
from zerosum.runs.manifest import NAME
from zerosum.runs.parts import Parts
from zerosum.runs.store import read_document
from zerosum.scenario import ScenarioError, parse_scenario, results_hash
from zerosum.scenario.spec import Scenario
from zerosum.studies.map.design import Question
from zerosum.studies.map.facts import FactWork
from zerosum.studies.map.folder import MANIFEST, Asked, read_asked
from zerosum.studies.map.map import Map, assemble
from zerosum.studies.sweep import Study, Swept
from zerosum.studies.sweep.sweep import gathered


def restore(folder: Path, asked: Asked | None = None) -> Map:
    """Read a map; nothing is simulated.

    Parameters
    ----------
    folder : Path
    asked : Asked, optional
        what it was asked for, if already read

    Raises
    ------
    InputError
        if there is no map, if it isn't finished, or if another version made it
    StoreError
        if runs or ``map.json`` can't be read
    """
    asked = asked or read_asked(folder)
    if not asked.complete:
        raise InputError(
            f"{folder}: this map is not finished; the same 'zerosum map' command goes on where it stopped"
        )

    def stored(study: Study, name: str, _: FactWork | None) -> Swept:
        wanted = dict.fromkeys(range(len(study.points)), study.experiment.replications)
        found = gathered(study, Parts(folder / name), wanted)
        if found.missing:
            why = f" ({found.lost[0].path.name}: {found.lost[0].why})" if found.lost else ""
            raise StoreError(
                f"{folder / name}: {found.missing:,} of its runs are gone{why}; the same 'zerosum map' command "
                "makes them again"
            )
        return found

    return assemble(asked.question, asked.candidates, asked.facts, stored)


class Kept(NamedTuple):
    """A finished map: its folder, what it was asked for, and when its command finished ("": made from Python)."""

    folder: Path
    asked: Asked
    finished: str


def maps_of(scenario: Scenario, folders: Iterable[Path]) -> list[Kept]:
    """Return the finished maps of a scenario among folders: the same market, whatever else it compares.

    Maps that can't be read, or of another version, are left out: 'zerosum results' lists them.
    """
    found = []
    for folder in folders:
        if not (folder / MANIFEST).is_file():
            continue
        try:
            asked = read_asked(folder)
        except (InputError, StoreError):
            continue
        if asked.complete and _is_of(asked.question, scenario):
            found.append(Kept(folder, asked, str(written(folder).get("finished", ""))))
    return found


def written(folder: Path) -> Mapping[str, Any]:
    """Return what the command wrote of a map: how it was typed, when it finished; empty if it was made from Python."""
    try:
        return read_document(folder / NAME)
    except (FileNotFoundError, StoreError):
        return {}


def is_at(found: Map, scenario: Scenario) -> bool:
    """Return whether a map's place is where the scenario is; ``--at`` moves it."""
    first, second = (axis.factor.overrides(axis.here) for axis in found.axes)
    return results_hash(parse_scenario(scenario, {**first, **second})) == results_hash(scenario)


def _is_of(question: Question, scenario: Scenario) -> bool:
    """Return whether a map's market is the scenario's."""
    here = Question(scenario, question.strategy, question.against, question.adopters, question.metric)
    try:
        return results_hash(here.base) == results_hash(question.base)
    except ScenarioError:
        return False
