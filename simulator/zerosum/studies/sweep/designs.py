"""Designs: compute the points of an experiment from its factors.

scipy draws the Latin hypercubes and Sobol sequences. SALib builds the screening and sensitivity samples (Morris
1991, Technometrics 33; Saltelli et al. 2010, Comput. Phys. Commun. 181).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from zerosum.errors import InputError
from zerosum.market.state import Float
from zerosum.spreadsheet import name_program_file, read_number
from zerosum.studies.sweep.factors import Factor, Value
from zerosum.studies.sweep.spec import SAMPLED, SCENARIO, Experiment

MOST_POINTS = 1_000_000
"""Most points of a design; a larger one is an error, before it fills the memory."""


def size(experiment: Experiment) -> int:
    """Return the number of points before constraints; 0 for a list, whose file isn't read here.

    Raises
    ------
    InputError
        for a factor that the design can't use
    """
    design, n = experiment.design, len(experiment.factors)
    scenarios = len(experiment.scenario)
    match design.kind:
        case "grid":
            counts = [len(values) for values in _list_values(experiment)]
            return int(np.prod(counts, dtype=object)) if counts else 1
        case "list":
            return 0
        case "morris":
            return scenarios * int(design.trajectories or 0) * (n + 1)
        case "saltelli":
            return scenarios * int(design.points or 0) * ((2 * n if design.second_order else n) + 2)
        case _:
            return scenarios * int(design.points or 0)


def lay_out(experiment: Experiment, here: Path) -> pd.DataFrame:
    """Return the points: one row a point, in order, and one column for each of ``experiment.varied``.

    Parameters
    ----------
    experiment : Experiment
    here : Path
        its file; other file names are relative to it

    Raises
    ------
    InputError
        if there are too many points, none, or a value that a factor doesn't allow
    """
    count = size(experiment)
    if count > MOST_POINTS:
        raise InputError(
            f"{here}: the design has {count:,} points; at most {MOST_POINTS:,} can be run. Fewer values a factor, or a "
            'sample of them (design.kind = "latin-hypercube")'
        )
    if experiment.design.kind == "grid":
        rows = pd.DataFrame(list(product(*_list_values(experiment))), columns=_heads(experiment))
    elif experiment.design.kind == "list":
        rows = _from_file(experiment, here)
    else:
        rows = _sample(experiment)
    for formula in experiment.constraints:
        try:
            rows = rows[formula.holds(rows)]
        except ValueError as error:
            raise InputError(f"{here}: {error}") from None
    if rows.empty:
        raise InputError(f"{here}: no point is left that fulfils every constraint")
    return rows.reset_index(drop=True)


def places(experiment: Experiment) -> Float:
    """Draw a sampled design: quantiles (0 to 1) of the factors' distributions; [points of one scenario, factors]."""
    design, n = experiment.design, len(experiment.factors)
    problem = {"num_vars": n, "names": [f.name for f in experiment.factors], "bounds": [[0.0, 1.0]] * n}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SALib's FutureWarnings
        match design.kind:
            case "latin-hypercube":
                from scipy.stats import qmc

                return np.asarray(
                    qmc.LatinHypercube(n, rng=_rng(design.seed)).random(int(design.points or 0))
                )
            case "sobol":
                from scipy.stats import qmc

                return np.asarray(qmc.Sobol(n, rng=_rng(design.seed)).random(int(design.points or 0)))
            case "morris":
                from SALib.sample import morris

                return np.asarray(
                    morris.sample(problem, design.trajectories, design.grid_levels, seed=design.seed)
                )
            case "saltelli":
                from SALib.sample import sobol

                return np.asarray(
                    sobol.sample(
                        problem, design.points, calc_second_order=design.second_order, seed=design.seed
                    )
                )
            case _:
                raise ValueError(f"a design of kind '{design.kind}' has no places")


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def _heads(experiment: Experiment) -> list[str]:
    return list(experiment.varied)


def _list_values(experiment: Experiment) -> list[tuple[Value, ...]]:
    """Return the values of every factor of a grid; several scenarios come first."""
    first: list[tuple[Value, ...]] = [experiment.scenario] if len(experiment.scenario) > 1 else []
    return [*first, *(factor.listed for factor in experiment.factors)]


def _sample(experiment: Experiment) -> pd.DataFrame:
    for factor in experiment.factors:
        if experiment.design.kind in ("morris", "saltelli") and not factor.is_bounded:
            raise InputError(
                f"factor '{factor.name}': a design of kind '{experiment.design.kind}' goes to the ends of every "
                "factor; give low and high"
            )
    at = places(experiment)
    columns: dict[str, Any] = {
        factor.name: [factor.at(float(place)) for place in at[:, i]]
        for i, factor in enumerate(experiment.factors)
    }
    rows = pd.DataFrame(columns)
    if len(experiment.scenario) == 1:
        return rows
    return pd.concat([rows.assign(**{SCENARIO: name}) for name in experiment.scenario])[_heads(experiment)]


