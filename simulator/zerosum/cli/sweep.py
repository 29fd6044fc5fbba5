"""``zerosum sweep``: run an experiment at all points, on any machine."""

from __future__ import annotations

import math
import re
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zerosum.cli.session import (
    Session,
    count_replications,
    kept_options,
    options,
    reporting_lost,
    workers_that_fit,
)
from zerosum.cli.terminal import EXIT_FAILED, notify, say, say_how_to_go_on, stages, stoppable
from zerosum.errors import InputError, RunError
from zerosum.machine import usable_cores

if TYPE_CHECKING:
    from zerosum.runs.executors import Executor
    from zerosum.studies.sweep import Study, Swept


executor_options = options(
    click.option(
        "--workers",
        type=click.IntRange(0, 1024),
        metavar="N",
        help="Processes (default: one per usable core; 0: in this process, to debug). Changes the time, not the "
        "result.",
    ),
    click.option(
        "--dask",
        metavar="ADDRESS",
        help="Simulate on the Dask cluster at this address; 'local' starts one here.",
    ),
    click.option(
        "--wait-for-workers",
        metavar="SECONDS",
        help="With --dask: seconds to wait for a worker, at first and when all are gone; or 'forever' (default: "
        "1 hour).",
    ),
)
"""The executor; see :func:`make_executor`."""


@click.command()
@click.argument("file")
@click.option("--plan", is_flag=True, help="Show the number of runs, the disk space and the time, then stop.")
@click.option("--status", is_flag=True, help="Show the progress, then stop.")
@click.option(
    "--verify",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Simulate N kept runs again; they must be equal to the last bit.",
)
@count_replications("the experiment's", " at each point", adds=1)
@click.option("--strategy", metavar="B", help="Run this strategy only, beside the one it is compared with.")
@click.option(
    "--against",
    metavar="A",
    help="The strategy to compare with (default: the experiment's, or the baseline); it is run, too.",
)
@executor_options
@click.option(
    "--shard",
    metavar="I/N",
    help="Simulate the I-th of N parts only, while other jobs do the rest (job arrays).",
)
@click.option("--retry", is_flag=True, help="Repeat failed runs.")
@kept_options
def sweep(
    session: Session,
    file: str,
    plan: bool,
    status: bool,
    verify: int | None,
    replications: int | None,
    strategy: str | None,
    against: str | None,
    workers: int | None,
    dask: str | None,
    wait_for_workers: str | None,
    shard: str | None,
    retry: bool,
    fresh: bool,
) -> None:
    """Run an experiment at all of its design points.

    Use it to simulate many parameter values, on one machine or a cluster. FILE is an experiment's file, or the name of
    one that ships, such as saturation ('zerosum experiments' lists them). Finished runs are kept: after Ctrl-C, a crash
    or a full disk, the same command continues.
    """
    from zerosum.report import sweep as report
    from zerosum.studies.questions import question_file
    from zerosum.studies.sweep.folder import OUTPUTS, default_folder
    from zerosum.studies.sweep.plan import check_memory, planned

    part = _shard(shard)
    patience = parse_patience(wait_for_workers, dask)
    asked = [n for n, given in (("--plan", plan), ("--status", status), ("--verify", verify)) if given]
    if len(asked) > 1:
        raise InputError(f"{' and '.join(asked)}: give one of them")
    if fresh and part:
        raise InputError(
            "--fresh and --shard: each shard would delete what the others have made; delete the folder first"
        )
    check_dask(dask, workers)
    here = question_file(file)
    study = lay_out_study(here, strategy, against).asking(replications)
    if part and study.experiment.precision:
        raise InputError(
            f"--shard {shard}: an experiment with a precision needs all results at once; leave --shard out"
        )
    folder = session.folder(default_folder(study), "sweep", OUTPUTS)
    many = workers if workers is not None else usable_cores()
    if status:
        there = _open(study, folder)
        for lost in there.lost:
            notify(str(lost))
        say(report.describe_progress(there))
        return
    if verify is not None:
        _verify(study, folder, verify, session.quiet)
        return
    check_memory(study)
    _check_points(study, session.quiet)
    found_plan = planned(study, folder, pilot=plan)
    if plan:
        say(report.describe_plan(study, found_plan, max(1, many)))
        return
    for line in () if session.quiet else report.format_notes(study):
        notify(line)
    fitting = workers_that_fit(
        file,
        found_plan.largest,
        max(1, many),
        found_plan.replications,
        quiet=session.quiet,
        process=many > 0,
        times=found_plan.points,
    )
    executor = make_executor(fitting if many else 0, dask, patience)
    session.ending.kept(folder)
    swept = _swept(study, folder, executor, part, retry, fresh, session.others, session.quiet)
    if part and swept.missing:
        done = "is not done" if swept.missing_here else "is done"
        say(f"Shard {shard} {done}. Of all shards: {report.format_progress(swept)}")
    elif swept.tables or swept.failures:
        _finish(session, folder, swept)
    if swept.missing_here:
        raise RunError(
            f"{swept.missing_here:,} runs are missing: their files were removed from {folder}/ while the sweep ran, or "
            f"can't be read any more. What is there is kept; {say_how_to_go_on()}"
        )
    if swept.failures or not swept.precise:
        raise click.exceptions.Exit(EXIT_FAILED)


