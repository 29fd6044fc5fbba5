"""Stopping rules: add replications until a question is answered.

A rule reads independent observations (``paired.py``) in the order of their replications. So it always stops at
the same replication, whatever the workers, the batches or the runs stored earlier.
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
"""Fewest replications for a rule: with fewer, its estimate of the spread is too poor."""


class NotDecidable(InputError):
    """The rule can't use this metric: it is undefined, or its baseline is 0 and the rule needs a part of it."""


class Until(Protocol):
    """A stopping rule."""

    def reached(self, runs: pd.DataFrame) -> int | None:
        """Return the number of replications after which the rule was met; None: not yet."""

    @property
    def in_words(self) -> str:
        """Return the rule's goal, for messages."""


@dataclass(frozen=True)
class Best:
    """Stop when the best strategy is found for each of the adopters, each with error probability ``1 - confidence``.

    Kim & Nelson (2001): a strategy within ``indifference`` of the best counts as best. The first strategy is the
    baseline.
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
        """Return for each of the adopters the selection of its best strategy."""
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
    """Stop when every strategy's difference from the baseline has this half-width, for all adopters."""

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
            # In units of the requested half-width, which may be a part of each baseline's level.
            parts.append(gaps / positive(self.halfwidth, values, self.metric))
        return halfwidth_reached(np.concatenate(parts, axis=1), 1.0, self.confidence, first=FIRST)

    @property
    def in_words(self) -> str:
        """See :class:`Until`."""
        return "every difference is known well enough"


def positive(amount: Amount, values: Float, metric: str) -> float:
    """Return an amount in the metric's unit; a part is of the baseline's mean over the first ``FIRST`` rows."""
    found = amount.of(float(values[:FIRST, 0].mean()))
    if not found > 0.0:
        raise NotDecidable(f"the baseline's '{metric}' is 0, so {amount.written} of it is nothing to go by")
    return found


def defined(values: Float, metric: str, adopters: str) -> Float:
    """Return the values; raise if one is NaN.

    Raises
    ------
    NotDecidable
    """
    if np.isnan(values).any():
        raise NotDecidable(f"'{metric}' is undefined in some replications for adopters '{adopters}'")
    return values


def by_strategy(runs: pd.DataFrame, metric: str, strategies: tuple[str, ...]) -> dict[str, Float]:
    """Return for each of the adopters a metric's values, [replications, strategies], without the chance baseline."""
    real = runs[~runs["null"]]
    return {
        str(adopters): here.pivot(index="replication", columns="strategy", values=metric)[
            list(strategies)
        ].to_numpy()
        for adopters, here in real.groupby("adopters", sort=False)
    }
