"""Sets of values that agree with the data and differ from each other as much as possible.

A conclusion that holds under all of them doesn't hang on what the data can't tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from zerosum.scenario.fits import Fits, apply_values
from zerosum.scenario.spec import Scenario
from zerosum.studies.fit.design import Design, Model
from zerosum.studies.fit.posterior import Float, Posterior

SETS = 6
"""Sets of values, the scenario's own among them."""

PASSING = 0.9
"""Part of the checked teams that agree: those nearest to the data."""


def distances(rows: Float, observed: Float) -> Float:
    """Return each row's distance from the data, in standard deviations of the rows; NaN counts as far.

    Parameters
    ----------
    rows : float[teams, statistics]
    observed : float[statistics]
    """
    scale = np.nanstd(rows, axis=0)
    gaps = (rows - observed) / np.where(scale > 0.0, scale, 1.0)
    return np.sqrt(np.where(np.isfinite(gaps), gaps**2, np.inf).mean(axis=1))


def choose(places: Float, numbers: Sequence[int], away: Float, mean: Float, count: int = SETS) -> list[int]:
    """Return rows of sets that agree with the data, the scenario's own first.

    The first is the one nearest to the posterior's mean with the package's defaults for the rest. Each further one is
    the farthest from all before it.

    Parameters
    ----------
    places : float[rows, parameters]
    numbers : sequence of int
        each row's calibrated set
    away : float[rows]
        distance from the data
    mean : float[parameters]
    count : int
    """
    passing = [int(row) for row in np.flatnonzero(away <= np.quantile(away, PASSING, method="lower"))]
    usual = [row for row in passing if numbers[row] == 0] or passing
    gaps = np.linalg.norm(places - mean, axis=1)
    chosen = [min(usual, key=lambda row: (gaps[row], row))]
    while len(chosen) < min(count, len(passing)):
        apart = np.linalg.norm(places[passing, None] - places[None, chosen], axis=2).min(axis=1)
        apart[np.isin(passing, chosen)] = -1.0
        chosen.append(passing[int(np.argmax(apart))])
    return chosen


def fitted_scenario(model: Model, places: Sequence[float]) -> Scenario:
    """Return the base with the fitted values; the rest has the package's defaults."""
    values = {one.key: one.value(place) for one, place in zip(model.free, places, strict=True)}
    return apply_values(model.base, [one.parameter for one in model.free], values)


def ensemble_of(model: Model, design: Design, chosen: Sequence[int], posterior: Posterior) -> Fits:
    """Return the chosen sets, to be applied to the fitted scenario of the first.

    Parameters
    ----------
    model : Model
    design : Design
        where the chosen rows are
    chosen : sequence of int
        rows; the first is the scenario's own
    posterior : Posterior
    """
    free = [
        replace(one.parameter, spread=round(float(spread), 2), pinned_by=(), replaces=True)
        for one, spread in zip(model.free, posterior.spread, strict=True)
    ]
    mine = {one.key for one in free} | model.kept
    rest = [replace(one, pinned_by=()) for one in model.fits.parameters if one.key not in mine]
    sets = [
        {one.key: one.value(place) for one, place in zip(model.free, design.places[row], strict=True)}
        | {one.key: model.fits.sets[design.numbers[row]][one.key] for one in rest}
        for row in chosen
    ]
    about = {
        "scenario": model.base.name,
        "trials": posterior.used,
        "replications": 1,
        "calibrated_sets": [design.numbers[row] for row in chosen],
    }
    return Fits((*free, *rest), tuple(sets), about)
