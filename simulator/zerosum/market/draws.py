"""Random numbers: each one has an address.

Theory. A counter-based generator is a fixed function that scrambles a counter
under a key; it has no state to consume. Philox4x32-10 (Salmon, Moraes, Dror and
Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) turns four 32-bit
counter words and two key words into four 32-bit random words, by ten rounds of
multiplication, exclusive-or and exchange. For a given key it is a bijection, so
different addresses never share all four words.

The address of a draw is (run key, stream, agent, week, draw):

- ``key`` (uint64) is the replication: :func:`run_key` of seed and replication;
- ``stream`` (1 .. 65535) is the purpose, a constant of this file;
- ``agent`` (0 .. 2**48 - 1) is the entity's row number;
- ``week`` (-1 .. 2**32 - 2), -1 for what happens before the first week;
- ``draw`` (0 .. 2**32 - 1) is the index within the week, by meaning
  (the option, the attempt), never by the order of calls.

So two runs that differ in one thing share all others (common random
numbers), and neither threads nor batch order can change a result. Continuous
variates are made by inversion, one word pair each: monotone in the uniform, which
keeps paired runs as alike as can be (Law 2015, "Simulation Modeling and
Analysis", section 11.2).

One address holds one draw: to draw twice for the same purpose use two ``draw``
numbers. Words, uniforms, :func:`choose` and :func:`below` are exact everywhere;
variates that pass through a logarithm may differ in the last digit between
mathematical libraries.
"""

import math

import numpy as np
import numpy.typing as npt

from zerosum.market.jit import inlined, kernel

# Purposes. Append; never renumber: a number is part of every address drawn under it.
SEGMENT = 1
VALUE = 2
INCUMBENT = 3
CONTRACT = 4
FIT = 5
VOICE = 6
SWITCHING = 7
TERRITORY = 8
NEIGHBOUR = 9
SKILL = 10
MOOD = 11
REVIEW_GAP = 12
REVIEW = 13
EVALUATION_LENGTH = 14
INVITATION = 15
ATTEMPTS = 16
LOOKS = 17
LOOK = 18
SCORE = 19
CONTACT = 20
PROVOKE = 21
PITCH = 22
TRIAL = 23
KEEP = 24
SUPPORT_ARRIVAL = 25
SUPPORT_SERVICE = 26
CHOICE = 27
TURNOVER = 28
PULL_FORWARD = 29
ASSUMPTION = 30
ATTRITION = 31
CONSIDERED = 32
GIVEN_AWAY = 33

STREAMS: dict[str, int] = {
    name: number for name, number in globals().items() if name.isupper() and type(number) is int
}
"""Every stream by name, in order."""

NEVER = 2**30
"""A number of weeks that no run reaches: what `geometric` returns for 'never'."""

# numba turns int64 * uint64 into a float, so every constant has its type.
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)  # golden ratio
_WEYL_1 = np.uint64(0xBB67AE85)  # sqrt(3) - 1
_LOW_SIGNED = np.int64(0xFFFFFFFF)
_TO_26_BITS = np.uint64(6)
_JUMP_HIGH = np.uint64(2862933555777941757 >> 32)
_JUMP_LOW = np.uint64(2862933555777941757 & 0xFFFFFFFF)


