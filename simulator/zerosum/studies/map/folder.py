"""Folder of a map: ``map.json`` has its question, from which it can be read again; its sweeps are in folders within."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from zerosum.errors import InputError
from zerosum.market.metrics import BY_NAME
from zerosum.runs.origin import differing
from zerosum.runs.question import FORMAT, description, taken
from zerosum.runs.question import Question as Kept
from zerosum.runs.store import Lost, UnreadableError, read_document
from zerosum.scenario import parse_scenario
from zerosum.scenario.explain import validate_file
from zerosum.scenario.extend import absent
from zerosum.scenario.identity import runs_json
from zerosum.studies.facts import Fact
from zerosum.studies.map.axes import Axis
from zerosum.studies.map.design import Question
from zerosum.studies.sweep.factors import Factor

KIND = "map"
MANIFEST = f"{KIND}.json"
RANKING, PROBE, POINTS, FACTS = "ranking", "probe", "points", "facts"
"""Folders of a map's sweeps within its own."""
SWEEPS = (RANKING, PROBE, POINTS, FACTS)


class Asked(NamedTuple):
    """What a folder's map was asked for, and whether all its runs are there."""

    question: Question
    candidates: tuple[Axis, ...]
    facts: tuple[Fact, ...]
    complete: bool


def kept(question: Question, candidates: Sequence[Axis], facts: Sequence[Fact], complete: bool) -> Kept:
    """Return what identifies a folder's map, and what it was asked for.

    Points, replications, the user's place and ranges can change; for two given keys strategies and metric, too. A
    ranking selects keys for one pair of strategies and one metric.
    """
    ranked_for = [question.strategy, question.against, question.metric.name] if len(candidates) > 2 else []
    alike = {
        "market": runs_json(question.base),
        "keys": [axis.factor.keys for axis in candidates],
        **({"ranking": ranked_for} if ranked_for else {}),
    }
    told = {
        "name": question.scenario.name,
        "question": question.scenario.question,
        "complete": complete,
        "strategy": question.strategy,
        "against": question.against,
        "adopters": question.adopters,
        "metric": question.metric.name,
        "replications": question.replications,
        "points": question.points,
        "axes": [
            {
                "key": axis.key,
                "factor": axis.factor.model_dump(mode="json", exclude_unset=True),
                "here": axis.here,
                "times": axis.times,
            }
            for axis in candidates
        ],
        "facts": [fact.model_dump(mode="json", exclude_unset=True) for fact in facts],
        # The whole scenario, because a later version may have other defaults.
        "scenario": question.scenario.model_dump(mode="json"),
    }
    return Kept(KIND, alike, told)


def keep(
    folder: Path, about: Kept, fresh: bool = False, on_lost: Callable[[Lost], None] = lambda _: None
) -> None:
    """Write what a map was asked for to its folder.

    Raises
    ------
    InputError
        if the folder has runs of another map
    """
    there = None if fresh else description(folder, KIND)
    if there is not None and (other := about.differing(there.get("of", {}))):
        raise taken(f"{folder} {other}")
    if lost := about.write(folder):
        on_lost(lost)


def read_asked(folder: Path) -> Asked:
    """Read what a folder's map was asked for.

    Raises
    ------
    InputError
        if there is no map, or one of another version
    StoreError
        if its ``map.json`` can't be read or is damaged
    """
    path, again = (
        folder / MANIFEST,
        "the same 'zerosum map' command writes it again, and simulates nothing twice",
    )
    try:
        known = read_document(path)
    except FileNotFoundError:
        raise InputError(f"{folder}: no map here (no {MANIFEST}); 'zerosum map SCENARIO' makes one") from None
    except UnreadableError as error:
        raise UnreadableError(path, f"{error.why}; {again}", error.damaged) from None
    if other := _other_version(known):
        raise InputError(
            f"{path}: this map was made otherwise ({other})",
            python="; fresh=True makes it anew",
            typed="; --fresh makes it anew",
        )
    try:
        return _asked(known)
    except (KeyError, TypeError, ValueError) as error:
        if lacking := absent(known.get("of", {}).get("origin", {})):
            raise InputError(f"{path}: {lacking}") from None
        why = f"it lacks {error}" if isinstance(error, KeyError) else str(error).splitlines()[0]
        raise InputError(f"{path}: {why.removeprefix(f'{MANIFEST}: ')}; {again}") from None


def _asked(known: Mapping[str, Any]) -> Asked:
    question = Question(
        parse_scenario(known["scenario"]),
        known["strategy"],
        known["against"],
        known["adopters"],
        BY_NAME[known["metric"]],
        known["replications"],
        known["points"],
    )
    axes = tuple(
        Axis(row["key"], validate_file(Factor, row["factor"], MANIFEST), row["here"], row["times"])
        for row in known["axes"]
    )
    facts = tuple(validate_file(Fact, row, MANIFEST) for row in known["facts"])
    return Asked(question, axes, facts, bool(known["complete"]))


def _other_version(known: Mapping[str, Any]) -> str:
    if known.get("format") != FORMAT:
        return f"format {known.get('format')}, not {FORMAT}"
    return differing(known.get("of", {}).get("origin", {}))
