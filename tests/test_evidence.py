"""What the defaults rest on: every key says so, and a tag that claims a source names one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tests.each import each
from zerosum.market.declare.evidence import SOURCED, TAGS, Evidence, assumption
from zerosum.market.declare.section import Section, quantity
from zerosum.market.inventory.buyers import Segment
from zerosum.scenario import Scenario, evidence_of, keys, scenario_schema
from zerosum.scenario.schema import is_a_table, keys_of, node_at, resolve
from zerosum.scenario.spec import NAMED_TABLES

pytestmark = pytest.mark.uncompiled


def leaves_of_the_schema(path: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk the schema, independently of the models."""
    at: list[str | int] = []
    for part in path:
        at += [part, 0] if part in (*NAMED_TABLES, "uncertain") else [part]
    table = node_at(tuple(at))
    assert table is not None
    for key in keys_of(table):
        node = resolve(table["properties"][key])
        if is_a_table(node):
            yield from leaves_of_the_schema((*path, key))
        else:
            yield ".".join((*path, key)), node


LEAVES = dict(leaves_of_the_schema())


def test_the_keys_are_the_schema_s_leaves_in_its_order() -> None:
    assert [key.path for key in keys()] == list(LEAVES)


@each("path", LEAVES)
def test_every_leaf_of_the_schema_says_what_it_rests_on(path: str) -> None:
    assert set(LEAVES[path]["evidence"]) == {"tag", "source", "note"}
    evidence = Evidence(**LEAVES[path]["evidence"])
    assert evidence == evidence_of(path)
    assert evidence.tag in TAGS
    assert evidence.source or evidence.tag not in SOURCED, "the tag claims a source; name it"
    for text in (evidence.source, evidence.note):
        assert text == text.strip()
        assert not set(text) & set("|\n"), "it must fit into a cell of a Markdown table"


def test_a_key_has_its_default_and_its_unit() -> None:
    by_path = {key.path: key for key in keys()}
    assert by_path["segments.value_sigma"].default == Segment(name="all").value_sigma
    assert by_path["segments.value_sigma"].unit == "log units"
    assert by_path["segments.value_sigma"].description == "Spread of the lognormal contract value."
    assert by_path["strategies.plan.prospecting"].default == 0.2
    assert by_path["social.service.delay_weeks"].default == 13
    assert by_path["vendors.name"].default is ...
    assert by_path["vendors.share"].default is None


def test_departments_have_evidence_of_their_own() -> None:
    assert evidence_of("social.marketing.delay_weeks") != evidence_of("social.sales.delay_weeks")


def test_a_key_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError, match="market"):
        evidence_of("market")


def test_a_quantity_without_evidence_is_an_assumption_and_a_table_has_none() -> None:
    class Example(Section):
        number: int = quantity(1, "buyers", "A number.", ge=0)
        table: Section = quantity(Section(), "table", "A table.")

    extra = {name: field.json_schema_extra for name, field in Example.model_fields.items()}
    assert extra == {
        "number": {"unit": "buyers", "evidence": assumption()._asdict()},
        "table": {"unit": "table"},
    }


def test_the_schema_with_evidence_is_a_schema_and_accepts_the_defaults() -> None:
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    defaults = Scenario().model_dump(mode="json", exclude_none=True)
    jsonschema.validate(defaults, schema, cls=jsonschema.Draft202012Validator)
