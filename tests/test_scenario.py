"""Scenario files: extending, overriding, hashing, the schema, what is shipped and what is documented."""

from __future__ import annotations

import doctest
import pickle
import re
import shutil
import tomllib
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.each import each
from zerosum import scenario as package
from zerosum.market.declare.section import SMALLEST
from zerosum.scenario import (
    Scenario,
    ScenarioError,
    canonical_json,
    errors,
    folder_name,
    load,
    load_scenario,
    parse_scenario,
    results_hash,
    scenario_hash,
    scenario_schema,
    scenario_text,
    shipped,
    shipped_scenarios,
)

pytestmark = pytest.mark.uncompiled


ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "scenarios.md"
SHIPPED = sorted((ROOT / "scenarios").glob("*.toml"))
SNIPPETS = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def write(folder: Path, **files: str) -> Path:
    """Write files and return the path of the first."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder / f"{next(iter(files))}.toml"


# Loading


def test_a_file_that_says_nothing_of_the_market_means_the_defaults(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, empty="[market]"))
    assert scenario.name == "empty"
    assert scenario.model_dump(exclude={"name"}) == Scenario().model_dump(exclude={"name"})


def test_text_tables_and_files_say_the_same(tmp_path: Path) -> None:
    text = "name = 'one'\n[market]\nbuyers = 500\n[[vendors]]\nname = 'Elm'\n"
    from_text = parse_scenario(text)
    assert from_text == parse_scenario(tomllib.loads(text)) == load_scenario(str(write(tmp_path, one=text)))
    assert [v.name for v in from_text.vendors] == [p.vendor for p in from_text.products] == ["Elm"]


def test_a_byte_order_mark_and_carriage_returns_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf[market]\r\nbuyers = 500\r\n")
    assert load_scenario(path).market.buyers == 500


def test_a_file_name_that_can_not_be_a_scenario_name_is_made_one(tmp_path: Path) -> None:
    path = tmp_path / "_über uns?.toml"
    path.write_text("[market]")
    assert load_scenario(path).name == "ber uns-"


def test_tables_given_are_left_as_they_were() -> None:
    tables = {"market": {"buyers": 500}, "vendors": [{"name": "Elm"}]}
    parse_scenario(tables, ["market.buyers=600", "vendors.Elm.reps=3"])
    assert tables == {"market": {"buyers": 500}, "vendors": [{"name": "Elm"}]}


def test_a_department_keeps_its_delay_when_only_its_speed_is_given() -> None:
    social = parse_scenario("[social.service]\nimitation_per_year = 3\n").social
    assert (social.marketing.delay_weeks, social.service.delay_weeks, social.sales.delay_weeks) == (0, 13, 26)


# Extending


def test_tables_merge_deeply_and_the_nearest_file_wins(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        child="extends = 'middle.toml'\n[market]\nsaturation = 0.3\n",
        middle="extends = 'root.toml'\n[market]\nsaturation = 0.2\nbuyers = 700\n[social.sales]\ndelay_weeks = 5\n",
        root="[market]\nsaturation = 0.1\nrewired = 0.4\n[social.sales]\nimitation_per_year = 1\n",
    )
    scenario = load_scenario(path)
    assert (scenario.market.saturation, scenario.market.buyers, scenario.market.rewired) == (0.3, 700, 0.4)
    assert (scenario.social.sales.delay_weeks, scenario.social.sales.imitation_per_year) == (5, 1)


def test_rows_merge_by_name_and_new_ones_are_added(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        child="extends = 'root'\n[[vendors]]\nname = 'B'\nreps = 9\n[[vendors]]\nname = 'C'\n"
        "[[strategies]]\nname = 'usual'\nplan = {selling = 0.35, social = 0.2}\n",
        root="[[vendors]]\nname = 'A'\nreps = 5\n[[vendors]]\nname = 'B'\nreps = 6\nservice = 0.5\n"
        "[[strategies]]\nname = 'usual'\ntraining = 0.1\n",
    )
    (tmp_path / "root.toml").rename(tmp_path / "root")
    scenario = load_scenario(path)
    assert [(v.name, v.reps, v.service) for v in scenario.vendors] == [
        ("A", 5, 0),
        ("B", 9, 0.5),
        ("C", 10, 0),
    ]
    (usual,) = scenario.strategies
    assert (usual.training, usual.plan.selling, usual.plan.social, usual.plan.preparation) == (
        0.1,
        0.35,
        0.2,
        0.25,
    )


def test_other_lists_replace_and_an_empty_list_empties(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        child="extends = 'root.toml'\ntools = []\n[comparison]\nstrategies = ['b']\n[[strategies]]\n"
        "name = 'a'\ntools = []\n",
        root="[comparison]\nstrategies = ['a', 'b']\n[[tools]]\nname = 't'\n[[strategies]]\nname = 'a'\ntools = ['t']\n"
        "[[strategies]]\nname = 'b'\n",
    )
    scenario = load_scenario(path)
    assert (scenario.comparison.strategies, scenario.tools, scenario.strategies[0].tools) == (("b",), (), ())


def test_name_and_question_are_a_files_own(tmp_path: Path) -> None:
    path = write(tmp_path, child="extends = 'root.toml'\n", root="name = 'other'\nquestion = 'Why?'\n")
    assert (load_scenario(path).name, load_scenario(path).question) == ("child", "")
    assert parse_scenario("extends = 'root.toml'", folder=tmp_path).name == "unnamed"


def test_a_row_without_a_file_replaces_the_default_rows() -> None:
    assert [v.name for v in parse_scenario("[[vendors]]\nname = 'Alder'\n").vendors] == ["Alder"]


def test_files_extend_shipped_scenarios_and_files_in_other_folders(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    path = write(tmp_path / "below", child="extends = '../parent.toml'\n")
    write(tmp_path, parent="extends = 'kickoff'\n[market]\nbuyers = 900\n")
    scenario = load_scenario(path)
    assert scenario.market.buyers == 900
    assert scenario.compared_names == load_scenario("kickoff").compared_names


# Overrides


@each(
    ("override", "read", "expected"),
    [
        ("market.saturation=0.4", lambda s: s.market.saturation, 0.4),
        (" market . saturation = 0.4 ", lambda s: s.market.saturation, 0.4),
        ("market.saturation=0.4 # why", lambda s: s.market.saturation, 0.4),
        ("market={buyers=700, saturation=0.5}", lambda s: (s.market.buyers, s.market.rewired), (700, 0.1)),
        ("vendors.Alder.reps=30", lambda s: [v.reps for v in s.vendors], [30, 10, 10, 10]),
        ("vendors.3.reps=30", lambda s: [v.reps for v in s.vendors], [10, 10, 10, 30]),
        ('vendors."Alder".reps=30', lambda s: s.vendors[0].reps, 30),
        ("vendors.Alder={reps=30}", lambda s: (s.vendors[0].name, s.vendors[0].reps), ("Alder", 30)),
        ("vendors.Alder.territory=balanced", lambda s: s.vendors[0].territory, "balanced"),
        ('vendors.Alder.territory="balanced"', lambda s: s.vendors[0].territory, "balanced"),
        ("vendors=[{name='Elm'}]", lambda s: [v.name for v in s.vendors][3:], ["Dogwood", "Elm"]),
        (
            "vendors.Birch.name=Elm",
            lambda s: [p.vendor for p in s.products],
            ["Alder", "Elm", "Cedar", "Dogwood"],
        ),
        ("segments.all.voice=0.2", lambda s: s.segments[0].voice, 0.2),
        ("products.Cedar.price=1.2", lambda s: [p.price for p in s.products], [1, 1, 1.2, 1]),
        ("strategies.usual.push=true", lambda s: s.strategies[0].push, True),
        ("strategies.usual.reinvest.preparation=1", lambda s: s.strategies[0].reinvest.slack, 0),
        ("strategies.usual.extra_hours.selling=2", lambda s: s.strategies[0].extra_hours.selling, 2),
        (
            "strategies.usual.plan={prospecting=0.4, selling=0.2}",
            lambda s: s.strategies[0].plan.prospecting,
            0.4,
        ),
        ("tools=[{name='a'}]", lambda s: s.tools[0].name, "a"),
        ('comparison.adopters=["focal", "all"]', lambda s: s.comparison.adopters, ("focal", "all")),
        ("social.sales.delay_weeks=1", lambda s: s.social.sales.delay_weeks, 1),
        ("name=other", lambda s: s.name, "other"),
        ("question=why not", lambda s: s.question, "why not"),
    ],
)
def test_overrides_reach_everything_even_default_rows(override: str, read, expected) -> None:
    assert read(parse_scenario("", [override])) == expected


def test_a_row_whose_name_has_dots_is_found_with_and_without_quotes() -> None:
    text = "[[tools]]\nname = 'Dial 2.0'\n[[tools]]\nname = 'Dial 2.0.1'\n"
    for override in ("tools.Dial 2.0.boost=0.3", 'tools."Dial 2.0".boost=0.3', "tools.0.boost=0.3"):
        assert [tool.boost for tool in parse_scenario(text, [override]).tools] == [0.3, 0]
    assert [tool.boost for tool in parse_scenario(text, ["tools.Dial 2.0.1.boost=0.3"]).tools] == [0, 0.3]


def test_a_name_goes_before_a_number() -> None:
    text = "[[vendors]]\nname = 'A'\n[[vendors]]\nname = '0'\n"
    assert [v.reps for v in parse_scenario(text, ["vendors.0.reps=3"]).vendors] == [10, 3]


def test_later_overrides_win_and_see_earlier_ones() -> None:
    scenario = parse_scenario(
        "", ["market.buyers=5", "market.buyers=6", "vendors.0.name=Elm", "vendors.Elm.reps=3"]
    )
    assert (scenario.market.buyers, scenario.vendors[0].reps) == (6, 3)


def test_overrides_may_be_values_and_start_from_a_scenario() -> None:
    base = load_scenario("kickoff")
    changed = parse_scenario(base, {"vendors.Alder.reps": 30, "comparison.adopters": ["all"]})
    assert (changed.vendors[0].reps, changed.comparison.adopters) == (30, ("all",))
    assert parse_scenario(base) == base
    assert (base.vendors[0].reps, base.comparison.adopters) == (10, ("focal", "all"))
    assert len(parse_scenario(base, {"vendors": [{"name": "Elm"}]}).products) == 5


# What is shipped


@each("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_load_and_say_what_they_ask(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    scenario = load_scenario(path)
    assert scenario.name == path.stem
    assert scenario.question.endswith("?")
    assert text.startswith("# "), "the question stands at the top, as a comment"
    assert len(scenario.compared_names) >= 2
    jsonschema.Draft202012Validator(scenario_schema()).validate(tomllib.loads(text))


def test_the_promised_scenarios_are_there() -> None:
    found = shipped_scenarios()
    assert [row.name for row in found] == sorted(path.stem for path in SHIPPED)
    assert {
        "kickoff",
        "greenfield",
        "hours",
        "everyone-adopts",
        "presales-bottleneck",
        "adoption-without-change",
        "own-worst-rival",
        "quarter-end",
        "unknowns",
        "workshop",
    } <= {row.name for row in found}
    assert all(row.scenario is not None and row.question == row.scenario.question for row in found)


def test_a_shipped_scenario_that_is_broken_is_listed_without_content(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "_scenarios").mkdir()
    write(tmp_path / "_scenarios", broken="[market", whole="question = 'Why?'")
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path)
    assert [(row.name, row.question, row.scenario is None) for row in shipped_scenarios()] == [
        ("broken", "", True),
        ("whole", "Why?", False),
    ]


@pytest.mark.parametrize("name", ["kickoff", "kickoff.toml", "scenarios/kickoff.toml"])
def test_shipped_scenarios_are_found_by_name_from_anywhere(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_scenario(name).name == "kickoff"


def test_an_installed_package_finds_its_own_copy(tmp_path: Path, monkeypatch) -> None:
    shutil.copytree(ROOT / "scenarios", tmp_path / "_scenarios")
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load_scenario("greenfield").clock.warmup_weeks == 52
    assert all(row.path.parent == tmp_path / "_scenarios" for row in shipped_scenarios())


def test_a_file_goes_before_a_shipped_name(tmp_path: Path, monkeypatch) -> None:
    write(tmp_path, kickoff="[market]\nbuyers = 77\n")
    monkeypatch.chdir(tmp_path)
    assert load_scenario("kickoff.toml").market.buyers == 77
    assert load_scenario("kickoff").market.buyers != 77


def test_strategies_of_a_comparison_differ_in_what_they_say_only() -> None:
    """No strategy of the kickoff is handed anything that another couldn't have."""
    by_name = {s.name: s for s in load_scenario("kickoff").strategies}
    for goal in ("calls", "preparation", "slack"):
        strategy = by_name[f"admin-to-{goal}"]
        assert strategy.model_dump(exclude={"name", "reinvest"}) == by_name["admin-to-calls"].model_dump(
            exclude={"name", "reinvest"}
        )
    assert by_name["usual"].model_dump(exclude={"name"}) == Scenario().strategies[0].model_dump(
        exclude={"name"}
    )


