"""One base above all errors, and pydantic's translated in one place."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import zerosum
from zerosum.errors import InputError, Interrupted, RunError, ZerosumError

pytestmark = pytest.mark.uncompiled


PACKAGE = Path(zerosum.__file__).parent
FLOW = {"_Stopped", "Halt", "Stopped", "_Ended"}
"""Raised and caught within the package, or click's."""


def sources() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(PACKAGE.rglob("*.py"))]


def test_every_class_of_errors_has_our_base() -> None:
    plain = {"Exception", "BaseException", "ValueError", "RuntimeError", "TypeError", "OSError", "KeyError"}
    found = [
        f"{path.name}: {node.name}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name not in {*FLOW, "ZerosumError"}
        if any(isinstance(base, ast.Name) and base.id in plain for base in node.bases)
        if not any(isinstance(base, ast.Name) and base.id == "ZerosumError" for base in node.bases)
    ]
    assert not found


def test_one_file_catches_pydantics_errors() -> None:
    who = {path.name for path, tree in sources() for node in ast.walk(tree) if _catches(node)}
    assert who == {"explain.py"}


def _catches(node: ast.AST) -> bool:
    return isinstance(node, ast.ExceptHandler) and "ValidationError" in ast.dump(node.type or node)


@pytest.mark.parametrize("kind", [InputError, RunError])
def test_errors_come_back_from_a_process_whole(kind: type[ZerosumError]) -> None:
    assert str(pickle.loads(pickle.dumps(kind("said")))) == "said"


def test_whoever_calls_from_python_is_told_of_arguments_and_whoever_types_of_options() -> None:
    error = pickle.loads(pickle.dumps(InputError("taken", python=": keep_in", typed=": --out")))
    assert (str(error), error.typed, InputError("a", 1).typed) == (
        "taken: keep_in",
        "taken: --out",
        "('a', 1)",
    )


def test_no_option_of_the_command_line_is_named_to_python() -> None:
    """Below the commands an option is named in the words for them only, or in a whole command.

    ``crm`` reads files for the command ``import`` only, and what it can't know it asks in options.
    """
    told = [
        f"{path.name}, line {node.lineno}: {node.value}"
        for path, tree in sources()
        if path.relative_to(PACKAGE).parts[0] not in ("cli", "crm", "report", "workshop")
        for node in _texts(tree)
        if re.search(r"(?<![\w-])--[a-z]+\W", node.value + " ") and not _OF_COMMANDS.search(node.value)
    ]
    assert not told


_OF_COMMANDS = re.compile(r"'zerosum |^--[a-z]+$|--set|^--what-if ")
"""A command; one word of it; what was typed, given back."""


def _texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield texts, but for docstrings and arguments ``typed``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
        elif getattr(node, "arg", "") != "typed" and not _is_docstring(node):
            yield from _texts(node)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_an_interruption_comes_back_with_its_numbers() -> None:
    back = pickle.loads(pickle.dumps(Interrupted(1_000, 2_000, "runs")))
    assert (back.done, back.wanted, str(back)) == (1_000, 2_000, "stopped after 1,000 of 2,000 runs")


def test_a_value_that_cannot_be_used_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="saturation") as caught:
        zerosum.load_scenario("workshop", {"market.saturation": 55})
    assert isinstance(caught.value, ZerosumError)
