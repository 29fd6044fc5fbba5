"""Read TOML and JSON files, or say in one sentence what is wrong.

All commands read files with these functions. So a pipe, a device, an endless file, a UTF-16 file or lists nested a
thousand deep give the same one-line error everywhere.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from typing import Any

from zerosum.errors import InputError

LARGEST = 2_000_000
"""Largest TOML file, in bytes: the parser takes a few seconds; our largest has 15,000."""

LARGEST_JSON = 1_000_000_000
"""Largest JSON file, in bytes: commands write them, with every point of a sweep."""

DEEPEST = 50
"""Maximum nesting of tables and lists; our files have at most six."""

MOST_KEY_PARTS = 50
"""Maximum parts of a dotted key. The parser's time grows with their square."""

LONGEST_EXCERPT = 120
"""Maximum characters of a wrong line in a message."""

WHOLE_LOW, WHOLE_HIGH = -(2**63), 2**63 - 1
"""Whole numbers that TOML allows."""


class UnreadableFile(InputError):
    """A file that can't be read; ``str()`` says which, what is wrong, and what is allowed.

    Attributes
    ----------
    source : str
        what the message calls the file
    wrong : str
        what is wrong, with line and column where they are known
    allowed : str
        what is allowed
    excerpt : str
        the line with the error
    missing : bool
        whether the file doesn't exist
    """

    def __init__(
        self, source: str, wrong: str, allowed: str = "", excerpt: str = "", missing: bool = False
    ) -> None:
        super().__init__(source, wrong, allowed, excerpt, missing)
        self.source, self.wrong, self.allowed = source, wrong, allowed
        self.excerpt, self.missing = excerpt, missing

    def __str__(self) -> str:
        line = printable(f"{self.source}: {self.wrong}" + (f"; {self.allowed}" if self.allowed else ""))
        return f"{line}\n    {printable(self.excerpt)}" if self.excerpt else line


def read_toml(path: str | os.PathLike[str], kind: str, source: str = "") -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    path : str or path
    kind : str
        What the file should be, with its article: ``a scenario``.
    source : str
        What errors call the file; its path if not given.

    Returns
    -------
    dict
        Tables of plain values: no more than ``DEEPEST`` levels, whole numbers of at most 64 bits.

    Raises
    ------
    UnreadableFile
        If it isn't a regular file, UTF-8 or TOML, or is too large.
    """
    source = source or os.fsdecode(path)
    return parse_toml(read_text(path, kind, source), kind, source)


def read_json(path: str | os.PathLike[str], kind: str, source: str = "") -> Any:
    """Read a JSON file, as :func:`read_toml` reads TOML. NaN and Infinity are refused: JSON has neither."""
    source = source or os.fsdecode(path)
    return parse_json(read_text(path, kind, source, LARGEST_JSON), kind, source)


def read_text(path: str | os.PathLike[str], kind: str, source: str = "", largest: int = LARGEST) -> str:
    """Return the text of a regular file, without its byte-order mark.

    Raises
    ------
    UnreadableFile
    """
    source = source or os.fsdecode(path)
    content = _content(path, kind, source, largest)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or _looks_like_utf_16(content):
        raise UnreadableFile(source, "the file is saved as UTF-16", "save it in the encoding UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if (other := _another_format(content, "", kind, source)) or b"\0" in content:
            raise other or _no_text(content, kind, source) from None
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            source, f"line {line} is not UTF-8 text", "save the file in the encoding UTF-8"
        ) from None
    if "\0" in text:
        raise _another_format(content, "", kind, source) or _no_text(content, kind, source)
    return text


class Grouped(float):
    """A number such as ``95.000``, whose point may be meant to separate thousands: no program ends decimals with 0."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{self:.3f}"


_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}\.\d\d0")


def _read_float(text: str) -> float:
    return Grouped(text) if _GROUPED.fullmatch(text) else float(text)


