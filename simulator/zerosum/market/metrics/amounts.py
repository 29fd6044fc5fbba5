"""Parse amounts of a metric: ``1pp``, ``0.05``, ``10k``, ``2%`` of the baseline's level."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from zerosum.market.metrics.catalogue import Metric

_WRITTEN = re.compile(
    r"\s*([0-9]{1,3}(?:[,_][0-9]{3})+(?:\.[0-9]*)?|[0-9]+\.?[0-9]*|\.[0-9]+)\s*(pp|%|k|M|G)?\s*"
)
_FACTORS = {"k": 1e3, "M": 1e6, "G": 1e9}


@dataclass(frozen=True)
class Amount:
    """A positive amount in a metric's unit, or (``relative``) a part of the baseline's level."""

    value: float
    relative: bool
    written: str

    def of(self, level: float) -> float:
        """Return the amount in the metric's unit, given the baseline's level."""
        return self.value * abs(level) if self.relative else self.value


def parse_amount(text: str, metric: Metric) -> Amount:
    """Read an amount of a metric.

    Parameters
    ----------
    text : str
        a number; with ``pp`` (percentage points) for shares and ratios, ``%`` (of the baseline's level) for
        what isn't a share, ``k``, ``M``, ``G`` for money
    metric : Metric

    Raises
    ------
    ValueError
        says what is allowed for this metric
    """
    share = metric.unit.startswith(("share", "points"))
    ratio = metric.unit == "ratio"
    money = metric.unit.startswith("money")
    allowed = (
        "percentage points, such as 1pp"
        if share
        else f"{metric.unit.replace('/', ' per ')}, such as {'5k' if money else '0.05' if ratio else '0.5'}; "
        "or a part of the baseline's level, such as 2%"
    )
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(
            f"'{text}' is no amount; {_likely(text, share or ratio)}{metric.label.lower()} is in {allowed}"
        )
    suffix = found[2]
    value = float(found[1].replace(",", "").replace("_", ""))
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"'{text}': an amount must be above zero; {metric.label.lower()} is in {allowed}")
    if (
        (suffix == "pp" and not (share or ratio))
        or (suffix == "%" and share)
        or (suffix in _FACTORS and not money)
        or (share and suffix is None and value >= 1)
    ):
        raise ValueError(f"'{text}': {metric.label.lower()} is in {allowed}")
    if suffix == "%":
        return Amount(value / 100, True, text.strip())
    factor = 0.01 if suffix == "pp" else _FACTORS.get(suffix or "", 1.0)
    return Amount(value * factor, False, text.strip())


def _likely(text: str, share: bool) -> str:
    """Return the amount that was probably meant: ``0.5pp`` for ``0,5 pp``, ``5000`` for ``$5,000``."""
    from zerosum.spreadsheet import plain, read_number

    points = re.fullmatch(r"\s*(.*?)\s*(?:pp|points?|percentage points)\s*", text)
    number = read_number(points[1] if points else text)
    if number is None or number.value <= 0 or number.unit:
        return ""
    value = number.value if number.other is None or number.value >= 1 else number.other
    if points or (number.percent and share):
        return f"write {plain(value if points else value * 100)}pp; "
    return f"write {number.percent}%; " if number.percent else f"write {plain(value)}; "
