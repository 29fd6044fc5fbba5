"""The first screen of ``compare``: each verdict in its words, one table, what it hangs on, at every width."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy import stats
from statsmodels.stats.power import TTestPower

from tests.each import each
from zerosum.market.metrics import BY_NAME, METRICS, Amount, parse_amount
from zerosum.report.across_screen import describe_across_screen
from zerosum.report.answers import round_up
from zerosum.report.compare import cost_table, describe_comparison, summarize_comparison
from zerosum.report.document import Document
from zerosum.report.lines import format_length
from zerosum.report.run import average, describe_run_screen
from zerosum.report.screen import describe_screen, format_next, format_quotas, nearest_first
from zerosum.report.verdict import reach_verdict
from zerosum.runs.schema import TABLES
from zerosum.scenario import parse_scenario
from zerosum.scenario.fits import Fits, Parameter
from zerosum.studies.across import Across, verdicts
from zerosum.studies.compare import Best, Comparison, Halfwidth, decide
from zerosum.studies.map.axes import Span, make_axis
from zerosum.studies.rests import NOTHING, Crossing, Rests, UnderSets, claimed_tools, find_rests

pytestmark = pytest.mark.uncompiled

N = 20
MARKET: dict[str, Any] = {
    "name": "northgate",
    "question": "Does it pay?",
    "clock": {"warmup_weeks": 52, "weeks": 156},
    "market": {"buyers": 2000, "saturation": 0.8},
    "vendors": [{"name": "Northgate", "reps": 45}, {"name": "Titan", "reps": 45}],
    "tools": [
        {"name": "suite", "saving": 0.3},
        {"name": "dialler", "boost": 0.5},
        {"name": "box"},
    ],
}
TOOLS = {"suite and coaching": ["suite"], "dialler": ["dialler"], "box": ["box"]}
RNG = np.random.default_rng(7)
LEVEL = 20e6 + 2e6 * RNG.normal(size=N)
"""Contribution of the baseline in each simulated run, a year."""
NOISE = {name: RNG.normal(size=N) for name in ("suite and coaching", "dialler", "box", "fourth")}
for _values in NOISE.values():
    _values -= _values.mean()
    _values /= _values.std(ddof=1)


def gain(name: str, mean: float, spread: float = 0.4e6) -> list[float]:
    """Return what a strategy brings in each run: the baseline's, a mean difference and a spread."""
    return (LEVEL + mean + spread * NOISE[name]).tolist()


def made(
    strategies: dict[str, list[float]],
    metric: str = "contribution",
    worlds: dict[str, dict[str, list[float]]] | None = None,
    until: Any = None,
    decided: bool = True,
    keys: dict[str, Any] | None = None,
) -> Comparison:
    """Make a comparison in which one metric has these values, for all adopters, and all others have the same level."""
    named = {"usual": LEVEL[: len(next(iter(strategies.values()), LEVEL))].tolist(), **strategies}
    worlds = worlds or {"focal": {}}
    n = len(named["usual"])
    scenario = parse_scenario(
        MARKET
        | {
            "strategies": [
                {"name": name, "tools": TOOLS.get(name, []), "extra_hours": {"selling": float(i)}}
                for i, name in enumerate(named)
            ],
            "comparison": {"adopters": list(worlds), "replications": n},
        },
        keys or {},
    )
    rows = [
        {m.name: {"arr_earned": 40e6, "share_at_quota": 0.58}.get(m.name, 1.0) for m in METRICS}
        | {"adopters": who, "strategy": name, "replication": r, "null": null, metric: (named | own)[name][r]}
        for who, own in worlds.items()
        for null in (False, True)
        for name in named
        for r in range(n)
    ]
    columns = {name: [row[name] for row in rows] for name in TABLES["runs"].arrow.names}
    rule = until(scenario.compared_names) if until else None
    return Comparison(scenario, {"runs": TABLES["runs"].filled(columns)}, rule, decided)


def values_of(comparison: Comparison, **of: dict[str, float]) -> pd.DataFrame:
    """Make the table of values: the same for every strategy, but for what is given by strategy."""
    usual: dict[str, Any] = {
        "cost": 0.73e6,
        "return": 8.3,
        "payback_months": 4.0,
        "adoption": 0.8,
        "at_quota": 0.63,
        "at_quota_difference": 0.05,
        "best": 0.97,
    }
    return pd.DataFrame(
        [
            {"adopters": who, "strategy": name} | usual | of.get(name.replace(" ", "_"), {})
            for who in comparison.scenario.comparison.adopters
            for name in comparison.scenario.compared_names[1:]
        ],
        columns=["adopters", "strategy", *usual],
    )


def screen(
    comparison: Comparison,
    width: int = 100,
    metric: str = "contribution",
    matters: str | None = None,
    rests: Rests | None = None,
    **of: dict[str, float],
) -> str:
    number = BY_NAME[metric]
    decision = decide(comparison, number, parse_amount(matters, number) if matters else None)
    return shown(describe_screen(comparison, decision, values_of(comparison, **of), rests or NOTHING), width)


def shown(document: Document, width: int) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False).print(document)
    return "\n".join(line.rstrip() for line in stream.getvalue().split("\n"))


def lines_of(comparison: Comparison, metric: str = "contribution", **of: dict[str, float]) -> dict[str, str]:
    decision = decide(comparison, BY_NAME[metric])
    adopters = comparison.scenario.comparison.adopters[0]
    lines = reach_verdict(comparison, decision, adopters, values_of(comparison, **of)).lines
    assert all(line.words.endswith(".") for line in lines)
    return dict(lines)


