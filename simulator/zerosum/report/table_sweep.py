"""A sweep on the screen: what it would take, how far it is, what came out, what failed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zerosum.market.metrics import BY_NAME, NULL_METRICS
from zerosum.report.wording import MISSING, count, difference, number, unresponsive_in_words
from zerosum.studies.sweep.unresponsive import unresponsive

if TYPE_CHECKING:
    from zerosum.runs.work import Failure
    from zerosum.studies.sweep import Study, Swept
    from zerosum.studies.sweep.plan import Plan

MOST_ROWS = 24
"""Points that are shown one by one; of more, some are, evenly over all."""

MOST_FAILURES = 5

BEGUN_ON_COMMON_LUCK = (
    'this sample was begun on common luck, the default then, and goes on so. --fresh, or luck = "own" in the file, '
    "begins it anew on luck of each point's own, the default now"
)


def plan_table(study: Study, plan: Plan, workers: int) -> RenderableType:
    """Lay out what a sweep would take."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    table.add_row("factors", ", ".join(_factor(study, name) for name in study.points.columns) or "none")
    table.add_row("design", f"{study.experiment.design.kind}: {plan.points:,} points")
    most = " at most" if study.experiment.precision else ""
    done = f", of which {plan.done:,} are done" if plan.done else ""
    table.add_row("runs", f"{plan.runs:,} ({plan.replications:,} replications a point{most}){done}")
    table.add_row("luck", _luck(study, plan))
    null = ", the chance baseline among them" if study.nulls else ""
    table.add_row(
        "a run", f"{plan.simulations} simulations: {len(study.strategies)} strategies, {_worlds(study)}{null}"
    )
    table.add_row("disk", f"about {size(plan.disk)}; {size(plan.free)} are free")
    table.add_row("memory", f"about {size(plan.memory)} a worker, for the largest market")
    if not math.isnan(plan.seconds_per_run):
        each = f"{plan.seconds_per_run:.2g} s a run by pilot"
        table.add_row("time", f"about {duration(plan.seconds(workers))} on {workers} workers ({each})")
    for line in notes(study):
        table.add_row("note", line)
    return table


def notes(study: Study) -> list[str]:
    """Say to which factors nothing in the market responds, and what then decides."""
    metric = BY_NAME[study.experiment.metrics[0]]
    return unresponsive_in_words(unresponsive(study), metric, study.experiment.luck == "common")


def _luck(study: Study, plan: Plan) -> str:
    """Say on how many independent replications a study rests."""
    rests = count(plan.independent, "independent replication")
    if study.experiment.luck == "own":
        return f"own: each point has its own, {rests} in all"
    if not study.is_sampled:
        return f"common: {rests}, the same for all points, so that points are compared in pairs"
    return (
        f"common: {rests}, the same for all points. However many points there are, averages over them rest on these "
        f'{plan.independent:,}; luck = "own" would give {plan.independent * plan.points:,}'
    )


def _worlds(study: Study) -> str:
    return "1 world" if len(study.worlds) == 1 else f"{len(study.worlds)} worlds"


def _factor(study: Study, name: str) -> str:
    values = study.points[name]
    if pd.api.types.is_numeric_dtype(values):
        return f"{name} ({_cell(values.min())} to {_cell(values.max())})"
    return f"{name} ({values.nunique():,} values)"


def size(count: float) -> str:
    """Say a number of bytes: ``1.2 GB``."""
    for factor, word in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= factor:
            return f"{count / factor:.3g} {word}"
    return f"{count:.0f} bytes"


