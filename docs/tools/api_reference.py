"""Write the list of public names in ``docs/api.md``; on the site each becomes its docstring, by mkdocstrings."""

from __future__ import annotations

import inspect
from pathlib import Path

import zerosum
from docs.tools.blocks import DOCS, put, replace_block

NAME = "public names"

GROUPS = {
    "Load a market": ("load_scenario", "parse_scenario", "Scenario"),
    "Simulate and compare": ("simulate", "Simulation", "compare", "open_results"),
    "Ask what if": ("what_if", "WhatIf"),
    "Sweep": ("sweep", "Sweep", "open_sweep"),
    "Map a crossover": ("map", "Map", "open_map"),
    "Find what causes missed quotas": ("misses", "Misses"),
    "Find out when a tool pays": ("breakeven", "BreakEven"),
    "Describe your own pipeline": ("describe", "TeamDescription"),
    "Make data for a class": ("export_crm", "SimulatedExport"),
    "Extend the model": ("register", "Mechanism", "ToolEffect", "Metric", "stream"),
    "Errors": ("ZerosumError", "InputError", "ScenarioError", "RunError", "StoreError", "ExecutorError"),
}
"""Heading -> names below it."""


def summary(name: str) -> str:
    """Return the first paragraph of a name's docstring, on one line."""
    text = inspect.getdoc(getattr(zerosum, name)) or ""
    return " ".join(text.split("\n\n")[0].split())


def reference() -> str:
    """Write the names with what each is for, as Markdown.

    Raises
    ------
    ValueError
        if a public name is in no group
    """
    listed = [name for names in GROUPS.values() for name in names]
    public = [name for name in zerosum.__all__ if not name.startswith("_")]
    if sorted(listed) != sorted(public):
        raise ValueError(f"GROUPS of {Path(__file__).name} differs in {set(listed) ^ set(public)}")
    parts = []
    for heading, names in GROUPS.items():
        rows = "\n".join(f"| `zerosum.{name}` | {summary(name)} |" for name in names)
        parts.append(f"## {heading}\n\n| name | what it is for |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def for_site(page: str) -> str:
    """Return a page with mkdocstrings' directives in place of the list of names, if it has one."""
    parts = []
    for heading, names in GROUPS.items():
        parts.append(f"## {heading}\n")
        parts += [f"::: zerosum.{name}\n" for name in names]
    return replace_block(page, NAME, "\n".join(parts))


def texts() -> dict[Path, str]:
    """Return the text of the page."""
    page = DOCS / "api.md"
    return {page: put(page.read_text(encoding="utf-8"), NAME, reference())}
