"""What a command goes on from: files whole or not at all, and none that changed without a word.

Each bears its SHA-256, which is checked when it is read: in the file's name, or in a document's last line.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerosum.errors import StoreError

PARTIAL = ".partial-"
"""Begins the names of files and folders that are not whole yet."""
DAMAGED = ".damaged"
"""Ends the name of a file that was set aside, because its content is not what was written."""

_NAMED = re.compile(r"(?:^|\.)([0-9a-f]{64})\.[a-z]+$")
_SEALED = re.compile(rb',(?:\n  | )"sha256": "([0-9a-f]{64})"(\n?)\}\Z')
_DIGEST = re.compile("[0-9a-f]{64}")


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


def reason(error: OSError) -> str:
    """Return why the system refused."""
    return error.strerror or str(error)


@contextlib.contextmanager
def keeping(path: Path) -> Iterator[None]:
    """Let what the system refuses be an error about this file or folder."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"can't write {path}: {reason(error)}") from error


_LEFT_FOR_DEAD = 86_400
"""Seconds after which hidden files and folders of a killed run are deleted by the next one."""


def delete_leftovers(folder: Path) -> None:
    """Delete what a killed process has left half-written, once nobody can be writing it any more."""
    for left in folder.glob(PARTIAL + "*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_FOR_DEAD:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


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
        raise UnreadableError(path, f"it can't be read ({reason(error).lower()})", False) from None


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
