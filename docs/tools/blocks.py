"""Write generated text into pages, so that no number is updated by hand."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def put(page: str, name: str, text: str, command: str = "python -m docs.tools") -> str:
    """Insert a text between its marks on a page.

    Raises
    ------
    ValueError
        If the page lacks the marks.
    """
    begin, end = f"<!-- {name}: written by {command} -->\n", f"<!-- end of the {name} -->\n"
    head, opened, rest = page.partition(begin)
    _, closed, tail = rest.partition(end)
    if not (opened and closed):
        raise ValueError(f"the page lacks the lines {begin!r} and {end!r}")
    return f"{head}{begin}\n{text}\n{end}{tail}"


def replace_block(page: str, name: str, text: str) -> str:
    """Return a page with a text in place of a block and its marks, if the page has that block."""
    block = re.compile(
        rf"<!-- {re.escape(name)}: written by .*?<!-- end of the {re.escape(name)} -->\n", re.DOTALL
    )
    return block.sub(lambda _: text, page)


def write_or_check(texts: Mapping[Path, str], arguments: list[str], command: str) -> int:
    """Write the files whose text has changed; with ``--check`` only list them, and return 1."""
    stale = [
        file for file, text in texts.items() if not file.exists() or file.read_text(encoding="utf-8") != text
    ]
    for file in stale:
        if "--check" in arguments:
            sys.stderr.write(f"{file} is out of date: run {command}\n")
        else:
            file.write_text(texts[file], encoding="utf-8")
    return int("--check" in arguments and bool(stale))
