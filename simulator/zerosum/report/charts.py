"""The report's figures as files: one PNG and one SVG for each, on white, as wide as a printed page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import matplotlib

from zerosum.market.metrics import DEFAULT_METRIC
from zerosum.report.answers import keep_best
from zerosum.report.html import believed, helped, money, shown, spent
from zerosum.report.html.misses import show_misses
from zerosum.report.html.page import MOST_STRATEGIES
from zerosum.report.html.summary import show_summary
from zerosum.report.lines import format_length
from zerosum.report.plots import layout, style
from zerosum.report.plots.compare import LOOKS
from zerosum.report.plots.curves import REACHED_LOOKS
from zerosum.report.plots.rows import FILLED, HOLLOW
from zerosum.report.wording import count, format_adopters
from zerosum.studies.rests import NOTHING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Sheet

    from zerosum.report.document import Figure
    from zerosum.studies.compare import Comparison, Decision
    from zerosum.studies.misses import Misses

WIDTH, DPI = 6.8, 300
"""Inches of a sheet: between the margins of A4 and of Letter; dots per inch of a PNG."""
COLUMNS = 2
"""Panels side by side."""
NAMES = {
    "gains": "net-gain-by-who-adopts",
    "money": "money-in-and-out",
    "quota": "quota-attainment",
    "quantiles": "attainment-by-rank",
    "share": "market-share",
    "hours": "hours",
    "tornado": "assumptions",
    "thirds": "by-skill",
    "segments": "by-segment",
    "misses": "missed-quotas",
    "differences": "differences",
}
"""A figure's name on the page, up to who adopts -> its file's name."""
_MARKS: dict[str, dict[str, Any]] = {
    "certain": LOOKS[0][0],
    "open": LOOKS[1][0],
    "usual": REACHED_LOOKS[0],
    "own": REACHED_LOOKS[1],
    "chance": REACHED_LOOKS[2],
    "line": {"color": style.FOCUS, "linewidth": 1.8},
    "point": {"color": style.FOCUS, "linewidth": 1.6, "marker": "o", "markersize": 4},
    "band": {"color": "#d6dee8", "linewidth": 8},
}
"""Marks of the page's legends -> their looks in a drawing."""


def list_charts(
    comparison: Comparison, decision: Decision, values: pd.DataFrame, decomposed: Misses | None = None
) -> Iterator[tuple[str, Figure]]:
    """Yield the report's figures in its order, each with its file's name.

    Maps and changed deals are left out: their own commands draw them.

    Parameters
    ----------
    comparison : Comparison
    decision : Decision
    values : DataFrame
        of :func:`zerosum.studies.compare.value_table`
    decomposed : Misses, optional
        what missed quotas are made of in the same market
    """
    scenario, metric = comparison.scenario, decision.metric.name
    every, best = scenario.comparison.adopters, keep_best(comparison, metric, MOST_STRATEGIES)
    first, several = every[0], len(scenario.compared_names) > 1
    summary = show_summary(comparison, decision, values, NOTHING)["figure"]
    if summary is not None:
        yield "net-gain" if metric == DEFAULT_METRIC else metric.replace("_", "-"), summary
    found = [money.draw_gains(best, scenario.vendors[scenario.focal_index].name)] if len(every) > 1 else []
    found += [spent.draw_money(best, first)] if several else []
    found += [shown.draw_quota(best, first), shown.draw_quantiles(best, first)]
    found += [shown.draw_share(best, adopters) for adopters in every] if several else []
    found += [spent.draw_hours(best, first), believed.draw_tornado(comparison, decision, first)]
    found += [helped.draw_thirds(best, first), helped.draw_segments(best, first)] if several else []
    misses = show_misses(comparison, decomposed)
    found += [misses["figure"] if misses else None]
    found += [shown.draw_differences(best, first, metric)] if several else []
    for figure in found:
        if figure is not None:
            kind, _, adopters = figure.name.partition("-")
            more = f"-{adopters}" if adopters and len(every) > 1 else ""
            yield NAMES[kind] + more, figure


def write_chart(figure: Figure, comparison: Comparison) -> dict[str, bytes]:
    """Return a figure of the report as PNG and SVG, by ending; without a date, so the same figure gives the same bytes.

    Letters in the SVG are outlines, so that it looks the same everywhere.
    """
    found = {kind: io.BytesIO() for kind in ("png", "svg")}

    def write() -> Sheet:
        sheet = draw_chart(figure, comparison)
        sheet.savefig(found["png"], format="png", dpi=DPI, metadata={"Software": "zerosum"})
        with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "zerosum"}):
            sheet.savefig(found["svg"], format="svg", metadata={"Date": None, "Creator": "zerosum"})
        return sheet

    style.styled(write)()
    return {kind: written.getvalue() for kind, written in found.items()}


@style.styled
def draw_chart(figure: Figure, comparison: Comparison) -> Sheet:
    """Draw a figure of the report with its title, how to read it, its legend, and what was simulated.

    Parameters
    ----------
    figure : Figure
    comparison : Comparison
    """
    columns, rows = min(COLUMNS, len(figure.panels)), list[layout.Row]()
    if figure.keys:
        looks = _MARKS | ({"certain": _one(FILLED), "open": _one(HOLLOW)} if "tornado" in figure.name else {})
        rows.append(layout.Key([(looks[kind], words) for kind, words in figure.keys]))
    for start in range(0, len(figure.panels), columns):
        side = [drawing.panels for drawing in figure.panels[start : start + columns]]
        lines = [list(line) for line in zip_longest(*side)]
        rows += [[*line, *[None] * (columns - len(line))] for line in lines]
    scenario = comparison.scenario
    adopters: Any = figure.name.partition("-")[2]
    if figure.name == "summary-figure":
        adopters = scenario.comparison.adopters[0]
    who = format_adopters(adopters, scenario.vendors[scenario.focal_index].name) if adopters else ""
    runs = (
        f"{count(scenario.comparison.replications, 'simulated run')} of {format_length(scenario.clock.weeks)}"
    )
    source = (
        f"{scenario.name}: {runs}{f'; {who}' if who else ''}. Simulated by zerosum. k: thousand, M: million."
    )
    title = figure.caption or "What each strategy brings"
    # The summary's note explains the table beside it, which isn't here.
    note = (
        f"Compared with '{scenario.baseline_name}', with 95 % ranges."
        if figure.name == "summary-figure"
        else figure.note
    )
    return layout.compose(rows, title, note, source, WIDTH)


def _one(looks: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    """Return the look of an interval and its dot as that of one line."""
    line, dot = looks
    return {**line, **dot, "linestyle": "-"}
