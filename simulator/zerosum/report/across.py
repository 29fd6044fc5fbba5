"""Report a comparison across calibrated parameter sets: which differences hold under all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.market.metrics import BY_NAME, DEFAULT_METRIC, NULL_METRICS, shown_with
from zerosum.report.compare import CHANCE, HEADLINES_NOTE, NAME, adopters_title, units_note
from zerosum.report.document import Cell, Column, Document, Table
from zerosum.report.summary import summary_of
from zerosum.report.wording import MOST_KEPT, count, format_alike, format_span, format_territories
from zerosum.scenario import scenario_hash
from zerosum.studies.across import (
    BASELINE,
    DIFFER,
    HIGHER,
    LOWER,
    MAYBE_HIGHER,
    MAYBE_LOWER,
    NO_INTERVAL,
    UNCLEAR,
)

if TYPE_CHECKING:
    from zerosum.studies.across import Across

PLAIN = (HIGHER, LOWER, DIFFER)
"""Verdicts on all sets together."""
VERDICTS_NOTE = (
    "Higher, lower: the interval lies above, below zero; unclear: it includes zero. Undecided: above zero in one set, "
    "below in another. Sets are no sample: their range is no interval."
)


def describe_across(across: Across, metric: str = DEFAULT_METRIC) -> Document:
    """Describe each strategy's differences under all calibrated parameter sets.

    Parameters
    ----------
    across : Across
    metric : str
        The decision metric; its result is above each table.
    """
    scenario, found = across.scenario, Document()
    for adopters in scenario.comparison.adopters:
        found.add(format_answer(across, metric, adopters), look="answer")
        title = (
            f"{scenario.name}, {adopters_title(scenario, adopters)}. What holds under "
            f"{count(len(across.fits.sets), 'calibrated parameter set')}"
        )
        found.add(_table(across, metric, adopters, title))
    often = count(scenario.comparison.replications, "replication")
    notes = (
        format_fits(across),
        f"'{scenario.baseline_name}': from the smallest to the largest mean over {often}. Others: what the 95 % "
        "intervals of the difference to it on the same random events say; below it the difference from the smallest to "
        "the largest over sets, and in how many sets that holds.",
        VERDICTS_NOTE,
        units_note(BY_NAME[metric], scenario.clock.weeks),
        HEADLINES_NOTE,
        "No correction for looking at many differences at once.",
        format_territories(scenario),
        format_alike(scenario),
    )
    found.add(*notes, look="note")
    return found


def _table(across: Across, metric: str, adopters: str, title: str) -> Table:
    usual = across.scenario.baseline_name
    here: Any = across.table[across.table["adopters"] == adopters].set_index(
        ["strategy", "metric"], drop=False
    )

    def column(name: str) -> Column:
        return Column(BY_NAME[name].label, lambda strategy: _cell(here.loc[(strategy, name)]))

    first = Column(
        "strategy", lambda name: Cell(name, "baseline" if name == usual else ""), text=True, least=NAME
    )
    return Table([first, *map(column, shown_with(metric))], across.scenario.compared_names, title)


def _cell(row: Any) -> Cell:
    """Format verdict, range of differences over sets, the verdict's basis, and chance if needed."""
    chance = ""
    if row["metric"] in NULL_METRICS:
        chance = f"{CHANCE} {format_span(row['chance_baseline_smallest'], row['chance_baseline_largest'], row['unit'])}"
    if row["verdict"] == BASELINE:
        return Cell(format_span(row["level_smallest"], row["level_largest"], row["unit"]), chance)
    small = (
        format_span(row["smallest"], row["largest"], row["unit"], signed=True),
        _format_counts(row),
        chance,
    )
    return Cell(row["verdict"], "\n".join(filter(None, small)), row["verdict"] in PLAIN)


def _format_counts(row: Any) -> str:
    """Format the number of sets that agree with the verdict."""
    of = f"of {row['fits']}"
    return {
        DIFFER: f"{row['above']} up, {row['below']} down {of}",
        NO_INTERVAL: f"in {row['without']} {of}",
        UNCLEAR: f"{row['around']} {of}",
        MAYBE_HIGHER: f"higher in {row['above']} {of}",
        MAYBE_LOWER: f"lower in {row['below']} {of}",
    }.get(row["verdict"], f"{row['fits']} {of}")


def format_answer(across: Across, metric: str, adopters: str) -> str:
    """Format a metric's result under all sets; nothing if there is only the baseline.

    Such as "Adopters 'focal'. Churn: 'a', 'b' higher in all sets; 'c' undecided: sets differ."
    """
    rows = across.table[(across.table["adopters"] == adopters) & (across.table["metric"] == metric)]
    found: dict[str, list[str]] = {}
    for strategy, verdict in zip(rows["strategy"], rows["verdict"], strict=True):
        if strategy != across.scenario.baseline_name:
            found.setdefault(verdict, []).append(f"'{strategy}'")
    said = [f"{', '.join(names)} {verdict}" for verdict, names in found.items()]
    return f"Adopters '{adopters}'. {rows['label'].iloc[0]}: {'; '.join(said)}." if said else ""


def format_fits(across: Across) -> str:
    """Describe the sets, and which scenario values they leave unchanged."""
    changes, n = across.changes, len(across.fits.sets)
    touched = {key for change in changes for key in (*change.replaced, *change.scaled)}
    said = [
        f"{count(n, 'calibrated parameter set')}: values for {count(len(across.fits.parameters), 'assumption')} that "
        "agree with the facts that were fitted; the first is the default. They change "
        f"{count(len(touched), 'value')} of this scenario"
    ]
    if not touched:
        return f"{said[0]}: it says all of them itself, or has no use for them, so all sets are alike."
    kept = changes[0].kept
    if kept:
        more = f" and {len(kept) - MOST_KEPT} more" if len(kept) > MOST_KEPT else ""
        said.append(f"and keep what it says itself: {', '.join(kept[:MOST_KEPT])}{more}")
    unchecked = " Whether the sets agree with the facts together with that wasn't checked." if kept else ""
    return ", ".join(said) + "." + unchecked


def summarize_across(across: Across, files: Sequence[Path], metric: str = DEFAULT_METRIC) -> dict[str, Any]:
    """Return a comparison across sets as one object: each set's changes, and what holds in all."""
    scenario = across.scenario
    address = ("adopters", "strategy", "metric", "label", "unit")
    adopters: dict[str, Any] = {}
    for row in across.table.to_dict("records"):
        told = {str(name): value for name, value in row.items() if name not in address}
        adopters.setdefault(row["adopters"], {}).setdefault(row["strategy"], {})[row["metric"]] = told
    fits = [
        {
            "hash": scenario_hash(comparison.scenario),
            "replaced": {key: list(pair) for key, pair in change.replaced.items()},
            "scaled": {key: list(pair) for key, pair in change.scaled.items()},
            "moved": change.moved,
        }
        for comparison, change in zip(across.comparisons, across.changes, strict=True)
    ]
    more = {
        "metric": metric,
        "answers": {who: format_answer(across, metric, who) for who in scenario.comparison.adopters},
        "replications": scenario.comparison.replications,
        "fits_file": across.fits.source,
        "parameters": [parameter.key for parameter in across.fits.parameters],
        "kept": list(across.changes[0].kept),
        "fits": fits,
        "adopters": adopters,
    }
    return summary_of("compare-across-fits", scenario, more, files)
