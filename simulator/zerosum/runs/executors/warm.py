"""What a worker needs before it can begin, loaded once in the process that workers are made from.

Importing this loads the libraries and the compiled engine, by simulating a market of no account.
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

# Whatever is wrong shows where runs are made, with its cause; nobody would hear of it here.
with contextlib.suppress(Exception):
    replicate(parse_scenario(_TINY), 0)

# It was started deaf to Ctrl-C (``starting.without_ctrl_c``). What came meanwhile is forgotten; from here on it can
# hear, because whatever it makes of itself for others must.
with contextlib.suppress(AttributeError, ValueError):  # Windows, or not in the main thread
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, heard)
