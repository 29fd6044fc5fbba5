"""Load a finished comparison from its folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zerosum.errors import InputError
from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC, Amount, Metric, parse_amount
from zerosum.runs.manifest import NAME, Manifest, damaged, read_manifest
from zerosum.scenario.extend import absent
from zerosum.scenario.spec import Scenario
from zerosum.studies.compare.comparison import Comparison
from zerosum.studies.compare.stopping import Best, Halfwidth, Until


def asked(comparison: Comparison, metric: Metric, matters: Amount | None) -> dict[str, Any]:
    """Return a comparison's settings (metric, minimum difference, stopping rule), for its manifest."""
    rule: dict[str, Any] | None = None
    match comparison.until:
        case Best() as best:
            rule = {"best": best.confidence, "indifference": best.indifference.written}
        case Halfwidth() as narrow:
            rule = {"halfwidth": narrow.halfwidth.written, "confidence": narrow.confidence}
    return {
        "metric": metric.name,
        "matters": matters.written if matters else None,
        "until": rule,
        "decided": comparison.decided,
    }


def restore(folder: Path) -> tuple[Comparison, Metric, Amount | None]:
    """Load a comparison, its decision metric and its minimum difference.

    Parameters
    ----------
    folder : Path
        folder of finished results

    Raises
    ------
    ValueError
        if there are no results
    StoreError
        if the results are damaged
    """
    from zerosum.runs.verify import read_tables

    manifest = read_manifest(folder)
    scenario = manifest.load()
    named = str(manifest.asked.get("metric", DEFAULT_METRIC))
    if named not in BY_NAME and (lacking := absent(manifest.origin)):
        raise InputError(f"{folder}: {lacking}")
    metric = BY_NAME.get(named, BY_NAME[DEFAULT_METRIC])
    written = manifest.asked.get("matters")
    try:
        rule = _rule(manifest, scenario, metric)
        matters = parse_amount(written, metric) if written else None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise damaged(folder, NAME, "what it says of 'asked' can't be understood") from None
    decided = bool(manifest.asked.get("decided", True))
    return Comparison(scenario, read_tables(folder, manifest), rule, decided), metric, matters


def _rule(manifest: Manifest, scenario: Scenario, metric: Metric) -> Until | None:
    rule: Mapping[str, Any] = manifest.asked.get("until") or {}
    if "best" in rule:
        apart = parse_amount(rule["indifference"], metric)
        return Best(scenario.compared_names, metric.name, apart, rule["best"])
    if "halfwidth" in rule:
        narrow = parse_amount(rule["halfwidth"], metric)
        return Halfwidth(scenario.compared_names, metric.name, narrow, rule["confidence"])
    return None
