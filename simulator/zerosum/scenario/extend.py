"""Register extensions of other packages: rules, effects of tools, metrics. ``docs/extend.md`` has an example.

A rule has the name of its table in the scenario file, an effect of a tool that of its table within the tool's row.
Without the table it is off, and changes no bit. With it, the digest of its code is part of the scenario's hash, so
results of two versions are never mixed. A registered metric is computed in every run.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import pickle
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, TypeVar, cast, get_args

from zerosum.errors import RunError
from zerosum.market.declare.section import Section
from zerosum.market.inventory.strategies import Tool
from zerosum.market.jit import Kernel, code_of
from zerosum.scenario.errors import Problem, ScenarioError
from zerosum.scenario.spec import Scenario, add_table

GROUP = "zerosum.extensions"
"""Entry points of this group are registered on first use."""

FIRST_STREAM, STREAMS = 0x8000, 0x8000
"""Random number streams from this one on are for extensions; the package's own start at 1."""

Phase = Literal["start", "hours", "work", "choices", "end"]


class Extension(Protocol):
    """An extension: a ``Mechanism``, a ``ToolEffect`` or a ``Metric``."""

    kind: ClassVar[str]
    """Its name in errors and results."""

    @property
    def name(self) -> str:
        """Its name, in lower case."""
        ...

    @property
    def code(self) -> Callable[..., Any]:
        """The function that does it."""
        ...

    def parameters(self) -> str:
        """Return the function's arguments, separated by commas."""
        ...

    def check(self) -> None:
        """Raise an error if it can't be added.

        Raises
        ------
        ScenarioError
            says why
        """
        ...

    def take_up(self) -> None:
        """Add it to zerosum; it replaces an extension of the same name."""
        ...


E = TypeVar("E", bound=Extension)


@dataclass(frozen=True)
class Mechanism:
    """A rule from another package.

    Attributes
    ----------
    name : str
        of the rule and of its table in a scenario file
    table : type
        its keys: a subclass of ``zerosum.market.declare.section.Section``; each needs a default
    phase : {"start", "hours", "work", "choices", "end"}
        before the week's first step; before hours are divided (step 5); before reps work (step 6); before buyers choose
        (step 9); after the last step
    act : callable
        A kernel is called with (key, week, market, rules, record, options), ``options`` being the numbers of the
        table; another function with (engine, options).
    """

    name: str
    table: type[Section]
    phase: Phase
    act: Callable[..., Any]

    kind: ClassVar[str] = "rule"
    home: ClassVar[type[Section]] = Scenario
    """The parent of its own table."""

    @property
    def code(self) -> Callable[..., Any]:
        """The function that does it."""
        return self.act

    def parameters(self) -> str:
        """Return what the function is called with."""
        return "key, week, market, rules, record, options" if self.compiled else "engine, options"

    @property
    def compiled(self) -> bool:
        """Whether it is a kernel."""
        return isinstance(self.act, Kernel)

    def check(self) -> None:
        """Raise an error if the name is taken, the phase doesn't exist, or the table can't be part of a scenario."""
        table = cast("Any", self.table)
        if self.name in self.home.model_fields:
            raise refusal(f"there is a table or key '{self.name}' already", "take another name")
        if self.phase not in get_args(Phase):
            raise refusal(f"there is no phase '{self.phase}'", f"known: {', '.join(get_args(Phase))}")
        if not (isinstance(table, type) and issubclass(table, Section)):
            raise refusal(
                f"the table of '{self.name}' is no Section",
                "derive it from zerosum.market.declare.section.Section",
            )
        required = [key for key, field in self.table.model_fields.items() if field.is_required()]
        if required:
            raise refusal(f"{self.name}.{required[0]} has no default", "give each key one")

    def take_up(self) -> None:
        """Allow its table in scenarios."""
        add_table(self.name, self.table, optional=True, home=self.home)


@dataclass(frozen=True)
class ToolEffect(Mechanism):
    """An effect of a tool beyond the keys of its row: a ``Mechanism`` with its table in the tool's row.

    Attributes
    ----------
    act : callable
        A kernel is called with (key, week, tool, market, rules, record, options), another function with
        (engine, tool, options). A rep's use of the tool is ``market.reps.tool_use[rep, tool]``.
    """

    kind: ClassVar[str] = "tool effect"
    home: ClassVar[type[Section]] = Tool

    def parameters(self) -> str:
        """Return what the function is called with."""
        return "key, week, tool, market, rules, record, options" if self.compiled else "engine, tool, options"


class Acting(NamedTuple):
    """A rule, or an effect of a tool, that is on in a scenario."""

    mechanism: Mechanism
    table: Section
    tool: int | None
    """Row of the effect's tool."""


class Known(NamedTuple):
    """An extension and its package."""

    extension: Extension
    package: str
    """Package (or script), and the digest of its code."""


_registered: dict[tuple[str, str], Known] = {}
"""By kind and name."""
_streams: dict[int, tuple[str, str]] = {}


