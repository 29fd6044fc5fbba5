"""Which rule draws at which address: runs of every shipped scenario in plain Python, every draw written down.

:mod:`tests.test_purposes` asks for it. Kernels are plain Python meanwhile, because a compiled one can't be listened
to. Numbers come from a quick hash of the address instead of Philox: where chance is drawn matters here, not what it
says.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from zerosum.market import bulk, draws, jit
from zerosum.market.run import branches, warm_up
from zerosum.scenario import load_scenario, parse_scenario, shipped_scenarios
from zerosum.scenario.spec import Scenario

Address = tuple[int, int, int, int, int]
"""Key, stream, agent, week, draw."""

AGAIN = {
    "FIT": {"fit", "fits"},
    "VOICE": {"voice"},
    "SWITCHING": {"switching_costs"},
    "MOOD": {"mood", "_shocks"},
    "SCORE": {"_plan_attempts"},  # an account that a rep looks at twice in a week looks the same twice
}
"""Draws that are stored nowhere and made again wherever they are needed, and the functions that may make them.

Every other address is drawn once in a run, or never.
"""

PLANTED = (
    ("PROVOKE", "CONTACT", "kickoff", "shots"),
    ("SUPPORT_SERVICE", "SUPPORT_ARRIVAL", "presales-bottleneck", "usual"),
    ("SKILL", "TURNOVER", "kickoff", "usual"),
    ("FIT", "MOOD", "kickoff", "usual"),
    ("INVITATION", "PITCH", "quarter-end", "push"),
)
"""Streams that are made to share another's number, where, and in which run that must be heard."""

_NAMES = {number: name for name, number in draws.STREAMS.items()}
_BETWEEN = {draws.__file__, bulk.__file__, jit.__file__, __file__}
"""Files that draw for others."""


class Listener:
    """Writes down who drew where; :attr:`faults` has what must not be, with an address for each."""

    def __init__(self) -> None:
        self.drawn: dict[Address, str] = {}
        self.faults: dict[str, Address] = {}

    def note(self, address: Address) -> None:
        """Write down a draw, made by the nearest caller that is a rule."""
        frame = sys._getframe(2)
        while frame.f_code.co_filename in _BETWEEN:
            assert frame.f_back is not None
            frame = frame.f_back
        function, name = frame.f_code.co_name, _NAMES[address[1]]
        before = self.drawn.get(address)
        if before is None:
            self.drawn[address] = function
        elif not {function, before} <= AGAIN.get(name, set()):
            self.faults.setdefault(f"{name}: {before}, {function}", address)


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen to every draw."""
    listener = Listener()
    words, philox = draws.words, bulk.philox

    def heard_words(key: Any, stream: int, agent: int, week: int, draw: int) -> tuple[Any, ...]:
        address = (int(key), int(stream), int(agent), int(week), int(draw))
        listener.note(address)
        return _scrambled(address)

    def heard_philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> tuple[Any, ...]:
        agent, stream = int(c0) | (int(c3) >> 16) << 32, int(c3) & 0xFFFF
        address = (int(k0) | int(k1) << 32, stream, agent, int(c1), int(c2))
        listener.note(address)
        return _scrambled(address)

    draws.words, bulk.philox = heard_words, heard_philox  # type: ignore[assignment]
    try:
        yield listener
    finally:
        draws.words, bulk.philox = words, philox


def _scrambled(address: Address) -> tuple[Any, ...]:
    """Hash an address to words (splitmix64's last step)."""
    word = hash(address) & 0xFFFFFFFFFFFFFFFF
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    word ^= word >> 31
    return np.uint64(word & 0xFFFFFFFF), np.uint64(word >> 32), np.uint64(0), np.uint64(0)


OPTIONAL = {
    "contracts.attrition": 0.3,
    "invitations.rule": "consideration",
    "push.given_away": 1.0,
    "push.below": 0.0,
    "review.max_per_year": 5.0,
    "tools.dialler.accuracy": 0.9,
    "tools.dialler.innovation": 1.0,
    "strategies.push.tools": ["dialler"],
}
"""Rules that shipped scenarios may leave switched off."""


def small(name: str, **given: Any) -> Scenario:
    """Return a shipped scenario with few buyers, reps and weeks, its switches as they are but for those given."""
    scenario = load_scenario(name)
    fewer = {f"vendors.{row}.reps": 2 for row in range(len(scenario.vendors))}
    fewer |= {"market.buyers": 60, "clock.warmup_weeks": 52, "clock.weeks": 13, "push.pull_weeks": 52}
    believed = [{"key": "choice.no_decision", "low": 2.0, "high": 2.2}]
    return parse_scenario(scenario, fewer | {"uncertain": believed} | given)


def heard(scenario: Scenario, strategies: Sequence[str]) -> tuple[Listener, set[Address]]:
    """Run strategies of a scenario from one warm-up, each on its own; return what was heard, and all addresses."""
    with listening() as listener:
        start = warm_up(scenario, 0)
        warmed, addresses = dict(listener.drawn), set(listener.drawn)
        for strategy in strategies:
            listener.drawn = dict(warmed)
            next(branches(start, [strategy], ["all"]))
            addresses |= set(listener.drawn)
    return listener, addresses


class Heard(NamedTuple):
    """What is drawn in all shipped scenarios, and with each sharing that is planted."""

    faults: dict[str, Address]
    used: dict[str, list[bool]]
    planted: dict[str, list[str]]


def hear_all() -> Heard:
    """Listen to every shipped scenario with each of its strategies, and to one with each sharing that is planted."""
    found = Heard({}, {}, {})
    with jit.uncompiled():
        scenarios = [small(shipped.name) for shipped in shipped_scenarios()]
        for scenario in (*scenarios, small("quarter-end", **OPTIONAL)):
            listener, addresses = heard(scenario, [strategy.name for strategy in scenario.strategies])
            found.faults.update(listener.faults)
            for _, stream, _, week, draw in addresses:
                used = found.used.setdefault(_NAMES[stream], [False, False])
                used[0] |= week != 0
                used[1] |= draw != 0
        for name, other, where, strategy in PLANTED:
            own = getattr(draws, name)
            setattr(draws, name, getattr(draws, other))
            try:
                scenario = small(where, **(OPTIONAL if where == "quarter-end" else {}))
                found.planted[f"{name} on {other}"] = sorted(heard(scenario, [strategy])[0].faults)
            finally:
                setattr(draws, name, own)
    return found
