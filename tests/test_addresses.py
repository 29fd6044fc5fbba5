"""Chance is addressed: one more buyer, rep, vendor or tool gives nobody else another draw; nor do threads.

What one more of them *may* change is said here, test by test. A trait never moves. Of random picks (territories,
rewired ties) a fair share goes to the new one, and no other moves. A rule that looks at all buyers together
(``balanced`` and ``segment`` territories, the ring of neighbours) moves what the rule says. A run moves where the
new one acts, and nowhere else.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.helpers import n_vendors_alike, silent_market
from tests.side_by_side import digest
from zerosum.market.bulk import new_batch
from zerosum.market.engine import Engine
from zerosum.market.mechanisms import preferences
from zerosum.market.records import ARR, CUSTOMERS, IN_MARKET, SERVED_BUYERS
from zerosum.market.state import UPGRADE
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.spec import Scenario

TRAITS = "segment value holds level norm opinion contract_end candidate due".split()


def market(buyers: int = 400, **tables: Any) -> Scenario:
    """Make a market with three vendors, two segments, tools, and a network."""
    return Scenario.model_validate(
        {
            "clock": {"warmup_weeks": 0, "weeks": 60},
            "market": {"buyers": buyers, "saturation": 0.9, "neighbours": 4, "rewired": 0.3},
            "segments": [
                {"name": "small", "share": 0.7, "contract_weeks": 50},
                {"name": "large", "share": 0.3, "contract_weeks": 70, "value_median": 90_000},
            ],
            "vendors": n_vendors_alike(3, reps=8, presales=1),
            "review": {"max_per_year": 3.0},
            **tables,
        }
    )


def vendors(a: dict[str, Any]) -> list[dict[str, Any]]:
    """Return three vendors, the first of which has some columns of its own."""
    rows = n_vendors_alike(3, reps=8, presales=1)
    return [{**rows[0], **a}, *rows[1:]]


def ties(engine: Engine) -> Counter[tuple[int, int]]:
    """Mutual ties, each once, (lower, higher)."""
    start, targets = engine.market.buyers.neighbour_start, engine.market.buyers.neighbours
    found: Counter[tuple[int, int]] = Counter()
    for buyer, (a, b) in enumerate(itertools.pairwise(start)):
        for other in targets[a:b]:
            if buyer < other:
                found[buyer, int(other)] += 1
    return found


def tastes(engine: Engine, n: int) -> Any:
    """Traits of the first n buyers that are stored nowhere: voice, switching cost, appeal of three products."""
    key, state, rules, batch = engine.key, engine._market, engine._rules, new_batch(n)
    batch.agent[:] = np.arange(n)
    preferences.switching_costs(key, n, batch, state, rules)
    voices = [preferences.voice(key, b, state, rules) for b in range(n)]
    appeals = [[preferences.appeal(key, b, p, 0.0, rules) for b in range(n)] for p in range(3)]
    return np.array([voices, batch.normal, *appeals])


# --- One more buyer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["random", "balanced", "segment"])
def test_one_more_buyer_moves_no_trait(rule: str) -> None:
    n = 400
    one, two = (Engine(market(m, vendors=vendors({"territory": rule})), 3) for m in (n, n + 1))
    for name in TRAITS:
        assert np.array_equal(getattr(one.market.buyers, name), getattr(two.market.buyers, name)[:n]), name
    for name in ("skill", "address", "vendor", "habits"):
        assert np.array_equal(getattr(one.market.reps, name), getattr(two.market.reps, name)), name
    assert np.array_equal(tastes(one, n), tastes(two, n))


def test_one_more_buyer_moves_no_random_territory() -> None:
    one, two = Engine(market(400)), Engine(market(401))
    assert np.array_equal(one.market.buyers.owner, two.market.buyers.owner[:400])


def test_every_vendor_deals_its_territories_by_random_numbers_of_its_own() -> None:
    owner = Engine(market(4_000)).market.buyers.owner - [0, 8, 16]
    for v, w in ((0, 1), (0, 2), (1, 2)):
        together = np.bincount(8 * owner[:, v] + owner[:, w], minlength=64)
        assert stats.chisquare(together).pvalue > 1e-3


def test_one_more_buyer_moves_balanced_territories_only_from_its_own_block_on() -> None:
    """Buyers are dealt out by falling value, ``reps`` at a time: blocks above the new buyer's stay."""
    n, per_block = 400, 8
    for replication in range(5):
        one, two = (
            Engine(market(m, vendors=vendors({"territory": "balanced"})), replication) for m in (n, n + 1)
        )
        value = two.market.buyers.value
        rank = np.argsort(np.lexsort((np.arange(n + 1), -value)))
        block = rank // per_block
        above = block[:n] < block[n]
        owner = two.market.buyers.owner[:n]
        assert np.array_equal(one.market.buyers.owner[above, 0], owner[above, 0])
        assert np.array_equal(one.market.buyers.owner[:, 1:], owner[:, 1:])


