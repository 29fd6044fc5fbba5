"""Where the scenarios that come with zerosum are."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder() -> Path:
    """Return the folder of shipped scenarios: within an installed package, or at the top of a checkout."""
    installed = _PACKAGE / "_scenarios"
    return installed if installed.is_dir() else _PACKAGE.parent / "scenarios"


def shipped_paths() -> dict[str, Path]:
    """Return the shipped scenario files by name, sorted."""
    return {path.stem: path for path in sorted(shipped_folder().glob("*.toml"))}


def shipped_path(name: str) -> Path | None:
    """Return the shipped file that is meant by ``kickoff``, ``kickoff.toml`` or ``scenarios/kickoff.toml``."""
    parts = Path(name).parts
    if len(parts) == 2 and parts[0] == "scenarios":
        parts = parts[1:]
    return shipped_paths().get(parts[0].removesuffix(".toml")) if len(parts) == 1 else None
