"""A simulated vendor's pipeline as a CRM export."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from zerosum.api.arguments import check_folder, load_market
from zerosum.api.result import Result
from zerosum.crm.export import README, is_export, make_export
from zerosum.crm.quirks import parse_quirks
from zerosum.crm.simulated import START, simulate_team
from zerosum.crm.tables import TeamData
from zerosum.errors import InputError
from zerosum.runs.outputs import write_all
from zerosum.scenario import Scenario


@dataclass(frozen=True, repr=False)
class SimulatedExport(Result):
    """A simulated vendor's pipeline, and what is true of it.

    Attributes
    ----------
    team : zerosum.crm.TeamData
        the tables that a perfect import would give, with names instead of pseudonyms
    truth : dict
        the run, its own measures, the scenario's values, the pipeline's own figures, what is derived, and what was done
        wrong on purpose
    files : tuple of Path
        that were written
    """

    team: TeamData
    truth: Mapping[str, Any]
    files: tuple[Path, ...]

    def __repr__(self) -> str:
        """Return one line: whose pipeline, and how much."""
        run = self.truth["run"]
        deals = len(self.team.opportunities)
        shape = f"{run['vendor']} as {self.truth['system']}"
        return f"<SimulatedExport {run['scenario']}: {shape}; {deals:,} opportunities>"

    def _lead(self) -> tuple[Sequence[str], pd.DataFrame]:
        return (), self.team.opportunities


def export_crm(
    scenario: Scenario | Mapping[str, Any] | str | Path,
    folder: str | Path,
    *,
    system: str = "salesforce",
    strategy: str | None = None,
    vendor: str | None = None,
    replication: int = 0,
    weeks: int | None = None,
    seed: int | None = None,
    start: datetime.date = START,
    quirks: Sequence[str] = (),
    truth: bool = True,
) -> SimulatedExport:
    """Simulate one run and write a vendor's pipeline as a CRM system exports it.

    Parameters
    ----------
    scenario : Scenario, mapping, str or path
        a file, the name of a shipped one, or a file's content
    folder : path
        new, empty, or of an earlier export of the same kind
    system : str
        salesforce, hubspot, dynamics or pipedrive
    strategy, vendor : str, optional
        the baseline, and the focal vendor, if not given
    replication : int
        index of the replication
    weeks, seed : int, optional
        the scenario's if not given
    start : date
        Monday on which the measured weeks begin
    quirks : sequence of str
        what to do wrong on purpose: ``usual``, ``all``, a name, or ``name=rate``
    truth : bool
        write ``truth.json``

    Returns
    -------
    SimulatedExport
        with ``team``, ``truth`` and ``files``

    Raises
    ------
    ScenarioError
        if the scenario is invalid; names what and where
    InputError
        for a name that isn't known, or a folder with other files

    Examples
    --------
    >>> import tempfile, zerosum
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = zerosum.export_crm("workshop", folder, system="hubspot", weeks=26, quirks=["duplicates"])
    ...     [file.name for file in made.files]
    ['deals.csv', 'reps.csv', 'quotas.csv', 'accounts.csv', 'deal_stages.csv', 'README.txt', 'truth.json']
    >>> made.truth["quirks"]["duplicates"]["n"] > 0
    True
    """
    target, rates = check_folder("folder", folder), parse_quirks(quirks)
    market = load_market(scenario, {"clock.weeks": weeks, "comparison.seed": seed})
    there = {one.name for one in target.iterdir()} if target.is_dir() else set()
    if there and not is_export(target):
        raise InputError(f"folder = '{target}': {min(there)} is there, and no {README} of an earlier export")
    simulated = simulate_team(market, strategy=strategy, vendor=vendor, replication=replication, start=start)
    made = make_export(simulated, system, rates, with_truth=truth)
    if others := sorted(there - set(made.files)):
        raise InputError(
            f"folder = '{target}': {others[0]} is there, and not part of this export; name an empty folder"
        )
    return SimulatedExport(simulated.team, made.truth, tuple(write_all(target, made.files)))
