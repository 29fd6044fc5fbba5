"""What many tests share: silent and lively markets, the engine's columns, the twin beside it, the command."""

from __future__ import annotations

import _thread
import contextlib
import hashlib
import itertools
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from hypothesis import strategies as st

from tests.reference.model import ReferenceModel
from zerosum.cli import main
from zerosum.market.engine import Engine
from zerosum.market.records import Recorder
from zerosum.market.state import NONE, YEAR
from zerosum.scenario.spec import Scenario
from zerosum.studies.compare import Comparison

# --- Theory against estimate --------------------------------------------------------------------------------


def within(estimate: Any, truth: Any, se: Any, z: float = 4.0) -> bool:
    """Tell whether an estimate, or every one of an array, lies within ``z`` standard errors of the truth.

    With right code and 4 standard errors, one check in 16,000 fails by chance; with fixed seeds none does
    twice.
    """
    return bool(np.all(np.abs(np.asarray(estimate) - truth) <= z * np.asarray(se)))


def share_error(probability: Any, n: Any) -> Any:
    """Return the standard error of a share of ``n`` independent trials."""
    return np.sqrt(np.asarray(probability) * (1.0 - np.asarray(probability)) / n)


def mean_and_error(samples: Any) -> tuple[Any, Any]:
    """Return the mean over the first axis (independent replications) and its standard error."""
    samples = np.asarray(samples, dtype=float)
    return samples.mean(axis=0), samples.std(axis=0, ddof=1) / np.sqrt(len(samples))


# --- Markets ------------------------------------------------------------------------------------------------

_SILENT: dict[str, Any] = {
    "clock": {"warmup_weeks": 0},
    "market": {"saturation": 1.0, "neighbours": 0},
    "satisfaction": {"noise_sd": 0.0, "appeal_weight": 0.0, "neighbour_weight": 0.0},
    "review": {"max_per_year": 0.0},
    "need": {"innovation_per_year": 0.0, "imitation_per_year": 0.0},
    "choice": {"no_decision": -60.0, "fit_sd": 0.0, "price_weight": 0.0, "satisfaction_weight": 0.0},
    "reps": {
        "hours_per_week": 0.0,
        "skill_sd": 0.0,
        "admin_fixed_hours": 0.0,
        "admin_hours_per_opportunity": 0.0,
    },
    "effort": {"skill_weight": 0.0, "trust_weight": 0.0},
    "invitations": {"coverage": 0.0, "inbound": 0.0},
    "turnover": {"leave_below": 0.0, "leave_other": 0.0},
}
_SILENT_ROWS: dict[str, dict[str, Any]] = {
    "segments": {
        "contract_weeks": 5200,
        "value_sigma": 0.0,
        "evaluation_weeks": 1.0,
        "evaluation_sigma": 0.0,
        "switching_cost": 0.0,
        "switching_cost_sd": 0.0,
    },
    "vendors": {"reps": 1, "presales": 0, "territory": "balanced"},
    "tools": {
        "learning_hours": 0.0,
        "upkeep_hours": 0.0,
        "innovation": 1.0,
        "learning_rate": 1.0,
        "trial_weeks": 520,
    },
}


def silent_market(**tables: Any) -> Scenario:
    """Make a scenario in which nothing happens but what the given tables switch on.

    Nobody works, nobody is invited, nobody reviews anything; contracts run for a century (one in 5,200 ends
    each week, and is renewed); all products, buyers and reps are alike. A tool is at once in full use, and
    costs no hours.
    """
    values: dict[str, Any] = {**_SILENT, "segments": [{"name": "all"}], **tables}
    for name, table in values.items():
        if name in _SILENT:
            values[name] = {**_SILENT[name], **table}
        elif name in _SILENT_ROWS:
            values[name] = [{**_SILENT_ROWS[name], **row} for row in table]
    return Scenario.model_validate(values)


def comparison_of(scenario: Scenario, runs: pd.DataFrame, differences: pd.DataFrame) -> Comparison:
    """Return a comparison that found just this."""
    made = Comparison(scenario, {})
    made.__dict__.update(runs=runs, differences=differences)  # where cached properties keep what they found
    return made


