"""What the README shows is what the command says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zerosum.report.wording import number, with_ends
from zerosum.scenario import load_scenario
from zerosum.studies.compare import compare

PAGE = Path(__file__).parents[1] / "README.md"
SHOWN = ("win_rate", "share_at_quota", "revenue_per_rep")


def kickoff_table() -> list[str]:
    """Compare the kick-off's strategies; the README's table, line by line."""
    scenario = load_scenario("kickoff")
    frame: Any = compare(scenario, workers=2).differences.set_index(["strategy", "metric"])
    lines = ["| strategy | win rate | reps at quota | revenue per rep and year |", "|---|--:|--:|--:|"]
    for strategy in scenario.compared_names:
        cells = []
        for metric in SHOWN:
            row = frame.loc[(strategy, metric)]
            if strategy == scenario.baseline_name:
                cells.append(number(row["mean"], row["unit"]))
                if metric == "share_at_quota":
                    cells[-1] += f" (chance baseline {number(row['chance_baseline'], row['unit'])})"
                continue
            found, low, high = with_ends(row["difference"], row["low"], row["high"], row["unit"])
            star = " *" if row["p_holm"] < 0.05 else ""
            cells.append(f"{found}{star} [{low}, {high}]".replace(" pp]", "]").replace(" k]", "]"))
        lines.append(f"| `{strategy}` | {' | '.join(cells)} |")
    return lines


@pytest.mark.slow
def test_the_table_is_what_compare_says() -> None:
    table = "\n".join(kickoff_table())
    assert table in PAGE.read_text(encoding="utf-8"), f"put this into README.md:\n{table}"
