"""A figure of a team's own data: an estimate with its interval, and how it was computed."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes
    ----------
    name : str
        unique, such as ``win_rate`` or ``win_rate[type=new]``
    label : str
        in plain words
    value, low, high : float, ``unit``
        estimate and 95 % interval; NaN where it can't be told
    n : int
        rows that it is computed from
    n_effective : float
        independent rows that would give the same interval; at most ``n``
    unit : str
        ``share``, ``weeks``, ``money/year``, …
    method : str
        how the interval was computed
    fact : str
        the simulator's measure that it corresponds to (`zerosum.studies.facts.MEASURES`); "": none
    """

    name: str
    label: str
    value: float
    low: float
    high: float
    n: int
    n_effective: float
    unit: str
    method: str
    fact: str = ""

    @property
    def known(self) -> bool:
        """Whether there is an estimate."""
        return math.isfinite(self.value)


def generator(*address: str) -> np.random.Generator:
    """Return a random generator for a purpose: the same address gives the same numbers."""
    digest = hashlib.sha256("/".join(("describe", *address)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
