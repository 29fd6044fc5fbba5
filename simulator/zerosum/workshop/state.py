"""A room's settings, which the page sends with every question and keeps in its address."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from zerosum.errors import InputError
from zerosum.files import UnreadableFile, parse_json
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.explain import validate_file
from zerosum.workshop.words import LONGEST_LABEL

SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")
LETTERS = {"left": "A", "right": "B"}
"""The letters of the sides on the page."""

LAST_YEAR = 9_999
"""Maximum replication: a saved room is a comparison of all years up to its own."""

MOST_YEARS = 200
MOST_VALUES = 64

Key = Annotated[str, Field(min_length=1, max_length=200)]
Label = Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL)]
Values = Annotated[dict[Key, float], Field(max_length=MOST_VALUES)]


class Refusal(InputError):
    """A question that can't be answered; the message says what is wrong, where, and what is allowed."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Side(_Strict):
    """One side's strategy, and what was changed in it: slider's key -> value."""

    strategy: Annotated[str, Field(min_length=1, max_length=60)]
    values: Values = {}
    label: Label | None = None
    """What the room calls this side, such as "No training"; without one, its strategy's name."""


class State(_Strict):
    """The whole state. What isn't among the values is as the scenario has it."""

    left: Side
    right: Side
    shared: Values = {}
    """What was changed for both sides: slider's key -> value."""
    adopters: Adopters = "focal"
    year: Annotated[int, Field(ge=0, le=LAST_YEAR)] = 0
    """Number of the replication."""
    equal: bool = False
    """All reps equal (:func:`zerosum.market.run.chance_baseline`)."""

    def settings(self) -> bytes:
        """Return the settings that many years depend on, as JSON, whatever the order of changes."""
        sides = {
            name: side.model_copy(update={"label": None, "values": _in_order(side.values)})
            for name, side in (("left", self.left), ("right", self.right))
        }
        shared = _in_order(self.shared)
        return self.model_copy(update={**sides, "shared": shared, "year": 0}).model_dump_json().encode()


def _in_order(values: Values) -> Values:
    return dict(sorted(values.items()))


class ManyYears(_Strict):
    """A question for the same settings in many years, from year 0 on."""

    state: State
    n: Annotated[int, Field(ge=1, le=MOST_YEARS)] = MOST_YEARS


def state_from(text: bytes | str) -> State:
    """Read a state from JSON.

    Raises
    ------
    Refusal
    """
    return _read(State, text)


def many_from(text: bytes | str) -> ManyYears:
    """Read a question for many years from JSON.

    Raises
    ------
    Refusal
    """
    return _read(ManyYears, text)


M = TypeVar("M", bound=_Strict)


def _read(model: type[M], text: bytes | str) -> M:
    try:
        given = parse_json(text.decode("utf-8") if isinstance(text, bytes) else text, "a state", "the state")
    except UnicodeDecodeError:
        raise Refusal("the state is not UTF-8 text") from None
    except UnreadableFile as error:
        raise Refusal(str(error)) from None
    if not isinstance(given, dict):
        raise Refusal("the state should be an object, with left and right")
    return validate_file(model, given, "", lambda problems: problems[:1], Refusal)
