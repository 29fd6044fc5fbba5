"""The runs of a question that is a small sweep: what-ifs and break-evens."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

from zerosum.api.arguments import warn_of_lost
from zerosum.runs.executors import Threads
from zerosum.studies.sweep import Swept, sweep
from zerosum.studies.whatif import WhatIfStudy


def run_points(
    study: WhatIfStudy, folder: Path, workers: int, on_progress: Callable[[int, int], None]
) -> Swept:
    """Simulate what a folder lacks of a study."""
    return sweep(
        study,
        folder,
        Threads(workers),
        retry=True,
        on_state=lambda now: on_progress(now.done + now.failed, now.wanted),
        on_lost=warn_of_lost,
        work=study.work(),
    )


def warn_of_failed(number: int, error: str) -> None:
    """Warn of runs that failed, with the first one's error."""
    warnings.warn(f"{number:,} runs failed and are left out, the first with: {error}", stacklevel=3)
