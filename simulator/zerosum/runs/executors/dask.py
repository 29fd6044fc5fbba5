"""Run on a Dask cluster: processes started here, or a scheduler on another machine.

Workers need the same zerosum and libraries. The scheduler unpacks messages, so it needs zerosum, too. No shared disk
is needed: rows come back through the scheduler, and this process writes them.

On a shared cluster, workers start one by one and may be stopped again. So each new worker is asked for its versions
and gets its own batches; if it vanishes, others get its batches.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import logging
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from zerosum.errors import ExecutorError
from zerosum.runs.executors.ship import receive, ship
from zerosum.runs.executors.starting import main_not_imported, without_ctrl_c
from zerosum.runs.origin import differing, versions
from zerosum.runs.work import Batches, Done, Stopped, Suspects, Task, Work

_Client: TypeAlias = Any
_Future: TypeAlias = Any
"""Dask has few annotations: each method call would need a `type: ignore`."""

PATIENCE = 10.0
"""Seconds within which a scheduler must answer, at first and after a lost connection."""

WAIT = 3600.0
"""Seconds to wait for workers, by default."""

TICK, LOOK = 0.2, 0.5
"""Seconds between two checks for finished batches, unless one reports earlier; and for workers."""

GRACE, AGAIN = 3.0, 60.0
"""Seconds of waiting before the first message, and between two: a nanny replaces a worker within the first."""

LOCAL = "local"
"""Instead of an address: start workers on this machine."""

_AWAY = (OSError, TimeoutError, CancelledError)
"""Errors of a result that was lost with its worker, or with the connection."""

_CUT_OFF = ("cancelled", "lost")
"""States of a batch whose connection broke."""


class Dask:
    """Makes runs on a cluster.

    Parameters
    ----------
    address : str
        Of the scheduler, such as tcp://10.0.0.5:8786; "local" starts one here.
    workers : int
        Of a local cluster.
    wait : float, seconds, optional
        To wait for a worker, at the start and when all are gone; None: forever.
    on_news : callable
        Called with a sentence about the cluster: it has no workers, one is refused.

    Attributes
    ----------
    workers : int
        Threads of all workers that make runs now.
    """

    def __init__(
        self,
        address: str,
        workers: int,
        wait: float | None = WAIT,
        on_news: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.address, self.workers, self.wait, self.on_news = address, workers, wait, on_news

    def run(self, work: Work, batches: Batches, stop: threading.Event) -> Iterator[Done]:
        """See :class:`Executor`."""
        try:
            import distributed
        except ImportError:
            raise ExecutorError(
                "Dask is not installed here: pip install 'zerosum[dask]' (or distributed)"
            ) from None
        with contextlib.ExitStack() as opened:
            opened.enter_context(_silenced("distributed.client", "distributed.nanny"))
            client = self._connected(distributed, opened)
            _refuse_scheduler(self.address, client)
            yield from _Sharing(distributed, client, work, batches, self).run(stop)

    def _connected(self, distributed: Any, opened: contextlib.ExitStack) -> _Client:
        address: Any = self.address
        if address == LOCAL:
            # Dask starts workers from its own threads, and again when one has died.
            opened.enter_context(main_not_imported(in_all_threads=True))
            try:
                with without_ctrl_c():  # those threads, and processes that they start, keep it blocked
                    # Processes of one thread each: none waits for another one's GIL.
                    cluster = distributed.LocalCluster(
                        n_workers=self.workers,
                        threads_per_worker=1,
                        processes=True,
                        dashboard_address=None,
                        silence_logs=logging.CRITICAL,
                    )
            except (OSError, RuntimeError, TimeoutError) as error:
                raise ExecutorError(
                    f"no local cluster of Dask can be started here ({_brief(error)})"
                ) from None
            address = opened.enter_context(cluster)
        try:
            with warnings.catch_warnings():  # versions that matter are compared below
                warnings.simplefilter("ignore", distributed.versions.VersionMismatchWarning)
                return opened.enter_context(distributed.Client(address, timeout=PATIENCE))
        except (OSError, TimeoutError, ValueError) as error:
            raise ExecutorError(
                f"no Dask scheduler answers at {self.address} within {PATIENCE:g} s ({_brief(error)}). "
                "'dask scheduler' starts one, and says its address"
            ) from None


@contextlib.contextmanager
def _silenced(*names: str) -> Iterator[None]:
    """Silence a library's messages about faults that are handled, or reported here in plainer words."""
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _brief(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _libraries() -> dict[str, str]:
    """Return the versions that scheduler and client must share."""
    return {name: importlib.metadata.version(name) for name in ("dask", "distributed")}


def _refuse_scheduler(address: str, client: _Client) -> None:
    """Refuse a scheduler that can't unpack messages."""
    try:
        theirs = client.run_on_scheduler(_libraries)
    except Exception as error:
        raise ExecutorError(
            f"the scheduler at {address} can't load zerosum ({type(error).__name__}: {_brief(error)}), and what goes "
            "to workers is unpacked there; install the same version for the scheduler, too"
        ) from None
    _refuse_libraries(address, theirs)


def _refuse_libraries(address: str, theirs: Mapping[str, str]) -> None:
    other = ", ".join(
        f"{name} {theirs.get(name, 'unknown')}, here {ours}"
        for name, ours in _libraries().items()
        if theirs.get(name) != ours
    )
    if other:
        raise ExecutorError(f"the scheduler at {address} has {other}; install the same here and there")


def _call(packed: bytes, batch: Sequence[Task]) -> Done:
    return _unpacked(packed)(batch)


@lru_cache(maxsize=2)
def _unpacked(packed: bytes) -> Work:
    """Return the work, the same object for all batches of a study: it caches the scenarios of points."""
    work: Work = receive(packed)
    return work


def _seconds(seconds: float) -> str:
    for unit, of in (("h", 3600.0), ("min", 60.0)):
        if seconds >= of and seconds % of == 0:
            return f"{seconds / of:g} {unit}"
    return f"{seconds:g} s"


@dataclass(eq=False)
class _Worker:
    """A worker of the cluster, and its batches."""

    address: str
    threads: int
    asked: _Future | None = None
    """Its versions, once they arrive."""
    fit: bool = False
    refused: str = ""
    batches: dict[_Future, Sequence[Task]] = field(default_factory=dict)
    alone: bool = False
    """Its batch is one task, tried alone because a worker that had it died; a second death counts against the task."""


class _Sharing:
    """Shares batches among the current workers."""

    def __init__(
        self, distributed: Any, client: _Client, work: Work, batches: Batches, executor: Dask
    ) -> None:
        self._killed = distributed.KilledWorker
        self._client, self._executor = client, executor
        self._packed = ship(work)
        self._batches, self._next = batches, deque[Sequence[Task]]()
        self._alone, self._suspects = deque[Sequence[Task]](), Suspects()
        self._there: dict[str, _Worker] = {}
        self._ended = threading.Event()
        self._look_at = 0.0
        self._answered = self._idle_since = time.monotonic()
        self._told_at: float | None = None
        """When the last message said that no worker is available; None while one is."""
        self._had_any = False
        self._reasons: set[str] = set()

    def run(self, stop: threading.Event) -> Iterator[Done]:
        """Run all batches."""
        try:
            while True:
                yield from self._look()
                self._hand_out()
                if not self._is_left():
                    return
                self._ended.wait(TICK)
                self._ended.clear()
                if stop.is_set():
                    raise Stopped
                yield from self._gather()
        finally:
            for worker in self._there.values():
                _release(worker)

    # --- Workers ----------------------------------------------------------------------------------------------

    def _look(self) -> Iterator[Done]:
        """Find new workers and those that are gone."""
        if time.monotonic() >= self._look_at:
            threads = self._threads()
            if threads is not None:
                for address in self._there.keys() - threads.keys():
                    yield from self._gone(self._there.pop(address))
                for address in threads.keys() - self._there.keys():
                    self._there[address] = _Worker(address, threads[address])
            for worker in self._there.values():
                if not worker.fit and not worker.refused and worker.asked is None:
                    worker.asked = self._submit(worker.address, versions)
            self._look_at = time.monotonic() + LOOK
        for worker in self._there.values():
            if worker.asked is not None and worker.asked.done():
                self._judge(worker, worker.asked)
        fit = [worker for worker in self._there.values() if worker.fit]
        self._executor.workers = max(1, sum(worker.threads for worker in fit))
        if fit and time.monotonic() - self._answered < PATIENCE + LOOK:
            self._go_on(len(fit))
        else:
            self._wait()

    def _threads(self) -> Mapping[str, int] | None:
        """Return each worker's number of threads; None if the scheduler doesn't answer now."""
        try:
            found: dict[str, int] = self._client.nthreads(callback_timeout=PATIENCE)
        except Exception as error:
            if self._client.status in ("running", "connecting"):  # it is reconnecting, for PATIENCE seconds
                return None
            raise ExecutorError(
                f"the scheduler at {self._executor.address} has gone, and isn't back within {PATIENCE:g} s "
                f"({_brief(error)})"
            ) from None
        self._answered = time.monotonic()
        return found

    def _judge(self, worker: _Worker, asked: _Future) -> None:
        """Accept a worker if its versions give the same bits."""
        worker.asked = None
        if asked.status == "error":
            error = asked.exception()
            said = "" if error is None else f"{type(error).__name__}: {_brief(error)}"
            worker.refused = f"can't load zerosum ({said})"
        elif asked.status == "finished":
            with contextlib.suppress(*_AWAY):  # then it is asked again, if it still exists
                other = differing(asked.result(timeout=PATIENCE), versions())
                worker.fit = not other
                worker.refused = other and f"would make runs otherwise than here ({other})"

    def _gone(self, worker: _Worker) -> Iterator[Done]:
        for future, batch in worker.batches.items():
            yield from self._lost(batch, worker.alone, to_blame=future.status not in _CUT_OFF)
        _release(worker)

    def _go_on(self, fit: int) -> None:
        """Report while workers run."""
        if self._told_at is not None:
            self._tell(f"{_count(fit, 'worker')} at {self._executor.address} now; going on.")
        self._idle_since, self._told_at, self._had_any = time.monotonic(), None, True
        for worker in self._there.values():
            if worker.refused and worker.refused not in self._reasons:
                self._reasons.add(worker.refused)
                self._tell(
                    f"Worker {worker.address} {worker.refused}: it gets no work. Install the same there."
                )

    def _wait(self) -> None:
        """Report that no worker is available; raise an error after the wait."""
        now, address, limit = time.monotonic(), self._executor.address, self._executor.wait
        refused = [worker for worker in self._there.values() if worker.refused]
        if refused and len(refused) == len(self._there) and not self._had_any:
            raise ExecutorError(f"worker {refused[0].address} {refused[0].refused}; install the same there")
        waited = now - self._idle_since
        if now - self._answered >= PATIENCE:
            what = f"the scheduler at {address} doesn't answer"
        elif loading := len(self._there) - len(refused):
            what = f"{_count(loading, 'worker')} at {address} didn't answer yet (loading, or busy)"
        else:
            what = f"all workers of {address} are gone" if self._had_any else f"{address} has no workers"
            what += "" if address == LOCAL else f"; 'dask worker {address}' starts one"
        if limit is not None and waited >= limit:
            raise ExecutorError(f"{what}. Waited {_seconds(limit)}", typed=" (--wait-for-workers)")
        if waited >= GRACE and (self._told_at is None or now - self._told_at >= AGAIN):
            left = "without limit" if limit is None else f"up to {_seconds(limit)}"
            self._tell(f"{what[0].upper()}{what[1:]}. Waiting {left}; {waited:.0f} s so far.")
            self._told_at = now

    def _tell(self, news: str) -> None:
        self._executor.on_news(news)

    # --- Batches ----------------------------------------------------------------------------------------------

    def _hand_out(self) -> None:
        fit = [worker for worker in self._there.values() if worker.fit]
        for worker in fit:
            if self._alone and not worker.batches:
                self._give(worker, self._alone.popleft(), alone=True)
        if (
            self._alone
        ):  # the other workers finish their batches, so that each of these tasks soon finds an idle one
            return
        # Two for each thread, so that none waits for its next batch from the network.
        while free := [w for w in fit if w.fit and len(w.batches) < (1 if w.alone else 2 * w.threads)]:
            batch = self._next.popleft() if self._next else next(self._batches, None)
            if batch is None:
                return
            self._give(min(free, key=lambda w: len(w.batches) / w.threads), batch, alone=False)

    def _give(self, worker: _Worker, batch: Sequence[Task], alone: bool) -> None:
        future = self._submit(worker.address, _call, self._packed, batch)
        if future is None:
            worker.fit = False  # it is asked again when the scheduler can be reached
            (self._alone if alone else self._next).append(batch)
        else:
            worker.batches[future], worker.alone = batch, alone

    def _submit(self, address: str, call: Callable[..., Any], *arguments: Any) -> _Future | None:
        """Submit a call to one worker; None while the scheduler can't be reached."""
        try:
            future = self._client.submit(
                call, *arguments, workers=[address], allow_other_workers=False, pure=False, retries=0
            )
            future.add_done_callback(lambda _: self._ended.set())
        except Exception:
            if self._client.status == "running":
                raise
            return None
        return future

    def _is_left(self) -> bool:
        if self._alone or self._next or any(worker.batches for worker in self._there.values()):
            return True
        if (batch := next(self._batches, None)) is not None:
            self._next.append(batch)
        return bool(self._next)

    def _gather(self) -> Iterator[Done]:
        for worker in list(self._there.values()):
            for future in [future for future in worker.batches if future.done()]:
                status = future.status
                if status == "finished":
                    try:
                        done = future.result(timeout=PATIENCE)
                    except _AWAY:
                        continue  # the next look finds its state
                    del worker.batches[future]
                    yield done
                    continue
                error = future.exception() if status == "error" else None
                if error is not None and not isinstance(error, self._killed):
                    raise ExecutorError(
                        f"a worker can't do its work: {type(error).__name__}: {_brief(error)}"
                    )
                batch = worker.batches.pop(future)
                yield from self._lost(batch, worker.alone, to_blame=status not in _CUT_OFF)

    def _lost(self, batch: Sequence[Task], alone: bool, to_blame: bool) -> Iterator[Done]:
        """Try a batch again if its worker died, or its connection broke (then the batch isn't the cause)."""
        if not to_blame:
            (self._alone if alone else self._next).append(batch)
        elif len(batch) == 1 and not alone:  # its worker's other batch may be the cause
            self._alone.append(batch)
        else:
            retried, given_up = self._suspects.died(batch)
            self._alone.extend(retried)
            if given_up is not None:
                yield given_up


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _release(worker: _Worker) -> None:
    """Release a worker's batches on the scheduler, without waiting for it."""
    for future in (*worker.batches, *([worker.asked] if worker.asked is not None else [])):
        with contextlib.suppress(Exception):
            future.release()
    worker.batches.clear()