def n_vendors_alike(n: int, **columns: Any) -> list[dict[str, Any]]:
    """Return rows of vendors that differ in name only."""
    return [{"name": f"Vendor {chr(ord('A') + v)}", **columns} for v in range(n)]


class Switch(NamedTuple):
    """Strategies (rows) of every vendor and rep from a week on."""

    week: int
    vendors: list[int]
    reps: list[int]


class Play(NamedTuple):
    """A scenario, and what happens to its strategies."""

    scenario: Scenario
    replication: int
    weeks: int
    switches: tuple[Switch, ...]


def _hundredths(low: float, high: float) -> st.SearchStrategy[float]:
    """Round numbers, so that a failing example can be read."""
    return st.integers(round(100 * low), round(100 * high)).map(lambda k: k / 100)


_SHARES = {1: (1.0,), 2: (0.7, 0.3), 3: (0.5, 0.3, 0.2)}
_PLANS = [
    {"prospecting": 0.3, "preparation": 0.2, "selling": 0.45, "social": 0.05},
    {"prospecting": 0.15, "preparation": 0.35, "selling": 0.3, "social": 0.2},
    {"prospecting": 0.0, "preparation": 0.0, "selling": 1.0, "social": 0.0},
    {"prospecting": 0.6, "preparation": 0.4, "selling": 0.0, "social": 0.0},
]
_REINVESTMENTS = [
    {"prospecting": 0.5, "preparation": 0.2, "selling": 0.2, "social": 0.1},
    {"preparation": 1.0},
    {"social": 0.5, "slack": 0.5},
]
_EXTRA_HOURS = [
    {},
    {"prospecting": 4.0},
    {"preparation": 1.5, "social": 6.0},
    {"prospecting": 0.5, "preparation": 8.0, "selling": 3.0, "social": 1.0},
]
_SEGMENT = {
    "contract_weeks": st.integers(4, 80),
    "extension_weeks": st.integers(1, 40),
    "evaluation_weeks": _hundredths(0.5, 8),
    "evaluation_sigma": st.sampled_from([0.0, 0.5, 1.2]),
    "switching_cost": _hundredths(-0.5, 1.5),
    "switching_cost_sd": st.sampled_from([0.0, 0.5]),
    "voice": st.sampled_from([0.0, 0.4, 0.9, 1.0]),
    "value_sigma": st.sampled_from([0.0, 0.5, 1.5]),
}
_TOOL = {
    "saving": _hundredths(0, 1),
    "boost": _hundredths(0, 1),
    "dprime": st.sampled_from([0.0, 1.0, 2.5]),
    "scans": st.sampled_from([0.0, 8.0, 60.0]),
    "accuracy": _hundredths(0, 1),
    "innovation": st.sampled_from([0.05, 0.3, 1.0]),
    "imitation": _hundredths(0, 0.5),
    "trial_weeks": st.integers(1, 10),
    "learning_rate": st.sampled_from([0.1, 0.4, 1.0]),
    "learning_hours": _hundredths(0, 6),
    "upkeep_hours": _hundredths(0, 2),
    "keep": _hundredths(-1, 1),
    "keep_pace": _hundredths(-1, 1),
}
_STRATEGY = {
    "plan": st.sampled_from(_PLANS),
    "reinvest": st.sampled_from(_REINVESTMENTS),
    "extra_hours": st.sampled_from(_EXTRA_HOURS),
    "training": _hundredths(0, 1),
    "habit_change": st.sampled_from([0.0, 0.5, 1.0, 20.0]),
    "social": st.lists(st.sampled_from(["marketing", "service", "sales"]), unique=True),
    "focus": st.sampled_from(["even", "value"]),
    "extra_presales": st.integers(0, 2),
    "push": st.booleans(),
    "upgrade": st.booleans(),
}
_DEPARTMENT = {
    "innovation_per_year": _hundredths(0, 3),
    "imitation_per_year": _hundredths(0, 10),
    "delay_weeks": st.integers(0, 20),
}
_TABLES = {
    "review": {
        "max_per_year": _hundredths(0, 4),
        "steepness": _hundredths(0, 3),
        "critical": _hundredths(-1, 1),
    },
    "need": {"innovation_per_year": _hundredths(0, 4), "imitation_per_year": _hundredths(0, 4)},
    "choice": {
        "price_weight": _hundredths(0, 3),
        "fit_sd": st.sampled_from([0.0, 0.6]),
        "no_decision": st.sampled_from([-60.0, -50.0, -1.0, 0.5, 1.2]),
        "satisfaction_weight": _hundredths(-0.5, 1),
        "upgrade_switching_share": _hundredths(0, 1),
    },
    "reps": {
        "hours_per_week": st.sampled_from([15.0, 40.0]),
        "max_open_opportunities": st.integers(1, 7),
        "skill_sd": st.sampled_from([0.0, 1.0]),
        "admin_fixed_hours": st.sampled_from([0.0, 5.0, 20.0]),
        "admin_hours_per_opportunity": _hundredths(0, 2),
        "habit_rate": _hundredths(0, 0.5),
        "conservatism": st.sampled_from([0.0, 0.7, 1.0]),
        "ramp_start": _hundredths(0, 1),
    },
    "effort": {
        "preparation_hours": _hundredths(1, 10),
        "selling_hours": _hundredths(1, 10),
        "unprepared_share": _hundredths(0, 1),
    },
    "prospecting": {
        "attempts_per_hour": st.sampled_from([0.1, 0.4, 1.0]),
        "contact": st.sampled_from([0.2, 0.7, 1.0]),
        "trust_gain": _hundredths(0, 1),
        "provoke_customer": _hundredths(0, 1),
        "provoke_unserved": _hundredths(0, 1),
        "goodwill_burn": _hundredths(0, 1),
        "goodwill_recovery": st.sampled_from([0.0, 0.02, 0.3, 1.0]),
    },
    "contracts": {"attrition": st.sampled_from([0.0, 0.1, 0.7])},
    "invitations": {
        "rule": st.sampled_from(["independent", "consideration"]),
        "coverage": _hundredths(0, 1),
        "inbound": _hundredths(0, 1),
        "competitors": _hundredths(0, 2),
        "value_exponent": _hundredths(-0.5, 0.5),
        "review_factor": st.sampled_from([0.0, 0.4, 1.0]),
        "need_factor": st.sampled_from([0.0, 0.5, 1.0]),
        "dissatisfaction": st.sampled_from([0.0, 0.7, -0.3]),
        "presence_share": st.sampled_from([0.0, 0.5, 1.0, -0.5]),
        "presence_trust": st.sampled_from([0.0, 2.0]),
        "coverage_social_gain": _hundredths(0, 1),
        "inbound_social_gain": _hundredths(0, 2),
    },
    "trust": {"social_hours": _hundredths(5, 100), "decay": _hundredths(0, 0.2)},
    "social": {
        name: st.fixed_dictionaries({}, optional=_DEPARTMENT) for name in ("marketing", "service", "sales")
    },
    "support": {
        "threshold": st.sampled_from([0.0, 0.2, 0.5]),
        "service_weeks": st.sampled_from([0.1, 1.0, 5.0]),
        "order": st.sampled_from(["first-come", "value"]),
    },
    "quota": {
        "stretch": st.sampled_from([0.7, 1.0, 1.5]),
        "team_weight": _hundredths(0, 1),
        "ratchet": _hundredths(0, 1),
        "later": st.sampled_from(["ratchet", "formula"]),
        "growth": st.sampled_from([1.0, 1.1]),
        "renewal_credit": _hundredths(0, 1),
    },
    "turnover": {
        "below": _hundredths(0, 1.5),
        "leave_below": _hundredths(0, 1),
        "leave_other": _hundredths(0, 0.5),
    },
    "push": {
        "weeks": st.integers(1, 12),
        "below": _hundredths(0.5, 2),
        "hours_shift": _hundredths(0, 1),
        "discount": st.sampled_from([0.0, 0.1, 0.4]),
        "year_end": st.sampled_from([1.0, 0.0, 2.0]),
        "given_away": st.sampled_from([0.0, 0.4, 1.0]),
        "pull_forward": st.sampled_from([0.0, 0.5, 1.0]),
        "pull_weeks": st.integers(0, 26),
    },
}


