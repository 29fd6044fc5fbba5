"""Report why two strategies differ: money and deals by cause, and the largest changed deals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.market.state import YEAR
from zerosum.report.deal_words import format_deal, pick_largest
from zerosum.report.document import Cell, Column, Document, Section, Table, Words
from zerosum.report.intervals import find_side, format_gap, format_list
from zerosum.report.lines import Line, format_length, labeled_lines
from zerosum.report.screen import align_gaps, head_of, in_one_unit
from zerosum.report.summary import summary_of
from zerosum.report.wording import (
    MISSING,
    count,
    format_adopters,
    format_money,
    format_number,
    with_currency,
)
from zerosum.scenario import folder_name
from zerosum.studies.attribution import CAUSES
from zerosum.studies.attribution.causes import TOTALS

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.studies.attribution import ChangedDeals

MOST_TOLD = 20
"""Maximum deals to list."""
BOOKED = "annual contract value won, renewed and upgraded"
"""What revenue is."""
SHOWN = ("cause", "deals", "lost")
"""Headings of the first screen's columns, beside revenue."""
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
    found = Document()
    if len(changed.deals) == 0:
        found.add(format_title(changed), look="title")
        found.add(NOTHING, look="answer")
    else:
        found.add(causes_table(changed, format_title(changed)), deals_table(changed, most))
    return found


def format_title(changed: ChangedDeals) -> str:
    """Format the title of the table of causes: what differs, over what, and whose deals they are."""
    scenario = changed.scenario
    vendor = scenario.vendors[scenario.focal_index].name
    adopters = format_adopters(changed.adopters, vendor)
    return (
        f"{scenario.name}: why '{changed.strategy}' differs from '{changed.against}', a year\n"
        f"{adopters[0].upper()}{adopters[1:]}. Deals of {vendor}, mean of {format_over(changed)}"
    )


def format_over(changed: ChangedDeals) -> str:
    """Say over what a mean is: ``6 simulated runs of 3 years``."""
    runs = count(changed.replications, "simulated run")
    return f"{runs} of {format_length(changed.scenario.clock.weeks)}"


MOST_CAUSES = 3
"""Maximum causes in a line of a first screen."""


def describe_deals_screen(changed: ChangedDeals) -> Document:
    """Describe in a screenful why a strategy differs: the difference, and what makes most of it."""
    screen = Document()
    screen.add(Words(format_head(changed), "heading"))
    if len(changed.deals) == 0:
        screen.add(NOTHING, look="answer")
        return screen
    total, currency = sum_of_causes(changed), changed.scenario.money.currency
    rows, parts = sort_causes(changed), []
    ends = float(total["money_low"]), float(total["money_high"])
    sure = "" if find_side(*ends) else ", so it can't be told from 0"
    gap = format_gap(float(total["money"]), *ends, "money/year")
    range_of = (
        f" ({gap.ends.strip('[]').replace(', ', ' to ')}){sure}" if gap.ends else "; one run has no range"
    )
    parts.append(Line("REVENUE", f"{with_currency(gap.words, currency)} a year{range_of}: {BOOKED}."))

    def amount(row: Any) -> str:
        return f"{row['label']} ({with_currency(format_money(row['money'], signed=True), currency)})"

    for label, sign in (("GAINS BY", 1), ("LOSES BY", -1)):
        named = [row for row in rows.to_dict("records") if sign * row["money"] > 1e-6][:MOST_CAUSES]
        if named:
            parts.append(Line(label, f"{format_list([amount(row) for row in named])}."))
    parts.append(Line("DEALS", f"{len(changed.deals):,} with a different result in {format_over(changed)}."))
    screen.add(labeled_lines(parts))
    table = causes_table(changed, "")
    shown = [column for column in table.columns if column.head in SHOWN or column.head.startswith("revenue")]
    note = (
        f"A year, mean of {format_over(changed)}. Revenue: {BOOKED}, '{changed.strategy}' less '{changed.against}'. In "
        "brackets: 95 % range. Deals: won, renewed and upgraded. Lost: customers lost to competitors. *: the range "
        "excludes 0."
    )
    screen.add(replace(table, columns=shown, note=note, beside=True))
    return screen


def format_head(changed: ChangedDeals) -> str:
    """Say in one line what was simulated."""
    scenario = changed.scenario
    comparison = scenario.comparison.model_copy(update={"adopters": (changed.adopters,)})
    asked = scenario.model_copy(update={"comparison": comparison})
    return head_of(asked, format_over(changed), f"why '{changed.strategy}' differs from '{changed.against}'")


