"""A map's question and its sweeps: a ranking of keys, points over two of them, the status quo for facts.

Each is an ordinary sweep in its own folder, so no run is repeated. You can add points and replications, and another
user's place needs one more point.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from zerosum.errors import InputError
from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC, Metric
from zerosum.market.metrics.names import suggest_metric
from zerosum.runs.question import hash_of
from zerosum.scenario import ScenarioError, parse_scenario, results_hash
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.errors import suggest
from zerosum.scenario.spec import Scenario
from zerosum.studies.map.axes import Axis, without_uncertain
from zerosum.studies.sweep import Experiment, Study
from zerosum.studies.sweep.spec import Design

POINTS, REPLICATIONS = 32, 12
"""Default points of the sample (beside the place and the corners) and replications of each."""
RANKED_PER_KEY, FEWEST_RANKED, MOST_RANKED = 16, 64, 512
"""Fewest and most points of the ranking for each key: it only has to find the largest effects."""
MOST_POINTS = 1024
"""Most points of the sample: the surface's time grows with their cube."""
FACT_STEPS, FACT_REPLICATIONS = 5, 6
"""Values along each axis at which facts are measured, and replications of each."""
SEED = 1
"""Seed of the sample."""
PLACE = 4
"""Number of the point that is the user's place, after the corners; the sample may grow behind it."""


@dataclass(frozen=True)
class Question:
    """A map's question.

    Attributes
    ----------
    scenario : Scenario
    strategy, against : str
        the difference is the first less the second
    adopters : Adopters
    metric : Metric
    replications : int
        at each point
    points : int
        of the sample, a power of two
    """

    scenario: Scenario
    strategy: str
    against: str
    adopters: Adopters
    metric: Metric
    replications: int = REPLICATIONS
    points: int = POINTS

    @property
    def base(self) -> Scenario:
        """The scenario with these two strategies and without uncertain keys; its status quo stays as it is."""
        asked = {
            "comparison.strategies": [self.against, self.strategy],
            "comparison.adopters": [self.adopters],
        }
        return parse_scenario(without_uncertain(self.scenario), asked)

    def hash(self, axes: Sequence[Axis]) -> str:
        """Return 64 hexadecimal digits that differ for maps that can't share a folder."""
        ranked_for = [self.metric.name] if len(axes) > 2 else []
        return hash_of([results_hash(self.base), [axis.factor.keys for axis in axes], *ranked_for])

    def folder(self, axes: Sequence[Axis], results: Path = Path("results")) -> Path:
        """Return the map's default folder."""
        return results / self.scenario.name / f"map-{self.hash(axes)[:8]}"


def ask(
    scenario: Scenario,
    strategy: str | None = None,
    against: str | None = None,
    metric: str | None = None,
    replications: int | None = None,
    points: int | None = None,
) -> Question:
    """Build a question; the parameters are those of the command.

    Raises
    ------
    InputError
        says what is wrong, and what to give
    """
    name = DEFAULT_METRIC if metric is None else metric
    if name not in BY_NAME:
        raise InputError(f"metric {name}: there is no such metric; {suggest_metric(name)}")
    check_metric(BY_NAME[name])
    many, often = points or POINTS, replications or REPLICATIONS
    if many & (many - 1) or many < 4:
        below = 1 << (max(many, 4).bit_length() - 1)
        raise InputError(
            f"points {many}: a Sobol sequence is balanced only for powers of two, such as {below} or {2 * below}"
        )
    if many > MOST_POINTS:
        raise InputError(f"points {many}: at most {MOST_POINTS:,}; the surface would take hours")
    if often < 2:
        raise InputError(
            f"replications {often}: with one a point nobody can say how sure a difference is; give 2"
        )
    chosen, held = choose_strategies(scenario, strategy, against)
    return Question(scenario, chosen, held, scenario.comparison.adopters[0], BY_NAME[name], often, many)


def choose_strategies(scenario: Scenario, strategy: str | None, against: str | None) -> tuple[str, str]:
    """Return the two strategies to compare.

    Raises
    ------
    InputError
        if a strategy doesn't exist, or if the two aren't clear
    """
    known, compared = [row.name for row in scenario.strategies], scenario.compared_names
    for option, name in (("strategy", strategy), ("against", against)):
        if name is not None and name not in known:
            raise InputError(f"{option} {name}: there is no such strategy; {suggest(name, known)}")
    held = against or scenario.baseline_name
    if strategy is None:
        others = [name for name in compared if name != held]
        if len(others) != 1:
            listed = ", ".join(others) or "none"
            raise InputError(
                f"which strategy? A map is about two (beside '{held}' the scenario compares: {listed}); give ",
                python="strategy=NAME",
                typed="--strategy NAME",
            )
        strategy = others[0]
    if strategy == held:
        raise InputError(f"strategy and against are both '{held}'; a map needs two different ones")
    return strategy, held


