"""The model's page is whole: every key, column, stream and step of the model, and every element of ODD+D."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from tests.each import each
from zerosum.market import schedule
from zerosum.market.draws import STREAMS
from zerosum.market.state import Buyers, Opportunities, Reps, Vendors
from zerosum.scenario import Scenario

pytestmark = pytest.mark.uncompiled


ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")

PARAMETERS = "| key | symbol | what it does in the rule |"
COLUMNS = "| column | unit | meaning | set in |"
CHANCE = "| stream | agent | week | draw | form | decides | step |"

ELEMENTS = """
## I Overview
### I.i Purpose and patterns
### I.ii Entities, state variables, and scales
### I.iii Process overview and scheduling
## II Design concepts
### II.i Theoretical and empirical background
#### Basic principles
### II.ii Individual decision-making
#### Objectives
#### Adaptation
### II.iii Learning
### II.iv Individual sensing
### II.v Individual prediction
### II.vi Interaction
### II.vii Collectives
### II.viii Heterogeneity
### II.ix Stochasticity
### II.x Observation
#### Emergence
## III Details
### III.i Implementation details
### III.ii Initialisation
### III.iii Input data
### III.iv Submodels
""".strip().splitlines()
"""Müller et al. (2013); within them, where they are not the same, the elements of Grimm et al. (2020)."""

REFERRED_TO = ("Time, money, random numbers", "Strategies and adopters")
"""Headings that docstrings in simulator/ and tests/ name."""


def keys(model: type[BaseModel], path: str = "") -> Iterator[str]:
    """Every field of the spec that is no table; rows of a table have no number."""
    for name, field in model.model_fields.items():
        inner = [t for t in (field.annotation, *get_args(field.annotation)) if _is_a_table(t)]
        if inner:
            yield from keys(inner[0], f"{path}{name}.")
        else:
            yield f"{path}{name}"


def _is_a_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def headings(page: str) -> list[str]:
    without_code = re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^#+ .+$", without_code, flags=re.MULTILINE)


def first_columns(page: str, header: str) -> list[list[str]]:
    """The cells of the first column, for each table with this header."""
    tables: list[list[str]] = []
    inside = False
    for line in page.splitlines():
        if line == header:
            inside = True
            tables.append([])
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            tables[-1].append(line.split("|")[1].strip())
    return tables


def names(cells: list[str]) -> list[str]:
    return [name for cell in cells for name in re.findall("`([^`]+)`", cell)]


def section(page: str, heading: str) -> str:
    """The text from a heading to the next one."""
    lines = page.splitlines()
    start = lines.index(heading) + 1
    end = next((i for i in range(start, len(lines)) if lines[i] in headings(page)), len(lines))
    return "\n".join(lines[start:end])


def steps() -> list[str]:
    """The ten steps as the schedule lists them: '1. Calendar', …; the eleventh keeps the record, and is no rule."""
    listed = re.findall(r"^ ?(\d+)\. (.{13})", str(schedule.__doc__), flags=re.MULTILINE)
    return [f"{number}. {name.strip()}" for number, name in listed if name.strip() != "Record"]


def compared(told: list[str], there: list[str], what: str) -> Iterator[str]:
    """Complaints about names that are missing, made up, or told more than once."""
    yield from (f"{what} '{name}' is not on the page" for name in there if name not in told)
    yield from (f"there is no {what} '{name}'" for name in dict.fromkeys(told) if name not in there)
    yield from (f"{what} '{name}' is told {n} times" for name, n in Counter(told).items() if n > 1)


def about_keys(page: str) -> Iterator[str]:
    cells = [cell for table in first_columns(page, PARAMETERS) for cell in table]
    for cell in cells:
        if not re.fullmatch("`[a-z_.]+`", cell):
            yield f"'{cell}' is not a key in backticks"
    yield from compared(names(cells), list(keys(Scenario)), "key")


def about_columns(page: str) -> Iterator[str]:
    tables: tuple[Any, ...] = (Buyers, Reps, Opportunities, Vendors)
    for cells, table in zip(first_columns(page, COLUMNS), tables, strict=True):
        yield from compared(names(cells), list(table._fields), f"{table.__name__} column")


def about_chance(page: str) -> Iterator[str]:
    yield from compared(names(first_columns(page, CHANCE)[0]), list(STREAMS), "stream")


def about_files(page: str) -> Iterator[str]:
    for name in sorted(set(re.findall(r"`((?:simulator|tests)/[\w/]+\.py)`", page))):
        if not (ROOT / name).is_file():
            yield f"there is no file '{name}'"


def about_elements(page: str) -> Iterator[str]:
    told = headings(page)
    yield from (f"'{element}' is missing" for element in ELEMENTS if element not in told)
    in_order = [heading for heading in told if heading in ELEMENTS]
    if sorted(in_order) == sorted(ELEMENTS) and in_order != ELEMENTS:
        yield "the elements are not in the standard's order"
    for name in REFERRED_TO:
        if f"#### {name}" not in told:
            yield f"'{name}' is missing: docstrings name it"


def about_steps(page: str) -> Iterator[str]:
    told = headings(page)
    for step in steps():
        if f"#### {step}" not in told:
            yield f"step '{step}' has no submodel"
            continue
        text = section(page, f"#### {step}")
        parts = {
            "code": "Code: `simulator/zerosum/market/mechanisms/",
            "twin": "Twin: `tests/reference/",
            "neutral values": "*Switch off*: ",
            "parameters": PARAMETERS,
        }
        yield from (
            f"step '{step}' does not name its {part}" for part, sign in parts.items() if sign not in text
        )


def about_mechanisms(page: str) -> Iterator[str]:
    for path in sorted((ROOT / "simulator" / "zerosum" / "market" / "mechanisms").glob("[!_]*.py")):
        if f"`simulator/zerosum/market/mechanisms/{path.name}`" not in page:
            yield f"no submodel names {path.name}"


def about_sources(page: str) -> Iterator[str]:
    """Whoever is cited is in the list, and who is in the list is cited."""
    text, listed = page.split("\n## References\n")
    text = " ".join(text.split())
    sources = re.findall(r"^- ([^,]+),.*?\((\d{4})\)", listed, flags=re.MULTILINE)
    cited: set[tuple[str, str]] = set()
    for found in re.finditer(r"\b(?:19|20)\d\d\b", text):
        before = text[max(0, found.start() - 60) : found.start()]
        known = [s for s in sources if s[1] == found[0] and s[0] in before]
        cited.update(known)
        if not known:
            name = re.findall(r"[\w'-]+", before)[-1]
            yield f"'{name} {found[0]}' is not listed"
    yield from (f"{name} ({year}) is not cited" for name, year in sources if (name, year) not in cited)


CHECKS: tuple[Callable[[str], Iterator[str]], ...] = (
    about_keys,
    about_columns,
    about_chance,
    about_files,
    about_elements,
    about_steps,
    about_mechanisms,
    about_sources,
)


@each("check", CHECKS)
def test_the_page_is_whole(check: Callable[[str], Iterator[str]]) -> None:
    assert list(check(PAGE)) == []


def test_the_schedule_has_ten_steps() -> None:
    assert [step.split(".")[0] for step in steps()] == [str(n) for n in range(1, 11)]


def test_links_within_the_page_lead_somewhere() -> None:
    anchors = {re.sub(r"[^\w -]", "", h.lstrip("# ").lower()).replace(" ", "-") for h in headings(PAGE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors


# The checks themselves


def without(line: str) -> Callable[[str], str]:
    """Drop the one line that begins so."""

    def change(page: str) -> str:
        lines = page.splitlines(keepends=True)
        kept = [found for found in lines if not found.startswith(line)]
        assert len(lines) - len(kept) == 1, line
        return "".join(kept)

    return change


def instead(old: str, new: str) -> Callable[[str], str]:
    def change(page: str) -> str:
        assert old in page, old
        return page.replace(old, new)

    return change


def test_no_key_can_be_left_out_unseen() -> None:
    unseen = set(about_keys(PAGE))
    for key in keys(Scenario):
        if f"key '{key}' is not on the page" not in unseen:
            seen = set(about_keys(without(f"| `{key}` |")(PAGE)))
            assert seen - unseen == {f"key '{key}' is not on the page"}


@each("step", steps())
def test_no_step_can_be_left_out_unseen(step: str) -> None:
    assert f"step '{step}' has no submodel" in about_steps(without(f"#### {step}")(PAGE))


@each("element", ELEMENTS)
def test_no_element_can_be_left_out_unseen(element: str) -> None:
    assert list(about_elements(without(element)(PAGE))) == [f"'{element}' is missing"]


CONTACT = "| `prospecting.contact` |"


@each(
    ("change", "check", "complaint"),
    [
        (instead(CONTACT, "| `prospecting.charm` |"), about_keys, "there is no key 'prospecting.charm'"),
        (
            instead(CONTACT, f"{CONTACT} | |\n{CONTACT}"),
            about_keys,
            "key 'prospecting.contact' is told 2 times",
        ),
        (
            instead(CONTACT, "| prospecting.contact |"),
            about_keys,
            "'prospecting.contact' is not a key in backticks",
        ),
        (without("| `goodwill_week` |"), about_columns, "Buyers column 'goodwill_week' is not on the page"),
        (instead("| `free_at` |", "| `free` |"), about_columns, "there is no Vendors column 'free'"),
        (without("| `CHOICE` |"), about_chance, "stream 'CHOICE' is not on the page"),
        (instead("| `CHOICE` |", "| `FATE` |"), about_chance, "there is no stream 'FATE'"),
        (
            instead("mechanisms/push.py", "mechanisms/pull.py"),
            about_files,
            "there is no file 'simulator/zerosum/market/mechanisms/pull.py'",
        ),
        (instead("mechanisms/push.py", "mechanisms/quota.py"), about_mechanisms, "no submodel names push.py"),
        (
            instead("### II.iii Learning", "### III.iv Submodels"),
            about_elements,
            "'### II.iii Learning' is missing",
        ),
        (
            instead("#### Time, money, random numbers", "#### Time"),
            about_elements,
            "'Time, money, random numbers' is missing: docstrings name it",
        ),
        (instead("*Switch off*", "*Off*"), about_steps, "step '5. Hours' does not name its neutral values"),
        (instead("Oyer 1998", "Oyer"), about_sources, "Oyer (1998) is not cited"),
        (without("- Erlang, A. K."), about_sources, "'Erlang 1917' is not listed"),
    ],
)
def test_the_checks_see_what_is_wrong(
    change: Callable[[str], str], check: Callable[[str], Iterator[str]], complaint: str
) -> None:
    assert complaint in check(change(PAGE))


def test_elements_out_of_order_are_seen() -> None:
    learning, sensing = "### II.iii Learning", "### II.iv Individual sensing"
    swapped = PAGE.replace(learning, "###").replace(sensing, learning).replace("###\n", f"{sensing}\n")
    assert list(about_elements(swapped)) == ["the elements are not in the standard's order"]
