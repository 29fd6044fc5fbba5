"""The first screen of ``zerosum compare kickoff`` on pages: ``python -m docs.tools.first_screen``, half a minute.

It is what the command prints at 100 columns. With ``--check`` it only checks that pages have it.
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
ASKED = ("compare", "kickoff")
COLUMNS = "100"
PAGES = (ROOT / "README.md", DOCS / "index.md")


def screen() -> str:
    """Return what the command prints, without the list of files.

    Raises
    ------
    RuntimeError
        if the command fails
    """
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, COLUMNS=COLUMNS, NO_COLOR="1"):
        done = CliRunner().invoke(main, [*ASKED, "--out", folder, "--quiet"])
    if done.exit_code:
        raise RuntimeError(done.output)
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def texts() -> dict[Path, str]:
    """Return the pages that show the screen."""
    shown = f"```text\n$ zerosum {' '.join(ASKED)}\n{screen()}\n```\n"
    return {page: put(page.read_text(encoding="utf-8"), "screen", shown, COMMAND) for page in PAGES}


if __name__ == "__main__":
    sys.exit(write_or_check(texts(), sys.argv[1:], COMMAND))
