"""The one reader of every file of ours: what is no such file is one sentence, at once, whichever command meets it."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.each import each
from zerosum.cli import main
from zerosum.errors import InputError
from zerosum.files import LARGEST, UnreadableFile, parse_json, parse_toml, read_json, read_toml
from zerosum.scenario import ScenarioError, load_scenario
from zerosum.scenario.fits import load_fits
from zerosum.studies.calibrate import load_calibration
from zerosum.studies.facts import load_facts
from zerosum.studies.game import load_game
from zerosum.studies.optimise import load_optimisation
from zerosum.studies.sweep import load_experiment
from zerosum.workshop.lessons import load_lesson

pytestmark = pytest.mark.uncompiled


READERS: dict[str, tuple[Callable[[Path], Any], type[Exception]]] = {
    "scenario": (load_scenario, ScenarioError),
    "experiment": (load_experiment, InputError),
    "game": (load_game, InputError),
    "optimisation": (load_optimisation, InputError),
    "calibration": (load_calibration, InputError),
    "facts": (lambda path: load_facts([path]), InputError),
    "fits": (load_fits, InputError),
    "lesson": (load_lesson, InputError),
}
"""What is read -> how, and with which error. A new kind of file belongs in here."""


def fault_of(kind: str, path: Path) -> str:
    """What a kind's reader says of a file; it has two seconds to say it, so that a hang is a failure."""
    read, error = READERS[kind]
    said: list[str] = []

    def ask() -> None:
        with pytest.raises(error) as caught:
            read(path)
        said.append(str(caught.value))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(2.0)
    assert said, f"the reader of {kind} hangs, or raises another error"
    return said[0]


BAD: dict[str, tuple[bytes, str]] = {
    "deep lists": (b"x = " + b"[" * 5000, "nested too deeply"),
    "deep tables": (b"x = " + b"{a=" * 5000, "nested too deeply"),
    "a long dotted key": (b"a." * 100_000 + b"b = 1", "nested too deeply"),
    "digits": (b"\nx = " + b"9" * 5000, "line 2, column 5: a number has far too many digits"),
    "more than 64 bits": (
        b"x.y = 9223372036854775808",
        "x.y = a number of about 19 digits; a whole number has",
    ),
    "a NUL byte": (b"a = 1\nb = '\0'\n", "this is not a text file (line 2 holds a NUL byte)"),
    "UTF-16": ("a = 1\n".encode("utf-16"), "the file is saved as UTF-16; save it in the encoding UTF-8"),
    "UTF-16 without its mark": ("a = 1\n".encode("utf-16-le"), "the file is saved as UTF-16"),
    "UTF-16, the other way round": ("a = 1\n".encode("utf-16-be"), "the file is saved as UTF-16"),
    "Latin-1": ("a = 1\nb = 'ü'".encode("latin-1"), "line 2 is not UTF-8 text; save the file"),
    "too large": (b"#" * (LARGEST + 1), f"; at most {LARGEST:,} bytes"),
    "a key twice": (b"a = 1\na = 2\n", "line 2, column 6: this key is given twice\n    a = 2"),
    "curly quotes": (
        "a = “x”".encode(),
        'line 1, column 5: there is a curly quote (“); write a straight one, "',
    ),
}


@each("case", BAD)
def test_what_is_no_toml_is_said(case: str, tmp_path: Path) -> None:
    content, said = BAD[case]
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    message = fault_of("scenario", path)
    assert said in message
    assert "mine.toml: " in message.split("\n")[0]


