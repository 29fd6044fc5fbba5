"""Findings of an optimization: what is better by more than chance, and what chance added."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zerosum.market.metrics import BY_NAME
from zerosum.report.intervals import format_gain, format_list
from zerosum.report.wording import count, format_difference, format_level
from zerosum.studies.optimise.search import front, sign_of
from zerosum.studies.optimise.spec import KEYS

if TYPE_CHECKING:
    from zerosum.market.inventory.strategies import Strategy
    from zerosum.statistics import Interval
    from zerosum.studies.optimise import Optimised


def gain(found: Interval, metric: str) -> str:
    """Format a gain as the metric's difference."""
    return format_gain(found, BY_NAME[metric].unit, sign_of(metric))


def changes(strategy: Strategy, like: Strategy) -> list[str]:
    """Return a strategy's differences from another, key by key: ``plan.selling = 0.35``."""
    found = []
    for key in dict.fromkeys(key.partition(".")[0] for key in KEYS):
        ours, theirs = getattr(strategy, key), getattr(like, key)
        if ours == theirs:
            continue
        if hasattr(ours, "model_dump"):
            pairs = zip(ours.model_dump().items(), theirs.model_dump().values(), strict=True)
            found += [f"{key}.{name} = {value:g}" for (name, value), before in pairs if value != before]
        elif isinstance(ours, tuple):
            found.append(f"{key}: {format_list(ours)}")
        else:
            found.append(f"{key} = {str(ours).lower() if isinstance(ours, bool) else ours}")
    return found


def format_findings(found: Optimised) -> list[str]:
    """Return the findings, the most important first."""
    return [*format_result(found), *format_rest(found)]


def format_result(found: Optimised) -> list[str]:
    """Return what is better by more than chance, and what chance added."""
    return [*_verdict(found), *_curse(found)]


def format_rest(found: Optimised) -> list[str]:
    """Return what breaks the budget, and how much was simulated."""
    return [*_budget(found), *_standing(found)]


def _verdict(found: Optimised) -> Iterator[str]:
    file, baseline = found.problem.file, found.problem.baseline.name
    if not found.finals:
        within = sum(trial.within for trial in found.trials)
        said = f"Nothing to try again: of {count(len(found.trials), 'trial')}"
        said += f", {within} keep the budget" if file.budget else ""
        if within and len(file.objectives) == 2:
            said += f"; '{baseline}' is as good as any of them in both"
        elif within:
            said += f"; none of them differs from '{baseline}'"
        yield f"{said}."
        return
    if len(file.objectives) == 2:
        yield from _two(found)
        return
    best, metric = found.best, file.objectives[0]
    label = BY_NAME[metric].label.lower()
    on = f"on {count(best.fresh[0].n if best else file.holdout, 'new simulated run')}"
    if best is None:
        yield f"None of {count(len(found.finals), 'finalist')} keeps the budget {on}: nothing can be recommended."
        return
    if best.better():
        said = "; ".join(changes(best.trial.strategy, found.problem.like)) or "nothing"
        yield (
            f"Better than '{baseline}' by more than chance: trial {best.trial.number}, {label} "
            f"{gain(best.fresh[0], metric)} {on}. It changes {said}."
        )
        return
    yield (
        f"Nothing better than '{baseline}' can be told from chance: the best of {count(len(found.finals), 'finalist')} "
        f"has {label} {gain(best.fresh[0], metric)} {on}."
    )
    half = (best.fresh[0].high - best.fresh[0].low) / 2
    if math.isfinite(half):
        yield (
            f"A gain of less than about {format_difference(half, BY_NAME[metric].unit).lstrip('+')} would not have "
            "shown; "
            "a higher 'holdout' would."
        )


def _two(found: Optimised) -> Iterator[str]:
    """With two objectives: give each one's result on new simulated runs."""
    objectives, baseline = found.problem.file.objectives, found.problem.baseline.name
    along = front(found.trials)
    labels = [BY_NAME[name].label.lower() for name in objectives]
    yield (
        f"{count(len(along), 'trial')} of {len(found.trials)} {'are' if len(along) > 1 else 'is'} on the front of "
        f"{labels[0]} and {labels[1]}: no other trial within the budget is better in one and no worse in the other, on "
        "the search's runs."
    )
    both = [final for final in found.finals if final.within and final.better(0) and final.better(1)]
    if both:
        numbers = format_list([str(final.trial.number) for final in both])
        yield f"Better than '{baseline}' in both, by more than chance: trial {numbers}."
    else:
        yield f"Nothing can be told from chance that is better than '{baseline}' in both."
    for i, label in enumerate(labels):
        one = [final for final in found.finals if final.within and final.better(i) and final not in both]
        for final in one:
            yield (
                f"Trial {final.trial.number}: {label} {gain(final.fresh[i], objectives[i])}, for {labels[1 - i]} "
                f"{gain(final.fresh[1 - i], objectives[1 - i])}."
            )


def _curse(found: Optimised) -> Iterator[str]:
    """Say by how much the search overstated its best."""
    if not found.finals:
        return
    first = found.finals[0]
    for i, metric in enumerate(found.problem.file.objectives):
        unit, sign = BY_NAME[metric].unit, sign_of(metric)
        searched, fresh = first.searched[i].mean, first.fresh[i].mean
        if not searched > 0:
            continue
        said = (
            "The search's best" if len(found.problem.file.objectives) == 1 else f"Trial {first.trial.number}"
        )
        words = (
            f"{said} ({BY_NAME[metric].label.lower()}): {format_difference(sign * searched, unit)} on the runs it was "
            "picked "
            f"on, {format_difference(sign * fresh, unit)} on new simulated runs"
        )
        if fresh <= 0:
            yield f"{words}: all of its gain was chance (the winner's curse)."
        elif searched > fresh:
            by_chance = format_difference(searched - fresh, unit).lstrip("+")
            yield f"{words}: {by_chance} of its gain was chance (the winner's curse)."
        else:
            yield f"{words}: being picked as the best has not flattered it."


def _budget(found: Optimised) -> Iterator[str]:
    for final in found.finals:
        for metric, over in final.over.items():
            if over > 0:
                unit = BY_NAME[metric].unit
                yield (
                    f"Trial {final.trial.number} breaks the budget on new simulated runs: "
                    f"{BY_NAME[metric].label.lower()} {format_level(final.spent[metric].mean, unit)}, "
                    f"{format_level(over, unit)} too much."
                )


def _standing(found: Optimised) -> Iterator[str]:
    file = found.problem.file
    failed = sum(trial.failed for trial in found.trials)
    over = sum(not trial.within and not trial.failed for trial in found.trials)
    parts = [f"{count(len(found.trials), 'trial')} on {count(file.replications, 'common simulated run')}"]
    parts += [f"{over} beyond the budget"] if over else []
    parts += [f"{failed} without a number (a ratio without a denominator)"] if failed else []
    yield ", ".join(parts) + (
        ". Intervals on new simulated runs are 95 %, over all finalists together; they are of chance, on the model's "
        "assumptions as they stand."
    )
