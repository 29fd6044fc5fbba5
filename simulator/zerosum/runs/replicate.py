"""Run one replication: warm-up, all strategies, the chance baseline of each, and their tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zerosum.market.assumptions import believed, draw_of
from zerosum.market.metrics import Team, measure
from zerosum.market.records import DEAL_KINDS, DEAL_OUTCOMES, REP_ATTEMPTS, STALLED, WEEKLY, WON
from zerosum.market.run import OnWeek, Run, branches, chance_baseline, warm_up
from zerosum.market.state import ACTIVITIES, DISPLACEMENT, NO_DECISION, NONE, SOURCES, YEAR, Float
from zerosum.runs.schema import TABLES, Tables
from zerosum.scenario.spec import Scenario

ALL = frozenset(TABLES)


def replicate(
    scenario: Scenario,
    replication: int,
    on_week: OnWeek | None = None,
    wanted: frozenset[str] = ALL,
    nulls: bool = True,
    strategies: Sequence[str] = (),
) -> Tables:
    """Run one replication of all strategies.

    Parameters
    ----------
    scenario : Scenario
    replication : int
    on_week : callable, optional
        called after each simulated week
    wanted : names
        tables to fill
    nulls : bool
        also run the chance baseline
    strategies : names
        to run; all that the scenario compares if none are given

    Returns
    -------
    Tables
        name -> rows
    """
    collected = tuple(_collected(scenario, replication, on_week, wanted, nulls, strategies))
    tables = tables_of(collected, wanted - {"assumptions"})
    if "assumptions" not in wanted:
        return tables
    return {**tables, "assumptions": assumptions(scenario, replication)}


def assumptions(scenario: Scenario, replication: int) -> pa.Table:
    """Return a replication's values of the scenario's uncertain settings."""
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
    nulls: bool,
    strategies: Sequence[str],
) -> Iterator[Collected]:
    """Yield each run's address and columns."""
    for null in (False, True) if nulls else (False,):
        start = warm_up(chance_baseline(scenario) if null else scenario, replication, on_week)
        # `map` frees a measured market before the next one is simulated; a loop's variable would keep it.
        yield from map(
            lambda team, null=null: collect(team, null, wanted),  # type: ignore[misc]
            map(
                Team,
                branches(start, strategies or scenario.compared_names, scenario.comparison.adopters, on_week),
            ),
        )


def stacked(wanted: Iterable[str], parts: Iterable[Tables]) -> Tables:
    """Concatenate tables, in order."""
    kept = list(parts)
    return {
        name: pa.concat_tables(
            [part[name] for part in kept if name in part] or [table.arrow.empty_table()]
        ).combine_chunks()
        for name, table in TABLES.items()
        if name in set(wanted)
    }


# --- From a finished run to rows of the tables --------------------------------------------------------------------

Columns = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """A column of names: rows of a list; NONE stands for an empty text."""

    rows: npt.NDArray[Any]
    names: Sequence[str]

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.rows)


class Collected(NamedTuple):
    """One run's address, and its columns by table; ``runs`` gets one row."""

    address: Columns
    tables: Mapping[str, Columns]


def collect(team: Team, null: bool, wanted: frozenset[str]) -> Collected:
    """Collect a run's columns for each table.

    Parameters
    ----------
    team : Team
    null : bool
        it is the chance baseline: it fills ``runs``, ``reps`` and ``rep_years`` only
    wanted : names
        tables to fill

    Returns
    -------
    Collected
    """
    run = team.run
    makers: dict[str, Callable[[Team], Columns]] = {"runs": measure, "reps": _reps, "rep_years": _rep_years}
    if not null:
        makers |= {"segments": _segments, "deals": _deals}
        if run.adopters != "head-to-head":
            makers["weekly"] = _weekly
    address = {
        "adopters": run.adopters,
        "strategy": run.strategy,
        "replication": run.replication,
        "null": null,
    }
    return Collected(address, {name: make(team) for name, make in makers.items() if name in wanted})


