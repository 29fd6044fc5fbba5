"""Names of people and companies that don't exist: made of lists, the same for the same run.

About one name in four has letters that only another alphabet, or no plain ASCII text, can write: readers of exports
have to bear them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from zerosum.crm.addressed import choose, uniforms

MOST_ATTEMPTS = 100


@dataclass(frozen=True)
class _Words:
    """A row of ``fictitious.toml``: words in order of use."""

    weight: int
    parts: Sequence[Sequence[str]]
    between: str
    family_first: bool


def make_people(key: str, items: Iterable[object]) -> list[str]:
    """Return a name for each item, no two alike.

    Parameters
    ----------
    key : str
        which run
    items : iterable
        addresses, such as seat and week of hiring

    Returns
    -------
    list of str

    Examples
    --------
    >>> make_people("seed 1", range(3)) == make_people("seed 1", range(3))
    True
    """
    listed, taken, named = list(items), set[str](), []
    rows = _rows("people")
    for item in listed:
        for attempt in range(MOST_ATTEMPTS):
            at = uniforms(key, "person", [f"{item}/{attempt}/{part}" for part in range(3)])
            row = _weighted(rows, float(at[0]))
            words = [choose(part, float(place)) for part, place in zip(row.parts, at[1:], strict=True)]
            name = row.between.join(words[::-1] if row.family_first else words)
            if name not in taken:
                break
        else:
            name = f"{name} {_roman(len(taken))}"
        taken.add(name)
        named.append(name)
    return named


def make_companies(key: str, items: Iterable[object]) -> list[str]:
    """Return a company's name for each item, no two alike; see :func:`make_people`."""
    listed, taken, named = list(items), dict[str, int](), []
    rows = _rows("companies")
    places = uniforms(key, "company", [f"{item}/{part}" for item in listed for part in range(5)]).reshape(
        -1, 5
    )
    for place in places.tolist():
        row = _weighted(rows, place[0])
        first, trade, form = row.parts
        words = [choose(first, place[1]), choose(trade, place[2])]
        if row.between.join(words) in taken:
            words.insert(1, choose(first, place[4]))
        body = row.between.join(words)
        same = taken.get(body, 0)
        taken[body] = same + 1
        words = [*words, str(same + 1)] if same else words
        named.append(row.between.join([*words, choose(form, place[3])]).replace("_", " "))
    return named


@cache
def _rows(kind: str) -> Sequence[_Words]:
    text = (files(__package__) / "fictitious.toml").read_text(encoding="utf-8")
    parts = {"people": ("given", "family"), "companies": ("first", "trade", "form")}[kind]
    return [
        _Words(
            row["weight"],
            [row[part].split() for part in parts],
            row.get("between", " "),
            row.get("family_first", False),
        )
        for row in tomllib.loads(text)[kind]
    ]


def _weighted(rows: Sequence[_Words], at: float) -> _Words:
    """Return the row at a place in [0, 1), each as wide as its weight."""
    left = at * sum(row.weight for row in rows)
    for row in rows:
        left -= row.weight
        if left < 0:
            return row
    return rows[-1]


def _roman(number: int) -> str:
    """Return a number as on a coronation: the 12th of a name is XII."""
    parts = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"))
    found = ""
    for size, sign in (*parts, (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        found += sign * (number // size)
        number %= size
    return found
