"""Views of an analyzed sweep by adopters and scenario, for its text and figures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from zerosum.report.intervals import excludes_zero, format_gap
from zerosum.report.wording import count, format_adopters
from zerosum.studies.sweep.analysis.outcome import is_numeric
from zerosum.studies.sweep.spec import SCENARIO

if TYPE_CHECKING:
    from zerosum.studies.sweep import Study
    from zerosum.studies.sweep.analysis import Analysis, Outcome


@dataclass(frozen=True)
class View:
    """An analyzed sweep, for some adopters and a scenario."""

    analysis: Analysis
    outcome: Outcome

    @property
    def study(self) -> Study:
        """The sweep's study."""
        return self.analysis.swept.study

    @property
    def unit(self) -> str:
        """Unit of the decision metric."""
        return self.analysis.metric.unit

    @property
    def currency(self) -> str:
        """Currency of the scenarios seen; empty if they have several, or none."""
        names = self.study.experiment.scenario
        shown = [
            base.money.currency
            for name, base in zip(names, self.study.bases, strict=True)
            if self.outcome.scenario in ("", name)
        ]
        return shown[0] if len(set(shown)) == 1 else ""

    @property
    def label(self) -> str:
        """Label of the decision metric."""
        return self.analysis.metric.label

    @property
    def against(self) -> str:
        """Strategy that others are compared with."""
        return self.analysis.against

    @property
    def others(self) -> tuple[str, ...]:
        """Strategies that are compared with it."""
        return tuple(self.analysis.others)

    @cached_property
    def rows(self) -> dict[str, pd.DataFrame]:
        """Each strategy's responses, in order of points."""
        table = self.analysis.tables["responses"]
        here = table[table["adopters"] == self.outcome.adopters]
        if self.outcome.scenario:
            here = here[here[SCENARIO] == self.outcome.scenario]
        return {name: here[here["strategy"] == name].sort_values("point") for name in self.study.strategies}

    def table(self, name: str, strategy: str = "") -> pd.DataFrame:
        """Return a table's rows for these adopters and scenario, and for one strategy if given."""
        found = self.analysis.of(name, self.outcome)
        return found[found["strategy"] == strategy] if strategy and len(found) else found

    def widest(self, strategy: str) -> pd.DataFrame:
        """Return a strategy's swings, the widest first."""
        swings = self.table("swings", strategy)
        return swings.sort_values("swing", key=lambda v: -v.abs(), kind="stable") if len(swings) else swings

    def is_numeric(self, name: str) -> bool:
        """Return whether a factor's values are numbers."""
        return is_numeric(self.study.points[name])

    def title_of(self, name: str) -> str:
        """Return a factor's label with its unit."""
        return name if name == SCENARIO else self.study.experiment.factor(name).title

    def where(self, first: str = "") -> str:
        """Name adopters and scenario, if there are several, after the text ``first``."""
        said = [first] if first else []
        if len(self.study.adopters) > 1:
            base = self.study.bases[0]
            words = format_adopters(self.outcome.adopters, base.vendors[base.focal_index].name)  # type: ignore[arg-type]
            said.append(f"Adopters '{self.outcome.adopters}': {words}.")
        if self.outcome.scenario:
            said.append(f"Scenario '{self.outcome.scenario}'.")
        return " ".join(said)

    def seen(self, strategy: str) -> str:
        """Count the points where a strategy is above, below, neither."""
        rows = self.rows[strategy]
        above, below, neither = signs(rows)
        told_apart = f"'{strategy}' above '{self.against}' at {above}, below at {below}, open at {neither}"
        return f"{self.label}: {told_apart} of {count(len(rows), 'point')}"


def signs(rows: pd.DataFrame) -> tuple[int, int, int]:
    """Count the intervals of a difference that lie above zero, below it, and neither."""
    low, high = rows["low"].to_numpy(), rows["high"].to_numpy()
    above, below = int(((low < high) & (low > 0)).sum()), int(((low < high) & (high < 0)).sum())
    return above, below, len(rows) - above - below


def hangs_on(rows: pd.DataFrame, unit: str) -> str:
    """Name the factor that matters most, and its swing; rows: one strategy's, the widest swing first."""
    if rows.empty or not np.isfinite(rows.iloc[0]["swing"]):
        return "no factor has two ends with runs"
    top = rows.iloc[0]
    if not np.isfinite(top["swing_low"]):
        return "noise can't be judged from so few runs"
    if not excludes_zero(top["swing_low"], top["swing_high"]):
        small = top["limited_by"] == "sample"
        return "no factor's ends can be told apart" + (": the sample of points is too small" if small else "")
    swing = format_gap(top["swing"], top["swing_low"], top["swing_high"], unit).whole
    ends = f"at {top['to_value']}, against {top['from_value']}"
    return f"depends most on {top['factor']}: {swing} {ends}"
