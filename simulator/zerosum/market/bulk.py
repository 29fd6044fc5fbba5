"""Many draws at once: the numbers of ``zerosum.market.draws``, to the bit, for a tenth of the time.

A single Philox block is a chain of multiplications that wait for each other. Over arrays of addresses the compiler
works on as many blocks at a time as the processor's vectors hold. So a rule that needs many draws first lists their
addresses, then draws them all, then goes on with numbers.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from zerosum.market.draws import (
    FAR_TAIL,
    far_tail,
    is_middle,
    middle_quantile,
    near_tail,
    philox,
    tail_root,
    to_uniform,
)
from zerosum.market.jit import inlined, kernel
from zerosum.market.state import Float, Long

_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_LOW_SIGNED = np.int64(0xFFFFFFFF)


class Batch(NamedTuple):
    """Addresses and the numbers drawn there: arrays of one length, filled from the left."""

    agent: Long
    week: Long
    draw: Long
    uniform: Float
    normal: Float
    tail: Long  # scratch: which normals lie in the tails
    size: Float  # scratch: how large those are


@kernel
def new_batch(size: int) -> Batch:
    """Make room for ``size`` draws."""
    return Batch(
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.float64),
        np.empty(size, np.float64),
        np.empty(size, np.int64),
        np.empty(size, np.float64),
    )


@inlined
def uniforms(key: np.uint64, stream: int, n: int, batch: Batch) -> None:
    """Write draws.uniform(key, stream, agent[i], week[i], draw[i]) to uniform[i], i < n."""
    run = np.uint64(key)
    low, high = run & _LOW, run >> _32
    agent, week, draw, out = batch.agent[:n], batch.week[:n], batch.draw[:n], batch.uniform[:n]
    for i in range(n):
        who = agent[i]
        w0, w1, _, _ = philox(
            np.uint64(who & _LOW_SIGNED),
            np.uint64(week[i] & _LOW_SIGNED),
            np.uint64(draw[i] & _LOW_SIGNED),
            np.uint64((np.int64(stream) | ((who >> np.int64(32)) << np.int64(16))) & _LOW_SIGNED),
            low,
            high,
        )
        out[i] = to_uniform(w0, w1)


@inlined
def normals(key: np.uint64, stream: int, n: int, batch: Batch) -> None:
    """Write draws.normal(key, stream, agent[i], week[i], draw[i]) to normal[i], i < n; uniform[i] is overwritten."""
    uniforms(key, stream, n, batch)
    quantiles(n, batch)


@inlined
def quantiles(n: int, batch: Batch) -> None:
    """Write draws.normal_quantile(uniform[i]) to normal[i], i < n.

    The middle of the distribution (85 %) is computed for all in one loop; then the tails, in their own loops.
    No step branches on a random number, because the processor couldn't predict the branch.
    """
    p, out, tail, size = batch.uniform[:n], batch.normal[:n], batch.tail[:n], batch.size[:n]
    for i in range(n):
        out[i] = middle_quantile(p[i])
    n_tails = 0
    for i in range(n):
        tail[n_tails] = i
        n_tails += not is_middle(p[i])
    for i in range(n_tails):
        size[i] = tail_root(p[tail[i]])
    for i in range(n_tails):
        near = near_tail(size[i])
        size[i] = near if size[i] <= FAR_TAIL else -size[i]
    for i in range(n_tails):
        found = size[i] if size[i] >= 0.0 else far_tail(-size[i])
        out[tail[i]] = math.copysign(found, p[tail[i]] - 0.5)


@kernel
def powers(base: float, n: int, exponent: Long, out: Float) -> None:
    """Write base ** exponent[i] to out[i], i < n, by squaring: the bits of a single power in a kernel.

    Parameters
    ----------
    exponent : int64[>=n]
        whole numbers from 0 to 65,536
    """
    exponent, out = exponent[:n], out[:n]
    most = 0
    for i in range(n):
        most = max(most, exponent[i])
        out[i] = 1.0
    bit = 1
    while bit <= most:
        for i in range(n):
            out[i] *= base if exponent[i] & bit else 1.0
        bit, base = 2 * bit, base * base
