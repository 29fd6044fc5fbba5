"""Indices: against published values, with noise in them, and refused where a hole or noise would make them up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.experiments import rates
from tests.experiments.fabricated import METRIC, study_of, swept_of
from tests.experiments.rates import FACTORS
from tests.helpers import share_error
from zerosum.market.metrics import BY_NAME
from zerosum.report.analysis_findings import format_findings
from zerosum.studies.sweep import Swept
from zerosum.studies.sweep.analysis import Analysis, analyse
from zerosum.studies.sweep.analysis.effects import keep_independent
from zerosum.studies.sweep.analysis.indices import Runs, _elementary, sensitivity, sobol_indices
from zerosum.studies.sweep.analysis.outcome import take_outcomes
from zerosum.studies.sweep.designs import places


def made(
    design: str,
    of: Any,
    noise: float = 0.0,
    often: int = 4,
    scenarios: Any = ("market.toml",),
    **options: Any,
) -> Swept:
    """Fabricate a sweep whose difference is a function of the places, plus noise."""
    study = study_of(FACTORS, design, often=often, scenarios=scenarios, strategies=("usual", "shots"))

    def number(points: pd.DataFrame, rng: np.random.Generator, n: int) -> Any:
        shared = rng.normal(0, 3, (1, n))
        at = np.tile(places(study.experiment), (len(study.experiment.scenario), 1))
        return shared, shared + of(at)[:, None] + rng.normal(0, noise, (len(points), n))

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


def test_a_factor_that_does_nothing_has_an_index_of_nothing() -> None:
    """Noise is a fifth of the variance between points here, and adds nothing to any index."""
    indices = table(analyse(made('kind = "morris"\ntrajectories = 400', linear, noise=0.4)))
    assert indices["mu_star"].tolist() == pytest.approx([3.0, 2.0, 0.0], abs=0.1)
    assert indices["sigma"].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=0.15)
    assert indices["clear"].tolist() == [True, True, False]
    found = analyse(made('kind = "saltelli"\npoints = 2048', linear, noise=1.0))
    assert found.tables["noise"]["share"].iloc[0] == pytest.approx(0.25 / (0.25 + 13 / 12), rel=0.1)
    indices = table(found)
    assert indices["ST"].tolist() == pytest.approx([9 / 13, 4 / 13, 0.0], abs=0.02)
    assert indices["clear"].tolist() == [True, True, False]
    assert indices.loc["price_weight", "limited_by"] == "noise"


@pytest.mark.parametrize("design", ['kind = "saltelli"\npoints = 64', 'kind = "morris"\ntrajectories = 12'])
def test_on_common_random_numbers_a_factor_that_does_nothing_has_exactly_nothing(design: str) -> None:
    """What differs between points by chance alone differs as the factors do: two points that share them share it."""
    study = study_of(
        FACTORS, design, often=4, more='random_numbers = "common"', strategies=("usual", "shots")
    )
    at = places(study.experiment)

    def number(points: pd.DataFrame, rng: np.random.Generator, n: int) -> Any:
        slopes = np.array([[3.0], [-2.0]]) + rng.normal(0, 0.3, (2, n))
        return 0.0, at[:, :2] @ slopes

    found = analyse(swept_of(study, number))
    indices = table(found)
    name = "mu_star" if "morris" in design else "ST"
    nothing = indices.loc["price_weight", [name, f"{name}_low", f"{name}_high"]]
    assert nothing.tolist() == [0.0, 0.0, 0.0]
    assert indices["clear"].tolist() == [True, True, False]
    said = " ".join(format_findings(found))
    assert (
        "price_weight: makes " + ("no difference." if "morris" in design else "less than 0.05 of it.") in said
    )


@pytest.mark.parametrize(
    ("design", "noise", "common", "often"),
    [
        ('kind = "saltelli"\npoints = 32', rates.smooth, True, 10),
        ('kind = "saltelli"\npoints = 32', rates.rough, False, 10),
        ('kind = "morris"\ntrajectories = 20', rates.smooth, True, 10),
        ('kind = "morris"\ntrajectories = 20', rates.uneven, False, 10),
    ],
)
def test_a_factor_is_clear_if_it_matters_and_seldom_if_it_does_not(
    design: str, noise: rates.Noise, common: bool, often: int
) -> None:
    trials = 60
    shown, held, _ = rates.clear(design, noise, common, often, trials)
    assert shown[2] <= 0.05 + 4 * share_error(0.05, trials)
    assert held[2] >= 0.95 - 4 * share_error(0.95, trials)
    assert held[0] >= 0.95 - 4 * share_error(0.95, trials)
    more, _, _ = rates.clear(design, noise, common, 160, 12)
    assert more[0] > 0.8


def test_numerators_are_products_of_different_replications() -> None:
    """Against plain twins, for each index, its pairs, and what each would be without a replication or a base point."""
    design = 'kind = "saltelli"\npoints = 8\nsecond_order = true'
    study = study_of(FACTORS, design, often=4, strategies=("usual", "shots"))
    rng = np.random.default_rng(5)
    values = ishigami(places(study.experiment)) + rng.normal(0, 2, (4, 64)) + rng.normal(0, 3, (4, 1))

    def twin(rows: Any, name: str, i: int, j: int = -1) -> float:
        rows = (rows - rows.mean(axis=1, keepdims=True)).reshape(len(rows), -1, 8)
        a, b, ab, ba = rows[:, :, 0], rows[:, :, 7], rows[:, :, 1:4], rows[:, :, 4:7]
        middle = np.concatenate([a, b], axis=1).mean(axis=1)
        pairs = [(r, s) for r in range(len(rows)) for s in range(len(rows)) if r != s]
        total = {"V": 0.0, "S1": 0.0, "ST": 0.0, "S2": 0.0}
        for r, s in pairs:
            both = [(side[r] - middle[r]) * (side[s] - middle[s]) for side in (a, b)]
            total["V"] += np.concatenate(both).mean()
            total["S1"] += (b[r] * (ab[s, :, i] - a[s])).mean()
            total["ST"] += ((a[r] - ab[r, :, i]) * (a[s] - ab[s, :, i])).mean() / 2
            total["S2"] += (ba[r, :, i] * ab[s, :, j] - a[r] * b[s]).mean()
            for k in (i, j):
                total["S2"] -= (b[r] * (ab[s, :, k] - a[s])).mean()
        return float(total[name] / total["V"])

    found, pairs = sobol_indices(study, Runs(values, True), 0.95)
    for name in ("S1", "ST"):
        assert found[name].tolist() == pytest.approx([twin(values, name, i) for i in range(3)])
    ends = [twin(values, "S2", i, j) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert pairs["S2"].tolist() == pytest.approx(ends)
    gone = [np.array([twin(np.delete(values, r, axis=0), "ST", i) for r in range(4)]) for i in range(3)]
    by_noise = [3 / 4 * ((g - g.mean()) ** 2).sum() for g in gone]
    half = (found["ST_high"] - found["ST_low"]).to_numpy() / 2
    assert (half**2 > stats.t.ppf(0.975, 10) ** 2 * np.array(by_noise)).all()


def test_which_points_were_drawn_and_noise_are_told_apart() -> None:
    """Eight points are too few for Ishigami's function, however little noise there is; much noise hides many."""
    found = analyse(made('kind = "saltelli"\npoints = 8', ishigami, noise=0.1))
    indices = table(found)
    assert found.tables["noise"]["share"].iloc[0] < 0.002
    assert set(indices["limited_by"]) == {"sample"}
    said = " ".join(format_findings(found))
    assert "the sample (8 base points) is too small to show what it does, if anything" in said
    assert "Here, noise makes less than 1 % of the variance between points; more points, not more" in said
    assert "Less than 1 % of the variance of this difference between points is noise." in said
    assert "noise hides" not in said
    assert "can't be told from chance" not in said.split("Along")[0]

    found = analyse(made('kind = "saltelli"\npoints = 256', linear, noise=8.0))
    assert set(table(found)["limited_by"]) == {"noise"}
    said = " ".join(format_findings(found))
    assert "price_weight: noise hides what it does, if anything; more replications would show it." in said
    assert "too small" not in said