THREE = {"suite and coaching": gain("suite and coaching", 5.4e6), "dialler": gain("dialler", 0.05e6)}
ALL = {"focal": {}, "all": {"suite and coaching": gain("suite and coaching", 2.6e6)}}


@cache
def drawn() -> Comparison:
    """Make the comparison of the drawn screen, once for all tests."""
    return made(THREE, worlds=ALL)


# --- The whole screen ---------------------------------------------------------------------------------------------


def test_the_screen_is_as_it_was_drawn() -> None:
    told = screen(drawn(), dialler={"adoption": 0.3, "payback_months": math.nan})
    assert (
        told
        == """\
NORTHGATE   45 of 90 reps · 20 simulated runs of 3 years · competitors don't react

RECOMMENDED         suite and coaching: +5.40 M a year net (+5.21 to +5.59); on these assumptions it
                    would come first in about 97 of 100 such comparisons.
IF ALL ADOPT IT     +2.60 M a year net (+2.41 to +2.79).
NO MEASURABLE GAIN  dialler (within ±237 k a year, used by 30 % of reps).
HANGS ON            vendors' claims for suite; the calibrated parameter set (one was tried;
                    --across-fits tries all).

                                                   per 1  pays       at  used   if all
strategy                   net gain a year   cost  spent  back    quota    by    adopt
──────────────────────────────────────────────────────────────────────────────────────
suite and coaching  +5.40 M [+5.21, +5.59]  730 k    8.3  4 mo  63 (+5)  80 %  +2.60 M
dialler             +0.05 M [-0.14, +0.24]  730 k    8.3    no  63 (+5)  30 %  +0.05 M
Compared with 'usual' (58.0 % of reps at quota; identical reps: 58.0 %). In brackets: 95 % range.
Cost: more spent, a year. At quota: % of reps (change in points). Used by: reps with its tools at
the end.
"""
    )


@each("width", ["60", "80", "100", "132"])
@each("metric", ["contribution", "win_rate", "attempts", "revenue_per_rep"])
def test_the_screen_fits_every_width(width: str, metric: str) -> None:
    comparison = drawn()
    told = screen(comparison, int(width), metric)
    assert max(map(len, told.split("\n"))) <= int(width)
    assert "nan" not in told
    for name in comparison.scenario.compared_names[1:]:
        assert name in " ".join(told.split())


def test_the_best_strategy_carries_nothing_that_reads_like_a_loss() -> None:
    told = screen(drawn())
    (row,) = (line for line in told.split("\n") if line.startswith("suite and coaching "))
    assert "*" not in told
    assert "-" not in row


# --- Each verdict -------------------------------------------------------------------------------------------------


def test_what_gains_loses_or_brings_nothing_has_a_line_of_its_own() -> None:
    four = THREE | {"box": gain("box", -0.2e6, 0.05e6), "fourth": gain("fourth", 1e6, 9e6)}
    told = lines_of(made(four), box={"adoption": 0.35})
    assert list(told) == ["RECOMMENDED", "LOSES", "NO MEASURABLE GAIN", "NOT KNOWN YET"]
    assert told["LOSES"] == "box (-200 k a year, used by 35 % of reps)."
    assert told["NO MEASURABLE GAIN"] == "dialler (within ±237 k a year)."
    assert told["NOT KNOWN YET"] == "fourth (about 910 runs would decide)."


def test_what_gains_less_than_the_best_is_named_too() -> None:
    told = lines_of(made({"suite and coaching": gain("suite and coaching", 5.4e6), "box": gain("box", 2e6)}))
    assert list(told) == ["RECOMMENDED", "ALSO GAINS"]
    assert told["ALSO GAINS"] == "box (+2.00 M a year)."


def test_money_is_in_the_currency_of_the_scenario() -> None:
    found = made(THREE, worlds=ALL)
    money = found.scenario.money.model_copy(update={"currency": "$"})
    told = screen(replace(found, scenario=found.scenario.model_copy(update={"money": money})))
    assert "suite and coaching: +$5.40 M a year net (+5.21 to +5.59)" in " ".join(told.split())
    assert "IF ALL ADOPT IT +$2.60 M a year net (+2.41 to +2.79)." in " ".join(told.split())
    assert "NO MEASURABLE GAIN dialler (within ±$237 k a year)." in " ".join(told.split())
    assert "net gain a year, $" in told
    assert "per $" in told
    letters = found.scenario.money.model_copy(update={"currency": "EUR"})
    told = screen(replace(found, scenario=found.scenario.model_copy(update={"money": letters})))
    assert "+5.40 M EUR a year net" in " ".join(told.split())


def test_without_a_leader_the_hint_names_the_nearest() -> None:
    found = made({"dialler": gain("dialler", -1e5), "box": gain("box", 4e4), "fourth": gain("fourth", -3e6)})
    decision = decide(found, BY_NAME["contribution"])
    assert reach_verdict(found, decision, "focal", values_of(found)).leaders == ()
    assert nearest_first(decision, "focal") == ["box", "dialler", "fourth"]
    less = made({"dialler": gain("dialler", -1e5), "box": gain("box", 4e4)}, metric="cost")
    assert nearest_first(decide(less, BY_NAME["cost"]), "focal") == ["dialler", "box"]


def test_the_nearest_is_the_best_of_those_that_are_not_known() -> None:
    """Also one whose range is narrow."""
    lags = {
        "suite and coaching": gain("suite and coaching", -0.3e6, 2e6),
        "dialler": gain("dialler", 0.01e6, 0.05e6),
    }
    told = lines_of(made(lags))
    assert "Nearest: dialler, " in told["UNDECIDED"]
    assert "NO MEASURABLE GAIN" not in told


