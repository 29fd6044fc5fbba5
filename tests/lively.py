"""Markets in which everything happens, drawn by Hypothesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from zerosum.scenario.spec import Scenario


class Switch(NamedTuple):
    """Strategies (rows) of every vendor and rep from a week on."""

    week: int
    vendors: list[int]
    reps: list[int]


class Play(NamedTuple):
    """A scenario, and what happens to its strategies."""

    scenario: Scenario
    replication: int
    weeks: int
    switches: tuple[Switch, ...]


def _hundredths(low: float, high: float) -> st.SearchStrategy[float]:
    """Round numbers, so that a failing example can be read."""
    return st.integers(round(100 * low), round(100 * high)).map(lambda k: k / 100)


_SHARES = {1: (1.0,), 2: (0.7, 0.3), 3: (0.5, 0.3, 0.2)}
_PLANS = [
    {"prospecting": 0.3, "preparation": 0.2, "selling": 0.45, "social": 0.05},
    {"prospecting": 0.15, "preparation": 0.35, "selling": 0.3, "social": 0.2},
    {"prospecting": 0.0, "preparation": 0.0, "selling": 1.0, "social": 0.0},
    {"prospecting": 0.6, "preparation": 0.4, "selling": 0.0, "social": 0.0},
]
_REINVESTMENTS = [
    {"prospecting": 0.5, "preparation": 0.2, "selling": 0.2, "social": 0.1},
    {"preparation": 1.0},
    {"social": 0.5, "slack": 0.5},
]
_EXTRA_HOURS = [
    {},
    {"prospecting": 4.0},
    {"preparation": 1.5, "social": 6.0},
    {"prospecting": 0.5, "preparation": 8.0, "selling": 3.0, "social": 1.0},
]
_SEGMENT = {
    "contract_weeks": st.integers(4, 80),
    "extension_weeks": st.integers(1, 40),
    "evaluation_weeks": _hundredths(0.5, 8),
    "evaluation_sigma": st.sampled_from([0.0, 0.5, 1.2]),
    "switching_cost": _hundredths(-0.5, 1.5),
    "switching_cost_sd": st.sampled_from([0.0, 0.5]),
    "voice": st.sampled_from([0.0, 0.4, 0.9, 1.0]),
    "value_sigma": st.sampled_from([0.0, 0.5, 1.5]),
}
_TOOL = {
    "saving": _hundredths(0, 1),
    "boost": _hundredths(0, 1),
    "dprime": st.sampled_from([0.0, 1.0, 2.5]),
    "scans": st.sampled_from([0.0, 8.0, 60.0]),
    "accuracy": _hundredths(0, 1),
    "innovation": st.sampled_from([0.05, 0.3, 1.0]),
    "imitation": _hundredths(0, 0.5),
    "trial_weeks": st.integers(1, 10),
    "learning_rate": st.sampled_from([0.1, 0.4, 1.0]),
    "learning_hours": _hundredths(0, 6),
    "upkeep_hours": _hundredths(0, 2),
    "keep": _hundredths(-1, 1),
    "keep_pace": _hundredths(-1, 1),
}
_STRATEGY = {
    "plan": st.sampled_from(_PLANS),
    "reinvest": st.sampled_from(_REINVESTMENTS),
    "extra_hours": st.sampled_from(_EXTRA_HOURS),
    "training": _hundredths(0, 1),
    "habit_change": st.sampled_from([0.0, 0.5, 1.0, 20.0]),
    "social": st.lists(st.sampled_from(["marketing", "service", "sales"]), unique=True),
    "focus": st.sampled_from(["even", "value"]),
    "extra_presales": st.integers(0, 2),
    "push": st.booleans(),
    "upgrade": st.booleans(),
}
_DEPARTMENT = {
    "innovation_per_year": _hundredths(0, 3),
    "imitation_per_year": _hundredths(0, 10),
    "delay_weeks": st.integers(0, 20),
}
_TABLES = {
    "review": {
        "max_per_year": _hundredths(0, 4),
        "steepness": _hundredths(0, 3),
        "critical": _hundredths(-1, 1),
    },
    "need": {"innovation_per_year": _hundredths(0, 4), "imitation_per_year": _hundredths(0, 4)},
    "choice": {
        "price_weight": _hundredths(0, 3),
        "fit_sd": st.sampled_from([0.0, 0.6]),
        "no_decision": st.sampled_from([-60.0, -50.0, -1.0, 0.5, 1.2]),
        "satisfaction_weight": _hundredths(-0.5, 1),
        "upgrade_switching_share": _hundredths(0, 1),
    },
    "reps": {
        "hours_per_week": st.sampled_from([15.0, 40.0]),
        "max_open_opportunities": st.integers(1, 7),
        "skill_sd": st.sampled_from([0.0, 1.0]),
        "admin_fixed_hours": st.sampled_from([0.0, 5.0, 20.0]),
        "admin_hours_per_opportunity": _hundredths(0, 2),
        "habit_rate": _hundredths(0, 0.5),
        "conservatism": st.sampled_from([0.0, 0.7, 1.0]),
        "ramp_start": _hundredths(0, 1),
    },
    "effort": {
        "preparation_hours": _hundredths(1, 10),
        "selling_hours": _hundredths(1, 10),
        "unprepared_share": _hundredths(0, 1),
    },
    "prospecting": {
        "attempts_per_hour": st.sampled_from([0.1, 0.4, 1.0]),
        "contact": st.sampled_from([0.2, 0.7, 1.0]),
        "trust_gain": _hundredths(0, 1),
        "provoke_customer": _hundredths(0, 1),
        "provoke_unserved": _hundredths(0, 1),
        "goodwill_burn": _hundredths(0, 1),
        "goodwill_recovery": st.sampled_from([0.0, 0.02, 0.3, 1.0]),
    },
    "contracts": {"attrition": st.sampled_from([0.0, 0.1, 0.7])},
    "invitations": {
        "rule": st.sampled_from(["independent", "consideration"]),
        "coverage": _hundredths(0, 1),
        "inbound": _hundredths(0, 1),
        "competitors": _hundredths(0, 2),
        "value_exponent": _hundredths(-0.5, 0.5),
        "review_factor": st.sampled_from([0.0, 0.4, 1.0, 3.0]),
        "need_factor": st.sampled_from([0.0, 0.5, 1.0, 100.0]),
        "dissatisfaction": st.sampled_from([0.0, 0.7, -0.3]),
        "presence_share": st.sampled_from([0.0, 0.5, 1.0, -0.5]),
        "presence_trust": st.sampled_from([0.0, 2.0]),
        "coverage_social_gain": _hundredths(0, 1),
        "inbound_social_gain": _hundredths(0, 2),
    },
    "trust": {"social_hours": _hundredths(5, 100), "decay": _hundredths(0, 0.2)},
    "social": {
        name: st.fixed_dictionaries({}, optional=_DEPARTMENT) for name in ("marketing", "service", "sales")
    },
    "support": {
        "threshold": st.sampled_from([0.0, 0.2, 0.5]),
        "service_weeks": st.sampled_from([0.1, 1.0, 5.0]),
        "order": st.sampled_from(["first-come", "value"]),
    },
    "quota": {
        "stretch": st.sampled_from([0.7, 1.0, 1.5]),
        "team_weight": _hundredths(0, 1),
        "ratchet": _hundredths(0, 1),
        "later": st.sampled_from(["ratchet", "formula"]),
        "growth": st.sampled_from([1.0, 1.1]),
        "renewal_credit": _hundredths(0, 1),
    },
    "turnover": {
        "below": _hundredths(0, 1.5),
        "leave_below": _hundredths(0, 1),
        "leave_other": _hundredths(0, 0.5),
    },
    "push": {
        "weeks": st.integers(1, 12),
        "below": _hundredths(0.5, 2),
        "hours_shift": _hundredths(0, 1),
        "discount": st.sampled_from([0.0, 0.1, 0.4]),
        "year_end": st.sampled_from([1.0, 0.0, 2.0]),
        "given_away": st.sampled_from([0.0, 0.4, 1.0]),
        "pull_forward": st.sampled_from([0.0, 0.5, 1.0]),
        "pull_weeks": st.integers(0, 26),
    },
}


@st.composite
def lively_markets(draw: st.DrawFn, most_buyers: int = 90, most_weeks: int = 130) -> Play:
    """Generate a small market with every mechanism on, and a change of strategies after its warm-up."""

    def row(name: str, columns: Mapping[str, st.SearchStrategy[Any]], **given: Any) -> dict[str, Any]:
        return {"name": name, **draw(st.fixed_dictionaries(dict(columns))), **given}

    segments = draw(st.integers(1, 3))
    vendors = draw(st.integers(2, 4))
    tools = [row(f"t{i}", _TOOL) for i in range(draw(st.integers(1, 3)))]
    strategies = [row("usual", _STRATEGY, tools=[t["name"] for t in tools[: draw(st.integers(0, 1))]])]
    strategies += [
        row(
            f"s{i}", _STRATEGY, tools=draw(st.lists(st.sampled_from([t["name"] for t in tools]), unique=True))
        )
        for i in range(draw(st.integers(0, 2)))
    ]
    # One that has everything, so that it is always there.
    everything = {"tools": [t["name"] for t in tools], "push": True, "upgrade": True, "extra_presales": 1}
    strategies.append(row("all", _STRATEGY, **everything))
    values = {
        "clock": {"warmup_weeks": draw(st.sampled_from([52, 52, 0])), "weeks": 52},
        "market": {
            "buyers": draw(st.integers(30, most_buyers)),
            "saturation": draw(st.sampled_from([0.0, 0.3, 0.8, 0.95, 1.0])),
            "neighbours": draw(st.sampled_from([0, 2, 4, 6])),
            "rewired": draw(st.sampled_from([0.0, 0.1, 1.0])),
        },
        "segments": [row(f"g{i}", _SEGMENT, share=share) for i, share in enumerate(_SHARES[segments])],
        "satisfaction": draw(
            st.sampled_from(
                [
                    {},
                    {"pull": 0.5, "neighbour_weight": 1.0},  # nothing is left of a distance after a week
                    {"pull": 0.2, "neighbour_weight": 0.0, "appeal_weight": 1.0},
                    {"pull": 0.1, "neighbour_weight": 2.0, "noise_sd": 0.0},
                ]
            )
        ),
        "vendors": draw(_vendors(vendors, segments, [s["name"] for s in strategies])),
        "products": draw(_products(vendors)),
        "tools": tools,
        "strategies": strategies,
        "comparison": {"seed": draw(st.integers(0, 10**6))},
        **{name: draw(st.fixed_dictionaries(columns)) for name, columns in _TABLES.items()},
    }
    scenario = Scenario.model_validate(values)
    replication = draw(st.integers(0, 3))
    start = scenario.clock.warmup_weeks
    switches = [Switch(start, *draw(_strategies(scenario, replication)))]
    if draw(st.booleans()):
        switches.append(Switch(start + draw(st.integers(1, 20)), *draw(_strategies(scenario, replication))))
    return Play(scenario, replication, draw(st.integers(60, most_weeks)), tuple(switches))


@st.composite
def _vendors(draw: st.DrawFn, n: int, segments: int, strategies: list[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for v in range(n):
        rule = draw(st.sampled_from(["random", "balanced", "segment"]))
        least = segments if rule == "segment" else 1
        columns = {
            "reps": st.integers(least, 4),
            "service": _hundredths(-0.5, 0.5),
            "presales": st.integers(0, 2),
            "strategy": st.sampled_from([None, *strategies]),
        }
        row = {"name": f"v{v}", "territory": rule, **draw(st.fixed_dictionaries(columns))}
        if rule == "segment" and draw(st.booleans()):
            others = row["reps"] - segments + 1
            row["reps_by_segment"] = {f"g{s}": 1 if s else others for s in range(segments)}
        rows.append(row)
    rows[0] |= draw(st.sampled_from([{}, {"share": 0.6}, {"share": 0.0}]))
    return rows


@st.composite
def _products(draw: st.DrawFn, vendors: int) -> list[dict[str, Any]]:
    """One that was always sold by each vendor, some launched later or together, in any order."""
    columns = {"quality": _hundredths(-0.3, 0.6), "price": st.sampled_from([0.8, 1.0, 1.3])}
    launches = st.sampled_from([None, -60, -30, 0, 5, 5, 20])
    rows = [{"vendor": f"v{v}", **draw(st.fixed_dictionaries(columns))} for v in range(vendors)]
    rows += [
        {"vendor": f"v{draw(st.integers(0, vendors - 1))}", **draw(st.fixed_dictionaries(columns)),
         "launch_week": draw(launches)}
        for _ in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    return [{"name": f"p{i}", **row} for i, row in enumerate(draw(st.permutations(rows)))]


@st.composite
def _strategies(draw: st.DrawFn, scenario: Scenario, replication: int) -> tuple[list[int], list[int]]:
    """Strategies of all vendors and reps as one of the adopters, or any mixture."""
    adopters = draw(st.sampled_from(["focal", "competitors", "all", "head-to-head", "mixture"]))
    move = len(scenario.strategies) - 1
    usual = [scenario.strategy_index(v.strategy or scenario.baseline_name) for v in scenario.vendors]
    moves = {"focal": [0], "competitors": range(1, len(usual)), "all": range(len(usual))}.get(adopters, [])
    if adopters == "mixture":
        rows = st.integers(0, move)
        return draw(_as_long_as(usual, rows)), draw(_as_long_as(_by_rep(scenario, usual), rows))
    chosen = [move if v in moves else own for v, own in enumerate(usual)]
    reps = _by_rep(scenario, chosen)
    if adopters == "head-to-head":
        strategies = [scenario.strategy_index(name) for name in scenario.compared_names]
        for i in range(scenario.vendors[0].reps):
            reps[i] = strategies[(i + replication) % len(strategies)]
    return chosen, reps


def _as_long_as(rows: Sequence[int], elements: st.SearchStrategy[int]) -> st.SearchStrategy[list[int]]:
    return st.lists(elements, min_size=len(rows), max_size=len(rows))


def _by_rep(scenario: Scenario, by_vendor: Sequence[int]) -> list[int]:
    return [s for vendor, s in zip(scenario.vendors, by_vendor, strict=True) for _ in range(vendor.reps)]
