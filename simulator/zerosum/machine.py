"""Processors and memory that this process may use under its job, container and affinity limits."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path

_JOB = ("SLURM_CPUS_PER_TASK", "PBS_NP", "NCPUS", "LSB_DJOB_NUMPROC", "NSLOTS")
"""Variables in which cluster schedulers give a job's processors, if they don't bind it to them."""

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


def usable_cores() -> int:
    """Return the number of processors that this process may use, at least 1.

    This is the smallest of: the machine's processors, the process's affinity, the CPU time limit of its container
    or job (rounded up), and the number that a cluster's scheduler gives the job.

    Examples
    --------
    >>> usable_cores() >= 1
    True
    """
    import psutil

    bound = psutil.Process()
    counts = [os.cpu_count() or 1]
    with contextlib.suppress(AttributeError, OSError, psutil.Error):  # macOS has no affinity
        counts.append(len(bound.cpu_affinity() or ()) or counts[0])
    counts += [math.ceil(quota) for quota in _cpu_quotas() if quota > 0]
    counts += [int(os.environ[name]) for name in _JOB if os.environ.get(name, "").isdecimal()]
    return max(1, min(counts))


def memory_free() -> float:
    """Return the free memory in bytes, as the system reports it, within the container's limit.

    Examples
    --------
    >>> memory_free() > 0
    True
    """
    import psutil

    free = math.inf
    with contextlib.suppress(OSError, RuntimeError, psutil.Error):
        free = float(psutil.virtual_memory().available)
    return min([free, *_memory_left()])


def _groups() -> Iterator[Path]:
    """Yield this process's control groups (version 2), innermost first; each may have a limit."""
    own = ""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        lines = _OWN.read_text(encoding="utf-8").splitlines()
        own = next((line[3:].strip("/") for line in lines if line.startswith("0::")), "")
    here = _ROOT / own
    while True:
        yield here
        if here == _ROOT or here == here.parent:
            return
        here = here.parent


def _cpu_quotas() -> Iterator[float]:
    for group in _groups():
        with contextlib.suppress(OSError, ValueError):
            most, period = (group / "cpu.max").read_text(encoding="ascii").split()
            yield int(most) / int(period)  # 'max' means no limit
    old = _ROOT / "cpu"
    with contextlib.suppress(OSError, ValueError):
        most, period = (
            (old / f"cpu.cfs_{name}_us").read_text(encoding="ascii") for name in ("quota", "period")
        )
        yield int(most) / int(period)  # -1: no limit


def _memory_left() -> Iterator[float]:
    names = ("memory.max", "memory.current", "inactive_file")
    for group in _groups():
        yield from _left(group, *names)
    yield from _left(
        _ROOT / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
    )


def _left(group: Path, limit: str, used: str, files: str) -> Iterator[float]:
    """Yield the bytes left below a group's limit; its reclaimable file cache counts as free."""
    with contextlib.suppress(OSError, ValueError):
        most = int((group / limit).read_text(encoding="ascii"))
        stat = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        yield float(max(0, most - int((group / used).read_text(encoding="ascii")) + int(stat.get(files, 0))))