# The hash


def test_however_it_is_written_the_same_meaning_has_the_same_hash(tmp_path: Path) -> None:
    plain = Scenario()
    same = [
        parse_scenario(""),
        parse_scenario("name = 'x'\nquestion = 'Why?'\n"),
        parse_scenario(
            f"[market]\nsaturation = 0.95\nbuyers = 3_500\n[choice]\nfit_sd = {plain.choice.fit_sd:.6e}\n"
        ),
        parse_scenario("[reps]\nskill_sd = 1\nhours_per_week = 45\n"),
        parse_scenario(
            "[[strategies]]\nname = 'usual'\n[comparison]\nbaseline = 'usual'\nfocal = 'Alder'\nstrategies = []\n"
        ),
        parse_scenario(
            "", ["vendors.Birch.share=0.25", "vendors.Cedar.strategy=usual", "products.Birch.quality=-0.0"]
        ),
        load_scenario(
            write(tmp_path, a="extends = 'b.toml'\nmarket.buyers = 3500\n", b="market.buyers = 5\n")
        ),
        Scenario.model_validate(plain.model_dump()),
        plain.model_copy(update={"reps": plain.reps.model_copy(update={"skill_sd": 1})}),
        pickle.loads(pickle.dumps(plain)),
    ]
    assert {scenario_hash(scenario) for scenario in same} == {scenario_hash(plain)}


