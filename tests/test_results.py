"""Results as a user meets them: their folder, the list, shown again, verified, exported, found by name."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.commands import shop as market
from tests.commands import zerosum
from zerosum.errors import StoreError
from zerosum.runs.find import find
from zerosum.runs.manifest import digest_of, read_manifest
from zerosum.runs.schema import TABLES
from zerosum.runs.store import sealed
from zerosum.scenario import results_hash

MARKET = market(90, 12, '{ name = "selling", extra_hours = { selling = 9.0 } }', "replications = 3")


TIMED = ("manifest.json",)
"""Files that say when they were written."""


def standing_in(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with the scenario and nothing else; no figure is worth its time here."""
    patch.chdir(folder)
    patch.setenv("COLUMNS", "132")
    patch.setattr("zerosum.report.plots.compare.plot_compare", lambda *_: Figure(figsize=(1, 1)))
    (folder / "shop.toml").write_text(MARKET, encoding="utf-8")
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return standing_in(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder ``results`` of one comparison, as its command left it; ``shop`` is a copy of one's own."""
    with pytest.MonkeyPatch.context() as patch:
        folder = standing_in(tmp_path_factory.mktemp("compared"), patch)
        zerosum("compare", "shop.toml", "-q")
    return folder / "results"


@pytest.fixture
def shop(here: Path, compared: Path) -> Path:
    shutil.copytree(compared, here / "results")
    (folder,) = (here / "results" / "shop").iterdir()
    return folder


def digests(folder: Path) -> dict[str, bytes]:
    """Every table and every file that bears no time."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and p.name not in TIMED}


# --- The folder and its manifest ------------------------------------------------------------------------------


def test_the_manifest_tells_all_that_is_needed_to_do_it_again(shop: Path) -> None:
    manifest = read_manifest(shop)
    scenario = manifest.load()
    assert (manifest.scenario, manifest.question, manifest.replications) == ("shop", "Does it pay?", 3)
    assert manifest.hash == results_hash(scenario)
    assert manifest.hash.startswith(shop.name)
    assert manifest.command == ["zerosum", "compare", "shop.toml"]
    assert manifest.started <= manifest.finished
    assert set(manifest.files) == set(digests(shop)) - {"comparison.json"}
    assert {f"{name}.parquet" for name in TABLES} <= set(manifest.files)


def test_the_scenario_is_what_it_was_though_defaults_have_changed(shop: Path) -> None:
    """What was left to defaults is written out: here the settings of the file alone mean something else by now."""
    before = read_manifest(shop)
    path = shop / "manifest.json"
    whole, found = path.read_text(encoding="utf-8"), json.loads(path.read_text(encoding="utf-8"))
    assert "choice" not in found["settings"]
    try:
        found["settings"]["choice"] = {"no_decision": 2.9}  # as if that were the default now
        rewrite(shop, settings=found["settings"])
        again = read_manifest(shop).load()
        assert again == before.load()
        found["whole"]["choice"]["no_decision"] = 2.9
        rewrite(shop, settings=found["settings"], whole=found["whole"])
        with pytest.raises(StoreError, match="its settings are not the scenario that it names"):
            read_manifest(shop)
    finally:
        path.write_text(whole, encoding="utf-8")


def test_the_scenario_that_is_left_does_it_again_to_the_byte(here: Path) -> None:
    given = ("--set", "vendors.Alder.reps=4", "--adopters", "all", "--seed", "8", "-n", "2", "-q")
    zerosum("compare", "shop.toml", *given)
    (folder,) = (here / "results" / "shop").iterdir()
    zerosum("compare", str(folder / "scenario.toml"), "-q", "--out", "again")
    ours, theirs = digests(folder), digests(here / "again")
    assert ours.pop("summary.json") != theirs.pop(
        "summary.json"
    )  # it names the files, whose folder is another
    assert ours == theirs


def test_the_command_is_told_with_what_was_given(here: Path) -> None:
    zerosum(
        "compare", "shop.toml", "-n", "2", "--adopters", "all", "--set", "name=b c", "--workers", "1", "-q"
    )
    (folder,) = (here / "results" / "b c").iterdir()
    assert read_manifest(folder).command == [
        *(
            "zerosum",
            "compare",
            "shop.toml",
            "--replications",
            "2",
            "--adopters",
            "all",
            "--set",
            "name=b c",
        )
    ]


def test_the_same_inputs_give_the_same_bytes(shop: Path, here: Path) -> None:
    first = digests(shop)
    zerosum("compare", "shop.toml", "-q", "--fresh")
    assert digests(shop) == first
    zerosum("compare", "shop.toml", "-q", "-n", "5")
    assert digests(shop) != first
    zerosum("compare", "shop.toml", "-q")
    assert digests(shop) == first


def test_another_question_has_another_folder(shop: Path, here: Path) -> None:
    before = digests(shop)
    zerosum("compare", "shop.toml", "-q", "--seed", "5")
    assert len(list((here / "results" / "shop").iterdir())) == 2
    assert digests(shop) == before


def test_a_folder_of_another_scenario_is_refused_in_words(here: Path) -> None:
    zerosum("compare", "shop.toml", "-q", "--out", "out")
    said = zerosum("compare", "shop.toml", "-q", "--out", "out", "--seed", "5", code=2).stderr
    assert "out holds runs of another comparison: comparison.seed is 4 there, 5 here. " in said
    assert "--fresh makes them anew, --out names another folder" in said
    zerosum("compare", "shop.toml", "-q", "--out", "out", "--seed", "5", "--fresh")
    said = zerosum(
        "compare", "shop.toml", "-q", "--out", "out", "--seed", "5", "--adopters", "all", code=2
    ).stderr
    assert re.search(r"comparison\.adopters is focal[\w -]* there, all here\. --fresh", said)


KILLED = """
import os, signal, threading
import zerosum.runs.parts as parts
whole, done = parts.Parts.add, []
def add(self, tables):
    whole(self, tables)
    done.append(tables)
    if len(done) == {after}:
        os.kill(os.getpid(), signal.SIGKILL)
parts.Parts.add = add
from zerosum.errors import StoreError
from zerosum.cli import main
main(["compare", "shop.toml", "-q", "-n", "6", "--workers", "2"], prog_name="zerosum")
"""


@pytest.mark.parametrize("after", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_kill_9_in_mid_run_and_again_gives_the_digests_of_an_uninterrupted_run(
    here: Path, after: int
) -> None:
    zerosum("compare", "shop.toml", "-q", "-n", "6", "--out", "whole", "--workers", "1")
    child = subprocess.run(
        [sys.executable, "-c", KILLED.format(after=after)], capture_output=True, check=False
    )
    assert child.returncode == -signal.SIGKILL
    (folder,) = (here / "results" / "shop").iterdir()
    assert sorted(p.name for p in folder.iterdir()) == ["comparison.json", "parts"]
    kept = len(list((folder / "parts").glob("*.arrow")))
    assert after <= kept < 6
    listed = zerosum("results").stdout
    assert "not finished" in listed
    assert f"{kept} replication" in listed
    zerosum("compare", "shop.toml", "-q", "-n", "6")
    theirs, ours = digests(folder), digests(here / "whole")
    assert theirs.pop("summary.json") != ours.pop(
        "summary.json"
    )  # it names the files, whose folder is another
    assert theirs == ours


def test_two_at_once_on_one_folder_do_no_harm(here: Path) -> None:
    words = ("compare", "shop.toml", "-q", "-n", "4", "--out", "both")
    child = subprocess.Popen([sys.executable, "-m", "zerosum", *words], stderr=subprocess.PIPE)
    while not (here / "both").exists():
        assert child.poll() is None
        time.sleep(0.01)
    zerosum(*words)
    _, errors = child.communicate(timeout=120)
    assert child.returncode == 0, errors
    assert "as they were written" in zerosum("results", "verify", "both", "--rerun", "1").stdout


# --- results list, show, verify, export -----------------------------------------------------------------------


def test_nothing_there_says_what_makes_some(here: Path) -> None:
    assert "'zerosum compare SCENARIO' makes some" in zerosum("results").stdout


def test_the_list_has_every_folder_newest_last(shop: Path, here: Path) -> None:
    rewrite(shop, finished="2020-01-01T00:00:00+00:00")
    zerosum("compare", "shop.toml", "-q", "--seed", "5", "-n", "2")
    lines = [line for line in zerosum("results", "list").stdout.splitlines() if "results/shop/" in line]
    assert len(lines) == 2
    assert shop.name in lines[0]
    assert "2020-01-01" in lines[0]
    assert zerosum("results").stdout == zerosum("results", "list").stdout


def test_the_list_has_other_kinds_of_results_and_what_shows_them(shop: Path, here: Path) -> None:
    zerosum("misses", "shop.toml", "-n", "2", "-q")
    zerosum("compare", "shop.toml", "-n", "2", "-q", "--what-if", "pay.commission=0.02")
    (Path("results") / "shop" / "one.json").write_text("{}")
    listed = zerosum("results", columns="120").stdout
    assert "1 comparison and 2 other results" in listed
    (misses,) = (line for line in listed.splitlines() if "results/shop/misses" in line)
    assert misses.split()[1:3] == ["misses", "misses.md"]
    (what_if,) = (line for line in listed.splitlines() if "results/shop/what-if" in line)
    assert what_if.split()[1:6] == ["what-if", "zerosum", "compare", "--what-if,", "again"]
    assert "━" not in listed
    assert "┃" not in listed


def changed(**entries: Any) -> Callable[[str], str]:
    """Change entries of a manifest, as if it had been written so; None takes one out."""

    def write(text: str) -> str:
        told = json.loads(text) | entries | {"sha256": None}
        return sealed(json.dumps({name: value for name, value in told.items() if value is not None})).decode()

    return write


def rewrite(folder: Path, **entries: Any) -> None:
    """Change entries of a folder's manifest."""
    path = folder / "manifest.json"
    path.write_text(changed(**entries)(path.read_text()))


BROKEN: dict[str, tuple[Callable[[str], str], str]] = {
    "cut short": (lambda text: text[: len(text) // 2], "it is cut short"),
    "empty": (lambda text: "", "it is cut short"),
    "a list": (lambda text: "[]", "it is no JSON object"),
    "another manifest": (lambda text: "{}", "this is no manifest of zerosum"),
    "changed by hand": (lambda text: text.replace("Does it", "Will it"), "it is not as it was written"),
    "without its SHA-256": (lambda text: text.replace('"sha256"', '"sha255"'), "it is not as it was written"),
    "no text": (lambda text: "\x00\x01", "it is cut short"),
    "of another format": (
        changed(format=99),
        "its format is 99, and this zerosum reads format 4",
    ),
    "without a hash": (changed(hash=None, files=None), "it lacks files, hash"),
    "with a wrong kind": (
        changed(replications="three"),
        "what it says of 'replications' can't be understood",
    ),
    "of another scenario": (changed(settings={"market": 3}), "its settings are not the scenario"),
    "asked for nonsense": (changed(asked={"matters": "much"}), "what it says of 'asked'"),
}
PYTHONS_WORDS = (
    "Expecting",
    "__init__",
    "Errno",
    "line 1",
    "Traceback",
    "validation error",
    "Parquet",
    "None",
)


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_manifest_says_what_is_wrong_and_what_mends_it(shop: Path, case: str) -> None:
    spoil, expected = BROKEN[case]
    manifest = shop / "manifest.json"
    manifest.write_text(spoil(manifest.read_text()))
    commands = [("results", "show"), ("report",)]
    if case != "asked for nonsense":  # what was asked is read where it is answered again
        commands += [("results", "verify"), ("export", "--csv", "csv"), ("deals", "--strategy", "selling")]
        assert expected in " ".join(zerosum("results").stdout.split())
    for command in commands:
        for name in (str(shop), "shop"):
            said = zerosum(*command, name, code=1).stderr
            assert f"{shop.relative_to(Path.cwd())}/manifest.json: {expected}" in said
            assert "scenario.toml --out" in said
            assert "' writes the results anew; or delete the folder" in said
            assert not any(words in said for words in PYTHONS_WORDS)
    # What it says is right.
    zerosum("compare", str(shop / "scenario.toml"), "--out", str(shop), "-q")
    assert "as they were written" in zerosum("results", "verify", str(shop), "--rerun", "1").stdout


def test_a_damaged_one_is_not_meant_where_there_is_another(shop: Path) -> None:
    zerosum("compare", "shop.toml", "-q", "--seed", "5")
    (shop / "manifest.json").write_text("{")
    assert find("shop").resolve() != shop.resolve()


def other_run(table: Path) -> None:
    zerosum("compare", "shop.toml", "-q", "--seed", "5", "--out", "other")
    table.write_bytes(Path("other", table.name).read_bytes())


TABLE: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    "missing": (lambda table: table.unlink(), "the file is missing", "deals.parquet is missing"),
    "cut short": (
        lambda table: table.write_bytes(table.read_bytes()[:200]),
        "it is cut short, or no table",
        "deals.parquet was changed",
    ),
    "another run's": (
        other_run,
        "this is not the table that manifest.json names",
        "deals.parquet was changed",
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_a_damaged_table_says_what_is_wrong_and_what_mends_it(shop: Path, case: str) -> None:
    spoil, expected, verified = TABLE[case]
    spoil(shop / "deals.parquet")
    for command in (("results", "show"), ("export", "--csv", "csv"), ("report", "--no-deals")):
        said = zerosum(*command, str(shop), code=1).stderr
        assert f"deals.parquet: {expected}" in said
        assert "' writes the results anew; or delete the folder" in said
        assert not any(words in said for words in PYTHONS_WORDS)
    assert verified in zerosum("results", "verify", str(shop), code=1).stderr
    assert not (shop / "csv").exists()
    assert not (shop / "report.html").exists()


def test_shown_again_it_is_what_was_shown_before(here: Path) -> None:
    before = zerosum("compare", "shop.toml").stdout
    (folder,) = (here / "results" / "shop").iterdir()
    assert (
        zerosum("results", "show", "shop").stdout.rstrip() == before[: before.index("\nIn results")].rstrip()
    )
    other = zerosum("results", "show", folder.name[:6], "--metric", "win_rate", "--matters", "5pp").stdout
    assert "win rate" in other
    assert "5pp" in other


def test_verify_simulates_again_to_the_bit(shop: Path) -> None:
    said = zerosum("results", "verify", "shop", "--rerun", "3").stdout
    assert "3 of 3 simulated runs repeated: the same to the last bit" in said
    assert "files as they were written." in zerosum("results", "verify", "shop", "--rerun", "0").stdout


def test_verify_sees_a_changed_byte_a_missing_file_and_another_number(shop: Path) -> None:
    differences = shop / "differences.csv"
    content = differences.read_bytes()
    differences.write_bytes(content.replace(b"1", b"2", 1))
    assert "differences.csv was changed" in zerosum("results", "verify", "shop", code=1).stderr
    differences.unlink()
    assert "differences.csv is missing" in zerosum("results", "verify", "shop", code=1).stderr
    differences.write_bytes(content)

    runs = pd.read_parquet(shop / "runs.parquet")
    runs.loc[runs["replication"] == 2, "revenue"] += 1e-6
    runs.to_parquet(shop / "runs.parquet", index=False)
    known = {"runs.parquet": digest_of((shop / "runs.parquet").read_bytes())}
    rewrite(shop, files={**read_manifest(shop).files, **known})
    said = zerosum("results", "verify", "shop", "--rerun", "3", code=1).stderr
    assert "replication 2: runs.revenue has another value" in said
    assert "replication 0" not in said


@pytest.mark.parametrize(("table", "column", "value"), [("deals", "outcome", "other"), ("reps", "hired", 77)])
def test_verify_sees_another_word_and_another_count(
    shop: Path, table: str, column: str, value: str | int
) -> None:
    path = shop / f"{table}.parquet"
    frame = pd.read_parquet(path)
    frame.loc[frame["replication"] == 2, column] = value
    frame.to_parquet(path, index=False)
    rewrite(shop, files={**read_manifest(shop).files, path.name: digest_of(path.read_bytes())})
    said = zerosum("results", "verify", "shop", "--rerun", "3", code=1).stderr
    assert f"replication 2: {table}.{column} has another value" in said


def test_verify_says_so_where_it_was_made_otherwise(shop: Path) -> None:
    rewrite(shop, origin={**read_manifest(shop).origin, "numpy": "1.0"})
    assert "numpy 1.0 →" in zerosum("results", "verify", "shop").stderr


def test_export_writes_every_table_as_csv(shop: Path, here: Path) -> None:
    zerosum("export", "shop", "--csv", str(shop / "csv"))
    zerosum("export", "shop", "--csv", "elsewhere")
    for folder in (shop / "csv", here / "elsewhere"):
        files = sorted(["summary.json", "differences.csv", *(f"{name}.csv" for name in TABLES)])
        assert sorted(p.name for p in folder.iterdir()) == files
        told = json.loads((folder / "summary.json").read_text())
        assert (told["command"], told["results"], told["replications"]) == ("export", shop.name, 3)
        assert sorted(Path(file).name for file in told["files"]) == files
    deals = pd.read_csv(here / "elsewhere" / "deals.csv", keep_default_na=False)
    assert len(deals) == len(pd.read_parquet(shop / "deals.parquet")) > 0
    assert "as they were written" in zerosum("results", "verify", "shop", "--rerun", "0").stdout


# --- What was made from results -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def with_all_beside(compared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder ``results`` with all that can be made from a comparison; ``made`` is a copy of one's own."""
    with pytest.MonkeyPatch.context() as patch:
        folder = standing_in(tmp_path_factory.mktemp("made"), patch)
        shutil.copytree(compared, folder / "results")
        patch.setattr("zerosum.report.plots.compare.plot_changed_deals", lambda _: Figure(figsize=(1, 1)))
        zerosum("report", "shop", "--no-deals")
        (made,) = Path("results", "shop").iterdir()
        zerosum("export", "shop", "--csv", str(made / "csv"))
        zerosum("deals", "shop", "--strategy", "selling", "-q")
        zerosum("deals", "shop", "--strategy", "selling", "-n", "2", "-q")
    return folder / "results"


@pytest.fixture
def made(here: Path, with_all_beside: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("zerosum.report.plots.compare.plot_changed_deals", lambda _: Figure(figsize=(1, 1)))
    shutil.copytree(with_all_beside, here / "results")
    (folder,) = (here / "results" / "shop").iterdir()
    return folder


MADE = (
    "csv",
    "deals-selling-against-usual-focal",
    "deals-selling-against-usual-focal-first-2",
    "report.html",
)


def beside(folder: Path) -> list[str]:
    """What lies there, without what a comparison itself leaves."""
    ours = {*json.loads((folder / "manifest.json").read_text())["files"], *TIMED, "comparison.json", "parts"}
    return sorted(path.name for path in folder.iterdir() if path.name not in ours)


def test_the_same_numbers_again_leave_what_was_made_from_them(made: Path) -> None:
    time.sleep(1.1)  # another time in the manifest
    for again in ((), ("--fresh",), ("--workers", "1", "-n", "3")):
        assert "Removed" not in zerosum("compare", "shop.toml", "-q", *again).stderr
        assert beside(made) == sorted(MADE)
    assert "as they were written" in zerosum("results", "verify", "shop", "--rerun", "0").stdout


def test_other_numbers_take_it_away_and_say_what_makes_it_again(made: Path) -> None:
    (made / "mine.html").write_text("<p>my own</p>")
    (made / "csv" / "notes.txt").write_text("my own")
    said = zerosum("compare", "shop.toml", "-n", "5", "-q").stderr
    assert said.count("\n") == 1
    assert said.startswith("Removed, because it was made from earlier results: ")
    place = made.relative_to(Path.cwd())
    for name, command in zip(
        MADE,
        (
            f"zerosum export {place} --csv {place}/csv",
            f"zerosum deals {place} --strategy selling --against usual --adopters focal",
            f"zerosum deals {place} --strategy selling --against usual --adopters focal -n 2",
            f"zerosum report {place}",
        ),
        strict=True,
    ):
        assert f"{name} ('{command}' makes it again)" in said
        zerosum(*shlex.split(command)[1:])
    assert beside(made) == sorted((*MADE, "mine.html"))
    zerosum("compare", "shop.toml", "-q")
    assert beside(made) == ["csv", "mine.html"]
    assert [path.name for path in (made / "csv").iterdir()] == ["notes.txt"]


def test_another_question_takes_the_page_away_only(made: Path) -> None:
    said = zerosum("compare", "shop.toml", "-q", "--metric", "win_rate").stderr
    assert "report.html" in said
    assert beside(made) == sorted(set(MADE) - {"report.html"})


def test_what_was_made_from_other_results_is_told_of(made: Path) -> None:
    whole = (made / "report.html").read_bytes()
    zerosum("compare", "shop.toml", "-n", "5", "-q")
    (made / "report.html").write_bytes(whole)
    told = "report.html was made from other results ('zerosum report"
    assert told in zerosum("results", "show", "shop").stderr
    assert told in zerosum("results", "verify", "shop", "--rerun", "0", code=1).stderr


# --- Found by name --------------------------------------------------------------------------------------------


def test_results_are_found_by_folder_scenario_file_and_hash(shop: Path) -> None:
    for name in (str(shop), "shop", "shop.toml", shop.name, shop.name[:4]):
        assert find(name).resolve() == shop.resolve()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("shup", "did you mean 'shop'?"),
        ("elsewhere", "there are: shop"),
        (".", "no results here"),
        ("", "name a folder of results"),
        ("abc", "there are: shop"),
    ],
)
def test_a_name_that_is_none_says_what_there_is(shop: Path, name: str, said: str) -> None:
    assert said in zerosum("results", "show", name, code=2).stderr


def test_an_unfinished_comparison_says_how_it_goes_on(shop: Path) -> None:
    (shop / "manifest.json").unlink()
    assert "not finished; run it again" in zerosum("results", "show", str(shop), code=1).stderr


def test_of_several_the_newest_is_meant_and_a_short_hash_may_be_ambiguous(shop: Path, here: Path) -> None:
    time.sleep(1.1)
    zerosum("compare", "shop.toml", "-q", "--seed", "5")
    assert find("shop").resolve() != shop.resolve()
    twin = shop.with_name(shop.name[:5] + "0" * 11)
    os.rename(find("shop"), twin)
    assert "several results begin so" in zerosum("results", "show", shop.name[:4], code=2).stderr


def flip(path: Path) -> None:
    """Change one bit in the midst of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["summary.json", "scenario.toml", "comparison.json"])
def test_a_report_of_damaged_results_is_not_written(shop: Path, name: str) -> None:
    flip(shop / name)
    said = zerosum("report", str(shop), "--no-deals", code=1).stderr
    assert f"{name}" in said
    assert f"--out {shop}' writes the results anew" in said
    assert ("zerosum compare shop.toml" in said) == (name == "scenario.toml")  # its own is no help then
    assert not (shop / "report.html").exists()


@pytest.mark.parametrize("name", ["runs.parquet", "summary.json", "scenario.toml", "manifest.json"])
def test_a_comparison_names_what_it_makes_good(shop: Path, name: str) -> None:
    flip(shop / name)
    said = zerosum("compare", "shop.toml", "--out", str(shop), "-q").stderr
    assert f"Not as it was written, and written anew: {name}" in said
    assert "written anew" not in zerosum("compare", "shop.toml", "--out", str(shop), "-q").stderr


def test_results_that_are_a_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("results").write_text("mine")
    assert "results: this is a file, not a folder of results" in zerosum("results", code=2).stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_among_results_is_not_waited_for(shop: Path) -> None:
    (shop / "deals.parquet").unlink()
    os.mkfifo(shop / "deals.parquet")
    said = zerosum("results", "verify", str(shop), "--rerun", "0", code=1).stderr
    assert "deals.parquet: it is no regular file" in said


def test_provenance_says_where_results_come_from(shop: Path) -> None:
    told = json.loads((shop / "manifest.json").read_text())
    assert told["command"][:2] == ["zerosum", "compare"]
    assert told["cores"] >= 1
    assert told["seconds"] >= 0
    assert told["origin"]["engine"]
    assert set(told["files"]) == {p.name for p in shop.iterdir() if p.is_file()} - {
        "comparison.json",
        "manifest.json",
    }