def test_one_more_buyer_moves_only_its_fair_share_of_ties() -> None:
    n, half, moved = 400, 2, 0
    for replication in range(20):
        one, two = Engine(market(n), replication), Engine(market(n + 1), replication)
        segment = two.market.buyers.segment
        ring = np.flatnonzero(segment[:n] == segment[n])
        ends = {*ring[:half].tolist(), *ring[-half:].tolist()}  # where the ring is opened to let it in
        old, new = ties(one), ties(two)
        gone, come = old - new, new - old
        for a, b in come:
            assert b == n or {a, b} <= ends
        # A rewired tie stays or goes to the new buyer: it is missing here and has come there.
        elsewhere = [pair for pair in gone.elements() if not set(pair) <= ends]
        for pair in elsewhere:
            assert any((end, n) in come for end in pair)
        moved += len(elsewhere)
    # 2 ties a buyer, .3 of them rewired, 1/(n + 1) of those move: .6 per run.
    assert abs(moved / 20 - 0.6) < 4 * np.sqrt(0.6 / 20)


HOLD = {  # habits follow at once
    "name": "hold",
    "plan": {"prospecting": 0.0, "preparation": 0.5, "selling": 0.5, "social": 0.0},
    "habit_change": 1000.0,
}
QUIET: dict[str, Any] = {
    "market": {"saturation": 1.0, "neighbours": 0},
    "segments": [
        {"name": "lively", "share": 0.9, "contract_weeks": 30},
        {"name": "quiet", "share": 0.1, "contract_weeks": 5200},
    ],
    "review": {"max_per_year": 0.0},
    "need": {"innovation_per_year": 0.0, "imitation_per_year": 0.0},
    "quota": {"team_weight": 1.0},
    "push": {"below": 10.0},
    "prospecting": {"provoke_customer": 0.5},
    "strategies": [{"name": "usual", "push": True}, HOLD],
}


def test_a_buyer_whom_nobody_meets_changes_nobody_s_run() -> None:
    """Its contract runs on, it reviews nothing, its reps don't prospect; all others do."""
    n = 300
    scenarios = [market(**{**QUIET, "market": {**QUIET["market"], "buyers": m}}) for m in (n, n + 1)]
    for replication in range(40):  # the new buyer is to be of the quiet kind
        one, two = (Engine(s, replication) for s in scenarios)
        if two.market.buyers.segment[n] == 1 and two.market.buyers.contract_end[n] > 110:
            break
    strategies = [0] * 24
    for rep in two.market.buyers.owner[n]:
        strategies[rep] = 1
    for engine in (one, two):
        engine.assign([0, 0, 0], strategies)
        engine.run(110)
    assert two.market.buyers.evaluation_end[n] == -1
    for name, column in two.market.buyers._asdict().items():
        if name not in ("neighbours", "neighbour_start"):
            assert np.array_equal(column[:n], getattr(one.market.buyers, name)), name
    for name, column in two.market.reps._asdict().items():
        if not name.startswith("territory"):
            assert np.array_equal(column, getattr(one.market.reps, name)), name
    for table in ("deals", "decisions"):
        for mine, theirs in zip(getattr(one.recorder, table), getattr(two.recorder, table), strict=True):
            assert np.array_equal(mine, theirs)
    difference = two.recorder.weekly - one.recorder.weekly
    assert np.all(difference[:110, :, SERVED_BUYERS] == 1)
    assert set(np.unique(difference[:110, :, CUSTOMERS])) == {0.0, 1.0}
    paid = {0.0, round(float(two.market.buyers.value[n]), 3)}
    assert set(np.unique(difference[:110, :, ARR].round(3))) == paid
    others = [c for c in range(difference.shape[2]) if c not in (SERVED_BUYERS, CUSTOMERS, ARR)]
    assert not np.any(difference[:, :, others])
    assert len(one.recorder.decisions.week) > n
    assert one.recorder.weekly[:110, :, IN_MARKET].sum() > 0


# --- One more rep -------------------------------------------------------------------------------------------


