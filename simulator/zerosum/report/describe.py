"""What a team's own data say, in a screenful: answers first, then one table, then what they can't tell."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from zerosum.report.document import Cell, Column, Document, Table, Words
from zerosum.report.intervals import format_list
from zerosum.report.lines import Line, labeled_lines
from zerosum.report.wording import MISSING, count, format_p, format_short_money
from zerosum.studies.describe import Description, Figure

CHANCE = 0.05
"""p-value from which a difference is called no more than chance."""
SHOWN = (
    "win_rate",
    "win_rate_decided",
    "no_decision_rate",
    "competitor_share",
    "won_cycle_median",
    "won_cycle_naive",
    "deal_value_median",
    "deal_value_mean",
    "quarter_end_share",
    "top_accounts_share",
    "top_fifth_share",
    "company_attainment",
    "at_quota",
    "pipeline_coverage",
)
"""Figures of the first screen, in order, where they are known."""
NEVER = (
    "how large the market is and who serves it",
    "how hard competitors work",
    "where reps' hours go",
    "what a tool does",
)
"""What no export tells."""


def describe_description(found: Description) -> Document:
    """Describe what a team's own data say: answers, a table, what can't be told."""
    team = found.team
    deals = team.opportunities
    closed = int(found.figure("win_rate").n)
    screen = Document()
    head = (
        f"YOUR DATA   {len(deals):,} deals, {closed:,} closed · {count(deals['rep'].nunique(), 'rep')} · "
        f"as of {team.as_of.isoformat()}"
    )
    screen.add(Words(head, "heading"))
    screen.add(labeled_lines(list(list_answers(found))))
    screen.add(figures_table(found))
    return screen


def list_answers(found: Description) -> Iterator[Line]:
    """Yield the labeled lines of the answer."""
    yield Line("REPS", format_reps_differ(found))
    if words := format_quota(found):
        yield Line("QUOTA", words)
    if words := format_cycle(found):
        yield Line("CYCLE", words)
    yield Line("QUARTER END", format_quarter_end(found))
    if words := format_doubts(found):
        yield Line("TAKE CARE", words)
    yield Line("CAN'T BE TOLD", f"{format_list(list(missing_here(found)))}. They stay assumptions.")


def format_reps_differ(found: Description) -> str:
    """Say whether reps' win rates differ by more than chance."""
    reps = found.reps
    if reps is None:
        return "their win rates can't be compared: fewer than two reps, or all deals ended alike."
    seen, chance = 100 * reps.observed_spread, 100 * reps.chance_spread
    mix = f", their mix of {format_list(list(reps.adjusted_for))} allowed for" if reps.adjusted_for else ""
    measured = f"spread of win rates {seen:.1f} points; identical reps: {chance:.1f}"
    if reps.p_value >= CHANCE:
        most = f"Beyond chance, at most {100 * reps.spread_high:.1f} points"
        return f"differ no more than luck makes them ({measured}; p = {format_p(reps.p_value)}{mix}). {most}."
    beyond = f"{100 * reps.spread:.1f} points [{100 * reps.spread_low:.1f}, {100 * reps.spread_high:.1f}]"
    return f"differ by more than luck: true rates spread by {beyond} ({measured}; p = {format_p(reps.p_value)}{mix})."


def format_quota(found: Description) -> str:
    """Say how many reps reach quota, beside identical reps; "" without quotas."""
    one = found.attainment
    if one is None:
        return ""
    at, chance = one.at_quota, f"{one.chance:.0%} ({one.chance_low:.0%} to {one.chance_high:.0%})"
    within = one.chance_low <= at.value <= one.chance_high
    verdict = "luck alone explains that" if within else "that is not luck alone"
    return (
        f"{at.value:.0%} of rep-periods at or above quota; if reps were identical: {chance}, so {verdict}. "
        f"The company reached {one.company.value:.0%}."
    )


def format_cycle(found: Description) -> str:
    """Say how long won deals take, open ones counted, and how wrong it is to ignore those; "" if unknown."""
    if found.cycles is None:
        return ""
    true, naive = found.figure("won_cycle_median"), found.figure("won_cycle_naive")
    if not true.known:
        return ""
    still = [
        figure for figure in found.cycles.figures if figure.name.startswith("still_won") and figure.known
    ]
    said = f"half of the deals you will win take {true.value:.0f} weeks or less [{true.low:.0f}, {true.high:.0f}]"
    gap = true.value - naive.value
    if naive.known and abs(gap) >= 0.5:
        said += f"; without open deals it looks like {naive.value:.0f}"
    if still:
        last = still[-1]
        weeks = last.name.partition("=")[2].rstrip("]")
        said += f". Of deals open for {weeks} weeks, {last.value:.0%} are still won [{last.low:.0%}, {last.high:.0%}]"
    return said + "."


