"""Recognize which system a file comes from, what its rows are, and what each column means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from zerosum.crm.choices import Choices
from zerosum.crm.profiles import SYSTEMS, Profile, key_of, load_profile
from zerosum.crm.read import TextTable
from zerosum.crm.understood import Understood, shorten
from zerosum.errors import InputError

ENOUGH_SIGNS = 2
"""Headers of its own by which a system is recognized."""
_RESULT = {"stage", "outcome", "is_won", "won_at"}
_DEAL = {"account", "owner", "name", "amount", "created", "close", "closed", "expected_close"}
_QUARTER = re.compile(
    r"\b(?:q\s?([1-4])[\s\-/_]*(?:fy)?[\s\-/_]*(20\d\d|\d\d)|(?:fy)?(20\d\d|\d\d)[\s\-/_]*q\s?([1-4]))\b",
    re.IGNORECASE,
)


@dataclass
class Recognized:
    """A table, and what it holds.

    Attributes
    ----------
    table : TextTable
    kind : str
        one of `zerosum.crm.profiles.KINDS`, "ignore", or empty: unknown
    profile : Profile
    columns : dict of str to str
        meaning -> column
    """

    table: TextTable
    kind: str
    profile: Profile
    columns: dict[str, str]

    def get(self, meaning: str) -> pd.Series | None:
        """Return a column by its meaning; None if there is none."""
        column = self.columns.get(meaning)
        return None if column is None else self.table.data[column]

    def named(self, meaning: str) -> str:
        """Return the column's name, for messages."""
        return self.columns.get(meaning, meaning)


def recognize(tables: Sequence[TextTable], choices: Choices, understood: Understood) -> list[Recognized]:
    """Recognize all tables; say what was recognized, and how.

    Raises
    ------
    InputError
        if an option names a file or a column that isn't there, or there are no opportunities
    """
    _check_names(tables, choices)
    systems = {id(table): _system_of(table) for table in tables}
    strongest = max(systems.values(), key=lambda found: found[1], default=("", 0))
    found = []
    for table in tables:
        own, signs = systems[id(table)]
        system = choices.system or own or strongest[0]
        profile = load_profile(system)
        kind = _kind_said(table, choices)
        if not kind:
            kind = _kind_of(table, profile, choices)
        columns = match_columns(table, profile, kind, choices) if kind in profile.headers else {}
        found.append(Recognized(table, kind, profile, columns))
        how = "as you said (--system)" if choices.system else f"by {signs} of its headers" if own else ""
        if kind == "opportunities":
            understood.say(
                "system", f"{table.name}: {profile.name}", how or "by common names of columns", "--system"
            )
    _say_files(found, understood)
    if not any(one.kind == "opportunities" for one in found):
        _refuse(found)
    return found


def _check_names(tables: Sequence[TextTable], choices: Choices) -> None:
    names = {name for table in tables for name in (table.file, table.sheet, table.name) if name}
    for file in choices.kinds:
        if file not in names:
            raise InputError(
                f'--as "{file}={choices.kinds[file]}": there is no such file{_near(file, names)}'
            )
    columns = {column for table in tables for column in table.columns}
    keys = {key_of(column) for column in columns}
    for column, meaning in choices.columns.items():
        if column not in columns and key_of(column) not in keys:
            raise InputError(
                f'--map "{column}={meaning}": no file has a column of this name{_near(column, columns)}; '
                f"there are {shorten(sorted(columns), 30)}"
            )


def _system_of(table: TextTable) -> tuple[str, int]:
    """Return the system that a table comes from (empty: none is recognized), and how many headers say so."""
    best, most = "", 0
    keys = {key_of(column) for column in table.columns}
    for system in SYSTEMS:
        profile = load_profile(system)
        count = len(keys & profile.signs)
        if profile.prefix:
            prefixed = sum(column.startswith(profile.prefix) for column in table.columns)
            count += 10 * prefixed if prefixed >= ENOUGH_SIGNS else 0
        if count >= ENOUGH_SIGNS and count > most:
            best, most = system, count
    return best, most if most < 10 else len(table.data.columns)


def _kind_said(table: TextTable, choices: Choices) -> str:
    return next(
        (choices.kinds[name] for name in (table.name, table.sheet, table.file) if name in choices.kinds), ""
    )


def _kind_of(table: TextTable, profile: Profile, choices: Choices) -> str:
    """Return what a table's rows are, by the meanings of its columns; empty if it can't be told."""

    def held(kind: str) -> set[str]:
        return set(match_columns(table, profile, kind, choices))

    deals, changes, people = held("opportunities"), held("stages"), held("reps")
    result = bool(deals & _RESULT)
    if {"id", "stage", "entered"} <= changes and not deals & {"account", "owner", "name", "outcome"}:
        return (
            "opportunities"
            if deals & {"amount", "close"} and _is_unique(table, profile, choices)
            else "stages"
        )
    if {"id", "close_activity"} <= held("closes") and not deals & {"account", "owner", "stage", "amount"}:
        return "closes"
    if result and len(deals & _DEAL) >= 2:
        return "opportunities"
    quarters = any(quarter_of(column) for column in table.columns)
    person = quarters or people & {"start", "end", "base", "quota", "segment", "manager"}
    firm = "account" in held("accounts") and not (quarters or people & {"quota", "base", "end", "manager"})
    if not result and people & {"owner", "owner_id"} and person and not firm:
        return "reps"
    if not result and {"product", "price"} <= held("prices") and not deals & {"account", "owner"}:
        return "prices"
    if not result and "account" in held("accounts") and len(held("accounts")) > 1:
        return "accounts"
    return ""


