"""What stands beside the opportunities: reps and quotas, accounts, stage history, a price list."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from zerosum.crm.amounts import read_amounts
from zerosum.crm.choices import Choices
from zerosum.crm.dates import read_dates
from zerosum.crm.deals import ask_order, ask_sign
from zerosum.crm.read import Reject
from zerosum.crm.recognize import Recognized, quarter_of
from zerosum.crm.understood import Understood

_STAGE_FIELDS = ("stage", "stagename", "dealstage", "stage_id", "stageid")
_MONTH = re.compile(r"(20\d\d)[-/ ]?(?:m)?(\d{1,2})")
_YEAR = re.compile(r"(?:fy\s?)?(20\d\d)", re.IGNORECASE)


def _column(one: Recognized, name: str) -> pd.Series:
    found = one.get(name)
    return found if found is not None else pd.Series(None, index=one.table.data.index, dtype=object)


def _dates(
    one: Recognized, names: Sequence[str], choices: Choices, understood: Understood
) -> dict[str, pd.Series]:
    """Read columns of dates; what can't be read is missing, and listed."""
    order = ask_order(one, names, choices, understood)
    found = {}
    for name in names:
        dates = read_dates(_column(one, name), order, choices.timezone)
        _list_unreadable(one, name, dates.unreadable, "date", understood)
        found[name] = dates.days
    return found


def _numbers(
    one: Recognized, names: Sequence[str], choices: Choices, understood: Understood
) -> dict[str, pd.Series]:
    sign = ask_sign(one, names, choices, understood)
    found = {}
    for name in names:
        amounts = read_amounts(_column(one, name), sign)
        _list_unreadable(
            one, name, amounts.unreadable | (amounts.values < 0).to_numpy(), "amount", understood
        )
        found[name] = amounts.values.where(amounts.values >= 0)
    return found


def _list_unreadable(one: Recognized, name: str, bad: np.ndarray, what: str, understood: Understood) -> None:
    if understood.questions:
        return
    for at in np.flatnonzero(bad):
        line = int(one.table.lines[at])
        understood.rejects.append(
            Reject(one.table.name, line, one.named(name), f"this is no {what} that can be read", "cell")
        )


