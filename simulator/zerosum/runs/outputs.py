"""Write a command's files: all of them or none, and each complete.

They are written to a hidden folder beside their destination, flushed to disk, and moved when all are complete.
"""

from __future__ import annotations

import contextlib
import csv as csv_format
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.errors import StoreError
from zerosum.files import UnreadableFile, read_json
from zerosum.runs.store import delete_leftovers, flush_folder, make_folder, name_partial, reason, without_nan

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa
    from matplotlib.figure import Figure

Writer = Callable[[Path], None]


def csv(table: pd.DataFrame | Mapping[str, npt.NDArray[Any]]) -> Writer:
    """Write a table as CSV: full precision, Unix line ends, empty where undefined."""
    if not isinstance(table, Mapping):
        return lambda path: table.to_csv(path, index=False, lineterminator="\n")

    def write(path: Path) -> None:
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv_format.writer(file, lineterminator="\n")
            writer.writerow(table)
            columns = ([None if v != v else v for v in column.tolist()] for column in table.values())
            writer.writerows(zip(*columns, strict=True))

    return write


def parquet(table: pd.DataFrame) -> Writer:
    """Write a table as Parquet (zstd)."""
    return lambda path: table.to_parquet(path, index=False, compression="zstd")


def arrow(table: pa.Table) -> Writer:
    """Write an Arrow table as Parquet (zstd): the same rows give the same bytes."""

    def write(path: Path) -> None:
        import pyarrow.parquet as pq

        pq.write_table(table, path, compression="zstd")

    return write


def document(content: Mapping[str, Any]) -> Writer:
    """Write a JSON object; undefined numbers are null."""
    text = json.dumps(without_nan(content), indent=2, ensure_ascii=False) + "\n"
    return lambda path: path.write_text(text, encoding="utf-8") and None  # type: ignore[return-value]


def text(content: str) -> Writer:
    """Write text as UTF-8, Unix line ends."""
    return lambda path: path.write_text(content, encoding="utf-8", newline="\n") and None  # type: ignore[return-value]


def content(data: bytes) -> Writer:
    """Write bytes."""
    return lambda path: path.write_bytes(data) and None  # type: ignore[return-value]


def picture(figure: Figure) -> Writer:
    """Write a figure as PNG, without a date, so that the same figure gives the same file."""
    said = {"Software": "zerosum"}
    return lambda path: figure.savefig(path, metadata=said, pil_kwargs={"compress_level": 3})


SUMMARY = "summary.json"
"""Every command writes this file to its folder; it names the command."""


def summary_of(folder: Path) -> Mapping[str, Any]:
    """Return the content of a folder's summary; empty if there is none, or it can't be parsed."""
    try:
        found = read_json(folder / SUMMARY, "a summary")
    except UnreadableFile:
        return {}
    return found if isinstance(found, dict) else {}


def check_writable(folder: Path) -> None:
    """Check before a long run that results can be written to a folder; leave no files.

    Raises
    ------
    StoreError
    """
    try:
        nearest = folder
        while not nearest.exists():
            nearest = nearest.parent
        if not nearest.is_dir():
            raise StoreError(f"can't write results to {folder}: {nearest} is not a folder")
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise StoreError(f"can't write results to {folder}: {reason(error)}") from error


def write_all(folder: Path, files: Mapping[str, Writer]) -> list[Path]:
    """Write a command's files: all of them or, if anything fails, none.

    Parameters
    ----------
    folder : Path
        made if it doesn't exist; older files of the same names are replaced
    files : name -> function that writes it

    Returns
    -------
    paths, in the order given

    Raises
    ------
    StoreError
        says where and why; no incomplete file is left, and earlier files are restored
    """
    staging: Path | None = None
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    written = False
    try:
        make_folder(folder)
        delete_leftovers(folder)
        staging = Path(tempfile.mkdtemp(prefix=name_partial(), dir=folder))
        for name, write in files.items():
            if (folder / name).is_dir():
                raise StoreError(f"can't write {folder / name}: there is a folder of that name")
            write(staging / name)
            with open(staging / name, "rb+") as file:
                os.fsync(file.fileno())
        _move(list(files), staging, folder)
        written = True
        flush_folder(folder)
    except OSError as error:
        raise StoreError(f"can't write results to {folder}: {reason(error)}") from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
        if not written:
            for parent in made:
                with contextlib.suppress(OSError):
                    parent.rmdir()
    return [folder / name for name in files]


def _move(names: list[str], staging: Path, folder: Path) -> None:
    """Move files to their folder; if one can't be moved, restore the earlier files."""
    before = staging / "before"
    before.mkdir()
    moved: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                shutil.copy2(folder / name, before / name)
        for name in names:
            moved.append(name)  # first: an interruption may come right after the move
            os.replace(staging / name, folder / name)
    except BaseException:
        for name in moved:
            if (before / name).exists():
                os.replace(before / name, folder / name)
            elif not (staging / name).exists():
                (folder / name).unlink(missing_ok=True)
        raise
