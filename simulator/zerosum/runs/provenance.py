"""Where a command's files come from: ``provenance.json`` beside them, written last, with a digest of each."""

from __future__ import annotations

import contextlib
import datetime
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from zerosum.machine import usable_cores
from zerosum.runs.manifest import digest_of
from zerosum.runs.origin import origin
from zerosum.runs.store import UnreadableError, Writer, read_content, read_document, save_document

NAME = "provenance.json"


def write_provenance(command: Sequence[str], began: datetime.datetime, names: Collection[str]) -> Writer:
    """Write where files come from, which must be there: command, times, cores, versions, commit, digests.

    Parameters
    ----------
    command : sequence of str
        as it was typed
    began : datetime
        with its time zone
    names : collection of str
        files of the same folder
    """

    def write(path: Path) -> None:
        ended = datetime.datetime.now(datetime.UTC)
        content = {
            "command": list(command),
            "started": began.isoformat(timespec="seconds"),
            "finished": ended.isoformat(timespec="seconds"),
            "seconds": round((ended - began).total_seconds(), 3),
            "cores": usable_cores(),
            "origin": dict(origin()),
            "commit": commit(),
            "files": {name: digest_of((path.parent / name).read_bytes()) for name in names},
        }
        save_document(path, content)

    return write


def faults(folder: Path) -> tuple[list[str], int]:
    """Say of every file that a command wrote into a folder, and that isn't as it was written, what is wrong with it.

    Returns
    -------
    tuple
        what is wrong, how many files were looked at; 0 where no provenance is told
    """
    try:
        files = read_document(folder / NAME).get("files", {})
    except FileNotFoundError:
        return [], 0
    except UnreadableError as error:
        return [f"{NAME}: {error.why}"], 1
    return list(altered(folder, files)), len(files) + 1


def altered(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Say of every file that isn't as it was written what is wrong with it.

    Parameters
    ----------
    folder : Path
    files : mapping
        name -> its size and SHA-256, as :func:`zerosum.runs.manifest.digest_of` gives them
    """
    for name, known in files.items():
        try:
            content = read_content(folder / name)
        except FileNotFoundError:
            yield f"{name} is missing"
        except UnreadableError as error:
            yield f"{name}: {error.why}"
        else:
            if digest_of(content) != known:
                yield f"{name} was changed since it was written"


@cache
def commit() -> str | None:
    """Return the commit of the checkout that zerosum runs from, with ``+`` if it was changed; None if there is none."""
    top = Path(__file__).resolve().parents[3]
    if not (top / ".git").exists():
        return None
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        asked = {"cwd": top, "capture_output": True, "text": True, "check": True, "timeout": 5.0}
        head = subprocess.run(["git", "rev-parse", "HEAD"], **asked).stdout.strip()  # type: ignore[call-overload]
        changed = subprocess.run(["git", "status", "--porcelain", "-uno"], **asked).stdout  # type: ignore[call-overload]
        return f"{head}+" if changed.strip() else head
    return None
