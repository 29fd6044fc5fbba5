"""What a team's own data say, in sentences: what is beyond chance, what is doubtful, what can't be told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from zerosum.report.intervals import format_list
from zerosum.report.lines import Line
from zerosum.report.wording import MISSING, count, format_money, format_p, with_currency
from zerosum.studies.describe import Description, Figure
from zerosum.studies.describe.rates import p_of_equal_groups

CHANCE = 0.05
"""p-value from which a difference is called no more than chance."""
NEVER = (
    "how large the market is, and who serves it",
    "how hard competitors work",
    "where reps' hours go",
    "what a tool does",
)
"""What no export tells."""
GROUPS = {
    "type": "type of deal",
    "segment": "segment",
    "size": "size of deal",
    "source_kind": "source",
    "product": "product",
    "year": "year of close",
    "competitor": "competitor",
    "incumbent": "incumbent",
}
"""Columns by which win rates are grouped, in words."""
TIMES = ("pipeline_coverage",)
"""Ratios that are shown as a multiple, not in per cent."""


class Group(NamedTuple):
    """Win rates of a column's groups.

    Attributes
    ----------
    column : str
    figures : list of Figure
    p_value : float
        of equal rates; NaN with one group
    """

    column: str
    figures: list[Figure]
    p_value: float


def list_groups(found: Description) -> list[Group]:
    """Return the win rates of every column that has two groups or more."""
    groups = []
    for column in GROUPS:
        start = f"win_rate[{column}="
        figures = [one for one in found.figures if one.name.startswith(start)]
        if len(figures) > 1:
            groups.append(Group(column, figures, p_of_equal_groups(figures)))
    return groups


def list_answers(found: Description) -> Iterator[Line]:
    """Yield the labeled lines of the answer."""
    parts = {
        "WIN RATE": format_win_rate(found),
        "REPS": format_reps_differ(found),
        "GROUPS": format_groups(found),
        "QUOTA": format_quota(found),
        "NEW REPS": format_ramp(found),
        "CYCLE": format_cycle(found),
        "PIPELINE": format_coverage(found),
        "QUARTER END": format_quarter_end(found),
        "SEASON": format_season(found),
        "TAKE CARE": format_doubts(found),
    }
    for label, words in parts.items():
        if words:
            yield Line(label, words)
    yield Line("NOT IN THE DATA", f"{'; '.join(missing_here(found))}. These stay assumptions.")


def format_win_rate(found: Description) -> str:
    """Say how many closed deals are won, with own customers and others, and how many end without a decision."""
    said = f"{format_with_range(found.figure('win_rate'))} of closed deals are won"
    names = {one.name: one for one in found.figures}
    own, new = names.get("own_client_win_rate"), names.get("new_business_win_rate")
    if own and new:
        said += f"; {format_value(new)} of new business, {format_value(own)} with own customers"
    if undecided := names.get("no_decision_rate"):
        said += f". {format_with_range(undecided)} end without a decision"
    return said + "."


def format_reps_differ(found: Description) -> str:
    """Say whether reps' win rates differ by more than chance."""
    reps = found.reps
    if reps is None:
        return "win rates can't be compared: there are fewer than two reps, or all deals ended alike."
    mix = f"; {format_list(list(reps.adjusted_for))} allowed for" if reps.adjusted_for else ""
    measured = (
        f"win rates spread by {_points(reps.observed_spread)} points, those of identical reps by "
        f"{_points(reps.chance_spread)} (p = {format_p(reps.p_value)}{mix})"
    ).replace("= <", "<")
    if reps.p_value >= CHANCE:
        most = f"True differences: {_points(reps.spread_high)} points at most"
        return f"differ no more than chance would make them: {measured}. {most}."
    beyond = f"{_points(reps.spread)} points [{_points(reps.spread_low)}, {_points(reps.spread_high)}]"
    return f"differ by more than chance: {measured}. True rates spread by {beyond}."


