"""Why two strategies differ: money and deals by cause, and the largest deals that came out otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.report.deals import format_deal, pick_largest
from zerosum.report.document import Cell, Column, Document, Section, Table
from zerosum.report.intervals import find_side, format_list
from zerosum.report.summary import summary_of
from zerosum.report.wording import (
    MISSING,
    count,
    format_adopters,
    format_money,
    format_signed_count,
    format_span,
)
from zerosum.scenario import folder_name
from zerosum.studies.attribution import CAUSES

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.studies.attribution import Flips

MOST_TOLD = 20
"""Deals that are told one by one."""
NOTHING = "No deal came out otherwise: for the vendor that is measured both runs are the same."
_KINDS = {
    "money_new": "new",
    "money_from_rivals": "from rivals",
    "money_renewed": "renewed",
    "money_cannibalised": "from own",
}


def describe_flips(flips: Flips, most: int = MOST_TOLD) -> Document:
    """Describe why a strategy differs from another.

    Parameters
    ----------
    flips : Flips
    most : int
        deals that are told one by one
    """
    scenario = flips.scenario
    vendor = scenario.vendors[scenario.focal_index].name
    adopters = format_adopters(flips.adopters, vendor)
    title = (
        f"{scenario.name}: why '{flips.strategy}' differs from '{flips.against}', "
        f"{count(flips.replications, 'paired replication')}\n"
        f"{adopters[0].upper()}{adopters[1:]}. Measured: {vendor}; means of a replication, strategy less baseline"
    )
    found = Document()
    if len(flips.flips) == 0:
        found.add(title, look="title")
        found.add(NOTHING, look="answer")
    else:
        found.add(causes_table(flips, title), deals_table(flips, most))
    return found


def sort_causes(flips: Flips) -> pd.DataFrame:
    """Causes that had a part in anything, the largest money first."""
    causes = flips.causes
    told = causes[[name for name in causes if str(name).endswith("_total")]].abs().sum(axis=1) > 1e-9
    order = causes["money"].abs().sort_values(ascending=False, kind="stable").index
    return causes.loc[order][told.loc[order]]


def causes_table(flips: Flips, title: str = "Revenue and deals by cause, means of a replication") -> Table:
    """Lay out the part of every cause, and all of them together."""
    rows, totals = sort_causes(flips).to_dict("records"), flips.totals.iloc[0].to_dict()
    meanings = {cause.name: cause.meaning for cause in CAUSES} | {
        None: "the difference in revenue of the runs' own metrics"
    }
    total = {**totals, "label": "difference in revenue", "cause": None}
    kinds = [name for name in _KINDS if any(row[name] for row in (*rows, totals))]
    columns = [
        Column("cause", lambda row: Cell(row["label"], strong=row is total), text=True),
        Column("revenue [95 %]", _revenue),
        Column("of all", lambda row: _share(row, totals)),
        Column("deals", lambda row: format_signed_count(row["n"])),
        Column("lost", lambda row: format_signed_count(row["n_lost_accounts"])),
        *(Column(_KINDS[name], partial(_amount, name=name)) for name in kinds),
        Column("what it is", lambda row: meanings[row["cause"]], text=True, wide=True),
    ]
    return Table(columns, [*rows, Section(""), total], title, format_reading(flips), lines=False)


def _amount(row: Any, name: str) -> str:
    return format_money(row[name], signed=True) if abs(row[name]) > 1e-6 else "0"


def _revenue(row: Any) -> Cell:
    low, high = row["money_low"], row["money_high"]
    ends = format_span(low, high, "money", signed=True) if math.isfinite(low) else ""
    # All digits: a reader may add up what causes brought.
    return Cell(format_money(row["money"], signed=True), ends, bool(find_side(low, high)))


def _share(row: Any, totals: Any) -> str:
    uncertain = math.isfinite(totals["money_low"]) and not find_side(
        totals["money_low"], totals["money_high"]
    )
    if not totals["money"] or uncertain:
        return MISSING  # of a difference that may be none, parts say nothing
    share = f"{100 * row['money'] / totals['money']:+,.0f} %"
    return "0 %" if share in ("+0 %", "-0 %") else share


def format_reading(flips: Flips) -> str:
    """Say how the table of causes is read."""
    silent = list(flips.causes.drop(sort_causes(flips).index)["label"])
    return (
        "Both runs of a replication share all luck, so a deal comes out otherwise only where something in it is "
        "otherwise. If several things are, each has its Shapley share: what changes when it is put in, averaged over "
        "all orders. Causes sum to the difference in revenue; some gain what others lose, so parts of it can exceed "
        "100 %; where its interval includes zero, no parts are given. Deals: won, renewed and upgraded; lost: "
        "customers lost to rivals; new: from buyers without a supplier; from own: own products displaced. Money: "
        "annual contract value. * (on the page, bold): its interval excludes zero."
    ) + (f" No part in anything: {format_list(silent)}." if silent else "")


def deals_table(flips: Flips, most: int = MOST_TOLD) -> Table:
    """Tell the largest deals that came out otherwise, one by one."""
    told, n = pick_largest(flips, most), len(flips.flips)
    which = f"The {len(told)} largest of {n:,} deals" if len(told) < n else f"All deals ({n})"

    def words(row: Any) -> str:
        said = format_deal(row, flips)
        return (
            f"Replication {row['replication']}: {said[0].lower()}{said[1:]}"
            if flips.replications > 1
            else said
        )

    def brought(row: Any) -> str:
        # What the deal itself brought; where it brought nothing in either run, what the customer lost paid.
        return format_money(row["money"] or -row["money_lost_accounts"], signed=True)

    columns = (Column("revenue", brought), Column("deal", words, text=True, least=20))
    return Table(
        columns, told.to_dict("records"), f"{which} that came out otherwise", narrow="list", lines=False
    )


def summarize_flips(flips: Flips, made_from: str, files: Sequence[Path]) -> dict[str, Any]:
    """Put into one object why two strategies differ: every cause's part, and what they sum to."""
    more = {
        "strategy": flips.strategy,
        "against": flips.against,
        "adopters": flips.adopters,
        "results": folder_name(flips.scenario),
        "made_from": made_from,
        "replications": flips.replications,
        "causes": flips.causes.drop(columns="label").set_index("cause").to_dict(orient="index"),
        "total": flips.totals.iloc[0].to_dict(),
        "flips": len(flips.flips),
    }
    return summary_of("flips", flips.scenario, more, files)
