"""The page of the shipped calibration.

``python -m docs.tools.calibration_page`` writes ``docs/calibration.md`` from the shipped fits, the facts and the
spec; with ``--check`` it only tells whether that is up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from zerosum.errors import InputError
from zerosum.report.calibration_page import page
from zerosum.scenario.fits import load_fits
from zerosum.studies.facts import load_facts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "calibration.md"


def main(arguments: list[str]) -> int:
    """Write or check the page; return the exit status."""
    try:
        new = page(load_fits(), load_facts())
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if arguments == ["--check"]:
        if new != old:
            sys.stderr.write(f"{PAGE} is out of date: run python -m docs.tools.calibration_page\n")
        return int(new != old)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
