"""What facts are about, by hand: a year of two reps with twelve closed opportunities, every number worked out here."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.each import each
from zerosum.market.metrics import Team
from zerosum.market.records import (
    GREEN_FIELD,
    LOST,
    N_WEEKLY,
    OWN_CUSTOMER,
    RIVAL_HELD,
    STALLED,
    SUPPORT_ASKED,
    SUPPORT_STARTED,
    SUPPORT_WAITING,
    WON,
    Deals,
    Decisions,
    Dropouts,
    RepYear,
)
from zerosum.market.state import (
    DISPLACEMENT,
    FOUND,
    INVITED,
    NEW,
    NO_DECISION,
    NONE,
    PREPARATION,
    PROVOKED,
    RENEWAL,
    SELLING,
    WAITING,
)
from zerosum.studies.facts import MEASURES, of_vendor

FIRST = 104
"""First measured week; a year is measured."""
OWN, RIVAL, FREE = OWN_CUSTOMER, RIVAL_HELD, GREEN_FIELD

# week of the year, weeks it took, buyer, rep, source, vendors there, outcome, whose, prepared hours, supported
ROWS = [
    (0, 1, 0, 0, INVITED, 1, WON, OWN, 10.0, 1),
    (5, 4, 1, 0, INVITED, 2, WON, OWN, 10.0, 0),
    (9, 2, 2, 1, INVITED, 1, LOST, OWN, 0.1, 0),
    (12, 8, 3, 1, INVITED, 1, WON, OWN, 0.1, 0),
    (13, 20, 4, 0, FOUND, 1, WON, FREE, 10.0, 1),
    (20, 6, 5, 0, PROVOKED, 2, LOST, RIVAL, 0.1, 0),
    (25, 5, 6, 1, INVITED, 3, STALLED, RIVAL, 10.0, 0),
    (26, 0, 7, 1, FOUND, 2, WON, RIVAL, 0.1, 0),
    (30, 9, 8, 0, INVITED, 2, LOST, RIVAL, 10.0, 1),
    (38, 3, 9, 0, INVITED, 3, LOST, RIVAL, 0.1, 0),
    (40, 7, 10, 1, INVITED, 3, STALLED, RIVAL, 0.1, 0),
    (51, 30, 11, 1, INVITED, 4, WON, RIVAL, 10.0, 1),
]
VALUE = [100.0, 100.0, 100.0, 100.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 1000.0]
"""Of buyers; the last two have no closed opportunity, and the last is in rep 1's, the other in rep 0's territory."""
PRICES = np.array([2.0, 1.0])


def table_of(table: Any, rows: int, **columns: Any) -> Any:
    """Return a table of the record; what isn't given is 0."""
    return table(**{name: columns.get(name, np.zeros(rows, int)) for name in table._fields})


def deals(rows: list[tuple[Any, ...]] = ROWS) -> Deals:
    week, took, buyer, rep, source, offers, outcome, kind, hours, supported = map(
        np.array, zip(*rows, strict=True)
    )
    incumbent = np.where(kind == OWN, 0, np.where(kind == RIVAL, 1, NONE))
    return table_of(
        Deals, len(rows), week=week + FIRST, opened=week + FIRST - took, buyer=buyer, rep=rep, source=source,
        incumbent=incumbent, offers=offers, outcome=outcome, kind=kind, preparation=hours, supported=supported,
    )  # fmt: skip


def decisions() -> Decisions:
    """0 is renewed, 2 lost to the rival, 4 new, 7 and 11 taken from the rival, 5 undecided; the rival renews 12."""
    rows = [
        (0, 0, 0, RENEWAL, 200, 200), (2, 0, 1, DISPLACEMENT, 200, 100), (4, NONE, 0, NEW, 0, 20),
        (5, 1, 1, NO_DECISION, 20, 20), (7, 1, 0, DISPLACEMENT, 40, 80), (11, 1, 0, DISPLACEMENT, 80, 160),
        (12, 1, 1, RENEWAL, 90, 90),
    ]  # fmt: skip
    buyer, before, after, outcome, arr_before, arr_after = map(np.array, zip(*rows, strict=True))
    return table_of(
        Decisions, len(rows), buyer=buyer, before=before, after=after, outcome=outcome, arr_before=arr_before,
        arr_after=arr_after,
    )  # fmt: skip


