"""Write the page of findings: numbers choose every sentence that depends on them.

``python -m docs.tools.findings_page`` runs every study on the page and writes ``docs/findings.md``.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pandas as pd

from docs.tools.findings.gather import FULL, Findings, Sizes, fingerprint, gather
from docs.tools.findings.hours import CASES, MORE, PLANNED
from docs.tools.questions import Answer, answers
from zerosum.machine import usable_cores
from zerosum.market.metrics import BY_NAME
from zerosum.report.effects import format_expected
from zerosum.report.intervals import find_side, format_gap, format_list, format_row
from zerosum.report.markdown import format_rows
from zerosum.scenario.spec import Scenario
from zerosum.studies.effects.effect import EMERGES, MISSING, OPPOSITE, Effect

PAGE = Path(__file__).resolve().parents[2] / "docs" / "findings.md"

BEGIN, END = "<!-- first replication: ", " -->"
"""Around the numbers by which a test checks that the page is up to date."""

CONTRAST = "preparation less prospecting"

WORDS = {
    "prospecting": "calls (prospecting)",
    "preparation": "preparation",
    "selling": "selling",
    "social": "social media",
    CONTRAST: "preparation less calls",
}
"""Names of activities on the page."""

TOOL_METRICS = ("win_rate", "share_at_quota", "won_revenue_per_rep", "revenue_per_cost")

HEAD = """# Findings

<!-- Written by `make findings`; don't edit it by hand. -->

What this market answers to the questions it was built for. Every number stands with its 95 % interval over paired
replications: the same years, with and without what is asked about. An effect that was looked for and can't be shown is said
to be so; no rule was bent for it.

