"""Without training, tool use peaks and then falls."""

from __future__ import annotations

import numpy as np

from simulator.effects.cells import ASSISTANT, runs, varied, with_strategies
from simulator.effects.effect import Effect, Row, number
from simulator.facts import measures
from simulator.market import YEAR, Float
from simulator.run import OnWeek, Run
from simulator.scenario.spec import Scenario

_SIX = 6


def _use_by_month(run: Run) -> Float:
    """Mean use of the tool in months 1 to 6."""
    use = run.engine.recorder.rep_tool_use[:, run.team].mean(axis=1)[: YEAR // 2]
    month = np.arange(len(use)) * measures.MONTHS // YEAR
    return np.asarray(np.bincount(month, use) / np.bincount(month))


def _observe(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    arms = [
        varied(scenario, name, tools=(ASSISTANT.name,), training=training)
        for name, training in (("untrained", 0.0), ("trained", 1.0))
    ]
    market = with_strategies(scenario, arms, [ASSISTANT])
    found = runs(market, replication, [("untrained", "alone"), ("trained", "alone")], on_week)
    without, with_it = (_use_by_month(found[arm.name, "alone"]) for arm in arms)
    return {
        "untrained": without,
        "difference": np.concatenate([without, with_it]),
        "trained": with_it,
    }


def _fall(use: Float) -> float:
    return float(use[: _SIX - 1].max() - use[_SIX - 1])


def _difference(use: Float) -> float:
    return _fall(use[:_SIX]) - _fall(use[_SIX:])


TRAINING = Effect(
    "use-falls-untrained",
    "Without training, tool use peaks and then falls",
    "Offered without training, a tool is taken up at first, and six months later it is used less than at its peak.",
    "Speier & Venkatesh 2002",
    "training (none against full) of a team that is offered an assistant",
    (
        number(
            "untrained",
            "Use at its peak in months 1 to 5 less month 6, untrained",
            "share",
            "above",
            reduce=_fall,
        ),
        number("difference", "  that fall, untrained less trained", "share", "above", reduce=_difference),
        number("trained", "  with full training", "share", reduce=_fall),
    ),
    _observe,
)
