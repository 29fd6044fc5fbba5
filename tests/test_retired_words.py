"""Names that were given up come back nowhere: not in pages, messages or docstrings."""

from __future__ import annotations

import pytest

from docs.tools import retired_words
from docs.tools.retired_words import EXCEPTIONS, GROUPS, RETIRED, above, ceilings, count, count_all

pytestmark = pytest.mark.uncompiled


def test_no_retired_word_occurs_more_often_than_it_did() -> None:
    assert list(above(count_all(), ceilings())) == []


def test_every_exception_is_needed() -> None:
    texts = [text for group in GROUPS.values() for text in group()]
    assert [kept for kept in EXCEPTIONS if not any(kept in text for text in texts)] == []


def test_an_exception_is_one_text_and_not_the_word() -> None:
    assert count("PROVOKED, 4; a call provoked it") == {"provoked": 1}


def test_what_is_allowed_is_a_name_of_the_table() -> None:
    allowed = ceilings()
    assert allowed.keys() <= retired_words.GROUPS.keys()
    assert {name for group in allowed.values() for name in group} <= RETIRED.keys()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Each arm of the study; both arms", {"arm": 2}),
        ("harm, farms and army", {}),
        ("the strategies `shots` and 'shots', effort.shots", {}),
        ("three shots a week; shots +14 k [-5, +33]", {"shots": 1}),
        ("`zerosum compare --across-fits`; how it fits the facts", {}),
        ("under each fit", {"fit": 1}),
        ("Revenue, taken from rivals", {"taken from": 1}),
        ("Buyers with a supplier", {"supplier": 1}),
        ("World-wide, the worlds of buyers", {"world": 1}),
    ],
)
def test_a_word_is_found_and_the_name_of_a_thing_in_a_file_is_not(text: str, found: dict[str, int]) -> None:
    assert count(text) == found


def test_the_word_to_write_is_said() -> None:
    assert list(above({"pages": {"arm": 2}}, {"pages": {"arm": 1}})) == [
        "pages: 'arm' 2 times, at most 1; write: strategy"
    ]
    assert list(above({"pages": {"arm": 1}}, {"pages": {"arm": 1}})) == []