def test_one_more_rep_takes_a_fair_share_of_random_territories_and_nobody_else_s() -> None:
    n, moved, buyers = 8, 0, 400
    for replication in range(10):
        one = Engine(market(buyers), replication)
        two = Engine(market(buyers, vendors=vendors({"reps": n + 1})), replication)
        before, after = one.market.buyers.owner, two.market.buyers.owner
        shifted = after[:, 1:] - 1  # rows of the other vendors' reps come after the new one's
        assert np.array_equal(before[:, 1:], shifted)
        stayed = before[:, 0] == after[:, 0]
        assert np.all(after[~stayed, 0] == n)
        moved += np.count_nonzero(~stayed)
        for name in TRAITS:
            assert np.array_equal(getattr(one.market.buyers, name), getattr(two.market.buyers, name)), name
        old = np.delete(np.arange(25), n)
        for name in ("skill", "address", "vendor"):
            assert np.array_equal(getattr(one.market.reps, name), getattr(two.market.reps, name)[old]), name
    assert stats.binomtest(moved, 10 * buyers, 1 / (n + 1)).pvalue > 1e-3


@pytest.mark.parametrize("rule", ["balanced", "segment"])
def test_one_more_rep_divides_anew_its_own_vendor_s_territories_alone(rule: str) -> None:
    one, two = (Engine(market(vendors=vendors({"reps": m, "territory": rule}))) for m in (8, 9))
    assert np.array_equal(one.market.buyers.owner[:, 1:], two.market.buyers.owner[:, 1:] - 1)
    assert np.array_equal(one.market.reps.skill, np.delete(two.market.reps.skill, 8))


def test_a_rep_without_a_territory_changes_nobody_s_run() -> None:
    """Thirty buyers, 24 reps: often the 25th gets none. Tools spread by example, so nobody is offered one here;
    and the quota follows the territory, since a share in the team's average would be smaller."""
    tables: dict[str, Any] = {
        "quota": {"team_weight": 0.0},
        "segments": [{"name": "all", "contract_weeks": 20}],
    }
    tables["strategies"] = [{"name": "usual", "push": True}]
    few, many = (
        market(**{**tables, "market": {"buyers": 30, "neighbours": 2}, "vendors": vendors({"reps": m})})
        for m in (8, 9)
    )
    for replication in range(60):
        one, two = Engine(few, replication), Engine(many, replication)
        if two.market.reps.territory_start[9] == two.market.reps.territory_start[8]:
            break
    else:
        pytest.fail("the new rep always got a buyer")
    one.run(120)
    two.run(120)
    old = np.delete(np.arange(25), 8)
    for name, column in one.market.buyers._asdict().items():
        got = getattr(two.market.buyers, name)
        if name == "owner":
            got = np.where(got > 8, got - 1, got)
        assert np.array_equal(column, got), name
    for name, column in one.market.reps._asdict().items():
        if not name.startswith("territory"):
            assert np.array_equal(column, getattr(two.market.reps, name)[old]), name
    for mine, theirs in zip(one.recorder.decisions, two.recorder.decisions, strict=True):
        assert np.array_equal(mine, theirs)
    assert np.all(two.market.reps.revenue_total[8] == 0)
    assert len(one.recorder.deals.week) > 50


# --- One more vendor, tool, product, strategy, week ---------------------------------------------------------

LIVELY: dict[str, Any] = {
    "tools": [
        {"name": "notes", "saving": 0.5, "innovation": 0.3},
        {"name": "ear", "dprime": 2.0, "scans": 30.0, "accuracy": 0.8, "innovation": 0.3},
    ],
    "strategies": [
        {"name": "usual", "tools": ["notes", "ear"], "push": True, "reinvest": {"prospecting": 1.0},
         "social": ["marketing", "service", "sales"]},
    ],
}  # fmt: skip


def same_run(one: Engine, two: Engine, but: Sequence[str] = ()) -> None:
    """Check that buyers, reps, deals and decisions are the same bits; ``but`` in columns of these names."""
    for table in ("buyers", "reps", "opportunities", "vendors"):
        for name, column in getattr(one.market, table)._asdict().items():
            if name in but:
                continue
            got = getattr(getattr(two.market, table), name)
            assert np.array_equal(column, got), name
    for table in ("deals", "decisions"):
        mine, theirs = getattr(one.recorder, table), getattr(two.recorder, table)
        for name in mine._fields:
            if name not in but:
                assert np.array_equal(getattr(mine, name), getattr(theirs, name)), f"{table}.{name}"
    assert len(one.recorder.deals.week) > 100


