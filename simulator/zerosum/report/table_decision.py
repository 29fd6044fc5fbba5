"""The number that decides, strategy by strategy: how much, how sure, how often, and what can be said."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pandas as pd
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from zerosum.market.metrics import NULL_METRICS
from zerosum.report.answers import answers, enough
from zerosum.report.tables import compare_tables
from zerosum.report.wording import MISSING, count, number, p_value, side_by_side, with_ends
from zerosum.statistics.verdicts import POWER

if TYPE_CHECKING:
    from zerosum.studies.compare import Comparison, Decision


def compared_and_decided(comparison: Comparison, decision: Decision) -> RenderableType:
    """Lay out a comparison: every strategy's differences, then what the number that decides says."""
    return Group(compare_tables(comparison), Text(""), decision_tables(comparison, decision))


def decision_tables(comparison: Comparison, decision: Decision) -> RenderableType:
    """Lay out a table per world, the answer above it in a sentence."""
    parts: list[RenderableType] = []
    for world, answer in answers(comparison, decision).items():
        parts.append(Text(f"World '{world}'. {answer}", style="bold"))
        here = decision.table[decision.table["world"] == world]
        if len(here) > 1:
            parts += [_Strategies(here, decision), Text("")]
    if len(comparison.scenario.compared_names) > 1 and comparison.scenario.comparison.replications > 1:
        parts.append(Text(_explained(comparison, decision), style="dim"))
    return Group(*parts)


LUCK = "chance baseline"
VERDICT = 12
"""The fewest columns that a verdict takes."""


class _Strategies:
    """A world's strategies: a table, or a sentence each where the terminal is too narrow for its numbers."""

    def __init__(self, rows: pd.DataFrame, decision: Decision) -> None:
        self._rows, self._decision = rows, decision

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        headings, cells = _cells(self._rows, self._decision)
        # A heading may wrap between words, and the verdict may; numbers may not.
        widths = [
            max(_widest(heading.split()), _widest(line for row in cells for line in row[number].split("\n")))
            for number, heading in enumerate(headings)
        ]
        without_verdict = sum(widths[:-1]) + 3 * (len(widths) - 1) + 2  # blanks, and lines between
        widths[-1] = min(widths[-1], max(options.max_width - without_verdict, VERDICT))
        if without_verdict + widths[-1] <= options.max_width:
            yield _table(headings, widths, cells)
            return
        for _, row in self._rows.iterrows():
            yield Padding(
                Text.assemble((row["strategy"], "bold"), f": {_in_a_sentence(row, self._decision)}"),
                (0, 0, 0, 2),
            )


def _widest(words: Iterable[str]) -> int:
    return max(map(cell_len, words))


def _in_a_sentence(row: pd.Series, decision: Decision) -> str:
    unit = decision.metric.unit
    said = number(row["mean"], unit)
    if decision.metric.name in NULL_METRICS:
        said += f" (chance baseline {number(row['chance_baseline'], unit)})"
    if row["verdict"] == "baseline":
        return (
            f"{said}, the baseline. Against the best other {_interval(row, 'best_low', 'best_high', unit)}."
        )
    verdict = "; ".join(filter(None, (row["verdict"], enough(row)))).capitalize()
    ties = f", {count(row['ties'], 'tie')}" if row["ties"] else ""
    found, ends = _gap(row, unit)
    return (
        f"{said}. {verdict}. Difference {found} ({ends}); higher in {row['higher']} of {row['n']}{ties}; "
        f"p {p_value(row['p_holm'])}; against the best other {_interval(row, 'best_low', 'best_high', unit)}."
    )


def _table(headings: Sequence[str], widths: Sequence[int], cells: Sequence[Sequence[str]]) -> Table:
    table = Table(show_edge=False)
    for heading, width in zip(headings, widths, strict=True):
        table.add_column(
            heading,
            justify="left" if heading in ("strategy", "verdict") else "right",
            width=width,
            style="dim" if heading == LUCK else "",
        )
    for row in cells:
        table.add_row(*row)
    return table


