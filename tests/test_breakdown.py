"""Whom it helps, when and by how much: every number of the breakdowns and the page's tables, from hand-made frames.

Two replications, so a mean difference has the interval mean ± 12.7062 · |d1 - d2| / 2 (Student's t, one degree).
"""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
import pytest
from markupsafe import escape

from zerosum.market.inventory.buyers import Segment
from zerosum.market.metrics import METRICS
from zerosum.market.state import ACTIVITIES
from zerosum.report.document import Cell, Figure, Table
from zerosum.report.html import helped, money, shown, spent
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.studies.compare import Comparison, by_quantile, by_segment, by_third, by_week, differences

T = math.tan(0.475 * math.pi)
"""97.5 % quantile of Student's t with one degree of freedom."""

SCENARIO = parse_scenario(
    load_scenario("workshop"),
    {
        "comparison.strategies": ["usual", "shots"],
        "comparison.replications": 2,
        "comparison.adopters": ["focal"],
        "market.buyers": 100,
        "clock.weeks": 2,
    },
).model_copy(update={"segments": (Segment(name="small", share=0.6), Segment(name="large", share=0.4))})
# strategy, replication, rep, third, quota, credit, closed, won
REPS = [
    ("usual", 0, 0, 1, 100, 50, 4, 1), ("usual", 0, 1, 1, 100, 100, 6, 1), ("usual", 0, 2, 3, 200, 300, 10, 5),
    ("usual", 0, 3, 2, 100, 80, 1, 1), ("usual", 0, 4, 2, 0, 0, 0, 0), ("usual", 0, 5, 0, 0, 999, 99, 1),
    ("usual", 1, 0, 1, 100, 30, 5, 2), ("usual", 1, 1, 1, 100, 90, 5, 1), ("usual", 1, 2, 3, 200, 100, 10, 4),
    ("usual", 1, 3, 2, 100, 60, 1, 1), ("usual", 1, 4, 2, 0, 0, 0, 0), ("usual", 1, 5, 0, 0, 999, 99, 1),
    ("shots", 0, 0, 1, 100, 120, 5, 3), ("shots", 0, 1, 1, 100, 180, 5, 1), ("shots", 0, 2, 3, 200, 260, 20, 8),
    ("shots", 0, 3, 2, 100, 90, 1, 1), ("shots", 0, 4, 2, 0, 0, 0, 0), ("shots", 0, 5, 0, 0, 999, 99, 99),
    ("shots", 1, 0, 1, 100, 40, 10, 6), ("shots", 1, 1, 1, 100, 160, 10, 2), ("shots", 1, 2, 3, 200, 180, 10, 1),
    ("shots", 1, 3, 2, 100, 130, 1, 0), ("shots", 1, 4, 2, 0, 0, 0, 0), ("shots", 1, 5, 0, 0, 999, 99, 99),
]  # fmt: skip
# strategy, replication, segment, closed, won, stalled, customers, buyers, new, displaced, renewed, upgraded
SEGMENTS = [
    ("usual", 0, "small", 10, 4, 2, 30, 60, 100, 50, 70, 5), ("usual", 0, "large", 0, 0, 0, 8, 40, 0, 0, 0, 0),
    ("usual", 1, "small", 20, 10, 5, 24, 60, 0, 30, 10, 7), ("usual", 1, "large", 4, 1, 3, 4, 40, 0, 0, 500, 0),
    ("shots", 0, "small", 10, 5, 1, 36, 60, 200, 100, 60, 9), ("shots", 0, "large", 5, 5, 0, 12, 40, 0, 0, 0, 0),
    ("shots", 1, "small", 10, 5, 2, 30, 60, 10, 20, 40, 1), ("shots", 1, "large", 4, 2, 0, 2, 40, 0, 0, 400, 0),
]  # fmt: skip
# strategy, replication, week, customers
WEEKLY = [
    ("usual", 0, 1, 10), ("usual", 0, 2, 12), ("usual", 1, 1, 20), ("usual", 1, 2, 20),
    ("shots", 0, 1, 11), ("shots", 0, 2, 16), ("shots", 1, 1, 23), ("shots", 1, 2, 22),
]  # fmt: skip
# strategy, replication: renewed, displaced, new, upgraded, cost, cost_tools
MONEY = {
    ("usual", 0): (500, 100, 50, 0, 400, 0),
    ("usual", 1): (700, 300, 50, 0, 600, 0),
    ("shots", 0): (550, 200, 50, 0, 450, 40),
    ("shots", 1): (750, 900, 50, 0, 750, 60),
}
HOURS = {"usual": {"prospecting": 8, "selling": 12}, "shots": {"prospecting": 10, "selling": 11}}


