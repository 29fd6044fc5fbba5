"""Calibration: what a file may say, what the search does, that it can be stopped, and that it finds what is there."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats

from docs.tools.apply_calibration import main as write_defaults
from tests.each import each
from tests.test_cli_process import PATIENCE, start, wait_for
from zerosum.cli import main, terminal
from zerosum.errors import InputError, RunError
from zerosum.report.calibration_page import write_page
from zerosum.runs.parts import Parts
from zerosum.scenario import keys, load_scenario, parse_scenario
from zerosum.scenario.fits import SHIPPED, Fits, Parameter, load_fits
from zerosum.studies.calibrate import (
    Fitted,
    calibrate,
    fits_text,
    load_calibration,
    prepared,
    surface,
    trials_frame,
)
from zerosum.studies.calibrate.fit import _answers, _farthest_first, _places
from zerosum.studies.calibrate.push import push
from zerosum.studies.calibrate.settings import Range
from zerosum.studies.calibrate.surface import Surface
from zerosum.studies.calibrate.trials import FAR, Trial, distance
from zerosum.studies.facts import MEASURES, Fact, load_facts, observe, register_held_out

ROOT = Path(__file__).parents[1]
SETTINGS = ROOT / "experiments" / "calibration.toml"

MARKET = """
name = "trial"
clock = { warmup_weeks = 52, weeks = 52 }
market = { buyers = 150, saturation = 0.9 }
vendors = [{ name = "Alder", reps = 3 }, { name = "Elm", reps = 3 }]

[[segments]]
name = "small"
share = 0.7
contract_weeks = 52
switching_cost = 1.0

[[segments]]
name = "large"
share = 0.3
contract_weeks = 104
"""

CALIBRATION = """\
scenario = "market.toml"
seed = 1
market_seed = 5
replications = 2
scattered = 16
guided = 8
polished = 8
sampled = 8
anchored = 4
verified = 3
sets = 2
facts = ["own.toml"]
held_out = ["churn"]

[comfortable]
turnover = 0.1

[[parameters]]
key = "choice.no_decision"
low = 0.5
high = 3.0
start = 1.5

[[parameters]]
key = "segments.switching_cost"
factor_of = { small = 1.0, large = 1.6 }
low = 0.5
high = 1.5
"""

OWN = {"no-decision": (0.05, 0.6), "churn": (0.0, 0.9), "turnover": (None, 0.9)}


def as_toml(row: dict[str, Any]) -> str:
    return "\n".join(f"{key} = {json.dumps(value)}" for key, value in row.items() if value is not None)


def own_facts(bands: dict[str, tuple[float | None, float | None]]) -> str:
    """A file that replaces all shipped facts: those given have these bands, and the others aren't judged."""
    rows = []
    for fact in load_facts():
        row = fact.model_dump() | {"judged": fact.name in bands}
        if fact.name in bands:
            row["low"], row["high"] = bands[fact.name]
        rows.append(f"[[facts]]\n{as_toml(row)}\n")
    return "\n".join(rows)


def put(folder: Path, calibration: str = CALIBRATION, facts: str | None = None) -> Path:
    """Write a calibration with its market and facts; return its file."""
    (folder / "market.toml").write_text(MARKET, encoding="utf-8")
    (folder / "own.toml").write_text(own_facts(OWN) if facts is None else facts, encoding="utf-8")
    file = folder / "small.toml"
    file.write_text(calibration, encoding="utf-8")
    return file


def fit(file: Path, folder: Path, workers: int = 1) -> Fitted:
    return calibrate(load_calibration(file), file, folder, workers)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Fitted]:
    """Return a calibration's file, the folder of its trials and what it found."""
    folder = tmp_path_factory.mktemp("once")
    file = put(folder)
    return file, folder / "out", fit(file, folder / "out")


# --- The file -------------------------------------------------------------------------------------------------


def replaced(old: str, new: str) -> str:
    assert CALIBRATION.count(old) == 1, old
    return CALIBRATION.replace(old, new)


MORE = '\n[[parameters]]\nkey = "{}"\nlow = 0.1\nhigh = 0.9\n'

