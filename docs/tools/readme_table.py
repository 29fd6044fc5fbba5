"""The table of strategies in ``README.md``: ``python -m docs.tools.readme_table``, half a minute on two cores.

With ``--check`` it only checks that the table is what ``zerosum compare kickoff`` finds.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from docs.tools.blocks import ROOT, put, write_or_check
from zerosum.machine import usable_cores
from zerosum.report.intervals import format_row_gap
from zerosum.report.wording import format_level
from zerosum.scenario import load_scenario
from zerosum.studies.compare import compare_strategies

COMMAND = "python -m docs.tools.readme_table"
SHOWN = ("arr", "win_rate", "share_at_quota")


def table() -> str:
    """Compare the kick-off's strategies, and return a table of three metrics."""
    scenario = load_scenario("kickoff", {"comparison.adopters": ["focal"]})
    found = compare_strategies(scenario, workers=usable_cores()).differences
    frame: Any = found.set_index(["strategy", "metric"])
    lines = ["| strategy | ARR after three years | win rate | reps at quota |", "|---|--:|--:|--:|"]
    for strategy in scenario.compared_names:
        cells = [_cell(frame.loc[(strategy, metric)], strategy == scenario.baseline_name) for metric in SHOWN]
        lines.append(f"| `{strategy}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(row: Any, is_baseline: bool) -> str:
    if is_baseline:
        chance = f" (chance baseline {format_level(row['chance_baseline'], row['unit'])})"
        return format_level(row["mean"], row["unit"]) + (chance if row.name[1] == "share_at_quota" else "")
    found = format_row_gap(row)
    star = " *" if row["p_holm"] < 0.05 else ""
    return f"{found.words}{star} {found.ends}"


def texts() -> dict[Path, str]:
    """Return the page with the current table."""
    page = ROOT / "README.md"
    return {page: put(page.read_text(encoding="utf-8"), "table", table(), COMMAND)}


if __name__ == "__main__":
    sys.exit(write_or_check(texts(), sys.argv[1:], COMMAND))
