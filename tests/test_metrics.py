"""Every metric again, from the tables and the scenario's numbers, for all adopters; and small cases by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import scipy.stats

from tests.each import each
from tests.helpers import silent_market
from zerosum.market.draws import TURNOVER, uniform
from zerosum.market.metrics import (
    BY_NAME,
    COSTS,
    HEADLINES,
    METRICS,
    NULL_METRICS,
    Team,
    gini,
    measure,
    top_fifth_share,
)
from zerosum.market.metrics.team import quantile
from zerosum.market.records import REP_COUNTS
from zerosum.market.run import Run, branches, simulate, warm_up
from zerosum.market.state import ACTIVITIES, UNASKED, WAITING
from zerosum.market.tables import deals_table, decisions_table, dropouts_table, weekly_table
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.comparison import ADOPTERS
from zerosum.scenario.spec import Scenario

WEEKS = 91  # a year and three quarters
FULL = Scenario.model_validate(
    {
        "clock": {"warmup_weeks": 104, "weeks": WEEKS},
        "market": {"buyers": 500, "saturation": 0.8},
        "segments": [
            {"name": "small", "share": 0.7, "contract_weeks": 60},
            {"name": "large", "share": 0.3, "contract_weeks": 90, "value_median": 90_000},
        ],
        "vendors": [
            {"name": "Alder", "reps": 7, "presales": 2},
            {"name": "Birch", "reps": 4, "presales": 1},
            {"name": "Cedar", "reps": 3, "presales": 1},
        ],
        "products": [
            {"name": "A1", "vendor": "Alder", "price": 0.9},
            {"name": "A2", "vendor": "Alder", "price": 1.2, "quality": 0.6, "launch_week": -20},
            {"name": "B", "vendor": "Birch"},
            {"name": "C", "vendor": "Cedar", "price": 1.1},
        ],
        "review": {"max_per_year": 1.5},
        "contracts": {"attrition": 0.2},
        "invitations": {"inbound": 0.4},
        "support": {"service_weeks": 2.0},  # so that some wait, whatever is fitted
        "turnover": {"leave_other": 0.3},
        "social": {"marketing": {"cost_per_year": 70_000.0}, "service": {"cost_per_year": 40_000.0}},
        "tools": [
            {"name": "notes", "saving": 0.5, "innovation": 0.3, "cost_per_rep_year": 1000, "training_cost": 300},
            {"name": "ear", "dprime": 1.5, "scans": 30, "innovation": 0.2, "cost_per_rep_year": 2500},
        ],
        "strategies": [
            {"name": "usual", "push": True},
            {"name": "both", "tools": ["notes", "ear"], "reinvest": {"preparation": 0.6, "prospecting": 0.4},
             "training": 0.8, "social": ["marketing", "service"], "extra_presales": 1, "upgrade": True},
            {"name": "notes", "tools": ["notes"], "push": True,
             "extra_hours": {"prospecting": 1.5, "selling": 2.5}},
        ],
        "comparison": {"adopters": list(ADOPTERS)},
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return list(branches(warm_up(FULL, 2), FULL.compared_names, ADOPTERS))


def share(part: Any, whole: Any) -> float:
    return part / whole if whole > 0 else math.nan


def again(run: Run) -> dict[str, float]:
    """Recompute every metric, by other means wherever there are any."""
    scenario, engine = run.engine.scenario, run.engine
    vendor = scenario.vendors[run.vendor]
    team = np.flatnonzero(run.team)
    years = run.weeks / 52
    deals, decisions, weekly = (pd.DataFrame(t(run)) for t in (deals_table, decisions_table, weekly_table))
    deals = deals[(deals.vendor == vendor.name) & deals.rep.isin(team)]
    won = deals.outcome == "won"
    alone = deals.offers == 1
    found: dict[str, float] = {
        "deals_closed": len(deals),
        "win_rate": share(won.sum(), len(deals)),
        "no_decision_rate": share((deals.outcome == "no decision").sum(), len(deals)),
    }
    own, green = deals.kind == "own customer", deals.kind == "green field"
    for name, which in {
        "win_rate_displacement": deals.kind == "rival's customer",
        "win_rate_green_field": green,
        "win_rate_green_field_alone": green & alone,
        "renewal_rate_alone": own & alone,
        "renewal_rate_contested": own & ~alone,
    }.items():
        found[name] = share((won & which).sum(), which.sum())

    # Credit by deals; the quota of each year (or part of one) from the record.
    # A rep is judged by the year: whole ones only, if there is one.
    whole = [year for year in engine.recorder.rep_years if year.weeks == 52] or engine.recorder.rep_years
    by_year = []
    for year in whole:
        within = deals[(deals.week >= year.week) & (deals.week < year.week + year.weeks)]
        earned = within.groupby("rep").credit.sum().reindex(team, fill_value=0.0).to_numpy()
        by_year.append((earned, year.quota[team] * year.weeks / 52))
    ratio = pd.Series(np.concatenate([earned / quota for earned, quota in by_year]))
    found |= {
        "share_at_quota": (ratio >= 1).mean(),
        "attainment_median": ratio.median(),
        "attainment_p10": ratio.quantile(0.1),
        "attainment_p90": ratio.quantile(0.9),
    }
    quotas = np.concatenate([year.quota[team] for year in whole])
    found["quota_per_rep"] = quotas[quotas > 0].mean()
    credited, due = (sum(parts) for parts in zip(*[(e.sum(), q.sum()) for e, q in by_year], strict=True))
    found["company_attainment"] = credited / due
    tops, ginis = [], []
    for earned, _ in by_year:
        positive = np.maximum(earned, 0)
        best = np.sort(positive)[-max(1, round(len(team) / 5)) :]
        tops.append(best.sum() / positive.sum())
        apart = np.abs(positive[:, None] - positive[None, :]).mean()
        ginis.append(apart / (2 * positive.mean()))
    found["top_fifth_share"], found["gini"] = np.mean(tops), np.mean(ginis)
    found["win_rate_sd"] = won.groupby(deals.rep).mean().std()

    owner = engine.market.buyers.owner[:, run.vendor]
    ours = decisions[np.isin(owner[decisions.buyer], team)]
    products = {p.name: p for p in scenario.products}
    ours = ours[[a != "" and products[a].vendor == vendor.name for a in ours.after]]
    money = {
        "revenue_new": ours[ours.outcome == "new"].revenue.sum(),
        "revenue_displaced": ours[ours.outcome == "displacement"].revenue.sum(),
        "revenue_renewed": ours[ours.outcome == "renewal"].revenue.sum(),
        "revenue_upgraded": ours[ours.outcome == "upgrade"].revenue.sum(),
    }
    revenue = sum(money.values())
    found |= money | {"revenue": revenue}

    strategy = scenario.strategies[run.strategy_row]
    tools = [t for t in scenario.tools if t.name in strategy.tools]
    cost_tools = sum(t.cost_per_rep_year * years + t.training_cost * strategy.training for t in tools) * len(
        team
    )
    pay = scenario.pay
    wages = pay.base_per_year * years * len(team)
    by_year = pd.cut(deals.week, [y.week - 1 for y in engine.recorder.rep_years] + [10**6], labels=False)
    payout = 0.0
    for i, year in enumerate(engine.recorder.rep_years):
        earned = deals[by_year == i].groupby("rep").credit.sum().reindex(team, fill_value=0.0).to_numpy()
        payout += pay.commission * np.maximum(earned, 0).sum()
        payout += pay.accelerator * np.maximum(earned - year.quota[team] * year.weeks / 52, 0).sum()
    wages += payout
    engineers = vendor.presales + (
        0 if run.adopters == "head-to-head" or run.adopters == "competitors" else strategy.extra_presales
    )
    presales = engineers * pay.presales_per_year * years * len(team) / vendor.reps
    spent = engine.recorder.rep_hours[team].sum(axis=0)
    usual_hours = scenario.reps.hours_per_week * run.weeks * len(team)
    hours = usual_hours + (4.0 if strategy.name == "notes" else 0.0) * run.weeks * len(team)
    wages += pay.base_per_year / 52 / scenario.reps.hours_per_week * (spent.sum() - usual_hours)
    departments = (
        strategy.social if run.adopters != "head-to-head" else ()
    )  # the vendor's, which stays as it was
    social = (110_000 if departments else 0) * years * len(team) / vendor.reps
    cost = cost_tools + wages + presales + social
    found |= {
        "cost_licenses": sum(t.cost_per_rep_year for t in tools) * len(team),
        "cost_training": sum(t.training_cost for t in tools) * strategy.training * len(team) / years,
        "cost_commission": payout / years,
        "cost_pay": (wages - payout) / years,
        "cost_presales": presales / years,
        "cost_departments": social / years,
    }
    selling = spent[ACTIVITIES.index("prospecting")] + spent[ACTIVITIES.index("selling")]
    found |= {
        "cost": cost / years,
        "cost_tools": cost_tools / years,
        "payout_per_rep": payout / len(team) / years,
        "revenue_per_rep": revenue / len(team) / years,
        "won_revenue_per_rep": (money["revenue_new"] + money["revenue_displaced"]) / len(team) / years,
        "revenue_per_working_hour": revenue / hours,
        "revenue_per_selling_hour": revenue / selling,
        "selling_share": selling / hours,
        **{f"share_{name}": spent[i] / hours for i, name in enumerate(ACTIVITIES)},
    }

    paid, spent_by_week = paid_by_week(run, team), spent_by_week_on(run, team)
    assert spent_by_week.sum() == pytest.approx(cost)
    left = scenario.money.margin * paid - spent_by_week
    later = (1 + scenario.money.discount_rate) ** (np.arange(1, run.weeks + 1) / 52)
    found |= {
        "arr_earned": paid.sum() / years,
        "cost_of_sales": cost / paid.sum(),
        "contribution": (scenario.money.margin * paid.sum() - cost) / years,
        "present_value": (left / later).sum(),
    }

    names = np.array([p.vendor == vendor.name for p in scenario.products] + [False])  # last: nothing held
    held = names[engine.market.buyers.holds] & np.isin(owner, team)
    territory = np.isin(owner, team).sum()
    found |= {
        "saturation_end": (engine.market.buyers.holds >= 0).mean(),
        "saturation_start": (engine.market.buyers.holds >= 0).mean()
        - ((decisions.outcome == "new").sum() - len(pd.DataFrame(dropouts_table(run))))
        / scenario.market.buyers,
        "market_share": held.sum() / territory,
        "share_of_served": held.sum() / ((engine.market.buyers.holds >= 0) & np.isin(owner, team)).sum(),
        "share_gain": (held.sum() - run.start_accounts) / territory,
        "accounts_gained": held.sum() - run.start_accounts,
    }

    length = deals.week - deals.opened
    slots = scenario.reps.max_open_opportunities
    open_now = engine.market.opportunities.buyer.reshape(-1, slots)[team].ravel()
    pitched = engine.market.opportunities.product.reshape(-1, slots)[team].ravel()
    value = 0.0
    for buyer, product in zip(open_now[open_now >= 0], pitched[open_now >= 0], strict=True):
        holds = engine.market.buyers.holds[buyer]
        own = holds >= 0 and scenario.products[holds].vendor == vendor.name
        price = scenario.products[holds if own else product].price
        value += engine.market.buyers.value[buyer] * price * (scenario.quota.renewal_credit if own else 1.0)
    found |= {
        "cycle_weeks_median": length.median(),
        "cycle_weeks_cv": length.std(ddof=0) / length.mean(),
        "cycle_weeks_skewness": scipy.stats.skew(length),
        "deal_value_sigma": np.log(deals.value).std(ddof=1),
        "pipeline_coverage": value / (engine.market.reps.quota[team].sum() / 4),
    }

    # Of the vendor's weekly columns where the team is the whole vendor, else of the records by rep.
    mine = weekly[weekly.vendor == vendor.name]
    counts = pd.DataFrame(engine.recorder.rep_counts[team], columns=[name for name, _, _ in REP_COUNTS]).sum()
    use = engine.recorder.rep_tool_use[:, team].mean(axis=1)
    if len(team) == vendor.reps:
        counts = mine[counts.index].sum()
        use = mine.tool_use.to_numpy()
    quarters = [
        in_an_evaluation(run, 104 + 13 * quarter, 13) / scenario.market.buyers
        for quarter in range(run.weeks // 13)
    ]
    support = engine.market.opportunities.support.reshape(-1, slots)[team].ravel()
    asked = [
        1 - math.exp(-p / scenario.effort.preparation_hours) >= scenario.support.threshold
        for p in deals.preparation
    ]
    if len(team) == vendor.reps:
        first = warm_up(scenario, run.replication).market.opportunities
        before = (first.support != UNASKED) & (first.buyer >= 0) & np.repeat(run.team, slots)
        assert (
            sum(asked) == mine.support_asked.sum() + before.sum() - (support[open_now >= 0] != UNASKED).sum()
        )
    lost = decisions[(decisions.outcome == "displacement") & np.isin(owner[decisions.buyer], team)]
    lost = [products[before].vendor == vendor.name for before in lost.before]
    gone = pd.DataFrame(dropouts_table(run))
    gone = gone[
        np.isin(owner[gone.buyer], team) & [products[p].vendor == vendor.name for p in gone["product"]]
    ]
    found |= recurring(run, decisions[np.isin(owner[decisions.buyer], team)], vendor.name)
    found["arr_dropped_out"] = gone["arr"].sum()
    found["arr"] = (engine.market.buyers.value * engine.market.buyers.price_paid)[held].sum()
    found["arr_net_new"] = (
        sum(found[f"arr_{kind}"] for kind in ("new_market", "competitive", "upgraded", "repriced"))
        - found["arr_lost"]
        - found["arr_dropped_out"]
    )
    found |= {
        "attempts": counts.attempts,
        "provoked": counts.provoked,
        "goodwill_burnt": counts.goodwill_burnt,
        "tool_use_mid": use[21:26].mean(),
        "tool_use_peak": use.max(),
        "tool_use_end": use[-4:].mean(),
        "presales_wait": share(counts.support_wait, counts.support_started),
        "presales_used": counts.support_started
        / ((presales / pay.presales_per_year / years) * run.weeks / scenario.support.service_weeks),
        "never_served": share((~deals.supported[asked].astype(bool)).sum(), sum(asked)),
        "adoption": share(
            np.count_nonzero(engine.market.reps.tool_use[team]), len(team) * len(strategy.tools)
        ),
        "presales_waiting": np.count_nonzero((open_now >= 0) & (support == WAITING)),
        "in_market_quarter": np.mean(quarters),
        "churn": (sum(lost) + len(gone)) / years / run.start_accounts,
        "dropped_out": len(gone) / years / run.start_accounts,
        "turnover": left_by_noise(run, team),
    }
    if len(team) == vendor.reps:
        assert sum(lost) == mine.accounts_lost.sum()
        # A decision in the same week ends the wait.
        assert found["presales_waiting"] <= mine.support_waiting.iloc[-1]
    return {name: float(value) for name, value in found.items()}


def paid_by_week(run: Run, team: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """What the customers of a team pay in each measured week: all buyers' contracts, followed one by one."""
    scenario, engine = run.engine.scenario, run.engine
    start = warm_up(scenario, run.replication).market.buyers
    vendor_of = [scenario.vendors.index(next(v for v in scenario.vendors if v.name == p.vendor))
                 for p in scenario.products]  # fmt: skip
    pays = {
        buyer: float(start.value[buyer] * start.price_paid[buyer])
        for buyer in range(len(start.value))
        if start.holds[buyer] >= 0
        and vendor_of[start.holds[buyer]] == run.vendor
        and start.owner[buyer, run.vendor] in team
    }
    events: dict[int, list[tuple[int, bool, float]]] = {}
    for row in pd.DataFrame(engine.recorder.dropouts._asdict()).itertuples():
        events.setdefault(row.week, []).append((row.buyer, False, 0.0))
    for row in pd.DataFrame(engine.recorder.decisions._asdict()).itertuples():
        ours = (
            row.after >= 0
            and vendor_of[row.after] == run.vendor
            and start.owner[row.buyer, run.vendor] in team
        )
        events.setdefault(row.week, []).append((row.buyer, ours, row.arr_after))
    weeks = []
    for week in range(scenario.clock.warmup_weeks, scenario.clock.warmup_weeks + run.weeks):
        for buyer, ours, arr in events.get(week, []):
            pays.pop(buyer, None)
            if ours:
                pays[buyer] = arr
        weeks.append(sum(pays.values()) / 52)
    return np.array(weeks)


