"""Who writes to a folder of results: one process, or the shards of one sweep."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from zerosum.errors import InputError, StoreError

_LOCK = ".lock"


@contextlib.contextmanager
def writing(folder: Path, shard: tuple[int, int] | None = None, instead: str = "") -> Iterator[None]:
    """Be the one who writes to a folder; shards of one sweep write side by side, each once.

    The lock is the system's, so that it ends with the process, however that ends.

    Parameters
    ----------
    shard : (i, n), optional
        the i-th of n that write
    instead : str
        what else can be done, for the message

    Raises
    ------
    InputError
        if another process writes there
    """
    with contextlib.ExitStack() as locks:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            locks.enter_context(_locked(folder / _LOCK, shard is not None, folder, instead))
            if shard is not None:
                own = folder / f"{_LOCK}-{shard[0]}-of-{shard[1]}"
                locks.enter_context(_locked(own, False, folder, instead))
        except OSError as error:
            raise StoreError(f"can't write results to {folder}: {error.strerror or error}") from error
        yield


@contextlib.contextmanager
def _locked(path: Path, shared: bool, folder: Path, instead: str) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows: nothing is locked; parts have names of their own, so no run is lost
        yield
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                f"another process writes to {folder} just now{_by_whom(path)}. Wait for it, "
                f"{instead or '--out names another folder'}"
            ) from None
        if not shared:
            os.ftruncate(handle, 0)
            os.write(handle, f"process {os.getpid()}, since {time.strftime('%H:%M:%S')}".encode())
        yield
    finally:
        os.close(handle)


def _by_whom(path: Path) -> str:
    with contextlib.suppress(OSError):
        said = path.read_text(encoding="utf-8", errors="replace").strip()
        return f" ({said})" if said else ""
    return ""
