"""Where runs are made: here, in threads, in processes of this machine, on a Dask cluster. The bits are the same.

An executor takes batches of tasks and yields what became of each, in whatever order they end. It never loses one: a
batch whose process died is taken apart and tried again, task by task, so that the one that killed it is found and the
others are not blamed for it.
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
