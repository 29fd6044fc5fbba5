"""``zerosum game``: competitors answer back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zerosum.cli.common import (
    keep,
    kept_options,
    replicated,
    tell,
    told_of_lost,
    warn_of_alike,
    workers_option,
    workers_that_fit,
)
from zerosum.cli.folder import folder_for
from zerosum.cli.terminal import check_extra, plainly

if TYPE_CHECKING:
    import pyarrow as pa

    from zerosum.studies.game import Analysis, Contest

FILES = ("summary.json", "payoffs.csv", "dominations.csv", "payoffs.png", "dynamics.png", "cells.parquet")


@click.command()
@click.argument("file")
@click.option(
    "--replications",
    "-n",
    type=click.IntRange(2, 1_000_000),
    metavar="N",
    help="Courses of luck (default: the file's). More of them add to those that are there.",
)
@workers_option
@kept_options
def game(
    file: str,
    replications: int | None,
    workers: int | None,
    fresh: bool,
    out: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Let vendors answer each other: play a game, and say where it ends.

    FILE is a game's file, or the name of one that ships (arms-race): 'zerosum experiments' lists them.
    Every combination of the players' strategies is simulated on common luck. What is finished is on disk: stopped by
    Ctrl-C or a crash, the same command goes on from there.
    """
    with plainly() as ending:
        check_extra("game")
        started = time.monotonic()
        from zerosum.studies import game as games
        from zerosum.studies.sweep.reading import question_file

        here = question_file(file)
        contest = games.Contest(games.load_game(here), here)
        folder = folder_for(out, contest.default_folder(), "game", FILES)
        wanted = replications or contest.game.replications
        threads = workers_that_fit(
            file,
            contest.scenario,
            workers,
            wanted,
            quiet=quiet or as_json,
            times=contest.game.cells,
        )
        warn_of_alike(contest.scenario, contest.strategies, quiet or as_json)
        ending.kept(folder)
        with told_of_lost() as on_lost:
            table = replicated(
                folder,
                wanted,
                quiet or as_json,
                lambda on_done, stop: games.play(
                    contest, folder, wanted, threads, fresh, lambda done, _: on_done(done), stop, on_lost
                ),
            )
        found = games.analyse(
            contest.payoffs(table), contest.nobody, contest.game.resamples, contest.game.seed
        )
        written, document, tables = _told(contest, found, table, folder)
        keep(folder, written, ending)
        tell(document, tables, as_json, quiet, time.monotonic() - started)


def _told(
    contest: Contest, found: Analysis, table: pa.Table, folder: Path
) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Files, JSON document and tables of a game."""
    from zerosum.report.document_game import dominations_frame, game_document, payoffs_frame
    from zerosum.report.plots.game import plot_dynamics, plot_payoffs
    from zerosum.report.table_game import game_tables
    from zerosum.runs import store

    document = game_document(contest, found, [folder / name for name in FILES])
    writers = (
        store.document(document),
        store.csv(payoffs_frame(found.payoffs)),
        store.csv(dominations_frame(found)),
        store.picture(plot_payoffs(found)),
        store.picture(plot_dynamics(found)),
        store.arrow(table),
    )
    return dict(zip(FILES, writers, strict=True)), document, game_tables(contest, found)
