"""``zerosum scenarios``, ``experiments`` and ``schema``: what there is, and what can be written."""

from __future__ import annotations

import json

import click

from zerosum.cli.terminal import plainly, say


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files; editors complete from it."""
    with plainly():
        from zerosum.scenario import scenario_schema

        say(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))


@click.command()
def scenarios() -> None:
    """List the scenarios that ship, and the question that each answers."""
    with plainly():
        from rich.table import Table

        from zerosum.scenario import shipped_scenarios

        table = Table(show_edge=False, pad_edge=False)
        table.add_column("name", no_wrap=True)
        table.add_column("question")
        for shipped in shipped_scenarios():
            table.add_row(shipped.name, shipped.question)
        say(table)


@click.command()
def experiments() -> None:
    """List the experiments, games and searches that ship, the question that each answers, and what runs it."""
    with plainly():
        from rich.table import Table

        from zerosum.studies.sweep.reading import shipped_questions

        table = Table(show_edge=False, pad_edge=False)
        table.add_column("command", no_wrap=True)
        table.add_column("question")
        for shipped in shipped_questions():
            table.add_row(f"zerosum {shipped.command} {shipped.name}", shipped.question)
        say(table)
