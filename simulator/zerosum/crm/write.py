"""Write an import: a folder that is whole or not there, the same for the same files, and never another's."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.crm.finish import Imported
from zerosum.crm.read import Reject
from zerosum.crm.tables import IMPORTED, TABLES, TeamData, save_team
from zerosum.errors import InputError
from zerosum.files import UnreadableFile, read_json

if TYPE_CHECKING:
    from zerosum.runs.outputs import Writer

REJECTS, PAGE = "rejects.csv", "quality.html"


def write_import(
    folder: Path, imported: Imported, key: bytes, page: str, replace_other: bool = False
) -> tuple[TeamData, list[Path]]:
    """Write a team's folder.

    Parameters
    ----------
    folder : Path
    imported : Imported
    key : bytes
        of pseudonyms; only a fingerprint of it is written
    page : str
        the data-quality page
    replace_other : bool
        whether a folder that was made from other files is replaced

    Returns
    -------
    team : TeamData
        as it was written
    paths : list of Path

    Raises
    ------
    InputError
        if the folder was made from something else, or holds other files
    StoreError
        if it can't be written
    """
    from zerosum.runs import outputs

    team = replace(imported.team, about={**imported.team.about, "key": fingerprint(key)})
    check_folder(folder, team.about, replace_other)
    others: dict[str, Writer] = {
        REJECTS: outputs.text(format_rejects(imported.understood.rejects)),
        PAGE: outputs.text(page),
    }
    paths = save_team(folder, team, others)
    for name in TABLES:  # those of an earlier import; without an entry in import.json nobody reads them
        if name not in team.tables:
            (folder / f"{name}.parquet").unlink(missing_ok=True)
    return team, paths


def fingerprint(key: bytes) -> str:
    """Return what tells keys apart and gives none away."""
    return hmac.new(key, b"fingerprint", hashlib.sha256).hexdigest()[:12]


def check_folder(folder: Path, about: Mapping[str, Any], replace_other: bool) -> None:
    """Raise an error if a folder holds another import, or something else."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"--out {folder}: this is a file, not a folder")
    path = folder / IMPORTED
    if not path.exists():
        ours = {REJECTS, PAGE, *(f"{name}.parquet" for name in TABLES)}  # of an import that was killed
        names = sorted(one.name for one in folder.iterdir() if not one.name.startswith("."))
        if other := [name for name in names if name not in ours]:
            raise InputError(
                f"--out {folder}: the folder holds something else ({', '.join(other[:3])}); name a new folder"
            )
        return
    if replace_other:
        return
    try:
        before = read_json(path, "an import")
    except UnreadableFile:
        before = {}
    changed = list_differences(before if isinstance(before, dict) else {}, about)
    if changed:
        raise InputError(
            f"--out {folder}: it was imported from something else ({'; '.join(changed)}). Name another folder, or add "
            "--replace"
        )


def list_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """List in what the inputs of two imports differ."""
    old, new = (_digests(one) for one in (before, now))
    changed = [f"{name} is new" for name in new if name not in old]
    changed += [f"{name} was there before" for name in old if name not in new]
    changed += [f"{name} has changed" for name in new if name in old and old[name] != new[name]]
    if before.get("key") != now.get("key"):
        changed.append("another key of pseudonyms")
    said, says = before.get("choices") or {}, now.get("choices") or {}
    for name in sorted({*said, *says}):
        if said.get(name) != says.get(name):
            changed.append(f"another choice of {name.replace('_', ' ')}")
    return changed


def _digests(about: Mapping[str, Any]) -> dict[str, str]:
    files = about.get("files")
    listed: Iterable[Any] = files if isinstance(files, list) else ()
    return {str(one.get("name")): str(one.get("sha256")) for one in listed if isinstance(one, dict)}


def format_rejects(rejects: Sequence[Reject]) -> str:
    """Return rejects as CSV, without what stood in the cells: it may be names.

    >>> format_rejects([Reject("=deals.csv", 3, "Close Date", "this is no date that can be read")]).splitlines()[1]
    "'=deals.csv,3,row,Close Date,this is no date that can be read"
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("file", "line", "left out", "column", "reason"))
    rows = sorted(rejects, key=lambda one: (one.file, one.line, one.column, one.reason))
    writer.writerows(
        [escape(one.file), one.line, one.what, escape(one.column), escape(one.reason)] for one in rows
    )
    return out.getvalue()


def escape(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
