"""The page about a calibration: what was done, what the facts say, what every default rests on, what nobody knows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from zerosum.market.declare.evidence import TAGS
from zerosum.report.calibration import (
    UNIDENTIFIED,
    Found,
    band,
    extent,
    found_facts,
    is_told,
    short,
    spread_in_digits,
)
from zerosum.report.wording import MISSING, number
from zerosum.scenario import keys
from zerosum.scenario.errors import shown
from zerosum.scenario.fits import Fits, Parameter
from zerosum.scenario.keys import Key
from zerosum.studies.calibrate.fit import CONTENDERS, SURE, WAY
from zerosum.studies.facts import Fact

HEAD = "<!-- Written by zerosum calibrate; don't edit it by hand. -->"


def page(fits: Fits, facts: Sequence[Fact]) -> str:
    """Write the page.

    Parameters
    ----------
    fits : Fits
    facts : all facts, those that are not judged too
    """
    labels = {fact.name: fact.label for fact in facts}
    parts = [
        *_beginning(fits),
        *_how(fits),
        *_facts(fits, facts),
        *_fitted(fits, labels),
        *_unidentified(fits),
        *_defaults(fits, labels),
        *_limits(fits),
    ]
    return "\n".join(parts) + "\n"


def _beginning(fits: Fits) -> Iterator[str]:
    yield from ("# Calibration", "", HEAD, "")
    yield (
        "What is known about selling are some shares, rates and durations. What the model needs are weights, "
        "hazards and hours that nobody has measured. This page says which values of those agree with what is known, "
        "how that was found, what each default of the package rests on, and what remains unknown."
    )
    yield ""


def _how(fits: Fits) -> Iterator[str]:
    about = fits.about

    def of(key: str) -> str:
        value = about.get(key)
        return f"{value:,}" if isinstance(value, int) else MISSING

    def seed(key: str, more: int = 0) -> str:
        value = about.get(key)
        return str(value + more) if isinstance(value, int) else MISSING

    fitted, held_out = _names(about)
    yield from ("## How it was done", "")
    yield (
        f"{len(fits.parameters)} parameters were varied at once, within ranges that were thought possible "
        f"beforehand. A *trial* sets all of them, simulates {of('replications')} markets of the scenario "
        f"`{about.get('scenario', '?')}` (seed {seed('market_seed')}, the same luck in every trial) and asks them "
        f"for {len(fitted)} facts. Its *loss* is how far beyond the comfortable middle of their bands these lie, "
        "squared; and a little for being far from what was thought beforehand, so that of two markets that agree "
        "alike the less surprising one wins."
    )
    yield ""
    yield (
        f"1. **Spread over all ranges.** {of('scattered')} trials, evenly over all ranges (a Sobol sequence), show "
        "what each parameter does."
    )
    yield (
        f"2. **Search.** {of('guided')} trials look for the region that agrees best (CMA-ES, seed {seed('seed')}), "
        f"and {of('polished')} more improve on its best place, led by response surfaces. "
        f"The best place of each round is tried on {of('anchored')} further markets (seed {seed('market_seed', 2)}), "
        f"and all trials are corrected by what the luck of the {of('replications')} has added there."
    )
    yield (
        "3. **Sampling what agrees.** A response surface for each fact, fitted to all trials so far, draws places "
        "from those that it thinks likely, with every place of the ranges as likely as any other beforehand. "
        f"{of('sampled')} were tried, and **{of('agreeing')} of them agreed with every fitted fact**; there are "
        "many facts at once, each with noise. The quarter that comes nearest to the bands' middles is a sample of what "
        "the facts allow (approximate Bayesian computation); spreads are computed from it."
    )
    yield (
        "4. **Checking on new luck.** The best trials have been lucky. So they were tried again, the best first, on "
        f"{of('verified')} other markets (seed {seed('market_seed', 1)}), until one met every fact there with room "
        f"to spare (within {SURE:.0%} of the way from its band's middle to an end): the default. Where none of "
        f"{CONTENDERS} does, it is the one with most room. So "
        f"were places on the way from it to other trials, at most {WAY[0]:.0%} of it, at which the response surface "
        "expects all facts to hold; the one farthest from all that were kept first. "
        f"What agreed was kept: {len(fits.sets)} {'sets' if len(fits.sets) != 1 else 'set'} of values, the default "
        "first."
    )
    yield ""
    yield f"In all, {of('trials')} trials before the check. " + (
        f"Not fitted, but looked at afterwards: {len(held_out)} {'facts' if len(held_out) != 1 else 'fact'}."
        if held_out
        else "No fact was held out."
    )
    yield ""


def _names(about: Any) -> tuple[list[str], list[str]]:
    """Names of the facts that were fitted, and of those held out."""
    held_out = list(about.get("held_out", ()))
    return [name for name in about.get("found", {}) if name not in held_out], held_out


def _facts(fits: Fits, facts: Sequence[Fact]) -> Iterator[str]:
    yield from ("## The facts", "")
    yield (
        f"What the default and all {len(fits.sets)} sets say, on the luck that they were checked with. Where the "
        "bands come from stands in `simulator/zerosum/studies/facts/facts.toml`; `zerosum facts` shows it."
    )
    yield from ("", "| fact | band | default | all sets | |", "|---|--:|--:|--:|---|")
    for row in found_facts(fits, facts):
        value = number(row.values[0], row.fact.unit) if row.values else MISSING
        unit = _unit_in_words(row.fact.unit)
        cells = (
            row.fact.label + unit,
            band(row.fact),
            value,
            extent(row.values, row.fact.unit),
            _verdict(row),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""
    shown_only = [fact.label for fact in facts if not fact.judged]
    if shown_only:
        yield f"Neither fitted nor judged, shown by `zerosum validate` only: {'; '.join(shown_only)}."
        yield ""


def _unit_in_words(unit: str) -> str:
    silent = {"share": "", "points": "", "ratio": "", "share/year": " (a year)"}
    return silent.get(unit, f" ({unit})")


def _verdict(row: Found) -> str:
    if not row.values:
        return "was not asked for"
    if not row.fitted:
        word = "emerged" if row.fact.holds(row.values[0]) else "did **not** emerge"
        return f"held out: {word}" + (
            "" if len(row.values) == 1 else f" (in {row.holds} of {len(row.values)} sets)"
        )
    return (
        "fitted" if row.holds == len(row.values) else f"fitted; met by {row.holds} of {len(row.values)} sets"
    )


def _fitted(fits: Fits, labels: dict[str, str]) -> Iterator[str]:
    yield from ("## The fitted values", "")
    yield (
        "*Spread*: the standard deviation of the value among the quarter of the sampled markets that comes nearest to "
        "agreement, "
        "divided by that of the whole range. Near 0 the facts say what the value is; near 1 they say nothing. "
        "*Facts that respond*: those that move most, by half of their band's half-width or more, when the value "
        "goes through its range; the strongest first. A *factor* multiplies what each row of the table said before "
        "(such as each segment of buyers)."
    )
    yield ""
    yield "| key | unit | default | looked at | all sets | spread | facts that respond |"
    yield "|---|---|--:|--:|--:|--:|---|"
    units = {key.path: key.unit for key in keys()}
    for one in fits.parameters:
        column = [values[one.key] for values in fits.sets]
        cells = (
            f"`{one.key}`",
            "factor" if one.factor else units[one.key],
            short(column[0]),
            f"{short(one.low)} to {short(one.high)}",
            f"{short(min(column))} to {short(max(column))}",
            spread_in_digits(one),
            _responding(one, labels) or "none",
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _responding(one: Parameter, labels: dict[str, str]) -> str:
    return "; ".join(labels.get(name, name) for name in one.pinned_by)


def _unidentified(fits: Fits) -> Iterator[str]:
    yield from ("## What the facts don't tell", "")
    deaf = [p for p in fits.parameters if not p.pinned_by]
    wide = [p for p in fits.parameters if p.pinned_by and is_told(p) is False]
    unknown = [p for p in fits.parameters if is_told(p) is None]
    if deaf:
        yield (
            f"No fact responds to {_listed(deaf)}: going through the whole range that was looked at, all else equal, "
            "moves none by half of its band's half-width. Their defaults are what was thought beforehand, or chance."
        )
        yield ""
    if wide:
        yield (
            f"Facts respond to {_listed(wide)}, but others can make up for it: among the markets that agree, the "
            f"value is spread nearly as over the whole range (spread {UNIDENTIFIED} or more). Their defaults are no "
            "findings."
        )
        yield ""
    if unknown:
        yield f"Too few markets agreed to say how well the facts tell {_listed(unknown)}."
        yield ""
    if not (deaf or wide or unknown):
        yield "Every parameter that was fitted is narrowed by the facts, some more than others (see *spread* above)."
        yield ""
    yield (
        "What follows: a conclusion that depends on such a value is undecided, however narrow its interval is. "
        "`zerosum compare SCENARIO --across-fits` runs a comparison under every set. Where all of them agree, the "
        "conclusion stands on what is known; where they don't, on what was assumed."
    )
    yield ""


def _listed(parameters: Sequence[Parameter]) -> str:
    names = [f"`{p.key}` ({spread_in_digits(p)})" for p in parameters]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _defaults(fits: Fits, labels: dict[str, str]) -> Iterator[str]:
    parameters = {p.key: p for p in fits.parameters}
    yield from ("## What every default rests on", "")
    yield "Where a default was fitted, what is said after it is what was known beforehand. The words mean:"
    yield ""
    yield from (f"- *{tag}*: {words}" for tag, words in TAGS.items())
    yield "- *fitted*: chosen so that the whole market agrees with the facts, and pinned down by those named"
    yield ""
    for table, rows in groupby(keys(), key=lambda key: key.path.partition(".")[0] if "." in key.path else ""):
        yield f"### {f'`{table}`' if table else 'At the top'}"
        yield from ("", "| key | default | unit | rests on |", "|---|---|---|---|")
        for key in rows:
            words = _rests_on(key, parameters.get(key.path), fits.sets[0].get(key.path, math.nan), labels)
            yield f"| `{key.path.removeprefix(table + '.')}` | {_default(key)} | {key.unit} | {words} |"
        yield ""


def _default(key: Key) -> str:
    if key.default is ...:
        return "must be given"
    if key.default is None:
        return "none"
    return f"`{shown(list(key.default) if isinstance(key.default, tuple) else key.default)}`"


def _rests_on(key: Key, parameter: Parameter | None, value: float, labels: dict[str, str]) -> str:
    evidence = key.evidence
    words = evidence.tag if not evidence.source else f"{evidence.tag}: {evidence.source}"
    told = f"{words}. {evidence.note}" if evidence.note else words
    if parameter is None:
        return told
    by = _responding(parameter, labels)
    by = f"by: {by}" if by else "by no fact"
    if parameter.factor:
        what = f"**fitted** (factor {short(value)} on what the rows said before)"
    else:
        what = "**fitted**" if value == key.default else f"**fitted** (here {short(value)})"
    return f"{what}, pinned down {by}. Before: {told}"


def _of_many(fits: Fits) -> str:
    verified = fits.about.get("verified")
    return f"{verified:,}" if isinstance(verified, int) else "many"


def _limits(fits: Fits) -> Iterator[str]:
    yield from ("## Limits", "")
    yield (
        "- **No public data set has reps, accounts, rivals and dates together.** What is fitted are single figures, "
        "never how they go together in one firm."
    )
    yield (
        "- **The bands come from different firms, years, countries and definitions.** No real market need lie "
        "within all of them; this one was made to."
    )
    fitted, held_out = _names(fits.about)
    yield (
        "- **A fit is not the truth.** That a market agrees with the facts shows that its values are possible, not "
        f"that they are right: {len(fitted)} facts were met by varying {len(fits.parameters)} parameters. Only what "
        f"was held out ({len(held_out)}) put the model to a test."
    )
    yield (
        f"- **The {len(fits.sets)} sets are conditional on the model's form** (see [model.md](model.md)), on the "
        "ranges that were looked at, and on the scenario that was fitted. Mechanisms that the model lacks are in "
        "none of them. They are no sample of what agrees: how many of them favour something is no "
        "probability. And they lie around the default, for farther off too little of what was tried agreed: what the "
        "facts allow is wider than they are."
    )
    yield (
        "- **Where a fact lies at the edge of its band, luck decides whether it is met.** Open buyers are few in a "
        f"saturated market: even {_of_many(fits)} markets tell the win rate among them, where no rival is in the deal, "
        "to plus or minus three to four points. That a set agrees there means that it did on those markets."
    )
    yield (
        "- **What tools do is no part of it.** That is what their vendors claim, taken at its word; only how reps "
        "take them up was fitted."
    )
