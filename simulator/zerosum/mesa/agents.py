"""Reps, buyers and vendors, as views of the market's columns.

A view is a row number. Its attributes are read from the market of *its* model at every access; an assignment
is written there at once. It stores no array: two models in one process never mix, and a view is never
out of date.

Only reps are Mesa agents, registered with their model. A market has a million buyers as easily as a
thousand, so a :class:`Buyer` is made on demand; and no sum would include both vendors and reps.

An attribute can be assigned if no other column depends on it; the others are read-only. An assignment to an
unknown name is an error, because it would change nothing. Weeks are weeks of the run (as ``model.week``,
including the warm-up) and None where there is none; a number that does not exist is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any, Generic, NoReturn, TypeVar, overload

import mesa
import numpy as np

from zerosum.market.declare.section import SHARES_TOLERANCE
from zerosum.market.jit import bind
from zerosum.market.mechanisms import influence
from zerosum.market.records import WON
from zerosum.market.state import ACTIVITIES, DEPARTMENTS, N_PLANNED, NONE, REASONS, YEAR, Int, Market
from zerosum.scenario.errors import nearest
from zerosum.scenario.spec import Scenario

T = TypeVar("T")

TOOL_STATES = ("idle", "trial", "routine", "dropped")
"""Names of ``market.IDLE_TOOL`` to ``market.DROPPED``."""


class Column(Generic[T]):
    """A cell of a column, as an attribute of the row's view.

    Parameters
    ----------
    kind : callable
        converts the cell to the attribute's value
    meaning : str
        with the unit
    within : (float, float)
        allowed values, for a column that can be assigned; read-only without
    """

    def __init__(
        self, kind: Callable[[Any], T], meaning: str, within: tuple[float, float] | None = None
    ) -> None:
        self._kind = kind
        self._within = within
        self.__doc__ = meaning

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, view: None, owner: type) -> Column[T]: ...

    @overload
    def __get__(self, view: _View, owner: type) -> T: ...

    def __get__(self, view: _View | None, owner: type) -> Column[T] | T:
        if view is None:
            return self
        return self._kind(getattr(view._table, self._name)[view.row])

    @property
    def read_only(self) -> bool:
        """Whether it can't be assigned."""
        return self._within is None

    def __set__(self, view: _View, value: T) -> None:
        """Write the cell; the view has refused it for a read-only column."""
        assert self._within is not None
        low, high = self._within
        what = f"{type(view).__name__}.{self._name}"
        number = _number(what, value)
        if not (math.isfinite(number) and low <= number <= high):
            raise ValueError(f"{what} = {value!r}: it must be a {_range(low, high)}")
        getattr(view._table, self._name)[view.row] = number


def _range(low: float, high: float) -> str:
    if math.isfinite(high):
        return f"number from {low:g} to {high:g}"
    return f"finite number{f' of at least {low:g}' if math.isfinite(low) else ''}"


