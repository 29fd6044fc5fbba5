"""Fit a scenario to a team's own data: simulate widely, compare, and check what comes of it on new teams."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from zerosum.crm import TeamData
from zerosum.runs.executors import Executor
from zerosum.runs.parts import Parts
from zerosum.runs.question import Question
from zerosum.scenario import results_hash
from zerosum.scenario.fits import Parameter, load_fits
from zerosum.studies.fit.base import Base, base_of
from zerosum.studies.fit.design import Design, Free, Model, simulate
from zerosum.studies.fit.posterior import Float, Posterior, estimate_posterior
from zerosum.studies.fit.summary import LABELS, summary_of

KIND = "fit"

FREE = (
    "segments.evaluation_weeks",
    "segments.evaluation_sigma",
    "segments.value_sigma",
    "segments.switching_cost",
    "contracts.attrition",
    "choice.no_decision",
    "invitations.coverage",
    "invitations.competitors",
    "invitations.value_exponent",
    "effort.skill_weight",
    "quota.renewal_credit",
    "turnover.leave_other",
)
"""What data can tell, besides the number of buyers.

Of 46 parameters over their calibrated ranges, a regression on the statistics of one team of 10 reps in four years
explains 35 to 94 % of these and of the buyers; of each other parameter, 32 % at most.
"""

BUYERS = 2.2
"""Factor around the pilot's number of buyers, down and up."""

TEAMS = 768
"""Teams to simulate."""

CHECKED = 64
"""New teams of the check."""

FEWEST_DEFINED = 0.95
"""A statistic that fewer simulated teams have is left out."""


@dataclass(frozen=True)
class Fitted:
    """A fitted scenario.

    Attributes
    ----------
    base : Base
    model : Model
    observed : DataFrame
        a row per statistic: ``data low high p``, the data's value, the middle 90 % of new teams simulated with the
        posterior, and the share of them on the data's side, twice
    posterior : Posterior
    """

    base: Base
    model: Model
    observed: pd.DataFrame
    posterior: Posterior


def fit_team(
    team: TeamData,
    folder: Path,
    executor: Executor,
    count: int = TEAMS,
    seed: int = 1,
    on_done: Callable[[int, int], None] = lambda *_: None,
    stop: threading.Event | None = None,
) -> Fitted:
    """Fit a scenario to a team's data.

    Parameters
    ----------
    team : TeamData
    folder : Path
        stores simulated teams, so that a stopped fit can go on
    executor : Executor
    count : int
        teams to simulate
    seed : int
    on_done, stop

    Raises
    ------
    InputError
        if there are too few data
    Interrupted
        when stopped
    """
    base = base_of(team, seed)
    model = model_of(base)
    settings = {"scenario": results_hash(base.scenario), "seed": seed}
    parts = Parts(folder, Question(KIND, settings, settings=settings))
    rows = simulate(model, Design.spread(model, count, seed), parts, executor, on_done, stop)
    data = summary_of(base.team)
    used = [
        name for name in LABELS if np.isfinite(data[name]) and rows[name].notna().mean() >= FEWEST_DEFINED
    ]
    design = Design.spread(model, count, seed)
    observed = np.array([data[name] for name in used])
    posterior = estimate_posterior(design.places, rows[used].to_numpy(float), observed)
    checked = Design(posterior.sample(CHECKED), tuple(i % len(model.fits.sets) for i in range(CHECKED)))
    # Replications after those of the design: other random numbers.
    again = simulate(model, checked, parts, executor, on_done, stop, first=count)
    return Fitted(base, model, _check(used, observed, again[used].to_numpy(float)), posterior)


def model_of(base: Base) -> Model:
    """Return the model to fit: ranges from the calibration of the package's defaults, relative for factors."""
    fits = load_fits()
    free = []
    for parameter in fits.parameters:
        if parameter.key in FREE:
            scale = fits.sets[0][parameter.key] if parameter.factor else 1.0
            free.append(Free(replace(parameter, low=parameter.low / scale, high=parameter.high / scale)))
    buyers = base.scenario.market.buyers
    free.append(Free(Parameter("market.buyers", buyers / BUYERS, buyers * BUYERS), log=True))
    return Model(base.scenario, tuple(free), fits)


def _check(names: list[str], observed: Float, again: Float) -> pd.DataFrame:
    low, middle, high = np.nanquantile(again, [0.05, 0.5, 0.95], axis=0)
    below = (again < observed).mean(axis=0) + 0.5 * (again == observed).mean(axis=0)
    p = np.minimum(1.0, 2.0 * np.minimum(below, 1.0 - below))
    table = {"statistic": names, "data": observed, "low": low, "middle": middle, "high": high, "p": p}
    return pd.DataFrame(table)