def test_few_replications_that_all_points_share_show_only_what_is_far_beyond_noise() -> None:
    design = 'kind = "saltelli"\npoints = 32'
    study = study_of(
        FACTORS, design, often=4, more='random_numbers = "common"', strategies=("usual", "shots")
    )
    at = places(study.experiment)
    refused = 0
    for seed in range(20):
        noise = rates.smooth(np.random.default_rng(seed), 4, at).T
        found = analyse(swept_of(study, lambda p, rng, n, noise=noise: (0.0, noise)))
        assert np.isnan(found.tables["noise"]["p"]).all()
        refused += len(found.refusals)
        if found.refusals:
            assert "with 4 replications that all points share" in found.refusals[0].why
    assert refused >= 18
    found = analyse(swept_of(study, lambda p, rng, n: (0.0, noise + 40 * at[:, :1])))
    assert not found.refusals
    assert table(found)["clear"].tolist() == [True, False, False]
    (line,) = [line for line in format_findings(found) if line.startswith("All points share")]
    assert line.startswith("All points share the random numbers of 4 replications: ")


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


def test_pure_noise_gives_no_indices() -> None:
    (refusal,) = analyse(made('kind = "saltelli"\npoints = 32', lambda at: 0 * at[:, 0], noise=1.0)).refusals
    assert "can't be told from chance" in refusal.why
    (refusal,) = analyse(made('kind = "saltelli"\npoints = 32', lambda at: 0 * at[:, 0])).refusals
    assert "nothing to part" in refusal.why


