"""An experiment's file: scenario, factors, design, replications and metrics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC, parse_amount
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.errors import suggest
from zerosum.scenario.explain import Row
from zerosum.studies.questions import FileName, check_metric, load_question, refuse_said_elsewhere
from zerosum.studies.sweep.factors import NAME, Factor
from zerosum.studies.sweep.formula import Formula

Kind = Literal["grid", "list", "latin-hypercube", "sobol", "morris", "saltelli"]
SAMPLED: tuple[Kind, ...] = ("latin-hypercube", "sobol", "morris", "saltelli")
"""Designs that sample the factors' distributions, instead of crossing listed values."""

KEEPABLE = ("weekly", "reps", "rep_years", "segments")
"""Tables that can be stored beside the runs."""

SCENARIO = "scenario"
"""Name of the factor for several scenarios."""


class Design(Row):
    """The points of the factors' space to simulate.

    Attributes
    ----------
    kind : str
        grid: every combination; list: the rows of a CSV file; latin-hypercube, sobol: ``points`` points,
        evenly spread; morris: trajectories that change one factor at a time (screening); saltelli: a sample
        for Sobol indices
    points : int
        latin-hypercube and sobol: points; saltelli: base points, each giving factors + 2 points
    trajectories : int
        of morris
    grid_levels : int
        of morris: quantiles of a factor's distribution that it uses
    second_order : bool
        of saltelli: also pairs of factors, with 2 * factors + 2 points for each base point
    file : str
        of list, relative to the experiment's file
    seed : int
        of the random sample; 0 is a seed
    """

    kind: Kind = "grid"
    points: int | None = Field(default=None, ge=2, le=10_000_000)
    trajectories: int | None = Field(default=None, ge=2, le=1_000_000)
    grid_levels: int = Field(default=4, ge=2, le=100)
    second_order: bool = False
    file: str | None = None
    seed: int = Field(default=1, ge=0)

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Design:
        needed = {
            "list": "file",
            "latin-hypercube": "points",
            "sobol": "points",
            "saltelli": "points",
            "morris": "trajectories",
        }
        for kind, key in needed.items():
            if kind == self.kind and getattr(self, key) is None:
                raise ValueError(f'kind = "{kind}" needs {key}')
        for key in ("points", "trajectories", "file"):
            if getattr(self, key) is not None and needed.get(self.kind) != key:
                raise ValueError(f"'{key}' doesn't go with kind = \"{self.kind}\"")
        if self.kind in ("sobol", "saltelli") and self.points and self.points & (self.points - 1):
            below = 1 << (self.points.bit_length() - 1)
            raise ValueError(
                f"points = {self.points}: a Sobol sequence is balanced only for powers of two, such as {below} or "
                f"{2 * below}"
            )
        if self.kind == "morris" and self.grid_levels % 2:
            raise ValueError(f"grid_levels = {self.grid_levels} must be even, for all levels to be as likely")
        return self


def _random_numbers_of(given: dict[str, Any]) -> str:
    """Return the default ``random_numbers``: "own" for a sample's points, "common" for listed points.

    Listed points are compared, and common random numbers make differences more precise. A sample's points are
    averaged. With common random numbers, an average would have only as many independent observations as there are
    replications, however many points there are (docs/statistics.md).
    """
    design = given.get("design")
    return "own" if isinstance(design, Design) and design.kind in SAMPLED else "common"


class Precision(Row):
    """Precision that each point needs: replications are added until it is reached."""

    metric: str
    halfwidth: str
    at_most: int = Field(ge=2, le=1_000_000)