def test_a_range_without_zero_is_never_called_no_gain() -> None:
    names = ("suite and coaching", "dialler", "box", "fourth")
    found = made({name: gain(name, 0.0 if n else 0.03e6, 0.05e6) for n, name in enumerate(names)})
    row = decide(found, BY_NAME["contribution"]).table.set_index("strategy").loc[names[0]]
    assert row["low"] > 0.0
    assert row["p_holm"] > 0.05
    told = lines_of(found)
    assert f"Nearest: {names[0]}, " in told["UNDECIDED"]
    assert names[0] not in told["NO MEASURABLE GAIN"]


def test_two_leaders_are_named_and_not_told_apart() -> None:
    two = {"suite and coaching": gain("suite and coaching", 5.4e6), "fourth": gain("fourth", 5.3e6)}
    told = lines_of(made(two))
    assert list(told) == ["RECOMMENDED", "MAY BE AS GOOD"]
    assert told["RECOMMENDED"] == ("suite and coaching: +5.40 M a year net (+5.21 to +5.59).")
    assert re.fullmatch(
        r"fourth: \+5\.30 M a year net \(\+5\.11 to \+5\.49\), behind the first by 100 k a year "
        r"\(-\d{3} to \+\d{3}\): about \d{3} runs would tell\.",
        told["MAY BE AS GOOD"],
    )


def test_what_no_number_of_runs_would_tell_apart_is_treated_as_equal() -> None:
    """A thousandth of the spread takes millions of runs."""
    two = {"suite and coaching": gain("suite and coaching", 5.4e6), "fourth": gain("fourth", 5.3995e6)}
    told = lines_of(made(two))["MAY BE AS GOOD"]
    assert told.startswith("fourth: +5.40 M a year net (+5.21 to +5.59), within ±")
    assert told.endswith(" k a year of the first: treat them as equal.")


def test_the_runs_that_would_tell_are_the_same_in_verdict_details_and_data() -> None:
    """Among four strategies: the plan is widened as the verdict is."""
    four = THREE | {"box": gain("box", 5.2e6), "fourth": gain("fourth", 1e6, 9e6)}
    found = made(four, worlds=ALL)
    decision = decide(found, BY_NAME["contribution"])
    rows = decision.table[decision.table["adopters"] == "focal"].set_index("strategy")
    needed = float(rows["needed"]["fourth"])
    plain = found.runs[~found.runs["null"] & (found.runs["adopters"] == "focal")].pivot(
        index="replication", columns="strategy", values="contribution"
    )
    gaps = plain["fourth"] - plain["usual"]
    spread, mean = gaps.std(), gaps.mean()
    power = TTestPower().solve_power(mean / spread, alpha=0.05 / 4, power=0.8)
    assert needed == math.ceil(power)
    assert rows["needed"]["suite and coaching"] == N
    said = f"about {round_up(needed):,} runs would decide"
    assert lines_of(found)["NOT KNOWN YET"] == f"fourth ({said})."
    details = " ".join(shown(describe_comparison(found, decision, values_of(found)), 160).split())
    assert said in details.replace(" │ ", " ") or re.sub(r"\s+", " ", said) in details
    (alike,) = summarize_comparison(found, decision, [], values_of(found))["decision"]["adopters"]["focal"][
        "alike"
    ]
    apart = plain["suite and coaching"] - plain["box"]
    power = TTestPower().solve_power(apart.mean() / apart.std(), alpha=2 * 0.05 / 4, power=0.8)
    assert alike["strategy"] == "box"
    assert alike["needed"] == math.ceil(power)
    assert alike["difference"] == pytest.approx(-0.2e6)
    assert f"about {round_up(alike['needed']):,} runs would tell" in lines_of(found)["MAY BE AS GOOD"]


def test_of_many_leaders_the_first_is_named_with_those_that_may_be_as_good() -> None:
    names = ("suite and coaching", "dialler", "box", "fourth")
    told = lines_of(made({name: gain(name, 5e6 + 1e4 * i, 1e6) for i, name in enumerate(names)}))
    assert told["RECOMMENDED"].startswith("fourth: +5.03 M a year net (")
    named = [part.split(":")[0] for part in told["MAY BE AS GOOD"].split("; ")]
    assert named == ["box", "dialler", "suite and coaching"]


def test_few_runs_are_a_first_look_and_it_says_what_more_would_do() -> None:
    """Half the width at n = 6 is t(5) * s / sqrt(6); at 20 it is t(19) * s / sqrt(20)."""
    six = {name: values[:6] for name, values in THREE.items()}
    told = lines_of(made(six))
    spread = np.std(np.array(six["suite and coaching"]) - LEVEL[:6], ddof=1)
    half = stats.t.ppf(0.975, 19) * spread / math.sqrt(20)
    assert "RECOMMENDED" not in told
    assert told["LOOKS BEST"].startswith("suite and coaching: +5.")
    assert told["LOOKS BEST"].endswith(
        f"; 6 runs are a first look, -n 20 narrows the range to about ±{half / 1e3:.0f} k."
    )
    lost = lines_of(made({"box": gain("box", -1e6)[:6], "fourth": gain("fourth", -2e6)[:6]}))
    assert lost["KEEP usual"].startswith(
        "every other strategy loses; 6 simulated runs are a first look, -n 20 narrows the range to about ±"
    )


def skewed(mean: float) -> list[float]:
    """Return gains of which a single run makes the most: their interval can't be trusted."""
    gaps = np.full(N, 0.4e6) + 0.01e6 * NOISE["fourth"]
    gaps[3] = 3.9e6
    return (LEVEL + gaps + mean).tolist()


