"""Facts and measures: the catalogue, files of users, what a market is asked and how the answers are summed up."""

from __future__ import annotations

import importlib
import itertools
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.each import each
from zerosum.errors import InputError
from zerosum.market.metrics import METRICS, Team, measure
from zerosum.market.records import OPENED, OWN_CUSTOMER, SERVED_BUYERS, WON
from zerosum.market.run import branches, chance_baseline, simulate, warm_up
from zerosum.market.state import WAITING, YEAR
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.facts import MEASURES, TAGS, Fact, load_facts, observe, of_vendor, vendors_alike
from zerosum.studies.facts.measures import PRODUCTIVE, Measure, _months_to_productive
from zerosum.studies.facts.observe import AN_HOUR, MORE_HOURS, with_probes
from zerosum.studies.probes import DOSES, MONTHS, fall_from_peak, height_of_the_middle

module = importlib.import_module("zerosum.studies.facts.observe")  # the package's name for it is the function

TRIAL = """
name = "trial"
clock = { warmup_weeks = 52, weeks = 52 }
market = { buyers = 120, saturation = 0.8 }
vendors = [{ name = "Alder", reps = 4 }, { name = "Elm", reps = 4 }, { name = "Oak", reps = 3 }]
turnover = { leave_other = 0.4 }
tools = [{ name = "dialler", boost = 0.5 }]

[[strategies]]
name = "shots"
tools = ["dialler"]

[[strategies]]
name = "usual"
plan = { prospecting = 0.2, preparation = 0.2, selling = 0.5, social = 0.1 }
extra_hours = { selling = 2.0 }

[comparison]
baseline = "usual"
replications = 3
seed = 11
"""
JUDGED = """in-market contested own-won own-uncontested displacement win-rate no-decision self-generated
win-rate-by-value bidders-by-value at-quota company-attainment attainment-low attainment-high far-above
top-fifth quota-over-pay variable-pay pipeline-coverage presales-used presales-never cycle-median
cycle-spread deal-value selling-time admin-time turnover ramp churn effort-elasticity planned-calls
untrained-use usage-performance drift-evaluations drift-opportunities drift-won drift-revenue
drift-penetration everyone-adopts everyone-adopts-arr""".split()
SHOWN = """opportunities-per-rep wins-per-rep hours-per-opportunity near-quota rep-differences-own
rep-differences-new gross-retention timing-games""".split()
TOLD = """social-selling account-priorities leads-by-origin territory-realignment ratchet-removed time-and-quota
crm-use""".split()
METRICS_OF_ALL_YEARS = (
    "share_at_quota",
    "attainment_p10",
    "attainment_p90",
    "top_fifth_share",
    "pipeline_coverage",
)
"""Of all measured weeks together, over which luck averages out that a year's quotas and surveys have."""
ONE = (
    'name = "{}"\nlabel = "Ours"\nmeasure = "win_rate"\nlow = 0.1\nhigh = 0.5\ntag = "own"\nsource = "CRM"\n'
)


@pytest.fixture(scope="module")
def trial() -> Scenario:
    return parse_scenario(TRIAL)


def fact(**keys: Any) -> Fact:
    given = {"name": "x", "label": "X", "measure": "win_rate", "tag": "own", "source": "us"}
    return Fact.model_validate(given | keys)


# --- The catalogue --------------------------------------------------------------------------------------------


def test_the_shipped_facts_are_the_designs_bands() -> None:
    facts = load_facts()
    assert [f.name for f in facts if f.judged] == JUDGED
    assert len(JUDGED) == 40
    assert [f.name for f in facts if not f.judged] == [*SHOWN, *TOLD]
    assert [f.name for f in facts if not f.measure] == TOLD
    assert {f.tag for f in facts} == set(TAGS) - {"own"}


def test_the_shipped_facts_say_what_they_rest_on_and_where_it_can_be_read() -> None:
    """What is computed or read has an address or a journal's year; a norm says that no source was found."""
    for fact in load_facts():
        if fact.measure:
            assert fact.rests_on, fact.name
            assert fact.measure not in METRICS_OF_ALL_YEARS, fact.name
        if fact.tag in ("read", "computed"):
            assert fact.basis, fact.name
            assert fact.address or re.search(r"20[01]\d|our notes don't say|origin", fact.source), fact.name
        if fact.tag == "norm":
            assert fact.judged is False or "norm" in fact.source, fact.name


@each(
    ("name", "low", "high", "unit"),
    [
        ("in-market", 0.05, 0.15, "share"),
        ("displacement", 0.08, 0.20, "share"),
        ("at-quota", 0.45, 0.63, "share"),
        ("own-uncontested", 0.4, None, "share"),
        ("company-attainment", 0.85, 1.1, "ratio"),
        ("far-above", None, 0.2, "share"),
        ("cycle-median", 6, 14, "weeks"),
        ("drift-revenue", -0.03, 0.03, "share"),
        ("effort-elasticity", 0.2, 0.45, "ratio"),
        ("everyone-adopts", -0.002, 0.002, "points"),
        ("ramp", 4, 6, "months"),
        ("rep-differences-new", 0.0, 0.31, "ratio"),
        ("wins-per-rep", 10, 30, "a year"),
    ],
)
def test_bands_are_in_the_units_of_their_measures(
    name: str, low: float | None, high: float | None, unit: str
) -> None:
    (found,) = (f for f in load_facts() if f.name == name)
    assert (found.low, found.high, found.unit) == (low, high, unit)


