"""Find out when a strategy pays: what its tools cost, how many reps use them, how much of their claims is true.

>>> from zerosum.studies.breakeven import answer, ask
"""

from zerosum.studies.breakeven.answer import Answer, Crossing, answer
from zerosum.studies.breakeven.dials import ADOPTION, EFFECT, Dial
from zerosum.studies.breakeven.question import DIALS, BreakEven, ask

__all__ = ["ADOPTION", "DIALS", "EFFECT", "Answer", "BreakEven", "Crossing", "Dial", "answer", "ask"]
