"""The whole scenario: every table, and checks across tables."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from zerosum.market import mechanisms
from zerosum.market.declare.evidence import definition
from zerosum.market.declare.section import (
    HOURS_OF_A_WEEK,
    MUCH,
    SHARES_TOLERANCE,
    TABLES,
    Fault,
    Name,
    Section,
    quantity,
)
from zerosum.market.inventory.buyers import Market, Segment
from zerosum.market.inventory.strategies import Strategy, Tool
from zerosum.market.inventory.vendors import Money, Pay, Product, Vendor
from zerosum.market.mechanisms.buyers import Need, Review
from zerosum.market.mechanisms.casework import Effort, Trust
from zerosum.market.mechanisms.departments import Social
from zerosum.market.mechanisms.hours import Reps
from zerosum.market.mechanisms.influence import Satisfaction
from zerosum.market.mechanisms.invitations import Invitations
from zerosum.market.mechanisms.options import Choice
from zerosum.market.mechanisms.prospecting import Prospecting
from zerosum.market.mechanisms.push import Push
from zerosum.market.mechanisms.quota import Quota, Turnover
from zerosum.market.mechanisms.support import Support
from zerosum.scenario.comparison import YEAR, Clock, Comparison
from zerosum.scenario.territories import deal_reps, potential
from zerosum.scenario.uncertain import Uncertain

NAMED_TABLES = ("segments", "vendors", "products", "tools", "strategies")
"""Tables with many rows, identified by ``name``."""


def products_follow(values: Mapping[str, Any]) -> bool:
    """Return whether a scenario's products follow from its vendors: none are given, or an empty list."""
    return values.get("products") in (None, [], ())


def _check_known(path: tuple[str | int, ...], name: str, known: Iterable[str], kind: str) -> Iterator[Fault]:
    names = tuple(known)
    if name not in names:
        yield Fault(path, f"there is no {kind} '{name}'", name, names)


def _check_repeated(path: tuple[str | int, ...], names: Iterable[str], kind: str) -> Iterator[Fault]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Fault(path, f"the {kind} '{name}' is named {times} times; names must differ", name)


def raise_faults(faults: Iterable[Fault]) -> None:
    """Raise all problems of a file in a pydantic validator, each with its path."""
    found = tuple(faults)
    if found:
        message = "; ".join(fault.wrong for fault in found)
        raise PydanticCustomError("faults", "{message}", {"message": message, "faults": found})


