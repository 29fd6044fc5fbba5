"""Report why two strategies differ: money and deals by cause, and the largest changed deals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.report.deal_words import format_deal, pick_largest
from zerosum.report.document import Cell, Column, Document, Section, Table, Words
from zerosum.report.intervals import find_side, format_list, format_range
from zerosum.report.lines import Line, format_length, labeled_lines
from zerosum.report.summary import summary_of
from zerosum.report.wording import (
    MISSING,
    count,
    format_adopters,
    format_money,
    format_number,
)
from zerosum.scenario import folder_name
from zerosum.studies.attribution import CAUSES

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.studies.attribution import ChangedDeals

MOST_TOLD = 20
"""Maximum deals to list."""
NOTHING = "No deal has a different result: for the measured vendor both runs are the same."
_KINDS = {
    "money_new": "new",
    "money_from_rivals": "from rivals",
    "money_renewed": "renewed",
    "money_cannibalised": "from own",
}


def describe_changed_deals(changed: ChangedDeals, most: int = MOST_TOLD) -> Document:
    """Describe why a strategy differs from another.

    Parameters
    ----------
    changed : ChangedDeals
    most : int
        number of deals to list
    """
    scenario = changed.scenario
    vendor = scenario.vendors[scenario.focal_index].name
    adopters = format_adopters(changed.adopters, vendor)
    title = (
        f"{scenario.name}: why '{changed.strategy}' differs from '{changed.against}', "
        f"{count(changed.replications, 'paired replication')}\n"
        f"{adopters[0].upper()}{adopters[1:]}. Measured: {vendor}; means of a replication, strategy less baseline"
    )
    found = Document()
    if len(changed.deals) == 0:
        found.add(title, look="title")
        found.add(NOTHING, look="answer")
    else:
        found.add(causes_table(changed, title), deals_table(changed, most))
    return found


MOST_CAUSES = 3
"""Maximum causes in a line of a first screen."""


def describe_deals_screen(changed: ChangedDeals) -> Document:
    """Describe in a screenful why a strategy differs: the difference, and what makes most of it."""
    scenario, screen = changed.scenario, Document()
    runs = count(changed.replications, "simulated run")
    who = format_adopters(changed.adopters, scenario.vendors[scenario.focal_index].name)
    screen.add(
        Words(
            f"{scenario.name.upper()}   why '{changed.strategy}' differs from '{changed.against}' · {runs} of "
            f"{format_length(scenario.clock.weeks)} · {who}",
            "heading",
        )
    )
    if len(changed.deals) == 0:
        screen.add(NOTHING, look="answer")
        return screen
    total: Any = changed.totals.iloc[0]
    rows, parts = sort_causes(changed), []
    side = find_side(float(total["money_low"]), float(total["money_high"]))
    sure = {1: "", -1: "", 0: ": can't be told from 0"}[side]
    if not math.isfinite(float(total["money_low"])):
        sure = "; one run has no interval"
    ends = format_range(float(total["money_low"]), float(total["money_high"]), "money")
    gap = f"{format_money(total['money'], signed=True)} {ends}".rstrip()
    parts.append(Line("REVENUE", f"{gap} a run{sure}"))
    for label, sign in (("GAINS BY", 1), ("LOSES BY", -1)):
        named = [row for row in rows.to_dict("records") if sign * row["money"] > 1e-6][:MOST_CAUSES]
        if named:
            causes = [f"{row['label']} ({format_money(row['money'], signed=True)})" for row in named]
            parts.append(Line(label, format_list(causes)))
    often = f" in {runs}" if changed.replications > 1 else ""
    parts.append(Line("DEALS", f"{len(changed.deals):,} with a different result{often}"))
    screen.add(labeled_lines(parts))
    table = causes_table(changed, "")
    shown = [column for column in table.columns if column.head not in ("of all", *_KINDS.values())]
    note = "Annual contract value, mean of a run; in brackets: 95 % interval. Lost: customers lost to competitors."
    screen.add(replace(table, columns=shown, note=note, beside=True, plain=True))
    return screen


def sort_causes(changed: ChangedDeals) -> pd.DataFrame:
    """Return causes with any effect, largest money first."""
    causes = changed.causes
    told = causes[[name for name in causes if str(name).endswith("_total")]].abs().sum(axis=1) > 1e-9
    order = causes["money"].abs().sort_values(ascending=False, kind="stable").index
    return causes.loc[order][told.loc[order]]


def causes_table(
    changed: ChangedDeals, title: str = "Revenue and deals by cause, means of a replication"
) -> Table:
    """Make a table of every cause's part, and of their sum."""
    rows, totals = sort_causes(changed).to_dict("records"), changed.totals.iloc[0].to_dict()
    meanings = {cause.name: cause.meaning for cause in CAUSES} | {
        None: "the difference in revenue of the runs' own metrics"
    }
    total = {**totals, "label": "difference in revenue", "cause": None}
    kinds = [name for name in _KINDS if any(row[name] for row in (*rows, totals))]
    columns = [
        Column("cause", lambda row: Cell(row["label"], strong=row is total), text=True),
        Column("revenue [95 %]", _revenue),
        Column("of all", lambda row: _share(row, totals)),
        Column("deals", lambda row: format_number(row["n"], 1)),
        Column("lost", lambda row: format_number(row["n_lost_accounts"], 1)),
        *(Column(_KINDS[name], partial(_amount, name=name)) for name in kinds),
        Column("what it is", lambda row: meanings[row["cause"]], text=True, wide=True),
    ]
    return Table(columns, [*rows, Section(""), total], title, format_reading(changed), lines=False)


