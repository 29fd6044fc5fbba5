"""Simulate a game: every combination in every replication, stored on disk, so that the same command continues.

Each replication is stored with every metric of every player in every combination. So another ``payoff`` needs no new
run, and you can add replications.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from zerosum.errors import InputError, StoreError
from zerosum.market.metrics import BY_NAME
from zerosum.market.population import status_quo
from zerosum.market.run import OnWeek
from zerosum.runs.addresses import Grid, point_of, ranks
from zerosum.runs.executors import replications
from zerosum.runs.lock import writing
from zerosum.runs.parts import Parts
from zerosum.runs.question import Question, hash_of
from zerosum.runs.store import Lost
from zerosum.runs.work import RUNS
from zerosum.scenario import results_hash
from zerosum.scenario.errors import suggest
from zerosum.scenario.identity import runs_json
from zerosum.studies.game.cells import Cell, play_cells
from zerosum.studies.game.payoffs import Payoffs, Profile
from zerosum.studies.game.spec import Game
from zerosum.studies.questions import load_scenario_of

KIND = "game"


class Contest:
    """A game with its scenario loaded.

    Parameters
    ----------
    game : Game
    here : Path
        its file

    Attributes
    ----------
    vendors : tuple of int
        row of each player in the scenario
    cells : mapping
        number of a combination -> the scenario's strategy (row) that each player follows

    Raises
    ------
    InputError
        if scenario, players and strategies don't match
    """

    def __init__(self, game: Game, here: Path) -> None:
        self.game, self.here = game, here
        self.scenario = load_scenario_of(game.scenario, here, game.set)
        vendors = [vendor.name for vendor in self.scenario.vendors]
        strategies = [strategy.name for strategy in self.scenario.strategies]
        for number, player in enumerate(game.players, start=1):
            where = f"{here}: [[players]] {number}"
            if player.vendor not in vendors:
                raise InputError(
                    f"{where}: the scenario has no vendor '{player.vendor}'; {suggest(player.vendor, vendors)}"
                )
            for name in player.strategies:
                if name not in strategies:
                    raise InputError(
                        f"{where} ({player.vendor}): the scenario has no strategy '{name}'; {suggest(name, strategies)}"
                    )
        if game.nobody is not None and game.nobody not in strategies:
            hint = suggest(game.nobody, strategies)
            raise InputError(f"{here}: nobody = '{game.nobody}': the scenario has no such strategy; {hint}")
        self.vendors = tuple(vendors.index(player.vendor) for player in game.players)
        shape = tuple(len(player.strategies) for player in game.players)
        self.profiles: tuple[Profile, ...] = tuple(
            tuple(int(i) for i in place) for place in np.ndindex(*shape)
        )
        self.cells: Mapping[int, Cell] = {
            number: tuple(
                strategies.index(player.strategies[i])
                for player, i in zip(game.players, profile, strict=True)
            )
            for number, profile in enumerate(self.profiles)
        }

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names of all players' strategies."""
        return tuple(dict.fromkeys(name for player in self.game.players for name in player.strategies))

    @property
    def nobody(self) -> Profile | None:
        """The combination in which all carry on; None if a player can't."""
        quo = status_quo(self.scenario)
        found = []
        for player, vendor in zip(self.game.players, self.vendors, strict=True):
            still = self.game.nobody or self.scenario.strategies[int(quo[vendor])].name
            if still not in player.strategies:
                return None
            found.append(player.strategies.index(still))
        return tuple(found)

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Everything that can change a run, by name."""
        return {
            "scenario": results_hash(self.scenario),
            "players": [player.model_dump(mode="json") for player in self.game.players],
        }

    @cached_property
    def question(self) -> Question:
        """What identifies a folder's runs; you can add strategies and replications."""
        alike = {
            "scenario": runs_json(self.scenario),
            "players": [player.vendor for player in self.game.players],
        }
        return Question(KIND, alike, {"name": self.game.name, "question": self.game.question})

    @cached_property
    def grid(self) -> Grid:
        """Addresses of combinations, by each player's strategy; other strategies don't matter."""
        names = [
            [player.strategies[i] for player, i in zip(self.game.players, profile, strict=True)]
            for profile in self.profiles
        ]
        return Grid([[point_of(runs_json(self.scenario, None, followed), followed)] for followed in names])

    def default_folder(self, results: Path = Path("results")) -> Path:
        """Return the default folder of results."""
        return results / self.game.name / hash_of(self.identity)[:16]

    def payoffs(self, table: pa.Table) -> Payoffs:
        """Return payoffs from the stored rows of the wanted replications.

        Raises
        ------
        InputError
            if the payoff is undefined in all but one replication, or in all
        """
        frame = table.select(["point", "replication", "player", self.game.payoff]).to_pandas()
        names = [player.vendor for player in self.game.players]
        wide = frame.pivot(index="replication", columns=["point", "player"], values=self.game.payoff)
        wide = wide[pd.MultiIndex.from_product([range(len(self.cells)), names])].sort_index()
        defined = wide.dropna()
        if len(defined) < 2:
            raise InputError(
                f"{self.here}: payoff = '{self.game.payoff}' is undefined in {len(wide) - len(defined)} of {len(wide)} "
                "replications (a ratio without a denominator); take another metric, or a larger market"
            )
        sign = 1 if BY_NAME[self.game.payoff].higher_is_better else -1
        shape = tuple(len(player.strategies) for player in self.game.players)
        return Payoffs(
            tuple(names),
            tuple(player.strategies for player in self.game.players),
            sign * defined.to_numpy(np.float64).reshape(len(defined), *shape, len(names)),
            self.game.payoff,
            sign,
            len(wide) - len(defined),
        )


