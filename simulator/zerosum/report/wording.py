"""Format numbers and adopters: units, rounding and words in one place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from zerosum.market.metrics import OF_MONEY
from zerosum.scenario import alike_strategies
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.errors import join_names

if TYPE_CHECKING:
    from zerosum.market.metrics import Metric
    from zerosum.scenario.spec import Scenario
    from zerosum.studies.sweep.unresponsive import Unresponsive

MISSING = "–"
"""Shown where a number is undefined."""
MOST_KEPT = 5
"""Maximum keys in a sentence."""


def format_money(value: float, signed: bool = False) -> str:
    """Format an amount with three significant digits and k, M or G: ``1.23 M``, ``45.6 k``, ``789``."""
    if not math.isfinite(value):
        return MISSING
    factor, suffix = _letter(abs(value))
    return _add_sign(value, _three_digits(abs(value) / factor), signed) + suffix


def with_currency(words: str, currency: str) -> str:
    """Add a currency to an amount: a sign before it, letters after it; ``$1.23 M``, ``-$5``, ``1.23 M EUR``."""
    if not currency or words == MISSING:
        return words
    if not currency[-1].isalpha():
        sign = words[:1] if words[:1] in ("+", "-") else ""
        return f"{sign}{currency}{words[len(sign) :]}"
    return f"{words} {currency}"


def _letter(size: float) -> tuple[float, str]:
    """Return the factor and letter for an amount."""
    for factor, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if size >= 0.9995 * factor:
            return factor, letter
    return 1.0, ""


def _three_digits(size: float) -> str:
    if size >= 99.95:
        return f"{size:,.0f}"
    return f"{size:.1f}" if size >= 9.995 else f"{size:.2f}"


def _add_sign(value: float, digits: str, signed: bool) -> str:
    """Add a sign to digits: an interval's ends show their side of zero, levels don't."""
    if signed and value == 0:
        return "0"
    if value < 0 and (signed or any(digit in "123456789" for digit in digits)):
        return f"-{digits}"
    return f"+{digits}" if signed else digits


def _format_number(value: float, unit: str, signed: bool) -> str:
    if not math.isfinite(value):
        return MISSING
    said, suffix = format_side_by_side((value,), unit, signed)
    return said[0] + suffix


def format_side_by_side(values: Sequence[float], unit: str, signed: bool = True) -> tuple[list[str], str]:
    """Format related numbers in one unit and with the same digits, those of the largest.

    Parameters
    ----------
    values : sequence of float
        such as a difference and the ends of its interval; NaN if missing
    unit : str
    signed : bool
        differences, with a sign

    Returns
    -------
    tuple
        the numbers, and the text after the last: ``["+0.85", "-4.37", "+6.07"], " k"``
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    times, factor, suffix, digits = 1.0, 1.0, "", 0 if largest >= 99.95 else 1
    if is_money(unit):
        factor, suffix = _letter(largest)
        digits = len(_three_digits(largest / factor).partition(".")[2])
    elif unit.startswith("share") or unit == "points":
        signed = signed or unit == "points"
        times, suffix, digits = 100.0, " pp" if signed else " %", 1
    elif unit == "ratio":
        digits = 2
    said = [
        _add_sign(value, f"{abs(value) * times / factor:,.{digits}f}", signed)
        if math.isfinite(value)
        else MISSING
        for value in values
    ]
    return said, suffix


def format_number(value: float, digits: int) -> str:
    """Format a difference with so many digits: ``+1.5``; zero and values that round to 0 have no sign."""
    if not math.isfinite(value):
        return MISSING
    words = _add_sign(value, f"{abs(value):,.{digits}f}", True)
    return words if any(digit in "123456789" for digit in words) else words.lstrip("+-")


def format_short_money(value: float, sign: str = "") -> str:
    """Format a round amount: ``250 k``, ``1.5 M``."""
    for factor, suffix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= 0.9995 * factor:
            return f"{value / factor:{sign}.4g}{suffix}"
    return f"{value:{sign}.4g}"