def dropouts() -> Dropouts:
    """Buyer 1 dropped out, and the rival's 9."""
    columns = {"buyer": [1, 9], "product": [0, 1], "arr": [200.0, 60.0]}
    return table_of(Dropouts, 2, **{name: np.array(column) for name, column in columns.items()})


@pytest.fixture
def team() -> Team:
    """Reps 0 and 1 are ours, rep 2 the rival's."""
    weekly = np.zeros((52, 2, N_WEEKLY))
    # Six requests in as many weeks, the first three taken up; two of those that wait close in week 20.
    weekly[:6, 0, SUPPORT_ASKED] = 1.0
    weekly[:3, 0, SUPPORT_STARTED] = 1.0
    weekly[:, 0, SUPPORT_WAITING] = [0, 0, 0, 1, 2, *[3] * 16, *[1] * 31]
    hours = np.zeros((3, 9))
    hours[0, [PREPARATION, SELLING]] = 100.0, 50.0
    hours[1, [PREPARATION, SELLING]] = 60.0, 30.0
    hours[2] = 999.0
    # At the end rep 0 has one opportunity, with the own customer 3 (opened in week 30), rep 1 one with the rival's 12.
    table = SimpleNamespace(
        buyer=np.array([3, NONE, 12, NONE, 5, 6]),
        product=np.array([0, 0, 0, 0, 1, 1]),
        support=np.array([WAITING, WAITING, 0, 0, WAITING, 0]),  # a free slot, and the rival's, don't count
        opened=np.array([FIRST + 30, 0, FIRST + 45, 0, FIRST, FIRST]),
    )
    holds = np.array([0, NONE, 1, 0, 0, 1, 1, 0, 1, NONE, 1, 0, 1, 0])
    owner = np.array([[0, 2], [0, 2], [1, 2], [1, 2]] + [[0, 2]] * 9 + [[1, 2]])
    years = [
        RepYear(FIRST - 52, 52, np.zeros(3), np.array([9.0, 9.0, 9.0]), np.zeros(3, np.int8)),  # no quota yet
        RepYear(
            FIRST, 52, np.array([100.0, 300.0, 7.0]), np.array([150.0, 270.0, 99.0]), np.zeros(3, np.int8)
        ),
        RepYear(
            FIRST + 52, 13, np.array([100.0, 100.0, 7.0]), np.zeros(3), np.zeros(3, np.int8)
        ),  # not a year
    ]
    recorder = SimpleNamespace(
        deals=deals(),
        decisions=decisions(),
        dropouts=dropouts(),
        weekly=weekly,
        rep_hours=hours,
        rep_years=years,
        first_week=FIRST,
    )
    rules = SimpleNamespace(
        effort=SimpleNamespace(preparation_hours=3.0),
        support=SimpleNamespace(threshold=0.6, service_weeks=0.5),
        quota=SimpleNamespace(renewal_credit=0.5),
        products=SimpleNamespace(vendor=np.array([0, 1]), price=PRICES),
        reps=SimpleNamespace(max_open_opportunities=2),
    )
    market = SimpleNamespace(
        buyers=SimpleNamespace(value=np.array(VALUE), holds=holds, owner=owner, price_paid=PRICES[holds]),
        opportunities=table,
        vendors=SimpleNamespace(engineers=np.array([2, 1])),
        reps=SimpleNamespace(vendor=np.array([0, 0, 1])),
    )
    pay = SimpleNamespace(base_per_year=60.0, commission=0.2, accelerator=0.1)
    engine = SimpleNamespace(
        recorder=recorder, rules=rules, market=market, week=FIRST + 52, scenario=SimpleNamespace(pay=pay)
    )
    run = SimpleNamespace(
        engine=engine,
        vendor=0,
        team=np.array([True, True, False]),
        weeks=52,
        start_accounts=5,
        strategy_row=0,
    )
    return Team(run)  # type: ignore[arg-type]


