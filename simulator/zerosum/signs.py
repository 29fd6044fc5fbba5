"""Plain signs for terminals and files that know ASCII only: ``+/-`` for ``±``, ``-`` for ``–``."""

from __future__ import annotations

SIGNS = {
    **dict.fromkeys("–—−─━", "-"),
    **dict.fromkeys("│┃·", "|"),
    **dict.fromkeys("\u2018\u2019", "'"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
    "±": "+/-",
    "…": "...",
    "×": "x",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    **dict(zip("€£¥₹₩₪₺₽", ("EUR", "GBP", "JPY", "INR", "KRW", "ILS", "TRY", "RUB"), strict=True)),
    **dict(zip("฿₫₴₦₱₲₡₵", ("THB", "VND", "UAH", "NGN", "PHP", "PYG", "CRC", "GHS"), strict=True)),
    **dict(zip("₸₼₾", ("KZT", "AZN", "GEL"), strict=True)),
}
"""Sign -> what stands for it in ASCII. Letters of names have no entry."""
_TABLE = str.maketrans(SIGNS)


def to_ascii(text: str) -> str:
    """Replace the signs that this package prints; other characters stay.

    >>> to_ascii("±145 k … 2 × 3")
    '+/-145 k ... 2 x 3'
    """
    return text.translate(_TABLE)
