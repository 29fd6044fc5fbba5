"""Break a comparison down: by skill third, segment, quantile of attainment, week, assumption.

Each pair is a strategy and the baseline in one replication, as in the whole comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from zerosum.market.state import YEAR, Float
from zerosum.scenario.spec import Scenario
from zerosum.statistics import mean_interval, quantile_differences, simultaneous_band
from zerosum.studies.compare.comparison import Comparison
from zerosum.studies.compare.paired import observations

THIRDS = ("lowest third", "middle third", "highest third")
DECILES = tuple(k / 10 for k in range(1, 10))

Measures = Mapping[str, tuple[str, Callable[[pd.DataFrame], "pd.Series[float]"]]]
"""Name -> unit, and the function that computes it from sums over a group's rows."""


def _ratio(top: str, bottom: str) -> Callable[[pd.DataFrame], pd.Series[float]]:
    def of(sums: pd.DataFrame) -> pd.Series[float]:
        return sums[top] / sums[bottom].where(sums[bottom] > 0)

    return of


OF_REPS: Measures = {
    "win_rate": ("share", _ratio("won", "closed")),
    "share_at_quota": ("share", _ratio("at_quota", "with_quota")),
    "attainment": ("ratio", _ratio("year_credit", "year_quota")),
    "revenue_per_rep": ("money", _ratio("credit", "reps")),
}
"""Measures of a third of the reps, judged by the year; money: credited, over the measured weeks."""
OF_SEGMENTS: Measures = {
    "win_rate": ("share", _ratio("won", "closed")),
    "no_decision_rate": ("share", _ratio("stalled", "closed")),
    "market_share": ("share", _ratio("customers", "buyers")),
    "new_business": ("money", lambda sums: sums["revenue_new"] + sums["revenue_displaced"]),
    "renewed": ("money", lambda sums: sums["revenue_renewed"]),
}
"""Measures of a segment; money: annual value of contracts, over the measured weeks."""


def by_third(comparison: Comparison) -> pd.DataFrame:
    """Compare by third of the vendor's reps, ranked by skill.

    Returns
    -------
    DataFrame
        adopters, strategy, group, measure, unit, mean, difference, low, high, n
    """
    reps = comparison.reps[~comparison.reps["null"] & (comparison.reps["skill_third"] > 0)]
    rows = reps.assign(group=np.array(["", *THIRDS], dtype=object)[reps["skill_third"].to_numpy()], reps=1)
    rows = rows.merge(_years_of_reps(comparison), "left", _REP)
    return _pair_groups(comparison.scenario, rows, THIRDS, OF_REPS)


_REP = ["adopters", "strategy", "replication", "rep"]


def judged_years(comparison: Comparison) -> pd.DataFrame:
    """Return the rows of ``rep_years`` by which reps are judged: whole years with a quota; parts if none is whole."""
    years = comparison.rep_years
    years = years[years["quota"] > 0]
    whole = years["weeks"] == YEAR
    return years[whole] if whole.any() else years


def _years_of_reps(comparison: Comparison) -> pd.DataFrame:
    """Sum each rep's years with a quota: how many, in how many it was reached, quota and credit."""
    years = judged_years(comparison)
    years = years[~years["null"]]
    rows = years[_REP].assign(
        with_quota=1,
        at_quota=(years["credit"] >= years["quota"]).astype(int),
        year_quota=years["quota"],
        year_credit=years["credit"],
    )
    return rows.groupby(_REP, sort=False, as_index=False).sum()


def by_segment(comparison: Comparison) -> pd.DataFrame:
    """Compare by segment of buyers; columns as :func:`by_third`."""
    rows = comparison.segments.rename(columns={"segment": "group"})
    return _pair_groups(
        comparison.scenario, rows, [s.name for s in comparison.scenario.segments], OF_SEGMENTS
    )


def _pair_groups(scenario: Scenario, rows: pd.DataFrame, groups: Any, measures: Measures) -> pd.DataFrame:
    sums = rows.groupby(["adopters", "strategy", "group", "replication"], sort=False, observed=True).sum(
        numeric_only=True
    )
    found: list[dict[str, Any]] = []
    for name, (unit, of) in measures.items():
        values: Any = of(sums).unstack("replication")
        for adopters in scenario.comparison.adopters:
            for strategy in scenario.compared_names:
                for group in groups:
                    # Teams divide one market's reps: a small team may have no rep in a third.
                    if not {(adopters, strategy, group), (adopters, scenario.baseline_name, group)} <= set(
                        values.index
                    ):
                        continue
                    own = values.loc[(adopters, strategy, group)]
                    usual = values.loc[(adopters, scenario.baseline_name, group)]
                    gap = mean_interval((own - usual).to_numpy())
                    found.append(
                        {
                            "adopters": adopters,
                            "strategy": strategy,
                            "group": group,
                            "measure": name,
                            "unit": unit,
                            "mean": float(own.mean()),
                            "difference": gap.mean,
                            "low": gap.low,
                            "high": gap.high,
                            "n": gap.n,
                        }
                    )
    return pd.DataFrame(found)


