"""``zerosum game``: find best responses and equilibria if competitors react."""

from __future__ import annotations

import click

from zerosum.cli.session import (
    Session,
    count_replications,
    details_option,
    kept_options,
    reporting_lost,
    run_replications,
    warn_of_alike,
    workers_option,
    workers_that_fit,
)
from zerosum.cli.terminal import check_extra

FILES = ("summary.json", "payoffs.csv", "dominations.csv", "payoffs.png", "dynamics.png", "cells.parquet")


@click.command()
@click.argument("file")
@count_replications("the file's", adds=2)
@workers_option
@details_option
@kept_options
def game(
    session: Session, file: str, replications: int | None, workers: int | None, fresh: bool, details: bool
) -> None:
    """Find where vendors end up if each reacts to the others.

    Use it when competitors may answer your strategy. It simulates every combination of the players' strategies on the
    same random events. Then it finds best responses and equilibria. FILE is a game's file, or the name of one that
    ships, such as arms-race ('zerosum experiments' lists them).

    Finished replications are kept: after Ctrl-C or a crash, the same command continues.
    """
    check_extra("game")
    from zerosum.report.game import describe_game, dominations_frame, payoffs_frame, summarize_game
    from zerosum.report.plots.game import plot_dynamics, plot_payoffs
    from zerosum.runs import outputs
    from zerosum.studies import game as games
    from zerosum.studies.questions import question_file

    here = question_file(file)
    contest = games.Contest(games.load_game(here), here)
    folder = session.folder(contest.default_folder(), "game", FILES)
    spec, wanted = contest.scenario, replications or contest.game.replications
    times = contest.game.cells
    threads = workers_that_fit(file, spec, workers, wanted, quiet=session.quiet, times=times)
    warn_of_alike(spec, contest.strategies, session.quiet)
    session.ending.kept(folder)
    with reporting_lost() as on_lost:
        table = run_replications(
            folder,
            wanted,
            session.quiet,
            lambda on_done, stop: games.play(
                contest,
                folder,
                wanted,
                threads,
                fresh,
                lambda done, _: on_done(done),
                stop,
                on_lost,
                session.others,
            ),
        )
    payoffs = contest.payoffs(table)
    found = games.analyse(payoffs, contest.nobody, contest.game.resamples, contest.game.seed)
    written = {
        "payoffs.csv": outputs.csv(payoffs_frame(found.payoffs)),
        "dominations.csv": outputs.csv(dominations_frame(found)),
        "payoffs.png": outputs.picture(plot_payoffs(found, contest.scenario.money.currency)),
        "dynamics.png": outputs.picture(plot_dynamics(found)),
        "cells.parquet": outputs.arrow(table),
    }
    document = summarize_game(contest, found, session.files)
    more = "" if details else "--details: what is dominated, where copying leads, limits"
    session.finish(folder, document, written, describe_game(contest, found, details), more)
