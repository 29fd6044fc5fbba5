"""What is said of changed deals: the table's sums, its width, sentences without codes, a figure in any case."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from tests.each import each
from tests.figures import assert_readable
from zerosum.report.deal_words import _PHRASES, format_deal, pick_largest
from zerosum.report.deals import describe_changed_deals, describe_deals_screen, sort_causes
from zerosum.report.intervals import format_range
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
    assert format_money(changed.totals["money"].iloc[0], signed=True) in last
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
    total, causes = changed.totals.iloc[0], sort_causes(changed)
    assert f"REVENUE {format_money(total['money'], signed=True)}" in flat
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
    table = text.partition("Both runs of a replication")[0]
    heads = {word for line in table.splitlines() for word in line.split()}
    assert {"cause", "deals", "revenue", "lost"} <= heads
    rows = [*(row for _, row in sort_causes(changed).iterrows()), changed.totals.iloc[0]]
    for row in rows:
        label = row.get("label", "difference in revenue")
        # Of its one or two rows: the table may come in two parts.
        here = " ".join(line for line in table.splitlines() if line.startswith(label.split()[0]))
        told = [
            row["money"],
            *(row[f"money_{kind}"] for kind in ("new", "from_rivals", "renewed", "cannibalised")),
        ]
        for amount in told:
            assert abs(amount) < 1e-6 or format_money(amount, signed=True) in here
        if abs(row["n_lost_accounts"]) > 0.05:
            assert f"{row['n_lost_accounts']:+.1f}" in here
        if math.isfinite(row["money_low"]):
            assert format_range(row["money_low"], row["money_high"], "money") in table


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
    assert dots == [*sort_causes(changed)["money"], changed.totals["money"].iloc[0]]
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
