"""Convert matplotlib figures to SVG for a page with several.

Text stays text in the page's font: a tenth of the size of outlines, sharp, and you can search, copy and enlarge it.
Space is measured for DejaVu Sans, which is wider than system fonts, so text doesn't overlap in any of them.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

import matplotlib
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from zerosum.report.plots import style
from zerosum.report.plots.layout import PHONE, Panel, lay_out

_SPACE = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_CURVE = re.compile("[CQ]")
_NO_TURN = re.compile(r"rotate\(-?0 ")
_SHORTHAND = re.compile(r"(?:(\d{3}) )?([\d.]+px) ")
_OF_A_GROUND = {"clip-path", "d", "fill", "id", "transform"}
_NOTHING = dict.fromkeys(("Creator", "Date", "Format", "Type"))
PX_PER_POINT = 96 / 72


@dataclass(frozen=True)
class Drawing:
    """Panels below each other: an element of a page, drawn when the page is written, or part of a chart's file.

    Attributes
    ----------
    name : str
        unique on the page
    label : str
        text for screen readers
    panels : tuple of Panel
    """

    name: str
    label: str
    panels: tuple[Panel, ...]

    def __html__(self) -> str:
        """Draw it as an element of a page."""
        found: list[Markup] = []

        def build() -> Figure:
            figure = lay_out([[panel] for panel in self.panels], PHONE, 0.03)
            found.append(inline(figure, self.name, self.label))
            return figure

        style.styled(build)()
        return found[0]


def inline(figure: Figure, name: str, label: str) -> Markup:
    """Return a figure as an element of a page.

    Parameters
    ----------
    figure : Figure
    name : str
        unique on the page: ids begin with it
    label : str
        text for screen readers

    Returns
    -------
    Markup
        identical for identical figures
    """
    written = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(written, format="svg", metadata=_NOTHING)
    # matplotlib has escaped the text.
    root = ElementTree.fromstring(written.getvalue())
    _clean(root, _prefix(name))
    wide, high = (float(side) for side in root.get("viewBox", "").split()[2:])
    inner = "".join(_written(child) for child in root)
    return Markup(
        f'<svg role="img" aria-label="{escape(label)}" width="{wide * PX_PER_POINT:.0f}" '
        f'height="{high * PX_PER_POINT:.0f}" viewBox="0 0 {_short(f"{wide:f}")} {_short(f"{high:f}")}">{inner}</svg>'
    )


def _prefix(name: str) -> str:
    """Return a short prefix that depends on the name only."""
    return "g" + hashlib.sha256(name.encode()).hexdigest()[:6]


def _clean(root: ElementTree.Element, prefix: str) -> None:
    """Keep only referenced ids and make them unique on the page; remove fonts.

    Ids are numbers in drawing order: matplotlib's are digests of positions, whose last digits may differ between
    drawings of a figure.
    """
    used = {found for element in root.iter() for found in _references(element)}
    there = [own for element in root.iter() if (own := element.get("id", "")) in used]
    ours = {own: f"{prefix}-{number}" for number, own in enumerate(dict.fromkeys(there))}
    for parent in root.iter():
        for child in list(parent):
            if child.tag == f"{_SPACE}style" or child.tag.endswith("metadata"):
                parent.remove(child)
    for element in root.iter():
        attributes = element.attrib
        own = attributes.pop("id", "")
        if own in used:
            attributes["id"] = ours[own]
        if _LINK in attributes:
            attributes["href"] = "#" + ours[attributes.pop(_LINK).removeprefix("#")]
        if _NO_TURN.match(attributes.get("transform", "")):
            del attributes["transform"]
        for key, value in attributes.items():
            attributes[key] = _REFERENCE.sub(lambda found: f"url(#{ours[found[1]]})", value)
        # As separate attributes: the page's policy disables style attributes.
        attributes.update(_presentation(attributes.pop("style", "")))


def _presentation(style: str) -> dict[str, str]:
    """Return a style attribute's rules by name, without the font family."""
    found: dict[str, str] = {}
    for rule in style.split(";"):
        name, _, value = (part.strip() for part in rule.partition(":"))
        if name == "font":  # matplotlib 3.9 writes "font: 700 9px 'DejaVu Sans', ..."
            weight, size = _SHORTHAND.match(value).groups()  # type: ignore[union-attr]
            found |= {"font-weight": weight, "font-size": size} if weight else {"font-size": size}
        elif value and name != "font-family":
            found[name] = value
    return found


def _references(element: ElementTree.Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        if key == _LINK:
            yield value.removeprefix("#")
        yield from _REFERENCE.findall(value)


def _written(element: ElementTree.Element) -> str:
    """Return an element as HTML: no namespaces, no needless groups, no invisible digits."""
    inner = "".join(_written(child) for child in element)
    tag = element.tag.removeprefix(_SPACE)
    if tag == "g" and not element.attrib:
        return inner
    if tag == "defs" and not inner:
        return ""
    if tag == "path" and _is_ground(element):
        return ""  # a background: the page is white
    said = "".join(
        f' {key}="{escape(_path(value) if key == "d" else _short(value))}"'
        for key, value in element.attrib.items()
    )
    words = str(escape(element.text)) if element.text and element.text.strip() else ""
    return f"<{tag}{said}>{words}{inner}</{tag}>" if words or inner else f"<{tag}{said}/>"


def _is_ground(element: ElementTree.Element) -> bool:
    return element.get("fill") == "#ffffff" and set(element.keys()) <= _OF_A_GROUND


def _short(value: str) -> str:
    """Round to tenths of a point, an invisible change, and put paths on one line."""
    rounded = _NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value)
    return " ".join(rounded.split())


def _path(value: str) -> str:
    """Shorten a path: points after a move are lines by default."""
    short = _short(value)
    return short if _CURVE.search(short) else short.replace(" L ", " ")