def parse_toml(text: str, kind: str, source: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises
    ------
    UnreadableFile
    """
    too_deep = UnreadableFile(source, f"this is nested too deeply to be {kind}")
    if _LONG_KEY.search(text):
        raise too_deep
    try:
        tables = tomllib.loads(text, parse_float=_read_float)
    except RecursionError:
        raise too_deep from None
    except ValueError as error:
        if other := _another_format(text.encode(errors="replace"), text, kind, source):
            raise other from None
        fault = _syntax_fault(error, text, source)
        if not source.lower().endswith(".toml") and re.search(r"\.\w+$", source):
            fault = UnreadableFile(
                source, fault.wrong, f"{kind} is a file in TOML, named .toml", fault.excerpt
            )
        raise fault from None
    for key, value, depth in _leaves(tables):
        if depth > DEEPEST:
            raise too_deep
        if type(value) is int and not WHOLE_LOW <= value <= WHOLE_HIGH:
            raise UnreadableFile(
                source,
                f"{key} = a number of about {int(value.bit_length() * 0.30103)} digits",
                "a whole number has at most 19 digits",
            )
    return tables


def parse_json(text: str, kind: str, source: str) -> Any:
    """Return the content of a JSON text.

    Raises
    ------
    UnreadableFile
    """

    def refuse(word: str) -> None:
        raise UnreadableFile(source, f"{word} stands where a number should: JSON doesn't know it")

    try:
        found = json.loads(text, parse_constant=refuse)
    except UnreadableFile:
        raise
    except RecursionError:
        raise UnreadableFile(source, f"this is nested too deeply to be {kind}") from None
    except json.JSONDecodeError as error:
        raise UnreadableFile(
            source, f"this is not JSON, or was cut short: line {error.lineno}, column {error.colno}"
        ) from None
    except ValueError:  # a number of more digits than Python converts
        raise UnreadableFile(source, "a number has far too many digits") from None
    if any(depth > DEEPEST for _, _, depth in _leaves(found)):
        raise UnreadableFile(source, f"this is nested too deeply to be {kind}")
    return found


def printable(text: str) -> str:
    """Escape control characters and broken Unicode, which could garble a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


# --- The bytes of a file --------------------------------------------------------------------------------------------

_KINDS = {
    stat.S_IFDIR: ("this is a folder", "name a file in it"),
    stat.S_IFIFO: ("this is a pipe, not a file", "write what it gives to a file, and name that"),
    stat.S_IFSOCK: ("this is a socket, not a file", "name a file"),
    stat.S_IFCHR: ("this is a device, not a file", "name a file"),
    stat.S_IFBLK: ("this is a device, not a file", "name a file"),
}

_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK")
)
"""Not blocking: a pipe that replaces the file after the check must not hang the command."""


def _content(path: str | os.PathLike[str], kind: str, source: str, largest: int) -> bytes:
    try:
        _must_be_regular(os.stat(path), kind, source, largest)
        with open(os.open(path, _FLAGS), "rb") as file:
            _must_be_regular(os.fstat(file.fileno()), kind, source, largest)
            content = file.read(largest + 1)
    except UnreadableFile:
        raise
    except (OSError, ValueError) as error:  # forbidden, too long, or with a null character
        missing = isinstance(error, FileNotFoundError)
        reason = "there is no such file" if missing else f"the file can't be read ({_reason(error)})"
        raise UnreadableFile(source, reason, missing=missing) from None
    if len(content) > largest:
        raise _too_large(largest, kind, source)
    return content


