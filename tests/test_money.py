"""Money is what customers pay and what the vendor pays: by hand, by the books, and 0 in sum where all are served."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.each import each
from tests.helpers import mean_and_error, silent_market, within
from zerosum.market.metrics import Team, measure
from zerosum.market.records import ARR
from zerosum.market.run import Run, branches, simulate, warm_up
from zerosum.runs.replicate import collect
from zerosum.scenario import ScenarioError, parse_scenario, results_hash
from zerosum.scenario.spec import Scenario

# --- By hand --------------------------------------------------------------------------------------------------

NO_PAY = {"base_per_year": 0.0, "commission": 0.0, "accelerator": 0.0, "presales_per_year": 0.0}


def three_buyers(**tables: Any) -> Scenario:
    """Three buyers that pay 1,000 a week each, for two weeks; a rep that costs 1,000, a tool 100, training 100 once."""
    return silent_market(
        **{
            "clock": {"warmup_weeks": 0, "weeks": 2},
            "market": {"buyers": 3},
            "segments": [{"name": "all", "value_median": 52_000.0}],
            "vendors": [{"name": "A"}],
            "pay": {**NO_PAY, "base_per_year": 52_000.0},
            "tools": [{"name": "notes", "cost_per_rep_year": 5_200.0, "training_cost": 200.0}],
            "strategies": [{"name": "usual", "tools": ["notes"], "training": 0.5}],
            "money": {"margin": 0.5, "discount_rate": 0.1},
            **tables,
        }
    )


def test_two_weeks_by_hand() -> None:
    """Of 3,000 a week half is left; 1,200 and 1,100 go to rep, tool and training."""
    numbers = measure(simulate(three_buyers()))
    assert numbers["arr"] == pytest.approx(156_000)
    assert numbers["arr_earned"] == pytest.approx(6_000 * 26)  # as if for a whole year
    assert numbers["cost"] == pytest.approx(2_300 * 26)
    assert numbers["cost_tools"] == pytest.approx(300 * 26)
    assert numbers["cost_of_sales"] == pytest.approx(2_300 / 6_000)
    assert numbers["payout_per_rep"] == 0.0
    assert numbers["contribution"] == pytest.approx(700 * 26)
    assert numbers["present_value"] == pytest.approx(300 * 1.1 ** (-1 / 52) + 400 * 1.1 ** (-2 / 52))


def test_customers_that_drop_out_where_none_decides_are_counted() -> None:
    weekly = {"name": "all", "value_median": 52_000.0, "contract_weeks": 1}
    team = Team(simulate(three_buyers(segments=[weekly], contracts={"attrition": 0.99})))
    assert (len(team.decisions.week), len(team.dropouts.week)) == (0, 3)
    assert team.money.arr.tolist() == [156_000.0, 0.0]  # paid in the first week, gone in the second


def test_a_year_is_worth_less_by_the_rate() -> None:
    """The same money in the last week of the second year is worth a tenth less than in that of the first."""
    lasting = three_buyers(
        clock={"warmup_weeks": 0, "weeks": 104}, pay=NO_PAY, tools=[], strategies=[{"name": "usual"}]
    )
    for rate in (0.0, 0.1, 1.0):
        team = Team(simulate(parse_scenario(lasting, {"money.discount_rate": rate})))
        first_year = 1_500 * sum((1 + rate) ** (-week / 52) for week in range(1, 53))
        assert team.money.present_value == pytest.approx(first_year * (1 + 1 / (1 + rate)))


def test_a_silent_prolongation_is_worth_what_a_signed_renewal_is() -> None:
    """Every contract ends every week: each customer signs each time, or none ever decides."""
    found = {}
    for says, threshold in (("signs", -60.0), ("stays", 60.0)):
        weekly = {"name": "all", "value_median": 52_000.0, "contract_weeks": 1, "extension_weeks": 1}
        market = three_buyers(
            clock={"warmup_weeks": 0, "weeks": 30}, segments=[weekly], choice={"no_decision": threshold}
        )
        found[says] = measure(simulate(market))
    assert found["signs"]["revenue"] > 1e6
    assert found["stays"]["revenue"] == 0.0
    for name in ("arr", "arr_earned", "cost", "contribution", "present_value"):
        assert found["signs"][name] == pytest.approx(found["stays"][name], rel=1e-12)
    assert found["stays"]["arr_earned"] == pytest.approx(90_000 * 52 / 30)


@each(
    ("given", "says"),
    [
        ({"money.margin": 80}, ("money.margin = 80 is too large", "write 0.8 for 80 %")),
        ({"money.margin": -0.1}, ("money.margin = -0.1 is too small", "from 0 to 1")),
        ({"money.discount_rate": 10.0}, ("money.discount_rate = 10.0 is too large", "write 0.1 for 10 %")),
        ({"money.discount_rate": -0.05}, ("money.discount_rate = -0.05 is too small", "from 0 to 1")),
        ({"money.discount_rate": float("nan")}, ("is not a finite number",)),
        ({"money.currency": "EUR 5"}, ("'EUR 5' is no currency", "such as $ or EUR")),
        ({"money.currency": 5}, ("is not text",)),
        ({"money.currency": "ABCDEFGHI"}, ("is too long", "0 to 8 characters")),
        ({"money.margin": "0.8"}, ("write 0.8, without quotes",)),
        ({"money.discount_rat": 0.1}, ("did you mean 'discount_rate'?",)),
    ],
)
def test_wrong_money_is_refused_in_words(given: dict[str, Any], says: tuple[str, ...]) -> None:
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(Scenario(), given)
    assert [text for text in says if text not in str(refused.value)] == []


def test_a_currency_changes_no_result_and_no_hash() -> None:
    plain, named = three_buyers(), parse_scenario(three_buyers(), {"money.currency": "€"})
    assert results_hash(plain) == results_hash(named)
    assert measure(simulate(plain))["contribution"] == measure(simulate(named))["contribution"]


# --- By the books ---------------------------------------------------------------------------------------------

LIVELY = Scenario.model_validate(
    {
        "clock": {"warmup_weeks": 52, "weeks": 91},
        "market": {"buyers": 240, "saturation": 0.8},
        "segments": [
            {"name": "small", "share": 0.7, "contract_weeks": 40, "evaluation_weeks": 6.0},
            {"name": "large", "share": 0.3, "contract_weeks": 60, "value_median": 90_000.0},
        ],
        "vendors": [{"name": name, "reps": 4, "presales": 1} for name in ("Alder", "Birch", "Cedar")],
        "products": [
            {"name": "A1", "vendor": "Alder", "price": 0.9},
            {"name": "A2", "vendor": "Alder", "price": 1.2, "launch_week": 8},
            {"name": "B", "vendor": "Birch"},
            {"name": "C", "vendor": "Cedar", "price": 1.1},
        ],
        "review": {"max_per_year": 1.5},
        "contracts": {"attrition": 0.2},
        "invitations": {"rule": "independent", "inbound": 0.4},
        "turnover": {"leave_other": 0.3},
        "tools": [{"name": "notes", "saving": 0.5, "innovation": 0.3}],
        "strategies": [
            {"name": "usual", "push": True},
            {"name": "more", "tools": ["notes"], "reinvest": {"preparation": 1.0}, "upgrade": True,
             "extra_hours": {"prospecting": 8.0, "preparation": 8.0, "selling": 8.0}},
        ],
        "comparison": {"adopters": ["focal", "all", "head-to-head"]},
    }
)  # fmt: skip


def of_vendors(run: Run) -> list[Team]:
    """Return a run's market as each vendor sees it."""
    vendor = run.engine.market.reps.vendor
    return [Team(replace(run, vendor=v, team=vendor == v)) for v in range(len(run.engine.scenario.vendors))]


