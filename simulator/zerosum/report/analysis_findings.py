"""Findings of an analyzed sweep: results, factors that matter, crossovers, open questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from zerosum.report.intervals import excludes_zero, format_gap, format_list
from zerosum.report.responses import View, hangs_on, signs
from zerosum.report.wording import count, format_unresponsive
from zerosum.studies.sweep.unresponsive import unresponsive

if TYPE_CHECKING:
    from zerosum.studies.sweep.analysis import Analysis

MOST_SWITCHES = 6
"""Maximum crossovers to list along a factor."""
MOST_FACTORS = 4
"""Maximum factors to list for a strategy."""
SMALL = 0.05
"""Largest total index of a factor with little effect."""
ROUGH = 0.25
"""Smallest half-width of an index's interval that makes indices rough."""


def format_findings(analysis: Analysis) -> list[str]:
    """Return a sweep's findings, the most important first.

    Returns
    -------
    list of str
        sentences; a line with the adopters or scenario comes before theirs
    """
    found = [*_standing(analysis), *_unresponsive(analysis)]
    for outcome in analysis.outcomes:
        view = View(analysis, outcome)
        found += filter(None, [view.where()])
        if not np.isfinite(outcome.values).any():
            found.append(f"{analysis.metric.label} is undefined in every run.")
            continue
        for strategy in analysis.others:
            found += [_response(view, strategy), *_sensitivity(view, strategy)]
        found += _switches(view)
    return [*found, *_general(analysis)]


def _unresponsive(analysis: Analysis) -> list[str]:
    study = analysis.swept.study
    return format_unresponsive(
        unresponsive(study), analysis.metric, study.experiment.random_numbers == "common"
    )


def _standing(analysis: Analysis) -> Iterator[str]:
    """Say how many runs there are, and of what."""
    swept = analysis.swept
    wanted = sum(swept.replications.values())
    missing, failed = swept.missing, len(swept.failures)
    runs = wanted - missing - failed
    points = f"{count(runs, 'run')} at {count(len(swept.study.points), 'point')}"
    held = (
        f": each strategy's difference from '{analysis.against}'"
        if analysis.others
        else f": '{analysis.against}'"
    )
    yield f"{analysis.metric.label}{held}; {points}."
    if missing:
        yield f"Not finished: {missing:,} of {wanted:,} runs are missing. What follows is of those that are there."
    if failed:
        yield f"{failed:,} of {wanted:,} runs failed. What follows is without them."
    study = swept.study
    if study.is_sampled and study.experiment.random_numbers == "common" and len(study.points) > 1:
        noise = analysis.tables["noise"]
        often = int(noise["independent"].min()) if len(noise) else 0
        yield (
            f"All points share the random numbers of {count(often, 'replication')}: however many points there are, "
            "averages over them rest on so many independent numbers."
        )
    if not analysis.others:
        yield "There is only one strategy, so there is no difference to look at; responses.csv has its levels."


def _response(view: View, strategy: str) -> str:
    """Describe a strategy's results at the points."""
    rows = view.rows[strategy]
    points, (above, below, neither) = count(len(rows), "point"), signs(rows)
    if not np.isfinite(rows["low"]).any():
        none = "none has two replications that give this number"
        return f"'{strategy}': noise can't be judged at any of {points}: {none}."
    said = f"'{strategy}' is above '{view.against}' at {above} of {points}, below at {below}"
    return said + (f"; at {neither} there is no measurable difference." if neither else ".")


def _sensitivity(view: View, strategy: str) -> Iterator[str]:
    """Name the factors that a strategy's difference depends on."""
    share = float(view.table("noise", strategy)["share"].iloc[0])
    if len(view.table("swings")):
        rows = view.widest(strategy)
        yield f"  It {hangs_on(rows, view.unit)}." if _sure(rows) else f"  {hangs_on(rows, '').capitalize()}."
    indices = view.table("indices", strategy)
    if len(indices):
        yield from _indices(view.analysis, indices, share)
    if np.isfinite(share):
        more = " Small effects are not to be trusted." if share > 0.5 else ""
        about = _percent(share)
        about = f"About {about}" if share >= 0.005 else about.capitalize()
        yield f"  {about} of the variance of this difference between points is noise.{more}"
    place = (strategy, view.outcome.adopters, view.outcome.scenario)
    for refusal in view.analysis.refusals:
        if (refusal.strategy, refusal.adopters, refusal.scenario) == place:
            yield f"  No {refusal.what}: {refusal.why}."


def _sure(rows: pd.DataFrame) -> bool:
    return len(rows) > 0 and excludes_zero(
        float(rows.iloc[0]["swing_low"]), float(rows.iloc[0]["swing_high"])
    )