def test_a_users_file_replaces_and_adds(tmp_path: Path) -> None:
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text(f"[[facts]]\n{ONE.format('at-quota')}[[facts]]\n{ONE.format('ours')}", encoding="utf-8")
    second.write_text("\ufeff[[facts]]\n" + ONE.format("ours").replace("0.5", "0.6"), encoding="utf-8")
    facts = load_facts([first, str(second)])
    assert [f.name for f in facts] == [*JUDGED, *SHOWN, *TOLD, "ours"]  # a replaced one keeps its place
    assert facts[JUDGED.index("at-quota")].measure == "win_rate"
    assert facts[-1].high == 0.6
    assert [f for f in facts if f.name not in ("at-quota", "ours")] == [
        f for f in load_facts() if f.name != "at-quota"
    ]


@pytest.mark.parametrize(
    ("low", "high", "inside", "outside"),
    [
        (0.1, 0.2, (0.1, 0.15, 0.2), (math.nextafter(0.1, 0), math.nextafter(0.2, 1), -9.0, math.nan)),
        (0.1, None, (0.1, 9e9), (math.nextafter(0.1, 0), math.nan)),
        (None, 0.2, (0.2, -9e9), (math.nextafter(0.2, 1), math.nan)),
        (-1, 0, (-1.0, -0.0, 0.0), (1e-300,)),
    ],
)
def test_a_band_holds_its_ends(
    low: float | None, high: float | None, inside: tuple[float, ...], outside: tuple[float, ...]
) -> None:
    band = fact(low=low, high=high)
    assert all(band.holds(value) for value in inside)
    assert not any(band.holds(value) for value in outside)


BAD = {
    "no TOML": ("[[facts]\n", ("line 1, column 8: the head of a table is not closed; write [facts]",)),
    "nothing in it": ("", ("[[facts]] tables", "other keys: none")),
    "another table": (f"[market]\nbuyers = 3\n[[facts]]\n{ONE.format('a')}", ("other keys: market",)),
    "no list": (f"[facts]\n{ONE.format('a')}", ("[[facts]] tables",)),
    "no table": ("facts = [3]", ("[[facts]] 1 = 3 is not a table",)),
    "no name": ("[[facts]]\n" + ONE.replace('name = "{}"\n', ""), ("[[facts]] 1 has no 'name'",)),
    "no source": (
        f"[[facts]]\n{ONE.format('a')}".replace('source = "CRM"\n', ""),
        ("(a)", "has no 'source'"),
    ),
    "no band": (
        f"[[facts]]\n{ONE.format('a')}".replace("low = 0.1\nhigh = 0.5\n", ""),
        ("(a)", "give low, high or both"),
    ),
    "upside down": (
        f"[[facts]]\n{ONE.format('a')}".replace("0.1", "0.7"),
        ("(a)", "low = 0.7 must be less than high = 0.5"),
    ),
    "no width": (
        f"[[facts]]\n{ONE.format('a')}".replace("0.1", "0.5"),
        ("(a)", "low = 0.5 must be less than high = 0.5"),
    ),
    "unknown key": (f"[[facts]]\n{ONE.format('a')}hihg = 1\n", ("(a)", "unknown key 'hihg'", "mean 'high'?")),
    "far key": (f"[[facts]]\n{ONE.format('a')}zzz = 1\n", ("(a)", "unknown key 'zzz'", "known: name, label")),
    "judged by nothing": (
        f"[[facts]]\n{ONE.format('a')}".replace('measure = "win_rate"\n', ""),
        ("(a)", "without a measure there is no band"),
    ),
    "unknown measure": (
        f"[[facts]]\n{ONE.format('a')}".replace("win_rate", "winrate"),
        ("(a)", "no measure 'winrate'", "did you mean 'win_rate'?"),
    ),
    "far measure": (
        f"[[facts]]\n{ONE.format('a')}".replace("win_rate", "zzz"),
        ("(a)", "no measure 'zzz'", "zerosum facts --measures"),
    ),
    "unknown tag": (
        f"[[facts]]\n{ONE.format('a')}".replace('"own"', '"owm"'),
        ("(a)", 'tag = "owm"', "did you mean 'own'?"),
    ),
    "far tag": (
        f"[[facts]]\n{ONE.format('a')}".replace('"own"', '"zzz"'),
        ("(a)", 'tag = "zzz"', "it must be 'read', 'second-hand'"),
    ),
    "text for a number": (
        f"[[facts]]\n{ONE.format('a')}".replace("0.1", '"0.1"'),
        ("(a)", 'low = "0.1"', "write 0.1, without quotes"),
    ),
    "nan": (f"[[facts]]\n{ONE.format('a')}".replace("0.1", "nan"), ("(a)", "low = nan", "finite")),
    "inf": (f"[[facts]]\n{ONE.format('a')}".replace("0.5", "inf"), ("(a)", "high = inf", "finite")),
    "number for a truth": (f"[[facts]]\n{ONE.format('a')}judged = 1\n", ("(a)", "judged = 1")),
    "name with a blank": (f"[[facts]]\n{ONE.format('a b')}", ("(a b)", 'name = "a b"', "small letters")),
    "twice": (f"[[facts]]\n{ONE.format('a')}" * 2, ("two facts are named 'a'",)),
}


