"""Repeat buying: the defection law, state dependence, and a near-Dirichlet market.

In markets without incumbency each decision is drawn anew. Then a vendor loses all who don't choose it again
(Ehrenberg's defection law: small vendors lose a larger share). Where buyers differ in taste, penetration and repeat
buying follow the Dirichlet model (Goodhardt, Ehrenberg & Chatfield 1984).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from docs.tools.theory.law import Law, Row, bare_market, row
from zerosum.market.engine import Engine
from zerosum.market.records import ACCOUNTS_LOST, CUSTOMERS, WON_DISPLACEMENT
from zerosum.market.state import RENEWAL, Float

BUYERS = 3_000
QUALITY = (0.9, 0.2, -0.4, -1.0)
FIT_SD = 1.2
SWITCHING = 1.0
TIMES = 6
"""Decisions of each buyer that the Dirichlet table counts."""


def _market(switching: float = 0.0, fit_sd: float = 0.0, buyers: int = BUYERS) -> Any:
    """Return a market of four-week contracts, with all vendors invited when one ends."""
    return bare_market(
        buyers,
        {"contract_weeks": 4, "switching_cost": switching},
        choice={"fit_sd": fit_sd},
        vendors=[{"name": f"V{v}", "reps": 8, "presales": 0} for v in range(len(QUALITY))],
        products=[{"name": f"P{v}", "vendor": f"V{v}", "quality": q} for v, q in enumerate(QUALITY)],
    )


def defection_rows(replications: int) -> list[Row]:
    """Share of a vendor's decisions that it loses, against one less its share; gains against losses."""
    scenario = _market()
    pull = np.exp(QUALITY)
    share = pull / pull.sum()
    left: list[Float] = []
    net = []
    for number in range(replications):
        engine = Engine(scenario, number)
        engine.run(20)
        first = len(engine.recorder.weekly)
        done = len(engine.recorder.decisions.week)
        engine.run(40)
        decisions = engine.recorder.decisions
        before = engine.rules.products.vendor[decisions.before[done:]]
        gone = decisions.outcome[done:] != RENEWAL
        left.append(np.bincount(before[gone], minlength=4) / np.bincount(before, minlength=4))
        weekly = engine.recorder.weekly[first:]
        gained = weekly[:, 0, WON_DISPLACEMENT].sum() - weekly[:, 0, ACCOUNTS_LOST].sum()
        net.append(gained / weekly[:, 0, CUSTOMERS].mean())
    said = np.array(left)
    found = [
        row(
            f"share of vendor {v + 1}'s customers' decisions in which they leave it",
            1.0 - share[v],
            said[:, v],
        )
        for v in (0, 3)
    ]
    return [*found, row("vendor 1's customers gained minus lost over 40 weeks, per customer", 0.0, net)]


def state_rows(replications: int) -> list[Row]:
    """Repeat rates with and without a switching cost."""
    found = []
    for switching in (0.0, SWITCHING):
        scenario = _market(switching)
        weights = np.exp(QUALITY)
        stay = weights * math.exp(switching)
        expected = stay / (stay + weights.sum() - weights)
        said = []
        for number in range(replications):
            engine = Engine(scenario, number)
            engine.run(24)
            decisions = engine.recorder.decisions
            before = engine.rules.products.vendor[decisions.before]
            kept = decisions.outcome == RENEWAL
            said.append(np.bincount(before[kept], minlength=4) / np.bincount(before, minlength=4))
        what = f"customers of vendor 2 that choose it again, switching cost {switching:g}"
        found.append(row(what, expected[1], np.array(said)[:, 1]))
    return found


def dirichlet_rows(replications: int) -> list[Row]:
    """Penetration, frequency, repeat and duplication over six decisions, against the Dirichlet with one parameter."""
    scenario = _market(fit_sd=FIT_SD)
    said, theory = [], []
    for number in range(replications):
        engine = Engine(scenario, number)
        engine.run(8 * (TIMES + 3))
        counts, repeats = _counts(engine)
        share = counts.sum(axis=0) / counts.sum()
        strength = _strength(share, repeats)
        said.append(_table(counts))
        theory.append(_dirichlet(share, strength))
    names = [
        *(
            f"penetration of vendor {v + 1}: buyers that chose it at least once in {TIMES} decisions"
            for v in range(4)
        ),
        *(f"decisions for vendor {v + 1} by its buyers" for v in range(4)),
        "buyers of vendor 4 who also chose vendor 1",
    ]
    return [row(name, np.array(theory)[:, i], np.array(said)[:, i]) for i, name in enumerate(names)]