def format_groups(found: Description) -> str:
    """Say by which columns win rates differ beyond chance, and by which they don't."""
    groups = [one for one in list_groups(found) if math.isfinite(one.p_value)]
    if not groups:
        return ""
    # Of several columns one differs by chance more easily than of one: Bonferroni.
    differ = [one for one in groups if one.p_value * len(groups) < CHANCE]
    alike = [GROUPS[one.column] for one in groups if one not in differ]
    said = [f"by {GROUPS[one.column]} ({_ends(one.figures)})" for one in differ]
    if not said:
        return f"win rates don't differ beyond chance by {format_list(alike).replace(' and ', ' or ')}."
    rest = f" Not by {format_list(alike).replace(' and ', ' or ')}." if alike else ""
    return f"win rates differ {format_list(said)}.{rest}"


def _ends(figures: list[Figure]) -> str:
    best = max(figures, key=lambda one: one.value)
    worst = min(figures, key=lambda one: one.value)
    return f"{best.label} {format_value(best)}, {worst.label} {format_value(worst)}"


def format_quota(found: Description) -> str:
    """Say how many reps reach quota, beside identical reps; "" without quotas."""
    one = found.attainment
    if one is None:
        return ""
    at = one.at_quota
    chance = f"{_percent(one.chance)} [{100 * one.chance_low:.0f}, {100 * one.chance_high:.0f}]"
    within = one.chance_low <= at.value <= one.chance_high
    verdict = "so chance alone can explain it" if within else "so it isn't chance alone"
    whole = f"{_percent(one.company.value)} of all quotas"
    return (
        f"{_percent(at.value)} of quotas are reached (a rep in a period is one); identical reps would reach "
        f"{chance}, {verdict}. Wins came to {whole}."
    )


def format_ramp(found: Description) -> str:
    """Say how much new reps win; "" if it can't be told."""
    if found.ramp is None:
        return ""
    shown = [one for one in found.ramp.figures if one.known]
    parts = []
    for one in shown:
        months = one.name.partition("=")[2].rstrip("]").replace("-", " to ")
        parts.append(f"{_percent(one.value)} [{100 * one.low:.0f}, {100 * one.high:.0f}] in months {months}")
    return f"win {format_list(parts)}, compared with long-serving reps in the same months."


def format_cycle(found: Description) -> str:
    """Say how long won deals take, open ones counted, and how wrong it is to ignore those; "" if unknown."""
    if found.cycles is None or not found.figure("won_cycle_median").known:
        return ""
    true, naive = found.figure("won_cycle_median"), found.figure("won_cycle_naive")
    said = f"half of the deals you win take {true.value:.1f} weeks or less"
    if math.isfinite(true.low):
        said += f" [{true.low:.1f}, {true.high:.1f}], open deals counted"
    if naive.known and abs(true.value - naive.value) >= 0.5:
        said += f"; without them it looks like {naive.value:.1f}"
    still = [one for one in found.cycles.figures if one.name.startswith("still_won") and one.known]
    if still:
        last = still[-1]
        weeks = last.name.partition("=")[2].rstrip("]")
        said += f". Of deals open for {weeks} weeks, {format_with_range(last)} are won in the end"
    return said + "."


def format_coverage(found: Description) -> str:
    """Say how large the open pipeline is; "" if unknown."""
    one = found.figure("pipeline_coverage")
    if not one.known:
        return ""
    what = "a quarter's quota" if one.fact else "what the last quarter won"
    rate = found.figure("win_rate").value
    return (
        f"{count(one.n, 'open deal')} with an amount, {one.value:.1f} times {what}. At a win rate of {_percent(rate)} "
        f"they bring {one.value * rate:.1f} times; more deals open and close meanwhile."
    )


def format_quarter_end(found: Description) -> str:
    """Say whether wins crowd at the ends of quarters."""
    one, expected = found.calendar.quarter_end, found.calendar.expected
    if not one.known or one.n < 20:
        return "too few wins with a date to tell whether they crowd there."
    share = f"{format_with_range(one)} of wins lie in a quarter's last two weeks"
    even = f"spread evenly it would be {_percent(expected)}"
    if one.low > expected:
        return f"wins crowd there: {share}; {even}."
    if one.high < expected:
        return f"wins avoid it: {share}; {even}."
    return f"no crowding beyond chance: {share}; {even}."


