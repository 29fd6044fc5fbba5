"""Packages that import what they offer when it is first asked for, because the command line must start fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any


def exports(package: str, file: str) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a package, out of the imports that it has for type checkers.

    Parameters
    ----------
    package : str
        its ``__name__``
    file : str
        its ``__file__``

    Returns
    -------
    callable
    """

    def attribute(name: str) -> Any:
        if name.startswith("__") or name not in _homes(file):
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        return getattr(import_module(_homes(file)[name]), name)

    return attribute


@cache
def _homes(file: str) -> Mapping[str, str]:
    """Return in which module each name is that a package imports below its ``if TYPE_CHECKING:``."""
    import ast
    from pathlib import Path

    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    imports = (node for block in tree.body if isinstance(block, ast.If) for node in block.body)
    return {
        alias.name: node.module
        for node in imports
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
