"""What a worker needs before it can begin, loaded once in the process that workers are made from.

Importing this loads the libraries and the compiled engine, by simulating a market of no account.
"""

from __future__ import annotations

import contextlib

from simulator.comparison.replicate import replicate
from simulator.scenario import parse_scenario

_TINY = """
market = { buyers = 20 }
clock = { warmup_weeks = 0, weeks = 1 }
vendors = [{ name = "A", reps = 1 }, { name = "B", reps = 1 }]
strategies = [{ name = "usual" }]
"""

# Whatever is wrong shows where runs are made, with its cause; nobody would hear of it here.
with contextlib.suppress(Exception):
    replicate(parse_scenario(_TINY), 0)
