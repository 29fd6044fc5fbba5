"""Where the files are that come with zerosum: scenarios, experiments, lessons."""

from __future__ import annotations

from pathlib import Path

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
    """Return the shipped file that is meant by ``kickoff``, ``kickoff.toml`` or ``scenarios/kickoff.toml``."""
    parts = Path(name).parts
    if len(parts) == 2 and parts[0] == kind:
        parts = parts[1:]
    return shipped_paths(kind).get(parts[0].removesuffix(".toml")) if len(parts) == 1 else None
