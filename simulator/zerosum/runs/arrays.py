"""Tables of runs as labeled arrays (xarray)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from zerosum.errors import InputError


def dataset(runs: pd.DataFrame, dimensions: Sequence[str], named: pd.DataFrame | None = None) -> Any:
    """Return a table of runs as an ``xarray.Dataset``: a variable for each metric; missing runs are NaN.

    Parameters
    ----------
    runs : DataFrame
        a row for each run; the chance baseline is a dimension, too, where it was simulated
    dimensions : sequence of str
        columns that identify a run
    named : DataFrame, optional
        coordinates along the first dimension, in its order: a column each

    Raises
    ------
    InputError
        if xarray isn't installed
    """
    try:
        import xarray
    except ImportError:
        raise InputError(
            "to_xarray needs xarray, which is not installed: pip install 'zerosum[xarray]'"
        ) from None
    if "null" in runs:
        nulls = bool(runs["null"].any())
        dimensions = [*dimensions, "null"] if nulls else dimensions
        runs = runs if nulls else runs.drop(columns="null")
    numbers = [name for name, kind in runs.dtypes.items() if name not in dimensions and kind.kind in "biuf"]
    found = xarray.Dataset.from_dataframe(runs.set_index(list(dimensions))[numbers])
    if named is not None:
        along = named.reindex(found[dimensions[0]].to_numpy())
        found = found.assign_coords(
            {name: (dimensions[0], along[name].to_numpy()) for name in named.columns if name not in numbers}
        )
    return found


def html(title: str, table: pd.DataFrame, most: int = 20) -> str:
    """Return a heading and the first rows of a table for a notebook."""
    from html import escape

    more = f"<p>… and {len(table) - most:,} more rows</p>" if len(table) > most else ""
    return f"<p><b>{escape(title)}</b></p>{table.head(most).to_html(index=False, max_cols=12)}{more}"
