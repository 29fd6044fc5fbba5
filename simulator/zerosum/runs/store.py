"""Save and read files that a later command continues from: never incomplete, and checked for changes.

Each has its SHA-256 in the file's name, or in a document's last line; reading checks it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import platform
import re
import shutil
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerosum.errors import StoreError

PARTIAL = ".partial-"
"""Prefix of files and folders that are not complete yet."""
DAMAGED = ".damaged"
"""Suffix of a damaged file that was renamed."""

_NAMED = re.compile(r"(?:^|\.)([0-9a-f]{64})\.[a-z]+$")
_SEALED = re.compile(rb',(?:\n  | )"sha256": "([0-9a-f]{64})"(\n?)\}\Z')
_DIGEST = re.compile("[0-9a-f]{64}")


class UnreadableError(StoreError):
    """A stored file can't be read.

    Parameters
    ----------
    path : Path
    why : str
        words to follow a colon
    damaged : bool
        its content is wrong; False: the system doesn't let us read it
    """

    def __init__(self, path: Path, why: str, damaged: bool) -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why, self.damaged = path, why, damaged


@dataclass(frozen=True)
class Lost:
    """A stored file that can't be read.

    Attributes
    ----------
    path : Path
    why : str
    aside : Path or None
        its new path; None: it was not renamed
    """

    path: Path
    why: str
    aside: Path | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.why}; " + (
            f"set aside as {self.aside.name}" if self.aside else "left as it is"
        )


def flush_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, if the system can."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def without_nan(value: Any) -> Any:
    """Replace numbers that JSON doesn't have (NaN, infinity) by None, at any depth."""
    if isinstance(value, Mapping):
        return {key: without_nan(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def reason(error: OSError) -> str:
    """Return the system's reason for an error."""
    return error.strerror or str(error)


@contextlib.contextmanager
def keeping(path: Path) -> Iterator[None]:
    """Turn the system's errors into errors about this file or folder."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"can't write {path}: {reason(error)}") from error


_LEFT_FOR_DEAD = 86_400
"""Seconds after which hidden files and folders of a killed run are deleted by the next one."""


def delete_leftovers(folder: Path) -> None:
    """Delete incomplete files of a killed process, never those that a living process may be writing.

    A name tells machine and process. What another machine left is deleted once it is too old to be in use.
    """
    for left in folder.glob(PARTIAL + "*"):
        with contextlib.suppress(OSError):
            if _is_ended(left.name) or time.time() - left.stat().st_mtime > _LEFT_FOR_DEAD:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def name_partial() -> str:
    """Return the beginning of an incomplete file's name: it tells this machine and process."""
    return f"{PARTIAL}{_machine()}-{os.getpid()}-"


def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _is_ended(name: str) -> bool:
    """Return whether the process that a partial name tells was on this machine and has ended."""
    machine, _, rest = name.removeprefix(PARTIAL).partition("-")
    process = rest.partition("-")[0]
    # On Windows, kill() would end a process.
    if machine != _machine() or not process.isdecimal() or sys.platform == "win32":
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, and flush them to disk, so that they survive a power cut.

    Raises
    ------
    OSError
    """
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in reversed(new):
        flush_folder(one.parent)


def save(path: Path, content: bytes) -> None:
    """Write a file completely or not at all, even if interrupted; its permissions follow the umask.

    Raises
    ------
    OSError
    """
    partial = path.with_name(f"{name_partial()}{uuid.uuid4().hex[:12]}")
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

    If a file of that name exists but can't be read (another user's), it stays, and the new one gets another name.

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
    """Read a file, and check it against the SHA-256 in its name.

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
            raise UnreadableError(path, "it is no regular file", False)  # reading a pipe would wait forever
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableError(path, f"it can't be read ({reason(error).lower()})", False) from None


def set_aside(error: UnreadableError) -> Lost:
    """Rename a damaged file, so that it isn't used, and return what was done.

    A file that the system doesn't let us read may be another user's, and undamaged: it stays.
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
    """Read a JSON object from :func:`save_document`, or from an earlier version without a SHA-256.

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
    """Return the JSON object in a text from :func:`sealed`, without its digest.

    Raises
    ------
    ValueError
        if it is no JSON object, or was changed
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
    # The digest's own name may have changed; files of earlier versions don't end with anything like a digest.
    elif not any(name == "sha256" or _is_digest(value) for name, value in list(found.items())[-1:]):
        return found
    raise ValueError("it is not as it was written (its SHA-256 is another)")


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and bool(_DIGEST.fullmatch(value))
