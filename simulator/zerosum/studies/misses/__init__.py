"""What missed quotas are made of: luck, territories, skill and how quotas are set."""

from typing import TYPE_CHECKING

from zerosum.lazy import exports

if TYPE_CHECKING:
    from zerosum.studies.misses.decompose import Misses, decompose_misses
    from zerosum.studies.misses.identical import SharedMisses, pool_shared, share_of_run
    from zerosum.studies.misses.of_comparison import share_of_strategy
    from zerosum.studies.misses.restore import market_digest, misses_of

__all__ = [
    "Misses",
    "SharedMisses",
    "decompose_misses",
    "market_digest",
    "misses_of",
    "pool_shared",
    "share_of_run",
    "share_of_strategy",
]

__getattr__ = exports(__name__, __file__)
