"""Results on disk: all files of a command or none, never half of one, and none that changed without a word.

Files are written into a hidden folder beside their destination, flushed to the disk, and moved into place
only when every one of them is whole.

What a command goes on from (finished runs, and what a folder is of) bears its SHA-256, which is checked when it is
read: in the file's name, or in a document's last line.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zerosum.errors import StoreError
from zerosum.files import UnreadableFile, read_json

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from matplotlib.figure import Figure

Writer = Callable[[Path], None]


class UnreadableError(StoreError):
    """A file that was kept can't be read.

    Parameters
    ----------
    path : Path
    why : str
        in words that follow a colon
    damaged : bool
        its content is at fault; False: the system doesn't let it be read
    """

    def __init__(self, path: Path, why: str, damaged: bool) -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why, self.damaged = path, why, damaged


@dataclass(frozen=True)
class Lost:
    """A file that was kept and can't be read.

    Attributes
    ----------
    path : Path
    why : str
    aside : Path or None
        where it was set aside; None: it was left as it is
    """

    path: Path
    why: str
    aside: Path | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.why}; " + (
            f"set aside as {self.aside.name}" if self.aside else "left as it is"
        )


def csv(table: pd.DataFrame) -> Writer:
    """Write a table as CSV: full precision, Unix line ends, empty where undefined."""
    return lambda path: table.to_csv(path, index=False, lineterminator="\n")


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


def picture(figure: Figure) -> Writer:
    """Write a figure as PNG, without a date, so that the same figure gives the same file."""
    return lambda path: figure.savefig(path, metadata={"Software": "zerosum"})


SUMMARY = "summary.json"
"""Every command writes it into its folder, and names itself in it."""


def summary_of(folder: Path) -> Mapping[str, Any]:
    """Return what the summary in a folder says; nothing if there is none, or none that can be understood."""
    try:
        found = read_json(folder / SUMMARY, "a summary")
    except UnreadableFile:
        return {}
    return found if isinstance(found, dict) else {}


def flush_folder(folder: Path) -> None:
    """Flush a folder's list of names to the disk, where the system can."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def without_nan(value: Any) -> Any:
    """Replace numbers that JSON doesn't know (NaN, infinity) by None, everywhere within."""
    if isinstance(value, Mapping):
        return {key: without_nan(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


@contextlib.contextmanager
def keeping(path: Path) -> Iterator[None]:
    """Let what the system refuses be an error about this file or folder."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"can't write {path}: {_reason(error)}") from error


def check_writable(folder: Path) -> None:
    """Find out before a long run whether results can be written to a folder; leave no trace.

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
        raise StoreError(f"can't write results to {folder}: {_reason(error)}") from error


def write_all(folder: Path, files: Mapping[str, Writer]) -> list[Path]:
    """Write a command's files: all of them or, if anything fails, none.

    Parameters
    ----------
    folder : Path
        made if it doesn't exist; older files of the same names are replaced
    files : name -> what writes it

    Returns
    -------
    paths, in the order given

    Raises
    ------
    StoreError
        says where and why; nothing half-written is left, and what was there before is there again
    """
    staging: Path | None = None
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    written = False
    try:
        make_folder(folder)
        delete_leftovers(folder)
        staging = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=folder))
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
        raise StoreError(f"can't write results to {folder}: {_reason(error)}") from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
        if not written:
            for parent in made:
                with contextlib.suppress(OSError):
                    parent.rmdir()
    return [folder / name for name in files]


_LEFT_FOR_DEAD = 86_400
"""Seconds after which hidden files and folders of a killed run are deleted by the next one."""


