"""Explain a difference between two strategies: run both, find deals with a different result, trace each.

Within a replication the two runs share all random numbers. So a different result has a different input, which
``witness.py`` records.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zerosum.market.run import OnWeek, branches, warm_up
from zerosum.market.state import Float
from zerosum.runs.executors import replications as repeated
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.spec import Scenario
from zerosum.statistics import mean_interval
from zerosum.studies.attribution.causes import CAUSES, CONTACT, N_GROUPS, QUANTITIES, TOTALS
from zerosum.studies.attribution.missing import name_missing, name_unmatched
from zerosum.studies.attribution.shapley import shares
from zerosum.studies.attribution.side import Pairs, Rows, Side, add_sums, make_side, pair, sum_up
from zerosum.studies.attribution.table import rows_of
from zerosum.studies.attribution.value import draw_shared
from zerosum.studies.attribution.witness import Witness, take

# --- One replication ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Traced:
    """Attribution of one replication.

    Attributes
    ----------
    by_cause : float64[causes, totals]
        second run less first, columns as in :data:`TOTALS`
    totals : dict
        the same differences from the runs' own metrics; causes sum to them
    deals : DataFrame
        one row per decision with a different result
    """

    by_cause: Float
    totals: dict[str, float]
    deals: pd.DataFrame


def trace(first: Side, second: Side) -> Traced:
    """Trace the difference between two runs to its causes.

    Parameters
    ----------
    first, second : Side
        of one replication, from one warm-up
    """
    pairs = pair(first.made_of, second.made_of)
    changed = np.any(first.brought[pairs.first] != second.brought[pairs.second], axis=1)
    some = Pairs(
        pairs.first[changed],
        pairs.second[changed],
        pairs.first_only[first.brought[pairs.first_only].any(axis=1)],
        pairs.second_only[second.brought[pairs.second_only].any(axis=1)],
    )
    parts = np.concatenate(
        [
            _of_pairs(first, some.first, second, some.second),
            -_of_single(first, some.first_only, second),
            _of_single(second, some.second_only, first),
        ]
    )
    before, after = sum_up(first), sum_up(second)
    return Traced(
        by_cause=add_sums(parts.sum(axis=0)),
        totals={name: after[name] - before[name] for name in before},
        deals=rows_of(first, second, some, parts),
    )


def _of_pairs(first: Side, first_rows: Rows, second: Side, second_rows: Rows) -> Float:
    """Return each cause's part of the change in decisions of both runs; float64[pairs, causes, quantities]."""
    vendor, rules = first.run.vendor, first.witness.rules
    own, other = take(first.made_of, first_rows), take(second.made_of, second_rows)
    shared = draw_shared(first.witness.key, own.buyer, own.start, first.run.engine.market, rules)
    found = np.zeros((len(first_rows), len(CAUSES), len(QUANTITIES)))
    found[:, :N_GROUPS] = shares(own, other, shared, vendor, rules)
    arrived = np.flatnonzero(~own.offer[:, vendor] & other.offer[:, vendor])
    gone = np.flatnonzero(own.offer[:, vendor] & ~other.offer[:, vendor])
    for rows, named in (
        (arrived, name_missing(second, second_rows[arrived], first, first_rows[arrived])),
        (gone, name_missing(first, first_rows[gone], second, second_rows[gone])),
    ):
        contact = found[rows, CONTACT]
        found[rows, CONTACT] = 0.0
        found[rows, named] = contact
    return found


def _of_single(side: Side, rows: Rows, other: Side) -> Float:
    """Return the results of decisions that only this run has, under the cause of each."""
    found = np.zeros((len(rows), len(CAUSES), len(QUANTITIES)))
    found[np.arange(len(rows)), name_unmatched(side, rows, other)] = side.brought[rows]
    return found


# --- Many replications ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChangedDeals:
    """Causes of the difference between a strategy and the one it is compared with.

    Every number is strategy less baseline. Quantities (:data:`TOTALS`): ``money_new``, ``money_from_rivals``,
    ``money_renewed``, ``money_cannibalised``, their sum ``money`` (the metric ``revenue``), ``money_lost_accounts``
    (payments of customers that competitors won), and ``n_…`` likewise: deals, and customers lost.

    Attributes
    ----------
    scenario : Scenario
    strategy, against, adopters : str
    replications : int
    causes : DataFrame
        One row for each cause, in the order of :data:`CAUSES`: ``cause``, ``label``, and per quantity its mean
        over replications, ``…_low`` and ``…_high`` (95 %), and ``…_total``, the sum over replications.
    totals : DataFrame
        One row, likewise: the differences by the runs' own metrics; causes sum to them.
    by_replication : DataFrame
        One row per replication and cause (``total``: by the runs' own metrics): the quantities.
    deals : DataFrame
        One row per decision with a different result for the vendor, or with a result for it in one run only:
        ``replication``, ``buyer``, ``segment``, ``value`` (money/year), ``start`` (week in which the
        evaluation opened), ``rep``. Of each run (``…_baseline``, ``…_strategy``): ``week`` of the decision (NaN:
        none), ``reason`` of the evaluation, ``incumbent`` before it, ``satisfaction`` with it (utility),
        ``result`` (``no evaluation``: none opened in that week; ``not decided``: it was open when the
        measured weeks ended), ``competitors`` with an offer; and of our offer (NaN or "": none) ``source``,
        ``product``, ``opened``, hours of ``preparation`` and ``selling``, ``support``, ``trust``, ``skill``,
        ``discount``. Then ``direction`` (won, lost, changed), ``money`` and ``money_lost_accounts``, the main
        ``cause``, and ``share_…`` of every cause, which sum to 1.
    """

    scenario: Scenario
    strategy: str
    against: str
    adopters: Adopters
    replications: int
    causes: pd.DataFrame
    totals: pd.DataFrame
    by_replication: pd.DataFrame
    deals: pd.DataFrame