FAULTS = {
    "no TOML": ("scenario = ", ["line 1, column 11: there is no value after '='"]),
    "a key is missing": (replaced("seed = 1\nmarket", "market"), ["'seed' is missing", "a whole number from 0"]),
    "an unknown key": (replaced("seed = 1\nm", "seed = 1\nsede = 1\nm"), ["unknown key 'sede'", "mean 'seed'?"]),
    "a key like no other": ("zzz = 1\n" + CALIBRATION, ["unknown key 'zzz'", "known: scenario, seed"]),
    "a text for a number": (replaced("seed = 1\nm", 'seed = "one"\nm'), ['seed = "one" is not a whole number']),
    "too few": (replaced("replications = 2", "replications = 1"), ["replications = 1", "2"]),
    "not a number": (replaced("high = 3.0", "high = nan"), ["[[parameters]] 1 (choice.no_decision)", "high = nan"]),
    "no parameters": (CALIBRATION[: CALIBRATION.index("[[")], ["'parameters' is missing", "headed [[parameters]]"]),
    "low above high": (replaced("high = 3.0", "high = 0.4"), ["(choice.no_decision)", "low = 0.5", "high = 0.4"]),
    "start outside": (replaced("start = 1.5", "start = 3.5"), ["(choice.no_decision)", "start = 3.5"]),
    "a key of a row": (replaced("start = 1.5", "strat = 1.5"), ["(choice.no_decision)", "did you mean 'start'?"]),
    "a row's key is missing": (replaced("high = 3.0\n", ""), ["1 (choice.no_decision) has no 'high'"]),
    "no such parameter": (
        replaced("choice.no_decision", "choice.no_descision"),
        ["'choice.no_descision'", "did you mean 'choice.no_decision'?"],
    ),
    "not a number's key": (CALIBRATION + MORE.format("support.order"), ["'support.order' has no number"]),
    "twice": (CALIBRATION + MORE.format("choice.no_decision"), ["'choice.no_decision' is given twice"]),
    "no such fact to be at ease with": (
        replaced("turnover = 0.1", "turnovr = 0.1"),
        ["comfortable.turnovr", "did you mean 'turnover'?"],
    ),
    "no such fact to hold out": (
        replaced('held_out = ["churn"]', 'held_out = ["chrun"]'),
        ["held_out", "'chrun'", "did you mean 'churn'?"],
    ),
    "registered otherwise": (
        replaced('held_out = ["churn"]', 'held_out = ["churn"]\nregistered = "0123456789abcdef"'),
        ['registered = "0123456789abcdef"', "have changed since", "before the search", "To begin anew"],
    ),
    "other rows": (replaced("large = 1.6", "huge = 1.6"), ["segments.switching_cost", "huge, small", "large, small"]),
    "no such scenario": (replaced("market.toml", "markt.toml"), ["scenario = 'markt.toml'"]),
    "not valid at an end": (
        CALIBRATION + MORE.format("reps.ramp_start").replace("0.9", "1.5"),
        ["high = 1.5 of reps.ramp_start", "reps.ramp_start"],
    ),
    "not valid together": (
        CALIBRATION + "".join(
            MORE.format(f"need.{name}_per_year").replace("0.9", "30.0").replace("0.1", "8.0")
            for name in ("innovation", "imitation")
        ),
        ["need.innovation_per_year = 30 and need.imitation_per_year = 30 can't be together", "is 60"],
    ),
}  # fmt: skip


