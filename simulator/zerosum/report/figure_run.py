"""The figure of one run: accounts, quota attainment, hours, revenue. It computes nothing.

It is laid out in inches, so that no label is clipped or covered, however many vendors there are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from zerosum.market.metrics import BY_NAME, attainment, measure
from zerosum.market.records import CUSTOMERS
from zerosum.market.run import Run
from zerosum.market.state import ACTIVITIES, DISPLACEMENT, NEW, NO_DECISION, RENEWAL, UPGRADE, Float
from zerosum.report import style
from zerosum.report.wording import count, money, number, short_money, world_in_words

PANEL = (6.05, 2.4)
"""Inches of a panel, without heading and week numbers."""
NAMES = 1.8
"""Inches for names at the end of lines."""
MOST_NAMED = 11
"""Lines that are named one by one."""

ORIGINS = (
    (RENEWAL, "revenue_renewed", "-"),
    (DISPLACEMENT, "revenue_displaced", (0, (6, 2))),
    (NEW, "revenue_new", (0, (3, 1.5, 1, 1.5))),
    (UPGRADE, "revenue_upgraded", (0, (1, 1.5))),
)
"""How a contract came about: its outcome, its metric, its line."""

EXPLAINED = {
    "learning": "learning (tools)",
    "slack": "slack (freed, unused)",
    "ramping": "ramping (new reps)",
    "idle": "idle (no open deal)",
}
"""Activities whose names don't say enough."""


@style.drawn
def figure_run(run: Run, null: Run) -> Figure:
    """Draw one run of the measured vendor: accounts, quota attainment, hours, revenue.

    Parameters
    ----------
    run : Run
    null : Run
        the same address with equal reps (:func:`zerosum.market.run.luck_null`)

    Returns
    -------
    Figure
    """
    scenario, numbers, lucky = run.engine.scenario, measure(run), measure(null)
    vendor = scenario.vendors[run.vendor].name
    whose = f"{vendor}'s team" if run.world == "head-to-head" else vendor
    title = style.wrap(
        f"{scenario.name}: {whose} with '{run.arm}'", style.WIDTH - 2 * style.MARGIN, style.TITLE, "bold"
    )
    subtitle = style.wrap(
        f"World '{run.world}': {world_in_words(run.world, vendor)}. "
        f"Weeks 1 to {run.weeks} after the warm-up, replication {run.replication}: "
        "one possible course of luck.",
        style.WIDTH - 2 * style.MARGIN,
        style.LARGE,
    )
    left, right = style.MARGIN, style.WIDTH - style.MARGIN - PANEL[0]
    upper = 0.25 + style.height(title, style.TITLE) + style.height(subtitle, style.LARGE) + 0.25
    lower = upper + _HEADING + PANEL[1] + 0.85
    figure = style.sheet(style.WIDTH, lower + _HEADING + PANEL[1] + 1.0)
    style.write(figure, style.MARGIN, 0.2, title, style.TITLE, weight="bold")
    style.write(
        figure,
        style.MARGIN,
        0.25 + style.height(title, style.TITLE),
        subtitle,
        style.LARGE,
        color=style.QUIET,
    )
    _accounts(figure, left, upper, run, numbers)
    _attainment(figure, right, upper, run, null, numbers, lucky)
    _hours(figure, left, lower, run, numbers)
    _revenue(figure, right, lower, run, numbers)
    style.write(
        figure,
        style.MARGIN,
        lower + _HEADING + PANEL[1] + 0.65,
        "Luck alone: the same weeks with equal reps and interchangeable territories. "
        "Revenue: annual value of contracts; k thousand, M million, G thousand million.",
        style.SMALL,
        color=style.QUIET,
    )
    return figure


_HEADING = 0.82
"""Inches: a title and two lines."""


def _heading(figure: Figure, left: float, top: float, title: str, said: str) -> None:
    style.write(figure, left, top, title, style.LARGE, weight="bold")
    words = "\n".join(style.wrap(said, PANEL[0]).split("\n")[:2])
    style.write(figure, left, top + style.line_height(style.LARGE), words, color=style.QUIET)


