"""Answer questions about one scenario in an engine's process, in JSON.

Questions are JSON, too, so that no objects are pickled between processes.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from multiprocessing.connection import wait

from zerosum.scenario.spec import Scenario
from zerosum.workshop.kept import Kept
from zerosum.workshop.room import furnish
from zerosum.workshop.saved import saved
from zerosum.workshop.setup import first_state
from zerosum.workshop.state import state_from
from zerosum.workshop.verdict import Ending
from zerosum.workshop.year import year_of
from zerosum.workshop.years import endings_of

_scenario: Scenario | None = None
_kept = Kept()


def begin(scenario: Scenario) -> None:
    """Prepare a process, once: simulate a first year, which compiles or loads the engine."""
    global _scenario
    # Ctrl-C reaches the whole process group; the parent decides when to end, or ends itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _scenario = scenario
    year_of(scenario, first_state(scenario))


def ready() -> None:
    """Do nothing; its return shows that a process has started."""


def year(state: bytes) -> bytes:
    """Answer ``/api/year``; raises Refusal."""
    found = year_of(_own(), state_from(state), _kept)
    return json.dumps(found, separators=(",", ":"), allow_nan=False).encode()


def endings(state: bytes, numbers: Sequence[int]) -> list[Ending]:
    """Simulate some of the years of ``/api/years``; raises Refusal."""
    return endings_of(furnish(_own(), state_from(state)), numbers)


def scenario_file(state: bytes) -> str:
    """Answer ``/api/scenario``; raises Refusal."""
    return saved(furnish(_own(), state_from(state)))


def _own() -> Scenario:
    if _scenario is None:
        raise RuntimeError("this process was not made ready")
    return _scenario


def _end_with_parent() -> None:
    """End this process when its parent has ended, however that happened."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
