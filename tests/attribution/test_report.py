"""What is said of changed deals: the table's sums, its width, sentences without codes, a figure in any case."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
from rich.console import Console

from tests.each import each
from tests.figures import assert_readable
from zerosum.report.deal_words import _PHRASES, format_deal, pick_largest
from zerosum.report.deals import describe_changed_deals, describe_deals_screen, sort_causes, sum_of_causes
from zerosum.report.intervals import format_gap
from zerosum.report.lines import format_length
from zerosum.report.plots.compare import plot_changed_deals
from zerosum.report.wording import format_money
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.studies.attribution import CAUSES, ChangedDeals, explain

SMALL = {"market.buyers": 1000, "clock.warmup_weeks": 52}
MARKETS = [
    ("kickoff", "social-and-preparation", "focal", 3),
    ("own-worst-rival", "preparation-and-upgrade", "all", 2),
    ("quarter-end", "push", "all", 1),
    ("greenfield", "admin-to-calls", "competitors", 2),
    ("workshop", "social-and-preparation", "all", 2),
]


def printed(changed: ChangedDeals, width: int = 100, **options: Any) -> str:
    console = Console(width=width, force_terminal=False, color_system=None)
    with console.capture() as capture:
        console.print(describe_changed_deals(changed, **options))
    return capture.get()


@pytest.fixture(scope="module", params=MARKETS, ids=[f"{m[0]}-{m[2]}" for m in MARKETS])
def changed(request: pytest.FixtureRequest) -> ChangedDeals:
    name, strategy, adopters, replications = request.param
    return explain(
        parse_scenario(load_scenario(name), SMALL), strategy, adopters=adopters, replications=replications
    )


def test_the_table_ends_with_the_difference_and_fits(changed: ChangedDeals) -> None:
    text = printed(changed)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert "…" not in "".join(line for line in lines if line and line[0].isalpha() and "%" not in line)
    last = next(line for line in lines if line.startswith("difference in"))
    (total,) = amounts(last)[:1]
    years = changed.scenario.clock.weeks / 52
    assert total.holds(changed.totals["money"].iloc[0] / years)
    for _, row in sort_causes(changed).iterrows():
        assert row["label"].split()[0] in text
    told, silent = set(sort_causes(changed)["cause"]), changed.causes[changed.causes["money_total"].abs() > 0]
    assert set(silent["cause"]) <= told


@each("width", [60, 80, 100])
def test_the_screen_says_what_makes_most_of_the_difference(changed: ChangedDeals, width: int) -> None:
    console = Console(width=width, force_terminal=False, color_system=None)
    with console.capture() as capture:
        console.print(describe_deals_screen(changed))
    text = capture.get()
    assert max(map(len, text.splitlines())) <= width
    flat = " ".join(text.split())
    total, causes = sum_of_causes(changed), sort_causes(changed)
    years = changed.scenario.clock.weeks / 52
    assert total["money"] == pytest.approx(changed.totals["money"].iloc[0] / years)
    gap = format_gap(total["money"], total["money_low"], total["money_high"], "money/year")
    assert f"REVENUE {gap.words} a year" in flat
    assert f"of {format_length(changed.scenario.clock.weeks)}" in flat
    assert ("can't be told from 0" in flat) == (total["money_low"] <= 0 <= total["money_high"])
    for label, rows in (
        ("GAINS BY", causes[causes["money"] > 1]),
        ("LOSES BY", causes[causes["money"] < -1]),
    ):
        if len(rows):
            assert (
                f"{label} {rows.iloc[0]['label']} ({format_money(rows.iloc[0]['money'], signed=True)})"
                in flat
            )
    assert f"DEALS {len(changed.deals):,} with a different result" in flat


@each("width", [60, 80, 90, 120])
def test_no_number_is_lost_however_narrow(changed: ChangedDeals, width: int) -> None:
    text = printed(changed, width=width, most=3)
    assert max(map(len, text.splitlines())) <= width
    table = text.partition("Both strategies are simulated")[0]
    largest = float(sort_causes(changed)["money"].abs().max())
    heads = {word for line in table.splitlines() for word in line.split()}
    assert {"cause", "deals", "revenue", "lost"} <= heads
    rows = [*(row for _, row in sort_causes(changed).iterrows()), sum_of_causes(changed)]
    for row in rows:
        label = row.get("label", "difference in revenue")
        # Of its one or two rows: the table may come in two parts.
        here = " ".join(line for line in table.splitlines() if line.startswith(label.split()[0]))
        told = [
            row["money"],
            *(row[f"money_{kind}"] for kind in ("new", "from_rivals", "renewed", "cannibalised")),
        ]
        found = amounts(here)
        for amount in told:
            assert any(one.holds(amount) for one in found) or abs(amount) < largest / 100
        if abs(row["n_lost_accounts"]) > 0.05:
            assert f"{row['n_lost_accounts']:+.1f}" in here
        if math.isfinite(row["money_low"]) and abs(row["money"]) > largest / 100:
            assert any(one.holds(row["money"]) for one in found)


class Amount(NamedTuple):
    """An amount as it is printed, and what its last digit is worth."""

    value: float
    digit: float

    def holds(self, value: float) -> bool:
        return abs(self.value - value) <= 0.5001 * self.digit


def amounts(text: str) -> list[Amount]:
    """Return the amounts of money in a text."""
    found = []
    for number, letter in re.findall(r"([+-][\d,]+(?:\.\d+)?)(?: ([kM]))?(?![\d.])", text):
        factor = {"k": 1e3, "M": 1e6, "": 1.0}[letter]
        digits = len(number.partition(".")[2])
        found.append(Amount(float(number.replace(",", "")) * factor, factor / 10**digits))
    return found


def test_amounts_are_of_a_year_and_have_the_currency() -> None:
    """Twice as long a run with the same deals a year: the amounts stay."""
    settings = {**SMALL, "money.currency": "$", "clock.weeks": 104}
    changed = explain(
        parse_scenario(load_scenario("kickoff"), settings), "social-and-preparation", replications=2
    )
    once = replace(changed, scenario=parse_scenario(changed.scenario, {"clock.weeks": 52}))
    causes, alike = sort_causes(changed), sort_causes(once)
    assert (alike["money"] / causes["money"]).to_numpy() == pytest.approx(2.0)
    assert (alike["n_low"] - 2 * causes["n_low"]).abs().max() < 1e-9
    assert alike["money_total"].equals(causes["money_total"])
    screen = " ".join(printed_screen(changed, 100).split())
    assert screen.startswith(
        "KICKOFF 10 of 40 reps · 2 simulated runs of 2 years · why 'social-and-preparation' "
    )
    assert re.search(r"REVENUE [+-]\$[\d.]+ [kM] a year \([+-]", screen)
    assert "revenue a year, $" in screen
    units = re.findall(r"[+-][\d.]+ ([kM]) (?:\* )?\[", screen)
    assert len(units) > 3
    assert len(set(units)) == 1, "one column, one unit"
    assert re.search(r"\(mid|small|enterprise, \$", printed(changed, 100))


def printed_screen(changed: ChangedDeals, width: int) -> str:
    console = Console(width=width, force_terminal=False, color_system=None)
    with console.capture() as capture:
        console.print(describe_deals_screen(changed))
    return capture.get()


def test_every_deal_is_told_in_words(changed: ChangedDeals) -> None:
    for _, row in changed.deals.iterrows():
        said = format_deal(row, changed)
        assert said.startswith(f"Buyer {row['buyer']} (")
        assert not re.search(r"nan|None|_|\.0 rival", said), said
        assert f"under '{changed.against}'" in said
        assert f"under '{changed.strategy}'" in said
        for side, name in (("baseline", changed.against), ("strategy", changed.strategy)):
            never = row[f"result_{side}"] == "no evaluation"
            assert (f"no evaluation then under '{name}'" in said) == never
            assert (f"not decided under '{name}'" in said) == (row[f"result_{side}"] == "not decided")
            if never:
                assert row["cause"] != "timing"


def test_the_largest_come_first(changed: ChangedDeals) -> None:
    told = pick_largest(changed, 7)
    size = told[["money", "money_lost_accounts"]].abs().max(axis=1).to_numpy()
    assert np.all(np.diff(size) <= 0)
    assert (
        size[-1] >= np.sort(changed.deals[["money", "money_lost_accounts"]].abs().max(axis=1))[::-1][6] - 1e-9
    )


def test_the_figure_shows_the_money_of_every_cause(changed: ChangedDeals) -> None:
    figure = plot_changed_deals(changed)
    assert_readable(figure)
    dots = [
        line.get_xdata()[0]
        for ax in figure.axes
        if ax.axison
        for line in ax.lines
        if line.get_marker() == "o"
    ]
    assert dots == [*sort_causes(changed)["money"], sum_of_causes(changed)["money"]]
    assert sum(dots[:-1]) == pytest.approx(dots[-1])


def test_every_cause_has_a_phrase() -> None:
    assert set(_PHRASES) == {cause.name for cause in CAUSES}


def test_no_deal_changed() -> None:
    scenario = parse_scenario(load_scenario("workshop"), {"clock.weeks": 5, "strategies": [{"name": "same"}]})
    changed = explain(scenario, "same", replications=2)
    assert "No deal has a different result" in printed(changed)
    plot_changed_deals(changed)
    assert len(pick_largest(changed, 5)) == 0


def test_a_sentence_as_it_is_read() -> None:
    changed = explain(
        parse_scenario(load_scenario("kickoff"), SMALL), "social-and-preparation", replications=1
    )
    row = changed.deals.iloc[0].copy()
    row["buyer"], row["segment"], row["value"] = 412, "mid", 84_123.0
    row["week_baseline"] = row["week_strategy"] = 52 + 30
    for side, result in (("baseline", "nothing"), ("strategy", "won from a rival")):
        row[f"incumbent_{side}"], row[f"source_{side}"], row[f"result_{side}"] = "Corvane", "found", result
    row["selling_baseline"], row["selling_strategy"] = 10.0, 24.0
    row["preparation_baseline"], row["preparation_strategy"] = 4.0, 10.1
    for cause in CAUSES:
        row[f"share_{cause.name}"] = {"selling": 0.65, "preparation": 0.35}.get(cause.name, 0.0)
    assert format_deal(row, changed) == (
        "Buyer 412 (mid, 84 k a year, Corvane's), week 31: not won under 'usual', won under "
        "'social-and-preparation': 14 h more selling (65 %), 6.1 h more preparation (35 %)"
    )
