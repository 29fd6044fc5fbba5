"""Measure the speed: ``make bench``, or ``python -m benchmarks --only engine``."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

from benchmarks import analysis, big, binding, defaults, dense, engine, overhead, start, sweeps, threads
from benchmarks.measure import Options, Table, machine

PARTS: dict[str, tuple[Callable[[Options], list[Table]], str]] = {
    "engine": (engine.measure, "the engine against plain Mesa, on the same market and chance"),
    "big": (big.measure, "a million buyers: time, memory, and where a week goes"),
    "events": (dense.measure, "a calendar of due weeks against a pass over all buyers"),
    "defaults": (defaults.measure, "the default market against the one before it, and what happens in both"),
    "threads": (threads.measure, "a comparison on one thread and on two"),
    "overhead": (overhead.measure, "what a run costs beside its weeks, in a small market"),
    "start": (start.measure, "waiting for a whole process: help, a run, and one never compiled"),
    "sweeps": (sweeps.measure, "a sweep against bare loops, in processes and in threads (minutes)"),
    "analysis": (analysis.measure, "a sweep of 100,000 stored runs, analysed"),
    "bind": (binding.measure, "tables handed to kernels by value and by pointer (minutes)"),
}
UNASKED = ("bind", "sweeps")
"""Parts that run only when named: they take long and seldom change."""

WIDTH_WITHOUT_TERMINAL = 100


def show(table: Table, console: Console) -> None:
    """Print a table; on a narrow screen its headings wrap, nothing is cut."""
    printed = RichTable(title=table.title, title_justify="left", title_style="bold", caption_justify="left")
    for heading, *cells in zip(table.columns, *table.rows, strict=True):
        numbers = all(map(_is_number, cells))
        printed.add_column(heading, justify="right" if numbers else "left", overflow="fold")
    for row in table.rows:
        printed.add_row(*row)
    console.print(printed)
    for note in table.notes:
        console.print(note)
    console.print()


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-\d.,]*%?", text) is not None


def markdown(table: Table) -> str:
    """Write a table as Markdown, with its title before and its notes behind it."""
    ruler = ["--:" if all(map(_is_number, column)) else "---" for column in zip(*table.rows, strict=True)]
    lines = [table.columns, ruler, *table.rows]
    body = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    return "\n\n".join([f"{table.title}.", body, *([" ".join(table.notes)] if table.notes else [])])


def update(page: str, table: Table, measured_on: str) -> tuple[str, bool]:
    """Put a table between its two marks on a page; also tell whether the page has them."""
    opening, closing = f"<!-- bench: {table.name} -->", "<!-- /bench -->"
    found = re.compile(f"{re.escape(opening)}.*?{re.escape(closing)}", re.DOTALL)
    block = f"{opening}\n{markdown(table)}\n\nMeasured on: {measured_on}.\n{closing}"
    page, n_found = found.subn(lambda _: block, page)
    return page, n_found > 0


def _parser() -> argparse.ArgumentParser:
    parts = "\n".join(f"  {name:8} {text}" for name, (_, text) in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the simulator's speed and print ratios.",
        epilog=f"parts:\n{parts}\n\nSingle kernels: python -m pytest benchmarks --benchmark-only",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", action="append", choices=PARTS, help="this part; repeatable (default: all but bind)"
    )
    parser.add_argument("--quick", action="store_true", help="small sizes: to see that it works")
    parser.add_argument("--buyers", type=int, default=1_000_000, help="size of the big market")
    parser.add_argument("--largest", type=int, default=1_000_000, help="largest market of the part events")
    parser.add_argument("--repeats", type=int, default=5, help="runs whose median is shown (default 5)")
    parser.add_argument(
        "--update", type=Path, metavar="PAGE", help="also write the tables into this page's marks"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; return the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if min(given.buyers, given.largest) < 400 or given.repeats < 1:
        parser.error("--buyers and --largest must be 400 or more, --repeats 1 or more")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL)
    options = Options(given.quick, given.buyers, given.repeats, given.largest)
    measured_on = machine()
    console.print(f"{measured_on}\n", soft_wrap=True)
    for name in given.only or [name for name in PARTS if name not in UNASKED]:
        for table in PARTS[name][0](options):
            show(table, console)
            if given.update is not None:
                page, marked = update(given.update.read_text(encoding="utf-8"), table, measured_on)
                if marked:
                    given.update.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
