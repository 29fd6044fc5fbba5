"""A map as results: listed, shown, checked, written as a page; unfinished and damaged ones."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from tests.commands import zerosum
from tests.map.test_command import KEYS, MARKET, QUICK, RANGES
from zerosum import InputError, StoreError, open_map
from zerosum import map as map_over
from zerosum.errors import Interrupted
from zerosum.runs.store import read_document, save_document
from zerosum.studies.map import map as making

ASKED = ("map", "small.toml", *KEYS, *RANGES, *QUICK)
HOME = Path("results") / "Mein Markt"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scenario, a map of it and a comparison, as their commands left them; ``here`` is a copy."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("made")
        patch.chdir(folder)
        (folder / "small.toml").write_text(MARKET, encoding="utf-8")
        patch.setattr("zerosum.report.plots.map.plot_map", lambda _: Figure(figsize=(1, 1)))
        patch.setattr("zerosum.report.plots.compare.plot_compare", lambda *_: Figure(figsize=(1, 1)))
        zerosum(*ASKED, "-q")
        zerosum("compare", "small.toml", "-n", "2", "-q")
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "made")
    monkeypatch.chdir(tmp_path / "made")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr("zerosum.report.plots.map.plot_map", lambda _: Figure(figsize=(1, 1)))
    return tmp_path / "made"


@pytest.fixture
def folder(here: Path) -> str:
    (found,) = HOME.glob("map-*")
    return str(found)


def test_the_list_has_finished_unfinished_and_damaged_maps(here: Path, folder: str) -> None:
    lines = {re.split(r"  +", line)[0].strip(): line for line in zerosum("results").stdout.splitlines()}
    assert re.search(r"  map  .*  23  20\d\d-", lines[folder])  # 9 points, 2 replications; 5 of the probe
    assert not [name for name in lines if name.startswith(f"{folder}/")]  # its sweeps are part of it
    described = Path(folder) / "map.json"
    whole = described.read_bytes()
    described.write_bytes(whole[: len(whole) // 2])
    said = zerosum("results", "list").stdout
    assert f"{folder}/map.json: it is cut short" in said
    assert "  map  " not in said


def test_a_stopped_map_is_listed_and_says_how_it_goes_on(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = making.sweep

    def stopped(study, folder, *rest, **more):  # type: ignore[no-untyped-def]
        if folder.name == "probe":
            return real(study, folder, *rest, **more)
        real(study.asking(1), folder, *rest, **more)
        raise Interrupted(9, 18)

    monkeypatch.setattr(making, "sweep", stopped)
    zerosum(*ASKED, "--out", "results/torn", code=130)
    monkeypatch.setattr(making, "sweep", real)
    (line,) = (line for line in zerosum("results").stdout.splitlines() if line.startswith("results/torn"))
    assert re.search(r"  14  not finished", line)
    for command in (("results", "show"), ("report",)):
        said = " ".join(zerosum(*command, "results/torn", code=2).stderr.split())
        assert "this map is not finished; the same 'zerosum map' command goes on where it stopped" in said
    assert "files as they were written" in zerosum("results", "verify", "results/torn").stdout
    zerosum(*ASKED, "--out", "results/torn")
    assert "not finished" not in zerosum("results").stdout


def test_shown_again_it_says_the_same(here: Path, folder: str) -> None:
    before = zerosum(*ASKED, "-q").stdout
    assert zerosum("results", "show", folder).stdout == before
    said = zerosum("results", "show", folder, "--metric", "arr", code=2).stderr
    assert "a map has the metric that it was made for" in " ".join(said.split())


def test_verify_checks_the_runs_within_and_the_page(here: Path, folder: str) -> None:
    zerosum("report", folder)
    assert "files as they were written" in zerosum("results", "verify", folder).stdout
    page = Path(folder) / "report.html"
    text = page.read_text(encoding="utf-8")
    page.write_text(re.sub('name="made-from" content="[0-9a-f]+"', 'name="made-from" content="00"', text))
    assert "report.html was made from other results" in zerosum("results", "verify", folder, code=1).stderr
    (part, *_) = (Path(folder) / "points" / "parts").glob("*.arrow")
    part.write_bytes(part.read_bytes()[:-9])
    said = zerosum("results", "verify", folder, code=1).stderr
    assert f"points/parts/{part.name}"[:40] in "".join(said.split())
    said = " ".join(zerosum("report", folder, code=1).stderr.split())
    assert "of its runs are gone" in said
    assert "the same 'zerosum map' command makes them again" in said


def test_other_numbers_take_its_page_away(here: Path, folder: str) -> None:
    zerosum("report", folder)
    page = Path(folder) / "report.html"
    assert "made from" not in zerosum(*ASKED).stderr
    assert page.exists()
    said = zerosum(*ASKED, "--points", "8").stderr
    assert "report.html ('zerosum report" in said
    assert not page.exists()


def test_the_page_of_a_map_is_made_of_its_folder_alone(here: Path, folder: str) -> None:
    (here / "small.toml").unlink()
    zerosum("report", folder)
    text = (Path(folder) / "report.html").read_text(encoding="utf-8")
    assert "&#39;calls&#39; or &#39;usual&#39;? Where this verdict changes" in text
    assert "At your place (market.saturation = 0.9, vendors.Alder.reps = 3)" in text
    assert "zerosum map small.toml --keys market.saturation,vendors.Alder.reps" in text
    assert 'aria-label="Map. ' in text
    zerosum("report", folder, "--out", "again.html")
    assert (here / "again.html").read_text(encoding="utf-8") == text
    assert "a map has the metric" in zerosum("report", folder, "--metric", "arr", code=2).stderr


def test_the_page_of_a_scenario_has_its_maps_and_no_others(here: Path, folder: str) -> None:
    zerosum(*ASKED, "-q", "--at", "market.saturation=0.5", "--out", str(HOME / "moved"))
    zerosum(*ASKED, "-q", "--seed", "5")  # another market
    zerosum("report", "Mein Markt", "--no-deals")
    (page,) = HOME.glob("*/report.html")
    section = page.read_text(encoding="utf-8").split('id="changes"')[1].split("</section>")[0]
    assert section.count("<figure") == 2
    assert f"The map is in the folder '{Path(folder).name}'" in section.replace("&#39;", "'")
    assert section.count("The place on this map was given (market.saturation = 0.5 and") == 1
    ids = re.findall(r' id="([^"]+)"', page.read_text(encoding="utf-8"))
    assert len(ids) == len(set(ids))
    shutil.rmtree(Path(folder))
    shutil.rmtree(HOME / "moved")
    zerosum("report", "Mein Markt", "--no-deals")
    assert 'id="changes"' not in page.read_text(encoding="utf-8")


def test_the_page_shows_the_newest_and_names_the_rest(here: Path, folder: str) -> None:
    for number in range(4):
        shutil.copytree(folder, HOME / f"copy-{number}")
        manifest = HOME / f"copy-{number}" / "manifest.json"
        known = read_document(manifest)
        save_document(manifest, {**known, "finished": f"2031-01-0{number + 1}T00:00:00+00:00"})
    zerosum("report", "Mein Markt", "--no-deals")
    (page,) = HOME.glob("*/report.html")
    section = page.read_text(encoding="utf-8").split('id="changes"')[1].split("</section>")[0]
    assert re.findall(r"Made on (\S+)\. ", section) == ["2031-01-04", "2031-01-03", "2031-01-02"]
    named = section.split("Older maps")[1].replace("&#39;", "'")
    assert f"in the folders 'copy-0' and '{Path(folder).name}'." in named


def test_of_a_scenario_that_was_only_mapped_its_maps_are_named(here: Path, folder: str) -> None:
    shutil.rmtree(next(path.parent for path in HOME.glob("*/comparison.json")))
    said = " ".join(zerosum("report", "Mein Markt", code=2).stderr.split())
    assert f"it was not compared; 'zerosum compare' does. Its maps are {folder}" in said


def test_a_map_without_its_runs_is_named_and_left_out(here: Path, folder: str) -> None:
    shutil.rmtree(Path(folder) / "points" / "parts")
    said = zerosum("report", "Mein Markt", "--no-deals").stderr
    assert "Not on the page: " in said
    assert "18 of its runs are gone" in " ".join(said.split())


def test_from_python_it_is_the_same(here: Path, folder: str) -> None:
    asked = {
        "ranges": {"market.saturation": (0.2, 0.95), "vendors.Alder.reps": (2, 5)},
        "keys": KEYS[1].split(","),
    }
    asked |= {"metric": "goodwill_burnt", "replications": 2, "points": 4, "facts": False, "workers": 0}
    found = map_over("small.toml", **asked, keep_in="results/mine")  # type: ignore[arg-type]
    again = open_map("results/mine")
    assert again.answer == found.answer == open_map(folder).answer
    assert again.surface.equals(found.surface)
    line = next(line for line in zerosum("results").stdout.splitlines() if line.startswith("results/mine"))
    assert "complete, no files" in line
    zerosum("report", "results/mine")
    assert "How to reproduce it" in Path("results/mine/report.html").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="no map here"):
        open_map("results")
    Path("results/mine/map.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="cut short"):
        open_map("results/mine")


def test_another_version_is_refused_in_words(here: Path, folder: str) -> None:
    path = Path(folder) / "map.json"
    known = read_document(path)
    known["of"]["origin"]["numpy"] = "1.0"
    save_document(path, known)
    assert "numpy" in zerosum("report", folder, code=2).stderr
    said = " ".join(zerosum(*ASKED, code=2).stderr.split())
    assert "the two must not be mixed. --fresh makes them anew" in said
    zerosum(*ASKED, "--fresh", "-q")
    assert json.loads(path.read_text(encoding="utf-8"))["complete"] is True


def test_another_map_in_its_folder_is_refused_before_it_is_touched(here: Path, folder: str) -> None:
    path = Path(folder) / "map.json"
    before = path.read_bytes()
    keys = ("--keys", "market.saturation,choice.fit_sd", *RANGES[:2])
    said = " ".join(zerosum("map", "small.toml", *keys, *QUICK, "--out", folder, code=2).stderr.split())
    assert "holds runs of another map: the keys differ" in said
    assert path.read_bytes() == before
