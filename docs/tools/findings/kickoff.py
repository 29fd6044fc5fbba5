"""The answer to the kick-off question in words: numbers choose every sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from docs.tools.findings.gather import Findings
from docs.tools.findings.hangs import chance_of, rank_correlations
from docs.tools.findings.hours import CASES, CONTRAST, PLANNED, more_hours
from zerosum.report.calibration import is_told
from zerosum.report.intervals import find_side, format_gap, format_list
from zerosum.report.map import format_changes, format_facts, format_here
from zerosum.report.markdown import format_rows
from zerosum.report.wording import format_band, format_level
from zerosum.scenario.fits import Fits, Parameter
from zerosum.statistics import holm
from zerosum.studies.facts import Fact, load_facts

WORDS = {
    "prospecting": "calls",
    "preparation": "preparation",
    "selling": "selling",
    "social": "social media",
    CONTRAST: "preparation less calls",
}
"""Names of activities on the page."""

YARDSTICK_WORDS = {"arr": "ARR", "new_business": "new business", "accounts": "accounts held (logos)"}

PICTURE = "findings/map.png"

MOST_SHOWN = 8
"""Most keys in the table of what moves the answer."""
MOST_ASKED_FOR = 6
"""Most keys for which evidence is named."""

_CASES_SHEET = (
    "a field experiment on prepared cases: for a random half of opportunities the case is prepared in full, for the "
    "others it isn't; who wins?"
)
_TIME = "hours of preparation and selling on each opportunity, with its result (no published source has them)"
_LISTS = "buyers' short lists: how many vendors are asked, by the contract's value and by what it is about"
_CALLS = "a vendor's call log: attempts an hour, and how many of them reach somebody"
_PROVOKED = "an experiment on calls: a random half of accounts is called; how many evaluations begin?"
_TRUST = "an experiment on presence: reps are active in public for a random half of territories; who wins?"
_ENGINEERS = "presales engineers given by lot where they are scarce; who wins, and how long do they take?"
_BUYERS = (
    "a panel of buyers over years: when they look around, whom they compare, when they stay or decide nothing"
)
_BOOKS = (
    "a vendor's books: contracts' lengths and values, who leaves without a successor, how long decisions take"
)
_STAFF = "a vendor's records of its reps: quotas, who leaves, how soon new ones sell, hours of admin"
_USE = "logs of who uses a tool, from the day that it is offered"

_SLOTS = "a vendor's CRM: how many opportunities a rep works at a time, and what comes of those left"

EVIDENCE: Mapping[str, str] = {
    "effort.preparation_weight": _CASES_SHEET,
    "effort.unprepared_share": _CASES_SHEET,
    "effort.preparation_hours": _TIME,
    "effort.selling_hours": _TIME,
    "effort.selling_weight": _TIME,
    "effort.skill_weight": _TIME,
    "effort.support_weight": _ENGINEERS,
    "support": _ENGINEERS,
    "effort.trust_weight": _TRUST,
    "invitations": _LISTS,
    "prospecting.provoke_customer": _PROVOKED,
    "prospecting.provoke_unserved": _PROVOKED,
    "prospecting": _CALLS,
    "choice": _BUYERS,
    "review": _BUYERS,
    "need": _BUYERS,
    "segments.switching_cost": _BUYERS,
    "segments": _BOOKS,
    "contracts": _BOOKS,
    "reps.max_open_opportunities": _SLOTS,
    "reps": _STAFF,
    "quota": _STAFF,
    "turnover": _STAFF,
    "tools": _USE,
}
"""Key, or table of keys -> what would tell it."""


def write(found: Findings) -> Iterator[str]:
    """Write the section."""
    yield "## The kick-off question\n"
    yield f"*{found.scenario.question}*\n"
    yield from _range(found)
    yield from _held_out(found.fits, _sides(found, CONTRAST))
    yield from _yardsticks(found)
    yield from _everyone(found)
    yield from _years(found)
    yield from _hangs(found)
    yield from _evidence(found)
    yield from _cases(found)


# --- Numbers ----------------------------------------------------------------------------------------------------


def percent(row: Any) -> str:
    """Format a number in per cent, without the sign for it: the table's head has it."""
    return format_gap(row["mean"], row["low"], row["high"], "ratio").whole


def side(row: Any) -> int:
    """Return on which side of zero a row's interval lies."""
    return find_side(row["low"], row["high"])


