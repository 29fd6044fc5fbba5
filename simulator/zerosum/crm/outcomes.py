"""What became of each deal: won, lost, no decision, disqualified or still open; and words of types and sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from zerosum.crm.choices import Choices
from zerosum.crm.profiles import Profile
from zerosum.crm.pseudonyms import normalize
from zerosum.crm.recognize import lookup
from zerosum.crm.tables import OUTCOMES
from zerosum.crm.understood import Understood, shorten

YES, NO = (
    ("true", "1", "yes", "y", "t", "won", "ja", "x", "1.0"),
    ("false", "0", "no", "n", "f", "nein", "0.0"),
)
AN_ID = re.compile(
    r"\d{4,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|0[0-9A-Za-z]{14}(?:[0-9A-Za-z]{3})?"
)
MOST_ASKED = 12
"""Stages that a question lists."""


def find_outcomes(
    deals: pd.DataFrame, profile: Profile, choices: Choices, understood: Understood
) -> pd.Series:
    """Return each deal's outcome; missing where nothing says it.

    A status comes first, then flags (closed, won), then times of winning and losing, then the stage. What the user
    says of a word (``--stage``) comes before all.
    """
    words = lookup(profile.words["outcome"]) | {normalize(one): out for one, out in choices.stages.items()}
    said = {normalize(one) for one in choices.stages}
    by_stage = _by_words(deals.get("stage"), words, deals.index)
    by_status = _by_words(deals.get("outcome"), words, deals.index)
    by_flags = _by_flags(deals)
    by_times = _by_times(deals)
    found = by_status.fillna(by_flags).fillna(by_times)
    how = [
        name
        for name, one in (
            ("the status", by_status),
            ("flags", by_flags),
            ("times of winning and losing", by_times),
        )
        if one.notna().any()
    ]
    if "stage" in deals:
        if not how or (by_stage[found.isna()].notna()).any():
            how.append("the stage")
        found = found.fillna(by_stage)
        # "Closed - No Decision" is more exact than "lost"; and what the user said of a stage holds.
        finer = (found == "lost") & by_stage.isin(["no_decision", "disqualified"])
        own = deals["stage"].map(lambda one: normalize(one) in said, na_action="ignore").eq(True)
        found = found.mask(finer | (own & by_stage.notna()), by_stage)
    _ask_unknown(deals, found, by_status, understood)
    known = {
        str(value): words[normalize(str(value))] for value in _values(deals) if normalize(str(value)) in words
    }
    understood.facts["stages"] = known
    counts = {name: [one for one, out in known.items() if out == name] for name in OUTCOMES}
    told = "; ".join(
        f"{name.replace('_', ' ')}: {shorten(listed)}" for name, listed in counts.items() if listed
    )
    understood.say("outcome", f"by {' and '.join(how) or 'nothing'}", told, '--stage "WORD=outcome"')
    return found


def _values(deals: pd.DataFrame) -> list[str]:
    return [one for name in ("outcome", "stage") if name in deals for one in deals[name].dropna().unique()]


def _by_words(column: pd.Series | None, words: Mapping[str, str], index: pd.Index) -> pd.Series:
    if column is None:
        return pd.Series(None, index=index, dtype=object)
    meant = {value: words.get(normalize(str(value))) for value in column.dropna().unique()}
    return column.map(meant).astype(object).where(column.notna(), None)


def read_flags(column: pd.Series | None, index: pd.Index) -> pd.Series:
    """Return a column of yes and no as True, False or missing."""
    if column is None:
        return pd.Series(None, index=index, dtype=object)
    meant = {}
    for value in column.dropna().unique():
        plain = normalize(str(value))
        meant[value] = True if plain in YES else False if plain in NO else None
    return column.map(meant).astype(object)


def _by_flags(deals: pd.DataFrame) -> pd.Series:
    won, closed = (read_flags(deals.get(name), deals.index) for name in ("is_won", "is_closed"))
    found = pd.Series(None, index=deals.index, dtype=object)
    found[(closed == False).to_numpy()] = "open"  # noqa: E712  # missing is neither
    found[((closed == True) & (won == False)).to_numpy()] = "lost"  # noqa: E712
    found[(won == True).to_numpy()] = "won"  # noqa: E712
    return found


def _by_times(deals: pd.DataFrame) -> pd.Series:
    found = pd.Series(None, index=deals.index, dtype=object)
    if "lost_at" in deals:
        found[deals["lost_at"].notna().to_numpy()] = "lost"
    if "won_at" in deals:
        found[deals["won_at"].notna().to_numpy()] = "won"
    return found


def _ask_unknown(deals: pd.DataFrame, found: pd.Series, by_status: pd.Series, understood: Understood) -> None:
    """Ask what words mean that nothing else explains."""
    open_ = found.isna()
    for name in ("outcome", "stage"):
        if name not in deals or not open_.any():
            continue
        unknown = deals.loc[open_, name].dropna().value_counts()
        if name == "outcome" and "stage" in deals and unknown.empty:
            continue
        if len(unknown):
            listed = "; ".join(
                f'--stage "{value}=open" ({count:,})' for value, count in unknown.head(MOST_ASKED).items()
            )
            more = len(unknown) - MOST_ASKED
            understood.ask(
                f"what do these {'statuses' if name == 'outcome' else 'stages'} mean? Add an option for each, with "
                f"open, won, lost, no_decision or disqualified: {listed}"
                + (f"; and {more} more" if more > 0 else "")
            )
            return


def split_lost(
    outcome: pd.Series, reason: pd.Series | None, profile: Profile, choices: Choices, understood: Understood
) -> pd.Series:
    """Split lost deals by their reason: lost to somebody, no decision, or no real deal."""
    lost = (outcome == "lost").to_numpy()
    if not lost.any():
        return outcome
    closed_without_win = outcome.isin(["lost", "no_decision", "disqualified"])
    if reason is None or not reason[lost].notna().any():
        split = outcome.isin(["no_decision", "disqualified"]).any()
        if not split:
            understood.say(
                "lost deals",
                "no reason is recorded",
                "no decision can't be told from lost",
                '--map "COLUMN=reason"',
            )
            understood.find(
                "lost deals without a reason",
                int(lost.sum()),
                int(closed_without_win.sum()),
                "Deals that ended without a decision count as lost to a competitor. Competitors look stronger "
                "than they are.",
                "Ask for a reason when a deal is closed as lost: a competitor, no decision, or entered in error.",
            )
        return outcome
    said = {normalize(one): out for one, out in choices.reasons.items()}
    pieces = [(out, re.compile(_pieces(listed))) for out, listed in _in_order(profile.words["reason"])]
    meant, unknown = {}, []
    counts = reason[lost].value_counts()
    for value in counts.index:
        plain = normalize(str(value))
        found = said.get(plain) or next((out for out, pattern in pieces if pattern.search(plain)), None)
        if found is None:
            unknown.append(str(value))
        meant[value] = found or "lost"
    split_ = outcome.mask(lost & reason.notna(), reason.map(meant).astype(object))
    told = "; ".join(
        f"{out.replace('_', ' ')}: {shorten([str(one) for one, to in meant.items() if to == out], 4)}"
        for out in ("no_decision", "disqualified", "lost")
        if out in meant.values()
    )
    understood.facts["reasons"] = {str(one): out for one, out in meant.items()}
    understood.say("lost deals", f"split by {len(meant)} reasons", told, '--reason "WORD=no_decision"')
    if unknown:
        count = int(counts[unknown].sum())
        understood.say(
            "reasons",
            f"not known: {shorten(unknown)}",
            f"{count:,} deals; they count as lost",
            '--reason "WORD=no_decision"',
        )
    blank = int((lost & reason.isna()).sum())
    understood.find(
        "lost deals without a reason",
        blank,
        int(closed_without_win.sum()),
        "Among them, deals without a decision count as lost to a competitor.",
        "Make the reason a required field when a deal is closed as lost.",
    )
    return split_


def _in_order(words: Mapping[str, Sequence[str]]) -> list[tuple[str, Sequence[str]]]:
    return [(name, words[name]) for name in ("disqualified", "no_decision", "lost")]


def _pieces(words: Sequence[str]) -> str:
    """Return a pattern that finds one of some words, or the beginning of one; a number must be the whole."""
    letters = [re.escape(word) for word in words if not word.isdigit()]
    numbers = [rf"^{word}$" for word in words if word.isdigit()]
    return "|".join([rf"\b(?:{'|'.join(letters)})", *numbers])


def read_words(
    column: pd.Series | None,
    words: Mapping[str, Sequence[str]],
    said: Mapping[str, str],
    within: bool = False,
) -> tuple[pd.Series | None, list[str]]:
    """Return what a column of words means, and the words that aren't known, most frequent first.

    Parameters
    ----------
    column : Series, optional
    words, said : mappings
        of the profile (value -> words), and of the user (word -> value)
    within : bool
        whether a word may stand within the cell
    """
    if column is None:
        return None, []
    known = lookup(words) | {normalize(one): value for one, value in said.items()}
    longest = sorted(known, key=len, reverse=True)
    meant, unknown = {}, []
    for value in column.value_counts().index:
        plain = normalize(str(value))
        found = known.get(plain)
        if found is None and within:
            found = next(
                (known[one] for one in longest if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", plain)), None
            )
        if found is None:
            unknown.append(str(value))
        meant[value] = found
    return column.map(meant).astype(object).where(column.notna(), None), unknown


def list_words(column: pd.Series, meant: pd.Series) -> str:
    """Say which words were taken for what: "new: 'New Business'"."""
    pairs = pd.DataFrame({"word": column.astype(object), "value": meant}).dropna().drop_duplicates()
    return "; ".join(
        f"{str(value).replace('_', ' ')}: {shorten(sorted(group['word'].astype(str)), 4)}"
        for value, group in pairs.groupby("value")
    )


def is_test(name: pd.Series | None, index: pd.Index) -> np.ndarray:
    """Return which names call a deal a test."""
    if name is None:
        return np.zeros(len(index), dtype=bool)
    return (
        name.str.contains(
            r"(?i)(?<!\w)(?:tests?|testing|dummy|asdf+|do not use|ignore me|delete me)(?!\w)", regex=True
        )
        .eq(True)
        .to_numpy()
    )
