"""The draws of docs/model.md, "Time, money, random numbers", with the run's key filled in.

Rules write ``chance.u(PROVOKE, b, week, v)`` as the text does. The streams' numbers come from
simulator/zerosum/market/draws.py, the one place that has them: they are names, not rules.
"""

import math
from functools import partial
from typing import Any


class Noise:
    """All the chance of one run."""

    def __init__(self, draws: Any, key: int) -> None:
        self.u = partial(draws.uniform, key)
        self.n = partial(draws.normal, key)
        self.exponential = partial(draws.exponential, key)
        self.gumbel = partial(draws.gumbel, key)
        self.choose = partial(draws.choose, key)
        self.below = partial(draws.below, key)
        self.geometric = partial(draws.geometric, key)


def logistic(x: float) -> float:
    """1/(1+exp(-x)); where exp would overflow the value is 0 to the last digit."""
    return 0.0 if x < -700.0 else 1.0 / (1.0 + math.exp(-x))
