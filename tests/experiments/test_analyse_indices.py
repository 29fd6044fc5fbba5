"""Indices: against published values, with luck's part in them, and refused where a hole or luck would make them up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator.experiments import Swept
from simulator.experiments.analysis import Analysis, analyse
from simulator.experiments.analysis.effects import independent
from simulator.experiments.analysis.indices import _elementary, sensitivity
from simulator.experiments.analysis.outcome import taken
from simulator.experiments.designs import places
from simulator.metrics import BY_NAME
from tests.experiments.fabricated import METRIC, hours, saturation, study_of, swept_of

FACTORS = [
    saturation("low = 0.1\nhigh = 0.9"),
    hours("low = 20\nhigh = 60"),
    'key = "choice.price_weight"\nlow = 0.5\nhigh = 2.0',
]


def made(
    design: str,
    of: Any,
    noise: float = 0.0,
    often: int = 4,
    scenarios: Any = ("market.toml",),
    **options: Any,
) -> Swept:
    """Fabricate a sweep whose difference is a function of the places, plus noise."""
    study = study_of(FACTORS, design, often=often, scenarios=scenarios, arms=("usual", "shots"))

    def number(points: pd.DataFrame, rng: np.random.Generator, n: int) -> Any:
        luck = rng.normal(0, 3, (1, n))
        at = np.tile(places(study.experiment), (len(study.experiment.scenario), 1))
        return luck, luck + of(at)[:, None] + rng.normal(0, noise, (len(points), n))

    return swept_of(study, number, **options)


def ishigami(at: Any) -> Any:
    x = np.pi * (2 * at - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def linear(at: Any) -> Any:
    return 3 * at[:, 0] - 2 * at[:, 1]


def table(analysis: Analysis) -> pd.DataFrame:
    return analysis.tables["indices"].set_index("factor")


@pytest.mark.parametrize("second", [False, True])
def test_ishigami_has_its_published_indices(second: bool) -> None:
    design = f'kind = "saltelli"\npoints = 2048\nsecond_order = {str(second).lower()}'
    found = analyse(made(design, ishigami, often=2))
    indices = table(found)
    # Sobol & Levitan (1999); Saltelli et al. (2008), Global Sensitivity Analysis, 4.7, with a = 7, b = 0.1.
    assert indices["S1"].tolist() == pytest.approx([0.3139, 0.4424, 0.0], abs=0.04)
    assert indices["ST"].tolist() == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.04)
    for name, truth in (("S1", [0.3139, 0.4424, 0.0]), ("ST", [0.5576, 0.4424, 0.2437])):
        assert (indices[f"{name}_low"] < truth).all()
        assert (truth < indices[f"{name}_high"]).all()
    pairs = found.tables["pairs"]
    assert len(pairs) == (3 if second else 0)
    if second:
        together = pairs.set_index(["factor", "other"]).loc[("saturation", "price_weight")]
        assert together["S2"] == pytest.approx(0.2437, abs=0.05)
        assert together["S2_low"] < 0.2437 < together["S2_high"]


def test_a_line_has_its_slopes_and_no_spread() -> None:
    indices = table(analyse(made('kind = "morris"\ntrajectories = 10', linear)))
    assert indices["mu"].tolist() == pytest.approx([3.0, -2.0, 0.0], abs=1e-9)
    assert indices["mu_star"].tolist() == pytest.approx([3.0, 2.0, 0.0], abs=1e-9)
    assert indices["sigma"].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_own_elementary_effects_are_those_of_salib() -> None:
    swept = made('kind = "morris"\ntrajectories = 12\ngrid_levels = 6', ishigami, often=2)
    indices = table(analyse(swept))
    effects = _elementary(places(swept.study.experiment), ishigami(places(swept.study.experiment)))
    assert indices["mu"].tolist() == pytest.approx(effects.mean(axis=0).tolist())
    assert indices["mu_star"].tolist() == pytest.approx(np.abs(effects).mean(axis=0).tolist())
    assert indices["sigma"].tolist() == pytest.approx(effects.std(axis=0, ddof=1).tolist())
    for name in ("mu", "mu_star", "sigma"):
        assert (indices[f"{name}_low"] <= indices[name]).all()
        assert (indices[name] <= indices[f"{name}_high"]).all()


def test_a_factor_that_does_nothing_has_what_luck_gives_it() -> None:
    indices = table(analyse(made('kind = "morris"\ntrajectories = 400', linear, noise=1.0)))
    assert indices.loc["price_weight", "mu_star"] == pytest.approx(
        indices.loc["price_weight", "floor"], rel=0.1
    )
    assert indices["clear"].tolist() == [True, True, False]
    found = analyse(made('kind = "saltelli"\npoints = 2048', linear, noise=1.0))
    indices = table(found)
    share = found.tables["luck"]["share"].iloc[0]
    assert share == pytest.approx(0.25 / (0.25 + 13 / 12), rel=0.1)
    assert indices.loc["price_weight", "ST"] == pytest.approx(share, rel=0.1)
    assert indices["clear"].tolist() == [True, True, False]


@pytest.mark.parametrize("design", ['kind = "saltelli"\npoints = 64', 'kind = "morris"\ntrajectories = 12'])
def test_one_missing_point_ruins_them_so_they_are_refused(design: str) -> None:
    whole = analyse(made(design, linear))
    assert len(whole.tables["indices"]) == 3
    assert not whole.refusals
    found = analyse(made(design, linear, drop=[(7, replication) for replication in range(4)]))
    assert found.tables["indices"].empty
    (refusal,) = found.refusals
    assert refusal.what == "indices"
    assert "point 7 (saturation = " in refusal.why
    # A point that has lost some of its replications still has a mean.
    assert len(analyse(made(design, linear, drop=[(7, 1)])).tables["indices"]) == 3


def test_an_undefined_number_is_a_missing_point() -> None:
    def holed(at: Any) -> Any:
        found = linear(at)
        found[[3, 9]] = np.nan
        return found

    (refusal,) = analyse(made('kind = "saltelli"\npoints = 64', holed)).refusals
    assert "2 points have no number: point 3 (" in refusal.why
    assert "point 9 (" in refusal.why


def test_pure_luck_gives_no_indices() -> None:
    (refusal,) = analyse(made('kind = "saltelli"\npoints = 32', lambda at: 0 * at[:, 0], noise=1.0)).refusals
    assert "can't be told from luck" in refusal.why
    (refusal,) = analyse(made('kind = "saltelli"\npoints = 32', lambda at: 0 * at[:, 0])).refusals
    assert "nothing to part" in refusal.why


def test_one_run_a_point_has_indices_but_no_word_on_luck() -> None:
    indices = table(analyse(made('kind = "saltelli"\npoints = 256', linear, often=1)))
    assert indices["floor"].isna().all()
    assert indices.loc["saturation", "clear"]


def test_averages_of_a_saltelli_design_take_independent_points_only() -> None:
    swept = made('kind = "saltelli"\npoints = 64', linear)
    (outcome,) = taken(swept, BY_NAME[METRIC], "usual")
    base = independent(outcome)
    assert len(base.points) == 128
    assert len(np.unique(np.round(base.column("saturation"), 5))) == 128
    assert sensitivity(outcome, "shots", 0.95).refused == ""


@pytest.mark.parametrize("design", ['kind = "saltelli"\npoints = 64', 'kind = "morris"\ntrajectories = 12'])
def test_each_scenario_of_a_sample_is_looked_at_by_itself(design: str) -> None:
    """The same places were tried in both: their points are no independent sample."""

    def twice(at: Any) -> Any:
        half = len(at) // 2
        return np.concatenate([linear(at[:half]), 10 - linear(at[half:][:, [1, 0, 2]])])

    scenarios = ("market.toml", "workshop")
    found = analyse(made(design, twice, scenarios=scenarios, drop=[(0, 0)]))
    indices = found.tables["indices"].set_index(["scenario", "factor"])
    most = "mu_star" if "morris" in design else "ST"
    for scenario, factor in (("market.toml", "saturation"), ("workshop", "hours")):
        assert indices.loc[scenario][most].idxmax() == factor
    holed = analyse(
        made(design, twice, scenarios=scenarios, drop=[(1, replication) for replication in range(4)])
    )
    assert [refusal.scenario for refusal in holed.refusals] == ["market.toml"]
    assert set(holed.tables["indices"]["scenario"]) == {"workshop"}
    if most == "ST":
        assert set(found.tables["switches"]["scenario"]) == set(scenarios)
        assert "scenario" not in set(found.tables["effects"]["factor"])


def test_the_same_sweep_has_the_same_intervals() -> None:
    design = 'kind = "saltelli"\npoints = 64\nseed = 0'
    one, other = (table(analyse(made(design, linear, noise=0.1))) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