def format_level(value: float, unit: str) -> str:
    """Format a level: shares in per cent, money with k, M or G."""
    return _format_number(value, unit, signed=False)


def format_difference(value: float, unit: str) -> str:
    """Format a difference: shares in percentage points, always signed."""
    return _format_number(value, unit, signed=True)


def _written_out(unit: str) -> tuple[float, int, str]:
    """Return factor, decimals and word for a unit beside a level; not for money."""
    if unit.startswith("share"):
        return 100.0, 1, "%"
    if unit == "points":
        return 100.0, 1, "pp"
    if unit == "ratio":
        return 1.0, 2, ""
    return 1.0, 2 if unit == "log units" else 1, unit.replace("/", " per ")


def is_money(unit: str) -> bool:
    """Return whether a unit is money."""
    return unit.startswith("money")


def format_unit(unit: str) -> str:
    """Format the unit after a level or a band: ``%``, ``pp``, ``weeks``, ``log units``, nothing for a ratio."""
    if is_money(unit):
        return unit.removeprefix("money").replace("/", "per ")
    return _written_out(unit)[2]


def format_digits(value: float, unit: str, decimals: int | None = None, side: bool = False) -> str:
    """Format a number without its unit, shares as per cent: ``14.4``.

    A value that rounds to 0 has a minus only with ``side``, for ends of intervals: they show their side of zero.
    """
    if not math.isfinite(value):
        return MISSING
    if is_money(unit):
        return format_money(value)
    factor, usual, _ = _written_out(unit)
    digits = f"{abs(value) * factor:,.{usual if decimals is None else decimals}f}"
    return f"-{digits}" if side and value < 0 else _add_sign(value, digits, False)


def format_edge(value: float, unit: str) -> str:
    """Format an end of a band as given: ``5``, ``0.155``, ``250 k``."""
    if is_money(unit):
        return format_short_money(value)
    size = value * _written_out(unit)[0]
    said = f"{size:,.6f}".rstrip("0").rstrip(".")
    if said in ("0", "-0"):
        return f"{size:.3g}" if value else "0"
    return said


def format_band(low: float, high: float, unit: str) -> str:
    """Format a band, NaN if open: ``5 to 15 %``, ``at least 0 pp``, ``at most 0.155``."""
    if math.isnan(high):
        said = f"at least {format_edge(low, unit)}"
    elif math.isnan(low):
        said = f"at most {format_edge(high, unit)}"
    else:
        said = f"{format_edge(low, unit)} to {format_edge(high, unit)}"
    return f"{said} {format_unit(unit)}".rstrip()


def choose_decimals(value: float, low: float, high: float, unit: str) -> int:
    """Return the decimals that separate a number from its band's ends (NaN: open), at least the unit's."""
    factor, decimals, word = _written_out(unit)
    if word not in ("%", "pp", "") and abs(value) >= 99.95:
        decimals = 0
    if high > low:
        decimals = max(decimals, min(4, math.ceil(-math.log10((high - low) * factor / 20))))

    def holds(number: float) -> bool:
        return not (number < low * factor or number > high * factor)

    while decimals < 6 and holds(round(value * factor, decimals)) != holds(value * factor):
        decimals += 1
    return decimals


def count(n: int, noun: str) -> str:
    """Format a count: ``1 rep``, ``20 reps``, ``3 strategies``, ``2 switches``."""
    if n != 1:
        ending = (
            "ies" if noun[-1] == "y" and noun[-2] not in "aeiou" else "es" if noun.endswith("ch") else "s"
        )
        noun = (noun[:-1] if ending == "ies" else noun) + ending
    return f"{n:,} {noun}"


def format_p(value: float) -> str:
    """Format a p value as journals do."""
    if not math.isfinite(value):
        return MISSING
    return "< .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")