@inlined
def philox(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Scramble a counter under a key: Philox4x32-10.

    Parameters
    ----------
    c0, c1, c2, c3 : uint64 below 2**32
        counter words
    k0, k1 : uint64 below 2**32
        key words

    Returns
    -------
    four uint64 below 2**32

    Notes
    -----
    Source: Salmon et al. (2011), section 4.3; known answers in tests/test_draws.py.
    """
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    key0, key1 = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        # Products of two 32-bit words fit in 64 bits: nothing overflows.
        product0 = _MULTIPLIER_0 * x0
        product1 = _MULTIPLIER_1 * x2
        x0 = (product1 >> _32) ^ x1 ^ key0
        x1 = product1 & _LOW
        x2 = (product0 >> _32) ^ x3 ^ key1
        x3 = product0 & _LOW
        key0 = (key0 + _WEYL_0) & _LOW
        key1 = (key1 + _WEYL_1) & _LOW
    return x0, x1, x2, x3


@inlined
def words(
    key: np.uint64, stream: int, agent: int, week: int, draw: int
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four 32-bit words of an address (see file's docstring)."""
    run = np.uint64(key)
    who = np.int64(agent)
    # Masks are applied to signed numbers, so that week -1 is 2**32 - 1.
    return philox(
        np.uint64(who & _LOW_SIGNED),
        np.uint64(np.int64(week) & _LOW_SIGNED),
        np.uint64(np.int64(draw) & _LOW_SIGNED),
        np.uint64((np.int64(stream) | ((who >> np.int64(32)) << np.int64(16))) & _LOW_SIGNED),
        run & _LOW,
        run >> _32,
    )


@inlined
def to_uniform(w0: np.uint64, w1: np.uint64) -> float:
    """Turn two 32-bit words into a number strictly between 0 and 1.

    The value is (i + 0.5) / 2**52 with i made of the top 26 bits of each word.
    With 53 bits the largest i + 0.5 would round up and give exactly 1.0; with 52
    every value is exact, the ends are 2**-53 and 1 - 2**-53, and u and 1 - u are
    equally fine.
    """
    high = np.float64(w0 >> _TO_26_BITS)
    low = np.float64(w1 >> _TO_26_BITS)
    return (high * 67108864.0 + low + 0.5) * 2.0**-52


@kernel
def uniform(key: np.uint64, stream: int, agent: int, week: int, draw: int) -> float:
    """Draw from the uniform distribution on the open interval (0, 1)."""
    w0, w1, _, _ = words(key, stream, agent, week, draw)
    return to_uniform(w0, w1)


@inlined
def is_middle(p: float) -> bool:
    """Return whether a probability lies where :func:`middle_quantile` holds."""
    return abs(p - 0.5) <= 0.425


@inlined
def middle_quantile(p: float) -> float:
    """Invert the standard normal distribution function in its middle: AS 241, see :func:`normal_quantile`."""
    q = p - 0.5
    r = 0.180625 - q * q
    top = 2.5090809287301226727e3
    top = top * r + 3.3430575583588128105e4
    top = top * r + 6.7265770927008700853e4
    top = top * r + 4.5921953931549871457e4
    top = top * r + 1.3731693765509461125e4
    top = top * r + 1.9715909503065514427e3
    top = top * r + 1.3314166789178437745e2
    top = top * r + 3.3871328727963666080e0
    bottom = 5.2264952788528545610e3
    bottom = bottom * r + 2.8729085735721942674e4
    bottom = bottom * r + 3.9307895800092710610e4
    bottom = bottom * r + 2.1213794301586595867e4
    bottom = bottom * r + 5.3941960214247511077e3
    bottom = bottom * r + 6.8718700749205790830e2
    bottom = bottom * r + 4.2313330701600911252e1
    return q * top / (bottom * r + 1.0)


@inlined
def tail_root(p: float) -> float:
    """Return the argument of the tails' quantile: the root of -log of the smaller of ``p`` and ``1 - p``."""
    return math.sqrt(-math.log(min(p, 1.0 - p)))


FAR_TAIL = 5.0
"""The root beyond which :func:`near_tail` doesn't hold: one uniform in 36 billion."""


@inlined
def near_tail(root: float) -> float:
    """Return the quantile's absolute value where the root is at most ``FAR_TAIL``."""
    r = root - 1.6
    top = 7.74545014278341407640e-4
    top = top * r + 2.27238449892691845833e-2
    top = top * r + 2.41780725177450611770e-1
    top = top * r + 1.27045825245236838258e0
    top = top * r + 3.64784832476320460504e0
    top = top * r + 5.76949722146069140550e0
    top = top * r + 4.63033784615654529590e0
    top = top * r + 1.42343711074968357734e0
    bottom = 1.05075007164441684324e-9
    bottom = bottom * r + 5.47593808499534494600e-4
    bottom = bottom * r + 1.51986665636164571966e-2
    bottom = bottom * r + 1.48103976427480074590e-1
    bottom = bottom * r + 6.89767334985100004550e-1
    bottom = bottom * r + 1.67638483018380384940e0
    bottom = bottom * r + 2.05319162663775882187e0
    return top / (bottom * r + 1.0)


@kernel
def far_tail(root: float) -> float:
    """Return the quantile's absolute value where the root is larger."""
    r = root - 5.0
    top = 2.01033439929228813265e-7
    top = top * r + 2.71155556874348757815e-5
    top = top * r + 1.24266094738807843860e-3
    top = top * r + 2.65321895265761230930e-2
    top = top * r + 2.96560571828504891230e-1
    top = top * r + 1.78482653991729133580e0
    top = top * r + 5.46378491116411436990e0
    top = top * r + 6.65790464350110377720e0
    bottom = 2.04426310338993978564e-15
    bottom = bottom * r + 1.42151175831644588870e-7
    bottom = bottom * r + 1.84631831751005468180e-5
    bottom = bottom * r + 7.86869131145613259100e-4
    bottom = bottom * r + 1.48753612908506148525e-2
    bottom = bottom * r + 1.36929880922735805310e-1
    bottom = bottom * r + 5.99832206555887937690e-1
    return top / (bottom * r + 1.0)


@kernel
def normal_quantile(p: float) -> float:
    """Invert the standard normal distribution function.

    Parameters
    ----------
    p : float64
        probability; 0 gives -inf, 1 gives inf, outside [0, 1] nan

    Notes
    -----
    Accuracy: relative error about 1e-16 by the source, below 1e-14 in the tests.
    Source: Wichura (1988), algorithm AS 241, routine PPND16, Applied Statistics
    37(3), 477-484.
    """
    if is_middle(p):
        return middle_quantile(p)
    tail = min(p, 1.0 - p)
    if tail > 0.0:
        root = tail_root(p)
        return math.copysign(near_tail(root) if root <= FAR_TAIL else far_tail(root), p - 0.5)
    return math.copysign(math.inf, p - 0.5) if tail == 0.0 else math.nan


@kernel
def normal(key: np.uint64, stream: int, agent: int, week: int, draw: int) -> float:
    """Draw from the standard normal distribution, by inversion (|z| < 8.3)."""
    return normal_quantile(uniform(key, stream, agent, week, draw))


@kernel
def exponential(key: np.uint64, stream: int, agent: int, week: int, draw: int) -> float:
    """Draw from the exponential distribution with mean 1; falls as the uniform rises."""
    return -math.log(uniform(key, stream, agent, week, draw))


@kernel
def gumbel(key: np.uint64, stream: int, agent: int, week: int, draw: int) -> float:
    """Draw from the standard Gumbel distribution (location 0, scale 1).

    Added to utilities, the largest sum is a multinomial logit choice (McFadden 1974).
    """
    return -math.log(-math.log(uniform(key, stream, agent, week, draw)))


@kernel
def choose(key: np.uint64, stream: int, agent: int, week: int, draw: int, n: int) -> int:
    """Draw an index in [0, n), all equally likely, that hardly moves when n changes.

    Jump consistent hashing of the address's first 64 bits: when n grows by one, the
    index stays with probability n/(n+1) and otherwise becomes the new, last one. A
    list that gains an entry thus keeps most of its draws. Costs: O(log n).

    Parameters
    ----------
    n : int
        choices, 1 .. 2**31

    Returns
    -------
    int64
        the index; -1 if n < 1

    Notes
    -----
    Source: Lamping and Veach (2014), "A fast, minimal memory, consistent hash algorithm".
    """
    w0, w1, _, _ = words(key, stream, agent, week, draw)
    state_high, state_low = w0, w1
    index = np.int64(-1)
    jump = np.int64(0)
    while jump < n:
        index = jump
        # state = state * 2862933555777941757 + 1 mod 2**64, by halves: plain
        # Python on numpy numbers would warn of the intended overflow.
        low = state_low * _JUMP_LOW + np.uint64(1)
        high = (low >> _32) + ((state_low * _JUMP_HIGH) & _LOW) + ((state_high * _JUMP_LOW) & _LOW)
        state_high, state_low = high & _LOW, low & _LOW
        divisor = np.float64((state_high >> np.uint64(1)) + np.uint64(1))
        jump = np.int64(np.float64(index + np.int64(1)) * (2147483648.0 / divisor))
    return int(index)


@kernel
def below(key: np.uint64, stream: int, agent: int, week: int, draw: int, n: int) -> int:
    """Draw an index in [0, n), all equally likely: the whole part of uniform * n.

    Cheaper than `choose`, but every index may move when n changes.

    Parameters
    ----------
    n : int
        choices, 1 .. 2**52
    """
    return int(uniform(key, stream, agent, week, draw) * np.float64(n))


@kernel
def geometric(key: np.uint64, stream: int, agent: int, week: int, draw: int, p: float) -> int:
    """Draw the number of weekly trials up to and with the first success.

    One draw replaces a draw with hazard p in every coming week. Inversion ensures that
    a larger p never gives a later week for the same address.

    Parameters
    ----------
    p : float
        probability of success per trial; p >= 1 gives 1

    Returns
    -------
    int64
        1 .. NEVER; NEVER if p is not positive

    Notes
    -----
    Source: Devroye (1986), "Non-uniform random variate generation", chapter X.2.
    """
    if p >= 1.0:
        return 1
    if not p > 0.0:
        return NEVER
    failures = math.log(uniform(key, stream, agent, week, draw)) / math.log1p(-p)
    if failures >= NEVER - 1:
        return NEVER
    return int(failures) + 1


@kernel
def fill_uniform(key: np.uint64, stream: int, week: int, draw: int, out: npt.NDArray[np.floating]) -> None:
    """Write uniform(key, stream, i, week, draw) to out[i], for every row i.

    Parameters
    ----------
    out : float64[n]
        written. A float32 would round some values to 1.
    """
    for row in range(out.size):
        w0, w1, _, _ = words(key, stream, row, week, draw)
        out[row] = to_uniform(w0, w1)


@kernel
def fill_normal(key: np.uint64, stream: int, week: int, draw: int, out: npt.NDArray[np.floating]) -> None:
    """Write normal(key, stream, i, week, draw) to out[i], for every row i.

    Parameters
    ----------
    out : float32[n] or float64[n]
        written
    """
    for row in range(out.size):
        out[row] = normal(key, stream, row, week, draw)


@kernel
def fill_choose(
    key: np.uint64, stream: int, week: int, draw: int, n: int, out: npt.NDArray[np.integer]
) -> None:
    """Write choose(key, stream, i, week, draw, n) to out[i], for every row i.

    Parameters
    ----------
    n : int
        choices, 1 .. 2**31
    out : int64[n_rows]
        written
    """
    for row in range(out.size):
        out[row] = choose(key, stream, row, week, draw, n)


def run_key(seed: int, replication: int) -> np.uint64:
    """Make the key of one replication.

    Keys of neighbouring seeds and replications are unrelated: numpy's SeedSequence
    mixes both numbers. All strategies of a replication use the same key.

    Parameters
    ----------
    seed : int
        of the experiment, >= 0; 0 is a seed like any other
    replication : int
        0, 1, ...

    Notes
    -----
    Errors: ValueError if one is negative. Two pairs of numbers below 2**32 are
    never the same entropy; the 64-bit keys could still coincide, by chance.
    Source: O'Neill (2015) by way of numpy.random.SeedSequence.
    """
    if seed < 0 or replication < 0:
        raise ValueError(
            f"seed and replication must be 0 or more, not seed={seed}, replication={replication}"
        )
    state = np.random.SeedSequence([seed, replication]).generate_state(1, np.uint64)
    return np.uint64(state[0])
