"""Why two strategies differ, in a terminal: money and deals by cause, and the largest deals that flipped, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from zerosum.report.flips_in_words import largest, sentence
from zerosum.report.intervals import listed, side
from zerosum.report.wording import MISSING, count, money, signed_count, span, world_in_words
from zerosum.studies.attribution import Flips

MOST_TOLD = 20
"""Deals that are told one by one."""

_COLUMNS = (
    ("money_new", "new"),
    ("money_from_rivals", "from rivals"),
    ("money_renewed", "renewed"),
    ("money_cannibalised", "from own"),
)


def flips_table(flips: Flips, most: int = MOST_TOLD) -> RenderableType:
    """Lay out why a strategy differs from another.

    Parameters
    ----------
    flips : Flips
    most : int
        deals that are told one by one
    """
    if len(flips.flips) == 0:
        nothing = "No deal came out otherwise: for the vendor that is measured both runs are the same."
        return Group(Text(_title(flips)), Text(""), Text(nothing))
    title, note = Text(_title(flips), style="italic"), Text(_note(flips), style="dim")
    parts: list[RenderableType] = [title, Text(""), _Causes(flips), Text(""), note]
    told, n = largest(flips, most), len(flips.flips)
    which = f"The {len(told)} largest of {n:,} deals" if len(told) < n else f"All deals ({n})"
    parts += [Text(""), Text(f"{which} that came out otherwise", style="bold"), _largest(told, flips)]
    return Group(*parts)


def by_size(flips: Flips) -> pd.DataFrame:
    """Causes that had a part in anything, the largest money first."""
    causes = flips.causes
    told = causes[[name for name in causes if str(name).endswith("_total")]].abs().sum(axis=1) > 1e-9
    order = causes["money"].abs().sort_values(ascending=False, kind="stable").index
    return causes.loc[order][told.loc[order]]


def _title(flips: Flips) -> str:
    scenario = flips.scenario
    vendor = scenario.vendors[scenario.focal_index].name
    world = world_in_words(flips.world, vendor)
    return (
        f"{scenario.name}: why '{flips.strategy}' differs from '{flips.against}', "
        f"{count(flips.replications, 'paired replication')}\n"
        f"{world[0].upper()}{world[1:]}. Measured: {vendor}; means of a replication, strategy less baseline"
    )


GAP = 2
"""Blanks between columns."""


class _Causes:
    """Causes, a row each; where the terminal is too narrow for all columns, the kinds of deals stand below the rest."""

    def __init__(self, flips: Flips) -> None:
        totals, rows = flips.totals.iloc[0], by_size(flips)
        kinds = [(name, label) for name, label in _COLUMNS if rows[name].abs().any() or totals[name]]
        told = [*(row for _, row in rows.iterrows()), totals]
        self._causes = [*rows["label"], "difference in revenue"]
        self._kinds = {label: [Text(_amount(row[name])) for row in told] for name, label in kinds}
        self._deals = {"deals": [Text(signed_count(row["n"])) for row in told]}
        self._whole = {
            "revenue\n[95 %]": [_revenue(row) for row in told],
            "of all": [Text(_share(row, totals)) for row in told],
            "lost": [Text(signed_count(row["n_lost_accounts"])) for row in told],
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.max_width
        everything = {**self._deals, **self._kinds, **self._whole}
        if _widest(self._causes) + _needed(everything) <= room:
            yield self._table(everything, room)
            return
        yield self._table({**self._deals, **self._whole}, room)
        yield Text("")
        yield self._table(self._kinds, room)

    def _table(self, columns: Mapping[str, Sequence[Text]], room: int) -> Table:
        table = Table(pad_edge=False, collapse_padding=True)
        # No room for lines between columns.
        table.box, table.show_edge = SIMPLE_HEAD, False
        table.add_column("cause", width=min(_widest(self._causes), max(1, room - _needed(columns))))
        for heading, cells in columns.items():
            table.add_column(heading, justify="right", width=_width(heading, cells))
        for i, cause in enumerate(self._causes):
            last = i == len(self._causes) - 1
            if last:
                table.add_section()
            table.add_row(cause, *(cells[i] for cells in columns.values()), style="bold" if last else "")
        return table


def _needed(columns: Mapping[str, Sequence[Text]]) -> int:
    """Terminal cells that columns take beside the causes."""
    return sum(GAP + _width(heading, cells) for heading, cells in columns.items())


def _width(heading: str, cells: Sequence[Text]) -> int:
    """Cells that a column takes: a heading may wrap between words, numbers may not."""
    return max(_widest(heading.split()), _widest(line.plain for cell in cells for line in cell.split("\n")))


def _widest(words: Iterable[str]) -> int:
    return max(map(cell_len, words))


def _amount(value: float) -> str:
    return money(value, signed=True) if abs(value) > 1e-6 else "0"


def _revenue(row: Any) -> Text:
    """Difference above its interval; bold with a star where that excludes zero."""
    # All digits: a reader may add up what causes brought.
    found, low, high = money(row["money"], signed=True), row["money_low"], row["money_high"]
    certain = side(low, high)
    text = Text(f"{found} *" if certain else found, style="bold" if certain else "")
    if math.isfinite(low):
        text.append(f"\n{span(low, high, 'money', signed=True)}", style="dim not bold")
    return text


def _share(row: Any, totals: Any) -> str:
    share = f"{100 * row['money'] / totals['money']:+,.0f} %" if _is_something(totals) else MISSING
    return "0 %" if share in ("+0 %", "-0 %") else share


def _is_something(totals: Any) -> bool:
    """Tell whether parts of the difference can be named: of a difference that may be none, they say nothing."""
    uncertain = math.isfinite(totals["money_low"]) and not side(totals["money_low"], totals["money_high"])
    return bool(totals["money"]) and not uncertain


def _note(flips: Flips) -> str:
    silent = flips.causes.drop(by_size(flips).index)["label"]
    said = [
        "Both runs of a replication share all luck, so a deal comes out otherwise only where something in it is "
        "otherwise. If several things are, each has its Shapley share: what changes when it is put in, averaged over "
        "all orders. Causes sum to the difference in revenue; some gain what others lose, so parts of it can exceed "
        "100 %; where its interval includes zero, no parts are given. Deals: won, renewed and upgraded; new: from "
        "buyers without a supplier; from own: own products displaced; lost: customers lost to rivals. Money: annual "
        "contract value. * interval excludes zero."
    ]
    if len(silent):
        said.append(f"No part in anything: {listed(list(silent))}.")
    return " ".join(said)


def _largest(told: pd.DataFrame, flips: Flips) -> Table:
    table = Table(show_header=False, show_edge=False, box=None, pad_edge=False)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1)
    for _, row in told.iterrows():
        # What the deal itself brought; where it brought nothing in either run, what the customer lost paid.
        brought = row["money"] if row["money"] else -row["money_lost_accounts"]
        words = sentence(row, flips)
        if flips.replications > 1:
            words = f"Replication {row['replication']}: {words[0].lower()}{words[1:]}"
        table.add_row(money(brought, signed=True), Padding(Text(words), (0, 0, 0, 1)))
    return table
