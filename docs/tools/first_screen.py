"""The first screens of ``compare`` and ``misses`` on pages: ``python -m docs.tools.first_screen``, a minute or two.

Each is what the command prints at 100 columns. With ``--check`` it only checks that pages have it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from unittest import mock

from click.testing import CliRunner

from docs.tools.blocks import DOCS, ROOT, put, write_or_check
from zerosum.cli import main

COMMAND = "python -m docs.tools.first_screen"
COLUMNS = "100"
PAGES = (ROOT / "README.md", DOCS / "index.md")
MISSES = DOCS / "misses.md"


def screen(*asked: str) -> str:
    """Return what a command prints, with the command, without the list of files.

    Raises
    ------
    RuntimeError
        if the command fails
    """
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, COLUMNS=COLUMNS, NO_COLOR="1"):
        done = CliRunner().invoke(main, [*asked, "--out", folder, "--quiet"])
    if done.exit_code:
        raise RuntimeError(done.output)
    printed = "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())
    return f"```text\n$ zerosum {' '.join(asked)}\n{printed}\n```\n"


def texts() -> dict[Path, str]:
    """Return the pages that show a screen."""
    shown = dict.fromkeys(PAGES, screen("compare", "kickoff")) | {MISSES: screen("misses", "kickoff")}
    return {
        page: put(page.read_text(encoding="utf-8"), "screen", text, COMMAND) for page, text in shown.items()
    }


if __name__ == "__main__":
    sys.exit(write_or_check(texts(), sys.argv[1:], COMMAND))
