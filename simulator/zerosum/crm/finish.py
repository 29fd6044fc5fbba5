"""The last step of an import: typed tables with flags, and pseudonyms in place of names."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from zerosum.crm.choices import Choices
from zerosum.crm.findings import find_odd
from zerosum.crm.outcomes import AN_ID, list_words, read_words
from zerosum.crm.profiles import Profile
from zerosum.crm.pseudonyms import Hider, apply_pseudonyms, make_pseudonyms, normalize
from zerosum.crm.recognize import lookup
from zerosum.crm.tables import DECIDED, TeamData, make_table
from zerosum.crm.understood import Understood, shorten
from zerosum.errors import InputError

Mask = npt.NDArray[np.bool_]
AFTER_MOST = 92
"""Days after nearly all dates; a later one is taken for a typing error when the date of the export is sought."""
_WORDS = re.compile(r"\s|[^\x00-\x7f]|[A-Za-z][a-z]{3}|.{65}")
"""What an id has if it may be a name: a space, another alphabet, a word; or it is very long."""
ENOUGH_DATES = 100
"""Dates among which one can be seen to be far after all others."""
ONLY_WINS = 0.01
"""Probability, at the team's win rate, below which a rep's wins without a loss are no luck."""


@dataclass
class Imported:
    """What came of the files: the team, what was understood, and real names of reps by pseudonym, for the screen."""

    team: TeamData
    understood: Understood
    reps: Mapping[str, str]


@dataclass
class Beside:
    """What stands beside the opportunities, with real names; None: no such file."""

    reps: pd.DataFrame | None
    quotas: pd.DataFrame | None
    accounts: pd.DataFrame | None
    prices: pd.DataFrame | None
    stages: pd.DataFrame | None


class Timing(NamedTuple):
    """Dates of deals, and that of the export."""

    created: pd.Series
    closed: pd.Series
    expected: pd.Series
    as_of: datetime.date


class Pseudonyms:
    """Real name -> pseudonym, of each kind; and how to hide names that stand in other text."""

    def __init__(
        self, reps: Mapping[str, str], accounts: Mapping[str, str], rivals: Mapping[str, str]
    ) -> None:
        self.reps, self.accounts, self.competitors = reps, accounts, rivals
        self.hide = Hider({**accounts, **rivals, **reps}).hide


def finish(
    deals: pd.DataFrame,
    currency: str,
    others: Beside,
    profile: Profile,
    rows: int,
    choices: Choices,
    key: bytes,
    understood: Understood,
) -> Imported:
    """Make the tables: with flags, and pseudonyms for names."""
    timing = _time(deals, choices, understood)
    kinds = _types_and_sources(deals, profile, choices, understood)
    flags = _flags(deals, timing, others.stages, kinds[2], profile)
    names = _name(deals, others, key)
    ids, id_of = _ids(deals, key)
    opportunities = _opportunities(deals, ids, timing, kinds, flags, names)
    tables = {"opportunities": opportunities, **_tables_beside(others, names, id_of, understood)}
    find_odd(opportunities, tables, understood)
    understood.facts["counts"] = {
        "rows": rows,
        "kept": len(opportunities),
        "rejected": understood.count_rejects("row"),
        "cells": understood.count_rejects("cell"),
        "merged": {reason: count for reason, count in sorted(understood.merged.items()) if count},
    }
    about = {**_without_real_names(understood, names), "choices": _without_names(choices, names)}
    team = TeamData(currency=currency, as_of=timing.as_of, about=about, **tables)
    return Imported(team, understood, {shown: name for name, shown in names.reps.items()})


def _time(deals: pd.DataFrame, choices: Choices, understood: Understood) -> Timing:
    is_open = deals["_outcome"] == "open"
    created = _first_of(deals, "created")
    closed = _first_of(deals, "closed", "won_at", "lost_at", "close").where(~is_open)
    expected = _first_of(deals, "expected_close", "close").where(is_open | ("expected_close" in deals))
    return Timing(created, closed, expected, _as_of(deals, created, closed, choices, understood))


def _name(deals: pd.DataFrame, others: Beside, key: bytes) -> Pseudonyms:
    people = [table["rep"] for table in (others.reps, others.quotas, others.accounts) if table is not None]
    firms = [others.accounts["account"]] if others.accounts is not None else []
    return Pseudonyms(
        make_pseudonyms(_distinct(deals["owner"], *people), "rep", key),
        make_pseudonyms(_distinct(deals["account"], *firms), "account", key),
        make_pseudonyms(_distinct(deals["competitor"], deals["incumbent"]), "competitor", key),
    )


def _opportunities(
    deals: pd.DataFrame,
    ids: pd.Series,
    timing: Timing,
    kinds: tuple[pd.Series | None, pd.Series | None, Mask],
    flags: Mapping[str, Mask],
    names: Pseudonyms,
) -> pd.DataFrame:
    value = deals["_value"].where(deals["_value"] > 0).mask(flags["amount_placeholder"])
    texts = {one: names.hide(deals[one]) for one in ("segment", "product", "stage", "source") if one in deals}
    return make_table(
        "opportunities",
        {
            "id": ids,
            "account": apply_pseudonyms(deals["account"], names.accounts),
            "rep": apply_pseudonyms(deals["owner"], names.reps),
            "created": timing.created,
            "closed": timing.closed,
            "expected_close": timing.expected,
            "outcome": deals["_outcome"],
            "amount": value,
            "currency": deals["_currency"],
            "type": kinds[0],
            "source_kind": kinds[1],
            "competitor": apply_pseudonyms(deals["competitor"], names.competitors),
            "incumbent": apply_pseudonyms(deals["incumbent"], names.competitors),
            "flags": _as_tuples(flags),
            **texts,
        },
    )


def _tables_beside(
    others: Beside, names: Pseudonyms, id_of: Mapping[str, str], understood: Understood
) -> dict[str, pd.DataFrame]:
    tables = {}
    if (reps := others.reps) is not None:
        segment = names.hide(reps["segment"])
        tables["reps"] = make_table(
            "reps",
            {**_columns(reps, "start end base"), "rep": reps["rep"].map(names.reps), "segment": segment},
        )
    if (quotas := others.quotas) is not None:
        columns = _columns(quotas, "period_start period_end quota")
        tables["quotas"] = make_table("quotas", {**columns, "rep": quotas["rep"].map(names.reps)})
    if others.accounts is not None:
        accounts = others.accounts.assign(account=others.accounts["account"].map(names.accounts))
        accounts = accounts.drop_duplicates("account", keep="last")
        columns = _columns(accounts, "account potential")
        shown = {"rep": accounts["rep"].map(names.reps), "segment": names.hide(accounts["segment"])}
        tables["accounts"] = make_table("accounts", {**columns, **shown})
    if (prices := others.prices) is not None:
        tables["prices"] = make_table(
            "prices",
            {"product": names.hide(prices["product"]), "price": prices["price"].reset_index(drop=True)},
        )
    if others.stages is not None:
        known = others.stages["id"].isin(id_of.keys())
        if (~known).any():
            words = f"{int((~known).sum()):,} changes left out"
            understood.say("stage history", words, "of deals that aren't in the files")
        history = others.stages[known]
        shown = {"id": history["id"].map(id_of), "stage": names.hide(history["stage"])}
        tables["stages"] = make_table("stages", {**_columns(history, "entered left"), **shown})
    return tables


def _without_real_names(understood: Understood, names: Pseudonyms) -> dict[str, Any]:
    """Return what was understood, as it may be written."""
    facts = dict(understood.facts)
    for part in ("stages", "reasons", "dates", "decimal"):
        words = pd.Series(list(facts.get(part, {})), dtype=object)
        facts[part] = dict(zip(names.hide(words), facts.get(part, {}).values(), strict=True))
    texts = [text for line in understood.lines for text in (line.words, line.why)]
    shown = iter(names.hide(pd.Series(texts, dtype=object)))
    for part in ("files", "tables"):
        shown_names = iter(names.hide(pd.Series([one["name"] for one in facts.get(part, [])], dtype=object)))
        facts[part] = [{**one, "name": next(shown_names)} for one in facts.get(part, [])]
    files = pd.Series([one.file for one in understood.rejects], dtype=object)
    hidden = names.hide(files)
    understood.rejects = [
        one._replace(file=file) for one, file in zip(understood.rejects, hidden, strict=True)
    ]
    facts["lines"] = [
        {"topic": line.topic, "words": next(shown), "why": next(shown)} for line in understood.lines
    ]
    return facts


def _without_names(choices: Choices, names: Pseudonyms) -> dict[str, Any]:
    """Return what the user said, without names of reps, accounts and files."""
    said = choices.said()
    for name in ("same", "queues"):
        if name in said:
            said[name] = f"{len(said[name])} given"
    for name, value in said.items():
        if isinstance(value, dict):
            keys = names.hide(pd.Series(list(value), dtype=object))
            said[name] = dict(zip(keys, value.values(), strict=True))
    return said


def _first_of(deals: pd.DataFrame, *names: str) -> pd.Series:
    """Return the first date of some columns that is known."""
    found = pd.Series(np.datetime64("NaT", "s"), index=deals.index)
    for name in names:
        if name in deals:
            found = found.fillna(deals[name])
    return found.astype("datetime64[s]")


def _as_of(
    deals: pd.DataFrame, created: pd.Series, closed: pd.Series, choices: Choices, understood: Understood
) -> datetime.date:
    """Return the date of the export: the latest of what happened, except for dates far after all others."""
    if choices.as_of:
        understood.say("date of the export", choices.as_of.isoformat(), "as you said (--as-of)")
        return choices.as_of
    happened = pd.concat([created, closed, *([deals["modified"]] if "modified" in deals else [])]).dropna()
    if happened.empty:
        raise InputError(
            "no deal has a date of creation or of its result; say when the export was made: --as-of 2025-03-31"
        )
    if len(happened) >= ENOUGH_DATES:
        nearly = happened.quantile(0.99, interpolation="lower") + pd.Timedelta(days=AFTER_MOST)
        happened = happened[happened <= nearly]
    latest = happened.max().date()
    understood.say("date of the export", latest.isoformat(), "the latest date of what happened", "--as-of")
    return latest


def _types_and_sources(
    deals: pd.DataFrame, profile: Profile, choices: Choices, understood: Understood
) -> tuple[pd.Series | None, pd.Series | None, Mask]:
    by_name = np.zeros(len(deals), dtype=bool)
    kind, unknown = read_words(deals.get("type"), profile.words["type"], choices.types, within=True)
    more, unknown_record = read_words(
        deals.get("record_type"), profile.words["type"], choices.types, within=True
    )
    if more is not None:
        kind = more if kind is None else kind.where(kind.notna(), more)
        unknown = [*unknown, *unknown_record]
    if kind is not None:
        counts = (
            ", ".join(f"{one} {count:,}" for one, count in kind.value_counts().items()) or "none is known"
        )
        columns = [deals[name] for name in ("type", "record_type") if name in deals]
        words = "; ".join(filter(None, (list_words(column, kind) for column in columns)))
        understood.say("types", counts, words, '--type "WORD=renewal"')
    elif "name" in deals:
        by_name = (
            deals["name"].str.contains(r"(?i)(?<!\w)renew(?:al|als)?(?!\w)", regex=True).eq(True).to_numpy()
        )
        kind = pd.Series("renewal", index=deals.index).astype(object).where(by_name, None)
        words = (
            f"{int(by_name.sum()):,} renewals by their names; all others not known"
            if by_name.any()
            else "not known"
        )
        understood.say("types", words, "there is no column of types", '--map "COLUMN=type"')
    if unknown:
        understood.say(
            "types", f"not known: {shorten(unknown)}", "they stay missing", '--type "WORD=renewal"'
        )
    source, strange = read_words(
        deals.get("source"), profile.words["source_kind"], choices.sources, within=True
    )
    if source is not None:
        counts = (
            ", ".join(f"{one} {count:,}" for one, count in source.value_counts().items()) or "none is known"
        )
        words = list_words(deals["source"], source)
        words += f"; not known: {shorten(strange)}" if strange else ""
        understood.say("sources", counts, words, '--source "WORD=inbound"')
    return kind, source, by_name


def _flags(
    deals: pd.DataFrame, timing: Timing, stages: pd.DataFrame | None, by_name: Mask, profile: Profile
) -> dict[str, Mask]:
    """Return what is odd about each deal, as one array for each flag."""
    created, closed, expected, as_of = timing
    outcome, value = deals["_outcome"], deals["_value"]
    is_open, now = (outcome == "open").to_numpy(), pd.Timestamp(as_of)
    ends = expected.dt.is_quarter_end.fillna(False).to_numpy(dtype=bool)
    stage = deals.get("stage")
    labels = list[Any](stage.dropna().unique()) if stage is not None else []
    ids = {value for value in labels if AN_ID.fullmatch(str(value))}
    few = 0 < len(ids) < len(labels)
    reopened = np.zeros(len(deals), dtype=bool)
    if "lost_at" in deals:
        reopened |= deals["lost_at"].notna().to_numpy() & outcome.isin(["open", "won"]).to_numpy()
    if {"first_won_at", "won_at"} <= set(deals):
        reopened |= (deals["first_won_at"] < deals["won_at"]).to_numpy()
    if stages is not None and "id" in deals:
        reopened |= deals["id"].isin(_reopened(stages, profile)).to_numpy()
    return {
        "amount_missing": value.isna().to_numpy(),
        "amount_negative": (value < 0).to_numpy(),
        "amount_placeholder": (deals["amount"] == 1).to_numpy()
        if "amount" in deals
        else (value == 1).to_numpy(),
        "amount_zero": (value == 0).to_numpy(),
        "closed_after_export": (closed > now).to_numpy(),
        "closed_missing": closed.isna().to_numpy() & ~is_open,
        "closed_same_day": (created == closed).to_numpy(),
        "created_after_close": (created > closed).to_numpy(),
        "created_missing": created.isna().to_numpy(),
        "lines_joined": deals["_joined"].to_numpy(),
        "merged": deals["_merged"].to_numpy(),
        "only_wins": _only_wins(deals["owner"], outcome),
        "overdue": is_open & (expected < now).to_numpy(),
        "owner_inactive": deals["_inactive"].to_numpy(),
        "owner_missing": deals["_nobody"].to_numpy(),
        "owner_queue": deals["_queue"].to_numpy(),
        "parked": is_open & ends,
        "renewal_by_name": by_name,
        "reopened": reopened,
        "repeated": deals["_repeated"].to_numpy(),
        "stage_unknown": stage.isin(ids).to_numpy()
        if few and stage is not None
        else np.zeros(len(deals), dtype=bool),
    }


def _reopened(stages: pd.DataFrame, profile: Profile) -> set[str]:
    """Return deals that went from a closed stage to an open one."""
    words = lookup(profile.words["outcome"])
    ended = stages["stage"].map(lambda one: words.get(normalize(one), "open") != "open").astype(bool)
    same = stages["id"].eq(stages["id"].shift())
    back = same & ended.shift(fill_value=False) & ~ended
    return set(stages.loc[back, "id"])


def _only_wins(owner: pd.Series, outcome: pd.Series) -> Mask:
    """Return deals of reps whose wins without any loss can't be luck: they log what they have won."""
    decided = outcome.isin(DECIDED).to_numpy()
    won = (outcome == "won").to_numpy()
    if not decided.any():
        return np.zeros(len(owner), dtype=bool)
    count, wins = (pd.Series(one).groupby(owner.to_numpy()).sum() for one in (decided, won & decided))
    others_decided, others_won = decided.sum() - count, (won & decided).sum() - wins
    rate = (others_won / others_decided.where(others_decided > 0)).fillna(1.0)
    marked = count.index[(count == wins) & (count > 0) & (rate**count < ONLY_WINS)]
    return owner.isin(list(marked)).to_numpy()


