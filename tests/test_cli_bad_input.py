"""Faults of the user: exit 2, one clear message, no traceback, and nothing written. Nowhere to write: exit 1.

What is wrong in a scenario is said by the loader (test_scenario_errors.py); here, that the commands pass it on.
"""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result
from matplotlib.figure import Figure

from tests.each import each
from zerosum.cli import main
from zerosum.market import sizes
from zerosum.runs import outputs
from zerosum.scenario import shipped_scenarios

TINY = ("--set", "market.buyers=60", "--set", "clock.warmup_weeks=0", "--weeks", "2")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder; no figure is worth its time here."""
    monkeypatch.chdir(tmp_path)
    for name in ("run", "compare"):
        monkeypatch.setattr(f"zerosum.report.plots.{name}.plot_{name}", lambda *_: Figure(figsize=(1, 1)))
    return tmp_path


def contents(folder: Path) -> dict[str, bytes | None]:
    """Return all that is below a folder, empty folders too."""
    found = {str(p.relative_to(folder)): p for p in sorted(folder.rglob("*"))}
    return {
        name: p.read_bytes() if p.is_file() else None
        for name, p in found.items()
        if not p.match("parts/*.arrow")  # what was finished before the trouble is kept
    }


def fault(here: Path, code: int, *arguments: str) -> str:
    """Call the command; it must fail in the right way and leave everything as it was. Return its message."""
    before = contents(here)
    done: Result = CliRunner().invoke(main, arguments)
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == code, done.output
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.count("Error: ") == 1
    assert contents(here) == before
    return done.stderr


class Bad(NamedTuple):
    """A file and arguments that don't work, and what must be said."""

    said: tuple[str, ...]
    text: str = ""
    arguments: tuple[str, ...] = ()


FILE = "scenarios/my trial.toml"
IN_A_FILE = {
    "malformed": Bad(("line 2, column 10",), "[market]\nbuyers = = 5"),
    "unknown key": Bad(("unknown key 'buyer' in [market]", "did you mean 'buyers'?"), "[market]\nbuyer = 5"),
    "a limit": Bad(("reps.hours_per_week", "-1", "from 0 to 168"), "[reps]\nhours_per_week = -1"),
    "circle": Bad(("extends", "round in a circle"), "extends = 'my trial.toml'"),
}
"""One of each kind: what else can be wrong is told by the loader, in the same words."""


@each("command", ["run", "compare"])
@each("case", IN_A_FILE)
def test_a_bad_file(here: Path, command: str, case: str) -> None:
    (here / "scenarios").mkdir(exist_ok=True)
    (here / FILE).write_text(IN_A_FILE[case].text, encoding="utf-8")
    message = fault(here, 2, command, FILE)
    for part in (FILE, *IN_A_FILE[case].said):
        assert part in message


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_missing_file(here: Path, command: str) -> None:
    message = fault(here, 2, command, "kickof.toml")
    assert "kickof.toml: there is no such file or shipped scenario; did you mean 'kickoff'?" in message
    message = fault(here, 2, command, "zzz.toml")
    for shipped in shipped_scenarios():
        assert shipped.name in message


@each("name", ["folder", "", "a" * 5000, "null\0character"])
def test_what_is_no_scenario_file(here: Path, name: str) -> None:
    (here / "folder").mkdir(exist_ok=True)
    assert "this is a folder" in fault(here, 2, "run", name) or name not in ("folder", "")


ON_THE_LINE = {
    "garbage": Bad(("--set garbage", "not of the form key=value"), arguments=("--set", "garbage")),
    "no key": Bad(("--set =3", "not of the form key=value"), arguments=("--set", "=3")),
    "no value": Bad(("there is no value after =",), arguments=("--set", "market.buyers=")),
    "unknown key": Bad(
        ("--set market.buyer=3", "unknown key 'buyer'", "did you mean 'buyers'?"),
        arguments=("--set", "market.buyer=3"),
    ),
    "unknown row": Bad(
        ("--set vendors.Adler.reps=3", "did you mean 'Alder'?"), arguments=("--set", "vendors.Adler.reps=3")
    ),
    "negative": Bad(
        ("reps.hours_per_week = -3", "from 0 to 168"), arguments=("--set", "reps.hours_per_week=-3")
    ),
    "nan": Bad(
        ("market.saturation = nan", "not a finite number"), arguments=("--set", "market.saturation=nan")
    ),
    "one of many": Bad(
        ("market.buyer", "market.saturation = 7"),
        arguments=("--set", "market.buyer=3", "--set", "market.saturation=7"),
    ),
    "unknown adopters": Bad(("--adopters focl", "did you mean 'focal'?"), arguments=("--adopters", "focl")),
    "no weeks": Bad(("--weeks", "0"), arguments=("--weeks", "0")),
    "negative weeks": Bad(("--weeks", "-4"), arguments=("--weeks", "-4")),
    "weeks in words": Bad(
        ("--weeks", "--weeks ten: this is not a whole number"), arguments=("--weeks", "ten")
    ),
    "too many weeks": Bad(("--weeks 5201", "5,200"), arguments=("--weeks", "5201")),
    "negative seed": Bad(("--seed", "-1"), arguments=("--seed", "-1")),
    "seed too large": Bad(("--seed", str(2**63)), arguments=("--seed", str(2**63))),
    "seed with a point": Bad(
        ("--seed", "--seed 1.5: this is not a whole number"), arguments=("--seed", "1.5")
    ),
    "option of another name": Bad(("--adopters' now",), arguments=("--world", "alone")),
    "unknown option": Bad(("--wrld",), arguments=("--wrld", "focal")),
    "two scenarios": Bad(("kickoff",), arguments=("kickoff",)),
}


