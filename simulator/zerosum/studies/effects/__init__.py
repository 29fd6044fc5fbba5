"""Known effects of selling, each tested by an experiment with paired replications.

``zerosum effects`` runs them; ``docs/findings.md`` has the results.
"""

from zerosum.studies.effects.effect import Effect, Found, Number, look_for
from zerosum.studies.effects.of_markets import CALLS, DOUBLE_JEOPARDY, HOCKEY_STICK
from zerosum.studies.effects.of_tools import CONSERVATISM, EVERYONE, OVERUSE, PRESALES, TRAINING

EFFECTS: tuple[Effect, ...] = (
    CALLS,
    EVERYONE,
    TRAINING,
    OVERUSE,
    DOUBLE_JEOPARDY,
    PRESALES,
    CONSERVATISM,
    HOCKEY_STICK,
)
"""All effects, in output order."""

__all__ = ["EFFECTS", "Effect", "Found", "Number", "look_for"]
