"""``zerosum sweep``: all runs of an experiment, wherever they are made."""

from __future__ import annotations

import math
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zerosum.cli.common import keep, kept_options, tell, tell_of_unchecked, told_of_lost, workers_that_fit
from zerosum.cli.folder import folder_for
from zerosum.cli.terminal import EXIT_FAILED, Fault, goes_on, plainly, runs_progress, say, stoppable
from zerosum.machine import usable_cores

if TYPE_CHECKING:
    from zerosum.runs.executors import Executor
    from zerosum.studies.sweep import Study, Swept


@click.command()
@click.argument("file")
@click.option("--plan", is_flag=True, help="Say how many runs, how much disk and time it takes, and stop.")
@click.option("--status", is_flag=True, help="Say how far it is, and stop.")
@click.option(
    "--verify",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Make N stored runs again; they must come out the same to the last bit.",
)
@click.option(
    "--replications",
    "-n",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="Runs at each point (default: the experiment's). More of them add to those that are there.",
)
@click.option(
    "--workers",
    type=click.IntRange(0, 1024),
    metavar="N",
    help="Processes (default: one per usable core; 0: in this process, to debug). Changes the time, not the result.",
)
@click.option("--dask", metavar="ADDRESS", help="Make runs on a Dask cluster; 'local' starts one here.")
@click.option(
    "--wait-for-workers",
    metavar="SECONDS",
    help="With --dask: wait so long for a worker, at the start and when all are gone; or 'forever' (default: 1 hour).",
)
@click.option(
    "--shard",
    metavar="I/N",
    help="Make the I-th of N parts only, beside others that make the rest (job arrays).",
)
@click.option("--retry", is_flag=True, help="Try again what failed before.")
@kept_options
def sweep(
    file: str,
    plan: bool,
    status: bool,
    verify: int | None,
    replications: int | None,
    workers: int | None,
    dask: str | None,
    wait_for_workers: str | None,
    shard: str | None,
    retry: bool,
    fresh: bool,
    out: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Make all runs of an experiment, and say what came out at each point.

    FILE is an experiment's file, or the name of one that ships (saturation): 'zerosum experiments' lists them.
    What is finished is on disk: stopped by Ctrl-C, a crash or a full disk, the same command goes on from there.
    """
    with plainly() as ending:
        started = time.monotonic()
        from zerosum.report import table_sweep
        from zerosum.studies import sweep as experiments
        from zerosum.studies.sweep.folder import OUTPUTS, as_begun, default_folder
        from zerosum.studies.sweep.reading import question_file

        part = _shard(shard)
        patience = _patience(wait_for_workers, dask)
        _refuse_together(plan, status, verify, fresh, part, workers, dask)
        here = question_file(file)
        study = experiments.Study(experiments.load_experiment(here), here)
        if part and study.experiment.precision:
            raise Fault(
                f"--shard {shard}: where a precision is asked for, what is still to do hangs on all results"
            )
        if not fresh:
            asked, study = study, as_begun(study, Path(out) if out else None)
            if study is not asked:
                click.echo(f"{here}: {table_sweep.BEGUN_ON_COMMON_LUCK}", err=True)
        folder = folder_for(out, default_folder(study), "sweep", OUTPUTS)
        many = workers if workers is not None else usable_cores()
        if status:
            there = _opened(study, folder, replications)
            for lost in there.lost:
                click.echo(str(lost), err=True)
            say(*table_sweep.standing_lines(there), *table_sweep.failure_lines(there.failures, study))
            return
        if verify is not None:
            _verify(study, folder, replications, verify, quiet)
            return
        from zerosum.studies.sweep.plan import check_memory, planned

        check_memory(study, replications or study.experiment.replications)
        _check_points(study, quiet or as_json)
        found_plan = planned(study, folder, replications, pilot=plan)
        if plan:
            say(table_sweep.plan_table(study, found_plan, max(1, many)))
            return
        for line in () if quiet or as_json else table_sweep.notes(study):
            click.echo(line, err=True)
        fitting = workers_that_fit(
            file,
            found_plan.largest,
            max(1, many),
            found_plan.replications,
            quiet=quiet or as_json,
            process=many > 0,
            times=found_plan.points,
        )
        many = fitting if many else 0
        ending.kept(folder)
        swept = _swept(
            study,
            folder,
            _executor(many, dask, patience),
            replications,
            part,
            retry,
            fresh,
            quiet or as_json,
        )
        tell_of_unchecked(swept.unchecked, "parts")
        if part and swept.missing:
            done = "is not done" if swept.missing_here else "is done"
            say(f"Shard {shard} {done}. Of all shards: {table_sweep.standing_text(swept)}")
            _end(swept, folder)
            return
        if not swept.tables and not swept.failures:
            _end(swept, folder)
        written, document, table = _told(swept, folder)
        keep(folder, written, ending)
        tell(document, table, as_json, quiet, time.monotonic() - started)
        _end(swept, folder)


def _end(swept: Swept, folder: Path) -> None:
    if swept.missing_here:
        raise Fault(
            f"{swept.missing_here:,} runs are missing: their files were removed from {folder}/ while the sweep ran, or "
            f"can't be read any more. What is there is kept; {goes_on()}",
            EXIT_FAILED,
        )
    if swept.failures or not swept.precise:
        raise click.exceptions.Exit(EXIT_FAILED)


def _refuse_together(
    plan: bool,
    status: bool,
    verify: int | None,
    fresh: bool,
    shard: tuple[int, int] | None,
    workers: int | None,
    dask: str | None,
) -> None:
    asked = [n for n, given in (("--plan", plan), ("--status", status), ("--verify", verify)) if given]
    if len(asked) > 1:
        raise Fault(f"{' and '.join(asked)}: one at a time")
    if fresh and shard:
        raise Fault(
            "--fresh and --shard: each shard would delete what the others have made; delete the folder first"
        )
    if dask is not None and not dask.strip():
        raise Fault("--dask '': give the scheduler's address, such as tcp://10.0.0.5:8786, or 'local'")
    if dask and dask != "local" and workers is not None:
        raise Fault(f"--workers {workers}: the workers of {dask} are as many as it has")


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text.strip())
    number, of = map(int, match.groups()) if match else (0, 0)
    if not 1 <= number <= of:
        raise Fault(f"--shard {text}: write which of how many, from 1/N to N/N, such as 3/10")
    return number, of


def _patience(text: str | None, dask: str | None) -> float | None:
    """Seconds to wait for a worker of a cluster; None: for ever."""
    from zerosum.runs.executors.dask import WAIT

    if text is None:
        return WAIT
    if not dask:
        raise Fault(
            f"--wait-for-workers {text}: only with --dask; processes of this machine are there at once"
        )
    if text.strip().lower() == "forever":
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds < math.inf:
        raise Fault(f"--wait-for-workers {text}: give seconds, such as 600, or 'forever'")
    return seconds


def _executor(workers: int, dask: str | None, patience: float | None) -> Executor:
    from zerosum.runs.executors import Here, Processes

    if dask:
        from zerosum.runs.executors.dask import Dask

        # Said though --quiet: whoever waits for a cluster must know for what.
        return Dask(dask, max(1, workers), patience, lambda news: click.echo(news, err=True))
    return Processes(workers) if workers else Here()


def _check_points(study: Study, quiet: bool) -> None:
    """Make the points' scenarios, so that a fault shows now and not in an hour."""
    from zerosum.studies.sweep.points import CHECKED

    with runs_progress("checking points", quiet) as on_state:
        for done, _ in enumerate(study.checked(), start=1):
            if done % 100 == 0:
                on_state(done, min(CHECKED, len(study.points)), 0)


def _opened(study: Study, folder: Path, replications: int | None) -> Swept:
    from zerosum.studies.sweep import standing
    from zerosum.studies.sweep.folder import refuse_others
    from zerosum.studies.sweep.reading import called

    if not folder.is_dir():
        raise Fault(f"{folder}: nothing is there yet; 'zerosum sweep {called(study.here)}' begins it")
    refuse_others(folder, study)
    return standing(study, folder, replications)


def _swept(
    study: Study,
    folder: Path,
    executor: Executor,
    replications: int | None,
    shard: tuple[int, int] | None,
    retry: bool,
    fresh: bool,
    quiet: bool,
) -> Swept:
    from zerosum.runs import store
    from zerosum.studies.sweep import State
    from zerosum.studies.sweep import sweep as make_all

    store.check_writable(folder)
    state = [State(0, 0, 0)]
    with runs_progress("runs", quiet) as on_runs:

        def on_state(now: State) -> None:
            state[0] = now
            on_runs(now.done + now.failed, now.wanted, now.failed)

        with told_of_lost() as on_lost:
            return stoppable(
                lambda stop: make_all(
                    study, folder, executor, replications, shard, retry, fresh, on_state, stop, on_lost
                ),
                lambda: f"Stopped: {state[0].done:,} of {state[0].wanted:,} runs are done.",
            )


def _told(swept: Swept, folder: Path) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Files, JSON document and tables of a finished sweep."""
    import pandas as pd

    from zerosum.report import table_sweep
    from zerosum.report.document_sweep import sweep_document
    from zerosum.runs import store
    from zerosum.studies.sweep import responses

    found = responses(swept)
    failures = pd.DataFrame(
        [vars(f) for f in swept.failures], columns=["point", "replication", "kind", "error", "trace"]
    )
    tables = {f"{name}.parquet": store.arrow(table) for name, table in swept.tables.items()}
    names = ["responses.csv", "points.csv", "failures.csv", "summary.json", *tables]
    document = sweep_document(swept, found, [folder / name for name in names])
    written = {
        "responses.csv": store.csv(found),
        "points.csv": store.csv(swept.study.points.rename_axis("point").reset_index()),
        "failures.csv": store.csv(failures),
        "summary.json": store.document(document),
        **tables,
    }
    return written, document, table_sweep.sweep_tables(swept, found)


def _verify(study: Study, folder: Path, replications: int | None, count: int, quiet: bool) -> None:
    from zerosum.studies.sweep.verify import verify

    there = _opened(study, folder, replications)
    with runs_progress("runs made again", quiet) as on_runs:
        differing = stoppable(lambda stop: verify(there, count, lambda done, of: on_runs(done, of, 0), stop))
    if there.lost:
        raise Fault("; ".join(str(lost) for lost in there.lost), EXIT_FAILED)
    if not differing.tried:
        raise Fault(f"{folder}: no run is there that could be made again", EXIT_FAILED)
    if differing.wrong:
        point, replication, column = differing.wrong[0]
        raise Fault(
            f"{len(differing.wrong):,} of {differing.tried:,} runs came out otherwise, first point {point}, "
            f"replication {replication} (in {column}). The stored runs are not what this engine makes.",
            EXIT_FAILED,
        )
    say(f"{differing.tried:,} of {differing.stored:,} stored runs made again: the same to the last bit.")
