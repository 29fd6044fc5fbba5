"""What tests of the workshop set: a state, in few words."""

from __future__ import annotations

from typing import Any

from zerosum.scenario import Scenario, load_scenario
from zerosum.workshop.state import Side, State, Values

WORKSHOP: Scenario = load_scenario("workshop")
SHOTS, PREPARATION = "shots", "social-and-preparation"
BOOST, TRAINING = "tools.dialler.boost", "strategies.training"


def settings(
    left: str = SHOTS,
    right: str = PREPARATION,
    a: Values | None = None,
    b: Values | None = None,
    **rest: Any,
) -> State:
    """A state: strategies of both sides, what is changed in them, and whatever else."""
    return State(left=Side(strategy=left, values=a or {}), right=Side(strategy=right, values=b or {}), **rest)


def called(state: State, left: str | None, right: str | None) -> State:
    """A state whose sides have labels."""
    sides = {"left": left, "right": right}
    return state.model_copy(
        update={name: getattr(state, name).model_copy(update={"label": sides[name]}) for name in sides}
    )
