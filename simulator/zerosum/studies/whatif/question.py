"""A what-if: changes of single keys, each compared with today on the same random events.

It is a sweep without factors: point 0 is today, and each other point changes one key. All what-ifs of a market share
one folder of runs, so that today is simulated once, whatever is asked later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from zerosum.errors import InputError
from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC, Metric
from zerosum.runs.question import hash_of
from zerosum.runs.work import Place
from zerosum.scenario import ScenarioError, parse_scenario
from zerosum.scenario.comparison import Adopters
from zerosum.scenario.errors import format_problems, join_names, suggest
from zerosum.scenario.identity import runs_json
from zerosum.scenario.overrides import find_path
from zerosum.scenario.spec import Scenario
from zerosum.studies.sweep import Experiment, Study
from zerosum.studies.sweep.spec import Design
from zerosum.studies.whatif.branch import with_own_strategy
from zerosum.studies.whatif.change import Change, find_change, format_choice
from zerosum.studies.whatif.work import Work, market_of

TODAY = 0
"""Number of the point without a change."""

Responds = Literal["market", "money", "nothing"]
"""What a key's values change: the market, only how much money is counted, or nothing."""


@dataclass(frozen=True)
class WhatIf:
    """A what-if's question.

    Attributes
    ----------
    scenario : Scenario
        today's
    changes : tuple of Change
        each value is a point of its own; keys are not combined
    strategy : str
        the strategy whose net gain is followed; the baseline: only what the change does to the status quo
    adopters : Adopters
    metric : Metric
        the one that decides
    responds : tuple of str
        what responds to each change
    """

    scenario: Scenario
    changes: tuple[Change, ...]
    strategy: str
    adopters: Adopters
    metric: Metric
    responds: tuple[Responds, ...]

    @property
    def baseline(self) -> str:
        """The strategy of the status quo."""
        return self.scenario.baseline_name

    @property
    def points(self) -> tuple[tuple[Change | None, Any], ...]:
        """The change and value of each point; the first is today."""
        return ((None, None), *((change, value) for change in self.changes for value in change.values))

    def study(self) -> WhatIfStudy:
        """Lay out its points."""
        base = self.scenario
        for change in self.changes:
            base = with_own_strategy(base, change.key, self.adopters)
        return WhatIfStudy(self, compared(base, self.strategy, self.adopters))

    def folder(self, results: Path = Path("results")) -> Path:
        """Return the default folder of the runs of all what-ifs of this market."""
        alike = runs_json(compared(self.scenario, self.baseline, self.adopters))
        return results / self.scenario.name / f"what-if-{hash_of(alike)[:8]}"


class WhatIfStudy(Study):
    """The points of a what-if.

    Parameters
    ----------
    asked : WhatIf
    base : Scenario
        today's, with the strategies that are compared
    """

    def __init__(self, asked: WhatIf, base: Scenario) -> None:
        experiment = Experiment.model_validate(
            {
                "name": "what-if",
                "scenario": (base.name,),
                "design": Design(kind="list", file="points.csv"),
                "replications": base.comparison.replications,
                "random_numbers": "common",
                "metrics": (asked.metric.name,),
            }
        )
        rows = [
            ("", "today") if change is None else (change.key, format_choice(value))
            for change, value in asked.points
        ]
        super().__init__(experiment, Path(base.name), (base,), pd.DataFrame(rows, columns=["key", "value"]))
        self.what_if, self.kind, self.nulls = asked, "what-if", True

    @property
    def alike(self) -> Mapping[str, Any]:
        """The market as it is today, whichever keys are changed and strategies compared."""
        asked = self.what_if
        return {"market": runs_json(compared(asked.scenario, asked.baseline, asked.adopters))}

    def place(self, number: int) -> Place:
        """Return a point's change; none for today."""
        change, value = self.what_if.points[number]
        return Place(number, 0, {} if change is None else dict(change.overrides(value)))

    def asked_at(self, number: int) -> Mapping[str, Any]:
        """Return when the point's change begins: the same value, changed earlier, gives other runs."""
        change, _ = self.what_if.points[number]
        return {"since": change.since} if change else {}

    def describe(self, number: int) -> str:
        """Return a point's change as text."""
        return "=".join(self.points.iloc[number]).lstrip("=")

    def work(self) -> Work:
        """Return what makes its runs."""
        return Work(self.bases, self.nulls, self.experiment.keep)


def compared(scenario: Scenario, strategy: str, adopters: Adopters) -> Scenario:
    """Return a scenario that compares a strategy with the baseline, for some adopters."""
    asked = {
        "comparison.strategies": [strategy],
        "comparison.baseline": scenario.baseline_name,
        "comparison.adopters": [adopters],
    }
    return parse_scenario(scenario, asked)