def test_a_range_that_can_not_be_trusted_is_never_recommended_without_more_ado() -> None:
    certain = made({"fourth": skewed(0.0)})
    row = decide(certain, BY_NAME["contribution"]).table.iloc[1]
    assert row["skewed"]
    assert lines_of(certain)["RECOMMENDED"].endswith(
        "; it is above 0 in all 20 runs, but the range is rough, because a few runs weigh much: -n 60 makes it firm."
    )
    mixed = np.array(skewed(0.0))
    mixed[5] = LEVEL[5] - 0.05e6
    found = made({"fourth": mixed.tolist()})
    told = lines_of(found)
    assert "RECOMMENDED" not in told
    assert told["LOOKS BEST"].endswith(
        "; the range is rough, because a few runs weigh much: -n 60 makes it firm."
    )
    decision = decide(found, BY_NAME["contribution"])
    (data,) = summarize_comparison(found, decision, [], values_of(found))["decision"]["adopters"].values()
    assert (data["leaders"], data["recommended"]) == (["fourth"], [])


def test_where_nothing_can_be_told_it_says_how_many_runs_would() -> None:
    told = lines_of(made({"fourth": gain("fourth", 2e6, 6e6), "box": gain("box", -1e6, 8e6)}))
    assert told["UNDECIDED"] == (
        "no gain can be told from chance with 20 simulated runs. Nearest: fourth, +2.00 M a year net (-0.81 to +4.81); "
        "about 89 runs would decide."
    )
    assert told["NOT KNOWN YET"] == "box (about 620 runs would decide)."
    assert "NO MEASURABLE GAIN" not in told
    alone = lines_of(made({"fourth": gain("fourth", 2e6, 6e6)}))
    assert list(alone) == ["UNDECIDED"]


def test_a_range_without_zero_is_not_certain_among_several() -> None:
    """Four strategies were tried: p = .03 of one is .12 after Holm's correction."""
    close = {"fourth": gain("fourth", 1e6, 2e6)}
    others = {name: gain(name, 0.0, 4e6) for name in ("suite and coaching", "dialler", "box")}
    assert "RECOMMENDED" in lines_of(made(close))
    told = lines_of(made(close | others))
    assert told["UNDECIDED"].endswith(
        "(+0.06 to +1.94), not certain as one of 4 strategies; about 48 runs would decide."
    )


def test_where_all_lose_the_baseline_is_kept() -> None:
    told = lines_of(
        made({"dialler": gain("dialler", -1e6), "box": gain("box", -2e6)}), dialler={"adoption": 0.3}
    )
    assert told == {
        "KEEP usual": "every other strategy loses (20 simulated runs).",
        "LOSES": "box (-2.00 M a year), dialler (-1.00 M a year, used by 30 % of reps).",
    }


def test_where_ranges_are_narrow_there_is_no_measurable_difference() -> None:
    told = lines_of(made({"box": gain("box", 1e4, 3e4), "fourth": gain("fourth", -1e4, 3e4)}))
    assert told == {
        "KEEP usual": "no strategy makes a measurable difference (20 simulated runs).",
        "NO MEASURABLE GAIN": "box (within ±24.0 k a year), fourth (within ±24.0 k a year).",
    }


def test_what_matters_decides_what_is_no_difference() -> None:
    comparison = made(THREE)
    assert "KEEP usual" in screen(comparison, matters="10M")
    assert "RECOMMENDED" in screen(comparison, matters="1M")
    told = " ".join(screen(comparison, matters="5.3M").split())
    assert "UNDECIDED no strategy surely gains 5.3M or more with 20 simulated runs." in told


def test_one_run_decides_nothing() -> None:
    told = lines_of(made({name: values[:1] for name, values in THREE.items()}))
    assert list(told) == ["UNDECIDED"]
    assert told["UNDECIDED"].startswith(
        "one simulated run can't tell an effect from chance. In this one suite and"
    )
    assert told["UNDECIDED"].endswith("; 20 runs are a first look.")
    lost = lines_of(made({"box": [float(LEVEL[0]) - 1e6], "fourth": [float(LEVEL[0]) - 2e6]}))
    assert "none is better than the baseline; box is next (-1.00 M a year net);" in lost["UNDECIDED"]
    text = screen(made({name: values[:1] for name, values in THREE.items()}))
    assert "HANGS ON" not in text
    assert "nan" not in text


def test_one_strategy_leaves_nothing_to_compare() -> None:
    comparison = made({})
    assert lines_of(comparison) == {"NOTHING TO COMPARE": "'usual' is the only strategy."}
    assert "net gain" not in screen(comparison)


def test_a_measure_without_a_value_is_said_to_have_none() -> None:
    nothing = [math.nan] * N
    told = lines_of(made({"box": nothing, "fourth": nothing}))
    assert told["UNDEFINED"] == "box, fourth."
    some = made({"box": nothing, "suite and coaching": THREE["suite and coaching"]})
    told = lines_of(some)
    assert told["RECOMMENDED"].startswith("suite and coaching: +5.40 M")
    assert told["UNDEFINED"] == "box."
    assert "–" in screen(some)


def test_less_is_better_where_it_is() -> None:
    shares = np.linspace(0.2, 0.3, N)
    comparison = made(
        {"box": (shares - 0.05).tolist(), "fourth": (shares + 0.05).tolist()},
        "no_decision_rate",
        worlds={"focal": {"usual": (shares + RNG.normal(0, 0.001, N)).tolist()}},
    )
    told = lines_of(comparison, "no_decision_rate")
    assert told["RECOMMENDED"].startswith("box: no decision -")
    assert told["WORSE"].startswith("fourth (+")
    rows = [
        line
        for line in screen(comparison, metric="no_decision_rate").split("\n")
        if line[:3] in ("box", "fou")
    ]
    assert [row.split()[0] for row in rows] == ["box", "fourth"]


