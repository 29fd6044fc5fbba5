"""Where a command's files go: a folder that is new, or in which nothing is in their way but what it wrote itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zerosum.cli.terminal import Fault

_BEFORE_IT = {"compare": "replications/identity.json*", "calibrate": "trials-*.jsonl", "sweep": "sweep.json"}
"""Command -> what it leaves before it has a summary, when it was stopped."""
_TYPED = {"compare-across-fits": "compare --across-fits", "results-export": "results export"}
MOST_TOLD = 3


def folder_for(out: str | None, default: Path, command: str, names: Sequence[str]) -> Path:
    """Return the folder for a command's files.

    Parameters
    ----------
    out : str, optional
        what ``--out`` said
    default : Path
    command : str
        as its summary says
    names : sequence of str
        files that it will write, and folders

    Raises
    ------
    Fault
        if there can be no such folder, or if somebody else's files would be replaced
    """
    if out is None:
        refuse_strangers(default, command, names, str(default), "--out names another folder")
        return default
    if not out.strip():
        raise Fault("--out '': name a folder; it is made if it doesn't exist")
    if Path(out).is_file():
        raise Fault(f"--out {out}: this is a file; name a folder")
    refuse_reserved(out)
    refuse_strangers(Path(out), command, names, f"--out {out}", "name another folder, or move them away")
    return Path(out)


def refuse_reserved(out: str) -> None:
    """Raise a fault if Windows could have no such folder or file: results are handed on."""
    from zerosum.market.declare.section import RESERVED

    for part in Path(out).parts:
        if RESERVED.fullmatch(part):
            raise Fault(
                f"--out {out}: '{part}' is reserved on Windows (con, nul, com1, ...); take another name"
            )


def refuse_strangers(folder: Path, command: str, names: Sequence[str], called: str, instead: str) -> None:
    """Raise a fault if files would be replaced that this command didn't write."""
    from zerosum.runs import provenance

    if _wrote(folder, command):
        return
    there = [name for name in names if _is_something(folder / name)]
    there = there or [name for name in (provenance.NAME,) if _is_something(folder / name)]
    if there:
        more = f" and {len(there) - MOST_TOLD} more" if len(there) > MOST_TOLD else ""
        they = "this is" if len(there) == 1 else "these are"
        raise Fault(
            f"{called}: {', '.join(there[:MOST_TOLD])}{more} would be replaced, and {they} not from "
            f"'zerosum {_TYPED.get(command, command)}'; {instead}"
        )


def _wrote(folder: Path, command: str) -> bool:
    """Tell whether a folder is this command's, finished or stopped."""
    from zerosum.runs import store

    before = _BEFORE_IT.get(command)
    return store.summary_of(folder).get("command") == command or bool(before and any(folder.glob(before)))


def _is_something(path: Path) -> bool:
    """Tell whether a path is a file, or a folder that holds more than what somebody is just writing."""
    from zerosum.runs.store import PARTIAL

    try:
        if path.is_symlink() or path.is_file():
            return True
        return path.is_dir() and not all(inner.name.startswith(PARTIAL) for inner in path.iterdir())
    except OSError:
        return True