def format_season(found: Description) -> str:
    """Say whether months of the year differ in wins."""
    calendar = found.calendar
    if not math.isfinite(calendar.season_p):
        return "can't be told: it takes two whole years of wins."
    p = f"p = {format_p(calendar.season_p)}, {calendar.years} years".replace("= <", "<")
    if calendar.season_p >= CHANCE:
        return f"months of the year don't differ beyond chance in wins ({p})."
    return f"months of the year differ in wins by more than chance ({p}); describe.html shows them."


def format_doubts(found: Description) -> str:
    """Say which records make figures doubtful; "" if none do."""
    said = []
    rate = found.figure("win_rate").value
    if found.only_wins:
        effect = 100 * (found.figure("win_rate_without_only_wins").value - rate)
        said.append(
            f"{count(len(found.only_wins), 'rep')} with wins only, perhaps because losses aren't recorded "
            f"(without them the win rate changes by {effect:+.1f} points)"
        )
    if not found.no_decision_known:
        said.append("deals without a decision can't be told from lost ones")
    missing = found.figure("amount_missing")
    if missing.value >= 0.05:
        said.append(f"{_percent(missing.value)} of closed deals have no amount")
    if found.few_deals:
        without = found.figure("win_rate_without_few_deals").value
        change = f" (without them: {100 * (without - rate):+.1f} points)" if math.isfinite(without) else ""
        said.append(f"{count(found.few_deals, 'rep')} closed two deals or fewer{change}")
    if found.cycles and found.cycles.left_out:
        dateless = count(found.cycles.left_out, "deal")
        said.append(f"{dateless} without usable dates left out of the cycle")
    return "; ".join(said) + "." if said else ""


def missing_here(found: Description) -> Iterator[str]:
    """Yield what the data can't tell: what no export tells, and what this one lacks."""
    yield from NEVER
    deals = found.team.opportunities
    if not deals["competitor"].notna().any():
        yield "whom you lose to (no competitors recorded)"
    if not deals["type"].notna().any():
        yield "new business apart from renewals (no types)"
    if not deals["source_kind"].notna().any():
        yield "who finds deals (no sources)"
    if found.attainment is None:
        yield "attainment (no quotas of a period that is over)"
    if found.ramp is None:
        yield "ramp (no dates on which reps began, or too few)"


# --- Numbers ----------------------------------------------------------------------------------------------------------


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %" if math.isfinite(value) else MISSING


def _points(value: float) -> str:
    return f"{100 * value:.1f}"


def format_with_range(figure: Figure) -> str:
    """Format a share with its range: ``63.2 % [61.9, 64.4]``."""
    ends = f" [{100 * figure.low:.1f}, {100 * figure.high:.1f}]" if math.isfinite(figure.low) else ""
    return format_value(figure) + ends


def format_value(figure: Figure) -> str:
    """Format a figure's value with its unit."""
    if not figure.known:
        return MISSING
    words = _number(figure, figure.value)
    if figure.unit.endswith("/year"):
        return with_currency(words, _currency(figure)) + " a year"
    if figure.name.startswith("rep_icc") or figure.unit == "log units":
        return words
    if figure.unit in ("share", "ratio"):
        return words + (" ×" if figure.name in TIMES else " %")
    return f"{words} {figure.unit}"


def format_range(figure: Figure) -> str:
    """Format a figure's interval, without the unit."""
    if not (math.isfinite(figure.low) and math.isfinite(figure.high)):
        return MISSING
    return f"{_number(figure, figure.low)} to {_number(figure, figure.high)}"


def _currency(figure: Figure) -> str:
    currency = figure.unit.removesuffix("/year")
    return "" if currency == "money" else currency


def _number(figure: Figure, value: float) -> str:
    """Format one of a figure's numbers, without its unit."""
    if figure.unit.endswith("/year"):
        return f"{value:,.0f}" if 100 <= abs(value) < 99_950 else format_money(value)
    if figure.name.startswith("rep_icc"):
        return f"{value:.3f}"
    if figure.unit == "log units":
        return f"{value:.2f}"
    if figure.name in TIMES:
        return f"{value:.1f}"
    if figure.unit in ("share", "ratio"):
        return f"{100 * value:.1f}" if figure.unit == "share" else f"{100 * value:.0f}"
    return f"{value:.1f}"
