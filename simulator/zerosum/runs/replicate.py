"""One replication of everything: its warm-up, all strategies for all adopters, and the chance baseline of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from zerosum.market.assumptions import believed, draw_of
from zerosum.market.metrics import Team
from zerosum.market.run import OnWeek, branches, chance_baseline, warm_up
from zerosum.runs.collect import Collected, collect, tables_of
from zerosum.runs.schema import TABLES, Tables
from zerosum.scenario.spec import Scenario

ALL = frozenset(TABLES)


def replicate(
    scenario: Scenario,
    replication: int,
    on_week: OnWeek | None = None,
    wanted: frozenset[str] = ALL,
    luck: bool = True,
    strategies: Sequence[str] = (),
) -> Tables:
    """Run one replication of everything.

    Parameters
    ----------
    scenario : Scenario
    replication : int
    on_week : callable, optional
        called after each week that is simulated
    wanted : names
        tables to be filled
    luck : bool
        also the chance baseline
    strategies : names
        that are tried; all that are compared if none are given

    Returns
    -------
    Tables
        name -> rows
    """
    collected = tuple(_collected(scenario, replication, on_week, wanted, luck, strategies))
    tables = tables_of(collected, wanted - {"assumptions"})
    if "assumptions" not in wanted:
        return tables
    return {**tables, "assumptions": assumptions(scenario, replication)}


def assumptions(scenario: Scenario, replication: int) -> pa.Table:
    """Return the values that a replication takes of what the scenario is uncertain about."""
    values = believed(scenario, replication)
    drawn = {
        "replication": [replication] * len(values),
        "draw": [draw_of(replication)] * len(values),
        "key": list(values),
        "value": list(values.values()),
    }
    return TABLES["assumptions"].filled(drawn)


def _collected(
    scenario: Scenario,
    replication: int,
    on_week: OnWeek | None,
    wanted: frozenset[str],
    luck: bool,
    strategies: Sequence[str],
) -> Iterator[Collected]:
    """Yield what each run adds."""
    for null in (False, True) if luck else (False,):
        start = warm_up(chance_baseline(scenario) if null else scenario, replication, on_week)
        # `map` lets a measured market go before the next one is simulated; a loop's variable would hold it.
        yield from map(
            lambda team, null=null: collect(team, null, wanted),  # type: ignore[misc]
            map(
                Team,
                branches(start, strategies or scenario.compared_names, scenario.comparison.adopters, on_week),
            ),
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