def tell(sides: Sequence[int], of: str = "sets") -> str:
    """Say in how many sets an interval lies above zero, below, or on both sides."""
    parts = {
        "clearly above zero": sides.count(1),
        "clearly below": sides.count(-1),
        "not to be told from zero": sides.count(0),
    }
    said = [f"{words} in {count}" for words, count in parts.items() if count]
    said[0] = f"{said[0]} of {len(sides)} {of}"
    return format_list(said)


def _pick(frame: pd.DataFrame, activity: str, yardstick: str = "arr", who: str = "focal") -> pd.DataFrame:
    keep = (frame["activity"] == activity) & (frame["yardstick"] == yardstick) & (frame["adopters"] == who)
    return frame[keep]


def _sides(found: Findings, activity: str, yardstick: str = "arr", who: str = "focal") -> list[int]:
    return [side(row) for _, row in _pick(found.hours, activity, yardstick, who).iterrows()]


def _extent(found: Findings, activity: str, yardstick: str = "arr", who: str = "focal") -> str:
    means = _pick(found.hours, activity, yardstick, who)["mean"]
    return f"{means.min():+.2f} to {means.max():+.2f} %"


def name_of(number: int) -> str:
    """Return a set's name: set 1 is the default."""
    return "set 1 (default)" if number == 0 else f"set {number + 1}"


# --- Sentences and tables ----------------------------------------------------------------------------------------


def _range(found: Findings) -> Iterator[str]:
    hours = found.hours_market
    reps, sets = hours.vendors[hours.focal_index].reps, len(found.fits.sets)
    each = format_list([f"{WORDS[name]} {_extent(found, name)}" for name in PLANNED])
    paying = [name for name in PLANNED if _sides(found, name).count(1) == sets]
    said_paying = (
        "any of them" if len(paying) == len(PLANNED) else format_list([WORDS[name] for name in paying])
    )
    contrast = _sides(found, CONTRAST)
    yield (
        "This test leaves out tools and their vendors' claims. It measures what an hour itself brings: our "
        f"{reps} reps work {more_hours(hours, 'preparation'):g} more hours a week on one activity for "
        "three years, and "
        "competitors don't react. In ARR held at the end, an hour a week brings, over "
        f"{sets} sets (lowest and highest mean): "
        f"{each}. "
        + (
            f"In every set an hour of {said_paying} pays. "
            if paying
            else "An hour of nothing pays in every set. "
        )
        + f"**Preparation less calls: {_extent(found, CONTRAST)}**, {tell(contrast)}. {_verdict(contrast)}\n"
    )
    yield f"{_table_head(sets, found.sizes.hours)}\n"
    rows = [
        [WORDS[name], *(percent(row) for _, row in _pick(found.hours, name).iterrows())] for name in PLANNED
    ]
    for yardstick, words in YARDSTICK_WORDS.items():
        label = f"{WORDS[CONTRAST]}, {words}"
        rows.append([label, *(percent(row) for _, row in _pick(found.hours, CONTRAST, yardstick).iterrows())])
    yield format_rows(["an hour a week more of", *(name_of(k) for k in range(sets))], rows)
    yield ""


def _table_head(sets: int, often: int) -> str:
    return (
        f"Per cent of the status quo, for each additional hour a week and rep, in {sets} sets (ARR after three "
        f"years, unless the row names another measure; n = {often}):"
    )


def _verdict(contrast: Sequence[int]) -> str:
    """Say what the sides of preparation less calls over all sets allow to say."""
    above, below, n = contrast.count(1), contrast.count(-1), len(contrast)
    if above and below:
        return "**It isn't known which of the two is worth more**: both answers agree with all fitted facts."
    if above == n:
        return "An hour of preparation is worth more in every one of them."
    if below == n:
        return "An hour of calls is worth more in every one of them."
    if above or below:
        return (
            f"No set contradicts that an hour of {'preparation' if above else 'calls'} is worth more, but not all of "
            "them show it."
        )
    return "In none of them can the two be told apart."


