"""What a calibration leaves: a file of fits, which ``load_fits`` reads back as it was, and a table of all trials."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from zerosum.scenario.fits import Fits, Parameter
from zerosum.studies.calibrate.fit import Fitted

HEAD = """\
# Values of the model's assumptions that agree with what is known about selling.
# Written by 'zerosum calibrate {file}'; to change it, change that file and calibrate anew.
#
# [about]         how the values were found: {trials} trials, each of {replications} markets of '{scenario}'
# [about.found]   fact -> what each of the fits said, on the luck that they were checked with, in the order of [[fits]]
# [[parameters]]  what was fitted, and the range that was looked at; factor: the value multiplies what the rows said
#                 before; spread: standard deviation among the markets that agree / that of the whole range (about 1:
#                 the facts don't say; nan: too few markets agreed to tell); pinned_by: the facts that respond
# [[fits]]        sets of values; the first is the default, the others agree with the facts as well
"""


def fits_text(fits: Fits, file: Path) -> str:
    """Write fits as TOML, the same bytes for the same fits.

    Parameters
    ----------
    fits : Fits
    file : Path
        the calibration's file, for the comment at the top
    """
    name = file.name if file.is_absolute() else file.as_posix()
    said = {key: fits.about.get(key, "?") for key in ("trials", "replications", "scenario")}
    parts = [HEAD.format(file=name, **said), "[about]"]
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


def _line(key: str, value: Any) -> str:
    return f"{_key(key)} = {_value(value)}"


def _key(key: str) -> str:
    """A key, quoted if it isn't bare: a dot would make a table of it."""
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

    Columns: trial (its number), stage (``scattered``, ``guided``, ``polished``, ``sampled``), one for each
    parameter's value under its key, one for each fitted fact under its name, loss, agrees (with every fitted fact).
    """
    trials = fitted.trials
    settings = trials.settings
    sampled = len(trials.done) - fitted.sampled
    stages = ["scattered"] * settings.scattered
    stages += ["guided"] * (sampled - settings.polished - settings.scattered)
    stages += ["polished"] * settings.polished + ["sampled"] * fitted.sampled
    rows = []
    for number, trial in enumerate(trials.done):
        rows.append(
            {
                "trial": number,
                "stage": stages[number],
                **trial.values,
                **{fact.name: trial.found[fact.name] for fact in trials.facts},
                "loss": trials.loss(trial),
                "agrees": trials.agrees(trial),
            }
        )
    return pd.DataFrame(rows)
