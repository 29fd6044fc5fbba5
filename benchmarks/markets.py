"""The markets that are measured: kickoff's, with every mechanism on, at any size."""

from __future__ import annotations

from typing import Any

from zerosum.scenario import Scenario, load_scenario

VENDORS = ("Alder", "Brightwell", "Corvane", "Delmark")
BUYERS_PER_REP = 100
"""Of all vendors together: with four of them a territory has 400 buyers."""
REPS_PER_ENGINEER = 5
LAUNCH_WEEK = 3
"""Early, so that a short run sees upgrades too."""

_ANALYTICS = {"name": "analytics", "accuracy": 0.7}
_EVERYTHING = {
    "name": "everything",
    "tools": ["dialler", "assistant", "listener", "analytics"],
    "reinvest": {"prospecting": 0.4, "preparation": 0.4, "slack": 0.2},
    "social": ["marketing", "service", "sales"],
    "focus": "value",
    "extra_presales": 2,
    "push": True,
    "upgrade": True,
}


def busy_market(
    buyers: int, reps: int | None = None, weeks: int = 52, strategy: str = "everything"
) -> Scenario:
    """Make a market in which every mechanism of docs/model.md is at work from week 0 on.

    Parameters
    ----------
    buyers : int
    reps : int, optional    of all four vendors together, divided equally; one per hundred buyers if not given
    weeks : int             for which the record has room
    strategy : str          what every vendor does: "everything", or one of kickoff's

    Kickoff's segments and tools, and a fourth tool for the best pitch; every vendor launches a second product
    in week 3; presales grow with the reps. There is no warm-up: the slow twin would take too long over it.
    """
    kickoff = load_scenario("kickoff").model_dump()
    wanted = buyers // BUYERS_PER_REP if reps is None else reps
    each = max(1, wanted // len(VENDORS))
    products: list[dict[str, Any]] = [{"name": name, "vendor": name} for name in VENDORS]
    products += [
        {"name": f"{name} Two", "vendor": name, "quality": 0.5, "price": 1.15, "launch_week": LAUNCH_WEEK}
        for name in VENDORS
    ]
    columns = {"reps": each, "presales": max(1, each // REPS_PER_ENGINEER), "strategy": strategy}
    changes = {
        "name": "busy",
        "clock": {"warmup_weeks": 0, "weeks": weeks},
        "market": kickoff["market"] | {"buyers": buyers},
        "vendors": [{"name": name, **columns} for name in VENDORS],
        "products": products,
        "tools": [*kickoff["tools"], _ANALYTICS],
        "strategies": [*kickoff["strategies"], _EVERYTHING],
    }
    return Scenario.model_validate(kickoff | changes)
