"""Decisions that one run alone had: each cause against snapshots of both markets, taken at every week's end."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.attribution.sides import as_run, check_sums
from zerosum.market.engine import Engine
from zerosum.market.run import assignment
from zerosum.market.state import NONE, PROVOKED
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.studies.attribution.explain import trace
from zerosum.studies.attribution.table import ABSENT
from zerosum.studies.attribution.witness import Witness

MARKETS: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("kickoff", "admin-to-calls", "all", {"prospecting.provoke_customer": 0.5}),
    ("own-worst-rival", "preparation-and-upgrade", "all", {"prospecting.provoke_customer": 0.5}),
    ("quarter-end", "push", "all", {"push.below": 2.0, "push.pull_forward": 1.0}),
    ("greenfield", "social-and-preparation", "all", {"need.imitation_per_year": 2.0}),
    ("everyone-adopts", "social-and-preparation", "all", {"satisfaction.neighbour_weight": 3.0}),
]
SHORT = {"segments": [{"name": name, "contract_weeks": 40} for name in ("small", "mid", "enterprise")]}


class Snapshots:
    """A run, and three columns of its buyers as each week began (the last row: as the run ended)."""

    def __init__(self, start: Engine, strategy: str, adopters: Any) -> None:
        engine = start.branch()
        engine.assign(*assignment(engine.scenario, engine, strategy, adopters))
        witness = Witness(engine, engine.scenario.focal_index)
        self.first_week = engine.week
        self.holds, self.contract_end, self.evaluation_start = [], [], []
        for _ in range(engine.scenario.clock.weeks):
            self._note(engine)
            engine.step()
        self._note(engine)
        engine.recorder.finish(engine.week, engine.market)
        self.side = as_run(engine, witness)

    def _note(self, engine: Engine) -> None:
        for name in ("holds", "contract_end", "evaluation_start"):
            getattr(self, name).append(getattr(engine.market.buyers, name).copy())

    def of(self, name: str, week: int, buyer: int) -> int:
        """What a column said of a buyer when a week began; before the first it is unknown, and the same in both."""
        return int(getattr(self, name)[max(0, week - self.first_week)][buyer])


def test_causes_agree_with_what_the_markets_looked_like() -> None:
    met: set[str] = set()
    for market in MARKETS:
        met |= agreed(*market)
    assert met >= {"timing", "provoked", "competitors", "incumbent", "earlier", "word_of_mouth"}


def agreed(name: str, strategy: str, adopters: Any, values: dict[str, Any]) -> set[str]:
    """Check every decision that one run alone had; return the causes that were met."""
    small = {"market.buyers": 1500, "clock.warmup_weeks": 52, "clock.weeks": 104}
    scenario = parse_scenario(load_scenario(name), small | SHORT | values)
    start = Engine(scenario, 3)
    start.run(52)
    runs = {"baseline": Snapshots(start, "usual", adopters), "strategy": Snapshots(start, strategy, adopters)}
    found = trace(runs["baseline"].side, runs["strategy"].side)
    check_sums(found)
    results = found.deals[["result_baseline", "result_strategy"]]
    single = found.deals[results.isin(ABSENT).any(axis=1)]
    assert len(single) > 20
    for _, row in single.iterrows():
        here, there = (
            ("strategy", "baseline") if row["result_baseline"] in ABSENT else ("baseline", "strategy")
        )
        buyer, week, mine, other = int(row["buyer"]), int(row["start"]), runs[here], runs[there]
        cause = row["cause"]
        still_open = int(other.evaluation_start[-1][buyer]) == week
        opened = any(int(starts[buyer]) == week for starts in other.evaluation_start)
        assert row[f"result_{there}"] == ("not decided" if opened else "no evaluation")
        assert (cause == "timing") == still_open
        if still_open:
            continue
        deals = mine.side.run.engine.recorder.deals
        calls = (deals.buyer == buyer) & (deals.opened == week) & (deals.source == PROVOKED)
        assert (
            (cause in ("provoked", "competitors"))
            == (row[f"reason_{here}"] == "provoked")
            == bool(calls.any())
        )
        if calls.any():
            assert (cause == "provoked") == bool((deals.vendor[calls] == 0).any())
            continue
        incumbents = [run.of("holds", week, buyer) for run in (mine, other)]
        assert (cause == "incumbent") == (incumbents[0] != incumbents[1])
        if cause == "incumbent":
            continue
        contracts = [run.of("contract_end", week, buyer) for run in (mine, other)]
        busy = other.of("evaluation_start", week, buyer) != NONE
        if row[f"reason_{here}"] == "contract end":
            assert cause == "earlier"
            assert busy or contracts[0] != contracts[1]
        elif busy or (contracts[0] != contracts[1]):
            assert cause == "earlier"
        if cause == "word_of_mouth":
            assert row[f"reason_{here}"] in ("review", "need")
    return set(single["cause"])


def test_who_provoked_it_had_to_be_there() -> None:
    """A rival's call opened it, and ours found it later: the rival provoked it."""
    scenario = parse_scenario(
        load_scenario("workshop"),
        {"prospecting.provoke_customer": 1.0, "clock.warmup_weeks": 52, "prospecting.attempts_per_hour": 1.0},
    )
    start = Engine(scenario, 0)
    start.run(52)
    runs = {
        side: Snapshots(start, strategy, "competitors")
        for side, strategy in (("baseline", "usual"), ("strategy", "shots"))
    }
    changed = trace(runs["baseline"].side, runs["strategy"].side).deals
    theirs = changed[changed["cause"].eq("competitors") & changed["result_baseline"].isin(ABSENT)]
    assert (theirs["source_strategy"].isin(["found", "invited"])).sum() > 0
    assert np.all(theirs["source_strategy"] != "provoked")
