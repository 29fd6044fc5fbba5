"""A simulated vendor's pipeline as files of a CRM system's export, with or without the truth."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zerosum.crm.cells import Style, write_csv, write_workbook
from zerosum.crm.quirks import add_quirks
from zerosum.crm.simulated import SimulatedTeam
from zerosum.crm.systems import BY_NAME, SYSTEMS, make_rows, record_ids
from zerosum.errors import InputError
from zerosum.runs import outputs
from zerosum.scenario.errors import suggest

README, TRUTH = "README.txt", "truth.json"
MARK = "A simulated CRM export"
"""Start of README.txt: folders that have it may be written again."""
_WIDTH = 78


@dataclass(frozen=True)
class CrmExport:
    """Files of an export, not yet written.

    Attributes
    ----------
    files : mapping of name to writer
    rows : mapping of name to int
        rows of each table
    truth : mapping
        of the run, and what was made dirty
    """

    files: Mapping[str, outputs.Writer]
    rows: Mapping[str, int]
    truth: Mapping[str, Any]


def make_export(
    simulated: SimulatedTeam,
    system: str,
    quirks: Mapping[str, float] | None = None,
    *,
    with_truth: bool = True,
) -> CrmExport:
    """Put a simulated pipeline into the shape of a CRM system's export.

    Parameters
    ----------
    simulated : SimulatedTeam
    system : str
        salesforce, hubspot, dynamics or pipedrive
    quirks : mapping of name to rate, optional
        what to do wrong on purpose; see `zerosum.crm.quirks`
    with_truth : bool
        write ``truth.json`` and say in ``README.txt`` what is true

    Raises
    ------
    InputError
        for another system
    """
    if system not in BY_NAME:
        raise InputError(f"system '{system}': there is no such system; {suggest(system, SYSTEMS)}")
    shape, keys = BY_NAME[system], list(simulated.team.opportunities["id"])
    rows, style, done = add_quirks(make_rows(simulated.team, system), quirks or {}, simulated.key)
    tables = shape.shape(rows, shape)
    as_book = shape.ending == "xlsx" and style == Style()
    files: dict[str, outputs.Writer] = {}
    counted: dict[str, int] = {}
    for name, table in tables.items():
        main = name == shape.file
        file = f"{name}.{shape.ending if main and as_book else 'csv'}"
        used = style if main else replace(style, footer=())
        files[file] = write_workbook(table, "Opportunities") if main and as_book else write_csv(table, used)
        counted[file] = len(table)
    truth = {
        "what": "What is true of the export beside this file, and what was done wrong on purpose.",
        "system": shape.name,
        **simulated.truth,
        "cannot_hold": list(shape.cannot_hold),
        "quirks": done,
        "ids": dict(zip(keys, record_ids(system, keys), strict=True)),
    }
    files[README] = outputs.text(_readme(shape.name, counted, truth, with_truth))
    if with_truth:
        files[TRUTH] = outputs.document(truth)
    return CrmExport(files, counted, truth)


def is_export(folder: Path) -> bool:
    """Return whether a folder holds an export that was written by this module."""
    try:
        with open(folder / README, encoding="utf-8", errors="replace") as file:
            return file.readline().startswith(MARK)
    except OSError:
        return False


def _readme(system: str, rows: Mapping[str, int], truth: Mapping[str, Any], with_truth: bool) -> str:
    """Return the text for whoever gets the files."""
    run = truth["run"]
    parts = [
        f"{MARK}, in the shape of {system}",
        "No person or company in it exists. It was made with zerosum, a simulator of sales reps and buyers.",
        f"Date of the export: {run['as_of']}. Deals that opened from {run['books_from']} on are in it.",
        "\n".join(f"  {name:<28}{count:>8,} rows" for name, count in rows.items()),
        f"To read it: zerosum import {' '.join(rows)} --as-of {run['as_of']} --out myteam",
    ]
    if with_truth:
        figures = truth["books"]
        rates = figures["win_rate"]
        by_type = ", ".join(f"{name} {rate:.1%}" for name, rate in rates.items() if name != "all")
        done = [
            f"  {name}: {one['meaning']}" + (f" ({one['n']:,})" if "n" in one else "")
            for name, one in truth["quirks"].items()
        ]
        parts += [
            f"FOR TEACHERS. {TRUTH} holds all of this; --no-truth writes neither.",
            f"Scenario '{run['scenario']}', vendor {run['vendor']}, strategy '{run['strategy']}', simulated run "
            f"{run['replication']}, seed {run['seed']}.",
            f"True figures, before anything was done wrong: {figures['opportunities']:,} opportunities; win rate "
            f"{rates['all']:.1%} of all closed ({by_type}); {figures['no_decision_share']:.1%} without a decision; "
            f"median cycle of closed deals {figures['cycle_days_median_closed']:.0f} days.",
            "Done wrong on purpose:\n" + "\n".join(done) if done else "Nothing was done wrong on purpose.",
            "What the market doesn't know, and how it was derived:",
            *truth["derived"].values(),
            f"What {system} can't hold:",
            *truth["cannot_hold"],
        ]
    return "\n\n".join(part if "\n" in part else textwrap.fill(part, _WIDTH) for part in parts) + "\n"
