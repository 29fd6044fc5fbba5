"""What a sweep costs beside its runs: against bare loops in as many processes, and in threads instead of processes."""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

from benchmarks.measure import Options, Table
from zerosum.machine import usable_cores
from zerosum.market.run import branches, warm_up
from zerosum.runs.executors import Processes
from zerosum.runs.work import Batches, Done
from zerosum.scenario import load_scenario
from zerosum.studies.sweep import Study, load_experiment, sweep
from zerosum.studies.sweep.work import Work

EXPERIMENT = """
scenario = "workshop"
metrics = ["won_revenue_per_rep"]
replications = {replications}

[[factors]]
key = "market.saturation"
values = [0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99]
"""
POINTS = 10


class Threads:
    """Makes runs in threads of this process: the kernels let go of the interpreter, what is around them doesn't."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, work: Work, batches: Batches, stop: threading.Event) -> Iterator[Done]:
        with ThreadPoolExecutor(self.workers) as pool:
            running = {
                pool.submit(work, batch) for _, batch in zip(range(self.workers), batches, strict=False)
            }
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    if (batch := next(batches, None)) is not None:
                        running.add(pool.submit(work, batch))
                    yield future.result()


def _bare(numbers: Sequence[int]) -> None:
    """Simulate, and do nothing with what came out."""
    scenario = load_scenario("workshop")
    for number in numbers:
        start = warm_up(scenario, number)
        for _ in branches(start, scenario.compared_names, scenario.comparison.adopters):
            pass


def _bare_processes(runs: int, workers: int) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["zerosum.runs.executors.warm"])
    processes = [
        context.Process(target=_bare, args=(range(worker, runs, workers),)) for worker in range(workers)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def measure(options: Options) -> list[Table]:
    """Time by the clock, all in turn, several times: nothing else may use the cores meanwhile."""
    runs, workers = (40 if options.quick else 1000), usable_cores()
    ways: dict[str, Callable[[Path], object]] = {
        "bare loops, a process a core": lambda _: _bare_processes(runs, workers),
        "sweep, processes": lambda folder: _sweep(folder, Processes(workers), runs),
        "sweep, threads": lambda folder: _sweep(folder, Threads(workers), runs),
    }
    _bare_processes(2, 1)  # starts the server that processes come from
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(1 if options.quick else 3):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                started = time.perf_counter()
                way(Path(folder))
                seconds[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(took) for name, took in seconds.items()}
    bare = medians["bare loops, a process a core"]
    rows = [
        [name, f"{took:.1f}", f"{runs / took:.1f}", f"{100 * bare / took:.0f}%"]
        for name, took in medians.items()
    ]
    title = f"{runs:,} runs of workshop (3 strategies each) on {workers} cores"
    columns = ("way", "by the clock (s)", "runs/s", "of the bare loops")
    note = (
        "A bare loop simulates and throws away. A sweep also computes all metrics, and has every run on disk."
    )
    return [Table("sweeps", title, columns, rows, [note])]


def _sweep(folder: Path, executor: object, runs: int) -> object:
    file = folder / "bench.toml"
    file.write_text(EXPERIMENT.format(replications=runs // POINTS), encoding="utf-8")
    return sweep(Study(load_experiment(file), file), folder / "out", executor)  # type: ignore[arg-type]
