"""The JSON object that ``--json`` prints, the same shape for ``run`` and ``compare``.

``{"command", "scenario", "hash", "question", "seed", "weeks", "baseline", "focal", "settings" (what the files
and the command line said), "reps_by_segment" (vendor -> segment -> reps, of those whose territory is "segment"),
"alike" (lists of strategies that the market can't tell apart: they differ in cost only),
"replication" (run) or "replications" (compare), "worlds": {world: {strategy: {...}}}, "files"}``; per strategy:
``win_rate``, ``attainment`` (``share_at_quota``, ``median``, ``p10``, ``p90``),
``chance_baseline`` (the same numbers with equal reps), ``metrics`` (every metric by name) and, from ``compare``,
``differences`` (metric -> ``difference``, ``low``, ``high``, ``n``). ``compare`` adds ``results`` (the
start of the hash that names its folder: as ``hash``, but for the number of replications) and ``decision``: ``metric``,
``unit``, ``matters``, ``until``, ``decided``, ``needed_power`` (chance of a decision with ``needed`` replications) and
per world ``answer`` (a sentence), ``best`` (the strategy that a rule selected) and ``strategies`` (what
``differences.csv`` says of the metric, ``verdict``, ``needed``, ``best_low``, ``best_high``, ``may_be_best``).
Undefined numbers are null.

``validate`` has the same head and, instead of ``worlds``, ``vendors`` (whose status quo was measured), ``failing``
(names of judged facts that are not inside) and ``facts``: one object per fact, with the columns of ``facts.csv``.

``flips`` has the same head and ``strategy``, ``against``, ``world``, ``made_from`` (the results that it was made from,
see ``Manifest.numbers``), ``causes`` (cause -> mean, ``_low``, ``_high``, ``_total`` of every quantity), ``total`` (the
same for the whole difference), ``flips`` (how many deals). ``results export`` (``results-export``) has of these
``scenario``, ``hash``, ``results``, ``made_from``, ``replications``.

``compare --across-fits`` has the same head (``command``: ``compare-across-fits``), then ``metric`` (the number
that decides), ``answers`` (world -> what holds of it, in words), ``fits_file``, ``parameters``,
``kept`` (fitted keys that the scenario says itself), ``fits`` (a list, the default first: ``hash`` of the scenario
under it, ``replaced`` and ``scaled``: key -> before, after; ``moved``), and per world, strategy and metric the columns
of ``across.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.market.metrics import METRICS, NULL_METRICS
from zerosum.report.answers import answers
from zerosum.report.wording import across_in_words
from zerosum.runs.store import without_nan
from zerosum.scenario import alike_strategies, folder_name, scenario_hash
from zerosum.scenario.spec import Scenario
from zerosum.statistics.verdicts import POWER
from zerosum.studies.compare import DEFAULT_METRIC

if TYPE_CHECKING:
    from zerosum.runs.manifest import Manifest
    from zerosum.studies.across import Across
    from zerosum.studies.attribution import Flips
    from zerosum.studies.compare import Comparison, Decision
    from zerosum.studies.effects import Found
    from zerosum.studies.validate import Validation


def _strategy(numbers: Mapping[Any, float], null: Mapping[Any, float]) -> dict[str, Any]:
    return {
        "win_rate": numbers["win_rate"],
        "attainment": {
            "share_at_quota": numbers["share_at_quota"],
            "median": numbers["attainment_median"],
            "p10": numbers["attainment_p10"],
            "p90": numbers["attainment_p90"],
        },
        "chance_baseline": {name: null[name] for name in NULL_METRICS},
        "metrics": dict(numbers),
    }


def _head(command: str, scenario: Scenario) -> dict[str, Any]:
    return {
        "command": command,
        "scenario": scenario.name,
        "hash": scenario_hash(scenario),
        "question": scenario.question,
        "seed": scenario.comparison.seed,
        "weeks": scenario.clock.weeks,
        "baseline": scenario.baseline_name,
        "focal": scenario.vendors[scenario.focal_index].name,
        "settings": scenario.model_dump(mode="json", exclude_unset=True),
        "reps_by_segment": {
            vendor.name: reps
            for vendor in scenario.vendors
            if (reps := scenario.reps_by_segment(vendor)) is not None
        },
        "alike": [list(names) for names in alike_strategies(scenario)],
    }


def run_document(
    scenario: Scenario,
    strategy: str,
    world: str,
    replication: int,
    numbers: Mapping[str, float],
    null: Mapping[str, float],
    files: list[Path],
) -> dict[str, Any]:
    """Describe one run."""
    head = _head("run", scenario) | {"replication": replication}
    document = head | {
        "worlds": {world: {strategy: _strategy(numbers, null)}},
        "files": [str(f) for f in files],
    }
    return dict(without_nan(document))


def compare_document(comparison: Comparison, decision: Decision, files: list[Path]) -> dict[str, Any]:
    """Describe a comparison: means over replications, and paired differences to the baseline."""
    scenario, runs = comparison.scenario, comparison.runs
    names = [metric.name for metric in METRICS]
    means: Any = runs.groupby(["world", "strategy", "null"], sort=False)[names].mean()
    gaps: Any = comparison.differences.set_index(["world", "strategy", "metric"])
    worlds: dict[str, Any] = {}
    for world in scenario.comparison.worlds:
        worlds[world] = {}
        for strategy in scenario.compared_names:
            described = _strategy(
                means.loc[(world, strategy, False)].to_dict(), means.loc[(world, strategy, True)].to_dict()
            )
            described["differences"] = {
                name: {
                    "difference": float(gaps.loc[(world, strategy, name), "difference"]),
                    "low": float(gaps.loc[(world, strategy, name), "low"]),
                    "high": float(gaps.loc[(world, strategy, name), "high"]),
                    "n": int(gaps.loc[(world, strategy, name), "n"]),
                }
                for name in names
            }
            worlds[world][strategy] = described
    head = _head("compare", scenario) | {
        "results": folder_name(scenario),
        "replications": scenario.comparison.replications,
    }
    decided = {"decision": _decision(comparison, decision)}
    return dict(without_nan(head | decided | {"worlds": worlds, "files": [str(f) for f in files]}))


_SAID_ELSEWHERE = ("world", "strategy", "metric", "label", "unit")


def _decision(comparison: Comparison, decision: Decision) -> dict[str, Any]:
    """Describe what the number that decides says, per world: the answer, and every strategy's numbers."""
    worlds: dict[str, Any] = {}
    for world, answer in answers(comparison, decision).items():
        here = decision.table[decision.table["world"] == world]
        worlds[world] = {
            "answer": answer,
            "best": decision.found.get(world),
            "strategies": {
                row["strategy"]: {name: value for name, value in row.items() if name not in _SAID_ELSEWHERE}
                for row in here.to_dict("records")
            },
        }
    return {
        "metric": decision.metric.name,
        "unit": decision.metric.unit,
        "matters": decision.matters.written if decision.matters else None,
        "until": comparison.until.in_words if comparison.until else None,
        "decided": comparison.decided if comparison.until else None,
        "needed_power": POWER,
        "worlds": worlds,
    }


