"""A scenario as a file that loads as the same scenario: what was said of it, files and command line put together."""

from __future__ import annotations

import tomli_w

from zerosum.scenario.load import written
from zerosum.scenario.spec import Scenario


def scenario_text(scenario: Scenario) -> str:
    """Write a scenario as TOML: every value that was given, none that is a default.

    >>> from zerosum.scenario import parse_scenario
    >>> print(scenario_text(parse_scenario("name = 'mine'", {"market.saturation": 0.5})), end="")
    name = "mine"
    <BLANKLINE>
    [market]
    saturation = 0.5
    """
    return tomli_w.dumps(written(scenario))