def _held_out(fits: Fits, contrast: Sequence[int]) -> Iterator[str]:
    """Say which sets miss a fact that none was fitted to, and on which side of the question these stand."""
    facts = {fact.name: fact for fact in load_facts()}
    looked_at = [facts[name] for name in fits.about.get("held_out", ()) if facts[name].judged]
    missing = {
        fact: [k for k, value in enumerate(fits.about["found"][fact.name]) if not fact.holds(value)]
        for fact in looked_at
    }
    met = [fact.label for fact, sets in missing.items() if not sets]
    if met:
        yield f"**Held-out facts.** All sets meet {format_list([f'*{label}*' for label in met])}."
    for fact, sets in missing.items():
        if not sets:
            continue
        named = format_list(
            [f"{name_of(k)} ({format_level(fits.about['found'][fact.name][k], fact.unit)})" for k in sets]
        )
        yield (
            f"*{fact.label}* ({_band_of(fact)}) is missed by {len(sets)} of {len(fits.sets)} sets: {named}. "
            + _which_miss(sets, contrast)
        )
    if looked_at:
        yield ""


def _band_of(fact: Fact) -> str:
    low, high = (math.nan if end is None else end for end in (fact.low, fact.high))
    return format_band(low, high, fact.unit)


def _which_miss(sets: Sequence[int], contrast: Sequence[int]) -> str:
    """Say whether the sets that miss a fact are those that prefer one of the two activities."""
    for end, words in ((-1, "calls"), (1, "preparation")):
        if sorted(sets) == [k for k, which in enumerate(contrast) if which == end]:
            return (
                f"In exactly these sets an hour of {words} is worth more. If the fact holds, it is evidence "
                "against them. It is one fact, and the other sets were chosen without it."
            )
    return "They stand on no one side of the question."


def _yardsticks(found: Findings) -> Iterator[str]:
    sets = len(found.fits.sets)
    orders: dict[str, list[tuple[str, ...]]] = {}
    rows = []
    for yardstick, words in YARDSTICK_WORDS.items():
        means = pd.DataFrame(
            {name: _pick(found.hours, name, yardstick)["mean"].to_numpy() for name in PLANNED}
        )
        orders[yardstick] = [tuple(row.sort_values(ascending=False).index) for _, row in means.iterrows()]
        firsts = pd.Series([order[0] for order in orders[yardstick]]).value_counts(sort=False)
        most = sorted(firsts.items(), key=lambda item: -item[1])
        sides = _sides(found, CONTRAST, yardstick)
        rows.append(
            [
                words,
                ", ".join(WORDS[name] for name in orders[yardstick][0]),
                ", ".join(f"{WORDS[str(name)]} {count}" for name, count in most),
                f"{sides.count(1)} / {sides.count(0)} / {sides.count(-1)}",
            ]
        )
    others = sum(len(set(row)) > 1 for row in zip(*orders.values(), strict=True))
    yield (
        "**By measure.** The three measures give "
        + (
            f"different orders of the four activities in {others} of {sets} sets:\n"
            if others
            else "the same order of the four activities in every set:\n"
        )
    )
    head = [
        "measure",
        "order in the default set, by means",
        "sets in which it is first",
        "preparation less calls above / unclear / below",
    ]
    yield format_rows(head, rows, right=4)
    yield ""


def _everyone(found: Findings) -> Iterator[str]:
    default = found.hours[found.hours["set"] == 0]
    rows = []
    for name in PLANNED:
        cells = [
            percent(_pick(default, name, yardstick, who).iloc[0])
            for yardstick in ("arr", "new_business")
            for who in ("focal", "all")
        ]
        rows.append([WORDS[name], *cells])
    sets = len(found.fits.sets)
    arr = {name: _sides(found, name, "arr", "all") for name in PLANNED}
    none = [name for name in PLANNED if arr[name].count(0) == sets]
    some = [name for name in PLANNED if name not in none]
    yield (
        "**If all adopt it.** The reps of all vendors work the same additional hours. Per cent for each "
        "hour a week (default set):\n"
    )
    yield format_rows(
        ["an hour more of", "ARR, we alone", "ARR, all", "new business, we alone", "new business, all"],
        rows,
    )
    left = [f"{WORDS[name]} {_extent(found, name, 'arr', 'all')}, {tell(arr[name])}" for name in some]
    nothing = f"can't be told from zero by {format_list([WORDS[name] for name in none])} in any set"
    if not some:
        said = f"ARR that is left when everybody does it {nothing}"
    else:
        said = f"Gain in ARR if all adopt it: {'; '.join(left)}"
        said += f". It {nothing}" if none else ""
    most = pd.DataFrame(
        {name: _pick(found.hours, name, "new_business", "all")["mean"].to_numpy() for name in PLANNED}
    ).idxmax(axis=1)
    firsts = most.value_counts()
    served = default_served(found)
    yield (
        f"\n{said}. In new business {WORDS[str(firsts.index[0])]} then bring most in {int(firsts.iloc[0])} of {sets} "
        "sets. The ARR of all vendors together can only rise if buyers without an incumbent sign, or if buyers "
        f"pay more. Here {served} of buyers have an incumbent.\n"
    )


