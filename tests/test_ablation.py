"""The page on what each rule is there for: markets without it, tables of what leaves its band, and of which market."""

from __future__ import annotations

import math
import tomllib
from typing import Any

import numpy as np
import pandas as pd
import pytest

from docs.tools.ablation import markets, tables
from docs.tools.ablation.markets import market_digest
from docs.tools.ablation_page import PAGE
from docs.tools.blocks import DOCS
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.identity import market_json
from zerosum.scenario.keys import keys
from zerosum.studies.validate import Validation

pytestmark = pytest.mark.uncompiled


def test_each_market_differs_from_the_default_in_its_keys_only() -> None:
    default = markets.default_market(2)
    assert len({change.letter for change in markets.CHANGES}) == len(markets.CHANGES)
    for change in markets.CHANGES:
        changed = markets.without(default, change, 0.2)
        assert market_json(changed) != market_json(default), change.letter
        back = {key: getattr(getattr(default, key.split(".")[0]), key.split(".")[1]) for key in change.values}
        assert parse_scenario(changed, back) == default, change.letter


def test_what_stands_for_a_rate_is_set_to_the_rate() -> None:
    matched = next(change for change in markets.CHANGES if change.letter == "C")
    found = markets.without(markets.default_market(2), matched, 0.123).invitations
    assert (found.rule, found.inbound) == ("independent", 0.123)


def test_the_former_default_hangs_on_no_fitted_value_of_today() -> None:
    written = tomllib.loads(markets.FORMER.read_text(encoding="utf-8"))
    with open("simulator/zerosum/market/declare/defaults.toml", "rb") as file:
        fitted = tomllib.load(file)
    for table, values in fitted.items():
        rows = written[table] if isinstance(written[table], list) else [written[table]]
        for row in rows:
            assert set(values) <= set(row), table
    former = load_scenario(markets.FORMER)
    assert (former.invitations.rule, former.contracts.attrition) == ("independent", 0.0)
    assert (former.clock.warmup_weeks, former.clock.weeks, former.market.buyers) == (104, 52, 4000)
    assert {key.path for key in keys()} >= {f"tools.{name}" for name in markets.adoption_of(former)}
    assert markets.adoption_of(former)["keep"] == -1.88


def test_pages_are_of_the_default_market() -> None:
    """Red: the default market has changed; run ``make ablation theory``."""
    page = PAGE.read_text(encoding="utf-8")
    assert f"Market: {market_digest()}." in page
    assert f"Market: {market_digest()}." in (DOCS / "theory.md").read_text(encoding="utf-8")
    for change in markets.CHANGES:
        assert f"| {change.letter} | {change.without} |" in page


def _validation(means: dict[str, float], half: float = 0.01) -> Validation:
    blank: dict[str, Any] = dict.fromkeys(("counts", "tag", "source", "address", "basis", "note"), "")
    rows = [
        {
            **blank,
            "fact": name,
            "label": f"The {name}",
            "measure": name,
            "unit": "share",
            "low": 0.2,
            "high": 0.4,
            "mean": mean,
            "mean_low": mean - half,
            "mean_high": mean + half,
            "n": 9,
            "verdict": "inside" if 0.2 <= mean <= 0.4 else "outside",
            "sure": min(abs(mean - 0.2), abs(mean - 0.4)) > half,
            "judged": name != "shown",
            "chance_baseline": math.nan,
            "part": math.nan,
            "effective_n": math.nan,
        }
        for name, mean in means.items()
    ]
    return Validation(markets.default_market(2), ("Alder",), pd.DataFrame(rows))


def test_tables_tell_what_leaves_its_band_and_what_comes_in() -> None:
    default = _validation({"kept": 0.3, "left": 0.35, "never": 0.5, "shown": 0.3})
    without = _validation({"kept": 0.3, "left": 0.405, "never": 0.3, "shown": 0.9})
    change = markets.CHANGES[0]
    lines = "\n".join(tables.rules_table(default, [without], [change])).splitlines()
    assert lines[2].split(" | ")[3:] == ["2 of 3", "The never: 50.0 % [49.0, 51.0], 20 to 40 % |"]
    assert "2 of 3 | The left: 40.5 % [39.5, 41.5] ?, 20 to 40 %; inside here: The never |" in lines[3]
    numbers = "\n".join(tables.numbers_table(default, [without], [change]))
    assert "The kept" not in numbers
    assert "The shown" not in numbers
    assert "**40.5 %** ?" in numbers
    beside = "\n".join(tables.before_and_after(default, without))
    assert "| The never | 20 to 40 % | **50.0 %** [49.0, 51.0] | 9 | 30.0 % [29.0, 31.0] | 9 |" in beside
    both = "\n".join(tables.numbers_beside([default, without], ["default", "A"]))
    assert "| The never | 20 to 40 % | **50.0 %** [49.0, 51.0] | 30.0 % [29.0, 31.0] |" in both
    assert tables.held_out_words(["shown"], without).endswith("20 to 40 %, shown only")


def test_as_many_are_invited_as_by_lists() -> None:
    """Where each is invited for itself, the rate that matches is the rate itself."""
    changes: dict[str, Any] = {
        "market.buyers": 150,
        "clock.warmup_weeks": 0,
        "clock.weeks": 52,
        "invitations.rule": "independent",
        "invitations.inbound": 0.4,
        "prospecting.attempts_per_hour": 0.0,
        "reps.max_open_opportunities": 200,
    }
    scenario = parse_scenario(load_scenario("kickoff"), changes)
    found = markets.matching_inbound(scenario, 1)
    assert found == pytest.approx(0.4, abs=5 * np.sqrt(0.24 / 200))