@each(
    "override",
    [
        "market.saturation=0.9500000000000001",
        "market.buyers=3501",
        "vendors.Alder.reps=21",
        "vendors.Alder.name=Elm",
        "vendors.Alder.share=0.2",
        "comparison.seed=2",
        "comparison.replications=31",
        "strategies.usual.social=['sales']",
        "tools=[{name='t'}]",
    ],
)
def test_any_other_meaning_has_another_hash(override: str) -> None:
    assert scenario_hash(parse_scenario("", [override])) != scenario_hash(Scenario())


def test_the_order_of_departments_means_nothing_and_that_of_vendors_something() -> None:
    def social(names: str) -> str:
        return scenario_hash(parse_scenario("", [f"strategies.usual.social={names}"]))

    assert social("['sales', 'service']") == social("['service', 'sales']")
    vendors = [{"name": "A"}, {"name": "B"}]
    assert scenario_hash(parse_scenario({"vendors": vendors})) != scenario_hash(
        parse_scenario({"vendors": vendors[::-1]})
    )


def test_the_hash_is_of_the_canonical_text() -> None:
    digest = scenario_hash(Scenario())
    assert re.fullmatch("[0-9a-f]{64}", digest)
    assert folder_name(Scenario()) == results_hash(Scenario())[:16]
    assert results_hash(Scenario()) == scenario_hash(parse_scenario("comparison.replications = 1"))
    text = canonical_json(load_scenario("kickoff"))
    assert "kickoff" not in text
    assert '"saturation":0.95' in text


