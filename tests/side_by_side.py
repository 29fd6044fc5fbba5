"""The engine and the twin, side by side: their columns, and where they disagree."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.lively import Play
from tests.reference.model import ReferenceModel
from zerosum.market.engine import Engine
from zerosum.market.records import Recorder
from zerosum.market.state import NONE, YEAR


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