def sort_causes(changed: ChangedDeals) -> pd.DataFrame:
    """Return causes with any effect, largest money first; money and deals are those of a year."""
    causes = changed.causes
    told = causes[[name for name in causes if str(name).endswith("_total")]].abs().sum(axis=1) > 1e-9
    order = causes["money"].abs().sort_values(ascending=False, kind="stable").index
    return _of_a_year(causes.loc[order][told.loc[order]], changed)


def sum_of_causes(changed: ChangedDeals) -> Any:
    """Return the whole difference, of a year: the sum of all causes."""
    return _of_a_year(changed.totals, changed).iloc[0]


def _of_a_year(table: pd.DataFrame, changed: ChangedDeals) -> pd.DataFrame:
    """Divide the means of whole runs by their years; sums (``…_total``) stay."""
    means = [f"{name}{end}" for name in TOTALS for end in ("", "_low", "_high")]
    return table.assign(**{name: table[name] * (YEAR / changed.scenario.clock.weeks) for name in means})


def causes_table(changed: ChangedDeals, title: str = "Revenue and deals by cause, means of a year") -> Table:
    """Make a table of every cause's part, and of their sum; a column's amounts are in one unit."""
    rows, totals = sort_causes(changed).to_dict("records"), sum_of_causes(changed).to_dict()
    meanings = {cause.name: cause.meaning for cause in CAUSES} | {
        None: "the difference in revenue of the runs' own metrics"
    }
    total = {**totals, "label": "difference in revenue", "cause": None}
    every = [*rows, total]
    kinds = [name for name in _KINDS if any(row[name] for row in every)]
    ends = ("money", "money_low", "money_high")
    gaps = align_gaps([[float(row[name]) for row in every] for name in ends], "money/year")
    revenue = {
        row["cause"]: gap._replace(strong=bool(find_side(row["money_low"], row["money_high"])))
        for row, gap in zip(every, gaps, strict=True)
    }
    amounts = {
        name: dict(
            zip(
                [row["cause"] for row in every],
                in_one_unit([float(row[name]) for row in every], "money/year", signed=True),
                strict=True,
            )
        )
        for name in kinds
    }
    money = changed.scenario.money.currency
    columns = [
        Column("cause", lambda row: Cell(row["label"], strong=row is total), text=True, least=21),
        Column(f"revenue a year{f', {money}' * bool(money)}", lambda row: revenue[row["cause"]]),
        Column("of all", lambda row: _share(row, totals)),
        Column("deals", lambda row: format_number(row["n"], 1)),
        Column("lost", lambda row: format_number(row["n_lost_accounts"], 1)),
        *(Column(_KINDS[name], partial(_amount, amounts=amounts[name])) for name in kinds),
        Column("what it is", lambda row: meanings[row["cause"]], text=True, wide=True),
    ]
    return Table(
        columns, [*rows, Section(""), total], title, format_reading(changed), lines=False, plain=True
    )


def _amount(row: Any, amounts: Mapping[Any, str]) -> str:
    words = amounts[row["cause"]]
    return words if any(digit in words for digit in "123456789") else "0"


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
        "Both strategies are simulated on the same random events, so a deal has another result only where something in "
        "it differs. If several things do, each has its Shapley share: what changes when it is put in, averaged over "
        "all orders. Causes sum to the difference in revenue; some gain what others lose, so parts of it can exceed "
        "100 %; where its interval includes zero, no parts are given. Deals: won, renewed and upgraded; lost: "
        "customers lost to competitors; new: from buyers without an incumbent; from own: own products replaced. "
        f"Revenue: {BOOKED}; a year, mean of {format_over(changed)}. * (on the page, bold): its range excludes 0."
    ) + (f" No part in anything: {format_list(silent)}." if silent else "")


def deals_table(changed: ChangedDeals, most: int = MOST_TOLD) -> Table:
    """List the largest deals with a different result."""
    told, n = pick_largest(changed, most), len(changed.deals)
    which = f"The {len(told)} largest of {n:,} deals" if len(told) < n else f"All deals ({n})"

    def words(row: Any) -> str:
        said = format_deal(row, changed)
        return f"Run {row['replication']}: {said[0].lower()}{said[1:]}" if changed.replications > 1 else said

    def brought(row: Any) -> str:
        # The deal's own revenue; if 0 in both runs, what the lost customer paid.
        return format_money(row["money"] or -row["money_lost_accounts"], signed=True)

    money = changed.scenario.money.currency
    head = f"a year{f', {money}' * bool(money)}"
    columns = (Column(head, brought), Column("deal", words, text=True, least=20))
    title = f"{which} with a different result, by annual contract value"
    return Table(columns, told.to_dict("records"), title, narrow="list", lines=False, plain=True)


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
