"""Bundle the page as one file, with scripts, styles and data inlined, and a policy that allows nothing else.

The modules need no bundler (``tests/workshop/browser/test_modules.py``): plain imports, unique top-level names, no
cycles. So they are sorted by their imports, and two keywords are removed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from zerosum.report.policy import write_policy

PAGE = Path(__file__).resolve().parent / "page"

MARK = '<script type="application/json" id="replay">'
"""Start of the data; no other page has it."""

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z]+\.js)";\n', flags=re.MULTILINE)
_EXPORT = re.compile(r"^export ", flags=re.MULTILINE)
_STYLE = re.compile(r'<link rel="stylesheet" href="/static/([^"]+)">')
_SCRIPT = re.compile(r'<script src="/static/([^"]+)"></script>')
_MODULE = re.compile(r'<script type="module" src="/static/([^"]+)"></script>')


def bundled(data: Mapping[str, Any]) -> str:
    """Return the page with its data, as one HTML file that loads nothing.

    Parameters
    ----------
    data : mapping
        for ``replay.js``, see docs/workshop.md
    """
    texts: dict[str, list[str]] = {"script": [], "style": []}

    def inline(tag: str, text: str, kind: str = "") -> str:
        texts[tag].append(text)
        return f"<{tag}{kind}>{text}</{tag}>"

    html = _text("index.html")
    html = _STYLE.sub(lambda found: inline("style", _text(found[1])), html)
    html = _SCRIPT.sub(lambda found: inline("script", _text(found[1])), html)
    html = _MODULE.sub(lambda found: inline("script", joined(found[1]), ' type="module"'), html)
    policy = write_policy(texts["script"], texts["style"])
    # A "<" in the data could end its element; JSON can always escape it.
    written = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    html = html.replace("<!-- policy -->", f'<meta http-equiv="Content-Security-Policy" content="{policy}">')
    return html.replace("<!-- replay -->", f"{MARK}{written}</script>")


def joined(entry: str) -> str:
    """Return a module and all its imports as one script."""
    graph: dict[str, list[str]] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in graph:
            graph[name] = _IMPORT.findall(_text(name))
            waiting += graph[name]
    order = TopologicalSorter(graph).static_order()
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _text(name))) for name in order)


def _text(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")
