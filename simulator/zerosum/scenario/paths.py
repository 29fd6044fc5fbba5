"""Parse and format the keys of a scenario.

A *key* is text, as for ``--set``: ``vendors.Alder.reps``. Its *path* has rows by number: ``("vendors", 0, "reps")``.
Several keys can have the same path (row by name or by number, spaces, quotes). One of them is canonical: rows by
name, quotes only if needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

Path = tuple[str | int, ...]

_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^."'=]+?))\s*(\.|=|\Z)""")
_BARE = re.compile(r"[A-Za-z0-9_+-]([A-Za-z0-9_+ -]*[A-Za-z0-9_+-])?")


def value_at(values: Any, path: Path) -> Any:
    """Return the value at a path of some tables; None if there is none."""
    for part in path:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return None
    return values


def split_pair(text: str) -> tuple[list[str], str | None]:
    """Split ``a."b.c".d=value`` into the parts of its key and the text of its value.

    Returns
    -------
    list of str
        The parts, without quotes and surrounding spaces.
    str or None
        The text after ``=``; None if there is none.

    Raises
    ------
    ValueError
        If the text has no valid key.

    Notes
    -----
    >>> split_pair('a . "b.c"=1')
    (['a', 'b.c'], '1')
    """
    parts: list[str] = []
    position = 0
    while match := _PART.match(text, position):
        double, single, bare, end = match.groups()
        if bare is not None and not bare.strip():
            break
        parts.append(next(part for part in (double, single, bare) if part is not None))
        position = match.end()
        if end == "=":
            return parts, text[position:]
        if end == "":
            return parts, None
    raise ValueError(f"{text!r} is no key")


def split_key(key: str) -> list[str]:
    """Split a key into its parts.

    Raises
    ------
    ValueError
        If this is no key, or has a ``=``.

    Notes
    -----
    >>> split_key('vendors . "A. Elm".reps')
    ['vendors', 'A. Elm', 'reps']
    """
    parts, value = split_pair(key)
    if value is not None:
        raise ValueError(f"{key!r} is a key and a value")
    return parts


def write_key(parts: Iterable[str | int]) -> str:
    """Join parts to a key, unusual ones in quotes.

    >>> write_key(["vendors", "A. Elm", "reps"])
    'vendors."A. Elm".reps'
    """
    texts = (str(part) for part in parts)
    return ".".join(text if _BARE.fullmatch(text) else f'"{text}"' for text in texts)


def find_row(names: Sequence[str | None], parts: Sequence[str]) -> tuple[int, int] | None:
    """Find the row at the start of a key's parts.

    Parameters
    ----------
    names : sequence of str or None
        Names of the table's rows.
    parts : sequence of str
        Of the key, after the table's name.

    Returns
    -------
    (int, int) or None
        The row's number, and how many of the parts name it. A name may have dots: the longest match counts.
        A number is a row's number unless it is a row's name. None if there is no such row.
    """
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if name in names:
            return names.index(name), length
    first = parts[0] if parts else ""
    if first.isascii() and first.isdigit() and len(first) < 10 and int(first) < len(names):
        return int(first), 1
    return None


def meet(first: Path, second: Path) -> bool:
    """Return whether two paths are equal, or one is within the other."""
    shorter = min(len(first), len(second))
    return first[:shorter] == second[:shorter]