def reps() -> pd.DataFrame:
    """Rows of reps, and of their chance baseline, which counts in its own column only."""
    columns = ["strategy", "replication", "rep", "skill_third", "quota", "credit", "closed", "won"]
    real = pd.DataFrame(REPS, columns=columns).assign(adopters="focal", null=False)
    real["attainment"] = real["credit"] / real["quota"].where(real["quota"] > 0)
    for name in ACTIVITIES:
        real[f"hours_{name}"] = [2.0 * HOURS[strategy].get(name, 0) for strategy in real["strategy"]]
    null = real.assign(null=True, credit=10_000, won=0)
    null["attainment"] = real["attainment"].where(real["attainment"].isna(), 1.0 + real["replication"])
    for name in ACTIVITIES:
        null[f"hours_{name}"] = 99.0
    twice = null.assign(
        rep=null["rep"] + 10
    )  # other hours and other sizes: not to be taken for the real ones
    return pd.concat([null, real, twice], ignore_index=True)


def rep_years() -> pd.DataFrame:
    """The same reps, whose weeks are one year."""
    columns = ["adopters", "strategy", "replication", "null", "rep", "quota", "credit", "attainment"]
    return reps()[columns].assign(year=1, weeks=52)


def segments() -> pd.DataFrame:
    money = [f"revenue_{name}" for name in ("new", "displaced", "renewed", "upgraded")]
    columns = [
        "strategy",
        "replication",
        "segment",
        "closed",
        "won",
        "stalled",
        "customers",
        "buyers",
        *money,
    ]
    return pd.DataFrame(SEGMENTS, columns=columns).assign(adopters="focal")


def runs() -> pd.DataFrame:
    rows = []
    for (strategy, replication), (renewed, displaced, new, upgraded, cost, tools) in MONEY.items():
        revenue, paid = renewed + displaced + new + upgraded, renewed + displaced
        given = {
            "revenue_renewed": renewed, "revenue_displaced": displaced, "revenue_new": new,
            "revenue_upgraded": upgraded, "revenue": revenue, "cost": cost * 26, "cost_tools": tools * 26,
            "cost_pay": (cost - tools) * 26, "cost_licenses": tools * 26,
            "arr_earned": paid * 26, "contribution": (0.5 * paid - cost) * 26,
            "share_at_quota": 0.25 if strategy == "usual" else 0.75,
        }  # fmt: skip
        for null in (False, True):
            address = {"adopters": "focal", "strategy": strategy, "replication": replication, "null": null}
            numbers = {m.name: float(given.get(m.name, 1.0)) for m in METRICS}
            rows.append(address | (dict.fromkeys(numbers, 0.125) if null else numbers))
    return pd.DataFrame(rows)


def comparison() -> Comparison:
    made = Comparison(SCENARIO, {})
    weekly = pd.DataFrame(WEEKLY, columns=["strategy", "replication", "week", "customers"]).assign(
        adopters="focal"
    )
    found = runs()
    # Rows in any order are the same comparison.
    made.__dict__.update(
        reps=reps(),
        rep_years=rep_years(),
        segments=segments(),
        weekly=weekly.sample(frac=1, random_state=1),
        runs=found,
        differences=differences(SCENARIO, found),
    )
    return made


