"""Report a comparison: each strategy's differences, the decision metric, and how to read the tables."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.market.metrics import BY_NAME, COSTS, HEADLINES, METRICS, NULL_METRICS
from zerosum.report.answers import format_enough
from zerosum.report.document import Cell, Column, Document, Table, Words
from zerosum.report.identical import identical_object
from zerosum.report.intervals import PER, difference_cell, format_range
from zerosum.report.lines import ADOPTING, labeled_lines
from zerosum.report.summary import numbers_of, summary_of
from zerosum.report.verdict import reach_verdict
from zerosum.report.wording import (
    count,
    format_adopters,
    format_alike,
    format_difference,
    format_level,
    format_p,
    format_territories,
    is_money,
)
from zerosum.scenario import folder_name
from zerosum.scenario.errors import join_names
from zerosum.statistics.verdicts import POWER, TIED
from zerosum.studies.compare import value_table
from zerosum.studies.misses import share_of_strategy

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.scenario.spec import Scenario
    from zerosum.studies.compare import Alike, Comparison, Decision

NAME = 24
"""Smallest width of a wrapped strategy name, in characters."""
LEAST_COST = 0.5
"""Amount of money a year below which a kind of cost is left out."""
CHANCE = "by chance"


def describe_comparison(
    comparison: Comparison, decision: Decision, values: pd.DataFrame | None = None
) -> Document:
    """Describe every strategy's differences, then the decision metric and cost by kind, and how to read them.

    For adopters other than the first, whose verdict is on the first screen, the verdict stands above its table.
    ``values``: its :func:`~zerosum.studies.compare.value_table`, if there is one already.
    """
    scenario, frame = comparison.scenario, comparison.differences
    found = Document()
    for adopters in scenario.comparison.adopters:
        usual: Any = frame[(frame["adopters"] == adopters) & (frame["strategy"] == scenario.baseline_name)]
        level = usual.set_index("metric")["mean"]
        start, end = (format_level(level[f"saturation_{when}"], "share") for when in ("start", "end"))
        title = (
            f"{scenario.name}, {adopters_title(scenario, adopters)}. Market penetration: {start} at the start, "
            f"{end} at the end"
        )
        found.add(headline_table(comparison, adopters, title))
    found.add(format_alike(scenario), format_territories(scenario))
    first, *others = scenario.comparison.adopters
    worth = value_table(comparison) if values is None else values
    found.add(decision_table(decision, first, scenario), cost_table(comparison, first))
    for adopters in others:
        found.add(Words(_capital(ADOPTING[adopters]), "heading"))
        found.add(labeled_lines(reach_verdict(comparison, decision, adopters, worth).lines))
        found.add(decision_table(decision, adopters, scenario), cost_table(comparison, adopters))
    found.add(*reading_notes(comparison, decision), look="note")
    return found


def adopters_title(scenario: Scenario, adopters: Any) -> str:
    """Format who adopts."""
    return f"adopters '{adopters}': {format_adopters(adopters, scenario.vendors[scenario.focal_index].name)}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


# --- Tables ---------------------------------------------------------------------------------------------------


def level_cell(row: Any) -> Cell:
    """Format a level; below it the chance baseline, for metrics that need it."""
    return Cell(format_level(row["mean"], row["unit"]), _chance(row))


def _gap_cell(row: Any) -> Cell:
    """Format a difference; below it its interval and, for metrics that need it, the chance baseline."""
    found = difference_cell(row, certain(row))
    return found._replace(small="\n".join(filter(None, (found.small, _chance(row)))))


def _chance(row: Any) -> str:
    if row["metric"] not in NULL_METRICS:
        return ""
    return f"{CHANCE} {format_level(row['chance_baseline'], row['unit'])}"


def certain(row: Any) -> bool:
    """Return whether a difference holds after correction for several strategies; False without a spread."""
    return bool(row["low"] < row["high"] and row["p_holm"] < 0.05)


def strategy_column(usual: str, look: str = "baseline") -> Column:
    """Return the first column of a table with a strategy in each row."""
    return Column(
        "strategy",
        lambda row: Cell(row["strategy"], look if row["strategy"] == usual else ""),
        text=True,
        least=NAME,
    )


def headline_table(
    comparison: Comparison, adopters: str, title: str = "Six numbers: what each strategy changes"
) -> Table:
    """Make the table of headline metrics: the baseline's levels, the others' paired differences."""
    scenario, frame = comparison.scenario, comparison.differences
    here: Any = frame[frame["adopters"] == adopters].set_index(["strategy", "metric"], drop=False)

    def column(name: str) -> Column:
        def show(first: Any) -> Cell:
            row = here.loc[(first["strategy"], name)]
            return level_cell(row) if row["strategy"] == scenario.baseline_name else _gap_cell(row)

        return Column(_head(name, scenario), show)

    columns = [strategy_column(scenario.baseline_name, "baseline: levels"), *map(column, HEADLINES)]
    return Table(columns, [{"strategy": name} for name in scenario.compared_names], title)


def _head(name: str, scenario: Scenario) -> str:
    """Return a metric's label; with the currency and the time that an amount of money is for: ``Revenue, $ a year``."""
    metric, currency = BY_NAME[name], scenario.money.currency
    if not is_money(metric.unit):
        return metric.label
    return f"{metric.label}, {currency or 'money'}{PER.get(metric.unit, '')}"


