"""Where a fault of a scenario comes from: a file of an ``extends`` chain, a file that is none, or ``--set``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.each import each
from tests.test_scenario_errors import problems_of
from zerosum.scenario import ScenarioError, keys, load_scenario, parse_scenario
from zerosum.scenario.overrides import find_path, key_at

pytestmark = pytest.mark.uncompiled


# Which file


def test_the_file_of_the_chain_that_is_to_blame_is_named(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("child.toml").write_text(
        "extends = 'middle.toml'\n[[vendors]]\nname = 'B'\nreps = -1\n"
        "[[strategies]]\nname = 'usual'\nplan.selling = 1\n"
    )
    Path("middle.toml").write_text(
        "extends = 'root.toml'\n[market]\nbuyers = 0\n[[vendors]]\nname = 'A'\nservice = 'x'\n"
    )
    Path("root.toml").write_text(
        "[market]\nsaturation = 2\nbuyers = -7\n[[vendors]]\nname = 'A'\nreps = 0\n"
        "[[strategies]]\nname = 'usual'\nplan.social = 0.1\n"
    )
    found = {p.key: p.source for p in problems_of(load_scenario, "child.toml", ["clock.weeks=0"])}
    assert found == {
        "clock.weeks": "--set clock.weeks=0",
        "market.buyers": "middle.toml",
        "market.saturation": "root.toml",
        "vendors.A.reps": "root.toml",
        "vendors.A.service": "middle.toml",
        "vendors.B.reps": "child.toml",
        "strategies.usual.plan": "child.toml",
    }


def test_a_table_replaced_by_a_value_forgets_its_first_author() -> None:
    (problem,) = problems_of(parse_scenario, "[market]\nbuyers = 0\n", ["market=3"])
    assert (problem.source, problem.key, problem.value) == ("--set market=3", "market", "3")


BRACKETS = {
    "a list for a table": ("[[market]]\nbuyers = 9000", "write [market], once, not [[market]]"),
    "two for a table": ("[[market]]\nbuyers = 9000\n[[market]]\nsaturation = 0.5", "write [market], once"),
    "an empty list for a table": ("market = []", "write [market]"),
    "a value for a table": ("market = 3", "write [market] with its keys"),
    "a table for rows": ("[segments]\nname = 'a'", "[[segments]], in double brackets, not [segments]"),
    "a table for rows that follow": ("[products]", "[[products]], in double brackets, not [products]"),
    "a table for each row": (
        "[vendors.Alder]\nreps = 3",
        'head the row [[vendors]] and write name = "Alder" in it; or set one value of it by a key in quotes: '
        "'vendors.Alder.reps'",
    ),
    "a value for rows that follow": ("products = false", "[[products]], in double brackets"),
    "a value for rows": ("vendors = 3", "[[vendors]], in double brackets"),
    "a value for a row": ("vendors = [3]", "head each row [[vendors]]"),
    "rows for a table within a row": (
        "[[strategies]]\nname = 'usual'\n[[strategies.plan]]\nselling = 1.0",
        "write [strategies.plan], once, not [[strategies.plan]]",
    ),
    "rows for a table within a table": (
        "[[social.sales]]\ndelay_weeks = 1",
        "write [social.sales], once, not [[social.sales]]",
    ),
    "a list for a table of names": (
        "[[vendors]]\nname = 'A'\n[[vendors.reps_by_segment]]\nx = 1",
        "write [vendors.reps_by_segment], once, not [[vendors.reps_by_segment]]",
    ),
    "a table for a number": ("[market.buyers]\nx = 1", "a whole number"),
    "a table for a list": ("[comparison.strategies]\nusual = 1", "a list of"),
}


@each("name", BRACKETS)
def test_what_has_the_wrong_brackets_is_refused_whatever_is_laid_over_it(name: str, tmp_path: Path) -> None:
    """Alone, under ``--set``, under a file that extends it: nothing of it vanishes without a word."""
    text, right = BRACKETS[name]
    (alone,) = problems_of(parse_scenario, text, source="mine.toml")
    assert right in str(alone)
    assert alone.source == "mine.toml"
    for override in (
        "market.saturation=0.3",
        "market={buyers=5}",
        "segments=[{name='a'}]",
        "vendors=[{name='A'}]",
        "products=[{name='A', vendor='Alder'}]",
        "strategies=[{name='usual', plan={selling=1.0}}]",
        "strategies.usual.plan.social=0.15",
        "social.sales.delay_weeks=2",
        "comparison.strategies=['usual']",
        "market.buyers=5",
        "vendors.A.reps_by_segment={all=20}" if "reps_by_segment" in text else "clock.weeks=3",
    ):
        assert str(alone) in map(str, problems_of(parse_scenario, text, [override], source="mine.toml"))
    parent, child = tmp_path / "parent.toml", tmp_path / "child.toml"
    parent.write_text(text)
    for over in (
        "[market]\nbuyers = 5",
        "[[segments]]\nname = 'a'",
        "[[vendors]]\nname = 'A'",
        "[[products]]\nname = 'A'\nvendor = 'Alder'",
        "[[strategies]]\nname = 'usual'\nplan = { selling = 1.0 }",
        "[social.sales]\ndelay_weeks = 2",
        "[comparison]\nstrategies = ['usual']",
    ):
        child.write_text(f"extends = 'parent.toml'\n{over}")
        assert f"{parent}: {alone.wrong}" in "\n".join(map(str, problems_of(load_scenario, child)))


def test_one_key_of_a_file_whose_table_is_right_is_still_replaced() -> None:
    scenario = parse_scenario("[market]\nbuyers = 9000", ["market.saturation=0.3", "market.buyers=8000"])
    assert (scenario.market.buyers, scenario.market.saturation) == (8000, 0.3)


def test_cycles_are_refused_with_the_chain(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.toml").write_text("extends = 'b.toml'")
    Path("b.toml").write_text("extends = 'c.toml'")
    Path("c.toml").write_text("extends = './b.toml'")
    Path("self.toml").write_text("extends = 'self.toml'")
    (problem,) = problems_of(load_scenario, "a.toml")
    assert problem.wrong == "'extends' leads round in a circle: a.toml -> b.toml -> c.toml -> b.toml"
    assert (problem.source, problem.key, problem.value) == ("c.toml", "extends", "b.toml")
    (problem,) = problems_of(load_scenario, "self.toml")
    assert "self.toml -> self.toml" in str(problem)
    (problem,) = problems_of(parse_scenario, "extends = 'a.toml'")
    assert "circle" in str(problem)


def test_a_broken_parent_is_named(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("child.toml").write_text("extends = 'parent.toml'")
    Path("parent.toml").write_text("[market\n")
    (problem,) = problems_of(load_scenario, "child.toml")
    assert problem.source == "parent.toml"


# Files that aren't scenarios


@each(
    ("text", "line", "column", "plain", "excerpt"),
    [
        ("[market]\nbuyers = \n", 2, 10, "there is no value after '='", "buyers ="),
        ("[market]\nsaturation = .4\n", 2, 14, "a digit before its point", "saturation = .4"),
        ("[market\nbuyers = 3", 1, 8, "is not closed; write [market], or [[market]]", "[market"),
        ("buyers 3", 1, 8, "no '=' after the key", "buyers 3"),
        ("a = 1\na = 2", 2, 6, "this key is given twice", "a = 2"),
        (
            "[market]\n[clock]\n[market]\n",
            3,
            8,
            "[market] is given twice; if it has rows",
            "[market]",
        ),
        ("[vendors]\nname = 'A'\n[vendors]\n", 3, 9, "if it has rows, head each [[vendors]]", "[vendors]"),
        ("[vendors]\nname = 'A'\n[[vendors]]\n", 3, 10, "single and in double brackets", "[[vendors]]"),
        ("a = 'x\nb = 3", 2, 6, "not closed by a quote", "b = 3"),
        ('a = "x\nb = 3', 1, 7, "not closed by a quote", 'a = "x'),
        ("a = [1, 2\n\n\n", 1, 10, "a list is not closed", "a = [1, 2"),
        ("a = True", 1, 5, "'True': write true, in small letters", "a = True"),
        ("a = Yes", 1, 5, "write true, in small letters", "a = Yes"),
        ("a = 1 b = 2", 1, 7, "something follows the value", "a = 1 b = 2"),
        ("\x01 = 3", 1, 1, "neither 'key = value' nor a [table]", "\\x01 = 3"),
        ("a = '" + "x" * 500 + "' b", 1, 508, "something follows", "..."),
    ],
)
def test_a_fault_of_syntax_shows_file_line_column_and_the_line(
    text: str, line: int, column: int, plain: str, excerpt: str, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(text, encoding="utf-8")
    (problem,) = problems_of(load_scenario, "mine.toml")
    first, shown_line = str(problem).split("\n")
    assert first.startswith(f"mine.toml: line {line}, column {column}: ")
    assert plain in first
    assert excerpt in shown_line
    assert len(shown_line) < 130


def test_tables_nested_without_end_are_refused() -> None:
    for text in ("a." * 5000 + "b = 1", "market." + "a." * 5000 + "b = 1"):
        (deep,) = problems_of(parse_scenario, text)
        assert deep.wrong == "this is nested too deeply to be a scenario"
    tables: dict = {}
    for _ in range(5000):
        tables = {"market": tables, "list": [tables]}
    problems_of(parse_scenario, tables)


def test_a_missing_file_is_named_with_the_nearest(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my-market.toml").write_text("")
    (problem,) = problems_of(load_scenario, "my_markt.toml")
    assert (
        str(problem)
        == "my_markt.toml: there is no such file or shipped scenario; did you mean 'my-market.toml'?"
    )
    (problem,) = problems_of(load_scenario, "nowhere/my-market.toml")
    assert problem.source == "nowhere/my-market.toml"
    (problem,) = problems_of(load_scenario, "greenfeild")
    assert problem.nearest == "greenfield"
    (problem,) = problems_of(load_scenario, tmp_path / "zzzzzz")
    assert problem.nearest == ""
    assert "shipped: adoption-without-change, everyone-adopts" in str(problem)


def test_folders_and_impossible_names_are_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (str(tmp_path), ".", ""):
        assert problems_of(load_scenario, name)[0].wrong == "this is a folder"
    for name in ("x" * 5000, "a\0b", "~nobody-of-that-name/x", "\udcff"):
        problems_of(load_scenario, name)


def test_a_file_that_fails_while_it_is_read_is_refused(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    (problem,) = problems_of(load_scenario, path)
    assert "can't be read (permission denied)" in problem.wrong


# --set


@each(
    ("override", "key", "wrong", "allowed", "nearest_name"),
    [
        ("market.buyers", "market.buyers", "not of the form key=value", "market.saturation=0.2", ""),
        ("", "", "not of the form key=value", "", ""),
        ("=3", "=3", "not of the form key=value", "", ""),
        ("market.=3", "market.=3", "not of the form key=value", "", ""),
        ("market..buyers=3", "market..buyers=3", "not of the form key=value", "", ""),
        ("market.buyers=", "", "there is no value after =", "", ""),
        ("market.buyers=1\nclock.weeks=2", "", "more than one value", "", ""),
        ('comparison.adopters=["focal"', "", "not a TOML value", '["a", "b"]', ""),
        ("comparison.adopters=" + "[" * 5000, "", "not a TOML value", "", ""),
        ("market.buyers=0", "market.buyers", "= 0 is too small", "from 1 to", ""),
        ("market.buyers=many", "market.buyers", '= "many" is not a whole number', "", ""),
        ("market.buyer=3", "market.buyer", "unknown key 'buyer' in [market]", "known: buyers", "buyers"),
        ("marke.buyers=3", "marke", "unknown key 'marke' at the top level", "", "market"),
        ("weeks=3", "weeks", "unknown key 'weeks'", "write clock.weeks or push.weeks", ""),
        (
            "vendors.Aldr.reps=3",
            "vendors.Aldr.reps",
            "[[vendors]] has no row 'Aldr'",
            "rows: Alder, Birch",
            "Alder",
        ),
        ("vendors.4.reps=3", "vendors.4.reps", "[[vendors]] has no row '4'", "(or 0 to 3)", ""),
        ("vendors.-1.reps=3", "vendors.-1.reps", "[[vendors]] has no row '-1'", "", ""),
        ("vendors.Alder.rep=3", "vendors.Alder.rep", "unknown key 'rep' in vendors.Alder", "", "reps"),
        ("vendors.Alder=3", "vendors.0", "= 3 is not a table", "", ""),
        ("tools.x.boost=3", "tools.x.boost", "[[tools]] has no row 'x'", "rows: none", ""),
        ("market.buyers.x=3", "market.buyers.x", "market.buyers is a single value", "market.buyers=...", ""),
        (
            "comparison.strategies.0=a",
            "comparison.strategies.0",
            "comparison.strategies is a list",
            "comparison.strategies=...",
            "",
        ),
        ("strategies.usual.plan.selling=1", "strategies.usual.plan", "the shares sum to 1.6", "sum to 1", ""),
        ("extends=kickoff", "extends", "can only stand in a file", "", ""),
        ("vendors.Alder.name=Birch", "vendors", "the vendor 'Birch' is named 2 times", "", ""),
        ("market\x1b[31m=3", "market\x1b[31m", "unknown key", "", "market"),
    ],
)
def test_a_bad_override_is_named(
    override: str, key: str, wrong: str, allowed: str, nearest_name: str
) -> None:
    (problem,) = problems_of(parse_scenario, "", [override])
    assert problem.source.startswith("--set")
    assert problem.key.replace('"', "") == key
    assert wrong in problem.wrong
    assert allowed in problem.allowed
    assert problem.nearest == nearest_name
    assert str(problem).isprintable()


def test_bad_overrides_and_bad_files_are_told_together() -> None:
    found = problems_of(
        parse_scenario, "[market]\nbuyers = 0\n", ["clock.week=3", "clock.weeks=0"], source="mine.toml"
    )
    assert [(p.source, p.key) for p in found] == [
        ("--set clock.week=3", "clock.week"),
        ("--set clock.weeks=0", "clock.weeks"),
        ("mine.toml", "market.buyers"),
    ]


def test_an_override_of_what_the_file_has_wrong_names_the_file() -> None:
    found = problems_of(parse_scenario, "vendors = 3", ["vendors.Alder.reps=3"], source="mine.toml")
    assert [(p.source, p.key) for p in found] == [
        ("--set vendors.Alder.reps=3", "vendors.Alder.reps"),
        ("mine.toml", "vendors"),
    ]


def test_a_bad_mapping_of_overrides_is_named() -> None:
    found = problems_of(parse_scenario, "", {"market.buyer": 3, "market.saturation": float("nan"), "a..b": 1})
    assert [(p.source, p.key) for p in found] == [
        ("override market.buyer", "market.buyer"),
        ("override a..b", "a..b"),
        ("override market.saturation", "market.saturation"),
    ]


ODD = ("A. Elm", "0", "x y", "A", "A.share", "1", "plan.b")
"""Names of rows that hold dots and spaces, are numbers of other rows, or begin as another's key."""