def _number(what: str, value: Any) -> float:
    """Return a number as a float; ``TypeError`` for texts, truth values and other types."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{what} = {value!r}: it must be a number")
    return float(value)


class Reading(dict[str, T]):
    """A copy of an attribute's values, by name. It can't be changed, since that wouldn't change the market."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            "these values were read from the market: changing one here changes nothing there; assign the whole "
            "attribute, where it can be assigned (rep.habits = {...}), or take dict(...) of them"
        )

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy as a plain dictionary, which is filled item by item."""
        return dict, (dict(self),)


def _week(cell: Any) -> int | None:
    return None if cell == NONE else int(cell)


_ANY = (-math.inf, math.inf)
_SHARE = (0.0, 1.0)
_POSITIVE = (0.0, math.inf)


def row_named(name: str, names: Iterable[str], kind: str) -> int:
    """Return the row with this name; ``ValueError`` that lists the names if there is none."""
    known = list(names)
    if name not in known:
        raise ValueError(f"there is no {kind} {name!r}; there are: {', '.join(known)}")
    return known.index(name)


class _View:
    """A row of a table of its model's market."""

    model: Any  # MarketModel, of the layer above
    row: int

    _once: tuple[str, ...] = ("model", "row")
    """Attributes that can be set only when the view is made."""
    _free: tuple[str, ...] = ()
    """Attributes that aren't the market's, and can be set at any time."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Write a column; raise if the assignment would change nothing.

        Raises
        ------
        AttributeError
            if the attribute is unknown or read-only; it lists which can be assigned
        TypeError, ValueError
            if the value is of a wrong kind, or out of its limits
        """
        attribute = getattr(type(self), name, None)
        unset = (
            name in self._once and self.__dict__.get(name) is None
        )  # Mesa 3.5 numbers agents in a second step
        if not (_can_be_assigned(attribute) or unset or name in self._free or name.startswith("_")):
            self._refuse(name, attribute)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        """Delete an attribute of Mesa's or your own; ``AttributeError`` for the market's."""
        if getattr(type(self), name, None) is not None or name in self._once:
            raise AttributeError(f"{type(self).__name__}.{name} can't be deleted: it is the market's")
        super().__delattr__(name)

    def _refuse(self, name: str, attribute: Any) -> NoReturn:
        """Raise an error that lists what can be assigned."""
        kind = type(self).__name__
        names = assignable(type(self))
        can = f"of a {kind.lower()} can be assigned: {', '.join(names)}"
        if isinstance(attribute, Column):
            raise AttributeError(f"{kind}.{name} is read-only: other columns follow from it; {can}")
        if attribute is not None or name in self._once:
            raise AttributeError(f"{kind}.{name} is read-only; {can}")
        close = nearest(name, names)
        meant = f"did you mean '{close}'? " if close else ""
        raise AttributeError(
            f"{kind}.{name}: {meant}there is no such attribute, so nothing in the market would change; {can}. What is "
            f"your own goes elsewhere, such as a dictionary by {kind.lower()}.row"
        )

    @property
    def _market(self) -> Market:
        return self.model.engine.market

    @property
    def _scenario(self) -> Scenario:
        return self.model.spec

    @property
    def _table(self) -> Any:
        raise NotImplementedError


def assignable(kind: type) -> tuple[str, ...]:
    """Return the names of a view's attributes that can be assigned, sorted."""
    found = {name: attribute for base in reversed(kind.__mro__) for name, attribute in vars(base).items()}
    return tuple(sorted(name for name, what in found.items() if name[0] != "_" and _can_be_assigned(what)))


def _can_be_assigned(attribute: Any) -> bool:
    """Return whether an attribute of a view's class writes to the market."""
    if isinstance(attribute, Column):
        return not attribute.read_only
    return isinstance(attribute, property) and attribute.fset is not None


