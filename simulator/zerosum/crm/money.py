"""Amounts as annual values in one currency; what isn't a value becomes missing, with a flag."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from zerosum.crm.amounts import SYMBOLS
from zerosum.crm.choices import Choices
from zerosum.crm.profiles import Profile
from zerosum.crm.pseudonyms import normalize
from zerosum.crm.recognize import lookup
from zerosum.crm.understood import Understood, shorten

_NAMES = {
    "us dollar": "USD",
    "euro": "EUR",
    "pound sterling": "GBP",
    "british pound": "GBP",
    "swiss franc": "CHF",
    "japanese yen": "JPY",
    "canadian dollar": "CAD",
    "australian dollar": "AUD",
    "danish krone": "DKK",
    "norwegian krone": "NOK",
    "swedish krona": "SEK",
}
_DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN")
_PER_YEAR = {"annual": 1.0, "monthly": 12.0, "quarterly": 4.0}
_SAID = {
    "annual": "annual values (ACV)",
    "monthly": "monthly values (MRR), times 12",
    "total": "totals of a contract (TCV)",
}


def value_deals(
    deals: pd.DataFrame, outcome: pd.Series, profile: Profile, choices: Choices, understood: Understood
) -> tuple[pd.Series, pd.Series, str]:
    """Return each deal's annual value, its currency as recorded, and the currency of all values."""
    amount, home = (
        _of_result(deals, outcome, "amount", "amount_won"),
        _of_result(deals, outcome, "amount_home", "amount_won_home"),
    )
    if amount is None:
        amount, home = home, None
    if amount is None:
        understood.say("amounts", "none", "no column was recognized", '--map "COLUMN=amount"')
        amount = pd.Series(np.nan, index=deals.index)
    recorded = _currencies(deals, choices, understood)
    value, currency = _in_one_currency(amount, home, recorded, choices, understood)
    return value * _to_annual(deals, value, profile, choices, understood), recorded, currency


def _of_result(deals: pd.DataFrame, outcome: pd.Series, expected: str, actual: str) -> pd.Series | None:
    """Return the expected amount, and for won deals the actual one where it is recorded."""
    if expected not in deals:
        return deals.get(actual)
    if actual not in deals:
        return deals[expected]
    return deals[expected].mask((outcome == "won") & (deals[actual] > 0), deals[actual])


def _currencies(deals: pd.DataFrame, choices: Choices, understood: Understood) -> pd.Series:
    """Return each row's currency: of its column, else the symbol beside its amount."""
    found = pd.Series(None, index=deals.index, dtype=object)
    if "currency" in deals:
        meant: dict[str, str | None] = {}
        for value in deals["currency"].dropna().unique():
            text = str(value).strip()
            code = SYMBOLS.get(text) or _NAMES.get(normalize(text))
            meant[value] = code or (text.upper() if len(text) == 3 and text.isalpha() else None)
        unknown = [value for value, code in meant.items() if code is None]
        if unknown:
            understood.ask(
                f"the column of currencies holds {shorten(unknown, 3)}, which is no code such as EUR. Correct it, or "
                'leave the column out and name one currency: --map "COLUMN=ignore" --currency EUR'
            )
        found = deals["currency"].map(meant).astype(object)
    if "symbol" in deals:
        found = found.where(found.notna(), deals["symbol"].astype(object))
    if (found == "$").any():
        dollar = choices.currency if choices.currency in _DOLLARS else "USD"
        understood.say("symbol", f"$ is read as {dollar}", "several currencies have this sign", "--currency")
        found = found.replace("$", dollar)
    return found


