"""Whatever a scenario file holds, it is a scenario or a :class:`ScenarioError` that can be printed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerosum.files import printable
from zerosum.scenario import Scenario, ScenarioError, parse_scenario
from zerosum.scenario.errors import LONGEST_VALUE, format_value, nearest

pytestmark = pytest.mark.uncompiled


def test_names_are_compared_without_regard_to_case_and_dashes() -> None:
    assert nearest("Presales-Bottleneck", ["presales_bottleneck", "kickoff"]) == "presales_bottleneck"
    assert nearest("x" * 10_000, ["buyers"]) == ""
    assert nearest("", ["buyers"]) == ""


def test_values_are_shown_shortly_and_printably() -> None:
    assert format_value('a\x1b[31m\n"b"') == '"a\\x1b[31m\\n\\"b\\""'
    assert format_value(-0.0) == "-0.0"
    assert format_value([[[[1]]], {"a": 1}]) == "[[[...]], a table]"
    assert format_value(None) == "nothing"
    for value in ("x" * 10_000, list(range(10_000)), 10**10_000, -(10**10_000), object(), "\udcff", {}):
        assert len(format_value(value)) <= LONGEST_VALUE
        assert format_value(value).isprintable()
    assert printable("tab\tbell\x07ü\udc80") == "tab\\tbell\\x07ü\\udc80"


TOML_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.dates(),
        st.sampled_from(["focal", "usual", "Alder", "all", "random", 0, 1, -1, 1e308, 2**63]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5) | st.just("name"), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = sorted(Scenario.model_fields)
INNER_KEYS = sorted(
    {
        key
        for model in ("market", "comparison", "satisfaction")
        for key in getattr(Scenario(), model).model_dump()
    }
)
GARBAGE = st.dictionaries(
    st.sampled_from(KEYS) | st.text(max_size=8),
    st.one_of(
        TOML_VALUES,
        st.dictionaries(st.sampled_from(INNER_KEYS), TOML_VALUES, max_size=3),
        st.lists(
            st.dictionaries(
                st.sampled_from(["name", "share", "reps", "plan", "tools", "vendor", "reinvest"]), TOML_VALUES
            ),
            max_size=3,
        ),
    ),
    max_size=4,
)
TOKENS = st.sampled_from(
    [
        "[market]",
        "[[vendors]]",
        "name",
        "=",
        "\n",
        "'a'",
        '"',
        "[",
        "]",
        "{",
        "}",
        ",",
        "nan",
        "-1",
        "0.5",
        "1e999",
        ".",
        "#",
        "é",
        "\0",
    ]
)


@settings(max_examples=120, deadline=None)
@given(GARBAGE)
def test_garbage_of_values_is_a_scenario_or_a_scenario_error(tables: dict) -> None:
    expect_scenario_or_error(tables, ())


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(TOKENS).map(" ".join), st.lists(TOKENS).map("".join)))
def test_garbage_of_text_is_a_scenario_or_a_scenario_error(text: str) -> None:
    expect_scenario_or_error(text, ())


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(),
            st.tuples(
                st.sampled_from(
                    [
                        *KEYS,
                        "vendors.Alder",
                        "vendors.0",
                        "segments.all.share",
                        "market.buyers",
                        "strategies.usual.plan",
                    ]
                ),
                st.text(max_size=5) | st.just(""),
                st.text()
                | st.sampled_from(["3", "true", "[]", "{}", "nan", "[{name='x'}]", "{reps=3}", "''"]),
            ).map(lambda parts: f"{parts[0]}{'.' if parts[1] else ''}{parts[1]}={parts[2]}"),
        ),
        max_size=3,
    )
)
def test_garbage_of_overrides_is_a_scenario_or_a_scenario_error(overrides: list[str]) -> None:
    expect_scenario_or_error("", overrides)


@settings(max_examples=60, deadline=None)
@given(GARBAGE, GARBAGE)
def test_garbage_laid_over_garbage_is_a_scenario_or_a_scenario_error(below: dict, above: dict) -> None:
    expect_scenario_or_error(below, above)


def expect_scenario_or_error(given_values, overrides) -> None:
    try:
        scenario = parse_scenario(given_values, overrides)
    except ScenarioError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.wrong
            assert all(line.isprintable() for line in str(problem).split("\n"))
    else:
        assert isinstance(scenario, Scenario)
