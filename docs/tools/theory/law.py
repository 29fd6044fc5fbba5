"""A law, its predictions beside the engine's numbers, and markets in which nothing else happens."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from zerosum.market.engine import Engine
from zerosum.market.state import Float
from zerosum.scenario.spec import Scenario


class Row(NamedTuple):
    """One prediction."""

    what: str
    theory: float
    engine: float
    error: float
    """Standard error of the difference between the two."""

    @property
    def z(self) -> float:
        """Standard errors between theory and engine; 0 where both are exact and equal."""
        gap = self.engine - self.theory
        return gap / self.error if self.error > 0 else (0.0 if gap == 0 else math.inf)


class Law(NamedTuple):
    """A law of marketing science, and the limit of the market in which it must hold."""

    name: str
    says: str
    limit: str
    source: str
    rows: Callable[[int], list[Row]]
    """Called with the number of replications."""
    exact: bool = True
    """Whether the engine must agree within standard errors; else it is an approximation."""


BARE: dict[str, Any] = {
    "clock": {"warmup_weeks": 0},
    "satisfaction": {"noise_sd": 0.0, "appeal_weight": 0.0, "neighbour_weight": 0.0},
    "review": {"max_per_year": 0.0, "critical": 0.0},
    "need": {"innovation_per_year": 0.0, "imitation_per_year": 0.0},
    "choice": {"no_decision": -60.0, "fit_sd": 0.0, "price_weight": 0.0, "satisfaction_weight": 0.0},
    "reps": {
        "skill_sd": 0.0,
        "admin_fixed_hours": 0.0,
        "admin_hours_per_opportunity": 0.0,
        "max_open_opportunities": 1000,
    },
    "effort": {
        "preparation_weight": 0.0,
        "selling_weight": 0.0,
        "support_weight": 0.0,
        "skill_weight": 0.0,
        "trust_weight": 0.0,
    },
    "prospecting": {"attempts_per_hour": 0.0, "trust_gain": 0.0, "goodwill_burn": 0.0},
    "invitations": {"rule": "independent", "coverage": 1.0, "inbound": 1.0},
    "contracts": {"attrition": 0.0},
    "turnover": {"leave_below": 0.0, "leave_other": 0.0},
}
SEGMENT: dict[str, Any] = {
    "name": "all",
    "value_sigma": 0.0,
    "contract_weeks": 5200,
    "evaluation_weeks": 1.0,
    "evaluation_sigma": 0.0,
    "switching_cost": 0.0,
    "switching_cost_sd": 0.0,
}


def bare_market(buyers: int, segment: dict[str, Any] | None = None, **tables: Any) -> Scenario:
    """Return a market with only the processes that the tables switch on; every vendor is invited.

    Parameters
    ----------
    buyers : int
    segment : dict, optional
        keys of the one segment
    **tables
        as in a scenario file; their keys go over those of :data:`BARE`
    """
    merged = {name: {**table, **tables.pop(name, {})} for name, table in BARE.items()}
    market = {"buyers": buyers, "saturation": 1.0, "neighbours": 0, **tables.pop("market", {})}
    return Scenario.model_validate(
        {**merged, "market": market, "segments": [{**SEGMENT, **(segment or {})}], **tables}
    )


def run_all(scenario: Scenario, weeks: int, replications: int) -> list[Engine]:
    """Run some replications of a market."""
    engines = [Engine(scenario, number) for number in range(replications)]
    for engine in engines:
        engine.run(weeks)
    return engines


def row(what: str, theory: float | Sequence[float] | Float, engine: Sequence[float] | Float) -> Row:
    """Compare each replication's result with the theory, which may differ by replication."""
    said = np.asarray(engine, float)
    gaps = said - np.asarray(theory, float)
    error = float(gaps.std(ddof=1) / math.sqrt(len(gaps)))
    return Row(what, float(np.mean(theory)), float(said.mean()), error)