def test_where_neither_more_nor_less_is_better_nothing_is_best() -> None:
    told = lines_of(made(THREE, "attempts"), "attempts")
    assert told["NO BEST STRATEGY"] == "neither more nor less is better (outreach attempts)."
    assert told["MORE"].startswith("suite and coaching (+5,4")


def test_a_rule_s_choice_has_its_guarantee_and_a_rule_that_gave_up_says_so() -> None:
    chosen = made(THREE, until=lambda names: Best(names, "contribution", Amount(1e6, False, "1M"), 0.9))
    assert "; no other is better by more than 1M (90 % sure)" in lines_of(chosen)["RECOMMENDED"]
    kept = made(
        {"fourth": gain("fourth", -5e6), "box": gain("box", -6e6)},
        until=lambda names: Best(names, "contribution", Amount(1e6, False, "1M"), 0.9),
    )
    assert lines_of(kept)["KEEP usual"] == (
        "no strategy is better by more than 1M (90 % sure, 20 simulated runs)."
    )
    half = made(
        {"fourth": gain("fourth", 0.0, 6e6)},
        until=lambda names: Halfwidth(names, "contribution", Amount(1.0, False, "1")),
        decided=False,
    )
    assert "; the rule gave up there." in lines_of(half)["UNDECIDED"]


def test_the_details_split_what_is_spent_by_kind() -> None:
    """What no strategy spends otherwise is left out; the parts add up."""
    parts = {"cost_licenses": 30e3, "cost_commission": 12e3, "cost_departments": 5e3, "cost_pay": -1e3}
    comparison = made({"box": gain("box", 1e6)}, keys={"money.currency": "$"})
    runs = comparison.tables["runs"].to_pandas()
    for name, value in (*parts.items(), ("cost", sum(parts.values()))):
        runs[name] = runs[name].where(runs["strategy"] == "usual", runs[name] + value)
    table = TABLES["runs"].filled({name: runs[name].tolist() for name in runs})
    shown_table = cost_table(Comparison(comparison.scenario, {"runs": table}), "focal")
    assert shown_table is not None
    assert shown_table.title == "Cost by kind: what each strategy spends more, a year, $"
    assert [
        (column.head, cell.words)
        for column, cell in zip(shown_table.columns, shown_table.rows[0], strict=True)
    ] == [
        ("strategy", "box"),
        ("All", "+46.0 k"),
        ("Base pay", "-1.00 k"),
        ("Commission", "+12.0 k"),
        ("Licenses", "+30.0 k"),
        ("Social departments", "+5.00 k"),
    ]
    assert cost_table(comparison, "focal") is None


def test_the_details_have_a_verdict_for_other_adopters_and_the_first_has_none() -> None:
    found = drawn()
    decision = decide(found, BY_NAME["contribution"])
    told = shown(describe_comparison(found, decision, values_of(found)), 120)
    assert told.count("All vendors adopt") == 1
    assert told.count("RECOMMENDED") == 1
    assert "suite and coaching: +2.60 M a year net (+2.41 to +2.79)" in " ".join(told.split())


# --- Who adopts ---------------------------------------------------------------------------------------------------


def test_what_is_left_if_all_adopt_is_a_column_and_part_of_the_verdict() -> None:
    assert lines_of(drawn())["IF ALL ADOPT IT"] == "+2.60 M a year net (+2.41 to +2.79)."
    nothing = {"focal": {}, "all": {"suite and coaching": gain("suite and coaching", 0.0)}}
    left = lines_of(made(THREE, worlds=nothing))["IF ALL ADOPT IT"]
    assert left == "no measurable gain (0 k a year, -187 to +187)."
    two = {"suite and coaching": gain("suite and coaching", 5.4e6), "fourth": gain("fourth", 5.3e6)}
    copied = {"suite and coaching": gain("suite and coaching", -2.6e6), "fourth": gain("fourth", 0.0)}
    told = lines_of(made(two, worlds={"focal": {}, "all": copied}))["IF ALL ADOPT IT"]
    assert told.startswith(
        "suite and coaching -2.60 M a year net (-2.79 to -2.41); fourth no measurable gain (0 k a year, -"
    )
    assert "if all\n" in screen(drawn())
    assert "if all" not in screen(made(THREE))
    assert "if all" not in screen(made(THREE, worlds={"all": {}, "focal": {}}))


def test_other_choices_of_adopters_are_named_and_left_to_the_details() -> None:
    told = screen(made(THREE, worlds={"focal": {}, "competitors": {}, "all": {}}))
    assert "Also simulated, in the details: only competitors adopt." in told
    assert told.count("per 1") == 1
    teams = screen(
        made(THREE, worlds={"head-to-head": {}, "focal": {}}), dialler={"payback_months": math.nan}
    )
    assert " no " not in teams.split("\ndialler")[1].split("\n")[0]
    assert "teams within one market" in teams.split("\n")[0]
    assert "Also simulated, in the details: competitors don't react." in teams


# --- What it hangs on ---------------------------------------------------------------------------------------------


ONE_SET = "the calibrated parameter set (one was tried; --across-fits tries all)"


def under_sets(above: int, below: int, fits: int = 6) -> UnderSets:
    row = {"fits": fits, "above": above, "below": below, "around": fits - above - below, "without": 0}
    return UnderSets("contribution", {("focal", "suite and coaching"): row})


