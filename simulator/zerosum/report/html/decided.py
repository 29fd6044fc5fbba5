"""The number that decides, world by world: what can be said in words, and the tables that it rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.market.metrics import BY_NAME, HEADLINES, NULL_METRICS
from zerosum.report.answers import answers, enough
from zerosum.report.html.parts import Cell, Table, cell, said_of
from zerosum.report.intervals import listed
from zerosum.report.wording import MISSING, count, number, p_value, side_by_side, world_in_words

if TYPE_CHECKING:
    from zerosum.scenario.comparison import World
    from zerosum.studies.compare import Comparison, Decision


@dataclass(frozen=True)
class Answer:
    """What can be said of one world.

    Attributes
    ----------
    world : str
        its name
    who : str
        who moves, in words
    sentence : str
        which strategy is best, and how sure that is
    lines : sequence of str
        of each strategy against the baseline, those that can't be told from it among them
    decision, headlines : Table
    """

    world: str
    who: str
    sentence: str
    lines: Sequence[str]
    decision: Table | None
    headlines: Table


def answered(comparison: Comparison, decision: Decision) -> list[Answer]:
    """Say what every world says."""
    focal = comparison.scenario.vendors[comparison.scenario.focal_index].name
    found = []
    for world, sentence in answers(comparison, decision).items():
        rows = decision.table[decision.table["world"] == world]
        moves: World = world  # type: ignore[assignment]  # the table's names are the worlds'
        found.append(
            Answer(
                world,
                world_in_words(moves, focal),
                sentence,
                list(_lines(comparison, decision, rows)),
                _decision_table(rows, decision) if len(rows) > 1 else None,
                headline_table(comparison, world),
            )
        )
    return found


def _lines(comparison: Comparison, decision: Decision, rows: pd.DataFrame) -> list[str]:
    """Sort strategies: those that differ from the baseline, those that don't, and those of which that can't be said."""
    usual = comparison.scenario.baseline_name
    often = count(comparison.scenario.comparison.replications, "replication")
    told, alike, open_strategies = [], [], []
    for _, row in rows.iterrows():
        verdict = str(row["verdict"])
        if verdict == "baseline":
            continue
        if verdict == "equivalent":
            alike.append(f"'{row['strategy']}'")
        elif verdict == "undecided" or not math.isfinite(row["low"]):
            needed = enough(row)
            open_strategies.append(f"'{row['strategy']}'" + (f" ({needed})" if needed else ""))
        else:
            found = said_of(row)
            told.append(
                f"'{row['strategy']}' is {verdict} than '{usual}': {found.words} (95 %: {found.ends})."
            )
    if alike:
        differs = "doesn't differ" if len(alike) == 1 else "don't differ"
        least = (
            f" by as much as matters ({decision.matters.written})"
            if decision.matters
            else " in any replication"
        )
        told.append(f"{listed(alike)} {differs} from '{usual}'{least}.")
    if open_strategies:
        unsaid = (
            f"With {often} it isn't decided whether by as much as matters ({decision.matters.written}) "
            f"from '{usual}' differ"
            if decision.matters
            else f"Can't be told apart from '{usual}' with {often}"
        )
        told.append(f"{unsaid}: {listed(open_strategies)}.")
    return told


def _decision_table(rows: pd.DataFrame, decision: Decision) -> Table:
    unit, label = decision.metric.unit, decision.metric.label
    head = (
        "strategy",
        label.lower(),
        "difference to the baseline",
        "higher in",
        "against the best other",
        "p",
        "verdict",
    )
    return Table(
        f"{label}, strategy by strategy",
        head,
        [_decision_row(row, decision, unit) for _, row in rows.iterrows()],
        words_from=6,
    )


def _decision_row(row: Any, decision: Decision, unit: str) -> list[Cell | str]:
    luck = (
        f"by luck alone {number(row['chance_baseline'], unit)}"
        if decision.metric.name in NULL_METRICS
        else ""
    )
    level = Cell(number(row["mean"], unit), luck)
    against = _against_best(row, unit)
    if row["verdict"] == "baseline":
        return [Cell(row["strategy"], "baseline"), level, MISSING, MISSING, against, MISSING, "baseline"]
    gap = cell(row, certain(row))
    ties = count(int(row["ties"]), "tie") if row["ties"] else ""
    return [
        row["strategy"],
        level,
        gap,
        Cell(f"{row['higher']} of {row['n']}", ties),
        against,
        p_value(row["p_holm"]),
        Cell(row["verdict"], enough(row)),
    ]


def certain(row: Any) -> bool:
    """Tell if a difference holds though several strategies were looked at; one without a spread is no certainty."""
    return bool(row["low"] < row["high"] and row["p_holm"] < 0.05)


def _against_best(row: Any, unit: str) -> str:
    if not math.isfinite(row["best_low"]):
        return MISSING
    low, high = row["best_low"], row["best_high"]
    said, suffix = side_by_side((low, high), unit)
    # An end that is 0 says something of its own: it has no sign.
    first, last = (words if end else "0" for words, end in zip(said, (low, high), strict=True))
    return f"{first} to {last}{suffix}"


def headline_table(comparison: Comparison, world: str) -> Table:
    """Lay out the headline metrics: levels of the baseline, differences of the others."""
    scenario, frame = comparison.scenario, comparison.differences
    here: Any = frame[frame["world"] == world].set_index(["strategy", "metric"], drop=False)
    rows: list[list[Cell | str]] = []
    for strategy in scenario.compared_names:
        is_baseline = strategy == scenario.baseline_name
        cells: list[Cell | str] = [Cell(strategy, "baseline: levels" if is_baseline else "")]
        for name in HEADLINES:
            row = here.loc[(strategy, name)]
            cells.append(_level(row) if is_baseline else _gap(row))
        rows.append(cells)
    head = ("strategy", *(BY_NAME[name].label.lower() for name in HEADLINES))
    return Table("Six numbers: what each strategy changes", head, rows)


def _level(row: Any) -> Cell:
    luck = (
        f"by luck alone {number(row['chance_baseline'], row['unit'])}"
        if row["metric"] in NULL_METRICS
        else ""
    )
    return Cell(number(row["mean"], row["unit"]), luck)


def _gap(row: Any) -> Cell:
    return cell(row, certain(row))


def explained(comparison: Comparison, decision: Decision) -> list[str]:
    """Say how the decision's table is read."""
    rows = decision.table[decision.table["verdict"] != "baseline"]
    said = [
        f"{decision.metric.label}: {decision.metric.meaning}. Differences are paired: in each replication all "
        "strategies live through the same year with the same luck, so what differs is due to the strategy. Below each "
        "stands the interval that holds the true difference in 95 of 100 cases."
    ]
    if comparison.scenario.uncertain:
        said.append(
            "The scenario is uncertain of some values: two replications in a row share theirs, and their mean counts "
            "as one, so a count is of sets of values."
        )
    if decision.metric.name in NULL_METRICS:
        said.append(
            "By luck alone: the level that the same strategy reaches with equal reps and interchangeable territories. "
            "A number near it says nothing about reps."
        )
    if decision.matters is not None:
        said.append(
            f"Better, worse: the interval lies wholly beyond {decision.matters.written}; equivalent: wholly within."
        )
    else:
        said.append(
            "Higher, lower: the interval excludes zero. What difference would matter to you was not said."
        )
    said.append(
        "Against the best other: 95 % for all strategies at once; a strategy whose range ends at 0 can't be the best, "
        "one whose range begins at 0 is the best. p: how likely a difference as large would be by chance, adjusted for "
        "looking at several strategies (paired t, Holm). Bold: below .05."
    )
    narrowed = rows["narrowed"][rows["narrowed"].apply(math.isfinite)]
    if len(narrowed):
        least, most = f"{narrowed.min():,.1f}", f"{narrowed.max():,.1f}"
        times = least if least == most else f"{least} to {most}"
        said.append(f"Without common luck the variance of differences would be {times} times as large.")
    if rows["skewed"].any():
        names = [f"'{strategy}'" for strategy in dict.fromkeys(rows.loc[rows["skewed"], "strategy"])]
        said.append(
            f"Skewed, so that its interval is not to be trusted with so few replications: {listed(names)}."
        )
    return said


def leading(decision: Decision, world: str) -> str | None:
    """Name the strategy, the baseline aside, with the best mean in a world; None if there is the baseline only.

    Where neither more nor less is better: the one that differs most.
    """
    rows = decision.table[(decision.table["world"] == world) & (decision.table["verdict"] != "baseline")]
    if len(rows) == 0:
        return None
    better = decision.metric.higher_is_better
    rank = rows["difference"].abs() if better is None else rows["mean"] if better else -rows["mean"]
    ranked: Any = rank.fillna(-math.inf).to_numpy()
    return str(rows["strategy"].iloc[int(ranked.argmax())])
