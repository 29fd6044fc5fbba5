"""One row for each deal: copies, stale copies, product rows, deleted and test deals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from zerosum.crm.outcomes import is_test, read_flags
from zerosum.crm.pseudonyms import normalize
from zerosum.crm.read import Reject
from zerosum.crm.understood import Understood

Mask = npt.NDArray[np.bool_]
_TEST_SHEET = re.compile(r"(?<![a-z])(?:tests?|testing|dummy|sandbox|demo)(?![a-z])", re.IGNORECASE)
_PERSON, _QUEUE, _SYSTEM = 0, 1, 2
SAME_DEAL = ("name", "account", "owner", "created")
"""What two rows with different ids share if one is a copy of the other, with the amount."""


class Owners(NamedTuple):
    """Owners as persons.

    Attributes
    ----------
    names : Series
        without marks of inactive users; missing for a queue, a system user, or nobody
    queue, system, inactive : arrays of bool
    """

    names: pd.Series
    queue: Mask
    system: Mask
    inactive: Mask


def read_owners(
    column: pd.Series, words: Mapping[str, Sequence[str]], queues: tuple[str, ...], active: pd.Series | None
) -> Owners:
    """Tell persons from queues and system users, and take marks of inactive users off their names."""
    extra = {normalize(one) for one in queues}
    plain_of: dict[str, str] = {}
    kind_of: dict[str, int] = {}
    gone: dict[str, bool] = {}
    for value in column.dropna().unique():
        name, inactive = str(value), False
        for mark in words["inactive"]:
            if normalize(name).endswith(mark):
                name, inactive = name[: max(0, len(name.rstrip()) - len(mark))].rstrip(), True
        plain = normalize(name)
        kind = _PERSON
        if plain in words["system"]:
            kind = _SYSTEM
        elif plain in extra or any(plain == word or plain.endswith(f" {word}") for word in words["queue"]):
            kind = _QUEUE
        plain_of[value], kind_of[value], gone[value] = name, kind, inactive
    kinds = column.map(kind_of).fillna(_PERSON).to_numpy().astype(int)
    inactive_ = column.map(gone).eq(True).to_numpy()
    if active is not None:
        inactive_ |= (read_flags(active, column.index) == False).to_numpy()  # noqa: E712  # missing is neither
    names = column.map(plain_of).where(kinds == _PERSON)
    return Owners(names.where(names != ""), kinds == _QUEUE, kinds == _SYSTEM, inactive_)


def drop(
    deals: pd.DataFrame, out: Mask, reason: str, understood: Understood, column: str = ""
) -> pd.DataFrame:
    """Leave rows out, and list them as rejects."""
    for file, line in deals.loc[out, ["_file", "_line"]].itertuples(index=False):
        understood.rejects.append(Reject(str(file), int(line), column, reason))
    return deals[~out]


def drop_no_deals(deals: pd.DataFrame, understood: Understood) -> pd.DataFrame:
    """Leave out deals that were deleted in the CRM system, and test deals.

    A deal is a test if its sheet is called so; or if its name says so and a system user owns it, or it has no amount.
    """
    if "deleted" in deals:
        gone = (read_flags(deals["deleted"], deals.index) == True).to_numpy()  # noqa: E712
        deals = drop(deals, gone, "deleted in the CRM system", understood, "deleted")
    names = [one for one in deals["_file"].unique() if ", sheet " in one]
    sheets = {one: bool(_TEST_SHEET.search(one.rpartition(", sheet ")[2])) for one in names}
    in_sheet = deals["_file"].map(sheets).eq(True).to_numpy()
    named = is_test(deals.get("name"), deals.index) | is_test(deals.get("account"), deals.index)
    amount = deals["amount"] if "amount" in deals else pd.Series(np.nan, index=deals.index)
    no_value = (amount.isna() | amount.isin([0.0, 1.0])).to_numpy()
    tests = in_sheet | (named & (deals["_system"].to_numpy() | no_value))
    return drop(deals, tests, "a test deal", understood, "name")


def join_copies(deals: pd.DataFrame, understood: Understood) -> pd.DataFrame:
    """Keep one row for each deal; the column ``_merged`` and others become flags."""
    deals = deals.assign(_repeated=False, _joined=False, _merged=False)
    deals = _drop_stale(deals, understood)
    deals = _drop_exact(deals, understood)
    if "id" in deals:
        deals = _join_lines(deals, understood)
        deals = _keep_latest(deals, understood)
    return _drop_copies(deals, understood)


def _drop_exact(deals: pd.DataFrame, understood: Understood) -> pd.DataFrame:
    """Leave out rows that are the same in every cell, if something names the deal."""
    if "id" not in deals and "name" not in deals:
        return deals
    cells = [column for column in deals if not str(column).startswith("_")]
    keys = pd.util.hash_pandas_object(deals[cells], index=False).to_numpy()
    named = deals["id" if "id" in deals else "name"].notna().to_numpy()
    again = pd.Series(keys).duplicated().to_numpy() & named
    understood.merged["the same row twice"] += int(again.sum())
    repeated = set(keys[again])
    deals["_repeated"] |= np.isin(keys, list(repeated)) if repeated else False
    return deals[~again]


def _join_lines(deals: pd.DataFrame, understood: Understood) -> pd.DataFrame:
    """Join product rows of one deal: amounts are added, unless each row repeats the deal's total."""
    if "product" not in deals and "line_amount" not in deals:
        return deals
    twice = deals["id"].notna() & deals["id"].duplicated(keep=False)
    if not twice.any():
        return deals
    group = deals[twice].groupby("id", sort=False)
    core = [name for name in ("stage", "outcome", "close", "created", "modified", "account") if name in deals]
    same = (group[core].nunique(dropna=False) <= 1).all(axis=1) if core else group.size() > 0
    by_line = "line_amount" in deals
    differ = group["product"].nunique(dropna=False) == group.size() if "product" in deals else same & False
    if by_line:
        differ |= group["line_amount"].count() == group.size()
    lines = same & differ
    if not lines.any():
        return deals
    chosen = deals[twice][deals.loc[twice, "id"].isin(lines[lines].index)]
    keyed = chosen.groupby("id", sort=False)
    column = "line_amount" if by_line else "amount" if "amount" in deals else ""
    first = ~chosen["id"].duplicated()
    if column:
        largest = chosen.sort_values(column, ascending=False, kind="stable", na_position="last")
        first = pd.Series(chosen.index.isin(largest.index[~largest["id"].duplicated()]), index=chosen.index)
    kept = chosen[first].copy()
    kept["_joined"] = True
    how = "each row repeats the deal's amount"
    if by_line:
        totals = kept["id"].map(keyed["line_amount"].sum(min_count=1))
        kept["amount"] = kept["amount"].fillna(totals) if "amount" in deals else totals
        how = "the deal's amount is kept, or the sum of its rows"
    elif column and (keyed["amount"].nunique() > 1).any():
        kept["amount"] = kept["id"].map(keyed["amount"].sum(min_count=1))
        how = "their amounts are added, because they differ"
    count = len(chosen) - len(kept)
    understood.merged["a product row of a deal"] += count
    understood.say("product rows", f"{len(chosen):,} rows are {len(kept):,} deals", how)
    return pd.concat([deals.drop(index=chosen.index), kept]).sort_index()


