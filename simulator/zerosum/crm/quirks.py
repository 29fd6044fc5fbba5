"""What is wrong with real exports, done to a clean one on purpose: each quirk by name, at a rate, with a list of rows.

Which rows are touched is drawn by address (run, quirk, deal), so that one more quirk changes no other's rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from zerosum.crm.addressed import uniforms
from zerosum.crm.cells import Style
from zerosum.crm.systems import DUPLICATE, NO_DECISION, Rows
from zerosum.errors import InputError
from zerosum.scenario.errors import suggest

Marks = npt.NDArray[np.bool_]
QUEUE, TESTER, TEST_ACCOUNT = "Inbound Queue", "System Administrator", "Test Account"
FOOTER = (
    "",
    '"Report: Opportunities"',
    '"Copyright (c) 2000-2026, all rights reserved"',
    '"Confidential Information - Do Not Distribute"',
)
_FAR = 500_000_000
"""More than there are deals."""
_CLOSED_WITHOUT_WIN = ("lost", "no_decision")


@dataclass(frozen=True)
class Quirk:
    """Something that is wrong with an export.

    Attributes
    ----------
    rate : float
        usual share of the rows (or reps) that it touches
    meaning : str
    rows : callable, optional
        (rows, draw, rate) -> rows, ids of what was touched
    style : mapping, optional
        what changes in how files are written
    usual : bool
        part of ``--quirks usual``: it hides nothing that a description of the pipeline needs
    """

    rate: float
    meaning: str
    rows: Callable[[Rows, Draw, float], tuple[Rows, list[str]]] | None = None
    style: Mapping[str, Any] = field(default_factory=dict)
    usual: bool = True


@dataclass(frozen=True)
class Draw:
    """Random numbers of one quirk in one run."""

    key: str
    name: str

    def at(self, items: Iterable[object], what: str = "") -> npt.NDArray[np.float64]:
        """Draw a number from [0, 1) for each item."""
        return uniforms(self.key, f"quirk {self.name} {what}", items)

    def which(self, items: Iterable[object], rate: Any, what: str = "") -> Marks:
        """Mark each item with a probability."""
        return np.asarray(self.at(items, what) < rate)


# --- Rows -----------------------------------------------------------------------------------------------------------


def _only_wins(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    deals = rows.deals
    owners = sorted(set(deals["owner"]))
    chosen = [owner for owner, marked in zip(owners, draw.which(owners, rate), strict=True) if marked]
    hidden = deals["owner"].isin(chosen) & (deals["outcome"] != "won")
    return rows.change(deals[~hidden]), chosen


def _renewals_absent(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    hidden = (rows.deals["type"] == "renewal") & draw.which(rows.deals["key"], rate)
    return rows.change(rows.deals[~hidden]), list(rows.deals.loc[hidden, "id"])


def _types_missing(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    marked = draw.which(rows.deals["key"], rate)
    return _set(rows, marked, type=None)


def _reasons_missing(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    marked = rows.deals["outcome"].isin(_CLOSED_WITHOUT_WIN).to_numpy() & draw.which(rows.deals["key"], rate)
    return _set(rows, marked, reason=None)


def _amounts_missing(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    """Not at random: three times as often where a deal wasn't won; some are 0 or 1 instead."""
    without_win = rows.deals["outcome"].isin(_CLOSED_WITHOUT_WIN)
    marked = draw.which(rows.deals["key"], rate * np.where(without_win, 1.5, 0.5))
    instead = np.select([(how := draw.at(rows.deals["key"], "how")) < 0.6, how < 0.8], [np.nan, 0.0], 1.0)
    return _set(rows, marked, amount=pd.Series(instead))


