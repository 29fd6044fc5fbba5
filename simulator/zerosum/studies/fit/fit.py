"""Fit a scenario to a team's own data: simulate widely, compare, and check what comes of it on new teams."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from zerosum.crm import TeamData
from zerosum.runs.executors import Executor
from zerosum.runs.parts import Parts
from zerosum.runs.question import Question, hash_of
from zerosum.scenario import results_hash
from zerosum.scenario.fits import Fits, Parameter, load_fits
from zerosum.scenario.spec import Scenario
from zerosum.studies.fit.base import Base, base_of
from zerosum.studies.fit.design import Design, Free, Model, simulate
from zerosum.studies.fit.ensemble import choose, distances, ensemble_of, fitted_scenario
from zerosum.studies.fit.posterior import Float, Posterior, estimate_posterior
from zerosum.studies.fit.summary import COMPETITORS, LABELS, summary_of, tells_no_decision

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
    posterior : Posterior
    check : DataFrame
        a row per statistic: ``statistic data low middle high p``; the data's value, the middle 90 % of new teams that
        were simulated with the posterior, and twice the share of them that lies beyond the data
    left_out : mapping
        statistic -> why it isn't used
    scenario : Scenario
        the base with the fitted values
    ensemble : Fits
        sets of values that agree with the data; the first is the scenario's own
    """

    base: Base
    model: Model
    posterior: Posterior
    check: pd.DataFrame
    left_out: Mapping[str, str]
    scenario: Scenario
    ensemble: Fits


def fit_team(
    team: TeamData,
    folder: Path,
    executor: Executor,
    count: int = TEAMS,
    seed: int = 1,
    on_done: Callable[[int, int], None] = lambda *_: None,
    stop: threading.Event | None = None,
    competitors: bool = False,
) -> Fitted:
    """Fit a scenario to a team's data.

    Parameters
    ----------
    team : TeamData
    folder : Path
        stores simulated teams, so that a stopped fit can go on; other data have another folder within it
    executor : Executor
    count : int
        teams to simulate
    seed : int
    on_done, stop
    competitors : bool
        whether every deal with a competitor names one; if not, figures of competitors aren't used

    Raises
    ------
    InputError
        if there are too few data
    Interrupted
        when stopped
    """
    base = base_of(team, seed)
    model = model_of(base)
    settings = {
        "scenario": results_hash(base.scenario),
        "seed": seed,
        "no_decision": model.no_decision,
    }
    # A folder for each question: after new data or another version, teams are simulated anew beside the old ones.
    question = Question(KIND, settings, settings=settings)
    parts = Parts(folder / hash_of(dict(question.of))[:12], question)
    design = Design.spread(model, count, seed)
    rows = simulate(model, design, parts, executor, on_done, stop)
    data = summary_of(base.team)
    left_out = _left_out(data, rows, competitors)
    used = [name for name in LABELS if name not in left_out]
    observed = np.array([data[name] for name in used])
    posterior = estimate_posterior(design.places, rows[used].to_numpy(float), observed)
    checked = Design(posterior.sample(CHECKED), tuple(i % len(model.fits.sets) for i in range(CHECKED)))
    # Replications after those of the design: other random numbers.
    again = simulate(model, checked, parts, executor, on_done, stop, first=count)[used].to_numpy(float)
    parts.compact()
    chosen = choose(checked.places, checked.numbers, distances(again, observed), posterior.mean)
    return Fitted(
        base,
        model,
        posterior,
        _check(used, observed, again),
        left_out,
        fitted_scenario(model, checked.places[chosen[0]].tolist()),
        ensemble_of(model, checked, chosen, posterior),
    )


SELDOM_NAMED = "exports seldom name every competitor"
"""Why figures of competitors aren't used, unless asked for."""


def _left_out(data: Mapping[str, float], rows: pd.DataFrame, competitors: bool) -> dict[str, str]:
    """Return the statistics that can't be compared, with the reason."""
    found = {}
    for name in LABELS:
        if name in COMPETITORS and not competitors:
            found[name] = SELDOM_NAMED
        elif not np.isfinite(data[name]):
            found[name] = "the data don't have it"
        elif rows[name].notna().mean() < FEWEST_DEFINED:
            found[name] = "many simulated teams don't have it"
    return found


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
    return Model(base.scenario, tuple(free), fits, no_decision=tells_no_decision(base.team))


def _check(names: list[str], observed: Float, again: Float) -> pd.DataFrame:
    low, middle, high = np.nanquantile(again, [0.05, 0.5, 0.95], axis=0)
    below = (again < observed).mean(axis=0) + 0.5 * (again == observed).mean(axis=0)
    p = np.minimum(1.0, 2.0 * np.minimum(below, 1.0 - below))
    table = {"statistic": names, "data": observed, "low": low, "middle": middle, "high": high, "p": p}
    return pd.DataFrame(table)