def decision_table(decision: Decision, adopters: str, scenario: Scenario) -> Table | None:
    """Make the table of the decision metric by strategy; None if there is only one."""
    rows = decision.table[decision.table["adopters"] == adopters].to_dict("records")
    if len(rows) < 2:
        return None
    usual = next((str(row["strategy"]) for row in rows if row["verdict"] == "baseline"), "")

    def other(show: Any) -> Any:
        return lambda row: "" if row["strategy"] == usual else show(row)

    columns = [
        strategy_column(usual),
        Column(_head(decision.metric.name, scenario), level_cell),
        Column("difference to the baseline", other(lambda row: difference_cell(row, certain(row)))),
        Column("higher in", other(_higher)),
        Column("against the best other", _against_best),
        Column("p (Holm)", other(lambda row: format_p(row["p_holm"]))),
        Column("verdict", lambda row: Cell(row["verdict"], format_enough(row)), text=True),
    ]
    return Table(columns, rows, f"{decision.metric.label}, strategy by strategy", narrow="list")


def _higher(row: Any) -> Cell:
    return Cell(f"{row['higher']} of {row['n']}", count(int(row["ties"]), "tie") if row["ties"] else "")


def _against_best(row: Any) -> str:
    return format_range(row["best_low"], row["best_high"], row["unit"])


def cost_table(comparison: Comparison, adopters: str) -> Table | None:
    """Make the table of what is spent more than in the baseline, by kind; None if nothing is spent otherwise."""
    scenario, frame = comparison.scenario, comparison.differences
    here: Any = frame[frame["adopters"] == adopters].set_index(["strategy", "metric"])["difference"]
    others = [name for name in scenario.compared_names if name != scenario.baseline_name]
    kinds = [kind for kind in COSTS if any(abs(here[name, kind]) >= LEAST_COST for name in others)]
    if not kinds:
        return None

    def column(metric: str, head: str) -> Column:
        return Column(head, lambda row: format_difference(here[row["strategy"], metric], "money/year"))

    heads = {kind: BY_NAME[kind].label for kind in kinds}
    columns = [strategy_column(""), column("cost", "All"), *(column(*kind) for kind in heads.items())]
    currency = scenario.money.currency
    title = f"Cost by kind: what each strategy spends more, a year{f', {currency}' * bool(currency)}"
    return Table(columns, [{"strategy": name} for name in others], title)


# --- How to read them -------------------------------------------------------------------------------------------


def reading_notes(comparison: Comparison, decision: Decision) -> list[str]:
    """Explain how to read the tables of a comparison, a paragraph each."""
    return list(_notes(comparison, decision))


def _notes(comparison: Comparison, decision: Decision) -> Iterator[str]:
    scenario, metric = comparison.scenario, decision.metric
    rows = decision.table[decision.table["verdict"] != "baseline"]
    often = count(scenario.comparison.replications, "simulated run")
    if len(rows) == 0:
        yield f"Means over {often}. No other strategy was run: there is nothing to compare with."
        yield _units(comparison, decision)
        return
    single = scenario.comparison.replications == 1
    yield (
        f"'{scenario.baseline_name}': means over {often}. Others: paired differences, for in each run all "
        "strategies live through the same weeks with the same random events, so what differs is due to the strategy. "
    ) + (
        "One run has no interval."
        if single
        else "Below each stands the interval that holds the true difference in 95 of 100 cases."
    )
    yield f"{metric.label}: {metric.meaning}. {_units(comparison, decision)}"
    if single:
        return
    yield (
        "* (on the page, bold): holds though several strategies were looked at (p below .05: how likely a difference "
        "as large would be by chance; paired t, adjusted by Holm). Without it a difference may be chance, even where "
        "its interval excludes zero. No correction for looking at many metrics at once."
    )
    if decision.matters is not None:
        yield f"Better, worse: the interval lies wholly beyond {decision.matters.written}; equivalent: wholly within."
    else:
        yield "Higher, lower: the interval excludes zero. --matters 1pp (or 5k, 2%) says what matters to you."
    if ((rows["ties"] == rows["n"]) & (rows["verdict"] == "undecided")).any():
        yield (
            f"Where all runs tie, 'equivalent' takes {TIED} of them: with 95 % confidence at most one in 20 "
            "would not."
        )
    if any(format_enough(row) for _, row in rows.iterrows()):
        yield (
            f"Runs that would decide: of a hundred comparisons with so many, about {100 * POWER:g} would be decided "
            "if mean and spread are what they seem. The number allows for all strategies that were tried (Bonferroni)."
        )
    yield (
        "Against the best other: 95 % for all strategies at once. If a range ends at 0 (where less is better, begins), "
        "another strategy is at least as good."
    )
    narrowed = rows["narrowed"][rows["narrowed"].apply(math.isfinite)]
    if len(narrowed):
        least, most = f"{narrowed.min():,.1f}", f"{narrowed.max():,.1f}"
        times = least if least == most else f"{least} to {most}"
        yield f"Without common random numbers the same intervals would take {times} times as many runs."
    if scenario.uncertain:
        yield "Counted are sets of assumptions; each is tried on two simulated runs, whose mean counts as one."
        yield from (
            f"'{row['strategy']}': {words}" for _, row in rows.iterrows() if (words := format_parts(row))
        )
    if rows["skewed"].any():
        names = dict.fromkeys(rows.loc[rows["skewed"], "strategy"])
        yield f"Skewed, so that its interval is not to be trusted with so few runs: {join_names(names, 'and')}."