def _keep_latest(deals: pd.DataFrame, understood: Understood) -> pd.DataFrame:
    """Keep the latest of the rows with the same id: the current, the last modified, else a closed one, or the last."""
    twice = deals["id"].notna() & deals["id"].duplicated(keep=False)
    if not twice.any():
        return deals
    some = deals[twice]
    order = pd.DataFrame({"id": some["id"]}, index=some.index)
    how = "no column says which is the latest: a closed one is kept before an open one, else the last in the files"
    if "modified" in some and some["modified"].notna().any():
        order["modified"], how = some["modified"], "the last modified is kept"
    order["closed"] = (some["_outcome"] != "open").to_numpy()
    if "current" in some:
        marked = read_flags(some["current"], some.index)
        order["current"], how = marked.eq(True), "the row marked as current is kept"
    order["at"] = np.arange(len(some))
    by = [name for name in ("current", "modified", "closed", "at") if name in order]
    order = order.sort_values(by, kind="stable", na_position="first")
    last = order.index[~order["id"].duplicated(keep="last")]
    stale = some.index.difference(last)
    understood.merged["an earlier row of the same deal"] += len(stale)
    understood.say("repeated ids", f"{len(stale):,} earlier rows left out", how)
    deals.loc[last, "_repeated"] = True
    return deals.drop(index=stale)


def _drop_stale(deals: pd.DataFrame, understood: Understood) -> pd.DataFrame:
    """Leave out deals that a list of merged ids names."""
    if "merged" not in deals or "id" not in deals or not deals["merged"].notna().any():
        return deals
    listed = deals["merged"].str.split(r"[;,\s]+", regex=True)
    inside = listed.explode().dropna()
    inside = inside[(inside != "") & (inside.to_numpy() != deals["id"].reindex(inside.index).to_numpy())]
    stale = deals["id"].isin(set(inside)).to_numpy()
    understood.merged["a stale copy of a merged deal"] += int(stale.sum())
    deals["_merged"] |= deals.index.isin(inside.index)
    return deals[~stale]


def _drop_copies(deals: pd.DataFrame, understood: Understood) -> pd.DataFrame:
    """Leave out copies under another id: the same name, account, owner, date of creation and amount."""
    keys = [name for name in (*SAME_DEAL, "amount") if name in deals]
    if len(keys) <= len(SAME_DEAL) or "id" not in deals:
        return deals
    whole = deals[keys].notna().all(axis=1)
    some = deals[whole]
    twice = some[some.duplicated(keys, keep=False)]
    if twice.empty:
        return deals
    rank = pd.DataFrame({name: twice[name] for name in keys}, index=twice.index)
    rank["real_"] = (~twice["_disqualified"]).to_numpy()
    rank["closed_"] = (twice["_outcome"] != "open").to_numpy()
    rank["modified_"] = twice.get("modified", pd.NaT)
    rank = rank.sort_values(["real_", "closed_", "modified_"], kind="stable", na_position="first")
    last = rank.index[~rank.duplicated(keys, keep="last")]
    stale = twice.index.difference(last)
    understood.merged["a copy of a deal under another id"] += len(stale)
    understood.say(
        "copies",
        f"{len(stale):,} deals stand under another id, too",
        "the same name, account, owner, date of creation and amount; duplicates, then open ones, are left out",
    )
    deals.loc[last, "_merged"] = True
    return deals.drop(index=stale)
