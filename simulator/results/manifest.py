"""What a folder of results says of itself: ``manifest.json``, written last, so that whatever it names is there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simulator.results.origin import origin
from simulator.scenario import results_hash
from simulator.scenario.spec import Scenario
from simulator.store import Writer

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """A folder's manifest.

    Attributes
    ----------
    scenario : str              its name
    question : str
    hash : str                  of all that can change a replication, see :func:`simulator.scenario.results_hash`
    replications : int
    settings : mapping          what the scenario's files and the command line said: enough to load it again
    command : sequence of str   as it was typed
    started, finished : str     UTC, ISO 8601
    asked : mapping             metric that decides, what matters, rule that ended it and whether it was met
    origin : mapping            versions of package, engine, Python and libraries; kind of machine
    files : mapping             name -> {"bytes", "sha256"}
    format : int                of this file
    """

    scenario: str
    question: str
    hash: str
    replications: int
    settings: Mapping[str, Any]
    command: Sequence[str]
    started: str
    finished: str
    asked: Mapping[str, Any]
    origin: Mapping[str, str]
    files: Mapping[str, Mapping[str, Any]]
    format: int = FORMAT

    def load(self) -> Scenario:
        """Return the scenario that was run."""
        return Scenario.model_validate(dict(self.settings))


def write_manifest(
    scenario: Scenario,
    asked: Mapping[str, Any],
    command: Sequence[str],
    started: str,
    finished: str,
    names: Sequence[str],
) -> Writer:
    """Write the manifest of a folder beside the files it names, which must be there."""

    def write(path: Path) -> None:
        manifest = Manifest(
            scenario=scenario.name,
            question=scenario.question,
            hash=results_hash(scenario),
            replications=scenario.comparison.replications,
            settings=scenario.model_dump(mode="json", exclude_unset=True),
            command=list(command),
            started=started,
            finished=finished,
            asked=dict(asked),
            origin=dict(origin()),
            files={name: digest(path.parent / name) for name in names},
        )
        path.write_text(json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    return write


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest.

    Raises
    ------
    ValueError      if there is none, or it can't be understood
    """
    path = folder / NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found.get("format") != FORMAT:
            raise ValueError(f"{path}: format {found.get('format')}; this zerosum reads format {FORMAT}")
        if not isinstance(found.get("asked"), dict):
            raise TypeError("it doesn't say what was asked")
        return Manifest(**found)
    except FileNotFoundError:
        raise ValueError(f"{folder}: no results here (no {NAME})") from None
    except (OSError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: can't be read: {error}") from None


def digest(path: Path) -> dict[str, Any]:
    """Size and SHA-256 of a file."""
    with open(path, "rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