def spent_by_week_on(run: Run, team: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """What the vendor pays for a team in each measured week: commission deal by deal."""
    scenario, engine = run.engine.scenario, run.engine
    vendor, strategy, pay = scenario.vendors[run.vendor], scenario.strategies[run.strategy_row], scenario.pay
    tools = [t for t in scenario.tools if t.name in strategy.tools]
    part = len(team) / vendor.reps
    a_rep = pay.base_per_year * (1 + sum(h for _, h in strategy.extra_hours) / scenario.reps.hours_per_week)
    a_rep += sum(t.cost_per_rep_year for t in tools)
    a_year = a_rep * len(team) + engine.market.vendors.engineers[run.vendor] * pay.presales_per_year * part
    whole = scenario.strategies[engine.market.vendors.strategy[run.vendor]]
    a_year += sum(getattr(scenario.social, name).cost_per_year for name in whole.social) * part
    weeks = np.full(run.weeks, a_year / 52)
    weeks[0] += sum(t.training_cost for t in tools) * strategy.training * len(team)
    deals = pd.DataFrame(engine.recorder.deals._asdict())
    deals = deals[(deals.vendor == run.vendor) & deals.rep.isin(team)]
    for year in engine.recorder.rep_years:
        for rep in team:
            quota = year.quota[rep] * year.weeks / 52
            credit = due = 0.0
            mine = deals[
                (deals.rep == rep) & (deals.week >= year.week) & (deals.week < year.week + year.weeks)
            ]
            for week, brought in zip(mine.week, mine.credit, strict=True):
                credit += brought
                above = max(credit - quota, 0.0) if quota > 0 else 0.0
                now = pay.commission * max(credit, 0.0) + pay.accelerator * above
                weeks[week - scenario.clock.warmup_weeks] += now - due
                due = now
    return weeks


def recurring(run: Run, decisions: pd.DataFrame, vendor: str) -> dict[str, float]:
    """What decisions add to a vendor's ARR, by kind, one by one."""
    products = {p.name: p.vendor for p in run.engine.scenario.products}
    found = dict.fromkeys(("new_market", "competitive", "upgraded", "repriced", "lost"), 0.0)
    for row in decisions.itertuples():
        had, has = products.get(row.before) == vendor, products.get(row.after) == vendor
        if row.outcome == "new" and has:
            found["new_market"] += row.arr_after
        elif row.outcome == "displacement" and has:
            found["competitive"] += row.arr_after
        elif row.outcome == "displacement" and had:
            found["lost"] += row.arr_before
        elif row.outcome == "upgrade" and has:
            found["upgraded"] += row.arr_after - row.arr_before
        elif row.outcome == "renewal" and has:
            found["repriced"] += row.arr_after - row.arr_before
    return {f"arr_{kind}": float(value) for kind, value in found.items()}


def left_by_noise(run: Run, team: npt.NDArray[np.intp]) -> float:
    """Mean share that left at the year's starts: each rep's chance against its chance, as docs/model.md has it."""
    engine, rule = run.engine, run.engine.scenario.turnover
    first = engine.scenario.clock.warmup_weeks
    before = warm_up(engine.scenario, run.replication).market.reps
    ended = {first: (before.quota, before.revenue_year)}
    ended |= {y.week + y.weeks: (y.quota, y.revenue) for y in engine.recorder.rep_years}
    shares = []
    for week in range(first, first + run.weeks, 52):
        quota, revenue = (column[team] for column in ended[week])
        at_risk = (quota > 0) & (revenue < rule.below * quota)
        chance = np.where(at_risk, rule.leave_below, rule.leave_other)
        noise = [uniform(engine.key, TURNOVER, int(before.address[rep]), week, 0) for rep in team]
        shares.append(np.mean(noise < chance))
    return float(np.mean(shares))


def in_an_evaluation(run: Run, first: int, weeks: int) -> int:
    """Count buyers that are in an evaluation in any of some weeks."""
    there = set()
    decisions = run.engine.recorder.decisions
    for buyer, start, end in zip(decisions.buyer, decisions.started, decisions.week, strict=True):
        if start < first + weeks and end >= first:
            there.add(int(buyer))
    buyers = run.engine.market.buyers
    for buyer in np.flatnonzero(buyers.evaluation_end >= 0):
        if buyers.evaluation_start[buyer] < first + weeks:
            there.add(int(buyer))
    return len(there)


@pytest.mark.parametrize("adopters", ADOPTERS)
def test_every_metric_again(runs: list[Run], adopters: str) -> None:
    mine = [run for run in runs if run.adopters == adopters]
    assert len(mine) == 3
    for run in mine:
        got, ref = measure(run), again(run)
        assert list(got) == [metric.name for metric in METRICS]
        assert got.keys() == ref.keys()
        assert sum(got[name] for name in COSTS) == pytest.approx(got["cost"], rel=1e-12)
        for name in got:
            assert got[name] == pytest.approx(ref[name], rel=1e-9, abs=1e-9, nan_ok=True), (
                run.strategy,
                name,
            )


def test_the_runs_leave_nothing_out(runs: list[Run]) -> None:
    """Otherwise an agreement would be worth little."""
    defined = pd.DataFrame([measure(run) for run in runs])
    assert defined.notna().any().all(), defined.columns[~defined.notna().any()]
    # There is always something to work on here.
    assert set(defined.columns[(defined.abs() > 0).sum() == 0]) <= {"share_idle"}


def test_teams_make_up_the_vendor(runs: list[Run]) -> None:
    teams = [run for run in runs if run.adopters == "head-to-head"]
    assert sum(run.team for run in teams).tolist() == [1] * 7 + [0] * 7
    assert len({id(run.engine) for run in teams}) == 1
    weekly = pd.DataFrame(weekly_table(teams[0]))
    alder = weekly[weekly.vendor == "Alder"]
    sums = pd.DataFrame([measure(run) for run in teams]).sum()
    assert sums.deals_closed == (alder.deals_won + alder.deals_lost + alder.deals_stalled).sum()
    for name in ("attempts", "provoked", "goodwill_burnt"):
        assert sums[name] == pytest.approx(alder[name].sum())
    assert sums.presales_waiting <= alder.support_waiting.iloc[-1]
    assert sums.accounts_gained == alder.customers.iloc[-1] - sum(run.start_accounts for run in teams)
    for kind in ("new", "displaced", "renewed", "upgraded"):
        assert sums[f"revenue_{kind}"] == pytest.approx(alder[f"revenue_{kind}"].sum())
    hours = sum(run.engine.recorder.rep_hours[run.team].sum(axis=0) for run in teams)
    assert hours == pytest.approx(alder[[f"hours_{name}" for name in ACTIVITIES]].sum().to_numpy())


def test_tables_say_what_the_records_say(runs: list[Run]) -> None:
    run = runs[1]
    recorder = run.engine.recorder
    deals, decisions, weekly = (pd.DataFrame(t(run)) for t in (deals_table, decisions_table, weekly_table))
    assert len(deals) == len(recorder.deals.week)
    assert len(decisions) == len(recorder.decisions.week)
    assert len(weekly) == WEEKS * 3
    assert weekly.week.min() == 104
    assert weekly.measured_week.max() == WEEKS
    assert set(deals.outcome) == {"won", "lost", "no decision"}
    assert set(deals.kind) == {"own customer", "green field", "rival's customer"}
    assert (deals.incumbent == "").sum() == (recorder.deals.incumbent < 0).sum() > 0
    assert ((deals.incumbent == "") == (deals.kind == "green field")).all()
    vendor_of = {p.name: p.vendor for p in FULL.products}
    assert (deals["product"].map(vendor_of) == deals.vendor).all()
    mine = deals.incumbent.map(vendor_of) == deals.vendor
    assert (mine == (deals.kind == "own customer")).all()
    assert set(decisions.outcome) == {"no decision", "renewal", "new", "displacement", "upgrade"}
    # Money is worth what the price says; a discount lowers it.
    price = {p.name: p.price for p in FULL.products}
    gained = deals[(deals.outcome == "won") & (deals.kind != "own customer")]
    worth = gained.value * gained["product"].map(price) * (1 - gained.discount)
    assert gained.revenue.to_numpy() == pytest.approx(worth.to_numpy())
    assert gained.discount.max() > 0
    assert len(Team(run).deals.week) == (deals.vendor == "Alder").sum()


# --- By hand --------------------------------------------------------------------------------------------------


@each(
    ("revenue", "expected"),
    [
        ([4, 3, 2, 1, 0], 0.4),
        ([1, 1, 1, 1, 1], 0.2),
        ([0, 0, 0, 9], 1.0),  # .8 reps are one rep
        ([5, 1], 5 / 6),
        ([7], 1.0),
        ([8, 1, 1, 1, 1, 1, 1], 8 / 14),  # 1.4 are one
        ([8, 2, 1, 1, 1, 1, 1, 1], 10 / 16),  # 1.6 are two
    ],
)
def test_the_top_fifth_by_hand(revenue: list[float], expected: float) -> None:
    assert top_fifth_share(np.array(revenue, float)) == pytest.approx(expected)
    assert top_fifth_share(np.array(revenue[::-1], float)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("revenue", "expected"),
    [
        ([1, 1, 1], 0.0),
        ([0, 0, 0, 1], 0.75),  # 1 - 1/n
        ([1, 3], 0.25),
        ([1, 2, 3, 4], 0.25),
        ([5], 0.0),
    ],
)
def test_gini_by_hand(revenue: list[float], expected: float) -> None:
    assert gini(np.array(revenue, float)) == pytest.approx(expected)
    assert gini(np.array(revenue[::-1], float) * 1e6) == pytest.approx(expected)


def test_gini_of_an_exponential_distribution_is_a_half() -> None:
    amounts = -np.log((np.arange(20_000) + 0.5) / 20_000)
    assert gini(amounts) == pytest.approx(0.5, abs=1e-3)


def test_nothing_earned_has_no_concentration() -> None:
    assert math.isnan(gini(np.zeros(4)))
    assert math.isnan(top_fifth_share(np.zeros(4)))


def test_a_quarter_s_buyers_in_the_market_are_a_share() -> None:
    """However often a buyer evaluates in a quarter, it is one buyer."""
    scenario = silent_market(
        clock={"warmup_weeks": 0, "weeks": 52},
        market={"buyers": 200},
        segments=[{"name": "all", "contract_weeks": 1}],
        vendors=[{"name": "A"}],
    )
    run = simulate(scenario)
    assert len(run.engine.recorder.decisions.week) > 4 * 200
    assert measure(run)["in_market_quarter"] == 1.0


def test_a_team_without_tools_uses_none(runs: list[Run]) -> None:
    use = {run.strategy: measure(run)["tool_use_end"] for run in runs if run.adopters == "head-to-head"}
    assert use["usual"] == 0.0
    assert use["both"] > 0.1


def test_what_has_no_denominator_is_undefined_and_not_zero() -> None:
    """Nobody works, nothing closes, nobody has a quota, no quarter has passed, no year has ended."""
    scenario = silent_market(clock={"warmup_weeks": 0, "weeks": 4}, market={"saturation": 0.0, "buyers": 50})
    numbers = measure(simulate(scenario))
    undefined = {name for name, value in numbers.items() if math.isnan(value)}
    assert undefined == {
        *("win_rate", "win_rate_displacement", "win_rate_green_field", "win_rate_green_field_alone"),
        *("renewal_rate_alone", "renewal_rate_contested", "no_decision_rate", "win_rate_sd"),
        *("share_at_quota", "attainment_median", "attainment_p10", "attainment_p90"),
        *("top_fifth_share", "gini", "cycle_weeks_median", "cycle_weeks_cv", "cycle_weeks_skewness"),
        *("deal_value_sigma", "pipeline_coverage", "share_of_served"),
        *("revenue_per_working_hour", "revenue_per_selling_hour", "selling_share"),
        *(f"share_{name}" for name in ACTIVITIES),
        *("tool_use_mid", "presales_wait", "in_market_quarter", "churn", "dropped_out", "turnover"),
        *("company_attainment", "quota_per_rep", "cost_of_sales", "never_served", "adoption"),
    }
    assert all(numbers[name] == 0 for name in ("revenue", "deals_closed", "market_share", "accounts_gained"))
    assert numbers["cost"] > 0


def test_hours_without_a_case_are_idle() -> None:
    """A third of 30 hours goes to administration; of the rest, as planned, 65 % would be for cases."""
    scenario = silent_market(
        reps={"hours_per_week": 30.0, "admin_fixed_hours": 10.0}, prospecting={"attempts_per_hour": 0.0}
    )
    numbers = measure(simulate(parse_scenario(scenario, {"clock.weeks": 6})))
    assert numbers["share_administration"] == pytest.approx(1 / 3)
    assert numbers["share_idle"] == pytest.approx(2 / 3 * 0.65)
    assert numbers["share_prospecting"] == numbers["selling_share"] == pytest.approx(2 / 3 * 0.2)
    assert numbers["share_social"] == pytest.approx(2 / 3 * 0.15)


@pytest.mark.parametrize(
    ("warmup", "weeks", "starts"),
    [(0, 52, []), (0, 53, [52]), (52, 1, [52]), (52, 52, [52]), (52, 104, [52, 104]), (104, 60, [104, 156])],
)
def test_turnover_counts_the_years_starts_in_the_measured_weeks(
    warmup: int, weeks: int, starts: list[int]
) -> None:
    """The first ends the warm-up; the last may lie in the last week. In week 0 nobody can have left."""
    scenario = silent_market(
        clock={"warmup_weeks": warmup, "weeks": weeks},
        market={"buyers": 30},
        vendors=[{"name": "A", "reps": 8}, {"name": "B", "reps": 5}],
        turnover={"leave_below": 0.5, "leave_other": 0.5},
    )
    run = simulate(scenario)
    noise = [[uniform(run.engine.key, TURNOVER, rep, week, 0) for rep in range(8)] for week in starts]
    expected = np.mean(np.array(noise) < 0.5) if starts else math.nan
    assert measure(run)["turnover"] == pytest.approx(expected, nan_ok=True)
    assert len(run.engine.recorder.left_at_start) == len(starts)


def test_extra_hours_are_paid_at_the_base_wage() -> None:
    """Half an hour on top of each of 40 costs an eightieth of the base pay; on top of none there is no wage."""
    pay = {"base_per_year": 52_000.0, "commission": 0.0, "accelerator": 0.0, "presales_per_year": 0.0}
    for usual, expected in ((40.0, 52_000 * (1 + 0.5 / 40) * 13 / 52), (0.0, 13_000.0)):
        scenario = silent_market(
            clock={"warmup_weeks": 0, "weeks": 13},
            reps={"hours_per_week": usual},
            pay=pay,
            vendors=[{"name": "A", "reps": 3}],
            strategies=[{"name": "usual", "extra_hours": {"preparation": 0.3, "social": 0.2}}],
        )
        numbers = measure(simulate(scenario))
        assert numbers["cost"] == pytest.approx(3 * 4 * expected)
        assert numbers["cost_tools"] == 0.0


def test_what_costs_nothing_contributes_the_margin() -> None:
    free = {"base_per_year": 0.0, "commission": 0.0, "accelerator": 0.0, "presales_per_year": 0.0}
    numbers = measure(
        simulate(parse_scenario(FULL, {"pay": free, "clock.weeks": 26, "clock.warmup_weeks": 0}))
    )
    assert numbers["cost"] == numbers["cost_tools"] == 0
    assert numbers["contribution"] == pytest.approx(0.8 * numbers["arr_earned"])


def test_attainment_leaves_out_those_without_a_quota() -> None:
    run = simulate(parse_scenario(FULL, {"clock.warmup_weeks": 0, "clock.weeks": 60}))
    first, second = run.engine.recorder.rep_years
    assert not np.any(first.quota)
    assert np.all(second.quota > 0)
    assert (second.week, second.weeks) == (52, 8)
    run.engine.recorder.rep_years[1] = second._replace(quota=np.where(np.arange(14) == 3, 0, second.quota))
    assert len(Team(run).attainment) == 6


def test_names_are_known() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names) == len(BY_NAME)
    assert {*HEADLINES, *NULL_METRICS} <= set(names)
    assert all(metric.label and metric.unit and metric.meaning for metric in METRICS)


@pytest.mark.parametrize(("name", "low", "high"), [("greenfield", 0.15, 0.35), ("kickoff", 0.8, 1.0)])
def test_markets_are_as_full_as_their_names_say(name: str, low: float, high: float) -> None:
    """When measurement begins: a warm-up ends where needs fill what drop-outs leave."""
    numbers = measure(simulate(load_scenario(name, {"clock.weeks": 1})))
    assert low < numbers["saturation_start"] <= high


@pytest.mark.parametrize("n", [1, 2, 3, 10, 11, 40])
def test_quantiles_are_those_of_numpy(n: int) -> None:
    values = np.random.default_rng(n).lognormal(size=n)
    for share in (0.0, 0.1, 0.5, 0.9, 1.0):
        assert quantile(values, share) == pytest.approx(np.quantile(values, share), rel=1e-15)
    assert math.isnan(quantile(values[:0], 0.5))
