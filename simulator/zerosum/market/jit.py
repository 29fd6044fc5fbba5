"""How kernels are declared: functions of numbers and arrays that are compiled at their first call.

Declaring and importing kernels is free: numba is imported when the first one is called
(:mod:`zerosum.market.compiler`). A kernel that Python calls is an *entry*: its machine code is kept in a cache on disk
(:mod:`zerosum.market.kernelcache`). The kernels that it calls are compiled into it and are not kept one by one, so
that few files are loaded at a start.

What is cached is named by :func:`digest`: by the bytecode of an entry and of all kernels that it can reach, and by
the values of all constants that they freeze. Comments, formatting, docstrings and annotations are not in it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any, Generic, ParamSpec, TypeVar, cast

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_COMPILED_LIBRARIES = ("numpy", "math", "numba", "llvmlite", "builtins")
"""Modules whose content is known by the library's version."""

OnCompile = Callable[[str, int, int], None]
"""Called with (name of a kernel, kernels done so far, kernels in all) while an entry is compiled."""

listeners: list[OnCompile] = []
"""Callbacks for the progress of compilation."""

_NEVER = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
_uncompiled = _NEVER


class Kernel(Generic[P, R]):
    """A function that is compiled when it is first called.

    Attributes
    ----------
    py_func : callable
        the function itself, plain Python
    inline : bool
        it is compiled into each of its callers
    """

    def __init__(self, function: Callable[P, R], inline: bool) -> None:
        functools.update_wrapper(self, function)
        self.py_func: Any = function
        self.inline = inline
        self._compiled: Callable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the kernel; compile it first if it isn't yet."""
        if _uncompiled:
            return cast("R", self.py_func(*args, **kwargs))
        if self._compiled is None:
            self._compiled = _load_compiler().entry(self)
        return self._compiled(*args, **kwargs)

    @property
    def name(self) -> str:
        """Module and name: ``schedule.run_weeks``."""
        return f"{self.py_func.__module__.rpartition('.')[2]}.{self.py_func.__qualname__}"

    def __repr__(self) -> str:
        return f"<kernel {self.name}>"

    def __reduce__(self) -> str:
        return str(self.py_func.__qualname__)


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of numbers and arrays, at its first call.

    The machine code runs without the interpreter lock, keeps the written order of floating-point operations (no
    fastmath: results must not depend on the optimizer) and divides as IEEE 754 says (x/0 is inf). With
    ``NUMBA_DISABLE_JIT=1``, or within :func:`uncompiled`, the function runs as plain Python, and a float of plain
    Python still raises ZeroDivisionError.

    Parameters
    ----------
    function : callable
        plain Python within what numba compiles

    Returns
    -------
    callable
        of the same signature; ``py_func`` is the original
    """
    return Kernel(function, inline=False)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function as :func:`kernel` does, but into each of its callers, so that their loops can be vectorised.

    For short helpers of numbers: LLVM can't vectorise a loop with a call in it. Also for helpers that receive many
    arrays often: a kernel that calls others counts references to all its arrays, each by an instruction that locks the
    bus.

    Parameters
    ----------
    function : callable
        plain Python within what numba compiles

    Returns
    -------
    callable
        of the same signature; ``py_func`` is the original
    """
    return Kernel(function, inline=True)


def bind(table: T) -> T:
    """Pass a named tuple of arrays, numbers and further named tuples to kernels as one pointer.

    numba passes a tuple by value: with the market's hundred columns every call of a helper would copy
    seven hundred words and count references to each array, which slows optimization (measured in
    docs/architecture.md). The handle shares the arrays' memory; Python code can't read it. Kernels only borrow from it:
    they must not return its columns. With uncompiled kernels, the tuple itself is returned.

    Parameters
    ----------
    table : NamedTuple
        its array fields are shared, its numbers are copied

    Returns
    -------
    NamedTuple
        a handle that replaces the table in calls of kernels
    """
    return table if _uncompiled else cast("T", _load_compiler().bind(table))


@contextlib.contextmanager
def uncompiled() -> Iterator[None]:
    """Run kernels as plain Python in this block, in all threads: slow, but without compilation.

    Tables bound before the block can't be used in it, nor those bound in it afterwards.
    """
    global _uncompiled
    before, _uncompiled = _uncompiled, True
    try:
        yield
    finally:
        _uncompiled = before


