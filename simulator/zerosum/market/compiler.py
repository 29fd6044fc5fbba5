"""How kernels are compiled: the only file that imports numba, and itself imported when the first kernel is called."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib.metadata
import pickle
import platform
import struct
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
import numba.extending
import numpy as np
from numba.core import cgutils
from numba.core.caching import NullCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompileResult
from numba.core.environment import Environment
from numba.core.runtime import rtsys
from numba.core.serialize import dumps
from numba.core.typing.templates import AttributeTemplate
from numba.np import arrayobj

from zerosum.market import jit, kernelcache
from zerosum.market.jit import Kernel


@cache
def _versions() -> str:
    """Describe all that machine code depends on, except the kernels."""
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
        rtsys.initialize(
            target
        )  # all that loading needs; to compile, numba loads what it knows of all of numpy
        content = kernelcache.read(self.kernel.name, self.digest, self._form(signature, target.codegen()))
        return content and CompileResult._rebuild(target, *pickle.loads(content))

    def save_overload(self, signature: Any, result: Any) -> None:
        form = self._form(signature, result.codegen)
        kernelcache.write(self.kernel.name, self.digest, form, dumps(_without_source(result._reduce())))


def _without_source(reduced: Any) -> Any:
    """Drop what numba stores beside machine code to compile callers: 9 bytes of 10, parsed at every start.

    No compiled code calls an entry. A module of stubs still lists the names that the machine code defines.
    """
    (name, kind, (machine_code, bitcode)), *rest, environments = reduced
    module = llvmlite.binding.parse_bitcode(bitcode)
    functions = [
        f'define void @"{f.name}"() {{ ret void }}' for f in module.functions if not f.is_declaration
    ]
    values = [f'@"{v.name}" = global i8* null' for v in module.global_variables if not v.is_declaration]
    stubs = llvmlite.binding.parse_assembly("\n".join(functions + values))
    kept = tuple(
        _without_module(e) if e.globals["__name__"].startswith("numba.") else e for e in environments
    )
    return ((name, kind, (machine_code, stubs.as_bitcode())), *rest, kept)


def _without_module(environment: Environment) -> Environment:
    """Let an environment load without its numba module, which loads scipy and more.

    Compiled code uses only its constants.
    """
    plain = Environment({"__name__": "builtins"})
    plain.consts[:], plain.env_name = environment.consts, environment.env_name
    return plain


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
    """Return what Python calls in place of a kernel: loaded, or compiled, for the types of each call.

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
                # A table class of a script or notebook is loaded as another class than that of the call.
                made.add_overload(found._replace(signature=found.signature.replace(args=tuple(args))))
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


class _Table(numba.types.Type):
    """Type of a table that is passed to kernels as the address of words of eight bytes.

    A field's first word is a number or an array's address; an array's lengths follow; a table within lies within.

    Attributes
    ----------
    fields : dict
        name -> type
    starts : dict
        name -> place of the field's first word
    words : int
        how many there are
    """

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields, self.starts, self.words = fields, dict[str, int](), 0
        for name, kind in fields.items():
            self.starts[name] = self.words
            self.words += kind.words if isinstance(kind, _Table) else 1 + getattr(kind, "ndim", 0)
        content = repr([(name, str(kind)) for name, kind in fields.items()])
        # Short, because it is a part of the name of every function that gets such a table.
        super().__init__(f"Table{hashlib.sha256(content.encode()).hexdigest()[:12]}")


numba.extending.register_model(_Table)(numba.extending.models.OpaqueModel)


class _Handle:
    """What Python holds of such a table; it keeps alive what kernels borrow."""

    __slots__ = ("_kept", "_numba_type_", "address")

    def __init__(self, table: Any) -> None:
        words, form = list[Any](), list[Any]()
        _describe(table, words, form)
        known = _types.get(tuple(form))
        if known is None:
            numbers = "".join("d" if isinstance(word, float) else "q" for word in words)
            known = _types[tuple(form)] = _table_type(table), struct.Struct(numbers)
        self._numba_type_, packing = known
        packed = bytearray(packing.pack(*words))
        self._kept, self.address = (table, packed), _address(packed)