def _said_instead(ax: Axes, words: str) -> None:
    """Say why there is nothing to draw."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=style.QUIET)


def _weeks_axis(ax: Axes, weeks: int) -> None:
    ax.set_xlim(0, weeks)
    ax.xaxis.set_major_locator(MaxNLocator(7, integer=True, steps=[1, 2, 5, 10]))
    ax.set_xlabel("week")
    ax.grid(axis="y", color=style.FAINT, linewidth=0.7)
    ax.tick_params(length=0)


def _name_ends(
    ax: Axes, width: float, ends: Sequence[float], words: Sequence[str], loud: Sequence[bool]
) -> None:
    """Name lines at their right ends, moved apart, with a leader from line to name."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    size = style.NORMAL if len(ends) < 8 else style.SMALL
    box, (low, high) = ax.get_position(), ax.get_ylim()
    wide, tall = box.width * figure.get_figwidth(), box.height * figure.get_figheight()
    wanted = [(end - low) / (high - low) * tall for end in ends]
    heights = style.spread(wanted, style.line_height(size), 0.0, tall)
    for end, height, text, is_loud in zip(wanted, heights, words, loud, strict=True):
        weight, ink = ("bold", style.FOCUS) if is_loud else ("normal", style.QUIET)
        ax.plot(
            [1 + 0.05 / wide, 1 + 0.22 / wide],
            [end / tall, height / tall],
            transform=ax.transAxes,
            color=style.PALE,
            linewidth=0.7,
            clip_on=False,
        )
        ax.text(
            1 + 0.27 / wide,
            height / tall,
            style.cut(text, width - 0.27, size, weight),
            transform=ax.transAxes,
            va="center_baseline",
            size=size,
            color=ink,
            weight=weight,
        )


def _accounts(figure: Figure, left: float, top: float, run: Run, numbers: Mapping[str, float]) -> None:
    """Accounts of every vendor at each week's end, as shares of all buyers."""
    scenario = run.engine.scenario
    vendor, n_vendors = scenario.vendors[run.vendor].name, len(scenario.vendors)
    gained = numbers["accounts_gained"]
    change = f"{abs(gained):,.0f} {'more' if gained > 0 else 'fewer'} than" if gained else "as many as"
    share = number(numbers["market_share"], "share")
    said = f"{vendor} ends with {share} of all buyers, {change} at the start."
    if run.world == "head-to-head":
        said = f"The team ends with {share} of the buyers in its territories, {change} at the start. Lines: all teams."
    if n_vendors > 1:
        said += " Pale: " + ("the other vendor." if n_vendors == 2 else f"the other {n_vendors - 1} vendors.")
    _heading(figure, left, top, "Accounts held, by vendor", said)
    ax = style.place(figure, left + 0.75, top + _HEADING, PANEL[0] - 0.75 - NAMES, PANEL[1])

    held = run.engine.recorder.weekly[:, :, CUSTOMERS]
    per_cent = 100.0 * held / len(run.engine.market.buyers.value)
    for v in range(n_vendors):
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
    # At least two points high: a market that stands still must look like one.
    room = max(0.08 * (high - low), (2.0 - (high - low)) / 2)
    ax.set_ylim(low - room, high + room)
    _weeks_axis(ax, len(held))
    ax.set_ylabel("share of all buyers")
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g} %"))
    named = [v for v in range(n_vendors) if n_vendors <= MOST_NAMED or v == run.vendor]
    _name_ends(
        ax,
        NAMES,
        [float(per_cent[-1, v]) for v in named],
        [f"{held[-1, v]:,.0f} {scenario.vendors[v].name}" for v in named],
        [v == run.vendor for v in named],
    )


def _attainment(
    figure: Figure,
    left: float,
    top: float,
    run: Run,
    null: Run,
    numbers: Mapping[str, float],
    lucky: Mapping[str, float],
) -> None:
    """Every rep's attainment as a bar, best first; beside it the same with equal reps."""
    values, by_luck = (np.sort(attainment(r))[::-1] for r in (run, null))
    _heading(figure, left, top, "Quota attainment of each rep", _attainment_in_words(numbers, lucky))
    width = (PANEL[0] - 0.75 - 0.2 - 0.5) / 2
    first = style.place(figure, left + 0.75, top + _HEADING, width, PANEL[1])
    second = style.place(figure, left + 0.95 + width, top + _HEADING, width, PANEL[1])
    if len(values) == 0 or len(by_luck) == 0:
        second.set_axis_off()
        _said_instead(first, "No quotas: they come from a\nyear of warm-up with revenue.")
        return
    looks: tuple[dict[str, Any], ...] = (
        {"color": style.FOCUS},
        {"facecolor": "white", "edgecolor": style.PALE, "hatch": "////", "linewidth": 0.8},
    )
    highest, lowest = max(1.0, values.max(), by_luck.max()), min(0.0, values.min(), by_luck.min())
    for ax, heights, look in zip((first, second), (values, by_luck), looks, strict=True):
        many = len(heights) > 60
        ax.bar(np.arange(len(heights)), heights, width=1.0 if many else 0.75, **look)
        ax.axhline(1.0, color=style.INK, linewidth=1.2, linestyle=(0, (4, 2)))
        ax.set_ylim(1.06 * lowest, 1.06 * highest)
        ax.set_xlim(-0.7, len(heights) - 0.3)
        ax.xaxis.set_major_locator(NullLocator())
        ax.grid(axis="y", color=style.FAINT, linewidth=0.7)
        ax.tick_params(length=0)
        ax.yaxis.set_major_locator(MaxNLocator(5))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    reps = count(len(values), "rep")
    first.set_xlabel(f"{reps} as simulated, best first", color=style.INK)
    second.set_xlabel("luck alone, best first", color=style.INK)
    first.set_ylabel("credited revenue / quota")
    second.tick_params(labelleft=False)
    second.text(
        1.02,
        1.0,
        "quota",
        transform=second.get_yaxis_transform(),
        va="center_baseline",
        size=style.SMALL,
    )


