"""How well a pipeline's figures are recovered: known markets, exported, made dirty, imported and described.

``python -m benchmarks.recovery``: some minutes; ``--page`` writes the table to ``docs/own-data.md``.

Each market has its own values, drawn (Sobol) over the ranges that ``experiments/calibration.toml`` searches, and its
own team, accounts and deal values. One run of it is written as an export, with the usual quirks, and read by the
import. A figure's truth is the same figure over many other runs of that market. An interval holds the truth or doesn't;
over all markets, 95 of 100 should. Figures and intervals are those of ``zerosum describe``.
"""

from __future__ import annotations

import argparse
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import qmc

from docs.tools.blocks import put
from zerosum.crm import TeamData
from zerosum.crm.build import import_files
from zerosum.crm.choices import make_choices
from zerosum.crm.export import make_export
from zerosum.crm.quirks import parse_quirks
from zerosum.crm.simulated import SimulatedTeam, simulate_team
from zerosum.crm.systems import SYSTEMS
from zerosum.crm.understood import Understood
from zerosum.report.describe import format_value
from zerosum.scenario import Scenario, ScenarioError, load_scenario
from zerosum.studies.describe import Figure, describe_team
from zerosum.studies.describe.rates import wilson

ROOT = Path(__file__).parents[1]
RANGES = ROOT / "experiments" / "calibration.toml"
PAGE, COMMAND = ROOT / "docs" / "own-data.md", "python -m benchmarks.recovery --page"
TEAM = {"reps": (8, 40), "accounts": (150, 400), "value": (0.3, 3.0)}
"""Reps of a vendor; accounts for each; factor on deal values (its logarithm is uniform)."""
_WEEKS = {"clock.warmup_weeks": 156, "clock.weeks": 104}
_NOT_VARIED = ("tools.",)
"""The status quo has no tools."""


FIGURES = (
    "win_rate",
    "win_rate[type=new]",
    "win_rate[type=renewal]",
    "no_decision_rate",
    "won_cycle_median",
    "deal_value_median",
    "deal_value_sigma",
    "quarter_end_share",
)
"""Figures of ``zerosum describe`` that are looked at."""
LABELS = {"win_rate[type=new]": "Win rate, new business", "win_rate[type=renewal]": "Win rate, renewals"}
"""Labels of those whose own are those of their group."""

Figures = Mapping[str, Figure]


def described(team: TeamData) -> Figures:
    """Return the figures of a team that are looked at, those that are known."""
    return {one.name: one for one in describe_team(team).figures if one.name in FIGURES and one.known}


# --- Markets --------------------------------------------------------------------------------------------------------


def draw_markets(n: int, seed: int = 1) -> Iterator[tuple[Scenario, float]]:
    """Yield markets, each with a number from 0 to 1 for how dirty its export is.

    A market that the scenario's own rules refuse is left out, and the next one taken.
    """
    rows = [
        row
        for row in tomllib.loads(RANGES.read_text(encoding="utf-8"))["parameters"]
        if not row["key"].startswith(_NOT_VARIED)
    ]
    sobol, found = qmc.Sobol(len(rows) + len(TEAM) + 1, seed=seed), 0
    kickoff = load_scenario("kickoff")
    while found < n:
        (place,) = sobol.random(1)
        values = dict[str, Any]()
        for row, at in zip(rows, place, strict=False):
            values |= _values(kickoff, row, row["low"] + (row["high"] - row["low"]) * float(at))
        reps, accounts, value = (float(at) for at in place[len(rows) : -1])
        values |= _team(kickoff, reps, accounts, value) | _WEEKS | {"comparison.seed": seed * 1000 + found}
        try:
            yield load_scenario("kickoff", values), float(place[-1])
        except ScenarioError:
            continue
        found += 1


def _values(kickoff: Scenario, row: Mapping[str, Any], value: float) -> dict[str, float]:
    key, factors = row["key"], row.get("factor_of")
    table, _, name = key.partition(".")
    if factors:
        base = {one: float(factor) for one, factor in factors.items()}
        whole = name.endswith("_weeks") and name.startswith("contract")
        return {
            f"{table}.{one}.{name}": round(factor * value) if whole else factor * value
            for one, factor in base.items()
        }
    if table == "segments":
        return {f"segments.{one.name}.{name}": value for one in kickoff.segments}
    return {key: value}


def _team(kickoff: Scenario, reps: float, accounts: float, value: float) -> dict[str, float]:
    """Return keys for a team's size, its accounts and the level of deal values."""

    def between(name: str, at: float, log: bool = False) -> float:
        low, high = TEAM[name]
        return float(low * (high / low) ** at) if log else float(low + (high - low) * at)

    n_reps = round(between("reps", reps))
    factor = between("value", value, log=True)
    keys: dict[str, float] = {f"vendors.{one.name}.reps": n_reps for one in kickoff.vendors}
    keys |= {f"vendors.{one.name}.presales": max(1, round(0.3 * n_reps)) for one in kickoff.vendors}
    keys |= {
        f"segments.{one.name}.value_median": round(one.value_median * factor) for one in kickoff.segments
    }
    return keys | {"market.buyers": round(n_reps * between("accounts", accounts))}


