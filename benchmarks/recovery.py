"""How well a pipeline's figures are recovered: known markets, exported, made dirty, imported and described.

``python -m benchmarks.recovery``: some minutes; ``--page`` writes the table to ``docs/own-data.md``.

Each market has its own values, drawn (Sobol) over the ranges that ``experiments/calibration.toml`` searches, and its
own team, accounts and deal values. One run of it is written as an export, with the usual quirks, and read by the
import. A figure's truth is the same figure over many other runs of that market. An interval holds the truth or doesn't;
over all markets, 95 of 100 should. Intervals are the textbook ones, for which each deal is independent; for
shares also such that allow for clusters, because deals of one rep, or one account, may be alike.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
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
from zerosum.scenario import Scenario, ScenarioError, load_scenario

ROOT = Path(__file__).parents[1]
RANGES = ROOT / "experiments" / "calibration.toml"
PAGE, COMMAND = ROOT / "docs" / "own-data.md", "python -m benchmarks.recovery --page"
LEVEL = 0.95
TEAM = {"reps": (8, 40), "accounts": (150, 400), "value": (0.3, 3.0)}
"""Reps of a vendor; accounts for each; factor on deal values (its logarithm is uniform)."""
_WEEKS = {"clock.warmup_weeks": 156, "clock.weeks": 104}
_NOT_VARIED = ("tools.",)
"""The status quo has no tools."""


class Estimate(NamedTuple):
    """A figure with its interval; NaN where there are too few deals."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Figure:
    """A figure of a pipeline: its name, unit, and how it is found."""

    name: str
    unit: str
    find: Callable[[pd.DataFrame, TeamData], Estimate]


# --- Figures --------------------------------------------------------------------------------------------------------


def share(successes: int, n: int) -> Estimate:
    """Return a share with Wilson's interval."""
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    found = stats.binomtest(successes, n).proportion_ci(LEVEL, method="wilson")
    return Estimate(successes / n, float(found.low), float(found.high), n)


def clustered_share(successes: npt.NDArray[np.bool_], clusters: pd.Series) -> Estimate:
    """Return a share whose interval allows for clusters of deals that are alike (linearized, t, on the logit scale)."""
    sums = pd.DataFrame({"won": successes, "one": 1.0}).groupby(clusters.fillna("").to_numpy()).sum()
    n, groups = float(sums["one"].sum()), len(sums)
    value = float(sums["won"].sum()) / n if n else math.nan
    if groups < 3 or not 0 < value < 1:
        return Estimate(math.nan, math.nan, math.nan, int(n))
    spread = float(((sums["won"] - value * sums["one"]) ** 2).sum()) * groups / (groups - 1)
    half = stats.t.ppf((1 + LEVEL) / 2, groups - 1) * math.sqrt(spread) / n / (value * (1 - value))
    middle = math.log(value / (1 - value))
    low, high = (1 / (1 + math.exp(-middle - sign * half)) for sign in (-1, 1))
    return Estimate(value, low, high, int(n))


