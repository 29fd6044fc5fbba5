"""Designs: which points, which values, and that each spreads as its law says."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.experiments.market import EXPERIMENT, put, study_in
from zerosum.errors import InputError
from zerosum.studies.sweep import Study, load_experiment
from zerosum.studies.sweep.designs import places
from zerosum.studies.sweep.factors import Factor

pytestmark = pytest.mark.uncompiled


HEAD = 'scenario = "market.toml"\nmetrics = ["attempts"]\n'
TWO = """
[[factors]]
key = "market.saturation"
low = 0.1
high = 0.9

[[factors]]
key = "vendors.Alder.reps"
low = 2
high = 6
"""


def factor(**columns: Any) -> Factor:
    return Factor(**({"key": "market.saturation", "name": "x"} | columns))


def test_a_grid_has_every_combination_in_order(tmp_path: Path) -> None:
    points = study_in(tmp_path).points
    assert list(points.itertuples(index=False, name=None)) == list(product([0.2, 0.9], [2, 3, 4]))


def test_several_scenarios_are_one_more_factor(tmp_path: Path) -> None:
    text = EXPERIMENT.replace('scenario = "market.toml"', 'scenario = ["market.toml", "other.toml"]')
    put(tmp_path)
    (tmp_path / "other.toml").write_text('extends = "market.toml"\nmarket.buyers = 70\n', encoding="utf-8")
    study = study_in(tmp_path, text)
    assert list(study.points.columns) == ["scenario", "saturation", "reps"]
    assert len(study.points) == 12
    assert [study.scenario(n).market.buyers for n in (0, 6)] == [60, 70]
    assert study.describe(6) == "scenario = other.toml, saturation = 0.2, reps = 2"


def test_constraints_leave_points_out(tmp_path: Path) -> None:
    text = 'constraints = ["saturation > 0.5 or reps < 3", "not (reps == 4)"]\n' + EXPERIMENT
    points = study_in(tmp_path, text).points
    assert list(points.itertuples(index=False, name=None)) == [(0.2, 2), (0.9, 2), (0.9, 3)]
    assert points.index.tolist() == [0, 1, 2]


def test_levels_set_several_keys_and_others_move_along(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
    [[factors]]
    name = "crowd"
    levels = [
        { name = "few", set = { "market.buyers" = 40, "market.saturation" = 0.5 } },
        { name = "many", set = { "market.buyers" = 80 } },
    ]

    [[factors]]
    key = "vendors.Alder.reps"
    values = [2, 5]
    also = { "vendors.Elm.reps" = 0.5, "pay.commission" = 0.01 }
    """
    )
    study = study_in(tmp_path, text)
    assert list(study.points.itertuples(index=False, name=None)) == list(product(["few", "many"], [2, 5]))
    few, many = study.scenario(1), study.scenario(3)
    assert (few.market.buyers, few.market.saturation) == (40, 0.5)
    assert (many.market.buyers, many.market.saturation) == (80, 0.9)
    assert [v.reps for v in few.vendors] == [5, 2]  # 2.5, to the even one
    assert few.pay.commission == 0.05


def test_a_list_is_read_from_its_file(tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / "points.csv").write_text("reps, saturation\n# mine\n3, 0.5\n2, 0.25\n", encoding="utf-8")
    points = study_in(tmp_path, HEAD + '[design]\nkind = "list"\nfile = "points.csv"\n' + TWO).points
    assert points.to_dict("list") == {"saturation": [0.5, 0.25], "reps": [3, 2]}


