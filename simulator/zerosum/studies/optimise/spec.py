"""An optimization's file: parameters of a strategy, objectives and budget."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from zerosum.market.inventory.strategies import ExtraHours, Plan, Reinvestment
from zerosum.market.metrics import BY_NAME, Amount, parse_amount
from zerosum.market.metrics.names import suggest_metric
from zerosum.scenario.errors import suggest
from zerosum.scenario.explain import Row
from zerosum.studies.questions import LARGEST, FileName, check_aim, load_question, refuse_said_elsewhere

SHARES: Mapping[str, tuple[str, ...]] = {
    "plan": tuple(Plan.model_fields),
    "reinvest": tuple(Reinvestment.model_fields),
}
"""Tables of a strategy whose values sum to 1 -> their activities."""
SETS = ("tools", "social")
DEPARTMENTS = ("marketing", "service", "sales")
NUMBERS = (
    "training",
    "habit_change",
    "extra_presales",
    *(f"extra_hours.{name}" for name in ExtraHours.model_fields),
)
WHOLE = ("extra_presales",)
SWITCHES = ("push", "upgrade")
WORDS: Mapping[str, tuple[str, ...]] = {"focus": ("even", "value")}
KEYS = (*SHARES, *SETS, *NUMBERS, *SWITCHES, *WORDS)
"""Keys of a strategy that can vary."""


class Strategy(Row):
    """The strategy to optimize.

    Attributes
    ----------
    name : str
        its name in output
    like : str
        the scenario's strategy to start from; it also gives the values that don't vary
    """

    name: str = Field(default="best", min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    like: str = "usual"


class Parameter(Row):
    """One value, table or set of the strategy that varies.

    Attributes
    ----------
    key : str
        such as ``plan``, ``tools``, ``extra_hours.prospecting``
    low, high : float
        range of a number
    choices : tuple of str
        of ``plan`` and ``reinvest``: activities among which hours move, others keep theirs (default: all);
        of ``tools`` and ``social``: optional members
    """

    key: str
    low: float | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    high: float | None = Field(default=None, ge=-LARGEST, le=LARGEST)
    choices: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Parameter:
        if self.key not in KEYS:
            hint = suggest(self.key, KEYS, f"what can: {', '.join(KEYS)}")
            raise ValueError(f"'{self.key}' of a strategy can't vary; {hint}")
        if self.key in NUMBERS:
            if self.low is None or self.high is None:
                raise ValueError(f"'{self.key}' is a number: give low and high")
            if not self.low < self.high:
                raise ValueError(f"low = {self.low:g} must be below high = {self.high:g}")
            if self.key in WHOLE and not (self.low.is_integer() and self.high.is_integer()):
                raise ValueError(f"'{self.key}' is a whole number; so must low and high be")
        elif self.low is not None or self.high is not None:
            raise ValueError(f"'{self.key}' is no number, so it has no low and high")
        if self.choices and self.key in (*NUMBERS, *SWITCHES, *WORDS):
            raise ValueError(f"'{self.key}' has no choices to be listed")
        known = SHARES.get(self.key, DEPARTMENTS if self.key == "social" else ())
        for choice in self.choices:
            if self.choices.count(choice) > 1:
                raise ValueError(f"choice '{choice}' stands there twice")
            if known and choice not in known:
                raise ValueError(f"'{self.key}' has no '{choice}'; {suggest(choice, known)}")
        if self.key in SHARES and len(self.choices) == 1:
            raise ValueError(
                f"'{self.key}': hours can't move among one activity; name two or more, or none for all"
            )
        return self


class Optimisation(Row):
    """An optimization's file, validated.

    Attributes
    ----------
    name, question : str
    scenario : str
        a file beside this one, or the name of a shipped one
    set : mapping
        keys of the scenario -> other values
    strategy : Strategy
    adopters : str, optional
        focal, competitors or all; default: the scenario's first
    parameters : tuple of Parameter
    objectives : tuple of str
        one metric, or two conflicting ones (a Pareto front)
    budget : mapping
        metric -> largest allowed mean: a number, or a text as for ``--matters``: "20k", "102%" of the
        baseline's
    trials : int
        strategies to try; a larger number continues the search
    replications : int
        replications of the search, the same for all trials and the baseline
    holdout : int
        new simulated runs to verify the best few
    finalists : int
        number of the best few
    sampler : str
        tpe; nsga (two objectives); cma (one objective, numbers and shares only, no budget)
    seed : int
        of the search; 0 is a seed
    """

    name: FileName = ""
    question: str = ""
    scenario: str
    set: Mapping[str, Any] = {}
    strategy: Strategy = Strategy()
    adopters: Literal["focal", "competitors", "all"] | None = None
    parameters: tuple[Parameter, ...] = Field(min_length=1)
    objectives: tuple[str, ...] = Field(min_length=1, max_length=2)
    budget: Mapping[str, float | int | str] = {}
    trials: int = Field(ge=2, le=100_000)
    replications: int = Field(default=10, ge=2, le=100_000)
    holdout: int = Field(default=40, ge=5, le=100_000)
    finalists: int = Field(default=3, ge=1, le=20)
    sampler: Literal["tpe", "nsga", "cma"] = "tpe"
    seed: int = Field(default=1, ge=0)

    @model_validator(mode="after")
    def _fits_together(self) -> Optimisation:
        keys = [parameter.key for parameter in self.parameters]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"'{key}' stands there twice")
        for metric in self.objectives:
            check_aim(metric)
        if len(set(self.objectives)) < len(self.objectives):
            raise ValueError(f"objective '{self.objectives[0]}' stands there twice")
        for metric in self.budget:
            if metric not in BY_NAME:
                raise ValueError(f"[budget]: there is no metric '{metric}'; {suggest_metric(metric)}")
            self.allowed(metric)
        if self.sampler == "cma" and (
            len(self.objectives) > 1 or self.budget or any(k not in (*SHARES, *NUMBERS) for k in keys)
        ):
            raise ValueError(
                'sampler = "cma" searches shares and numbers, for one objective, without a budget'
            )
        if self.sampler == "nsga" and len(self.objectives) < 2:
            raise ValueError('sampler = "nsga" is for two objectives; take "tpe"')
        refuse_said_elsewhere(self.set, INSTEAD)
        return self

    def allowed(self, metric: str) -> Amount:
        """Return the budget's limit for a metric.

        Raises
        ------
        ValueError
            if it isn't an amount of the metric
        """
        given = self.budget[metric]
        if isinstance(given, str):
            try:
                return parse_amount(given, BY_NAME[metric])
            except ValueError as error:
                raise ValueError(f"[budget] {metric}: {error}") from None
        return Amount(float(given), False, str(given))


INSTEAD = {
    "comparison.strategies": "strategy",
    "comparison.adopters": "adopters",
    "comparison.replications": "replications",
}
"""Key of the scenario -> key of the optimization that sets it."""


def load_optimisation(path: str | Path) -> Optimisation:
    """Read an optimisation's file; see :func:`zerosum.studies.questions.load_question`."""
    return load_question(Optimisation, "optimisation", path)
