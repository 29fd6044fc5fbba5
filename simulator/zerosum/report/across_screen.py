"""The first screen of a comparison under several calibrated parameter sets: what holds in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC
from zerosum.report.document import Cell, Column, Document, Table, Words
from zerosum.report.intervals import PER, format_gap, format_list
from zerosum.report.lines import Line, format_length, labeled_lines
from zerosum.report.recommend import MOST_NAMED, name_of_difference
from zerosum.report.screen import NAME, hangs_on, head_of, list_claims
from zerosum.report.wording import count, format_side_by_side, format_span, is_money, with_currency

if TYPE_CHECKING:
    from zerosum.scenario.spec import Scenario
    from zerosum.studies.across import Across


def describe_across_screen(across: Across, metric: str = DEFAULT_METRIC) -> Document:
    """Describe in a screenful what holds under all calibrated parameter sets.

    Parameters
    ----------
    across : Across
    metric : str
        the decision metric
    """
    scenario = across.scenario
    adopters = scenario.comparison.adopters[0]
    runs = count(scenario.comparison.replications, "simulated run")
    here = across.table[across.table["adopters"] == adopters]
    rows = here[(here["metric"] == metric) & (here["strategy"] != scenario.baseline_name)].to_dict("records")
    screen = Document()
    sets = count(len(across.fits.sets), "calibrated parameter set")
    head = head_of(scenario, f"{sets}, {runs} of {format_length(scenario.clock.weeks)} under each")
    screen.add(Words(head, "heading"))
    gaining = [str(row["strategy"]) for row in rows if _counts(row, metric)[0]]
    claims = list_claims(scenario, gaining or [str(row["strategy"]) for row in rows])
    screen.add(labeled_lines([*_lines(rows, metric, scenario.money.currency), *hangs_on(claims)]))
    if rows:
        quota = here[here["metric"] == "share_at_quota"].set_index("strategy").to_dict("index")
        screen.add(_table(rows, metric, quota, scenario))
    return screen


def _counts(row: Any, metric: str) -> tuple[int, int, int]:
    """Return the number of sets under which a strategy gains, loses, and neither measurably."""
    up, down = int(row["above"]), int(row["below"])
    gains, loses = (down, up) if BY_NAME[metric].higher_is_better is False else (up, down)
    return gains, loses, int(row["fits"]) - gains - loses


def _sides(metric: str) -> tuple[str, str]:
    """Return what a strategy does on either side of the baseline."""
    return ("MORE", "LESS") if BY_NAME[metric].higher_is_better is None else ("GAINS", "LOSES")


def _ranked(rows: Sequence[Any], metric: str) -> list[Any]:
    """Return rows by their mean difference over sets, the best first."""
    sign = 1.0 if BY_NAME[metric].higher_is_better is False else -1.0
    return sorted(rows, key=lambda row: sign * row["difference"])


def _sets(row: Any, metric: str) -> tuple[list[str], list[str], list[str]]:
    """Return the numbers of the sets under which a strategy gains, loses, and neither measurably."""
    up, down, without = (str(row[name]).split() for name in ("sets_above", "sets_below", "sets_without"))
    gains, loses = (down, up) if BY_NAME[metric].higher_is_better is False else (up, down)
    every = map(str, range(1, int(row["fits"]) + 1))
    return gains, loses, [number for number in every if number not in {*up, *down, *without}]


def _lines(rows: Sequence[Any], metric: str, currency: str = "") -> Iterator[Line]:
    """Yield the verdict over all sets."""
    if not rows:
        yield Line("NOTHING TO COMPARE", "there is one strategy only.")
        return
    n, (up, down) = int(rows[0]["fits"]), _sides(metric)
    kinds: dict[str, list[str]] = {}
    for row in _ranked(rows, metric):
        gains, loses, _ = _counts(row, metric)
        name = str(row["strategy"])
        ends = _format_ends(row, currency)
        if row["without"]:
            kinds.setdefault("NOT KNOWN YET", []).append(name)
        elif gains == n:
            kinds.setdefault(f"{up} UNDER ALL", []).append(f"{name} ({ends})")
        elif loses == n:
            kinds.setdefault(f"{down} UNDER ALL", []).append(f"{name} ({ends})")
        elif gains or loses:
            words = (up.lower(), down.lower(), "unclear")
            of = zip(words, _sets(row, metric), strict=True)
            said = "; ".join(f"{word} under {format_list(numbers)}" for word, numbers in of if numbers)
            label = "DEPENDS ON THE SET" if gains and loses else f"{up if gains else down} UNDER SOME"
            kinds.setdefault(label, []).append(f"{name} ({said})")
        else:
            kinds.setdefault("NO MEASURABLE GAIN", []).append(name)
    order = (
        *(f"{up} UNDER ALL", f"{up} UNDER SOME", "DEPENDS ON THE SET"),
        *(f"{down} UNDER SOME", f"{down} UNDER ALL"),
        *("NO MEASURABLE GAIN", "NOT KNOWN YET"),
    )
    for label in order:
        if names := kinds.get(label):
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            yield Line(label, f"{', '.join(names[:MOST_NAMED])}{more}.")


def _format_ends(row: Any, currency: str) -> str:
    """Format the smallest and the largest difference: ``+$3.00 to +$5.40 M a year``."""
    unit = str(row["unit"])
    ends, suffix = format_side_by_side((row["smallest"], row["largest"]), unit)
    if is_money(unit) and currency and not currency[-1].isalpha():
        ends = [with_currency(end, currency) for end in ends]
        currency = ""
    words = f"{ends[-1] if ends[0] == ends[-1] else ' to '.join(ends)}{suffix}"
    return (with_currency(words, currency) if is_money(unit) else words) + PER.get(unit, "")


def _format_sets(row: Any, metric: str, kind: int) -> str:
    """Format the numbers of the sets under which a strategy gains (0) or loses (1)."""
    numbers = _sets(row, metric)[kind]
    return "all" if len(numbers) == row["fits"] > 1 else ", ".join(numbers) or "none"


def _table(rows: Sequence[Any], metric: str, quota: Any, scenario: Scenario) -> Table:
    """Make the table: a row per strategy, the difference under the default set and from smallest to largest."""
    found = BY_NAME[metric]
    usual, currency = scenario.baseline_name, scenario.money.currency * found.unit.startswith("money")
    label, per = name_of_difference(found), " a year" if found.unit == "money/year" else ""
    per += f", {currency}" * bool(currency)
    up, down = _sides(metric)

    def under_default(row: Any) -> Cell:
        gap = format_gap(row["default"], row["default_low"], row["default_high"], found.unit)
        return Cell(gap.words, gap.ends)

    def at_quota(row: Any) -> str:
        here = quota[row["strategy"]]
        return format_span(here["smallest"], here["largest"], "share", signed=True)

    columns = [
        Column("strategy", lambda row: row["strategy"], text=True, least=NAME),
        Column(f"{label}{per}, default set", under_default),
        Column("over all sets", lambda row: format_span(row["smallest"], row["largest"], row["unit"], True)),
        Column(f"{up.lower()} under", lambda row: _format_sets(row, metric, 0)),
        Column(f"{down.lower()} under", lambda row: _format_sets(row, metric, 1)),
        Column("at quota", at_quota, drop=1),
    ]
    level = quota[usual]
    quotas = format_span(level["level_smallest"], level["level_largest"], "share")
    chance = format_span(level["chance_baseline_smallest"], level["chance_baseline_largest"], "share")
    note = (
        f"Compared with '{usual}' ({quotas} of reps at quota; identical reps: {chance}). In brackets: 95 % range. Over "
        f"all sets: the smallest and the largest difference; sets are no sample, so this is no interval. "
        "Under: numbers of the sets, 1 is the default."
    )
    return Table(columns, _ranked(rows, metric), note=note, beside=True, lines=False, plain=True)
