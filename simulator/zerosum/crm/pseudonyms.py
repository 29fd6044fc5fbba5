"""Pseudonyms for names: the same name and key give the same pseudonym; without the key nobody can check a guess.

A pseudonym is the beginning of HMAC-SHA-256 of the name, in letters and digits that are hard to confuse, such as
``rep-7kq2m``. The key lies in the user's data folder, readable by that user alone, and never beside the tables.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from zerosum.errors import InputError, StoreError

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTHS = {"rep": 5}
LENGTH = 8
"""Letters of a pseudonym; of reps, who are few, five. Two names that begin alike get more, both of them."""
KEY = re.compile(r"[0-9a-f]{64}")
SHORTEST = 3
"""Letters of a name that is looked for in other columns; of other alphabets one less."""


def load_key(path: Path | None = None) -> bytes:
    """Load the key; make one if there is none in the user's data folder.

    Parameters
    ----------
    path : Path, optional
        a key file to share a key with others; made if it doesn't exist

    Raises
    ------
    InputError
        if a file isn't a key
    StoreError
        if a new key can't be written
    """
    if path is None:
        import platformdirs

        path = Path(platformdirs.user_data_dir("zerosum", appauthor=False)) / "pseudonyms.key"
    try:
        if not path.exists():
            _write_key(path)
        with open(path, "rb") as file:
            text = file.read(200).decode("ascii", "replace").strip()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StoreError(
            f"{path}: the key of pseudonyms can't be read or written ({reason}); --key FILE names another"
        ) from None
    if not KEY.fullmatch(text):
        raise InputError(
            f"{path}: this is no key of pseudonyms (64 hexadecimal digits); name a new file to make one"
        )
    return bytes.fromhex(text)


def _write_key(path: Path) -> None:
    """Write a new key, whole or not at all; a key that another process wrote meanwhile stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        except OSError:  # no hard links on this file system
            if not path.exists():
                os.replace(made, path)
    finally:
        Path(made).unlink(missing_ok=True)


def normalize(name: str) -> str:
    """Return a name as it is compared: without case, accents as one character, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def make_pseudonyms(names: Iterable[str], kind: str, key: bytes) -> dict[str, str]:
    """Return name -> pseudonym; spellings that differ in case and spaces only get the same one.

    >>> found = make_pseudonyms(["Ana Díaz", "ana  díaz", "李小龍"], "rep", b"key")
    >>> len(set(found.values())), found["Ana Díaz"].startswith("rep-")
    (2, True)
    """
    distinct = {name: normalize(name) for name in names}
    codes = {plain: _code(plain, kind, key) for plain in sorted(set(distinct.values()))}
    lengths = dict.fromkeys(codes, LENGTHS.get(kind, LENGTH))
    while True:
        groups: dict[str, list[str]] = {}
        for plain, code in codes.items():
            groups.setdefault(code[: lengths[plain]], []).append(plain)
        alike = [plain for group in groups.values() if len(group) > 1 for plain in group]
        if not alike:
            break
        for plain in alike:
            lengths[plain] += 3
    return {name: f"{kind}-{codes[plain][: lengths[plain]]}" for name, plain in distinct.items()}


def _code(plain: str, kind: str, key: bytes) -> str:
    digest = hmac.digest(key, f"{kind}\0{plain}".encode(), "sha256")
    return "".join(LETTERS[byte % len(LETTERS)] for byte in digest)


def apply_pseudonyms(column: pd.Series, pseudonyms: Mapping[str, str]) -> pd.Series:
    """Replace names by their pseudonyms; what is missing stays missing."""
    return column.map(dict(pseudonyms)).astype(pd.StringDtype(na_value=float("nan")))


class Hider:
    """Replaces names that stand within free text, such as a source, by their pseudonyms.

    Parameters
    ----------
    pseudonyms : mapping of name to pseudonym
    """

    def __init__(self, pseudonyms: Mapping[str, str]) -> None:
        plain = {normalize(name): shown for name, shown in pseudonyms.items()}
        self._by_plain = {
            name: shown for name, shown in plain.items() if len(name) >= SHORTEST - (not name.isascii())
        }

    def hide(self, column: pd.Series) -> pd.Series:
        """Return the column without names."""
        found: dict[str, str] = {}
        for text in (str(text) for text in column.dropna().unique()):
            plain = normalize(text)
            inside = sorted((name for name in self._by_plain if name in plain), key=len, reverse=True)
            hidden = plain
            for name in inside:
                hidden = re.sub(_whole(name), self._by_plain[name], hidden)
            if hidden != plain:
                found[text] = hidden
        return column.replace(found) if found else column


def _whole(name: str) -> str:
    """Return a pattern of a name as a word of its own; in scripts without spaces anywhere."""
    unspaced = any(unicodedata.east_asian_width(letter) == "W" for letter in name)
    return re.escape(name) if unspaced else rf"(?<!\w){re.escape(name)}(?!\w)"
