"""What the results of all functions share: how a notebook shows them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from html import escape

import pandas as pd

from zerosum.runs.arrays import html


class Result(ABC):
    """Something found, as a notebook shows it: a line, sentences, a figure, and the first rows of a table."""

    @abstractmethod
    def __repr__(self) -> str:
        """Return a one-line description, in angle brackets."""

    @abstractmethod
    def _lead(self) -> tuple[Sequence[str], pd.DataFrame]:
        """Return what is shown first: sentences, and a table."""

    def _picture(self) -> str:
        """Return a figure as SVG; empty if none is shown."""
        return ""

    def _repr_html_(self) -> str:
        sentences, table = self._lead()
        said = "".join(f"<p>{escape(words)}</p>" for words in sentences)
        return said + self._picture() + html(repr(self).strip("<>"), table)
