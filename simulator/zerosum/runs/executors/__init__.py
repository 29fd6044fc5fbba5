"""Where runs are made: here, in threads, in processes, on a Dask cluster. All give the same bits.

An executor takes batches of tasks and yields the result of each, in the order in which they end. It never loses one:
if a batch's process dies, its tasks are tried again one by one. So only the task that killed it fails.
"""

from typing import TYPE_CHECKING

from zerosum.lazy import exports

if TYPE_CHECKING:
    from zerosum.errors import ExecutorError
    from zerosum.runs.executors.here import Here
    from zerosum.runs.executors.processes import Processes
    from zerosum.runs.executors.threads import Threads, replications
    from zerosum.runs.work import Executor, Stopped

__all__ = ["Executor", "ExecutorError", "Here", "Processes", "Stopped", "Threads", "replications"]

__getattr__ = exports(__name__, __file__)
