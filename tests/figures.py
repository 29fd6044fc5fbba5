"""What holds for every figure: no words are clipped or covered, and all data lie within their axes."""

from __future__ import annotations

import itertools

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text


def words_of(figure: Figure) -> str:
    """All words of a figure, on one line."""
    return " ".join(" ".join(text.get_text() for text in _texts(figure)).split())


def _texts(figure: Figure) -> list[Text]:
    """Texts that are seen: of the axes' numbers those within their ends."""
    unseen: set[Text] = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            out = [t for t in ticks if not ax.axison or not low <= t.get_loc() <= high]
            unseen |= {label for tick in out for label in (tick.label1, tick.label2)}
    found = [text for text in figure.findobj(Text) if text.get_visible() and text not in unseen]
    return [text for text in found if text.get_text().strip()]


def assert_readable(figure: Figure) -> None:
    """Check that no words are clipped or covered."""
    figure.draw_without_rendering()  # words find their places
    wide, high = figure.get_size_inches() * figure.dpi
    boxes = []
    for text in _texts(figure):
        # Without what stands around words: a box behind them, an arrow from them.
        box = Text.get_window_extent(text)
        assert min(box.x0, box.y0, wide - box.x1, high - box.y1) >= -0.5, f"clipped: {text.get_text()!r}"
        boxes.append((box.shrunk(0.96, 0.7), text.get_text()))
    for (box, words), (other, others) in itertools.combinations(boxes, 2):
        assert not box.overlaps(other), f"{words!r} over {others!r}"


def assert_on_pixels(figure: Figure) -> None:
    """Check that axes end on whole pixels, for lines that are as sharp everywhere."""
    sides = [*figure.get_size_inches(), *figure.get_size_inches()] * np.array(figure.dpi)
    edges = np.array([ax.get_position(original=True).extents for ax in figure.axes]) * sides
    np.testing.assert_allclose(edges, np.round(edges), atol=1e-6)


def assert_within(figure: Figure) -> None:
    """Check that all data lie within their axes."""
    for ax in figure.axes:
        ends = (sorted(ax.get_xlim()), sorted(ax.get_ylim()))
        for line in ax.lines:
            if line.get_transform() != ax.transData:
                continue
            for values, (low, high) in zip(line.get_data(), ends, strict=True):
                known = np.asarray(values, float)
                known = known[np.isfinite(known)]
                assert ((known >= low - 1e-9) & (known <= high + 1e-9)).all(), line
