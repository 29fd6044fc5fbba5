"""Without training, tool use peaks and then falls."""

from __future__ import annotations

import numpy as np

from zerosum.market.run import OnWeek
from zerosum.market.state import Float
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.effect import Effect, Row, number
from zerosum.studies.probes import SIX_MONTHS, added, assistant, fall_from_peak, runs, use_by_month, varied


def _observe(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    tool = assistant()
    strategies = [
        varied(scenario, name, tools=(tool.name,), training=training)
        for name, training in (("untrained", 0.0), ("trained", 1.0))
    ]
    market = added(scenario, strategies, [tool])
    found = runs(market, replication, [(strategy.name, "alone") for strategy in strategies], on_week)
    without, with_it = (use_by_month(run, run.team) for run in found.values())
    return {
        "untrained": without,
        "difference": np.concatenate([without, with_it]),
        "trained": with_it,
    }


def _difference(use: Float) -> float:
    return fall_from_peak(use[:SIX_MONTHS]) - fall_from_peak(use[SIX_MONTHS:])


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
            reduce=fall_from_peak,
        ),
        number("difference", "  that fall, untrained less trained", "share", "above", reduce=_difference),
        number("trained", "  with full training", "share", reduce=fall_from_peak),
    ),
    _observe,
)
