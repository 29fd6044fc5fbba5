"""One run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from zerosum.api.arguments import load_market
from zerosum.api.result import Result
from zerosum.market.metrics import Team, measure
from zerosum.market.run import Run
from zerosum.market.run import chance_baseline as null_of
from zerosum.market.run import simulate as simulate_run
from zerosum.market.tables import deals_table, decisions_table, dropouts_table, weekly_table
from zerosum.runs.replicate import collect, tables_of
from zerosum.scenario import Scenario


@dataclass(frozen=True, repr=False)
class Simulation(Result):
    """One finished run, as tables.

    Attributes
    ----------
    run : Run
        the market at its end, for further analysis
    """

    run: Run
    _null: bool = False

    def __repr__(self) -> str:
        """Return a one-line description."""
        run = self.run
        name = run.engine.scenario.name
        return f"<Simulation {name}: {run.strategy}; {run.adopters}; replication {run.replication}; {run.weeks} weeks>"

    def _lead(self) -> tuple[Sequence[str], pd.DataFrame]:
        return (), self.metrics.rename("value").rename_axis("metric").reset_index()

    @cached_property
    def metrics(self) -> pd.Series[float]:
        """Every metric by name; docs/measures.md explains them."""
        return pd.Series(measure(self.run), name=self.run.strategy)

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """One row per measured week and vendor."""
        return pd.DataFrame(weekly_table(self.run))

    @cached_property
    def deals(self) -> pd.DataFrame:
        """One row per opportunity that closed, of any vendor."""
        return pd.DataFrame(deals_table(self.run))

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """One row per evaluation that ended, with or without a rep."""
        return pd.DataFrame(decisions_table(self.run))

    @cached_property
    def dropouts(self) -> pd.DataFrame:
        """One row per customer that dropped out when its contract ended, of any vendor."""
        return pd.DataFrame(dropouts_table(self.run))

    @cached_property
    def reps(self) -> pd.DataFrame:
        """One row per rep of the measured team."""
        wanted = frozenset({"reps"})
        return tables_of([collect(Team(self.run), self._null, wanted)], wanted)["reps"].to_pandas()


def simulate(
    scenario: Scenario | Mapping[str, Any] | str | Path,
    strategy: str | None = None,
    adopters: str | None = None,
    *,
    replication: int = 0,
    weeks: int | None = None,
    seed: int | None = None,
    chance_baseline: bool = False,
) -> Simulation:
    """Simulate one strategy once.

    Parameters
    ----------
    scenario : Scenario, mapping, str or path
        a file, the name of a shipped one, or a file's content
    strategy : str, optional
        a strategy; the baseline if not given
    adopters : str, optional
        who adopts it: focal, competitors, all, head-to-head; the scenario's first if not given
    replication : int
        index of the replication
    weeks, seed : int, optional
        the scenario's if not given
    chance_baseline : bool
        with identical reps in the same territories

    Raises
    ------
    ScenarioError
        if the scenario is invalid; names what and where
    ValueError
        for a strategy that the scenario doesn't have
    """
    asked = load_market(
        scenario,
        {
            "clock.weeks": weeks,
            "comparison.seed": seed,
            "comparison.adopters": [adopters] if adopters is not None else None,
        },
    )
    market = null_of(asked) if chance_baseline else asked
    return Simulation(simulate_run(market, strategy, None, replication), chance_baseline)
