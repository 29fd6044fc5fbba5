"""Every docstring is numpydoc that a parser reads: sections, names of the signature, types apart from descriptions."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from numpydoc.docscrape import NumpyDocString

pytestmark = pytest.mark.uncompiled


ROOT = Path(__file__).parents[1]
LONGEST_TYPE = 60
"""Characters of a returned type; what is longer is a description that lost its type."""

Documented = ast.FunctionDef | ast.ClassDef


def problems(node: Documented, docstring: str) -> Iterator[str]:
    """Yield what a parser would lose or misread of a docstring."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            parsed = NumpyDocString(docstring)
        except (ValueError, UserWarning) as error:
            yield str(error)
            return
    for parameter in parsed["Parameters"]:
        for name in (part.strip().lstrip("*") for part in parameter.name.split(",")):
            if not name.isidentifier() or (isinstance(node, ast.FunctionDef) and name not in signature(node)):
                yield f"'{name}' is no parameter"
        if len(parameter.type) > LONGEST_TYPE and not parameter.desc:
            yield f"the type of '{parameter.name}' holds its description: {parameter.type}"
    for section in ("Returns", "Yields", "Raises"):
        for returned in parsed[section]:
            if len(returned.type) > LONGEST_TYPE:
                yield f"{section}: no type, or no line of its own for it: {returned.type}"


def signature(node: ast.FunctionDef) -> set[str]:
    """Return the names of a function's parameters."""
    given = node.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return {each.arg for each in named if each is not None}


def documented(source: str) -> Iterator[tuple[Documented, str]]:
    """Yield each function and class that has a docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and (text := ast.get_docstring(node)):
            yield node, text


def test_every_docstring_can_be_parsed() -> None:
    found = []
    for path in sorted((ROOT / "simulator").rglob("*.py")):
        for node, text in documented(path.read_text(encoding="utf-8")):
            found += [f"{path.relative_to(ROOT)}: {node.name}: {problem}" for problem in problems(node, text)]
    assert not found, "\n".join(found)


LONG = "years in which nothing at all ever happened to anybody in the market"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("Parameters\n----------\nb : int\n    of another function", "'b' is no parameter"),
        (f"Parameters\n----------\na : int, {LONG}", f"the type of 'a' holds its description: int, {LONG}"),
        (
            f"Returns\n-------\nint    {LONG}",
            f"Returns: no type, or no line of its own for it: int    {LONG}",
        ),
        ("Parameters\n----------\na : int\n\nCosts: much.", "'Costs: much.' is no parameter"),
    ],
)
def test_what_a_parser_would_lose_is_found(body: str, problem: str) -> None:
    node = ast.parse("def f(a): ...").body[0]
    assert isinstance(node, ast.FunctionDef)
    assert list(problems(node, f"Do it.\n\n{body}")) == [problem]