class Rep(_View, mesa.Agent):
    """A sales rep: a Mesa agent, and a row of :class:`zerosum.market.state.Reps`.

    Parameters
    ----------
    model : MarketModel
    row : int
        reps are numbered vendor by vendor

    Notes
    -----
    ``remove()`` takes the view out of ``model.agents``; the rep still sells.
    """

    _once = ("model", "row", "unique_id")
    _free = ("pos",)  # Mesa's

    def __init__(self, model: Any, row: int) -> None:
        self.row = row  # first: Mesa reads the number while it registers the agent
        super().__init__(model)

    @property
    def _ids(self) -> Any:
        # Mesa 3.3 would number agents from a dictionary that keeps every model, and its market, in memory.
        return {self.model: iter([self.row + 1])}

    @property
    def _table(self) -> Any:
        return self._market.reps

    skill = Column(float, "Skill units: standard deviations from the mean if ``reps.skill_sd`` is 1.", _ANY)
    trust = Column(float, "Share: reputation in the territory, built by social hours.", _SHARE)
    quota = Column(float, "Money/year, 0 until first set.", _POSITIVE)
    revenue_year = Column(float, "Money credited since the year began.")
    revenue_total = Column(float, "Money credited since week 0, by all who sat in this seat.")
    admin_hours = Column(float, "Hours/week that admin needed before savings.")
    hired = Column(_week, "Week in which the rep was hired; None: long ago.")
    pushing = Column(bool, "Whether the rep pushes at a quarter's end.")
    territory_value = Column(float, "Money/year: value of all buyers in the territory.")

    @property
    def vendor(self) -> str:
        """Name of the rep's vendor."""
        return self._scenario.vendors[self._table.vendor[self.row]].name

    @property
    def strategy(self) -> str:
        """Name of the strategy that the rep follows; assign a name to change it from the coming week on."""
        return self._scenario.strategies[self._table.strategy[self.row]].name

    @strategy.setter
    def strategy(self, name: str) -> None:
        reps = self._table.strategy.copy()
        reps[self.row] = row_named(name, (s.name for s in self._scenario.strategies), "strategy")
        self.model.engine.assign(self._market.vendors.strategy.copy(), reps)

    @property
    def attainment(self) -> float:
        """Credited revenue over quota, this year, in proportion to its weeks so far; NaN without a quota."""
        weeks = (self.model.week - 1) % YEAR + 1 if self.model.week > 0 else 0
        due = self.quota * weeks / YEAR
        return self.revenue_year / due if due > 0 else math.nan

    @property
    def win_rate(self) -> float:
        """Share: won / closed opportunities in the measured weeks so far; NaN without any.

        Costs a pass over all deals.
        """
        deals = self.model.engine.recorder.deals
        outcome = deals.outcome[deals.rep == self.row]
        return float(np.mean(outcome == WON)) if len(outcome) else math.nan

    @property
    def attempts(self) -> int:
        """Outreach attempts made in the measured weeks so far."""
        return int(self.model.engine.recorder.rep_attempts[self.row])

    @property
    def open_opportunities(self) -> int:
        """Opportunities that the rep works on."""
        return self._scenario.reps.max_open_opportunities - int(self._table.free_capacity[self.row])

    @property
    def prospects(self) -> tuple[Buyer, ...]:
        """Buyers of the open opportunities."""
        slots = self._scenario.reps.max_open_opportunities
        mine = self._market.opportunities.buyer[self.row * slots : (self.row + 1) * slots]
        return tuple(Buyer(self.model, int(buyer)) for buyer in mine[mine != NONE])

    @property
    def territory(self) -> Int:
        """Numbers of the buyers in the rep's territory, ascending; read-only."""
        start, end = self._table.territory_start[self.row : self.row + 2]
        buyers: Int = self._table.territory[start:end].view()
        buyers.flags.writeable = False
        return buyers

    @property
    def hours(self) -> dict[str, float]:
        """Hours of the last week, by activity."""
        return Reading(zip(ACTIVITIES, self._table.hours[self.row].tolist(), strict=True))

    @property
    def habits(self) -> dict[str, float]:
        """Shares of the planned hours, by activity, as they approach the plan; assign all four at once."""
        return Reading(zip(ACTIVITIES[:N_PLANNED], self._table.habits[self.row].tolist(), strict=True))

    @habits.setter
    def habits(self, shares: Mapping[str, float]) -> None:
        planned = ACTIVITIES[:N_PLANNED]
        if not isinstance(shares, Mapping):
            raise TypeError(f"Rep.habits = {shares!r}: it must be a table of shares of {', '.join(planned)}")
        if set(shares) != set(planned):
            raise ValueError(
                f"habits are shares of {', '.join(planned)}; given: {', '.join(map(str, shares))}"
            )
        values = np.array([_number(f"Rep.habits, {name}", shares[name]) for name in planned], np.float64)
        if not (values.min() >= 0 and abs(values.sum() - 1) <= SHARES_TOLERANCE):
            raise ValueError(f"habits must be shares of 0 or more that sum to 1, not {dict(shares)}")
        self._table.habits[self.row] = values

    @property
    def tool_use(self) -> dict[str, float]:
        """Share: use (proficiency while in trial or routine) of each tool of the scenario."""
        names = (tool.name for tool in self._scenario.tools)
        return Reading(zip(names, self._table.tool_use[self.row].tolist(), strict=True))

    @property
    def tool_status(self) -> dict[str, str]:
        """``idle``, ``trial``, ``routine`` or ``dropped``, for each tool of the scenario."""
        states = self._table.tool_status[self.row]
        names = (tool.name for tool in self._scenario.tools)
        return Reading(zip(names, (TOOL_STATES[s] for s in states), strict=True))

    def __repr__(self) -> str:
        return f"Rep({self.row}, {self.vendor}, {self.strategy})"


class _Unregistered(_View):
    """A view that is no Mesa agent: two of the same row are equal."""

    def __init__(self, model: Any, row: int) -> None:
        self.model = model
        self.row = row

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.model is self.model and other.row == self.row

    def __hash__(self) -> int:
        return hash((type(self), id(self.model), self.row))