def test_one_more_tool_product_or_strategy_that_nobody_uses_changes_no_bit() -> None:
    one = Engine(market(**LIVELY))
    one.run(110)
    spare = {"name": "spare", "saving": 1.0, "boost": 4.0, "innovation": 1.0}
    two = Engine(market(**{**LIVELY, "tools": [*LIVELY["tools"], spare]}))
    two.run(110)
    tool_columns = [name for name in two.market.reps._fields if name.startswith("tool_")]
    same_run(one, two, but=tool_columns)
    for name in tool_columns:
        assert np.array_equal(getattr(one.market.reps, name), getattr(two.market.reps, name)[:, :2])
    more = [*LIVELY["strategies"], {"name": "never", "tools": ["ear"], "upgrade": True}]
    three = Engine(market(**{**LIVELY, "strategies": more}))
    three.run(110)
    assert digest(one) == digest(three)
    sold = [{"name": v["name"], "vendor": v["name"]} for v in n_vendors_alike(3)]
    late = {"name": "late", "vendor": "Vendor A", "quality": 5.0, "launch_week": 5000}
    four = Engine(market(**{**LIVELY, "products": [*sold, late]}))
    four.run(110)
    assert digest(one) == digest(four)


def test_one_more_vendor_that_meets_nobody_changes_nobody_s_run() -> None:
    """It has no customers, is never invited and doesn't prospect."""
    rows = [{**v, "share": s} for v, s in zip(n_vendors_alike(3, reps=8), (0.5, 0.3, 0.2), strict=True)]
    idle = {"name": "Idle", "reps": 5, "share": 0.0, "strategy": "hold"}
    quiet = {"strategies": QUIET["strategies"], "invitations": {"inbound": 0.0, "competitors": 0.0}}
    one, two = (Engine(market(vendors=v, **quiet)) for v in (rows, [*rows, idle]))
    one.run(110)
    two.run(110)
    for name, column in one.market.buyers._asdict().items():
        got = getattr(two.market.buyers, name)
        if name in ("goodwill", "goodwill_week", "owner", "turned_away"):
            got = got[:, :3]
        assert np.array_equal(column, got), name
    for name, column in one.market.reps._asdict().items():
        if not name.startswith("territory"):
            assert np.array_equal(column, getattr(two.market.reps, name)[:24]), name
    for table in ("deals", "decisions"):
        for mine, theirs in zip(getattr(one.recorder, table), getattr(two.recorder, table), strict=True):
            assert np.array_equal(mine, theirs)
    assert two.market.vendors.customers[3] == 0


def test_one_more_vendor_leaves_the_random_numbers_of_own_upgrades_alone() -> None:
    """An own upgrade is an option of the buyer's; its noise has an address that doesn't count vendors."""
    tables: dict[str, Any] = {
        "market": {"buyers": 400},
        "segments": [{"name": "all", "contract_weeks": 10}],
        "invitations": {"coverage": 1.0},
        "strategies": [{"name": "usual", "upgrade": True}],
        "reps": {"max_open_opportunities": 400},
    }
    rows = [{"name": "A", "share": 1.0}, {"name": "B", "share": 0.0}]
    products = [
        {"name": "old", "vendor": "A"},
        {"name": "new", "vendor": "A", "launch_week": 1},
        {"name": "b", "vendor": "B"},
    ]
    idle = ({"name": "Idle", "share": 0.0}, {"name": "i", "vendor": "Idle"})
    one = Engine(silent_market(vendors=rows, products=products, **tables))
    two = Engine(silent_market(vendors=[*rows, idle[0]], products=[*products, idle[1]], **tables))
    one.run(13)
    two.run(13)
    assert np.count_nonzero(one.recorder.decisions.outcome == UPGRADE) > 100
    assert np.array_equal(one.recorder.decisions.after, two.recorder.decisions.after)


def test_a_longer_clock_has_the_same_beginning() -> None:
    one = Engine(market())
    two = Engine(market(clock={"warmup_weeks": 0, "weeks": 300}))
    one.run(90)
    two.run(90)
    assert np.array_equal(one.recorder.weekly[:90], two.recorder.weekly[:90])
    same_run(one, two)


# --- Threads, processes, order ------------------------------------------------------------------------------


def _several() -> list[Any]:
    return [(market(buyers, **LIVELY), r) for r in range(3) for buyers in (150, 400)]


def _run(scenario: Scenario, replication: int) -> str:
    engine = Engine(scenario, replication)
    engine.run(70)
    twin = engine.branch()
    twin.run(10)
    return digest(twin)


def test_threads_and_order_change_no_bit() -> None:
    jobs = _several()
    alone = [_run(*job) for job in jobs]
    assert len(set(alone)) == len(jobs)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(_run, *zip(*jobs[::-1], strict=True)))[::-1]
    assert alone == together
    # Step by step in turns, all in one thread.
    engines = [Engine(*job) for job in jobs]
    for _ in range(70):
        for engine in engines:
            engine.step()
    twins = [engine.branch() for engine in engines]
    for twin in twins:
        twin.run(10)
    assert [digest(twin) for twin in twins] == alone