@each("command", ["run", "compare"])
@each("case", ON_THE_LINE)
def test_a_bad_command_line(here: Path, command: str, case: str) -> None:
    message = fault(here, 2, command, "workshop", *ON_THE_LINE[case].arguments)
    assert not any(jargon in message for jargon in ("<=x<=", "integer range"))
    for part in ON_THE_LINE[case].said:
        assert part in message


@pytest.mark.parametrize(
    "arguments",
    [("run",), ("compare",), ("walk",), ("run", "workshop", "--replication", "-1")],
)
def test_a_command_line_that_is_none(here: Path, arguments: tuple[str, ...]) -> None:
    assert "--help" in fault(here, 2, *arguments)


def test_an_option_without_its_value(here: Path) -> None:
    assert "'--set' requires an argument" in fault(here, 2, "run", "workshop", "--set")


@pytest.mark.parametrize(
    "option", [("-n", "0"), ("-n", "1000001"), ("-n", "few"), ("--workers", "0"), ("--workers", "257")]
)
def test_numbers_that_compare_refuses(here: Path, option: tuple[str, str]) -> None:
    message = fault(here, 2, "compare", "workshop", *option)
    assert option[0].replace("-n", "--replications") in message or f"'{option[0]}'" in message
    assert option[1] in message


@each(
    ("arguments", "cure"),
    [
        (("run",), "give a file, or a name such as kickoff"),
        (("sweep",), "'zerosum experiments' lists them"),
        (("deals", "--strategy", "shots"), "'zerosum results' lists what there is"),
        (("run", "workshop", "--set", "market.saturation", "0.4"), "write --set KEY=VALUE without a space"),
        (("run", "workshop", "--set", "market.saturation=55"), "write 0.55 for 55 %"),
        (("run", "workshop", "--set", "market.saturation=7.5%"), "write 0.075 for 7.5 %"),
        (("run", "workshop", "--set", "saturation=0.4"), "write market.saturation"),
        (
            ("run", "workshop", "--weeks", "-4"),
            "--weeks -4: this is too small; it must be a whole number from 1",
        ),
        (("compare", "workshop", "--until-best", "95"), "from 0.5 to 0.999, such as 0.95"),
        (("run", "percent.toml"), "a number can't have a %; write 0.55 for 55 %"),
        (("run", "comma.toml"), "a number has a point, not a comma; write 0.55"),
        (("run", "sheet.csv"), "this is a table (CSV), not a scenario; write a text file in TOML"),
    ],
)
def test_what_to_write_instead(here: Path, arguments: tuple[str, ...], cure: str) -> None:
    (here / "percent.toml").write_text("[market]\nsaturation = 55%\n")
    (here / "comma.toml").write_text("[market]\nsaturation = 0,55\n")
    (here / "sheet.csv").write_text("vendor;reps\nAlder;10\n")
    assert cure.lower() in fault(here, 2, *arguments).lower()


def test_an_unknown_strategy(here: Path) -> None:
    message = fault(here, 2, "run", "workshop", "--strategy", "shotz")
    assert "--strategy" in message
    assert "workshop: --strategy shotz: there is no such strategy; did you mean 'shots'?" in message
    assert "did you mean 'shots'?" in fault(here, 2, "run", "workshop", "--strategy", "SHOTS")
    message = fault(here, 2, "run", "workshop", "--strategy", "zzzzz")
    assert "there are: usual, shots, social-and-preparation" in message


def test_a_strategy_without_a_team(here: Path) -> None:
    strategies = ("--set", 'comparison.strategies=["usual", "social-and-preparation"]')
    message = fault(
        here, 2, "run", "workshop", *TINY, *strategies, "--strategy", "shots", "--adopters", "head-to-head"
    )
    assert "--strategy shots: there is no such team in head-to-head" in message
    assert "there are: usual, social-and-preparation" in message


