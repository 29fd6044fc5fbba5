"""What commands print last can be copied: each hint parses, and streams that lack signs get plain ones."""

from __future__ import annotations

import ast
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from rich.console import Console

from tests.commands import shop as market
from tests.commands import zerosum
from tests.each import each
from zerosum.cli import main
from zerosum.cli.session import HINTS
from zerosum.report.document import Cell, Column, Document, Section, Table, Words
from zerosum.runs.find import find
from zerosum.signs import SIGNS, to_ascii

MARKET = market(90, 12, '{ name = "selling", extra_hours = { selling = 9.0 } }', "replications = 3")
PACKAGE = Path(__file__).parents[1] / "simulator" / "zerosum"


def hints_of(printed: str) -> list[str]:
    """Return the hints after the line of files: commands, and options of the command itself, without explanations."""
    _, _, after = printed.partition("\nIn ")
    lines = after.split("\n")
    start = next(i for i, line in enumerate(lines) if line.endswith(" s)")) + 1
    return [hint.partition(": ")[0] for line in lines[start:] for hint in line.split(HINTS) if hint]


def parsed(words: list[str]) -> click.Context:
    """Parse a command line as click does, without running it."""
    name, *rest = words
    command = main.get_command(click.Context(main), name)
    assert command is not None, words
    if isinstance(command, click.Group):
        return command.make_context(name, rest).invoke(lambda: click.get_current_context())
    return command.make_context(name, rest)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.toml").write_text(MARKET, encoding="utf-8")
    return tmp_path


@each("out", ["", "a folder"])
@each(
    "asked",
    ["compare", "compare --details", "compare --across-fits", "run", "run -n 2 --details", "validate -n 2"],
)
def test_every_hint_runs_as_printed(here: Path, asked: str, out: str) -> None:
    command, *options = asked.split()
    words = [command, "shop.toml", *options, *(["--out", f"{out} of {asked}"] if out else [])]
    done = zerosum(*words, code=1 if command == "validate" else 0)
    hints = hints_of(done.stdout)
    assert hints or "--details" in asked
    for hint in hints:
        if hint.startswith(("--", "-n")):
            ours = parsed([command, "shop.toml"]).command
            assert hint.split()[0] in {name for option in ours.params for name in option.opts}, hint
            continue
        typed = shlex.split(hint)
        assert typed[0] == "zerosum", hint
        context = parsed(typed[1:])
        if "results" in context.params:
            assert find(context.params["results"]).is_dir(), hint
        if "scenario" in context.params:
            assert (here / context.params["scenario"]).is_file(), hint
    if command == "compare" and "--across-fits" not in asked:
        (deals,) = (hint for hint in hints if "deals" in hint)
        zerosum(*shlex.split(deals)[1:], "-n", "1")


# --- Streams that lack signs --------------------------------------------------------------------------------------


def test_every_sign_that_is_printed_has_a_plain_one() -> None:
    """In what modules of commands and reports write; those that read spreadsheets and files know more signs."""
    lacking = set()
    for path in (*PACKAGE.glob("cli/*.py"), *PACKAGE.glob("report/*.py"), *PACKAGE.glob("runs/*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                lacking |= {sign for sign in node.value if ord(sign) > 127} - SIGNS.keys()
    assert lacking == set()
    assert all(plain.isascii() for plain in SIGNS.values())
    assert to_ascii("±€5 … 6 – 7 · a") == "+/-EUR5 ... 6 - 7 | a"


@each("width", ["60", "80", "100"])
def test_a_document_in_ascii_keeps_to_its_width(width: str) -> None:
    columns = [
        Column("strategy – name", lambda row: row, text=True),
        Column("±", lambda _: Cell("±1 k", "[1 … 2]")),
    ]
    table = Table(columns, ["a · b", Section("more …", Cell("€"))], "±title", "note " * 30 + "±", plain=True)
    document = Document([Words("±145 k a year · " * 9, "heading"), table])
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(file=stream, width=int(width), highlight=False).print(document)
    stream.flush()
    printed = stream.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]
    assert "+/-145 k a year" in " ".join(printed.split())
    assert "?" not in printed
    assert re.search(r"^-+$", printed, re.MULTILINE)
    assert max(map(len, printed.split("\n"))) <= int(width)


def test_notes_on_standard_error_are_in_ascii_too() -> None:
    code = "from zerosum.cli.terminal import notify; notify('Starting … ±€5')"
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, timeout=60, check=True)
    assert done.stderr.decode("ascii").rstrip() == "Starting ... +/-EUR5"
    told = [path.name for path in (PACKAGE / "cli").glob("*.py") if "err=True" in path.read_text("utf-8")]
    assert told == ["terminal.py"], "notes go through notify"


def test_a_command_in_ascii_has_no_question_marks_and_no_blanks_at_the_end(here: Path) -> None:
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "100"}
    words = [
        sys.executable,
        "-m",
        "zerosum",
        "compare",
        "shop.toml",
        "--details",
        "--set",
        "money.currency=€",
    ]
    done = subprocess.run(words, cwd=here, env=env, capture_output=True, timeout=300, check=True)
    printed = done.stdout.decode("ascii")
    assert "?" not in printed
    assert "EUR" in printed
    assert " | 3 simulated runs of " in printed
    assert [line for line in printed.split("\n") if line != line.rstrip()] == []