def test_branches_run_together_change_no_bit() -> None:
    """Twins share traits, territories and rules; threads that run them don't get in each other's way."""
    trunk = Engine(market(**LIVELY))
    trunk.run(60)

    def strategy(_: int) -> str:
        twin = trunk.branch()
        twin.run(40)
        return digest(twin)

    alone = strategy(0)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(strategy, range(6))) == {alone}


@pytest.mark.slow  # tests/golden holds what other processes found
def test_another_process_finds_the_same_bits() -> None:
    code = "from tests.test_addresses import _run, _several; print(_run(*_several()[3]))"
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert child.stdout.split()[-1] == _run(*_several()[3])


# --- Names and numbers --------------------------------------------------------------------------------------


def shares_and_sales(scenario: Scenario, first: int, names: Sequence[str], replications: int = 60) -> Any:
    """Accounts and revenue per vendor (in the order of ``names``), won deals in all, [replications, ...]."""
    rows = [[v.name for v in scenario.vendors].index(name) for name in names]
    found = []
    for replication in range(first, first + replications):
        engine = Engine(scenario, replication)
        engine.run(40)
        revenue = np.bincount(
            engine.recorder.deals.vendor, weights=engine.recorder.deals.revenue, minlength=len(rows)
        )
        customers = engine.market.vendors.customers
        won = np.count_nonzero(engine.recorder.deals.outcome == 1)
        found.append([*customers[rows], *revenue[rows], won, len(engine.recorder.decisions.week)])
    return np.array(found)


DIFFERENT = [
    {"name": "Alder", "reps": 6, "presales": 3, "service": 0.6, "share": 0.5},
    {"name": "Birch", "reps": 3, "presales": 0, "service": -0.3, "share": 0.3},
    {"name": "Cedar", "reps": 2, "presales": 1, "share": 0.2, "territory": "balanced"},
]


@pytest.mark.parametrize("what", ["vendors", "segments", "tools"])
def test_renumbering_leaves_the_distribution_of_results(what: str) -> None:
    """Other numbers are other random events: two samples with seeds of their own are compared (Kolmogorov and Smirnov).

    Other numbers of segments make other buyers large ones: that is how buyers are renumbered.
    """
    tables: dict[str, Any] = {**LIVELY, "vendors": DIFFERENT, "reps": {"max_open_opportunities": 3}}
    names = [v["name"] for v in DIFFERENT]
    tables["segments"] = [s.model_dump() for s in market().segments]
    one = shares_and_sales(market(150, **tables), 0, names)
    tables[what] = tables[what][::-1]
    two = shares_and_sales(market(150, **tables), 1000, names)
    for column in range(one.shape[1]):
        assert stats.ks_2samp(one[:, column], two[:, column]).pvalue > 1e-3, column
    # The same test does see a vendor that has one rep more.
    tables["vendors"] = [{**v, "reps": 12 if v["name"] == "Birch" else v["reps"]} for v in tables["vendors"]]
    three = shares_and_sales(market(150, **tables), 2000, names)
    assert min(stats.ks_2samp(one[:, c], three[:, c]).pvalue for c in range(one.shape[1])) < 1e-3


def test_the_order_of_products_of_others_and_of_strategies_is_only_a_name() -> None:
    more = [{"name": "never", "tools": ["ear"]}, *LIVELY["strategies"]]
    one = Engine(market(**LIVELY))
    two = Engine(market(**{**LIVELY, "strategies": more, "comparison": {"baseline": "usual"}}))
    one.run(80)
    two.run(80)
    same_run(one, two, but=["strategy"])


def test_replications_are_other_random_numbers_and_seed_zero_is_a_seed() -> None:
    scenario = load_scenario("workshop")
    keys = {int(Engine(scenario, r, seed).key) for r in range(3) for seed in (0, 1, None)}
    assert len(keys) == 9
    zero = parse_scenario(scenario, {"comparison.seed": 0})
    assert Engine(zero).key == Engine(scenario, 0, 0).key != Engine(scenario, 0).key


def test_silence_needs_no_chance() -> None:
    """In a market where nothing is random the key doesn't matter to who holds what in the end."""
    scenario = silent_market(market={"buyers": 200}, vendors=n_vendors_alike(1))
    one, two = Engine(scenario, 0), Engine(scenario, 1)
    one.run(30)
    two.run(30)
    assert np.array_equal(one.market.buyers.holds, two.market.buyers.holds)