@each("case", BAD)
def test_a_bad_file_says_file_fact_key_and_what_is_allowed(tmp_path: Path, case: str) -> None:
    text, said = BAD[case]
    path = tmp_path / "our facts.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_facts([path])
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    for part in said:
        assert part in message


def test_everything_that_is_wrong_with_a_file_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "facts.toml"
    path.write_text(
        f"[[facts]]\n{ONE.format('a')}hihg = 1\n[[facts]]\n{ONE.format('b')}".replace('"own"', '"owm"')
    )
    with pytest.raises(InputError) as caught:
        load_facts([path])
    assert len(str(caught.value).split("\n")) == 3
    assert "[[facts]] 2 (b): tag" in str(caught.value)


# --- Measures: from replications to a number ------------------------------------------------------------------


def test_every_metric_is_a_measure_and_no_name_is_used_twice() -> None:
    assert list(MEASURES)[: len(METRICS)] == [m.name for m in METRICS]
    assert all(name == m.name and m.label and m.unit and m.meaning for name, m in MEASURES.items())
    assert {m.probe for m in MEASURES.values()} == {"", *module._READ}


def test_a_plain_measures_interval_is_students_over_replications() -> None:
    rows = np.array([[3.0], [math.nan], [5.0], [10.0]])
    found = MEASURES["win_rate"].interval(rows)
    wanted = stats.ttest_1samp([3.0, 5.0, 10.0], 0.0).confidence_interval(0.95)
    assert found.n == 3
    assert (found.mean, found.low, found.high) == pytest.approx((6.0, wanted.low, wanted.high))


def test_a_pooled_measures_interval_is_the_jackknifes() -> None:
    """The ratio of two means, every leave-one-out ratio written out."""
    pooled = Measure("r", "R", "ratio", "of means", "", lambda row: float(row[0] / row[1]), pooled=True)
    rows = np.array([[1.0, 2.0], [2.0, 3.0], [4.0, 5.0], [3.0, math.nan], [2.0, 6.0]])
    known = [(1.0, 2.0), (2.0, 3.0), (4.0, 5.0), (2.0, 6.0)]
    whole = 9.0 / 16.0
    left_out = [8 / 14, 7 / 13, 5 / 11, 7 / 10]
    pseudo = [4 * whole - 3 * one for one in left_out]
    half = stats.t.ppf(0.975, 3) * np.std(pseudo, ddof=1) / 2.0
    found = pooled.interval(rows)
    assert found.n == len(known)
    assert (found.mean, found.low, found.high) == pytest.approx((whole, whole - half, whole + half))


def test_a_pooled_measure_that_is_a_mean_has_students_interval() -> None:
    """Pseudo-values of a mean are the values themselves."""
    rows = np.random.default_rng(1).normal(size=(9, 1))
    mean = Measure("m", "M", "ratio", "mean", "", pooled=True)
    found, plain = mean.interval(rows), MEASURES["win_rate"].interval(rows)
    assert (found.mean, found.low, found.high, found.n) == pytest.approx(
        (plain.mean, plain.low, plain.high, plain.n)
    )


def test_few_replications_have_no_interval() -> None:
    pooled = MEASURES["usage_inverted_u"]
    one = pooled.interval(np.array([[0.0, 0.3, 0.1, 0.1]]))
    assert (one.mean, one.n) == (pytest.approx(0.2), 1)
    assert math.isnan(one.low)
    assert math.isnan(one.high)
    none = pooled.interval(np.full((3, 4), math.nan))
    assert (math.isnan(none.mean), none.n) == (True, 0)


@pytest.mark.parametrize(
    ("use", "fall"),
    [
        ((0.1, 0.5, 0.4, 0.3, 0.3, 0.2), 0.3),
        ((0.1, 0.2, 0.3, 0.4, 0.5, 0.6), -0.1),
        ((0.5, 0.2, 0.2, 0.2, 0.2, 0.2), 0.3),
        ((0.3,) * 6, 0.0),
    ],
)
def test_the_fall_from_the_peak(use: tuple[float, ...], fall: float) -> None:
    assert fall_from_peak(np.array(use)) == pytest.approx(fall)