def _must_be_regular(status: os.stat_result, kind: str, source: str, largest: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        wrong, right = _KINDS.get(stat.S_IFMT(status.st_mode), ("this is not a regular file", "name a file"))
        raise UnreadableFile(source, wrong, right)
    if status.st_size > largest:
        raise _too_large(largest, kind, source)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "its links lead round in a circle"
    return (getattr(error, "strerror", None) or str(error)).lower()


def _too_large(largest: int, kind: str, source: str) -> UnreadableFile:
    return UnreadableFile(source, f"the file is too large to be {kind}", f"at most {largest:,} bytes")


def _looks_like_utf_16(content: bytes) -> bool:
    """Return whether every second byte is NUL, as in English text saved as UTF-16."""
    start = content[:200]
    start = start[: len(start) // 2 * 2]
    halves = {0 in start[::2], 0 in start[1::2]}
    return len(start) > 2 and halves == {True, False} and start.count(0) == len(start) // 2


_STARTS = {
    "a scenario": 'the shortest one says extends = "kickoff", and then what differs',
    "an experiment": "'zerosum experiments' lists examples",
    "a game": "'zerosum experiments' lists examples",
    "a calibration": "'zerosum experiments' lists examples",
    "an optimisation": "'zerosum experiments' lists examples",
}
"""Kind of file -> where to start."""


def _another_format(content: bytes, text: str, kind: str, source: str) -> UnreadableFile | None:
    """Return the error for a file of another program, or in another format; None if it is neither."""
    from zerosum.spreadsheet import name_program_file, name_text_file

    what = name_program_file(content, source) or name_text_file(text, source)
    if not what:
        return None
    start = f"; {_STARTS[kind]}" if kind in _STARTS else ""
    return UnreadableFile(
        source, f"this is {what}, not {kind}", f"write a text file in TOML, such as mine.toml{start}"
    )


def _no_text(content: bytes, kind: str, source: str) -> UnreadableFile:
    line = content.count(b"\n", 0, content.index(b"\0")) + 1
    return UnreadableFile(
        source, f"this is not a text file (line {line} holds a NUL byte)", f"{kind} is a text file"
    )


# --- What is in it --------------------------------------------------------------------------------------------------

_PART = r"""(?:(?<![\w-])[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART}){{{MOST_KEY_PARTS}}}")
_LONG_NUMBER = re.compile(r"[0-9_]{4000,}")


def _leaves(found: Any) -> Iterator[tuple[str, Any, int]]:
    """Yield (key path, value, depth) of all nested values, to one level beyond ``DEEPEST``."""
    waiting: list[tuple[str, Any, int]] = [("", found, 0)]
    while waiting:
        key, value, depth = waiting.pop()
        yield key, value, depth
        if depth > DEEPEST:
            continue
        if isinstance(value, dict):
            waiting += [(f"{key}.{name}" if key else name, inner, depth + 1) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{key}.{number}", inner, depth + 1) for number, inner in enumerate(value)]


_PLAIN_SYNTAX = {
    "Cannot overwrite a value": "this key is given twice",
    "Duplicate inline table key": "this key is given twice",
    "Cannot declare": "this table is given twice; write its keys under one head or, if it has rows, [[...]] above each",
    "Cannot mutate immutable namespace": "this table or list is complete already; nothing can be added to it here",
    "Cannot redefine namespace": "this table is given twice",
    "Invalid value": "there is no valid value here (text needs quotes, a number a digit before its point)",
    "Invalid date or datetime": "there is no such date or time",
    "Invalid initial character for a key part": "there is no key here",
    "Invalid hex value": "\\x, \\u or \\U in a text needs its digits; write \\\\ for a backslash",
    "Escaped character is not a Unicode scalar value": "there is no such character",
    "Unescaped '\\' in a string": "write \\\\ for a backslash, or put the text in single quotes",
    "Expected '=' after a key": "there is no '=' after the key",
    "Expected newline or end of document": "something follows the value on the same line",
    "Expected ']]' at the end of an array": "the head of a table, [[...]], is not closed by ]]",
    "Expected ']' at the end of a table": "the head of a table, [...], is not closed by ]",
    "Invalid statement": "this is neither 'key = value' nor a [table]",
    "Unclosed array": "a list is not closed by ]",
    "Unclosed inline table": "a table in braces is not closed by }",
    "Unterminated string": "a text is not closed by a quote",
    "Illegal character '\\n'": "a text is not closed by a quote",
    "Illegal character": "a control character stands here",
    "Found invalid character": "a control character stands here",
    "Expected '\"'": "a text is not closed by a quote",
    'Expected "': "a text is not closed by a quote",
    "Exceeds the limit": "a number has far too many digits",
}
"""Start of the parser's message -> our message."""

_ODD = {
    "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033": 'a curly quote ({}); write a straight one, "',
    "\u2018\u2019\u201a\u201b\u2032\u00b4`": "a curly quote ({}); write a straight one, ' or \"",
    "\u00a0\u2007\u202f\u200b\u2060\ufeff\u3000": "a space that TOML doesn't know (copied from a web page, perhaps)",
    "\uff1d": "a wide sign ({}); write =",
    "\u2212\u2013\u2014": "a dash ({}); write a minus, -",
}
"""Characters that word processors substitute -> our message."""

_ODD_WORDS = re.compile(r"(NaN|NAN|Inf|INF|Infinity)\b|(None|null|nil|NULL)\b|(\.\d)")
_INSTEAD = (
    "this is no number; write one with digits",
    "TOML has no such value; leave the key out",
    "a number needs a digit before its point: 0.5",
)


_ONE_LINE = (
    "Expected newline",
    "Invalid value",
    "Invalid statement",
    "Expected '='",
    "Expected ']",
    "Invalid initial",
)
"""Starts of the parser's messages that what stands in the line can explain."""

_OPEN_TEXT = ("Unterminated string", "Illegal character '\\n'", "Expected '\"'")

_HEAD = re.compile(r"\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?")


def _syntax_fault(error: ValueError, text: str, source: str) -> UnreadableFile:
    """Describe a TOML syntax error and its place."""
    from zerosum.spreadsheet import explain_line

    message = str(error)
    lines = text.split("\n")  # as TOML counts them
    if place := re.search(r"\s*\(at line (\d+), column (\d+)\)$", message):
        line, column = int(place[1]), int(place[2])
        message = message[: place.start()]
    elif at_end := re.search(r"\s*\(at end of document\)$", message):
        line = len(text.rstrip().split("\n"))
        column = len(lines[line - 1].rstrip()) + 1
        message = message[: at_end.start()]
    else:
        line = column = 0
    plain = next((plain for start, plain in _PLAIN_SYNTAX.items() if message.startswith(start)), message)
    if not line and (number := _LONG_NUMBER.search(text)):
        line = text.count("\n", 0, number.start()) + 1
        column = number.start() - text.rfind("\n", 0, number.start())
    if not line:
        return UnreadableFile(source, f"this is not TOML: {plain}")
    at_fault = lines[line - 1]
    if message.startswith("Cannot overwrite a value") and at_fault.lstrip().startswith("["):
        plain = "this table is given twice, in single and in double brackets; write [[...]] if it has rows, else [...]"
    elif message.startswith("Cannot declare") and (head := _HEAD.fullmatch(at_fault.strip())):
        plain = (
            f"[{head[1]}] is given twice; if it has rows, head each [[{head[1]}]], in double brackets; else write all "
            f"keys under one [{head[1]}]"
        )
    in_line = message.startswith(_ONE_LINE) or (
        message.startswith("Unclosed") and column <= len(at_fault.rstrip())
    )
    plain = (
        (in_line and explain_line(at_fault, column))
        or _odd(message, at_fault[column - 1 :], at_fault)
        or plain
    )
    if "\r" in at_fault.rstrip("\r"):
        plain = (
            "the lines end as on an old Mac (CR alone); save the file with the line ends of Unix or Windows"
        )
    if len(at_fault) > LONGEST_EXCERPT:
        width = LONGEST_EXCERPT - 3
        start = max(0, min(column - LONGEST_EXCERPT // 2, len(at_fault) - width))
        at_fault = ("..." if start else "") + at_fault[start : start + width] + "..."
    return UnreadableFile(source, f"line {line}, column {column}: {plain}", excerpt=at_fault.strip())


def _odd(message: str, rest: str, line: str) -> str:
    """Explain a syntax error that comes from another format, if the text shows it."""
    if rest and (word := _ODD_WORDS.match(rest)) and message.startswith("Invalid value"):
        return f"'{word[0]}': {_INSTEAD[(word.lastindex or 1) - 1]}"
    found = next((words.format(rest[0]) for odd, words in _ODD.items() if rest and rest[0] in odd), "")
    if (
        not found
        and message.startswith(_OPEN_TEXT)
        and (curly := re.search("[\u201c\u201d\u2018\u2019]", line))
    ):
        found = f"a curly quote ({curly[0]}) beside a straight one; write two straight ones"
    return f"there is {found}" if found else ""
