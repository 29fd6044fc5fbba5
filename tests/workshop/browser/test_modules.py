"""The page's modules keep to what a replay file needs: they can be joined into one script by dropping two words.

No bundler is needed for that, as long as names are unique over all modules, imports are plain, and form no circle.
"""

from __future__ import annotations

import re
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import zerosum
from tests.each import each

PAGE = Path(zerosum.__file__).parent / "workshop" / "page"
MODULES = {path.name: path.read_text(encoding="utf-8") for path in PAGE.glob("*.js")}
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([a-z]+\.js)";$', flags=re.MULTILINE)


def imports(text: str) -> list[str]:
    """Names of the modules that a module imports from, where it takes names as they are."""
    return [module for names, module in IMPORT.findall(text) if " as " not in names]


@each("name", MODULES)
def test_imports_are_plain(name: str) -> None:
    text = MODULES[name]
    assert len(imports(text)) == len(re.findall(r"^import\b", text, flags=re.MULTILINE))
    assert not re.search(r"\bimport\(|\beval\(|new Function", text)
    assert set(imports(text)) <= set(MODULES)
    exports = re.findall(r"^export (\w+)", text, flags=re.MULTILINE)
    assert set(exports) <= {"async", "class", "const", "function"}


def test_imports_form_no_circle() -> None:
    graph = {name: set(imports(text)) for name, text in MODULES.items()}
    assert list(TopologicalSorter(graph).static_order())


def test_every_module_is_used() -> None:
    imported = {other for text in MODULES.values() for other in imports(text)}
    scripts = {
        name
        for page in PAGE.glob("*.html")
        for name in re.findall(r"/static/([a-z]+\.js)", page.read_text(encoding="utf-8"))
    }
    assert imported | scripts == set(MODULES)


def test_names_are_unique_over_all_modules() -> None:
    found = Counter(
        name
        for text in MODULES.values()
        for name in re.findall(
            r"^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+)", text, flags=re.MULTILINE
        )
    )
    assert {name: n for name, n in found.items() if n > 1} == {}


def test_pages_have_no_script_or_style_of_their_own() -> None:
    for page in PAGE.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|<script>|\son\w+=|https?:", text), page.name