def _as_tuples(flags: Mapping[str, Mask]) -> list[tuple[str, ...]]:
    names = sorted(flags)
    code = np.zeros(len(flags[names[0]]), dtype=np.int64)
    for bit, name in enumerate(names):
        code |= flags[name].astype(np.int64) << bit
    unique, inverse = np.unique(code, return_inverse=True)
    sets = [tuple(name for bit, name in enumerate(names) if one >> bit & 1) for one in unique.tolist()]
    return [sets[at] for at in inverse.tolist()]


def _ids(deals: pd.DataFrame, key: bytes) -> tuple[pd.Series, dict[str, str]]:
    """Return ids of deals: the CRM system's; if one has words, which may be a name, a pseudonym; else its place."""
    own = deals["id"] if "id" in deals else pd.Series(None, index=deals.index, dtype=object)
    named = {
        one for one in map(str, own.dropna().unique()) if _WORDS.search(one) and not AN_ID.fullmatch(one)
    }
    shown = make_pseudonyms(named, "deal", key)
    numbers = pd.Series(
        [f"row-{number}" for number in range(1, len(deals) + 1)], index=deals.index, dtype=object
    )
    ids = own.astype(object).replace(shown) if shown else own.astype(object)
    ids = ids.where(ids.notna(), numbers)
    return ids, {str(one): shown.get(str(one), str(one)) for one in own.dropna().unique()}


def _distinct(*columns: pd.Series) -> list[str]:
    found: dict[str, None] = {}
    for column in columns:
        found |= dict.fromkeys(str(one) for one in column.dropna().unique())
    return list(found)


def _columns(table: pd.DataFrame, names: str) -> dict[str, Iterable[Any]]:
    return {name: table[name].reset_index(drop=True) for name in names.split()}
