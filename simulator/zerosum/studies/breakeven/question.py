"""The question of a break-even: a strategy, its tools, and what is turned. It is a what-if of several keys at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zerosum.errors import InputError
from zerosum.market.assumptions import courses
from zerosum.market.inventory.strategies import Tool
from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC
from zerosum.runs.question import hash_of
from zerosum.scenario.errors import join_names, suggest
from zerosum.scenario.identity import runs_json
from zerosum.scenario.spec import Scenario
from zerosum.studies.breakeven.dials import ADOPTION, EFFECT, Dial, dial_adoption, dial_effect, without_drawn
from zerosum.studies.whatif import WhatIf, WhatIfStudy
from zerosum.studies.whatif.question import Responds, compared

DIALS = (ADOPTION, EFFECT)

FEWEST = 2
"""Fewest observations: one has no interval."""


@dataclass(frozen=True)
class BreakEven:
    """A break-even's question.

    Attributes
    ----------
    scenario : Scenario
        it compares the strategy with the baseline, for one kind of adopters
    strategy : str
    tools : tuple of Tool
        those of the strategy that the baseline doesn't offer; the dials turn all of them together
    dials : tuple of Dial
    """

    scenario: Scenario
    strategy: str
    tools: tuple[Tool, ...]
    dials: tuple[Dial, ...]

    @property
    def adopters(self) -> str:
        """Who adopts the strategy."""
        return self.scenario.comparison.adopters[0]

    def study(self) -> WhatIfStudy:
        """Lay out its points: today, then each setting of each dial."""
        adopters = self.scenario.comparison.adopters[0]
        market: Responds = "market"
        responds = (market,) * len(self.dials)
        asked = WhatIf(self.scenario, self.dials, self.strategy, adopters, BY_NAME[DEFAULT_METRIC], responds)
        study = WhatIfStudy(asked, self.scenario)
        study.kind, study.nulls = "break-even", False
        return study

    def if_copied(self) -> BreakEven | None:
        """Return the question of the price where all vendors adopt; None if that is asked, or there is one vendor."""
        if self.adopters != "focal" or len(self.scenario.vendors) < 2:
            return None
        everybody = compared(self.scenario, self.strategy, "all")
        return replace(self, scenario=everybody, dials=())

    def folder(self, results: Path = Path("results")) -> Path:
        """Return the default folder."""
        return results / self.scenario.name / f"breakeven-{hash_of(runs_json(self.scenario))[:8]}"


def ask(scenario: Scenario, strategy: str | None = None, dials: Sequence[str] = DIALS) -> BreakEven:
    """Build a question.

    Parameters
    ----------
    scenario : Scenario
        its first kind of adopters is asked
    strategy : str, optional
        the only one with tools of its own if not given
    dials : names
        what is turned; none: only the price is asked

    Raises
    ------
    InputError
        says what is wrong, and what to give
    """
    adopters = scenario.comparison.adopters[0]
    if adopters not in ("focal", "all"):
        why = {
            "competitors": "only competitors adopt, and we don't pay for their tools",
            "head-to-head": "teams within one market are of different sizes, and share what the vendor pays",
        }[adopters]
        raise InputError(
            f"adopters {adopters}: {why}; give ",
            python="adopters='focal' or 'all'",
            typed="--adopters focal, or all",
        )
    named = _choose(scenario, strategy)
    base = compared(scenario, named, adopters)
    tools = _own_tools(base, named)
    made = {ADOPTION: dial_adoption(tools), EFFECT: dial_effect(tools)}
    turned = tuple(dial for name in dials if (dial := made[name]))
    base = without_drawn(base, turned)
    shared = courses(base)
    if base.comparison.replications < FEWEST * shared:
        few = base.comparison.replications
        what = f"{few} simulated run{'s' * (few > 1)}" + " are one set of assumptions" * (
            shared > 1 and few > 1
        )
        raise InputError(
            f"{what}: nobody can say how sure a break-even of one is; give ",
            python=f"replications={FEWEST * shared} or more",
            typed=f"-n {FEWEST * shared} or more",
        )
    return BreakEven(base, named, tools, turned)


def _own_tools(scenario: Scenario, strategy: str) -> tuple[Tool, ...]:
    """Return a strategy's tools that the baseline doesn't offer."""
    rows = {row.name: row for row in scenario.strategies}
    usual = rows[scenario.baseline_name].tools
    return tuple(
        tool for tool in scenario.tools if tool.name in rows[strategy].tools and tool.name not in usual
    )


def _choose(scenario: Scenario, strategy: str | None) -> str:
    """Return the strategy that is asked of.

    Raises
    ------
    InputError
        if it doesn't exist, has no tools of its own, or isn't clear
    """
    known = [row.name for row in scenario.strategies]
    with_tools = [name for name in known if _own_tools(scenario, name)]
    if not with_tools:
        raise InputError(
            f"no strategy of '{scenario.name}' has a tool that its baseline '{scenario.baseline_name}' lacks, so "
            "there is nothing that could pay"
        )
    listed = join_names(with_tools, "or").replace("'", "")
    if strategy is None:
        ours = [name for name in scenario.compared_names if name in with_tools]
        if len(ours) == 1:
            return ours[0]
        raise InputError("which strategy? Give ", python=f"strategy: {listed}", typed=f"--strategy: {listed}")
    if strategy not in known:
        raise InputError(f"strategy {strategy}: there is no such strategy; {suggest(strategy, known)}")
    if strategy == scenario.baseline_name:
        raise InputError(
            f"strategy {strategy}: this is the baseline, with which the others are compared; name {listed}"
        )
    if strategy not in with_tools:
        raise InputError(
            f"strategy {strategy}: it has no tool that the baseline '{scenario.baseline_name}' lacks; with tools are "
            f"{listed}"
        )
    return strategy
