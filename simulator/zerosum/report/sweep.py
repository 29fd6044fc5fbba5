"""Report a sweep: its plan, progress, results and failures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from zerosum.market.metrics import BY_NAME, NULL_METRICS
from zerosum.market.sizes import format_bytes, format_duration
from zerosum.report.document import Column, Document, Table, Words
from zerosum.report.intervals import PER, difference_cell, find_side
from zerosum.report.lines import ADOPTING, Line, labeled_lines
from zerosum.report.wording import count, format_level, format_unresponsive
from zerosum.runs.store import without_nan
from zerosum.studies.sweep.unresponsive import unresponsive

if TYPE_CHECKING:
    from zerosum.runs.work import Failure
    from zerosum.studies.sweep import Study, Swept
    from zerosum.studies.sweep.plan import Plan

MOST_ROWS = 24
"""Maximum points to list; of more, an evenly spaced selection."""
MOST_FAILURES = 5


def describe_plan(study: Study, plan: Plan, workers: int) -> Document:
    """Describe a sweep's plan and cost."""
    columns = (
        Column("", lambda row: row[0], text=True, dim=True),
        Column("", lambda row: row[1], text=True, least=20),
    )
    return Document([Table(columns, list(_plan(study, plan, workers)), lines=False)])


def _plan(study: Study, plan: Plan, workers: int) -> Iterator[tuple[str, str]]:
    yield "factors", ", ".join(_factor(study, name) for name in study.points.columns) or "none"
    yield "design", f"{study.experiment.design.kind}: {plan.points:,} points"
    most = " at most" if study.experiment.precision else ""
    done = f", of which {plan.done:,} are done" if plan.done else ""
    yield "runs", f"{plan.runs:,} ({plan.replications:,} replications a point{most}){done}"
    yield "random numbers", _random_numbers(study, plan)
    null = ", the chance baseline among them" if study.nulls else ""
    adopters = f"adopters: {', '.join(study.adopters)}"
    yield "a run", f"{plan.simulations} simulations: {len(study.strategies)} strategies, {adopters}{null}"
    yield "disk", f"about {format_bytes(plan.disk)}; {format_bytes(plan.free)} are free"
    yield "memory", f"about {format_bytes(plan.memory)} a worker, for the largest market"
    if not math.isnan(plan.seconds_per_run):
        seconds = plan.seconds(workers)
        takes = f"{max(1, round(seconds))} s" if seconds < 90 else format_duration(seconds)
        yield "time", f"about {takes} on {workers} workers ({plan.seconds_per_run:.2g} s a run by pilot)"
    yield from (("note", line) for line in format_notes(study))


def format_notes(study: Study) -> list[str]:
    """Name factors without effect on the market, and what their values differ in."""
    metric = BY_NAME[study.experiment.metrics[0]]
    return format_unresponsive(unresponsive(study), metric, study.experiment.random_numbers == "common")


def _random_numbers(study: Study, plan: Plan) -> str:
    """Format the number of independent replications in a study."""
    rests = count(plan.independent, "independent replication")
    if study.experiment.random_numbers == "own":
        return f"own: each point has its own, {rests} in all"
    if not study.is_sampled:
        return f"common: {rests}, the same for all points, so that points are compared in pairs"
    return (
        f"common: {rests}, the same for all points. However many points there are, averages over them rest on these "
        f'{plan.independent:,}; random_numbers = "own" would give {plan.independent * plan.points:,}'
    )


def _factor(study: Study, name: str) -> str:
    values = study.points[name]
    if pd.api.types.is_numeric_dtype(values):
        return f"{name} ({_value(values.min())} to {_value(values.max())})"
    return f"{name} ({values.nunique():,} values)"


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


# --- Results ----------------------------------------------------------------------------------------------------


def format_progress(swept: Swept) -> str:
    """Format a sweep's progress."""
    runs = _runs(swept)
    parts = [f"{runs['done']:,} of {runs['wanted']:,} runs are done"]
    parts += [f"{runs['failed']:,} failed"] if runs["failed"] else []
    parts += [f"{runs['missing']:,} are missing"] if runs["missing"] else []
    return ", ".join(parts) + "."


def describe_progress(swept: Swept) -> Document:
    """Describe the progress of a possibly unfinished sweep."""
    asked, found = swept.study.experiment.precision, Document()
    found.add(format_progress(swept))
    if asked is not None:
        found.add(
            f"Where the difference in {BY_NAME[asked.metric].label.lower()} is not known to ±{asked.halfwidth}, runs "
            f"are added, up to {asked.at_most:,} a point."
        )
    _add_failures(found, swept.failures, swept.study)
    return found


def describe_sweep(swept: Swept, found: pd.DataFrame) -> Document:
    """Describe a sweep: the decision metric at each point, and failures.

    Parameters
    ----------
    found : DataFrame
        see :func:`zerosum.studies.sweep.responses`
    """
    study, said = swept.study, Document()
    said.add(study.experiment.question, look="answer")
    said.add(*format_notes(study))
    for adopters in study.adopters:
        here = found[(found["metric"] == study.experiment.metrics[0]) & (found["adopters"] == adopters)]
        if len(here):
            said.add(Words(_head(swept, here, adopters), "heading"), _answers(study, here))
            said.add(_points(study, here, adopters))
    said.add(format_progress(swept), look="note")
    asked = study.experiment.precision
    if not swept.precise and asked is not None:
        said.add(f"Not every point is known to ±{asked.halfwidth}: {asked.at_most:,} runs are the limit.")
    _add_failures(said, swept.failures, study)
    return said


