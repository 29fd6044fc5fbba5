"""The figure of one run: accounts, quota attainment, hours, revenue."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from zerosum.market.metrics import BY_NAME, Team, measure
from zerosum.market.records import CUSTOMERS
from zerosum.market.run import Run
from zerosum.market.state import ACTIVITIES, DISPLACEMENT, NEW, NO_DECISION, RENEWAL, UPGRADE, Float
from zerosum.report.plots import layout, style
from zerosum.report.plots.curves import Spread, draw_reached
from zerosum.report.plots.layout import Panel
from zerosum.report.wording import (
    format_adopters,
    format_chance_baseline,
    format_level,
    format_money,
    format_short_money,
)

HIGH = 2.4
"""Inches of a panel."""
NAMES = 2.0
"""Inches for labels at the end of lines."""
MOST_NAMED = 11
"""Maximum labeled lines."""

ORIGINS = (
    (RENEWAL, "revenue_renewed", "-"),
    (DISPLACEMENT, "revenue_displaced", (0, (6, 2))),
    (NEW, "revenue_new", (0, (3, 1.5, 1, 1.5))),
    (UPGRADE, "revenue_upgraded", (0, (1, 1.5))),
)
"""A contract's origin: outcome, metric, line."""

EXPLAINED = {
    "learning": "learning (tools)",
    "slack": "slack (freed, unused)",
    "ramping": "ramp (new reps)",
    "idle": "idle (no open deal)",
}
"""Activities that need clearer names."""


@style.styled
def plot_run(run: Run, null: Run) -> Figure:
    """Draw one run of the measured vendor: accounts, quota attainment, hours, revenue.

    Parameters
    ----------
    run : Run
    null : Run
        the chance baseline of the run (:func:`zerosum.market.run.chance_baseline`)

    Returns
    -------
    Figure
    """
    scenario, numbers, by_chance = run.engine.scenario, measure(run), measure(null)
    vendor = scenario.vendors[run.vendor].name
    whose = f"{vendor}'s team" if run.adopters == "head-to-head" else vendor
    share = format_level(numbers["selling_share"], "share")
    hours = run.engine.recorder.rep_hours[run.team].sum(axis=0) / (int(run.team.sum()) * run.weeks)
    worked = f"{share} of the time goes to selling and prospecting." if hours.any() else "Nobody worked."
    booked = (
        f"{format_money(numbers['revenue'])} in all, {format_money(numbers['revenue_per_rep'])} per rep and year; "
        f"{format_money(numbers['revenue_per_selling_hour'])} per hour of selling and prospecting."
    )
    return layout.compose(
        [
            [
                Panel(
                    lambda ax: draw_accounts(ax, run),
                    HIGH,
                    "Accounts held, by vendor",
                    _format_held(run, numbers),
                    "week",
                ),
                Panel(
                    lambda ax: draw_attainment(ax, run, null, numbers),
                    HIGH,
                    "Quota attainment of reps",
                    _attainment_in_words(numbers, by_chance),
                    "credited revenue / quota (1 = all of it); up: share of reps that reach at least so much. "
                    "Dotted: by chance alone",
                ),
            ],
            [
                Panel(
                    lambda ax: draw_hours(ax, hours, numbers),
                    HIGH,
                    "Where a rep's week goes",
                    worked,
                    "hours per rep and week",
                ),
                Panel(
                    lambda ax: draw_revenue(ax, run, numbers),
                    HIGH,
                    "Revenue by origin, cumulated",
                    booked,
                    "week",
                ),
            ],
        ],
        f"{scenario.name}: {whose} with '{run.strategy}'",
        f"Adopters '{run.adopters}': {format_adopters(run.adopters, vendor)}. Weeks 1 to {run.weeks} after the "
        f"warm-up, replication {run.replication}: one of many possible runs.",
        f"Chance alone: the same weeks with {format_chance_baseline(scenario)}. "
        "Revenue: annual value of contracts; k thousand, M million, G thousand million.",
        layout.WIDE,
    )


def _say_instead(ax: Axes, words: str) -> None:
    """Write why there is nothing to draw."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=style.QUIET)


def _name_ends(ax: Axes, ends: Sequence[float], words: Sequence[str], bold: Sequence[bool]) -> None:
    """Label lines at their right ends, moved apart, with a leader from line to label."""
    beside, (low, high) = ax.get_yaxis_transform(), ax.get_ylim()
    gap = style.line_height(style.SMALL) / HIGH * (high - low)
    for end, place, text, loud in zip(ends, layout.apart(ends, gap, low, high), words, bold, strict=True):
        ax.plot([1.01, 1.04], [end, place], color=style.PALE, linewidth=0.7, transform=beside, clip_on=False)
        look: dict[str, Any] = {"weight": "bold", "color": style.FOCUS} if loud else {"color": style.QUIET}
        words = style.cut(text, NAMES, style.SMALL, "bold")
        ax.text(1.05, place, words, va="center", size=style.SMALL, transform=beside, **look)


def _format_held(run: Run, numbers: Mapping[str, float]) -> str:
    scenario = run.engine.scenario
    gained, n_vendors = numbers["accounts_gained"], len(scenario.vendors)
    change = f"{abs(gained):,.0f} {'more' if gained > 0 else 'fewer'} than" if gained else "as many as"
    share = format_level(numbers["market_share"], "share")
    said = f"{scenario.vendors[run.vendor].name} ends with {share} of all buyers, {change} at the start."
    if run.adopters == "head-to-head":
        said = f"The team ends with {share} of the buyers in its territories, {change} at the start. Lines: all teams."
    if n_vendors > 1:
        said += " Pale: " + ("the other vendor." if n_vendors == 2 else f"the other {n_vendors - 1} vendors.")
    return f"{said} Up: share of all buyers."


def draw_accounts(ax: Axes, run: Run) -> None:
    """Draw the accounts of every vendor at each week's end, as shares of all buyers."""
    vendors, held = run.engine.scenario.vendors, run.engine.recorder.weekly[:, :, CUSTOMERS]
    per_cent = 100.0 * held / len(run.engine.market.buyers.value)
    for v in range(len(vendors)):
        ours = v == run.vendor
        ax.plot(
            np.arange(1, len(held) + 1),
            per_cent[:, v],
            marker="o" if len(held) == 1 else "",
            color=style.FOCUS if ours else style.PALE,
            linewidth=2.4 if ours else 1.1,
            zorder=3 if ours else 2,
        )
    low, high = float(per_cent.min()), float(per_cent.max())
    # At least two points high: a static market must look static.
    room = max(0.08 * (high - low), (2.0 - (high - low)) / 2)
    style.scale_y(ax, (low - room, high + room), lambda value: f"{value:.4g} %")
    _weeks(ax, len(held))
    named = [v for v in range(len(vendors)) if len(vendors) <= MOST_NAMED or v == run.vendor]
    _name_ends(
        ax,
        [float(per_cent[-1, v]) for v in named],
        [f"{held[-1, v]:,.0f} {vendors[v].name}" for v in named],
        [v == run.vendor for v in named],
    )


