"""The engine against its slow twin: every column, every deal, every decision, in any market.

The twin (``tests/reference``) was written from docs/model.md alone. Where the two differ, one of them has
misread the text.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.lively import Play, Switch, lively_markets
from tests.side_by_side import play_both
from zerosum.scenario.spec import Scenario


@given(lively_markets())
@settings(max_examples=60)
def test_the_twin_agrees(play: Play) -> None:
    assert play_both(play) == []


@pytest.mark.uncompiled
@given(lively_markets(most_buyers=60, most_weeks=60))
@settings(max_examples=12)
def test_the_twin_agrees_in_small_markets(play: Play) -> None:
    assert play_both(play, every=30) == []


@pytest.mark.uncompiled
def test_a_successor_has_no_tools_in_the_week_it_comes() -> None:
    """Invitations (step 2) come before adoption (step 4): the analytics of one who has left must not speak."""
    scenario = Scenario.model_validate(
        {
            "clock": {"warmup_weeks": 52, "weeks": 52},
            "market": {"buyers": 300},
            "vendors": [{"name": "A", "reps": 3}, {"name": "B", "reps": 3}],
            "products": [
                {"name": "plain", "vendor": "A"},
                {"name": "fancy", "vendor": "A", "launch_week": -30},
                {"name": "b", "vendor": "B"},
            ],
            "segments": [{"name": "all", "contract_weeks": 7, "evaluation_weeks": 4.0}],
            "reps": {"max_open_opportunities": 40},
            "invitations": {"inbound": 1.0, "coverage": 1.0},
            "tools": [{"name": "analytics", "accuracy": 1.0, "innovation": 1.0, "trial_weeks": 520}],
            "strategies": [{"name": "usual", "tools": ["analytics"]}],
            "turnover": {"leave_below": 1.0, "leave_other": 1.0},
        }
    )
    assert play_both(Play(scenario, 0, 54, (Switch(52, [0, 0], [0] * 6),)), every=1) == []


@pytest.mark.slow
@given(lively_markets(most_buyers=150, most_weeks=220))
@settings(max_examples=300)
def test_the_twin_agrees_in_many_markets(play: Play) -> None:
    assert play_both(play) == []
