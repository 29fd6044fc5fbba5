"""``zerosum map`` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from tests.commands import zerosum
from zerosum.errors import Interrupted
from zerosum.market.population import status_quo
from zerosum.report.map_tables import digest_of_map
from zerosum.runs.parts import Parts
from zerosum.scenario import parse_scenario
from zerosum.studies.map import ask, restore

MARKET = """
name = "Mein Markt"
market = { buyers = 60, saturation = 0.9 }
clock = { warmup_weeks = 0, weeks = 16 }
vendors = [{ name = "Alder", reps = 3 }, { name = "Elm", reps = 3 }]
strategies = [
    { name = "usual" },
    { name = "calls", plan = { prospecting = 0.5, preparation = 0.1, selling = 0.4, social = 0.0 } },
]
comparison = { strategies = ["usual", "calls"] }

[[segments]]
name = "Mein Markt"
share = 1.0
contract_weeks = 20
"""
KEYS = ("--keys", "market.saturation,vendors.Alder.reps")
RANGES = ("--range", "market.saturation=0.2:0.95", "--range", "vendors.Alder.reps=2:5")
QUICK = ("--metric", "goodwill_burnt", "-n", "2", "--points", "4", "--workers", "0", "--no-facts")
FILES = ["facts.csv", "manifest.json", "map.csv", "map.json", "map.png", "ranking.csv", "summary.json"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(MARKET, encoding="utf-8")
    return tmp_path


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zerosum.report.plots.map.plot_map", lambda _: Figure(figsize=(1, 1)))


def run(*arguments: str, code: int = 0) -> str:
    return zerosum("map", "small.toml", *arguments, code=code, columns="100").output


def test_two_keys_from_the_market_to_the_files(here: Path) -> None:
    said = run(*KEYS, *RANGES, *QUICK, "--out", "found", "--at", "market.saturation=0.5")
    folder = here / "found"
    assert said.startswith("At your place (market.saturation = 0.5, vendors.Alder.reps = 3)")
    assert max(map(len, said.splitlines())) <= 100
    assert sorted(p.name for p in folder.iterdir() if p.is_file()) == FILES
    table = pd.read_csv(folder / "map.csv")
    points = table[table["kind"] == "point"]
    assert len(points) == 8  # the corners and the sample
    assert (points["n"] == 2).all()
    place = table[table["kind"] == "place"].iloc[0]
    assert (place["market.saturation"], place["vendors.Alder.reps"]) == (0.5, 3)
    assert len(table[table["kind"] == "surface"]) == 41 * 41
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["strategy"], summary["against"] == ("calls", "usual")
    assert [axis["place"] for axis in summary["axes"]] == [0.5, 3.0]
    assert sum(summary["shares"].values()) == pytest.approx(1.0)
    assert summary["at_place"]["difference"] > 0  # more calls
    assert summary["nothing_responds_to"] == []
    assert summary["shares"]["strategy_better"] == 0.0  # of which less is better
    # The sweep is one that analyse reads.
    zerosum("analyse", str(folder / "points"), "--out", str(here / "analysed"))


def test_another_baseline_of_the_difference_leaves_the_status_quo_as_it_is() -> None:
    """--against says what to subtract. In the warm-up, and for competitors, the scenario's own baseline holds."""
    rows = [{"name": "usual"}, {"name": "late", "extra_hours": {"selling": 4}}, {"name": "calls"}]
    scenario = parse_scenario(MARKET, {"strategies": rows})
    base = ask(scenario, "calls", "late").base
    assert base.baseline_name == "usual"
    assert base.compared_names == ("usual", "late", "calls")
    assert set(status_quo(base).tolist()) == {base.strategy_index("usual")}
    assert ask(scenario, "calls", "usual").base.compared_names == ("usual", "calls")


@pytest.mark.usefixtures("undrawn")
def test_a_key_to_which_nothing_responds_is_named(here: Path) -> None:
    market = MARKET + '[invitations]\nrule = "consideration"\ncompetitors = 1.0\n'
    (here / "small.toml").write_text(market, encoding="utf-8")
    keys = (
        "--keys",
        "invitations.inbound,market.saturation",
        "--range",
        "invitations.inbound=0:0.9",
        *RANGES[:2],
    )
    said = " ".join(run(*keys, *QUICK, "--out", "found").split())
    assert (
        "Nothing in this market responds to invitations.inbound: from end to end of its range every" in said
    )
    summary = json.loads((here / "found" / "summary.json").read_text(encoding="utf-8"))
    assert summary["nothing_responds_to"] == ["invitations.inbound"]


@pytest.mark.usefixtures("undrawn")
def test_a_design_that_grows_and_a_place_that_moves_run_only_what_is_new(here: Path) -> None:
    runs = lambda: len(Parts(here / "found" / "points").finished())  # noqa: E731
    run(*KEYS, *RANGES, *QUICK, "--out", "found")
    assert runs() == 9 * 2 * 2  # points, replications, strategies
    run(*KEYS, *RANGES, *QUICK, "--out", "found", "--points", "8")
    assert runs() == 13 * 2 * 2
    run(*KEYS, *RANGES, *QUICK, "--out", "found", "--points", "8", "--at", "market.saturation=0.5")
    assert runs() == 14 * 2 * 2
    run(*KEYS, *RANGES, *QUICK, "--out", "found", "-n", "3")
    assert runs() == 14 * 2 * 2 + 9 * 2


