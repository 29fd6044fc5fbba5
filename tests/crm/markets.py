"""Small markets whose pipelines tests read."""

from __future__ import annotations

from typing import Any

from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario


def small_market(**values: Any) -> Scenario:
    """Make a market of three vendors, in which reps leave, upgrades and all outcomes occur."""
    tables: dict[str, Any] = {
        "name": "small",
        "clock": {"warmup_weeks": 104, "weeks": 65},
        "market": {"buyers": 160, "neighbours": 4},
        "segments": [
            {
                "name": "little",
                "share": 0.7,
                "contract_weeks": 30,
                "evaluation_weeks": 3.0,
                "evaluation_sigma": 0.3,
                "value_median": 8_000,
            },
            {
                "name": "large",
                "share": 0.3,
                "contract_weeks": 40,
                "evaluation_weeks": 8.0,
                "evaluation_sigma": 0.3,
                "value_median": 60_000,
            },
        ],
        "vendors": [
            {"name": "Alder", "reps": 3, "presales": 1},
            {"name": "Birke", "reps": 3, "presales": 1},
            {"name": "Cedar", "reps": 2, "presales": 1},
        ],
        "turnover": {"leave_below": 0.5, "leave_other": 0.5},
        "money": {"currency": "$"},
        "comparison": {"seed": 7},
    }
    return parse_scenario(tables, values)