def play(
    contest: Contest,
    folder: Path,
    often: int | None = None,
    workers: int = 1,
    fresh: bool = False,
    on_done: Callable[[int, int], None] = lambda _done, _of: None,
    stop: threading.Event | None = None,
    on_lost: Callable[[Lost], None] = lambda _: None,
    beside: Iterable[Path] = (),
) -> pa.Table:
    """Simulate the missing runs.

    Parameters
    ----------
    contest : Contest
    folder : Path
        of the results; stored runs are reused
    often : int, optional
        replications; default: the game's
    workers : int
        threads; they don't change results
    fresh : bool
        discard stored runs
    on_done : callable
        called with (replications done, wanted)
    stop
    on_lost : callable
        called with each unreadable file; its runs are simulated again
    beside : paths
        folders of other games, whose identical runs are reused

    Returns
    -------
    Table
        rows of the wanted replications, in order of replication, combination and player

    Raises
    ------
    InputError
        if the folder is another game's, or another process writes to it
    StoreError
        if it can't be written, or if finished runs have disappeared
    Interrupted
        when stopped; finished runs are stored
    """
    wanted = often or contest.game.replications
    grid, cells = contest.grid, contest.cells
    with writing(folder):
        parts = Parts(folder, contest.question, fresh=fresh, on_lost=on_lost, beside=beside)
        there = parts.finished()
        missing = {
            number: left
            for number in range(wanted)
            if (left := {cell: cells[cell] for cell in cells if grid.missing(there, cell, number)})
        }
        numbers, before = list(missing), wanted - len(missing)
        on_done(before, wanted)

        def one(place: int, on_week: OnWeek) -> None:
            number = numbers[place]
            rows = play_cells(contest.scenario, contest.vendors, missing[number], number, on_week)
            parts.add({RUNS: grid.addressed(rows)})

        replications(one, len(missing), workers, lambda done: on_done(done, wanted), stop, before)
        parts.compact()
        parts.claim()
        there, table = parts.finished(), parts.read()
    gone = sum(any(grid.missing(there, cell, number) for cell in cells) for number in range(wanted))
    if table is None or gone:
        raise StoreError(
            f"{gone:,} of {wanted:,} replications are missing: their files were removed from {folder}/ while the game "
            "ran, or can't be read any more. What is there is kept; the same command makes the rest"
        )
    table = grid.numbered(table)
    table = table.filter(pa.array(table["replication"].to_numpy() < wanted))
    rank = ranks(table["player"], [player.vendor for player in contest.game.players])
    order = np.lexsort((rank, table["point"].to_numpy(), table["replication"].to_numpy()))
    return table.take(order).combine_chunks()
