"""Read the replications that are stored; simulate and store the others.

The unit of work is one replication of one strategy. Its results depend only on the market, the strategy and the
replication's number, so you can add strategies and replications later.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from zerosum.market.run import OnWeek
from zerosum.runs.addresses import Address, Grid, at_point, in_order, point_of
from zerosum.runs.executors import replications
from zerosum.runs.parts import Parts
from zerosum.runs.question import Kind, Question
from zerosum.runs.replicate import assumptions, replicate
from zerosum.runs.schema import TABLES, Tables
from zerosum.runs.store import Lost
from zerosum.runs.work import RUNS
from zerosum.scenario.identity import runs_json
from zerosum.scenario.spec import Scenario

ASSUMPTIONS = "assumptions"
"""The one table that needs no simulation: it is computed from the replication's number and not stored."""
BESIDE = tuple(name for name in TABLES if name not in (RUNS, ASSUMPTIONS))


def kept_in(
    folder: Path,
    scenario: Scenario,
    fresh: bool = False,
    on_lost: Callable[[Lost], None] = lambda _: None,
    beside: Iterable[Path] = (),
    across_fits: bool = False,
) -> Parts:
    """Open the folder that stores a comparison's replications.

    You can add strategies, calibrated parameter sets and replications; another market is an error. Parameters and
    errors are those of :class:`zerosum.runs.parts.Parts`.
    """
    told = {"name": scenario.name, "question": scenario.question}
    market = runs_json(scenario)
    kind: Kind = "across" if across_fits else "comparison"
    question = Question(kind, {"market": market}, told, json.loads(market)[1])
    return Parts(folder, question, () if across_fits else BESIDE, fresh, on_lost, beside)


class Replications:
    """Run all strategies of several scenarios that share strategies and adopters, with the same replications.

    Parameters
    ----------
    scenarios : sequence of Scenario
    wanted : names
        tables to fill
    workers : int
        threads
    kept : Parts, optional
        storage for runs and for the tables that it keeps
    on_done : callable, optional
        called with the number of finished replications, over all scenarios
    stop : Event, optional
        another thread sets it to stop the work
    """

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        wanted: frozenset[str],
        workers: int = 1,
        kept: Parts | None = None,
        on_done: Callable[[int], None] | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._scenarios, self._wanted, self._workers = scenarios, wanted, workers
        self._kept, self._on_done, self._stop = kept, on_done, stop
        names = scenarios[0].compared_names
        self._grid = Grid([[point_of(runs_json(s, name)) for name in names] for s in scenarios], names)
        self._pieces: dict[str, list[pa.Table]] = {name: [] for name in wanted - {ASSUMPTIONS}}
        ours = set(self._grid.points.ravel().tolist())
        self._there: set[Address] = set()
        if kept:
            there = kept.finished()
            for name, rows in kept.read_all(dict.fromkeys(self._pieces), ours, there).items():
                self._pieces[name].append(self._grid.numbered(rows))
            self._there = there & kept.finished()  # unreadable runs are simulated again
        self.often = 0
        """Finished replications of each scenario."""

    def make(self, often: int) -> None:
        """Simulate until each scenario has ``often`` replications.

        Raises
        ------
        Interrupted
            on Ctrl-C, or when stopped; it holds the progress
        StoreError
            if runs can't be stored
        """
        addresses = [(number, n) for number in range(len(self._scenarios)) for n in range(self.often, often)]
        missing = [(one, names) for one in addresses if (names := self._grid.missing(self._there, *one))]
        before = len(self._scenarios) * often - len(missing)
        tables = {*self._wanted, *((RUNS, *self._kept.keep) if self._kept else ())} - {ASSUMPTIONS}

        def task(place: int, check: OnWeek) -> Tables:
            (number, replication), names = missing[place]
            made = replicate(self._scenarios[number], replication, check, frozenset(tables), strategies=names)
            made = {name: at_point(table, number) for name, table in made.items()}
            if self._kept:
                self._kept.add({name: self._grid.addressed(table) for name, table in made.items()})
            return made

        if before and self._on_done:
            self._on_done(before)
        made = replications(task, len(missing), self._workers, self._on_done, self._stop, before)
        for name, pieces in self._pieces.items():
            pieces += [one[name] for one in made]
        self.often = often

    def tables(self, number: int = 0, often: int | None = None, names: Iterable[str] = ()) -> Tables:
        """Return tables of a scenario's first replications, in the schema's order.

        Parameters
        ----------
        number : int
            index of the scenario
        often : int, optional
            replications; default: all
        names : iterable of str
            tables; default: all of ``wanted``
        """
        scenario, often = self._scenarios[number], self.often if often is None else often
        orders = {"adopters": scenario.comparison.adopters, "strategy": scenario.compared_names}
        found = {}
        for name in [name for name in TABLES if name in (set(names) or self._wanted)]:
            if name == ASSUMPTIONS:
                found[name] = pa.concat_tables(
                    assumptions(scenario, n) for n in range(often)
                ).combine_chunks()
                continue
            here = (pc.field("point") == number) & (pc.field("replication") < often)
            pieces = [piece.filter(here) for piece in self._pieces[name]]
            rows = pa.concat_tables(pieces or [at_point(TABLES[name].arrow.empty_table(), 0)])
            found[name] = in_order(rows, orders).drop_columns(["point"])
        return found
