"""How kernels are compiled: the only file that imports numba, and itself imported when the first kernel is called."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import pickle
import platform
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
import numba.extending
from numba.core.caching import NullCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps
from numba.experimental import structref

from zerosum.market import jit, kernelcache
from zerosum.market.jit import Kernel


@cache
def _versions() -> str:
    """Name all but the kernels themselves that shapes machine code."""
    libraries = [f"{name} {importlib.metadata.version(name)}" for name in ("numba", "llvmlite", "numpy")]
    here = compile(Path(__file__).read_bytes(), "", "exec", dont_inherit=True)
    own = hashlib.sha256(repr(jit.code_of(here)).encode()).hexdigest()
    return repr((platform.python_implementation(), sys.version, libraries, own))


class _Progress(threading.local):
    """What this thread is compiling."""

    done = 0
    total = 0


_progress = _Progress()


def _tell(what: str) -> None:
    for listener in jit.listeners:
        listener(what, _progress.done, _progress.total)


def _form_of(argument: Any) -> Any:
    """Describe a type; numba's own name of a named tuple leaves out its fields' names."""
    if isinstance(argument, numba.types.BaseNamedTuple):
        return argument.fields, [_form_of(field) for field in argument]
    return str(argument)


class _EntryCache(NullCache):
    """Reads and keeps an entry's machine code, for numba."""

    def __init__(self, kernel: Kernel[..., Any]) -> None:
        self.kernel, self.digest = kernel, jit.digest(kernel)

    def _form(self, signature: Any, codegen: Any) -> str:
        return repr(([_form_of(a) for a in signature], codegen.magic_tuple(), _versions()))

    def load_overload(self, signature: Any, target: Any) -> Any:
        target.refresh()
        content = kernelcache.read(self.kernel.name, self.digest, self._form(signature, target.codegen()))
        return content and CompileResult._rebuild(target, *pickle.loads(content))

    def save_overload(self, signature: Any, result: Any) -> None:
        form = self._form(signature, result.codegen)
        kernelcache.write(self.kernel.name, self.digest, form, dumps(_without_source(result._reduce())))


def _without_source(reduced: Any) -> Any:
    """Leave out what numba keeps beside machine code to compile callers: 9 bytes of 10, parsed at every start.

    No compiled code calls an entry. The names that the machine code defines are still told, in a module of stubs.
    """
    (name, kind, (machine_code, bitcode)), *rest = reduced
    module = llvmlite.binding.parse_bitcode(bitcode)
    functions = [
        f'define void @"{f.name}"() {{ ret void }}' for f in module.functions if not f.is_declaration
    ]
    values = [f'@"{v.name}" = global i8* null' for v in module.global_variables if not v.is_declaration]
    stubs = llvmlite.binding.parse_assembly("\n".join(functions + values))
    return ((name, kind, (machine_code, stubs.as_bitcode())), *rest)


class _Part(JITCodeLibrary):
    """What one function becomes: a part of its entry's module.

    numba optimises each function's module, with all that it calls within, and makes machine code of it. Here that is
    done once, for the entry.
    """

    whole = ""
    """Name of the entry."""

    def _optimize_functions(self, module: Any) -> None:
        module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        if self.name == self.whole:
            super()._optimize_final_module()

    def _finalize_final_module(self) -> None:
        if self.name == self.whole:
            super()._finalize_final_module()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return int(super().get_pointer_to_function(name)) if self.name == self.whole else 0


@contextlib.contextmanager
def _one_module(codegen: Any, whole: str) -> Iterator[None]:
    """Compile everything within into the module of one entry."""
    part = type("_PartOfEntry", (_Part,), {"whole": whole})
    usual, set_env = codegen._library_class, codegen.set_env

    def set_if_there(name: str, environment: Any) -> None:
        if codegen._engine.is_symbol_defined(name):
            set_env(name, environment)

    codegen._library_class, codegen.set_env = part, set_if_there
    try:
        yield
    finally:
        codegen._library_class, codegen.set_env = usual, set_env


def _dispatcher(kernel: Kernel[..., Any], **more: bool) -> Any:
    options = {"nogil": True, "fastmath": False, "error_model": "numpy", "forceinline": kernel.inline}
    return numba.njit(**options, **more)(kernel.py_func)


def entry(kernel: Kernel[..., Any]) -> Any:
    """Make what Python calls in place of a kernel: it is loaded, or compiled, for the types of each call.

    Parameters
    ----------
    kernel : Kernel

    Returns
    -------
    callable
    """
    made = _dispatcher(kernel)
    made._cache = _EntryCache(kernel)
    load_or_compile = made.compile

    def once_on_this_machine(signature: Any) -> Any:
        args, _ = numba.core.sigutils.normalize_signature(signature)
        with numba.core.compiler_lock.global_compiler_lock:
            if tuple(args) in made.overloads:
                return made.overloads[tuple(args)].entry_point
            if (found := made._cache.load_overload(signature, made.targetctx)) is not None:
                made.add_overload(found)
                return found.entry_point
            with kernelcache.alone(), _one_module(made.targetctx.codegen(), kernel.py_func.__qualname__):
                _progress.done, _progress.total = 0, len(jit.reachable(kernel))
                _tell(kernel.name)
                compiled = load_or_compile(signature)
                _progress.done = _progress.total
                _tell("")
                return compiled

    made.compile = once_on_this_machine
    return made


@cache
def _callee(kernel: Kernel[..., Any]) -> Any:
    """Make what compiled code calls in place of a kernel."""
    made = _dispatcher(kernel, no_cpython_wrapper=True, no_cfunc_wrapper=True)
    call_template, compile_ = made.get_call_template, made.compile

    def without_literals(args: Any, kws: Any) -> Any:
        # numba would compile a function anew for every constant that it is called with.
        return call_template([numba.types.unliteral(arg) for arg in args], kws)

    def and_tell(signature: Any) -> Any:
        n_before = len(made.overloads)
        found = compile_(signature)
        if len(made.overloads) > n_before:
            _progress.done = min(_progress.done + 1, _progress.total - 1)
            _tell(kernel.name)
        return found

    made.get_call_template, made.compile = without_literals, and_tell
    return made


@numba.extending.typeof_impl.register(Kernel)
def _type_of_kernel(kernel: Kernel[..., Any], _: Any) -> Any:
    return numba.types.Dispatcher(_callee(kernel))


# --- Tables by pointer ----------------------------------------------------------------------------------------


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


@jit.kernel
def bind(table: Any) -> Any:
    """Do what :func:`zerosum.market.jit.bind` says.

    Parameters
    ----------
    table : NamedTuple

    Returns
    -------
    handle
    """
    return _by_pointer(table)
