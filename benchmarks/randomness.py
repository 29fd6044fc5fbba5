"""Write the simulator's random words to standard output, for a test suite to judge.

The words are those that `draws.uniform` uses: the first two of each address, as
32-bit little-endian numbers, without end (or ``--words`` many). What is on trial is
less Philox, which its authors tested, than our use of it: the layout of an address
and the making of run keys. A generator that counts may hide a pattern between
neighbours, so the addresses are walked in three orders, each with another
coordinate running fastest:

==============  =====================================================
order           walked, fastest first
==============  =====================================================
agent-major     100,000 agents; 520 weeks; draws
week-major      520 weeks; 100,000 agents; draws
across-keys     10,000 replications; 100,000 agents; 520 weeks; draws
==============  =====================================================

How to use it, and what came out: docs/randomness.md.

    python -m benchmarks.randomness --order week-major | dieharder -g 200 -a
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from zerosum.market import draws
from zerosum.market.jit import kernel

N_AGENTS = 100_000
N_WEEKS = 520
N_KEYS = 10_000
CHUNK = 2**18
"""Addresses at a time: 2 MiB of words."""

ORDERS = ("agent-major", "week-major", "across-keys")

Words = npt.NDArray[np.uint32]


@kernel
def fill_words(
    keys: npt.NDArray[np.uint64],
    stream: int,
    agents: npt.NDArray[np.int64],
    weeks: npt.NDArray[np.int64],
    draw: npt.NDArray[np.int64],
    out: Words,
) -> None:
    """Write the two words behind `uniform` at each of n addresses.

    Parameters
    ----------
    keys, agents, weeks, draw : uint64[n], int64[n], int64[n], int64[n]    the addresses
    out : uint32[2 * n]                                                    written
    """
    for row in range(agents.size):
        w0, w1, _, _ = draws.words(keys[row], stream, agents[row], weeks[row], draw[row])
        out[2 * row] = w0
        out[2 * row + 1] = w1


def addresses(
    order: str, first: int, n: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return (replication, agent, week, draw) of the addresses first .. first + n - 1.

    Parameters
    ----------
    order : str    one of ORDERS
    first : int    place of the first address on the walk, from 0
    n : int        addresses wanted
    """
    sizes = {
        "agent-major": (("agent", N_AGENTS), ("week", N_WEEKS)),
        "week-major": (("week", N_WEEKS), ("agent", N_AGENTS)),
        "across-keys": (("replication", N_KEYS), ("agent", N_AGENTS), ("week", N_WEEKS)),
    }[order]
    rest = np.arange(first, first + n, dtype=np.int64)
    found = {"replication": np.zeros(n, np.int64)}
    for name, size in sizes:
        rest, found[name] = np.divmod(rest, size)
    return found["replication"], found["agent"], found["week"], rest


def chunks(order: str, seed: int) -> Iterator[Words]:
    """Yield the words along one order, a chunk at a time, without end.

    Parameters
    ----------
    order : str    one of ORDERS
    seed : int     of the run keys, >= 0

    Yields
    ------
    uint32[2 * CHUNK]    the same array each time, overwritten
    """
    n_keys = N_KEYS if order == "across-keys" else 1
    keys = np.array([draws.run_key(seed, r) for r in range(n_keys)], np.uint64)
    out = np.empty(2 * CHUNK, np.uint32)
    first = 0
    while True:
        replication, agent, week, draw = addresses(order, first, CHUNK)
        fill_words(keys[replication], draws.CHOICE, agent, week, draw, out)
        yield out
        first += CHUNK


def main(arguments: Sequence[str] | None = None) -> int:
    """Write words to standard output until it is closed; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.randomness",
        description="Write the simulator's random 32-bit words to standard output.",
    )
    parser.add_argument("--order", choices=ORDERS, required=True, help="what runs fastest")
    parser.add_argument("--seed", type=int, default=0, help="of the run keys (default 0)")
    parser.add_argument("--words", type=int, help="stop after so many (default: never)")
    options = parser.parse_args(arguments)
    if options.seed < 0:
        parser.error(f"--seed must be 0 or more, not {options.seed}")
    if options.words is not None and options.words < 0:
        parser.error(f"--words must be 0 or more, not {options.words}")
    left = options.words
    try:
        for words in chunks(options.order, options.seed):
            wanted = words if left is None else words[:left]
            sys.stdout.buffer.write(wanted.astype("<u4", copy=False).tobytes())
            if left is not None:
                left -= wanted.size
                if left == 0:
                    break
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # The reader has what it wanted. Python would complain once more when it
        # flushes at exit, so that flush is sent nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