@each(
    ("rests", "told"),
    [
        (Rests(), f"vendors' claims for suite; {ONE_SET}."),
        (
            Rests(under_sets(6, 0)),
            "HANGS ON vendors' claims for suite. HOLDS UNDER all 6 calibrated parameter sets (it gains in each).",
        ),
        (Rests(under_sets(4, 1)), "the calibrated parameter set (it gains under 4, loses under 1 of 6)."),
        (
            Rests(
                under_sets(5, 0),
                (Crossing(("suite and coaching", "usual"), "Invited", 0.34, 0.3, 0.41, 0.5),),
            ),
            "invited (crossover at 0.34, 0.3 to 0.41; you: 0.5); the calibrated parameter set (it gains under 5 of 6",
        ),
        (
            Rests(crossings=(Crossing(("dialler", "usual"), "Invited", 0.34, 0.3, 0.41, 0.5),)),
            f"vendors' claims for suite; {ONE_SET}",
        ),
    ],
)
def test_a_verdict_names_what_it_hangs_on(rests: Rests, told: str) -> None:
    assert told in " ".join(screen(drawn(), 200, rests=rests).split())


def test_where_nothing_is_recommended_it_says_what_other_sets_found() -> None:
    unclear = made(
        {"suite and coaching": gain("suite and coaching", 2e6, 6e6), "box": gain("box", -1e6, 8e6)}
    )
    row = under_sets(0, 2).table["focal", "suite and coaching"]
    none = Rests(UnderSets("contribution", {("focal", name): row for name in ("suite and coaching", "box")}))
    told = "HOLDS UNDER all 6 calibrated parameter sets (nothing gains in any)."
    assert told in " ".join(screen(unclear, 200, rests=none).split())
    some = Rests(UnderSets("contribution", {("focal", "box"): row} | dict(under_sets(2, 1).table)))
    told = "the calibrated parameter set (suite and coaching gains under 2, loses under 1 of 6)"
    assert told in " ".join(screen(unclear, 200, rests=some).split())


def test_tools_without_an_effect_make_no_claim() -> None:
    scenario = made(THREE | {"box": gain("box", 0.0)}).scenario
    assert claimed_tools(scenario, ["suite and coaching", "box"]) == ("suite",)
    assert claimed_tools(scenario, ["usual", "box"]) == ()


