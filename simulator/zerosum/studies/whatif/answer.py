"""What a what-if finds: each value's paired differences from today, and what becomes of a strategy's net gain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from zerosum.market.assumptions import courses
from zerosum.market.metrics import METRICS, NULL_METRICS
from zerosum.runs.work import RUNS
from zerosum.statistics import compare_pairs, mean_interval, replications_needed
from zerosum.studies.sweep import Swept
from zerosum.studies.whatif.change import format_choice
from zerosum.studies.whatif.question import TODAY, WhatIf

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """The results of a what-if.

    Attributes
    ----------
    asked : WhatIf
    swept : Swept
        its runs
    """

    asked: WhatIf
    swept: Swept

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per point, strategy and metric.

        point (0: today), key, value, since ("branch": from the first measured week; "start": from the first week of
        all), responds, strategy, metric, label, unit; mean, mean_low, mean_high, chance_baseline; difference, low, high
        (from today, same strategy; NaN for today), n; needed (replications that would tell it from 0 at 80 % power;
        NaN: unknown); gain, gain_low, gain_high (from the baseline in the same market; NaN for the baseline);
        gain_change, gain_change_low, gain_change_high (of that gain, from today's). Intervals are paired, 95 %, each by
        itself.
        """
        return pd.DataFrame([row for metric in METRICS for row in self._rows(metric)])

    @property
    def often(self) -> int:
        """Replications of each point that were asked for."""
        return self.swept.study.experiment.replications

    def row(self, point: int, metric: str, strategy: str | None = None) -> Any:
        """Return one row of the table; of the strategy whose net gain is followed if none is given."""
        address: Any = (point, strategy or self.asked.strategy, metric)
        return {
            "point": point,
            "strategy": address[1],
            "metric": metric,
            **self._by_address.loc[address].to_dict(),
        }

    @cached_property
    def _by_address(self) -> pd.DataFrame:
        return self.table.set_index(["point", "strategy", "metric"])

    @cached_property
    def _runs(self) -> pd.DataFrame:
        """Runs by (null, strategy, point, replication); with uncertain keys, means over equal assumptions."""
        frame = self.swept.tables[RUNS].to_pandas()
        frame["replication"] //= courses(self.asked.scenario)
        names = [metric.name for metric in METRICS]
        return frame.groupby(["null", "strategy", "point", "replication"])[names].mean()

    def _values(self, metric: str, strategy: str, point: int, null: bool = False) -> Floats:
        """Return a metric in every replication, float[n]; NaN where a run is missing."""
        often = self.often // courses(self.asked.scenario)
        try:
            found = self._runs[metric].loc[(null, strategy, point)]
        except KeyError:
            return np.full(often, math.nan)
        return found.reindex(range(often)).to_numpy(np.float64)

    def _rows(self, metric: Any) -> list[dict[str, Any]]:
        asked, rows = self.asked, []
        baseline, names = asked.baseline, dict.fromkeys((asked.baseline, asked.strategy))
        responds = dict(zip([change.key for change in asked.changes], asked.responds, strict=True))
        for point, (change, value) in enumerate(asked.points):
            for strategy in names:
                here, today = (self._values(metric.name, strategy, at) for at in (point, TODAY))
                usual, usual_today = (self._values(metric.name, baseline, at) for at in (point, TODAY))
                level, gap = mean_interval(here), compare_pairs(here, today).difference
                gain = compare_pairs(here, usual).difference
                more = compare_pairs(here - usual, today - usual_today).difference
                is_today, is_usual = point == TODAY, strategy == baseline
                needed = None if is_today else replications_needed(gap, None)
                by_chance = self._values(metric.name, strategy, point, null=True)
                rows.append(
                    {
                        "point": point,
                        "key": change.key if change else "",
                        "value": format_choice(value) if change else "today",
                        "since": change.since if change else "",
                        "responds": responds[change.key] if change else "",
                        "strategy": strategy,
                        "metric": metric.name,
                        "label": metric.label,
                        "unit": metric.unit,
                        "mean": level.mean,
                        "mean_low": level.low,
                        "mean_high": level.high,
                        "chance_baseline": _mean(by_chance) if metric.name in NULL_METRICS else math.nan,
                        **_named("", gap, is_today),
                        "n": gap.n,
                        "needed": math.nan if needed is None else float(needed * courses(asked.scenario)),
                        **_named("gain", gain, is_usual),
                        **_named("gain_change", more, is_today or is_usual),
                    }
                )
        return rows


def _named(name: str, found: Any, without: bool) -> dict[str, float]:
    """Return an interval's columns; NaN where it has no meaning."""
    first, more = (name, f"{name}_") if name else ("difference", "")
    values = (math.nan,) * 3 if without else (found.mean, found.low, found.high)
    return dict(zip((first, f"{more}low", f"{more}high"), values, strict=True))


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan
