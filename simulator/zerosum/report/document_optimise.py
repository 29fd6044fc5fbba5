"""An optimisation as one JSON object, a table of its trials, and a scenario with the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.report.optimise_in_words import changes, in_words
from zerosum.runs.claimed import hash_of
from zerosum.runs.store import without_nan
from zerosum.scenario import scenario_text
from zerosum.studies.optimise.search import front, sign_of
from zerosum.studies.optimise.tried import address_of

if TYPE_CHECKING:
    from zerosum.studies.optimise import Optimised
    from zerosum.studies.optimise.holdout import Final


def trials_frame(found: Optimised) -> pd.DataFrame:
    """Return a row for each trial, in order.

    Columns: trial; each axis under its name (shares, numbers, and whether a set has a member); each objective and
    metric of the budget under its name (mean on the search's luck); difference_… of each objective (from the baseline,
    in the metric's own direction); within (the budget), failed, front, finalist, baseline.
    """
    problem, base = found.problem, address_of(found.problem.baseline)
    along = {trial.number for trial in front(found.trials)}
    final = {one.trial.number for one in found.finals}
    rows = []
    for trial in found.trials:
        values: dict[str, Any] = {}
        for one in problem.axes:
            value = getattr(trial.strategy, one.key.partition(".")[0])
            if isinstance(value, tuple):
                values |= {f"{one.key}.{name}": name in value for name in one.members}
            elif one.key.partition(".")[2]:
                values[one.key] = getattr(value, one.key.partition(".")[2])
            elif hasattr(value, "model_dump"):
                values |= {f"{one.key}.{name}": share for name, share in value.model_dump().items()}
            else:
                values[one.key] = value
        numbers = {
            name: float(trial.found[name].mean()) for name in (*problem.file.objectives, *problem.file.budget)
        }
        differences = {
            f"difference_{name}": sign_of(name) * gain
            for name, gain in zip(problem.file.objectives, trial.gains, strict=True)
        }
        rows.append(
            {
                "trial": trial.number,
                **values,
                **numbers,
                **differences,
                "within": trial.within,
                "failed": trial.failed,
                "front": trial.number in along,
                "finalist": trial.number in final,
                "baseline": address_of(trial.strategy) == base,
            }
        )
    return pd.DataFrame(rows)


def best_text(found: Optimised) -> str:
    """Write a scenario whose strategies are the baseline and what was found, so that 'zerosum compare' runs it.

    Of two objectives all finalists are in it. Where nothing was found the baseline is alone.
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
        *in_words(found),
    ]
    comment = "".join(f"# {line}".rstrip() + "\n" for line in head)
    return f"{comment}\n{scenario_text(found.problem.with_strategies(strategies))}"


def optimise_document(found: Optimised, files: Sequence[Path]) -> dict[str, Any]:
    """Put an optimisation into one object; differences in it are in the metrics' own direction."""
    problem, file = found.problem, found.problem.file

    def final(one: Final) -> dict[str, Any]:
        return {
            "trial": one.trial.number,
            "changes": changes(one.trial.strategy, problem.like),
            "strategy": one.trial.strategy.model_dump(mode="json"),
            "search": {m: _difference(i, m) for m, i in zip(file.objectives, one.searched, strict=True)},
            "fresh": {
                m: _difference(i, m) | {"p_holm": p, "better": one.better(k)}
                for k, (m, i, p) in enumerate(zip(file.objectives, one.fresh, one.p, strict=True))
            },
            "budget": {
                metric: {**vars(one.spent[metric]), "over": over} for metric, over in one.over.items()
            },
            "within": one.within,
        }

    best = found.best
    document = {
        "command": "optimise",
        "optimisation": file.name,
        "question": file.question,
        "hash": hash_of(problem.identity),
        "baseline": problem.baseline.name,
        "like": problem.like.name,
        "world": problem.world,
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
        "words": in_words(found),
        "files": [str(path) for path in files],
    }
    return without_nan(document)


def _difference(interval: Any, metric: str) -> dict[str, Any]:
    sign = sign_of(metric)
    low, high = sorted((sign * interval.low, sign * interval.high))
    return {"difference": sign * interval.mean, "low": low, "high": high, "n": interval.n}