def tables_of(runs: Sequence[Collected], wanted: frozenset[str]) -> Tables:
    """Make tables of collected runs, in their order.

    Each column is made once: for a small market, making and joining tables for each run takes longer than the run.
    """
    return {
        name: _table(name, [run for run in runs if name in run.tables]) for name in TABLES if name in wanted
    }


def _table(name: str, runs: Sequence[Collected]) -> pa.Table:
    kind = TABLES[name]
    if not runs:
        return kind.arrow.empty_table()
    parts = [run.tables[name] for run in runs]
    columns = {column: _joined([part[column] for part in parts]) for column in parts[0]}
    of = np.repeat(np.arange(len(runs)), [np.size(next(iter(part.values()))) for part in parts])
    for column in ("adopters", "strategy"):
        columns[column] = _texts(of, [run.address[column] for run in runs])
    for column in ("replication", "null"):
        if column in kind.arrow.names:
            columns[column] = np.array([run.address[column] for run in runs])[of]
    return kind.filled(columns)


def _joined(parts: Sequence[Any]) -> Any:
    if isinstance(parts[0], Names):
        return _texts(np.concatenate([part.rows for part in parts]), parts[0].names)
    return np.array(parts) if isinstance(parts[0], float) else np.concatenate(parts)


def _texts(rows: npt.NDArray[Any], names: Sequence[str]) -> pa.Array:
    places = np.where(rows == NONE, len(names), rows).astype(np.int32)
    return pa.array([*names, ""]).take(pa.array(places))


def _weekly(team: Team) -> Columns:
    run = team.run
    series = run.engine.recorder.weekly[:, run.vendor, :].copy()  # a copy, so that the record can be freed
    columns: Columns = {"week": np.arange(1, len(series) + 1)}
    columns |= {name: series[:, i] for i, (name, _, _) in enumerate(WEEKLY)}
    return columns | {"cost": team.money.cost, "contribution": team.money.contribution}


def _reps(team: Team) -> Columns:
    run, deals, quota, credit = team.run, team.deals, team.quota, team.credit
    recorder, reps = run.engine.recorder, run.engine.market.reps
    n = len(run.team)
    won = deals.outcome == WON
    use = recorder.rep_tool_use
    with np.errstate(divide="ignore", invalid="ignore"):
        attainment = np.where(quota > 0, credit / quota, np.nan)
    owner = team.owner
    gone = np.bincount(owner[team.dropouts.buyer], weights=team.dropouts.arr, minlength=n)
    columns: Columns = {
        "rep": _seats(run),
        "skill": reps.skill,
        "skill_third": _thirds(reps.skill, reps.vendor == run.vendor),
        "quota": quota,
        "credit": credit,
        "attainment": attainment,
        "arr": np.bincount(owner, weights=team.paying, minlength=n),
        "arr_net_new": np.bincount(owner[team.decisions.buyer], weights=team.arr_change, minlength=n) - gone,
        "arr_earned": team.money.earned_by(owner, n) / team.years,
        "closed": np.bincount(deals.rep, minlength=n),
        "won": np.bincount(deals.rep[won], minlength=n),
        "stalled": np.bincount(deals.rep[deals.outcome == STALLED], minlength=n),
        "revenue_won": np.bincount(deals.rep[won], weights=deals.revenue[won], minlength=n),
        "attempts": np.rint(recorder.rep_counts[:, REP_ATTEMPTS]).astype(np.int64),
        "tool_use": use.mean(axis=0) if len(use) else np.full(n, np.nan),
        "hired": reps.hired,
    }
    columns |= {f"hours_{name}": recorder.rep_hours[:, i] for i, name in enumerate(ACTIVITIES)}
    return {name: column[run.team] for name, column in columns.items()}


def _rep_years(team: Team) -> Columns:
    run, years = team.run, team.engine.recorder.rep_years
    seats, potential = _seats(run)[run.team], team.engine.market.reps.territory_value[run.team]
    weeks = np.repeat([year.weeks for year in years], len(seats))
    quota = np.ravel([year.quota[run.team] for year in years]) * weeks / YEAR
    credit = np.ravel([year.revenue[run.team] for year in years])
    with np.errstate(divide="ignore", invalid="ignore"):
        attainment = np.where(quota > 0, credit / quota, np.nan)
    return {
        "rep": np.tile(seats, len(years)),
        "year": np.repeat(np.arange(1, len(years) + 1), len(seats)),
        "weeks": weeks,
        "quota": quota,
        "credit": credit,
        "attainment": attainment,
        "potential": np.tile(potential, len(years)),
    }


