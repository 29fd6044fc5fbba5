"""Effects that are said to exist in selling, each looked for by an experiment on paired replications.

One file an effect. ``zerosum effects`` runs them; ``docs/findings.md`` tells what came of it.
"""

from zerosum.studies.effects.calls import CALLS
from zerosum.studies.effects.conservatism import CONSERVATISM
from zerosum.studies.effects.double_jeopardy import DOUBLE_JEOPARDY
from zerosum.studies.effects.effect import Effect, Number
from zerosum.studies.effects.everyone import EVERYONE
from zerosum.studies.effects.hockey_stick import HOCKEY_STICK
from zerosum.studies.effects.look import Found, look_for
from zerosum.studies.effects.overuse import OVERUSE
from zerosum.studies.effects.presales import PRESALES
from zerosum.studies.effects.training import TRAINING

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
"""All of them, in the order in which they are told."""

__all__ = ["EFFECTS", "Effect", "Found", "Number", "look_for"]