@each(("n", "told"), [(40, "% of the spread ("), (8, "1 value that is only known as a range; the cal")])
def test_values_known_as_ranges_have_their_part_of_the_spread_if_there_are_enough(n: int, told: str) -> None:
    believed = [{"key": "choice.no_decision", "low": 1.0, "high": 2.0}]
    level = np.repeat(RNG.normal(20e6, 1e6, size=n), 1)
    draws = np.repeat(RNG.normal(5e6, 1e6, size=n // 2), 2) + RNG.normal(0, 0.2e6, size=n)
    comparison = made(
        {"fourth": (level + draws).tolist()},
        worlds={"focal": {"usual": level.tolist()}},
        keys={"uncertain": believed},
    )
    assert told in " ".join(screen(comparison, 200).split())


def test_what_other_sets_found_is_read_from_beside_and_only_of_this_market(tmp_path: Path) -> None:
    comparison = made(THREE)
    scenario = comparison.scenario
    folder, across = tmp_path / "abc", tmp_path / "compare-across-fits"
    across.mkdir()
    assert find_rests(scenario, "contribution", folder) == Rests()
    row = {"verdict": "higher in all sets", "fits": 6, "above": 6, "below": 0, "around": 0, "without": 0}
    summary = {
        "command": "compare-across-fits",
        "settings": scenario.model_dump(mode="json", exclude_unset=True),
        "adopters": {"focal": {"suite and coaching": {"contribution": row}}},
    }
    (across / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    more = parse_scenario(scenario, {"comparison.replications": 99})
    found = find_rests(more, "contribution", folder).sets
    assert found is not None
    assert found.table["focal", "suite and coaching"] == row
    assert find_rests(scenario, "win_rate", folder).sets is None
    assert find_rests(parse_scenario(scenario, {"market.buyers": 3000}), "contribution", folder).sets is None
    for broken in (
        "{",
        "[]",
        json.dumps(summary | {"settings": {"market": 3}}),
        json.dumps(summary | {"adopters": 3}),
    ):
        (across / "summary.json").write_text(broken, encoding="utf-8")
        assert find_rests(scenario, "contribution", folder) == Rests()


# --- Words --------------------------------------------------------------------------------------------------------


def test_amounts_of_less_than_a_year_are_said_to_be_scaled() -> None:
    assert "Amounts of 26 weeks are scaled to a year." in " ".join(
        screen(made(THREE, keys={"clock.weeks": 26})).split()
    )
    assert "scaled" not in screen(made(THREE))


def test_lengths_and_next_commands_are_plain() -> None:
    assert [format_length(weeks) for weeks in (52, 156, 60, 1)] == ["1 year", "3 years", "60 weeks", "1 week"]
    scenario = made(THREE).scenario
    assert format_next("mine", scenario, "dialler") == (
        "--details: all measures and tests · --metric NAME: another measure · zerosum report mine · "
        "zerosum deals mine --strategy dialler"
    )
    assert format_next("my own", scenario, "a b", details=True) == (
        "--metric NAME: another measure · zerosum report 'my own' · zerosum deals 'my own' --strategy 'a b'"
    )
    assert "deals" not in format_next("mine", scenario, None)
    teams = made(THREE, worlds={"head-to-head": {}}).scenario
    assert "deals" not in format_next("mine", teams, "dialler")


# --- One run, and several parameter sets --------------------------------------------------------------------------

NUMBERS = {
    "arr": 10.5e6,
    "arr_net_new": 0.5e6,
    "arr_new_market": 1.2e6,
    "arr_competitive": 2.0e6,
    "arr_upgraded": 0.0,
    "arr_repriced": -0.1e6,
    "arr_lost": 2.1e6,
    "arr_dropped_out": 0.5e6,
    "contribution": 6.3e6,
    "arr_earned": 10.2e6,
    "cost": 1.9e6,
    "cost_pay": 1.2e6,
    "cost_commission": 0.5e6,
    "cost_presales": 0.2e6,
    "cost_licenses": 0.0,
    "cost_training": 0.0,
    "cost_departments": 0.0,
    "cost_of_sales": 0.186,
    "share_at_quota": 0.4,
    "company_attainment": 0.97,
    "quota_per_rep": 600e3,
    "win_rate": 0.22,
    "no_decision_rate": 0.31,
    "presales_used": 0.7,
    "never_served": 0.05,
}
"""Net new ARR is the sum of its kinds: 1.2 + 2.0 - .1 - 2.1 - .5 = .5; so is cost: 1.2 + .5 + .2 = 1.9."""
NULL = NUMBERS | {"share_at_quota": 0.42, "company_attainment": 1.0}


def run_screen(
    width: int = 100,
    weeks: int = 156,
    other: Mapping[str, float] | None = None,
    replication: int = 0,
    more: Sequence[Mapping[str, float]] = (),
    currency: str = "",
) -> str:
    scenario = made(THREE, keys={"clock.weeks": weeks, "money.currency": currency}).scenario
    made_up: Any = SimpleNamespace(
        engine=SimpleNamespace(scenario=scenario),
        strategy="usual",
        team=np.ones(45, bool),
        replication=replication,
        weeks=weeks,
        adopters="focal",
    )
    runs = [(NUMBERS | dict(one), NULL) for one in (other or {}, *more)]
    return shown(describe_run_screen(made_up, average(runs)), width)


def test_a_run_tells_how_the_team_did_and_what_it_earned() -> None:
    assert (
        run_screen(currency="$")
        == """\
NORTHGATE   'usual' · 45 of 90 reps · one simulated run of 3 years · competitors don't react

QUOTA          40 % of reps at or above quota; identical reps: 42 %. The company reaches 97 % of all
               quotas; with identical reps 100 %. A rep's quota is $600 k a year.
WIN RATE       22 % of closed opportunities, renewals among them; 31 % end without a decision.
ARR            $10.0 M at the start, $10.5 M at the end: +$500 k in 3 years.
NET NEW ARR    new-market +$1.20 M, competitive wins +$2.00 M, renewals at another price -$100 k,
               lost to competitors -$2.10 M, dropped out -$500 k.
CONTRIBUTION   $6.30 M a year: 80 % margin on recurring revenue of $10.2 M, less cost of $1.90 M.
COST OF SALES  19 % of recurring revenue: base pay $1.20 M, commission $500 k, presales engineers
               $200 k.
PRESALES       70 % of their time is used; too late for 5 % of the deals that asked.

This is one of many possible runs, and chance makes much of it: -n 20 shows how much. To judge a
strategy, compare it with another.
"""
    )
    assert "one simulated run (number 7) of 3 years" in run_screen(replication=7)


def test_several_runs_have_a_mean_and_its_range() -> None:
    """Of .3, .4 and .5 the 95 % range is .4 -+ t(2) * .1 / sqrt(3) = .152 to .648."""
    others = [
        {"share_at_quota": value, "contribution": money} for value, money in ((0.3, 6.0e6), (0.5, 6.6e6))
    ]
    told = " ".join(run_screen(more=others, currency="$").split())
    assert "3 simulated runs of 3 years" in told
    assert "QUOTA 40 % (15 to 65) of reps at or above quota; identical reps: 42 %." in told
    assert "CONTRIBUTION $6.30 M (5.55 to 7.05) a year: " in told
    assert "In brackets: the 95 % range of a mean." in told
    nothing = run_screen(more=[{"presales_used": math.nan}])
    assert "nan" not in nothing


@each("width", ["60", "80", "100"])
def test_a_run_fits_every_width_and_leaves_out_what_is_undefined(width: str) -> None:
    undefined = dict.fromkeys(("share_at_quota", "presales_used", "cost_of_sales"), math.nan)
    for told in (run_screen(int(width)), run_screen(int(width), other=undefined)):
        assert max(map(len, told.split("\n"))) <= int(width)
        assert "nan" not in told
    told = run_screen(int(width), other=undefined)
    assert "QUOTA" not in told
    assert "PRESALES" not in told


def test_a_part_of_a_year_is_not_passed_off_as_a_year() -> None:
    told = " ".join(run_screen(weeks=26).split())
    assert "one simulated run of 26 weeks" in told
    assert "Amounts a year are those of 26 weeks, scaled to a year; quotas are counted in part." in told
    assert "scaled" not in run_screen(weeks=52)


def under(*gains: dict[str, list[float]]) -> Across:
    """Make a comparison under as many parameter sets as there are gains."""
    comparisons = [made(one) for one in gains]
    fits = Fits(
        (Parameter("choice.fit_sd", 0, 1),),
        tuple({"choice.fit_sd": 0.3 + 0.1 * i} for i in range(len(gains))),
        {},
    )
    scenario = comparisons[0].scenario
    changes = tuple(fits.changes(scenario, number) for number in range(len(gains)))
    return Across(scenario, fits, tuple(comparisons), changes, verdicts(comparisons))


def test_what_gains_under_some_sets_and_loses_under_none_does_not_depend_on_the_set() -> None:
    clear, unclear = gain("suite and coaching", 5.4e6), gain("suite and coaching", 0.05e6, 3e6)
    told = shown(
        describe_across_screen(under(*({"suite and coaching": one} for one in (clear, clear, unclear)))), 100
    )
    assert "GAINS UNDER SOME  suite and coaching (gains under 1 and 2; unclear under 3)." in told
    assert "DEPENDS" not in told


def test_under_several_sets_the_screen_says_what_holds_in_all() -> None:
    first = {
        "suite and coaching": gain("suite and coaching", 5.4e6),
        "dialler": gain("dialler", 0.05e6),
        "box": gain("box", -1e6),
        "fourth": gain("fourth", 1e6),
    }
    second = first | {"suite and coaching": gain("suite and coaching", 3e6), "fourth": gain("fourth", -2e6)}
    told = shown(describe_across_screen(under(first, second)), 100)
    assert (
        told
        == """\
NORTHGATE   45 of 90 reps · 2 calibrated parameter sets, 20 simulated runs of 3 years under each ·
competitors don't react

GAINS UNDER ALL     suite and coaching (+3.00 to +5.40 M a year).
DEPENDS ON THE SET  fourth (gains under 1; loses under 2).
LOSES UNDER ALL     box (-1.00 M a year).
NO MEASURABLE GAIN  dialler.
HANGS ON            vendors' claims for suite.

                          net gain a year,                   gains  loses     at
strategy                       default set    over all sets  under  under  quota
────────────────────────────────────────────────────────────────────────────────
suite and coaching  +5.40 M [+5.21, +5.59]  +3.00 … +5.40 M    all   none   0 pp
dialler                 +50 k [-137, +237]          +50.0 k   none   none   0 pp
fourth              +1.00 M [+0.81, +1.19]  -2.00 … +1.00 M      1      2   0 pp
box                 -1.00 M [-1.19, -0.81]          -1.00 M   none    all   0 pp
Compared with 'usual' (58.0 % of reps at quota; identical reps: 58.0 %). In brackets: 95 % range.
Over all sets: the smallest and the largest difference; sets are no sample, so this is no interval.
Under: numbers of the sets, 1 is the default.
"""
    )


@each("width", ["60", "80", "100", "132"])
@each("metric", ["contribution", "attempts", "share_at_quota"])
def test_the_screen_under_several_sets_fits_every_width(width: str, metric: str) -> None:
    told = shown(describe_across_screen(twice(), metric), int(width))
    assert max(map(len, told.split("\n"))) <= int(width)
    assert "nan" not in told
    assert "suite and coaching" in " ".join(told.split())


@cache
def twice() -> Across:
    """Make a comparison under two sets, once for all tests."""
    return under(THREE, THREE)


def test_one_run_or_one_strategy_under_several_sets_is_no_crash() -> None:
    one = {name: values[:1] for name, values in THREE.items()}
    assert "NOT KNOWN YET  suite and coaching, dialler." in shown(
        describe_across_screen(under(one, one)), 100
    )
    assert "there is one strategy only." in shown(describe_across_screen(under({}, {})), 100)


def test_a_crossover_is_read_from_a_map_if_it_is_located(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = made(THREE).scenario
    axis = {
        "label": "Reps",
        "unit": "reps",
        "low": 0.0,
        "high": 90.0,
        "place": 45.0,
        "key": "vendors.Titan.reps",
    }
    near, far = {"at": 40.0, "low": 30.0, "high": 60.0}, {"at": 80.0, "low": 70.0, "high": 90.0}
    axes = [
        axis | {"crossovers": [far, near]},
        axis | {"crossovers": [{"at": 50.0, "low": 0.0, "high": 90.0}]},
        axis | {"crossovers": [], "key": "choice.no_decision"},
        {"crossovers": 3},
    ]
    folder = tmp_path / "map-1"
    folder.mkdir()
    (folder / "map.json").write_text("{}", encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps({"axes": axes}), encoding="utf-8")
    question = SimpleNamespace(
        metric=SimpleNamespace(name="contribution"), adopters="focal", strategy="dialler", against="usual"
    )
    spans = {"vendors.Titan.reps": Span(10.0, 90.0), "choice.no_decision": Span(1.0, 2.0)}
    candidates = [make_axis(scenario, key, spans) for key in spans]
    asked = SimpleNamespace(question=question, candidates=candidates)
    kept = SimpleNamespace(folder=folder, asked=asked, finished="2026-11-30")
    monkeypatch.setattr("zerosum.studies.map.maps_of", lambda *_: [kept])
    found = find_rests(scenario, "contribution", tmp_path / "abc").crossings
    assert found == (Crossing(("dialler", "usual"), "Titan: reps", 40.0, 30.0, 60.0, 45.0),)
    assert find_rests(scenario, "win_rate", tmp_path / "abc").crossings == ()
    asked.candidates = [replace(axis, here=44.0) for axis in candidates]  # a place that was given
    assert find_rests(scenario, "contribution", tmp_path / "abc").crossings == ()


def test_a_change_that_rounds_to_nothing_has_no_sign() -> None:
    assert format_quotas([0.5, 0.48, 0.49], [0.05, -0.0003, 0.0]) == ["50 (+5)", "48 (0)", "49 (0)"]
    assert format_quotas([0.5, 0.48], [0.0104, -0.0003]) == ["50.0 (+1.0)", "48.0 (0.0)"]