def _seats(run: Run) -> npt.NDArray[np.int64]:
    """Return each rep's number within its vendor, from 0."""
    vendor = run.engine.market.reps.vendor
    first = np.searchsorted(vendor, vendor)  # reps come vendor by vendor
    return np.arange(len(vendor)) - first


def _thirds(skill: Float, ours: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return each rep's third by skill, 1 to 3; ties by seat. 0 if all have the same skill, and for other vendors."""
    thirds = np.zeros(len(skill), np.int64)
    own = skill[ours]
    if len(own) and own.min() < own.max():
        rank = np.empty(len(own), np.int64)
        rank[np.argsort(own, kind="stable")] = np.arange(len(own))
        thirds[ours] = 1 + 3 * rank // len(own)
    return thirds


def _segments(team: Team) -> Columns:
    run, deals = team.run, team.deals
    engine, scenario = run.engine, run.engine.scenario
    buyers, vendor_of = engine.market.buyers, engine.rules.products.vendor
    decisions, n = engine.recorder.decisions, len(scenario.segments)
    ours = team.territory
    held = ours & (buyers.holds >= 0) & (vendor_of[buyers.holds] == run.vendor)
    contracts = team.booked
    segment_of_deal = buyers.segment[deals.buyer]

    def counted(which: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        return np.bincount(segment_of_deal[which], minlength=n)

    columns: Columns = {
        "segment": Names(np.arange(n), [segment.name for segment in scenario.segments]),
        "buyers": np.bincount(buyers.segment[ours], minlength=n),
        "customers": np.bincount(buyers.segment[held], minlength=n),
        "closed": np.bincount(segment_of_deal, minlength=n),
        "won": counted(deals.outcome == WON),
        "stalled": counted(deals.outcome == STALLED),
    }
    for outcome, name in enumerate(("renewed", "new", "displaced", "upgraded"), start=NO_DECISION + 1):
        which = contracts & (decisions.outcome == outcome)
        columns[f"revenue_{name}"] = np.bincount(
            buyers.segment[decisions.buyer[which]], weights=decisions.revenue[which], minlength=n
        )
    change, decided = team.arr_change, buyers.segment[decisions.buyer]
    taken = np.where(decisions.outcome == DISPLACEMENT, np.maximum(-change, 0.0), 0.0)
    gone = np.bincount(buyers.segment[team.dropouts.buyer], weights=team.dropouts.arr, minlength=n)
    return columns | {
        "arr": np.bincount(buyers.segment, weights=team.paying, minlength=n),
        "arr_net_new": np.bincount(decided, weights=change, minlength=n) - gone,
        "arr_earned": team.money.earned_by(buyers.segment, n) / team.years,
        "arr_lost": np.bincount(decided, weights=taken, minlength=n),
        "arr_dropped_out": gone,
    }


def _deals(team: Team) -> Columns:
    run, deals = team.run, team.deals
    scenario, buyers = run.engine.scenario, run.engine.market.buyers
    products = [p.name for p in scenario.products]
    as_they_are = (
        "week",
        "opened",
        "buyer",
        "offers",
        "preparation",
        "selling",
        "discount",
        "revenue",
        "credit",
    )
    columns: Columns = {name: getattr(deals, name) for name in as_they_are}
    return columns | {
        "segment": Names(buyers.segment[deals.buyer], [s.name for s in scenario.segments]),
        "source": Names(deals.source, SOURCES),
        "product": Names(deals.product, products),
        "incumbent": Names(deals.incumbent, products),
        "kind": Names(deals.kind, DEAL_KINDS),
        "outcome": Names(deals.outcome, DEAL_OUTCOMES),
        "value": buyers.value[deals.buyer],
        "rep": _seats(run)[deals.rep],
        "supported": deals.supported == 1,
    }
