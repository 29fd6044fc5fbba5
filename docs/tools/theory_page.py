"""Write ``docs/theory.md``, laws in a limit of the market beside the engine's results: ``make theory``, a minute.

With ``--check`` it only checks that the page is up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from docs.tools.ablation.markets import market_digest
from docs.tools.blocks import DOCS, put, write_or_check
from docs.tools.theory import attraction, buying, default, flow, lanchester
from docs.tools.theory.law import Law, Row

COMMAND = "python -m docs.tools.theory_page"
REPLICATIONS = 40
LAWS: tuple[Law, ...] = (
    lanchester.LAW,
    attraction.ATTRACTION,
    attraction.INDEPENDENCE,
    buying.DEFECTION,
    buying.STATE_DEPENDENCE,
    buying.DIRICHLET,
    flow.LAW,
)


def tables(replications: int = REPLICATIONS) -> str:
    """Simulate every law's market, and return predictions and results."""
    return "\n".join(line for law in LAWS for line in _section(law, law.rows(replications)))


def _section(law: Law, rows: list[Row]) -> Iterator[str]:
    yield f"### {law.name}\n"
    yield f"{law.says} *Limit*: {law.limit}. *Source*: {law.source}.\n"
    yield from _table(rows, law.exact)


def _table(rows: list[Row], exact: bool) -> Iterator[str]:
    last = "standard errors apart" if exact else "engine / theory"
    yield f"| | theory | engine | {last} |"
    yield "|---|--:|--:|--:|"
    for row in rows:
        away = f"{row.z:+.1f}" if exact else f"{row.engine / row.theory:.3f}"
        yield f"| {row.what} | {row.theory:.4f} | {row.engine:.4f} | {away} |"
    yield ""


def in_the_default(replications: int = REPLICATIONS) -> str:
    """Simulate the default market, and return what is left of the laws there."""
    head = f"{replications} replications of `kickoff`. Market: {market_digest()}.\n"
    return "\n".join([head, *_table(default.rows(replications), exact=False)])


def texts() -> dict[Path, str]:
    """Return the page with the engine's current results."""
    page = DOCS / "theory.md"
    text = put(page.read_text(encoding="utf-8"), "laws", tables(), COMMAND)
    return {page: put(text, "default market", in_the_default(), COMMAND)}


if __name__ == "__main__":
    sys.exit(write_or_check(texts(), sys.argv[1:], COMMAND))
