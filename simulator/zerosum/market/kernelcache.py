"""Cache machine code on disk, and let processes share the compilation.

The folder is the first that can be written:

1. below ``ZEROSUM_CACHE_DIR``;
2. below ``NUMBA_CACHE_DIR``, if the user has set it;
3. the user's cache folder, as the platform has it;
4. a private temporary folder.

If none can be written, kernels are compiled anew in each process. A file is one entry for one signature; its name
has the digest of all that it depends on, so a stale file is never used. A damaged file is compiled anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import filelock
import platformdirs

KEEP_DAYS = 30
"""Machine code that was not used for this many days is deleted."""

_SUFFIX = ".kernel"
_SHA = hashlib.sha256().digest_size
_LONGEST_WAIT = 900.0
"""Seconds to wait for another process to compile."""


def _private_temporary() -> Path:
    """Make a folder in the temporary folder that only this user can write to.

    A cached kernel is code, so a folder that another user made is not trusted.
    """
    owner = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / f"zerosum-{'user' if owner is None else owner}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(folder)
    if owner is not None and (status.st_uid != owner or status.st_mode & 0o022):
        raise PermissionError(folder)
    return folder


def _candidates() -> Iterator[Callable[[], Path]]:
    """Yield the ways to name a cache folder, best first; each may raise."""
    for name in ("ZEROSUM_CACHE_DIR", "NUMBA_CACHE_DIR"):
        if given := os.environ.get(name):
            yield lambda given=given: Path(given).expanduser()  # type: ignore[misc]
    yield lambda: platformdirs.user_cache_path("zerosum", appauthor=False)
    yield _private_temporary


def choose_folder() -> Path | None:
    """Make the cache folder.

    Returns
    -------
    Path or None
        None if nothing is writable
    """
    for candidate in _candidates():
        try:
            folder = candidate().absolute() / "kernels"
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except (OSError, RuntimeError):  # RuntimeError: no home folder is known
            continue
        return folder
    return None


@cache
def folder() -> Path | None:
    """Return this process' cache folder; at the first call, delete old files in it.

    Returns
    -------
    Path or None
        None if nothing is writable
    """
    chosen = choose_folder()
    if chosen is not None:
        delete_old(chosen, time.time())
    return chosen


def delete_old(chosen: Path, now: float) -> None:
    """Delete files not used for KEEP_DAYS, and those of killed processes; best effort.

    Parameters
    ----------
    chosen : Path
    now : float
        seconds since 1970
    """
    with contextlib.suppress(OSError):
        for path in chosen.iterdir():
            if path.suffix in (_SUFFIX, ".new") and now - path.stat().st_mtime > KEEP_DAYS * 86_400:
                path.unlink(missing_ok=True)


def _path(name: str, digest: str, form: str) -> Path | None:
    chosen = folder()
    return chosen and chosen / f"{name}-{digest}-{hashlib.sha256(form.encode()).hexdigest()[:16]}{_SUFFIX}"


def is_kept(name: str, digest: str) -> bool:
    """Return whether an entry has machine code, for any signature.

    Parameters
    ----------
    name, digest : str

    Returns
    -------
    bool
    """
    chosen = folder()
    return chosen is not None and any(chosen.glob(f"{name}-{digest}-*{_SUFFIX}"))


def read(name: str, digest: str, form: str) -> bytes | None:
    """Read machine code.

    Parameters
    ----------
    name, digest : str
        of the entry
    form : str
        signature, processor, versions: all else that it depends on

    Returns
    -------
    bytes or None
        None if there is none, or it is damaged
    """
    path = _path(name, digest, form)
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content[_SHA:]).digest() != content[:_SHA]:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # in use: keeps it from being deleted as old
    return content[_SHA:]


def write(name: str, digest: str, form: str, content: bytes) -> None:
    """Save machine code, whole or not at all; a full disk is no error.

    Parameters
    ----------
    name, digest, form : str
        as for :func:`read`
    content : bytes
    """
    path = _path(name, digest, form)
    if path is None:
        return
    with contextlib.suppress(OSError):
        handle, new = tempfile.mkstemp(suffix=".new", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(content).digest() + content)
            os.replace(new, path)
        except OSError:
            os.unlink(new)
            raise


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one process compile at a time; others wait, then load the result.

    Where files can't be locked, or after a wait of 15 minutes, each process compiles for itself.
    """
    chosen = folder()
    with contextlib.ExitStack() as stack:
        if chosen is not None:
            with contextlib.suppress(OSError, NotImplementedError, filelock.Timeout):
                lock = filelock.FileLock(chosen / "lock", timeout=_LONGEST_WAIT)
                stack.enter_context(lock)
        yield
