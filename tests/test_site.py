"""The site's pages: links lead where they led on the forge, and generated references hold every name."""

from __future__ import annotations

import inspect
import re

import pytest
import yaml

import zerosum
from docs.tools import api_reference, command_reference, site
from docs.tools.blocks import DOCS, ROOT
from zerosum.cli import COMMANDS

pytestmark = pytest.mark.uncompiled


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("docs/a.md", "[b](results.md#runsparquet)", "[b](results.md#runsparquet)"),
        ("docs/a.md", "[b](../README.md)", "[b](index.md)"),
        ("docs/a.md", "[b](../CONTRIBUTING.md#tests)", "[b](repo/CONTRIBUTING.md#tests)"),
        ("docs/a.md", "[b](notebooks/strategist.py)", "[b](notebooks/strategist.md)"),
        ("CONTRIBUTING.md", "[b](docs/results.md)", "[b](../results.md)"),
        ("experiments/README.md", "[b](saturation.toml)", "[b](saturation.toml)"),
        ("docs/a.md", "[b](https://example.org/x.md)", "[b](https://example.org/x.md)"),
        ("docs/a.md", "```\n[b](not/there.md)\n```", "```\n[b](not/there.md)\n```"),
        ("docs/a.md", "as `[b](not/there.md)`", "as `[b](not/there.md)`"),
        ("docs/a.md", "[`b`](../CONTRIBUTING.md)", "[`b`](repo/CONTRIBUTING.md)"),
    ],
)
def test_a_link_leads_where_it_led(path: str, before: str, after: str) -> None:
    assert site.staged(before, path)[0] == after


def test_a_link_to_nothing_is_refused_before_anything_is_built() -> None:
    with pytest.raises(FileNotFoundError, match=r"docs/a\.md links to gone\.md: there is no such file"):
        site.staged("[b](gone.md)", "docs/a.md")


def test_every_link_of_every_page_leads_to_a_file() -> None:
    pages = [*DOCS.glob("*.md"), *ROOT.glob("*.md"), ROOT / "experiments" / "README.md"]
    assert len(pages) > 25
    for page in pages:
        site.staged(page.read_text(encoding="utf-8"), page.relative_to(ROOT).as_posix())


def test_every_page_is_in_the_navigation() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    listed = re.findall(r": (\S+\.md)$", nav, flags=re.MULTILINE)
    wanted = [path.name for path in DOCS.glob("*.md")]
    wanted += [f"notebooks/{path.stem}.md" for path in (DOCS / "notebooks").glob("*.py")]
    here = [each for each in listed if not each.startswith("repo/")]
    assert sorted(here) == sorted(wanted), f"mkdocs.yml, nav: {sorted({*here} ^ {*wanted})}"


def test_the_site_has_every_command_with_every_option() -> None:
    page = command_reference.for_site((DOCS / "commands.md").read_text(encoding="utf-8"))
    assert re.findall(r"^## `zerosum (\S+)`$", page, flags=re.MULTILINE) == list(COMMANDS)
    assert "### `zerosum results verify`" in page
    assert "| `-n, --replications N` |" in page


def test_the_site_has_the_docstring_of_every_public_name() -> None:
    page = api_reference.for_site((DOCS / "api.md").read_text(encoding="utf-8"))
    named = re.findall(r"^::: zerosum\.(\w+)$", page, flags=re.MULTILINE)
    assert sorted(named) == sorted(set(zerosum.__all__) - {"__version__"})
    assert "written by" not in page


def test_the_site_is_built_with_what_its_successor_reads_too() -> None:
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    plugins = {each if isinstance(each, str) else next(iter(each)) for each in settings["plugins"]}
    assert plugins == {"search", "mkdocstrings"}
    assert settings.keys().isdisjoint({"hooks", "extra_javascript"})


def test_docstrings_of_public_names_have_no_roles_which_a_reader_would_see() -> None:
    found = [
        name for name in zerosum.__all__ if re.search(r":\w+:`", inspect.getdoc(getattr(zerosum, name)) or "")
    ]
    members = [
        f"{name}.{member}"
        for name in zerosum.__all__
        if inspect.isclass(getattr(zerosum, name))
        for member in dir(getattr(zerosum, name))
        if not member.startswith("_")
        and re.search(r":\w+:`", inspect.getdoc(getattr(getattr(zerosum, name), member)) or "")
    ]
    assert found + members == []
