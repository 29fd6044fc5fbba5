"""Load a scenario file, and the files that it extends, and validate the scenario."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import tomli_w

from zerosum.files import UnreadableFile, parse_toml, read_toml
from zerosum.scenario.errors import Problem, ScenarioError, format_value, nearest
from zerosum.scenario.explain import validate_scenario
from zerosum.scenario.extend import register_installed
from zerosum.scenario.merging import Tables
from zerosum.scenario.overrides import Overrides, apply_overrides
from zerosum.scenario.shipped import COMMANDS, kind_of, shipped_path, shipped_paths, with_article
from zerosum.scenario.spec import Scenario

OWN_KEYS = ("name", "question")
"""Keys that a file doesn't inherit from the file that it extends."""


class Shipped(NamedTuple):
    """A scenario that comes with zerosum."""

    name: str
    path: Path
    question: str
    scenario: Scenario | None
    """None if the file can't be loaded."""


def load_scenario(path_or_name: str | os.PathLike[str], overrides: Overrides = ()) -> Scenario:
    """Load a scenario file.

    Parameters
    ----------
    path_or_name : str or path
        a TOML file; or, if there is no such file, a shipped scenario's name
    overrides : sequence of str
        ``key.path=VALUE``, later ones win; or a mapping of key paths to values

    Returns
    -------
    Scenario
        frozen, valid as a whole

    Raises
    ------
    ScenarioError
        with all problems

    Examples
    --------
    >>> from zerosum import load_scenario
    >>> load_scenario("kickoff", {"market.saturation": 0.5}).market.saturation
    0.5
    """
    register_installed()
    path = _find(os.fsdecode(path_or_name))
    tables = Tables()
    for file, values in reversed(_read_chain(path)):
        tables.lay(values, _label(file))
    tables.values.setdefault("name", _name_from(path))
    return _validate(tables, overrides)


def parse_scenario(
    text_or_tables: str | Mapping[str, Any] | Scenario,
    overrides: Overrides = (),
    *,
    source: str = "scenario",
    folder: str | os.PathLike[str] = ".",
) -> Scenario:
    """Make a scenario from TOML text, from tables of ``tomllib``, or from another scenario.

    Parameters
    ----------
    text_or_tables : str, mapping or Scenario
    overrides
        as for ``load_scenario``
    source : str
        its name in errors
    folder : path
        base folder of ``extends``

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError

    Notes
    -----
    >>> scenario = parse_scenario("market.buyers = 500", ["market.saturation=0.2"])
    >>> scenario.market.buyers, scenario.market.saturation
    (500, 0.2)
    >>> parse_scenario(scenario, {"market.saturation": 0.3}).market.saturation
    0.3
    """
    register_installed()
    if isinstance(text_or_tables, Scenario):
        values = tables_of(text_or_tables)
    elif isinstance(text_or_tables, str):
        values = _parse(text_or_tables, source)
    else:
        values = dict(text_or_tables)
    tables = Tables()
    if "extends" in values:
        parent = _parent(values.pop("extends"), Path(folder), source)
        for file, inherited in reversed(_read_chain(parent)):
            tables.lay(_drop_own(inherited), _label(file))
    tables.lay(values, source)
    return _validate(tables, overrides)


def shipped_scenarios() -> list[Shipped]:
    """Return the scenarios that come with zerosum, sorted by name."""
    found = []
    for name, path in shipped_paths().items():
        scenario = None
        with contextlib.suppress(ScenarioError):
            scenario = load_scenario(path)
        found.append(Shipped(name, path, scenario.question if scenario else "", scenario))
    return found


def tables_of(scenario: Scenario) -> dict[str, Any]:
    """Return the tables of a file with this scenario."""
    values = scenario.model_dump(exclude_unset=True)
    followed = tuple({"name": vendor.name, "vendor": vendor.name} for vendor in scenario.vendors)
    if values.get("products") == followed:
        del values["products"]  # they follow from the vendors, even if an override changes them
    return values


def _validate(tables: Tables, overrides: Overrides) -> Scenario:
    problems, setters = apply_overrides(tables, overrides)
    try:
        scenario = validate_scenario(tables)
    except ScenarioError as error:
        raise ScenarioError([*problems, *error.problems]) from None
    if scenario.uncertain:
        from zerosum.scenario.believed import settle

        scenario, faults = settle(scenario, tables, setters)
        problems += faults
    if problems:
        raise ScenarioError(problems)
    return scenario


