"""What headers and words mean in each CRM system: a TOML file for each, and ``common.toml`` for all.

A system's words come before the common ones. Headers are compared by :func:`key_of`.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

SYSTEMS = ("salesforce", "hubspot", "dynamics", "pipedrive")
KINDS = ("opportunities", "reps", "accounts", "stages", "prices", "closes")
"""Kinds of files. ``closes`` is Dynamics 365's table of results."""


@dataclass(frozen=True)
class Profile:
    """A system's headers and words.

    Attributes
    ----------
    system, name : str
        for ``--system``, and on screen
    signs : frozenset of str
        keys of headers that this system alone has
    prefix : str
        what each header begins with, and is dropped
    headers : mapping of kind to meaning to keys
        the first that a table has is taken
    words : mapping of column to value to words
        what cells mean, casefolded; of reasons, pieces
    """

    system: str
    name: str
    signs: frozenset[str]
    prefix: str
    headers: Mapping[str, Mapping[str, Sequence[str]]]
    words: Mapping[str, Mapping[str, Sequence[str]]]

    def key(self, header: str) -> str:
        """Return the key by which a header is compared."""
        return key_of(header.removeprefix(self.prefix))


def key_of(header: str) -> str:
    """Return a header without case, spaces and punctuation.

    >>> key_of("Close Date"), key_of("close_date"), key_of("Probability (%)")
    ('closedate', 'closedate', 'probability')
    """
    plain = unicodedata.normalize("NFKC", header).casefold()
    return "".join(character for character in plain if character.isalnum())


@cache
def load_profile(system: str = "") -> Profile:
    """Load a system's profile; of no system, what is common to all."""
    common = _read("common")
    own = _read(system) if system else {}
    headers = {kind: _merged(own.get(kind, {}), common.get(kind, {}), key=True) for kind in KINDS}
    words = {
        column: _merged(own.get("words", {}).get(column, {}), common["words"].get(column, {}))
        for column in common["words"]
    }
    prefix = own.get("prefix", "")
    signs = frozenset(key_of(sign) for sign in own.get("signs", ()))
    return Profile(system, own.get("name", "no system that is known"), signs, prefix, headers, words)


def _merged(
    own: Mapping[str, Sequence[str]], common: Mapping[str, Sequence[str]], key: bool = False
) -> dict[str, list[str]]:
    """Return a system's words before the common ones; a word that means one thing in a system means it alone."""
    make = key_of if key else str.casefold
    found = {name: [make(word) for word in words] for name, words in own.items()}
    taken = {word for words in found.values() for word in words}
    for name, words in common.items():
        found.setdefault(name, []).extend(word for word in map(make, words) if key or word not in taken)
    return found


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))
