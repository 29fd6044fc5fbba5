"""Causes sum to the difference that the runs' own metrics show: for all adopters of every shipped scenario."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from tests.attribution.sides import as_run, both, check_sums, traced
from tests.lively import Play, lively_markets
from zerosum.errors import Interrupted
from zerosum.market.engine import Engine
from zerosum.market.state import NO_DECISION
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.studies.attribution import CAUSES, TOTALS, explain
from zerosum.studies.attribution.explain import trace
from zerosum.studies.attribution.table import ABSENT
from zerosum.studies.attribution.witness import Witness

SMALL = {
    "market.buyers": 1000,
    "clock.warmup_weeks": 52,
    # Enough of everything, whatever the defaults are fitted to: many decisions, in which all that can weigh does.
    "review.max_per_year": 0.4,
    "effort.preparation_weight": 1.2,
    "effort.selling_weight": 0.8,
    "prospecting.provoke_customer": 0.1,
}
SHIPPED = [
    ("kickoff", "admin-to-preparation", ["focal"], {"market.buyers": 3000}),
    ("kickoff", "social-and-preparation", ["focal", "competitors", "all"], {"market.buyers": 2000}),
    ("greenfield", "shots", ["focal", "competitors"], {}),
    ("own-worst-rival", "preparation-and-upgrade", ["focal", "all"], {}),
    ("quarter-end", "push", ["focal", "competitors", "all"], {"push.below": 2.0}),
    ("everyone-adopts", "shots", ["focal", "all"], {"satisfaction.neighbour_weight": 2.0}),
    ("presales-bottleneck", "preparation-and-many-engineers", ["focal", "all"], {}),
    (
        "workshop",
        "social-and-preparation",
        ["focal", "competitors", "all"],
        {"clock.weeks": 156, "reps.max_open_opportunities": 4},
    ),
]
YEARS_MONEY = 1e6
"""About what a vendor of so small a market takes in a year."""

CASES = [
    (name, strategy, adopters, given) for name, strategy, adopters, given in SHIPPED for adopters in adopters
]


@pytest.mark.parametrize(("name", "strategy", "adopters", "given"), CASES)
def test_causes_sum_to_the_difference(name: str, strategy: str, adopters: Any, given: dict[str, Any]) -> None:
    found = traced(parse_scenario(load_scenario(name), SMALL | given), strategy, adopters, 1)
    check_sums(found)
    assert len(found.deals) > 0
    share = found.deals[[f"share_{cause.name}" for cause in CAUSES]].to_numpy()
    assert share.sum(axis=1) == pytest.approx(1.0)
    # What adds up to nothing does so to the rounding of what is added, and totals are differences of a year's money.
    for name in ("money", "money_lost_accounts"):
        rounding = 1e-13 * max(float(found.deals[name].abs().sum()), YEARS_MONEY)
        assert found.deals[name].sum() == pytest.approx(found.totals[name], abs=rounding)


def test_every_cause_is_met_somewhere() -> None:
    met: set[str] = set()
    for name, strategy, adopters, values in CASES:
        found = traced(parse_scenario(load_scenario(name), SMALL | values), strategy, adopters, 2)
        met |= set(found.deals["cause"])
    # Those that are rarely the first cause of anything are planted in test_planted.py.
    assert {cause.name for cause in CAUSES} - met <= {
        "satisfaction",
        "word_of_mouth",
        "trust",
        "skill",
        "fatigue",
    }


def played(play: Play) -> Any:
    """Both runs of a lively market: as it goes on, and with the first switch."""
    scenario, switch = play.scenario, play.switches[0]
    start = Engine(scenario, play.replication)
    start.run(switch.week)
    sides = []
    for moved in (False, True):
        engine = start.branch()
        if moved:
            engine.assign(switch.vendors, switch.reps)
        witness = Witness(engine, scenario.focal_index)
        engine.run(max(1, play.weeks - switch.week))
        engine.recorder.finish(engine.week, engine.market)
        sides.append(as_run(engine, witness))
    return sides


@given(lively_markets())
@settings(max_examples=40)
def test_causes_sum_to_the_difference_in_any_market(play: Play) -> None:
    """Whoever moves, in any mixture: contact, provocation, push, upgrades, turnover, launches, at a small scale."""
    check_sums(trace(*played(play)))


@pytest.mark.slow
@given(lively_markets(most_buyers=200, most_weeks=220))
@settings(max_examples=400)
def test_causes_sum_to_the_difference_in_many_markets(play: Play) -> None:
    check_sums(trace(*played(play)))


# --- The whole -------------------------------------------------------------------------------------------------

KICKOFF = parse_scenario(load_scenario("kickoff"), SMALL)


def test_what_is_told() -> None:
    changed = explain(KICKOFF, "social-and-preparation", replications=3)
    assert (changed.strategy, changed.against, changed.adopters, changed.replications) == (
        "social-and-preparation",
        "usual",
        "focal",
        3,
    )
    assert changed.causes["cause"].tolist() == [cause.name for cause in CAUSES]
    every = changed.by_replication
    assert len(every) == 3 * (len(CAUSES) + 1)
    parts, sums = every[every["cause"] != "total"], every[every["cause"] == "total"]
    for name in TOTALS:
        per_replication = parts.groupby("replication")[name].sum().to_numpy()
        assert per_replication == pytest.approx(sums[name].to_numpy(), abs=1e-6)
        assert changed.causes[f"{name}_total"].sum() == pytest.approx(
            changed.totals[f"{name}_total"].iloc[0], abs=1e-6
        )
        assert changed.causes[name].sum() == pytest.approx(sums[name].mean(), abs=1e-6)
        low, high = changed.totals[f"{name}_low"].iloc[0], changed.totals[f"{name}_high"].iloc[0]
        half = 4.302653 * sums[name].std() / math.sqrt(3)
        assert (high - low) / 2 == pytest.approx(half, rel=1e-6)
    assert changed.deals["replication"].isin([0, 1, 2]).all()
    in_all = changed.deals[["money", "money_lost_accounts"]].sum()
    assert in_all["money"] == pytest.approx(changed.totals["money_total"].iloc[0])
    assert in_all["money_lost_accounts"] == pytest.approx(changed.totals["money_lost_accounts_total"].iloc[0])


def test_threads_change_nothing() -> None:
    one, two = (explain(KICKOFF, "shots", replications=4, workers=workers) for workers in (1, 2))
    for name in ("causes", "totals", "by_replication", "deals"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))


def test_a_strategy_against_another_one_is_the_difference_of_both_to_the_baseline() -> None:
    strategies = ("shots", "admin-to-preparation")
    one, two = (explain(KICKOFF, strategy, replications=2).totals["money"].iloc[0] for strategy in strategies)
    between = explain(KICKOFF, strategies[1], against=strategies[0], replications=2)
    assert between.totals["money"].iloc[0] == pytest.approx(two - one)


def test_a_strategy_of_another_name_changes_no_deal() -> None:
    rows = [{"name": "same"}]
    found = explain(parse_scenario(KICKOFF, {"strategies": rows}), "same", replications=2)
    assert len(found.deals) == 0
    assert not found.causes[list(TOTALS)].to_numpy().any()


@pytest.mark.parametrize(
    ("strategy", "options", "words"),
    [
        ("shots", {"adopters": "head-to-head"}, "no second run"),
        ("usual", {}, "against itself"),
        ("shots", {"against": "shots"}, "against itself"),
        ("shuts", {}, "no strategy 'shuts'"),
        ("shots", {"adopters": "nowhere"}, "there is no 'nowhere'"),
        ("shots", {"replications": 0}, "at least one"),
    ],
)
def test_what_cannot_be_explained_is_refused(strategy: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        explain(KICKOFF, strategy, **options)


def test_it_can_be_stopped() -> None:
    stop = threading.Event()
    with pytest.raises(Interrupted) as stopped:
        explain(KICKOFF, "shots", replications=50, on_done=lambda done: stop.set(), stop=stop)
    assert stopped.value.wanted == 50


def test_rows_tell_what_happened() -> None:
    """A row's two sides against the records of both runs."""
    scenario = parse_scenario(load_scenario("own-worst-rival"), SMALL)
    sides = both(scenario, "preparation-and-upgrade", "focal")
    changed = trace(*sides).deals
    assert len(changed) > 30
    for name, side in zip(("baseline", "strategy"), sides, strict=True):
        record, deals = side.run.engine.recorder.decisions, side.run.engine.recorder.deals
        for _, row in changed.iterrows():
            at = np.flatnonzero((record.buyer == row["buyer"]) & (record.started == row["start"]))
            if len(at) == 0:
                assert row[f"result_{name}"] in ABSENT
                assert math.isnan(row[f"week_{name}"])
                continue
            assert row[f"week_{name}"] == record.week[at[0]]
            held, after = record.before[at[0]], record.after[at[0]]
            incumbent = scenario.products[held].vendor if held >= 0 else ""
            assert row[f"incumbent_{name}"] == incumbent
            expected = {
                "nothing": record.outcome[at[0]] == NO_DECISION
                or "Alder" not in (incumbent, scenario.products[after].vendor),
                "won, new market": held < 0,
                "won from a rival": incumbent != "Alder",
                "renewed": held == after,
                "own product displaced": incumbent == "Alder" and held != after,
                "lost to a rival": incumbent == "Alder" and scenario.products[after].vendor != "Alder",
            }
            assert expected[row[f"result_{name}"]], row
            ours = (deals.buyer == row["buyer"]) & (deals.week == record.week[at[0]]) & (deals.vendor == 0)
            assert (row[f"source_{name}"] != "") == ours.any()
            if ours.any():
                assert row[f"preparation_{name}"] == deals.preparation[ours][0]
                assert row[f"selling_{name}"] == deals.selling[ours][0]
                assert row[f"support_{name}"] == deals.supported[ours][0]
                assert row[f"discount_{name}"] == deals.discount[ours][0]