def is_compiled(*entries: Callable[..., Any]) -> bool:
    """Return whether the cache has these kernels.

    Parameters
    ----------
    *entries : kernels
        those that Python calls

    Returns
    -------
    bool
        True also where kernels run uncompiled
    """
    from zerosum.market.kernelcache import is_kept

    return _uncompiled or all(is_kept(e.name, digest(e)) for e in entries if isinstance(e, Kernel))


def _load_compiler() -> Any:
    """Import numba, for the second or so that this takes."""
    from zerosum.market import compiler

    return compiler


# --- What a kernel depends on ---------------------------------------------------------------------------------


def digest(entry: Kernel[..., Any]) -> str:
    """Return a digest of all that an entry's machine code depends on, except library versions.

    Parameters
    ----------
    entry : Kernel

    Returns
    -------
    str
        16 hexadecimal digits

    Raises
    ------
    TypeError
        if a kernel refers to something whose value can't be digested, and so could change unseen
    """
    found = hashlib.sha256()
    for reached in reachable(entry):
        found.update(repr((reached.name, reached.inline, _described(reached))).encode())
    return found.hexdigest()[:16]


def reachable(entry: Kernel[..., Any]) -> list[Kernel[..., Any]]:
    """List an entry and all kernels that it calls, directly or by others.

    Parameters
    ----------
    entry : Kernel

    Returns
    -------
    list of Kernel
        in the order in which they are met
    """
    found = [entry]
    for kernel_ in found:  # grows meanwhile
        found += [v for v in _globals_of(kernel_).values() if isinstance(v, Kernel) and v not in found]
    return found


def _described(kernel_: Kernel[..., Any]) -> Any:
    function = kernel_.py_func
    captured = [_value(cell.cell_contents, kernel_) for cell in function.__closure__ or ()]
    names = {name: _value(value, kernel_) for name, value in _globals_of(kernel_).items()}
    return (
        code_of(function.__code__),
        _value(function.__defaults__, kernel_),
        captured,
        sorted(names.items()),
    )


def _globals_of(kernel_: Kernel[..., Any]) -> dict[str, Any]:
    """Return the globals and module attributes that a kernel uses; dotted name -> value."""
    names = _names(kernel_.py_func.__code__)
    known = kernel_.py_func.__globals__
    found = {name: known[name] for name in sorted(names) if name in known}
    for name, module in list(found.items()):
        if isinstance(module, ModuleType) and module.__name__.split(".")[0] not in _COMPILED_LIBRARIES:
            # A column with the name of a module attribute adds one name too many: that is harmless.
            found |= {f"{name}.{inner}": vars(module)[inner] for inner in sorted(names & vars(module).keys())}
    return found


def _names(code: CodeType) -> set[str]:
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*(_names(c) for c in inner))


def code_of(code: CodeType) -> Any:
    """Return a function's bytecode and what it refers to, without its position in the file.

    Parameters
    ----------
    code : CodeType

    Returns
    -------
    tuple
        of texts and bytes, the same in every process of one version of Python
    """
    constants = [_constant(c) for c in code.co_consts]
    # The docstring is the first constant; no bytecode loads it. From 3.13 on a flag marks it.
    has_docstring = code.co_flags & (0x4000000 if sys.version_info >= (3, 13) else inspect.CO_NEWLOCALS)
    if has_docstring and isinstance(next(iter(code.co_consts), None), str):
        constants[0] = ""
    return (
        code.co_code,
        code.co_exceptiontable,
        constants,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
    )


def _constant(constant: Any) -> Any:
    if isinstance(constant, frozenset):  # its order isn't the same in every process
        return sorted(map(repr, constant))
    return code_of(constant) if isinstance(constant, CodeType) else repr(constant)


def _value(value: Any, user: Kernel[..., Any]) -> Any:
    """Describe a constant so that any change changes the digest."""
    if isinstance(value, (bool, int, float, complex, str, bytes, type(None), np.generic)):
        return type(value).__name__, repr(value)
    if isinstance(value, (tuple, list)):
        return type(value).__name__, [_value(v, user) for v in value]
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, value.tobytes()
    if isinstance(value, Kernel):
        return "kernel", value.name
    if isinstance(value, ModuleType):
        return "module", value.__name__
    if isinstance(value, type):
        return "class", value.__qualname__, getattr(value, "_fields", ())
    if isinstance(value, FunctionType):
        return "function", code_of(value.__code__)
    if isinstance(value, (BuiltinFunctionType, np.ufunc)):
        return "library", value.__name__
    raise TypeError(
        f"{user!r} refers to {value!r}: kernels may refer to numbers, texts, tuples, arrays and kernels only"
    )
