"""Write the page of findings: numbers choose every sentence that depends on them.

``python -m docs.tools.findings_page`` runs every study on the page and writes ``docs/findings.md``.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from docs.tools.findings import kickoff
from docs.tools.findings.gather import FULL, QUICK, Findings, fingerprint, gather
from docs.tools.findings.kept import FOLDER
from zerosum.errors import Interrupted
from zerosum.machine import usable_cores
from zerosum.market.metrics import BY_NAME
from zerosum.report.effects import format_expected
from zerosum.report.intervals import format_gap, format_row
from zerosum.report.markdown import format_rows
from zerosum.report.plots.map import plot_map
from zerosum.runs import outputs
from zerosum.studies.effects.effect import EMERGES, MISSING, OPPOSITE, Effect

PAGE = Path(__file__).resolve().parents[2] / "docs" / "findings.md"

BEGIN, END = "<!-- first replication: ", " -->"
"""Around the numbers by which a test checks that the page is up to date."""

TOOL_METRICS = ("arr", "won_revenue_per_rep", "share_at_quota", "contribution")

HEAD = """# Findings

<!-- Written by `make findings`; don't edit it by hand. -->

This page gives the market's answers to the questions it was built for. Before you use them, read these limits:

- It is a model. Its assumptions were fitted to published figures of uneven quality, and no figure determines many of them
  ([calibration.md](calibration.md)). Public registers of tenders have accounts, bidders, winners and dates, but no reps. So no
  data set can check the whole model.
- Pay and skill don't change what reps do with their hours. Quotas change it in two ways: a rep who is behind
  may push at a quarter's end, and tries a tool sooner. So the model can't say what another pay plan would bring. Reps don't
  look ahead. All they remember about accounts is whom they called recently.
- Money is in the scenario's units. Read signs and proportions, not amounts.
- Each interval is a separate 95 % interval over paired replications: the same simulated years, with and without the change.
  Intervals cover chance only. Other assumptions could change more."""

SETS = """- {n} calibrated parameter sets agree with the fitted facts (set 1, the default, to {last}). {how} The
  number of sets that support a statement is not a probability.
