"""Analyze a sweep: responses, effects of factors, sensitivity indices, crossovers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from zerosum.market.metrics import BY_NAME, Metric
from zerosum.studies.sweep.analysis.averages import noise_between
from zerosum.studies.sweep.analysis.crossovers import crossover_table
from zerosum.studies.sweep.analysis.effects import effect_table, is_crossed, keep_independent, swing_table
from zerosum.studies.sweep.analysis.indices import sensitivity
from zerosum.studies.sweep.analysis.outcome import Outcome, take_outcomes
from zerosum.studies.sweep.response import responses
from zerosum.studies.sweep.sweep import Swept

FOR_INDICES = ("morris", "saltelli")


@dataclass(frozen=True)
class Refusal:
    """A result that can't be computed, and why; ``strategy`` is empty if this holds for all."""

    what: str
    adopters: str
    scenario: str
    strategy: str
    why: str


@dataclass(frozen=True)
class Analysis:
    """Analysis of one metric of a sweep.

    Attributes
    ----------
    swept : Swept
    metric : Metric
    against : str
        reference strategy
    confidence : float
        of every interval
    outcomes : tuple
        see :class:`Outcome`; one for each of the adopters (and scenario of a sample)
    tables : name -> DataFrame
        responses           see :func:`zerosum.studies.sweep.responses` noise                of each strategy's
        difference: see :class:`Noise` effects, swings     see :mod:`zerosum.studies.sweep.analysis.effects`;
        not of morris, nor of gappy lists indices, pairs      see :class:`Indices`; of morris and saltelli
        switches            see :func:`switches`; not of morris All but the first with the columns adopters and
        scenario in front.
    refusals : tuple
        results that can't be computed
    """

    swept: Swept
    metric: Metric
    against: str
    confidence: float
    outcomes: tuple[Outcome, ...]
    tables: Mapping[str, pd.DataFrame]
    refusals: tuple[Refusal, ...]

    @property
    def others(self) -> tuple[str, ...]:
        """All strategies but the reference."""
        return tuple(strategy for strategy in self.swept.study.strategies if strategy != self.against)

    def of(self, name: str, outcome: Outcome) -> pd.DataFrame:
        """Return a table's rows for an outcome's adopters and scenario."""
        table = self.tables[name]
        if table.empty:
            return table
        return table[(table["adopters"] == outcome.adopters) & (table["scenario"] == outcome.scenario)]


def analyse(swept: Swept, metric: str = "", against: str = "", confidence: float = 0.95) -> Analysis:
    """Analyze a sweep, finished or not.

    Parameters
    ----------
    swept : Swept
    metric : str
        default: the experiment's first
    against : str
        reference strategy; default: the experiment's
    confidence : float
        of every interval
    """
    study = swept.study
    number, held = BY_NAME[metric or study.experiment.metrics[0]], against or study.against
    found = tuple(outcome for outcome in take_outcomes(swept, number, held) if len(outcome.points))
    refusals: list[Refusal] = []
    tables = {
        "responses": responses(swept, (number.name,), confidence, held),
        "noise": _each(found, _noise),
        **dict.fromkeys(("effects", "swings", "indices", "pairs", "switches"), pd.DataFrame()),
    }
    kind = study.experiment.design.kind
    if kind in FOR_INDICES:
        indices, pairs = [], []
        for outcome in found:
            for strategy in outcome.others:
                one = sensitivity(outcome, strategy, confidence)
                if one.refused:
                    refusals.append(
                        Refusal("indices", outcome.adopters, outcome.scenario, strategy, one.refused)
                    )
                indices.append(_place(one.table, outcome, strategy))
                pairs.append(_place(one.pairs, outcome, strategy))
        tables["indices"], tables["pairs"] = _concat(indices), _concat(pairs)
    if kind != "morris":
        drawn = tuple(map(keep_independent, found))
        fit = tuple(outcome for outcome in drawn if study.is_sampled or is_crossed(outcome))
        refusals += [
            Refusal("effects", o.adopters, o.scenario, "", "not every combination of values has runs, so an average "
                    "over one value and over another are not of the same points")
            for o in drawn
            if o not in fit
        ]  # fmt: skip
        tables["effects"] = _each(fit, lambda outcome: effect_table(outcome, confidence))
        tables["swings"] = _each(fit, lambda outcome: swing_table(outcome, confidence))
        tables["switches"] = _each(drawn, lambda outcome: crossover_table(outcome, confidence))
    return Analysis(swept, number, held, confidence, found, tables, tuple(refusals))


def _noise(outcome: Outcome) -> pd.DataFrame:
    rows = []
    for strategy in outcome.others:
        one = noise_between(
            outcome.gap(strategy), outcome.at, outcome.course, len(outcome.points), outcome.common
        )
        rows.append((strategy, len(outcome.points), one.independent, one.spread, one.noise, one.share, one.p))
    return pd.DataFrame(rows, columns=["strategy", "points", "independent", "spread", "noise", "share", "p"])


def _each(outcomes: tuple[Outcome, ...], of: Callable[[Outcome], pd.DataFrame]) -> pd.DataFrame:
    return _concat([_place(of(outcome), outcome) for outcome in outcomes])


def _place(table: pd.DataFrame, outcome: Outcome, strategy: str = "") -> pd.DataFrame:
    """Add columns adopters, scenario and (if given) strategy."""
    about = {"adopters": outcome.adopters, "scenario": outcome.scenario} | (
        {"strategy": strategy} if strategy else {}
    )
    new = table.copy()
    for position, (name, value) in enumerate(about.items()):
        if len(new.columns):
            new.insert(position, name, value)
    return new


def _concat(parts: list[pd.DataFrame]) -> pd.DataFrame:
    full = [part for part in parts if len(part)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame()
