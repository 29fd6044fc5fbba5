"""Which scenarios mean the same: a digest of all that can change a result."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from simulator.scenario.spec import Scenario

NO_MEANING = ("name", "question")
"""Keys that change no result, and are left out of the hash."""


def canonical_json(scenario: Scenario) -> str:
    """Write what a scenario means as JSON, the same for all ways of writing it.

    Defaults are written out, what follows from other keys is resolved (an unnamed baseline, focal vendor or
    arm list, shares of vendors without one), keys are sorted, floats are written by ``repr``, -0.0 as 0.0.
    ``name`` and ``question`` are left out.
    """
    # Validated again, because a copy with updates may hold an integer where the file would hold a float.
    scenario = Scenario.model_validate(scenario.model_dump())
    meaning = scenario.model_dump(exclude=set(NO_MEANING))
    meaning["comparison"] |= {
        "baseline": scenario.baseline_name,
        "arms": scenario.arm_names,
        "focal": scenario.vendors[scenario.focal_index].name,
    }
    for row, vendor, share in zip(meaning["vendors"], scenario.vendors, scenario.vendor_shares, strict=True):
        row["share"] = share
        row["strategy"] = row["strategy"] or scenario.baseline_name
        row["reps_by_segment"] = scenario.reps_by_segment(vendor)
        if row["reps_by_segment"] is None:
            del row["reps_by_segment"]  # said only where it means something: other scenarios keep their hash
    for strategy in meaning["strategies"]:
        strategy["social"] = sorted(strategy["social"])
    return json.dumps(_positive_zeros(meaning), sort_keys=True, separators=(",", ":"), allow_nan=False)


def scenario_hash(scenario: Scenario) -> str:
    """Return 64 hexadecimal digits (SHA-256) that are equal for scenarios that mean the same.

    ``name`` and ``question`` don't count: they change no result. Seed and number of replications do.
    """
    return hashlib.sha256(canonical_json(scenario).encode("utf-8")).hexdigest()


def results_hash(scenario: Scenario) -> str:
    """Return 64 hexadecimal digits that are equal for scenarios whose replications are the same.

    As :func:`scenario_hash`, without the number of replications: more of them add to the same results.
    """
    alike = scenario.comparison.model_copy(update={"replications": 1})
    return scenario_hash(scenario.model_copy(update={"comparison": alike}))


def folder_name(scenario: Scenario) -> str:
    """Return the first 16 digits of :func:`results_hash`, enough for the name of a folder."""
    return results_hash(scenario)[:16]


def _positive_zeros(value: Any) -> Any:
    match value:
        case float():
            return value + 0.0
        case dict():
            return {key: _positive_zeros(item) for key, item in value.items()}
        case list() | tuple():
            return [_positive_zeros(item) for item in value]
        case _:
            return value
