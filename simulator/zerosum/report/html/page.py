"""The report page: one self-contained HTML file, identical for identical results."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from zerosum.report.answers import find_leading, keep_best
from zerosum.report.compare import cost_table, decision_table, headline_table, reading_notes
from zerosum.report.document import Figure
from zerosum.report.html import assumed, believed, deals, helped, money, shown, spent, tried
from zerosum.report.html.maps import name_older, show_maps
from zerosum.report.html.misses import show_misses
from zerosum.report.html.rendering import render
from zerosum.report.html.summary import show_summary
from zerosum.report.lines import without_options
from zerosum.report.verdict import reach_verdict
from zerosum.report.wording import (
    count,
    format_adopters,
    format_alike,
    format_chance_baseline,
    format_territories,
)
from zerosum.studies.compare import value_table
from zerosum.studies.rests import NOTHING, Rests

if TYPE_CHECKING:
    import pandas as pd

    from zerosum.runs.manifest import Manifest
    from zerosum.studies.attribution import ChangedDeals
    from zerosum.studies.compare import Comparison, Decision
    from zerosum.studies.map import Map
    from zerosum.studies.misses import Misses

MOST_STRATEGIES = 10
"""Maximum strategies in figures, with the baseline; tables of the decision metric have all."""
Draw = Callable[["Comparison", str], "Figure | None"]


def write_page(
    comparison: Comparison,
    decision: Decision,
    manifest: Manifest,
    changed: ChangedDeals | None = None,
    without_deals: str = "",
    maps: Sequence[tuple[Path, Map]] = (),
    older_maps: Sequence[Path] = (),
    decomposed: Misses | None = None,
    rests: Rests = NOTHING,
) -> str:
    """Write the page.

    Parameters
    ----------
    comparison : Comparison
    decision : Decision
        its result for the decision metric
    manifest : Manifest
        of the results; the only source of dates and versions
    changed : ChangedDeals, optional
        why the leading strategy differs from the baseline
    without_deals : str
        why ``changed`` is missing, and how to get it
    maps : sequence of (folder, Map)
        of the same scenario, newest first
    older_maps : sequence of Path
        folders of those that are only named
    decomposed : Misses, optional
        what missed quotas are made of in the same market
    rests : Rests
        what results beside these say about the verdict

    Returns
    -------
    str
        HTML without external references
    """
    scenario = comparison.scenario
    first, many = scenario.comparison.adopters[0], len(scenario.comparison.adopters) > 1
    settings, left_out = assumed.settings_table(scenario)
    several = len(scenario.compared_names) > 1
    values = value_table(comparison)
    shown_strategies = keep_best(comparison, decision.metric.name, MOST_STRATEGIES)
    return render(
        "template.html.j2",
        scenario=scenario,
        focal=scenario.vendors[scenario.focal_index].name,
        title=scenario.question or f"{scenario.name}: what does each strategy change?",
        often=count(scenario.comparison.replications, "replication"),
        metric=decision.metric,
        manifest=manifest,
        summary=show_summary(comparison, decision, values, rests),
        answers=_answers(comparison, decision, values),
        gains=money.draw_gains(shown_strategies, scenario.vendors[scenario.focal_index].name)
        if many
        else None,
        strategies=tried.format_changes(scenario),
        tools=tried.format_claims(scenario),
        explained=reading_notes(comparison, decision) if several else [],
        several_adopters=many,
        n_strategies=len(scenario.compared_names),
        n_shown=len(shown_strategies.scenario.compared_names),
        first_adopters=first,
        differences=_draw_each(shown_strategies, partial(shown.draw_differences, metric=decision.metric.name))
        if several
        else [],
        shares=_draw_each(shown_strategies, shown.draw_share) if several else [],
        figures=_draw_figures(
            shown_strategies,
            first,
            [shown.draw_quota, shown.draw_quantiles],
        ),
        hours=spent.draw_hours(shown_strategies, first),
        money=spent.draw_money(shown_strategies, first),
        tornado=believed.draw_tornado(comparison, decision, first),
        helped=_draw_figures(shown_strategies, first, [helped.draw_thirds, helped.draw_segments])
        if several
        else [],
        star=helped.star_table(shown_strategies, first) if several else None,
        story=deals.show_changed_deals(changed) if changed is not None else None,
        without_deals=without_deals,
        maps=show_maps(maps, scenario),
        older_maps=name_older(older_maps),
        misses=show_misses(comparison, decomposed),
        counts=assumed.counts_table(scenario),
        fitted=assumed.fitted_table(scenario),
        settings=settings,
        left_out=left_out,
        uncertain=assumed.uncertain_table(scenario),
        chance_baseline=format_chance_baseline(scenario),
        territories=format_territories(scenario),
        alike=format_alike(scenario),
        command=Markup(escape(shlex.join(manifest.command))),
        deals_command=_deals_command(decision, manifest, first) if several and changed is None else "",
    )


def _deals_command(decision: Decision, manifest: Manifest, adopters: str) -> str:
    """Return the command that says which deals made the leading strategy's difference; none for teams in one market."""
    strategy = find_leading(decision, adopters)
    if strategy is None or adopters == "head-to-head":
        return ""
    return shlex.join(["zerosum", "deals", manifest.hash[:16], "--strategy", strategy])


def _answers(comparison: Comparison, decision: Decision, values: pd.DataFrame) -> list[dict[str, Any]]:
    """Return, per choice of adopters: who adopts, the verdict, what strategies are worth, and the tables behind it."""
    focal = comparison.scenario.vendors[comparison.scenario.focal_index].name
    several = len(comparison.scenario.compared_names) > 1
    found: list[dict[str, Any]] = []
    for adopters in comparison.scenario.comparison.adopters:
        who = format_adopters(adopters, focal)
        found.append(
            {
                "adopters": adopters,
                "who": who,
                "lines": without_options(reach_verdict(comparison, decision, adopters, values).lines),
                "worth": money.money_table(values, adopters, who, comparison.scenario.money.currency)
                if several
                else None,
                "costs": cost_table(comparison, adopters),
                "decision": decision_table(decision, adopters, comparison.scenario),
                "headlines": headline_table(comparison, adopters),
            }
        )
    return found


def _draw_each(comparison: Comparison, draw: Draw) -> list[tuple[str, Figure]]:
    found = [(adopters, draw(comparison, adopters)) for adopters in comparison.scenario.comparison.adopters]
    return [(adopters, figure) for adopters, figure in found if figure is not None]


def _draw_figures(comparison: Comparison, adopters: str, draws: list[Any]) -> list[Figure]:
    found = [draw(comparison, adopters) for draw in draws]
    return [figure for figure in found if figure is not None]