@each("name", FAULTS)
def test_a_fault_names_the_file_and_the_key(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text, said = FAULTS[name]
    put(tmp_path, text)
    done = CliRunner().invoke(main, ["calibrate", "small.toml"])
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith("Error: small.toml: ")
    for words in said:
        assert words in done.stderr
    assert not (tmp_path / "results").exists()


def test_a_scenario_that_is_uncertain_of_what_is_fitted_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each replication would take what it draws, and every trial would be the same."""
    monkeypatch.chdir(tmp_path)
    put(tmp_path)
    market = tmp_path / "market.toml"
    row = "[[uncertain]]\nkey = 'segments.1.switching_cost'\nlow = 1.0\nhigh = 2.0\n"
    market.write_text(f"{market.read_text(encoding='utf-8')}\n{row}", encoding="utf-8")
    done = CliRunner().invoke(main, ["calibrate", "small.toml"])
    assert done.exit_code == 2, done.output
    assert "small.toml: segments.switching_cost: the scenario is uncertain of it" in done.stderr


@pytest.mark.parametrize(
    ("missing", "facts", "said"),
    [
        ("small.toml", None, "small.toml: there is no such file"),
        ("own.toml", None, "own.toml: there is no such file"),
        ("", "[[facts]]\nname = 'a'\n", "own.toml: [[facts]] 1 (a) has no 'label'"),
    ],
)
def test_a_file_that_is_no_good_is_named(
    missing: str, facts: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path, facts=facts)
    (tmp_path / (missing or "nothing")).unlink(missing_ok=True)
    done = CliRunner().invoke(main, ["calibrate", "small.toml"])
    assert done.exit_code == 2
    assert said in done.stderr


def test_the_shipped_file_is_right() -> None:
    settings = load_calibration(SETTINGS)
    trials, _, checks = prepared(settings, SETTINGS)
    judged = {fact.name for fact in load_facts() if fact.judged}
    assert {fact.name for fact in trials.facts} == judged - set(settings.held_out)
    assert {fact.name for fact in checks.facts} == judged | set(settings.held_out)
    assert len(settings.held_out) == 4
    assert settings.registered == register_held_out(load_facts(), settings.held_out)
    one_bound = {fact.name for fact in trials.facts if fact.low is None or fact.high is None}
    assert set(settings.comfortable) == one_bound


# --- What is held out ---------------------------------------------------------------------------------------------


def digest(rows: dict[str, Any], held_out: Sequence[str] = ("x",)) -> str:
    given = {
        "name": "x",
        "label": "X",
        "measure": "churn",
        "low": 0.1,
        "high": 0.2,
        "tag": "own",
        "source": "us",
    }
    other = {**given, "name": "y", "low": None}
    return register_held_out([Fact.model_validate({**given, **rows}), Fact.model_validate(other)], held_out)


def test_what_is_judged_and_held_out_is_registered_and_words_are_not() -> None:
    first = digest({})
    assert re.fullmatch("[0-9a-f]{16}", first)
    for words in ({"label": "Other"}, {"source": "them"}, {"tag": "read"}, {"n": 3}, {"basis": "9 %"}):
        assert digest(words) == first, words
    changes = ({"low": 0.11}, {"high": None}, {"measure": "win_rate"}, {"judged": False}, {"name": "z"})
    assert len({first, *map(digest, changes), digest({}, ["y"]), digest({}, [])}) == len(changes) + 3
    assert digest({}, ["x", "y"]) == digest({}, ["y", "x"])


def test_a_registered_calibration_runs_until_a_band_is_moved(tmp_path: Path) -> None:
    """Not searched is what is held out, also if it is only shown; checked it is."""
    shown = 'held_out = ["churn", "rep-differences-own"]'
    facts = load_facts([put(tmp_path, replaced('held_out = ["churn"]', shown)).parent / "own.toml"])
    known = register_held_out(facts, ["rep-differences-own", "churn"])
    file = put(tmp_path, replaced('held_out = ["churn"]', f'{shown}\nregistered = "{known}"'))
    trials, _, checks = prepared(load_calibration(file), file)
    assert {f.name for f in trials.facts} == {"no-decision", "turnover"}
    assert {f.name for f in checks.facts} == {"no-decision", "turnover", "churn", "rep-differences-own"}
    put(tmp_path, file.read_text(), own_facts(OWN | {"churn": (0.0, 0.8)}))
    with pytest.raises(InputError, match="have changed since"):
        prepared(load_calibration(file), file)


def test_a_check_says_what_facts_rest_on(tmp_path: Path) -> None:
    row = a_fact(0.0, 1.0).model_dump() | {"measure": "self_generated"}
    file = put(tmp_path, facts=f"{own_facts(OWN)}\n[[facts]]\n{as_toml(row)}\n")
    trials, _, checks = prepared(load_calibration(file), file)
    said = checks.trial([0.5, 0.5]).found
    assert set(said) == {"no-decision", "churn", "turnover", "f", "new_business_share"}
    assert 0 < said["new_business_share"] < 1
    assert set(trials.trial([0.5, 0.5]).found) == {"no-decision", "turnover", "f"}


# --- Ranges and distances -------------------------------------------------------------------------------------


@each(
    ("low", "high", "place", "value"),
    [
        (0.0, 1.0, 0.12345, 0.123),
        (0.0, 1.0, 0.0012345, 0.00123),
        (0.0, 100.0, 0.98765, 98.8),
        (0.0, 1e6, 0.123456, 123_000.0),
        (-2.0, 0.0, 0.12345, -1.75),
        (-1.0, 1.0, 0.5, 0.0),
        (0.5, 3.0, -0.2, 0.5),
        (0.5, 3.0, 1.2, 3.0),
    ],
)
def test_a_value_has_three_digits_and_stays_within_its_range(
    low: float, high: float, place: float, value: float
) -> None:
    assert Range(key="x", low=low, high=high).value(place) == value


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-2.0, 0.0), (4.0, 40.0), (0.02, 0.6)])
def test_places_and_values_mirror_each_other(low: float, high: float) -> None:
    one = Range(key="x", low=low, high=high)
    assert (one.place(low), one.place(high), one.place(one.centre)) == (0.0, 1.0, 0.5)
    for place in np.linspace(0, 1, 51):
        rounding = 0.005 * max(abs(low), abs(high)) / (high - low)
        assert one.place(one.value(place)) == pytest.approx(place, abs=rounding)
        assert one.value(one.place(one.value(place))) == one.value(place)


def a_fact(low: float | None, high: float | None) -> Fact:
    return Fact(name="f", label="F", measure="churn", low=low, high=high, tag="own", source="us")


@each(
    ("low", "high", "value", "expected"),
    [
        (2.0, 6.0, 4.0, 0.0),
        (2.0, 6.0, 6.0, 1.0),
        (2.0, 6.0, 2.0, -1.0),
        (2.0, 6.0, 10.0, 3.0),
        (1.0, None, 1.0, 1.0),  # at the bound
        (1.0, None, 1.5, 0.0),  # comfortable
        (1.0, None, 9.0, 0.0),
        (1.0, None, 0.5, 2.0),
        (None, 1.0, 1.0, 1.0),
        (None, 1.0, 0.5, 0.0),
        (None, 1.0, 1.25, 1.5),
        (2.0, 6.0, math.nan, FAR),
    ],
)
def test_distance_is_in_half_bands(
    low: float | None, high: float | None, value: float, expected: float
) -> None:
    assert distance(a_fact(low, high), value, {"f": 0.5}) == pytest.approx(expected)


def test_comfort_is_one_unit_unless_said() -> None:
    assert distance(a_fact(1.0, None), 1.5, {}) == pytest.approx(0.5)


# --- The response surface -------------------------------------------------------------------------------------


class Known:
    """Stands for trials whose facts follow a known law of the places."""

    def __init__(self, places: Any, law: Any) -> None:
        self.done = [SimpleNamespace(places=tuple(p), found=law(np.array(p))) for p in places]

    def distances(self, trial: Any) -> Any:
        return trial.found

    def loss(self, trial: Any) -> float:
        return float((np.maximum(np.abs(trial.found) - 0.6, 0.0) ** 2).sum())


def fitted_to(law: Any, count: int, parameters: int) -> Surface:
    places = np.random.default_rng(1).random((count, parameters))
    return Surface.fitted(Known(places, law))  # type: ignore[arg-type]


def test_the_surface_finds_a_quadratic_law() -> None:
    def law(p: Any) -> Any:
        x, y = p - 0.5
        return np.array([0.1 + 0.8 * x - 0.5 * y + 1.2 * x**2, 0.3 * y**2 - 0.2 + 0.9 * x * y])

    found = fitted_to(law, 60_000, 2).coefficients  # many, so that the ridge hardly shrinks anything
    expected = [[0.1, -0.2], [0.8, 0.0], [-0.5, 0.0], [1.2, 0.0], [0.0, 0.3], [0.0, 0.9]]
    assert found == pytest.approx(np.array(expected), abs=0.08)
    assert found[:4] == pytest.approx(np.array(expected[:4]), abs=0.01)


def test_few_trials_shrink_products_most() -> None:
    def law(p: Any) -> Any:
        x, y = p - 0.5
        return np.array([0.5 * x, 0.5 * x * y])

    linear, product = np.abs(fitted_to(law, 200, 2).coefficients[[1, 5], [0, 1]]) / 0.5
    assert 0.9 < product < linear < 1.0


def test_effects_are_from_one_end_of_a_range_to_the_other() -> None:
    found = fitted_to(lambda p: np.array([0.8 * (p[0] - 0.5), 0.1]), 5000, 3).effects()
    assert found == pytest.approx(np.array([[0.8, 0.0], [0.0, 0.0], [0.0, 0.0]]), abs=0.01)


def test_slopes_are_those_of_the_distances() -> None:
    generator = np.random.default_rng(8)
    law = Surface(generator.normal(size=(1 + 2 * 4 + 6, 3)), np.zeros(3), np.full(4, 0.5))
    place, step = generator.random(4), 1e-6
    found = [
        (law.distances(place + e)[0] - law.distances(place - e)[0]) / (2 * step) for e in step * np.eye(4)
    ]
    assert law.slopes(place) == pytest.approx(np.array(found), abs=1e-8)


def test_the_loss_rises_as_it_says(once: tuple[Path, Path, Fitted]) -> None:
    """Within reach, beyond what is comfortable, too good and too far off."""
    trials, generator = once[2].trials, np.random.default_rng(9)
    parameters, facts = len(trials.settings.parameters), len(trials.facts)
    law = Surface(
        4.0 * generator.normal(size=(1 + 2 * parameters + parameters * (parameters - 1) // 2, facts)),
        np.zeros(facts),
        np.full(parameters, 0.5),
    )
    step = 1e-6
    for place in generator.random((20, parameters)):

        def loss(at: Any) -> float:
            return trials.loss_at(at, law.distances(at)[0])

        found = [(loss(place + e) - loss(place - e)) / (2 * step) for e in step * np.eye(parameters)]
        rises = trials.loss_slopes(place, law.distances(place)[0], law.slopes(place))
        assert rises == pytest.approx(np.array(found), rel=1e-4, abs=1e-4)


def test_likely_places_follow_the_law_that_bands_stand_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A band is three standard deviations of a normal law to either side; what no fact speaks of is spread evenly."""
    monkeypatch.setattr(surface, "STEPS", 30)  # enough in a plane for one to forget the last
    steep, off = 4.0, 0.3
    law = Surface(
        np.array([[0.4], [steep], [0.0], [0.0], [0.0], [0.0]]), np.array([off]), np.array([0.3, 0.9])
    )
    drawn = law.likely(500, np.random.default_rng(3))
    assert drawn.shape == (500, 2)
    assert ((drawn >= 0) & (drawn <= 1)).all()
    middle, sd = 0.5 - 0.4 / steep, math.hypot(1 / 3, off) / steep
    expected = stats.truncnorm(-middle / sd, (1 - middle) / sd, middle, sd)
    assert stats.kstest(drawn[:, 0], expected.cdf).pvalue > 1e-3
    assert stats.kstest(drawn[:, 1], "uniform").pvalue > 1e-3
    assert abs(stats.pearsonr(*drawn.T).statistic) < 4 / math.sqrt(500)


def test_two_facts_together_make_a_slanted_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a sample by rejection, cell by cell, within standard errors."""
    monkeypatch.setattr(surface, "STEPS", 30)
    terms = np.array([[0, 0], [2.5, 2.5], [2.5, 0], [0, 0], [0, 1.0], [0, 0]])
    law = Surface(terms, np.zeros(2), np.array([0.5, 0.5]))
    count, generator = 600, np.random.default_rng(4)
    drawn = law.likely(count, np.random.default_rng(5))
    every = generator.random((300_000, 2))
    heights = -0.5 * (law.distances(every) ** 2).sum(axis=1) * 3**2
    right = every[np.log(generator.random(len(every))) < heights]
    edges = np.linspace(0, 1, 6)
    share, found = (np.histogram2d(*sample.T, bins=[edges, edges])[0] for sample in (right, drawn))
    share /= share.sum()
    z = (found - count * share) / np.sqrt(count * share + 1.0)
    assert np.abs(z).max() < 4
    assert (z**2).mean() < 2


# --- The search -----------------------------------------------------------------------------------------------


def places(fitted: Fitted) -> Sequence[Any]:
    return [(t.places, dict(t.found)) for t in fitted.trials.done]


def text_of(fitted: Fitted) -> str:
    return fits_text(fitted.fits, Path("small.toml"))


@pytest.mark.parametrize("workers", [1, 2])
def test_the_search_is_the_same_again_whatever_the_workers(
    workers: int, once: tuple[Path, Path, Fitted], tmp_path: Path
) -> None:
    file, _, first = once
    again = fit(file, tmp_path, workers)
    assert len(first.trials.done) == 40
    assert places(again) == places(first)
    assert text_of(again) == text_of(first)


@pytest.mark.slow
def test_another_processors_linear_algebra_finds_the_same() -> None:
    """Kernels, their widths and the number of threads differ between machines, and with them the last digits."""

    def tried(**environment: str) -> list[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.law_search"],
            cwd=Path(__file__).parents[1],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()

    here = tried()
    assert len(here) == 344
    assert tried(OPENBLAS_CORETYPE="Prescott", OPENBLAS_NUM_THREADS="1") == here


def test_the_stages_differ_and_cover_the_ranges(once: tuple[Path, Path, Fitted]) -> None:
    frame = trials_frame(once[2])
    assert frame["stage"].value_counts().to_dict() == {
        "scattered": 16,
        "guided": 8,
        "polished": 8,
        "sampled": 8,
    }
    spread = frame.loc[frame["stage"] == "scattered", "choice.no_decision"]
    assert spread.min() < 0.8
    assert spread.max() > 2.7
    assert frame.loc[16, ["choice.no_decision", "segments.switching_cost"]].tolist() == [
        1.5,
        1.0,
    ]  # the starts


def test_what_was_tried_is_not_simulated_again(once: tuple[Path, Path, Fitted], tmp_path: Path) -> None:
    file, folder, first = once
    shutil.copytree(folder, tmp_path / "out")
    again = fit(file, tmp_path / "out")
    assert again.trials.simulated == 0
    assert text_of(again) == text_of(first)


def test_a_broken_part_is_made_again(once: tuple[Path, Path, Fitted], tmp_path: Path) -> None:
    file, folder, first = once
    shutil.copytree(folder, tmp_path / "out")
    part = min((tmp_path / "out" / "parts").glob("*.arrow"))
    part.write_bytes(part.read_bytes()[:-20])
    again = fit(file, tmp_path / "out")
    assert 0 < again.trials.simulated < first.trials.simulated  # what else is there is not
    assert text_of(again) == text_of(first)
    assert fit(file, tmp_path / "out").trials.simulated == 0


def test_only_what_changes_a_trial_has_it_made_again(once: tuple[Path, Path, Fitted], tmp_path: Path) -> None:
    folder, middle = once[1], [0.5, 0.5]

    def simulated(text: str) -> int:
        other = put(tmp_path, text)
        trials, _, _ = prepared(load_calibration(other), other, Parts(folder))
        trials._simulate = lambda *_: dict.fromkeys((fact.name for fact in trials.facts), 0.5)  # type: ignore[method-assign]
        trials._parts = None
        trials.trial(once[2].trials.done[0].places if "s = 3" not in text else middle)
        return trials.simulated

    assert simulated(CALIBRATION) == 0
    assert simulated(replaced("sampled = 8", "sampled = 9")) == 0  # more of the same
    for old, new in (
        ("market_seed = 5", "market_seed = 9"),
        ("high = 3.0", "high = 3.5"),
        ("s = 2\ns", "s = 3\ns"),
    ):
        assert simulated(replaced(old, new)) == 1


def test_the_check_has_other_random_numbers_and_all_facts(
    once: tuple[Path, Path, Fitted], tmp_path: Path
) -> None:
    file, _, fitted = once
    trials, _, checks = prepared(load_calibration(file), file)
    middle = [0.5, 0.5]
    seeds = [t.market(middle).comparison.seed for t in (trials, checks)]
    assert seeds == [5, 6]
    assert seeds[0] != load_scenario("kickoff").comparison.seed
    assert {f.name for f in checks.facts} - {f.name for f in trials.facts} == {"churn"}
    found = [t.trial(middle).found["no-decision"] for t in (trials, checks)]
    assert found[0] != found[1]
    assert set(fitted.fits.about["found"]) == {"no-decision", "churn", "turnover"}
    assert fitted.verified
    assert all(trials.agrees(t) for t in fitted.verified)


def test_trials_are_corrected_by_an_anchor_and_checks_are_not(
    once: tuple[Path, Path, Fitted], tmp_path: Path
) -> None:
    """What the few markets' chance adds at one place is taken off at all; a check stands as it is."""
    file = once[0]
    trials, anchors, _ = prepared(load_calibration(file), file)
    here, there = trials.trial([0.5, 0.5]), trials.trial([0.6, 0.5])
    surely = anchors.trial([0.5, 0.5])
    assert anchors.settings.replications == 4
    assert surely.found["no-decision"] != here.found["no-decision"]
    before = trials.corrected(there)["no-decision"]
    trials.anchor(here, surely)
    assert trials.corrected(here) == pytest.approx(
        {name: surely.found[name] for name in trials.corrected(here)}
    )
    gap = surely.found["no-decision"] - here.found["no-decision"]
    assert trials.corrected(there)["no-decision"] == pytest.approx(before + gap)
    assert trials.corrected(replace(there, checked=True))["no-decision"] == before
    by_name = dict(zip([f.name for f in trials.facts], trials.distances(there), strict=True))
    fact = next(f for f in trials.facts if f.name == "no-decision")
    assert by_name["no-decision"] == pytest.approx(distance(fact, before + gap, {}))


def test_a_factor_multiplies_its_rows_and_rounds_what_is_whole(tmp_path: Path) -> None:
    rows = MORE.format("segments.contract_weeks").replace("0.1", "0.6").replace("0.9", "1.5")
    rows += "factor_of = { small = 55, large = 104 }\n"
    file = put(tmp_path, CALIBRATION + rows)
    trials, _, _ = prepared(load_calibration(file), file)
    market = trials.market([0.5, 0.25, 0.1])
    values = trials.values([0.5, 0.25, 0.1])
    assert values["segments.contract_weeks"] == 0.69
    assert [s.contract_weeks for s in market.segments] == [38, 72]
    assert [s.switching_cost for s in market.segments] == [0.75, 1.6 * 0.75]
    assert market.choice.no_decision == values["choice.no_decision"] == 1.75


def test_a_factor_of_what_has_one_row_is_refused(tmp_path: Path) -> None:
    """``invitations`` is a table that is a tuple as well: no row of it has a name."""
    for key in ("invitations.coverage", "choice.price_weight"):
        rows = MORE.format(key) + "factor_of = { small = 55, large = 104 }\n"
        file = put(tmp_path, CALIBRATION + rows)
        said = rf"factor_of of {re.escape(key)}: there is one \[{key.partition('.')[0]}\], and factor_of is for tables"
        with pytest.raises(InputError, match=said):
            prepared(load_calibration(file), file)


def test_where_nothing_agrees_the_failing_facts_are_named(tmp_path: Path) -> None:
    file = put(tmp_path, facts=own_facts(OWN | {"no-decision": (0.97, 0.98)}))
    with pytest.raises(
        RunError, match=r"no market agrees with every fact; the closest fails no-decision \(0\.\d+\)"
    ):
        fit(file, tmp_path / "out")


@pytest.mark.slow
def test_a_known_value_is_found_and_one_without_effect_is_said_to_be_unknown(tmp_path: Path) -> None:
    truth = 1.6
    put(tmp_path)
    market = load_scenario(tmp_path / "market.toml", {"choice.no_decision": truth, "comparison.seed": 77})
    names = {"no-decision": "no_decision_rate", "churn": "churn"}
    seen = [observe(market, i, measures=tuple(names.values()), null=False)[0] for i in range(60)]
    bands: dict[str, tuple[float | None, float | None]] = {}
    for name, measure in names.items():
        said = MEASURES[measure].interval(np.array([row[measure] for row in seen])).mean
        bands[name] = (said - 0.05, said + 0.05)
    head = CALIBRATION[: CALIBRATION.index("[comfortable]")].replace('"churn"', "")
    for old, new in (
        ("ications = 2", "ications = 12"),
        ("16", "48"),
        ("guided = 8", "guided = 24"),
        ("d = 8\na", "d = 96\na"),
        ("= 3\ns", "= 30\ns"),
    ):
        assert head.count(old) == 1, old
        head = head.replace(old, new)
    row = '[[parameters]]\nkey = "{}"\nlow = {}\nhigh = {}\n'
    text = head + row.format("choice.no_decision", 0.3, 3.3) + row.format("pay.commission", 0.02, 0.2)
    file = put(tmp_path, text, own_facts(bands))
    fitted = fit(file, tmp_path / "out", 2)
    assert fitted.agreeing >= 30
    known, dummy = fitted.fits.parameters
    assert known.pinned_by[0] == "no-decision"
    assert known.spread < 0.35
    assert dummy.pinned_by == ()
    assert dummy.spread == pytest.approx(1.0, abs=4 / math.sqrt(2 * fitted.sampled / 4))
    agreeing = trials_frame(fitted).query("stage == 'sampled' and agrees")["choice.no_decision"]
    assert agreeing.min() < truth < agreeing.max()
    assert fitted.fits.sets[0]["choice.no_decision"] == pytest.approx(truth, abs=0.35)


# --- The file of fits -----------------------------------------------------------------------------------------

FITS = Fits(
    (
        Parameter("choice.no_decision", 0.5, 3.0, spread=0.35, pinned_by=("no-decision", "churn")),
        Parameter("segments.contract_weeks", 0.6, 1.5, factor=True, spread=math.nan),
        Parameter("reps.ramp_weeks", 2.0, 26.0, spread=1.02),
    ),
    (
        {"choice.no_decision": 1.7, "segments.contract_weeks": 1.02, "reps.ramp_weeks": 1e-05},
        {"choice.no_decision": 0.1 + 0.2, "segments.contract_weeks": 1.3, "reps.ramp_weeks": 12.0},
    ),
    {
        "scenario": 'a "name" \\ of ours',
        "trials": 72,
        "replications": 4,
        "held_out": [],
        "quick": True,
        "found": {"churn": [0.1, math.inf], "no-decision": [0.25, math.nan]},
    },
)


def test_fits_are_read_as_they_were_written(tmp_path: Path) -> None:
    text = fits_text(FITS, Path("experiments/mine.toml"))
    assert "zerosum calibrate experiments/mine.toml" in text
    (tmp_path / "fits.toml").write_text(text, encoding="utf-8")
    read = load_fits(tmp_path / "fits.toml")
    assert repr(read.parameters) == repr(FITS.parameters)  # nan is nan
    assert read.sets == FITS.sets
    assert repr(read.about) == repr(FITS.about)
    assert fits_text(read, Path("experiments/mine.toml")) == text


def test_the_place_of_the_file_is_not_in_the_fits() -> None:
    here = Path("mine.toml")
    assert fits_text(FITS, here.absolute()) == fits_text(FITS, here)


# --- The command ----------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a small calibration."""
    monkeypatch.chdir(tmp_path)
    put(tmp_path)
    return tmp_path


NAMES = ("fits.toml", "calibration.md", "trials.parquet", "summary.json")


def test_the_command_writes_its_files(here: Path, once: tuple[Path, Path, Fitted]) -> None:
    done = CliRunner().invoke(main, ["calibrate", "small.toml", "--workers", "1"])
    assert done.exit_code == 0, done.output
    folder = here / "results" / "small"
    assert sorted(p.name for p in folder.iterdir() if p.name[0] != ".") == sorted(
        (*NAMES, "manifest.json", "calibration.json", "parts")
    )
    first = once[2]
    assert (folder / "fits.toml").read_text("utf-8") == text_of(first)
    assert load_fits(folder / "fits.toml").sets == first.fits.sets
    facts = load_facts([here / "own.toml"])
    assert (folder / "calibration.md").read_text("utf-8") == write_page(first.fits, facts)
    assert pd.read_parquet(folder / "trials.parquet").equals(trials_frame(first))
    told = json.loads((folder / "summary.json").read_text("utf-8"))
    assert told["about"]["agreeing"] == first.agreeing
    assert told["facts"]["churn"]["fitted"] is False
    assert "The held-out facts were not registered before the search." in done.stdout
    assert told["facts"]["turnover"]["low"] is None
    assert told["parameters"]["choice.no_decision"]["values"] == [
        s["choice.no_decision"] for s in first.fits.sets
    ]
    assert told["files"] == [f"results/small/{name}" for name in NAMES]
    assert "of 8 sampled markets" in done.stdout
    assert "In results/small/: fits.toml" in done.stdout


def test_quiet_json_is_one_object_and_nothing_else(here: Path) -> None:
    done = CliRunner().invoke(main, ["calibrate", "small.toml", "--json", "--out", "there"])
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    assert json.loads(done.stdout) == json.loads((here / "there" / "summary.json").read_text("utf-8"))


def test_trials_of_an_earlier_version_are_named_and_left_alone(here: Path) -> None:
    (here / "out").mkdir()
    old = here / "out" / "trials-0123456789abcdef.jsonl"
    old.write_text('{"values": "{}", "found": {}}\n')
    done = CliRunner().invoke(main, ["calibrate", "small.toml", "--out", "out"])
    assert done.exit_code == 2, done.output
    assert (
        "(trials-0123456789abcdef.jsonl), which this one doesn't read. --fresh makes them anew" in done.stderr
    )
    assert old.read_text() == '{"values": "{}", "found": {}}\n'


def test_without_a_terminal_a_line_is_said_now_and_then(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "A_MINUTE", 0.0)
    done = CliRunner().invoke(main, ["calibrate", "small.toml"])
    lines = done.stderr.splitlines()
    for words, count in (
        ("spread over all ranges", 16),
        ("search", 24),
        ("polishing the best", 32),
        ("sampling values that agree", 40),
    ):
        assert any(
            line.startswith(f"{words} (lowest loss ") and f"): {count} of 40" in line for line in lines
        )
    assert any(line.startswith("checking on new simulated runs: ") for line in lines)


def test_where_nothing_agrees_the_command_ends_with_a_sentence(here: Path) -> None:
    put(here, facts=own_facts(OWN | {"no-decision": (0.97, 0.98)}))
    done = CliRunner().invoke(main, ["calibrate", "small.toml", "--quiet"])
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: no market agrees with every fact; the closest fails no-decision")
    there = (here / "results" / "small").glob("[!.]*")
    assert sorted(p.name for p in there) == ["calibration.json", "parts"]


STOP_AT_THE_TENTH = """
import zerosum.studies.calibrate.trials as module
whole, added = module.Parts.add, []
def add(self, rows):
    whole(self, rows)
    added.append(rows)
    if len(added) == 10:
        here_i_am()
        time.sleep(600)
module.Parts.add = add
"""


@pytest.mark.parametrize(
    "how",
    [*(pytest.param(how, marks=pytest.mark.slow) for how in (signal.SIGINT, signal.SIGHUP)), signal.SIGKILL],
)
def test_killed_in_its_midst_it_goes_on_where_it_was(
    how: signal.Signals, tmp_path: Path, once: tuple[Path, Path, Fitted]
) -> None:
    (tmp_path / "work").mkdir()
    file = put(tmp_path / "work")
    child = start(tmp_path, ("calibrate", "small.toml", "--out", "out"), STOP_AT_THE_TENTH)
    try:
        wait_for(child, tmp_path / "marker")
        child.send_signal(how)
        _, errors = child.communicate(timeout=PATIENCE)
    finally:
        child.kill()
    assert "Traceback" not in errors
    if how != signal.SIGKILL:
        assert child.returncode == 128 + how
        by = "" if how == signal.SIGINT else f" by {how.name}"
        assert errors.endswith(
            f"Stopped{by}: 10 trials were done. What was finished is kept in out/; the same command goes on from "
            "there: zerosum calibrate small.toml --out out\n"
        )
    folder = tmp_path / "work" / "out"
    assert sorted(p.name for p in folder.iterdir() if p.name[0] != ".") == ["calibration.json", "parts"]
    again = fit(file, folder)
    assert again.trials.simulated == once[2].trials.simulated - 10
    assert text_of(again) == text_of(once[2])


# --- The page, and what ships -----------------------------------------------------------------------------------


def test_the_page_names_every_key_and_what_nobody_knows(once: tuple[Path, Path, Fitted]) -> None:
    text = write_page(FITS, load_facts())
    for key in keys():
        table, _, rest = key.path.rpartition(".") if "." not in key.path else key.path.partition(".")
        section = text[text.index(f"### `{table}`\n" if table else "### At the top") :]
        assert f"| `{rest}` |" in section[: section.find("\n#", 3)]
    told = text[text.index("## What the facts don't tell") : text.index("## The source of every default")]
    assert "No fact responds to `segments.contract_weeks` (–) and `reps.ramp_weeks` (1.02)" in told
    assert "`choice.no_decision`" not in told
    assert "--across-fits" in told
    default = parse_scenario("").choice.no_decision
    fitted = "**fitted** (here 1.7); facts that respond: Opportunities that end in no decision; "
    assert f"| `no_decision` | `{default:g}` | utility | {fitted}" in text
    churn = "| Customers that leave in a year, drop-outs included | 8 to 25 % | 10.0 % | 10.0 % |"
    assert f"{churn} fitted; met by 1 of 2 sets |" in text


shipped = pytest.mark.skipif(not SHIPPED.exists(), reason="no fits ship yet: make calibration")


@shipped
def test_the_defaults_are_the_first_of_the_shipped_fits() -> None:
    fits = load_fits()
    defaults = {key.path: key.default for key in keys()}
    for one in fits.parameters:
        if not one.factor:
            value, default = fits.sets[0][one.key], defaults[one.key]
            assert default == (round(value) if isinstance(default, int) else value), one.key


@shipped
def test_the_kickoffs_segments_are_the_calibrations_times_the_factors() -> None:
    fits, settings = load_fits(), load_calibration(SETTINGS)
    assert [p.key for p in fits.parameters] == [p.key for p in settings.parameters]
    segments = {row.name: row for row in load_scenario("kickoff").segments}
    for key, rows in settings.bases.items():
        name = key.partition(".")[2]
        for row, base in rows.items():
            there, exact = getattr(segments[row], name), base * fits.sets[0][key]
            assert there == (round(exact) if isinstance(there, int) else pytest.approx(exact, rel=1e-9)), (
                key,
                row,
            )


@shipped
def test_the_defaults_stand_where_the_fits_put_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those of the one segment of a scenario without segments; with another fit they would not."""
    assert write_defaults(["--check"]) == 0
    fits = load_fits()
    for key in ("choice.no_decision", "segments.switching_cost", "segments.contract_weeks"):
        other = replace(fits, sets=(dict(fits.sets[0]) | {key: 0.777}, *fits.sets[1:]))
        monkeypatch.setattr("docs.tools.apply_calibration.load_fits", lambda other=other: other)
        assert write_defaults(["--check"]) == 1, key


# --- Sets that differ in their answers ------------------------------------------------------------------------


class Planted:
    """Stands in for trials of two parameters: the fact's distance hangs on the first, the answer on both.

    The fact holds while the first place lies in 0.25 to 0.75. The answer rises with it (3 per range) and, ever more
    steeply, with the second.
    """

    answers = ("answer",)
    facts = ("fact",)

    def __init__(self, pushed: int) -> None:
        self.settings = SimpleNamespace(pushed=pushed)
        self.done: list[Trial] = []

    def trial(self, places: Any) -> Trial:
        x, y = (float(place) for place in places)
        self.done.append(Trial((x, y), {}, {"fact": 4.0 * (x - 0.5), "answer": 3.0 * x + y + y**2}))
        return self.done[-1]

    def distances(self, trial: Trial) -> Any:
        return np.array([trial.found["fact"]])

    def off(self, distances: Any) -> Any:
        return np.abs(distances)

    def agrees(self, trial: Trial) -> bool:
        return abs(trial.found["fact"]) <= 1.0

    def loss(self, trial: Trial) -> float:
        return max(abs(trial.found["fact"]) - 0.6, 0.0) ** 2


def test_answers_are_pushed_to_both_ends_as_far_as_the_facts_allow() -> None:
    """With all of the room the ends are 0.75 and 4.25; a step leaves some of it, 1.0 and 4.0."""
    trials: Any = Planted(pushed=30)
    for places in np.random.default_rng(3).uniform(0.3, 0.7, (30, 2)):
        trials.trial(places)
    push(trials, trials.trial)
    assert len(trials.done) == 60
    answers = [trial.found["answer"] for trial in trials.done if trials.agrees(trial)]
    assert 0.7 < min(answers) < 1.1
    assert 3.9 < max(answers) < 4.3


def test_a_step_that_leads_nowhere_makes_the_next_shorter_down_to_the_shortest() -> None:
    trials: Any = Planted(pushed=18)
    for places in np.random.default_rng(3).uniform(0.3, 0.7, (30, 2)):
        trials.trial(places)
    best = min(trials.done[:30], key=lambda trial: trial.found["answer"])
    steps: list[float] = []
    tried: list[tuple[float, ...]] = []

    def in_vain(places: Any) -> Trial:
        tried.append(tuple(places))
        steps.append(float(np.abs(np.asarray(places) - best.places).max()))
        trials.done.append(Trial(tuple(places), {}, {"fact": 9.0, "answer": 0.0}))  # misses the fact
        return trials.done[-1]

    push(trials, in_vain)
    down = steps[1::2]
    assert down[:8] == pytest.approx([0.25 * 0.7**n for n in range(8)])
    assert down[8] == pytest.approx(0.1)
    assert len(set(tried[:16])) == 16


def test_pushing_twice_tries_the_same_places() -> None:
    """A difference of 1e-13 in what was found moves no place by more than values are rounded to."""

    def places(noise: float) -> list[tuple[float, ...]]:
        trials: Any = Planted(pushed=30)
        for place in np.random.default_rng(3).uniform(0.3, 0.7, (30, 2)):
            trial = trials.trial(place)
            trial.found["answer"] *= 1.0 + noise
        push(trials, trials.trial)
        return [trial.places for trial in trials.done[30:]]

    assert np.allclose(places(0.0), places(1e-13), rtol=0.0, atol=1e-6)


def test_the_set_that_answers_most_differently_comes_first() -> None:
    places = [(0.5, 0.5), (0.9, 0.5), (0.5, 0.6), (0.6, 0.1)]
    trials = [replace(_trial(), places=place, found={"answer": place[1]}) for place in places]
    order = _farthest_first(trials[1:], trials[:1], partial(_answers, names=("answer",)))
    assert [trial.places for trial in order] == [(0.6, 0.1), (0.5, 0.6), (0.9, 0.5)]
    by_place = _farthest_first(trials[1:], trials[:1], _places)
    assert next(by_place).places == (0.6, 0.1)


def _trial() -> Trial:
    return Trial((0.5, 0.5), {}, {})


def test_answers_are_asked_for_and_kept(tmp_path: Path) -> None:
    file = put(
        tmp_path,
        CALIBRATION.replace(
            "[comfortable]", 'pushed = 4\nspread_over = ["preparation_less_calls"]\n\n[comfortable]'
        ),
    )
    fitted = fit(file, tmp_path / "out")
    assert trials_frame(fitted)["stage"].value_counts()["pushed"] == 4
    assert "What the sets answer" in write_page(fitted.fits, load_facts())
    said = fitted.fits.about["answers"]["preparation_less_calls"]
    assert len(said) == len(fitted.fits.sets)
    assert all(math.isfinite(number) for number in said)
    assert "preparation_less_calls" in trials_frame(fitted).columns
    read = load_fits_text(fits_text(fitted.fits, file), tmp_path)
    assert read.about["answers"] == fitted.fits.about["answers"]
    wrong = put(
        tmp_path, CALIBRATION.replace("[comfortable]", 'spread_over = ["preparation"]\n\n[comfortable]')
    )
    with pytest.raises(InputError, match=r"spread_over: there is no measure 'preparation'"):
        fit(wrong, tmp_path / "wrong")


def load_fits_text(text: str, folder: Path) -> Fits:
    file = folder / "fits.toml"
    file.write_text(text, encoding="utf-8")
    return load_fits(file)
