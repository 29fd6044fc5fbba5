"""From trials to calibrated parameter sets: the default, alternatives, and which facts constrain which parameter.

Selected sets are verified on more markets and new random numbers, since the best of many trials is partly chance.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from zerosum.errors import RunError
from zerosum.market.state import Float
from zerosum.runs.parts import Parts
from zerosum.runs.question import Question
from zerosum.runs.store import Lost
from zerosum.scenario.fits import Fits, Parameter
from zerosum.studies.calibrate.search import OnTrial, search
from zerosum.studies.calibrate.settings import Calibration
from zerosum.studies.calibrate.surface import Surface
from zerosum.studies.calibrate.trials import FAR, Trial, Trials
from zerosum.studies.facts import MEASURES

KIND = "calibration"

CONTENDERS = 12
"""Number of best trials among which the default is selected on new simulated runs."""

CANDIDATES = 48
"""Most places to verify when looking for further sets."""

SURE = 0.85
"""Distance from a band's middle, in half-bands, up to which a fact is safely met."""

WAY = (0.6, 0.5, 0.4, 0.3)
"""Parts of the way from the default to a trial, farthest first; beyond, the surface was seldom right."""

FELT = 0.5
"""Half-bands that a fact must move over a parameter's range to count as constraining it."""

NEAREST = 0.25
"""Part of the sampled trials that spreads are computed from."""

FEWEST = 20
"""Fewest trials for a spread."""


@dataclass(frozen=True)
class Fitted:
    """Results of a calibration.

    Attributes
    ----------
    fits : Fits
    trials : Trials
        all trials, in order
    verified : tuple of Trial
        the calibrated sets, in order, on new simulated runs, with all judged facts, also held-out ones
    agreeing : int
        sampled trials that met every fitted fact
    sampled : int
    """

    fits: Fits
    trials: Trials
    verified: tuple[Trial, ...]
    agreeing: int
    sampled: int


def calibrate(
    settings: Calibration,
    here: Path,
    folder: Path,
    workers: int = 1,
    on_trial: OnTrial = lambda *_: None,
    stop: threading.Event | None = None,
    on_lost: Callable[[Lost], None] = lambda _: None,
    fresh: bool = False,
) -> Fitted:
    """Calibrate a scenario; no other process may write to the folder.

    Parameters
    ----------
    settings : Calibration
    here : Path
        the settings' file; other file names are relative to it
    folder : Path
        stores trials, so that a stopped search can continue
    workers : int
        threads; changes the time, not the result
    on_trial, stop
    on_lost : callable
        called if stored trials are damaged: they are simulated again
    fresh : bool
        discard stored trials

    Raises
    ------
    InputError
        if the file, the facts or the scenario don't fit each other
    RunError
        if no trial agrees with every fitted fact: the message says which facts fail
    Interrupted
        when stopped; finished trials are stored
    """
    parts = Parts(
        folder, Question(KIND, {}, {"name": here.stem, "question": settings.question}), (), fresh, on_lost
    )
    trials, anchors, checks = prepared(settings, here, parts, workers, stop)
    search(trials, anchors, on_trial)

    def verify(trial: Trial) -> Trial:
        result = replace(checks.trial(trial.places), checked=True)
        on_trial("verified", len(checks.done), 2 * settings.sets, trials.loss(result))
        return result

    pushed = settings.pushed if settings.spread_over else 0
    searched = len(trials.done) - pushed
    sampled = trials.done[searched - settings.sampled : searched]
    accepted = [trial for trial in sampled if trials.agrees(trial)]
    default = _default(trials, verify)
    sets = [default, *_others(trials, default, verify, settings.sets - 1)]
    parameters = _identify(trials, sampled)
    about = {
        "scenario": settings.scenario,
        "seed": settings.seed,
        "market_seed": settings.market_seed,
        "trials": len(trials.done),
        "scattered": settings.scattered,
        "guided": searched - settings.scattered - settings.polished - len(sampled),
        "polished": settings.polished,
        "replications": settings.replications,
        "anchored": settings.anchored,
        "verified": settings.verified,
        "sampled": len(sampled),
        "pushed": pushed,
        "agreeing": len(accepted),
        "held_out": list(settings.held_out),
        "registered": settings.registered,
        "answers": {name: [t.found[name] for t in sets] for name in settings.spread_over},
        "found": {fact.name: [t.found[fact.name] for t in sets] for fact in checks.facts},
        "rests_on": {
            fact.name: default.found[part] for fact in checks.facts if (part := MEASURES[fact.measure].part)
        },
    }
    parts.compact()
    parts.claim()
    fits = Fits(parameters, tuple(dict(t.values) for t in sets), about)
    return Fitted(fits, trials, tuple(sets), len(accepted), len(sampled))