Read with two reservations. The market is a model: its assumptions were fitted to published figures of uneven quality
([calibration.md](calibration.md)), and no public data set has reps, accounts, rivals and dates together, so nobody can
check the whole of it. And money is in the scenario's units: read signs and proportions, not amounts.
"""


def page(found: Findings, numbers: Mapping[str, float], answered: Sequence[Answer] = ()) -> str:
    """Write the page as Markdown.

    Parameters
    ----------
    found : Findings
    numbers : mapping       of :func:`docs.tools.findings.gather.fingerprint`
    answered : sequence     answers to the questions in ``experiments/``
    """
    parts = [
        HEAD,
        *_kickoff(found),
        *_what_would_change_it(found),
        *_across_fits(found),
        *_tools(found),
        *_effects(found),
        *_experiments(answered),
        *_missing(found),
        _reproduce(found),
        BEGIN + json.dumps(dict(numbers), sort_keys=True) + END + "\n",
    ]
    return "\n".join(parts)


def _at(frame: pd.DataFrame, case: str, activity: str, number: str) -> Any:
    rows = frame[(frame["case"] == case) & (frame["activity"] == activity) & (frame["number"] == number)]
    return rows.iloc[0]


def _kickoff(found: Findings) -> Iterator[str]:
    scenario, frame = found.scenario, found.hours
    yield "## The kick-off question\n"
    yield f"*{scenario.question}*\n"
    rows = {name: _at(frame, "as it is", name, "new_business") for name in PLANNED}
    order = sorted(PLANNED, key=lambda name: -rows[name]["mean"])
    contrast = _at(frame, "as it is", CONTRAST, "new_business")
    yield (
        f"Take away the tools and their vendors' claims, and ask what an hour itself buys: our {_reps(scenario)} reps "
        f"work {MORE:g} hours a week more on one activity, for a year, while nobody else changes anything. The highest means are those of "
        f"**{WORDS[order[0]]}**, {format_row(rows[order[0]])}, and **{WORDS[order[1]]}**, {format_row(rows[order[1]])} (new business: "
        f"annual contract value per hour worked); an hour of calls brings {format_row(rows['prospecting'])}. {_contrast(contrast)}\n"
    )
    head = [
        "an hour a week more of",
        "new business per hour",
        "accounts net per 1,000 hours",
        "win rate",
        "reps at quota",
    ]
    yield format_rows(
        head,
        [
            [
                WORDS[name],
                *(
                    format_row(_at(frame, "as it is", name, number))
                    for number in ("new_business", "accounts")
                ),
            ]
            + [format_row(_at(frame, "as it is", name, number)) for number in ("win_rate", "at_quota")]
            for name in PLANNED
        ],
    )
    yield f"\nWin rate and reps at quota: the change by all {MORE:g} hours a week together.\n"
    everyone = {name: _at(frame, "all", name, "accounts") for name in PLANNED}
    nobody = [name for name in PLANNED if find_side(everyone[name]["low"], everyone[name]["high"]) == 0]
    ahead = [name for name in PLANNED if name not in nobody]
    yield (
        "**When everybody does it.** If all vendors' reps work the same hours more, what we gain in accounts per 1,000 "
        f"hours is {_each(everyone)}. "
        + (
            "Nothing is left that can be told from zero: in a saturated market an hour that rivals match is spent to "
            "stay where one was.\n"
            if not ahead
            else f"Something can still be told from zero for {format_list([WORDS[name] for name in ahead])}.\n"
        )
    )


def _each(rows: Mapping[str, Any]) -> str:
    return format_list([f"{format_row(row)} by {WORDS[name]}" for name, row in rows.items()])


def _reps(scenario: Scenario) -> int:
    return scenario.vendors[scenario.focal_index].reps


def _contrast(row: Any) -> str:
    which = find_side(row["low"], row["high"])
    said = f"The paired difference of preparation and calls, {format_row(row)},"
    if which == 0:
        return f"{said} includes zero: the two can't be told apart."
    return f"{said} lies {'above' if which > 0 else 'below'} zero."


def _what_would_change_it(found: Findings) -> Iterator[str]:
    frame = found.hours
    yield "## What would change the answer\n"
    yield "New business per hour worked more, in markets that differ from the scenario's in one thing:\n"
    rows = []
    sides: dict[str, int] = {}
    for case in CASES:
        row = _at(frame, case.name, CONTRAST, "new_business")
        sides[case.words] = find_side(row["low"], row["high"])
        values = [
            format_row(_at(frame, case.name, name, "new_business")) for name in ("preparation", "prospecting")
        ]
        rows.append([case.words, *values, format_row(row)])
    yield format_rows(
        ["market", "an hour of preparation", "an hour of calls", "preparation less calls"], rows
    )
    flipped = [words for words, which in sides.items() if which < 0]
    open_ = [words for words, which in sides.items() if which == 0]
    yield ""
    if flipped:
        yield f"Calls are worth more than preparation where {format_list([f'*{w}*' for w in flipped], 'or')}.\n"
    else:
        yield "In none of them is an hour of calls worth more than an hour of preparation, as far as can be told.\n"
    if open_:
        yield f"The two can't be told apart where {format_list([f'*{w}*' for w in open_], 'or')}.\n"


def _across_fits(found: Findings) -> Iterator[str]:
    frame, n = found.hours_by_fit, len(found.fits.sets)
    rows = []
    which: dict[str, list[int]] = {}
    for activity in (*PLANNED, CONTRAST):
        here = frame[(frame["activity"] == activity) & (frame["number"] == "new_business")]
        sides = [find_side(row["low"], row["high"]) for _, row in here.iterrows()]
        which[activity] = sides
        rows.append(
            [
                WORDS[activity],
                format_gap(here["mean"].mean(), here["mean"].min(), here["mean"].max(), "money/hour").whole,
                f"{sides.count(1)} / {sides.count(0)} / {sides.count(-1)}",
            ]
        )
    yield "## Does it hold under every fit?\n"
    yield (
        f"The facts about selling leave room: {n} sets of assumptions agree with them equally well. Under each of them, new "
        "business per hour worked more:\n"
    )
    yield format_rows(
        ["an hour more of", "mean over fits [lowest, highest]", "fits above / unclear / below zero"], rows
    )
    contrast = which[CONTRAST]
    yield ""
    if contrast.count(1) == n:
        yield "That an hour of preparation is worth more than one of calls holds under every one of them.\n"
    elif contrast.count(1) and contrast.count(-1):
        yield (
            "**Undecided**: under some fits an hour of preparation is worth more than one of calls, under others less, and "
            "the facts don't say which of them is right.\n"
        )
    elif contrast.count(-1) == n:
        yield "That an hour of calls is worth more than one of preparation holds under every one of them.\n"
    else:
        yield (
            "Whether an hour of preparation is worth more than one of calls can't be told under "
            f"{contrast.count(0)} of the {n} fits; none of the others contradicts the rest.\n"
        )


def _tools(found: Findings) -> Iterator[str]:
    tools, scenario = found.tools, found.scenario
    adopters = scenario.comparison.adopters[0]
    yield "## With tools, as their vendors promise them\n"
    yield (
        "What the tools do (half as many calls again, 40 % less record keeping, an ear for buyers in the market) is taken at "
        "their vendors' word: **vendor claims, not findings**. What reps make of them is simulated. Differences to the status "
        f"quo, mean over the {len(found.fits.sets)} fits [lowest, highest mean of a fit], and what holds over all fits:\n"
    )
    here = tools.table[(tools.table["adopters"] == adopters)].set_index(["strategy", "metric"], drop=False)
    head = ["strategy", *(BY_NAME[m].label.lower() for m in TOOL_METRICS)]
    rows = []
    for strategy in scenario.compared_names[1:]:
        cells = []
        for metric in TOOL_METRICS:
            row: Any = here.loc[(strategy, metric)]
            said = format_gap(row["difference"], row["smallest"], row["largest"], row["unit"]).whole
            cells.append(f"{said}: {row['verdict']}")
        rows.append([f"`{strategy}`", *cells])
    yield format_rows(head, rows, right=len(head))
    base: Any = here.loc[(scenario.baseline_name, "share_at_quota")]
    yield (
        f"\nIn the status quo {100 * base['level']:.0f} % of reps reach quota; the chance baseline (equal reps, interchangeable "
        f"territories) puts {100 * base['chance_baseline_smallest']:.0f} to {100 * base['chance_baseline_largest']:.0f} % there over the "
        "fits. So nearly all of that figure says nothing about reps. Unclear: the interval includes zero.\n"
    )


def _effects(found: Findings) -> Iterator[str]:
    effects = found.effects
    yield "## Effects that are said to exist\n"
    yield f"Each was looked for on {found.sizes.effects} paired replications in which one thing differs.\n"
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
    yield f'<a id="{effect.name}"></a>\n'
    yield f"### {effect.title}: {_verdict(found, effect).strip('*')}\n"
    yield f"*Said*: {effect.expected} ({effect.source}.)  \n*What differs*: {effect.differs}.\n"
    rows = []
    for _, row in frame[frame["effect"] == effect.name].iterrows():
        rows.append([row["label"].strip(), format_row(row), format_expected(row), row["verdict"]])
    yield format_rows(["number", "found", "expected", "verdict"], rows)
    yield ""


def _missing(found: Findings) -> Iterator[str]:
    frame = found.effects.table
    titles = {effect.name: effect.title for effect in found.effects.effects}
    yield "## What did not emerge, and what this can't say\n"
    gone = frame[frame["verdict"].isin([MISSING, OPPOSITE])]
    for _, row in gone.iterrows():
        word = "the opposite of what was expected" if row["verdict"] == OPPOSITE else "not shown"
        yield f"- {titles[row['effect']]}: {row['label'].strip()}: {format_row(row)}, {word}."
    if gone.empty:
        yield "- Every number came out on the side that was expected."
    yield """- Pay changes no effort here: costs and quotas drive no behaviour but the push at a quarter's end, so that removing a ratchet can't
  bring what Misra & Nair (2011) measured (+9 % of revenue).