def _head(swept: Swept, here: pd.DataFrame, adopters: str) -> str:
    """Say in one line what was simulated for some adopters, and what decides."""
    experiment = swept.study.experiment
    metric = BY_NAME[experiment.metrics[0]]
    parts = (
        f"{metric.label}{PER.get(metric.unit, '')}",
        count(here["point"].nunique(), "point"),
        count(_runs(swept)["done"], "simulated run"),
        ADOPTING[adopters],
    )
    return f"{experiment.name.upper()}   {' · '.join(parts)}"


def _answers(study: Study, here: pd.DataFrame) -> Table | None:
    """Say of each strategy at how many points it is ahead of the baseline, behind, and neither."""
    metric, lines = BY_NAME[study.experiment.metrics[0]], []
    sign = -1 if metric.higher_is_better is False else 1
    ahead, behind = ("above", "below") if metric.higher_is_better is None else ("ahead of", "behind")
    for name in study.strategies:
        rows = here[here["strategy"] == name]
        if name == study.against or rows.empty:
            continue
        sides = [find_side(float(row["low"]), float(row["high"])) for row in rows.to_dict("records")]
        better, worse, points = sides.count(sign), sides.count(-sign), count(len(sides), "point")
        if not np.isfinite(rows["low"]).any():
            words = "with one simulated run a point, nothing can be told from chance"
        elif len(sides) in (better, worse):
            words = f"{ahead if better else behind} '{study.against}' at {'all ' * (len(sides) > 1)}{points}"
        else:
            words = f"{ahead} '{study.against}' at {better} of {points}, {behind.split()[0]} at {worse}"
            open_ = len(sides) - better - worse
            words += f"; at {open_} no measurable difference" if open_ else ""
        lines.append(Line(name, words))
    return labeled_lines(lines) if lines else None


def _points(study: Study, here: pd.DataFrame, adopters: str) -> Table:
    metric = BY_NAME[study.experiment.metrics[0]]
    numbers = sorted(here["point"].unique())
    step = max(1.0, (len(numbers) - 1) / (MOST_ROWS - 1))
    shown = [numbers[round(i * step)] for i in range(min(MOST_ROWS, len(numbers)))]
    title = ""
    if len(shown) < len(numbers):
        title = f"{len(shown)} of {len(numbers):,} points (responses.csv has all)"
    rows = {
        point: {row["strategy"]: row for row in these.to_dict("records")}
        for point, these in here.groupby("point")
    }

    def usual(show: Any) -> Any:
        return lambda point: show(rows[point][study.against])

    def difference(strategy: str) -> Any:
        return lambda point: difference_cell({**rows[point][strategy], "unit": metric.unit}, False)

    columns = [Column(name, usual(lambda row, name=name: _value(row[name]))) for name in study.points.columns]
    columns += [
        Column("runs", usual(lambda row: f"{row['n']:,}")),
        Column(study.against, usual(lambda row: format_level(row["mean"], metric.unit))),
    ]
    if metric.name in NULL_METRICS:
        columns.append(
            Column(
                "chance baseline",
                usual(lambda row: format_level(row["chance_baseline"], metric.unit)),
                dim=True,
            )
        )
    columns += [Column(name, difference(name)) for name in study.strategies if name != study.against]
    note = (
        f"'{study.against}': mean. Others: difference from it on the same random events; in brackets, its 95 % "
        "interval."
    )
    return Table(
        columns, shown, title, note, beside=True, lines=False, keys=study.points.shape[1], plain=True
    )


def _add_failures(found: Document, failures: Sequence[Failure], study: Study) -> None:
    """List failures: each error's count and first place."""
    if not failures:
        return
    found.add(f"{len(failures):,} runs failed (failures.csv has them all):", look="heading")
    said = Counter(failure.error for failure in failures)
    first = {failure.error: failure for failure in reversed(failures)}
    for error, times in said.most_common(MOST_FAILURES):
        one = first[error]
        where = f"first at {study.describe(one.point)} (point {one.point}, replication {one.replication})"
        found.add(f"  {times:,} x {error.splitlines()[0][:200]}; {where}")
    if len(said) > MOST_FAILURES:
        found.add(f"  and {len(said) - MOST_FAILURES} other errors")
    found.add("  --retry tries them again.")


# --- As data ----------------------------------------------------------------------------------------------------


def _runs(swept: Swept) -> dict[str, int]:
    wanted, failed = sum(swept.replications.values()), len(swept.failures)
    done = wanted - swept.missing - failed
    return {"wanted": wanted, "done": done, "failed": failed, "missing": swept.missing}


def summary_of_sweep(
    command: str, swept: Swept, more: dict[str, Any], files: Sequence[Path]
) -> dict[str, Any]:
    """Return a summary of a command's results, with the sweep and its run counts."""
    study = swept.study
    head = {
        "command": command,
        "experiment": study.experiment.name,
        "question": study.experiment.question,
        "hash": study.hash,
        "design": study.experiment.design.kind,
        "points": len(study.points),
        "runs": _runs(swept),
        "unresponsive": [factor._asdict() for factor in unresponsive(study)],
    }
    return without_nan(head | more | {"files": [str(path) for path in files]})


def summarize_sweep(swept: Swept, found: pd.DataFrame, files: Sequence[Path]) -> dict[str, Any]:
    """Return a sweep as one object: its question, progress, and results at each point."""
    study = swept.study
    more = {
        "factors": list(study.points.columns),
        "strategies": list(study.strategies),
        "baseline": study.baseline,
        "against": study.against,
        "adopters": list(study.adopters),
        "precise": swept.precise,
        "notes": format_notes(study),
        "responses": found.to_dict("records"),
    }
    return summary_of_sweep("sweep", swept, more, files)
