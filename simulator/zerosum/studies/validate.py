"""Compare a market with known facts: each fact's band and the market's value."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from zerosum.runs.executors import replications
from zerosum.scenario.spec import Scenario
from zerosum.statistics import Interval, mean_interval
from zerosum.studies.facts import MEASURES, Fact, asked_for, observe, vendors_alike

INSIDE, OUTSIDE, UNDEFINED = "inside", "outside", "undefined"

THIN = 0.05
"""Share of a market's data below which a fact has too few."""


@dataclass(frozen=True)
class Validation:
    """Results of a validation.

    Attributes
    ----------
    scenario : Scenario
    vendors : tuple of str
        vendors whose status quo was measured: the focal one and identical ones
    table : DataFrame
        one row per fact: fact, label, measure, unit, low, high (the band; NaN: open), mean, mean_low,
        mean_high (95 % interval over replications), n, verdict (``inside``, ``outside``, ``undefined``), sure
        (False: the interval crosses an end of the band, or is missing), judged, chance_baseline (NaN if not shown),
        counts, part (data that the number is computed from, such as ``deals``, and the share of them used; NaN:
        unknown), tag, source, address, basis, effective_n, note
    """

    scenario: Scenario
    vendors: tuple[str, ...]
    table: pd.DataFrame

    @property
    def failing(self) -> tuple[str, ...]:
        """Labels of the judged facts that the market doesn't meet."""
        judged = self.table[self.table["judged"]]
        return tuple(judged.loc[judged["verdict"] != INSIDE, "label"])

    @property
    def thin(self) -> tuple[str, ...]:
        """Labels of the judged facts with too few data in this market to prove much."""
        return tuple(self.table.loc[self.table["judged"] & (self.table["part"] < THIN), "label"])


def validate(
    scenario: Scenario,
    facts: Sequence[Fact],
    workers: int = 1,
    on_done: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
    adoption: Mapping[str, Any] | None = None,
) -> Validation:
    """Compare every fact with ``scenario.comparison.replications`` simulated markets.

    Parameters
    ----------
    scenario : Scenario
    facts
        see :func:`zerosum.studies.facts.load_facts`
    workers, on_done, stop
        see :func:`zerosum.runs.executors.replications`
    adoption
        see :func:`zerosum.studies.facts.observe`

    Raises
    ------
    Interrupted
    """
    facts = [fact for fact in facts if fact.measure]
    alike = vendors_alike(scenario)
    measures = asked_for(facts)
    with_null = any(MEASURES[name].beside_chance for name in measures)
    observed = replications(
        lambda number, check: observe(
            scenario, number, check, measures=measures, null=with_null, vendors=alike, adoption=adoption
        ),
        scenario.comparison.replications,
        workers,
        on_done,
        stop,
    )
    rows = []
    for fact in facts:
        about, null, part = MEASURES[fact.measure], math.nan, math.nan
        found = about.interval(np.array([real[fact.measure] for real, _ in observed]))
        if about.part:
            part = MEASURES[about.part].interval(np.array([real[about.part] for real, _ in observed])).mean
        elif about.counts:
            part = 1.0
        if about.beside_chance:
            null = mean_interval([by_chance[fact.measure][0] for _, by_chance in observed]).mean
        rows.append(
            {
                "fact": fact.name,
                "label": fact.label,
                "measure": fact.measure,
                "unit": fact.unit,
                "low": math.nan if fact.low is None else fact.low,
                "high": math.nan if fact.high is None else fact.high,
                "mean": found.mean,
                "mean_low": found.low,
                "mean_high": found.high,
                "n": found.n,
                "verdict": _verdict(fact, found),
                "sure": _sure(fact, found),
                "judged": fact.judged,
                "chance_baseline": null,
                "counts": about.counts,
                "part": part,
                "tag": fact.tag,
                "source": fact.source,
                "address": fact.address,
                "basis": fact.basis,
                "effective_n": math.nan if fact.n is None else fact.n,
                "note": fact.note,
            }
        )
    return Validation(scenario, tuple(scenario.vendors[v].name for v in alike), pd.DataFrame(rows))


def _sure(fact: Fact, found: Interval) -> bool:
    """Return whether the whole interval is inside the band, or outside it, as its mean is."""
    low = -math.inf if fact.low is None else fact.low
    high = math.inf if fact.high is None else fact.high
    if fact.holds(found.mean):
        return low <= found.low and found.high <= high
    return found.high < low or found.low > high


def _verdict(fact: Fact, found: Interval) -> str:
    if math.isnan(found.mean):
        return UNDEFINED
    return INSIDE if fact.holds(found.mean) else OUTSIDE
