"""Lanchester's law of market shares: each side takes from the other in proportion to its effort and the other's share.

With nobody invited, customers change hands only through reps' calls, and the expected shares follow a linear
recursion that can be computed week by week (Kimball 1957; Vidale & Wolfe 1957; Little 1979).
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from docs.tools.theory.law import Law, Row, bare_market, row
from zerosum.market.engine import Engine
from zerosum.market.records import CUSTOMERS
from zerosum.market.state import Float

BUYERS, WEEKS = 3_600, 104
CALLS, CONTACT, PROVOKE, SWITCHING = 5, 0.4, 0.5, 0.3
"""Calls of a rep a week; shares; utility."""


def _market(reps: list[int]) -> Any:
    return bare_market(
        BUYERS,
        {"switching_cost": SWITCHING},
        vendors=[
            {"name": f"V{v}", "reps": n, "presales": 0, "territory": "balanced"} for v, n in enumerate(reps)
        ],
        invitations={"coverage": 0.0, "inbound": 0.0},
        review={"critical": 0.0, "steepness": 1.0},
        prospecting={"attempts_per_hour": CALLS / 10.0, "contact": CONTACT, "provoke_customer": PROVOKE},
        reps={"hours_per_week": 40.0},
        strategies=[
            {
                "name": "usual",
                "plan": {"prospecting": 0.25, "preparation": 0.0, "selling": 0.75, "social": 0.0},
            }
        ],
    )


def expected_shares(start: Float, reps: list[int], weeks: int) -> Float:
    """Return the expected shares after some weeks; float64[vendors].

    An idle account is attacked by each other vendor with the probability that one of its calls gets through and
    provokes; its evaluation is decided at the end of the next week, after further vendors may have found it.
    """
    n = len(start)
    called = np.array(
        [1.0 - (1.0 - r / BUYERS) ** CALLS for r in reps]
    )  # a rep's territory has BUYERS / r accounts
    found = called * CONTACT
    attack = found * PROVOKE / 2.0  # satisfaction is where half of the discontent is
    idle = start.copy()
    # For an attacked account of each vendor: who opens an evaluation, who joins, who wins.
    opens, moves = np.zeros(n), np.zeros((n, n))
    for held in range(n):
        others = [v for v in range(n) if v != held]
        for attackers in _subsets(others):
            if not attackers:
                continue
            chance = math.prod(attack[v] if v in attackers else 1.0 - attack[v] for v in others)
            opens[held] += chance
            rest = [v for v in others if v not in attackers]
            for joiners in _subsets(rest):
                there = chance * math.prod(found[v] if v in joiners else 1.0 - found[v] for v in rest)
                weights = {held: math.exp(SWITCHING)} | dict.fromkeys((*attackers, *joiners), 1.0)
                for v, weight in weights.items():
                    moves[held, v] += there * weight / sum(weights.values())
    waiting = np.zeros(n)  # accounts whose evaluation opened last week, by who held them
    for _ in range(weeks):
        decided = np.zeros(n)
        for held in range(n):
            if opens[held] > 0:
                decided += waiting[held] * moves[held] / opens[held]
        waiting = idle * opens
        idle = idle - waiting + decided
    return np.asarray(idle + waiting)


def _subsets(items: list[int]) -> list[tuple[int, ...]]:
    return [s for size in range(len(items) + 1) for s in itertools.combinations(items, size)]


def rows(replications: int) -> list[Row]:
    """Compare shares after two years, of two vendors and of three."""
    found = []
    for reps in ([12, 6], [12, 6, 4]):
        scenario = _market(reps)
        theory, said = [], []
        for number in range(replications):
            engine = Engine(scenario, number)
            start = engine.market.vendors.customers / BUYERS
            engine.run(WEEKS)
            theory.append(expected_shares(start, reps, WEEKS))
            said.append(engine.recorder.weekly[-1, :, CUSTOMERS] / BUYERS)
        for v in range(len(reps) - 1):
            what = f"share of vendor {v + 1} of {len(reps)}, {reps[v]} of {sum(reps)} reps, after two years"
            found.append(row(what, np.array(theory)[:, v], np.array(said)[:, v]))
    return found


LAW = Law(
    "Lanchester",
    "A vendor's share grows with its effort times the others' share. It shrinks with their effort times its own share.",
    "no invitations; every buyer has an incumbent and none drops out; satisfaction is the same for all; hours "
    "have no effect",
    "Kimball 1957; Vidale & Wolfe 1957; Little 1979",
    rows,
)
