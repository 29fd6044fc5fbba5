"""A map as data: points, surface and crossover line, the facts that respond, the summary."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.report.map import format_answer
from zerosum.runs.store import without_nan

if TYPE_CHECKING:
    from zerosum.studies.map import Map


def map_table(found: Map) -> pd.DataFrame:
    """Return points, surface and crossover line in one table; ``kind`` tells them apart."""
    points = found.points.rename(columns={"is_place": "kind"})
    points["kind"] = ["place" if is_place else "point" for is_place in found.points["is_place"]]
    parts = [points, found.surface.assign(kind="surface"), found.crossover.assign(kind="crossover")]
    keys = [axis.key for axis in found.axes]
    order = ["kind", *keys, "n", "difference", "low", "high", "probability", "line"]
    return pd.concat([part for part in parts if len(part)], ignore_index=True).reindex(columns=order)


def digest_of_map(found: Map) -> str:
    """Return a digest of a map's tables: equal for equal maps."""
    tables = (map_table(found), found.ranking, facts_table(found))
    text = "\n".join([*format_answer(found), *(table.to_csv(index=False) for table in tables)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def facts_table(found: Map) -> pd.DataFrame:
    """Return a row per axis and fact that responds to it; an axis with no such fact has one row."""
    rows = []
    for one in found.constraints:
        for seen in one.seen:
            parts = "; ".join(f"{one.axis.format(a)} to {one.axis.format(b)}" for a, b in seen.allowed)
            rows.append((one.axis.key, seen.fact.name, seen.fact.label, seen.moves, parts or "none"))
        if not one.seen:
            rows.append((one.axis.key, "", "no fact responds to this key", math.nan, ""))
    return pd.DataFrame(rows, columns=["key", "fact", "label", "moves", "not_ruled_out"])


def summarize_map(found: Map, files: Sequence[Path]) -> dict[str, Any]:
    """Return a map as one object."""
    question, here = found.question, found.here
    axes = []
    for number, axis in enumerate(found.axes):
        one = found.constraints[number] if found.constraints else None
        axes.append(
            {
                "key": axis.key,
                "label": axis.label,
                "unit": axis.unit,
                "low": axis.shown(axis.span.low),
                "high": axis.shown(axis.span.high),
                "place": axis.shown(axis.here),
                "crossovers": [
                    {
                        "at": axis.shown(cross.at),
                        "low": axis.shown(cross.low),
                        "high": axis.shown(cross.high),
                        "rises": cross.rises,
                    }
                    for cross in found.crossings[number]
                ],
                "facts": None
                if one is None
                else {
                    "seen_by": [seen.fact.name for seen in one.seen],
                    "low": axis.shown(one.low),
                    "high": axis.shown(one.high),
                    "low_by": one.low_by,
                    "high_by": one.high_by,
                    "also_left": [[axis.shown(low), axis.shown(high)] for low, high in one.elsewhere],
                    "missed_at_place": [seen.fact.name for seen in one.missed],
                },
            }
        )
    return without_nan(
        {
            "command": "map",
            "scenario": question.scenario.name,
            "hash": question.hash(found.axes),
            "strategy": question.strategy,
            "against": question.against,
            "adopters": question.adopters,
            "metric": question.metric.name,
            "replications": question.replications,
            "points": len(found.points),
            "answer": list(format_answer(found)),
            "at_place": {"difference": here.mean, "low": here.low, "high": here.high},
            "shares": _shares(found.shares),
            "shares_within_facts": None if found.shares_left is None else _shares(found.shares_left),
            "axes": axes,
            "nothing_responds_to": list(found.inert),
            "missed_whatever_the_keys": list(found.missed),
            "ranking": found.ranking.to_dict("records"),
            "failed": len(found.failures),
            "files": [str(file) for file in files],
        }
    )


def _shares(shares: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(("strategy_better", "against_better", "open"), shares, strict=True))