def _from_file(experiment: Experiment, here: Path) -> pd.DataFrame:
    """Read points from the CSV file that a design names: a column for each factor."""
    file = here.parent / str(experiment.design.file)
    try:
        with file.open("rb") as content:
            if what := name_program_file(content.read(4096), file.name):
                raise InputError(f"{file}: this is {what}, not a CSV file; save the sheet as CSV")
        rows = pd.read_csv(file, comment="#", skipinitialspace=True, dtype=text_columns(experiment))
    except InputError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{here}: design.file = '{experiment.design.file}': {reason.lower()}") from None
    return check_points(experiment, rows, file)


def text_columns(experiment: Experiment) -> dict[str, type[str]]:
    """Return the columns to read as text: a level named "1" is not a number."""
    named = [
        f.name for f in experiment.factors if not f.is_range and all(isinstance(v, str) for v in f.listed)
    ]
    return dict.fromkeys([*named, SCENARIO], str)


def check_points(experiment: Experiment, rows: pd.DataFrame, file: Path) -> pd.DataFrame:
    """Return points that were read from a file, with values converted to the factors' types.

    Raises
    ------
    InputError
        if columns or values don't match the factors
    """
    wanted, given = _heads(experiment), [str(column).strip() for column in rows.columns]
    rows.columns = pd.Index(given)
    if len(given) == 1 and len(wanted) > 1 and (mark := next((m for m in ";\t" if m in given[0]), "")):
        raise InputError(
            f"{file}: the columns are parted by {'a tab' if mark != ';' else repr(mark)}; save the file with commas "
            "between columns, and points in numbers"
        )
    for column in wanted:
        if given.count(column) > 1:
            raise InputError(f"{file}: there are two columns '{column}'")
    if set(wanted) != set(given):
        missing, unknown = sorted(set(wanted) - set(given)), sorted(set(given) - set(wanted))
        said = [f"no column for {', '.join(missing)}"] if missing else []
        said += [f"no factor for column {', '.join(unknown)}"] if unknown else []
        raise InputError(f"{file}: {'; '.join(said)}; the factors are {', '.join(wanted)}")
    if len(rows) > MOST_POINTS:
        raise InputError(f"{file}: {len(rows):,} points; at most {MOST_POINTS:,} can be run")
    if rows.isna().any(axis=None):
        row, column = next(zip(*np.nonzero(rows.isna().to_numpy()), strict=True))
        raise InputError(f"{file}, line {row + 2}: there is nothing under {rows.columns[column]}")
    for factor in experiment.factors:
        rows[factor.name] = _check_values(factor, rows[factor.name].tolist(), file)
    return rows[wanted]


def _check_values(factor: Factor, column: Sequence[Any], file: Path) -> list[Value]:
    """Return a column's values in the factor's type; raise if one isn't allowed."""
    found: list[Value] = []
    for line, value in enumerate(column, start=2):
        if factor.is_range:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            low = factor.low if factor.low is not None else -np.inf
            high = factor.high if factor.high is not None else np.inf
            if meant := None if number else read_number(str(value)):
                raise InputError(f"{file}, line {line}: {factor.name} = {value} is not a number; {meant.fix}")
            if not number or not low <= value <= high:
                raise InputError(
                    f"{file}, line {line}: {factor.name} = {value} does not lie from {low:g} to {high:g}"
                )
            found.append(round(value) if factor.is_whole else float(value))
        elif value not in factor.listed:
            raise InputError(
                f"{file}, line {line}: {factor.name} = {value} is none of {', '.join(map(str, factor.listed))}"
            )
        else:
            found.append(next(known for known in factor.listed if known == value))
    return found


def is_sampled(experiment: Experiment) -> bool:
    """Return whether the points are drawn from distributions, not listed."""
    return experiment.design.kind in SAMPLED


# --- Order: an interrupted sweep is balanced ------------------------------------------------------------------


def spread_out(count: int) -> Sequence[int]:
    """Return 0 to ``count`` - 1, ordered so that the first ones cover the range evenly.

    >>> spread_out(8)
    [0, 4, 2, 6, 1, 5, 3, 7]
    """
    if count < 1:
        return []
    sequence = qmc.Halton(1, scramble=False).random(count)[:, 0]
    return [int(rank) for rank in np.argsort(np.argsort(sequence))]


def interleave(wanted: Mapping[int, int], done: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the addresses (point, replication) of missing runs, in the order to simulate them.

    Parameters
    ----------
    wanted : point -> replications
        every point from 0 on
    done : addresses
        runs that are finished, or to skip
    """
    there, points = set(done), spread_out(len(wanted))
    for replication in range(max(wanted.values(), default=0)):
        for point in points:
            if replication < wanted[point] and (point, replication) not in there:
                yield point, replication
