"""Rules and effects from other packages: called between steps, in order of kind and name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zerosum.errors import RunError
from zerosum.market.declare.rules import numbers_of
from zerosum.scenario.extend import Acting, Phase, failure, switched_on
from zerosum.scenario.spec import Scenario

if TYPE_CHECKING:
    from zerosum.market.records import Record

STEP: dict[Phase, int] = {"start": 1, "hours": 5, "work": 6, "choices": 9, "end": 11}
"""Before which step of the week each phase lies."""


class Outside:
    """Rules and tool effects from other packages that a scenario switches on.

    Parameters
    ----------
    scenario : Scenario

    Attributes
    ----------
    steps : tuple of int
        before which any of them acts, ascending
    """

    def __init__(self, scenario: Scenario) -> None:
        self._acting = [(acting, numbers_of(acting.table, scenario)) for acting in switched_on(scenario)]
        self.steps = tuple(sorted({STEP[acting.mechanism.phase] for acting, _ in self._acting}))

    def act(self, step: int, engine: Any, record: Record) -> None:
        """Call the rules whose phase is before a step.

        Parameters
        ----------
        step : int
        engine : Engine
            in the week that is simulated
        record : Record
            this week's rows, as kernels write to them

        Raises
        ------
        RunError
            if one fails, or leaves a number that isn't finite
        """
        for acting, options in self._acting:
            rule = acting.mechanism
            if STEP[rule.phase] != step:
                continue
            tool = () if acting.tool is None else (acting.tool,)
            try:
                if rule.compiled:
                    rule.act(engine.key, engine.week, *tool, engine._market, engine._rules, record, options)
                else:
                    rule.act(engine, *tool, options)
            except Exception as error:
                raise failure(rule, f"in week {engine.week}", error) from error
            _check_numbers(acting, engine)


def _check_numbers(acting: Acting, engine: Any) -> None:
    for table in engine.market:
        for name, column in table._asdict().items():
            if column.dtype.kind == "f" and not np.isfinite(column).all():
                raise RunError(
                    f"the {acting.mechanism.kind} '{acting.mechanism.name}' left {type(table).__name__.lower()}.{name} "
                    f"with a number that isn't finite in week {engine.week}; every column needs numbers"
                )
