"""``zerosum scenarios``, ``experiments``, ``metrics`` and ``schema``: list what there is; print the file schema."""

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


@click.command()
def metrics() -> None:
    """List the metrics: names for --metric, units and meanings."""
    from rich.table import Table

    from zerosum.market.metrics import BY_NAME, HEADLINES
    from zerosum.scenario.extend import register_installed

    register_installed()
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("name", no_wrap=True)
    table.add_column("unit")
    table.add_column("meaning")
    usual = [BY_NAME[name] for name in HEADLINES]
    others = [metric for metric in BY_NAME.values() if metric.name not in HEADLINES]
    for group in (usual, others):
        for metric in group:
            table.add_row(metric.name, metric.unit, f"{metric.label}: {metric.meaning}")
        table.add_section()
    say("First those that every comparison shows.", table)


def _list(head: str, rows: Iterable[tuple[str, str]]) -> None:
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False)
    table.add_column(head, no_wrap=True)
    table.add_column("question")
    for row in rows:
        table.add_row(*row)
    say(table)
