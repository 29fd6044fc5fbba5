"""A scenario's assumptions: their sources, calibrated values, and its own settings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

from zerosum.report.document import Cell, Table, table_of
from zerosum.scenario import TAGS, Key, keys
from zerosum.scenario.fits import load_fits
from zerosum.scenario.spec import Scenario

_ASKED = ("name", "question", "comparison", "clock")
"""Tables about the question, not the market."""
MOST_SHOWN = 400
"""Maximum settings on a page; a scenario may have thousands of rows."""


def list_settings(scenario: Scenario) -> list[tuple[str, Any]]:
    """Return the scenario's own settings, as ``key, value``; rows of a table by name."""
    said = scenario.model_dump(exclude_unset=True)
    if all(
        product == {"name": product["name"], "vendor": product["name"]}
        for product in said.get("products", ())
    ):
        said.pop("products", None)  # derived from the vendors
    return [(path, value) for path, value in _leaves(said, "") if path.split(".")[0] not in _ASKED]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
        for number, row in enumerate(value):
            name = row.get("name", row.get("key", number + 1))
            for key, inner in row.items():
                if key != "name":
                    yield from _leaves(inner, f"{path}.{name}.{key}")
    else:
        yield path, value


SHORT = {
    "read": "read in studies",
    "second-hand": "figures of vendors or the press",
    "computed": "computed from public data",
    "memory": "from memory",
    "theory": "from theory",
    "definition": "definitions",
    "assumption": "assumptions without a source",
}
"""Tag -> words for a sentence."""


def count_evidence(scenario: Scenario) -> list[tuple[str, int]]:
    """Count the model's values by what they rest on: set by the scenario, and defaults by source."""
    used, own = _count(scenario)
    return [("set by this scenario", own.total()), *((words, used[tag]) for tag, words in SHORT.items())]


def _count(scenario: Scenario) -> tuple[Counter[str], Counter[str]]:
    """Count defaults in use, and values set by the scenario, by the tag of the default."""
    said = {_spec_path(path, scenario) for path, _ in list_settings(scenario)}
    used: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for key in keys():
        if key.path.split(".")[0] not in _ASKED and not key.path.startswith("uncertain"):
            (own if key.path in said else used)[key.evidence.tag] += 1
    return used, own


def counts_table(scenario: Scenario) -> Table:
    """Count the defaults in use by source."""
    used, own = _count(scenario)
    rows = [(words, str(used[tag]), str(own[tag])) for tag, words in TAGS.items() if used[tag] or own[tag]]
    return table_of(
        "Values of the model by what their defaults rest on",
        ("the default rests on", "default in use", "set by this scenario"),
        [(words[0].upper() + words[1:], number, other) for words, number, other in rows],
    )


def settings_table(scenario: Scenario) -> tuple[Table, int]:
    """List the scenario's own settings, and the number of those left out."""
    known = {key.path: key for key in keys()}
    found = list_settings(scenario)
    rows = [_row(path, value, known.get(_spec_path(path, scenario))) for path, value in found[:MOST_SHOWN]]
    head = ("setting", "value", "unit", "what it means")
    return table_of("What this scenario says itself", head, rows, text=(0, 2, 3, 4)), len(found) - len(rows)


def _row(path: str, value: Any, key: Key | None) -> tuple[Cell | str, ...]:
    default = "" if key is None or key.default in (..., None, ()) else f"default {_format_given(key.default)}"
    unit = "" if key is None or key.unit in ("name", "names", "text", "rule", "yes/no", "key") else key.unit
    return (
        break_key(path),
        Cell(_format_given(value), default if default != f"default {_format_given(value)}" else ""),
        unit,
        (key.description if key else ""),
    )


def break_key(path: str) -> Cell:
    """Allow line breaks in a long key between words."""
    return Cell(Markup(re.sub(r"([._])", r"\1<wbr>", str(escape(path)))))


def _format_given(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"
    if isinstance(value, list | tuple):
        return ", ".join(_format_given(one) for one in value) or "none"
    return str(value)


_TABLES_OF_ROWS = ("segments", "vendors", "products", "tools", "strategies", "uncertain")


def _spec_path(path: str, scenario: Scenario) -> str:
    """Return a setting's path in the spec, without its row's name, which may contain dots."""
    table, _, rest = path.partition(".")
    if table not in _TABLES_OF_ROWS:
        return path
    for row in getattr(scenario, table):
        name = getattr(row, "name", getattr(row, "key", ""))
        if rest.startswith(f"{name}."):
            return _leaf(f"{table}.{rest[len(name) + 1 :]}")
    return path


def _leaf(path: str) -> str:
    """Remove a user's own keys: ``vendors.reps_by_segment.small`` becomes ``vendors.reps_by_segment``."""
    known = {key.path for key in keys()}
    parts = path.split(".")
    return next((head for n in range(len(parts), 0, -1) if (head := ".".join(parts[:n])) in known), path)


def uncertain_table(scenario: Scenario) -> Table | None:
    """List values given as ranges; None if there are none."""
    if not scenario.uncertain:
        return None
    rows = [
        (
            break_key(row.key),
            f"{row.low:g} to {row.high:g}",
            "every ratio is as likely" if row.scale == "log" else "every value is as likely",
        )
        for row in scenario.uncertain
    ]
    return table_of(
        "What is believed within a range only", ("key", "range", "within it"), rows, text=(0, 1, 2, 3)
    )


def fitted_table(scenario: Scenario) -> Table:
    """List keys calibrated to published facts, with this scenario's values."""
    known = {key.path: key for key in keys()}
    rows: list[tuple[Cell | str, ...]] = []
    for parameter in load_fits().parameters:
        key = known[parameter.key]
        values = list(dict.fromkeys(_format_given(value) for value in _find_values(scenario, parameter.key)))
        unit = f" {key.unit}" if key.unit not in ("share", "factor", "utility", "logit") else ""
        rows.append(
            (
                break_key(parameter.key),
                Cell(
                    ", ".join(values) + unit,
                    f"{parameter.low:g} to {parameter.high:g}" * (not parameter.factor),
                ),
                key.description,
                ", ".join(parameter.pinned_by) or "none",
            )
        )
    head = ("value", "here, and the range tried", "what it means", "facts that pin it most")
    return table_of("Values that were fitted to published facts", head, rows, text=(0, 2, 3, 4))


def _find_values(scenario: Scenario, path: str) -> list[Any]:
    """Return a key's values, one per row of its table."""
    places: list[Any] = [scenario]
    for part in path.split("."):
        values = [getattr(place, part) for place in places]
        places = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
    return places
