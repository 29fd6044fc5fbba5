"""Rules from outside at work: called between the package's own steps, in order of their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zerosum.market.declare.rules import numbers_of
from zerosum.scenario.extend import Phase, switched_on
from zerosum.scenario.spec import Scenario

if TYPE_CHECKING:
    from zerosum.market.records import Record


class Outside:
    """The rules from outside that a scenario switches on.

    Parameters
    ----------
    scenario : Scenario
    """

    def __init__(self, scenario: Scenario) -> None:
        self._acting = [(rule, numbers_of(table, scenario)) for rule, table in switched_on(scenario)]

    def __bool__(self) -> bool:
        return bool(self._acting)

    def act(self, phase: Phase, engine: Any, record: Record) -> None:
        """Let those of a phase act.

        Parameters
        ----------
        phase : Phase
        engine : Engine
            in the week that is simulated
        record : Record
            this week's rows, as kernels write to them
        """
        for rule, options in self._acting:
            if rule.phase != phase:
                continue
            if rule.compiled:
                rule.act(engine.key, engine.week, engine._market, engine._rules, record, options)
            else:
                rule.act(engine, options)
