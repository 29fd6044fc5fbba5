"""Why it differed: the deals that came out otherwise, by cause, and the largest of them in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zerosum.report.flips_in_words import largest, sentence
from zerosum.report.html.parts import Cell, Figure, Table, cell
from zerosum.report.html.shown import DIFFERENCES, rows_svg
from zerosum.report.plots.compare import cause_rows
from zerosum.report.table_flips import by_size
from zerosum.report.wording import count, money, signed_count, world_in_words

if TYPE_CHECKING:
    from zerosum.studies.attribution import Flips

MOST = 20
"""Replications that are traced for a page, at most."""
TOLD = 8
"""Deals that are told."""


@dataclass(frozen=True)
class Story:
    """Why a strategy differs.

    Attributes
    ----------
    lead : str
        what was traced
    figure : Figure
        None where no deal came out otherwise
    deals : sequence of (money, sentence)
    which : str
        how many of how many deals are told
    """

    lead: str
    figure: Figure | None
    deals: Sequence[tuple[str, str]]
    which: str


def told(flips: Flips) -> Story:
    """Tell it."""
    scenario = flips.scenario
    vendor = scenario.vendors[scenario.focal_index].name
    often = count(flips.replications, "replication")
    lead = (
        f"'{flips.strategy}' against '{flips.against}', world '{flips.world}' "
        f"({world_in_words(flips.world, vendor)}), the first {often}. Both runs of a replication share "
        "all luck, so a deal comes out otherwise only where something in it is otherwise; each is traced to what that "
        "was."
    )
    if len(flips.flips) == 0:
        return Story(f"{lead} No deal came out otherwise.", None, (), "")
    rows = largest(flips, TOLD)
    n = len(flips.flips)
    which = f"The {len(rows)} largest of {n:,} deals" if len(rows) < n else f"All deals ({n})"
    return Story(lead, _figure(flips), [_deal(row, flips) for _, row in rows.iterrows()], which)


def _deal(row: Any, flips: Flips) -> tuple[str, str]:
    """Money that the deal brought; where it brought nothing in either run, what the customer that was lost paid."""
    brought = row["money"] if row["money"] else -row["money_lost_accounts"]
    words = sentence(row, flips)
    if flips.replications > 1:
        words = f"Replication {row['replication']}: {words[0].lower()}{words[1:]}"
    return money(float(brought), signed=True), words


def _figure(flips: Flips) -> Figure:
    causes, totals = by_size(flips), flips.totals.iloc[0]
    rows = [_row(row, Cell(str(row["label"])), _meaning(row)) for _, row in causes.iterrows()]
    all_told = "the difference in revenue of the runs' own metrics"
    rows.append(_row(totals, Cell("all causes together", strong=True), all_told))
    return Figure(
        "causes",
        "Revenue gained and lost, by cause",
        f"Annual contract value of the deals that came out otherwise, a mean of a replication, '{flips.strategy}' less "
        f"'{flips.against}'. If several things flipped a deal, each has its share of it (Shapley value: what changes "
        "when it is put in, averaged over all orders). The causes sum to the difference in revenue; some gain what "
        "others lose.",
        [rows_svg("causes", "Revenue by cause", "money a year", cause_rows(causes, totals), "money/year")],
        Table(
            "Revenue and deals by cause, means of a replication",
            ("cause", "revenue", "deals won, renewed, upgraded", "customers lost to rivals", "what it is"),
            rows,
            words_from=4,
        ),
        DIFFERENCES,
        beside=True,
    )


def _row(row: Any, name: Cell, meaning: str) -> list[Cell | str]:
    return [name, _money(row), signed_count(row["n"]), signed_count(row["n_lost_accounts"]), meaning]


def _money(row: Any) -> Cell:
    return cell(
        {"difference": row["money"], "low": row["money_low"], "high": row["money_high"], "unit": "money/year"}
    )


def _meaning(row: Any) -> str:
    from zerosum.studies.attribution import CAUSES

    return {cause.name: cause.meaning for cause in CAUSES}[str(row["cause"])]