def default_served(found: Findings) -> str:
    """Return the share of buyers with an incumbent at the end, in the status quo of the default set."""
    runs = found.tools.comparisons[0].runs
    usual = runs[(runs["strategy"] == found.scenario.baseline_name) & ~runs["null"]]
    return f"{100 * usual['saturation_end'].mean():.0f} %"


def _years(found: Findings) -> Iterator[str]:
    default = found.hours[found.hours["set"] == 0]
    times = [1, 2, 3]
    yardsticks = ("arr_1", "arr_2", "arr")
    rows = [
        [WORDS[name], *(percent(_pick(default, name, y).iloc[0]) for y in yardsticks)]
        for name in (*PLANNED, CONTRAST)
    ]
    yield (
        "**One year shows little.** ARR after each year, in per cent for each hour a week (default set):\n"
        if _grows(found)
        else "**One year against three.** ARR after each year, in per cent for each hour a week (default set):\n"
    )
    yield format_rows(["an hour more of", *(f"year {year}" for year in times)], rows)
    ratios = []
    for name in PLANNED:
        sides = _sides(found, name, "arr_1")
        one, three = (_pick(found.hours, name, y)["mean"].to_numpy() for y in ("arr_1", "arr"))
        ratios += [float(b / a) for a, b, clear in zip(one, three, sides, strict=True) if clear > 0]
    first = tell(_sides(found, CONTRAST, "arr_1"))
    shown = (
        f"Where one year shows a gain, three years show {min(ratios):.1f} to {max(ratios):.1f} times as much "
        f"({len(ratios)} of {len(PLANNED) * len(found.fits.sets)} activities and sets). "
        if ratios
        else "In no set does one year show a gain. "
    )
    yield f"\n{shown}After one year preparation less calls is {first}.\n"


def _grows(found: Findings) -> bool:
    """Return whether each activity brings at least twice as much after three years as after one, in each set."""
    for name in PLANNED:
        one, three = (_pick(found.hours, name, y)["mean"].to_numpy() for y in ("arr_1", "arr"))
        if not (three >= 2 * one).all():
            return False
    return True


def _hangs(found: Findings) -> Iterator[str]:
    answers = _pick(found.hours, CONTRAST)["mean"].tolist()
    rho = rank_correlations(found.fits, answers)
    sets = len(answers)
    parameters = {p.key: p for p in found.fits.parameters}
    yield "### What the answer depends on\n"
    yield (
        "Preparation less calls, in ARR (per cent of it for each hour a week). *Changes it by*: its "
        "change when a key "
        f"goes from its lowest value in the {sets} sets to its highest, with all other keys spread over theirs "
        f"({found.sizes.moved_points:,} points, one simulated run of each strategy at each; they needn't agree with "
        f"every fact). *Rank*: the key's rank correlation with the answer over the {sets} sets.\n"
    )
    rows = []
    for _, row in found.moved.head(MOST_SHOWN).iterrows():
        key = str(row["key"])
        change = format_gap(row["change"], row["change_low"], row["change_high"], "ratio").whole
        span = f"{row['low']:.3g} to {row['high']:.3g}" + (" times" if parameters[key].factor else "")
        rank = f"{rho[key]:+.2f}"
        rows.append([f"`{key}`", span, change, rank, _pinned(parameters[key])])
    yield format_rows(["key", "in the sets", "changes it by", "rank", "do facts determine it?"], rows)
    clear = clear_movers(found.moved)
    yield (
        f"\n{len(clear)} of {len(found.moved)} keys move it by more than chance, all looked at together (Holm). "
        f"{_ranks(rho, sets, 'answers' in found.fits.about)}\n"
    )
    said = (format_here(found.map), *format_changes(found.map), *format_facts(found.map))
    keys = ",".join(axis.key for axis in found.map.axes)
    yield (
        "A map over the two keys that move it most, the others at their defaults (our team's ARR, by all hours "
        "together). *Your place* is the default:\n"
    )
    question = found.map.question
    yield (
        f"```sh\nzerosum map hours --strategy {question.strategy} --against {question.against} --metric "
        f"{question.metric.name} \\\n    --keys {keys} -n {question.replications}\n```\n"
    )
    yield "".join(f"> {sentence}\n" for sentence in said)
    yield f"![Where preparation and calls are worth the same]({PICTURE})\n"


