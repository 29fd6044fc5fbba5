"""Pinned results of a few small markets. ``make golden`` pins them anew: read the difference before you commit it.

A golden proves nothing about the model; it says that results have changed. Whole numbers (who decided what, and
when) are pinned by a digest; others to nine significant digits, because logarithms may differ in the last digit
between machines.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from zerosum.market.metrics import measure
from zerosum.market.run import Run, branches, warm_up
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.spec import Scenario

FILE = Path(__file__).with_name("pinned.json")
DIGITS = 9
METRICS = (
    *(
        "win_rate",
        "deals_closed",
        "attainment_median",
        "top_fifth_share",
        "revenue",
        "revenue_upgraded",
        "cost",
    ),
    *("accounts_gained", "cycle_weeks_cv", "pipeline_coverage", "goodwill_burnt", "share_learning"),
    *("tool_use_end", "presales_wait"),
)


def small(name: str, strategies: list[str], **given: Any) -> Scenario:
    """Return a shipped scenario with few buyers and reps."""
    scenario = load_scenario(name)
    return parse_scenario(
        scenario,
        {
            "market.buyers": 300,
            "vendors": [{"name": v.name, "reps": 3, "presales": 1} for v in scenario.vendors],
            "clock.warmup_weeks": 52,
            "clock.weeks": 60,
            "comparison.strategies": strategies,
            "comparison.adopters": ["focal", "head-to-head"],
            **given,
        },
    )


def markets() -> dict[str, Scenario]:
    """Return what is pinned, by name."""
    return {
        "kickoff": small("kickoff", ["usual", "social-and-preparation"]),
        "quarter-end": small("quarter-end", ["usual", "push"]),
        "own-worst-rival": small("own-worst-rival", ["usual", "preparation-and-upgrade"]),
        "former": load_scenario(FILE.with_name("former.toml")),
        # Small enough for kernels as plain Python.
        "plain": small(
            "kickoff",
            ["usual", "social-and-preparation"],
            **{
                "market.buyers": 150,
                "clock.weeks": 30,
                "clock.warmup_weeks": 0,
                "reps.max_open_opportunities": 6,
                "review.max_per_year": 4.0,
            },
        ),
    }


def rounded(value: float) -> float | None:
    """Round to nine significant digits; None where there is no number."""
    return None if np.isnan(value) else float(f"{value:.{DIGITS}g}")


def whole_numbers(run: Run) -> str:
    """Digest of all integer columns of deals and decisions, and of who holds what in the end."""
    result = hashlib.sha256()
    recorder = run.engine.recorder
    tables = {"deals": recorder.deals._asdict(), "decisions": recorder.decisions._asdict()}
    tables["state"] = {"holds": run.engine.market.buyers.holds, "due": run.engine.market.buyers.due}
    for table, columns in tables.items():
        for name, column in columns.items():
            if column.dtype.kind == "i":
                result.update(f"{table} {name}".encode())
                result.update(column.astype("<i8").tobytes())
    return result.hexdigest()[:16]


def result_of(run: Run) -> dict[str, Any]:
    """Return what is pinned of a run."""
    numbers = measure(run)
    counts = {
        "deals": len(run.engine.recorder.deals.week),
        "decisions": len(run.engine.recorder.decisions.week),
    }
    return {
        **counts,
        "whole_numbers": whole_numbers(run),
        **{name: rounded(numbers[name]) for name in METRICS},
    }


def results(name: str) -> dict[str, Any]:
    """Simulate a market; results by adopters and strategy."""
    scenario = markets()[name]
    start = warm_up(scenario, 0)
    return {
        f"{run.adopters}, {run.strategy}": result_of(run)
        for run in branches(start, scenario.compared_names, scenario.comparison.adopters)
    }


def pinned() -> dict[str, Any]:
    """Return the results as they are pinned."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def main() -> None:
    """Pin the results anew, and say what has changed."""
    old = pinned() if FILE.exists() else {}
    new = {name: results(name) for name in markets()}
    FILE.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")
    changed = [
        f"{market}: {run}: {key}: {old.get(market, {}).get(run, {}).get(key)} -> {value}"
        for market, runs in new.items()
        for run, numbers in runs.items()
        for key, value in numbers.items()
        if old.get(market, {}).get(run, {}).get(key, "nothing") != value
    ]
    print("\n".join(changed) or "nothing has changed")


if __name__ == "__main__":
    main()