# The schema


def test_the_schema_is_one_and_tells_units_defaults_and_limits() -> None:
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["additionalProperties"] is False
    assert "extends" in schema["properties"]
    buyers = schema["$defs"]["Market"]["properties"]["buyers"]
    assert (buyers["unit"], buyers["default"], buyers["minimum"]) == ("buyers", 3500, 1)
    undocumented = [
        f"{table}.{key}"
        for table, node in [("top", schema), *schema["$defs"].items()]
        for key, field in node["properties"].items()
        if not (field.get("description") or "$ref" in field) or not field.get("title", "$ref" in field)
    ]
    assert undocumented == []


def test_the_schema_is_the_callers_own_copy() -> None:
    scenario_schema()["properties"].clear()
    assert scenario_schema()["properties"]


@each(
    ("text", "valid"),
    [
        ("extends = 'kickoff'\n[[products]]\nname = 'Alder'\nprice = 1.1\n", True),
        ("[market]\nbuyers = 500\n", True),
        ("[market]\nbuyer = 500\n", False),
        ("[market]\nbuyers = '500'\n", False),
        ("[market]\nsaturation = 1.5\n", False),
        ("[[vendors]]\nreps = 3\n", False),
        ("[vendors]\nname = 'A'\n", False),
        ("[comparison]\nadopters = ['nowhere']\n", False),
    ],
)
def test_the_schema_tells_right_from_wrong(text: str, valid: bool) -> None:
    assert jsonschema.Draft202012Validator(scenario_schema()).is_valid(tomllib.loads(text)) is valid


