"""One buyer's mood: a stationary AR(1) path that is there whether anybody looks or not.

The path is known at every 1024th week; a week between two known ones is found by halving, and each
midpoint has its own address, so that the order in which weeks are asked for changes nothing. Points that
were found are kept: a buyer is asked about the same weeks again and again.
"""

from __future__ import annotations

import math

from tests.reference.noise import Noise
from zerosum.market.draws import MOOD

EPOCH = 1024


class Mood:
    """The path of one buyer.

    Parameters
    ----------
    chance : the run's chance
    buyer : number of the buyer
    memory : what is left of a deviation after a week (``a`` in the text), 0 <= a < 1
    noise_sd : weekly shocks
    """

    def __init__(self, noise: Noise, buyer: int, memory: float, noise_sd: float) -> None:
        self.noise = noise
        self.buyer = buyer
        self.memory = memory
        self.spread = noise_sd / math.sqrt(1.0 - memory**2)
        self.known: dict[int, float] = {}

    def at(self, week: int) -> float:
        """Mood in a week, week >= 0."""
        if self.spread == 0.0:
            return 0.0
        if week not in self.known:
            self._find(week)
        return self.known[week]

    def _find(self, week: int) -> None:
        epoch = week // EPOCH
        low, high = epoch * EPOCH, (epoch + 1) * EPOCH
        self._know_epochs(epoch + 1)
        while week not in self.known:
            middle = (low + high) // 2
            if middle not in self.known:
                self.known[middle] = self._bridge(low, high, middle)
            if week < middle:
                high = middle
            else:
                low = middle

    def _know_epochs(self, last: int) -> None:
        """Make the path known at weeks 0, 1024, …, last·1024."""
        if 0 not in self.known:
            self.known[0] = self.spread * self.noise.n(MOOD, self.buyer, 0, 0)
        for epoch in range(last):
            start = epoch * EPOCH
            if start + EPOCH not in self.known:
                shock = self.noise.n(MOOD, self.buyer, epoch + 1, 0)
                self.known[start + EPOCH] = (
                    self.memory**EPOCH * self.known[start]
                    + self.spread * math.sqrt(1.0 - self.memory ** (2 * EPOCH)) * shock
                )

    def _bridge(self, low: int, high: int, middle: int) -> float:
        """An AR(1), known in two weeks, in the week halfway between them."""
        rho = self.memory ** ((high - low) // 2)
        mean = rho / (1.0 + rho**2) * (self.known[low] + self.known[high])
        sd = self.spread * math.sqrt((1.0 - rho**2) / (1.0 + rho**2))
        return mean + sd * self.noise.n(MOOD, self.buyer, middle, 1)