def lay_out_study(here: Path, strategy: str | None = None, against: str | None = None) -> Study:
    """Return an experiment's study; with options, of one strategy only, and compared with another one.

    Raises
    ------
    InputError
        if the experiment is invalid; if there are no such strategies, or the two are the same
    """
    from zerosum.studies.sweep import Study, load_experiment

    experiment, changes = load_experiment(here), dict[str, Any]()
    if strategy is not None:
        if strategy == against:
            raise InputError(f"--strategy and --against are both '{strategy}'; a difference needs two")
        changes["strategies"] = (strategy,)
    if against is not None:
        changes["against"] = against
    if not changes:
        return Study(experiment, here)
    given = {name: getattr(experiment, name) for name in experiment.model_fields_set}
    try:
        return Study(type(experiment).model_validate(given | changes), here)
    except InputError as error:
        said = str(error).replace(f"{here}: against = '{against}'", f"--against {against}")
        raise InputError(re.sub(r".*: (?=there is no strategy)", f"--strategy {strategy}: ", said)) from None


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text.strip())
    number, of = map(int, match.groups()) if match else (0, 0)
    if not 1 <= number <= of:
        raise InputError(f"--shard {text}: write which of how many, from 1/N to N/N, such as 3/10")
    return number, of


def check_dask(dask: str | None, workers: int | None) -> None:
    """Raise an error for an empty address, or for ``--workers`` with a cluster."""
    if dask is not None and not dask.strip():
        raise InputError("--dask '': give the scheduler's address, such as tcp://10.0.0.5:8786, or 'local'")
    if dask and dask != "local" and workers is not None:
        raise InputError(
            f"--workers {workers}: the cluster at {dask} has its own workers; leave --workers out"
        )


def parse_patience(text: str | None, dask: str | None) -> float | None:
    """Return the seconds to wait for a cluster's worker; None: no limit."""
    from zerosum.runs.executors.dask import WAIT

    if text is None:
        return WAIT
    if not dask:
        raise InputError(
            f"--wait-for-workers {text}: only with --dask; processes of this machine are there at once"
        )
    if text.strip().lower() == "forever":
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds < math.inf:
        raise InputError(f"--wait-for-workers {text}: give seconds, such as 600, or 'forever'")
    return seconds


def make_executor(workers: int, dask: str | None, patience: float | None) -> Executor:
    """Return the executor: a cluster, ``workers`` processes, or if 0 this process."""
    from zerosum.runs.executors import Here, Processes

    if dask:
        from zerosum.runs.executors.dask import Dask

        # Shown even with --quiet: it explains the wait for a cluster.
        return Dask(dask, max(1, workers), patience, lambda news: notify(news))
    return Processes(workers) if workers else Here()


def _check_points(study: Study, quiet: bool) -> None:
    """Build the points' scenarios, so that errors show before the runs."""
    from zerosum.studies.sweep.points import CHECKED

    with _progress("checking points", quiet) as on_runs:
        for done, _ in enumerate(study.checked(), start=1):
            if done % 100 == 0:
                on_runs(done, min(CHECKED, len(study.points)), 0)