@functools.cache
def lively() -> list[Run]:
    start = warm_up(LIVELY, 1)
    return list(branches(start, LIVELY.compared_names, LIVELY.comparison.adopters))


def test_the_books_of_vendors_teams_reps_and_segments_balance() -> None:
    for run in lively():
        weekly = run.engine.recorder.weekly[:, :, ARR]
        for v, team in enumerate(of_vendors(run)):
            np.testing.assert_allclose(team.money.arr, weekly[:, v], rtol=1e-9)
        assert sum(team.money.earned for team in of_vendors(run)) == pytest.approx(weekly.sum() / 52)
        numbers = measure(run)
        tables = collect(Team(run), False, frozenset({"reps", "segments"})).tables
        for name in ("reps", "segments"):
            assert tables[name]["arr_earned"].sum() == pytest.approx(numbers["arr_earned"])
            assert len(tables[name]["arr_earned"]) == {"reps": run.team.sum(), "segments": 2}[name]
    teams = [run for run in lively() if run.adopters == "head-to-head"]
    whole = of_vendors(teams[0])[0].money
    assert sum(Team(run).money.earned for run in teams) == pytest.approx(whole.earned)
    np.testing.assert_allclose(sum(Team(run).money.arr for run in teams), whole.arr)


def test_each_buyers_money_counts_from_the_week_in_which_it_changes() -> None:
    """Every buyer's payments, followed from the start week by week."""
    start = warm_up(LIVELY, 1)
    buyers, vendor_of = start.market.buyers, start.rules.products.vendor
    for run in lively()[:2]:
        record, n = run.engine.recorder, len(buyers.value)
        pays = buyers.value * buyers.price_paid * ((buyers.holds >= 0) & (vendor_of[buyers.holds] == 0))
        paid = np.zeros(n)
        for week in range(52, 52 + run.weeks):
            for row in np.flatnonzero(record.decisions.week == week):
                after = record.decisions.after[row]
                ours = after >= 0 and vendor_of[after] == 0
                pays[record.decisions.buyer[row]] = record.decisions.arr_after[row] if ours else 0.0
            pays[record.dropouts.buyer[record.dropouts.week == week]] = 0.0
            paid += pays / 52
        np.testing.assert_allclose(Team(run).money.earned_by(np.arange(n), n), paid, rtol=1e-9, atol=1e-6)
        assert len(record.dropouts.week) > 5