def by_quantile(comparison: Comparison, probabilities: tuple[float, ...] = DECILES) -> pd.DataFrame:
    """Compare quantiles of quota attainment over reps and years, to see which part of the team a strategy lifts.

    Returns
    -------
    DataFrame
        adopters, strategy, probability, mean, chance_baseline (quantiles, means over replications), difference, low,
        high (95 % each), low_all, high_all (95 % for all quantiles at once), n
    """
    scenario, years = comparison.scenario, judged_years(comparison)
    found: list[dict[str, Any]] = []
    for adopters in scenario.comparison.adopters:
        here = years[years["adopters"] == adopters]
        baseline = _attainments(here, scenario.baseline_name, null=False)
        for strategy in scenario.compared_names:
            own, by_chance = (_attainments(here, strategy, null) for null in (False, True))
            if own.size == 0 or own.shape[1] == 0:
                continue
            gaps = quantile_differences(own, baseline, probabilities)
            levels = np.nanmean(np.nanquantile(own, probabilities, axis=1), axis=1)
            at_chance = np.nanmean(np.nanquantile(by_chance, probabilities, axis=1), axis=1)
            for at, gap in enumerate(gaps):
                found.append(
                    {
                        "adopters": adopters,
                        "strategy": strategy,
                        "probability": probabilities[at],
                        "mean": float(levels[at]),
                        "chance_baseline": float(at_chance[at]),
                        "difference": gap.difference.mean,
                        "low": gap.difference.low,
                        "high": gap.difference.high,
                        "low_all": gap.together.low,
                        "high_all": gap.together.high,
                        "n": gap.difference.n,
                    }
                )
    return pd.DataFrame(found)


def _attainments(years: pd.DataFrame, strategy: str, null: bool) -> Float:
    """Attainment of every rep in each year with a quota, [replications, reps * years]."""
    rows = years[(years["strategy"] == strategy) & (years["null"] == null)]
    values = rows.pivot(index="replication", columns=["rep", "year"], values="attainment").to_numpy(
        np.float64
    )
    return values[:, ~np.isnan(values).all(axis=0)]


def by_week(comparison: Comparison) -> pd.DataFrame:
    """Return the focal vendor's share of all buyers in each measured week.

    Returns
    -------
    DataFrame
        adopters, strategy, week, mean (share of the market), difference from the baseline with low, high: a 95 % band
        for the whole curve (sup-t); n. Empty for head-to-head
    """
    scenario, weekly = comparison.scenario, comparison.weekly
    found: list[pd.DataFrame] = []
    for adopters in [w for w in scenario.comparison.adopters if w != "head-to-head"]:
        here = weekly[weekly["adopters"] == adopters]
        shares = {
            strategy: here[here["strategy"] == strategy]
            .pivot(index="replication", columns="week", values="customers")
            .to_numpy(np.float64)
            / scenario.market.buyers
            for strategy in scenario.compared_names
        }
        for strategy, curves in shares.items():
            gaps = curves - shares[scenario.baseline_name]
            band = simultaneous_band(gaps, key=scenario.comparison.seed)
            found.append(
                pd.DataFrame(
                    {
                        "adopters": adopters,
                        "strategy": strategy,
                        "week": np.arange(1, curves.shape[1] + 1),
                        "mean": curves.mean(axis=0),
                        "difference": band.mean,
                        "low": band.low,
                        "high": band.high,
                        "n": len(gaps),
                    }
                )
            )
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def by_assumption(comparison: Comparison, metric: str, strategy: str) -> pd.DataFrame:
    """Compare a strategy with the baseline in the low and the high half of each uncertain range.

    Each set of sampled values is an observation. It is in the low half if the key's value is below the middle.

    Parameters
    ----------
    comparison : Comparison
    metric : str
        column of ``runs``
    strategy : str

    Returns
    -------
    DataFrame
        adopters, key, middle (of the range, on its scale), half (low, high), difference, low, high (95 %), n;
        empty if no key is uncertain
    """
    scenario = comparison.scenario
    if not scenario.uncertain:
        return pd.DataFrame()
    runs = observations(scenario, comparison.runs[~comparison.runs["null"]])
    drawn = comparison.assumptions.drop_duplicates(["draw", "key"]).pivot(
        index="draw", columns="key", values="value"
    )
    found: list[dict[str, Any]] = []
    for adopters in scenario.comparison.adopters:
        here = runs[runs["adopters"] == adopters].pivot(
            index="replication", columns="strategy", values=metric
        )
        gaps = here[strategy] - here[scenario.baseline_name]
        for row in scenario.uncertain:
            middle = row.at(0.5)
            below = (drawn[row.key] < middle).reindex(gaps.index)
            for half, values in (("low", gaps[below]), ("high", gaps[~below])):
                gap = mean_interval(values.to_numpy(np.float64))
                found.append(
                    {
                        "adopters": adopters,
                        "key": row.key,
                        "middle": middle,
                        "half": half,
                        "difference": gap.mean,
                        "low": gap.low,
                        "high": gap.high,
                        "n": gap.n,
                    }
                )
    return pd.DataFrame(found)
