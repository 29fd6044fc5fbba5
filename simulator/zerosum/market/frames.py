"""From records to data frames: numbers become names, columns carry their meaning."""

from __future__ import annotations

import numpy as np
import pandas as pd

from zerosum.market.records import DEAL_KINDS, DEAL_OUTCOMES, WEEKLY
from zerosum.market.run import Run
from zerosum.market.state import NONE, OUTCOMES, REASONS, SOURCES


def _names(rows: np.ndarray, names: tuple[str, ...] | list[str]) -> np.ndarray:
    """Replace row numbers by names; NONE becomes an empty text."""
    table = np.array([*names, ""], dtype=object)
    return table[np.where(rows == NONE, len(names), rows)]


def weekly_frame(run: Run) -> pd.DataFrame:
    """One row per measured week and vendor; columns as in :data:`zerosum.market.records.WEEKLY`."""
    recorder = run.engine.recorder
    n_weeks, n_vendors, _ = recorder.weekly.shape
    first = recorder.first_week or 0
    vendors = [v.name for v in run.engine.scenario.vendors]
    frame = pd.DataFrame(
        recorder.weekly.reshape(n_weeks * n_vendors, -1), columns=[name for name, _, _ in WEEKLY]
    )
    frame.insert(0, "week", np.repeat(np.arange(first, first + n_weeks), n_vendors))
    frame.insert(1, "measured_week", frame["week"] - first + 1)
    frame.insert(2, "vendor", np.tile(np.array(vendors, dtype=object), n_weeks))
    return frame


def deals_frame(run: Run) -> pd.DataFrame:
    """One row per closed opportunity of any vendor; money per year, hours, weeks of the run."""
    scenario, engine = run.engine.scenario, run.engine
    frame = pd.DataFrame(engine.recorder.deals._asdict())
    rep, buyer = frame["rep"].to_numpy(), frame["buyer"].to_numpy()
    products = [p.name for p in scenario.products]
    frame["vendor"] = _names(frame["vendor"].to_numpy(), [v.name for v in scenario.vendors])
    frame["source"] = _names(frame["source"].to_numpy(), SOURCES)
    frame["product"] = _names(frame["product"].to_numpy(), products)
    frame["incumbent"] = _names(frame["incumbent"].to_numpy(), products)
    frame["outcome"] = _names(frame["outcome"].to_numpy(), DEAL_OUTCOMES)
    frame["kind"] = _names(frame["kind"].to_numpy(), DEAL_KINDS)
    frame["rep_strategy"] = _names(engine.market.reps.strategy[rep], [s.name for s in scenario.strategies])
    frame["segment"] = _names(engine.market.buyers.segment[buyer], [s.name for s in scenario.segments])
    frame["value"] = engine.market.buyers.value[buyer]
    return frame


def decisions_frame(run: Run) -> pd.DataFrame:
    """One row per evaluation that ended, with or without any rep there."""
    frame = pd.DataFrame(run.engine.recorder.decisions._asdict())
    products = [p.name for p in run.engine.scenario.products]
    frame["reason"] = _names(frame["reason"].to_numpy(), REASONS)
    frame["before"] = _names(frame["before"].to_numpy(), products)
    frame["after"] = _names(frame["after"].to_numpy(), products)
    frame["outcome"] = _names(frame["outcome"].to_numpy(), OUTCOMES)
    return frame
