"""Plain teams with known truth, drawn from stated distributions; no simulator."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd

from zerosum.crm.tables import TeamData, make_table

START = np.datetime64("2023-01-02")
AS_OF = datetime.date(2025, 6, 30)


def make_deals(seed: int = 0, deals: int = 400, reps: int = 8, win: Any = 0.3, **more: Any) -> TeamData:
    """Make a team whose deals are created evenly over two and a half years.

    Parameters
    ----------
    seed, deals, reps : int
    win : float or float[reps]
        chance that a deal is won, of all and of each rep
    **more
        columns instead of the usual ones, or ``quotas`` and ``team_reps``
    """
    draws = np.random.default_rng(seed)
    as_of = np.datetime64(AS_OF)
    days = int((as_of - START) / np.timedelta64(1, "D"))
    rep = draws.integers(0, reps, deals)
    created = START + draws.integers(0, days, deals).astype("timedelta64[D]")
    closed = created + np.maximum(1, draws.lognormal(4.0, 0.6, deals)).astype("timedelta64[D]")
    chance = np.broadcast_to(np.asarray(win, float), reps)[rep]
    outcome = np.where(
        draws.random(deals) < chance, "won", np.where(draws.random(deals) < 0.3, "no_decision", "lost")
    ).astype(object)
    outcome[closed > as_of] = "open"
    closed = np.where(closed > as_of, np.datetime64("NaT"), closed)
    columns = {
        "id": [f"D{i}" for i in range(deals)],
        "account": [f"account-{i}" for i in draws.integers(0, max(1, deals // 4), deals)],
        "rep": [f"rep-{i:03d}" for i in rep],
        "created": created,
        "closed": closed,
        "outcome": outcome,
        "amount": draws.lognormal(9.0, 1.0, deals),
        "flags": [()] * deals,
    }
    others = {name: more.pop(name) for name in ("quotas", "reps_table") if name in more}
    return TeamData(
        make_table("opportunities", columns | more),
        "USD",
        AS_OF,
        quotas=others.get("quotas"),
        reps=others.get("reps_table"),
    )


def closed_deals(k: np.ndarray, n: np.ndarray) -> pd.DataFrame:
    """Make closed deals of reps who won ``k`` of ``n``."""
    rep = np.repeat([f"rep-{i:03d}" for i in range(len(n))], n)
    won = np.concatenate([np.arange(size) < wins for wins, size in zip(k, n, strict=True)])
    return pd.DataFrame({"rep": rep, "won": won, "type": "new", "segment": "one"})