def _units(comparison: Comparison, decision: Decision) -> str:
    return f"{units_note(decision.metric, comparison.scenario.clock.weeks)} {HEADLINES_NOTE}"


def units_note(metric: Any, weeks: int) -> str:
    """Name the units of numbers beside the headlines."""
    of = (
        f", but of '{metric.label}' money in the {count(weeks, 'measured week')}"
        if metric.unit == "money"
        else ""
    )
    return f"pp: percentage points; money per year{of}; k: thousand, M: million."


HEADLINES_NOTE = (
    "Win rate: of all closed opportunities, renewals among them. Selling hours: prospecting and selling. By chance "
    "(chance baseline): what a strategy reaches with identical reps in the same territories; a number near it says "
    "nothing about reps."
)


def format_parts(row: Any) -> str:
    """Split a difference's spread into chance and uncertain assumptions, in words; or nothing."""
    low, high = float(row.get("range_low", math.nan)), float(row.get("range_high", math.nan))
    share = float(row.get("assumption_share", math.nan))
    if not (math.isfinite(low) and math.isfinite(share)):
        return ""
    ends = format_range(low, high, row["unit"])
    return (
        f"of the spread of the difference {100 * share:.0f} % is that the assumptions are not known, the rest is "
        f"chance; for 95 % of what is believed of them it lies in {ends}."
    )


# --- As data ----------------------------------------------------------------------------------------------------

_ADDRESS = ("adopters", "strategy", "metric", "label", "unit")


def summarize_comparison(
    comparison: Comparison, decision: Decision, files: list[Path], values: pd.DataFrame | None = None
) -> dict[str, Any]:
    """Return a comparison as one object: means over replications, paired differences from the baseline.

    ``values``: its :func:`~zerosum.studies.compare.value_table`, if there is one already.
    """
    scenario = comparison.scenario
    names = [metric.name for metric in METRICS]
    means: Any = comparison.runs.groupby(["adopters", "strategy", "null"], sort=False)[names].mean()
    gaps: Any = comparison.differences.set_index(["adopters", "strategy", "metric"])
    kinds = {"difference": float, "low": float, "high": float, "n": int}

    def described(*address: str) -> dict[str, Any]:
        levels = (means.loc[(*address, null)].to_dict() for null in (False, True))
        differences = {
            name: {column: kind(gaps.loc[(*address, name), column]) for column, kind in kinds.items()}
            for name in names
        }
        return numbers_of(*levels) | {"differences": differences}

    more = {
        "results": folder_name(scenario),
        "replications": scenario.comparison.replications,
        "identical_reps": identical_object(share_of_strategy(comparison)),
        "decision": _decision(comparison, decision, value_table(comparison) if values is None else values),
        "adopters": {
            adopters: {name: described(adopters, name) for name in scenario.compared_names}
            for adopters in scenario.comparison.adopters
        },
    }
    return summary_of("compare", scenario, more, files)


def _decision(comparison: Comparison, decision: Decision, values: pd.DataFrame) -> dict[str, Any]:
    """Return the decision metric's results: per adopters the verdict and every strategy's numbers."""
    adopters: dict[str, Any] = {}
    for who in comparison.scenario.comparison.adopters:
        here = decision.table[decision.table["adopters"] == who].set_index("strategy", drop=False)
        told = here.drop(columns=[name for name in _ADDRESS if name in here])
        verdict = reach_verdict(comparison, decision, who, values)
        worth = values[values["adopters"] == who].drop(columns="adopters").set_index("strategy")
        adopters[who] = {
            "verdict": [line._asdict() for line in verdict.lines],
            "recommended": list(verdict.recommended),
            "leaders": list(verdict.leaders),
            "alike": [_alike(one) for one in verdict.alike],
            "best": decision.found.get(who),
            "value": worth.to_dict("index"),
            "strategies": told.to_dict("index"),
        }
    return {
        "metric": decision.metric.name,
        "unit": decision.metric.unit,
        "matters": decision.matters.written if decision.matters else None,
        "until": comparison.until.in_words if comparison.until else None,
        "decided": comparison.decided if comparison.until else None,
        "needed_power": POWER,
        "adopters": adopters,
    }


def _alike(one: Alike) -> dict[str, Any]:
    """Return a strategy that may be as good as the first of the leaders, and by how much it is behind."""
    ahead = one.ahead
    return {
        "strategy": one.strategy,
        "difference": -ahead.mean,
        "low": -ahead.high,
        "high": -ahead.low,
        "needed": one.needed,
    }