@pytest.mark.parametrize(
    ("gain", "height"),
    [
        ((0.0, 0.2, 0.1, 0.05), 0.15),
        ((0.0, 0.1, 0.2, 0.05), 0.15),
        ((0.0, 0.1, 0.1, 0.3), -0.2),
        ((0.4, 0.1, 0.1, 0.3), -0.3),
        ((0.0,) * 4, 0.0),
    ],
)
def test_theheight_of_the_middle(gain: tuple[float, ...], height: float) -> None:
    assert height_of_the_middle(np.array(gain)) == pytest.approx(height)
    assert len(gain) == len(DOSES)


def counts(relative: Any) -> Any:
    """Won by month, by new reps and by the same long in the job: ``relative`` to these."""
    return np.concatenate([np.asarray(relative) * 5.0, np.full(MONTHS, 5.0)])


MIDDLES = np.arange(MONTHS) + 0.5
"""Of months, from the start."""


@pytest.mark.parametrize("crossing", [2.0, 3.3, 5.0, 8.25, 10.4])
def test_months_to_productive_on_a_straight_line(crossing: float) -> None:
    """A moving mean of a straight line is that line: it is crossed where it was meant to be."""
    assert _months_to_productive(counts(PRODUCTIVE + 0.05 * (MIDDLES - crossing))) == pytest.approx(crossing)


@pytest.mark.parametrize(
    ("relative", "months"),
    [
        (np.full(MONTHS, 0.5), 12.0),  # never in this year
        (np.full(MONTHS, 0.9), 1.5),  # from the first three months on
        (
            [1.0, 1.0, 1.0, 0.2, 0.2, 0.2, 0.2, 0.2, 1.0, 1.0, 1.0, 1.0],
            9.125,
        ),  # old contacts first, then the ramp
    ],
)
def test_months_to_productive_at_its_ends_and_after_a_dip(relative: Any, months: float) -> None:
    assert _months_to_productive(counts(relative)) == pytest.approx(months)


def test_months_to_productive_is_undefined_where_nothing_is_closed() -> None:
    nobody = counts(np.full(MONTHS, 0.5))
    nobody[MONTHS : MONTHS + 3] = 0.0
    assert math.isnan(_months_to_productive(nobody))


# --- Observation ----------------------------------------------------------------------------------------------


def changed(scenario: Scenario, name: str) -> dict[str, Any]:
    """What a strategy has that the status quo has not."""
    usual, other = (
        scenario.strategies[scenario.strategy_index(n)].model_dump(exclude={"name"}) for n in ("usual", name)
    )
    return {key: value for key, value in other.items() if value != usual[key]}


def test_a_probe_differs_from_the_status_quo_in_one_respect(trial: Scenario) -> None:
    probed = with_probes(trial)
    usual = trial.strategies[1]
    assert list(changed(probed, "(hours)")) == ["extra_hours"]
    extra = changed(probed, "(hours)")["extra_hours"]
    more = {a: extra[a] - getattr(usual.extra_hours, a) for a in extra}
    assert sum(more.values()) == pytest.approx(MORE_HOURS * trial.reps.hours_per_week)
    for activity, hours in more.items():  # spread as the week is
        assert hours == pytest.approx(sum(more.values()) * getattr(usual.plan, activity))
    assert changed(probed, "(plan)") == {"focus": "value" if usual.focus == "even" else "even"}
    assert changed(probed, "(push)") == {"push": not usual.push}
    assert set(changed(probed, "(untrained)")) <= {"tools", "training"}
    assert set(changed(probed, "(trained)")) <= {"tools", "training", "reinvest"}
    doses = [
        probed.strategies[probed.strategy_index(f"({dose} tools)")].model_dump(exclude={"name"})
        for dose in DOSES
    ]
    assert [len(d.pop("tools")) for d in doses] == list(DOSES)
    assert all(d == doses[0] for d in doses)


def test_what_a_scenario_has_stays_first_and_as_it_is(trial: Scenario) -> None:
    probed = with_probes(trial)
    assert probed.strategies[: len(trial.strategies)] == trial.strategies
    assert probed.tools[: len(trial.tools)] == trial.tools
    assert probed.baseline_name == "usual"
    assert {k: v for k, v in probed if k not in ("strategies", "tools", "comparison")} == {
        k: v for k, v in trial if k not in ("strategies", "tools", "comparison")
    }


@pytest.mark.parametrize("replication", [0, 2])
def test_the_status_quo_is_that_of_a_run_without_probes_to_the_bit(trial: Scenario, replication: int) -> None:
    found, by_chance = observe(trial, replication)
    wanted = measure(simulate(trial, "usual", "focal", replication))
    null = measure(simulate(chance_baseline(trial), "usual", "focal", replication))
    assert list(found) == list(MEASURES)
    assert set(by_chance) == {name for name, m in MEASURES.items() if m.beside_chance}
    for name in wanted:
        np.testing.assert_array_equal(found[name], [wanted[name]])
    for name in by_chance.keys() & null.keys():
        np.testing.assert_array_equal(by_chance[name], [null[name]])
    assert wanted["deals_closed"] > 0