def test_fewer_reps_than_teams(here: Path) -> None:
    message = fault(
        here, 2, "compare", "workshop", "--adopters", "head-to-head", "--set", "vendors.Alder.reps=2"
    )
    assert "vendors.Alder.reps" in message
    assert "needs at least 3" in message


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_market_that_does_not_fit_in_memory(
    here: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(sizes, "memory_free", lambda: 8e9)
    message = fault(here, 2, command, "workshop", "--set", "market.buyers=100000000")
    assert re.search(
        r"workshop: this needs about 5\d\.\d GB of memory \(a market of 100,000,000 buyers", message
    )
    assert "8.0 GB are free here; lower market.buyers" in message


def test_a_market_that_fits_is_run(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that doesn't say what it has, everything fits."""
    monkeypatch.setattr(sizes, "memory_free", lambda: float("inf"))
    assert CliRunner().invoke(main, ["run", "workshop", *TINY]).exit_code == 0


def test_memory_that_runs_out_all_the_same(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("zerosum.market.run.simulate", no_memory)
    assert "doesn't fit in memory" in fault(here, 2, "run", "workshop", *TINY)


# --- Nowhere to write -----------------------------------------------------------------------------------------

COMMANDS = {"run": ("run", "workshop", *TINY), "compare": ("compare", "workshop", *TINY, "-n", "1")}


def never(*_: Any, **__: Any) -> None:
    raise AssertionError("a long run was started although its results can't be written")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("out", ["results", "file/below", "file/far/below"])
def test_a_file_in_the_way_is_found_before_the_run(
    here: Path, monkeypatch: pytest.MonkeyPatch, command: str, out: str
) -> None:
    monkeypatch.setattr("zerosum.market.run.simulate", never)
    monkeypatch.setattr("zerosum.studies.compare.compare_strategies", never)
    (here / out.split("/")[0]).write_text("precious")
    where = () if out == "results" else ("--out", out)
    message = fault(here, 1, *COMMANDS[command], *where)
    assert f"can't write results to {out}" in message
    assert f"{out.split('/')[0]} is not a folder" in message


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc here")
@pytest.mark.parametrize("command", COMMANDS)
def test_where_nobody_can_write(here: Path, command: str) -> None:
    message = fault(here, 1, *COMMANDS[command], "--out", "/proc/zerosum")
    assert "can't write results to /proc/zerosum" in message


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", ["csv", "document", "picture"])
def test_a_disk_that_fills_up_leaves_the_old_results_whole(
    here: Path, monkeypatch: pytest.MonkeyPatch, command: str, kind: str
) -> None:
    assert CliRunner().invoke(main, [*COMMANDS[command], "--out", "out"]).exit_code == 0
    before = contents(here)
    assert len(before) > 5
    write = getattr(outputs, kind)

    def half(content: Any) -> outputs.Writer:
        def fill(path: Path) -> None:
            write(content)(path)
            os.truncate(path, path.stat().st_size // 2)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return fill

    monkeypatch.setattr(outputs, kind, half)
    other = {"run": ("--seed", "99"), "compare": ("--replications", "2")}[command]
    message = fault(here, 1, *COMMANDS[command], "--out", "out", *other)
    assert "can't write results to out: No space left on device" in message
    assert contents(here) == before


def test_a_full_disk_at_the_first_run_leaves_no_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(outputs.os, "fsync", full)
    done = CliRunner().invoke(main, COMMANDS["run"])
    assert done.exit_code == 1
    assert "can't write results to results/workshop/run-usual-focal: No space left on device" in done.stderr
    assert not [p for p in here.rglob("*") if p.is_file() or p.name.startswith(".")]


def test_out_that_is_a_file_is_the_command_lines_fault(here: Path) -> None:
    (here / "file").write_text("precious")
    fault(here, 2, "run", "workshop", *TINY, "--out", "file")
    assert (here / "file").read_text() == "precious"


def test_out_that_is_empty(here: Path) -> None:
    fault(here, 2, "run", "workshop", *TINY, "--out", "")


def test_adopters_that_do_not_fit_name_file_and_option(here: Path) -> None:
    strategies = "[[strategies]]\nname = 'usual'\n[[strategies]]\nname = 'other'\n"
    (here / "solo.toml").write_text(f"[[vendors]]\nname = 'Solo'\nreps = 1\n{strategies}")
    message = fault(here, 2, "run", "solo.toml", "--adopters", "competitors")
    assert "override comparison.adopters" not in message
    assert "--adopters" in message
    message = fault(here, 2, "run", "solo.toml", "--adopters", "head-to-head")
    assert "scenario: vendors" not in message
    assert "solo.toml" in message