def _is_unique(table: TextTable, profile: Profile, choices: Choices) -> bool:
    """Return whether each id stands in one row, as in a table of deals, and not in one for each save."""
    ids = table.data[match_columns(table, profile, "stages", choices)["id"]].dropna()
    return bool(len(ids)) and not bool(ids.duplicated().any())


def match_columns(table: TextTable, profile: Profile, kind: str, choices: Choices) -> dict[str, str]:
    """Return meaning -> column: what the user says, then the system's headers, then common ones."""
    keys: dict[str, str] = {}
    for column in table.columns:
        keys.setdefault(profile.key(column), column)
    plain = {key_of(column): column for column in table.columns}
    found, taken = dict[str, str](), set[str]()
    for column, meaning in choices.columns.items():
        actual = column if column in table.columns else plain.get(key_of(column))
        if actual is None:
            continue
        of, dot, name = meaning.rpartition(".")
        if not dot or of == kind:
            taken.add(actual)
            if name != "ignore":
                found[name] = actual
    for meaning, listed in profile.headers.get(kind, {}).items():
        if meaning in found:
            continue
        free = next((keys[key] for key in listed if key in keys and keys[key] not in taken), None)
        if free is not None:
            found[meaning] = free
            taken.add(free)
    if kind == "opportunities" and "stage_category" in found:
        del found["stage_category"]
    return found


def quarter_of(header: str) -> tuple[int, int] | None:
    """Return the year and quarter that a header names.

    >>> quarter_of("Quota Q1 2025"), quarter_of("2025-Q3"), quarter_of("FY25 Q4"), quarter_of("Quota")
    ((2025, 1), (2025, 3), (2025, 4), None)
    """
    found = _QUARTER.search(header.replace("_", " "))
    if found is None:
        return None
    quarter, year = int(found[1] or found[4]), int(found[2] or found[3])
    return (year if year > 100 else 2000 + year), quarter


# --- What is said of it ---------------------------------------------------------------------------------------------

_MEANS = {
    "opportunities": "opportunities",
    "reps": "reps",
    "accounts": "accounts",
    "stages": "stage history",
    "prices": "price list",
    "closes": "results of opportunities",
    "ignore": "left out, as you said",
    "": "not recognized, so left out",
}


def _say_files(found: Sequence[Recognized], understood: Understood) -> None:
    for one in found:
        form = one.table.form
        how, why = form["encoding"], form["encoding_why"]
        if form["delimiter"]:
            how = f"{how.replace('-sig', ' with a mark')}, {form['delimiter']}"
            how += "" if how.startswith("utf-8") else f"; {why}"
        kind = "--as" if one.kind in ("", "ignore") else ""
        rows = f"{len(one.table.data):,} rows"
        understood.say(
            "file", f"{one.table.name}: {_MEANS[one.kind]}, {rows}", how, kind, form.get("sample", "")
        )
        if one.kind not in ("", "ignore"):
            pairs = [f"{column} = {meaning}" for meaning, column in one.columns.items()]
            unread = [column for column in one.table.columns if column not in one.columns.values()]
            if one.kind == "reps":
                pairs += [f"{column} = quota" for column in unread if quarter_of(column)]
                unread = [column for column in unread if not quarter_of(column)]
            left = f"not read: {shorten(unread, 8)}" if unread else ""
            understood.say("columns", ", ".join(pairs), left, '--map "COLUMN=meaning"')
        understood.rejects += one.table.rejects


def _refuse(found: Sequence[Recognized]) -> None:
    """Raise an error: no table has opportunities."""
    said, unknown = [], False
    for one in found:
        columns = set(match_columns(one.table, one.profile, "opportunities", Choices()))
        if one.kind:
            name = one.table.name
            said.append(f'{name} holds {_MEANS[one.kind]} (if not, add --as "{name}=opportunities")')
            continue
        lacking = [words for meanings_, words in _NEEDED if not meanings_ & columns]
        said.append(f"{one.table.name}: no column was recognized that holds {', '.join(lacking) or 'deals'}")
        unknown = True
    listed = ", ".join(sorted(load_profile().headers["opportunities"]))
    how = (
        'If a column holds one of these under another name, add --map "COLUMN=meaning", such as '
        f'--map "Result=outcome". Meanings: {listed}'
    )
    raise InputError("; ".join(said) + ". " + (how if unknown else "Name the file of opportunities, too"))


_NEEDED = (
    (_RESULT, "an outcome (a stage or a status)"),
    ({"created", "close", "closed", "won_at"}, "dates (created, closed)"),
    ({"amount", "line_amount"}, "amounts"),
    ({"owner"}, "owners"),
    ({"account"}, "accounts"),
)
"""Meanings, and what they are called."""


def _near(word: str, allowed: Iterable[str]) -> str:
    near = get_close_matches(word, list(allowed), 1)
    return f"; did you mean '{near[0]}'?" if near else ""


def lookup(words: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Turn value -> words around: word -> value."""
    return {word: value for value, listed in words.items() for word in listed}