def prepared(
    settings: Calibration,
    here: Path,
    parts: Parts | None = None,
    workers: int = 1,
    stop: threading.Event | None = None,
) -> tuple[Trials, Trials, Trials]:
    """Return trials for the search, for anchoring it on many more markets, and for verifying selected sets.

    Each has its own random numbers; the last also measure the held-out facts.

    Raises
    ------
    InputError
        if the file, the facts or the scenario don't fit each other
    """
    check: dict[str, Any] = {"replications": settings.verified}
    more: dict[str, Any] = {"replications": settings.anchored or settings.replications}

    def on(further: int, changes: dict[str, Any], checking: bool = False) -> Trials:
        seed = {"market_seed": settings.market_seed + further}
        return Trials(settings.model_copy(update=seed | changes), here, parts, workers, stop, checking)

    return on(0, {}), on(2, more), on(1, check, checking=True)


def _default(trials: Trials, verify: Callable[[Trial], Trial]) -> Trial:
    """Return the best trial that also agrees on new simulated runs, safely for every fact.

    It is the first in the search's order, since the best on the new runs would be partly chance. If none is safe for
    all facts, it is the safest: near a band's edge no further sets could be found.
    """
    best = sorted({t.places: t for t in trials.done}.values(), key=trials.loss)[:CONTENDERS]
    again = []
    for trial in best:
        again.append(verify(trial))
        if trials.farthest_off(trials.distances(again[-1])) <= SURE:
            return again[-1]
    closest = min(again, key=lambda t: trials.farthest_off(trials.distances(t)))
    if trials.agrees(closest):
        return closest
    failing = ", ".join(
        f"{fact.name} ({closest.found[fact.name]:.3g})"
        for fact in trials.facts
        if not fact.holds(closest.found[fact.name])
    )
    raise RunError(
        f"no market agrees with every fact; the closest fails {failing}. More trials, wider ranges or other "
        "parameters may help; or the model can't do it."
    )


def _others(trials: Trials, default: Trial, verify: Callable[[Trial], Trial], count: int) -> list[Trial]:
    """Return sets that agree as well, as far from the default and from each other as possible.

    Distance is in the answers, if the calibration names some, else in the values. Answers are compared as the search
    found them: on the same few markets, whose noise they share.
    """
    if trials.answers:
        candidates = [
            trial for trial in trials.done if trials.agrees(trial) and trial.values != default.values
        ]
        feature: Callable[[Trial], Float] = partial(_answers, names=trials.answers)
    else:
        candidates, feature = _likely(trials, default), _places
    chosen = [next(trial for trial in trials.done if trial.values == default.values)]
    found: list[Trial] = []
    for number, trial in enumerate(_farthest_first(candidates, chosen, feature)):
        if len(found) == count or number == CANDIDATES:
            break
        again = verify(trial)
        if trials.agrees(again):
            found.append(again)
            chosen.append(trial)
    return found


def _answers(trial: Trial, names: Sequence[str]) -> Float:
    return np.array([trial.found[name] for name in names])


def _places(trial: Trial) -> Float:
    return np.array(trial.places)


def _likely(trials: Trials, default: Trial) -> list[Trial]:
    """Return places on the way to other trials where the facts are also likely to hold on new simulated runs.

    One trial of so many noisy facts predicts new runs poorly. The response surface has less noise, and the default's
    verification corrects it.
    """
    surface, start = Surface.fitted(trials), np.array(default.places)
    correction = trials.distances(default) - surface.distances(start)[0]
    found = []
    for trial in {t.places: t for t in trials.done if t.values != default.values}.values():
        for part in WAY:
            place = start + part * (np.array(trial.places) - start)
            if trials.farthest_off(surface.distances(place)[0] + correction) <= SURE:
                found.append(Trial(tuple(float(p) for p in place), trials.values(place), {}))
                break
    return found


def _farthest_first(
    candidates: list[Trial], chosen: list[Trial], feature: Callable[[Trial], Float]
) -> Iterator[Trial]:
    """Yield candidates, each time the one farthest from all in ``chosen``, which may grow in between."""
    left = list(candidates)
    while left:
        taken = np.array([feature(trial) for trial in chosen])
        there = np.array([feature(trial) for trial in left])
        gaps = np.linalg.norm(there[:, None] - taken[None], axis=2).min(axis=1)
        yield left.pop(int(np.argmax(gaps)))


