"""A tool that all vendors adopt moves no share."""

from __future__ import annotations

from zerosum.market.run import OnWeek
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.effect import Effect, Row, number, one
from zerosum.studies.probes import Branch, added, adopting, assistant, gain, runs, usual

MARGIN = 0.001
"""A tenth of a point of the market."""


def _observe(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    tool = assistant()
    adopter = adopting(scenario, "adopts", [tool])
    market = added(scenario, [adopter], [tool])
    base, new = usual(market).name, adopter.name
    strategies: list[Branch] = [(base, "alone"), (new, "alone"), (base, "everyone"), (new, "everyone")]
    found = runs(market, replication, strategies, on_week)
    alone = gain(found[new, "alone"], found[base, "alone"], "share_of_served")
    everyone = gain(found[new, "everyone"], found[base, "everyone"], "share_of_served")
    spent = gain(found[new, "everyone"], found[base, "everyone"], "contribution_per_rep")
    return {"everyone": one(everyone), "alone": one(alone), "contribution": one(spent)}


EVERYONE = Effect(
    "everyone-adopts",
    "What everybody adopts moves no share",
    "An advantage that all vendors have is none: our share stays what it was.",
    "theory: vendors that are alike share a zero-sum market equally",
    "who adopts: nobody or all vendors (an assistant with full training, its hours go to preparation)",
    (
        number("everyone", "Gain in share of those served when all adopt", "points", "none", margin=MARGIN),
        number("alone", "  when we alone adopt", "points", "above"),
        number("contribution", "  revenue less cost per rep when all adopt", "money"),
    ),
    _observe,
)