def explain(
    scenario: Scenario,
    strategy: str,
    against: str | None = None,
    adopters: Adopters | None = None,
    replications: int | None = None,
    workers: int = 1,
    on_done: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
) -> ChangedDeals:
    """Trace the difference between two strategies to its causes.

    Parameters
    ----------
    scenario : Scenario
    strategy : str
        name of a strategy
    against : str, optional
        reference strategy; default: the baseline
    adopters : Adopters, optional
        default: the scenario's first
    replications : int, optional
        default: the scenario's
    workers, on_done, stop
        see :func:`zerosum.runs.executors.replications`

    Raises
    ------
    ValueError
        for strategies or adopters that can't be explained, or that the scenario doesn't allow
    Interrupted
        on Ctrl-C, or when ``stop`` is set; it holds the progress
    """
    base = scenario.baseline_name if against is None else against
    moves = scenario.comparison.adopters[0] if adopters is None else adopters
    count = scenario.comparison.replications if replications is None else replications
    if moves == "head-to-head":
        raise ValueError(
            "in 'head-to-head' all strategies are teams in one market: there is no second run to hold a deal against; "
            "choose adopters 'focal', 'competitors' or 'all'"
        )
    if strategy == base:
        raise ValueError(f"'{strategy}' can't be held against itself; name another strategy")
    if count < 1:
        raise ValueError(f"at least one replication is needed, not {count}")

    def task(number: int, check: OnWeek) -> Traced:
        return trace(*run_both(scenario, base, strategy, moves, number, check))

    return _gather(scenario, strategy, base, moves, repeated(task, count, workers, on_done, stop))


def run_both(
    scenario: Scenario,
    base: str,
    strategy: str,
    adopters: Adopters,
    replication: int,
    on_week: OnWeek | None = None,
) -> tuple[Side, Side]:
    """Run two strategies from one warm-up, each with a witness."""
    start = warm_up(scenario, replication, on_week)
    witnesses: list[Witness] = []
    runs = branches(
        start,
        [base, strategy],
        [adopters],
        on_week,
        lambda engine: witnesses.append(Witness(engine, scenario.focal_index)),
    )
    first, second = (make_side(run, witnesses[-1]) for run in runs)
    return first, second


def _gather(
    scenario: Scenario, strategy: str, base: str, adopters: Adopters, found: Sequence[Traced]
) -> ChangedDeals:
    parts = np.array([one.by_cause for one in found])
    sums = np.array([[one.totals[name] for name in TOTALS] for one in found])
    causes = pd.DataFrame({"cause": [c.name for c in CAUSES], "label": [c.label for c in CAUSES]})
    by_replication = [
        pd.DataFrame({"replication": number, "cause": names, **dict(zip(TOTALS, block.T, strict=True))})
        for number in range(len(found))
        for names, block in (
            ([cause.name for cause in CAUSES], parts[number]),
            (["total"], sums[[number]]),
        )
    ]
    deals = [one.deals for one in found if len(one.deals)] or [found[0].deals]
    return ChangedDeals(
        scenario=scenario,
        strategy=strategy,
        against=base,
        adopters=adopters,
        replications=len(found),
        causes=pd.concat([causes, _summary(parts)], axis=1),
        totals=_summary(sums[:, None, :]),
        by_replication=pd.concat(by_replication, ignore_index=True),
        deals=pd.concat(deals, ignore_index=True),
    )


def _summary(numbers: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> pd.DataFrame:
    """Return means with intervals, and sums, over replications; ``numbers``: [replications, rows, totals]."""
    columns: dict[str, list[float]] = {}
    for i, name in enumerate(TOTALS):
        intervals = [mean_interval(numbers[:, row, i]) for row in range(numbers.shape[1])]
        columns[name] = [interval.mean for interval in intervals]
        columns[f"{name}_low"] = [interval.low for interval in intervals]
        columns[f"{name}_high"] = [interval.high for interval in intervals]
        columns[f"{name}_total"] = numbers[:, :, i].sum(axis=0).tolist()
    return pd.DataFrame(columns)
