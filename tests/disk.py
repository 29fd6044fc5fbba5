"""What reaches a disk, and in which order; what one flipped bit does to a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest


class Disk:
    """Notes every flush and every move, in order.

    Attributes
    ----------
    done : list         ("flush", (inode, bytes)) and ("move", path of the new name)
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[tuple[str, Any]] = []
        flush, move = os.fsync, os.replace

        def fsync(number: int) -> None:
            flush(number)
            status = os.fstat(number)
            self.done.append(("flush", (status.st_ino, status.st_size)))

        def replace(source: Any, target: Any) -> None:
            move(source, target)
            self.done.append(("move", Path(target)))

        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(os, "replace", replace)

    def check(self, *paths: Path) -> None:
        """Assert of files that they were flushed whole, then moved into place, and then the folder flushed."""
        for path in paths:
            status, folder = path.stat(), path.parent.stat().st_ino
            whole = ("flush", (status.st_ino, status.st_size))
            assert whole in self.done, f"{path.name} was not flushed whole"
            names = [i for i, (what, at) in enumerate(self.done) if what == "flush" and at[0] == folder]
            moved = [i for i, done in enumerate(self.done) if done == ("move", path)]
            if moved:
                assert self.done.index(whole) < moved[-1], f"{path.name} was moved before it was flushed"
            after = moved[-1] if moved else self.done.index(("flush", self._first_flush(status.st_ino)))
            assert any(i > after for i in names), f"the folder of {path.name} was not flushed after it"

    def _first_flush(self, inode: int) -> Any:
        return next(at for what, at in self.done if what == "flush" and at[0] == inode)


def flips(content: bytes, count: int, seed: int = 1) -> Iterator[tuple[int, bytes]]:
    """Yield (bit, content) with that bit flipped: all of the first and the last byte, and ``count`` evenly between."""
    chance, bits = np.random.default_rng(seed), 8 * len(content)
    drawn = [int((i + chance.random()) * bits / count) for i in range(count)]
    for bit in (*range(8), *drawn, *range(bits - 8, bits)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(flipped)
