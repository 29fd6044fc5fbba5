"""What is given to the wrong command, or with no word on what it means or how long it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import zerosum
from tests.each import each
from zerosum.scenario import ScenarioError, load_scenario, parse_scenario
from zerosum.scenario.shipped import shipped_folder, shipped_paths

OTHERS = {
    "saturation": ("an experiment", "sweep"),
    "arms-race": ("a game", "game"),
    "optimise-kickoff": ("an optimisation", "optimise"),
    "calibration": ("a calibration", "calibrate"),
}


@each("name", OTHERS)
@each("command", ["compare", "run", "validate"])
def test_a_file_of_another_kind_is_told_its_command(
    name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kind, right = OTHERS[name]
    text = (shipped_folder("experiments") / f"{name}.toml").read_text(encoding="utf-8")
    Path("mine.toml").write_text(text, encoding="utf-8")
    for given in ("mine.toml", name):
        said = zerosum(command, given, code=2).stderr
        assert said.startswith(f"Error: {given}: this is {kind}, not a scenario")
        assert f"'zerosum {right} {given}' runs it" in said


@pytest.mark.parametrize("command", ["sweep", "game", "optimise", "calibrate"])
def test_a_scenario_is_told_its_command(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(shipped_paths()["kickoff"].read_text(encoding="utf-8"), encoding="utf-8")
    assert "'zerosum compare mine.toml' runs it" in zerosum(command, "mine.toml", code=2).stderr


def test_a_file_with_nothing_in_it_is_no_scenario(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    for text in ("", "\n# Nothing but this.\n"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ScenarioError, match="there is nothing in this file"):
            load_scenario(file)
    file.write_text('question = "What do the defaults do?"', encoding="utf-8")
    assert load_scenario(file).market == parse_scenario({}).market


def test_a_child_keeps_the_ranges_of_its_parent(tmp_path: Path) -> None:
    (tmp_path / "parent.toml").write_text(
        """
        [[uncertain]]
        key = "reps.skill_sd"
        low = 0.1
        high = 0.5
        [[uncertain]]
        key = "trust.decay"
        low = 0.01
        high = 0.05
        """,
        encoding="utf-8",
    )
    child = tmp_path / "child.toml"
    child.write_text(
        """
        extends = "parent.toml"
        [[uncertain]]
        key = "reps.skill_sd"
        high = 0.3
        [[uncertain]]
        key = "market.saturation"
        low = 0.5
        high = 0.9
        """,
        encoding="utf-8",
    )
    ranges = {row.key: (row.low, row.high) for row in load_scenario(child).uncertain}
    assert ranges == {
        "reps.skill_sd": (0.1, 0.3),
        "trust.decay": (0.01, 0.05),
        "market.saturation": (0.5, 0.9),
    }
    assert load_scenario(child, ["uncertain=[]"]).uncertain == ()


@pytest.mark.parametrize("out", ["con", "here/NUL.txt", "aux/there"])
def test_a_folder_that_windows_reserves_is_refused(
    out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = zerosum("run", "workshop", "--out", out, code=2).stderr
    assert said.startswith(f"Error: --out {out}: '")
    assert "is reserved on Windows" in said
    assert list(tmp_path.iterdir()) == []


def test_what_takes_long_is_told_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zerosum.cli import session
    from zerosum.market import sizes

    monkeypatch.setattr(sizes, "memory_free", lambda: 1e12)
    told: list[str] = []
    monkeypatch.setattr(session.click, "echo", lambda text, err: told.append(text))
    clock = {"clock.warmup_weeks": 104, "clock.weeks": 52}
    for reps in (12, 1_000_000):
        session.workers_that_fit(
            "mine", load_scenario("workshop", {**clock, "vendors.Alder.reps": reps}), 2, 2
        )
    assert told == ["mine: this takes about 26 minutes, on 2 at a time. Ctrl-C stops it."]
