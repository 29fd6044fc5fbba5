"""Where files go: a command writes over what it wrote itself, and refuses to over anybody else's, before it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from matplotlib.figure import Figure

from tests.commands import shop as market
from tests.commands import zerosum
from zerosum.cli.calibrate import FILES as CALIBRATE
from zerosum.cli.compare import FILES_ACROSS, files_compared
from zerosum.cli.deals import FILES as DEALS
from zerosum.cli.effects import FILES as EFFECTS
from zerosum.cli.run import FILES as RUN
from zerosum.cli.session import Session
from zerosum.cli.terminal import Ending
from zerosum.cli.validate import FILES as VALIDATE
from zerosum.errors import InputError
from zerosum.runs.schema import TABLES

MARKET = market(60, 4, '{ name = "selling", extra_hours = { selling = 9.0 } }', "replications = 2")


class Command(NamedTuple):
    words: tuple[str, ...]
    called: str
    files: tuple[str, ...]
    option: str = "--out"


COMMANDS = {
    "run": Command(("run", "shop.toml"), "run", RUN),
    "compare": Command(("compare", "shop.toml"), "compare", files_compared()),
    "across fits": Command(("compare", "shop.toml", "--across-fits"), "compare --across-fits", FILES_ACROSS),
    "validate": Command(("validate", "shop.toml", "-n", "2"), "validate", VALIDATE),
    "effects": Command(("effects", "shop.toml", "--only", "double-jeopardy"), "effects", EFFECTS),
    "deals": Command(("deals", "results-of-shop", "--strategy", "selling"), "deals", DEALS),
    "export": Command(
        ("export", "results-of-shop"),
        "export",
        ("summary.json", "differences.csv", *(f"{name}.csv" for name in TABLES)),
        "--csv",
    ),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (
        "run.plot_run",
        "compare.plot_compare",
        "compare.plot_changed_deals",
        "compare.plot_across",
        "validate.plot_validate",
    ):
        monkeypatch.setattr(f"zerosum.report.plots.{name}", lambda *_: Figure(figsize=(1, 1)))
    (tmp_path / "shop.toml").write_text(MARKET, encoding="utf-8")
    return tmp_path


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", COMMANDS)
def test_somebody_elses_files_stay_and_nothing_is_run(
    here: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = COMMANDS[name]
    if name in ("deals", "export"):
        zerosum("compare", "shop.toml", "-q", "--out", "results-of-shop")
    monkeypatch.setattr("zerosum.market.run.warm_up", None)
    theirs = here / "theirs"
    theirs.mkdir()
    for file in command.files:
        (theirs / file).write_text('{"name": "a stranger"}')
        before = files_in(here)
        said = zerosum(*command.words, command.option, "theirs", code=2).stderr
        assert f"{command.option} theirs: {file} would be replaced" in said
        assert f"this is not from 'zerosum {command.called}'; name another folder" in " ".join(said.split())
        assert files_in(here) == before
        (theirs / file).unlink()


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"effects", "validate", "across fits"}))
def test_a_commands_own_folder_and_one_with_other_files_are_written_to(here: Path, name: str) -> None:
    command = COMMANDS[name]
    if name in ("deals", "export"):
        zerosum("compare", "shop.toml", "-q", "--out", "results-of-shop")
    (here / "out").mkdir()
    (here / "out" / "notes.txt").write_text("mine")
    for _ in range(2):
        zerosum(*command.words, command.option, "out")
    assert {*command.files, "notes.txt"} <= {path.name for path in (here / "out").iterdir()}
    # The last that moves into place is not there, as after a power cut.
    (here / "out" / command.files[-1]).unlink()
    zerosum(*command.words, command.option, "out")


def test_another_commands_files_are_somebody_elses(here: Path) -> None:
    zerosum("compare", "shop.toml", "-q", "--out", "out")
    before = files_in(here / "out")
    said = zerosum("run", "shop.toml", "--out", "out", code=2).stderr
    assert "summary.json, figure.png would be replaced, and these are not from 'zerosum run'" in said
    assert files_in(here / "out") == before


def test_the_usual_folder_may_be_a_strangers_too(here: Path) -> None:
    theirs = here / "results" / "shop" / "run-usual-focal"
    theirs.mkdir(parents=True)
    (theirs / "summary.json").write_text("mine")
    assert "--out names another folder" in zerosum("run", "shop.toml", code=2).stderr


def test_runs_of_somebody_else_are_not_forgotten(here: Path) -> None:
    (here / "theirs" / "parts").mkdir(parents=True)
    zerosum("compare", "shop.toml", "-q", "--out", "theirs")  # an empty folder is nobody's
    writing = here / "both" / "parts" / ".partial-17-0123456789ab"
    writing.parent.mkdir(parents=True)
    writing.write_text("")  # another comparison begins at this moment
    zerosum("compare", "shop.toml", "-q", "--out", "both")
    (here / "other" / "parts").mkdir(parents=True)
    (here / "other" / "parts" / "000001.arrow").write_text("mine")
    for fresh in ((), ("--fresh",)):
        said = zerosum("compare", "shop.toml", "-q", "--out", "other", *fresh, code=2).stderr
        assert "parts would be replaced" in said
    assert (here / "other" / "parts" / "000001.arrow").read_text() == "mine"


def test_a_stopped_comparison_goes_on_in_its_folder(here: Path) -> None:
    zerosum("compare", "shop.toml", "-q", "--out", "out")
    whole = {path.name for path in (here / "out").iterdir()}
    for path in (here / "out").iterdir():
        if path.is_file() and path.name != "figure.png":  # killed as the first file had moved
            path.unlink()
    zerosum("compare", "shop.toml", "-q", "--out", "out")
    assert {path.name for path in (here / "out").iterdir()} == whole


def test_a_calibration_knows_its_trials_and_its_summary(here: Path) -> None:
    def asked() -> Path:
        return Session(Ending(), out="out").folder(Path("unused"), "calibrate", CALIBRATE)

    assert asked() == Path("out")
    (here / "out").mkdir()
    (here / "out" / "fits.toml").write_text("mine")
    with pytest.raises(InputError, match=r"fits\.toml would be replaced"):
        asked()
    (here / "out" / "calibration.json").write_text("{}")
    assert asked() == Path("out")
    (here / "out" / "calibration.json").unlink()
    (here / "out" / "summary.json").write_text(json.dumps({"command": "calibrate"}))
    assert asked() == Path("out")


def test_a_page_of_somebody_else_stays(here: Path) -> None:
    zerosum("compare", "shop.toml", "-q", "--out", "out")
    for place in (here / "index.html", here / "out" / "report.html"):
        place.write_text("<title>mine</title>")
        asked = ("--out", "index.html") if place.parent == here else ()
        said = zerosum("report", "out", "--no-deals", *asked, code=2).stderr
        assert f"{place.name}: this would be replaced, and it is not from 'zerosum report'" in said
        assert place.read_text() == "<title>mine</title>"
        place.unlink()
        for _ in range(2):
            zerosum("report", "out", "--no-deals", *asked)
