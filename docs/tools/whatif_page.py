"""The examples in ``docs/what-if.md`` and ``docs/breakeven.md``: ``python -m docs.tools.whatif_page``, some minutes.

With ``--check`` it only checks that they are what the commands print.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from pathlib import Path

from click.testing import CliRunner

from docs.tools.blocks import DOCS, put, write_or_check
from zerosum.cli import main

COMMAND = "python -m docs.tools.whatif_page"
PAGES = {
    DOCS / "breakeven.md": {"screen": "breakeven kickoff --strategy admin-to-preparation -n 20"},
    DOCS / "what-if.md": {
        "reps": "compare kickoff --what-if vendors.Alder.reps=8,12 -n 20",
        "decisions": "compare kickoff --what-if vendors.Alder.presales=2,5 --what-if quota.stretch=0.8,1.0 -n 20",
        "price": "compare kickoff --what-if tools.assistant.cost_per_rep_year=450,3600 "
        "--strategy admin-to-preparation -n 20",
    },
}
"""Page -> its blocks -> what is typed after ``zerosum``."""


def example(typed: str) -> str:
    """Run a command, and return it with what it prints, a hundred columns wide."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = [*shlex.split(typed), "--quiet", "--out", f"{folder}/answer"]
        done = CliRunner(env={"COLUMNS": "100"}).invoke(main, arguments)
    if done.exit_code:
        raise RuntimeError(done.output)
    lines = [line.rstrip() for line in done.stdout.strip().splitlines()]
    return f"```sh\nzerosum {typed}\n```\n\n```text\n" + "\n".join(lines) + "\n```"


def texts() -> dict[Path, str]:
    """Return the pages with the examples as they are now."""
    found = {}
    for path, blocks in PAGES.items():
        page = path.read_text(encoding="utf-8")
        for name, typed in blocks.items():
            page = put(page, name, example(typed), COMMAND)
        found[path] = page
    return found


if __name__ == "__main__":
    sys.exit(write_or_check(texts(), sys.argv[1:], COMMAND))