@st.composite
def lively_markets(draw: st.DrawFn, most_buyers: int = 90, most_weeks: int = 130) -> Play:
    """Generate a small market with every mechanism on, and a change of strategies after its warm-up."""

    def row(name: str, columns: Mapping[str, st.SearchStrategy[Any]], **given: Any) -> dict[str, Any]:
        return {"name": name, **draw(st.fixed_dictionaries(dict(columns))), **given}

    segments = draw(st.integers(1, 3))
    vendors = draw(st.integers(2, 4))
    tools = [row(f"t{i}", _TOOL) for i in range(draw(st.integers(1, 3)))]
    strategies = [row("usual", _STRATEGY, tools=[t["name"] for t in tools[: draw(st.integers(0, 1))]])]
    strategies += [
        row(
            f"s{i}", _STRATEGY, tools=draw(st.lists(st.sampled_from([t["name"] for t in tools]), unique=True))
        )
        for i in range(draw(st.integers(0, 2)))
    ]
    # One that has everything, so that it is always there.
    everything = {"tools": [t["name"] for t in tools], "push": True, "upgrade": True, "extra_presales": 1}
    strategies.append(row("all", _STRATEGY, **everything))
    values = {
        "clock": {"warmup_weeks": draw(st.sampled_from([52, 52, 0])), "weeks": 52},
        "market": {
            "buyers": draw(st.integers(30, most_buyers)),
            "saturation": draw(st.sampled_from([0.0, 0.3, 0.8, 0.95, 1.0])),
            "neighbours": draw(st.sampled_from([0, 2, 4, 6])),
            "rewired": draw(st.sampled_from([0.0, 0.1, 1.0])),
        },
        "segments": [row(f"g{i}", _SEGMENT, share=share) for i, share in enumerate(_SHARES[segments])],
        "satisfaction": draw(
            st.sampled_from(
                [
                    {},
                    {"pull": 0.5, "neighbour_weight": 1.0},  # nothing is left of a distance after a week
                    {"pull": 0.2, "neighbour_weight": 0.0, "appeal_weight": 1.0},
                    {"pull": 0.1, "neighbour_weight": 2.0, "noise_sd": 0.0},
                ]
            )
        ),
        "vendors": draw(_vendors(vendors, segments, [s["name"] for s in strategies])),
        "products": draw(_products(vendors)),
        "tools": tools,
        "strategies": strategies,
        "comparison": {"seed": draw(st.integers(0, 10**6))},
        **{name: draw(st.fixed_dictionaries(columns)) for name, columns in _TABLES.items()},
    }
    scenario = Scenario.model_validate(values)
    replication = draw(st.integers(0, 3))
    start = scenario.clock.warmup_weeks
    switches = [Switch(start, *draw(_strategies(scenario, replication)))]
    if draw(st.booleans()):
        switches.append(Switch(start + draw(st.integers(1, 20)), *draw(_strategies(scenario, replication))))
    return Play(scenario, replication, draw(st.integers(60, most_weeks)), tuple(switches))