def test_every_key_leads_back_to_its_path_whatever_rows_are_called() -> None:
    """Row by name, by number, with spaces, with quotes: one path, and one canonical key that leads back to it."""
    vendors = ", ".join(f"{{ name = '{name}' }}" for name in ODD)
    scenario = parse_scenario(f"vendors = [{vendors}]")
    for row, name in enumerate(ODD):
        for key in keys():
            table, *rest = key.path.split(".")
            if table == "vendors" and rest[0] != "name":
                path = ("vendors", row, *rest)
                canonical = key_at(scenario, path)
                assert find_path(scenario, canonical) == path
                assert key_at(scenario, find_path(scenario, canonical)) == canonical
                quoted = f' "vendors" . "{name}" .  {" . ".join(rest)} '
                if (name, rest) != ("A", ["share"]):
                    assert find_path(scenario, quoted) == path
    assert key_at(scenario, ("vendors", 3, "share")) == "vendors.3.share"
    assert key_at(scenario, ("vendors", 0, "reps")) == 'vendors."A. Elm".reps'
    assert key_at(scenario, ("vendors", 1, "reps")) == "vendors.0.reps"


@each("key", ["", " ", ".", "a.", ".a", "a..b", "a=", "a = ", "a.b=c", '"a', "a'b", "a.'b"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ScenarioError, match="is no key"):
        find_path(parse_scenario(""), key)