def test_without_margin_and_discount_money_is_a_plain_sum() -> None:
    plain = parse_scenario(LIVELY, {"money.margin": 1.0, "money.discount_rate": 0.0})
    run = next(branches(warm_up(plain, 1), ["more"], ["focal"]))
    numbers = measure(run)
    left = numbers["arr_earned"] - numbers["cost"]
    assert numbers["contribution"] == pytest.approx(left)
    assert numbers["present_value"] == pytest.approx(left * run.weeks / 52)
    # And nothing that happens depends on them.
    other = next(found for found in lively() if (found.adopters, found.strategy) == ("focal", "more"))
    same = set(numbers) - {"contribution", "present_value"}
    assert [name for name in same if not np.array_equal(numbers[name], measure(other)[name], True)] == []


def test_teams_share_what_their_vendor_pays() -> None:
    """Presales and departments, by the number of reps."""
    shared = silent_market(
        clock={"warmup_weeks": 0, "weeks": 26},
        vendors=[{"name": "A", "reps": 3, "presales": 2}],
        pay={**NO_PAY, "presales_per_year": 30_000.0},
        social={"marketing": {"cost_per_year": 12_000.0}},
        strategies=[{"name": "usual", "social": ["marketing"]}, {"name": "other"}],
        comparison={"adopters": ["head-to-head"]},
    )
    for run in branches(warm_up(shared, 0), ["usual", "other"], ["head-to-head"]):
        assert Team(run).money.cost.sum() == pytest.approx(run.team.sum() / 3 * (60_000 + 12_000) / 2)


def test_without_a_quota_there_is_no_accelerator() -> None:
    """In the first year nobody has one."""
    first = {"clock.warmup_weeks": 0, "clock.weeks": 52, "pay": {**NO_PAY, "accelerator": 1.0}}
    team = Team(simulate(parse_scenario(LIVELY, first)))
    assert team.deals.credit.sum() > 0
    assert team.money.cost.sum() == 0.0