def check(frame: pd.DataFrame, expected: dict[tuple[str, str], tuple[float, float, float]]) -> None:
    """Hold ``(group, measure) -> mean of shots, difference per replication`` against the rows."""
    rows = frame.set_index(["adopters", "strategy", "group", "measure"])
    assert {(g, m) for _, strategy, g, m in rows.index if strategy == "shots"} == set(expected)
    for (group, measure), (mean, first, second) in expected.items():
        row = rows.loc[("focal", "shots", group, measure)]
        gaps = [gap for gap in (first, second) if not math.isnan(gap)]
        assert row["n"] == len(gaps)
        assert row["mean"] == pytest.approx(mean), (group, measure)
        assert row["difference"] == pytest.approx(sum(gaps) / len(gaps)), (group, measure)
        half = T * abs(first - second) / 2 if len(gaps) == 2 else math.nan
        ends = (row["difference"] - half, row["difference"] + half)
        assert (row["low"], row["high"]) == pytest.approx(ends, nan_ok=True, abs=1e-9), (group, measure)
        usual = rows.loc[("focal", "usual", group, measure)]
        assert usual["difference"] == usual["low"] == usual["high"] == 0 or len(gaps) < 2


def test_thirds_by_hand() -> None:
    """Sums over a third's reps: .4 of deals won where the usual is .2 and .3. Who just reaches quota has reached it;
    who has none is a rep, but none that could reach it."""
    frame = by_third(comparison())
    check(
        frame,
        {
            ("lowest third", "win_rate"): (0.4, 0.2, 0.1),
            ("lowest third", "share_at_quota"): (0.75, 0.5, 0.5),
            ("lowest third", "attainment"): (1.25, 0.75, 0.4),
            ("lowest third", "revenue_per_rep"): (125, 75, 40),
            ("middle third", "win_rate"): (0.5, 0.0, -1.0),
            ("middle third", "share_at_quota"): (0.5, 0.0, 1.0),
            ("middle third", "attainment"): (1.1, 0.1, 0.7),
            ("middle third", "revenue_per_rep"): (55, 5, 35),
            ("highest third", "win_rate"): (0.25, -0.1, -0.3),
            ("highest third", "share_at_quota"): (0.5, 0.0, 0.0),
            ("highest third", "attainment"): (1.1, -0.2, 0.4),
            ("highest third", "revenue_per_rep"): (220, -40, 80),
        },
    )
    assert set(frame["unit"]) == {"share", "ratio", "money"}


def test_segments_by_hand() -> None:
    """Nothing was closed with large buyers in one replication: the other is the only pair, and has no interval."""
    check(
        by_segment(comparison()),
        {
            ("small", "win_rate"): (0.5, 0.1, 0.0),
            ("small", "no_decision_rate"): (0.15, -0.1, -0.05),
            ("small", "market_share"): (0.55, 0.1, 0.1),
            ("small", "new_business"): (165, 150, 0),
            ("small", "renewed"): (50, -10, 30),
            ("large", "win_rate"): (0.75, math.nan, 0.25),
            ("large", "no_decision_rate"): (0.0, math.nan, -0.75),
            ("large", "market_share"): (0.175, 0.1, -0.05),
            ("large", "new_business"): (0, 0, 0),
            ("large", "renewed"): (200, 0, -100),
        },
    )


def test_quantiles_by_hand() -> None:
    """Attainments of four reps with a quota: lowest .9 and .4 where the usual is .5 and .3; medians 1.25 and 1.1
    where it is .9 and .55."""
    frame = by_quantile(comparison(), (0.0, 0.5)).set_index(["strategy", "probability"])
    lowest, median = frame.loc[("shots", 0.0)], frame.loc[("shots", 0.5)]
    assert (lowest["mean"], median["mean"]) == pytest.approx((0.65, 1.175))
    assert (lowest["difference"], median["difference"]) == pytest.approx((0.25, 0.45))
    assert (lowest["low"], lowest["high"]) == pytest.approx((0.25 - T * 0.15, 0.25 + T * 0.15))
    assert (median["low"], median["high"]) == pytest.approx((0.45 - T * 0.1, 0.45 + T * 0.1))
    assert (lowest["chance_baseline"], median["chance_baseline"]) == pytest.approx((1.5, 1.5))
    for row in (lowest, median):
        assert row["low_all"] <= row["low"] + 1e-9 < row["high"] <= row["high_all"] + 1e-9
        assert row["low_all"] + row["high_all"] == pytest.approx(2 * row["difference"])
        assert row["n"] == 2
    usual = frame.loc[("usual", 0.5)]
    assert usual["mean"] == pytest.approx(0.725)
    assert usual["difference"] == usual["low_all"] == usual["high_all"] == 0


