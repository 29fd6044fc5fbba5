"""``zerosum scenarios``, ``experiments`` and ``schema``: list what ships; print the file schema."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click

from zerosum.cli.terminal import say


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from zerosum.scenario import scenario_schema

    say(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))


@click.command()
def scenarios() -> None:
    """List the scenarios that ship, with their questions."""
    from zerosum.scenario import shipped_scenarios

    _list("name", ((one.name, one.question) for one in shipped_scenarios()))


@click.command()
def experiments() -> None:
    """List the experiments that ship, and what runs them."""
    from zerosum.studies.questions import shipped_questions

    _list("command", ((f"zerosum {one.command} {one.name}", one.question) for one in shipped_questions()))


def _list(head: str, rows: Iterable[tuple[str, str]]) -> None:
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False)
    table.add_column(head, no_wrap=True)
    table.add_column("question")
    for row in rows:
        table.add_row(*row)
    say(table)
