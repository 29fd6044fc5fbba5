"""Plot a break-even: what each tool may cost, and the net gain over how many reps use the tools and what is true."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from zerosum.report.breakeven import format_answers, format_share
from zerosum.report.plots import layout, style
from zerosum.report.plots.compare import LOOKS, difference_row
from zerosum.report.plots.layout import Key, Panel
from zerosum.report.plots.rows import Mark, Row, rows_panel
from zerosum.report.plots.style import limits
from zerosum.report.whatif import format_setting
from zerosum.report.wording import format_level
from zerosum.studies.breakeven import ADOPTION

if TYPE_CHECKING:
    from zerosum.studies.breakeven import Answer, Dial


@style.styled
def plot_break_even(answer: Answer) -> Figure:
    """Draw a panel of prices, and one for each dial.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    Figure
    """
    asked, width = answer.asked, layout.panel_width(layout.READABLE, 1)
    in_money = f", {asked.scenario.money.currency}" * bool(asked.scenario.money.currency)
    ends = limits(answer.points[["net", "net_low", "net_high"]]) if asked.dials else None

    def panel(dial: Dial) -> Panel:
        here = answer.points[answer.points["dial"] == dial.key].to_dict("records")
        rows = [
            difference_row(
                format_share(row["value"]) + (" (here)" if row["is_today"] else ""),
                float(row["net"]),
                float(row["net_low"]),
                float(row["net_high"]),
                "money/year",
            )
            for row in here
        ]
        what = (
            "Share of reps that use the tools"
            if dial.key == ADOPTION
            else "Part of the claimed effect that is true"
        )
        return rows_panel(
            rows, "money/year", width, what, f"net gain a year at each{in_money}, of the whole team", ends
        )

    return layout.compose(
        [Key(LOOKS), [_prices(answer, width, in_money)], *([panel(dial)] for dial in asked.dials)],
        f"{asked.scenario.name}: when does '{asked.strategy}' pay?",
        f"{format_setting(answer.swept.study.what_if)}. 95 % intervals, each by itself.",  # type: ignore[attr-defined]
        " ".join(f"{head.capitalize()}: {words}" for head, words in format_answers(answer))
        + " Money: k thousand, M million.",
    )


def _prices(answer: Answer, width: float, in_money: str) -> Panel:
    """Draw each tool's break-even price below what was entered."""
    rows = []
    for row in answer.prices.to_dict("records"):
        price, low, high = (float(row[name]) for name in ("price", "price_low", "price_high"))
        entered = float(row["entered"])
        surely = entered < low or entered > high
        rows.append(
            Row(
                f"{row['tool']}: pays up to",
                format_level(price, "money/year"),
                [Mark(price, low, high)],
                surely,
            )
        )
        rows.append(
            Row("  you entered", format_level(entered, "money/year"), [Mark(entered, math.nan, math.nan)])
        )
    return rows_panel(rows, "money/year", width, "License", f"of each rep, a year{in_money}")
