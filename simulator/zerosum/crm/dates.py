"""Read dates in whatever form they were exported; ask which part is the day where that can't be known.

One order holds for a file. It is decided by what all its dates can be read as, never by what is usual somewhere.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from zerosum.crm.choices import ORDERS

EXCEL_EPOCH = datetime.date(1899, 12, 30)
FIRST, LAST = datetime.date(1970, 1, 1), datetime.date(2199, 12, 31)
"""Dates that a deal can have."""
LONGEST_SPAN = 25
"""Years that a pipeline's dates span at most, when two-digit years are told from days."""
SHARE = 0.98
"""Share of a file's dates that must be readable in the order that is taken."""

_TIME = (
    r"(?:[ T,]+(\d{1,2})[:.h](\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?)?"
    r"\s*(z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_NUMBERS = re.compile(rf"(\d{{1,4}})\s*([./\- ])\s*(\d{{1,2}})\s*\2\s*(\d{{1,4}})\.?{_TIME}", re.IGNORECASE)
_NAME = r"([^\W\d_]{3,})\.?"
_NAMED = re.compile(
    rf"(?:[^\W\d_]+,\s*)?(?:(\d{{1,2}})(?:st|nd|rd|th|\.)?[\s\-/]*(?:de |of )?{_NAME}[\s\-/,]*(?:de )?(\d{{2,4}})"
    rf"|{_NAME}[\s\-/]*(\d{{1,2}})(?:st|nd|rd|th)?,?[\s\-/]+(\d{{4}})"
    rf"|(\d{{4}})[\s\-/]+{_NAME}[\s\-/]+(\d{{1,2}})){_TIME}",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_COMPACT = re.compile(r"(?:19|20)\d{6}")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_MONTHS = (
    ("jan", "ene", "gen", "янв"),
    ("feb", "fév", "fev", "фев"),
    ("mar", "mär", "mrz", "maa", "мар"),
    ("apr", "avr", "abr", "апр"),
    ("may", "mai", "mei", "maj", "mag", "май", "мая"),
    ("jun", "juin", "giu", "июн"),
    ("jul", "juil", "lug", "июл"),
    ("aug", "aoû", "aou", "ago", "авг"),
    ("sep", "set", "сен"),
    ("oct", "okt", "ott", "out", "окт"),
    ("nov", "ноя"),
    ("dec", "dez", "déc", "dic", "des", "дек"),
)
"""Starts of month names."""


class Moment(NamedTuple):
    """A date, and its time if one was given."""

    day: datetime.date
    time: datetime.time | None = None
    offset: datetime.timedelta | None = None


@dataclass
class Order:
    """In which order a file writes day, month and year, and how that is known.

    Attributes
    ----------
    order : str
        one of `zerosum.crm.choices.ORDERS`, or empty: nothing depends on it, or it can't be known
    why : str
    ambiguous : str
        a value that can be read in several ways; empty if there is none
    options : sequence of str
        the orders that are possible
    """

    order: str = ""
    why: str = ""
    ambiguous: str = ""
    options: Sequence[str] = ()


@dataclass
class Dates:
    """A column of dates.

    Attributes
    ----------
    days : Series of datetime64[s]
    unreadable : array of bool
        cells with something that is no date
    in_utc : int
        times that were given with a time zone
    moved : int
        of these, how many fall on another day in the zone that is taken
    """

    days: pd.Series
    unreadable: np.ndarray
    in_utc: int = 0
    moved: int = 0
    forms: set[str] = field(default_factory=set)


def find_order(values: Iterable[str], given: str = "") -> Order:
    """Find the order of day, month and year in all the dates of a file.

    >>> find_order(["25/03/2020", "1/2/2020"]).why
    'because of 25/03/2020'
    >>> find_order(["1/2/2020", "3/4/2021"]).options
    ('day-first', 'month-first')
    """
    numbers = [(value, found) for value in values if (found := _NUMBERS.fullmatch(value.strip()))]
    loose = [(value, found) for value, found in numbers if len(found[1]) < 3]
    if given:
        return Order(given, "as you said (--dates)")
    if not loose:
        return Order("", "the year comes first, with four digits" if numbers else "")
    readable = {order: sum(_date_of(found, order) is not None for _, found in loose) for order in ORDERS}
    best = max(readable.values())
    if best < SHARE * len(loose):
        return Order("", "", loose[0][0], [order for order in ORDERS if readable[order]] or ORDERS)
    fit = tuple(order for order in ORDERS if readable[order] == best)
    if len(fit) > 1:
        spans = {order: _span([_date_of(found, order) for _, found in loose]) for order in fit}
        short = tuple(order for order in fit if spans[order] <= LONGEST_SPAN)
        if len(short) < len(fit) and short:
            over = next(order for order in fit if spans[order] > LONGEST_SPAN)
            if len(short) == 1:
                why = f"read {over}, the dates would span {spans[over]:.0f} years; as they are, {spans[short[0]]:.0f}"
                return Order(short[0], why)
            fit = short
    if len(fit) > 1:
        return Order("", "", loose[0][0], fit)
    shown = next(
        (value for value, found in loose if sum(_date_of(found, order) is not None for order in ORDERS) == 1),
        loose[0][0],
    )
    return Order(fit[0], f"because of {shown}")


def _span(days: Sequence[datetime.date | None]) -> float:
    known = [day for day in days if day is not None]
    return (max(known) - min(known)).days / 365.25 if known else 0.0


def read_dates(column: pd.Series, order: str, zone: str = "") -> Dates:
    """Read a column of dates; a time with an offset counts in the given zone, or in UTC."""
    codes, unique = pd.factorize(column, use_na_sentinel=True)
    where = ZoneInfo(zone) if zone else datetime.UTC
    moments = [read_moment(str(value), order) for value in unique]
    days, unreadable = list[Any](), np.zeros(len(unique) + 1, dtype=bool)
    offsets, moved = np.zeros(len(unique) + 1, dtype=bool), np.zeros(len(unique) + 1, dtype=bool)
    for at, moment in enumerate(moments):
        if moment is None:
            unreadable[at] = True
            days.append(np.datetime64("NaT", "s"))
            continue
        day = moment.day
        if moment.offset is not None and moment.time is not None:
            aware = datetime.datetime.combine(day, moment.time, datetime.timezone(moment.offset))
            offsets[at] = aware.astimezone(datetime.UTC).time() != datetime.time()
            local = aware.astimezone(where).date() if offsets[at] else day
            moved[at] = local != aware.astimezone(datetime.UTC).date()
            day = local
        days.append(np.datetime64(day, "s"))
    known = np.array([*days, np.datetime64("NaT", "s")], dtype="datetime64[s]")  # -1, missing: the last
    found = pd.Series(known[codes], index=column.index)
    return Dates(found, unreadable[codes], int(offsets[codes].sum()), int(moved[codes].sum()))


def read_moment(text: str, order: str) -> Moment | None:
    """Read a date, with its time if it has one; None if it can't be read.

    >>> read_moment("31.3.2025", "day-first").day, read_moment("45747", "").day
    (datetime.date(2025, 3, 31), datetime.date(2025, 3, 31))
    """
    text = " ".join(text.split())
    try:
        if found := _NUMBERS.fullmatch(text):
            day = _date_of(found, order)
            return _with_time(day, found.groups()[4:])
        if found := _NAMED.fullmatch(text):
            parts = found.groups()
            day_, month, year = next(
                (parts[a], parts[b], parts[c]) for a, b, c in ((0, 1, 2), (4, 3, 5), (8, 7, 6)) if parts[a]
            )
            return _with_time(_day(int(year), _month(month), int(day_), len(year) == 2), parts[9:])
        if _COMPACT.fullmatch(text):
            return _with_time(_day(int(text[:4]), int(text[4:6]), int(text[6:])), ())
        if _SERIAL.fullmatch(text):
            return _with_time(EXCEL_EPOCH + datetime.timedelta(days=int(text[:5])), ())
        if _EPOCH.fullmatch(text):
            moment = datetime.datetime.fromtimestamp(int(text[:10]), datetime.UTC)
            return _within(Moment(moment.date(), moment.time(), datetime.timedelta()))
    except (ValueError, OverflowError, OSError, StopIteration):
        return None
    return None


def _with_time(day: datetime.date | None, parts: Sequence[str | None]) -> Moment | None:
    if day is None:
        return None
    if not parts or parts[0] is None:
        return _within(Moment(day))
    hour, minute, second, half, zone = parts
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    if hours == 24:
        hours, day = 0, day + datetime.timedelta(days=1)
    offset = None
    if zone:
        offset = datetime.timedelta()
        if zone[0] in "+-":
            digits = zone[1:].replace(":", "").ljust(4, "0")
            offset = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            offset = -offset if zone[0] == "-" else offset
    return _within(Moment(day, datetime.time(hours, int(minute or 0), int(second or 0)), offset))


def _within(moment: Moment) -> Moment | None:
    return moment if FIRST <= moment.day <= LAST else None


def _date_of(found: re.Match[str], order: str) -> datetime.date | None:
    """Return the date of three numbers in an order; None if there is none."""
    first, second, third = found[1], found[3], found[4]
    if len(first) == 4:
        year, month, day = first, second, third
    elif order == "year-first":
        if len(third) > 2:
            return None
        year, month, day = first, second, third
    elif order == "month-first":
        month, day, year = first, second, third
    elif order == "day-first":
        day, month, year = first, second, third
    else:
        return None
    if len(year) not in (2, 4) or len(day) > 2 or len(month) > 2:
        return None
    return _day(int(year), int(month), int(day), len(year) == 2)


def _day(year: int, month: int, day: int, short: bool = False) -> datetime.date | None:
    if short:
        year += 2000 if year < 70 else 1900
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _month(name: str) -> int:
    plain = name.casefold()
    return next(number for number, starts in enumerate(_MONTHS, 1) if plain.startswith(starts))


def say_ways(value: str, options: Sequence[str]) -> str:
    """Say how a date can be read: '1 February 2020 or 2 January 2020'."""
    read = partial(read_moment, value)
    found: Mapping[str, Moment | None] = {order: read(order) for order in options}
    days = [moment.day for moment in found.values() if moment]
    return " or ".join(f"{day.day} {_NAMES[day.month - 1]} {day.year}" for day in days)


_NAMES = "January February March April May June July August September October November December".split()