def ask(
    scenario: Scenario,
    what_if: Iterable[tuple[str, Sequence[Any]]],
    strategy: str | None = None,
    metric: str = DEFAULT_METRIC,
) -> WhatIf:
    """Build a question.

    Parameters
    ----------
    scenario : Scenario
        today's
    what_if : iterable of (str, sequence)
        keys and their values; :func:`parse_change` reads those of a command
    strategy : str, optional
        the strategy whose net gain is followed; default: the one that the keys are about, or the baseline
    metric : str
        the one that decides

    Raises
    ------
    InputError
        says what is wrong, and what to give
    """
    adopters = scenario.comparison.adopters[0]
    if adopters == "head-to-head":
        raise InputError(
            "adopters head-to-head: in one market with a team per strategy, a change has no market of today to be "
            "compared with; give ",
            python="adopters='focal'",
            typed="--adopters focal",
        )
    if metric not in BY_NAME:
        raise InputError(f"metric {metric}: there is no such metric; {suggest(metric, BY_NAME)}")
    if strategy is not None and strategy not in [row.name for row in scenario.strategies]:
        known = [row.name for row in scenario.strategies]
        raise InputError(f"strategy {strategy}: there is no such strategy; {suggest(strategy, known)}")
    changes = [find_change(scenario, key, values) for key, values in what_if]
    for number, change in enumerate(changes):
        if change.key in [other.key for other in changes[:number]]:
            raise InputError(f"--what-if {change.key}: this key is given twice; give all its values at once")
    chosen = strategy or _strategy_of(scenario, changes)
    _check_concerned(scenario, changes, chosen)
    base = compared(scenario, chosen, adopters)
    responds = tuple(_responds(base, change) for change in changes)
    for change, what in zip(changes, responds, strict=True):
        if what == "nothing":
            raise InputError(_nothing(base, change))
    return WhatIf(scenario, tuple(changes), chosen, adopters, BY_NAME[metric], responds)


def _strategy_of(scenario: Scenario, changes: Sequence[Change]) -> str:
    """Return the strategy that keys of strategies and tools are about; else the baseline.

    Raises
    ------
    InputError
        if they are about several
    """
    users = {name for change in changes for name in _users(scenario, change) or ()}
    if not users or scenario.baseline_name in users or len(users) > 1:
        every = [_users(scenario, change) for change in changes]
        if (
            users
            and all(found is None or scenario.baseline_name not in found for found in every)
            and len(users) > 1
        ):
            keys = ", ".join(change.key for change, found in zip(changes, every, strict=True) if found)
            listed = join_names([name for name in scenario.compared_names if name in users], "or")
            raise InputError(
                f"--what-if {keys}: whose net gain? ",
                python=f"Give strategy: {listed}",
                typed=f"Give --strategy: {listed}",
            )
        return scenario.baseline_name
    return users.pop()


def _users(scenario: Scenario, change: Change) -> tuple[str, ...] | None:
    """Return the compared strategies that a key of a strategy or a tool is about; None for any other key."""
    path = find_path(scenario, change.key)
    if path[0] == "strategies":
        return (scenario.strategies[int(path[1])].name,)
    if path[0] == "tools":
        tool = scenario.tools[int(path[1])].name
        return tuple(
            name
            for name in scenario.compared_names
            if tool in scenario.strategies[scenario.strategy_index(name)].tools
        )
    return None


def _check_concerned(scenario: Scenario, changes: Sequence[Change], chosen: str) -> None:
    """Raise if a key belongs to a strategy that isn't compared, or to a tool that none of the two has."""
    pair = tuple(dict.fromkeys((scenario.baseline_name, chosen)))
    for change in changes:
        users = _users(scenario, change)
        if users is None or set(users) & set(pair):
            continue
        here = f"--what-if {change.key}: only {join_names(pair, 'and')} {'are' if len(pair) > 1 else 'is'} compared"
        if not users:
            raise InputError(f"{here}, and no strategy of the scenario has this tool; nothing responds to it")
        other = "another" if change.key.startswith("strategies") else "a tool of another"
        asked = join_names(users).replace("'", "")
        raise InputError(
            f"{here}; this is a key of {other}. ",
            python=f"Give strategy={asked}",
            typed=f"Give --strategy {asked}",
        )


def _responds(base: Scenario, change: Change) -> Responds:
    """Return what responds to a key, of a strategy that is compared: found without a run."""
    found: Responds = "nothing"
    for value in change.values:
        other = parse_scenario(base, change.overrides(value))
        for name in base.compared_names:
            if market_of(base, name) != market_of(other, name):
                return "market"
            if market_of(base, name, with_money=True) != market_of(other, name, with_money=True):
                found = "money"
    return found


def _nothing(base: Scenario, change: Change) -> str:
    pair = join_names(base.compared_names, "and")
    return (
        f"--what-if {change.key}: nothing responds to it. No vendor that follows {pair} has to do with it, so all its "
        "values give today's numbers"
    )


def check_points(study: WhatIfStudy) -> None:
    """Check that every point's scenario is valid with the strategies that are compared.

    Raises
    ------
    InputError
        names the change, and what is wrong
    """
    for number in range(len(study.points)):
        try:
            study.scenario(number)
        except ScenarioError as error:
            raise InputError(
                f"--what-if {study.describe(number)}: {format_problems(error.problems)}"
            ) from None
