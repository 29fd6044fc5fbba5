"""Figures of hours and money: levels by strategy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.market.metrics import BY_NAME, COSTS
from zerosum.market.state import ACTIVITIES, ACTIVITY_LABELS, YEAR
from zerosum.report.document import Figure, table_of
from zerosum.report.plots.bars import Bar, stacked_panels
from zerosum.report.plots.layout import PHONE, panel_width
from zerosum.report.plots.svg import Drawing
from zerosum.report.wording import format_money, format_short_money

if TYPE_CHECKING:
    from zerosum.studies.compare import Comparison

_WORDS = dict(zip(ACTIVITIES, ACTIVITY_LABELS, strict=True))
_REVENUE = (
    ("revenue_renewed", "renewals"),
    ("revenue_displaced", "competitive wins"),
    ("revenue_new", "new-market"),
    ("revenue_upgraded", "upgrades"),
)


def draw_hours(comparison: Comparison, adopters: str) -> Figure:
    """Draw hours of a rep's week by activity."""
    scenario = comparison.scenario
    reps = comparison.reps[(comparison.reps["adopters"] == adopters) & ~comparison.reps["null"]]
    columns = [f"hours_{name}" for name in ACTIVITIES]
    means = reps.groupby("strategy", sort=False)[columns].mean() / scenario.clock.weeks
    kept = [name for name in ACTIVITIES if (means[f"hours_{name}"] >= 0.05).any()]
    bars, rows = [], []
    for strategy in scenario.compared_names:
        parts = [float(means.loc[strategy, f"hours_{name}"]) for name in kept]  # type: ignore[arg-type]
        title = _title(strategy, scenario.baseline_name)
        bars.append(Bar(title, parts, f"{sum(parts):.1f} h"))
        rows.append([title, *(f"{part:.1f}" for part in parts), f"{sum(parts):.1f}"])
    kinds = [_WORDS[name] for name in kept]
    return Figure(
        f"hours-{adopters}",
        "Where the hours of a rep's week went",
        "Mean of all reps and weeks. Tools free hours of admin and cost hours of learning. The strategy chooses "
        "what the freed hours go to. Slack: hours without a use.",
        [
            _draw_stack(
                f"hours-{adopters}",
                "Hours a week",
                "of a rep, by activity",
                kinds,
                bars,
                _hours,
                lambda h: f"{h:.0f}",
            )
        ],
        table_of("Hours a week of a rep", ("strategy", *kinds, "all"), rows),
    )


def _draw_stack(
    name: str,
    title: str,
    detail: str,
    kinds: Sequence[str],
    bars: Sequence[Bar],
    label: Callable[[float], str],
    tick: Callable[[float], str],
) -> Drawing:
    """Draw stacked bars, with all numbers for screen readers."""
    listed = "; ".join(
        f"{bar.name}: "
        + ", ".join(f"{kind} {label(part)}" for kind, part in zip(kinds, bar.parts, strict=True))
        for bar in bars
    )
    panels = stacked_panels(title, detail, kinds, bars, label, tick, panel_width(PHONE, 1))
    return Drawing(name, f"{title}. {listed}.", panels)


def _hours(value: float) -> str:
    return f"{value:.1f}"


def _title(strategy: str, usual: str) -> str:
    return f"{strategy} (baseline)" if strategy == usual else strategy


def draw_money(comparison: Comparison, adopters: str) -> Figure:
    """Draw what customers paid, what was spent, and what is left, per rep and year."""
    scenario, usual = comparison.scenario, comparison.scenario.baseline_name
    means = _per_rep(comparison, adopters)
    kinds = [(name, words) for name, words in _REVENUE if (means[name].abs() > 0.5).any()]
    costs = [name for name in COSTS if (means[name].abs() > 0.5).any()]
    paid, outs, signed, rows = [], [], [], []
    for strategy in scenario.compared_names:
        row: Any = means.loc[strategy]
        title = _title(strategy, usual)
        earned, cost, contribution = (float(row[name]) for name in ("arr_earned", "cost", "contribution"))
        profit, by_kind = contribution + cost, [float(row[name]) for name in costs]
        paid.append(Bar(title, [profit, earned - profit], format_money(earned)))
        outs.append(Bar(title, by_kind, format_money(cost)))
        signed.append(
            Bar(title, [float(row[name]) for name, _ in kinds], format_money(float(row["revenue"])))
        )
        rows.append([title, *map(format_money, (earned, profit, *by_kind, contribution))])
    say = (format_money, format_short_money)
    money = f"{scenario.money.currency or 'money'} a year"
    parts = ["gross profit", "cost of what is sold"]
    spent = [BY_NAME[name].label.lower() for name in costs]
    panels = [
        _draw_stack(
            f"earned-{adopters}",
            "Recurring revenue per rep",
            f"{money}; what customers pay",
            parts,
            paid,
            *say,
        ),
        _draw_stack(
            f"cost-{adopters}",
            "Cost per rep",
            f"{money}, by kind",
            spent,
            outs,
            *say,
        ),
    ]
    if kinds:
        words = [words for _, words in kinds]
        where = f"{money}; annual value of a year's contracts, by where they came from"
        panels.append(
            _draw_stack(f"revenue-{adopters}", "Contracts signed per rep", where, words, signed, *say)
        )
    return Figure(
        f"money-{adopters}",
        "Money in and out, per rep and year",
        f"Over the {scenario.clock.weeks} measured weeks; k: thousand, M: million. "
        "Customers pay for as long as they stay: a signed renewal brings no more than a contract that runs on.",
        panels,
        table_of(
            f"Per rep, {money}",
            ("strategy", "recurring revenue", "gross profit", *spent, "contribution"),
            rows,
        ),
    )


def _per_rep(comparison: Comparison, adopters: str) -> pd.DataFrame:
    """Return a team's money per rep and year, averaged over replications."""
    runs = comparison.runs[(comparison.runs["adopters"] == adopters) & ~comparison.runs["null"]]
    reps = comparison.reps[(comparison.reps["adopters"] == adopters) & ~comparison.reps["null"]]
    signed = [*(name for name, _ in _REVENUE), "revenue"]
    a_year = ["arr_earned", "cost", *COSTS, "contribution"]
    sizes = (
        reps.groupby(["strategy", "replication"], sort=False).size().groupby("strategy", sort=False).mean()
    )
    means = runs.groupby("strategy", sort=False)[[*signed, *a_year]].mean().div(sizes, axis=0)
    means[signed] /= comparison.scenario.clock.weeks / YEAR
    return means