def _in_one_currency(
    amount: pd.Series, home: pd.Series | None, recorded: pd.Series, choices: Choices, understood: Understood
) -> tuple[pd.Series, str]:
    counts = recorded[amount.notna()].value_counts()
    found = [str(one) for one in counts.index]
    blank = int((recorded.isna() & amount.notna()).sum())
    if not found:
        why = "as you said (--currency)" if choices.currency else "none is recorded"
        understood.say("currency", choices.currency or "not known", why, "--currency EUR")
        return amount, choices.currency
    listed = ", ".join(f"{one} ({counts[one]:,})" for one in found)
    if blank and choices.currency:
        listed += f"; {blank:,} without a currency count as {choices.currency}"
    if len(found) == 1 and choices.currency in ("", found[0]):
        understood.say("currency", found[0], listed, "--currency")
        return amount, found[0]
    if home is not None and home.notna().any() and not choices.rates:
        same = recorded[(amount == home) & amount.notna()].value_counts()
        own = choices.currency or (str(same.index[0]) if len(same) == 1 else "")
        if not own:
            understood.ask(
                f"amounts are in {listed}, and a column has them in one currency. In which? Add --currency EUR"
            )
        understood.say(
            "currency", own or "?", f"{listed}; the converted column is used, not the raw one", "--rate"
        )
        return home, own
    target = choices.currency or next(iter(one for one in found if one not in choices.rates), "")
    lacking = [one for one in found if one != target and one not in choices.rates]
    if choices.currency == "" and len([one for one in found if one not in choices.rates]) != 1:
        target, lacking = found[0], found[1:]
    if lacking:
        options = " ".join(f"--rate {one}=…" for one in lacking)
        understood.ask(
            f"amounts are in several currencies, {listed}. What is one of each worth in {target}? Add "
            f"--currency {target} {options}, such as --rate {lacking[0]}=1.08"
        )
        return amount, target
    rates = {**choices.rates, target: 1.0}
    told = ", ".join(f"1 {one} = {rates[one]:g} {target}" for one in found if one != target)
    understood.say("currency", target, f"{listed}; {told}", "--rate")
    factor = recorded.map(rates).astype(float).fillna(1.0)
    return amount * factor, target


def _to_annual(
    deals: pd.DataFrame, value: pd.Series, profile: Profile, choices: Choices, understood: Understood
) -> npt.NDArray[Any]:
    """Return by what to multiply each amount, so that it is a year's."""
    kind = pd.Series(choices.amounts or None, index=deals.index, dtype=object)
    why = "as you said (--amounts)" if choices.amounts else ""
    if "header_kind" in deals and not choices.amounts:
        by_header = deals["header_kind"].replace("", None)
        kind, why = by_header.astype(object), "by the column's name" if by_header.notna().any() else ""
    if "amount_kind" in deals:
        known = lookup(profile.words["amount_kind"])
        by_row = (
            deals["amount_kind"].map(lambda one: known.get(normalize(one)), na_action="ignore").astype(object)
        )
        unknown = deals.loc[by_row.isna() & deals["amount_kind"].notna(), "amount_kind"].unique()
        if len(unknown):
            understood.ask(
                f"the column of kinds of amounts holds {shorten(list(unknown), 4)}. Write ACV, MRR or TCV there, "
                'or leave it out and say what all are: --map "COLUMN=ignore" --amounts annual'
            )
        kind, why = by_row.where(by_row.notna(), kind), "by a column, row by row"
    plain = bool(kind.isna().all())
    kind = kind.fillna("annual")
    factor = kind.map(_PER_YEAR).astype(float)
    total = (kind == "total").to_numpy()
    if total.any():
        term = (
            pd.to_numeric(deals["term"], errors="coerce")
            if "term" in deals
            else pd.Series(np.nan, index=deals.index)
        )
        term = term.where(term > 0).fillna(choices.term or np.nan)
        factor = factor.mask(total, 12.0 / term)
        if (term[total & value.notna().to_numpy()]).isna().any():
            understood.ask(
                "some amounts are totals of a contract, and its length isn't known. Add --term 36 (months), or a "
                'column: --map "COLUMN=term"'
            )
    counts = kind[value.notna()].value_counts()
    said = "; ".join(f"{_SAID.get(str(one), str(one))}: {count:,}" for one, count in counts.items())
    if plain and len(counts):
        understood.say(
            "amounts", "taken as annual values (ACV)", "nothing says otherwise", "--amounts monthly|total"
        )
    elif len(counts):
        understood.say("amounts", said, why, "--amounts")
    understood.facts["amounts"] = (
        "annual (assumed)" if plain else {str(one): int(count) for one, count in counts.items()}
    )
    return factor.to_numpy(dtype=np.float64)