@each("kind", READERS)
def test_every_kind_of_file_comes_in_through_the_one_reader(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    for case in ("deep lists", "UTF-16", "a key twice"):
        content, said = BAD[case]
        path.write_bytes(content)
        message = fault_of(kind, path)
        assert said in message
        assert "mine.toml: " in message.split("\n")[0]
    path.write_bytes("\ufeffzzz = 1\n".encode())
    assert "line 1" not in fault_of(kind, path)  # read as TOML; that it has no key zzz is another matter
    assert read_toml(path, "a file") == {"zzz": 1}


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def _circle(path: Path) -> None:
    path.symlink_to(path.name)


NO_FILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a pipe": (_pipe, "this is a pipe, not a file; write what it gives to a file, and name that"),
    "a socket": (_socket, "this is a socket, not a file"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "this is a device, not a file"),
    "a folder": (lambda path: path.mkdir(), "this is a folder"),
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs the special files of a Unix")
@each("kind", READERS)
@each("case", NO_FILE)
def test_what_is_no_regular_file_is_refused_at_once(
    kind: str, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's address is short
    make, said = NO_FILE[case]
    make(Path("mine.toml"))
    assert f"mine.toml: {said}" in fault_of(kind, Path("mine.toml"))


def test_a_file_with_all_that_is_allowed_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[a]\nb = [9223372036854775807, -9223372036854775808]\n"c.d" = {e = 1.5}\n')
    assert read_toml(path, "a file") == {"a": {"b": [2**63 - 1, -(2**63)], "c.d": {"e": 1.5}}}
    assert parse_toml("x = " + "[" * 50 + "]" * 50, "a file", "x")["x"] == _nested(50)


def _nested(depth: int) -> list[Any]:
    inner: list[Any] = []
    for _ in range(depth - 1):
        inner = [inner]
    return inner


@each(
    ("text", "said"),
    [
        ('{"a": NaN}', "NaN stands where a number should: JSON doesn't know it"),
        ('{"a": -Infinity}', "-Infinity stands where"),
        ("[" * 100_000, "nested too deeply to be a manifest"),
        ("[" * 60 + "]" * 60, "nested too deeply to be a manifest"),
        ('{"a": ' + "9" * 5000 + "}", "a number has far too many digits"),
        ('{"a": 1,\n "b"', "this is not JSON, or was cut short: line 2, column 5"),
        ("", "this is not JSON, or was cut short: line 1, column 1"),
    ],
)
def test_what_is_no_json_is_one_sentence(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text)
    with pytest.raises(UnreadableFile) as caught:
        read_json(path, "a manifest")
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


def test_json_is_what_json_gives() -> None:
    whole = {"a": [1, 2.5, None, True, "ü"], "b": {"c": 2**70}}
    assert parse_json(json.dumps(whole), "a manifest", "x") == whole


IN_OUR_WORDS: dict[str, tuple[str, str, str]] = {
    "experiment, nan": (
        "experiment",
        "scenario='kickoff'\n[[factors]]\nkey='market.saturation'\nlow=0.1\nhigh=nan\nsteps=2",
        "[[factors]] 1 (market.saturation): high = nan is not a finite number",
    ),
    "experiment, text for a number": (
        "experiment",
        "scenario='kickoff'\n[[factors]]\nkey='market.saturation'\nlow='0.5'\nhigh=1\nsteps=2",
        '[[factors]] 1 (market.saturation): low = "0.5" is text, not a number; write 0.5, without quotes',
    ),
    "experiment, a value of no kind": (
        "experiment",
        "scenario='kickoff'\n[[factors]]\nkey='market.saturation'\nvalues=[0.1, [2]]",
        "[[factors]] 1 (market.saturation): values.1 = [2] can't be used; it must be true or false, a number or",
    ),
    "experiment, nan among values": (
        "experiment",
        "scenario='kickoff'\n[[factors]]\nkey='market.saturation'\nvalues=[0.1, nan]",
        "[[factors]] 1 (market.saturation): values.1 = nan is not a finite number",
    ),
    "experiment, single brackets": (
        "experiment",
        "scenario='kickoff'\n[factors]\nkey='market.saturation'",
        "[factors] is a table: it is not a list of tables; head each row [[factors]], in double brackets",
    ),
    "experiment, double brackets": (
        "experiment",
        "scenario='kickoff'\n[[design]]\nkind='grid'",
        "design = [a table] is a list of tables, not one table; write [design], once",
    ),
    "game, one player": (
        "game",
        "scenario='kickoff'\nplayers='Alder'\nstrategies=['usual']",
        'players = "Alder" is not a list of tables; head each row [[players]], in double brackets',
    ),
    "game, a table within": (
        "game",
        "scenario='kickoff'\nplayers=['Alder', 'Birch']\nstrategies=['usual', 3]",
        "[[players]] 1 (Alder): strategies.1 = 3 is not text; it must be text in quotes",
    ),
    "optimisation, a budget of no kind": (
        "optimisation",
        "scenario='kickoff'\ntrials=5\nobjectives=['revenue']\nparameters=[{key='plan'}]\n[budget]\ncost=true",
        "[budget]: cost = true can't be used; it must be a number or text in quotes",
    ),
    "optimisation, a set of no kind": (
        "optimisation",
        "scenario='kickoff'\nset=3\ntrials=5\nobjectives=['revenue']\nparameters=[{key='plan'}]",
        "set = 3 is not a table; write set = {...}",
    ),
    "calibration, a whole number": (
        "calibration",
        "market_seed=1.5\nparameters=[]",
        "market_seed = 1.5 is not a whole number; it must be a whole number from 0",
    ),
    "facts, nan": (
        "facts",
        "[[facts]]\nname='a'\nlabel='A'\nmeasure='win_rate'\nlow=nan\ntag='own'\nsource='CRM'",
        "[[facts]] 1 (a): low = nan is not a finite number",
    ),
    "lesson, a name": (
        "lesson",
        "name='A B'\n",
        'name = "A B" can\'t be a name; it must be a name of 1 to 60 small letters, digits and hyphens, such as',
    ),
    "lesson, steps": ("lesson", "steps=3\n", "steps = 3 is not a list of tables; head each row [[steps]]"),
}
FOREIGN = (
    "Input should",
    "Field required",
    "dictionary",
    "valid string",
    "instance of",
    "Extra inputs",
    "[type=",
)
"""Phrases of the validator's own."""


@each("case", IN_OUR_WORDS)
def test_values_that_cannot_be_are_told_in_our_words(case: str, tmp_path: Path) -> None:
    kind, text, said = IN_OUR_WORDS[case]
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    lines = fault_of(kind, path).split("\n")
    assert any(line.partition("mine.toml: ")[2].startswith(said) for line in lines), lines
    assert not any(phrase in line for phrase in FOREIGN for line in lines)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs the special files of a Unix")
def test_what_lies_beside_neither_stops_nor_holds_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pipes, nested and huge files in the folders that are looked through."""
    monkeypatch.chdir(tmp_path)
    Path("experiments").mkdir()
    for folder in (Path(), Path("experiments")):
        _pipe(folder / "mine-1.toml")
        (folder / "mine-2.toml").write_text("x = " + "[" * 5000)
        (folder / "mine-3.toml").write_bytes(b"#" * (LARGEST + 1))
        (folder / "mine-4.toml").write_bytes(b"\xff\xfe\0")
    (tmp_path / "mine-5.toml").write_text("factors = []")
    for kind, said in (
        ("experiment", "there is no such file; did you mean 'mine-5.toml'?"),
        ("game", "there is no such file"),
        ("scenario", "there is no such file or shipped scenario"),
    ):
        assert said in fault_of(kind, Path("mine-6.toml"))
    Path("results/mine/abcd").mkdir(parents=True)
    for name in ("manifest.json", "summary.json", "sweep.json", "game.json"):
        _pipe(Path("results/mine/abcd") / name)
    Path("results/mine/efgh").mkdir()
    for name in ("manifest.json", "summary.json", "sweep.json", "game.json"):
        (Path("results/mine/efgh") / name).write_text("[" * 100_000)
    done: list[Any] = []
    thread = threading.Thread(
        target=lambda: done.append(CliRunner().invoke(main, ["results", "list"])), daemon=True
    )
    thread.start()
    thread.join(30.0)
    assert done, "'results list' hangs"
    assert done[0].exit_code == 0, done[0].output
