"""Read amounts of money: decimal comma or point, symbols, thousands, brackets; and make them annual, in one currency.

Whether 1.234 is a thousand or one and a bit is decided by the whole file, and asked where the file can't tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

SYMBOLS = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₩": "KRW",
    "₽": "RUB",
    "zł": "PLN",
    "R$": "BRL",
    "$": "$",
}
"""What a symbol stands for. ``$`` is said later, because several currencies have it."""
_UNITS = {"k": 1e3, "tsd": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "mm": 1e6, "b": 1e9, "bn": 1e9}
_FORM = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[+-])?\s*(?P<before>[^\d\s().,'+-]{1,4}|[A-Za-z]{3})?\s*(?P<sign2>[+-])?\s*"
    r"(?P<number>[\d][\d.,' ]*|[.,]\d+)\s*(?P<unit>tsd|mio|mn|mm|bn|[kmb])?\.?\s*(?P<after>[^\d\s().,'+-]{1,4})?"
    r"\s*(?P<minus>-)?\s*(?P<close>\))?",
    re.IGNORECASE,
)
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.]\d+)?e[+-]?\d+", re.IGNORECASE)
_PLAIN = r"\d+(?:\.\d{1,2})?"
"""Numbers that nearly all are, read at once."""
KIND_OF_HEADER = {
    "annual": (
        "acv",
        "arr",
        "annualcontractvalue",
        "annualrecurringrevenue",
        "hsacv",
        "hsarr",
        "annualamount",
    ),
    "monthly": ("mrr", "monthlyrecurringrevenue", "hsmrr", "monthlyamount"),
    "total": ("tcv", "totalcontractvalue", "hstcv"),
}
"""What amounts are -> headers that say so."""


@dataclass
class Sign:
    """Which sign is the decimal one, and how that is known.

    Attributes
    ----------
    sign : str
        "point", "comma", or empty: it doesn't matter, or can't be known
    why : str
    ambiguous : str
        a value that could be both
    """

    sign: str = ""
    why: str = ""
    ambiguous: str = ""


@dataclass
class Amounts:
    """A column of amounts.

    Attributes
    ----------
    values : Series of float
    symbols : Series of str
        currencies that stand beside the numbers; missing if none
    unreadable : array of bool
    """

    values: pd.Series
    symbols: pd.Series
    unreadable: np.ndarray


def find_sign(values: Iterable[str], given: str = "") -> Sign:
    """Find the decimal sign of a file's amounts.

    >>> find_sign(["1.234,56", "9000"]).why
    'because of 1.234,56'
    >>> find_sign(["1.234", "12.500"]).ambiguous
    '1.234'
    """
    if given:
        return Sign(given, "as you said (--decimal)")
    first: dict[str, str] = {}
    ambiguous = ""
    for value in values:
        sign = _sign_of(value)
        if sign == "either":
            ambiguous = ambiguous or value
        elif sign:
            first.setdefault(sign, value)
    if len(first) == 1:
        sign, shown = next(iter(first.items()))
        return Sign(sign, f"because of {shown}")
    if len(first) == 2:
        return Sign(
            "", f"{first['point']} has a decimal point, {first['comma']} a decimal comma", first["comma"]
        )
    return Sign("", "", ambiguous)


def _sign_of(value: str) -> str:
    """Return the decimal sign that a number must have: "point", "comma", "either", or empty: it has neither."""
    found = _FORM.fullmatch(" ".join(value.split()))
    if found is None:
        return ""
    digits = found["number"].replace(" ", "").replace("'", "")
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return "point" if digits.rfind(".") > digits.rfind(",") else "comma"
    if points + commas == 0:
        return ""
    mark = "." if points else ","
    here, other = ("point", "comma") if points else ("comma", "point")
    if points + commas > 1:
        return other
    left, _, right = digits.partition(mark)
    grouped = len(right) == 3 and 1 <= len(left) <= 3 and left.lstrip("0") != ""
    return "either" if grouped else here


def read_amounts(column: pd.Series, sign: str) -> Amounts:
    """Read a column of amounts with its decimal sign."""
    codes, unique = pd.factorize(column, use_na_sentinel=True)
    values = np.full(len(unique) + 1, np.nan)
    symbols: list[str | None] = [None] * (len(unique) + 1)
    unreadable = np.zeros(len(unique) + 1, dtype=bool)
    texts = pd.Series(unique, dtype=object).astype(str)
    plain = texts.str.fullmatch(_PLAIN if sign != "comma" else r"\d+").to_numpy(dtype=bool)
    values[:-1][plain] = texts[plain].astype(float)
    for at in np.flatnonzero(~plain):
        found = read_amount(texts[at], sign)
        if found is None:
            unreadable[at] = True
        else:
            values[at], symbols[at] = found
    known = pd.Series(np.array(symbols, dtype=object)[codes], index=column.index, dtype=object)
    return Amounts(pd.Series(values[codes], index=column.index), known, unreadable[codes])


def read_amount(text: str, sign: str = "") -> tuple[float, str | None] | None:
    """Return an amount and the currency beside it; None if it is no amount.

    >>> read_amount("1.234,56", "comma"), read_amount("£9000"), read_amount("250k"), read_amount("(1,200)", "point")
    ((1234.56, None), (9000.0, 'GBP'), (250000.0, None), (-1200.0, None))
    """
    text = " ".join(text.split()).replace("−", "-").replace("’", "'")
    if _SCIENTIFIC.fullmatch(text):
        return float(text), None
    if text in ("-", "–", "n/a", "N/A", "null", "NULL", "None", "nan", "NaN", "#N/A", "--"):
        return np.nan, None
    found = _FORM.fullmatch(text)
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    currencies = [_currency(word) for word in (found["before"], found["after"]) if word]
    if None in currencies or len(currencies) > 1:
        return None
    digits = found["number"].replace(" ", "").replace("'", "")
    own = _sign_of(text)
    if own in ("point", "comma") and sign and own != sign:
        return None
    mark = {"point": ".", "comma": ","}.get(sign or (own if own != "either" else ""), ".")
    digits = digits.replace("," if mark == "." else ".", "").replace(mark, ".")
    try:
        value = float(digits)
    except ValueError:
        return None
    negative = bool(found["open"]) or "-" in (found["sign"], found["sign2"], found["minus"])
    value *= _UNITS.get((found["unit"] or "").lower(), 1.0)
    return (-value if negative else value), (currencies[0] if currencies else None)


def _currency(word: str) -> str | None:
    word = word.strip()
    if word in SYMBOLS:
        return SYMBOLS[word]
    if word.endswith("$") and len(word) <= 3:  # US$, C$, A$
        return {"US$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD"}.get(
            word.upper()
        )
    return word.upper() if re.fullmatch(r"[A-Za-z]{3}", word) else None