def _read_chain(path: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Read a file and all that it extends, the file itself first."""
    chain: list[tuple[Path, dict[str, Any]]] = []
    seen: list[Path] = []
    while True:
        if path.resolve() in seen:
            links = [_label(file) for file, _ in chain] + [_label(path)]
            raise ScenarioError(
                Problem(
                    wrong=f"'extends' leads round in a circle: {' -> '.join(links)}",
                    source=links[-2],
                    key="extends",
                    value=links[-1],
                    allowed="a file can't extend itself, directly or through others",
                )
            )
        seen.append(path.resolve())
        values = _read_scenario(path)
        parent = values.pop("extends", None)
        chain.append((path, values if len(chain) == 0 else _drop_own(values)))
        if parent is None:
            return chain
        path = _parent(parent, path.parent, _label(path))


def _drop_own(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in OWN_KEYS}


def _parent(extends: Any, folder: Path, source: str) -> Path:
    if not isinstance(extends, str) or not extends.strip():
        raise ScenarioError(
            Problem(
                wrong=f"extends = {format_value(extends)} is not the name of a file",
                source=source,
                key="extends",
                value=format_value(extends),
                allowed="it must be text: a file, relative to this one, or a shipped scenario's name",
            )
        )
    return _find(extends, folder, source)


def _find(given: str, folder: Path = Path(), child: str = "") -> Path:
    """Return the path of a file; ``child`` is the file that extends it, if any."""

    def fault(wrong: str, right: str = "", close: str = "") -> ScenarioError:
        if child:
            return ScenarioError(
                Problem(
                    f"extends = {format_value(given)}: {wrong}",
                    child,
                    "extends",
                    format_value(given),
                    right,
                    close,
                )
            )
        return ScenarioError(
            Problem(wrong, given[:100] or "''", value=format_value(given), allowed=right, nearest=close)
        )

    try:
        path = folder / Path(given).expanduser()
    except RuntimeError:  # unknown home folder
        path = folder / given
    try:
        if path.exists() and not path.is_dir():
            return path
        shipped = shipped_path(given)
        if shipped is not None:
            return shipped
        is_folder = path.is_dir()
    except (OSError, ValueError) as error:  # forbidden, too long, or with a null character
        reason = getattr(error, "strerror", None) or str(error)
        raise fault(f"this can't be read as a file ({reason.lower()})") from None
    other = shipped_path(given, "experiments")
    if other:
        kind = kind_of(_read(other)) or "experiment"
        raise fault(
            f"this is {with_article(kind)}, not a scenario",
            f"'zerosum {COMMANDS[kind]} {other.stem}' runs it",
        )
    if is_folder:
        raise fault("this is a folder", "name a scenario file in it")
    raise fault(
        "there is no such file or shipped scenario",
        f"shipped: {', '.join(shipped_paths())}",
        _nearest_file(path),
    )


def _nearest_file(path: Path) -> str:
    """Return the file in the same folder, or the shipped scenario, with the most similar name."""
    beside: dict[str, str] = {}
    with contextlib.suppress(OSError):
        files = sorted(path.parent.glob("*.toml"))
        beside = {file.stem: _label(file) for file in files}
    shipped = {name: name for name in shipped_paths()}
    known = shipped | beside
    close = nearest(path.stem, known)
    return known[close] if close else ""


def _read(path: Path) -> dict[str, Any]:
    with _as_scenario_error():
        return read_toml(path, "a scenario", _label(path))


def _read_scenario(path: Path) -> dict[str, Any]:
    """Read a scenario file.

    Raises
    ------
    ScenarioError
        If it is of another kind: names the command that runs it. If it is empty: a truncated or unsaved file
        would run on defaults only.
    """
    values, label = _read(path), _label(path)
    kind = kind_of(values, first="scenario")
    if kind not in (None, "scenario"):
        wrong = f"this is {with_article(kind)}, not a scenario"
        raise ScenarioError(Problem(wrong, label, allowed=f"'zerosum {COMMANDS[kind]} {label}' runs it"))
    if not values:
        usual = 'a scenario that is all defaults says so, such as with question = "What do the defaults do?"'
        raise ScenarioError(Problem("there is nothing in this file", label, allowed=usual))
    return values


def _parse(text: str, source: str) -> dict[str, Any]:
    with _as_scenario_error():
        return parse_toml(text, "a scenario", source)


@contextlib.contextmanager
def _as_scenario_error() -> Iterator[None]:
    try:
        yield
    except UnreadableFile as error:
        raise ScenarioError(
            Problem(error.wrong, error.source, allowed=error.allowed, excerpt=error.excerpt)
        ) from None


def _label(path: Path) -> str:
    """Return the shortest form of a path from the current folder."""
    try:
        return str(path.relative_to(Path.cwd())) if path.is_absolute() else os.path.normpath(path)
    except (OSError, ValueError):
        return str(path)


def _name_from(path: Path) -> str:
    """Return a scenario's name, from its file's name."""
    return re.sub(r"[^A-Za-z0-9 _.+-]+", "-", path.stem).lstrip(" _.+-")[:60].rstrip(" .") or "unnamed"


def scenario_text(scenario: Scenario) -> str:
    """Format a scenario as TOML: every value that was set, no defaults.

    >>> from zerosum.scenario import parse_scenario
    >>> print(scenario_text(parse_scenario("name = 'mine'", {"market.saturation": 0.5})), end="")
    name = "mine"
    <BLANKLINE>
    [market]
    saturation = 0.5
    """
    return tomli_w.dumps(tables_of(scenario))
