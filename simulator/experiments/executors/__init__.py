"""Where runs are made: in this process, in processes of this machine, on a Dask cluster. The bits are the same.

An executor takes batches of tasks and yields what became of each, in whatever order they end. It never loses one: a
batch whose process died is taken apart and tried again, task by task, so that the one that killed it is found and the
others are not blamed for it.
"""

from simulator.experiments.executors.here import Here
from simulator.experiments.executors.interface import Executor, ExecutorError, Stopped
from simulator.experiments.executors.processes import Processes

__all__ = ["Executor", "ExecutorError", "Here", "Processes", "Stopped"]
