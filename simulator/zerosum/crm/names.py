"""The same thing under two spellings in two files: joined where only case, spaces and marks differ, else offered."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import pandas as pd

from zerosum.crm.choices import Choices
from zerosum.crm.profiles import key_of
from zerosum.crm.pseudonyms import normalize
from zerosum.crm.understood import Understood, shorten

MOST_COMPARED = 5_000
"""Names among which the nearest is sought."""
CLOSE = 0.8


def apply_same(column: pd.Series | None, choices: Choices) -> pd.Series | None:
    """Replace names by those that the user says they are (``--same``)."""
    if column is None or not choices.same:
        return column
    said = {normalize(one): other for one, other in choices.same.items()}
    meant = {
        one: said[normalize(str(one))] for one in column.dropna().unique() if normalize(str(one)) in said
    }
    return column.replace(meant) if meant else column


def match_names(
    column: pd.Series, known: Iterable[str], what: str, where: str, understood: Understood
) -> pd.Series:
    """Return a column with its names spelled as in another file; say what was joined, and what wasn't found.

    Parameters
    ----------
    column : Series
    known : iterable of str
        the other file's names
    what, where : str
        what they are, and what the other file is, for messages
    understood : Understood
    """
    names = list(dict.fromkeys(str(one) for one in known))
    exact, plain = set(names), {normalize(one): one for one in names}
    squeezed: dict[str, list[str]] = {}
    for one in names:
        squeezed.setdefault(key_of(one), []).append(one)
    used = [str(one) for one in column.dropna().unique()]
    joined: dict[str, str] = {}
    lacking: list[str] = []
    for one in used:
        if one in exact:
            continue
        if normalize(one) in plain:
            joined[one] = plain[normalize(one)]
        elif len(squeezed.get(key_of(one), ())) == 1 and key_of(one):
            joined[one] = squeezed[key_of(one)][0]
        else:
            lacking.append(one)
    if joined:
        shown = ", ".join(f"'{one}' is '{other}'" for one, other in list(joined.items())[:4])
        more = f" and {len(joined) - 4:,} more" if len(joined) > 4 else ""
        rows = int(column.isin(list(joined)).sum())
        why = "only case, spaces or marks differ"
        understood.say(
            what,
            f"{len(joined):,} spelled as in the {where} (in {rows:,} deals)",
            why,
            "--same",
            shown + more,
        )
    if lacking:
        rows = int(column.isin(lacking).sum())
        near = _nearest(lacking, names)
        shown = "; ".join(f'--same "{one}={other}"' for one, other in near) if near else shorten(lacking, 4)
        words = f"{len(lacking):,} of {len(used):,} not found in the {where} (in {rows:,} deals)"
        understood.say(what, words, "they stay as they are", "--same" if near else "", shown)
        understood.find(
            f"{what} that the {where} lacks",
            rows,
            len(column),
            f"What the {where} says of them (such as a segment or a price) isn't known for these deals.",
            f"Spell them alike in the CRM system, or add them to the {where}; or say so with --same.",
        )
    return column.replace(joined) if joined else column


def _nearest(lacking: list[str], names: list[str]) -> list[tuple[str, str]]:
    if len(names) > MOST_COMPARED:
        return []
    found = []
    for one in lacking[:200]:
        if near := get_close_matches(one, names, 1, CLOSE):
            found.append((one, near[0]))
    return found[:6]