def duration(seconds: float) -> str:
    """Say a time: ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} days"


def standing_text(swept: Swept) -> str:
    """Say how far a sweep is."""
    wanted = sum(swept.replications.values())
    failed = len(swept.failures)
    done = wanted - swept.missing - failed
    parts = [f"{done:,} of {wanted:,} runs are done"]
    parts += [f"{failed:,} failed"] if failed else []
    parts += [f"{swept.missing:,} are missing"] if swept.missing else []
    return ", ".join(parts) + "."


def standing_lines(swept: Swept) -> list[str]:
    """Say how far a sweep is that may not be at its end."""
    asked = swept.study.experiment.precision
    lines = [standing_text(swept)]
    if asked is not None:
        lines.append(
            f"Where the difference in {BY_NAME[asked.metric].label.lower()} is not known to ±{asked.halfwidth}, runs "
            f"are added, up to {asked.at_most:,} a point."
        )
    return lines


def sweep_tables(swept: Swept, found: pd.DataFrame) -> RenderableType:
    """Lay out a sweep: the number that decides at each point, and what failed.

    Parameters
    ----------
    found : DataFrame
        see :func:`zerosum.studies.sweep.responses`
    """
    study = swept.study
    metric = BY_NAME[study.experiment.metrics[0]]
    parts: list[RenderableType] = []
    if study.experiment.question:
        parts.append(Text(study.experiment.question, style="bold"))
    parts += [Text(line) for line in notes(study)]
    for world in study.worlds:
        here = found[(found["metric"] == metric.name) & (found["world"] == world)]
        if here.empty:
            continue
        parts += [_points(study, here, world), Text("")]
    parts.append(Text(standing_text(swept), style="dim"))
    if not swept.precise:
        asked = study.experiment.precision
        assert asked is not None
        parts.append(
            Text(f"Not every point is known to ±{asked.halfwidth}: {asked.at_most:,} runs are the limit.")
        )
    parts += list(failure_lines(swept.failures, study))
    return Group(*parts)


def _points(study: Study, here: pd.DataFrame, world: str) -> Table:
    metric = BY_NAME[study.experiment.metrics[0]]
    numbers = sorted(here["point"].unique())
    shown = numbers if len(numbers) <= MOST_ROWS else _evenly(numbers)
    title = f"{metric.label}, world '{world}'"
    if len(shown) < len(numbers):
        title += f": {len(shown)} of {len(numbers):,} points (responses.csv has all)"
    others = [strategy for strategy in study.strategies if strategy != study.baseline]
    lucky = metric.name in NULL_METRICS
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        caption="Strategies: difference from the baseline on the same luck, with its 95 % interval, each for itself.",
        caption_justify="left",
    )
    for name in study.points.columns:
        table.add_column(name, justify="right")
    table.add_column("runs", justify="right")
    table.add_column(study.baseline, justify="right")
    if lucky:
        table.add_column("chance baseline", justify="right")
    for strategy in others:
        table.add_column(strategy, justify="right")
    by_point = dict(iter(here.groupby("point")))
    for point in shown:
        rows = {row["strategy"]: row for row in by_point[point].to_dict("records")}
        base = rows[study.baseline]
        cells = [_cell(base[name]) for name in study.points.columns]
        cells += [f"{base['n']:,}", number(base["mean"], metric.unit)]
        if lucky:
            cells.append(number(base["chance_baseline"], metric.unit))
        table.add_row(*cells, *(_gap(rows[strategy], metric.unit) for strategy in others))
    return table


def _evenly(numbers: Sequence[int]) -> list[int]:
    step = (len(numbers) - 1) / (MOST_ROWS - 1)
    return [numbers[round(i * step)] for i in range(MOST_ROWS)]


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _gap(row: Mapping[Hashable, Any], unit: str) -> str:
    if math.isnan(row["difference"]):
        return MISSING
    said = difference(row["difference"], unit)
    if math.isnan(row["low"]):
        return said
    return f"{said} [{difference(row['low'], unit)}, {difference(row['high'], unit)}]"


def failure_lines(failures: Sequence[Failure], study: Study) -> list[Text]:
    """Say what failed: how often each error, and where first."""
    if not failures:
        return []
    lines = [Text(f"{len(failures):,} runs failed (failures.csv has them all):", style="bold red")]
    said = Counter(failure.error for failure in failures)
    first = {failure.error: failure for failure in reversed(failures)}
    for error, times in said.most_common(MOST_FAILURES):
        one = first[error]
        where = f"first at {study.told(one.point)} (point {one.point}, replication {one.replication})"
        lines.append(Text(f"  {times:,} x {error.splitlines()[0][:200]}; {where}"))
    if len(said) > MOST_FAILURES:
        lines.append(Text(f"  and {len(said) - MOST_FAILURES} other errors"))
    lines.append(Text("  --retry tries them again."))
    return lines