def _indices(analysis: Analysis, rows: pd.DataFrame, share: float) -> Iterator[str]:
    """Explain the indices; for unclear factors, say whether noise or sample size is the reason."""
    morris = "mu_star" in rows
    name = "mu_star" if morris else "ST"
    clear = rows[rows["clear"]].sort_values(name, ascending=False)
    for row in clear.head(MOST_FACTORS).to_dict("records"):
        value, low, high = (float(row[column]) for column in (name, f"{name}_low", f"{name}_high"))
        if morris:
            said = format_gap(value, low, high, analysis.metric.unit).whole.replace("+", "")
            yield f"  {row['factor']} changes it by {said} on average, up or down (Morris' mu*)."
        else:
            alone = f"{row['S1']:.2f} [{row['S1_low']:.2f}, {row['S1_high']:.2f}]"
            yield (
                f"  {row['factor']} makes {value:.2f} [{low:.2f}, {high:.2f}] of its variance (total index), "
                f"{alone} by itself."
            )
    rest = rows[~rows["clear"]]
    if clear.empty:
        yield f"  No factor is clear: of none does the interval of {'mu*' if morris else 'the total index'} exclude 0."
    if not np.isfinite(share):
        yield "  With one replication noise isn't known, so that no factor can be called clear."
        return
    if not np.isfinite(rest[f"{name}_low"]).all():
        yield "  Two replications that all points share give no interval, so that no factor can be called clear."
        return
    little = rest[f"{name}_high"] <= (0.0 if morris else SMALL)
    size = _size_of_sample(analysis)
    for here, said in (
        (little, "makes no difference" if morris else f"makes less than {SMALL:g} of it"),
        (
            ~little & (rest["limited_by"] == "noise"),
            "noise hides what it does, if anything; more replications would show it",
        ),
        (
            ~little & (rest["limited_by"] == "sample"),
            f"the sample ({size}) is too small to show what it does, if anything; more of it would",
        ),
    ):
        if here.any():
            yield f"  {_some(list(rest.loc[here, 'factor']), len(clear))}: {said}."
    yield from () if morris else _rough(rows, share, size)


def _some(names: list[str], before: int) -> str:
    """Name a few factors, or say how many there are."""
    if len(names) <= MOST_FACTORS:
        return format_list(names)
    return f"Each of {count(len(names), 'other factor' if before else 'factor')}"


def _size_of_sample(analysis: Analysis) -> str:
    design = analysis.swept.study.experiment.design
    if design.kind == "morris":
        return count(int(design.trajectories or 0), "trajectory")
    return count(int(design.points or 0), "base point")


def _rough(rows: pd.DataFrame, share: float, size: str) -> Iterator[str]:
    """Warn that Sobol indices are so imprecise that they may contradict each other; give the fix."""
    half = (rows[["S1_high", "ST_high"]].to_numpy() - rows[["S1_low", "ST_low"]].to_numpy()) / 2.0
    widest = int(half.max(axis=1).argmax())
    if half.max() <= ROUGH:
        return
    noise = f"noise makes {_percent(share)} of the variance between points"
    yield f"  Indices are rough, some known to ±{half.max():.2f} only: " + (
        f"{noise}, and more replications would narrow them."
        if rows["limited_by"].iloc[widest] == "noise"
        else f"the sample ({size}) is too small. Here, {noise}; more points, not more replications, would narrow them."
    )


def _percent(share: float) -> str:
    return "less than 1 %" if share < 0.005 else f"{100 * share:.0f} %"


def _switches(view: View) -> Iterator[str]:
    """Say where along each factor the best strategy changes."""
    table = view.table("switches")
    if len(view.study.strategies) < 2 or view.study.experiment.design.kind == "morris":
        return
    alike: dict[str, list[str]] = {}
    for name in view.outcome.factors:
        if not view.outcome.is_numeric(name):
            continue
        rows = table[table["factor"] == name] if len(table) else table
        if rows.empty:
            yield f"Along {name}: noise can't be judged (two replications would do), so no crossover is looked for."
            continue
        found = rows[rows["found"]]
        for row in found.head(MOST_SWITCHES).to_dict("records"):
            given = f" ({row['others']})" if row["others"] else ""
            yield (
                f"Along {view.title_of(name)}{given}: '{row['after']}' overtakes '{row['before']}' between "
                f"{row['low']:.3g} and {row['high']:.3g}, about {row['at']:.3g}."
            )
        if len(found) > MOST_SWITCHES:
            yield f"Along {name}: {count(len(found) - MOST_SWITCHES, 'more crossover')} in switches.csv."
        if found.empty:
            alike.setdefault(_no_switch(rows), []).append(name)
    # Of many factors, most say the same.
    for said, names in alike.items():
        yield f"Along {format_list(names)}: {said}"


def _no_switch(rows: pd.DataFrame) -> str:
    lines = count(len(rows), "line")
    changing = int((rows["changes"] > 0).sum())
    if changing:
        turns = (
            "the best mean changes" if len(rows) == 1 else f"the best mean changes on {changing} of {lines}"
        )
        if set(rows["limited_by"]) == {"sample"}:
            return f"{turns}, but no crossover is sure: the sample of points is too small."
        return f"{turns}, but no crossover can be told from chance."
    best = set(rows["first_best"])
    if len(best) == 1:
        return f"'{best.pop()}' has the best mean all along; no crossover."
    return f"no crossover; on each of {lines} the same strategy has the best mean from end to end."


def _general(analysis: Analysis) -> Iterator[str]:
    """Say why averages are missing."""
    said = {f"No averages over factors: {r.why}." for r in analysis.refusals if not r.strategy}
    yield from sorted(said)
