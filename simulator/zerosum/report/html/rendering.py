"""Fill in a page's template: escaped, complete, with numbers and their units on one line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from zerosum.report.policy import write_policy

_HERE = Path(__file__).parent
_NUMBER_AND_UNIT = re.compile(r"(?<=\d) (?=(?:%|pp|k|M|G|h)(?![A-Za-z]))")


def render(template: str, **content: Any) -> str:
    """Return a page: its template with content, style and policy."""
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_held_together,
    )
    style = Markup((_HERE / "style.css").read_text(encoding="utf-8"))
    return environment.get_template(template).render(
        style=style, policy=write_policy(styles=[style]), **content
    )


def _held_together(value: Any) -> Any:
    """Prevent line breaks between numbers and units; keep markup."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _NUMBER_AND_UNIT.sub("\N{NO-BREAK SPACE}", value)
    return value