def median(values: npt.NDArray[np.float64]) -> Estimate:
    """Return a median with the interval of order statistics."""
    ordered, n = np.sort(values), len(values)
    if n < 10:
        return Estimate(math.nan, math.nan, math.nan, n)
    low, high = (int(stats.binom.ppf(at, n, 0.5)) for at in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Estimate(
        float(np.median(ordered)), float(ordered[max(low - 1, 0)]), float(ordered[min(high, n - 1)]), n
    )


def survival_median(days: npt.NDArray[np.float64], ended: npt.NDArray[np.bool_]) -> Estimate:
    """Return the median of censored durations: Kaplan and Meier's, with the interval of Brookmeyer and Crowley."""
    if ended.sum() < 10:
        return Estimate(math.nan, math.nan, math.nan, len(days))
    curve = stats.ecdf(stats.CensoredData(uncensored=days[ended], right=days[~ended])).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # undefined where nothing, or everything, has ended
        band: Any = curve.confidence_interval(LEVEL, method="log-log")

    def first_below(heights: npt.NDArray[np.float64]) -> float:
        below = np.flatnonzero(heights <= 0.5)
        return float(curve.quantiles[below[0]]) if len(below) else math.inf

    found = (
        curve.probabilities,
        np.nan_to_num(band.low.probabilities, nan=1.0),
        np.nan_to_num(band.high.probabilities, nan=1.0),
    )
    value, low, high = (first_below(heights) for heights in found)
    return Estimate(value, low, high, len(days))


def _results(deals: pd.DataFrame, kind: str = "") -> pd.DataFrame:
    closed = deals[deals["outcome"].isin(["won", "lost", "no_decision"])]
    return closed[closed["type"] == kind] if kind else closed


def _share_of(
    outcome: str, kind: str = "", cluster: str = ""
) -> Callable[[pd.DataFrame, TeamData], Estimate]:
    def find(deals: pd.DataFrame, _: TeamData) -> Estimate:
        closed = _results(deals, kind)
        with_it = (closed["outcome"] == outcome).to_numpy()
        return (
            clustered_share(with_it, closed[cluster]) if cluster else share(int(with_it.sum()), len(closed))
        )

    return find


def _cycle(deals: pd.DataFrame, team: TeamData) -> Estimate:
    """Deals created after their result, and those that were no deals, are left out."""
    odd = deals["flags"].map(lambda flags: "created_after_close" in flags).astype(bool)
    used = deals[~odd & (deals["outcome"] != "disqualified") & deals["created"].notna()]
    ended = (used["outcome"] != "open").to_numpy()
    until = used["closed"].fillna(pd.Timestamp(team.as_of))
    return survival_median((until - used["created"]).dt.days.to_numpy().astype(np.float64), ended)


def _value(outcomes: Sequence[str]) -> Callable[[pd.DataFrame, TeamData], Estimate]:
    def find(deals: pd.DataFrame, _: TeamData) -> Estimate:
        used = deals[deals["outcome"].isin(outcomes)]
        return median(used["amount"].dropna().to_numpy(float))

    return find


_SHARES = (
    ("win rate, new", "won", "new"),
    ("win rate, renewals", "won", "renewal"),
    ("share without a decision", "no_decision", ""),
)
FIGURES = (
    *(Figure(name, "share", _share_of(outcome, kind)) for name, outcome, kind in _SHARES),
    *(
        Figure(f"{name}; clusters: reps", "share", _share_of(outcome, kind, "rep"))
        for name, outcome, kind in _SHARES
    ),
    *(
        Figure(f"{name}; clusters: accounts", "share", _share_of(outcome, kind, "account"))
        for name, outcome, kind in _SHARES
    ),
    Figure("cycle, median", "days", _cycle),
    Figure("deal value, median of all", "money", _value(["open", "won", "lost", "no_decision"])),
    Figure("deal value, median of won", "money", _value(["won"])),
)


def describe(team: TeamData) -> dict[str, Estimate]:
    """Return all figures of a team."""
    return {figure.name: figure.find(team.opportunities, team) for figure in FIGURES}


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

    truth: Mapping[str, Estimate]
    clean: Mapping[str, Estimate]
    back: Mapping[str, Estimate]


def recover(scenario: Scenario, dirt: float, system: str, runs: int) -> Recovered:
    """Simulate a market, export one run, import it, and describe all."""
    simulated = simulate_team(scenario)
    with tempfile.TemporaryDirectory(prefix="zerosum-recovery-") as folder:
        back = import_again(simulated, system, dirt, Path(folder))
    others = [simulate_team(scenario, replication=run).team for run in range(1, runs + 1)]
    pooled = pd.concat([one.opportunities for one in others], ignore_index=True)
    truth = {figure.name: figure.find(pooled, simulated.team) for figure in FIGURES}
    return Recovered(truth, describe(simulated.team), describe(back))


class Row(NamedTuple):
    """What is told of a figure."""

    figure: str
    markets: int
    lowest: float
    highest: float
    error_of_import: float
    error: float
    bias: float
    held_clean: int
    held: int


def tabulate(found: Sequence[Recovered]) -> list[Row]:
    """Return a row for each figure, over the markets that have it."""
    rows = []
    for figure in FIGURES:
        each = [(one.truth[figure.name], one.clean[figure.name], one.back[figure.name]) for one in found]
        each = [estimates for estimates in each if all(math.isfinite(one.value) for one in estimates)]
        truth, clean, back = (np.array([estimates[at].value for estimates in each]) for at in range(3))
        scale = 1.0 if figure.unit == "share" else truth
        held = [
            [one.low <= true.value <= one.high for true, *described in each for one in (described[at],)]
            for at in (0, 1)
        ]
        rows.append(
            Row(
                figure.name,
                len(each),
                float(truth.min()),
                float(truth.max()),
                float(np.abs((back - clean) / scale).mean()),
                float(np.abs((back - truth) / scale).mean()),
                float(((back - truth) / scale).mean()),
                sum(held[0]),
                sum(held[1]),
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
        low, high = _range(row.lowest, row.highest)
        held = [f"{n} of {row.markets} ({_interval(n, row.markets)})" for n in (row.held_clean, row.held)]
        cells = [
            row.figure,
            f"{low} to {high}",
            f"{row.error_of_import:.1%}",
            f"{row.error:.1%}",
            f"{row.bias:+.1%}",
            *held,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    note = (
        f"\nTruth: {runs} other runs of each market. Differences of shares are in points, others in percent of it. "
        "Intervals are of 95 %; in brackets is Wilson's 95 % interval of the share that hold the truth."
    )
    return "\n".join(lines) + "\n" + note


def _range(low: float, high: float) -> tuple[str, str]:
    if high <= 1:
        return f"{low:.0%}", f"{high:.0%}"
    return (f"{low:.0f}", f"{high:.0f}") if high < 1000 else (f"{low / 1000:,.0f} k", f"{high / 1000:,.0f} k")


def _interval(held: int, n: int) -> str:
    found = share(held, n)
    return f"{found.low:.0%} to {found.high:.0%}"


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
            f"{name} {last.back[name].value:.3g} ({last.truth[name].value:.3g})" for name in last.truth
        )
        print(f"{number + 1:3} {SYSTEMS[number % len(SYSTEMS)]:<11} {told}", flush=True)
    table = as_markdown(tabulate(found), asked.runs)
    print(table)
    if asked.page:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(put(page, "recovery", f"{table}\n", COMMAND), encoding="utf-8")


if __name__ == "__main__":
    main()