def _created_after(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    deals = rows.deals
    early = (deals["closed"] + pd.Timedelta(days=30) <= deals["closed"].max()).to_numpy()
    marked = early & draw.which(deals["key"], rate)
    days = 1 + (draw.at(deals["key"], "days") * 30).astype(int)
    return _set(rows, marked, created=deals["closed"] + pd.to_timedelta(days, unit="D"))


def _forecast(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    """Park the expected close of open deals on a quarter's end; of one in three, on the last one."""
    deals = rows.deals
    marked = (deals["outcome"] == "open").to_numpy() & draw.which(deals["key"], rate)
    quarter = deals["expected_close"].dt.to_period("Q")
    last = deals[["created", "closed"]].max().max().to_period("Q") - 1
    late = draw.which(deals["key"], 1 / 3, "late") & (deals["created"] <= last.end_time).to_numpy()
    quarter = quarter.mask(late, last)
    return _set(rows, marked, expected_close=quarter.dt.end_time.dt.normalize().astype("datetime64[s]"))


def _queues(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    is_open = (rows.deals["outcome"] == "open").to_numpy()
    return _set(rows, draw.which(rows.deals["key"], np.where(is_open, 3 * rate, rate)), owner=QUEUE)


def _owner_ids(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    """Replace some people's names by their ids, in all of their deals; reps.csv has both."""
    people = rows.people
    chosen = people[draw.which(people["name"], rate)]
    ids = dict(zip(chosen["name"], chosen["id"], strict=True))
    owner = rows.deals["owner"].replace(ids)
    return rows.change(rows.deals.assign(owner=owner)), list(chosen["id"])


def _unnamed_stages(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    marked = (rows.deals["outcome"] == "open").to_numpy() & draw.which(rows.deals["key"], rate)
    return _set(rows, marked, stage="3847261")


def _merged(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    """Add stale copies: another id, closed as a duplicate soon after they were made."""
    deals = rows.deals
    copies = deals[draw.which(deals["key"], rate)].copy()
    copies["id"] = [_other_id(one) for one in copies["id"]]
    copies["closed"] = copies["created"] + pd.Timedelta(days=3)
    copies["expected_close"] = pd.NaT
    copies["outcome"], copies["reason"] = "duplicate", DUPLICATE
    return _with(rows, copies), list(copies["id"])


def _tests(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    """Add an administrator's test deals: at least one."""
    deals = rows.deals
    marked = draw.which(deals["key"], rate)
    marked[:1] |= not marked.any()
    tests = deals[marked].copy()
    tests["id"] = [_other_id(one, 2) for one in tests["id"]]
    tests = tests.assign(
        name="TEST please ignore",
        account=TEST_ACCOUNT,
        owner=TESTER,
        amount=1.0,
        competitor=None,
        incumbent=None,
    )
    tests["reason"] = tests["reason"].where(tests["outcome"] != "no_decision", NO_DECISION)
    return _with(rows, tests), list(tests["id"])


def _products(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    """Split deals into two or three product rows, which repeat the deal and share its amount."""
    deals = rows.deals.assign(line_amount=rows.deals["amount"])
    marked = draw.which(deals["key"], rate) & (deals["amount"] > 1).to_numpy()
    lines = np.where(marked, 2 + draw.which(deals["key"], 0.3, "three"), 1)
    split = deals.loc[deals.index.repeat(lines)]
    line = split.groupby(level=0).cumcount().to_numpy()
    count = np.repeat(lines, lines)
    part = (split["amount"] / count).round(2)
    first = split["amount"] - part * (count - 1)
    split = split.assign(line_amount=np.where(line == 0, first.round(2), part))
    names = [f"{name} option {n}" if n else name for name, n in zip(split["product"], line, strict=True)]
    return rows.change(split.assign(product=names)), list(deals.loc[marked, "id"])


def _duplicates(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    deals = rows.deals
    again = deals[deals["id"].isin(deals.loc[draw.which(deals["key"], rate), "id"])]
    return _with(rows, again), sorted(set(again["id"]))


def _line_feeds(rows: Rows, draw: Draw, rate: float) -> tuple[Rows, list[str]]:
    return _set(rows, draw.which(rows.deals["key"], rate), name=rows.deals["name"] + '\n"see notes"')


def _set(rows: Rows, marked: Marks, **columns: Any) -> tuple[Rows, list[str]]:
    deals = rows.deals.copy()
    for name, value in columns.items():
        deals[name] = deals[name].mask(marked, value)
    return rows.change(deals), list(deals.loc[marked, "id"])


def _with(rows: Rows, more: pd.DataFrame) -> Rows:
    """Add rows where they would stand by their date of creation."""
    if not len(more):
        return rows
    deals = pd.concat([rows.deals, more], ignore_index=True)
    return rows.change(deals.sort_values("created", kind="stable"))


def _other_id(one: str, number: int = 1) -> str:
    """Return an id of the same form that no deal has; another number gives another one."""
    if one.isdigit():
        return str(int(one) + number * _FAR)
    first = re.search(r"\d", one)
    assert first is not None
    return f"{one[: first.start()]}{(int(one[first.start()]) + 7 * number) % 10}{one[first.end() :]}"


QUIRKS: Mapping[str, Quirk] = {
    "only-wins": Quirk(0.15, "some reps record a deal only once it is won", _only_wins, usual=False),
    "renewals-absent": Quirk(1.0, "renewals aren't recorded as deals", _renewals_absent, usual=False),
    "types-missing": Quirk(0.3, "the type of a deal isn't recorded", _types_missing, usual=False),
    "reasons-missing": Quirk(
        0.3, "why a deal was closed without a win isn't recorded", _reasons_missing, usual=False
    ),
    "amounts-missing": Quirk(0.1, "no amount, 0 or 1; most often where a deal wasn't won", _amounts_missing),
    "created-after-result": Quirk(0.035, "created after it was closed", _created_after),
    "forecast-close": Quirk(
        0.5, "open deals are expected at a quarter's end, some at the last one's", _forecast
    ),
    "owner-queues": Quirk(0.02, "a queue owns the deal", _queues),
    "owner-ids": Quirk(0.2, "the owner is an id; reps.csv has its name (rate: of reps)", _owner_ids),
    "unnamed-stages": Quirk(
        0.1, "an open deal's stage is an id without a name", _unnamed_stages, usual=False
    ),
    "merged-copies": Quirk(0.03, "a stale copy of another deal, closed as a duplicate", _merged),
    "test-deals": Quirk(0.003, "the administrator's test deals", _tests),
    "product-rows": Quirk(0.08, "one deal in several rows, one for each product", _products, usual=False),
    "duplicates": Quirk(0.08, "the same row a second time", _duplicates),
    "line-feeds": Quirk(0.02, "a line feed and quotes in the deal's name", _line_feeds),
    "footer": Quirk(1.0, "lines of the report's footer behind the rows", style={"footer": FOOTER}),
    "quote-all": Quirk(1.0, "every cell is in quotes", style={"quote_all": True}),
    "decimal-comma": Quirk(
        1.0, "1.234,56, and semicolons between cells", style={"comma": True, "delimiter": ";"}
    ),
    "day-first": Quirk(1.0, "31/12/2025", style={"dates": "%d/%m/%Y"}),
    "bom": Quirk(1.0, "UTF-8 with a byte-order mark", style={"encoding": "utf-8-sig"}),
    "utf-16": Quirk(
        1.0,
        "UTF-16 and tabs, as Excel saves text",
        style={"encoding": "utf-16", "delimiter": "\t"},
        usual=False,
    ),
    "latin-1": Quirk(
        1.0, "Latin-1: other alphabets become question marks", style={"encoding": "latin-1"}, usual=False
    ),
}
"""Quirks by name, in the order in which they are done."""
USUAL, ALL = "usual", "all"


def parse_quirks(said: Sequence[str]) -> dict[str, float]:
    """Return the quirks that were asked for, each with its rate, in order.

    Parameters
    ----------
    said : sequence of str
        ``usual``, ``all``, a name, or ``name=rate``; several may be joined by commas

    Raises
    ------
    InputError
        names what isn't known, and the nearest

    Examples
    --------
    >>> parse_quirks(["footer,duplicates=0.2"])
    {'duplicates': 0.2, 'footer': 1.0}
    """
    rates: dict[str, float] = {}
    for word in (part.strip() for one in said for part in one.split(",")):
        name, equals, rate = word.partition("=")
        if name in (USUAL, ALL) and not equals:
            one_encoding = ("utf-16", "latin-1")
            rates |= {
                one: quirk.rate
                for one, quirk in QUIRKS.items()
                if quirk.usual or (name == ALL and one not in one_encoding)
            }
            continue
        if name not in QUIRKS:
            raise InputError(
                f"--quirks {word}: there is no such quirk; {suggest(name, (*QUIRKS, USUAL, ALL))}"
            )
        rates[name] = _rate(word, rate) if equals else QUIRKS[name].rate
    return {name: rates[name] for name in QUIRKS if name in rates}


def _rate(word: str, text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        hint = f"; write {rate / 100:g} for {rate:g} %" if 1 < rate <= 100 else ""
        raise InputError(f"--quirks {word}: a rate is a share from 0 to 1{hint}")
    return rate


def add_quirks(
    rows: Rows, rates: Mapping[str, float], key: str
) -> tuple[Rows, Style, dict[str, dict[str, Any]]]:
    """Make an export dirty.

    Parameters
    ----------
    rows : Rows
    rates : mapping
        of `parse_quirks`
    key : str
        of the run

    Returns
    -------
    Rows, Style, dict
        what was done, by quirk: ``meaning``, ``rate``, ``n`` and ``touched``, ids of deals (or of reps)
    """
    style, done = Style(), dict[str, dict[str, Any]]()
    for name, rate in rates.items():
        quirk = QUIRKS[name]
        touched: list[str] = []
        if quirk.rows is not None and len(rows.deals):
            rows, touched = quirk.rows(rows, Draw(key, name), rate)
        elif rate > 0:
            style = replace(style, **quirk.style)
        counted = {"n": len(touched), "touched": touched} if quirk.rows else {}
        done[name] = {"meaning": quirk.meaning, "rate": rate, **counted}
    return rows, style, done
