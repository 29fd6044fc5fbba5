"""Keep what was observed, so that a page whose making was stopped goes on where it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docs.tools.blocks import ROOT
from zerosum.errors import StoreError
from zerosum.runs.origin import origin
from zerosum.runs.question import hash_of
from zerosum.runs.store import make_folder, read_document, save_document

FOLDER = ROOT / "results" / "findings"

_CODE = (
    "docs/tools/findings/hours.py",
    "docs/tools/findings/hangs.py",
    "simulator/zerosum/studies/effects/*.py",
    "simulator/zerosum/studies/probes.py",
)
"""Sources that what is kept depends on, besides the engine's."""


@dataclass(frozen=True)
class Kept:
    """A folder of finished parts of the page; without a folder nothing is kept."""

    folder: Path | None = None

    def get(self, name: str, of: Any, make: Callable[[], Any]) -> Any:
        """Return what ``make`` returns (JSON), from the folder if it is there.

        Parameters
        ----------
        name : str
            of the part
        of : JSON
            what it depends on, besides the code
        make : callable
        """
        if self.folder is None:
            return make()
        code = [path.read_text(encoding="utf-8") for one in _CODE for path in sorted(ROOT.glob(one))]
        path = self.folder / f"{name.replace(' ', '-')}-{hash_of([name, of, code, dict(origin())])[:16]}.json"
        try:
            return read_document(path)["found"]
        except (FileNotFoundError, StoreError, KeyError):
            found = make()
        make_folder(self.folder)
        save_document(path, {"found": found})
        return found


NOTHING = Kept()
"""Keeps nothing."""