def test_probes_change_nobodys_random_numbers(trial: Scenario) -> None:
    """Deal by deal: the scenario's own strategies in a market that has the probes' tools on its shelf."""
    for strategy in ("usual", "shots"):
        plain, probed = simulate(trial, strategy, "focal"), simulate(with_probes(trial), strategy, "focal")
        for ours, theirs in zip(plain.engine.recorder.deals, probed.engine.recorder.deals, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_probe_that_is_not_asked_for_is_not_run(trial: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    whole = module.branches

    def noted(start: Any, strategies: Any, adopters: Any, on_week: Any = None) -> Any:
        tried.extend(strategies)
        return whole(start, strategies, adopters, on_week)

    monkeypatch.setattr(module, "branches", noted)
    found, by_chance = observe(trial, 0, measures=("effort_elasticity", "win_rate"), null=False)
    assert tried == ["usual", "(hours)"]
    assert list(found) == ["win_rate", "effort_elasticity"]
    assert by_chance == {}
    everything, _ = observe(trial, 0, null=False)
    for name, row in found.items():
        np.testing.assert_array_equal(row, everything[name])


def test_probes_say_what_their_runs_say(trial: Scenario) -> None:
    found, _ = observe(trial, 1, null=False)
    start = warm_up(with_probes(trial), 1)
    strategies = ("usual", "(hours)", "(plan)", *(f"({dose} tools)" for dose in DOSES))
    alone = {run.strategy: measure(run) for run in branches(start, strategies, ["focal"])}
    every = {run.strategy: measure(run) for run in branches(start, ("usual", "(trained)"), ["all"])}
    revenue = {strategy: numbers["revenue"] for strategy, numbers in alone.items()}
    assert found["effort_elasticity"][0] == pytest.approx(
        (revenue["(hours)"] / revenue["usual"] - 1) / MORE_HOURS
    )
    new = {strategy: numbers["won_revenue_per_rep"] for strategy, numbers in alone.items()}
    assert found["effort_elasticity_new"][0] == pytest.approx(
        (new["(hours)"] / new["usual"] - 1) / MORE_HOURS
    )
    even, value = ("usual", "(plan)") if trial.strategies[1].focus == "even" else ("(plan)", "usual")
    assert found["planned_calls_lift"][0] == pytest.approx(revenue[value] / revenue[even] - 1)
    gain = every["(trained)"]["share_of_served"] - every["usual"]["share_of_served"]
    assert found["everyone_share_gain"][0] == pytest.approx(gain)
    assert len(found["usage_inverted_u"]) == len(DOSES)
    assert found["usage_inverted_u"][0] == 0.0


def test_the_tool_nobody_was_trained_in_is_followed_for_six_months(trial: Scenario) -> None:
    found, _ = observe(trial, 0, measures=("untrained_use_fall",), null=False)
    (run,) = branches(warm_up(with_probes(trial), 0), ["(untrained)"], ["focal"])
    use = run.engine.recorder.rep_tool_use[:, run.team].mean(axis=1)
    starts = [math.ceil(month * YEAR / MONTHS) for month in range(7)]
    by_month = [use[a:b].mean() for a, b in itertools.pairwise(starts)]
    assert found["untrained_use_fall"] == pytest.approx(by_month)
    short = parse_scenario(TRIAL, {"clock.weeks": 25})
    assert np.isnan(
        observe(short, 0, measures=("untrained_use_fall",), null=False)[0]["untrained_use_fall"]
    ).all()


def test_several_vendors_are_averaged(trial: Scenario) -> None:
    run = simulate(trial, "usual", "focal")
    deals, weekly = run.engine.recorder.deals, run.engine.recorder
    rates = [(deals.outcome[deals.vendor == v] == WON).mean() for v in (0, 1)]
    found, _ = observe(trial, 0, measures=("win_rate", "attempts"), null=False, vendors=(0, 1))
    assert found["win_rate"][0] == pytest.approx(np.mean(rates))
    of_vendor = run.engine.market.reps.vendor
    assert found["attempts"][0] == pytest.approx(weekly.rep_attempts[of_vendor <= 1].sum() / 2)


def test_new_reps_are_set_against_themselves_long_in_the_job(trial: Scenario) -> None:
    run = simulate(trial, "usual", "focal")
    deals, new = run.engine.recorder.deals, run.engine.market.reps.hired == 52
    assert 0 < new.sum() < len(new)
    rows = observe(trial, 0, measures=("ramp_months",), null=False)[0]["ramp_months"].reshape(2, MONTHS)
    won = (deals.outcome == WON) & new[deals.rep]
    assert rows[0].sum() == won.sum()
    first = (deals.week - 52) * 12 // 52 == 0
    assert rows[0, 0] == (won & first).sum()
    assert rows[1].sum() > rows[0].sum()


def test_reps_who_need_no_ramp_have_none(trial: Scenario) -> None:
    ready = parse_scenario(trial, {"reps.ramp_start": 1.0})
    rows = observe(ready, 0, measures=("ramp_months",), null=False)[0]["ramp_months"].reshape(2, MONTHS)
    np.testing.assert_array_equal(*rows)


def test_a_new_rep_that_leaves_after_a_year_was_new_all_the_same() -> None:
    """In two measured years those hired at the first start count as new, whether or not they are still there."""
    one, two = (parse_scenario(TRIAL, {"clock.weeks": weeks}) for weeks in (52, 104))
    rows = [observe(s, 0, measures=("ramp_months",), null=False)[0]["ramp_months"] for s in (one, two)]
    hired = simulate(two, "usual", "focal").engine.market.reps.hired
    assert (
        np.count_nonzero(hired == 52) < simulate(one, "usual", "focal").engine.recorder.left_at_start[0].sum()
    )
    np.testing.assert_array_equal(*rows)


@pytest.mark.parametrize("clock", [{"clock.weeks": 51}, {"clock.warmup_weeks": 0}])
def test_without_a_whole_year_of_new_reps_there_is_no_ramp(clock: dict[str, int]) -> None:
    scenario = parse_scenario(TRIAL, clock)
    assert np.isnan(observe(scenario, 0, measures=("ramp_months",), null=False)[0]["ramp_months"]).all()


# --- Vendors that are alike -----------------------------------------------------------------------------------

PAIR = '[{ name = "A", reps = 4%s }, { name = "B", reps = 4%s }, { name = "C", reps = 4%s }]'


def alike(first: str = "", second: str = "", third: str = "", rest: str = "") -> tuple[int, ...]:
    vendors = PAIR % (first, second, third)
    return vendors_alike(
        parse_scenario(
            f"vendors = {vendors}\n{rest}\n[[strategies]]\nname = 'usual'\n[[strategies]]\nname = 'other'\n"
        )
    )


def test_vendors_alike() -> None:
    assert alike() == (0, 1, 2)
    assert alike(second=", presales = 7") == (0, 2)
    assert alike(second=", territory = 'balanced'", third=", service = 0.2") == (0,)
    assert alike(second=", strategy = 'other'") == (0, 2)
    assert alike(second=", strategy = 'usual'") == (0, 1, 2)
    assert alike(first=", share = 0.5") == (0,)
    assert alike(first=", share = 0.4", second=", share = 0.4") == (0, 1)
    assert alike(first=", share = 0.5", second=", share = 0.25") == (0,)


def test_the_focal_vendor_is_first_among_those_alike() -> None:
    assert alike(rest="comparison = { focal = 'B' }") == (1, 0, 2)


def test_a_focal_vendor_that_leaves_its_strategy_for_the_baseline_is_alone() -> None:
    """It is measured under the baseline after a warm-up under another: nobody else has such a past."""
    assert alike(first=", strategy = 'other'", second=", strategy = 'other'") == (0,)
    assert alike(first=", strategy = 'usual'") == (0, 1, 2)


def test_products_count_but_their_names_dont() -> None:
    same = "products = [{name='a', vendor='A'}, {name='b', vendor='B'}, {name='c', vendor='C', quality=0.3}]"
    assert alike(rest=same) == (0, 1)


@pytest.mark.parametrize(("name", "rows"), [("workshop", (0, 1)), ("kickoff", (0, 1, 2, 3))])
def test_in_these_scenarios_all_vendors_are_alike(name: str, rows: tuple[int, ...]) -> None:
    assert vendors_alike(load_scenario(name)) == rows


# --- Vendors that each try by themselves ------------------------------------------------------------------------


def test_each_vendor_tries_by_itself(trial: Scenario) -> None:
    """What vendor 1 tries is what it would try were it the focal one; revenues are added up."""
    together = observe(trial, 0, measures=("effort_elasticity",), null=False, vendors=(0, 1))[0]
    probed = with_probes(trial)
    sums = np.zeros(2)
    for name in ("Alder", "Elm"):
        focal = parse_scenario(trial, {"comparison.focal": name})
        probed = with_probes(focal)
        runs = branches(warm_up(probed, 0), ["usual", "(hours)"], ["focal"])
        sums += [measure(run)["revenue"] for run in runs]
    assert together["effort_elasticity"][0] == pytest.approx((sums[1] / sums[0] - 1) / MORE_HOURS)


def test_open_accounts_without_a_rival_are_counted_together(trial: Scenario) -> None:
    trial = parse_scenario(trial, {"market.saturation": 0.0, "invitations.inbound": 0.3})
    deals = simulate(trial, "usual", "focal").engine.recorder.deals
    alone = (deals.kind == 0) & (deals.offers == 1) & (deals.vendor <= 1)
    row = observe(trial, 0, measures=("green_field_alone_together",), null=False, vendors=(0, 1))[0]
    won, closed = row["green_field_alone_together"]
    assert closed == alone.sum() > 0
    assert won == (alone & (deals.outcome == WON)).sum()
    three = np.array([[1.0, 4.0], [0.0, 0.0], [2.0, 2.0]])
    assert MEASURES["green_field_alone_together"].interval(three).mean == pytest.approx(0.5)


def test_more_hours_are_set_against_the_revenue_that_is_credited(trial: Scenario) -> None:
    """All deals, each vendor moving by itself; quotas credit less of a renewal than is booked."""
    names = ("effort_elasticity", "effort_elasticity_credit")
    found, _ = observe(trial, 0, measures=names, null=False, vendors=(0,))
    runs = branches(warm_up(with_probes(trial), 0), ("usual", "(hours)"), ["focal"])
    credit = {
        run.strategy: sum(y.revenue[run.team].sum() for y in run.engine.recorder.rep_years) for run in runs
    }
    rise = credit["(hours)"] / credit["usual"] - 1
    assert found["effort_elasticity_credit"][0] == pytest.approx(rise / MORE_HOURS)
    assert found["effort_elasticity_credit"][0] != found["effort_elasticity"][0]


def test_pushing_is_set_against_not_pushing(trial: Scenario) -> None:
    """Whichever of the two the status quo does."""
    calm, _ = observe(trial, 0, measures=("push_revenue",), null=False)
    revenue = {}
    for run in branches(warm_up(with_probes(trial), 0), ("usual", "(push)"), ["focal"]):
        revenue[run.strategy] = measure(run)["revenue"]
    assert calm["push_revenue"][0] == pytest.approx(revenue["(push)"] / revenue["usual"] - 1)
    assert calm["push_revenue"][0] != 0
    strategies = [s.model_copy(update={"push": True}) for s in trial.strategies]
    pushing = trial.model_copy(update={"strategies": tuple(strategies)})
    rise = observe(pushing, 0, measures=("push_revenue",), null=False)[0]["push_revenue"][0]
    start = warm_up(with_probes(pushing), 0)
    pushed, not_pushed = (measure(run)["revenue"] for run in branches(start, ("usual", "(push)"), ["focal"]))
    assert rise == pytest.approx(pushed / not_pushed - 1)


def test_a_contested_evaluation_has_a_vendor_in_it_that_isnt_the_buyers(trial: Scenario) -> None:
    """Buyer by buyer and quarter by quarter, from deals and open opportunities."""
    run = simulate(trial, "usual", "focal")
    engine, quarters = run.engine, [set() for _ in range(4)]
    recorder, market, slots = engine.recorder, engine.market, trial.reps.max_open_opportunities
    ended, deals = recorder.decisions, recorder.deals
    spans = {(b, w): (s, w) for b, w, s in zip(ended.buyer, ended.week, ended.started, strict=True)}
    foreign = {
        (b, w) for b, w, k in zip(deals.buyer, deals.week, deals.kind, strict=True) if k != OWN_CUSTOMER
    }
    found = [(buyer, *spans[buyer, week]) for buyer, week in foreign]
    for row, buyer in enumerate(market.opportunities.buyer):
        holds = market.buyers.holds[buyer]
        if buyer >= 0 and (
            holds < 0 or engine.rules.products.vendor[holds] != market.reps.vendor[row // slots]
        ):
            found.append((int(buyer), int(market.buyers.evaluation_start[buyer]), engine.week))
    for buyer, start, end in found:
        for number, there in enumerate(quarters):
            if start < 52 + 13 * (number + 1) and end >= 52 + 13 * number:
                there.add(buyer)
    share = np.mean([len(there) for there in quarters]) / trial.market.buyers
    assert of_vendor.contested_in_a_quarter(Team(run)) == pytest.approx([share])
    assert 0 < share < measure(run)["in_market_quarter"]


def test_responses_are_those_of_a_year_however_long_is_measured(trial: Scenario) -> None:
    """Sources looked on for half a year or one. Adoption by all, and what an hour brings, take all weeks."""
    whole = ("", "everyone", "three-years", "preparation-or-calls")
    names = [n for n, m in MEASURES.items() if m.probe not in whole and not n.startswith("hour_of_")]
    two = parse_scenario(TRIAL, {"clock.weeks": 2 * YEAR})
    one_year, _ = observe(trial, 0, measures=names, null=False, vendors=(0, 1))
    two_years, _ = observe(two, 0, measures=names, null=False, vendors=(0, 1))
    for name in names:
        np.testing.assert_array_equal(one_year[name], two_years[name], err_msg=name)
    lively = {"review.max_per_year": 2.0, "effort.preparation_weight": 3.0}  # so that a tool changes anything
    both = (parse_scenario(scenario, lively) for scenario in (trial, two))
    everyone = [observe(scenario, 0, measures=("everyone_arr_gain",), null=False)[0] for scenario in both]
    assert everyone[0] != everyone[1]


DRIFTS = [name for name in MEASURES if name.startswith("drift_")]


def test_drift_is_the_third_year_against_the_first(trial: Scenario) -> None:
    """Of the whole market, from its decisions and deals; the same whether one measured year is asked for or three."""
    three = parse_scenario(TRIAL, {"clock.weeks": 3 * YEAR})
    found, _ = observe(trial, 0, measures=DRIFTS, null=False)
    again, _ = observe(three, 0, measures=DRIFTS, null=False)
    run = simulate(three, "usual", "focal")
    recorder = run.engine.recorder

    def years(column: Any, weights: Any = None) -> Any:
        return np.bincount((column - 52) // YEAR, weights=weights, minlength=3)

    deals, decisions = recorder.deals, recorder.decisions
    flows = {
        "won": years(deals.week[deals.outcome == WON]),
        "revenue": years(decisions.week, decisions.revenue),
    }
    every, opened = run.engine.market.buyers, decisions.started
    opened = np.concatenate([opened, every.evaluation_start[every.evaluation_end >= 0]])
    flows["evaluations"] = years(opened[opened >= 52])
    for name, flow in flows.items():
        assert found[f"drift_{name}"][0] == pytest.approx(flow[2] / flow[0] - 1), name
    served = recorder.weekly[:, 0, SERVED_BUYERS].reshape(3, YEAR).sum(axis=1)
    assert found["drift_penetration"][0] == pytest.approx(served[2] / served[0] - 1)
    opened_by = recorder.weekly[:, :, OPENED].sum(axis=1).reshape(3, YEAR).sum(axis=1)
    assert found["drift_opportunities"][0] == pytest.approx(opened_by[2] / opened_by[0] - 1)
    for name in DRIFTS:
        np.testing.assert_array_equal(found[name], again[name])


def test_arr_when_all_adopt_is_set_against_the_status_quo(trial: Scenario) -> None:
    found, _ = observe(trial, 0, measures=("everyone_arr_gain",), null=False)
    value = {}
    for run in branches(warm_up(with_probes(trial), 0), ("usual", "(trained)"), ["all"]):
        buyers = run.engine.market.buyers
        ours = buyers.holds >= 0
        ours[ours] = run.engine.rules.products.vendor[buyers.holds[ours]] == run.vendor
        value[run.strategy] = buyers.value[ours].sum()  # all prices are 1, and nobody gives a discount
    assert found["everyone_arr_gain"][0] == pytest.approx(value["(trained)"] / value["usual"] - 1)


def test_what_a_measure_rests_on_is_a_share_that_can_be_asked_for() -> None:
    for measure_ in MEASURES.values():
        if measure_.part:
            assert MEASURES[measure_.part].unit == "share"
            assert measure_.counts


def test_requests_given_up_are_those_that_neither_wait_nor_were_taken_up(trial: Scenario) -> None:
    """From the opportunities themselves, week by week: who waited and is gone."""
    busy = parse_scenario(TRIAL, {"support.service_weeks": 6.0, "vendors.Alder.presales": 1})
    engine = warm_up(busy, 0)
    engine = engine.branch()
    engine.assign(*engine.status_quo())
    slots, table = busy.reps.max_open_opportunities, engine.market.opportunities
    ours = np.repeat(engine.market.reps.vendor == 0, slots)
    given_up = 0

    def waiting() -> dict[int, int]:
        rows = np.flatnonzero(ours & (table.buyer >= 0) & (table.support == WAITING))
        return {int(row): int(table.opened[row]) for row in rows}

    for _ in range(YEAR):
        before = waiting()
        engine.step()
        after = waiting()
        for row, opened in before.items():
            gone = table.buyer[row] < 0 or table.opened[row] != opened
            given_up += row not in after and gone
    run = simulate(busy, "usual", "focal")
    asked = of_vendor.asked_presales(Team(run)).sum()
    share = of_vendor.presales_never(Team(run))[0]
    assert share * asked == pytest.approx(round(share * asked))
    # Some ask and close in the same week, unseen here.
    assert 5 < given_up <= round(share * asked) < 1.3 * given_up


def test_an_hour_more_is_told_by_the_hour_and_against_calls(trial: Scenario) -> None:
    """What an hour brings is the rise of ARR over the status quo, of all vendors alike, divided by the hours."""
    asked = ("hour_of_prospecting", "hour_of_preparation", "preparation_less_calls")
    found, _ = observe(trial, 1, measures=asked, null=False)
    names = ["usual", "(more prospecting)", "(more preparation)"]
    runs = branches(warm_up(with_probes(trial), 1), names, ["focal"])
    by_hand = {run.strategy: Team(run).paying.sum() for run in runs}
    for activity in ("prospecting", "preparation"):
        rise = by_hand[f"(more {activity})"] / by_hand["usual"] - 1.0
        assert found[f"hour_of_{activity}"][0] == pytest.approx(rise / AN_HOUR)
    less = found["hour_of_preparation"][0] - found["hour_of_prospecting"][0]
    assert found["preparation_less_calls"][0] == pytest.approx(less)
