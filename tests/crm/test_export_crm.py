"""``zerosum export-crm``: of a scenario or of results, into a folder of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import zerosum as zerosum_package
from tests.commands import shop, zerosum
from tests.each import each
from zerosum.errors import InputError

FILES = ["README.txt", "accounts.csv", "deal_stages.csv", "deals.csv", "reps.csv", "truth.json"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    calls = '{ name = "calls", plan = { prospecting = 0.8, preparation = 0.1, selling = 0.1, social = 0.0 } }'
    Path("shop.toml").write_text(shop(120, 30, calls, "replications = 2"))
    return tmp_path


def export(*arguments: str, code: int = 0) -> str:
    done = zerosum("export-crm", *arguments, code=code)
    return done.stdout if code == 0 else done.stderr


def truth(folder: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(Path(folder, "truth.json").read_text(encoding="utf-8"))["run"]
    return found


def test_a_scenario_is_simulated_and_written(here: Path) -> None:
    said = export("shop.toml", "--system", "hubspot", "--out", "class", "--run", "3", "--vendor", "Elm")
    assert (
        "The pipeline of Elm in 'shop' (strategy 'usual', simulated run 3), as HubSpot exports it"
        in " ".join(said.split())
    )
    assert sorted(one.name for one in Path("class").iterdir()) == FILES
    assert truth("class")["replication"] == 3
    before = Path("class/deals.csv").read_bytes()
    export("shop.toml", "--system", "hubspot", "--out", "class", "--run", "3", "--vendor", "Elm")
    assert Path("class/deals.csv").read_bytes() == before
    export(
        "shop.toml", "--system", "hubspot", "--out", "other", "--run", "3", "--vendor", "Elm", "--seed", "5"
    )
    assert Path("other/deals.csv").read_bytes() != before


def test_results_are_simulated_again(here: Path) -> None:
    zerosum("run", "shop.toml", "--strategy", "calls", "--replication", "1", "--out", "one")
    zerosum("compare", "shop.toml", "--out", "two", "-q")
    export("one", "--system", "pipedrive", "--out", "of-run")
    export("two", "--system", "pipedrive", "--out", "of-comparison", "--strategy", "calls", "--run", "1")
    export("shop.toml", "--system", "pipedrive", "--out", "of-scenario", "--strategy", "calls", "--run", "1")
    expected = Path("of-scenario/deals.csv").read_bytes()
    assert Path("of-run/deals.csv").read_bytes() == Path("of-comparison/deals.csv").read_bytes() == expected
    assert truth("of-run")["strategy"] == "calls"
    assert truth("of-comparison")["measured_from"] == "2023-01-02"


@each("system", ["salesforce", "hubspot", "dynamics", "pipedrive"])
def test_the_smallest_pipeline_is_written(system: str, tmp_path: Path, here: Path) -> None:
    # No quota, nobody hired, nothing closed.
    out = export(
        "shop.toml", "--system", system, "--weeks", "1", "--quirks", "all", "--out", str(tmp_path / "x")
    )
    assert "0 won, 0 lost" in out


def test_no_library_of_the_extra_is_needed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("pandera", "charset_normalizer", "python_calamine"):
        monkeypatch.setitem(sys.modules, library, None)
    export("shop.toml", "--system", "dynamics", "--out", "class", "--quirks", "all")


def test_python_writes_the_same_files(here: Path) -> None:
    export("shop.toml", "--system", "salesforce", "--out", "by-command", "--quirks", "usual", "--seed", "9")
    made = zerosum_package.export_crm("shop.toml", "by-python", quirks=["usual"], seed=9)
    assert {one.name: one.read_bytes() for one in made.files} == {
        one.name: one.read_bytes() for one in Path("by-command").iterdir()
    }
    assert repr(made).startswith("<SimulatedExport shop: Alder as Salesforce;")
    with pytest.raises(InputError, match="not part of this export"):
        zerosum_package.export_crm("shop.toml", "by-python", system="hubspot")


def test_what_is_done_wrong_is_said(here: Path) -> None:
    out = export(
        "shop.toml",
        "--system",
        "hubspot",
        "--out",
        "class",
        "--quirks",
        "usual,duplicates=0.5",
        "--json",
        "--no-truth",
    )
    document = json.loads(out)
    assert document["command"] == "export-crm"
    assert document["quirks"]["duplicates"]["n"] > 0
    assert "books" not in document
    assert not Path("class/truth.json").exists()
    assert sum(document["rows"].values()) > 0
    assert "merged-copies" in export("shop.toml", "--quirks", "list")


def test_a_folder_of_something_else_is_left_alone(here: Path) -> None:
    Path("mine").mkdir()
    Path("mine/deals.csv").write_text("mine")
    said = export("shop.toml", "--system", "hubspot", "--out", "mine", code=2)
    assert "--out mine: deals.csv there: not from 'zerosum export-crm'" in said
    assert Path("mine/deals.csv").read_text() == "mine"
    export("shop.toml", "--system", "hubspot", "--out", "class")
    said = export("shop.toml", "--system", "hubspot", "--out", "class", "--no-truth", code=2)
    assert "truth.json there: not part of this export" in said  # or a class would get it
    said = export("shop.toml", "--system", "pipedrive", "--out", "class", code=2)
    assert "deal_stages.csv there" in said


@each(
    ("arguments", "words"),
    [
        (
            "shop.toml --out x",
            "name the system whose export it should look like: --system salesforce|hubspot|",
        ),
        (
            "shop.toml --system hubspt --out x",
            "--system hubspt: there is no such system; did you mean 'hubspot'",
        ),
        ("shop.toml --system hubspot", "name a folder for the files: --out"),
        ("shop.toml --system hubspot --out shop.toml", "--out shop.toml: this is a file; name a folder"),
        (
            "shop.toml --system hubspot --out x --vendor Elf",
            "--vendor Elf: there is no such vendor; did you mean 'Elm'",
        ),
        ("shop.toml --system hubspot --out x --strategy cals", "--strategy cals: there is no such strategy"),
        (
            "shop.toml --system hubspot --out x --start 1/2/2023",
            "--start 1/2/2023: write a date as year-month-day",
        ),
        ("shop.toml --system hubspot --out x --start 2023-01-03", "weeks begin on Mondays; take 2023-01-02"),
        (
            "shop.toml --system hubspot --out x --quirks foter",
            "--quirks foter: there is no such quirk; did you mean 'footer'",
        ),
        ("shopp.toml --system hubspot --out x", "shopp.toml"),
        (". --system hubspot --out x", "no results here"),
        (
            ". --system hubspot --out x --seed 3",
            "--seed can't change finished results; name a scenario instead",
        ),
    ],
)
def test_what_cant_be_done_is_said(arguments: str, words: str, here: Path) -> None:
    assert words in export(*arguments.split(), code=2)
    assert not Path("x").exists()