# The documentation


def test_the_page_has_runnable_snippets() -> None:
    assert doctest.testfile(str(PAGE), module_relative=False).failed == 0
    for module in (package, errors, load):
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_the_scenarios_in_the_page_load(snippet: str) -> None:
    assert parse_scenario(snippet).question.endswith("?")


def test_the_page_has_an_example_of_about_ten_lines() -> None:
    assert len(SNIPPETS) >= 2
    assert len(SNIPPETS[0].splitlines()) <= 12


# Anything that loads can be written down and read again


@given(
    st.builds(
        dict,
        buyers=st.integers(1, 10**9),
        saturation=st.just(0.0) | st.floats(SMALLEST, 1),
        rewired=st.just(0.0) | st.floats(SMALLEST, 1),
        neighbours=st.integers(0, 32).map(lambda n: 2 * n),
    )
)
def test_a_scenario_survives_the_round_trip(market: dict) -> None:
    scenario = parse_scenario({"market": market})
    assert scenario.market.model_dump() == market
    again = parse_scenario(scenario)
    assert again == scenario
    assert scenario_hash(again) == scenario_hash(scenario)


def test_a_scenario_can_not_be_changed() -> None:
    scenario = Scenario()
    with pytest.raises(ValueError, match="frozen"):
        scenario.market.buyers = 3
    assert hash(scenario) == hash(Scenario())


def test_errors_come_back_from_a_worker_process() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario("[market]\nbuyers = 0\n")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.problems == caught.value.problems


@each("name", [shipped.name for shipped in shipped_scenarios()])
def test_a_scenario_that_is_written_loads_as_the_same_one(name: str) -> None:
    beliefs = [{"key": "effort.preparation_weight", "low": 0.5, "high": 2.5, "scale": "log"}]
    scenario = load_scenario(
        name, {"uncertain": beliefs, "question": 'With "quotes", \\ and a\nline?', "clock.weeks": 3}
    )
    again = parse_scenario(scenario_text(scenario))
    assert (again.name, again.question) == (scenario.name, scenario.question)
    assert scenario_hash(again) == scenario_hash(scenario)
    assert again.model_fields_set == scenario.model_fields_set - {"products"} | again.model_fields_set & {
        "products"
    }