- A rep's use of a tool has no dose but time and number: Ahearne et al. measured how much a rep used one system. Here the
  number of tools stands for it, and across reps with one tool chance hides any curve.
- Reps don't look ahead, and learn nothing about accounts but whom they called lately.
- Most assumptions are pinned down by no fact: [calibration.md](calibration.md) lists which.
"""


def _experiments(answered: Sequence[Answer]) -> Iterator[str]:
    """Write the shipped questions, in two sentences each."""
    if not answered:
        return
    yield "## What the shipped experiments answer\n"
    yield (
        "Each is a file in [`experiments/`](../experiments/README.md); [answers.md](answers.md) has all that its command "
        "says, with figures. Intervals hold chance only, not what the model assumes.\n"
    )
    for answer in answered:
        yield f"- **{answer.name}**: *{answer.question}* {' '.join(answer.brief)}"
    yield ""


def _reproduce(found: Findings) -> str:
    sizes, scenario = found.sizes, found.scenario
    return f"""## How to reproduce

`make findings` writes this page anew. Scenario `{scenario.name}`, seed {scenario.comparison.seed}; {sizes.hours} paired replications for
what an hour buys, {sizes.hours_per_fit} under each fit, {sizes.tools_per_fit} for the tools under each fit, {sizes.effects} for the effects.
`zerosum effects` looks for the effects in any scenario, `zerosum compare SCENARIO --across-fits` compares strategies under every fit. A
test runs the first replication of everything and compares it with the numbers kept at the end of this page.
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

    found = gather(Sizes(8, 8, 8, 4) if quick else FULL, workers, say)
    answered = () if quick else answers(workers, on_question=lambda name: say(f"experiment {name}"))
    text = page(found, fingerprint(found.scenario), answered)
    partial = out.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, out)
    click.echo(f"{time.monotonic() - started:5.0f} s  {out}")


if __name__ == "__main__":
    main()
