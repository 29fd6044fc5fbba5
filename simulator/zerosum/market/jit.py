"""How the simulator compiles: the only file that imports numba.

Kernels are compiled once per machine and kept in a cache. numba looks for a
change only in the file that holds a kernel, so an edit of a helper in another
file would leave the old machine code in use, silently. The cache folder
therefore carries a digest of every source that can reach a kernel, and of the
versions that shape the machine code: new sources, new folder.

Where the cache lives, first that can be written:

1. below ``ZEROSUM_CACHE_DIR``;
2. below ``NUMBA_CACHE_DIR``, if the user has set it;
3. the user's cache folder (``XDG_CACHE_HOME`` or ``~/.cache``; ``~/Library/Caches``
   on macOS; ``%LOCALAPPDATA%`` on Windows), in ``zerosum``;
4. a private temporary folder.

If none can be written, kernels are compiled anew in each process.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

KEEP_DAYS = 30
"""Cache folders of other sources are deleted when unused for this many days."""

_PACKAGE = Path(__file__).resolve().parents[1]
_UPPER_LAYERS = tuple(
    f"market/{name}.py" for name in ("jit", "draws", "state", "rules", "records", "population", "schedule")
)
_FOLDER_NAME = re.compile(r"kernels-[0-9a-f]{16}")


def _kernel_sources(package: Path = _PACKAGE) -> list[Path]:
    """List the sources that hold kernels, or constants that kernels freeze."""
    named = [package / name for name in _UPPER_LAYERS]
    rules = (package / "market" / "mechanisms").rglob("*.py")
    found = {path for path in (*named, *rules) if path.is_file()}
    # A kernel elsewhere must not be forgotten: a stale one gives wrong numbers.
    found |= {
        p for p in package.rglob("*.py") if re.search(rb"^@(kernel|inlined)", p.read_bytes(), re.MULTILINE)
    }
    return sorted(found)


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def source_digest(package: Path = _PACKAGE) -> str:
    """Digest all that decides what a kernel compiles to.

    Parameters
    ----------
    package : Path
        the package folder; for tests

    Returns
    -------
    str
        16 hexadecimal digits
    """
    digest = hashlib.sha256()
    versions = [_version(name) for name in ("numba", "llvmlite", "numpy")]
    digest.update(repr((platform.python_implementation(), sys.version, versions)).encode())
    for path in _kernel_sources(package):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(package).as_posix()} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _user_cache() -> Path:
    """Name the platform's folder for files that can be made again."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) if local else Path.home() / "AppData" / "Local"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    # The XDG rules say that a relative path must be ignored.
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    return Path(xdg) if os.path.isabs(xdg) else Path.home() / ".cache"


def _private_temporary() -> Path:
    """Name a folder in the temporary folder that nobody else could have filled.

    A cached kernel is code, so a folder that another user made is not trusted.
    """
    owner = os.getuid() if hasattr(os, "getuid") else None
    folder = Path(tempfile.gettempdir()) / f"zerosum-{'user' if owner is None else owner}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(folder)
    if owner is not None and (status.st_uid != owner or status.st_mode & 0o022):
        raise PermissionError(folder)
    return folder


def _candidates() -> Iterator[Callable[[], Path]]:
    """Yield the ways to name a cache folder, best first; each may raise."""
    ours = os.environ.get("ZEROSUM_CACHE_DIR")
    if ours:
        yield lambda: Path(ours).expanduser()
    theirs = os.environ.get("NUMBA_CACHE_DIR")
    if theirs:
        # A worker inherits the folder that its parent chose: don't nest it again.
        base = Path(theirs).expanduser()
        yield lambda: base.parent if _FOLDER_NAME.fullmatch(base.name) else base
    yield lambda: _user_cache() / "zerosum"
    yield _private_temporary


def _choose_folder() -> Path | None:
    """Make and return this source's cache folder, or None if nothing is writable."""
    name = f"kernels-{source_digest()}"
    for candidate in _candidates():
        try:
            folder = candidate().absolute() / name
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
            os.utime(folder)  # in use: keeps it from being deleted as old
        except (OSError, RuntimeError):  # RuntimeError: no home folder is known
            continue
        return folder
    return None


def _delete_old(base: Path, keep: Path, now: float) -> None:
    """Delete sibling cache folders not used for KEEP_DAYS; best effort."""
    try:
        for folder in base.iterdir():
            if folder == keep or not _FOLDER_NAME.fullmatch(folder.name):
                continue
            if now - folder.stat().st_mtime > KEEP_DAYS * 86_400:
                shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return


