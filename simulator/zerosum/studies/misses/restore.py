"""Find and read a decomposition that ``zerosum misses`` wrote."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from zerosum.runs import manifest, outputs
from zerosum.runs.origin import differing
from zerosum.runs.store import UnreadableError, read_document
from zerosum.scenario.identity import runs_json
from zerosum.scenario.spec import Scenario
from zerosum.statistics import Interval
from zerosum.studies.misses.decompose import Misses
from zerosum.studies.misses.identical import SharedMisses

COMMAND = "misses"


def market_digest(scenario: Scenario, strategy: str | None = None) -> str:
    """Return 16 hexadecimal digits, equal for scenarios with the same status quo: what misses are computed from.

    With a strategy, equal for scenarios in which it means the same, too.
    """
    same: dict[str, Any] = {"adopters": ("focal",), "chance_baseline": "equal-reps"}
    comparison = scenario.comparison.model_copy(update=same)
    asked = scenario.model_copy(update={"comparison": comparison})
    text = "".join(runs_json(asked, name) for name in (scenario.baseline_name, strategy) if name is not None)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def misses_of(scenario: Scenario, folders: Iterable[Path]) -> tuple[Path, Misses] | None:
    """Return the decomposition of a scenario's market among folders, with its folder; of several the most precise.

    Those of other versions, changed and unreadable ones are left out.
    """
    digest, best = market_digest(scenario), None
    for folder in folders:
        document = outputs.summary_of(folder)
        if document.get("command") != COMMAND or document.get("market") != digest:
            continue
        try:
            told = read_document(folder / manifest.NAME)
            if any(manifest.altered(folder, told["files"])) or differing(told["origin"]):
                continue
            found = read_misses(document, scenario)
        except (FileNotFoundError, UnreadableError, AttributeError, KeyError, TypeError, ValueError):
            continue
        often = found.scenario.comparison.replications
        if best is None or often > best[1].scenario.comparison.replications:
            best = folder, found
    return best


def read_misses(document: Mapping[str, Any], scenario: Scenario) -> Misses:
    """Read a decomposition from ``summary.json``; ``scenario``: of the same market."""
    sized = scenario.comparison.model_copy(update={"replications": int(document["replications"])})
    told = document["identical_reps"]
    mean, low, high = (_number(told[name]) for name in ("share", "low", "high"))
    share = Interval(mean, low, high, int(told["n"]))
    missed, also, equal, years = (int(told[name]) for name in ("missed", "also", "equal_missed", "rep_years"))
    return Misses(
        scenario.model_copy(update={"comparison": sized}),
        tuple(document["vendors"]),
        _table(document["shares"], "factor share low high removed removed_low removed_high n"),
        _table(document["cases"], "skill territory quotas variance low high missed n"),
        SharedMisses(missed, also, equal, years, share),
        document.get("strategy"),
    )


def _table(rows: Any, columns: str) -> pd.DataFrame:
    return pd.DataFrame(rows)[columns.split()].fillna(math.nan)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