def test_a_rep_is_judged_by_the_year() -> None:
    """Of two years, 50 % and 150 % of a quota are one year at quota, though the sum is all of it."""
    made = comparison()
    first = made.rep_years
    rest = first.assign(year=2, credit=2 * first["quota"] - first["credit"])
    rest["attainment"] = rest["credit"] / rest["quota"].where(rest["quota"] > 0)
    part = first.assign(year=3, weeks=20, credit=10 * first["quota"], attainment=10.0)  # is not judged
    made.__dict__["rep_years"] = pd.concat([rest, part, first], ignore_index=True)
    usual = by_third(made).set_index(["strategy", "group", "measure"]).loc["usual"]
    # In the first year 50, 100; 30, 90 of 100 each; in the second 150, 100; 170, 110.
    assert usual.loc[("lowest third", "share_at_quota"), "mean"] == pytest.approx((3 / 4 + 2 / 4) / 2)
    assert usual.loc[("lowest third", "attainment"), "mean"] == pytest.approx(1.0)
    assert usual.loc[("lowest third", "revenue_per_rep"), "mean"] == 67.5
    lowest = by_quantile(made, (0.0,)).set_index("strategy")
    # Of .5, 1, 1.5, .8 and 1.5, 1, .5, 1.2 the lowest is .5; of .3, .9, .5, .6 and what is left to 2 it is .3.
    assert lowest.loc["usual", "mean"] == pytest.approx(0.4)
    figure = shown.draw_quota(made, "focal")
    assert words(figure.table if figure else None)[0][1] == "56.2 %"  # 2 + 0 + 3 + 4 of 16


def test_weeks_by_hand() -> None:
    """Customers of 100 buyers: one and three more in week 1, four and two more in week 2."""
    frame = by_week(comparison())
    assert frame[["strategy", "week"]].to_numpy().tolist() == [
        ["usual", 1],
        ["usual", 2],
        ["shots", 1],
        ["shots", 2],
    ]
    assert frame["mean"].tolist() == pytest.approx([0.15, 0.16, 0.17, 0.19])
    assert frame["difference"].tolist() == pytest.approx([0, 0, 0.02, 0.03])
    assert frame["n"].tolist() == [2, 2, 2, 2]
    band = frame[frame["strategy"] == "shots"]
    assert (band["low"] <= band["difference"] - 0.01 * T + 1e-9).all()  # no narrower than each week by itself
    assert (band["low"] + band["high"]).tolist() == pytest.approx([0.04, 0.06])


# --- The page -------------------------------------------------------------------------------------------------


def words(table: Table | None) -> list[list[str]]:
    """What stands in a table, ends of intervals aside."""
    assert table is not None
    return [[cell.words if isinstance(cell, Cell) else cell for cell in row] for row in table.rows]


def test_the_table_of_thirds_by_hand() -> None:
    figure = helped.draw_thirds(comparison(), "focal")
    assert figure is not None
    assert words(figure.table) == [
        ["usual", "lowest third", "25.0 %", "25.0 %", "0.68", "67.5"],
        ["usual", "middle third", "100.0 %", "0.0 %", "0.70", "35.0"],
        ["usual", "highest third", "45.0 %", "50.0 %", "1.00", "200"],
        ["shots", "lowest third", "+15 pp", "+50.0 pp", "+0.6", "+58"],
        ["shots", "middle third", "-50 pp", "+50 pp", "+0.4", "+20"],
        ["shots", "highest third", "-20 pp", "0 pp", "+0.1", "+20"],
    ]


def test_a_star_by_hand() -> None:
    found = helped.star_table(comparison(), "focal")
    assert found is not None
    said, table = found
    assert "the middle third of reps by skill brings 0.70 of its quota, the highest third 1.00." in said
    assert said.endswith("must lift the middle third by the difference, 0.30.")
    assert words(table) == [["shots", "1.10", "+0.4"]]


def test_the_table_of_segments_by_hand() -> None:
    figure = helped.draw_segments(comparison(), "focal")
    assert figure is not None
    assert words(figure.table) == [
        ["usual", "small", "45.0 %", "22.5 %", "45.0 %", "90.0", "40.0"],
        ["usual", "large", "25.0 %", "75.0 %", "15.0 %", "0.00", "250"],
        ["shots", "small", "+5 pp", "-8 pp", "+10.0 pp", "+0.07 k", "+10"],
        ["shots", "large", "+25.0 pp", "-75.0 pp", "+2 pp", "0", "-50"],
    ]