def refusal(wrong: str, right: str) -> ScenarioError:
    """Return the error that says why an extension can't be registered."""
    return ScenarioError(Problem(wrong=wrong, source="zerosum.register", key="", allowed=right))


def stream(owner: str, purpose: str) -> int:
    """Return the number of an extension's random number stream, for ``draws.uniform(key, stream, ...)``.

    It depends on the two names only, not on other installed packages.

    Raises
    ------
    ScenarioError
        If another purpose has the same number.
    """
    names = (owner, purpose)
    number = FIRST_STREAM + int.from_bytes(hashlib.sha256(repr(names).encode()).digest()[:4], "big") % STREAMS
    if _streams.setdefault(number, names) != names:
        raise refusal(
            f"the streams {names} and {_streams[number]} have the same number",
            "rename one of the two purposes",
        )
    return number


def register(extension: E) -> E:
    """Add a rule, an effect of a tool, or a metric.

    Worker processes get it, too. A package with an entry point for it (``zerosum.extensions``) needs no call.

    Parameters
    ----------
    extension : Mechanism, ToolEffect or Metric

    Returns
    -------
    Mechanism, ToolEffect or Metric
        the same

    Raises
    ------
    ScenarioError
        If it can't be added; says why.
    """
    add(extension)
    return extension


def registered() -> tuple[Known, ...]:
    """Return all extensions, including those of installed packages."""
    register_installed()
    return tuple(_registered.values())


def add(extension: Any, package: str = "") -> None:
    """Add an extension.

    Parameters
    ----------
    extension : Mechanism, ToolEffect or Metric
    package : str, optional
        package and digest, if another process has sent and checked it

    Raises
    ------
    ScenarioError
        If it can't be added; says why.
    """
    if not hasattr(type(extension), "take_up"):
        raise refusal(
            f"{extension!r} can't be registered", "make a Mechanism, a ToolEffect or a Metric of it"
        )
    kind, name = extension.kind, extension.name
    known = _registered.get((kind, name))
    if known is not None and (known.extension == extension or known.package == package):
        return
    if not package:
        if not (isinstance(name, str) and re.fullmatch("[a-z][a-z0-9_]*", name)):
            raise refusal(
                f"{name!r} can't be the name of a {kind}", "write small letters, digits and _, a letter first"
            )
        _check_signature(extension)
        if known is None or not _is_rewritten(known.extension, extension):
            extension.check()
    extension.take_up()
    _registered[kind, name] = Known(extension, package or _package(_plain(extension.code)))


def _is_rewritten(known: Extension, extension: Extension) -> bool:
    """Return whether it is the same function, defined again, as when you rerun a notebook's cell."""
    old, new = _plain(known.code), _plain(extension.code)
    same = (old.__module__, old.__qualname__) == (new.__module__, new.__qualname__)
    return same and old is not new and "<lambda>" not in new.__qualname__


def _plain(function: Any) -> Any:
    return getattr(function, "py_func", function)


def _check_signature(extension: Extension) -> None:
    wanted = extension.parameters()
    function = _plain(extension.code)
    if not callable(function):
        raise refusal(f"what '{extension.name}' calls is no function", f"write one of ({wanted})")
    try:
        inspect.signature(function).bind(*wanted.split(", "))
    except TypeError:
        found = ", ".join(inspect.signature(function).parameters)
        raise refusal(
            f"the {extension.kind} '{extension.name}' is called with ({wanted}), and its function takes ({found})",
            "write a function of these",
        ) from None


# --- Registered extensions ----------------------------------------------------------------------------------------

_looked = False


def register_installed() -> None:
    """Register the extensions of installed packages, once; warn of those that can't be loaded, and skip them."""
    global _looked
    if _looked:
        return
    _looked = True  # before: a loaded package may call this again
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            add(entry.load())
        except Exception as error:  # an error in another package must not stop ours
            warnings.warn(
                f"'{entry.name}' ({entry.value}) can't be loaded: {' '.join(str(error).split())}",
                stacklevel=2,
            )


def _mechanisms() -> Iterator[Mechanism]:
    register_installed()
    for _, known in sorted(_registered.items()):
        if isinstance(known.extension, Mechanism):
            yield known.extension


def switched_on(scenario: Scenario) -> Iterator[Acting]:
    """Yield the extensions that are on in a scenario: rules by name, then effects, tool by tool.

    Parameters
    ----------
    scenario : Scenario

    Yields
    ------
    Acting
    """
    for mechanism in _mechanisms():
        if mechanism.home is Scenario:
            rows: list[tuple[int | None, Section]] = [(None, scenario)]
        else:
            rows = list(enumerate(scenario.tools))
        for row, home in rows:
            table = getattr(home, mechanism.name, None)
            if table is not None:
                yield Acting(mechanism, table, row)


