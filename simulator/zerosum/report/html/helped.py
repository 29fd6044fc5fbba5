"""Effects by third of skill and by buyer segment; whether a tool makes an average rep a star."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.report.document import Cell, Figure, Table, table_of
from zerosum.report.html.shown import DIFFERENCES, draw_rows_svg
from zerosum.report.intervals import difference_cell
from zerosum.report.plots.compare import frame_rows
from zerosum.report.plots.rows import limits_of
from zerosum.report.wording import format_level
from zerosum.studies.compare import by_segment, by_third

if TYPE_CHECKING:
    from zerosum.studies.compare import Comparison

_OF_REPS = {
    "win_rate": "win rate",
    "share_at_quota": "reps at quota",
    "attainment": "quota attainment",
    "revenue_per_rep": "credited revenue per rep",
}
_OF_SEGMENTS = {
    "win_rate": "win rate",
    "no_decision_rate": "no decision",
    "market_share": "share of the segment",
    "new_business": "new business",
    "renewed": "renewed",
}
MIDDLE, HIGHEST = "middle third", "highest third"


def draw_thirds(comparison: Comparison, adopters: str) -> Figure | None:
    """Draw a strategy's effect on the lowest, middle and highest third of reps by skill."""
    frame = _of_adopters(by_third(comparison), adopters)
    shown = "attainment" if frame is not None and _is_known(frame, "attainment") else "win_rate"
    if frame is None or not _is_known(frame, shown):
        return None
    unit = "ratio" if shown == "attainment" else "share"
    subtitle = "quota attainment (1 = all of it)" if shown == "attainment" else "win rate, percentage points"
    return Figure(
        f"thirds-{adopters}",
        "By skill: the lowest, the middle and the highest third of reps",
        "Difference to the same third of reps under the baseline, with 95 % interval; all panels have one scale. Skill "
        "is what a rep brings along: the same people in both.",
        _panels(f"thirds-{adopters}", frame, shown, unit, subtitle, comparison.scenario.baseline_name),
        _table(frame, _OF_REPS, "third of reps", comparison.scenario.baseline_name),
        DIFFERENCES,
    )


def star_table(comparison: Comparison, adopters: str) -> tuple[str, Table] | None:
    """Compare the middle third's gain with the highest third's lead."""
    usual, frame = comparison.scenario.baseline_name, _of_adopters(by_third(comparison), adopters)
    if frame is None or not _is_known(frame, "attainment"):
        return None
    levels = frame[frame["measure"] == "attainment"].set_index(["strategy", "group"])
    if not {(usual, MIDDLE), (usual, HIGHEST)} <= set(levels.index):
        return None
    middle, highest = (float(levels.loc[(usual, group), "mean"]) for group in (MIDDLE, HIGHEST))  # type: ignore[arg-type]
    rows: list[list[Cell | str]] = []
    for strategy in comparison.scenario.compared_names[1:]:
        row: Any = levels.loc[(strategy, MIDDLE)]
        rows.append([strategy, format_level(float(row["mean"]), "ratio"), difference_cell(row)])
    if not rows:
        return None
    said = (
        f"Under '{usual}' the middle third of reps by skill brings {format_level(middle, 'ratio')} of its quota, the "
        f"highest third {format_level(highest, 'ratio')}. A strategy that makes stars of average reps must lift the "
        f"middle third by the difference, {format_level(highest - middle, 'ratio')}."
    )
    head = ("strategy", "attainment of the middle third", "gain")
    return said, table_of("What the middle third gains", head, rows)


def draw_segments(comparison: Comparison, adopters: str) -> Figure | None:
    """Draw a strategy's effect by buyer segment; None if there is only one."""
    if len(comparison.scenario.segments) < 2:
        return None
    frame = _of_adopters(by_segment(comparison), adopters)
    if frame is None or not _is_known(frame, "market_share"):
        return None
    usual = comparison.scenario.baseline_name
    return Figure(
        f"segments-{adopters}",
        "By kind of buyers",
        "Difference of the share of the segment's buyers held at the end, with 95 % interval; all panels "
        "have one scale.",
        _panels(
            f"segments-{adopters}",
            frame,
            "market_share",
            "share",
            "share of the segment, percentage points",
            usual,
        ),
        _table(frame, _OF_SEGMENTS, "segment", usual),
        DIFFERENCES,
    )


def _of_adopters(frame: pd.DataFrame, adopters: str) -> pd.DataFrame | None:
    here = frame[frame["adopters"] == adopters] if len(frame) else frame
    return here if len(here) else None


def _is_known(frame: pd.DataFrame, measure: str) -> bool:
    return bool(frame.loc[frame["measure"] == measure, "difference"].notna().any())


def _panels(name: str, frame: pd.DataFrame, measure: str, unit: str, subtitle: str, usual: str) -> list[Any]:
    rows = frame[(frame["measure"] == measure) & (frame["strategy"] != usual)]
    limits = limits_of(frame_rows(rows, "group", unit))
    return [
        draw_rows_svg(
            f"{name}-{strategy}", str(strategy), subtitle, frame_rows(here, "group", unit), unit, limits
        )
        for strategy, here in rows.groupby("strategy", sort=False)
    ]


def _table(frame: pd.DataFrame, words: dict[str, str], group: str, usual: str) -> Table:
    """Make a table of all measures: a row per strategy and group; the baseline's levels, the others' differences."""
    rows: list[list[Cell | str]] = []
    measures = [name for name in words if (frame["measure"] == name).any()]
    for (strategy, name), here in frame.groupby(["strategy", "group"], sort=False):
        by_measure = {row["measure"]: row for row in here.to_dict("records")}
        cells = [
            Cell(format_level(row["mean"], row["unit"])) if strategy == usual else difference_cell(row)
            for row in (by_measure[measure] for measure in measures)
        ]
        rows.append([Cell(str(strategy), "baseline: levels" if strategy == usual else ""), str(name), *cells])
    head = ("strategy", group, *(words[name] for name in measures))
    return table_of(f"Differences by {group}", head, rows)
