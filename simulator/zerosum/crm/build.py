"""From files to a team's tables: read, recognize, ask, clean, and replace names by pseudonyms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from zerosum.crm import beside
from zerosum.crm.choices import Choices
from zerosum.crm.clean import drop, drop_no_deals, join_copies, read_owners
from zerosum.crm.deals import read_deals
from zerosum.crm.finish import Beside, Imported, finish
from zerosum.crm.money import value_deals
from zerosum.crm.names import apply_same, match_names
from zerosum.crm.outcomes import find_outcomes, split_lost
from zerosum.crm.profiles import Profile
from zerosum.crm.pseudonyms import normalize
from zerosum.crm.read import TextTable, digest, read_tables
from zerosum.crm.recognize import Recognized, match_columns, recognize
from zerosum.crm.understood import Understood, shorten
from zerosum.errors import InputError

Mask = npt.NDArray[np.bool_]


NOBODY = ("no", "none", "nobody", "n/a", "unknown", "false", "no competitor", "not known")
"""Words that name no competitor."""


def import_files(paths: Sequence[Path], choices: Choices, key: bytes, understood: Understood) -> Imported:
    """Import files of a CRM system.

    Parameters
    ----------
    paths : sequence of Path
    choices : Choices
    key : bytes
        of pseudonyms
    understood : Understood
        gets what was understood, also if an error is raised

    Raises
    ------
    InputError
        if a file can't be read, or something must be asked
    """
    found = recognize(_read_all(paths, choices), choices, understood)
    understood.facts["files"] = [
        {"name": path.name, "sha256": digest(path)} for path in sorted(set(paths), key=lambda one: one.name)
    ]
    understood.facts["tables"] = [
        {
            "name": one.table.name,
            "kind": one.kind or "not recognized",
            "system": one.profile.name,
            "rows": len(one.table.data),
            "encoding": one.table.form["encoding"],
            "delimiter": one.table.form["delimiter"],
            "columns": dict(one.columns),
        }
        for one in found
    ]
    rows = sum(len(one.table.data) for one in found if one.kind == "opportunities")
    if rows == 0:
        raise InputError("the files hold a header and no opportunities; export them again, with rows")
    return _build(found, rows, choices, key, understood)


def _read_all(paths: Sequence[Path], choices: Choices) -> list[TextTable]:
    tables: list[TextTable] = []
    for path in sorted(dict.fromkeys(paths), key=lambda one: one.name):
        tables += read_tables(path, choices.encoding)
    names = Counter(table.name for table in tables)
    if twice := [name for name, count in names.items() if count > 1]:
        raise InputError(
            f"{twice[0]}: two files have this name; rename one, so that messages can say which is meant"
        )
    return tables


def _read_beside(found: Sequence[Recognized], choices: Choices, understood: Understood) -> Beside:
    people = [beside.read_reps(one, choices, understood) for one in found if one.kind == "reps"]
    targets = [quotas for _, quotas in people if quotas is not None]
    return Beside(
        reps=pd.concat([reps for reps, _ in people], ignore_index=True) if people else None,
        quotas=pd.concat(targets, ignore_index=True) if targets else None,
        accounts=beside.frames_of(found, "accounts", beside.read_accounts, choices, understood),
        prices=beside.frames_of(found, "prices", beside.read_prices, choices, understood),
        stages=beside.frames_of(found, "stages", beside.read_stages, choices, understood),
    )


def _build(
    found: list[Recognized], rows: int, choices: Choices, key: bytes, understood: Understood
) -> Imported:
    profile = next(one.profile for one in found if one.kind == "opportunities")
    deals = read_deals(found, choices, understood)
    _check_dates(deals, found)
    others = _read_beside(found, choices, understood)
    closes = beside.frames_of(found, "closes", beside.read_closes, choices, understood)
    if closes is not None:
        _add_closes(deals, closes, understood)
    _tell_owners(deals, profile, choices)
    _match(deals, others, choices, understood)
    deals = _clean(deals, profile, choices, understood)
    value, recorded, currency = value_deals(deals, deals["_outcome"], profile, choices, understood)
    understood.check_answered()
    if deals.empty:
        raise InputError(f"no row is left; {_why_rejected(understood)}")
    deals = deals.assign(_value=value, _currency=recorded).reset_index(drop=True)
    return finish(deals, currency, others, profile, rows, choices, key, understood)


def _why_rejected(understood: Understood) -> str:
    counts = Counter(understood.count_rejects("row"))
    return (
        "; ".join(f"{count:,} × {reason}" for reason, count in counts.most_common(3))
        or "the files hold no deals"
    )


def _tell_owners(deals: pd.DataFrame, profile: Profile, choices: Choices) -> None:
    """Keep persons as owners, without marks of inactive users; note who was none."""
    owners = read_owners(deals["owner"], profile.words["owner"], choices.queues, deals.get("owner_active"))
    deals["_nobody"], deals["_inactive"] = deals["owner"].isna(), owners.inactive
    deals["_queue"], deals["_system"] = owners.queue | owners.system, owners.system
    deals["owner"] = owners.names


def _clean(deals: pd.DataFrame, profile: Profile, choices: Choices, understood: Understood) -> pd.DataFrame:
    """Tell outcomes, and leave one row for each deal."""
    deals["_outcome"] = find_outcomes(deals, profile, choices, understood)
    deals = drop_no_deals(deals, understood)
    said = [column for column in ("stage", "outcome") if column in deals]
    empty = (deals["_outcome"].isna() & deals[said].isna().all(axis=1)).to_numpy()
    deals = drop(deals, empty, "no stage and no status", understood, "stage")
    # Copies closed as duplicates must not take the place of what they copy.
    split = split_lost(deals["_outcome"], deals.get("reason"), profile, choices, Understood())
    deals["_disqualified"] = (split == "disqualified").to_numpy()
    deals = join_copies(deals, understood)
    deals["_outcome"] = split_lost(deals["_outcome"], deals.get("reason"), profile, choices, understood)
    return deals


def _check_dates(deals: pd.DataFrame, found: Sequence[Recognized]) -> None:
    """Refuse opportunities without any date, and fill columns that others may lack."""
    dated = [name for name in ("created", "close", "closed", "won_at", "lost_at") if name in deals]
    if not dated:
        one = next(one for one in found if one.kind == "opportunities")
        columns = match_columns(one.table, one.profile, "opportunities", Choices())
        lacking = ["dates (created, closed)"]
        lacking += [
            words for name, words in (("amount", "amounts"), ("id", "ids of deals")) if name not in columns
        ]
        raise InputError(
            f"{one.table.name}: no column was recognized that holds {', '.join(lacking)}. Without dates, neither "
            "cycles nor win rates over time are known: nothing can be fitted. If a column holds dates under another "
            f'name, add --map "COLUMN=created" or --map "COLUMN=close". Columns: {shorten(one.table.columns, 30)}'
        )
    for name in ("owner", "account", "product", "segment", "competitor", "incumbent"):
        if name not in deals:
            deals[name] = pd.Series(None, index=deals.index, dtype=pd.StringDtype(na_value=np.nan))


def _add_closes(deals: pd.DataFrame, closes: pd.DataFrame, understood: Understood) -> None:
    """Add reason, competitor and date of a separate table of results."""
    by_id = closes.set_index("id")
    if "id" not in deals:
        return
    for name, target in (("reason", "reason"), ("competitor", "competitor"), ("closed", "closed")):
        looked_up = deals["id"].map(by_id[name])
        deals[target] = (
            deals[target].where(deals[target].notna(), looked_up) if target in deals else looked_up
        )
    understood.say(
        "results", f"{int(deals['id'].isin(by_id.index).sum()):,} deals", "joined by the deal's id"
    )


def _match(deals: pd.DataFrame, others: Beside, choices: Choices, understood: Understood) -> None:
    """Spell owners, accounts and products as the files beside the opportunities do, and take segments of accounts."""
    reps, accounts, prices = others.reps, others.accounts, others.prices
    for name in ("owner", "account", "product", "competitor"):
        deals[name] = apply_same(deals[name], choices)
    for name in ("competitor", "incumbent"):
        nobody = {one for one in deals[name].dropna().unique() if normalize(str(one)) in NOBODY}
        deals[name] = deals[name].mask(deals[name].isin(nobody))
    for table, name, what, where in (
        (reps, "owner", "reps", "file of reps"),
        (accounts, "account", "accounts", "file of accounts"),
    ):
        if table is None:
            continue
        column = "rep" if name == "owner" else "account"
        by_id = table[table["id"].notna()].drop_duplicates("id").set_index("id")[column]
        ids = deals[name].isin(by_id.index)
        if ids.any():
            deals[name] = deals[name].mask(ids, deals[name].map(by_id))
            understood.say(what, f"{int(ids.sum()):,} deals have ids", f"their names are in the {where}")
        deals[name] = match_names(deals[name], table[column].dropna().unique(), what, where, understood)
    if prices is not None:
        deals["product"] = match_names(
            deals["product"], prices["product"], "products", "price list", understood
        )
    if accounts is not None and accounts["segment"].notna().any():
        by_name = accounts.drop_duplicates("account").set_index("account")["segment"]
        filled = deals["segment"].isna() & deals["account"].map(by_name).notna()
        deals["segment"] = deals["segment"].mask(filled, deals["account"].map(by_name))
        if filled.any():
            understood.say(
                "segments", f"those of {int(filled.sum()):,} deals", "taken from the file of accounts"
            )