def format_quarter_end(found: Description) -> str:
    """Say whether wins crowd at the ends of quarters."""
    one, expected = found.calendar.quarter_end, found.calendar.expected
    if not one.known or one.n < 20:
        return "too few wins to tell whether they crowd there."
    share = f"{one.value:.0%} [{one.low:.0%}, {one.high:.0%}] of wins lie in a quarter's last two weeks"
    if one.low > expected:
        return f"wins crowd there: {share}; spread evenly it would be {expected:.0%}."
    if one.high < expected:
        return f"wins don't crowd there: {share}; spread evenly it would be {expected:.0%}."
    return f"no crowding beyond chance: {share}; spread evenly: {expected:.0%}."


def format_doubts(found: Description) -> str:
    """Say which records make figures doubtful; "" if none do."""
    said = []
    if found.only_wins:
        effect = found.figure("win_rate_without_only_wins").value - found.figure("win_rate").value
        said.append(
            f"{count(len(found.only_wins), 'rep')} record wins only (without them the win rate is "
            f"{100 * effect:+.1f} points)"
        )
    if not found.no_decision_known:
        said.append("deals without a decision can't be told from lost ones")
    missing = found.figure("amount_missing")
    if missing.value >= 0.05:
        said.append(f"{missing.value:.0%} of closed deals have no amount")
    if found.few_deals:
        said.append(f"{count(found.few_deals, 'rep')} closed two deals or fewer")
    return "; ".join(said) + "." if said else ""


def missing_here(found: Description) -> Iterator[str]:
    """Yield what the data can't tell: what no export tells, and what this one lacks."""
    yield from NEVER
    deals = found.team.opportunities
    if not deals["competitor"].notna().any():
        yield "whom you lose to"
    if not deals["type"].notna().any():
        yield "new business apart from renewals"
    if not deals["source_kind"].notna().any():
        yield "who finds deals"
    if found.attainment is None:
        yield "attainment (no quotas)"


def figures_table(found: Description) -> Table:
    """Tabulate the figures of the first screen."""
    rows = [figure for figure in found.figures if figure.name in SHOWN and figure.known]
    rows.sort(key=lambda figure: SHOWN.index(figure.name))
    columns = [
        Column("figure", lambda figure: Cell(figure.label), text=True, least=24),
        Column("value", lambda figure: format_value(figure.value, figure.unit)),
        Column("95 % range", format_figure_range),
        Column("from", lambda figure: f"{figure.n:,}", drop=1),
    ]
    note = "From: deals, or rep-periods, that the figure is computed from. Deals of one rep count as related."
    return Table(columns, rows, lines=False, note=note)


def format_value(value: float, unit: str) -> str:
    """Format a figure's value with its unit."""
    if not math.isfinite(value):
        return MISSING
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "ratio":
        return f"{100 * value:.0f} %"
    if unit.endswith("/year"):
        currency = unit.removesuffix("/year")
        return format_short_money(value) + ("" if currency == "money" else f" {currency}") + " a year"
    return f"{value:.1f} {unit}"


def format_figure_range(figure: Figure) -> str:
    """Format a figure's interval, without the unit."""
    if not (math.isfinite(figure.low) and math.isfinite(figure.high)):
        return MISSING
    if figure.unit in ("share", "ratio"):
        digits = 1 if figure.unit == "share" else 0
        return f"{100 * figure.low:.{digits}f} to {100 * figure.high:.{digits}f}"
    if figure.unit.endswith("/year"):
        return f"{format_short_money(figure.low)} to {format_short_money(figure.high)}"
    return f"{figure.low:.1f} to {figure.high:.1f}"


def description_object(found: Description) -> dict[str, Any]:
    """Return every figure, and what can't be told, for JSON; unknown numbers are null."""

    def number(value: float) -> float | None:
        return float(value) if math.isfinite(value) else None

    figures = [
        {
            "name": one.name,
            "label": one.label,
            "value": number(one.value),
            "low": number(one.low),
            "high": number(one.high),
            "n": int(one.n),
            "n_effective": number(one.n_effective),
            "unit": one.unit,
            "method": one.method,
            "fact": one.fact or None,
        }
        for one in found.figures
    ]
    reps = found.reps
    return {
        "as_of": found.team.as_of.isoformat(),
        "currency": found.team.currency,
        "deals": len(found.team.opportunities),
        "figures": figures,
        "reps": None
        if reps is None
        else {
            "spread": number(reps.spread),
            "spread_low": number(reps.spread_low),
            "spread_high": number(reps.spread_high),
            "observed_spread": number(reps.observed_spread),
            "chance_spread": number(reps.chance_spread),
            "p_value": number(reps.p_value),
            "adjusted_for": list(reps.adjusted_for),
            "rows": reps.table.to_dict("records"),
        },
        "at_quota_if_identical": None
        if found.attainment is None
        else [found.attainment.chance, found.attainment.chance_low, found.attainment.chance_high],
        "season": {"p_value": number(found.calendar.season_p), "years": found.calendar.years},
        "quarter_end_expected": number(found.calendar.expected),
        "answers": {line.label.lower(): line.words for line in list_answers(found)},
        "cannot_be_told": list(missing_here(found)),
    }