_types: dict[tuple[Any, ...], tuple[_Table, struct.Struct]] = {}
"""What tells tables of two types apart -> the type, and how its words are packed."""


def _describe(table: Any, words: list[Any], form: list[Any]) -> None:
    """Append what kernels read of a table, and what its type depends on."""
    form.append(type(table))
    for field in table:
        if isinstance(field, np.ndarray):
            words += _address(field), *field.shape
            form += field.dtype.num, field.ndim, field.flags.num
        elif isinstance(field, tuple):
            _describe(field, words, form)
        else:
            words.append(field)
            form.append(type(field))


_Start = ctypes.c_char * 0


def _address(array: Any) -> int:
    """Return the address of an array's numbers; numpy's own way takes five times as long."""
    try:
        return ctypes.addressof(_Start.from_buffer(array))
    except TypeError:  # it is read-only
        return int(array.__array_interface__["data"][0])


def _table_type(table: Any) -> _Table:
    """Return the type of a table.

    Raises
    ------
    TypeError
        if a field isn't what kernels can read by its address
    """
    fields = {}
    for name, field in zip(table._fields, table, strict=True):
        kind = fields[name] = _table_type(field) if isinstance(field, tuple) else numba.typeof(field)
        plain = (numba.types.boolean, numba.types.int64, numba.types.float64)
        if not (isinstance(kind, _Table) or kind in plain or getattr(kind, "layout", "") == "C"):
            raise TypeError(f"{type(table).__name__}.{name} is {kind}: no number, table or contiguous array")
    return _Table(fields)


@numba.extending.unbox(_Table)
def _unbox(_kind: Any, handle: Any, context: Any) -> Any:
    address = context.pyapi.object_getattr_string(handle, "address")
    pointer = context.pyapi.long_as_voidptr(address)
    context.pyapi.decref(address)
    return numba.extending.NativeValue(pointer)


@numba.extending.infer_getattr
class _Fields(AttributeTemplate):
    key = _Table

    def generic_resolve(self, table: _Table, name: str) -> Any:
        return table.fields.get(name)


@numba.extending.lower_getattr_generic(_Table)
def _take(context: Any, builder: Any, table: _Table, pointer: Any, name: str) -> Any:
    """Take a field out of a table: borrowed, so that no references are counted."""
    kind, start = table.fields[name], table.starts[name]

    def word(at: int, of: Any) -> Any:
        place = builder.bitcast(cgutils.gep_inbounds(builder, pointer, 8 * (start + at)), of.as_pointer())
        found = builder.load(place)
        # Nothing writes to the words while kernels run: a loop needn't read them again after a write to a column.
        found.set_metadata("invariant.load", builder.module.add_metadata([]))
        return found

    if isinstance(kind, _Table):
        return cgutils.gep_inbounds(builder, pointer, 8 * start)
    if kind == numba.types.boolean:
        return builder.trunc(word(0, cgutils.intp_t), context.get_value_type(kind))
    if not isinstance(kind, numba.types.Array):
        return word(0, context.get_value_type(kind))
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    shape = [word(1 + axis, cgutils.intp_t) for axis in range(kind.ndim)]
    strides = [cgutils.intp_t(size)]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    array = arrayobj.make_array(kind)(context, builder)
    data = word(0, context.get_data_type(kind.dtype).as_pointer())
    arrayobj.populate_array(array, data, shape, strides, size, None)
    return array._getvalue()


def bind(table: Any) -> Any:
    """Do what :func:`zerosum.market.jit.bind` says.

    Parameters
    ----------
    table : NamedTuple

    Returns
    -------
    handle
    """
    return _Handle(table)
