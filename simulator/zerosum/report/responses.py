"""What is read off an analyzed sweep, for its words and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from zerosum.report.intervals import excludes_zero
from zerosum.report.wording import with_ends, world_in_words
from zerosum.studies.sweep.spec import SCENARIO

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis, Outcome


def title_of(analysis: Analysis, name: str) -> str:
    """Return a factor's label with its unit."""
    return name if name == SCENARIO else analysis.swept.study.experiment.factor(name).title


def where(analysis: Analysis, outcome: Outcome, first: str = "") -> str:
    """Return what differences are of, and in which world and scenario where there are several."""
    study = analysis.swept.study
    said = [first] if first else []
    if len(study.worlds) > 1:
        base = study.bases[0]
        words = world_in_words(outcome.world, base.vendors[base.focal_index].name)  # type: ignore[arg-type]
        said.append(f"World '{outcome.world}': {words}.")
    if outcome.scenario:
        said.append(f"Scenario '{outcome.scenario}'.")
    return " ".join(said)


def responses(analysis: Analysis, outcome: Outcome, strategy: str) -> pd.DataFrame:
    """Return the rows of a strategy in an outcome's world and scenario, in order of points."""
    table = analysis.tables["responses"]
    here = table[(table["world"] == outcome.world) & (table["strategy"] == strategy)]
    if outcome.scenario:
        here = here[here[SCENARIO] == outcome.scenario]
    return here.sort_values("point")


def signs(rows: pd.DataFrame) -> tuple[int, int, int]:
    """Count the intervals of a difference that lie above zero, below it, and neither."""
    low, high = rows["low"].to_numpy(), rows["high"].to_numpy()
    above, below = int(((low < high) & (low > 0)).sum()), int(((low < high) & (high < 0)).sum())
    return above, below, len(rows) - above - below


def hangs_on(rows: pd.DataFrame, unit: str) -> str:
    """Say on which factor a difference hangs most, by how much; rows: of one strategy, the widest swing first."""
    if rows.empty or not np.isfinite(rows.iloc[0]["swing"]):
        return "no factor has two ends with runs"
    top = rows.iloc[0]
    if not np.isfinite(top["swing_low"]):
        return "luck can't be judged from so few runs"
    if not excludes_zero(top["swing_low"], top["swing_high"]):
        small = top["limited_by"] == "sample"
        return "no factor's ends can be told apart" + (": the sample of points is too small" if small else "")
    mean, low, high = with_ends(top["swing"], top["swing_low"], top["swing_high"], unit)
    ends = f"at {top['to_value']}, against {top['from_value']}"
    return f"hangs most on {top['factor']}: {mean} [{low}, {high}] {ends}"
