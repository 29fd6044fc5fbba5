"""``python -m tests.fuzz --count 2000 --seed 1``: spoil, run, count. One process does the work, another watches it."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter

from tests.fuzz.cases import OUTCOMES, Result, make
from tests.fuzz.worker import work

WATCH = 90.0
"""Seconds after which a case that doesn't even heed Ctrl-C is a hang."""


class _Worker:
    def __init__(self, seed: int, simulate: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, seed, simulate), daemon=True)
        self.process.start()
        theirs.close()  # so that the end of the process is seen
        if not self.pipe.poll(600):
            raise SystemExit("the engine was not ready after ten minutes")
        self.pipe.recv()

    def ask(self, number: int) -> Result | None:
        """Return a case's result; None if the process hangs or died."""
        self.pipe.send(number)
        try:
            if self.pipe.poll(WATCH):
                found: Result = self.pipe.recv()
                return found
        except (EOFError, OSError):
            pass
        return None

    def end(self) -> None:
        self.process.kill()
        self.process.join()


def main() -> int:
    """Run the cases, tell those that went wrong, and the figures; exit code 1 if there was a traceback or a hang."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--show", action="store_true", help="show every case's file and what was said")
    parser.add_argument("--load-only", action="store_true", help="stop where a case begins to simulate")
    asked = parser.parse_args()
    worker, began, counted = (
        _Worker(asked.seed, not asked.load_only),
        time.monotonic(),
        Counter[tuple[str, str]](),
    )
    try:
        for number in range(asked.first, asked.first + asked.count):
            found = worker.ask(number)
            if found is None:
                worker.end()
                worker = _Worker(asked.seed, not asked.load_only)
                found = Result(number, make(asked.seed, number).kind, "hang", "killed, or ended by itself")
            counted[found.kind, found.outcome] += 1
            if (number + 1) % 100 == 0:
                print(f"{number + 1:,} …", file=sys.stderr, flush=True)
            if asked.show or found.outcome not in ("refused", "ran"):
                case = make(asked.seed, number)
                print(f"--- {number}: {found.outcome}: {case.name}: zerosum {' '.join(case.arguments)[:200]}")
                if asked.show:
                    print(case.content.decode("utf-8", "backslashreplace")[:4000])
                print(found.said[-2000:], flush=True)
    finally:
        worker.end()
    kinds = sorted({kind for kind, _ in counted})
    print(f"{'kind':14}" + "".join(f"{name:>15}" for name in ("tried", *OUTCOMES)))
    for kind in (*kinds, "all"):
        rows = [
            sum(n for (k, o), n in counted.items() if kind in (k, "all") and o == name) for name in OUTCOMES
        ]
        print(f"{kind:14}" + "".join(f"{n:15,}" for n in (sum(rows), *rows)))
    print(f"seed {asked.seed}, cases {asked.first} to {number}, {time.monotonic() - began:,.0f} s")
    wrong = sum(n for (_, outcome), n in counted.items() if outcome not in ("refused", "ran"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
