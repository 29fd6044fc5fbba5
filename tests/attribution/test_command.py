"""``zerosum deals`` as a user meets it: files, sums, JSON, and what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.commands import shop as market
from tests.commands import zerosum
from tests.each import each
from zerosum.runs.store import read_document, save_document

MARKET = market(
    300,
    52,
    '{ name = "selling", extra_hours = { prospecting = 10.0, preparation = 9.0, selling = 9.0 } }, { name = "twin" }',
    'replications = 3, adopters = ["all", "focal", "head-to-head"]',
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.toml").write_text(MARKET, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("zerosum.report.plots.compare.plot_compare", lambda *_: Figure(figsize=(1, 1)))
        zerosum("compare", "shop.toml", "-q")
    return folder


@pytest.fixture
def here(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(shop)
    monkeypatch.setattr("zerosum.report.plots.compare.plot_changed_deals", lambda _: Figure(figsize=(1, 1)))
    return shop


def test_causes_sum_to_the_difference_that_compare_found(here: Path) -> None:
    told = json.loads(
        zerosum("deals", "shop", "--strategy", "selling", "--adopters", "focal", "--json").stdout
    )
    (results,) = (here / "results" / "shop").iterdir()
    gaps = pd.read_parquet(results / "differences.parquet").set_index(["adopters", "strategy", "metric"])
    found = gaps.loc[("focal", "selling", "revenue"), "difference"]
    assert found != 0.0
    assert told["total"]["money"] == pytest.approx(found, rel=1e-9)
    assert sum(cause["money"] for cause in told["causes"].values()) == pytest.approx(found, rel=1e-9)
    assert (told["strategy"], told["against"], told["adopters"], told["replications"]) == (
        "selling",
        "usual",
        "focal",
        3,
    )
    folder = results / "deals-selling-against-usual-focal"
    told_of = [Path(file).name for file in told["files"]]
    assert sorted(p.name for p in folder.iterdir()) == sorted([*told_of, "manifest.json"])
    deals = pd.read_csv(folder / "changed_deals.csv")
    assert len(deals) == told["changed_deals"] > 0
    assert deals["money"].sum() / 3 == pytest.approx(found, rel=1e-9)


def test_first_adopters_and_baseline_are_the_defaults(here: Path) -> None:
    told = json.loads(zerosum("deals", "shop", "--strategy", "selling", "-n", "1", "--json").stdout)
    assert (told["adopters"], told["against"], told["replications"]) == ("all", "usual", 1)


def test_the_table_is_plain_words_and_its_length_is_asked_for(here: Path) -> None:
    told = zerosum(
        "deals",
        "shop",
        "--strategy",
        "selling",
        "--adopters",
        "focal",
        "--largest",
        "1",
        "--out",
        "told",
        "--details",
    )
    screen, _, details = told.stdout.partition("The 1 largest of")
    assert details
    told_first = (
        r"SHOP \d+ (of \d+ )?reps · 3 simulated runs of 1 year · why 'selling' differs from 'usual' · comp"
    )
    assert re.match(told_first, " ".join(screen.split()))
    assert told.stdout.splitlines()[-1] == "zerosum report shop"
    labels = ["REVENUE", "GAINS", "LOSES", "DEALS"]
    assert [
        line.split()[0] for line in screen.split("\n") if line.split()[:1] and line.split()[0] in labels
    ] == labels
    assert "why 'selling' differs from 'usual'" in told.stdout
    assert "difference in revenue" in told.stdout
    assert "The 1 largest of" in told.stdout
    assert (here / "told" / "causes.csv").exists()


def test_twins_differ_in_nothing(here: Path) -> None:
    told = zerosum("deals", "shop", "--strategy", "twin", "--adopters", "focal", "--out", "twins")
    assert "No deal has a different result" in told.stdout


@each(
    ("options", "said"),
    [
        (("shop", "--strategy", "seling"), "did you mean 'selling'?"),
        (("shop", "--strategy", "usual"), "can't be compared with itself"),
        (
            ("shop", "--strategy", "selling", "--against", "zzz"),
            "--against zzz: there is no such strategy; there are",
        ),
        (("shop", "--strategy", "selling", "--adopters", "head-to-head"), "no deal can be compared"),
        (("shop", "--strategy", "selling", "--adopters", "foacl"), "did you mean 'focal'?"),
        (("shop", "--strategy", "selling", "-n", "4"), "has 3; give at most as many"),
        (("shop", "--strategy", "selling", "-n", "0"), "-n"),
        (("shup", "--strategy", "selling"), "did you mean 'shop'?"),
        (("shop",), "--strategy"),
    ],
)
def test_what_can_not_be_explained_is_refused_in_words(
    here: Path, options: tuple[str, ...], said: str
) -> None:
    done = zerosum("deals", *options, code=2)
    assert said in done.stderr


def test_results_of_another_engine_are_told_to_be_so(here: Path) -> None:
    (results,) = (here / "results" / "shop").iterdir()
    text = (results / "manifest.json").read_text()
    try:
        told = read_document(results / "manifest.json")
        told["origin"]["numba"] = "0.1"
        save_document(results / "manifest.json", told)
        done = zerosum("deals", "shop", "--strategy", "selling", "-n", "1", "--out", "other", "-q")
    finally:
        (results / "manifest.json").write_text(text)
    assert "numba 0.1 →" in done.stderr
