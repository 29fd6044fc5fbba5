"""What a user says about the files, by options or in a file: what can't be read off them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from zerosum.crm.profiles import KINDS, SYSTEMS, load_profile
from zerosum.crm.tables import OUTCOMES, SOURCE_KINDS, TYPES
from zerosum.errors import InputError

ORDERS = ("day-first", "month-first", "year-first")
DECIMALS = ("point", "comma")
AMOUNTS = ("annual", "monthly", "total")
FILE_KINDS = (*KINDS, "ignore")


@dataclass(frozen=True)
class Choices:
    """What the user says; what isn't said is empty.

    Attributes
    ----------
    system, encoding, timezone, dates, decimal, amounts, currency : str
    term : float
        months of a contract, for total amounts; 0: not said
    as_of : date, optional
        of the export
    kinds, columns, stages, reasons, types, sources, same : mapping of str to str
        file -> kind; column -> meaning; and words -> what they mean; a name -> the name it should be
    rates : mapping of str to float
        a currency -> what one of it is worth
    queues : tuple of str
        owners that are no persons
    """

    system: str = ""
    encoding: str = ""
    timezone: str = ""
    dates: str = ""
    decimal: str = ""
    amounts: str = ""
    currency: str = ""
    term: float = 0.0
    as_of: datetime.date | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)
    queues: tuple[str, ...] = ()

    def said(self) -> dict[str, Any]:
        """Return what was said, for the record."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        found["as_of"] = self.as_of.isoformat() if self.as_of else ""
        return {name: value for name, value in found.items() if value}


_PAIRS: Mapping[str, tuple[str, Sequence[str]]] = {
    "kinds": ("--as", FILE_KINDS),
    "stages": ("--stage", OUTCOMES),
    "reasons": ("--reason", OUTCOMES[2:]),
    "types": ("--type", TYPES),
    "sources": ("--source", SOURCE_KINDS),
    "columns": ("--map", ()),
    "same": ("--same", ()),
    "rates": ("--rate", ()),
}
"""Options of the form LEFT=RIGHT, and what may stand on the right."""
_ONE_OF: Mapping[str, Sequence[str]] = {
    "system": SYSTEMS,
    "dates": ORDERS,
    "decimal": DECIMALS,
    "amounts": AMOUNTS,
}
_EXAMPLES = {
    "kinds": '--as "people.csv=reps"',
    "stages": '--stage "Contract sent=open"',
    "reasons": '--reason "Went dark=no_decision"',
    "types": '--type "Existing Business=renewal"',
    "sources": '--source "Trade show=inbound"',
    "columns": '--map "Deal value=amount"',
    "same": '--same "GTXPro=GTX Pro"',
    "rates": "--rate EUR=1.08",
}


def make_choices(given: Mapping[str, Any]) -> Choices:
    """Check what options say, and put it together; ``given["columns"]`` may name files of choices.

    Raises
    ------
    InputError
        names the option, what is allowed, and the nearest
    """
    made = Choices()
    pairs, paths = list[str](), list[str]()
    for text in given.get("columns", ()):
        (paths if text.lower().endswith(".toml") and "=" not in text else pairs).append(text)
    for path in paths:
        made = _add(made, _read_file(path), path)
    return _add(made, {**given, "columns": pairs}, "")


def _add(made: Choices, given: Mapping[str, Any], source: str) -> Choices:
    changed: dict[str, Any] = {}
    for name, value in given.items():
        if name in _PAIRS:
            pairs = value.items() if isinstance(value, Mapping) else _split(name, value)
            changed[name] = {
                **getattr(made, name),
                **{left: _right(name, left, right) for left, right in pairs},
            }
        elif name in _ONE_OF:
            if value:
                changed[name] = _one_of(f"--{name} {value}", str(value), _ONE_OF[name])
        elif name == "as_of":
            changed[name] = _date(value) or made.as_of
        elif name == "term":
            changed[name] = _number(f"--term {value}", value, 1, 600) if value else made.term
        elif name == "queues":
            changed[name] = (*made.queues, *value)
        elif name == "currency":
            changed[name] = currency_of(str(value), "--currency") if value else made.currency
        elif name == "timezone":
            changed[name] = _zone(str(value)) if value else made.timezone
        elif name == "encoding":
            changed[name] = str(value or made.encoding)
        else:
            near = _nearest(name, [one.name for one in fields(Choices)])
            raise InputError(f"{source}: '{name}' is no key of such a file{near}")
    return replace(made, **changed)


