"""Load and check scenarios: TOML files with a market, its sellers and a question.

>>> from zerosum.scenario import load_scenario, folder_name
>>> scenario = load_scenario("workshop", ["market.saturation=0.2"])
>>> scenario.market.saturation
0.2
>>> len(folder_name(scenario))
16
"""

from zerosum.market.declare.evidence import TAGS, Evidence
from zerosum.scenario.errors import Problem, ScenarioError
from zerosum.scenario.extend import Mechanism, ToolEffect, register, stream
from zerosum.scenario.identity import (
    alike_strategies,
    canonical_json,
    folder_name,
    market_json,
    results_hash,
    scenario_hash,
)
from zerosum.scenario.keys import Key, evidence_of, keys, keys_by_path
from zerosum.scenario.load import Shipped, load_scenario, parse_scenario, scenario_text, shipped_scenarios
from zerosum.scenario.overrides import Option, Overrides
from zerosum.scenario.schema import scenario_schema
from zerosum.scenario.spec import Scenario

__all__ = [
    "TAGS",
    "Evidence",
    "Key",
    "Mechanism",
    "Option",
    "Overrides",
    "Problem",
    "Scenario",
    "ScenarioError",
    "Shipped",
    "ToolEffect",
    "alike_strategies",
    "canonical_json",
    "evidence_of",
    "folder_name",
    "keys",
    "keys_by_path",
    "load_scenario",
    "market_json",
    "parse_scenario",
    "register",
    "results_hash",
    "scenario_hash",
    "scenario_schema",
    "scenario_text",
    "shipped_scenarios",
    "stream",
]
