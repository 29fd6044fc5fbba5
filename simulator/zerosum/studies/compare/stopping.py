"""How many replications: a fixed number, or until a question is answered.

What a rule is given are independent observations (``paired.py``), in their order.

A rule looks at the replications in their order, so where it stops depends on their numbers alone: not on workers,
batches, or what was kept from an earlier run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from zerosum.errors import InputError
from zerosum.market.metrics import BY_NAME, Amount
from zerosum.market.state import Float

if TYPE_CHECKING:
    from zerosum.statistics import Selection

FIRST = 20
"""Replications that a rule sees at least: with fewer, the spread it goes by is a guess."""


class NotDecidable(InputError):
    """The number that decides is no ground for a rule here: it is undefined, or has no level to take a part of."""


class Until(Protocol):
    """When enough is known."""

    def reached(self, runs: pd.DataFrame) -> int | None:
        """Number of replications after which it was; None: not yet."""

    @property
    def in_words(self) -> str:
        """Say what it waits for."""


@dataclass(frozen=True)
class Best:
    """Until the best strategy is found for each of the adopters, each with a chance of error of ``1 - confidence``.

    Kim & Nelson (2001): strategies that differ from the best by less than the indifference are as good as the best. The
    first strategy is the baseline.
    """

    strategies: tuple[str, ...]
    metric: str
    indifference: Amount
    confidence: float = 0.95

    def reached(self, runs: pd.DataFrame) -> int | None:
        """See :class:`Until`."""
        decided = [selection.decided_at for selection in self.selections(runs).values()]
        known = [at for at in decided if at is not None]
        return max(known) if len(known) == len(decided) else None

    def selections(self, runs: pd.DataFrame) -> dict[str, Selection]:
        """Adopters -> what can be said of its best strategy."""
        from zerosum.statistics import kim_nelson

        return {
            adopters: kim_nelson(
                defined(values, self.metric, adopters),
                positive(self.indifference, values, self.metric),
                self.confidence,
                first=FIRST,
                higher_is_better=BY_NAME[self.metric].higher_is_better is not False,
            )
            for adopters, values in by_strategy(runs, self.metric, self.strategies).items()
        }

    @property
    def in_words(self) -> str:
        """See :class:`Until`."""
        return f"the best strategy is known ({self.confidence:.0%})"


@dataclass(frozen=True)
class Halfwidth:
    """Until every strategy's difference to the baseline is known this well, for all adopters."""

    strategies: tuple[str, ...]
    metric: str
    halfwidth: Amount
    confidence: float = 0.95

    def reached(self, runs: pd.DataFrame) -> int | None:
        """See :class:`Until`."""
        from zerosum.statistics import halfwidth_reached

        parts = []
        for adopters, values in by_strategy(runs, self.metric, self.strategies).items():
            gaps = defined(values, self.metric, adopters)[:, 1:] - values[:, :1]
            # In units of what is asked for, which may be a part of each baseline's own level.
            parts.append(gaps / positive(self.halfwidth, values, self.metric))
        return halfwidth_reached(np.concatenate(parts, axis=1), 1.0, self.confidence, first=FIRST)

    @property
    def in_words(self) -> str:
        """See :class:`Until`."""
        return "every difference is known well enough"


def positive(amount: Amount, values: Float, metric: str) -> float:
    """Return an amount in the metric's unit; a part is one of the baseline's level in what every look has seen."""
    found = amount.of(float(values[:FIRST, 0].mean()))
    if not found > 0.0:
        raise NotDecidable(f"the baseline's '{metric}' is 0, so {amount.written} of it is nothing to go by")
    return found


def defined(values: Float, metric: str, adopters: str) -> Float:
    """Return values if all of them are numbers.

    Raises
    ------
    NotDecidable
    """
    if np.isnan(values).any():
        raise NotDecidable(f"'{metric}' is undefined in some replications for adopters '{adopters}'")
    return values


def by_strategy(runs: pd.DataFrame, metric: str, strategies: tuple[str, ...]) -> dict[str, Float]:
    """Adopters -> values of a metric, [replications, strategies], the chance baseline left out."""
    real = runs[~runs["null"]]
    return {
        str(adopters): here.pivot(index="replication", columns="strategy", values=metric)[
            list(strategies)
        ].to_numpy()
        for adopters, here in real.groupby("adopters", sort=False)
    }
