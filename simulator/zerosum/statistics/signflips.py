"""Test whether columns differ in the mean, by flipping signs of whole replications; columns may be correlated.

Source: Fisher (1935), *The Design of Experiments*, 21 (signs of paired differences); Nichols & Holmes (2002), Hum.
Brain Mapp. 15 (of whole images); Winkler et al. (2014), NeuroImage 92 (what makes units exchangeable).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]

FEWEST_ROWS = 6
"""Minimum of replications: five have 16 distinct patterns of signs, so p is at least 1/16."""

FEWEST_CELLS = 32
"""Minimum of numbers, if each has its own random numbers: with fewer, single signs decide too much."""

ALL_PATTERNS = 12
"""Rows up to which every pattern of signs is tried."""

FLIPS, FEWEST_FLIPS = 1999, 199
"""Patterns drawn if there are more rows; fewer for very large tables."""

MOST_SIGNS, AT_ONCE = 200_000_000, 10_000_000
"""Maximum signs drawn for a test, and at once."""


def sign_flip_test(table: npt.ArrayLike, together: bool = True, key: int = 1) -> float:
    """Test whether the columns of a table have different means.

    Parameters
    ----------
    table : float[n, m]
        A row for each replication, a column for each point. A NaN is left out; if rows are the units, with
        its row.
    together : bool
        Whether the runs of a row have common random numbers, so that rows are the units.
        Else each run has its own.
    key : int
        Of the generator: the same key gives the same p.

    Returns
    -------
    float
        p; NaN if there are too few units for a test (``FEWEST_ROWS``, ``FEWEST_CELLS``), or too few columns.

    Notes
    -----
    The statistic is the variance between the columns' means. If columns have the same mean, a row less its own mean
    is noise, and equally likely with the opposite sign. So every pattern of signs over rows is as likely as the
    observed one. Numbers of a row may be correlated and have different variances. Rows are assumed independent and
    noise symmetric; for skewed noise see docs/statistics.md.
    Permuting the numbers within a row would be wrong: it assumes that they are exchangeable. Numbers of neighboring
    points aren't if they share random numbers.
    """
    values = np.asarray(table, np.float64)
    if values.ndim != 2 or values.shape[1] < 2:
        return math.nan
    generator = np.random.Generator(np.random.Philox(key=key))
    found = _of_rows(values, generator) if together else _of_cells(values, generator)
    if found is None:
        return math.nan
    first, others, all_of_them = found
    # The observed pattern is one of all; its own rounding must not count against it.
    as_far = sum(int((some >= first * (1.0 - 1e-9)).sum()) for some in others)
    tried = all_of_them + 1
    return (as_far + 1) / tried


def _of_rows(values: Float, generator: np.random.Generator) -> tuple[float, Iterator[Float], int] | None:
    whole = values[np.isfinite(values).all(axis=1)]
    n = len(whole)
    if n < FEWEST_ROWS:
        return None
    rest = whole - whole.mean(axis=1, keepdims=True)
    products = rest @ rest.T
    if n <= ALL_PATTERNS:
        # A pattern and its opposite give the same number, so the first row keeps its sign.
        patterns = np.arange(1, 2 ** (n - 1))
        signs = 1.0 - 2.0 * ((patterns[:, None] >> np.arange(n)) & 1)
    else:
        signs = _signs(generator, (FLIPS, n))
    return (
        float(products.sum()),
        iter([((signs @ products) * signs).sum(axis=1)]),
        len(signs),
    )


def _of_cells(values: Float, generator: np.random.Generator) -> tuple[float, Iterator[Float], int] | None:
    known = np.isfinite(values)
    values, known = values[:, known.any(axis=0)], known[:, known.any(axis=0)]
    runs = known.sum(axis=0)
    if known.sum() < FEWEST_CELLS or values.shape[1] < 2 or runs.max() < 2:
        return None
    values = np.where(known, values, 0.0)
    rest = np.where(known, values - (values.sum(axis=0) / runs).mean(), 0.0)
    flips = int(np.clip(MOST_SIGNS // rest.size, FEWEST_FLIPS, FLIPS))
    size = max(1, AT_ONCE // rest.size)

    def flipped() -> Iterator[Float]:
        for start in range(0, flips, size):
            signs = _signs(generator, (min(size, flips - start), *rest.shape))
            yield (np.einsum("fij,ij->fj", signs, rest) / runs).var(axis=1)

    return float((rest.sum(axis=0) / runs).var()), flipped(), flips


def _signs(generator: np.random.Generator, shape: tuple[int, ...]) -> Float:
    return generator.integers(0, 2, shape, np.int8) * 2.0 - 1.0
