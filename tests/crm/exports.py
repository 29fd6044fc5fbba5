"""Exports of our own making, as CRM systems write them, and a way to import them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd

from tests.commands import zerosum
from zerosum.cli.import_ import import_
from zerosum.crm import TeamData, load_team
from zerosum.crm.build import import_files
from zerosum.crm.choices import Choices, make_choices
from zerosum.crm.understood import Understood

CHOICES = {one.name for one in fields(Choices)}
REPS = ("Ana Díaz", "Bo Ødegård", "李小龍", "Мария Иванова", "Dee O'Neil-Smith")
ACCOUNTS = ("Acme Corp", "Búho SA", "Çelik A.Ş.", "Delta & Sons", "Ευρώπη", "株式会社")


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]], **how: Any) -> Path:
    """Write a CSV file: ``delimiter``, ``encoding``, ``quoting``, lines ``before`` and ``after``."""
    out = io.StringIO(newline="")
    writer = csv.writer(
        out, delimiter=how.get("delimiter", ","), quoting=how.get("quoting", csv.QUOTE_MINIMAL)
    )
    writer.writerow(header)
    writer.writerows(rows)
    text = how.get("before", "") + out.getvalue() + how.get("after", "")
    path.write_bytes(text.encode(how.get("encoding", "utf-8")))
    return path


def deal(number: int, **changed: Any) -> dict[str, Any]:
    """Return a deal as Salesforce names its columns."""
    base = {
        "Opportunity ID": f"006{number:012d}",
        "Opportunity Name": f"{ACCOUNTS[number % 6]} deal {number}",
        "Account Name": ACCOUNTS[number % 6],
        "Opportunity Owner": REPS[number % 5],
        "Stage": ("Closed Won", "Closed Lost", "Negotiation/Review")[number % 3],
        "Amount": 1000 + 10 * number,
        "Close Date": f"2025-03-{1 + number % 28:02d}",
        "Created Date": f"2024-11-{1 + number % 28:02d}",
        "Type": ("New Business", "Renewal", "Upgrade")[number % 3],
        "Lead Source": ("Web", "Cold Call", "Referral")[number % 3],
        "Closed Lost Reason": "Lost to competitor" if number % 3 == 1 else "",
        "Main Competitor(s)": "Globex" if number % 3 == 1 else "",
    }
    return base | changed


def write_deals(path: Path, deals: Sequence[Mapping[str, Any]], **how: Any) -> Path:
    """Write deals as CSV, with the columns that the first one has."""
    header = list(deals[0])
    return write_csv(path, header, [[one[column] for column in header] for one in deals], **how)


def imported(folder: Path, *files: Path, options: Sequence[str] = ()) -> TeamData:
    """Import files by the command, and load the team."""
    zerosum(
        "import",
        *map(str, files),
        "--out",
        str(folder / "team"),
        "--key",
        str(folder / "key"),
        "-q",
        *options,
    )
    return load_team(folder / "team")


def built(*files: Path, options: Sequence[str] = (), key: bytes = b"a key") -> TeamData:
    """Import files and write nothing: a third of the time."""
    context = import_.make_context("import", [*map(str, files), "--out", "none", *options])
    given = {name: value for name, value in context.params.items() if name in CHOICES}
    return import_files(files, make_choices(given), key, Understood()).team


def refused(folder: Path, *files: Path, options: Sequence[str] = (), code: int = 2) -> str:
    """Import files, which must fail; return the message, and check that nothing was written."""
    said = zerosum(
        "import",
        *map(str, files),
        "--out",
        str(folder / "team"),
        "--key",
        str(folder / "key"),
        *options,
        code=code,
    )
    assert not (folder / "team").exists()
    return said.stderr.partition("Error: ")[2].strip()


def by_id(team: TeamData) -> pd.DataFrame:
    """Return opportunities by the last three digits of their id."""
    deals = team.opportunities
    return deals.set_index(deals["id"].str[-3:].str.lstrip("0"))


def about(team_folder: Path) -> dict[str, Any]:
    """Return what ``import.json`` says."""
    found: dict[str, Any] = json.loads((team_folder / "import.json").read_text(encoding="utf-8"))
    return found