def test_one_run_a_point_has_indices_but_no_word_on_noise() -> None:
    """Of such indices noise is a part, so that none of them is called clear."""
    found = analyse(made('kind = "saltelli"\npoints = 256', linear, often=1))
    indices = table(found)
    assert indices["S1"].tolist() == pytest.approx([9 / 13, 4 / 13, 0.0], abs=0.1)
    assert not indices["clear"].any()
    assert set(indices["limited_by"]) == {""}
    assert "With one replication noise isn't known" in " ".join(format_findings(found))


@pytest.mark.parametrize("often", [1, 2])
@pytest.mark.parametrize("design", ['kind = "saltelli"\npoints = 16', 'kind = "morris"\ntrajectories = 8'])
def test_of_one_or_two_replications_that_all_points_share_there_are_no_intervals(
    design: str, often: int
) -> None:
    study = study_of(
        FACTORS, design, often=often, more='random_numbers = "common"', strategies=("usual", "shots")
    )
    at = places(study.experiment)
    found = analyse(
        swept_of(study, lambda p, rng, n: (0.0, linear(at)[:, None] + rng.normal(0, 0.1, (len(p), n))))
    )
    indices = table(found)
    name = "mu_star" if "morris" in design else "ST"
    assert indices[f"{name}_low"].isna().all()
    assert not indices["clear"].any()
    assert indices[name].idxmax() == "saturation"
    assert "no factor can be called clear" in " ".join(format_findings(found))


def test_on_common_random_numbers_indices_rest_on_whole_replications() -> None:
    study = study_of(FACTORS, 'kind = "saltelli"\npoints = 16', more='random_numbers = "common"', often=4)
    at = places(study.experiment)
    drop = [(7, 0), (8, 1), (9, 2), (9, 3)]
    found = analyse(swept_of(study, lambda p, rng, n: (0.0, linear(at)[:, None]), drop=drop))
    assert "no replication has a number at every point" in found.refusals[0].why
    assert "point 7 (saturation = " in found.refusals[0].why
    assert len(
        analyse(swept_of(study, lambda p, rng, n: (0.0, linear(at)[:, None]), drop=drop[:3])).tables[
            "indices"
        ]
    )


def test_averages_of_a_saltelli_design_take_independent_points_only() -> None:
    swept = made('kind = "saltelli"\npoints = 64', linear)
    (outcome,) = take_outcomes(swept, BY_NAME[METRIC], "usual")
    base = keep_independent(outcome)
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