def outside(scenario: Scenario) -> dict[str, str]:
    """Return the external code that a scenario's results depend on.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    dict
        kind and name -> package and digest of its code: extensions that are on, and all metrics
    """
    on = {(acting.mechanism.kind, acting.mechanism.name) for acting in switched_on(scenario)}
    return {
        f"{kind} {name}": known.package
        for (kind, name), known in sorted(_registered.items())
        if kind == "metric" or (kind, name) in on
    }


def codes(scenario: Scenario, told: Mapping[str, str] | None = None) -> Iterator[tuple[int | None, str, str]]:
    """Yield the name and digest of each rule and effect of a scenario.

    Parameters
    ----------
    scenario : Scenario
    told : mapping, optional
        from :func:`outside` when results were made; instead of the current code

    Yields
    ------
    tuple
        row of the tool, name, package and digest
    """
    for acting in switched_on(scenario):
        kind, name = acting.mechanism.kind, acting.mechanism.name
        yield acting.tool, name, (told or {}).get(f"{kind} {name}", _registered[kind, name].package)


def absent(told: Mapping[str, str]) -> str:
    """Format which external code of results isn't registered here; empty if all is.

    Parameters
    ----------
    told : mapping
        see :func:`outside`; may have other entries

    Returns
    -------
    str
        a sentence without its period
    """
    register_installed()
    lacking: dict[str, list[str]] = {}
    for key, package in told.items():
        kind, _, name = key.rpartition(" ")
        if kind in _KINDS and (kind, name) not in _registered:
            lacking.setdefault(package.partition(" ")[0], []).append(f"the {kind} '{name}'")
    return "; ".join(
        f"{' and '.join(names)} of {package} took part, and {package} isn't here: install it, or register it"
        for package, names in lacking.items()
    )


def metrics_from_outside() -> dict[str, str]:
    """Return package and digest of each registered metric, by kind and name."""
    register_installed()
    return {
        f"{kind} {name}": known.package for (kind, name), known in _registered.items() if kind == "metric"
    }


def failure(extension: Extension, when: str, error: Exception) -> RunError:
    """Return the error that says where an extension failed, and why.

    Parameters
    ----------
    extension : Extension
    when : str
        such as "in week 12"
    error : Exception
        raised by the extension

    Returns
    -------
    RunError
    """
    why = " ".join(str(error).split())[:300]
    home = str(Path(_plain(extension.code).__code__.co_filename).parent)
    places = [f for f in traceback.extract_tb(error.__traceback__) if str(Path(f.filename).parent) == home]
    where = f" ({Path(places[-1].filename).name}, line {places[-1].lineno})" if places else ""
    package = _registered[extension.kind, extension.name].package.partition(" ")[0]
    return RunError(
        f"the {extension.kind} '{extension.name}' of {package} failed {when}: {type(error).__name__}: {why}{where}"
    )


# --- Digests of code ----------------------------------------------------------------------------------------------

_KINDS = ("rule", "tool effect", "metric")
MAIN = ("__main__", "__mp_main__")
"""Modules that another process can't import: a script, an interactive session."""


def _package(function: Any) -> str:
    """Return a function's package and a digest of its sources; in a script or session, of the code that it uses."""
    name = function.__module__.partition(".")[0]
    return f"{MAIN[0] if name in MAIN else name} {_digest(function)}"


@cache
def _digest(function: Any) -> str:
    digest = hashlib.sha256()
    name = function.__module__.partition(".")[0]
    top = sys.modules.get(name)
    file = getattr(top, "__file__", None)
    if name in MAIN or file is None or not Path(file).is_file():
        # A script has the same digest as a file, from standard input, or cell by cell.
        for reached in _reached(function):
            digest.update(repr(reached).encode())
        return digest.hexdigest()[:16]
    package = hasattr(top, "__path__")
    for path in sorted(Path(file).parent.rglob("*.py")) if package else [Path(file)]:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _reached(function: Any) -> Iterator[Any]:
    """Yield a function's code, and all that it uses in its own module: functions, classes, values."""
    found = [function]
    for one in found:  # grows during the loop
        plain = _plain(one)
        if getattr(plain, "__module__", "") != function.__module__:
            yield getattr(plain, "__module__", ""), getattr(plain, "__qualname__", type(plain).__qualname__)
            continue
        yield plain.__qualname__
        values = list(vars(plain).values()) if isinstance(plain, type) else []
        if isinstance(plain, FunctionType):
            yield code_of(plain.__code__)
            values += [
                plain.__globals__[name] for name in _names(plain.__code__) if name in plain.__globals__
            ]
            values += [cell.cell_contents for cell in plain.__closure__ or ()]
            values += [*(plain.__defaults__ or ()), *(plain.__kwdefaults__ or {}).values()]
        for value in values:
            if callable(value):
                found += [value] * (value not in found)
            elif isinstance(value, set | frozenset):
                yield sorted(map(repr, value))
            else:
                with contextlib.suppress(Exception):  # skip what can't be pickled, such as a module
                    yield pickle.dumps(value)


def _names(code: CodeType) -> list[str]:
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return sorted({*code.co_names, *(name for one in inner for name in _names(one))})