def test_the_table_of_shares_by_hand() -> None:
    figure = shown.draw_share(comparison(), "focal")
    assert figure is not None
    assert words(figure.table) == [
        ["usual (baseline)", "15.0 %", "16.0 %", ""],
        ["shots", "17.0 %", "19.0 %", "+3 pp"],
    ]
    assert "goes from 15.0 % to 16.0 %" in figure.note


def test_the_table_of_quota_by_hand() -> None:
    """All of it is over the reps of both replications: 2 and 5 of 8 reach quota, by chance alone (1.5) all do."""
    figure = shown.draw_quota(comparison(), "focal")
    assert figure is not None
    rows = words(figure.table)
    assert [row[:3] for row in rows] == [
        ["usual (baseline)", "25.0 %", "100.0 %"],
        ["shots", "62.5 %", "100.0 %"],
    ]
    # .3 .5 .5 .6 .8 .9 1 1.5: a tenth of the way lies .7 of the first step up.
    assert rows[0][3:] == ["0.44", "0.50", "0.70", "0.93", "1.15"]


def test_hours_by_hand() -> None:
    """Over two weeks, twice the hours of one."""
    table = spent.draw_hours(comparison(), "focal").table
    assert table is not None
    assert [column.head for column in table.columns] == ["strategy", "prospecting", "selling", "all"]
    assert words(table) == [["usual (baseline)", "8.0", "12.0", "20.0"], ["shots", "10.0", "11.0", "21.0"]]


def test_money_by_hand() -> None:
    """Means of two replications over six reps, 26 times in a year: paid 800 / 6, half of it profit; pay 500 / 6."""
    figure = spent.draw_money(comparison(), "focal")
    table = figure.table
    assert table is not None
    assert [column.head for column in table.columns] == [
        "strategy",
        "recurring revenue",
        "gross profit",
        "base pay",
        "licenses",
        "contribution",
    ]
    assert words(table) == [
        ["usual (baseline)", "3.47 k", "1.73 k", "2.17 k", "0.00", "-433"],
        ["shots", "5.20 k", "2.60 k", "2.38 k", "217", "0.00"],
    ]


def test_adopters_are_broken_down_by_themselves() -> None:
    made = comparison()
    other: dict[str, Any] = {}
    for name in ("reps", "rep_years", "segments", "weekly"):
        frame = getattr(made, name)
        other[name] = pd.concat([frame, frame.assign(adopters="all").iloc[::-1]], ignore_index=True)
    both = Comparison(SCENARIO.model_copy(update={"comparison": SCENARIO.comparison.model_copy(
        update={"adopters": ("focal", "all")})}), {})  # fmt: skip
    both.__dict__.update(other)
    for by in (by_third, by_segment, by_quantile, by_week):
        found, alone = by(both), by(made)
        assert len(found) == 2 * len(alone)
        for adopters in ("focal", "all"):
            rows = found[found["adopters"] == adopters].drop(columns="adopters").reset_index(drop=True)
            pd.testing.assert_frame_equal(rows, alone.drop(columns="adopters").reset_index(drop=True))


def test_who_sold_nothing_has_a_quota_and_missed_it() -> None:
    """One rep, in one replication: none of its quota under the usual, all of it under the other."""
    columns = ["strategy", "replication", "rep", "skill_third", "quota", "credit", "closed", "won"]
    frame = pd.DataFrame(
        [("usual", 0, 0, 1, 100, 0, 0, 0), ("shots", 0, 0, 1, 100, 100, 2, 1)], columns=columns
    )
    made = Comparison(SCENARIO, {})
    frame = frame.assign(adopters="focal", null=False)
    made.__dict__.update(
        reps=frame, rep_years=frame.assign(year=1, weeks=52, attainment=frame["credit"] / frame["quota"])
    )
    rows = by_third(made).set_index(["strategy", "measure"])
    assert len(rows) == 2 * 4
    assert rows.loc[("usual", "share_at_quota"), "mean"] == 0.0
    assert rows.loc[("shots", "share_at_quota"), ["mean", "difference", "n"]].tolist() == [1.0, 1.0, 1]
    assert rows.loc[("shots", "attainment"), ["mean", "difference"]].tolist() == [1.0, 1.0]
    assert math.isnan(rows.loc[("shots", "win_rate"), "difference"])  # the usual closed nothing
    assert rows.loc[("shots", "win_rate"), "mean"] == 0.5