@pytest.mark.parametrize(
    ("csv", "said"),
    [
        ("reps\n3\n", "no column for saturation"),
        ("reps,saturation,colour\n3,0.5,1\n", "no factor for column colour"),
        ("reps,saturation\n3,\n", "line 2: there is nothing under saturation"),
        ("reps,saturation\n3,1.5\n", r"line 2: saturation = 1\.5 does not lie from 0\.1 to 0\.9"),
        ("reps,saturation\n3,many\n", "saturation = many"),
        ("", "points.csv"),
    ],
)
def test_a_list_that_doesnt_fit_is_refused(csv: str, said: str, tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / "points.csv").write_text(csv, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        study_in(tmp_path, HEAD + '[design]\nkind = "list"\nfile = "points.csv"\n' + TWO)


@pytest.mark.parametrize(
    ("design", "count"),
    [
        ('kind = "latin-hypercube"\npoints = 10', 10),
        ('kind = "sobol"\npoints = 16', 16),
        ('kind = "morris"\ntrajectories = 5', 5 * 3),
        ('kind = "saltelli"\npoints = 8', 8 * 4),
        ('kind = "saltelli"\npoints = 8\nsecond_order = true', 8 * 6),
    ],
)
def test_a_sample_is_of_its_size_and_the_same_again(design: str, count: int, tmp_path: Path) -> None:
    text = f"{HEAD}[design]\n{design}\n{TWO}"
    points = study_in(tmp_path, text).points
    assert len(points) == count
    assert points.equals(study_in(tmp_path, text).points)
    other = study_in(tmp_path, text.replace("[design]", "[design]\nseed = 2")).points
    assert not points.equals(other)
    assert points["saturation"].between(0.1, 0.9).all()
    assert points["reps"].isin([2, 3, 4, 5, 6]).all()
    for _ in study_in(tmp_path, text).checked():
        pass


def test_a_latin_hypercube_meets_every_part_of_every_factor(tmp_path: Path) -> None:
    file = put(tmp_path, f'{HEAD}[design]\nkind = "latin-hypercube"\npoints = 20\n{TWO}')
    at = places(load_experiment(file))
    for column in at.T:
        assert sorted(np.floor(20 * column)) == list(range(20))


def test_a_trajectory_changes_one_factor_at_a_time(tmp_path: Path) -> None:
    file = put(tmp_path, f'{HEAD}[design]\nkind = "morris"\ntrajectories = 6\n{TWO}')
    at = places(load_experiment(file)).reshape(6, 3, 2)
    assert ((np.diff(at, axis=1) != 0).sum(axis=2) == 1).all()


@pytest.mark.parametrize(
    ("columns", "law"),
    [
        ({"low": 2.0, "high": 5.0}, stats.uniform(2, 3)),
        ({"low": 2.0, "high": 50.0, "scale": "log"}, stats.loguniform(2, 50)),
        ({"distribution": "normal", "mean": 3.0, "sd": 0.5}, stats.norm(3, 0.5)),
        (
            {"distribution": "normal", "mean": 3.0, "sd": 0.5, "low": 2.8, "high": 4.0},
            stats.truncnorm(-0.4, 2.0, 3.0, 0.5),
        ),
        ({"distribution": "triangular", "low": 1.0, "high": 5.0, "mode": 2.0}, stats.triang(0.25, 1.0, 4.0)),
    ],
)
def test_values_follow_the_law(columns: dict[str, Any], law: Any) -> None:
    one = factor(**columns)
    for place in (0.001, 0.1, 0.25, 0.5, 0.9, 0.999):
        assert one.at(place) == pytest.approx(float(law.ppf(place)), rel=1e-5)


def test_a_grid_of_a_law_takes_equally_likely_parts() -> None:
    one = factor(distribution="normal", mean=10.0, sd=2.0, steps=4)
    assert one.listed == pytest.approx(stats.norm(10, 2).ppf([0.125, 0.375, 0.625, 0.875]), rel=1e-5)
    assert factor(low=0.0, high=1.0, steps=3).listed == (0.0, 0.5, 1.0)


def test_listed_values_share_the_places_evenly() -> None:
    one = factor(values=("a", "b", "c"))
    assert [one.at(place) for place in (0.0, 0.33, 0.34, 0.66, 0.67, 1.0)] == ["a", "a", "b", "b", "c", "c"]


def test_whole_numbers_are_whole(tmp_path: Path) -> None:
    one = Factor(key="vendors.Alder.reps", low=2, high=4)
    assert [one.at(place) for place in (0.0, 0.4, 1.0)] == [2, 3, 4]
    assert all(isinstance(one.at(place), int) for place in (0.0, 0.4))
    nested = Factor(key="strategies.calls.plan.prospecting", low=0.1, high=0.3)
    assert nested.at(0.5) == 0.2
    assert nested.name == "prospecting"
    assert Factor(key="clock.weeks", low=10, high=20).at(0.55) in (15, 16)


def test_an_unbounded_law_has_no_ends_for_designs_that_go_there(tmp_path: Path) -> None:
    text = HEAD + '[design]\nkind = "morris"\ntrajectories = 4\n' + TWO
    open_ended = text.replace("low = 0.1\nhigh = 0.9", 'distribution = "normal"\nmean = 0.5\nsd = 0.1')
    with pytest.raises(InputError, match=r"'saturation': .* low and high"):
        study_in(tmp_path, open_ended)


def test_a_title_says_what_and_in_which_unit() -> None:
    assert Factor(key="market.saturation", values=(0.1, 0.2)).title == "saturation (share)"
    assert (
        Factor(key="vendors.Alder.reps", values=(1, 2), label="Team", unit="people").title == "Team (people)"
    )
    assert Factor(name="crowd", levels=({"name": "a", "set": {}}, {"name": "b", "set": {}})).title == "crowd"


def test_the_extremes_are_checked_first(tmp_path: Path) -> None:
    study = study_in(tmp_path)
    assert isinstance(study, Study)
    assert sorted(study.checked()) == list(range(6))
    assert set(study.extremes()) <= set(range(6))


def test_the_middle_of_a_range_about_nothing_is_nothing() -> None:
    """-0.3 + 0.6 * 0.5 is 5.6e-17 for some spacings, which no scenario takes."""
    factor = Factor(key="choice.no_decision", low=-0.7, high=0.7, steps=8001)
    assert min(abs(float(value)) for value in factor.listed if value) > 1e-9


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("saturation, reps,saturation \n0.2,3,0.4\n", encoding="utf-8")
    text = EXPERIMENT + '[design]\nkind = "list"\nfile = "points.csv"'
    with pytest.raises(InputError, match="there are two columns 'saturation'"):
        study_in(tmp_path, text)
