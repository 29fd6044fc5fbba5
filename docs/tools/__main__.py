"""Write generated parts of pages: ``python -m docs.tools``; with ``--check`` only list outdated ones.

Keys in ``docs/scenarios.md`` and ``docs/model.md``, tables in ``docs/results.md``, metrics in ``docs/measures.md``,
``docs/calibration.md``, commands in ``docs/commands.md``, names in ``docs/api.md``. Parts that need simulation
(answers, findings, the first screen in ``README.md``) have their own commands.
"""

from __future__ import annotations

import sys
from pathlib import Path

from docs.tools import (
    api_reference,
    calibration_page,
    command_reference,
    results_reference,
    scenario_reference,
)
from docs.tools.blocks import write_or_check


def texts() -> dict[Path, str]:
    """Return the text of every page."""
    pages = (scenario_reference, results_reference, calibration_page, command_reference, api_reference)
    return {path: text for page in pages for path, text in page.texts().items()}


if __name__ == "__main__":
    sys.exit(write_or_check(texts(), sys.argv[1:], "python -m docs.tools"))
