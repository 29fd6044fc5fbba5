"""The page about a team's own data: answers, then reps, groups, cycles, months and quotas, each beside chance."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import pandas as pd

from zerosum.report.describe import NO_FACT, figures_table, format_head
from zerosum.report.describe_words import (
    GROUPS,
    Group,
    format_cycle,
    format_groups,
    format_quarter_end,
    format_quota,
    format_ramp,
    format_range,
    format_reps_differ,
    format_season,
    format_value,
    list_answers,
    list_groups,
    missing_here,
)
from zerosum.report.document import Cell, Figure, Table, table_of
from zerosum.report.html.rendering import render
from zerosum.report.plots.description import (
    cycle_panel,
    figures_panel,
    limits_of,
    months_panel,
    periods_panel,
    reps_panel,
)
from zerosum.report.plots.svg import Drawing
from zerosum.report.wording import MISSING, format_p
from zerosum.runs.origin import origin
from zerosum.studies.describe import Description
from zerosum.studies.describe import Figure as Estimate

MOST_DRAWN = 30
"""Reps in the figure; the table has more."""
A_PANEL = 10
"""Reps in a panel."""
MOST_LISTED = 300
"""Reps in the table."""
MOST_GROUPS = 8
"""Groups of a column in the figure."""
MOST_PERIODS, IN_A_PANEL = 12, 6


def write_description(found: Description) -> str:
    """Write the page: HTML without external references or scripts, the same for the same data."""
    with warnings.catch_warnings():
        # Text stays text: the reader's fonts have signs that matplotlib's doesn't.
        warnings.filterwarnings("ignore", "Glyph ", UserWarning)
        return _write(found)


def _write(found: Description) -> str:
    answers = list(list_answers(found))
    return render(
        "described.html.j2",
        version=origin().get("zerosum", ""),
        head=format_head(found),
        answers=[(line.label.capitalize(), line.words) for line in answers[:-1]],
        key_figures=figures_table(found),
        reps=f"Reps {format_reps_differ(found)}" if found.reps else "",
        reps_figure=draw_reps(found),
        groups=_sentence(format_groups(found)),
        groups_figure=draw_groups(found),
        cycle=_sentence(format_cycle(found)),
        cycle_figure=draw_cycle(found),
        still=_still_table(found),
        values=_values_table(found),
        quota=_sentence(format_quota(found)),
        quota_figure=draw_periods(found),
        ramp=f"New reps {format_ramp(found)}" if found.ramp else "",
        ramp_table=_ramp_table(found),
        months_figure=draw_months(found),
        quarter_end=format_quarter_end(found),
        season=format_season(found),
        missing=[_sentence(one) for one in missing_here(found)],
        every=_every_table(found),
        no_fact=NO_FACT,
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def draw_reps(found: Description) -> Figure | None:
    """Draw reps' rates beside what identical reps would show; None if they can't be compared."""
    if found.reps is None:
        return None
    rows = found.reps.table
    shown = rows
    if len(rows) > MOST_DRAWN:
        shown = pd.concat([rows.head(MOST_DRAWN // 2), rows.tail(MOST_DRAWN // 2)])
    columns = ["rate", "shrunk", "low", "high", "chance_low", "chance_high"]
    limits = limits_of(shown[columns].to_numpy())
    parts = [shown.iloc[at : at + A_PANEL] for at in range(0, len(shown), A_PANEL)]
    panels = [
        Drawing(
            f"reps-{at}",
            "Win rates of reps: "
            + "; ".join(
                f"{row['rep']} {100 * row['shrunk']:.0f} % [{100 * row['low']:.0f}, {100 * row['high']:.0f}]"
                for row in part.to_dict("records")
            )
            + ".",
            (reps_panel(part, limits),),
        )
        for at, part in enumerate(parts)
    ]
    left_out = len(rows) - len(shown)
    note = (
        "Hollow: the rate that was counted, on the 95 % range of a rep who is like all others and has as many deals. "
        "Filled: the best estimate of the true rate, drawn towards what the rep's mix of deals lets expect, with its "
        "95 % range."
    ) + (f" The {left_out:,} reps in the middle are only in the table." if left_out else "")
    return Figure(
        "reps-figure",
        "Win rates of reps, beside identical reps",
        note,
        panels,
        _reps_table(rows),
        (("open", "counted, and the range of identical reps"), ("certain", "estimate of the true rate")),
    )


def _reps_table(rows: pd.DataFrame) -> Table:
    cells = [
        (
            row["rep"],
            f"{row['n']:,}",
            f"{100 * row['rate']:.0f} %",
            f"{100 * row['chance_low']:.0f} to {100 * row['chance_high']:.0f}",
            f"{100 * row['shrunk']:.0f} %",
            f"{100 * row['low']:.0f} to {100 * row['high']:.0f}",
        )
        for row in rows.head(MOST_LISTED).to_dict("records")
    ]
    title = "Win rates of reps" + (f", the first {MOST_LISTED}" if len(rows) > MOST_LISTED else "")
    heads = ("rep", "closed deals", "counted", "if identical", "estimate", "95 % range")
    return table_of(title, heads, cells)


def draw_groups(found: Description) -> Figure | None:
    """Draw win rates by type, segment and so on, the largest groups of each; None if there is nothing to compare."""
    groups = list_groups(found)
    if not groups:
        return None
    cells = [
        (f"{GROUPS[group.column]}: {one.label}", format_value(one), format_range(one), f"{one.n:,}")
        for group in groups
        for one in group.figures
    ]
    note = (
        "Share of closed deals that were won, with 95 % ranges. p: how often groups of one and the same rate would "
        f"differ so much. Of {len(groups)} ways to group deals, some look different by chance."
    )
    return Figure(
        "groups-figure",
        "Win rates by group",
        note,
        [_draw_group(one) for one in groups],
        table_of("Win rates by group", ("group", "won", "95 % range", "closed deals"), cells),
    )


def _draw_group(group: Group) -> Drawing:
    shown = group.figures[:MOST_GROUPS]
    if group.column == "year":
        shown = sorted(shown, key=lambda one: one.label)
    name, p = GROUPS[group.column], format_p(group.p_value)
    title = f"By {name}" + ("" if p == MISSING else f" (p {p})" if p[0] == "<" else f" (p = {p})")
    more = len(group.figures) - len(shown)
    label = "; ".join(f"{one.label} {format_value(one)} [{format_range(one)}]" for one in shown)
    limits = limits_of([(one.low, one.high) for one in shown])
    panel = figures_panel(shown, limits, title + (f", the {len(shown)} largest" if more else ""))
    return Drawing(f"groups-{group.column}", f"{title}: {label}.", (panel,))


def draw_cycle(found: Description) -> Figure | None:
    """Draw how deals end by their age; None without dates or wins."""
    if found.cycles is None:
        return None
    curves = found.cycles.curves
    last = curves.iloc[-1]
    label = f"In the end: won {100 * last['won']:.0f} %, lost {100 * last['lost']:.0f} %"
    if last["no_decision"] > 0:
        label += f", no decision {100 * last['no_decision']:.0f} %"
    keys = [("line", "won"), ("usual", "lost")]
    if last["no_decision"] > 0:
        keys.append(("chance", "no decision"))
    note = (
        f"Share of all deals that have ended in each way, by age. {found.cycles.n_open:,} deals are open: each counts "
        "for as long as it was seen."
    )
    return Figure(
        "cycle-figure",
        "How deals end, by their age",
        note,
        [Drawing("cycles", f"How deals end by their age. {label}.", (cycle_panel(curves),))],
        _curve_table(curves),
        keys,
    )


def _curve_table(curves: pd.DataFrame) -> Table:
    rows = []
    for weeks in (1, 2, 4, 8, 13, 26, 39, 52, 78, 104):
        place = int(curves["weeks"].searchsorted(weeks, side="right")) - 1
        if place >= 0 and weeks <= curves["weeks"].iloc[-1] + 1:
            row = curves.iloc[place]
            shares = [f"{100 * row[name]:.0f} %" for name in ("won", "lost", "no_decision", "open")]
            rows.append((f"{weeks} weeks", *shares))
    return table_of("How deals end, by their age", ("after", "won", "lost", "no decision", "open"), rows)


def _still_table(found: Description) -> Table | None:
    figures = [one for one in found.figures if one.name.startswith("still_won") and one.known]
    return _estimates_table("Deals that stay open for long", figures) if figures else None


def _values_table(found: Description) -> Table | None:
    names = (
        "deal_value_median",
        "deal_value_mean",
        "amount_missing",
        "top_accounts_share",
        "top_fifth_share",
    )
    figures = [one for one in found.figures if one.known and one.name.partition("[")[0] in names]
    return _estimates_table("Values of deals, a year", figures) if figures else None


def draw_periods(found: Description) -> Figure | None:
    """Draw the share of reps at or above quota by period, beside chance; None without quotas."""
    if found.attainment is None:
        return None
    periods = found.attainment.periods
    shown = periods.tail(MOST_PERIODS)
    parts = [shown.iloc[at : at + IN_A_PANEL] for at in range(0, len(shown), IN_A_PANEL)]
    label = "; ".join(
        f"{row['period_start']:%Y-%m-%d} {100 * row['at_quota']:.0f} %, by chance {100 * row['chance']:.0f} %"
        for row in shown.to_dict("records")
    )
    rows = [
        (
            f"{row['period_start']:%Y-%m-%d} to {row['period_end']:%Y-%m-%d}",
            f"{row['reps']:,}",
            f"{100 * row['at_quota']:.0f} %",
            Cell(
                f"{100 * row['chance']:.0f} %",
                f"{100 * row['chance_low']:.0f} to {100 * row['chance_high']:.0f}",
            ),
            f"{100 * row['attainment']:.0f} %",
        )
        for row in periods.to_dict("records")
    ]
    heads = ("period", "reps", "at or above quota", "identical reps", "wins / quotas")
    note = (
        "Filled: reps at or above quota. Hollow: identical reps, with the 95 % range: which of the period's closed "
        "deals were won is shuffled among them. Each rep keeps the number of closed deals."
    )
    return Figure(
        "quota-figure",
        "Reps at or above quota, beside identical reps",
        note + (f" The last {MOST_PERIODS} periods." if len(periods) > MOST_PERIODS else ""),
        [
            Drawing(f"periods-{at}", f"Reps at or above quota by period: {label}.", (periods_panel(part),))
            for at, part in enumerate(parts)
        ],
        table_of("Attainment by period", heads, rows),
        (("certain", "at or above quota"), ("open", "identical reps")),
    )


def _ramp_table(found: Description) -> Table | None:
    if found.ramp is None:
        return None
    return _estimates_table(
        "New reps: wins / wins of long-serving reps in the same months", found.ramp.figures
    )


def draw_months(found: Description) -> Figure | None:
    """Draw deals created and won by month; None without dates."""
    months = found.calendar.months
    if months.empty:
        return None
    rows = [
        (row["month"], f"{row['created']:,.0f}", f"{row['won']:,.0f}") for row in months.to_dict("records")
    ]
    label = f"Deals created and won by month, {months['month'].iloc[0]} to {months['month'].iloc[-1]}"
    return Figure(
        "months-figure",
        "Deals created and won, by month",
        "The first and the last month may be cut off.",
        [Drawing("months", f"{label}.", (months_panel(months),))],
        table_of("Deals by month", ("month", "created", "won"), rows),
        (("usual", "created"), ("line", "won")),
    )


def _estimates_table(title: str, figures: Sequence[Estimate]) -> Table:
    rows = [(_label(one), format_value(one), format_range(one), f"{one.n:,}") for one in figures]
    return table_of(title, ("figure", "value", "95 % range", "from"), rows)


def _label(one: Estimate) -> str:
    """Return a figure's label, with the column of its group: ``Median, type of deal: new``."""
    name, _, group = one.name.partition("[")
    column, _, value = group.rstrip("]").partition("=")
    if name == "deal_value_median" and group:
        return f"Median, {GROUPS[column]}: {value}"
    if name == "amount_missing" and group:
        return f"Deals without an amount, {value.replace('_', ' ')}"
    return one.label


def _every_table(found: Description) -> Table:
    rows = list(_every_row(found))
    return table_of("All figures", ("name", "value", "95 % range", "from", "method", "fact"), rows, (0, 4, 5))


def _every_row(found: Description) -> Iterator[tuple[Cell | str, ...]]:
    for one in found.figures:
        if one.known:
            label = Cell(one.name, "" if "[" in one.name else one.label)
            yield label, format_value(one), format_range(one), f"{one.n:,}", one.method, one.fact