@st.composite
def _vendors(draw: st.DrawFn, n: int, segments: int, strategies: list[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for v in range(n):
        rule = draw(st.sampled_from(["random", "balanced", "segment"]))
        least = segments if rule == "segment" else 1
        columns = {
            "reps": st.integers(least, 4),
            "service": _hundredths(-0.5, 0.5),
            "presales": st.integers(0, 2),
            "strategy": st.sampled_from([None, *strategies]),
        }
        row = {"name": f"v{v}", "territory": rule, **draw(st.fixed_dictionaries(columns))}
        if rule == "segment" and draw(st.booleans()):
            others = row["reps"] - segments + 1
            row["reps_by_segment"] = {f"g{s}": 1 if s else others for s in range(segments)}
        rows.append(row)
    rows[0] |= draw(st.sampled_from([{}, {"share": 0.6}, {"share": 0.0}]))
    return rows


@st.composite
def _products(draw: st.DrawFn, vendors: int) -> list[dict[str, Any]]:
    """One that was always sold by each vendor, some launched later or together, in any order."""
    columns = {"quality": _hundredths(-0.3, 0.6), "price": st.sampled_from([0.8, 1.0, 1.3])}
    launches = st.sampled_from([None, -60, -30, 0, 5, 5, 20])
    rows = [{"vendor": f"v{v}", **draw(st.fixed_dictionaries(columns))} for v in range(vendors)]
    rows += [
        {"vendor": f"v{draw(st.integers(0, vendors - 1))}", **draw(st.fixed_dictionaries(columns)),
         "launch_week": draw(launches)}
        for _ in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    return [{"name": f"p{i}", **row} for i, row in enumerate(draw(st.permutations(rows)))]


@st.composite
def _strategies(draw: st.DrawFn, scenario: Scenario, replication: int) -> tuple[list[int], list[int]]:
    """Strategies of all vendors and reps as one of the adopters, or any mixture."""
    adopters = draw(st.sampled_from(["focal", "competitors", "all", "head-to-head", "mixture"]))
    move = len(scenario.strategies) - 1
    usual = [scenario.strategy_index(v.strategy or scenario.baseline_name) for v in scenario.vendors]
    moves = {"focal": [0], "competitors": range(1, len(usual)), "all": range(len(usual))}.get(adopters, [])
    if adopters == "mixture":
        rows = st.integers(0, move)
        return draw(_as_long_as(usual, rows)), draw(_as_long_as(_by_rep(scenario, usual), rows))
    chosen = [move if v in moves else own for v, own in enumerate(usual)]
    reps = _by_rep(scenario, chosen)
    if adopters == "head-to-head":
        strategies = [scenario.strategy_index(name) for name in scenario.compared_names]
        for i in range(scenario.vendors[0].reps):
            reps[i] = strategies[(i + replication) % len(strategies)]
    return chosen, reps


def _as_long_as(rows: Sequence[int], elements: st.SearchStrategy[int]) -> st.SearchStrategy[list[int]]:
    return st.lists(elements, min_size=len(rows), max_size=len(rows))


def _by_rep(scenario: Scenario, by_vendor: Sequence[int]) -> list[int]:
    return [s for vendor, s in zip(scenario.vendors, by_vendor, strict=True) for _ in range(vendor.reps)]


# --- The engine and the twin, side by side ------------------------------------------------------------------


def rows_of(table: Any) -> list[dict[str, Any]]:
    """Return the rows of a table of columns as dictionaries of plain numbers."""
    columns = [column.tolist() for column in table]
    return [dict(zip(table._fields, row, strict=True)) for row in zip(*columns, strict=True)]


def _lists(start: Any, targets: Any) -> list[Any]:
    """Turn CSR lists into one array per row."""
    return [targets[a:b] for a, b in itertools.pairwise(start)]


def engine_columns(engine: Engine) -> dict[str, Any]:
    """Return the engine's columns under the twin's names, as arrays (or lists of arrays)."""
    buyers, reps, opportunities, vendors = (table._asdict() for table in engine.market)
    buyers["neighbours"] = _lists(buyers.pop("neighbour_start"), buyers["neighbours"])
    buyers["neighbours"] = [np.sort(row) for row in buyers["neighbours"]]
    reps["territory"] = _lists(reps.pop("territory_start"), reps["territory"])
    for name in ("vendor", "strategy"):
        reps[f"rep_{name}"] = reps.pop(name)
    assert not reps.pop("edge").any()  # what other packages would add: none is here
    vendors["vendor_strategy"] = vendors.pop("strategy")
    vendors["free_at"] = [row[:n] for row, n in zip(vendors["free_at"], vendors["engineers"], strict=True)]
    return buyers | reps | {f"opp_{name}": column for name, column in opportunities.items()} | vendors


def twin_columns(twin: ReferenceModel) -> dict[str, Any]:
    """Return the twin's columns, and those of the engine's that follow from its objects."""
    columns: dict[str, Any] = dict(twin.columns())
    columns["free_at"] = [list(v.free_at[: v.engineers]) for v in twin.vendors]
    columns["engineers"] = [v.engineers for v in twin.vendors]
    columns["free_capacity"] = [rep.slots.count(None) for rep in twin.reps]
    columns["territory"] = [[buyer.number for buyer in rep.territory] for rep in twin.reps]
    columns["territory_value"] = [sum(buyer.value for buyer in rep.territory) for rep in twin.reps]
    return columns


def _same(got: Any, ref: Any) -> Any:
    """Compare one column by element: integers exactly, floats to 1e-6 (absolutely 1e-9)."""
    ref = np.asarray(ref)
    if got.shape != ref.shape and got.size + ref.size > 0:
        return np.array([False])
    if got.dtype.kind in "iu":
        return got == ref
    return np.isclose(got, ref, rtol=1e-6, atol=1e-9)


def _ragged_same(got: list[Any], ref: list[Any]) -> Any:
    if len(got) != len(ref):
        return np.array([False])
    return np.array([bool(np.all(_same(g, r))) for g, r in zip(got, ref, strict=True)])


def disagreements(engine: Engine, twin: ReferenceModel) -> list[str]:
    """Say in which columns, and where first, the engine's state differs from the twin's."""
    found = []
    mine, theirs = engine_columns(engine), twin_columns(twin)
    found += [f"no column {name}" for name in mine.keys() ^ theirs.keys()]
    in_use = mine["opp_buyer"] != NONE
    for name in mine.keys() & theirs.keys():
        got, ref = mine[name], theirs[name]
        if isinstance(got, list):
            same = _ragged_same(got, ref)
        else:
            same = _same(got, ref)
            if name.startswith("opp_") and name != "opp_buyer" and same.shape == in_use.shape:
                same = same | ~in_use  # what stands in a free slot means nothing
        if not np.all(same):
            row = tuple(int(i) for i in np.argwhere(~same)[0])
            found.append(f"{name}{list(row)}: engine {_at(got, row)}, twin {_at(ref, row)}")
    return sorted(found)


def _at(column: Any, row: tuple[int, ...]) -> Any:
    for i in row:
        if i >= len(column):
            return "nothing"
        column = column[i]
    return column.tolist() if isinstance(column, np.ndarray | np.generic) else column


def _different_rows(name: str, got: list[dict[str, Any]], ref: list[dict[str, Any]]) -> Iterator[str]:
    for i, (mine, theirs) in enumerate(zip(got, ref, strict=False)):
        for key in mine.keys() | theirs.keys():
            a, b = mine.get(key), theirs.get(key)
            if a is None or b is None or not np.all(_same(np.asarray(a), b)):
                yield f"{name} {i}, {key}: engine {a}, twin {b}"
    if len(got) != len(ref):
        yield f"{name}: engine {len(got)}, twin {len(ref)}"


def _years(recorder: Recorder) -> list[dict[str, Any]]:
    """Return the whole years recorded, in the twin's form: a row per rep, dated by the week after the year."""
    return [
        {
            "week": year.week + year.weeks,
            "rep": rep,
            "quota": float(year.quota[rep]),
            "revenue": float(year.revenue[rep]),
            "left": int(year.left[rep]),
        }
        for year in recorder.rep_years
        if year.weeks == YEAR
        for rep in range(len(year.quota))
    ]


def play_both(
    play: Play, every: int = 7, on_week: Callable[[Engine, ReferenceModel], None] | None = None
) -> list[str]:
    """Run the engine and the twin side by side; say where they first disagree (nothing if they agree).

    The engine is branched at the first switch, so that the copy is compared too.

    Parameters
    ----------
    play : what to simulate
    every : weeks between two comparisons of all columns
    on_week : called after each week, for what a test counts
    """
    engine = Engine(play.scenario, play.replication)
    twin = ReferenceModel(play.scenario, int(engine.key))
    recorders, first = [engine.recorder], play.switches[0].week
    switches = {switch.week: switch for switch in play.switches}
    found = disagreements(engine, twin)
    for week in range(play.weeks):
        if found:
            return [f"after week {week - 1}: {text}" for text in found]
        if week in switches:
            if 0 < week == first:
                engine.recorder.finish(week, engine.market)
                engine = engine.branch()
                recorders.append(engine.recorder)
            engine.assign(switches[week].vendors, switches[week].reps)
            twin.assign(switches[week].vendors, switches[week].reps)
        engine.step()
        twin.step()
        if on_week is not None:
            on_week(engine, twin)
        if week % every == every - 1 or week == play.weeks - 1:
            found = disagreements(engine, twin)
    found = [f"after week {play.weeks - 1}: {text}" for text in found]
    for table in ("deals", "decisions", "dropouts"):
        got = [row for recorder in recorders for row in rows_of(getattr(recorder, table))]
        found += _different_rows(table, got, getattr(twin, table))
    years = [row for recorder in recorders for row in _years(recorder)]
    for mine, theirs in zip(years, twin.rep_years, strict=False):
        if mine["week"] == first:
            mine["left"] = theirs["left"]  # the record ends before anybody leaves
    left = [column.tolist() for recorder in recorders for column in recorder.left_at_start]
    starts = sorted({year["week"] for year in twin.rep_years})
    ref = [[year["left"] for year in twin.rep_years if year["week"] == week] for week in starts]
    if left != ref:
        found.append(f"left at the year's starts {starts}: engine {left}, twin {ref}")
    return found + list(_different_rows("rep-year", years, twin.rep_years))


# --- The same bits ------------------------------------------------------------------------------------------


def digest(engine: Engine) -> str:
    """Digest all of the engine's state and record: equal digests, equal bits."""
    result = hashlib.sha256()
    recorder = engine.recorder
    for table in (*engine.market, recorder.deals, recorder.decisions, recorder.dropouts):
        for name, column in table._asdict().items():
            result.update(f"{name} {column.dtype} {column.shape}".encode())
            result.update(np.ascontiguousarray(column).tobytes())
    result.update(recorder.weekly.tobytes())
    result.update(recorder.rep_hours.tobytes())
    return result.hexdigest()


# --- The command ----------------------------------------------------------------------------------------------


def zerosum(*arguments: str, code: int = 0, columns: str | None = None) -> Result:
    """Call the command in this process; it must end with the given exit code, and never with a traceback."""
    done = CliRunner(env={"COLUMNS": columns} if columns else None).invoke(main, arguments)
    assert done.exit_code == code, (done.output, done.exception)
    assert "Traceback" not in done.output
    return done


@contextlib.contextmanager
def ctrl_c() -> Iterator[Callable[[], None]]:
    """Give a function that does to this process, from whichever thread, what Ctrl-C does to a command."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield _thread.interrupt_main
    finally:
        signal.signal(signal.SIGINT, before)


def shop(buyers: int, weeks: int, strategies: str, comparison: str) -> str:
    """Return a scenario file of two vendors without a warm-up, the market on which commands are tried.

    Parameters
    ----------
    buyers, weeks : int
    strategies : str        what stands between the brackets, beside 'usual'
    comparison : str        what stands between the braces, beside the seed
    """
    return f"""
name = "shop"
question = "Does it pay?"
clock = {{ warmup_weeks = 0, weeks = {weeks} }}
market = {{ buyers = {buyers}, saturation = 0.8 }}
vendors = [{{ name = "Alder", reps = 3 }}, {{ name = "Elm", reps = 2 }}]
strategies = [{{ name = "usual" }}, {strategies}]
comparison = {{ seed = 4, {comparison} }}
"""


# --- Processes ------------------------------------------------------------------------------------------------


def main_module(monkeypatch: pytest.MonkeyPatch, file: str | None, spec: ModuleSpec | None = None) -> None:
    """Let this process look as if another main module had been started: a script, ``-m spec.name``, a notebook."""
    main = ModuleType("__main__")
    main.__spec__ = spec
    if file is not None:
        main.__file__ = file
    monkeypatch.setitem(sys.modules, "__main__", main)
