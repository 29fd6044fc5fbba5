"""Effects that are said to exist in selling, each looked for by an experiment on paired replications.

One file an effect. ``zerosum effects`` runs them; ``docs/findings.md`` tells what came of it.
"""

from simulator.effects.calls import CALLS
from simulator.effects.conservatism import CONSERVATISM
from simulator.effects.double_jeopardy import DOUBLE_JEOPARDY
from simulator.effects.effect import Effect, Number
from simulator.effects.everyone import EVERYONE
from simulator.effects.hockey_stick import HOCKEY_STICK
from simulator.effects.look import Found, look_for
from simulator.effects.overuse import OVERUSE
from simulator.effects.presales import PRESALES
from simulator.effects.training import TRAINING

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