@pytest.mark.usefixtures("undrawn")
def test_what_was_stopped_goes_on_to_the_same_files(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(*KEYS, *RANGES, *QUICK, "--out", "whole")
    from zerosum.studies.map import map as making

    real = making.sweep

    def stopped(study, folder, *rest, **more):  # type: ignore[no-untyped-def]
        study = study.asking(1)
        real(study, folder, *rest, **more)
        raise Interrupted(9, 18)

    monkeypatch.setattr(making, "sweep", stopped)
    said = run(*KEYS, *RANGES, *QUICK, "--out", "torn", code=130)
    assert "What was finished is kept in torn/; the same command goes on from there" in said
    monkeypatch.setattr(making, "sweep", real)
    run(*KEYS, *RANGES, *QUICK, "--out", "torn")
    for name in ("map.csv", "map.json", "map.png", "ranking.csv"):
        assert (here / "whole" / name).read_bytes() == (here / "torn" / name).read_bytes()


@pytest.mark.usefixtures("undrawn")
def test_one_worker_or_two_make_equal_files(here: Path) -> None:
    for workers in ("0", "2"):
        run(*KEYS, *RANGES, *QUICK, "--workers", workers, "--out", workers)
    for name in ("map.csv", "ranking.csv"):
        assert (here / "0" / name).read_bytes() == (here / "2" / name).read_bytes()


@pytest.mark.usefixtures("undrawn")
def test_without_keys_they_are_ranked_and_facts_are_asked(here: Path) -> None:
    uncertain = "".join(
        f'[[uncertain]]\nkey = "{key}"\nlow = {low}\nhigh = {high}\n'
        for key, low, high in (
            ("choice.fit_sd", 0.4, 0.8),
            ("prospecting.attempts_per_hour", 0.2, 3.0),
            ("quota.stretch", 0.6, 1.2),
        )
    )
    (here / "small.toml").write_text(MARKET + uncertain, encoding="utf-8")
    quick = [word for word in QUICK if word != "--no-facts"]
    said = run(*quick, "--out", "found")
    ranking = pd.read_csv(here / "found" / "ranking.csv")
    assert ranking["key"][0] == "prospecting.attempts_per_hour"  # it burns most
    assert len(ranking) == 3
    assert "Of 3 [[uncertain]] keys of the scenario, these two move the verdict most" in " ".join(
        said.split()
    )
    assert "prospecting.attempts_per_hour = " in said.splitlines()[0] + said.splitlines()[1]
    facts = pd.read_csv(here / "found" / "facts.csv")
    assert set(facts["key"]) == set(ranking["key"][:2])
    # From its folder alone, with ranking and facts, it is the same.
    again = zerosum("results", "show", "found", columns="100").output
    assert said.startswith(again)
    zerosum("report", "found")
    page = (here / "found" / "report.html").read_text(encoding="utf-8")
    assert "<summary>What moves the verdict most</summary>" in page
    assert f'content="{digest_of_map(restore(here / "found"))}"' in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--keys", "market.saturation"), "give two keys with a comma between them"),
        (("--keys", "market.saturation,market.saturation", *RANGES[:2]), "both are the same value"),
        (("--keys", "market.saturation,reps.nothing", *RANGES[:2]), "reps.nothing: there is no such key"),
        (
            KEYS,
            "neither [[uncertain]] nor the shipped parameter sets say in which range it may lie (the scenario's own",
        ),
        ((*KEYS, *RANGES, "--range", "choice.fit_sd=0:1"), "range choice.fit_sd: this is none of keys"),
        (("--at", "market.saturation=0.5"), "say with keys which two keys are mapped"),
        ((*KEYS, *RANGES, "--strategy", "cals"), "did you mean 'calls'?"),
        ((*KEYS, *RANGES, "--strategy", "usual"), "both 'usual'; a map needs two different ones"),
        ((*KEYS, *RANGES, "--points", "12"), "powers of two, such as 8 or 16"),
        ((*KEYS, *RANGES, "--metric", "gini"), "neither more nor less of it is better"),
        ((*KEYS, *RANGES, "--dask", ""), "give the scheduler's address"),
        (
            (*KEYS, *RANGES, "--no-facts", "--facts", "mine.toml"),
            "--no-facts and --facts mine.toml: give one",
        ),
        ((*KEYS, *RANGES, "--facts", "mine.toml"), "mine.toml"),
        ((*KEYS, "--range", "market.saturation=0.2:1.5", *RANGES[2:]), "at saturation|market.saturation"),
    ],
)
def test_what_makes_no_map_is_refused_in_words(here: Path, arguments: tuple[str, ...], said: str) -> None:
    found = run(*arguments, "--workers", "0", "--out", "found", code=2)
    told = " ".join(found.split())
    assert any(one in told for one in said.split("|")), told
    assert "Traceback" not in found
    assert not (here / "found").exists()


def test_of_more_than_two_strategies_which_one_is_asked(here: Path) -> None:
    market = MARKET.replace('comparison = { strategies = ["usual", "calls"] }\n', "")
    market = market.replace("strategies = [\n", 'strategies = [\n    { name = "more", focus = "value" },\n')
    (here / "small.toml").write_text(market, encoding="utf-8")
    said = " ".join(run(*KEYS, *RANGES, code=2).split())
    assert (
        "which strategy? A map is about two (beside 'more' the scenario compares: usual, calls); give --strategy NAME"
        in said
    )
