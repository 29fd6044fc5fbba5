"""On a Dask cluster: processes started here, or a scheduler somewhere else.

Workers need the same zerosum and libraries; nothing else, no shared disk: rows come back through the scheduler, and
this process writes them.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from simulator.experiments.executors.interface import Batches, ExecutorError, Stopped, Suspects
from simulator.experiments.work import Done, Task, Work
from simulator.results.origin import differing, origin

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = 10.0
"""Seconds within which a scheduler must answer."""

LOCAL = "local"
"""In place of an address: start workers on this machine."""


class Dask:
    """Makes runs on a cluster.

    Parameters
    ----------
    address : str       of the scheduler, such as tcp://10.0.0.5:8786; "local" starts one here
    workers : int       of a local one
    """

    def __init__(self, address: str, workers: int) -> None:
        self.address, self.workers = address, workers

    def run(self, work: Work, batches: Batches, stop: threading.Event) -> Iterator[Done]:
        """See :class:`Executor`."""
        try:
            import distributed
        except ImportError:
            raise ExecutorError(
                "Dask is not installed here: pip install 'zerosum[dask]' (or distributed)"
            ) from None
        with contextlib.ExitStack() as opened:
            client = self._connected(distributed, opened)
            self.workers = _threads(client) or self.workers
            _refuse_others(client)
            yield from _worked_on(distributed, client, work, batches, stop, self)

    def _connected(self, distributed: Any, opened: contextlib.ExitStack) -> Client:
        address: Any = self.address
        if address == LOCAL:
            # Processes of one thread each: while one waits for the interpreter, no other core idles.
            address = opened.enter_context(
                distributed.LocalCluster(
                    n_workers=self.workers, threads_per_worker=1, processes=True, dashboard_address=None
                )
            )
        try:
            return opened.enter_context(distributed.Client(address, timeout=PATIENCE))
        except (OSError, TimeoutError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise ExecutorError(
                f"--dask {self.address}: no scheduler answers there within {PATIENCE:g} s ({reason}). "
                "'dask scheduler' starts one, and says its address"
            ) from None


def _threads(client: Client) -> int:
    return sum(client.nthreads().values())  # type: ignore[no-untyped-call]


def _refuse_others(client: Client) -> None:
    """Refuse a cluster without workers, or whose workers would make other bits."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise ExecutorError(
            f"the scheduler answers, but has no workers within {PATIENCE:g} s: 'dask worker ADDRESS' starts one"
        ) from None
    try:
        answers = client.run(origin)
    except Exception as error:
        raise ExecutorError(
            f"workers can't load zerosum ({type(error).__name__}: {error}); install the same version there"
        ) from None
    for worker, theirs in answers.items():
        other = differing(theirs)
        if other:
            raise ExecutorError(
                f"worker {worker} would make runs otherwise than here ({other}); install the same there"
            )


def _call(work: Work, batch: Sequence[Task]) -> Done:
    return work(batch)


def _worked_on(
    distributed: Any,
    client: Client,
    work: Work,
    batches: Batches,
    stop: threading.Event,
    executor: Dask,
) -> Iterator[Done]:
    suspects = Suspects()
    # Sent once to each worker, not with each batch.
    shared = client.scatter(work, broadcast=True)  # type: ignore[no-untyped-call]
    running: dict[Any, Sequence[Task]] = {}
    again: list[Sequence[Task]] = []

    def following() -> Sequence[Task] | None:
        return again.pop(0) if again else next(batches, None)

    def submit(batch: Sequence[Task]) -> None:
        running[client.submit(_call, shared, batch, pure=False, retries=0)] = batch

    try:
        while True:
            # Two a worker, so that none waits for its next batch to come over the network.
            while len(running) < 2 * max(1, executor.workers) and (batch := following()) is not None:
                submit(batch)
            if not running:
                return
            with contextlib.suppress(TimeoutError):
                distributed.wait(list(running), timeout=0.5, return_when="FIRST_COMPLETED")
            if stop.is_set():
                raise Stopped
            for future in [future for future in running if future.done()]:
                batch = running.pop(future)
                if future.status == "finished":
                    yield future.result()
                    continue
                error = future.exception() if future.status == "error" else None
                if error is not None and not isinstance(error, distributed.KilledWorker):
                    raise ExecutorError(f"a worker can't do its work: {type(error).__name__}: {error}")
                retried, given_up = suspects.died(batch)
                again.extend(retried)
                if given_up is not None:
                    yield given_up
    finally:
        with contextlib.suppress(Exception):
            client.cancel(list(running))  # type: ignore[no-untyped-call]
