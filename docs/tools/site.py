"""Build the site of the documentation: ``python -m docs.tools.site``, which ``make docs-site`` calls.

Pages are read on the forge as well, where links lead to files. So each page is staged before the build. What it links
to outside of ``docs/`` (a scenario, CONTRIBUTING.md) is staged below ``repo/``, notebooks are executed, and lists of
commands and names become their references. Then mkdocs builds the stage, strictly: a missing page or anchor fails.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

from docs.tools import api_reference, command_reference, notebooks
from docs.tools.blocks import DOCS, ROOT

STAGE = ROOT / "build" / "site-source"
SITE = ROOT / "build" / "site"
HOME = "README.md"
"""Of the repository; the site has a home page of its own."""

_LINK = re.compile(r"(?P<text>\]\()(?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")
_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def place(path: str) -> str:
    """Return where on the stage a file of the repository lies."""
    if path == HOME:
        return "index.md"
    if path.startswith("docs/"):
        inside = path.removeprefix("docs/")
        return inside.removesuffix(".py") + ".md" if inside.startswith("notebooks/") else inside
    return f"repo/{path}"


def links(page: str) -> Iterator[re.Match[str]]:
    """Yield the links of a page to files of the repository; what stands in code isn't one."""
    code = [match.span() for match in _CODE.finditer(page)]
    for link in _LINK.finditer(page):
        outside = "://" in link["target"] or link["target"].startswith("mailto:")
        if not outside and not any(begin <= link.start() < end for begin, end in code):
            yield link


def staged(page: str, path: str) -> tuple[str, list[str]]:
    """Return a page with its links as they must be on the stage, and the files that they lead to.

    Raises
    ------
    FileNotFoundError
        if a link leads to no file of the repository
    """
    parts, at, found = [], 0, []
    for link in links(page):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link["target"]))
        if not (ROOT / target).is_file():
            raise FileNotFoundError(f"{path} links to {link['target']}: there is no such file")
        relative = posixpath.relpath(place(target), posixpath.dirname(place(path)) or ".")
        parts += [page[at : link.start()], f"]({relative}{link['anchor'] or ''})"]
        at = link.end()
        found.append(target)
    return "".join([*parts, page[at:]]), found


def stage() -> int:
    """Write the stage anew, notebooks apart; return its number of pages."""
    shutil.rmtree(STAGE, ignore_errors=True)
    waiting = [f"docs/{path.name}" for path in sorted(DOCS.glob("*.md"))]
    seen = {*waiting, HOME}
    pages = 0
    while waiting:
        path = waiting.pop()
        source, target = ROOT / path, STAGE / place(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.startswith("docs/notebooks/"):
            continue
        if source.suffix == ".md":
            text, found = staged(source.read_text(encoding="utf-8"), path)
            text = command_reference.for_site(api_reference.for_site(text))
            target.write_text(text, encoding="utf-8")
            waiting += [each for each in found if each not in seen]
            seen.update(found)
            pages += 1
        else:
            shutil.copyfile(source, target)
    return pages


def build() -> int:
    """Build the stage into the site; return mkdocs' exit code, and print what it found at fault.

    Not with ``--quiet``: that hides warnings from ``--strict``, too.
    """
    env = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    done = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
    return done.returncode


def main() -> int:
    """Stage, execute the notebooks, build."""
    pages = stage() + notebooks.execute_all(DOCS / "notebooks", STAGE / "notebooks")
    code = build()
    if code == 0:
        print(f"{pages} pages in {SITE.relative_to(ROOT)}/")
    return code


if __name__ == "__main__":
    sys.exit(main())
