"""A constraint on factors, such as ``prospecting + preparation <= 0.8``: parsed and checked before use.

It allows only names, numbers, texts, arithmetic, comparisons and ``and``, ``or``, ``not``. pandas evaluates it for
all points at once.
"""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic_core import core_schema

_ALLOWED = (
    *(ast.Expression, ast.Compare, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq),
    *(ast.Name, ast.Load, ast.Constant),
)
_LONGEST = 500


class Formula:
    """A condition on the factors of a point.

    Parameters
    ----------
    text : str

    Raises
    ------
    ValueError
        if it isn't a valid condition; the message says what isn't allowed
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > _LONGEST:
            raise ValueError(f"a constraint has at most {_LONGEST} characters")
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError):
            raise ValueError(
                f"'{text}' is no condition; write one such as 'calls + preparation <= 0.8'"
            ) from None
        for node in ast.walk(tree):
            if not isinstance(node, _ALLOWED):
                raise ValueError(
                    f"'{text}': only factors, numbers, + - * /, comparisons, and, or, not are allowed"
                )
        if not isinstance(tree.body, ast.Compare | ast.BoolOp) and not (
            isinstance(tree.body, ast.UnaryOp) and isinstance(tree.body.op, ast.Not)
        ):
            raise ValueError(f"'{text}' compares nothing; write a condition such as 'calls <= 0.5'")
        self.words = frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))

    def holds(self, points: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return for each point whether the condition holds.

        Raises
        ------
        ValueError
            if it can't be evaluated (such as a text plus a number)
        """
        try:
            found = points.eval(self.text.strip(), engine="python")
        except Exception as error:
            raise ValueError(f"constraint '{self.text}' can't be asked of these factors: {error}") from None
        return np.broadcast_to(np.asarray(found, bool), len(points))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        """Let pydantic read a formula from text and write it as text."""
        return core_schema.no_info_plain_validator_function(
            cls._of, serialization=core_schema.plain_serializer_function_ser_schema(lambda one: one.text)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: Any, _handler: Any) -> dict[str, Any]:
        """Describe the field in the JSON schema: a string."""
        return {"type": "string"}

    @classmethod
    def _of(cls, given: Any) -> Formula:
        if isinstance(given, Formula):
            return given
        if not isinstance(given, str):
            raise ValueError("a constraint is a text, such as 'calls <= 0.5'")
        return cls(given)
