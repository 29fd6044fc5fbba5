"""Describe a deal with a different result in a sentence: its owner, its result in each run, and why."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from zerosum.report import wording
from zerosum.report.wording import format_short_money, with_currency
from zerosum.studies.attribution import CAUSES, ChangedDeals
from zerosum.studies.attribution.table import ABSENT, NO_EVALUATION, NOT_DECIDED, NOTHING

LEAST_SHARE = 0.05
"""Causes with a smaller part in a deal are left out."""
MOST_CAUSES = 3

_RESULTS = {
    "won, new market": "won",
    "won from a rival": "won",
    "renewed": "renewed",
    "own product displaced": "upgraded",
    "lost to a rival": "lost to a rival",
    NOT_DECIDED: "not decided",
    NO_EVALUATION: "no evaluation then",
}


def pick_largest(changed: ChangedDeals, count: int) -> pd.DataFrame:
    """Return the largest decisions by money: the revenue difference, or what a lost customer paid."""
    frame = changed.deals
    size = frame[["money", "money_lost_accounts"]].abs().max(axis=1)
    return frame.loc[size.sort_values(ascending=False, kind="stable").index[:count]]


def format_deal(row: Any, changed: ChangedDeals) -> str:
    """Format one decision.

    Parameters
    ----------
    row : Series
        of ``changed.deals``
    changed : ChangedDeals

    Returns
    -------
    str
        such as ``Buyer 412 (mid, 84 k a year, Corvane's), week 31: not won under 'usual', won under
        'selling': 14 h more selling (65 %), 6 h more preparation (35 %)``
    """
    value = with_currency(format_short_money(_two_digits(row["value"])), changed.scenario.money.currency)
    account = f"{row['segment']}, {value} a year, {_whose(row)}"
    sides = [
        f"{_became(row, side, changed)} under '{name}'"
        for side, name in (("baseline", changed.against), ("strategy", changed.strategy))
    ]
    return (
        f"Buyer {row['buyer']} ({account}), {_when(row, changed)}: {', '.join(sides)}: {_why(row, changed)}"
    )


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")


def _whose(row: Any) -> str:
    before, after = row["incumbent_baseline"], row["incumbent_strategy"]
    if row["result_baseline"] in ABSENT:
        before = after
    return f"{before}'s" if before else "no incumbent"


def _when(row: Any, changed: ChangedDeals) -> str:
    """Return the measured week, from 1, in the first run with the decision."""
    start = changed.scenario.clock.warmup_weeks
    weeks = [
        int(row[f"week_{side}"]) - start + 1 for side in ("baseline", "strategy") if row[f"week_{side}"] >= 0
    ]
    return f"week {weeks[0]}" if len(set(weeks)) == 1 else f"weeks {weeks[0]} and {weeks[1]}"


def _became(row: Any, side: str, changed: ChangedDeals) -> str:
    result = row[f"result_{side}"]
    if result != NOTHING:
        return _RESULTS[result]
    if row[f"incumbent_{side}"] == changed.scenario.vendors[changed.scenario.focal_index].name:
        return "put off"
    return "not won" if row[f"source_{side}"] else "not in the deal"


def _why(row: Any, changed: ChangedDeals) -> str:
    shares = {cause.name: float(row[f"share_{cause.name}"]) for cause in CAUSES}
    told = sorted((name for name in shares if shares[name] >= LEAST_SHARE), key=lambda name: -shares[name])
    said = [f"{_PHRASES[name](row, changed)} ({100 * shares[name]:.0f} %)" for name in told[:MOST_CAUSES]]
    against = [name for name in shares if shares[name] <= -LEAST_SHARE]
    if against:
        worst = min(against, key=lambda name: shares[name])
        said.append(f"despite {_PHRASES[worst](row, changed)} ({100 * shares[worst]:.0f} %)")
    return said[0].removesuffix(" (100 %)") if len(said) == 1 else ", ".join(said)


def _more(row: Any, name: str) -> float:
    """Return how much more of a term our offer had under the strategy; a missing offer counts as 0."""
    before, after = (float(row[f"{name}_{side}"]) for side in ("baseline", "strategy"))
    return (0.0 if math.isnan(after) else after) - (0.0 if math.isnan(before) else before)


def _hours(what: str, name: str) -> Callable[[Any, ChangedDeals], str]:
    def said(row: Any, _changed: ChangedDeals) -> str:
        more = _more(row, name)
        size = f"{abs(more):.0f}" if abs(more) >= 9.95 else f"{abs(more):.1f}"
        return f"{size} h {'more' if more > 0 else 'less'} {what}"

    return said


def _only_under(row: Any, changed: ChangedDeals, there: bool = True) -> str:
    """Name the only run with (or without) our offer."""
    in_strategy = bool(row["source_strategy"])
    return f"'{changed.strategy if in_strategy == there else changed.against}'"


def _contact(row: Any, changed: ChangedDeals) -> str:
    how = row["source_strategy"] or row["source_baseline"]
    return f"{'found by a call' if how == 'found' else how} under {_only_under(row, changed)} only"


def _support(row: Any, _changed: ChangedDeals) -> str:
    return "presales help in time" if _more(row, "support") > 0 else "no presales help in time"


def _than(name: str, more: str, less: str) -> Callable[[Any, ChangedDeals], str]:
    return lambda row, _changed: more if _more(row, name) > 0 else less


def _price(row: Any, _changed: ChangedDeals) -> str:
    more = _more(row, "discount")
    return f"{100 * abs(more):.3g} % {'more' if more > 0 else 'less'} discount"


def _pitch(row: Any, _changed: ChangedDeals) -> str:
    before, after = row["product_baseline"], row["product_strategy"]
    return f"{after} pitched, not {before}" if before and after and before != after else "an upgrade offered"


def _competitors(row: Any, changed: ChangedDeals) -> str:
    if _is_single(row):
        return f"a rival's call made it evaluate under {_single(row, changed)} only"
    more = _more(row, "competitors")
    if more == 0:
        return "competitors' moves"
    return f"{wording.count(int(abs(more)), 'competitor')} {'more' if more > 0 else 'less'} in the deal"


def _is_single(row: Any) -> bool:
    """Return whether only one run had the decision."""
    return row["result_baseline"] in ABSENT or row["result_strategy"] in ABSENT


def _single(row: Any, changed: ChangedDeals) -> str:
    return f"'{changed.against if row['result_strategy'] in ABSENT else changed.strategy}'"


def _incumbent(row: Any, changed: ChangedDeals) -> str:
    if _is_single(row):
        other = changed.strategy if row["result_strategy"] in ABSENT else changed.against
        return f"in other hands under '{other}' by then"
    return f"{row['incumbent_strategy'] or 'nobody'}'s by then under '{changed.strategy}'"


def _timing(row: Any, changed: ChangedDeals) -> str:
    if _is_single(row):
        return "decided after the measured weeks in the other run"
    later = _more(row, "week")
    return f"decided {abs(later):.0f} {'week' if abs(later) == 1 else 'weeks'} {'later' if later > 0 else 'earlier'}"


_PHRASES: dict[str, Callable[[Any, ChangedDeals], str]] = {
    "contact": _contact,
    "preparation": _hours("preparation", "preparation"),
    "selling": _hours("selling", "selling"),
    "support": _support,
    "trust": _than("trust", "more trust", "less trust"),
    "skill": _than("skill", "a more able rep", "a less able rep"),
    "price": _price,
    "pitch": _pitch,
    "satisfaction": _than("satisfaction", "more satisfied", "less satisfied"),
    "competitors": _competitors,
    "incumbent": _incumbent,
    "timing": _timing,
    "fatigue": lambda row, changed: f"called too often under {_only_under(row, changed, there=False)}",
    "no_free_capacity": lambda row, changed: (
        f"no free capacity under {_only_under(row, changed, there=False)}"
    ),
    "provoked": lambda row, changed: f"our call made it evaluate under {_single(row, changed)} only",
    "earlier": lambda row, changed: "an earlier evaluation of it went otherwise",
    "word_of_mouth": lambda row, changed: f"it saw reason to evaluate under {_single(row, changed)} only",
}
