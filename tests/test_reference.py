"""The slow twin on its own: what must be conserved in any market, whatever the chance."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.reference.choices import NO_DECISION, RENEWAL, UPGRADE, WON
from tests.reference.model import ReferenceModel
from zerosum.scenario.spec import Scenario

pytestmark = pytest.mark.uncompiled


WEEKS = 60

MARKET = Scenario.model_validate(
    {
        "clock": {"warmup_weeks": 0, "weeks": WEEKS},
        "market": {"buyers": 60, "saturation": 0.8, "neighbours": 4},
        "segments": [
            {"name": "small", "share": 0.7, "contract_weeks": 26, "evaluation_weeks": 4.0},
            {"name": "large", "share": 0.3, "contract_weeks": 52, "value_median": 90_000.0},
        ],
        "vendors": [
            {"name": "Alder", "reps": 3, "presales": 1, "share": 0.5},
            {"name": "Birch", "reps": 2, "presales": 1, "territory": "balanced"},
            {"name": "Cedar", "reps": 4, "presales": 0, "territory": "segment"},
        ],
        "products": [
            {"name": "A1", "vendor": "Alder"},
            {"name": "A2", "vendor": "Alder", "quality": 0.5, "launch_week": 20, "price": 1.2},
            {"name": "B", "vendor": "Birch", "price": 0.9},
            {"name": "C", "vendor": "Cedar", "quality": 0.2},
        ],
        "reps": {"max_open_opportunities": 4},
        "push": {"weeks": 10, "pull_forward": 0.9},
        "prospecting": {"provoke_customer": 0.6},
        "tools": [
            {"name": "notes", "saving": 0.5, "innovation": 0.3},
            {"name": "ear", "dprime": 2.0, "scans": 30.0, "accuracy": 0.8, "boost": 0.2, "innovation": 0.3},
        ],
        "strategies": [
            {"name": "usual", "push": True},
            {
                "name": "bold",
                "tools": ["notes", "ear"],
                "reinvest": {"prospecting": 0.5, "selling": 0.5},
                "extra_hours": {"prospecting": 1.0, "preparation": 2.5},
                "social": ["marketing", "service", "sales"],
                "focus": "value",
                "extra_presales": 1,
                "push": True,
                "upgrade": True,
            },
        ],
    }
)


def weekly(key: int) -> Iterator[ReferenceModel]:
    """Run the market with a change of strategies in week 5; the same model comes back after each week."""
    model = ReferenceModel(MARKET, key)
    for week in range(WEEKS):
        if week == 5:
            model.assign([1, 1, 0], [1 if rep.vendor.number < 2 else 0 for rep in model.reps])
        model.step()
        assert model.week == model.steps == week + 1
        yield model


@pytest.mark.parametrize("key", [0, 7])
def test_accounts_gained_are_accounts_lost(key: int) -> None:
    vendor_of = [product.vendor for product in MARKET.products]
    names = [vendor.name for vendor in MARKET.vendors]
    start = ReferenceModel(MARKET, key).columns()
    customers = Counter(vendor_of[p] if p >= 0 else "nobody" for p in start["holds"])
    seen = gone = 0
    for model in weekly(key):
        for dropout in model.dropouts[gone:]:
            customers[vendor_of[dropout["product"]]] -= 1
            customers["nobody"] += 1
        gone = len(model.dropouts)
        for decision in model.decisions[seen:]:
            before, after = decision["before"], decision["after"]
            assert (before == after) == (decision["outcome"] in (NO_DECISION, RENEWAL))
            same_vendor = before >= 0 and after >= 0 and vendor_of[before] == vendor_of[after]
            assert (decision["outcome"] == UPGRADE) == (same_vendor and before != after)
            customers[vendor_of[before] if before >= 0 else "nobody"] -= 1
            customers[vendor_of[after] if after >= 0 else "nobody"] += 1
        seen = len(model.decisions)
        state = model.columns()
        assert state["customers"] == [customers[name] for name in names]
        assert sum(state["customers"]) + state["holds"].count(-1) == MARKET.market.buyers
    assert seen > MARKET.market.buyers
    assert gone > 0
    assert sum(customers.values()) == MARKET.market.buyers


@pytest.mark.parametrize("key", [0, 7])
def test_every_hour_is_spent_once(key: int) -> None:
    spent = [0.0] * 9
    for model in weekly(key):
        for rep, hours in zip(model.reps, model.columns()["hours"], strict=True):
            extra = 3.5 if rep.strategy.name == "bold" else 0.0
            assert sum(hours) == pytest.approx(MARKET.reps.hours_per_week + extra, abs=1e-9)
            assert min(hours) >= 0
            spent = [total + h for total, h in zip(spent, hours, strict=True)]
    learning, ramping = spent[5], spent[7]
    assert learning > 0
    assert ramping > 0 or not any(year["left"] for year in model.rep_years)


@pytest.mark.parametrize("key", [0, 7])
def test_credit_is_what_reps_earned(key: int) -> None:
    *_, model = weekly(key)
    credit: Counter[int] = Counter()
    earned = {(d["week"], d["buyer"]): d for d in model.decisions}
    for deal in model.deals:
        credit[deal["rep"]] += deal["credit"]
        decision = earned[deal["week"], deal["buyer"]]
        share = MARKET.quota.renewal_credit if decision["outcome"] == RENEWAL else 1.0
        revenue = decision["revenue"] if deal["outcome"] == WON else 0.0
        assert deal["revenue"] == revenue
        assert deal["credit"] == share * revenue
    state = model.columns()
    assert state["revenue_total"] == pytest.approx([credit[rep] for rep in range(len(model.reps))])
    years = {year["rep"]: year["revenue"] for year in model.rep_years}
    assert state["revenue_year"] == pytest.approx(
        [state["revenue_total"][rep] - years[rep] for rep in range(len(model.reps))]
    )


def test_opportunities_are_of_buyers_in_the_market() -> None:
    slots = MARKET.reps.max_open_opportunities
    opened = 0
    for model in weekly(3):
        state = model.columns()
        pairs = [(b, state["rep_vendor"][i // slots]) for i, b in enumerate(state["opp_buyer"]) if b >= 0]
        assert len(pairs) == len(set(pairs))
        opened += state["opp_opened"].count(model.week - 1)
        for buyer, vendor in pairs:
            assert state["evaluation_end"][buyer] > model.week - 1
            assert state["due"][buyer] == state["evaluation_end"][buyer]
            owner = state["owner"][buyer][vendor]
            assert buyer in state["opp_buyer"][owner * slots : (owner + 1) * slots]
    assert opened > 0


def test_chance_is_an_address() -> None:
    one, two, other = (ReferenceModel(MARKET, key) for key in (11, 11, 12))
    for model in (one, two, other):
        model.run(WEEKS)
    assert one.columns() == two.columns()
    assert one.deals == two.deals
    assert one.deals != other.deals
