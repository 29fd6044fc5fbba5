"""The JSON object of ``--json`` and ``summary.json``, for every command that simulates one scenario.

All have a head: ``{"command", "scenario", "hash", "question", "seed", "weeks", "baseline", "focal", "settings"
(from files and the command line), "reps_by_segment" (vendor -> segment -> reps, of those whose territory
is "segment"), "alike" (lists of strategies that differ only in cost: the market can't tell them apart)}``, and at
the end ``files``. Undefined numbers are null. Between them:

``run``, ``compare``: ``replications``, from ``run`` also ``replication`` (number of the first), ``adopters``:
{adopters: {strategy: {...}}}; per strategy ``win_rate``, ``attainment`` (``share_at_quota``, ``median``, ``p10``,
``p90``), ``chance_baseline`` (the same numbers with identical reps), ``metrics`` (every metric by name; with ``run
-n`` means, and ``ranges``: metric -> ``low``, ``high``) and, from ``compare``, ``differences`` (metric ->
``difference``, ``low``, ``high``, ``n``). ``identical_reps`` (counts of rep-years of the run, or of the baseline in
all replications: ``missed``, ``also`` (missed by identical reps, too), ``equal_missed`` (missed by identical reps),
``rep_years``; ``share`` = also / missed with ``low``, ``high``, ``n``; ``by_coincidence``; null if the chance
baseline has other territories). ``compare`` adds ``results`` (the start of the hash that names its folder: as
``hash``, but for the number of replications) and ``decision``: ``metric``, ``unit``, ``matters``, ``until``,
``decided``, ``needed_power`` (chance of a decision with ``needed`` replications) and per adopters ``verdict`` (the
first screen's lines: ``label``, ``words``), ``leaders`` (the strategy that gains most, then those that gain and may
be as good), ``recommended`` (the same; none while runs are too few or too uneven), ``alike`` (each leader but the
first: ``difference`` to the first with ``low``, ``high``, and ``needed``: replications that would tell the two
apart), ``best`` (the strategy that a rule selected), ``value`` (strategy -> the columns of
:func:`~zerosum.studies.compare.value_table`) and ``strategies`` (what ``differences.csv`` says of the metric,
``verdict``, ``needed``, ``best_low``, ``best_high``, ``may_be_best``).

``validate``: ``replications``, ``vendors`` (whose status quo was measured), ``failing`` (names of judged facts that
are not inside), ``facts`` (one object per fact, with the columns of ``facts.csv``). ``effects``: ``replications``,
``effects``.

``misses``: ``answer``, ``advice`` (sentences), ``strategy`` (null: the status quo), ``replications``, ``vendors``,
``market`` (the start of a hash of what was asked),
``shares`` and ``cases`` (as ``shares.csv`` and ``cases.csv``), ``identical_reps`` (as above, of all ``vendors``).

``deals``: ``strategy``, ``against``, ``adopters``, ``results``, ``made_from`` (the results that it was made from, see
``Manifest.numbers``), ``replications``, ``causes`` (cause -> mean, ``_low``, ``_high``, ``_total`` of every
quantity), ``total`` (the same for the whole difference), ``changed_deals`` (how many). ``export --csv``
(``export``) has of these ``scenario``, ``hash``, ``results``, ``made_from``, ``replications``.

``compare --across-fits`` (``compare-across-fits``): ``metric`` (the decision metric), ``answers`` (adopters ->
its result, in words), ``replications``, ``fits_file``, ``parameters``, ``kept`` (fitted keys that the
scenario sets itself), ``fits`` (a list, the default first: ``hash`` of the scenario under it, ``replaced`` and
``scaled``: key -> before, after; ``moved``), and per adopters, strategy and metric the columns of ``across.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.market.metrics import NULL_METRICS
from zerosum.runs.store import without_nan
from zerosum.scenario import alike_strategies, scenario_hash

if TYPE_CHECKING:
    from zerosum.scenario.spec import Scenario


def summary_of(
    command: str, scenario: Scenario, more: Mapping[str, Any], files: Sequence[Path]
) -> dict[str, Any]:
    """Return the head, a command's results, and the files that it wrote."""
    head = {
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
    return dict(without_nan(head | dict(more) | {"files": [str(file) for file in files]}))


def numbers_of(numbers: Mapping[Any, float], null: Mapping[Any, float]) -> dict[str, Any]:
    """Return a strategy's metrics and its chance baseline as an object."""
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
