"""Presales overload turns freed hours into waiting."""

from __future__ import annotations

from zerosum.market.run import OnWeek
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.effect import Effect, Row, number, one
from zerosum.studies.probes import added, adopting, assistant, gain, runs, usual

SCARCE = 0.5
"""Part of its engineers that every vendor is left with."""


def _gains(scenario: Scenario, replication: int, on_week: OnWeek | None) -> tuple[float, float]:
    """Rise of the wait (weeks) and of the win rate (share) when hours are freed for preparation."""
    tool = assistant()
    preparer = adopting(scenario, "prepares", [tool])
    market = added(scenario, [preparer], [tool])
    base = usual(market).name
    found = runs(market, replication, [(base, "alone"), (preparer.name, "alone")], on_week)
    more, less = found[preparer.name, "alone"], found[base, "alone"]
    return gain(more, less, "presales_wait"), gain(more, less, "win_rate")


def _observe(scenario: Scenario, replication: int, on_week: OnWeek | None = None) -> Row:
    few = {f"vendors.{v.name}.presales": max(1, round(SCARCE * v.presales)) for v in scenario.vendors}
    many = {f"vendors.{v.name}.presales": 4 * max(1, v.presales) for v in scenario.vendors}
    wait, rate = _gains(parse_scenario(scenario, few), replication, on_week)
    no_wait, free_rate = _gains(parse_scenario(scenario, many), replication, on_week)
    return {
        "difference": one(wait - no_wait),
        "scarce": one(wait),
        "ample": one(no_wait),
        "win_rate": one(rate - free_rate),
    }


PRESALES = Effect(
    "presales-overload",
    "Presales overload turns freed hours into waiting",
    "Where presales engineers are scarce, hours freed for preparation lengthen their queue instead of winning deals.",
    "queueing theory (Erlang): near capacity, a little more work means much more waiting",
    "presales engineers of all vendors: half of the scenario's, against four times as many",
    (
        number("difference", "Rise of the wait by freed hours, scarce less ample", "weeks", "above"),
        number("scarce", "  with scarce engineers", "weeks"),
        number("ample", "  with ample engineers", "weeks"),
        number("win_rate", "  gain in win rate by freed hours, scarce less ample", "share", "below"),
    ),
    _observe,
)
