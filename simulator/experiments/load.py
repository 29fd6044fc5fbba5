"""From an experiment's file to a checked experiment."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.experiments.factors import Factor, Level
from simulator.experiments.spec import Design, Experiment, Precision

LARGEST_FILE = 10_000_000
"""Bytes; a larger file is no experiment."""

_TABLES: Mapping[str, type[Any]] = {"factors": Factor, "design": Design, "precision": Precision}


class ExperimentError(Exception):
    """An experiment's file, or what it names, doesn't allow it; the message says what is wrong, and where."""


def load_experiment(path: str | Path) -> Experiment:
    """Read an experiment's file.

    Raises
    ------
    ExperimentError     with everything that is wrong, one fault per line
    """
    file = Path(path)
    try:
        if file.is_file() and file.stat().st_size > LARGEST_FILE:
            raise ExperimentError(f"{path}: {file.stat().st_size:,} bytes are no experiment")
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExperimentError(
            f"{path}: the file can't be read ({(error.strerror or '').lower()}){_nearby(file)}"
        ) from None
    except ValueError as error:
        raise ExperimentError(f"{path}: this is not TOML: {error}") from None
    if "parameters" in content and "market_seed" in content:
        raise ExperimentError(f"{path}: this is a calibration; 'zerosum calibrate {path}' runs it")
    if "players" in content:
        raise ExperimentError(f"{path}: this is a game; 'zerosum game {path}' runs it")
    if "objectives" in content or "trials" in content:
        raise ExperimentError(f"{path}: this is an optimisation; 'zerosum optimise {path}' runs it")
    if "market" in content or "vendors" in content:
        raise ExperimentError(f"{path}: this is a scenario; 'zerosum compare {path}' runs it")
    content.setdefault("name", file.stem)
    try:
        return Experiment.model_validate(frozen(content))
    except ValidationError as error:
        raise ExperimentError(
            "\n".join(f"{path}: {_said(fault, content)}" for fault in error.errors())
        ) from None


def _nearby(file: Path) -> str:
    """Name the file that may be meant, in the same folder or among the experiments here."""
    there = {str(p): p for folder in {file.parent, Path("experiments")} for p in folder.glob("*.toml")}
    stems = {Path(name).stem: name for name in there}
    close = difflib.get_close_matches(file.stem, stems, 1)
    return f"; did you mean '{stems[close[0]]}'?" if close else ""


def frozen(value: Any) -> Any:
    """Lists become tuples: what is frozen must not hold a thing that can be appended to."""
    if isinstance(value, dict):
        return {key: frozen(v) for key, v in value.items()}
    return tuple(frozen(v) for v in value) if isinstance(value, list) else value


def _said(fault: Any, content: Mapping[str, Any]) -> str:
    """Say what is wrong with which key; rows of [[factors]] go by their number and name."""
    location = [part for part in fault["loc"] if part != "scenario" or len(fault["loc"]) < 2]
    row = ""
    model: type[Any] = Experiment
    if location and location[0] in _TABLES:
        model = _TABLES[str(location[0])]
        row = f"[{location[0]}]: "
        if location[0] == "factors" and len(location) > 1:
            number = location[1]
            given = content["factors"][number]
            named = given.get("name") or given.get("key") if isinstance(given, dict) else None
            row = f"[[factors]] {number + 1}" + (f" ({named})" if named else "") + ": "
            location = location[2:]
            if location[:1] == ["levels"]:
                model = Level
        else:
            location = location[1:]
    key = ".".join(str(part) for part in location)
    if fault["type"] == "missing":
        return f"{row}{key} is missing"
    if fault["type"] == "extra_forbidden":
        known = model.model_fields
        close = difflib.get_close_matches(str(location[-1]), known, 1)
        hint = f"did you mean '{close[0]}'?" if close else f"keys are: {', '.join(known)}"
        return f"{row}there is no key '{key}'; {hint}"
    message = fault["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:] if message.startswith("Input should") else message
    if not key:
        return row + message
    given = fault["input"]
    shown = f"{key} = {given!r}" if isinstance(given, str | int | float) else key
    return f"{row}{shown}: {message}"
