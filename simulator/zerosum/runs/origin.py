"""What a replication's numbers depend on besides its address: engine sources, libraries, type of machine.

Results of different origins may differ, so they are never mixed.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from zerosum.scenario.extend import metrics_from_outside

_PACKAGE = Path(__file__).resolve().parents[1]
_SOURCES = (
    "market/*.py",
    "market/declare/*.py",
    "market/declare/*.toml",
    "market/inventory/*.py",
    "scenario/territories.py",
    "market/mechanisms/*.py",
    "market/metrics/*.py",
    "runs/schema.py",
    "runs/replicate.py",
)
_LIBRARIES = ("numpy", "numba", "pyarrow")


@cache
def engine_digest() -> str:
    """Return 16 hexadecimal digits that change with every source file that can change a table."""
    digest = hashlib.sha256()
    for pattern in _SOURCES:
        for path in sorted(_PACKAGE.glob(pattern)):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(_PACKAGE).as_posix()} {len(content)} ".encode())
            digest.update(content)
    return digest.hexdigest()[:16]


def origin() -> Mapping[str, str]:
    """Return what results of this process depend on, by name: versions, and the code of external metrics."""
    return {**versions(), **metrics_from_outside()}


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of package, engine, Python and libraries, and the type of machine."""
    return {
        "zerosum": importlib.metadata.version("zerosum"),
        "engine": engine_digest(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: importlib.metadata.version(name) for name in _LIBRARIES},
        "machine": f"{platform.system()} {platform.machine()}",
    }


def differing(theirs: Mapping[str, str], ours: Mapping[str, str] | None = None) -> str:
    """Format how another origin differs from this one: ``engine 12ab → 34cd``; empty if it doesn't.

    Parameters
    ----------
    theirs : mapping
    ours : mapping, optional
        :func:`origin` if not given
    """
    ours = origin() if ours is None else ours
    names = [*ours, *(name for name in theirs if name.startswith("metric ") and name not in ours)]
    return ", ".join(
        f"{name} {theirs.get(name, 'unknown')} → {ours.get(name, 'not here')}"
        for name in names
        if theirs.get(name) != ours.get(name)
    )
