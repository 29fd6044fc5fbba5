"""Find the shipped files (scenarios, experiments, lessons), and a file's kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

COMMANDS = {
    "calibration": "calibrate",
    "game": "game",
    "optimisation": "optimise",
    "scenario": "compare",
    "experiment": "sweep",
}
"""Kind of file -> the command that runs it."""

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder(kind: str = "scenarios") -> Path:
    """Return the folder of shipped files: within an installed package, or at the top of a checkout.

    Parameters
    ----------
    kind : str
        ``scenarios``, ``experiments`` or ``lessons``
    """
    installed = _PACKAGE / f"_{kind}"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / kind


def shipped_paths(kind: str = "scenarios") -> dict[str, Path]:
    """Return the shipped files of a kind by name, sorted."""
    return {path.stem: path for path in sorted(shipped_folder(kind).glob("*.toml"))}


def shipped_path(name: str, kind: str = "scenarios") -> Path | None:
    """Return the shipped file for ``kickoff``, ``kickoff.toml`` or ``scenarios/kickoff.toml``."""
    parts = Path(name).parts
    if len(parts) == 2 and parts[0] == kind:
        parts = parts[1:]
    return shipped_paths(kind).get(parts[0].removesuffix(".toml")) if len(parts) == 1 else None


def kind_of(content: Mapping[str, Any], first: str = "") -> str | None:
    """Return a file's kind by the keys that no other kind has; None if it has none of them.

    ``first``: the kind to return if it has keys of several.
    """
    signs = {
        "calibration": "market_seed" in content,
        "game": "players" in content,
        "optimisation": "objectives" in content or "trials" in content,
        "scenario": "market" in content or "vendors" in content or "extends" in content,
        "experiment": "factors" in content or "design" in content,
    }
    return first if signs.get(first) else next((kind for kind, there in signs.items() if there), None)


def with_article(kind: str) -> str:
    """Return a kind with its article, as in "this is an experiment"."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
