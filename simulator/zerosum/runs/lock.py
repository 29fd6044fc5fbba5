"""Lock a folder of results: one process writes to it, or the shards of one sweep."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from zerosum.errors import InputError
from zerosum.runs.store import keeping

_LOCK = ".lock"
_PATIENCE = 3.0
"""Seconds that a shard waits for others that start at the same moment."""


@contextlib.contextmanager
def writing(folder: Path, shard: tuple[int, int] | None = None, shared: bool = False) -> Iterator[None]:
    """Lock a folder for writing; shards of one sweep can write at the same time, each once.

    The operating system holds the locks, so they end with the process, however that ends.

    Parameters
    ----------
    folder : Path
    shard : (i, n), optional
        this process is shard i of n
    shared : bool
        whether shards could share the work

    Raises
    ------
    InputError
        if another process writes there
    """
    with keeping(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as locks:
        whole = _Held(folder, _LOCK, shared)
        if shard is None:
            locks.enter_context(whole.by_us())
            for other in sorted(folder.glob(f"{_LOCK}-*-of-*")):
                with _Held(folder, other.name, shared).by_us():
                    pass
        else:
            locks.enter_context(_Held(folder, f"{_LOCK}-{shard[0]}-of-{shard[1]}", shared).by_us())
            with whole.by_us(_PATIENCE):  # for a moment: no process writes the whole
                pass
        yield


class _Held:
    """A lock file, and a file beside it that names its owner: Windows lets no other process read a locked file."""

    def __init__(self, folder: Path, name: str, shared: bool) -> None:
        self._folder, self._shared = folder, shared
        self._path, self._by = folder / name, folder / name.replace(_LOCK, ".writer", 1)

    @contextlib.contextmanager
    def by_us(self, patience: float = 0.0) -> Iterator[None]:
        lock = FileLock(self._path, thread_local=False)
        with keeping(self._folder):
            try:
                lock.acquire(timeout=patience)
            except Timeout:
                raise InputError(
                    f"another process writes to {self._folder} just now{self._whom()}. Wait for it, or ",
                    python="share the work: shard=(1, 2) here and shard=(2, 2) there"
                    if self._shared
                    else "name another folder",
                    typed="share the work: --shard 1/2 here and --shard 2/2 there"
                    if self._shared
                    else "name another folder with --out",
                ) from None
        try:
            with contextlib.suppress(OSError):
                self._by.write_text(
                    f"process {os.getpid()}, since {time.strftime('%H:%M:%S')}", encoding="utf-8"
                )
            yield
        finally:
            with contextlib.suppress(OSError):
                self._by.unlink()
            lock.release()

    def _whom(self) -> str:
        with contextlib.suppress(OSError):
            said = self._by.read_text(encoding="utf-8", errors="replace").strip()
            return f" ({said})" if said else ""
        return ""