_FOLDER = _choose_folder()
if _FOLDER is not None:
    _delete_old(_FOLDER.parent, _FOLDER, time.time())
    os.environ["NUMBA_CACHE_DIR"] = str(_FOLDER)

import numba  # noqa: E402  (reads the cache folder from the environment when imported)
import numba.extending  # noqa: E402
from numba.experimental import structref  # noqa: E402

_settings: Any = numba.config  # made at run time, so unknown to type checkers
if _FOLDER is not None:
    # Somebody may have imported numba before us, with another folder.
    _settings.CACHE_DIR = str(_FOLDER)


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of numbers and arrays, at its first call.

    The machine code is cached, runs without the interpreter lock, keeps the
    written order of floating-point operations (no fastmath: results must not
    depend on the optimizer's mood) and divides as IEEE 754 says (x/0 is inf).
    With ``NUMBA_DISABLE_JIT=1`` the function comes back as it is, and a float
    of plain Python still raises ZeroDivisionError.

    Parameters
    ----------
    function : callable
        plain Python within what numba compiles

    Returns
    -------
    callable
        of the same signature; ``py_func`` is the original
    """
    return _compiled(function, inline=False)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function as :func:`kernel` does, but into each of its callers, so that their loops can be vectorised.

    For short helpers of numbers alone: LLVM makes no vector instructions of a loop with a call in it.
    """
    return _compiled(function, inline=True)


def _compiled(function: Callable[P, R], inline: bool) -> Callable[P, R]:
    compiled: Any = numba.njit(
        cache=_FOLDER is not None, nogil=True, fastmath=False, error_model="numpy", forceinline=inline
    )(function)
    if hasattr(compiled, "get_call_template"):
        call_template = compiled.get_call_template

        def without_literals(args: Any, kws: Any) -> Any:
            # numba would compile a function anew for every constant that it is called with.
            return call_template([numba.types.unliteral(arg) for arg in args], kws)

        compiled.get_call_template = without_literals
    return cast("Callable[P, R]", compiled)


class _Pointer(numba.types.StructRef):
    """Type of a table that is passed to kernels as one pointer."""


class _Handle(structref.StructRefProxy):
    """What Python holds of such a table."""


structref.register(_Pointer)
structref.define_boxing(_Pointer, _Handle)


def _by_pointer(table: Any) -> Any:
    raise AssertionError("only compiled code calls this")


@numba.extending.overload(_by_pointer)
def _compile_by_pointer(table):  # type: ignore[no-untyped-def]  # numba compares the two signatures
    """Copy the fields of a named tuple, and of those within it, into structs on the heap."""
    if not isinstance(table, numba.types.BaseNamedTuple):
        return lambda table: table
    converted = [_pointer_type(field) for field in table]
    struct = _Pointer(list(zip(table.fields, converted, strict=True)))
    lines = [f"    struct.{name} = by_pointer(table.{name})" for name in table.fields]
    source = "\n".join(["def build(table):", "    struct = new(struct_type)", *lines, "    return struct"])
    names = {"new": structref.new, "struct_type": struct, "by_pointer": _by_pointer}
    exec(source, names)
    return names["build"]


def _pointer_type(field: Any) -> Any:
    if not isinstance(field, numba.types.BaseNamedTuple):
        return field
    inner = [_pointer_type(f) for f in field]
    return _Pointer(list(zip(field.fields, inner, strict=True)))


@kernel
def _bind(table: Any) -> Any:
    return _by_pointer(table)


def bind(table: T) -> T:
    """Hand a named tuple of arrays, numbers and further named tuples to kernels as one pointer.

    numba passes a tuple by value: with the market's hundred columns every call of a helper would copy
    seven hundred words and count references to each array, and the optimizer would drown in them (measured in
    docs/architecture.md). The handle shares the arrays' memory; it isn't for Python to look into. With
    ``NUMBA_DISABLE_JIT=1`` the tuple itself comes back.

    Parameters
    ----------
    table : NamedTuple
        its array fields are shared, its numbers are copied

    Returns
    -------
    NamedTuple
        a handle that stands for the table wherever a kernel expects it
    """
    if _settings.DISABLE_JIT:
        return table
    return cast("T", _bind(table))


def cache_folder() -> Path | None:
    """Return the folder of this source's compiled kernels; None if nowhere is writable."""
    return _FOLDER


def compiled_before() -> bool:
    """Tell whether compiled kernels of these very sources are in the cache.

    False means that a first run is going to spend a while compiling. True also
    when compiling is switched off by ``NUMBA_DISABLE_JIT``.
    """
    if _settings.DISABLE_JIT:
        return True
    return _FOLDER is not None and any(_FOLDER.rglob("*.nbc"))
