"""Simulate the points of a question, here and in threads, for commands that ask one of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zerosum.cli.session import reporting_lost
from zerosum.cli.terminal import stages, stoppable

if TYPE_CHECKING:
    from zerosum.studies.sweep import Swept
    from zerosum.studies.whatif import WhatIfStudy


def simulate_points(study: WhatIfStudy, folder: Path, threads: int, fresh: bool, quiet: bool) -> Swept:
    """Simulate what isn't stored in a folder yet; show the progress, and say how far it was when stopped."""
    from zerosum.runs.executors import Threads
    from zerosum.studies.sweep import State, sweep

    state = State(0, 0, 0)
    with reporting_lost() as on_lost, stages(quiet) as on_stage:

        def on_state(now: State) -> None:
            nonlocal state
            state = now
            on_stage("simulated runs", now.done + now.failed, now.wanted)

        return stoppable(
            lambda stop: sweep(
                study,
                folder,
                Threads(threads),
                retry=True,
                fresh=fresh,
                on_state=on_state,
                stop=stop,
                on_lost=on_lost,
                work=study.work(),
            ),
            lambda: f"Stopped: {state.done:,} of {state.wanted:,} runs are done.",
        )