NUMBERS = {
    "own_client_share": 4 / 12,
    "new_business_share": 8 / 12,
    "rival_held_share": 7 / 12,
    "contested_share": 8 / 12,
    "own_alone_share": 3 / 12,
    "own_contested_share": 1 / 12,
    "unserved_alone_share": 1 / 12,
    "asked_presales_share": 6 / 12,  # 1 - exp(-10/3) = .96 is beyond .6, 1 - exp(-.1/3) = .03 isn't
    "own_client_win_rate": 3 / 4,
    "own_client_alone": 3 / 4,
    "self_generated": 3 / 8,
    "company_attainment": 420 / 400,
    "rep_years_at_quota": 1 / 2,  # 1.5 and .9
    "rep_years_p10": 0.9 + 0.1 * 0.6,
    "rep_years_p90": 0.9 + 0.9 * 0.6,
    "rep_years_far_above": 1 / 2,
    "rep_years_near_quota": 1 / 2,
    "quota_over_pay": 200 / (60 + 40),
    "variable_pay": 40 / (60 + 40),
    "presales_used": 3 * 0.5 / (2 * 52),
    "presales_never": 2 / 6,
    "won_cycle_median": (4 + 8)
    / 2,  # 1, 1, 4, 8, 20, 30: a deal won in the week in which it was found took one
    "won_cycle_sigma": float(np.log([1, 1, 4, 8, 20, 30]).std(ddof=1)),
    "hours_per_opportunity": 240 / 12,
    "closed_per_rep": 6.0,
    "won_per_rep": 3.0,
    # Paying at the end: 0, 3, 4, 7, 11, 13, at a price of 2; 4, 7 and 11 were won, 2 was lost, and 1 dropped out.
    "gross_retention": 1 - (200 + 200) / (2 * (100 + 100 + 100 + 100 + 1000)),
}


@each("name", NUMBERS)
def test_a_number_by_hand(name: str, team: Team) -> None:
    read = MEASURES[name].read
    assert read is not None
    assert read(team) == pytest.approx([NUMBERS[name]])


def test_every_measure_that_is_read_is_worked_out_here_or_below(team: Team) -> None:
    below = {
        "win_rate_fall_by_value",
        "bidders_rise_by_value",
        "green_field_alone_together",
        "top_fifth_of_year",
    }
    below |= {"in_market_contested"}  # in test_facts.py
    below |= {"pipeline_coverage_quarters", "rep_icc", "rep_icc_own", "rep_icc_new"}
    assert {name for name, m in MEASURES.items() if m.read is not None} == below | set(NUMBERS)


def test_new_business_by_fifths_of_value(team: Team) -> None:
    """Eight deals in order of value: two, one, two, one, two of them in a fifth (place * 5 // 8)."""
    won, closed, vendors = of_vendor.by_value(team).reshape(3, 5)
    np.testing.assert_array_equal(closed, [2, 2, 1, 2, 1])
    np.testing.assert_array_equal(won, [1, 1, 0, 0, 1])
    np.testing.assert_array_equal(vendors, [3, 5, 2, 6, 4])
    rows = np.array(
        [[1, 1, 0, 0, 1, 2, 2, 1, 2, 1, 3, 5, 2, 6, 4], [5, 0, 0, 0, 1, 6, 2, 1, 2, 7, 9, 5, 2, 6, 20]]
    )
    fall, rise = MEASURES["win_rate_fall_by_value"], MEASURES["bidders_rise_by_value"]
    assert fall.interval(rows).mean == pytest.approx(1 - (2 / 8) / (6 / 8))
    assert rise.interval(rows).mean == pytest.approx((24 / 8) / (12 / 8) - 1)


def test_equal_values_go_into_fifths_as_they_come(team: Team) -> None:
    team.engine.market.buyers.value[:] = 1.0
    np.testing.assert_array_equal(of_vendor.by_value(team)[5:10], [2, 2, 1, 2, 1])


def test_fewer_deals_than_fifths_have_none(team: Team) -> None:
    team.engine.recorder.deals = deals(ROWS[:7])
    assert np.isnan(of_vendor.by_value(team)).all()


def test_alone_with_an_unserved_buyer(team: Team) -> None:
    read = MEASURES["green_field_alone_together"].read
    assert read is not None
    np.testing.assert_array_equal(read(team), [1, 1])


def test_the_top_fifth_of_each_whole_year(team: Team) -> None:
    """Of two reps the better one: 9 of 18 in the first year, 270 of 420 in the second; the quarter isn't a year."""
    assert of_vendor.top_fifth(team) == pytest.approx([(9 / 18 + 270 / 420) / 2])