def _attainment_in_words(numbers: Mapping[str, float], lucky: Mapping[str, float]) -> str:
    if not (math.isfinite(numbers["attainment_median"]) and math.isfinite(lucky["attainment_median"])):
        return "No rep had a quota."
    at_quota, median = (
        [number(these[name], BY_NAME[name].unit) for these in (numbers, lucky)]
        for name in ("share_at_quota", "attainment_median")
    )
    return (
        f"{at_quota[0]} of reps reach quota, the median rep {median[0]} of it; "
        f"by luck alone {at_quota[1]}, median {median[1]}."
    )


def _hours(figure: Figure, left: float, top: float, run: Run, numbers: Mapping[str, float]) -> None:
    """Hours per rep and week by activity, with their shares."""
    n_rep_weeks = int(run.team.sum()) * run.weeks
    hours = run.engine.recorder.rep_hours[run.team].sum(axis=0) / n_rep_weeks
    said = f"{number(numbers['selling_share'], 'share')} of the time goes to selling and prospecting."
    if not hours.any():
        said = "Nobody worked."
    _heading(figure, left, top, "Where a rep's week goes", said)
    ax = style.place(figure, left + 1.75, top + _HEADING, PANEL[0] - 1.75 - 1.3, PANEL[1])
    spent = [i for i, _ in enumerate(ACTIVITIES) if hours[i] > 0]
    if not spent:
        _said_instead(ax, "No working hours.")
        return
    ax.barh(np.arange(len(spent)), hours[spent], height=0.7, color=style.FOCUS)
    for row, i in enumerate(spent):
        ax.annotate(
            f"{hours[i]:.1f} h  {number(numbers[f'share_{ACTIVITIES[i]}'], 'share')}",
            (hours[i], row),
            (5, 0),
            textcoords="offset points",
            va="center_baseline",
            annotation_clip=False,
        )
    ax.set_ylim(len(spent) - 0.4, -0.6)
    ax.set_xlim(0, 1.02 * float(hours.max()))
    ax.set_yticks(
        np.arange(len(spent)),
        [EXPLAINED.get(ACTIVITIES[i], ACTIVITIES[i]) for i in spent],
        size=style.NORMAL,
        color=style.INK,
    )
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    ax.set_xlabel("hours per rep and week")
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(length=0)


def _booked(run: Run) -> tuple[list[tuple[str, object, Float]], Float]:
    """Contracts of the team by origin, cumulated: (metric, line, money/year [weeks + 1]) of each, and the weeks."""
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


def _revenue(figure: Figure, left: float, top: float, run: Run, numbers: Mapping[str, float]) -> None:
    """Revenue by origin, cumulated over the weeks."""
    said = (
        f"{money(numbers['revenue'])} in all, {money(numbers['revenue_per_rep'])} per rep and year; "
        f"{money(numbers['revenue_per_selling_hour'])} per hour of selling and prospecting."
    )
    _heading(figure, left, top, "Revenue by origin, cumulated", said)
    ax = style.place(figure, left + 0.75, top + _HEADING, PANEL[0] - 0.75 - NAMES - 0.4, PANEL[1])
    series, weeks = _booked(run)
    if not series:
        _said_instead(ax, "No contract was booked.")
        return
    for _, line, cumulated in series:
        ax.plot(weeks, cumulated, color=style.FOCUS, linewidth=1.8, linestyle=line)
    low = min(0.0, *(float(c.min()) for _, _, c in series))
    high = max(0.0, *(float(c.max()) for _, _, c in series))
    span = (high - low) or 1.0
    ax.set_ylim(low - (0.04 * span if low < 0 else 0.0), high + 0.04 * span)
    _weeks_axis(ax, run.weeks)
    ax.set_ylabel("annual contract value")
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short_money(value)))
    _name_ends(
        ax,
        NAMES + 0.4,
        [float(cumulated[-1]) for _, _, cumulated in series],
        [f"{money(numbers[name])} {BY_NAME[name].label.removeprefix('Revenue, ')}" for name, _, _ in series],
        [False] * len(series),
    )
