"""Keep what was observed, so that a page whose making was stopped goes on where it was."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from docs.tools.blocks import ROOT
from zerosum.errors import StoreError
from zerosum.market.run import OnWeek
from zerosum.runs.executors import replications
from zerosum.runs.origin import origin
from zerosum.runs.question import hash_of
from zerosum.runs.store import make_folder, read_document, save_document

FOLDER = ROOT / "results" / "findings"

AT_ONCE = 40
"""Replications that are kept together: at most so many are lost."""

OF_HOURS = (
    "docs/tools/findings/hours.py",
    "docs/tools/findings/hangs.py",
    "simulator/zerosum/studies/probes.py",
)
OF_EFFECTS = ("simulator/zerosum/studies/effects/*.py", "simulator/zerosum/studies/probes.py")
"""Sources that what is kept depends on, besides the engine's."""


@dataclass(frozen=True)
class Kept:
    """A folder of finished parts of the page; without a folder nothing is kept."""

    folder: Path | None = None

    def get(self, name: str, of: Any, make: Callable[[], Any], sources: Sequence[str] = OF_HOURS) -> Any:
        """Return what ``make`` returns (JSON), from the folder if it is there.

        Parameters
        ----------
        name : str
            of the part
        of : JSON
            what it depends on, besides the code
        make : callable
        sources : sequence of str
            patterns of the files with that code
        """
        if self.folder is None:
            return make()
        code = [path.read_text(encoding="utf-8") for one in sources for path in sorted(ROOT.glob(one))]
        path = self.folder / f"{name.replace(' ', '-')}-{hash_of([name, of, code, dict(origin())])[:16]}.json"
        try:
            return read_document(path)["found"]
        except (FileNotFoundError, StoreError, KeyError):
            found = make()
        make_folder(self.folder)
        save_document(path, {"found": found})
        return found

    def replications(
        self,
        name: str,
        of: Any,
        task: Callable[[int, OnWeek], Any],
        count: int,
        workers: int,
        stop: threading.Event | None = None,
    ) -> list[Any]:
        """Return a task's results (JSON) for replications 0, 1, …: those of a smaller number are not made again."""

        def some(first: int, often: int) -> list[Any]:
            return replications(lambda number, check: task(first + number, check), often, workers, stop=stop)

        rows: list[Any] = []
        while (first := len(rows)) < count:
            often = min(AT_ONCE, count - first)
            rows += self.get(name, [of, first, often], partial(some, first, often))
        return rows


NOTHING = Kept()
"""Keeps nothing."""