def _read_file(path: str) -> Mapping[str, Any]:
    from zerosum.files import read_toml

    found = read_toml(Path(path), "a mapping file")
    for name, value in found.items():
        if (name in _PAIRS) != isinstance(value, Mapping) and name != "queues":
            form = f"a table, [{name}]" if name in _PAIRS else f'text, such as {name} = "…"'
            raise InputError(f"{path}: '{name}' must be {form}")
        if name == "queues" and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise InputError(f"{path}: 'queues' must be a list of names")
    return found


def _split(name: str, texts: Iterable[str]) -> Iterable[tuple[str, str]]:
    option, _ = _PAIRS[name]
    for text in texts:
        left, equals, right = text.rpartition("=")
        if not (equals and left.strip() and right.strip()):
            raise InputError(f"{option} {text!r}: write two sides with = between, as in {_EXAMPLES[name]}")
        yield left.strip(), right.strip()


def _right(name: str, left: str, right: Any) -> Any:
    option, allowed = _PAIRS[name]
    said = f'{option} "{left}={right}"'
    if name == "rates":
        currency_of(left, option)
        return _number(said, right, 1e-9, 1e9)
    if name == "columns":
        return check_meaning(str(right), said)
    return _one_of(said, str(right), allowed) if allowed else str(right)


def check_meaning(meaning: str, said: str) -> str:
    """Return a meaning, such as ``close`` or ``reps.start``.

    Raises
    ------
    InputError
        if there is no such meaning
    """
    plain = meaning.strip().lower().replace(" ", "_").replace("-", "_")
    kind, dot, name = plain.rpartition(".")
    headers = load_profile().headers
    known = meanings()
    allowed = [*headers.get(kind, {}), "name"] if dot else known
    if (dot and kind not in headers) or (name not in allowed and name != "ignore"):
        listed = ", ".join([*sorted(known), "ignore"])
        raise InputError(f"{said}: '{meaning}' is no meaning{_nearest(name, allowed)}; allowed: {listed}")
    return plain


def meanings() -> list[str]:
    """Return every meaning that a column of opportunities or of a file beside them can have."""
    found: dict[str, None] = {}
    for system in ("", *SYSTEMS):
        for kind in load_profile(system).headers.values():
            found |= dict.fromkeys(kind)
    return list(found)


def currency_of(text: str, option: str) -> str:
    """Return a currency's code."""
    if not re.fullmatch(r"[A-Za-z]{3}", text.strip()):
        raise InputError(f"{option} {text}: a currency is a code of three letters, such as EUR")
    return text.strip().upper()


def _one_of(said: str, value: str, allowed: Sequence[str]) -> str:
    plain = (
        value.strip().lower().replace("_", "-") if allowed in (ORDERS, DECIMALS) else value.strip().lower()
    )
    if plain not in allowed and plain.replace(" ", "_").replace("-", "_") in allowed:
        plain = plain.replace(" ", "_").replace("-", "_")
    if plain not in allowed:
        raise InputError(f"{said}: '{value}' is not one of {', '.join(allowed)}{_nearest(plain, allowed)}")
    return plain


def _number(said: str, value: Any, low: float, high: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"{said}: '{value}' is not a number; write it with a point, such as 1.08") from None
    if not low <= number <= high:
        raise InputError(f"{said}: it must be a number from {low:g} to {high:g}")
    return number


def _date(value: Any) -> datetime.date | None:
    if not value or isinstance(value, datetime.date):
        return value or None
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        raise InputError(f"--as-of {value}: write the date as 2025-03-31") from None


def _zone(value: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(value)
    except (OSError, ValueError, LookupError):
        near = _nearest(value, sorted(available_timezones()))
        raise InputError(
            f"--timezone {value}: there is no such time zone{near}, as in Europe/Berlin"
        ) from None
    return value


def _nearest(word: str, allowed: Iterable[str]) -> str:
    near = get_close_matches(word, list(allowed), 1)
    return f"; did you mean {near[0]}?" if near else ""
