"""The laws in the default market, where none of their limits holds: how far off is each?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from docs.tools.theory.buying import chosen_never
from docs.tools.theory.flow import coverage
from docs.tools.theory.law import Row, row
from zerosum.market.engine import Engine
from zerosum.market.metrics import Team
from zerosum.market.run import branches, warm_up
from zerosum.market.state import NO_DECISION, NONE, RENEWAL, YEAR, Float
from zerosum.scenario import Scenario, load_scenario, parse_scenario
from zerosum.studies.facts.of_vendor import pipeline_coverage

SEED = 7
TIMES, YEARS = 4, 20
"""Contracts of each buyer that the table of repeat buying counts; years that it, and coverage in the long run, take."""


def rows(replications: int) -> list[Row]:
    """Compare coverage, staying with the incumbent, and repeat buying with what the laws say."""
    scenario = parse_scenario(load_scenario("kickoff"), {"comparison.seed": SEED})
    long = {"clock.warmup_weeks": YEARS * YEAR, "clock.weeks": YEARS * YEAR}
    return [
        *_coverage(scenario, replications),
        next(_coverage(parse_scenario(scenario, long), replications)),
        *_staying(scenario, replications),
        *_repeat_buying(scenario, replications),
    ]


def _coverage(scenario: Scenario, replications: int) -> Iterator[Row]:
    """Pipeline coverage of the first vendor, by Little's law and counted at quarters' ends."""
    said, weighted, plain = [], [], []
    for number in range(replications):
        start = warm_up(scenario, number)
        team = Team(next(branches(start, [scenario.baseline_name], ["focal"])))
        rules, deals = team.engine.rules, team.deals
        own = (
            np.where(deals.incumbent == NONE, NONE, rules.products.vendor[deals.incumbent]) == team.run.vendor
        )
        if_won = team.engine.market.buyers.value[deals.buyer] * np.where(own, rules.quota.renewal_credit, 1.0)
        quota = sum(
            float(year.quota[team.run.team].sum()) * year.weeks / YEAR
            for year in team.engine.recorder.rep_years
        )
        attainment, won = deals.credit.sum() / quota, deals.credit.sum() / if_won.sum()
        stay = (deals.week - deals.opened).astype(float)
        said.append(pipeline_coverage(team)[0])
        weighted.append(coverage(attainment, float(np.average(stay, weights=if_won)), won))
        plain.append(coverage(attainment, float(stay.mean()), won))
    years = scenario.clock.weeks // YEAR
    yield row(f"pipeline coverage, {years} years, cycles weighted by credit", weighted, said)
    yield row(f"pipeline coverage, {years} years, plain mean cycle", plain, said)


def _staying(scenario: Scenario, replications: int) -> Iterator[Row]:
    """Share of customers that sign with whom they have, one rival there: counted, and by switching costs alone."""
    said, theory = [], []
    normal = np.random.default_rng(SEED).normal(size=20_000)
    costs = [s.switching_cost + s.switching_cost_sd * normal for s in scenario.segments]
    stay = np.array([np.mean(1.0 / (1.0 + np.exp(-cost))) for cost in costs])
    for number in range(replications):
        engine = _after_warm_up(scenario, number, scenario.clock.weeks)
        deals, decisions = engine.recorder.deals, engine.recorder.decisions
        held = np.where(deals.incumbent == NONE, NONE, engine.rules.products.vendor[deals.incumbent])
        buyers = len(engine.market.buyers.value)
        asked = np.int64(buyers) * deals.week + deals.buyer
        of_pairs = (decisions.offers == 2) & (decisions.outcome != NO_DECISION)
        of_pairs &= np.isin(np.int64(buyers) * decisions.week + decisions.buyer, asked[held == deals.vendor])
        said.append(float(np.mean(decisions.outcome[of_pairs] == RENEWAL)))
        theory.append(float(stay[engine.market.buyers.segment[decisions.buyer[of_pairs]]].mean()))
    yield row("customers that stay, of those that sign with one competitor in the deal", theory, said)


def _repeat_buying(scenario: Scenario, replications: int) -> Iterator[Row]:
    """Penetration, frequency and duplication, means over vendors, against the Dirichlet."""
    pairs = [
        repeat_buying(_chosen(_after_warm_up(scenario, number, YEARS * YEAR)), len(scenario.vendors))
        for number in range(replications)
    ]
    names = (
        f"penetration of a vendor: buyers that signed with it in {TIMES} contracts",
        "contracts with a vendor of its buyers",
        "buyers of a vendor that also signed with a given other vendor",
    )
    for i, name in enumerate(names):
        yield row(name, [theory[i] for theory, _ in pairs], [said[i] for _, said in pairs])


def repeat_buying(chosen: Float, n_vendors: int) -> tuple[Float, Float]:
    """Return penetration, frequency and duplication: by the Dirichlet with these shares and repeats, and counted.

    Parameters
    ----------
    chosen : int[buyers, TIMES]
        vendor of each buyer's contracts
    n_vendors : int
    """
    counts = np.stack([(chosen == v).sum(axis=1) for v in range(n_vendors)], axis=1)
    share, bought = counts.sum(axis=0) / counts.sum(), counts > 0
    repeat, same = float(np.mean(chosen[:, 1:] == chosen[:, :-1])), float((share**2).sum())
    strength = (1.0 - repeat) / max(repeat - same, 1e-9)
    never = np.array([chosen_never(float(p), strength, TIMES) for p in share])
    expected, counted = [], []
    for v, w in itertools.permutations(range(n_vendors), 2):
        neither = chosen_never(float(share[v] + share[w]), strength, TIMES)
        expected.append((1.0 - never[v] - never[w] + neither) / (1.0 - never[v]))
        counted.append(np.mean(bought[:, v] & bought[:, w]) / bought[:, v].mean())
    return _means(share, 1.0 - never, expected), _means(share, bought.mean(axis=0), counted)


def _means(share: Float, bought: Float, both: list[float]) -> Float:
    return np.array([bought.mean(), (TIMES * share / bought).mean(), np.mean(both)])


def _after_warm_up(scenario: Scenario, number: int, weeks: int) -> Engine:
    engine = Engine(scenario, number)
    engine.run(scenario.clock.warmup_weeks)
    engine = engine.branch()
    engine.run(weeks)
    return engine


def _chosen(engine: Engine) -> Float:
    """Return the vendors of each buyer's first contracts, of buyers with enough of them; int[buyers, TIMES]."""
    decisions = engine.recorder.decisions
    signed = np.flatnonzero((decisions.outcome != NO_DECISION) & (decisions.after != NONE))
    signed = signed[np.argsort(decisions.buyer[signed], kind="stable")]
    buyer, vendor = decisions.buyer[signed], engine.rules.products.vendor[decisions.after[signed]]
    first = np.searchsorted(buyer, np.arange(len(engine.market.buyers.value)))
    often = np.bincount(buyer, minlength=len(first)) >= TIMES
    return np.asarray(vendor[first[often][:, None] + np.arange(TIMES)])