def _counts(engine: Engine) -> tuple[Float, Float]:
    """Count how often each buyer chose each vendor in its first decisions; pairs of decisions in a row, by vendor."""
    decisions = engine.recorder.decisions
    vendor = engine.rules.products.vendor[decisions.after]
    order = np.argsort(decisions.buyer, kind="stable")
    buyer, chosen = decisions.buyer[order], vendor[order]
    first = np.searchsorted(buyer, np.arange(BUYERS))
    place = np.arange(len(buyer)) - first[buyer]
    within = place < TIMES
    counts = np.zeros((BUYERS, 4))
    np.add.at(counts, (buyer[within], chosen[within]), 1.0)
    whole = counts.sum(axis=1) == TIMES
    again = np.zeros((2, 4))
    pairs = np.flatnonzero(within[1:] & (buyer[1:] == buyer[:-1]))
    np.add.at(again[0], chosen[pairs], 1.0)
    np.add.at(again[1], chosen[pairs][chosen[pairs + 1] == chosen[pairs]], 1.0)
    return counts[whole], again


def _strength(share: Float, repeats: Float) -> float:
    """Parameter S of the Dirichlet from the mean repeat rate: P(v again | v) = (S p_v + 1)/(S + 1)."""
    repeat = repeats[1].sum() / repeats[0].sum()
    same = float((share**2).sum())
    return (1.0 - repeat) / (repeat - same)


def _table(counts: Float) -> Float:
    buys = counts > 0
    both = np.count_nonzero(buys[:, 0] & buys[:, 3]) / np.count_nonzero(buys[:, 3])
    return np.array([*buys.mean(axis=0), *(counts.sum(axis=0) / buys.sum(axis=0)), both])


def chosen_never(share: float, strength: float, times: int) -> float:
    """Probability of the Dirichlet that none of a buyer's decisions is for vendors with a share together.

    >>> round(chosen_never(0.25, 1e9, 4) / 0.75**4, 6), round(chosen_never(0.25, 1e-9, 4), 6)
    (1.0, 0.75)
    """
    return math.prod((strength * (1.0 - share) + k) / (strength + k) for k in range(times))


def _dirichlet(share: Float, strength: float) -> Float:
    """The same table for a Dirichlet-multinomial of :data:`TIMES` decisions."""
    without = np.array([chosen_never(float(p), strength, TIMES) for p in share])
    bought = 1.0 - without
    neither = chosen_never(float(share[0] + share[3]), strength, TIMES)
    both = 1.0 - without[0] - without[3] + neither
    return np.array([*bought, *(TIMES * share / bought), both / bought[3]])


DEFECTION = Law(
    "Defection",
    "A vendor's customers leave it in a fraction of their decisions: 1 minus its share. It gains as many "
    "customers as it loses.",
    "all vendors are invited at every contract's end; no switching costs; buyers are alike",
    "Ehrenberg 1988; Wright & Riebe 2010",
    defection_rows,
)
STATE_DEPENDENCE = Law(
    "State dependence",
    "A switching cost raises the odds that a customer chooses its incumbent again.",
    "all vendors are invited at every contract's end; buyers are alike",
    "Heckman 1981; Klemperer 1987",
    state_rows,
)
DIRICHLET = Law(
    "Near-Dirichlet markets",
    "Penetration, purchase frequency and duplication follow from the shares and from one parameter for how "
    "much tastes differ.",
    "all vendors are invited at every contract's end; no switching costs; tastes differ (fit_sd 1.2)",
    "Goodhardt, Ehrenberg & Chatfield 1984; Uncles & Ehrenberg 1990",
    dirichlet_rows,
    exact=False,
)
