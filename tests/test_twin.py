"""The engine against its slow twin: every column, every deal, every decision, in any market.

The twin (``tests/reference``) was written from docs/model.md alone. Where the two differ, one of them has misread the text.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.helpers import Play, lively_markets, play_both


@given(lively_markets())
@settings(max_examples=40)
def test_the_twin_agrees(play: Play) -> None:
    assert play_both(play) == []


@pytest.mark.slow
@given(lively_markets(most_buyers=150, most_weeks=220))
@settings(max_examples=300)
def test_the_twin_agrees_in_many_markets(play: Play) -> None:
    assert play_both(play) == []