# --- There and back -------------------------------------------------------------------------------------------------


def import_again(simulated: SimulatedTeam, system: str, dirt: float, folder: Path) -> TeamData:
    """Export a pipeline with the usual quirks, at rates up to twice the usual ones, and import it."""
    usual = parse_quirks(["usual"])
    rates = {name: rate if rate == 1.0 else min(1.0, 2 * dirt * rate) for name, rate in usual.items()}
    made = make_export(simulated, system, rates)
    for name, write in made.files.items():
        write(folder / name)
    choices = make_choices({"as_of": str(simulated.team.as_of), "dates": "day-first"})
    return import_files([folder / name for name in made.rows], choices, b"recovery", Understood()).team


@dataclass(frozen=True)
class Recovered:
    """One market: the truth over many runs, one run's own figures, and what came back of its export."""

    truth: Figures
    clean: Figures
    back: Figures


def recover(scenario: Scenario, dirt: float, system: str, runs: int) -> Recovered:
    """Simulate a market, export one run, import it, and describe all."""
    simulated = simulate_team(scenario)
    with tempfile.TemporaryDirectory(prefix="zerosum-recovery-") as folder:
        back = import_again(simulated, system, dirt, Path(folder))
    others = [simulate_team(scenario, replication=run).team for run in range(1, runs + 1)]
    pooled = pd.concat([one.opportunities for one in others], ignore_index=True)
    truth = described(replace(simulated.team, opportunities=pooled, quotas=None, stages=None))
    return Recovered(truth, described(simulated.team), described(back))


class Row(NamedTuple):
    """What is told of a figure."""

    figure: str
    unit: str
    markets: int
    truth: str
    error_of_import: float
    error: float
    bias: float
    held_clean: int
    held: int


def tabulate(found: Sequence[Recovered]) -> list[Row]:
    """Return a row for each figure, over the markets that have it."""
    rows = []
    for name in FIGURES:
        every = [(one.truth, one.clean, one.back) for one in found]
        each = [tuple(part[name] for part in parts) for parts in every if all(name in part for part in parts)]
        if not each:
            continue
        truth, clean, back = (np.array([figures[at].value for figures in each]) for at in range(3))
        one = each[0][0]
        scale = 1.0 if one.unit == "share" else truth
        held = [
            sum(figures[at].low <= figures[0].value <= figures[at].high for figures in each) for at in (1, 2)
        ]
        rows.append(
            Row(
                LABELS.get(name, one.label),
                one.unit,
                len(each),
                " to ".join(
                    format_value(replace(one, value=float(end))) for end in (truth.min(), truth.max())
                ),
                float(np.abs((back - clean) / scale).mean()),
                float(np.abs((back - truth) / scale).mean()),
                float(((back - truth) / scale).mean()),
                *held,
            )
        )
    return rows


def as_markdown(rows: Sequence[Row], runs: int) -> str:
    """Return the table, with the interval of each coverage."""
    heads = (
        "figure",
        "truth in these markets",
        "import changes it by",
        "mean distance from the truth",
        "mean difference",
        "intervals that hold the truth: clean",
        "dirty and imported",
    )
    lines = [f"| {' | '.join(heads)} |", "|---|" + "--:|" * (len(heads) - 1)]
    for row in rows:
        unit = " points" if row.unit == "share" else " %"
        held = [f"{n} of {row.markets} ({_interval(n, row.markets)})" for n in (row.held_clean, row.held)]
        cells = [
            row.figure,
            row.truth,
            f"{100 * row.error_of_import:.1f}{unit}",
            f"{100 * row.error:.1f}{unit}",
            f"{100 * row.bias:+.1f}{unit}",
            *held,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    note = (
        f"\nTruth: {runs} other runs of each market. Figures and intervals (95 %) are those of `zerosum describe`; in "
        "brackets is Wilson's 95 % interval of the share that hold the truth."
    )
    return "\n".join(lines) + "\n" + note


def _interval(held: int, n: int) -> str:
    low, high = wilson(held, n)
    return f"{low:.0%} to {high:.0%}"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--markets", type=int, default=40)
    parser.add_argument("--runs", type=int, default=16, help="other runs of each market, for its truth")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", action="store_true", help="write the table to docs/own-data.md")
    asked = parser.parse_args()
    found = []
    for number, (scenario, dirt) in enumerate(draw_markets(asked.markets, asked.seed)):
        found.append(recover(scenario, dirt, SYSTEMS[number % len(SYSTEMS)], asked.runs))
        last = found[-1]
        told = "  ".join(
            f"{name} {last.back[name].value:.3g} ({last.truth[name].value:.3g})"
            for name in last.truth.keys() & last.back.keys()
        )
        print(f"{number + 1:3} {SYSTEMS[number % len(SYSTEMS)]:<11} {told}", flush=True)
    table = as_markdown(tabulate(found), asked.runs)
    print(table)
    if asked.page:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(put(page, "recovery", f"{table}\n", COMMAND), encoding="utf-8")


if __name__ == "__main__":
    main()