class Buyer(_Unregistered):
    """A buyer (account): a row of :class:`zerosum.market.state.Buyers`, made on demand: ``model.buyer(row)``."""

    @property
    def _table(self) -> Any:
        return self._market.buyers

    value = Column(float, "Money/year: annual contract value.")
    opinion = Column(float, "Utility: what neighbours hear; its satisfaction when it last took stock.", _ANY)
    level = Column(float, "Utility: satisfaction without mood, when it last took stock.", _ANY)
    norm = Column(float, "Utility: what the level is drawn to.", _ANY)
    contract_end = Column(_week, "Week in which the contract ends; None without an incumbent.")
    evaluation_start = Column(_week, "Week in which the evaluation opened; None outside of one.")
    evaluation_end = Column(_week, "Week in which the evaluation is decided; None outside of one.")

    @property
    def segment(self) -> str:
        """Name of the buyer's segment."""
        return self._scenario.segments[self._table.segment[self.row]].name

    @property
    def product(self) -> str | None:
        """Name of the product held; None without one."""
        held = self._table.holds[self.row]
        return None if held == NONE else self._scenario.products[held].name

    @property
    def vendor(self) -> str | None:
        """Name of the incumbent; None without one."""
        held = self._table.holds[self.row]
        return None if held == NONE else self._scenario.products[held].vendor

    @property
    def satisfaction(self) -> float:
        """Utility: satisfaction with the vendor now; NaN without one. Reading changes nothing."""
        if self._table.holds[self.row] == NONE:
            return math.nan
        engine = self.model.engine
        week = max(0, engine.week - 1)  # the last week that was simulated
        market, rules = bind(engine.market), bind(engine.rules)
        return float(influence.satisfaction(engine.key, self.row, week, market, rules))

    @property
    def in_market(self) -> bool:
        """Whether the buyer is in an evaluation."""
        return self.evaluation_end is not None

    @property
    def evaluation_reason(self) -> str | None:
        """Why the evaluation opened (a name of ``market.REASONS``); None outside of one."""
        return REASONS[self._table.evaluation_reason[self.row]] if self.in_market else None

    @property
    def reps(self) -> dict[str, Rep]:
        """The reps in whose territories the buyer is, by vendor."""
        owners = self._table.owner[self.row]
        names = (vendor.name for vendor in self._scenario.vendors)
        return Reading(zip(names, (self.model.reps[rep] for rep in owners), strict=True))

    @property
    def neighbours(self) -> tuple[Buyer, ...]:
        """Buyers whose opinions influence it; one with two ties is listed twice."""
        start, end = self._table.neighbour_start[self.row : self.row + 2]
        return tuple(Buyer(self.model, int(other)) for other in self._table.neighbours[start:end])

    def __repr__(self) -> str:
        return f"Buyer({self.row}, {self.segment}, {self.vendor or 'no incumbent'})"


class Vendor(_Unregistered):
    """A vendor: a row of :class:`zerosum.market.state.Vendors`, found in ``model.vendors``."""

    @property
    def _table(self) -> Any:
        return self._market.vendors

    customers = Column(int, "Buyers that hold one of its products.")
    engineers = Column(int, "Presales engineers employed.")

    @property
    def name(self) -> str:
        """Name of the vendor."""
        return self._scenario.vendors[self.row].name

    @property
    def reps(self) -> tuple[Rep, ...]:
        """Its reps, in order."""
        of_vendor = self._market.reps.vendor == self.row
        return tuple(self.model.reps[row] for row in np.flatnonzero(of_vendor))

    @property
    def strategy(self) -> str:
        """Name of its strategy; assign one to change the vendor *and all its reps* from the coming week on."""
        return self._scenario.strategies[self._table.strategy[self.row]].name

    @strategy.setter
    def strategy(self, name: str) -> None:
        strategy = row_named(name, (s.name for s in self._scenario.strategies), "strategy")
        market = self._market
        vendors, reps = market.vendors.strategy.copy(), market.reps.strategy.copy()
        vendors[self.row] = strategy
        reps[market.reps.vendor == self.row] = strategy
        self.model.engine.assign(vendors, reps)

    @property
    def market_share(self) -> float:
        """Share: customers / all buyers."""
        return self.customers / len(self._market.buyers.value)

    @property
    def take_up(self) -> dict[str, float]:
        """Share of each department that uses social media."""
        return Reading(zip(DEPARTMENTS, self._table.take_up[self.row].tolist(), strict=True))

    def __repr__(self) -> str:
        return f"Vendor({self.row}, {self.name}, {self.strategy})"
