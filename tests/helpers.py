"""What many tests share: theory against estimate, and markets in which little happens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from zerosum.scenario.spec import Scenario
from zerosum.studies.compare import Comparison


def within(estimate: Any, truth: Any, se: Any, z: float = 4.0) -> bool:
    """Tell whether an estimate, or every one of an array, lies within ``z`` standard errors of the truth.

    With right code and 4 standard errors, one check in 16,000 fails by chance; with fixed seeds none does
    twice.
    """
    return bool(np.all(np.abs(np.asarray(estimate) - truth) <= z * np.asarray(se)))


def share_error(probability: Any, n: Any) -> Any:
    """Return the standard error of a share of ``n`` independent trials."""
    return np.sqrt(np.asarray(probability) * (1.0 - np.asarray(probability)) / n)


def mean_and_error(samples: Any) -> tuple[Any, Any]:
    """Return the mean over the first axis (independent replications) and its standard error."""
    samples = np.asarray(samples, dtype=float)
    return samples.mean(axis=0), samples.std(axis=0, ddof=1) / np.sqrt(len(samples))


_SILENT: dict[str, Any] = {
    "clock": {"warmup_weeks": 0},
    "market": {"saturation": 1.0, "neighbours": 0},
    "satisfaction": {"noise_sd": 0.0, "appeal_weight": 0.0, "neighbour_weight": 0.0},
    "review": {"max_per_year": 0.0},
    "need": {"innovation_per_year": 0.0, "imitation_per_year": 0.0},
    "choice": {"no_decision": -60.0, "fit_sd": 0.0, "price_weight": 0.0, "satisfaction_weight": 0.0},
    "reps": {
        "hours_per_week": 0.0,
        "skill_sd": 0.0,
        "admin_fixed_hours": 0.0,
        "admin_hours_per_opportunity": 0.0,
    },
    "effort": {"skill_weight": 0.0, "trust_weight": 0.0},
    "contracts": {"attrition": 0.0},
    "invitations": {"rule": "independent", "coverage": 0.0, "inbound": 0.0},
    "turnover": {"leave_below": 0.0, "leave_other": 0.0},
}
_SILENT_ROWS: dict[str, dict[str, Any]] = {
    "segments": {
        "contract_weeks": 5200,
        "value_sigma": 0.0,
        "evaluation_weeks": 1.0,
        "evaluation_sigma": 0.0,
        "switching_cost": 0.0,
        "switching_cost_sd": 0.0,
    },
    "vendors": {"reps": 1, "presales": 0, "territory": "balanced"},
    "tools": {
        "learning_hours": 0.0,
        "upkeep_hours": 0.0,
        "innovation": 1.0,
        "learning_rate": 1.0,
        "trial_weeks": 520,
    },
}


def silent_market(**tables: Any) -> Scenario:
    """Make a scenario in which nothing happens but what the given tables switch on.

    Nobody works, nobody is invited (each vendor would be for itself), nobody reviews anything; contracts run for
    a century (one in 5,200 ends each week, and is renewed); all products, buyers and reps are alike. A tool is at
    once in full use, and costs no hours.
    """
    values: dict[str, Any] = {**_SILENT, "segments": [{"name": "all"}], **tables}
    for name, table in values.items():
        if name in _SILENT:
            values[name] = {**_SILENT[name], **table}
        elif name in _SILENT_ROWS:
            values[name] = [{**_SILENT_ROWS[name], **row} for row in table]
    return Scenario.model_validate(values)


def comparison_of(scenario: Scenario, runs: pd.DataFrame, differences: pd.DataFrame) -> Comparison:
    """Return a comparison that found just this."""
    made = Comparison(scenario, {})
    made.__dict__.update(runs=runs, differences=differences)  # where cached properties keep what they found
    return made


def n_vendors_alike(n: int, **columns: Any) -> list[dict[str, Any]]:
    """Return rows of vendors that differ in name only."""
    return [{"name": f"Vendor {chr(ord('A') + v)}", **columns} for v in range(n)]