def _amount(row: Any, name: str) -> str:
    return format_money(row[name], signed=True) if abs(row[name]) > 1e-6 else "0"


def _revenue(row: Any) -> Cell:
    low, high = row["money_low"], row["money_high"]
    # All digits: readers may add up the causes.
    return Cell(
        format_money(row["money"], signed=True), format_range(low, high, "money"), bool(find_side(low, high))
    )


def _share(row: Any, totals: Any) -> str:
    uncertain = math.isfinite(totals["money_low"]) and not find_side(
        totals["money_low"], totals["money_high"]
    )
    if not totals["money"] or uncertain:
        return MISSING  # parts of a difference that may be 0 mean nothing
    share = f"{100 * row['money'] / totals['money']:+,.0f} %"
    return "0 %" if share in ("+0 %", "-0 %") else share


def format_reading(changed: ChangedDeals) -> str:
    """Explain how to read the table of causes."""
    silent = list(changed.causes.drop(sort_causes(changed).index)["label"])
    return (
        "Both runs of a replication share all random events, so a deal has a different result only where something in "
        "it differs. If several things do, each has its Shapley share: what changes when it is put in, averaged over "
        "all orders. Causes sum to the difference in revenue; some gain what others lose, so parts of it can exceed "
        "100 %; where its interval includes zero, no parts are given. Deals: won, renewed and upgraded; lost: "
        "customers lost to competitors; new: from buyers without an incumbent; from own: own products replaced. Money: "
        "annual contract value. * (on the page, bold): its interval excludes zero."
    ) + (f" No part in anything: {format_list(silent)}." if silent else "")


def deals_table(changed: ChangedDeals, most: int = MOST_TOLD) -> Table:
    """List the largest deals with a different result."""
    told, n = pick_largest(changed, most), len(changed.deals)
    which = f"The {len(told)} largest of {n:,} deals" if len(told) < n else f"All deals ({n})"

    def words(row: Any) -> str:
        said = format_deal(row, changed)
        return (
            f"Replication {row['replication']}: {said[0].lower()}{said[1:]}"
            if changed.replications > 1
            else said
        )

    def brought(row: Any) -> str:
        # The deal's own revenue; if 0 in both runs, what the lost customer paid.
        return format_money(row["money"] or -row["money_lost_accounts"], signed=True)

    columns = (Column("revenue", brought), Column("deal", words, text=True, least=20))
    return Table(
        columns, told.to_dict("records"), f"{which} with a different result", narrow="list", lines=False
    )


def summarize_changed_deals(changed: ChangedDeals, made_from: str, files: Sequence[Path]) -> dict[str, Any]:
    """Return as one object why two strategies differ: every cause's part, and their sum."""
    more = {
        "strategy": changed.strategy,
        "against": changed.against,
        "adopters": changed.adopters,
        "results": folder_name(changed.scenario),
        "made_from": made_from,
        "replications": changed.replications,
        "causes": changed.causes.drop(columns="label").set_index("cause").to_dict(orient="index"),
        "total": changed.totals.iloc[0].to_dict(),
        "changed_deals": len(changed.deals),
    }
    return summary_of("deals", changed.scenario, more, files)
