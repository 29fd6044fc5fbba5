"""Evidence for a default: a study, a vendor's figure, a computation, or none.

A tag describes the number. Where a source gives only a direction, a form or a result that the number was chosen
for, the number is an assumption, and the note says what the source gives.

>>> computed("a public set of deals", "the spread only")
Evidence(tag='computed', source='a public set of deals', note='the spread only')
>>> TAGS[computed("a public set of deals").tag]
'computed from a public data set'
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Tag = Literal["read", "second-hand", "computed", "memory", "theory", "definition", "assumption"]

TAGS: dict[Tag, str] = {
    "read": "read in the study's own text or abstract",
    "second-hand": "a figure of a vendor or of the press",
    "computed": "computed from a public data set",
    "memory": "from memory, to be verified",
    "theory": "what a theory says",
    "definition": "a unit, a clock, an accounting rule or a neutral value; no source is needed",
    "assumption": "an assumption, no source",
}
"""Every tag, strongest first, with its description."""

SOURCED: tuple[Tag, ...] = ("read", "second-hand", "computed", "memory", "theory")
"""Tags that must name a source."""


class Evidence(NamedTuple):
    """Evidence for one default."""

    tag: Tag = "assumption"
    source: str = ""
    """Author, year, title or address; may be empty for a definition or an assumption, and only there."""
    note: str = ""
    """What the source does not say, or how far the default is from it."""


def read(source: str, note: str = "") -> Evidence:
    """Tag a figure as read in the study's own text or abstract."""
    return Evidence("read", source, note)


def second_hand(source: str, note: str = "") -> Evidence:
    """Tag a figure of a vendor or of the press."""
    return Evidence("second-hand", source, note)


def computed(source: str, note: str = "") -> Evidence:
    """Tag a figure as computed from a public data set."""
    return Evidence("computed", source, note)


def memory(source: str, note: str = "") -> Evidence:
    """Tag a source as cited from memory, to be verified."""
    return Evidence("memory", source, note)


def theory(source: str, note: str = "") -> Evidence:
    """Tag a value as derived from a theory."""
    return Evidence("theory", source, note)


def definition(note: str = "", *, source: str = "") -> Evidence:
    """Tag a value that needs no evidence: a unit, a clock, an accounting rule."""
    return Evidence("definition", source, note)


def assumption(note: str = "", *, source: str = "") -> Evidence:
    """Tag a number without a source; a source may still give its direction or its form."""
    return Evidence("assumption", source, note)