def format_adopters(adopters: Adopters, focal: str) -> str:
    """Format who adopts the strategy."""
    return {
        "focal": f"only {focal} adopts; competitors don't react",
        "competitors": f"only {focal}'s competitors adopt",
        "all": "all vendors adopt",
        "head-to-head": f"{focal}'s reps in teams within one market, one per strategy",
    }[adopters]


def format_chance_baseline(scenario: Scenario) -> str:
    """Format what the chance baseline makes equal.

    >>> from zerosum.scenario import load_scenario
    >>> format_chance_baseline(load_scenario("kickoff"))
    'identical reps in the same territories'
    """
    territories = {"equal-reps": "the same territories", "equal-reps-and-territories": "balanced territories"}
    return f"identical reps in {territories[scenario.comparison.chance_baseline]}"


def format_territories(scenario: Scenario) -> str:
    """Format the reps per segment if territories are divided by segment; otherwise nothing.

    >>> from zerosum.scenario import load_scenario
    >>> format_territories(load_scenario("kickoff", ["vendors.Alder.territory=segment"]))
    "Reps by segment, in proportion to its buyers' contract value: Alder small 2, mid 3, enterprise 5."
    """
    dealt: dict[bool, list[str]] = {False: [], True: []}
    for vendor in scenario.vendors:
        reps = scenario.reps_by_segment(vendor)
        if reps is not None:
            told = ", ".join(f"{segment} {n:,}" for segment, n in reps.items())
            dealt[vendor.reps_by_segment is not None].append(f"{vendor.name} {told}")
    said = []
    if dealt[False]:
        said.append(f"Reps by segment, in proportion to its buyers' contract value: {_first(dealt[False])}.")
    if dealt[True]:
        said.append(f"Reps by segment, as the scenario states: {_first(dealt[True])}.")
    return " ".join(said)


def _first(told: Sequence[str]) -> str:
    more = f"; and {count(len(told) - MOST_KEPT, 'more vendor')}" if len(told) > MOST_KEPT else ""
    return "; ".join(told[:MOST_KEPT]) + more


def format_unresponsive(found: Sequence[Unresponsive], metric: Metric, common: bool) -> list[str]:
    """Say what the values of factors without effect on the market differ in.

    Parameters
    ----------
    found : sequence of Unresponsive
    metric : Metric
        The decision metric.
    common : bool
        Whether all points share the random numbers of a replication.

    Returns
    -------
    list of str
        A sentence for each factor.
    """
    said = []
    for factor, keys, money in found:
        named = keys[0] if len(keys) == 1 else f"{factor} ({', '.join(keys)})"
        if not money:
            said.append(
                f"Nothing responds to {named}: no strategy that anybody follows has to do with it, so its values are "
                "all the same."
            )
            continue
        label = metric.label.lower()
        if metric.name in OF_MONEY:
            so = ", so its values rank by money alone"
        elif common:
            so = f"; {label} is the same at all its values"
        else:
            so = f"; where {label} differs between its values, that is chance"
        said.append(f"Nothing in the market responds to {named}: it changes money only{so}.")
    return said


def format_alike(scenario: Scenario, names: Iterable[str] = ()) -> str:
    """Name strategies that the market can't tell apart, of those compared or of some; nothing if none."""
    said = []
    for group in alike_strategies(scenario, names):
        tools = {scenario.strategies[scenario.strategy_index(name)].tools for name in group}
        named = join_names(group, "and")
        said.append(
            f"{named} are the same strategy: nothing responds to what they differ in."
            if len(tools) == 1
            else f"Nothing in the market responds to what {named} differ in: it is cost only and, because their tools "
            "are not the same rows, chance."
        )
    return " ".join(said)


def format_span(low: float, high: float, unit: str, signed: bool = False) -> str:
    """Format a range, the unit once: ``+0.2 … +0.9 pp``; one number if both ends look the same."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return MISSING
    (first, last), suffix = format_side_by_side((low, high), unit, signed)
    return f"{last}{suffix}" if first == last else f"{first} … {last}{suffix}"
