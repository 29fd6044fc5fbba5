"""What an engine's process does: it has one scenario, and answers questions about it in JSON.

Questions come as JSON, too, so that neither process makes an object for the other to take apart.
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
    """Make ready: called once in each process, which compiles the engine, or loads it, by a first year."""
    global _scenario
    # Ctrl-C reaches the whole group of processes; when to end is for the parent to say, or to show by its end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _scenario = scenario
    year_of(scenario, first_state(scenario))


def ready() -> None:
    """Do nothing: whoever waits for this knows that a process has begun."""


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
    """A process that nobody asks any more must not stay, however its parent ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
