"""Resolve an experiment's keys in its scenarios: each value is set once, under its canonical key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from zerosum.errors import InputError
from zerosum.scenario import ScenarioError
from zerosum.scenario.overrides import find_path, key_at, paths_of
from zerosum.scenario.paths import Path as KeyPath
from zerosum.scenario.paths import meet, write_key
from zerosum.scenario.spec import NAMED_TABLES, Scenario
from zerosum.studies.sweep.factors import Factor
from zerosum.studies.sweep.spec import Experiment

SEED: KeyPath = ("comparison", "seed")


def with_canonical_keys(experiment: Experiment, bases: Sequence[Scenario], here: Path) -> Experiment:
    """Return the experiment with canonical keys.

    Parameters
    ----------
    experiment : Experiment
    bases : sequence of Scenario
        Its scenarios, with ``[set]`` laid over them.
    here : Path
        Its file.

    Raises
    ------
    InputError
        If a factor's key doesn't exist, or another factor, ``[set]`` or [[uncertain]] sets it too.
    """
    for base in bases:
        _check_factors(experiment, base, here)

    def canonical(key: str) -> str:
        return canonical_key(key, bases, here)

    factors = tuple(
        factor.model_copy(update=changed) if changed else factor
        for factor, changed in ((factor, _respell(factor, canonical)) for factor in experiment.factors)
    )
    given = {_canonical_if_there(key, canonical): value for key, value in experiment.set.items()}
    changes: dict[str, Any] = {}
    if factors != experiment.factors:
        changes["factors"] = factors
    if list(given) != list(experiment.set):
        changes["set"] = given
    return experiment.model_copy(update=changes) if changes else experiment


def canonical_key(key: str, bases: Sequence[Scenario], here: Path) -> str:
    """Return the canonical key of a key that means the same in all scenarios.

    If rows with the same number have different names, the key uses the number.
    """
    try:
        paths = [find_path(base, key, str(here)) for base in bases]
    except ScenarioError as error:
        raise InputError(str(error)) from None
    names = {key_at(base, path) for base, path in zip(bases, paths, strict=True)}
    if len(names) == 1:
        return names.pop()
    if len(set(paths)) == 1:
        return write_key(paths[0])
    raise InputError(f"{here}: '{key}' leads to different rows in the scenarios; name the row")


def _respell(factor: Factor, canonical: Callable[[str], str]) -> Mapping[str, Any]:
    """Return the fields of a factor whose keys aren't canonical, with canonical keys."""
    changes = _respell_tables(factor.model_dump(), canonical)
    if "levels" in changes:
        pairs = zip(factor.levels, changes["levels"], strict=True)
        changes["levels"] = tuple(level.model_copy(update={"set": new["set"]}) for level, new in pairs)
    return changes


def _respell_tables(factor: Mapping[str, Any], canonical: Callable[[str], str]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if factor["key"] is not None and canonical(factor["key"]) != factor["key"]:
        changes["key"] = canonical(factor["key"])
    also = {canonical(key): times for key, times in factor["also"].items()}
    if list(also) != list(factor["also"]):
        changes["also"] = also
    levels = [
        {**level, "set": {canonical(k): v for k, v in level["set"].items()}} for level in factor["levels"]
    ]
    if [list(level["set"]) for level in levels] != [list(level["set"]) for level in factor["levels"]]:
        changes["levels"] = levels
    return changes


def _canonical_if_there(key: str, canonical: Callable[[str], str]) -> str:
    """Return a canonical key; the key itself if it no longer exists because ``[set]`` renamed its row."""
    try:
        return canonical(key)
    except InputError:
        return key


def _check_factors(experiment: Experiment, base: Scenario, here: Path) -> None:
    """Raise if two factors or ``[set]`` set one value, or if a factor can't set its key."""
    there: list[tuple[KeyPath, str, str]] = []  # path, its key as written, which factor sets it
    for key, value in experiment.set.items():
        try:
            there += [(path, key, "") for path in paths_of(base, key, value)]
        except ScenarioError:
            continue  # its row was renamed
    drawn = [(find_path(base, row.key), row.key) for row in base.uncertain]
    for factor in experiment.factors:
        own = list(_set_by(factor, base, here))
        for path, key in own:
            said = f"{here}: factor '{factor.name}': '{key}'"
            if path[0] in NAMED_TABLES and path[2:] == ("name",):
                raise InputError(
                    f"{said} is a row's name, by which other keys and results go; name it in [set]"
                )
            if path == SEED and experiment.random_numbers == "own":
                raise InputError(
                    f'{said} has no effect where random_numbers = "own": each point has a seed of its own'
                )
            for other, row in drawn:
                if meet(path, other):
                    raise InputError(
                        f"{said} would have no effect: the scenario is uncertain of {row} ([[uncertain]]), so each "
                        "replication draws it; take it out there, or set uncertain = [] in [set]"
                    )
            for known, spelled, name in there:
                if meet(path, known):
                    raise InputError(f"{here}: {_twice(base, path, known, key, spelled, name)}")
        there += [(path, key, factor.name) for path, key in own]


def _set_by(factor: Factor, base: Scenario, here: Path) -> Iterator[tuple[KeyPath, str]]:
    """Yield (path, key) of every value that a factor sets, over all levels.

    Raises
    ------
    InputError
        If a key doesn't exist, or one level sets a value twice.
    """
    where = f"{here}: factor '{factor.name}'"
    together = [level.set for level in factor.levels] or [dict.fromkeys(factor.keys)]
    for values in together:
        found: list[tuple[KeyPath, str]] = []
        for key, value in values.items():
            try:
                paths = paths_of(base, key, value, f"{where}: {key}")
            except ScenarioError as error:
                raise InputError(str(error)) from None
            for path in paths:
                for known, spelled in found:
                    if spelled != key and meet(path, known):
                        raise InputError(f"{where}: '{spelled}' and '{key}' set the same value")
            found += [(path, key) for path in paths]
        yield from found


def _twice(base: Scenario, path: KeyPath, known: KeyPath, key: str, spelled: str, name: str) -> str:
    """Return the error text for a value that is set twice, with both spellings."""
    longer = max(path, known, key=len)
    other = "" if key == spelled == key_at(base, longer) else f" (as '{spelled}' and as '{key}')"
    if not name:
        return f"'{key_at(base, longer)}' is a factor, and stands in [set] as well{other}"
    return f"two factors set '{key_at(base, longer)}'{other}"
