"""Write ``docs/ablation.md``, what each rule of the default market is there for: ``make ablation``, some minutes.

With ``--check`` it only checks that the page is up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from docs.tools.ablation import tables
from docs.tools.ablation.markets import (
    CHANGES,
    SEED,
    adoption_of,
    default_market,
    former_market,
    market_digest,
    matching_inbound,
    without,
)
from docs.tools.blocks import DOCS, ROOT, put, write_or_check
from zerosum.machine import usable_cores
from zerosum.report.validate import format_result
from zerosum.scenario import Scenario
from zerosum.studies.calibrate import load_calibration
from zerosum.studies.facts import Fact, load_facts
from zerosum.studies.validate import Validation, validate

COMMAND = "python -m docs.tools.ablation_page"
PAGE = DOCS / "ablation.md"
REPLICATIONS = 80
MANY = 300
"""Replications, as many as `zerosum validate` makes, where a few markets are compared in all."""
EVERYONE = ("everyone-adopts", "everyone-adopts-arr")
MATCHING = 4
"""Replications in which invitations are counted."""


def _measure(scenario: Scenario, facts: list[Fact], name: str) -> Validation:
    sys.stderr.write(f"{name}\n")
    return validate(scenario, facts, workers=usable_cores(), adoption=adoption_of(scenario))


def _join(*lines: str) -> str:
    return "\n".join(lines)


def _everyone(facts: list[Fact], replications: int) -> str:
    """Simulate what all vendors gain by a tool, where customers drop out and where none does."""
    scenario, asked = default_market(replications), [fact for fact in facts if fact.name in EVERYONE]
    served = without(scenario, CHANGES[0], 0.0)
    found = [
        _measure(one, asked, f"everyone, {name}") for one, name in ((scenario, "default"), (served, "A"))
    ]
    return _join(
        f"{replications} replications, seed {SEED}.\n", *tables.numbers_beside(found, ("default", "A"))
    )


def _before_and_after(facts: list[Fact], held_out: tuple[str, ...], replications: int) -> str:
    """Simulate the former default market and the new one, and set all judged facts beside each other."""
    former = _measure(former_market(replications), facts, "before")
    default = _measure(default_market(replications), facts, "now")
    return _join(
        f"Before: {format_result(former)}. Now: {format_result(default)}.",
        f"{replications} replications of each, seed {SEED}.\n",
        *tables.before_and_after(former, default),
        f"\nHeld out from the fit, now: {tables.held_out_words(held_out, default)}.",
    )


def texts(replications: int = REPLICATIONS) -> dict[Path, str]:
    """Simulate all markets, and return the page with their numbers."""
    held_out = load_calibration(ROOT / "experiments" / "calibration.toml").held_out
    facts = [fact for fact in load_facts() if fact.judged or fact.name in held_out]
    scenario = default_market(replications)
    matched = matching_inbound(scenario, MATCHING)
    default = _measure(scenario, facts, "default")
    found = [_measure(without(scenario, change, matched), facts, change.letter) for change in CHANGES]
    blocks = {
        "rules": _join(
            f"{replications} replications of each market, seed {SEED}: the same random numbers for all.",
            f"Market: {market_digest()}.\n",
            *tables.rules_table(default, found, CHANGES),
        ),
        "numbers": _join(*tables.numbers_table(default, found, CHANGES)),
        "gains of all": _everyone(facts, MANY),
        "before and after": _before_and_after(facts, held_out, MANY),
    }
    page = PAGE.read_text(encoding="utf-8")
    for name, text in blocks.items():
        page = put(page, name, text, COMMAND)
    return {PAGE: page}


if __name__ == "__main__":
    sys.exit(write_or_check(texts(), sys.argv[1:], COMMAND))
