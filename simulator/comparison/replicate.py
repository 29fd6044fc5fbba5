"""One replication of everything: its warm-up, all arms and worlds, and the luck null of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from simulator.assumptions import believed, draw_of
from simulator.results.collect import collect
from simulator.results.schema import TABLES, Tables
from simulator.run import OnWeek, branches, luck_null, warm_up
from simulator.scenario.spec import Scenario

ALL = frozenset(TABLES)


def replicate(
    scenario: Scenario,
    replication: int,
    on_week: OnWeek | None = None,
    wanted: frozenset[str] = ALL,
    luck: bool = True,
) -> Tables:
    """Run one replication of everything.

    Parameters
    ----------
    scenario : Scenario
    replication : int
    on_week : callable, optional        called after each week that is simulated
    wanted : names                      tables to be filled
    luck : bool                         also the luck null

    Returns
    -------
    Tables      name -> rows
    """
    tables = stacked(wanted, _rows(scenario, replication, on_week, wanted, luck))
    if "assumptions" not in wanted:
        return tables
    values = believed(scenario, replication)
    drawn = {
        "replication": [replication] * len(values),
        "draw": [draw_of(replication)] * len(values),
        "key": list(values),
        "value": list(values.values()),
    }
    return {**tables, "assumptions": TABLES["assumptions"].filled(drawn)}


def _rows(
    scenario: Scenario, replication: int, on_week: OnWeek | None, wanted: frozenset[str], luck: bool
) -> Iterator[Tables]:
    for null in (False, True) if luck else (False,):
        start = warm_up(luck_null(scenario) if null else scenario, replication, on_week)
        # `map` lets a measured market go before the next one is simulated; a loop's variable would hold it.
        yield from map(
            lambda run, null=null: collect(run, null, wanted),  # type: ignore[misc]
            branches(start, scenario.arm_names, scenario.comparison.worlds, on_week),
        )


def stacked(wanted: Iterable[str], parts: Iterable[Tables]) -> Tables:
    """Put tables below each other, in order."""
    kept = list(parts)
    return {
        name: pa.concat_tables(
            [part[name] for part in kept if name in part] or [table.arrow.empty_table()]
        ).combine_chunks()
        for name, table in TABLES.items()
        if name in set(wanted)
    }