def _open(study: Study, folder: Path) -> Swept:
    from zerosum.studies.questions import name_of
    from zerosum.studies.sweep import standing
    from zerosum.studies.sweep.folder import refuse_others

    if not folder.is_dir():
        raise InputError(f"{folder}: nothing is there yet; 'zerosum sweep {name_of(study.here)}' begins it")
    refuse_others(folder, study)
    return standing(study, folder)


def _swept(
    study: Study,
    folder: Path,
    executor: Executor,
    shard: tuple[int, int] | None,
    retry: bool,
    fresh: bool,
    others: list[Path],
    quiet: bool,
) -> Swept:
    from zerosum.runs import outputs
    from zerosum.studies.sweep import State
    from zerosum.studies.sweep import sweep as make_all

    outputs.check_writable(folder)
    state = [State(0, 0, 0)]
    with _progress("runs", quiet) as on_runs, reporting_lost() as on_lost:

        def on_state(now: State) -> None:
            state[0] = now
            on_runs(now.done + now.failed, now.wanted, now.failed)

        return stoppable(
            lambda stop: make_all(
                study,
                folder,
                executor,
                shard,
                retry,
                fresh,
                on_state,
                stop,
                on_lost,
                others,
                shared=not study.experiment.precision,
            ),
            lambda: f"Stopped: {state[0].done:,} of {state[0].wanted:,} runs are done.",
        )


def _finish(session: Session, folder: Path, swept: Swept) -> None:
    """Write the files of a sweep, and show its results."""
    import pandas as pd

    from zerosum.report.sweep import describe_sweep, summarize_sweep
    from zerosum.runs import outputs
    from zerosum.studies.sweep import responses

    found = responses(swept)
    columns = ["point", "replication", "kind", "error", "trace"]
    written: dict[str, Any] = {
        "responses.csv": outputs.csv(found),
        "points.csv": outputs.csv(swept.study.points.rename_axis("point").reset_index()),
        "failures.csv": outputs.csv(pd.DataFrame([vars(f) for f in swept.failures], columns=columns)),
    }
    tables = {f"{name}.parquet": outputs.arrow(table) for name, table in swept.tables.items()}
    document = summarize_sweep(swept, found, [folder / name for name in (*written, outputs.SUMMARY, *tables)])
    then = f"What decides, and where: zerosum analyse {shlex.quote(str(folder))}"
    session.finish(folder, document, written | tables, describe_sweep(swept, found), then)


def _verify(study: Study, folder: Path, count: int, quiet: bool) -> None:
    from zerosum.studies.sweep.verify import verify

    there = _open(study, folder)
    with _progress("runs made again", quiet) as on_runs:
        differing = stoppable(lambda stop: verify(there, count, lambda done, of: on_runs(done, of, 0), stop))
    if there.lost:
        raise RunError("; ".join(str(lost) for lost in there.lost))
    if not differing.tried:
        raise RunError(f"{folder}: no run is there that could be made again")
    if differing.wrong:
        point, replication, column = differing.wrong[0]
        raise RunError(
            f"{len(differing.wrong):,} of {differing.tried:,} runs have another result, first point {point}, "
            f"replication {replication} (in {column}). The stored runs are not what this engine makes."
        )
    say(
        f"{differing.tried:,} of the {differing.stored:,} runs asked for made again: the same to the last bit."
    )


@contextmanager
def _progress(what: str, quiet: bool) -> Iterator[Callable[[int, int, int], None]]:
    """Show progress, speed and failures of many runs: call with (done, total, failed)."""
    began, first = time.monotonic(), -1

    def words(done: int, failed: int) -> str:
        nonlocal first
        if first < 0:
            first = done  # earlier runs say nothing about the speed
        rate = (done - first) / max(time.monotonic() - began, 1e-9)
        return f"{what}, {rate:.3g} a second" + (f", {failed:,} failed" if failed else "")

    with stages(quiet) as on_stage:
        yield lambda done, of, failed: on_stage(words(done, failed), done, of)
