"""What a default rests on: a study, a vendor's word, a computation, or nothing at all.

A tag speaks of the number. Where a source tells only a direction, a form or a result that the number was chosen
for, the number stays an assumption, and the note says what the source told.

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
    "definition": "a unit, a clock, an accounting rule, a neutral value: there is nothing to be known",
    "assumption": "nobody knows",
}
"""Every tag, strongest first, with the words for people."""

SOURCED: tuple[Tag, ...] = ("read", "second-hand", "computed", "memory", "theory")
"""Tags that claim a source and so must name it."""


class Evidence(NamedTuple):
    """What one default rests on."""

    tag: Tag = "assumption"
    source: str = ""
    """Author, year, title or address; may be empty for a definition or an assumption, and only there."""
    note: str = ""
    """What the source does not say, or how far the default is from it."""


def read(source: str, note: str = "") -> Evidence:
    """Say that the figure was read in the study's own text or abstract."""
    return Evidence("read", source, note)


def second_hand(source: str, note: str = "") -> Evidence:
    """Say that the figure is a vendor's or the press's."""
    return Evidence("second-hand", source, note)


def computed(source: str, note: str = "") -> Evidence:
    """Say that the figure was computed from a public data set."""
    return Evidence("computed", source, note)


def memory(source: str, note: str = "") -> Evidence:
    """Say that the source is cited from memory and has to be verified."""
    return Evidence("memory", source, note)


def theory(source: str, note: str = "") -> Evidence:
    """Say that the value follows from a theory."""
    return Evidence("theory", source, note)


def definition(note: str = "", *, source: str = "") -> Evidence:
    """Say that there is nothing to be known: a unit, a clock, an accounting rule."""
    return Evidence("definition", source, note)


def assumption(note: str = "", *, source: str = "") -> Evidence:
    """Say that nobody knows the number; a source may still give its direction or its form."""
    return Evidence("assumption", source, note)
