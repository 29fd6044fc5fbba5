"""Read what a person who works in spreadsheets writes: ``55%``, ``39.5k``, ``0,684``, ``95,000 €``, a CSV file.

Nothing is accepted that way, because ``95,000`` can mean two numbers. Errors say what to write instead.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

LARGEST = Decimal("1e15")
"""Larger numbers have no suggestion."""

LONGEST_LINE = 1_000
"""Longer lines are not explained."""

WEEKS = {
    "week": 1,
    "wk": 1,
    "month": None,
    "quarter": 13,
    "year": 52,
    "yr": 52,
    "day": None,
    "hour": None,
    "hr": None,
}
"""Unit of time -> its weeks; None if they are no whole number."""

_SUFFIXES = {"k": 3, "thousand": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "bn": 9, "billion": 9, "g": 9}
_QUOTES = "\"'\u201c\u201d\u201e\u2018\u2019"
_SPACES = "\u00a0\u2007\u202f\u2009 "
_SIGNS = r"(?:US\$|[$€£¥₹]|USD|EUR|GBP|CHF|JPY|INR|CAD|AUD)"
_NUMBER = re.compile(
    rf"""(?P<open>\()? \s* (?P<sign>[-+\u2212\u2013])? \s* (?P<before>{_SIGNS})? \s* (?P<minus>[-\u2212\u2013])?
    (?P<digits>\d(?:[\d.,'\u2019_{_SPACES}]*\d)?[.,]?|[.,]\d+) \s*
    (?:(?P<percent>%|percent\b|pct\b) | (?P<suffix>{"|".join(sorted(_SUFFIXES, key=len, reverse=True))})(?![a-z]))? \s*
    (?P<after>{_SIGNS})? \s* (?P<close>\))?
    (?: \s*(?P<unit>/?\s*[a-z]+(?:\s*/\s*[a-z]+)?) )?""",
    re.VERBOSE | re.IGNORECASE,
)
_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4}"
    r"|\d{1,2}\.? [A-Z][a-z]{2,8}\.? \d{4}"
)


class Number(NamedTuple):
    """A number as somebody wrote it."""

    value: Decimal
    """Per cent are divided by 100, thousands multiplied."""
    percent: str = ""
    """The number before a per cent sign, with a point."""
    suffix: str = ""
    currency: str = ""
    unit: str = ""
    separated: bool = False
    """It has separators of thousands."""
    comma: bool = False
    """It has a decimal comma."""
    other: Decimal | None = None
    """The other number that it can mean: ``95,000`` is 95000 or 95."""
    more: bool = False
    """It may be a change: ``+5%``."""

    @property
    def fault(self) -> str:
        """What a number can't have."""
        if self.percent:
            return "a number can't have a %"
        if self.suffix:
            return f"a number can't have '{self.suffix}' at its end"
        if self.currency:
            return f"a number can't have a currency ({self.currency})"
        if self.unit:
            return "a number stands without its unit"
        if self.separated:
            return "a number has no separators of thousands"
        return "a number has a point, not a comma" if self.comma else ""

    @property
    def or_more(self) -> str:
        """What to write if it was meant as a change; else empty."""
        return f", or the new value if you mean {self.percent} % more" * self.more

    @property
    def fix(self) -> str:
        """What to write instead."""
        if self.percent:
            return f"write {plain(self.value)} for {self.percent} %{self.or_more}"
        if self.other is not None:
            return f"write {plain(self.value)}, or {plain(self.other, True)} if the separator is the decimal point"
        return f"write {plain(self.value)}"


def plain(value: Decimal, point: bool = False) -> str:
    """Format a number as TOML, without an exponent; ``point``: always with a decimal point.

    >>> plain(Decimal("95000.0")), plain(Decimal("0.6840")), plain(Decimal(95), True)
    ('95000', '0.684', '95.0')
    """
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text}.0" if point and "." not in text else text or "0"


def read_number(text: str, groups: bool = False) -> Number | None:
    """Read a number as a spreadsheet would; None if the text is none.

    Parameters
    ----------
    text : str
    groups : bool
        A single point before three digits can separate thousands, as in an amount of money.

    Notes
    -----
    >>> read_number("39.5k").fix, read_number("68,4 %").fix, read_number("1.234.567,50 €").fix
    ('write 39500', 'write 0.684 for 68.4 %', 'write 1234567.5')
    >>> read_number("95,000").fix
    'write 95000, or 95.0 if the separator is the decimal point'
    >>> read_number("many") is None
    True
    """
    found = _NUMBER.fullmatch(text[:80].strip().strip(_QUOTES).strip())
    if found is None or bool(found["open"]) != bool(found["close"]) or (found["sign"] and found["minus"]):
        return None
    units = (found["unit"] or "").lower()
    currency = found["before"] or found["after"] or ""
    parts = _digits(found["digits"], groups or bool(currency))
    if parts is None:
        return None
    digits, other, separated, comma = parts
    try:
        value, second = Decimal(digits), Decimal(other) if other else None
    except InvalidOperation:
        return None
    negative = bool(found["sign"] and found["sign"] != "+") or bool(found["minus"] or found["open"])
    percent, suffix = found["percent"], found["suffix"]
    if percent and second is not None:
        value, second, separated, comma = second, None, False, True
    said = plain(-value if negative else value)
    scale = Decimal(10) ** (-2 if percent else _SUFFIXES[suffix.lower()] if suffix else 0)
    value, second = value * scale, None if second is None else second * scale
    if negative:
        value, second = -value, None if second is None else -second
    if abs(value) >= LARGEST:
        return None
    more = bool(percent) and found["sign"] == "+"
    return Number(
        value, said if percent else "", suffix or "", currency, units, separated, comma, second, more
    )


def _digits(text: str, groups: bool) -> tuple[str, str, bool, bool] | None:
    """Return the digits with a decimal point, the other reading, and whether there are separators or a comma."""
    bare = re.sub(rf"(?<=\d)[_'\u2019{_SPACES}](?=\d{{3}}(?!\d))", "", text)
    spaced = bare != text
    if not re.fullmatch(r"[\d.,]+", bare):
        return None
    commas, points = bare.count(","), bare.count(".")
    if not commas and not points:
        return bare, "", spaced, False
    if commas and points:
        decimal, thousands = (",", ".") if bare.rindex(",") > bare.rindex(".") else (".", ",")
        whole, _, rest = bare.rpartition(decimal)
        if not re.fullmatch(rf"\d{{1,3}}(?:\{thousands}\d{{3}})+", whole):
            return None
        return f"{whole.replace(thousands, '')}.{rest or '0'}", "", True, decimal == ","
    mark = "," if commas else "."
    in_groups = re.fullmatch(rf"[1-9]\d{{0,2}}(?:\{mark}\d{{3}})+", bare)
    if max(commas, points) > 1:
        return (bare.replace(mark, ""), "", True, False) if in_groups else None
    decimal_text = bare.replace(",", ".")
    decimal_text = f"0{decimal_text}" if decimal_text[0] == "." else decimal_text
    decimal_text += "0" if decimal_text[-1] == "." else ""
    if in_groups and (commas or groups):
        return bare.replace(mark, ""), decimal_text, True, False
    return decimal_text, "", spaced, bool(commas)


def looks_like_a_date(text: str) -> bool:
    """Return whether a text is a date as people write it.

    >>> looks_like_a_date("01/02/2027"), looks_like_a_date("0.5")
    (True, False)
    """
    return _DATE.fullmatch(text.strip().strip(_QUOTES)) is not None


# --- A line of TOML with a syntax error ------------------------------------------------------------------------------

_KEY = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_PAIR = re.compile(rf"\s*(?P<key>{_KEY}(?:\s*\.\s*{_KEY})*)\s*=(?P<value>.*)")
_WORD = r"[A-Za-z][\w .+-]*"
_NOTHING = re.compile(r"(none|null|nil|nan|inf|infinity)\b", re.IGNORECASE)
_YES, _NO = ("yes", "on", "y", "true"), ("no", "off", "n", "false")


def explain_line(line: str, column: int) -> str:
    """Say what is wrong in a line, and how to write it; empty if nothing is known about it.

    Parameters
    ----------
    line : str
        A line that isn't TOML.
    column : int
        Where the parser stopped, from 1.

    Notes
    -----
    >>> explain_line("buyers = 3,500", 11)
    'a number has no separators of thousands; write 3500, or 3.5 if the separator is the decimal point'
    >>> explain_line("buyers: 3500", 7)
    'this is YAML; write buyers = 3500, with = between key and value'
    """
    text = line.strip()
    if len(text) > LONGEST_LINE:
        return ""
    pair = _PAIR.fullmatch(line)
    if pair is None:
        return _no_pair(text)
    start = pair.start("value")
    whole = _without_comment(pair["value"])
    return _explain_value(pair["key"].strip(), whole.strip()) or _explain_value(
        "", _around(whole, max(0, column - 1 - start))
    )


def _without_comment(text: str) -> str:
    return text if re.search(r"[\"']", text) else text.partition("#")[0]


def _around(value: str, at: int) -> str:
    """Return the entry of a list or of an inline table that the parser stopped in."""
    if not re.match(r"\s*[\[{]", value):
        return ""
    left = max((value.rfind(mark, 0, at) for mark in "[{,="), default=-1)
    right = re.search(r"[\]},]", value[at:])
    return value[left + 1 : at + right.start() if right else len(value)].strip()


def _explain_value(key: str, value: str) -> str:
    if not value:
        return f"there is no value after '='; write {key} = and a value, or leave the line out" if key else ""
    number = read_number(value)
    if number is not None and (fault := number.fault):
        if number.unit:
            return f"{fault}; {_in_unit(number)}"
        return f"{fault}; {number.fix}"
    if looks_like_a_date(value):
        return "a date can't be written like this; time is counted in weeks: write their number"
    if re.fullmatch(r"[-+]?0\d+(\.\d+)?", value):
        return f"a number can't begin with 0; write {value.lstrip('0')}"
    if re.fullmatch(r"[-+]?\d+\.", value):
        return f"a number needs a digit after its point; write {value}0"
    if re.fullmatch(r"\([\d.]+\)", value):
        return f"a number stands without brackets; write {value[1:-1]}, or -{value[1:-1]} if it is negative"
    if value.startswith("="):
        return "there is one '=' too many, and a file can't calculate; write the number"
    if re.fullmatch(r"[~<>≈≤≥]=?\s*[\d.]+", value):
        return f"a number stands alone; write {value.lstrip('~<>≈≤≥= ')}"
    if between := re.fullmatch(r"(\d[\d.]*)\s*(?:-|–|to|\.\.|…)\s*(\d[\d.]*)", value):
        return f"this is a range, not a number; write one number, such as {between[1]} or {between[2]}"
    if re.search(r"\s(//|--|;|/\*)(\s|$)", value):
        return "a comment begins with #"
    if value[-1] in ";," and not re.search(r"[\[{]", value):
        return f"a line ends after its value; leave out the '{value[-1]}'"
    return _explain_words(key, value)


def _in_unit(number: Number) -> str:
    """Say what to write for ``3 years``."""
    word = number.unit.removesuffix("s")
    weeks = WEEKS.get(word)
    if weeks and weeks > 1:
        return f"write {plain(number.value)}, or {plain(number.value * weeks)} where weeks are counted"
    return f"write {plain(number.value)}"


def _explain_words(key: str, value: str) -> str:
    if _NOTHING.match(value):
        return ""
    if value.lower() in _YES + _NO and key:
        return f"'{value}': write {'true' if value.lower() in _YES else 'false'}, in small letters"
    words = [word.strip() for word in value.split(",")]
    if key and all(re.fullmatch(_WORD, word) for word in words):
        quoted = ", ".join(f'"{word}"' for word in words)
        if len(words) == 1:
            return f"text needs quotes; write {quoted}"
        return f"a list has brackets, and text has quotes; write [{quoted}]"
    if key and len(words) > 1 and all(re.fullmatch(r"[-+]?\d+(\.\d+)?", word) for word in words):
        return f"a list has brackets; write [{', '.join(words)}]"
    if re.match(rf"[^,=]+,\s*{_KEY}\s*=", value):
        return "each key has a line of its own; leave out the comma, and begin a new line there"
    return ""


def _no_pair(text: str) -> str:
    """Explain a line that isn't ``key = value``."""
    if text.startswith(("//", "--", ";", "/*", "'")):
        return "a comment begins with #"
    if text.startswith("[") and (head := re.fullmatch(r"(\[*)\s*([\w .\"'-]+?)\s*(\]*)\s*(?:#.*)?", text)):
        if len(head[1]) != len(head[3]):
            name = head[2]
            return f"the head of a table is not closed; write [{name}], or [[{name}]] if it is one of several rows"
        return ""
    if assigned := re.fullmatch(rf"({_KEY}(?:\.{_KEY})*)\s*:=\s*(.+)", text):
        return f"write {assigned[1]} = {assigned[2]}"
    if yaml := re.fullmatch(r"([\w.-]+)\s*:\s*(\S.*)?", text):
        if yaml[2] is None:
            return f"this is YAML; write [{yaml[1]}], in square brackets"
        return f"this is YAML; write {yaml[1]} = {yaml[2]}, with = between key and value"
    if spaced := re.fullmatch(r"([\w.-]+)\s+([-+\d.]+)", text):
        return f"there is no '=' after the key; write {spaced[1]} = {spaced[2]}"
    return ""


# --- A file of another program ---------------------------------------------------------------------------------------

_ZIPPED = {
    "xlsx": "an Excel workbook", "xlsm": "an Excel workbook", "ods": "an OpenDocument spreadsheet",
    "docx": "a Word document", "odt": "an OpenDocument text", "pptx": "a PowerPoint presentation",
    "numbers": "a Numbers spreadsheet", "pages": "a Pages document",
}  # fmt: skip
_INSIDE = {
    b"xl/": "xlsx", b"word/": "docx", b"ppt/": "pptx", b"opendocument.spreadsheet": "ods", b"opendocument.text": "odt",
    b"Index/": "numbers",
}  # fmt: skip
_BEGINS = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Excel or Word file",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a compressed file",
    b"{\\rtf": "a rich-text document",
    b"SQLite format 3": "a database",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
}


def name_program_file(content: bytes, source: str = "") -> str:
    """Return what a file of another program is, by its first bytes; empty if it is none that is known.

    >>> name_program_file(b"%PDF-1.7 ...")
    'a PDF'
    """
    if content.startswith(b"PK\x03\x04"):
        ending = source.rpartition(".")[2].lower()
        ending = (
            ending if ending in _ZIPPED else next((e for sign, e in _INSIDE.items() if sign in content), "")
        )
        return f"{_ZIPPED[ending]} (.{ending})" if ending else "a zip archive"
    return next((what for start, what in _BEGINS.items() if content.startswith(start)), "")


def name_text_file(text: str, source: str = "") -> str:
    r"""Return what a text in another format is; empty if it may be TOML with an error.

    >>> name_text_file("strategy;calls\nusual;5\n"), name_text_file('{"a": 1}')
    ('a table (CSV)', 'JSON')
    """
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()][:3]
    if not lines:
        return ""
    first = lines[0].strip()
    if first.startswith(("{", '[{"')):
        return "JSON"
    if re.match(r"<(!doctype|\?xml|html|[a-z]+[ >])", first, re.IGNORECASE):
        return "a web page or XML"
    if "=" in first:
        return ""
    ending = source.rpartition(".")[2].lower()
    for mark in "\t;,":
        counts = {line.count(mark) for line in lines}
        if (
            counts == {lines[0].count(mark)}
            and min(counts) > 0
            and (len(lines) > 1 or ending in ("csv", "tsv"))
        ) or (ending in ("csv", "tsv") and mark in first):
            return "a table (CSV)"
    if ending in ("yaml", "yml") or first == "---":
        return "YAML"
    return "a table (CSV)" if ending in ("csv", "tsv") else ""
