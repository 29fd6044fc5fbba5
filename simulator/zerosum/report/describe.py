"""What a team's own data say, on a screen and as JSON: answers first, then one table, then what they can't tell."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zerosum.report.describe_words import (
    format_range,
    format_value,
    list_answers,
    list_groups,
    missing_here,
)
from zerosum.report.document import Cell, Column, Document, Table, Words
from zerosum.report.lines import Line, labeled_lines
from zerosum.report.wording import count
from zerosum.studies.describe import Description, Figure

SHOWN = (
    "win_rate",
    "win_rate_decided",
    "no_decision_rate",
    "new_business_win_rate",
    "own_client_win_rate",
    "win_rate_displacement",
    "competitor_share",
    "self_generated",
    "won_cycle_median",
    "won_cycle_naive",
    "deal_value_median",
    "deal_value_mean",
    "quarter_end_share",
    "top_accounts_share",
    "top_fifth_share",
    "company_attainment",
    "at_quota",
    "rep_years_at_quota",
    "pipeline_coverage",
)
"""Figures of the first screen, in order, where they are known."""
NO_FACT = (
    "Figures without a fact are counted in another way than any of the simulator's, or it has none: "
    "compare them with nothing of its."
)


def describe_description(found: Description, folder: str = "", paths: Sequence[Path] = ()) -> Document:
    """Describe what a team's own data say: answers, a table, what comes next.

    Parameters
    ----------
    found : Description
    folder : str
        of the team, as the user named it; "": nothing was written
    paths : sequence of Path
        files written
    """
    screen = Document()
    screen.add(Words(f"YOUR DATA   {format_head(found)}", "heading"))
    lines = list(list_answers(found))
    if paths:
        lines.append(Line("FILES", ", ".join(path.name for path in paths)))
    screen.add(labeled_lines(lines), figures_table(found))
    if folder:
        screen.add(Words(format_next(folder), "note"))
    return screen


def format_head(found: Description) -> str:
    """Format how much data there are."""
    deals = found.team.opportunities
    closed = int(found.figure("win_rate").n)
    reps = count(deals["rep"].nunique(), "rep")
    return f"{count(len(deals), 'deal')}, {closed:,} closed · {reps} · as of {found.team.as_of.isoformat()}"


def format_next(folder: str) -> str:
    """Name what goes on from here."""
    quoted = shlex.quote(folder)
    return (
        f"{quoted}/describe.html: every rep, group and month · zerosum describe {quoted} --json · "
        "zerosum compare kickoff: strategies in a shipped market, which isn't yours"
    )


def figures_table(found: Description) -> Table:
    """Tabulate the figures of the first screen."""
    rows = [figure for figure in found.figures if figure.name in SHOWN and figure.known]
    rows.sort(key=lambda figure: SHOWN.index(figure.name))
    columns = [
        Column("figure", lambda figure: Cell(figure.label), text=True, least=24),
        Column("value", format_value),
        Column("95 % range", format_range),
        Column("from", lambda figure: f"{figure.n:,}", drop=1),
    ]
    note = "From: how many deals (or quotas) a figure is computed from. Ranges allow for deals of one rep being alike."
    return Table(columns, rows, lines=False, plain=True, note=note)


def description_object(found: Description) -> dict[str, Any]:
    """Return every figure, and what can't be told, for JSON; unknown numbers are null."""
    reps, attainment, calendar = found.reps, found.attainment, found.calendar
    return {
        "as_of": found.team.as_of.isoformat(),
        "currency": found.team.currency,
        "deals": len(found.team.opportunities),
        "answers": {line.label.lower(): line.words for line in list_answers(found)},
        "not_in_the_data": list(missing_here(found)),
        "figures": [_figure_object(one) for one in found.figures],
        "facts": {
            "correspond": {one.fact: one.name for one in found.figures if one.fact and one.known},
            "others": NO_FACT,
        },
        "groups": {one.column: {"p_value": _number(one.p_value)} for one in list_groups(found)},
        "reps": None
        if reps is None
        else {
            "spread": _number(reps.spread),
            "spread_low": _number(reps.spread_low),
            "spread_high": _number(reps.spread_high),
            "observed_spread": _number(reps.observed_spread),
            "chance_spread": _number(reps.chance_spread),
            "p_value": _number(reps.p_value),
            "adjusted_for": list(reps.adjusted_for),
            "rows": reps.table.to_dict("records"),
            "only_wins": list(found.only_wins),
        },
        "attainment": None
        if attainment is None
        else {
            "chance": _number(attainment.chance),
            "chance_low": _number(attainment.chance_low),
            "chance_high": _number(attainment.chance_high),
            "periods": [
                {
                    name: value.strftime("%Y-%m-%d") if hasattr(value, "strftime") else value
                    for name, value in row.items()
                }
                for row in attainment.periods.to_dict("records")
            ],
        },
        "season": {"p_value": _number(calendar.season_p), "years": calendar.years},
        "quarter_end_expected": _number(calendar.expected),
        "months": calendar.months.to_dict("records"),
    }


def _figure_object(one: Figure) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": one.label,
        "value": _number(one.value),
        "low": _number(one.low),
        "high": _number(one.high),
        "n": int(one.n),
        "n_effective": _number(one.n_effective),
        "unit": one.unit,
        "method": one.method,
        "fact": one.fact or None,
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
