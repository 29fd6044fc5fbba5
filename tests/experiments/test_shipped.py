"""Experiments that ship: found by name wherever the package is installed, each by the command that runs it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from tests.each import each
from zerosum import compare, sweep
from zerosum.cli import main
from zerosum.scenario import shipped
from zerosum.studies.calibrate import load_calibration, prepared
from zerosum.studies.game import Contest, load_game
from zerosum.studies.optimise import Problem, load_optimisation
from zerosum.studies.questions import question_file, shipped_questions
from zerosum.studies.sweep import Study, load_experiment
from zerosum.workshop.lessons import shipped_lessons

pytestmark = pytest.mark.uncompiled


ROOT = Path(__file__).resolve().parents[2]
SHIPPED = {
    "adoption": "sweep",
    "arms-race": "game",
    "calibration": "calibrate",
    "optimise-kickoff": "optimise",
    "presales": "sweep",
    "red-queen": "sweep",
    "saturation": "sweep",
    "sensitivity-kickoff": "sweep",
}
"""Name -> the command that runs it."""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package as a wheel installs it, beside no checkout; and a folder to work in."""
    package, here = tmp_path / "site-packages" / "zerosum", tmp_path / "here"
    for kind in ("scenarios", "experiments", "lessons"):
        shutil.copytree(ROOT / kind, package / f"_{kind}", ignore=shutil.ignore_patterns("README.md"))
    here.mkdir()
    monkeypatch.setattr(shipped, "_PACKAGE", package)
    monkeypatch.chdir(here)
    return package


def zerosum(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_each_ships_with_its_question_and_the_command_that_runs_it(installed: Path) -> None:
    found = shipped_questions()
    assert {one.name: one.command for one in found} == SHIPPED
    assert all(one.question.endswith("?") for one in found)
    assert all(one.path == installed / "_experiments" / f"{one.name}.toml" for one in found)
    # However narrow the table is: words of a question stand in one column, line by line.
    listed = zerosum("experiments").stdout
    rows = [row.split("│") for row in listed.splitlines() if "│" in row]
    told = " ".join(row[-1].strip() for row in rows)
    for one in found:
        assert f"zerosum {one.command} {one.name} " in listed
        assert one.question in told


@each("name", SHIPPED)
def test_each_can_be_run_by_its_name_with_the_scenario_that_ships(installed: Path, name: str) -> None:
    """Read and laid out as the command does it; nothing is simulated."""
    here = question_file(name)
    if SHIPPED[name] == "sweep":
        study = Study(load_experiment(here), here)
        names, points = study.experiment.scenario, len(study.points)
        assert points >= 2
    elif SHIPPED[name] == "game":
        contest = Contest(load_game(here), here)
        names = (contest.game.scenario,)
        assert len(contest.cells) == 9
    elif SHIPPED[name] == "optimise":
        problem = Problem(load_optimisation(here), here)
        names = (problem.file.scenario,)
        assert problem.file.trials == 60
    else:
        settings = load_calibration(here)
        names = (settings.scenario,)
        assert prepared(settings, here)[0].facts
    assert all((installed / "_scenarios" / f"{scenario}.toml").is_file() for scenario in names)


@pytest.mark.parametrize("given", ["saturation", "saturation.toml", "experiments/saturation.toml"])
def test_names_as_in_the_readme(installed: Path, given: str) -> None:
    assert question_file(given) == installed / "_experiments" / "saturation.toml"
    done = zerosum("analyse", given)
    assert done.exit_code == 2
    assert f"nothing is there yet; 'zerosum sweep {given}' begins it" in done.stderr
    assert done.stderr.startswith("Error: results/saturation/")  # where the user is, not where the package is


def test_a_script_finds_them_by_name(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Asked(NamedTuple):
        study: Study
        folder: Path
        missing: int = 0
        missing_here: int = 0
        failures: tuple[()] = ()

    monkeypatch.setattr("zerosum.api.sweep.make_runs", lambda study, folder, *_, **__: Asked(study, folder))
    study, folder, *_ = sweep("saturation").swept
    assert (study.experiment.name, len(study.points)) == ("saturation", 7)
    assert folder.parts[:2] == ("results", "saturation")


@pytest.mark.parametrize("workers", [-1, 1.5, "a", True])
def test_workers_that_cant_be_are_refused_before_anything_is_made(installed: Path, workers: Any) -> None:
    with pytest.raises(ValueError, match="whole number, 0 or more"):
        sweep("saturation", workers=workers)
    with pytest.raises(ValueError, match="whole number, 1 or more"):
        compare("workshop", workers=workers)
    with pytest.raises(ValueError, match="whole number, 1 or more"):
        compare("workshop", workers=0)
    assert not Path("results").exists()


def test_a_file_goes_before_a_shipped_name(installed: Path) -> None:
    Path("saturation.toml").write_text("question = 'mine'\n")
    assert question_file("saturation.toml") == Path("saturation.toml")
    Path("saturation").mkdir()
    assert question_file("saturation") == installed / "_experiments" / "saturation.toml"


@each(
    ("command", "said"),
    [
        (("sweep", "satration"), "did you mean 'saturation'?"),
        (("sweep", "zzz"), "shipped: adoption, presales, red-queen, saturation, sensitivity-kickoff"),
        (("game", "arm-race.toml"), "did you mean 'arms-race'?"),
        (("optimise", "zzz"), "shipped: optimise-kickoff"),
        (("sweep", "arms-race"), "arms-race: this is a game; 'zerosum game arms-race' runs it"),
        (("game", "saturation"), "saturation: this is an experiment; 'zerosum sweep saturation' runs it"),
        (("sweep", "kickoff"), "kickoff: this is a scenario; 'zerosum compare kickoff' runs it"),
        (("sweep", "saturation", "--status"), "'zerosum sweep saturation' begins it"),
        (
            ("compare", "saturation"),
            "saturation: this is an experiment, not a scenario; 'zerosum sweep saturation' runs it",
        ),
    ],
)
def test_other_names_are_told_what_there_is(installed: Path, command: tuple[str, ...], said: str) -> None:
    done = zerosum(*command)
    assert done.exit_code == 2
    assert said in done.stderr
    assert str(installed) not in done.stderr


def test_lessons_come_from_the_installed_package(installed: Path) -> None:
    (installed / "_lessons" / "red-queen.toml").unlink()
    assert [lesson.name for lesson in shipped_lessons()] == ["kickoff", "chance-or-skill", "if-it-aint-broke"]