def validate_document(found: Validation, files: list[Path]) -> dict[str, Any]:
    """Describe a validation: every fact, and what the market says to it."""
    scenario, table = found.scenario, found.table
    amiss = table[table["judged"] & (table["verdict"] != "inside")]
    head = _head("validate", scenario) | {"replications": scenario.comparison.replications}
    document = head | {
        "vendors": list(found.vendors),
        "failing": list(amiss["fact"]),
        "facts": table.to_dict(orient="records"),
        "files": [str(f) for f in files],
    }
    return dict(without_nan(document))


def effects_document(found: Found, files: list[Path]) -> dict[str, Any]:
    """Describe effects: each with its verdict and its numbers."""
    scenario, table = found.scenario, found.table
    head = _head("effects", scenario) | {"replications": scenario.comparison.replications}
    effects = {
        effect.name: {
            "title": effect.title,
            "expected": effect.expected,
            "source": effect.source,
            "differs": effect.differs,
            "verdict": found.verdict(effect.name),
            "numbers": table[table["effect"] == effect.name].drop(columns="effect").to_dict(orient="records"),
        }
        for effect in found.effects
    }
    return dict(without_nan(head | {"effects": effects, "files": [str(f) for f in files]}))


def flips_document(found: Flips, made_from: str, files: list[Path]) -> dict[str, Any]:
    """Describe why two strategies differ: every cause's part, and what they sum to."""
    named = found.causes.drop(columns="label").set_index("cause")
    document = _head("flips", found.scenario) | {
        "strategy": found.strategy,
        "against": found.against,
        "world": found.world,
        "results": folder_name(found.scenario),
        "made_from": made_from,
        "replications": found.replications,
        "causes": named.to_dict(orient="index"),
        "total": found.totals.iloc[0].to_dict(),
        "flips": len(found.flips),
        "files": [str(f) for f in files],
    }
    return dict(without_nan(document))


def export_document(manifest: Manifest, files: list[Path]) -> dict[str, Any]:
    """Describe exported tables: of which results they are."""
    return {
        "command": "results-export",
        "scenario": manifest.scenario,
        "hash": manifest.hash,
        "results": manifest.hash[:16],
        "made_from": manifest.numbers,
        "replications": manifest.replications,
        "files": [str(f) for f in files],
    }


def across_document(across: Across, files: list[Path], metric: str = DEFAULT_METRIC) -> dict[str, Any]:
    """Describe a comparison across fits: what each fit changed, and what holds in all of them."""
    scenario = across.scenario
    worlds: dict[str, Any] = {}
    for row in across.table.to_dict("records"):
        told = {str(name): value for name, value in row.items() if name not in _ADDRESS}
        worlds.setdefault(row["world"], {}).setdefault(row["strategy"], {})[row["metric"]] = told
    fits = [
        {
            "hash": scenario_hash(comparison.scenario),
            "replaced": {key: list(pair) for key, pair in change.replaced.items()},
            "scaled": {key: list(pair) for key, pair in change.scaled.items()},
            "moved": change.moved,
        }
        for comparison, change in zip(across.comparisons, across.changes, strict=True)
    ]
    document = _head("compare-across-fits", scenario) | {
        "metric": metric,
        "answers": {world: across_in_words(across, metric, world) for world in scenario.comparison.worlds},
        "replications": scenario.comparison.replications,
        "fits_file": across.fits.source,
        "parameters": [parameter.key for parameter in across.fits.parameters],
        "kept": list(across.changes[0].kept),
        "fits": fits,
        "worlds": worlds,
        "files": [str(f) for f in files],
    }
    return dict(without_nan(document))


_ADDRESS = ("world", "strategy", "metric", "label", "unit")
