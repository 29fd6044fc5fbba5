"""What a fit says, in a screenful: does the market fit, what the data tell, what they can't, what to do next."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from zerosum.report.describe_words import NEVER
from zerosum.report.document import Cell, Column, Document, Section, Table, Words
from zerosum.report.intervals import format_list
from zerosum.report.lines import Line, labeled_lines
from zerosum.report.wording import count
from zerosum.studies.fit import FITS, SCENARIO, Fitted, estimates
from zerosum.studies.fit.fit import SELDOM_NAMED
from zerosum.studies.fit.output import Estimate
from zerosum.studies.fit.summary import LABELS


def describe_fitted(fitted: Fitted, folder: str, details: bool = False) -> Document:
    """Describe a fit: answers, the fitted values; with details, all figures beside the fitted market's."""
    team = fitted.base.team
    deals = team.opportunities
    screen = Document()
    reps = count(fitted.base.scenario.vendors[0].reps, "rep")
    head = f"FITTED   {len(deals):,} deals · {reps} at a time · {fitted.posterior.used:,} simulated teams like yours"
    screen.add(Words(head, "heading"))
    screen.add(labeled_lines(list(list_answers(fitted, folder))))
    screen.add(_values_table(fitted))
    if details:
        screen.add(_check_table(fitted))
    return screen


def list_answers(fitted: Fitted, folder: str) -> Iterator[Line]:
    """Yield the labeled lines of the answer."""
    yield Line("DOES IT FIT?", _format_fit(fitted))
    rows = estimates(fitted)
    told, untold = [one for one in rows if one.identified], [one for one in rows if not one.identified]
    yield Line(
        "YOUR DATA TELL", f"{len(told)} of {len(rows)} values that were fitted, each with its range below."
    )
    words = f"{'; '.join(NEVER)}. These stay assumptions."
    if untold:
        words = f"{format_list([one.free.key for one in untold])}: as unsure as before. As in every export: {words}"
    yield Line("CAN'T BE TOLD", words)
    if fitted.left_out:
        by_reason: dict[str, list[str]] = {}
        for name, why in fitted.left_out.items():
            by_reason.setdefault(why, []).append(LABELS[name].lower())
        option = {SELDOM_NAMED: " (--all-competitors uses them)"}
        words = "; ".join(
            f"{format_list(names)}: {why}{option.get(why, '')}" for why, names in by_reason.items()
        )
        yield Line("LEFT OUT", f"{words}.")
    sets = count(len(fitted.ensemble.sets), "set")
    command = f"zerosum compare {folder}/{SCENARIO} --across-fits --fits {folder}/{FITS}"
    yield Line("NEXT", f"compare strategies under {sets} of values that fit: {command}")


def _format_fit(fitted: Fitted) -> str:
    check = fitted.check
    inside = (check["low"] <= check["data"]) & (check["data"] <= check["high"])
    n, of = int(inside.sum()), len(check)
    words = (
        f"{n} of {of} figures of your data lie in the middle 90 % of what the fitted market gives. Nearly all should: "
        "it was fitted to them."
    )
    off = check[~inside].sort_values("p", kind="stable")
    if len(off):
        words += f" Off: {format_list([LABELS[name].lower() for name in off['statistic'].head(3)])}"
        words += f", and {len(off) - 3} more." if len(off) > 3 else "."
    beyond = int(fitted.posterior.beyond.sum())
    if beyond:
        words += f" {count(beyond, 'figure')} lies beyond all simulated teams, so take the fit with care."
    return words


def _values_table(fitted: Fitted) -> Table:
    columns = [
        Column("value", lambda one: Cell(one.free.key), text=True, least=28),
        Column("fitted", lambda one: _number(one, one.middle)),
        Column("90 % range", lambda one: f"{_number(one, one.low)} to {_number(one, one.high)}"),
        Column("looked at", lambda one: _looked_at(one), drop=1),
        Column("spread", lambda one: f"{one.spread:.2f}"),
    ]
    told = [one for one in estimates(fitted) if one.identified]
    untold = [one for one in estimates(fitted) if not one.identified]
    rows: list[Any] = [*told, *([Section("Hardly told by your data"), *untold] if untold else [])]
    note = "×: of the starting value. Spread: 1 where the data say nothing, 0 where they say all."
    return Table(columns, rows, lines=False, note=note)


def _number(one: Estimate, value: float) -> str:
    words = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"× {words}" if one.free.parameter.factor else words


def _looked_at(one: Estimate) -> str:
    parameter = one.free.parameter
    return f"{_number(one, parameter.low)} to {_number(one, parameter.high)}"


def _check_table(fitted: Fitted) -> Table:
    columns = [
        Column("figure", lambda row: Cell(LABELS[row["statistic"]]), text=True, least=30),
        Column("your data", lambda row: f"{row['data']:.3g}"),
        Column("fitted market", lambda row: f"{row['middle']:.3g}"),
        Column("middle 90 %", lambda row: f"{row['low']:.3g} to {row['high']:.3g}"),
        Column("p", lambda row: f"{row['p']:.2f}", drop=1),
    ]
    note = "p: twice the share of new simulated teams that lie beyond your data, on the side where there are fewer."
    return Table(
        columns, fitted.check.to_dict("records"), title="Your data beside the fitted market", note=note
    )


def fitted_object(fitted: Fitted, folder: str) -> dict[str, Any]:
    """Return all of a fit for JSON; unknown numbers are null."""

    def number(value: float) -> float | None:
        return float(value) if math.isfinite(value) else None

    return {
        "deals": len(fitted.base.team.opportunities),
        "teams": fitted.posterior.used,
        "effective_draws": number(fitted.posterior.effective),
        "values": [
            {
                "key": one.free.key,
                "factor": one.free.parameter.factor,
                "value": one.middle,
                "low": one.low,
                "high": one.high,
                "range": [one.free.parameter.low, one.free.parameter.high],
                "spread": number(one.spread),
                "identified": one.identified,
            }
            for one in estimates(fitted)
        ],
        "base": [
            {"key": one.key, "value": one.value, "origin": one.origin, "why": one.why}
            for one in fitted.base.values
        ],
        "figures": [
            {key: value if isinstance(value, str) else number(value) for key, value in row.items()}
            for row in fitted.check.to_dict("records")
        ],
        "left_out": dict(fitted.left_out),
        "sets": [dict(one) for one in fitted.ensemble.sets],
        "answers": {line.label.lower(): line.words for line in list_answers(fitted, folder)},
    }
