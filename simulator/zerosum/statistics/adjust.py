"""Many tests at once: p values that stay honest when the smallest of several is looked at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zerosum.statistics.intervals import Numbers


def holm(p: Numbers) -> npt.NDArray[np.float64]:
    """Adjust p values by Holm's step-down method, so that alpha is the chance of any false alarm.

    It holds whatever the dependence between the tests, and under common luck they do hang together.

    Parameters
    ----------
    p : float[m]
        two-sided p values; NaN (no test was possible) stays NaN and doesn't count

    Returns
    -------
    float[m]
        adjusted p values, to be compared with the same alpha as one p value

    Raises
    ------
    ValueError
        for a p outside [0, 1]

    Notes
    -----
    Source: Holm (1979), Scand. J. Stat. 6. ``statsmodels`` has it too, and agrees (tests), but takes two seconds to
    import and a tenth of one for each call.
    """
    found = np.array(p, np.float64)
    known = ~np.isnan(found)
    if np.any((found[known] < 0.0) | (found[known] > 1.0)):
        raise ValueError(f"p values lie between 0 and 1: {found}")
    p_known = found[known]
    order = np.argsort(p_known)
    left = np.arange(len(p_known), 0, -1)  # tests that are not rejected before this one, itself among them
    adjusted = np.empty_like(p_known)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(left * p_known[order]))
    found[known] = adjusted
    return found