def clear_movers(moved: pd.DataFrame) -> list[str]:
    """Return the keys that move the answer by more than chance, though all of them are looked at."""
    errors = (moved["change_high"] - moved["change_low"]) / (2.0 * -ndtri(0.025))
    adjusted = holm(2.0 * ndtr(-np.abs((moved["change"] / errors).to_numpy(float))))
    return [str(key) for key, p in zip(moved["key"], adjusted, strict=True) if p < 0.05]


def _ranks(rho: pd.Series, sets: int, pushed: bool) -> str:
    known = rho.dropna().abs()
    if known.empty or sets > 8:
        return ""
    strong = float(np.sort(np.unique(known.round(9)))[-1])
    there = int((known >= 0.8).sum())
    said = (
        f"Over the sets {there} of {len(known)} keys have a rank correlation of 0.8 or more either way, and the "
        f"strongest has {strong:.2f}; {len(known) * chance_of(0.8, sets):.1f} would by chance (n = {sets}). "
    )
    if pushed:
        said += (
            "But the search looked for extreme answers, so keys that don't matter moved together "
            "with keys that do."
        )
    return said.strip()


def _pinned(parameter: Parameter) -> str:
    told = is_told(parameter)
    if told is None:
        return "not known"
    if told:
        return f"in part (spread {parameter.spread:.2f})"
    return (
        "no: none moves by half its band"
        if not parameter.pinned_by
        else f"no (spread {parameter.spread:.2f})"
    )


def _evidence(found: Findings) -> Iterator[str]:
    parameters = {p.key: p for p in found.fits.parameters}
    keys = clear_movers(found.moved)[:MOST_ASKED_FOR]
    keys.sort(key=lambda key: bool(is_told(parameters[key])))
    usual = side(_pick(found.hours[found.hours["set"] == 0], CONTRAST).iloc[0])
    turning = [
        key
        for case in CASES
        if side(_pick(found.cases[found.cases["case"] == case.name], CONTRAST).iloc[0]) != usual
        for key in case.change(found.hours_market)
        if key in EVIDENCE or key.partition(".")[0] in EVIDENCE
    ]
    groups: dict[str, list[str]] = {}
    for key in dict.fromkeys([*keys, *turning]):
        words = EVIDENCE.get(key) or EVIDENCE[key.partition(".")[0]]
        groups.setdefault(words, []).append(key)
    if not groups:
        yield "**What would settle it**: nothing that was tried moves the answer by more than chance.\n"
        return
    yield (
        "**Evidence that would decide it.** First for the keys that change it by more than chance (keys "
        "that no fact determines come first), then for those that reverse the answer below, or leave it open:\n"
    )
    for words, named in groups.items():
        yield f"- {words} ({format_list([f'`{key}`' for key in named])})"
    yield ""


def _cases(found: Findings) -> Iterator[str]:
    yield "### Markets in which the answer changes\n"
    yield "The default set's market, changed in one thing; ARR at the end, in per cent for each hour a week:\n"
    default = found.hours[found.hours["set"] == 0]
    named = [("as it is", default)]
    named += [(case.words, found.cases[found.cases["case"] == case.name]) for case in CASES]
    rows, sides = [], {}
    for words, frame in named:
        contrast = _pick(frame, CONTRAST).iloc[0]
        sides[words] = side(contrast)
        cells = [percent(_pick(frame, name).iloc[0]) for name in ("preparation", "prospecting")]
        rows.append([words, *cells, percent(contrast)])
    yield format_rows(["market", "preparation", "calls", "preparation less calls"], rows)
    worth = {which: [words for words, one in sides.items() if one == which] for which in (1, -1, 0)}
    said = [
        f"an hour of {name} is worth more {_where(worth[which], len(sides))}"
        for which, name in ((1, "preparation"), (-1, "calls"))
        if worth[which]
    ]
    said += [f"the two can't be told apart {_where(worth[0], len(sides))}"] if worth[0] else []
    told = "; ".join(said)
    yield f"\n{told[0].upper()}{told[1:]}.\n"


def _where(named: Sequence[str], n: int) -> str:
    """Name some of the markets, or count them if they are many."""
    if len(named) > 4:
        return f"in {len(named)} of the {n}"
    return f"where {format_list([f'*{words}*' for words in named], 'or')}"
