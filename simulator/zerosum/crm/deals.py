"""The rows of opportunities: read cell by cell into dates, amounts and text, one frame for all files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from zerosum.crm.amounts import KIND_OF_HEADER, find_sign, read_amounts
from zerosum.crm.choices import Choices
from zerosum.crm.dates import find_order, read_dates, say_ways
from zerosum.crm.profiles import key_of
from zerosum.crm.read import Reject
from zerosum.crm.recognize import Recognized
from zerosum.crm.tables import TEXT
from zerosum.crm.understood import Understood

DATES = ("created", "close", "closed", "expected_close", "won_at", "lost_at", "first_won_at", "modified")
AMOUNTS = ("amount", "amount_home", "amount_won", "amount_won_home", "line_amount")
TEXTS = (
    "id name account owner segment product stage outcome is_closed is_won amount_kind term currency type record_type "
    "source competitor incumbent reason merged deleted current owner_active"
).split()
MOST_UNREADABLE = 0.5
"""Share of cells; a column with more doesn't hold what its header says."""
CLOSES = ("close", "closed", "won_at", "lost_at")


def read_deals(found: Sequence[Recognized], choices: Choices, understood: Understood) -> pd.DataFrame:
    """Read every table of opportunities; a row whose date can't be read is a reject, another such cell is missing."""
    parts = [_read_one(one, choices, understood) for one in found if one.kind == "opportunities"]
    deals = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0].reset_index(drop=True)
    for column in deals:
        if column in TEXTS or column in ("_file", "symbol"):
            deals[column] = deals[column].astype(TEXT)
    return deals


def _read_one(one: Recognized, choices: Choices, understood: Understood) -> pd.DataFrame:
    table = one.table
    columns = {name: one.table.data[one.columns[name]] for name in TEXTS if name in one.columns}
    bad: dict[str, np.ndarray] = {}
    order = ask_order(one, DATES, choices, understood)
    for name in DATES:
        if (column := one.get(name)) is None:
            continue
        dates = read_dates(column, order, choices.timezone)
        if dates.in_utc and (name in CLOSES or name == "created"):
            _say_zone(one.named(name), dates.in_utc, dates.moved, name in CLOSES, choices, understood)
        if order or not _waits(understood):
            bad[name] = _check_readable(one, name, column, dates.unreadable, "dates", understood)
        columns[name] = dates.days
    sign = ask_sign(one, AMOUNTS, choices, understood)
    symbol = pd.Series(None, index=table.data.index, dtype=object)
    for name in AMOUNTS:
        if (column := one.get(name)) is None:
            continue
        amounts = read_amounts(column, sign)
        if sign or not _waits(understood):
            bad[name] = _check_readable(one, name, column, amounts.unreadable, "amounts", understood)
        columns[name] = amounts.values
        symbol = symbol.fillna(amounts.symbols)
    columns["symbol"] = symbol
    if "amount" in one.columns:
        key = key_of(one.columns["amount"])
        said = next((kind for kind, keys in KIND_OF_HEADER.items() if key in keys), "")
        columns["header_kind"] = pd.Series(said, index=table.data.index)
    deals = pd.DataFrame(columns, index=table.data.index)
    deals["_file"], deals["_line"] = table.name, table.lines
    out = _reject(one, bad, understood)
    table.data = table.data.iloc[:0]  # a million rows are half a gigabyte
    return deals[~out] if out.any() else deals


def _reject(one: Recognized, bad: dict[str, np.ndarray], understood: Understood) -> np.ndarray:
    """List cells that can't be read; return the rows that can't be kept: those without the date of what happened."""
    out = np.zeros(len(one.table.data), dtype=bool)
    for name, unreadable in bad.items():
        kind = "date" if name in DATES else "amount"
        needed = name in DATES and name not in ("expected_close", "modified")
        for at in np.flatnonzero(unreadable & ~out):
            line, why = int(one.table.lines[at]), f"this is no {kind} that can be read"
            understood.rejects.append(
                Reject(one.table.name, line, one.named(name), why, "row" if needed else "cell")
            )
        if needed:
            out |= unreadable
    return out