def heard(figure: Figure | None) -> list[str]:
    """What a screen reader says of each panel: the numbers that are drawn in it."""
    assert figure is not None
    return [
        re.findall(r'aria-label="([^"]*)"', escape(panel))[0].partition(". ")[2] for panel in figure.panels
    ]


def test_what_is_drawn_by_hand() -> None:
    """Ends are the mean ± T · |d1 - d2| / 2: of attainment .75 and .4, .1 and .7, -.2 and .4; of shares .1 and -.05."""
    made = comparison()
    assert heard(helped.draw_thirds(made, "focal")) == [
        "lowest third +0.6 [-1.6, +2.8]; middle third +0.4 [-3.4, +4.2]; highest third +0.1 [-3.7, +3.9]."
    ]
    assert heard(helped.draw_segments(made, "focal")) == [
        "small +10.0 pp [+10.0, +10.0]; large +2 pp [-93, +98]."
    ]
    assert heard(shown.draw_share(made, "focal")) == ["In week 2: +3 pp [-10, +16]."]
    (quantiles,) = heard(shown.draw_quantiles(made, "focal"))
    assert "; 50 %: +0.5 [-0.8, +1.7]; " in quantiles
    assert heard(spent.draw_hours(made, "focal")) == [
        "usual (baseline): prospecting 8.0, selling 12.0; shots: prospecting 10.0, selling 11.0."
    ]
    # Contribution of the team: 25 · 26 and 175 · 26 more.
    assert heard(spent.draw_money(made, "focal")) == [
        "usual (baseline): gross profit 1.73 k, cost of what is sold 1.73 k; "
        "shots: gross profit 2.60 k, cost of what is sold 2.60 k.",
        "usual (baseline): base pay 2.17 k, licenses 0.00; shots: base pay 2.38 k, licenses 217.",
        "usual (baseline): renewals 2.60 k, competitive wins 867, new-market 217; "
        "shots: renewals 2.82 k, competitive wins 2.38 k, new-market 217.",
    ]


def test_gains_are_drawn_by_who_adopts_best_first() -> None:
    """Net gain in money a year: of 26 * (400 - 450) and 26 * (825 - 750) less the usual's, as in the runs."""
    figure = money.draw_gains(comparison(), "Alder")
    assert figure is not None
    assert heard(figure) == ["shots +2.6 k [-22.2, +27.4]."]


def test_the_table_of_worth_says_what_does_not_pay_back() -> None:
    row = {"adopters": "focal", "strategy": "a", "cost": 100.0, "adoption": 0.5, "payback_months": math.nan,
           "payback_months_low": 30.0, "payback_months_high": math.nan, "return": 0.5, "return_low": -0.5,
           "return_high": 1.5}  # fmt: skip
    for name in ("net", "present_value", "arr"):
        row |= {name: -1_000.0, f"{name}_low": -2_000.0, f"{name}_high": 0.0}
    paying = row | {"strategy": "b", "net": 9e3, "net_low": 5e3, "net_high": 13e3, "payback_months": 7.0}
    nothing = row | {"strategy": "c", "net": 0.0, "cost": 0.0, "return": math.nan, "adoption": math.nan}
    table = money.money_table(pd.DataFrame([row, paying, nothing]), "focal", "only Alder adopts")
    assert [cell[0].words for cell in table.rows] == ["b", "c", "a"]
    b, c, a = table.rows
    assert (b[1].words, b[1].small, b[1].strong) == ("+9.0 k", "[+5.0, +13.0]", True)
    assert (b[5].words, b[5].small) == ("7", "[30, no]")
    assert a[5].words == "no"
    assert (a[4].words, a[4].small) == ("0.5", "[-0.5, 1.5]")
    assert [c[i].words for i in (3, 4, 5, 7)] == ["0.00", "–", "–", "–"]