def delete_leftovers(folder: Path) -> None:
    """Delete what a killed process has left half-written, once nobody can be writing it any more."""
    for left in folder.glob(PARTIAL + "*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_FOR_DEAD:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _move(names: list[str], staging: Path, folder: Path) -> None:
    """Move files to where they belong; if one can't be, bring back those that were there before."""
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


# --- What a command goes on from -------------------------------------------------------------------------------

PARTIAL = ".partial-"
"""Begins the names of files and folders that are not whole yet."""
DAMAGED = ".damaged"
"""Ends the name of a file that was set aside, because its content is not what was written."""

_NAMED = re.compile(r"(?:^|\.)([0-9a-f]{64})\.[a-z]+$")
_SEALED = re.compile(rb',(?:\n  | )"sha256": "([0-9a-f]{64})"(\n?)\}\Z')
_DIGEST = re.compile("[0-9a-f]{64}")


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that a power cut doesn't take them away again.

    Raises
    ------
    OSError
    """
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in reversed(new):
        flush_folder(one.parent)


def save(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, whatever happens meanwhile; everybody may read it whom the umask lets.

    Raises
    ------
    OSError
    """
    partial = path.with_name(f"{PARTIAL}{os.getpid()}-{uuid.uuid4().hex[:12]}")
    try:
        with open(partial, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        flush_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def save_kept(folder: Path, ending: str, content: bytes) -> Path:
    """Write a file whose name is its SHA-256.

    One that is there and can't be read, because it is somebody else's, is left alone: the new one has another name.

    Raises
    ------
    OSError
    """
    digest = hashlib.sha256(content).hexdigest()
    path = folder / f"{digest}{ending}"
    if path.exists() and not os.access(path, os.R_OK):
        path = folder / f"{uuid.uuid4().hex[:12]}.{digest}{ending}"
    save(path, content)
    return path


def read_kept(path: Path) -> bytes:
    """Read a file, and check it by the SHA-256 that its name bears.

    Raises
    ------
    FileNotFoundError
    UnreadableError
    """
    content = read_content(path)
    known = _NAMED.search(path.name)
    if known is None or hashlib.sha256(content).hexdigest() != known[1]:
        raise UnreadableError(path, "its content is not that of the SHA-256 in its name", True)
    return content


def read_content(path: Path) -> bytes:
    """Read a regular file.

    Raises
    ------
    FileNotFoundError
    UnreadableError
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise UnreadableError(path, "it is no regular file", False)  # a pipe would be waited for for ever
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableError(path, f"it can't be read ({_reason(error).lower()})", False) from None


def set_aside(error: UnreadableError) -> Lost:
    """Rename a damaged file, so that nobody takes it for a sound one, and say what was done.

    What the system doesn't let us read may be somebody else's, and sound: it stays as it is.
    """
    if not error.damaged:
        return Lost(error.path, error.why)
    aside = error.path.with_name(error.path.name + DAMAGED)
    with contextlib.suppress(OSError):
        error.path.replace(aside)
        return Lost(error.path, error.why, aside)
    return Lost(error.path, error.why)


def save_document(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object, with the SHA-256 of its text as its last entry.

    Raises
    ------
    OSError
    """
    save(path, sealed(json.dumps(without_nan(content), indent=2, ensure_ascii=False)) + b"\n")


def read_document(path: Path) -> dict[str, Any]:
    """Read a JSON object that :func:`save_document` wrote, or an earlier version without a SHA-256.

    Raises
    ------
    FileNotFoundError
    UnreadableError
    """
    try:
        return opened(read_content(path).removesuffix(b"\n"))
    except ValueError as error:
        raise UnreadableError(path, str(error), True) from None


def sealed(text: str) -> bytes:
    """Return the text of a JSON object with the SHA-256 of that text as its last entry."""
    after = "\n" if text.endswith("\n}") else ""
    before = "\n  " if after else " "
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f'{text.removesuffix(after + "}")},{before}"sha256": "{digest}"{after}}}'.encode()


def opened(content: bytes) -> dict[str, Any]:
    """Return a JSON object whose text :func:`sealed` has made, without its digest.

    Raises
    ------
    ValueError
        if it is no JSON object, or not as it was written
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError("it is cut short, or was written over") from None
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    known = _SEALED.search(content)
    if known:
        del found["sha256"]
        if hashlib.sha256(content[: known.start()] + known[2] + b"}").hexdigest() == known[1].decode():
            return found
    # The digest's own name may be what has changed; files of earlier versions end with nothing like it.
    elif not any(name == "sha256" or _is_digest(value) for name, value in list(found.items())[-1:]):
        return found
    raise ValueError("it is not as it was written (its SHA-256 is another)")


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and bool(_DIGEST.fullmatch(value))
