"""Report an optimization's finalists, in the search and on new simulated runs: document, tables, data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import tomli_w

from zerosum.market.metrics import BY_NAME
from zerosum.report.document import Cell, Column, Document, Table
from zerosum.report.intervals import PER
from zerosum.report.optimise_findings import changes, format_findings, format_rest, format_result, gain
from zerosum.report.wording import format_level
from zerosum.runs.question import hash_of
from zerosum.runs.store import without_nan
from zerosum.scenario import scenario_text
from zerosum.studies.optimise.search import front, sign_of
from zerosum.studies.optimise.tried import address_of

if TYPE_CHECKING:
    from zerosum.market.inventory.strategies import Strategy
    from zerosum.studies.optimise import Optimised, Problem
    from zerosum.studies.optimise.holdout import Final


def describe_optimisation(found: Optimised, details: bool = False) -> Document:
    """Describe the result, the finalists, and the best strategy as scenario rows.

    Parameters
    ----------
    found : Optimised
    details : bool
        also what breaks the budget, and how much was simulated
    """
    file, said = found.problem.file, Document()
    said.add(file.question, look="answer")
    said.add(*format_result(found))
    if found.finals:
        said.add(Table(list(_columns(found)), found.finals, note=NOTE))
    if details:
        said.add(*format_rest(found))
    if found.best is not None and len(file.objectives) == 1:
        sure = "What is better" if found.best.better() else "The best of them, for what it is worth"
        said.add(f"{sure}, as a row of a scenario (best.toml is one that has it):", look="heading")
        said.add(snippet(found.problem, file.strategy.name, found.best.trial.strategy).rstrip())
    return said


NOTE = "In brackets: 95 % interval, over all finalists together on new simulated runs. *: better by more than chance."


def _columns(found: Optimised) -> Iterator[Column]:
    problem = found.problem
    yield Column("trial", lambda final: str(final.trial.number))
    yield Column(
        f"differs from '{problem.like.name}' in",
        lambda final: "\n".join(changes(final.trial.strategy, problem.like)),
        text=True,
        least=24,
    )
    for i, metric in enumerate(problem.file.objectives):
        label = BY_NAME[metric].label + PER.get(BY_NAME[metric].unit, "")
        yield Column(f"{label}: search", partial(_format_searched, i=i, metric=metric))
        yield Column(
            f"{label}: new simulated runs",
            partial(_fresh, i=i, metric=metric),
        )
    for metric in problem.file.budget:
        yield Column(BY_NAME[metric].label, partial(_spent, metric=metric))


def _format_searched(final: Final, i: int, metric: str) -> Cell:
    return _gain(final.searched[i], metric)


def _fresh(final: Final, i: int, metric: str) -> Cell:
    return _gain(final.fresh[i], metric, final.better(i))


def _gain(found: Any, metric: str, sure: bool = False) -> Cell:
    words, opening, ends = gain(found, metric).partition(" [")
    per = PER.get(BY_NAME[metric].unit, "")  # in the column's heading
    return Cell(words.removesuffix(per), f"{opening.strip()}{ends}", sure)


def _spent(final: Final, metric: str) -> Cell:
    spent = format_level(final.spent[metric].mean, BY_NAME[metric].unit)
    return Cell(spent, "(too much)" if final.over[metric] > 0 else "")


def snippet(problem: Problem, name: str, strategy: Strategy) -> str:
    """Format a strategy as a scenario row: its name, and its differences from the defaults."""
    row = strategy.model_dump(exclude_defaults=True) | {"name": name}
    # A table whose shares sum to 1 is written whole.
    for table in ("plan", "reinvest"):
        if table in row:
            row[table] = getattr(strategy, table).model_dump()
    return tomli_w.dumps({"strategies": [{"name": name, **{k: v for k, v in row.items() if k != "name"}}]})


def trials_frame(found: Optimised) -> pd.DataFrame:
    """Return a row per trial, in order.

    Columns: trial; each axis under its name (shares, numbers, and whether a set has a member); each objective and
    metric of the budget under its name (mean on the search's runs); difference_… of each objective (from the baseline,
    in the metric's own direction); within (the budget), failed, front, finalist, baseline.
    """
    problem, base = found.problem, address_of(found.problem.baseline)
    along = {trial.number for trial in front(found.trials)}
    final = {one.trial.number for one in found.finals}
    objectives = problem.file.objectives
    rows = []
    for trial in found.trials:
        row: dict[str, Any] = {"trial": trial.number}
        for one in problem.axes:
            table, _, key = one.key.partition(".")
            value = getattr(trial.strategy, table)
            if isinstance(value, tuple):
                row |= {f"{one.key}.{name}": name in value for name in one.members}
            elif key:
                row[one.key] = getattr(value, key)
            elif hasattr(value, "model_dump"):
                row |= {f"{one.key}.{name}": share for name, share in value.model_dump().items()}
            else:
                row[one.key] = value
        row |= {name: float(trial.found[name].mean()) for name in (*objectives, *problem.file.budget)}
        gains = zip(objectives, trial.gains, strict=True)
        row |= {f"difference_{name}": sign_of(name) * gained for name, gained in gains}
        row |= {"within": trial.within, "failed": trial.failed, "front": trial.number in along}
        row |= {"finalist": trial.number in final, "baseline": address_of(trial.strategy) == base}
        rows.append(row)
    return pd.DataFrame(rows)


def best_text(found: Optimised) -> str:
    """Return a scenario, for 'zerosum compare', with the baseline and the best strategy found.

    With two objectives it has all finalists. If nothing was found it has only the baseline.
    """
    name = found.problem.file.strategy.name
    if len(found.problem.file.objectives) == 1:
        strategies = {name: found.best.trial.strategy} if found.best is not None else {}
    else:
        strategies = {f"{name}-{final.trial.number}": final.trial.strategy for final in found.finals}
    head = [
        f"Written by 'zerosum optimise' ({found.problem.file.name}); 'zerosum compare best.toml' runs it.",
        "Its own seed is the search's, so its first replications are those that the strategy was picked on:",
        "for a fair look, give another --seed.",
        "",
        *format_findings(found),
    ]
    comment = "".join(f"# {line}".rstrip() + "\n" for line in head)
    return f"{comment}\n{scenario_text(found.problem.with_strategies(strategies))}"


def summarize_optimisation(found: Optimised, files: Sequence[Path]) -> dict[str, Any]:
    """Return an optimization as one object; differences are in the metrics' own direction."""
    problem, file = found.problem, found.problem.file

    def final(one: Final) -> dict[str, Any]:
        fresh = enumerate(zip(file.objectives, one.fresh, one.p, strict=True))
        return {
            "trial": one.trial.number,
            "changes": changes(one.trial.strategy, problem.like),
            "strategy": one.trial.strategy.model_dump(mode="json"),
            "search": {m: _difference(i, m) for m, i in zip(file.objectives, one.searched, strict=True)},
            "fresh": {
                m: _difference(i, m) | {"p_holm": p, "better": one.better(k)} for k, (m, i, p) in fresh
            },
            "budget": {
                metric: {**vars(one.spent[metric]), "over": over} for metric, over in one.over.items()
            },
            "within": one.within,
        }

    best = found.best
    summary = {
        "command": "optimise",
        "optimisation": file.name,
        "question": file.question,
        "hash": hash_of(problem.identity),
        "baseline": problem.baseline.name,
        "like": problem.like.name,
        "adopters": problem.adopters,
        "objectives": list(file.objectives),
        "budget": dict(file.budget),
        "trials": len(found.trials),
        "replications": file.replications,
        "holdout": file.holdout,
        "seed": file.seed,
        "sampler": file.sampler,
        "best": best.trial.number if best is not None and len(file.objectives) == 1 else None,
        "front": [trial.number for trial in front(found.trials)],
        "finalists": [final(one) for one in found.finals],
        "words": format_findings(found),
        "files": [str(path) for path in files],
    }
    return without_nan(summary)


def _difference(interval: Any, metric: str) -> dict[str, Any]:
    sign = sign_of(metric)
    low, high = sorted((sign * interval.low, sign * interval.high))
    return {"difference": sign * interval.mean, "low": low, "high": high, "n": interval.n}
