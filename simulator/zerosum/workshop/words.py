"""Short labels and descriptions of strategies, tools and adopters, made from the scenario."""

from __future__ import annotations

from zerosum.market.inventory.strategies import Plan, Reinvestment, Strategy, Tool
from zerosum.market.state import YEAR
from zerosum.report.intervals import format_list
from zerosum.scenario.comparison import Adopters

LONGEST_LABEL = 28
"""Maximum letters of a label."""


def span_of(weeks: int) -> str:
    """Return what one replication is called on the page: a year, or a run if it has other than 52 weeks.

    >>> span_of(52), span_of(156)
    ('year', 'run')
    """
    return "year" if weeks == YEAR else "run"


ADOPTERS: dict[Adopters, tuple[str, str]] = {
    "focal": ("Only we adopt", "Our reps follow the strategy; competitors don't react."),
    "competitors": ("Only competitors adopt", "All competitors follow the strategy; we go on as before."),
    "all": ("All adopt", "We and all competitors follow the same strategy."),
    "head-to-head": (
        "Head to head",
        "One market: half of our reps follow A, the other half B; competitors don't react.",
    ),
}
"""Adopters -> its label, and what it means."""

_ACTIVITIES = {
    "prospecting": "finding buyers",
    "preparation": "preparing",
    "selling": "selling",
    "social": "social media",
    "slack": "nothing in particular",
}


def named(name: str) -> str:
    """Format a name as words.

    >>> named("social-and-preparation")
    'Social and preparation'
    """
    words = name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def label_of(name: str) -> str:
    """Format a name as a label; long ones are cut."""
    words = named(name)
    return words if len(words) <= LONGEST_LABEL else words[: LONGEST_LABEL - 1].rstrip() + "…"


def percent(share: float) -> str:
    """Format a share.

    >>> percent(0.15), percent(0.125)
    ('15%', '12.5%')
    """
    return f"{round(100 * share, 1):g}%"


def strategy_words(strategy: Strategy) -> str:
    """Describe a strategy in a few sentences."""
    said = [f"A rep's week: {_shares(strategy.plan)}."]
    if strategy.tools:
        said.append(f"Tools: {format_list(strategy.tools)}{_format_freed(strategy.reinvest)}.")
    if strategy.social:
        said.append(f"{format_list(strategy.social).capitalize()} take up social media.")
    if any(hours for _, hours in strategy.extra_hours):
        extra = [f"{hours:g} for {_ACTIVITIES[name]}" for name, hours in strategy.extra_hours if hours]
        said.append(f"Hours on top: {format_list(extra)}.")
    if strategy.extra_presales:
        said.append(f"{strategy.extra_presales} more presales engineers.")
    if strategy.push:
        said.append("Reps behind quota push at a quarter's end.")
    if strategy.upgrade:
        said.append("Newer products are pitched to own customers.")
    return " ".join(said)


def _shares(plan: Plan | Reinvestment) -> str:
    return ", ".join(f"{percent(share)} {_ACTIVITIES[name]}" for name, share in plan if share)


def _format_freed(reinvest: Reinvestment) -> str:
    """Describe where saved hours go; empty if nowhere."""
    into = [_ACTIVITIES[name] for name, share in reinvest if share and name != "slack"]
    return f"; freed hours go to {format_list(into)}" if into else ""


def claim_of(tool: Tool) -> str:
    """Describe the vendor's claims about a tool; empty if there are none."""
    claims = []
    if tool.boost:
        claims.append(f"{percent(tool.boost)} more calls in an hour")
    if tool.saving:
        claims.append(f"{percent(tool.saving)} less admin")
    if tool.dprime:
        claims.append(f"tells buyers in the market from others (d' {tool.dprime:g})")
    if tool.scans:
        claims.append(f"looks at {tool.scans:g} accounts a week")
    if tool.accuracy:
        claims.append(f"pitches the right product {percent(tool.accuracy)} of the time")
    return "; ".join(claims)


def points(share: float) -> str:
    """Format a difference of shares without its sign.

    >>> points(0.042), points(-0.01), points(0.124)
    ('4.2 points', '1 point', '12 points')
    """
    size = abs(100 * share)
    number = f"{size:.1f}".removesuffix(".0") if size < 9.95 else f"{size:.0f}"
    return f"{number} {'point' if number == '1' else 'points'}"
