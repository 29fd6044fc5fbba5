"""What comes out at each point of a sweep, worked out by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tests.experiments.fabricated import METRIC, saturation, study_of, swept_of
from zerosum.studies.sweep import responses

pytestmark = pytest.mark.uncompiled


T = math.tan(0.475 * math.pi)
"""97.5 % quantile of Student's t with one degree of freedom."""

BELIEVED = '[set]\nuncertain = [{ key = "choice.no_decision", low = 1.0, high = 2.0 }]'


def found(usual: list[list[float]], calls: list[list[float]], more: str = "") -> pd.DataFrame:
    """Responses of two points with these numbers, [point][replication]."""
    study = study_of([saturation("values = [0.2, 0.8]")], often=len(usual[0]), more=more)
    swept = swept_of(study, lambda points, rng, often: (usual, calls))
    frame = responses(swept).set_index(["strategy", "point"])
    assert frame["saturation"].tolist() == [0.2, 0.8, 0.2, 0.8]
    assert (frame["metric"] == METRIC).all()
    return frame


def test_two_replications_by_hand() -> None:
    """3 and 1 more at the first point, 4 and 8 more at the second."""
    frame = found([[10, 14], [1, 1]], [[13, 15], [5, 9]])
    first, second = frame.loc[("calls", 0)], frame.loc[("calls", 1)]
    assert (first["mean"], first["mean_low"], first["mean_high"]) == pytest.approx((14, 14 - T, 14 + T))
    assert (first["difference"], first["low"], first["high"]) == pytest.approx((2, 2 - T, 2 + T))
    assert (second["difference"], second["low"], second["high"]) == pytest.approx((6, 6 - 2 * T, 6 + 2 * T))
    assert frame["n"].tolist() == [2, 2, 2, 2]
    usual = frame.loc[("usual", 0)]
    assert (usual["mean"], usual["mean_low"]) == pytest.approx((12, 12 - 2 * T))
    assert usual[["difference", "low", "high"]].isna().all()


def test_one_replication_has_no_interval() -> None:
    row = found([[10], [1]], [[13], [5]]).loc[("calls", 1)]
    assert row["difference"] == 4
    assert math.isnan(row["low"])
    assert math.isnan(row["high"])


def test_replications_that_share_assumptions_are_one_observation() -> None:
    """Gaps 3, 1, then 6, 8 are the two observations 2 and 7."""
    frame = found([[10, 14, 1, 1], [0, 0, 0, 0]], [[13, 15, 7, 9], [1, 1, 1, 1]], BELIEVED)
    row = frame.loc[("calls", 0)]
    assert row["n"] == 2
    assert (row["difference"], row["low"], row["high"]) == pytest.approx((4.5, 4.5 - 2.5 * T, 4.5 + 2.5 * T))
    other = frame.loc[("calls", 1)]
    assert other["difference"] == other["low"] == other["high"] == 1
