"""Find a metric by its name, and suggest names for one that doesn't exist."""

from __future__ import annotations

import re

from zerosum.market.metrics.catalogue import BY_NAME, HEADLINES, Metric
from zerosum.scenario.errors import join_names, nearest

MOST_SUGGESTED = 4

_ALSO_CALLED = {
    "profit": "contribution", "gain": "contribution", "net_gain": "contribution", "money": "contribution",
    "npv": "present_value", "roi": "contribution", "sales": "revenue", "bookings": "revenue", "quota": "share_at_quota",
    "attainment": "attainment_median", "conversion": "win_rate", "close_rate": "win_rate", "costs": "cost",
}  # fmt: skip
"""What people type -> a metric."""


def find_metric(name: str) -> Metric:
    """Return a metric by name.

    Raises
    ------
    ValueError
        with the nearest names
    """
    if name not in BY_NAME:
        raise ValueError(f"there is no metric '{name}'; {suggest_metric(name)}")
    return BY_NAME[name]


def suggest_metric(name: str) -> str:
    """Suggest metrics for a name that none has: the nearest, those with the word in their names, or the usual ones.

    >>> suggest_metric("winrate")
    "did you mean 'win_rate'? 'zerosum metrics' lists all"
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name[:60].lower()).strip("_")
    called = _ALSO_CALLED.get(plain, "")
    close = [nearest(plain, BY_NAME)] if not called else []
    within = [known for known in BY_NAME if plain and plain in known]
    found = (
        [plain]
        if plain in BY_NAME
        else [one for one in dict.fromkeys([called, *close, *within]) if one in BY_NAME][:MOST_SUGGESTED]
    )
    if found:
        return f"did you mean {join_names(found)}? 'zerosum metrics' lists all"
    return f"the usual ones are {', '.join(HEADLINES)}; 'zerosum metrics' lists all"
