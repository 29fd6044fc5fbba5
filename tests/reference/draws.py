"""Chance again, in plain Python integers: the slow twin of simulator/zerosum/market/draws.py.

Same names, same signatures, no numpy and no numba. Written from the papers
(Salmon et al. 2011; Wichura 1988; Lamping and Veach 2014) and, for `run_key`,
from O'Neill's seed_seq as numpy documents it. Arrays are lists here, or whatever
takes ``out[i] = x``.
"""

import math
from collections.abc import Callable, MutableSequence, Sequence

NEVER = 2**30


def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox4x32-10."""
    for round_ in range(10):
        if round_ > 0:
            k0 = (k0 + 0x9E3779B9) % 2**32
            k1 = (k1 + 0xBB67AE85) % 2**32
        high0, low0 = divmod(0xD2511F53 * c0, 2**32)
        high1, low1 = divmod(0xCD9E8D57 * c2, 2**32)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
    return c0, c1, c2, c3


def counter(stream: int, agent: int, week: int, draw: int) -> tuple[int, int, int, int]:
    """Lay an address out in four 32-bit words; agents beyond 2**32 spill to the last."""
    spill, agent_low = divmod(agent, 2**32)
    return agent_low, week % 2**32, draw % 2**32, spill * 2**16 + stream


def words(key: int, stream: int, agent: int, week: int, draw: int) -> tuple[int, int, int, int]:
    key_high, key_low = divmod(key, 2**32)
    return philox(*counter(stream, agent, week, draw), key_low, key_high)


def to_uniform(w0: int, w1: int) -> float:
    """Put 52 random bits, and a half, behind the binary point."""
    bits = (w0 >> 6) << 26 | w1 >> 6
    return (2 * bits + 1) / 2**53


def uniform(key: int, stream: int, agent: int, week: int, draw: int) -> float:
    w0, w1, _, _ = words(key, stream, agent, week, draw)
    return to_uniform(w0, w1)


# Wichura's rational approximations: (numerator, denominator), constant term first.
_MIDDLE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
     1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
     3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
     5.2264952788528545610e3),
)  # fmt: skip
_NEAR_TAIL = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
     3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
     2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
     1.05075007164441684324e-9),
)  # fmt: skip
_FAR_TAIL = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
     2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
     2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
     2.04426310338993978564e-15),
)  # fmt: skip


def _ratio(r: float, approximation: tuple[Sequence[float], Sequence[float]]) -> float:
    """Evaluate both polynomials by Horner's rule and divide."""
    values = []
    for coefficients in approximation:
        value = 0.0
        for coefficient in reversed(coefficients):
            value = value * r + coefficient
        values.append(value)
    return values[0] / values[1]


def normal_quantile(p: float) -> float:
    """AS 241, PPND16."""
    if p == 0.0:
        return -math.inf
    if p == 1.0:
        return math.inf
    if not 0.0 < p < 1.0:
        return math.nan
    q = p - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(0.180625 - q * q, _MIDDLE)
    r = math.sqrt(-math.log(min(p, 1.0 - p)))
    size = _ratio(r - 1.6, _NEAR_TAIL) if r <= 5.0 else _ratio(r - 5.0, _FAR_TAIL)
    return math.copysign(size, q)


def normal(key: int, stream: int, agent: int, week: int, draw: int) -> float:
    return normal_quantile(uniform(key, stream, agent, week, draw))


def exponential(key: int, stream: int, agent: int, week: int, draw: int) -> float:
    return -math.log(uniform(key, stream, agent, week, draw))


def gumbel(key: int, stream: int, agent: int, week: int, draw: int) -> float:
    return -math.log(-math.log(uniform(key, stream, agent, week, draw)))


def choose(key: int, stream: int, agent: int, week: int, draw: int, n: int) -> int:
    """Jump consistent hash, as printed in the paper."""
    w0, w1, _, _ = words(key, stream, agent, week, draw)
    state = w0 << 32 | w1
    b, j = -1, 0
    while j < n:
        b = j
        state = (state * 2862933555777941757 + 1) % 2**64
        j = int((b + 1) * (float(1 << 31) / float((state >> 33) + 1)))
    return b


def below(key: int, stream: int, agent: int, week: int, draw: int, n: int) -> int:
    return math.floor(uniform(key, stream, agent, week, draw) * n)


def geometric(key: int, stream: int, agent: int, week: int, draw: int, p: float) -> int:
    """Count trials up to the first success: the k with (1-p)**k < u <= (1-p)**(k-1)."""
    if p >= 1.0:
        return 1
    if not p > 0.0:
        return NEVER
    failures = math.log(uniform(key, stream, agent, week, draw)) / math.log1p(-p)
    return 1 + math.floor(min(failures, NEVER - 1))


def fill_uniform(key: int, stream: int, week: int, draw: int, out: MutableSequence[float]) -> None:
    for row in range(len(out)):
        out[row] = uniform(key, stream, row, week, draw)


def fill_normal(key: int, stream: int, week: int, draw: int, out: MutableSequence[float]) -> None:
    for row in range(len(out)):
        out[row] = normal(key, stream, row, week, draw)


def fill_choose(key: int, stream: int, week: int, draw: int, n: int, out: MutableSequence[int]) -> None:
    for row in range(len(out)):
        out[row] = choose(key, stream, row, week, draw, n)


def run_key(seed: int, replication: int) -> int:
    """Mix seed and replication as numpy.random.SeedSequence([seed, replication]) does."""
    if seed < 0 or replication < 0:
        raise ValueError("seed and replication must be 0 or more")
    entropy = _digits(seed) + _digits(replication)
    stir = _hasher(0x43B0D7E5, 0x931E8875)
    pool = [stir(word) for word in (entropy + [0] * 4)[:4]]
    for source in range(4):
        for target in range(4):
            if source != target:
                pool[target] = _mix(pool[target], stir(pool[source]))
    for word in entropy[4:]:
        for target in range(4):
            pool[target] = _mix(pool[target], stir(word))
    draw_out = _hasher(0x8B51F9DD, 0x58F38DED)
    low, high = draw_out(pool[0]), draw_out(pool[1])
    return high << 32 | low


def _digits(number: int) -> list[int]:
    """Write a number in base 2**32, lowest digit first; 0 has one digit."""
    digits = [number % 2**32]
    while number >= 2**32:
        number >>= 32
        digits.append(number % 2**32)
    return digits


def _hasher(constant: int, multiplier: int) -> Callable[[int], int]:
    """Make O'Neill's hash, whose constant changes at each use."""

    def scramble(word: int) -> int:
        nonlocal constant
        word ^= constant
        constant = constant * multiplier % 2**32
        word = word * constant % 2**32
        return word ^ word >> 16

    return scramble


def _mix(x: int, y: int) -> int:
    mixed = (0xCA01F9DD * x - 0x4973F715 * y) % 2**32
    return mixed ^ mixed >> 16
