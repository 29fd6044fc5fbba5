"""An optimisation on the screen: the best few, as the search saw them and on fresh luck; then what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomli_w
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zerosum.market.metrics import BY_NAME
from zerosum.report.optimise_in_words import changes, gain, in_words
from zerosum.report.wording import number

if TYPE_CHECKING:
    from zerosum.market.inventory.strategies import Strategy
    from zerosum.studies.optimise import Optimised, Problem


def optimise_tables(found: Optimised) -> RenderableType:
    """Lay out finalists, the words, and the best strategy as rows of a scenario."""
    file = found.problem.file
    parts: list[RenderableType] = []
    if file.question:
        parts.append(Text(file.question, style="bold"))
    if found.finals:
        parts += [_finalists(found), Text("")]
    parts += [Text(words) for words in in_words(found)]
    if found.best is not None and len(file.objectives) == 1:
        sure = "What is better" if found.best.better() else "The best of them, for what it is worth"
        parts += [
            Text(""),
            Text(f"{sure}, as a row of a scenario (best.toml is one that has it):", style="bold"),
        ]
        parts += [Text(snippet(found.problem, file.strategy.name, found.best.trial.strategy).rstrip())]
    return Group(*parts)


def _finalists(found: Optimised) -> Table:
    problem = found.problem
    table = Table(show_lines=True)
    table.add_column("trial", justify="right")
    table.add_column(f"differs from '{problem.like.name}' in", min_width=30)
    for metric in problem.file.objectives:
        label = BY_NAME[metric].label
        table.add_column(f"{label}: search", justify="right")
        table.add_column(f"{label}: fresh luck", justify="right")
    for metric in problem.file.budget:
        table.add_column(BY_NAME[metric].label, justify="right")
    for final in found.finals:
        cells = []
        for i, metric in enumerate(problem.file.objectives):
            star = " *" if final.better(i) else ""
            cells += [gain(final.searched[i], metric), gain(final.fresh[i], metric) + star]
        for metric in problem.file.budget:
            spent = number(final.spent[metric].mean, BY_NAME[metric].unit)
            cells.append(spent if final.over[metric] <= 0 else f"{spent} (too much)")
        said = "\n".join(changes(final.trial.strategy, problem.like))
        table.add_row(str(final.trial.number), said, *cells)
    return table


def snippet(problem: Problem, name: str, strategy: Strategy) -> str:
    """Write a strategy as a row of a scenario: its name, and what differs from a strategy's defaults."""
    row = strategy.model_dump(exclude_defaults=True) | {"name": name}
    # A table whose shares sum to 1 is written whole.
    for table in ("plan", "reinvest"):
        if table in row:
            row[table] = getattr(strategy, table).model_dump()
    return tomli_w.dumps({"strategies": [{"name": name, **{k: v for k, v in row.items() if k != "name"}}]})
