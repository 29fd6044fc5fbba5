"""How batches are shared out on a cluster whose workers come and go, on one that is played: no process, no network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.experiments.play import Play, batches, points_of
from zerosum.errors import ExecutorError
from zerosum.runs.executors import dask
from zerosum.runs.executors.dask import Dask
from zerosum.runs.origin import versions
from zerosum.runs.work import ATTEMPTS, Done, Task

pytestmark = pytest.mark.uncompiled


HERE = "tcp://10.0.0.5:8786"


class Killed(Exception):
    """Stands for Dask's ``KilledWorker``."""


class Future:
    """What became of something that was submitted."""

    def __init__(self, address: str, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.address, self.call, self.arguments = address, call, arguments
        self.status, self._result, self._callbacks = "pending", None, list[Callable[[Any], None]]()
        self.fetched = False

    def done(self) -> bool:
        return self.status != "pending"

    def end(self, status: str, result: Any = None) -> None:
        self.status, self._result = status, result
        for callback in self._callbacks:
            callback(self)

    def result(self, timeout: float) -> Any:
        assert self.status == "finished"
        self.fetched = True
        return self._result

    def exception(self) -> Any:
        return self._result

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        self._callbacks.append(callback)

    def release(self) -> None:
        self.status = "released" if self.status == "pending" else self.status


class Cluster:
    """Stands for Dask's client. Each time it is asked who is there, every thread of a worker does one thing.

    Parameters
    ----------
    threads : mapping       address -> threads, at the start
    happens : callable      called before each turn with its number: what happens to the cluster
    """

    def __init__(
        self, threads: Mapping[str, int], happens: Callable[[Cluster, int], None] = lambda *_: None
    ) -> None:
        self.threads, self.happens = dict(threads), happens
        self.status, self.turn = "running", 0
        self.until = time.monotonic() + 30.0
        self.poison: frozenset[int] = frozenset()
        self.lacks: dict[str, Any] = {}  # address -> another origin, or what asking for it raises
        self.futures: list[Future] = []
        self.most_at_once = 0
        self.made: dict[str, list[int]] = {}

    def nthreads(self, callback_timeout: float) -> dict[str, int]:
        self.turn += 1
        if time.monotonic() > self.until:
            pytest.fail("it never ends")  # no Exception: the code under test catches those
        self.happens(self, self.turn)
        if self.status != "running":
            raise OSError("Connection refused")
        pending = [future for future in self.futures if not future.done()]
        for address, threads in list(self.threads.items()):
            for future in [future for future in pending if future.address == address][:threads]:
                if address in self.threads:
                    self._do(future)
        return dict(self.threads)

    def _do(self, future: Future) -> None:
        if future.call is versions:
            lacking = self.lacks.get(future.address)
            if isinstance(lacking, Exception):
                future.end("error", lacking)
            else:
                future.end("finished", lacking or versions())
            return
        *_, batch = future.arguments
        points = [task.place.number for task in batch]
        self.made.setdefault(future.address, []).extend(points)
        if self.poison & set(points):
            self.replace(future.address)
        else:
            future.end("finished", future.call(*future.arguments))

    def replace(self, address: str) -> None:
        """Kill a worker, and start another in its place."""
        self.threads[f"{address}'"] = self.threads.pop(address)

    def break_off(self) -> None:
        """Break the connection: the client forgets all that is under way."""
        self.status = "connecting"
        for future in self.futures:
            if not future.done():
                future.end("cancelled")

    def submit(self, call: Callable[..., Any], *arguments: Any, workers: list[str], **options: Any) -> Future:
        if self.status != "running":
            raise OSError("no connection")
        assert options == {"allow_other_workers": False, "pure": False, "retries": 0}
        (address,) = workers
        self.futures.append(Future(address, call, arguments))
        under_way = sum(future.call is not versions and not future.fetched for future in self.futures)
        self.most_at_once = max(self.most_at_once, under_way)
        return self.futures[-1]


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TICK", "LOOK", "GRACE"):
        monkeypatch.setattr(dask, name, 0.0)


def shared_out(
    folder: Path,
    cluster: Cluster,
    asked: Iterator[Sequence[Task]],
    executor: Dask | None = None,
) -> list[Done]:
    executor = executor or Dask(HERE, 1)
    library: Any = SimpleNamespace(KilledWorker=Killed)
    work: Any = Play(folder)
    return list(dask._Sharing(library, cluster, work, asked, executor).run(threading.Event()))


def test_workers_that_come_late_get_work(tmp_path: Path) -> None:
    def happens(cluster: Cluster, turn: int) -> None:
        if turn == 6:
            cluster.threads |= {"b": 1, "c": 1, "d": 2}

    cluster, executor = Cluster({"a": 1}, happens), Dask(HERE, 1)
    seen: list[int] = []

    def asked() -> Iterator[Sequence[Task]]:
        for batch in batches(range(60)):
            seen.append(executor.workers)
            yield batch

    found = shared_out(tmp_path, cluster, asked(), executor)
    assert points_of(found) == (list(range(60)), [])
    assert cluster.most_at_once == 2 * 5  # two a thread
    assert set(cluster.made) == {"a", "b", "c", "d"}
    assert len(cluster.made["d"]) == pytest.approx(2 * len(cluster.made["b"]), abs=2)
    assert (min(seen), max(seen)) == (1, 5)  # by which batches are sized


def test_batches_are_asked_for_as_late_as_can_be(tmp_path: Path) -> None:
    asked: list[int] = []

    def told() -> Iterator[Sequence[Task]]:
        for number, batch in enumerate(batches(range(20))):
            asked.append(number)
            yield batch

    library: Any = SimpleNamespace(KilledWorker=Killed)
    work: Any = Play(tmp_path)
    sharing = dask._Sharing(library, Cluster({"a": 1, "b": 1}), work, told(), Dask(HERE, 1))
    next(sharing.run(threading.Event()))
    assert len(asked) <= 5


def test_when_all_are_gone_others_are_waited_for(tmp_path: Path) -> None:
    news: list[str] = []

    def happens(cluster: Cluster, turn: int) -> None:
        if turn == 8:
            cluster.threads.clear()
        if turn == 20:
            cluster.threads["b"] = 1

    cluster = Cluster({"a": 1}, happens)
    found = shared_out(tmp_path, cluster, batches(range(30), 3), Dask(HERE, 1, None, news.append))
    assert points_of(found) == (list(range(30)), [])
    assert len(set(cluster.made["a"]) | set(cluster.made["b"])) == 30
    assert news == [
        f"1 worker at {HERE} didn't answer yet (loading, or busy). Waiting without limit; 0 s so far.",
        f"1 worker at {HERE} now; going on.",
        f"All workers of {HERE} are gone; 'dask worker {HERE}' starts one. Waiting without limit; 0 s so far.",
        f"1 worker at {HERE} now; going on.",
    ]


@pytest.mark.parametrize(
    ("threads", "said"), [({}, f"{HERE} has no workers; "), ({"a": 1}, f"all workers of {HERE} are gone; ")]
)
def test_when_none_comes_it_ends_with_a_sentence(threads: dict[str, int], said: str, tmp_path: Path) -> None:
    def happens(cluster: Cluster, turn: int) -> None:
        if turn == 8:
            cluster.threads.clear()

    answers = dask._Sharing(
        SimpleNamespace(KilledWorker=Killed),
        Cluster(threads, happens),
        Play(tmp_path),  # type: ignore[arg-type]
        batches(range(30)),
        Dask(HERE, 1, 0.05),
    ).run(threading.Event())
    found = list[Done]()
    with pytest.raises(ExecutorError) as raised:
        found.extend(answers)
    assert str(raised.value) == f"{said}'dask worker {HERE}' starts one. Waited 0.05 s"
    assert bool(found) == bool(threads)


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("threads", [1, 4])
def test_a_task_that_kills_is_found_and_those_beside_it_are_not_blamed(
    threads: int, size: int, tmp_path: Path
) -> None:
    """In one process with several threads, and behind it in the same worker's queue."""
    cluster = Cluster({"a": threads})
    cluster.poison = frozenset({2, 3, 9})
    done, failed = points_of(shared_out(tmp_path, cluster, batches(range(16), size)))
    assert done == [n for n in range(16) if n not in cluster.poison]
    assert failed == [(point, "killed") for point in (2, 3, 9)]
    tried = [point for points in cluster.made.values() for point in points]
    for point in cluster.poison:
        assert ATTEMPTS <= tried.count(point) <= ATTEMPTS + 1 + (size > 1)


def test_workers_that_die_all_the_time_cost_no_run(tmp_path: Path) -> None:
    """As where a queue takes them away; what they had is made elsewhere."""

    def happens(cluster: Cluster, turn: int) -> None:
        if turn % 5 == 0:
            cluster.replace(min(cluster.threads, key=len))

    found = shared_out(tmp_path, Cluster({"a": 2, "b": 1}, happens), batches(range(200), 5))
    assert points_of(found) == (list(range(200)), [])


def test_late_workers_that_would_make_other_bits_get_no_work(tmp_path: Path) -> None:
    news: list[str] = []

    def happens(cluster: Cluster, turn: int) -> None:
        if turn == 6:
            cluster.threads |= {"b": 8, "c": 8, "d": 8, "e": 1}

    cluster = Cluster({"a": 1}, happens)
    other = dict(versions()) | {"engine": "0123456789abcdef"}
    cluster.lacks = {"b": other, "c": other, "d": ModuleNotFoundError("No module named 'zerosum'")}
    found = shared_out(tmp_path, cluster, batches(range(60)), Dask(HERE, 1, None, news.append))
    assert points_of(found) == (list(range(60)), [])
    assert set(cluster.made) == {"a", "e"}
    assert sorted(line.split(" ", 2)[2] for line in news if line.startswith("Worker ")) == [
        f"{said}: it gets no work. Install the same there."
        for said in (
            "can't load zerosum (ModuleNotFoundError: No module named 'zerosum')",
            f"would make runs otherwise than here (engine 0123456789abcdef → {versions()['engine']})",
        )
    ]


def test_workers_that_are_all_refused_end_it_at_once(tmp_path: Path) -> None:
    cluster = Cluster({"a": 1, "b": 1})
    cluster.lacks = dict.fromkeys("ab", dict(versions()) | {"numba": "0.1"})
    with pytest.raises(
        ExecutorError,
        match=r"worker [ab] would make runs otherwise than here \(numba 0\.1 → .*install the same",
    ):
        shared_out(tmp_path, cluster, batches(range(4)))
    assert cluster.made == {}


def test_a_broken_connection_costs_nothing_and_blames_nobody(tmp_path: Path) -> None:
    broken: list[int] = []

    def happens(cluster: Cluster, turn: int) -> None:
        cluster.status = "running"
        if len(broken) < 6 and any(not f.done() and f.call is not versions for f in cluster.futures):
            broken.append(turn)
            cluster.break_off()

    found = shared_out(tmp_path, Cluster({"a": 1}, happens), batches(range(8), 2))
    assert len(broken) == 6
    assert points_of(found) == (list(range(8)), [])


def test_a_scheduler_that_has_gone_ends_it_with_a_sentence(tmp_path: Path) -> None:
    def happens(cluster: Cluster, turn: int) -> None:
        if turn == 8:
            cluster.break_off()
        if turn == 12:
            cluster.status = "closed"

    with pytest.raises(ExecutorError) as raised:
        shared_out(tmp_path, Cluster({"a": 1}, happens), batches(range(30)))
    assert str(raised.value) == (
        f"the scheduler at {HERE} has gone, and isn't back within 10 s (Connection refused)"
    )


def test_a_scheduler_that_says_nothing_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "PATIENCE", 0.05)
    cluster, news = Cluster({"a": 1}), list[str]()
    answers = cluster.nthreads

    def nthreads(callback_timeout: float) -> dict[str, int]:
        if cluster.turn > 5:
            raise TimeoutError
        return answers(callback_timeout)

    monkeypatch.setattr(cluster, "nthreads", nthreads)
    with pytest.raises(ExecutorError, match=rf"^the scheduler at {HERE} doesn't answer\. Waited 0\.2 s"):
        shared_out(tmp_path, cluster, batches(range(30)), Dask(HERE, 1, 0.2, news.append))
    assert news[2].startswith(f"The scheduler at {HERE} doesn't answer. Waiting up to 0.2 s")