def _identify(trials: Trials, sampled: list[Trial]) -> tuple[Parameter, ...]:
    """Return each parameter with its spread given the facts, and the facts that respond to it.

    Spreads are of the sampled trials nearest to the bands' middles (approximate Bayesian computation). Hardly any
    trial meets all of twenty noisy facts.
    """
    effects = Surface.fitted(trials).effects()
    ordered = sorted(sampled, key=lambda t: float((np.clip(trials.distances(t), -FAR, FAR) ** 2).sum()))
    nearest = ordered[: round(NEAREST * len(ordered))]
    places = np.array([t.places for t in nearest])
    even = 1.0 / math.sqrt(12.0)
    rows = []
    for i, one in enumerate(trials.settings.parameters):
        spread = float(places[:, i].std(ddof=1) / even) if len(nearest) >= FEWEST else math.nan
        rows.append(replace(one.parameter, spread=round(spread, 2), pinned_by=_felt(effects[i], trials)))
    return tuple(rows)


def _felt(effects: Float, trials: Trials) -> tuple[str, ...]:
    order = np.argsort(-np.abs(effects))
    return tuple(trials.facts[j].name for j in order[:4] if abs(effects[j]) >= FELT)


# --- Output: a file of fits, for load_fits, and a table of all trials -----------------------------------------

HEAD = """\
# Values of the model's assumptions that agree with what is known about selling.
# Written by 'zerosum calibrate {file}'; to change it, change that file and calibrate anew.
#
# [about]         how the values were found: {trials} trials, each of {replications} markets of '{scenario}'
# [about.answers] measure -> what each of the fits answered: they were chosen to differ in it as far as the
#                 search found the facts to allow
# [about.found]   fact -> what each of the fits said, on the runs that they were checked with, in the order of [[fits]]
# [about.rests_on] fact -> the part of the default's market that it was computed from, where that isn't all
# [[parameters]]  what was fitted, and the range that was looked at; factor: the value multiplies what the rows said
#                 before; spread: standard deviation among the markets that agree / that of the whole range (about 1:
#                 the facts don't say; nan: too few markets agreed to tell); pinned_by: the facts that respond
# [[fits]]        sets of values; the first is the default, the others agree with the facts as well
"""


def fits_text(fits: Fits, file: Path, head: str = HEAD) -> str:
    """Return fits as TOML, the same bytes for the same fits.

    Parameters
    ----------
    fits : Fits
    file : Path
        the calibration's file, for the comment at the top
    head : str
        that comment
    """
    name = file.name if file.is_absolute() else file.as_posix()
    said = {key: fits.about.get(key, "?") for key in ("trials", "replications", "scenario")}
    parts = [head.format(file=name, **said), "[about]"]
    parts += [_line(key, value) for key, value in fits.about.items() if not isinstance(value, Mapping)]
    for key, value in fits.about.items():
        if isinstance(value, Mapping):
            parts += ["", f"[about.{_key(key)}]", *(_line(k, v) for k, v in value.items())]
    for parameter in fits.parameters:
        parts += ["", "[[parameters]]", *_parameter(parameter)]
    for values in fits.sets:
        parts += ["", "[[fits]]", *(_line(p.key, float(values[p.key])) for p in fits.parameters)]
    return "\n".join(parts) + "\n"


def _parameter(parameter: Parameter) -> Iterator[str]:
    yield _line("key", parameter.key)
    yield _line("low", float(parameter.low))
    yield _line("high", float(parameter.high))
    if parameter.factor:
        yield _line("factor", True)
    yield _line("spread", float(parameter.spread))
    if parameter.pinned_by:
        yield _line("pinned_by", parameter.pinned_by)
    if parameter.replaces:
        yield _line("replaces", True)


def _line(key: str, value: Any) -> str:
    return f"{_key(key)} = {_value(value)}"


def _key(key: str) -> str:
    """Return a TOML key, quoted if it isn't bare: a dot would start a table."""
    bare = key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key)
    return key if bare else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)  # also inf and nan are TOML
    return json.dumps(value, ensure_ascii=False)


def trials_frame(fitted: Fitted) -> pd.DataFrame:
    """Return all trials, in order.

    Columns: trial (its number), stage (``scattered``, ``guided``, ``polished``, ``sampled``, ``pushed``), one for each
    parameter's value under its key, one for each fitted fact under its name, loss, agrees (with every fitted fact).
    """
    trials = fitted.trials
    stages = [
        stage
        for stage in ("scattered", "guided", "polished", "sampled", "pushed")
        for _ in range(fitted.fits.about[stage])
    ]
    rows = []
    for number, trial in enumerate(trials.done):
        rows.append(
            {
                "trial": number,
                "stage": stages[number],
                **trial.values,
                **{fact.name: trial.found[fact.name] for fact in trials.facts},
                **{name: trial.found[name] for name in trials.answers},
                "loss": trials.loss(trial),
                "agrees": trials.agrees(trial),
            }
        )
    return pd.DataFrame(rows)