def _waits(understood: Understood) -> bool:
    return bool(understood.questions)


def ask_order(one: Recognized, names: Sequence[str], choices: Choices, understood: Understood) -> str:
    """Find the order of a file's dates; ask if it can't be known."""
    columns = [(name, one.table.data[one.columns[name]]) for name in names if name in one.columns]
    values = [str(value) for _, column in columns for value in column.dropna().unique()]
    order = find_order(values, choices.dates)
    if order.ambiguous:
        where = next(
            name
            for name in names
            if (column := one.get(name)) is not None and (column == order.ambiguous).any()
        )
        column = one.table.data[one.columns[where]]
        line = int(one.table.lines[int((column == order.ambiguous).to_numpy().argmax())])
        options = " or ".join(f"--dates {option}" for option in order.options)
        ways = say_ways(order.ambiguous, order.options)
        known = {one for one in understood.facts.get("dates", {}).values() if one in order.options}
        others = f" (your other files are {known.pop()})" if len(known) == 1 else ""
        understood.ask(
            f"{one.table.name}, line {line}, column '{one.named(where)}': is {order.ambiguous} {ways}{others}? "
            f"Add {options}"
        )
    elif values:
        words = order.order or "in one form only"
        why = order.why or (
            "numbers of days, as in Excel" if values[0].replace(".", "").isdigit() else "months are named"
        )
        understood.say("dates", f"{one.table.name}: {words}", why, "--dates")
        understood.facts.setdefault("dates", {})[one.table.name] = order.order or why
    return order.order


def ask_sign(one: Recognized, names: Sequence[str], choices: Choices, understood: Understood) -> str:
    """Find the decimal sign of a file's amounts; ask if it can't be known."""
    columns = [(name, one.table.data[one.columns[name]]) for name in names if name in one.columns]
    values = [str(value) for _, column in columns for value in column.dropna().unique()]
    sign = find_sign(values, choices.decimal)
    if sign.ambiguous:
        where, found = next((name, found) for name, found in columns if (found == sign.ambiguous).any())
        line = int(one.table.lines[int((found == sign.ambiguous).to_numpy().argmax())])
        why = f" ({sign.why})" if sign.why else ""
        understood.ask(
            f"{one.table.name}, line {line}, column '{one.named(where)}': is the mark in {sign.ambiguous} a decimal "
            f"or one of thousands{why}? Add --decimal point or --decimal comma"
        )
    elif sign.sign:
        understood.say("numbers", f"{one.table.name}: decimal {sign.sign}", sign.why, "--decimal")
        understood.facts.setdefault("decimal", {})[one.table.name] = sign.sign
    return sign.sign


def _check_readable(
    one: Recognized, name: str, column: pd.Series, unreadable: np.ndarray, what: str, understood: Understood
) -> np.ndarray:
    """Return cells that can't be read; ask about a column in which most can't."""
    filled = int(column.notna().sum())
    if filled and unreadable.sum() > MOST_UNREADABLE * filled:
        shown = str(column[unreadable].iloc[0])[:40]
        understood.ask(
            f"{one.table.name}: the column '{one.named(name)}' should hold {what} and holds '{shown}'. Add --map "
            f'"{one.named(name)}=ignore", or name the right column: --map "COLUMN={name}"'
        )
    return unreadable


def _say_zone(
    column: str, in_utc: int, moved: int, ask: bool, choices: Choices, understood: Understood
) -> None:
    """Say in which zone times count; ask if it isn't said."""
    if choices.timezone:
        understood.say(
            "time zone",
            f"'{column}': days in {choices.timezone}",
            f"{in_utc:,} times with a zone, of which {moved:,} fall on another day than in UTC",
            "--timezone",
        )
        understood.facts["timezone"] = choices.timezone
        return
    if not ask:
        understood.say("time zone", f"'{column}': days in UTC", f"{in_utc:,} times with a zone", "--timezone")
        return
    understood.ask(
        f"the column '{column}' holds times with a time zone ({in_utc:,}). Whose days count? What closes at 17:00 "
        "on 31 March in New York or later falls on 1 April in UTC: add --timezone America/New_York, or --timezone UTC"
    )