def test_coverage_at_each_quarters_end(team: Team) -> None:
    """Open in weeks 12, 25, 38 and 51 of the year; quarterly quota 100. An own customer's credit is half of 2 × value.

    Week 12: buyer 4 (10 at 2, opened before the year) is open, 3 closes in it. Week 25: 8 (opened in 21), 11 (in 21).
    Week 38: 10 (opened in 33), 11, 3 again (own, since 30). Week 51: 3 and 12, since 45.
    """
    team.engine.recorder.rep_years = team.engine.recorder.rep_years[:2]
    of_quarter = [2 * 10, 2 * 50 + 2 * 80, 2 * 70 + 2 * 80 + 100, 100 + 2 * 90]
    assert of_vendor.pipeline_coverage(team) == pytest.approx([np.mean(of_quarter) / 100])
    # At the end it is what the metric says, which looks at nothing else.
    assert team.credit_if_won == pytest.approx(of_quarter[-1])


def test_measures_of_a_year_need_a_whole_one(team: Team) -> None:
    team.engine.recorder.rep_years = team.engine.recorder.rep_years[2:]
    for name in (
        "company_attainment",
        "rep_years_at_quota",
        "rep_years_p90",
        "top_fifth_of_year",
        "quota_over_pay",
    ):
        read = MEASURES[name].read
        assert read is not None
        assert math.isnan(read(team)[0]), name


def test_nothing_closed_is_undefined_and_not_zero(team: Team) -> None:
    nobody = Deals._make(column[:0] for column in deals())
    team.engine.recorder.deals = nobody
    for name in (
        "contested_share",
        "own_client_win_rate",
        "self_generated",
        "presales_never",
        "won_cycle_median",
    ):
        read = MEASURES[name].read
        assert read is not None
        assert math.isnan(read(team)[0]), name


# --- Differences between reps ---------------------------------------------------------------------------------


def correlation(groups: list[list[int]], which: of_vendor.Which | None = None) -> float:
    rep = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    won = np.array([x for g in groups for x in g])
    team = SimpleNamespace(
        deals=SimpleNamespace(rep=rep, outcome=np.where(won == 1, WON, LOST)),
        run=SimpleNamespace(team=np.ones(len(groups), bool)),
    )
    return float(of_vendor.rep_differences(which)(team)[0])  # type: ignore[arg-type]


def anova(groups: list[list[int]]) -> float:
    """ICC(1) by sums of squares, as in a textbook."""
    known = [g for g in groups if g]
    values = [x for g in known for x in g]
    grand, k, n = sum(values) / len(values), len(known), len(values)
    means = [sum(g) / len(g) for g in known]
    between = sum(len(g) * (m - grand) ** 2 for g, m in zip(known, means, strict=True)) / (k - 1)
    within = sum((x - m) ** 2 for g, m in zip(known, means, strict=True) for x in g) / (n - k)
    size = (n - sum(len(g) ** 2 for g in known) / n) / (k - 1)
    return (between - within) / (between + (size - 1) * within)


def test_the_intra_class_correlation_by_hand() -> None:
    # Between: 4 * (.25^2 + .25^2) / 1 = .5; within: 8 * .75 * .25 / 6 = .25; (.5 - .25) / (.5 + 3 * .25) = .2.
    assert correlation([[1, 1, 1, 0], [0, 0, 0, 1]]) == pytest.approx(0.2)
    assert correlation([[1, 1], [0, 0]]) == pytest.approx(1.0)


def test_the_intra_class_correlation_of_some_deals(team: Team) -> None:
    """Own customers: both won by rep 0, one of two by rep 1. New business: one of four, two of four."""
    for name, groups in {
        "rep_icc_own": [[1, 1], [0, 1]],
        "rep_icc_new": [[1, 0, 0, 0], [0, 1, 0, 1]],
    }.items():
        read = MEASURES[name].read
        assert read is not None
        assert read(team) == pytest.approx([anova(groups)])


@pytest.mark.parametrize("seed", range(5))
def test_the_intra_class_correlation_with_groups_of_all_sizes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = [list(rng.binomial(1, rng.uniform(0.1, 0.9), size)) for size in (0, 1, 3, 8, 20, 21)]
    assert correlation(groups) == pytest.approx(anova(groups))


def test_the_intra_class_correlation_needs_two_reps_and_more_deals_than_reps() -> None:
    for groups in ([[1, 0, 1]], [[1], [0], [1]], [[], []], [[1, 1], [1, 1]]):
        assert math.isnan(correlation(groups))
