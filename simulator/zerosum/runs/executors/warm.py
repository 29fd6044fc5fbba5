"""Load what a worker needs, once, in the process that workers are forked from.

Importing this module loads the libraries and the compiled engine, by simulating a small market.
"""

from __future__ import annotations

import contextlib
import signal

from zerosum.runs.replicate import replicate
from zerosum.scenario import parse_scenario

_TINY = """
market = { buyers = 20 }
clock = { warmup_weeks = 0, weeks = 1 }
vendors = [{ name = "A", reps = 1 }, { name = "B", reps = 1 }]
strategies = [{ name = "usual" }]
"""

# An error will show again where runs are made, with its cause; here it would be lost.
with contextlib.suppress(Exception):
    replicate(parse_scenario(_TINY), 0)

# This process was started with Ctrl-C blocked (``starting.without_ctrl_c``). Drop a pending one, then unblock it,
# because processes forked from this one must receive it.
with contextlib.suppress(AttributeError, ValueError):  # Windows, or not in the main thread
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, heard)