def _weeks(ax: Axes, weeks: int) -> None:
    ax.set_xlim(0, weeks)
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True, steps=[1, 2, 5, 10]))


def draw_attainment(ax: Axes, run: Run, null: Run, numbers: Mapping[str, float]) -> None:
    """Draw the share of reps by quota attainment, and by chance alone."""
    own, chance = Team(run).attainment, Team(null).attainment
    if len(own) == 0 or len(chance) == 0:
        _say_instead(ax, "No quotas: they come from a\nyear of warm-up with revenue.")
        return
    right = max(1.5, float(own.max()), float(chance.max())) * 1.03
    draw_reached(ax, Spread(own, None, chance), right, format_level(numbers["share_at_quota"], "share"))


def _attainment_in_words(numbers: Mapping[str, float], by_chance: Mapping[str, float]) -> str:
    if not (math.isfinite(numbers["attainment_median"]) and math.isfinite(by_chance["attainment_median"])):
        return "No rep had a quota."
    at_quota, median = (
        [format_level(these[name], BY_NAME[name].unit) for these in (numbers, by_chance)]
        for name in ("share_at_quota", "attainment_median")
    )
    return (
        f"{at_quota[0]} of reps reach quota, the median rep {median[0]} of it; "
        f"by chance alone {at_quota[1]}, median {median[1]}."
    )


def draw_hours(ax: Axes, hours: Float, numbers: Mapping[str, float]) -> None:
    """Draw hours per rep and week by activity, with their shares."""
    spent = [i for i, _ in enumerate(ACTIVITIES) if hours[i] > 0]
    if not spent:
        _say_instead(ax, "No working hours.")
        return
    bars = ax.barh(np.arange(len(spent)), hours[spent], height=0.7, color=style.FOCUS)
    words = [f"{hours[i]:.1f} h  {format_level(numbers[f'share_{ACTIVITIES[i]}'], 'share')}" for i in spent]
    ax.bar_label(bars, words, padding=5, size=style.SMALL)
    ax.set_ylim(len(spent) - 0.4, -0.6)
    ax.set_yticks(np.arange(len(spent)), [EXPLAINED.get(ACTIVITIES[i], ACTIVITIES[i]) for i in spent])
    style.scale_x(ax, (0.0, 1.02 * float(hours.max())), lambda value: f"{value:.3g}")
    ax.tick_params(axis="y", length=0)


def _sum_bookings(run: Run) -> tuple[list[tuple[str, object, Float]], Float]:
    """Cumulate the team's contracts by origin: (metric, line, money/year [weeks + 1]) of each, and the weeks."""
    engine, decisions = run.engine, run.engine.recorder.decisions
    ours = (decisions.outcome != NO_DECISION) & (engine.rules.products.vendor[decisions.after] == run.vendor)
    ours &= run.team[engine.market.buyers.owner[decisions.buyer, run.vendor]]
    week = decisions.week - (engine.recorder.first_week or 0) + 1
    series: list[tuple[str, object, Float]] = []
    for outcome, metric, line in ORIGINS:
        these = ours & (decisions.outcome == outcome)
        if these.any():
            money_of_week = np.bincount(week[these], decisions.revenue[these], minlength=run.weeks + 1)
            series.append((metric, line, np.cumsum(money_of_week)))
    return series, np.arange(run.weeks + 1, dtype=np.float64)


def draw_revenue(ax: Axes, run: Run, numbers: Mapping[str, float]) -> None:
    """Draw revenue by origin, cumulated over the weeks."""
    series, weeks = _sum_bookings(run)
    if not series:
        _say_instead(ax, "No contract was booked.")
        return
    for _, line, cumulated in series:
        ax.plot(weeks, cumulated, color=style.FOCUS, linewidth=1.8, linestyle=line)
    low, high = (float(f([f(0.0, *c) for _, _, c in series])) for f in (min, max))
    edge = 0.04 * ((high - low) or 1.0)
    style.scale_y(ax, (low - edge if low < 0 else low, high + edge), format_short_money)
    _weeks(ax, run.weeks)
    _name_ends(
        ax,
        [float(cumulated[-1]) for _, _, cumulated in series],
        [
            f"{format_money(numbers[name])} {BY_NAME[name].label.removeprefix('Revenue, ')}"
            for name, _, _ in series
        ],
        [False] * len(series),
    )
