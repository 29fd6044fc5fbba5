"""Place buyers on the page's grid: neighbors have the same rep of ours, then the same segment."""

from __future__ import annotations

import numpy as np

from zerosum.market.engine import Engine


def places_of(engine: Engine) -> list[int]:
    """Return the place of each buyer, row by row: by territory, segment and number."""
    buyers, vendor = engine.market.buyers, engine.scenario.focal_index
    order = np.lexsort((buyers.segment, buyers.owner[:, vendor]))
    places = np.empty(len(order), np.int64)
    places[order] = np.arange(len(order))
    return [int(place) for place in places]