def check_metric(metric: Metric) -> None:
    """Raise if neither more nor less of a metric is better, since there is no verdict then."""
    if metric.higher_is_better is None:
        good = ", ".join([name for name, one in BY_NAME.items() if one.higher_is_better][:4])
        raise InputError(
            f"metric {metric.name}: neither more nor less of it is better, so there is no verdict to map; "
            f"others are {good}, …"
        )


def map_study(question: Question, axes: tuple[Axis, Axis]) -> Study:
    """Lay out the points of a map: the user's place, the corners, and a Sobol sample within them.

    Each point has its own random numbers, so that all their replications inform the surface.
    """
    ends = [axis.ends for axis in axes]
    corners = [(x, y) for x in ends[0] for y in ends[1]]
    inside = qmc.Sobol(2, rng=np.random.default_rng(SEED)).random(question.points)
    sample = [tuple(axis.factor.at(float(p)) for axis, p in zip(axes, at, strict=True)) for at in inside]
    points = [*corners, (axes[0].here, axes[1].here), *sample]
    return _study(question, question.base, axes, points, "own", question.replications)


def ranking_study(question: Question, axes: Sequence[Axis]) -> Study:
    """Lay out a Sobol sample over all keys, with one replication a point, without invalid points."""
    wanted = min(max(RANKED_PER_KEY * len(axes), FEWEST_RANKED), MOST_RANKED)
    places = qmc.Sobol(len(axes), rng=np.random.default_rng(SEED)).random(1 << (wanted.bit_length() - 1))
    every = [tuple(axis.factor.at(float(p)) for axis, p in zip(axes, at, strict=True)) for at in places]
    points, base = [], question.base
    for point in every:
        changes: dict[str, Any] = {}
        for axis, value in zip(axes, point, strict=True):
            changes |= axis.factor.overrides(value)
        with contextlib.suppress(ScenarioError):
            parse_scenario(base, changes)
            points.append(point)
    if len(points) <= 2 * len(axes):
        raise InputError(
            "hardly any combination of the keys' ranges is possible; give keys, or narrower ones (range)"
        )
    return _study(question, base, axes, points, "own", 1)


def probe_study(question: Question, axes: tuple[Axis, Axis]) -> Study:
    """Lay out the user's place and both ends of each axis, with common random numbers."""
    here = (axes[0].here, axes[1].here)
    ends = [axis.ends for axis in axes]
    points = [here, *((end, here[1]) for end in ends[0]), *((here[0], end) for end in ends[1])]
    return _study(question, question.base, axes, points, "common", 1)


def facts_study(question: Question, axes: tuple[Axis, Axis], asked: Mapping[str, Any]) -> Study:
    """Lay out values along both axes through the user's place, for the status quo.

    Parameters
    ----------
    asked : mapping
        what to measure there
    """
    base = without_uncertain(question.scenario)
    base = parse_scenario(base, {"comparison.strategies": [base.baseline_name]})
    here = (axes[0].here, axes[1].here)
    points: list[tuple[Any, ...]] = [here]
    for i, axis in enumerate(axes):
        for place in np.linspace(0.0, 1.0, FACT_STEPS):
            value = axis.factor.at(float(place))
            points.append((value, here[1]) if i == 0 else (here[0], value))
    study = _study(question, base, axes, points, "common", FACT_REPLICATIONS)
    study.asked = asked
    return study


def _study(
    question: Question,
    base: Scenario,
    axes: Sequence[Axis],
    points: Sequence[tuple[Any, ...]],
    random_numbers: str,
    replications: int,
) -> Study:
    experiment = Experiment.model_validate(
        {
            "name": "map",
            "scenario": (base.name,),
            "factors": tuple(axis.factor for axis in axes),
            "design": Design(kind="list", file="points.csv"),
            "replications": replications,
            "random_numbers": random_numbers,
            "metrics": (question.metric.name,),
            "against": question.against if question.against in base.compared_names else None,
        }
    )
    table = pd.DataFrame(points, columns=[axis.factor.name for axis in axes])
    return Study(experiment, Path(base.name), (base,), table)
