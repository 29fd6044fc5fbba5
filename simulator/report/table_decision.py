"""The number that decides, arm by arm: how much, how sure, how often, and what can be said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from simulator.metrics import NULL_METRICS
from simulator.report.answers import answers, enough
from simulator.report.tables import compare_tables
from simulator.report.wording import MISSING, count, difference, number

if TYPE_CHECKING:
    from simulator.comparison import Comparison, Decision


def compared_and_decided(comparison: Comparison, decision: Decision) -> RenderableType:
    """Lay out a comparison: every arm's differences, then what the number that decides says."""
    return Group(compare_tables(comparison), Text(""), decision_tables(comparison, decision))


def decision_tables(comparison: Comparison, decision: Decision) -> RenderableType:
    """Lay out a table per world, the answer above it in a sentence."""
    parts: list[RenderableType] = []
    for world, answer in answers(comparison, decision).items():
        parts.append(Text(f"World '{world}'. {answer}", style="bold"))
        here = decision.table[decision.table["world"] == world]
        if len(here) > 1:
            parts += [_Arms(here, decision), Text("")]
    if len(comparison.scenario.arm_names) > 1 and comparison.scenario.comparison.replications > 1:
        parts.append(Text(_explained(comparison, decision), style="dim"))
    return Group(*parts)


TABLE_WIDTH = 112
"""Columns below which the table would be cut: then every arm gets a sentence."""


class _Arms:
    """A world's arms: a table, or a sentence each where the terminal is too narrow for it."""

    def __init__(self, rows: pd.DataFrame, decision: Decision) -> None:
        self._rows, self._decision = rows, decision

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        longest = max(map(len, self._rows["arm"]))
        if options.max_width >= TABLE_WIDTH - 24 + longest:
            yield _table(self._rows, self._decision)
            return
        for _, row in self._rows.iterrows():
            yield Padding(
                Text.assemble((row["arm"], "bold"), f": {_in_a_sentence(row, self._decision)}"), (0, 0, 0, 2)
            )


def _in_a_sentence(row: pd.Series, decision: Decision) -> str:
    unit = decision.metric.unit
    said = number(row["mean"], unit)
    if decision.metric.name in NULL_METRICS:
        said += f" (luck null {number(row['luck_null'], unit)})"
    if row["verdict"] == "baseline":
        return (
            f"{said}, the baseline. Against the best other {_interval(row, 'best_low', 'best_high', unit)}."
        )
    verdict = "; ".join(filter(None, (row["verdict"], enough(row)))).capitalize()
    ties = f", {count(row['ties'], 'tie')}" if row["ties"] else ""
    return (
        f"{said}. {verdict}. Difference {difference(row['difference'], unit)} "
        f"({_interval(row, 'low', 'high', unit)}); higher in {row['higher']} of {row['n']}{ties}; "
        f"p {_p(row['p_holm'])}; against the best other {_interval(row, 'best_low', 'best_high', unit)}."
    )


def _table(rows: pd.DataFrame, decision: Decision) -> Table:
    unit = decision.metric.unit
    table = Table(show_edge=False)
    table.add_column("arm", no_wrap=True, min_width=max(map(len, rows["arm"])))
    table.add_column(decision.metric.label, justify="right")
    by_luck = decision.metric.name in NULL_METRICS
    if by_luck:
        table.add_column("luck null", justify="right")
    for heading in ("difference, 95 %", "higher in", "against the best other", "p (Holm)"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for _, row in rows.iterrows():
        level: list[str | Text] = [number(row["mean"], unit)]
        if by_luck:
            level.append(Text(number(row["luck_null"], unit), style="dim"))
        against_best = _interval(row, "best_low", "best_high", unit)
        if row["verdict"] == "baseline":
            table.add_row(row["arm"], *level, "", "", against_best, "", "baseline")
            continue
        table.add_row(
            row["arm"],
            *level,
            f"{difference(row['difference'], unit)}\n{_interval(row, 'low', 'high', unit)}",
            f"{row['higher']} of {row['n']}" + (f"\n{count(row['ties'], 'tie')}" if row["ties"] else ""),
            against_best,
            _p(row["p_holm"]),
            "\n".join(filter(None, (row["verdict"], enough(row)))),
        )
    return table


def _assumed(row: pd.Series, unit: str) -> str:
    """Say which part of a difference's spread is luck, which is that the assumptions are not known."""
    if not (math.isfinite(row["range_low"]) and math.isfinite(row["assumption_share"])):
        return ""
    return (
        f"'{row['arm']}': of the difference's spread {100 * row['assumption_share']:.0f} % is what is believed of the "
        f"assumptions, the rest luck; under 95 % of them the effect lies between "
        f"{_interval(row, 'range_low', 'range_high', unit).replace(' … ', ' and ')}."
    )


def _interval(row: pd.Series, low: str, high: str, unit: str) -> str:
    if not math.isfinite(row[low]):
        return MISSING
    ends = [difference(row[end], unit).removesuffix(" pp") for end in (low, high)]
    return f"{ends[0]} … {ends[1]}"


def _p(value: float) -> str:
    if not math.isfinite(value):
        return MISSING
    return "< .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")


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
    said.append(
        "Against the best other: 95 % for all arms at once; where 0 is its upper end (where less is better, its "
        "lower), another arm is surely at least as good. p: paired t, adjusted across the arms of a world (Holm)."
    )
    if len(narrowed):
        least, most = f"{narrowed.min():,.1f}", f"{narrowed.max():,.1f}"
        times = least if least == most else f"{least} to {most}"
        said.append(f"Without common luck the same intervals would take {times} times as many replications.")
    if comparison.scenario.uncertain:
        said.append("Counted are sets of assumptions; each is tried on two courses of luck.")
        said += [_assumed(row, decision.metric.unit) for _, row in rows.iterrows()]
    if rows["skewed"].any():
        names = ", ".join(dict.fromkeys(rows.loc[rows["skewed"], "arm"]))
        said.append(f"Skewed, so that its interval is not to be trusted with so few replications: {names}.")
    return " ".join(part for part in said if part)