def read_reps(
    one: Recognized, choices: Choices, understood: Understood
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Read reps, a row for each employment, and their quotas; names are still names."""
    dates = _dates(one, ("start", "end", "period_start", "period_end"), choices, understood)
    wide = {column: found for column in one.table.columns if (found := quarter_of(column))}
    for column in wide:
        one.columns.setdefault(f"quota {column}", column)
    numbers = _numbers(one, ("base", "quota", *(f"quota {column}" for column in wide)), choices, understood)
    owner = _column(one, "owner").fillna(_column(one, "owner_id"))
    reps = pd.DataFrame(
        {
            "rep": owner,
            "id": _column(one, "owner_id"),
            "start": dates["start"],
            "end": dates["end"],
            "segment": _column(one, "segment"),
            "base": numbers["base"],
        }
    )
    quotas = [
        pd.DataFrame(
            {
                "rep": owner,
                "period_start": _quarter_start(year, quarter),
                "period_end": _quarter_end(year, quarter),
                "quota": numbers[f"quota {column}"],
            }
        )
        for column, (year, quarter) in wide.items()
    ]
    if "quota" in one.columns:
        quotas.append(_long_quotas(one, owner, numbers["quota"], dates, understood))
    reps = reps[reps["rep"].notna()].drop_duplicates(["rep", "start", "end", "segment", "base"])
    # A row for each quarter's quota is no employment of its own: keep what says something.
    told = reps[["start", "end", "segment", "base"]].notna().any(axis=1)
    reps = reps[told | ~reps["rep"].duplicated(keep=False) | ~reps["rep"].duplicated()]
    if not quotas:
        return reps, None
    every = pd.concat(quotas, ignore_index=True)
    every = every[every["rep"].notna() & every["quota"].notna() & every["period_start"].notna()]
    understood.say(
        "quotas",
        f"{len(every):,}, of {every['rep'].nunique():,} reps",
        "one in a column for each quarter" if wide else "one in a row for each period",
    )
    return reps, every.drop_duplicates(["rep", "period_start", "period_end"], keep="last")


def _long_quotas(
    one: Recognized, owner: pd.Series, quota: pd.Series, dates: dict[str, pd.Series], understood: Understood
) -> pd.DataFrame:
    start, end = dates["period_start"], dates["period_end"]
    period = _column(one, "period")
    spans = {value: _period(str(value)) for value in period.dropna().unique()}
    for at in np.flatnonzero(period.notna().to_numpy() & period.map(spans).isna().to_numpy()):
        line = int(one.table.lines[at])
        understood.rejects.append(
            Reject(
                one.table.name,
                line,
                one.named("period"),
                "this is no period, such as Q1 2025, 2025-03 or 2025",
            )
        )
    first = {value: span[0] for value, span in spans.items() if span}
    last = {value: span[1] for value, span in spans.items() if span}
    start = start.fillna(pd.to_datetime(period.map(first)).astype("datetime64[s]"))
    end = end.fillna(pd.to_datetime(period.map(last)).astype("datetime64[s]"))
    if quota.notna().any() and not start.notna().any():
        understood.ask(
            f"{one.table.name}: the column '{one.named('quota')}' has no period. Add a column with quarters, such as "
            f'Q1 2025, or leave quotas out: --map "{one.named("quota")}=ignore"'
        )
    return pd.DataFrame(
        {"rep": owner, "period_start": start, "period_end": end.fillna(start), "quota": quota}
    )


def _period(text: str) -> tuple[datetime.date, datetime.date] | None:
    """Return first and last day of a quarter, a month or a year."""
    if found := quarter_of(text):
        return _quarter_start(*found), _quarter_end(*found)
    if month := _MONTH.fullmatch(text.strip().lower()):
        year, number = int(month[1]), int(month[2])
        if 1 <= number <= 12:
            return datetime.date(year, number, 1), datetime.date(
                year, number, calendar.monthrange(year, number)[1]
            )
    if year_ := _YEAR.fullmatch(text.strip()):
        return datetime.date(int(year_[1]), 1, 1), datetime.date(int(year_[1]), 12, 31)
    return None


def _quarter_start(year: int, quarter: int) -> datetime.date:
    return datetime.date(year, 3 * quarter - 2, 1)


def _quarter_end(year: int, quarter: int) -> datetime.date:
    month = 3 * quarter
    return datetime.date(year, month, calendar.monthrange(year, month)[1])


def read_accounts(one: Recognized, choices: Choices, understood: Understood) -> pd.DataFrame:
    """Read accounts; names are still names."""
    potential = _numbers(one, ("potential",), choices, understood)["potential"]
    accounts = pd.DataFrame(
        {
            "account": _column(one, "account").fillna(_column(one, "account_id")),
            "id": _column(one, "account_id"),
            "rep": _column(one, "owner"),
            "segment": _column(one, "segment"),
            "potential": potential,
        }
    )
    return accounts[accounts["account"].notna()].drop_duplicates("account", keep="last")


def read_prices(one: Recognized, choices: Choices, understood: Understood) -> pd.DataFrame:
    """Read a price list."""
    price = _numbers(one, ("price",), choices, understood)["price"]
    prices = pd.DataFrame({"product": _column(one, "product"), "price": price.where(price > 0)})
    return prices[prices["product"].notna() & prices["price"].notna()].drop_duplicates("product", keep="last")


def read_stages(one: Recognized, choices: Choices, understood: Understood) -> pd.DataFrame:
    """Read stage history: a row for each time that a deal entered a stage; saves without a change are joined."""
    data = one.table.data
    entered = _dates(one, ("entered", "left"), choices, understood)
    stages = pd.DataFrame({"id": _column(one, "id"), "stage": _column(one, "stage"), **entered})
    kind = one.get("field")
    if kind is not None and kind.str.lower().isin(_STAGE_FIELDS).any():
        stages = stages[kind.str.lower().isin(_STAGE_FIELDS).to_numpy()]
    stages = stages[stages["id"].notna() & stages["stage"].notna()]
    stages = stages.sort_values(["id", "entered"], kind="stable", ignore_index=True)
    same_deal = stages["id"].eq(stages["id"].shift())
    repeated = (same_deal & stages["stage"].eq(stages["stage"].shift())).to_numpy()
    understood.say(
        "stage history",
        f"{one.table.name}: {len(data):,} rows are {int((~repeated).sum()):,} changes of stage",
        "rows without a change are joined; the history is never joined to the deals' rows",
    )
    stages = stages[~repeated].reset_index(drop=True)
    following = stages["entered"].shift(-1).where(stages["id"].eq(stages["id"].shift(-1)))
    stages["left"] = following.fillna(stages["left"])
    return stages


def read_closes(one: Recognized, choices: Choices, understood: Understood) -> pd.DataFrame:
    """Read Dynamics 365's results of opportunities: the latest for each deal."""
    closed = _dates(one, ("closed",), choices, understood)["closed"]
    names = ("id", "reason", "competitor")
    closes = pd.DataFrame({name: _column(one, name) for name in names} | {"closed": closed})
    closes = closes[closes["id"].notna()].sort_values("closed", kind="stable", na_position="first")
    return closes.drop_duplicates("id", keep="last")


def frames_of(found: Sequence[Recognized], kind: str, read: Any, *rest: Any) -> pd.DataFrame | None:
    """Read all files of a kind as one frame; None if there is none."""
    parts = [read(one, *rest) for one in found if one.kind == kind]
    return pd.concat(parts, ignore_index=True) if parts else None