"""

CHOSEN = """They were chosen so that *preparation
  less calls* (the gain of an hour of preparation minus that of an hour of calls) differs as much as the facts allow, as far as
  the search found."""


def page(found: Findings, numbers: Mapping[str, float]) -> str:
    """Write the page as Markdown.

    Parameters
    ----------
    found : Findings
    numbers : mapping       of :func:`docs.tools.findings.gather.fingerprint`
    """
    sets = len(found.fits.sets)
    how = CHOSEN if "preparation_less_calls" in found.fits.about.get("answers", {}) else ""
    parts = [
        HEAD,
        SETS.format(n=sets, last=kickoff.name_of(sets - 1), how=how),
        *kickoff.write(found),
        *_tools(found),
        *_effects(found),
        *_missing(found),
        _reproduce(found),
        BEGIN + json.dumps(dict(numbers), sort_keys=True) + END + "\n",
    ]
    return "\n".join(parts)


def _tools(found: Findings) -> Iterator[str]:
    tools, scenario = found.tools, found.scenario
    adopters = scenario.comparison.adopters[0]
    yield "## With tools, as their vendors claim\n"
    yield (
        "The effects of tools (50 % more calls, 40 % less admin, intent data on buyers in the market) are "
        "**vendors' claims, not findings**. How reps adopt and use them is simulated. Differences from "
        f"the status quo after three years, mean over the {len(found.fits.sets)} sets [lowest, highest mean of a "
        "set], and what holds over all "
        "sets:\n"
    )
    here = tools.table[(tools.table["adopters"] == adopters)].set_index(["strategy", "metric"], drop=False)
    head = ["strategy", *(BY_NAME[m].label for m in TOOL_METRICS)]
    rows = []
    for strategy in scenario.compared_names[1:]:
        cells = []
        for metric in TOOL_METRICS:
            row: Any = here.loc[(strategy, metric)]
            said = format_gap(row["difference"], row["smallest"], row["largest"], row["unit"]).whole
            cells.append(f"{said}: {row['verdict'].replace('fits', 'sets')}")
        rows.append([f"`{strategy}`", *cells])
    yield format_rows(head, rows, right=len(head))
    base: Any = here.loc[(scenario.baseline_name, "share_at_quota")]
    level, low, high = base["level"], base["chance_baseline_smallest"], base["chance_baseline_largest"]
    yield (
        f"\nUnclear: the interval includes zero. In the status quo {100 * level:.0f} % of reps reach quota; the chance baseline "
        f"(identical reps in the same territories) puts {100 * low:.0f} to {100 * high:.0f} % there over the sets. "
        + (
            "So that figure says nothing about reps.\n"
            if low <= level <= high
            else "What lies outside of that is due to reps and territories.\n"
        )
    )


def _effects(found: Findings) -> Iterator[str]:
    effects = found.effects
    yield "## Known effects of selling\n"
    yield f"Each was tested on {found.sizes.effects} paired replications that differ in one thing.\n"
    rows = [[f"[{e.title}](#{e.name})", _verdict(found, e), _deciding(found, e)] for e in effects.effects]
    yield format_rows(["effect", "here", "the number that decides"], rows, right=3)
    yield ""
    for effect in effects.effects:
        yield from _effect(found, effect)


def _verdict(found: Findings, effect: Effect) -> str:
    verdict = found.effects.verdict(effect.name)
    return {EMERGES: "emerges", MISSING: "**not shown**", OPPOSITE: "**the opposite**"}[verdict]


def _deciding(found: Findings, effect: Effect) -> str:
    frame = found.effects.table
    return format_row(frame[(frame["effect"] == effect.name) & frame["decides"]].iloc[0])


def _effect(found: Findings, effect: Effect) -> Iterator[str]:
    frame = found.effects.table
    # An explicit anchor: headings change, links should not.
    yield f'### <a id="{effect.name}"></a>{effect.title}: {_verdict(found, effect).strip("*")}\n'
    yield f"*Claim*: {effect.expected} ({effect.source}.)  \n*What differs*: {effect.differs}.\n"
    for _, row in frame[frame["effect"] == effect.name].iterrows():
        expected = f" (expected {format_expected(row)}: {row['verdict']})" if row["verdict"] else ""
        yield f"- {row['label'].strip()}: {format_row(row)}{expected}"
    yield ""


def _missing(found: Findings) -> Iterator[str]:
    frame = found.effects.table
    titles = {effect.name: effect.title for effect in found.effects.effects}
    yield "## What did not emerge, and what the model can't say\n"
    gone = frame[frame["verdict"].isin([MISSING, OPPOSITE])]
    for _, row in gone.iterrows():
        word = "the opposite of what was expected" if row["verdict"] == OPPOSITE else "not shown"
        yield f"- {titles[row['effect']]}: {row['label'].strip()}: {format_row(row)}, {word}."
    if gone.empty:
        yield "- Every number came out on the side that was expected."
    yield """- Removing a ratchet can't bring what Misra & Nair (2011) measured (+9 % of revenue): pay changes no effort here.
- Ahearne et al. measured how much a rep used one system. Here use has only time and number, so the number of tools
  represents it.
"""


def _reproduce(found: Findings) -> str:
    sizes, scenario = found.sizes, found.scenario
    return f"""## How to reproduce

`make findings` writes this page again. If you stop it, the same command continues. Seed {scenario.comparison.seed}. Paired replications of the scenario
`hours`: {sizes.hours} under each set, {sizes.cases} for each other market, {sizes.map} at each of the map's {len(found.map.points)} points; of `kickoff`: {sizes.tools} for
the tools under each set, {sizes.effects} for each effect.

`zerosum compare hours --across-fits --metric arr` shows what an hour brings in every set. `zerosum map hours --strategy more-preparation
--against more-calls --metric arr` shows where that changes. `zerosum effects` tests the effects in any scenario. [answers.md](answers.md) has the answers
of the shipped experiments. A test runs the first replication of everything and compares it with the
numbers kept at the end of this page.
"""


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=PAGE, show_default=True)
@click.option("--quick", is_flag=True, help="Few replications: to look at the page, not to believe it.")
@click.option("--workers", type=click.IntRange(1, 256), default=usable_cores(), help="Threads.")
def main(out: Path, quick: bool, workers: int) -> None:
    """Run every study of the page of findings, and write it."""
    started = time.monotonic()

    def say(part: str) -> None:
        click.echo(f"{time.monotonic() - started:5.0f} s  {part} …")

    try:
        found = gather(QUICK if quick else FULL, workers, say, folder=FOLDER)
    except Interrupted:
        click.echo("Stopped. The same command goes on from here.", err=True)
        raise SystemExit(130) from None
    text = page(found, fingerprint())
    outputs.write_all(out.with_suffix(""), {Path(kickoff.PICTURE).name: outputs.picture(plot_map(found.map))})
    partial = out.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, out)
    click.echo(f"{time.monotonic() - started:5.0f} s  {out}")


if __name__ == "__main__":
    main()
