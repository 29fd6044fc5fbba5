"""``zerosum scenarios``, ``experiments``, ``metrics`` and ``schema``: list what there is; print the file schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from zerosum.cli.terminal import say

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType


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
    from zerosum.market.metrics import BY_NAME, HEADLINES
    from zerosum.scenario.extend import register_installed

    register_installed()
    usual = [BY_NAME[name] for name in HEADLINES]
    others = [metric for metric in BY_NAME.values() if metric.name not in HEADLINES]
    groups = [
        [(metric.name, metric.unit, f"{metric.label}: {metric.meaning}") for metric in group]
        for group in (usual, others)
    ]
    say("First those that every comparison shows.", Listing(("name", "unit", "meaning"), groups))


def _list(head: str, rows: Iterable[tuple[str, str]]) -> None:
    say(Listing((head, "question"), [list(rows)]))


NARROW = 72
"""Columns of a terminal below which a table leaves no room for sentences."""


class Listing:
    """Names and what they mean, in groups: a table; in a narrow terminal, each meaning stands below its name.

    Parameters
    ----------
    heads : sequence of str
        of the columns: a name, what is short, a sentence
    groups : sequence of sequence
        rows
    """

    def __init__(self, heads: Sequence[str], groups: Sequence[Sequence[Sequence[str]]]) -> None:
        self._heads, self._groups = heads, groups

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield what suits the width."""
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        if options.max_width < NARROW:
            for name, *short, sentence in (row for group in self._groups for row in group):
                yield Text(", ".join([name, *short]), "bold")
                yield Padding(Text(sentence), (0, 0, 0, 2), expand=False)
            return
        table = Table(show_edge=False, pad_edge=False)
        for number, head in enumerate(self._heads):
            table.add_column(head, no_wrap=number == 0)
        for group in self._groups:
            for row in group:
                table.add_row(*row)
            table.add_section()
        yield table