class Experiment(Row):
    """An experiment's file, validated.

    Attributes
    ----------
    name, question : str
    scenario : tuple of str
        files beside this one, or names of shipped ones; several count as one more factor
    strategies : tuple of str
        default: the scenario's
    baseline : str, optional
        strategy of the status quo; default: the scenario's
    against : str, optional
        strategy that all are compared with, run beside the others; default: the baseline
    adopters : tuple of str
        default: the scenario's
    set : mapping
        keys of the scenario -> values at every point
    factors, design
        what varies, and how
    constraints : tuple of Formula
        points that violate one are left out
    replications : int
        per point
    precision : Precision, optional
        adds replications to points that need them
    random_numbers : str
        common: all points share a replication's random numbers, so points are paired too; own: each point has its
        own random numbers. Default: own for sampled designs, else common
    metrics : tuple of str
        metrics; the first one decides
    keep : tuple of str
        tables to store beside the runs
    """

    name: FileName = ""
    question: str = ""
    scenario: tuple[str, ...] = Field(min_length=1, json_schema_extra={"type": "string"})
    strategies: tuple[str, ...] = ()
    baseline: str | None = None
    against: str | None = None
    adopters: tuple[Adopters, ...] = ()
    set: Mapping[str, Any] = {}
    factors: tuple[Factor, ...] = ()
    design: Design = Design()
    constraints: tuple[Formula, ...] = ()
    replications: int = Field(default=20, ge=1, le=1_000_000)
    precision: Precision | None = None
    random_numbers: Literal["common", "own"] = Field(default_factory=_random_numbers_of)  # type: ignore[arg-type]  # always one of them
    metrics: tuple[str, ...] = Field(default=(DEFAULT_METRIC, "share_at_quota"), min_length=1)
    keep: tuple[Literal["weekly", "reps", "rep_years", "segments"], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_scenario_is_a_list_of_one(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("scenario"), str):
            return given | {"scenario": (given["scenario"],)}
        return given

    @model_validator(mode="after")
    def _fits_together(self) -> Experiment:
        names = [factor.name for factor in self.factors]
        for name in names:
            if not re.fullmatch(NAME, name):
                raise ValueError(f"factor '{name}': a name has letters, digits and _ only; give name = \"…\"")
            if name in TAKEN or name in BY_NAME:
                raise ValueError(f"factor '{name}': this is a column of the results; give it another name")
            if names.count(name) > 1:
                keys = [factor.key or "levels" for factor in self.factors if factor.name == name]
                raise ValueError(
                    f"there are two factors '{name}' ({' and '.join(keys[:2])}); if they are one value, leave one out, "
                    'otherwise give one of them a name of its own, name = "…"'
                )
        said = [self.set, *(level.set for factor in self.factors for level in factor.levels)]
        said += [dict.fromkeys(factor.keys) for factor in self.factors if not factor.levels]
        for changes in said:
            refuse_said_elsewhere(changes, INSTEAD)
        if len(set(self.scenario)) < len(self.scenario):
            raise ValueError("scenario: one of them stands there twice")
        if len(set(self.metrics)) < len(self.metrics):
            raise ValueError("metrics: one of them stands there twice")
        if not self.factors and len(self.scenario) == 1 and self.design.kind != "list":
            raise ValueError("nothing varies: give [[factors]], or more than one scenario")
        for factor in self.factors if self.design.kind == "grid" else ():
            if factor.is_range and factor.steps is None:
                raise ValueError(
                    f"factor '{factor.name}': a grid needs 'values', or 'steps' beside low and high"
                )
        if self.design.kind in ("morris", "saltelli") and len(self.factors) < 2:
            raise ValueError(f'design.kind = "{self.design.kind}" needs two factors or more')
        if self.design.kind in ("morris", "saltelli") and self.constraints:
            raise ValueError(f'constraints would tear holes into a design of kind "{self.design.kind}"')
        for metric in (*self.metrics, *([self.precision.metric] if self.precision else [])):
            check_metric(metric)
        if self.precision:
            try:
                parse_amount(self.precision.halfwidth, BY_NAME[self.precision.metric])
            except ValueError as error:
                raise ValueError(f"[precision] halfwidth: {error}") from None
        known = {*names, SCENARIO} if len(self.scenario) > 1 else set(names)
        for formula in self.constraints:
            for word in sorted(formula.words - known):
                hint = suggest(word, sorted(known), f"factors are: {', '.join(sorted(known))}")
                raise ValueError(f"constraint '{formula.text}': there is no factor '{word}'; {hint}")
        if self.precision and self.precision.at_most < self.replications:
            raise ValueError(
                f"precision.at_most = {self.precision.at_most} is below replications = {self.replications}, with which "
                "every point begins"
            )
        return self

    @property
    def varied(self) -> tuple[str, ...]:
        """Names of all factors; several scenarios come first."""
        first = (SCENARIO,) if len(self.scenario) > 1 else ()
        return (*first, *(factor.name for factor in self.factors))

    def factor(self, name: str) -> Factor:
        """Return a factor by name."""
        return next(factor for factor in self.factors if factor.name == name)


INSTEAD = {
    "comparison.strategies": "strategies",
    "comparison.baseline": "baseline",
    "comparison.adopters": "adopters",
    "comparison.replications": "replications",
}
"""Key of the scenario -> key of the experiment that sets it."""

TAKEN = ("point", "adopters", "strategy", "replication", "null", SCENARIO)
"""Columns of the tables, which can't be names of factors."""


def load_experiment(path: str | Path) -> Experiment:
    """Read an experiment's file; see :func:`zerosum.studies.questions.load_question`."""
    return load_question(Experiment, "experiment", path)
