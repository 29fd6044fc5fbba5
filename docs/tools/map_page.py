"""The example in ``docs/map.md``: ``python -m docs.tools.map_page``, some minutes on two cores.

With ``--check`` it only checks that the example is what ``zerosum map`` prints.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from click.testing import CliRunner

from docs.tools.blocks import DOCS, put, write_or_check
from zerosum.cli import main

COMMAND = "python -m docs.tools.map_page"
TYPED = (
    *("map", "hours", "--strategy", "more-preparation", "--against", "more-calls"),
    *("--keys", "invitations.competitors,effort.preparation_weight", "--metric", "arr"),
)
PAGE = DOCS / "map.md"


def example() -> str:
    """Run the command, and return what it printed, a hundred columns wide."""
    with tempfile.TemporaryDirectory() as folder:
        done = CliRunner(env={"COLUMNS": "100"}).invoke(main, [*TYPED, "--quiet", "--out", f"{folder}/map"])
    if done.exit_code:
        raise RuntimeError(done.output)
    lines = [line.rstrip() for line in done.output.strip().splitlines()]
    return "```text\n" + "\n".join(lines) + "\n```"


def texts() -> dict[Path, str]:
    """Return the page with the example as it is now."""
    return {PAGE: put(PAGE.read_text(encoding="utf-8"), "example", example(), COMMAND)}


if __name__ == "__main__":
    sys.exit(write_or_check(texts(), sys.argv[1:], COMMAND))
