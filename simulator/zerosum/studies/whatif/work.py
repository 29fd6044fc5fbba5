"""Make the runs of a what-if: changes at the branch share one warm-up, and equal markets are simulated once.

What a point's market is, is known before it is simulated (:func:`zerosum.scenario.market_json`). Where a key changes
money only, or the strategy has nothing to do with it, the run is today's: it is counted anew, not made anew.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from zerosum.market.assumptions import assumed
from zerosum.market.declare.rules import build_rules
from zerosum.market.engine import Engine
from zerosum.market.metrics import Team
from zerosum.market.run import OnWeek, Run, branches, chance_baseline, warm_up
from zerosum.runs.replicate import collect, tables_of
from zerosum.runs.schema import Tables
from zerosum.runs.work import Place
from zerosum.scenario import market_json
from zerosum.scenario.extend import codes
from zerosum.scenario.identity import NOTHING_WITHOUT_TOOLS
from zerosum.scenario.spec import Scenario
from zerosum.studies.sweep.work import Work as SweepWork
from zerosum.studies.whatif.branch import changes_at_branch

MOST_BUYERS = 200_000
"""Buyers of a market that is kept for other points of the same replication; larger ones are made each time."""


class _Kept(NamedTuple):
    """What a thread keeps of the replication that it is at."""

    replication: int
    starts: dict[bool, Engine]
    """null -> today's market at the end of its warm-up."""
    runs: dict[tuple[str, bool], Run]
    """(strategy, null) -> today's run."""


@dataclass(frozen=True)
class Work(SweepWork):
    """Simulate the runs of a what-if; the first of ``bases`` is today's scenario."""

    _threads: dict[int, _Kept] = field(default_factory=dict, init=False, repr=False, compare=False)
    _markets: dict[tuple[int, str], str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def rows(
        self,
        place: Place,
        replication: int,
        on_week: OnWeek | None,
        wanted: frozenset[str],
        strategies: tuple[str, ...],
    ) -> Tables:
        """Simulate one run, or count today's anew; return its rows by table."""
        names = strategies or self.bases[0].compared_names
        return tables_of(
            [
                collect(Team(run), null, wanted)
                for null in ((False, True) if self.nulls else (False,))
                for run in self._runs(place, replication, null, names, on_week)
            ],
            wanted,
        )

    def _runs(
        self, place: Place, replication: int, null: bool, names: Sequence[str], on_week: OnWeek | None
    ) -> Iterator[Run]:
        """Yield the runs of some strategies, from one market."""
        scenario, today = self.scenario(place), self.bases[0]
        kept, start = self._kept(replication), None
        for name in names:
            as_today = not place.changes or self._is_as_today(place, name)
            run = kept.runs.get((name, null)) if as_today else None
            if run is None:
                start = start or self._start(place, replication, null, on_week)
                (run,) = branches(start, [name], scenario.comparison.adopters, on_week)
                if as_today and _may_be_kept(today):
                    kept.runs[name, null] = run
            yield _counted(run, assumed(_market(scenario, null), replication)) if as_today else run

    def _start(self, place: Place, replication: int, null: bool, on_week: OnWeek | None) -> Engine:
        """Return the market at the end of its warm-up, with the rules that hold from there on."""
        scenario, today = self.scenario(place), self.bases[0]
        if place.changes and not changes_at_branch(today, place.changes):
            return warm_up(_market(scenario, null), replication, on_week)
        starts = self._kept(replication).starts
        start = starts.get(null)
        if start is None:
            start = warm_up(_market(today, null), replication, on_week)
            if _may_be_kept(today):
                starts[null] = start
        return start.branch(assumed(_market(scenario, null), replication))

    def _kept(self, replication: int) -> _Kept:
        """Return what this thread keeps; nothing if it begins another replication."""
        thread = threading.get_ident()
        kept = self._threads.get(thread)
        if kept is None or kept.replication != replication:
            kept = self._threads[thread] = _Kept(replication, {}, {})
        return kept

    def _is_as_today(self, place: Place, strategy: str) -> bool:
        """Return whether a strategy's market is today's; never with rules of other packages: they may read anything."""
        today = self.bases[0]
        if any(True for _ in codes(today)):
            return False
        return self._market_of(place, strategy) == self._market_of(
            replace(place, number=-1, changes={}), strategy
        )

    def _market_of(self, place: Place, strategy: str) -> str:
        found = self._markets.get((place.number, strategy))
        if found is None:
            found = self._markets[place.number, strategy] = market_of(self.scenario(place), strategy)
        return found


def market_of(scenario: Scenario, strategy: str, with_money: bool = False) -> str:
    """Return all that a strategy's runs depend on in a scenario; see :func:`zerosum.scenario.market_json`."""
    alone = scenario.comparison.model_copy(update={"strategies": (strategy,)})
    meaning = json.loads(market_json(scenario.model_copy(update={"comparison": alone}), with_money))
    for row in meaning["strategies"]:
        if not row.get("tools"):
            row |= dict.fromkeys(NOTHING_WITHOUT_TOOLS)
    return json.dumps(meaning, sort_keys=True)


def _market(scenario: Scenario, null: bool) -> Scenario:
    return chance_baseline(scenario) if null else scenario


def _may_be_kept(scenario: Scenario) -> bool:
    return scenario.market.buyers <= MOST_BUYERS


def _counted(run: Run, scenario: Scenario) -> Run:
    """Return a run of the same market, with the money of another scenario."""
    engine = copy(run.engine)
    engine.scenario, engine.rules = scenario, build_rules(scenario)
    return replace(run, engine=engine)