def test_an_error_of_the_library_is_told(tmp_path: Path) -> None:
    cluster = Cluster({"a": 1})

    def happens(cluster: Cluster, turn: int) -> None:
        for future in cluster.futures:
            if not future.done() and future.call is not versions:
                future.end("error", MemoryError("no room"))

    cluster.happens = happens
    with pytest.raises(ExecutorError, match=r"^a worker can't do its work: MemoryError: no room$"):
        shared_out(tmp_path, cluster, batches(range(3)))


def test_a_scheduler_with_another_dask_is_refused() -> None:
    ours = dask._libraries()
    dask._refuse_libraries(HERE, ours)
    with pytest.raises(ExecutorError) as raised:
        dask._refuse_libraries(HERE, ours | {"distributed": "2020.1.0"})
    assert str(raised.value) == (
        f"the scheduler at {HERE} has distributed 2020.1.0, here {ours['distributed']}; install the same here and there"
    )


@pytest.mark.parametrize(
    ("seconds", "said"), [(3600.0, "1 h"), (600.0, "10 min"), (90.0, "90 s"), (0.5, "0.5 s"), (0.0, "0 s")]
)
def test_times_are_told_in_the_unit_that_fits(seconds: float, said: str) -> None:
    assert dask._seconds(seconds) == said


def test_a_cluster_that_cant_be_started_here_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(**_: object) -> None:
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr("distributed.LocalCluster", failing)
    with pytest.raises(ExecutorError, match=r"^no local cluster of Dask can be started here \(Nanny failed"):
        list(Dask("local", 1).run(Play(tmp_path), batches(range(1)), threading.Event()))  # type: ignore[arg-type]