def test_commission_is_paid_as_the_years_credit_grows() -> None:
    """To the deal: what is due on a year's credit so far, less what was due before."""
    pay = {**NO_PAY, "commission": 0.1, "accelerator": 0.05}
    run = next(branches(warm_up(parse_scenario(LIVELY, {"pay": pay}), 1), ["usual"], ["focal"]))
    team, recorder = Team(run), run.engine.recorder
    by_week = team.money.cost.copy()
    for year in recorder.rep_years:
        for rep in np.flatnonzero(run.team):
            quota, credit = year.quota[rep] * year.weeks / 52, 0.0
            mine = (team.deals.rep == rep) & (team.deals.week >= year.week)
            mine &= team.deals.week < year.week + year.weeks
            for week, brought in zip(team.deals.week[mine], team.deals.credit[mine], strict=True):
                more = max(credit + brought, 0.0) - max(credit, 0.0)
                above = max(credit + brought - quota, 0.0) - max(credit - quota, 0.0)
                by_week[week - 52] -= 0.1 * more + 0.05 * above
                credit += brought
    assert np.abs(by_week).max() < 1e-6
    assert team.money.cost.sum() > 1e5


# --- One vendor's gain is another's loss ----------------------------------------------------------------------

SERVED = Scenario.model_validate(
    LIVELY.model_dump(exclude={"products", "contracts", "market", "strategies"})
    | {
        "market": {"buyers": 240, "saturation": 1.0},
        "segments": [{"name": "all", "contract_weeks": 60, "evaluation_weeks": 6.0, "value_sigma": 0.8}],
        "clock": {"warmup_weeks": 52, "weeks": 104},
        "strategies": [
            {"name": "usual"},
            {"name": "more", "upgrade": True,
             "extra_hours": {"prospecting": 8.0, "preparation": 8.0, "selling": 8.0}},
        ],
        "contracts": {"attrition": 0.0},
        "comparison": {"adopters": ["focal", "competitors", "all"]},
    }
)  # fmt: skip
"""Nobody is without a supplier, nobody drops out, all prices are equal, nobody gives a discount."""


def gains(scenario: Scenario, adopters: Any, replication: int) -> npt.NDArray[np.float64]:
    """What 'more' adds to each vendor's recurring revenue, per what all earned under 'usual'."""
    runs = branches(warm_up(scenario, replication), ["usual", "more"], [adopters])
    usual, more = (np.array([team.money.earned for team in of_vendors(run)]) for run in runs)
    return np.asarray((more - usual) / usual.sum(), np.float64)


@pytest.mark.parametrize("adopters", ["focal", "competitors", "all"])
def test_where_all_are_served_gains_sum_to_0(adopters: str) -> None:
    """To the last digits, in every single run, whoever adopts: money changes hands, and its sum doesn't change."""
    for replication in range(3):
        found = gains(SERVED, adopters, replication)
        assert np.abs(found).max() > 1e-3
        assert abs(found.sum()) < 1e-12


PRICES = [
    {"name": name, "vendor": name, "price": price}
    for name, price in {"Alder": 0.9, "Birch": 1.0, "Cedar": 1.1}.items()
]


@each(
    "breach",
    [
        {"market.saturation": 0.8},
        {"contracts.attrition": 0.1},
        {"products": PRICES},
        {"strategies.usual.push": True, "push.discount": 0.1},
    ],
)
def test_each_condition_is_needed(breach: dict[str, Any]) -> None:
    assert abs(gains(parse_scenario(SERVED, breach), "all", 0).sum()) > 1e-6


def test_otherwise_all_together_gain_what_was_nobodys() -> None:
    """With buyers that come and go, at one price: what all add to ARR are new customers less those who left."""
    open_market = parse_scenario(SERVED, {"market.saturation": 0.8, "contracts.attrition": 0.1})
    for run in branches(warm_up(open_market, 0), ["usual", "more"], ["all"]):
        books = [measure(team) for team in of_vendors(run)]
        sums = {name: sum(numbers[name] for numbers in books) for name in books[0] if name.startswith("arr")}
        assert sums["arr_new_market"] > 0 < sums["arr_dropped_out"]
        assert sums["arr_competitive"] == pytest.approx(sums["arr_lost"])
        assert sums["arr_net_new"] == pytest.approx(sums["arr_new_market"] - sums["arr_dropped_out"])


def test_who_adopts_alone_gains_and_with_all_the_others_it_does_not() -> None:
    """Alike vendors: each one's gain is 0 but for chance if all adopt; alone, the same strategy wins customers."""
    alone, together = (
        mean_and_error([gains(SERVED, adopters, replication)[0] for replication in range(30)])
        for adopters in ("focal", "all")
    )
    assert alone[0] > 5 * alone[1]
    assert within(together[0], 0.0, together[1])
