"""Random numbers for files: each has an address (key, purpose, item), so that no number depends on another's order.

The market's own draws (``market/draws.py``) address agents and weeks; what an export needs is addressed by text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")


def uniforms(key: str, purpose: str, items: Iterable[object]) -> npt.NDArray[np.float64]:
    """Draw a number from [0, 1) for each item.

    Parameters
    ----------
    key : str
        which run
    purpose : str
        what the number is for
    items : iterable
        addresses; each is written as text

    Examples
    --------
    >>> bool(uniforms("seed 1", "day", [7, 8])[1] == uniforms("seed 1", "day", [8])[0])
    True
    """
    start = hashlib.blake2b(f"{key}\0{purpose}\0".encode(), digest_size=8)
    found = []
    for item in items:
        one = start.copy()
        one.update(str(item).encode())
        found.append(int.from_bytes(one.digest(), "big") >> 11)
    return np.array(found, np.float64) / 2.0**53


def choose(options: Sequence[T], at: float) -> T:
    """Return the option at a place in [0, 1)."""
    return options[int(at * len(options))]