class Scenario(Section):
    """A market, its sellers and the question asked of it. Every table has defaults, so ten lines are enough."""

    name: Name = quantity(
        "unnamed", "name", "Name of the scenario; the file's name if not given.", evidence=definition()
    )
    question: str = quantity("", "text", "The question this scenario answers.", evidence=definition())
    clock: Clock = Clock()
    market: Market = Market()
    segments: tuple[Segment, ...] = quantity(
        (Segment(name="all"),), "tables", "Kinds of buyers.", min_length=1, max_length=100
    )
    satisfaction: Satisfaction = Satisfaction()
    review: Review = Review()
    need: Need = Need()
    choice: Choice = Choice()
    vendors: tuple[Vendor, ...] = quantity(
        tuple(Vendor(name=name) for name in ("Alder", "Birch", "Cedar", "Dogwood")),
        "tables",
        "Companies that sell.",
        min_length=1,
        max_length=200,
    )
    products: tuple[Product, ...] = quantity(
        (),
        "tables",
        "What they sell; none given: one product per vendor, of the vendor's name.",
        max_length=1000,
    )
    reps: Reps = Reps()
    effort: Effort = Effort()
    prospecting: Prospecting = Prospecting()
    invitations: Invitations = Invitations()
    trust: Trust = Trust()
    social: Social = Social()
    support: Support = Support()
    quota: Quota = Quota()
    pay: Pay = Pay()
    money: Money = Money()
    turnover: Turnover = Turnover()
    push: Push = Push()
    tools: tuple[Tool, ...] = quantity((), "tables", "Tools that strategies can use.", max_length=64)
    strategies: tuple[Strategy, ...] = quantity(
        (Strategy(name="usual"),), "tables", "What a vendor can do.", min_length=1, max_length=1000
    )
    comparison: Comparison = Comparison()
    uncertain: tuple[Uncertain, ...] = quantity(
        (),
        "tables",
        "Values of which only a range is believed; each replication draws one, the same for all strategies.",
        max_length=64,
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_what_follows_from_the_rest(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        filled = dict(values)
        vendors = filled.get("vendors", cls.model_fields["vendors"].default)
        if products_follow(filled) and isinstance(vendors, list | tuple):
            names = [v.get("name") if isinstance(v, dict) else getattr(v, "name", None) for v in vendors]
            filled["products"] = [{"name": name, "vendor": name} for name in names if isinstance(name, str)]
        return filled

    @model_validator(mode="after")
    def _tables_agree(self) -> Scenario:
        raise_faults(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        yield from self._check_names()
        yield from self._shares_off()
        yield from self._segments_empty()
        yield from self._products_astray()
        yield from self._strategies_astray()
        yield from self._comparison_astray()
        yield from self._territories_astray()
        yield from self._lists_too_long()
        yield from self._weeks_too_long()
        yield from self._quotas_out_of_reach()

    def _lists_too_long(self) -> Iterator[Fault]:
        """Yield a fault if a typical list is longer than the market; factors may make it so, since lists are cut."""
        there, length = len(self.vendors), self.invitations.competitors
        if self.invitations.rule == "consideration" and length > there:
            yield Fault(
                ("invitations", "competitors"),
                f"{length:g} competitors on a typical list are more than the market's {there} vendors; it must be "
                f"{there} at most; for all to be invited, rule = 'independent' with inbound = 1",
                length,
            )

    def _check_names(self) -> Iterator[Fault]:
        for table in NAMED_TABLES:
            kind = "strategy" if table == "strategies" else table.removesuffix("s")
            yield from _check_repeated((table,), (row.name for row in getattr(self, table)), kind)

    def _shares_off(self) -> Iterator[Fault]:
        total = sum(segment.share for segment in self.segments)
        if abs(total - 1) > SHARES_TOLERANCE:
            yield Fault(
                ("segments",), f"the segments' shares sum to {total:g}; they must sum to 1", round(total, 9)
            )
        given = [v.share for v in self.vendors if v.share is not None]
        total = sum(given)
        if total > 1 + SHARES_TOLERANCE:
            yield Fault(
                ("vendors",), f"the vendors' shares sum to {total:g}; they must not exceed 1", round(total, 9)
            )
        elif len(given) == len(self.vendors) and abs(total - 1) > SHARES_TOLERANCE:
            yield Fault(
                ("vendors",), f"the vendors' shares sum to {total:g}; they must sum to 1", round(total, 9)
            )

    def _segments_empty(self) -> Iterator[Fault]:
        for i, segment in enumerate(self.segments):
            # Rounded, because a third of three buyers, written .333333, is a buyer.
            if round(segment.share * self.market.buyers, 3) < 1:
                yield Fault(
                    ("segments", i, "share"),
                    f"'{segment.name}' would have no buyers: {segment.share:g} of {self.market.buyers} is less "
                    f"than one; its share must be at least {1 / self.market.buyers:g}",
                    segment.share,
                )

    def _products_astray(self) -> Iterator[Fault]:
        vendors = [v.name for v in self.vendors]
        for i, product in enumerate(self.products):
            yield from _check_known(("products", i, "vendor"), product.vendor, vendors, "vendor")
        if not {product.vendor for product in self.products} <= set(vendors):
            return  # otherwise a correct vendor would be reported to have no product
        for i, vendor in enumerate(self.vendors):
            if not any(p.vendor == vendor.name and p.launch_week is None for p in self.products):
                yield Fault(
                    ("vendors", i),
                    f"'{vendor.name}' has no product at the start; give it one in [[products]] without launch_week",
                )

    def _strategies_astray(self) -> Iterator[Fault]:
        tools = [t.name for t in self.tools]
        for i, strategy in enumerate(self.strategies):
            for j, tool in enumerate(strategy.tools):
                yield from _check_known(("strategies", i, "tools", j), tool, tools, "tool")
            yield from _check_repeated(("strategies", i, "tools"), strategy.tools, "tool")
            yield from _check_repeated(("strategies", i, "social"), strategy.social, "department")

    def _comparison_astray(self) -> Iterator[Fault]:
        comparison = self.comparison
        strategies = [s.name for s in self.strategies]
        vendors = [v.name for v in self.vendors]
        for i, strategy in enumerate(comparison.strategies):
            yield from _check_known(("comparison", "strategies", i), strategy, strategies, "strategy")
        yield from _check_repeated(("comparison", "strategies"), comparison.strategies, "strategy")
        yield from _check_repeated(("comparison", "adopters"), comparison.adopters, "adopters")
        if comparison.baseline is not None:
            yield from _check_known(("comparison", "baseline"), comparison.baseline, strategies, "strategy")
        for i, vendor in enumerate(self.vendors):
            if vendor.strategy is not None:
                yield from _check_known(("vendors", i, "strategy"), vendor.strategy, strategies, "strategy")
        if "competitors" in comparison.adopters and len(self.vendors) < 2:
            yield Fault(
                ("comparison", "adopters"), "adopters 'competitors' need at least two vendors; there is one"
            )
        if comparison.focal is not None and comparison.focal not in vendors:
            yield from _check_known(("comparison", "focal"), comparison.focal, vendors, "vendor")
            return
        focal = self.vendors[self.focal_index]
        if "head-to-head" in comparison.adopters and focal.reps < len(self.compared_names):
            yield Fault(
                ("vendors", self.focal_index, "reps"),
                f"adopters 'head-to-head' split the {focal.reps} reps of '{focal.name}' into "
                f"{len(self.compared_names)} teams, one per strategy; it needs at least {len(self.compared_names)}",
                focal.reps,
            )

    def _territories_astray(self) -> Iterator[Fault]:
        for i, vendor in enumerate(self.vendors):
            if vendor.territory == "segment" and vendor.reps < len(self.segments):
                yield Fault(
                    ("vendors", i, "reps"),
                    f"'{vendor.name}' has fewer reps ({vendor.reps}) than there are segments; "
                    f'territory = "segment" needs at least {len(self.segments)}',
                    vendor.reps,
                )
            elif vendor.reps_by_segment is not None:
                yield from self._stated_reps_off(i, vendor, vendor.reps_by_segment)

    def _stated_reps_off(self, i: int, vendor: Vendor, stated: dict[str, int]) -> Iterator[Fault]:
        path = ("vendors", i, "reps_by_segment")
        segments = [segment.name for segment in self.segments]
        if vendor.territory != "segment":
            yield Fault(
                path,
                f"'{vendor.name}' divides its buyers by another rule, territory = \"{vendor.territory}\"; "
                'write territory = "segment", or leave reps_by_segment out',
            )
            return
        for name in stated:
            yield from _check_known((*path, name), name, segments, "segment")
        lacking = [name for name in segments if name not in stated]
        if lacking:
            names = ", ".join(f"'{name}'" for name in lacking)
            yield Fault(path, f"it says nothing of {names}; give every segment its number of reps")
        elif set(stated) == set(segments) and sum(stated.values()) != vendor.reps:
            yield Fault(
                path,
                f"its numbers add up to {sum(stated.values())} and '{vendor.name}' has {vendor.reps} reps; "
                "they must add up to reps",
                sum(stated.values()),
            )

    def _weeks_too_long(self) -> Iterator[Fault]:
        for i, strategy in enumerate(self.strategies):
            extra = sum(hours for _, hours in strategy.extra_hours)
            whole = self.reps.hours_per_week + extra
            if extra > 0 and whole > HOURS_OF_A_WEEK + SHARES_TOLERANCE:
                yield Fault(
                    ("strategies", i, "extra_hours"),
                    f"'{strategy.name}' works {extra:g} hours a week on top of reps.hours_per_week = "
                    f"{self.reps.hours_per_week:g}; a week has {HOURS_OF_A_WEEK}",
                    round(whole, 9),
                )

    def _quotas_out_of_reach(self) -> Iterator[Fault]:
        years = (self.clock.warmup_weeks + self.clock.weeks) // YEAR
        if years * abs(math.log(self.quota.growth)) > math.log(MUCH):
            yield Fault(
                ("quota", "growth"),
                f"a factor of {self.quota.growth:g} a year makes {self.quota.growth:g} to the power of {years} of a "
                f"quota in {years} years; it must lie between {MUCH ** (-1 / years):g} and {MUCH ** (1 / years):g} for "
                "so many",
                self.quota.growth,
            )

    @property
    def baseline_name(self) -> str:
        """The status quo: the named baseline, else the first strategy."""
        return self.comparison.baseline or self.strategies[0].name

    @property
    def compared_names(self) -> tuple[str, ...]:
        """Strategies to compare, the baseline first, each once."""
        strategies = self.comparison.strategies or tuple(s.name for s in self.strategies)
        return (self.baseline_name, *(strategy for strategy in strategies if strategy != self.baseline_name))

    @property
    def focal_index(self) -> int:
        """Row of the focal vendor."""
        names = [v.name for v in self.vendors]
        return names.index(self.comparison.focal) if self.comparison.focal else 0

    @property
    def vendor_shares(self) -> tuple[float, ...]:
        """Share of the served buyers that each vendor starts with; they sum to 1."""
        given = sum(v.share for v in self.vendors if v.share is not None)
        silent = sum(v.share is None for v in self.vendors)
        rest = (1.0 - given) / silent if silent else 0.0
        return tuple(max(rest, 0.0) if v.share is None else v.share for v in self.vendors)

    def reps_by_segment(self, vendor: Vendor) -> dict[str, int] | None:
        """Return how many of a vendor's reps each segment gets; None if its territories are not by segment."""
        if vendor.territory != "segment":
            return None
        names = [segment.name for segment in self.segments]
        if vendor.reps_by_segment is not None:
            return {name: vendor.reps_by_segment[name] for name in names}
        return dict(zip(names, deal_reps(vendor.reps, [potential(s) for s in self.segments]), strict=True))

    def strategy_index(self, name: str) -> int:
        """Row of the strategy with this name; ``ValueError`` if there is none."""
        return [s.name for s in self.strategies].index(name)


def add_table(
    name: str, table: type[Section], optional: bool = False, home: type[Section] = Scenario
) -> None:
    """Allow another table in scenarios.

    Parameters
    ----------
    name : str
    table : type
        each of its keys needs a default
    optional : bool
        if a file has no such table: True: the scenario has none; False: it has one with defaults
    home : type
        its parent table
    """
    default = None if optional else table()
    kind: Any = table | None if optional else table
    home.model_fields[name] = FieldInfo.from_annotated_attribute(kind, default)
    home.__annotations__[name] = kind
    home.model_rebuild(force=True)
    Scenario.model_rebuild(force=True)
    for forget in after_a_new_table:
        forget()


after_a_new_table: list[Callable[[], None]] = []
"""Functions that clear caches that depend on all tables."""

for _module in pkgutil.iter_modules(mechanisms.__path__, f"{mechanisms.__name__}."):
    importlib.import_module(_module.name)
for _name in sorted(TABLES.keys() - Scenario.model_fields.keys()):
    add_table(_name, TABLES[_name])