def _cells(rows: pd.DataFrame, decision: Decision) -> tuple[list[str], list[list[str]]]:
    """Return headings, and what stands below them."""
    luck = [LUCK] if decision.metric.name in NULL_METRICS else []
    numbers = ("difference,\n95 %", "higher in", "against the best other", "p (Holm)")
    headings = ["strategy", decision.metric.label, *luck, *numbers, "verdict"]
    return headings, [_row(row, decision.metric.unit, bool(luck)) for _, row in rows.iterrows()]


def _row(row: pd.Series, unit: str, by_luck: bool) -> list[str]:
    level = [
        row["strategy"],
        number(row["mean"], unit),
        *([number(row["chance_baseline"], unit)] if by_luck else []),
    ]
    against_best = _interval(row, "best_low", "best_high", unit)
    if row["verdict"] == "baseline":
        return [*level, "", "", against_best, "", "baseline"]
    return [
        *level,
        "\n".join(_gap(row, unit)),
        f"{row['higher']} of {row['n']}" + (f"\n{count(row['ties'], 'tie')}" if row["ties"] else ""),
        against_best,
        p_value(row["p_holm"]),
        "\n".join(filter(None, (row["verdict"], enough(row)))),
    ]


def _assumed(row: pd.Series, unit: str) -> str:
    """Say which part of a difference's spread is luck, which is that the assumptions are not known."""
    if not (math.isfinite(row["range_low"]) and math.isfinite(row["assumption_share"])):
        return ""
    return (
        f"'{row['strategy']}': of the difference's spread {100 * row['assumption_share']:.0f} % is what is believed of "
        f"the assumptions, the rest luck; under 95 % of them the effect lies between "
        f"{_interval(row, 'range_low', 'range_high', unit).replace(' … ', ' and ')}."
    )


def _interval(row: pd.Series, low: str, high: str, unit: str) -> str:
    if not math.isfinite(row[low]):
        return MISSING
    (first, last), suffix = side_by_side((row[low], row[high]), unit)
    return f"{first} … {last}{suffix}"


def _gap(row: pd.Series, unit: str) -> tuple[str, str]:
    """Say a difference, and its interval in the same unit."""
    found, low, high = with_ends(row["difference"], row["low"], row["high"], unit)
    return found, f"{low} … {high}" if math.isfinite(row["low"]) else MISSING


def _explained(comparison: Comparison, decision: Decision) -> str:
    rows = decision.table[decision.table["verdict"] != "baseline"]
    narrowed = rows["narrowed"][rows["narrowed"].apply(math.isfinite)]
    if decision.matters is not None:
        said = [
            f"Better, worse: the interval lies wholly beyond {decision.matters.written}; equivalent: wholly within."
        ]
    else:
        said = [
            "Higher, lower: the interval excludes zero. --matters 1pp (or 5k, 2%) says what matters to you."
        ]
    if any(enough(row) for _, row in rows.iterrows()):
        said.append(
            f"So many would do at {100 * POWER:g} % power: of a hundred comparisons with so many replications about "
            f"{100 * POWER:g} would be decided, if mean and spread are what they seem."
        )
    said.append(
        "Against the best other: 95 % for all strategies at once; where 0 is its upper end (where less is better, its "
        "lower), another strategy is surely at least as good. p: paired t, adjusted across the strategies of "
        "a world (Holm)."
    )
    if len(narrowed):
        least, most = f"{narrowed.min():,.1f}", f"{narrowed.max():,.1f}"
        times = least if least == most else f"{least} to {most}"
        said.append(f"Without common luck the same intervals would take {times} times as many replications.")
    if comparison.scenario.uncertain:
        said.append("Counted are sets of assumptions; each is tried on two courses of luck.")
        said += [_assumed(row, decision.metric.unit) for _, row in rows.iterrows()]
    if rows["skewed"].any():
        names = ", ".join(dict.fromkeys(rows.loc[rows["skewed"], "strategy"]))
        said.append(f"Skewed, so that its interval is not to be trusted with so few replications: {names}.")
    return " ".join(part for part in said if part)
