"""A scenario: a TOML file with a market, its sellers and the question asked of them, read and checked.

>>> from simulator.scenario import load_scenario, folder_name
>>> scenario = load_scenario("workshop", ["market.saturation=0.2"])
>>> scenario.market.saturation
0.2
>>> len(folder_name(scenario))
16
"""

from simulator.scenario.errors import Problem, ScenarioError
from simulator.scenario.evidence import TAGS, Evidence
from simulator.scenario.identity import (
    alike_strategies,
    canonical_json,
    folder_name,
    market_json,
    results_hash,
    scenario_hash,
)
from simulator.scenario.keys import Key, evidence_of, keys
from simulator.scenario.load import (
    Shipped,
    load_scenario,
    parse_scenario,
    shipped_scenarios,
)
from simulator.scenario.overrides import Option, Overrides
from simulator.scenario.schema import scenario_schema
from simulator.scenario.spec import Scenario
from simulator.scenario.write import scenario_text

__all__ = [
    "TAGS",
    "Evidence",
    "Key",
    "Option",
    "Overrides",
    "Problem",
    "Scenario",
    "ScenarioError",
    "Shipped",
    "alike_strategies",
    "canonical_json",
    "evidence_of",
    "folder_name",
    "keys",
    "load_scenario",
    "market_json",
    "parse_scenario",
    "results_hash",
    "scenario_hash",
    "scenario_schema",
    "scenario_text",
    "shipped_scenarios",
]
