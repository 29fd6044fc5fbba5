"""Reps: a seat with slots for opportunities, habits and tools (steps 1, 4, 5, 7 and 10)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa

from tests.reference.noise import logistic
from tests.reference.opportunity import Opportunity
from zerosum.market.draws import KEEP, PITCH, PULL_FORWARD, SKILL, TRIAL, TURNOVER

if TYPE_CHECKING:
    from tests.reference.buyers import Buyer
    from tests.reference.model import ReferenceModel
    from tests.reference.vendors import Product, Vendor
    from zerosum.market.inventory.strategies import Strategy, Tool

YEAR, QUARTER = 52, 13
REPS_PER_VENDOR = 1048576  # addresses set aside for each vendor

ACTIVITIES = ("prospecting", "preparation", "selling", "social")
HOURS = (*ACTIVITIES, "administration", "learning", "slack", "ramping", "idle")

IDLE, TRIED, ROUTINE, DROPPED = 0, 1, 2, 3

MOST_SAVED = 0.8  # of administration, whatever the tools promise


class ToolState:
    """What one rep does with one tool."""

    def __init__(self, row: int, tool: Tool) -> None:
        self.row = row
        self.tool = tool
        self.trial_start = -1
        self.trial_revenue = 0.0
        self.forget()

    def forget(self) -> None:
        """Be a tool that this rep never tried."""
        self.status = IDLE
        self.proficiency = 0.0
        self.use = 0.0
        self.was_routine = False  # as step 4 began

    @property
    def in_hand(self) -> bool:
        return self.status in (TRIED, ROUTINE)


class Rep(mesa.Agent):
    """A rep's seat. Its territory is filled in by population.py, prospecting is in prospecting.py."""

    def __init__(self, model: ReferenceModel, row: int, vendor: Vendor, index: int) -> None:
        super().__init__(model)
        self.row = row  # among all reps
        self.vendor = vendor
        self.address = vendor.number * REPS_PER_VENDOR + index
        self.noise = model.noise
        self.spec = model.spec
        self.territory: list[Buyer] = []
        self.strategy_number = vendor.strategy_number
        self.skill = self._draw_skill(0)
        self.hired = -1
        self.trust = 0.0
        self.habits = {name: getattr(self.strategy.plan, name) for name in ACTIVITIES}
        self.tools = [ToolState(row, tool) for row, tool in enumerate(self.spec.tools)]
        self.slots: list[Opportunity | None] = [None] * self.spec.reps.max_open_opportunities
        self.quota = self.revenue_year = self.revenue_total = 0.0
        self.admin_hours = 0.0
        self.hours = dict.fromkeys(HOURS, 0.0)
        self.pushing = False

    @property
    def strategy(self) -> Strategy:
        return self.spec.strategies[self.strategy_number]

    def follow(self, strategy_number: int) -> None:
        """Take a strategy; of what the rep had, only tools no longer offered lose their use."""
        self.strategy_number = strategy_number
        for state in self.tools:
            if not self.offered(state):
                state.use = 0.0

    def offered(self, state: ToolState) -> bool:
        return state.tool.name in self.strategy.tools

    def _draw_skill(self, week: int) -> float:
        return self.spec.reps.skill_sd * self.noise.n(SKILL, self.address, week, 0)

    # Opportunities

    def opportunities(self) -> list[Opportunity]:
        """Those that are open, in order of slot."""
        return [opportunity for opportunity in self.slots if opportunity is not None]

    def has_free_slot(self) -> bool:
        return None in self.slots

    def open_opportunity(self, buyer: Buyer, source: int, week: int) -> None:
        opportunity = Opportunity(self, buyer, self._pitch(buyer, week), source, week)
        self.slots[self.slots.index(None)] = opportunity
        buyer.opportunities[self.vendor.number] = opportunity

    def close(self, opportunity: Opportunity) -> None:
        self.slots[self.slots.index(opportunity)] = None

    def _pitch(self, buyer: Buyer, week: int) -> Product:
        """The product that suits the buyer best, as often as analytics see it; else the lead product."""
        blind = 1.0
        for state in self.tools:
            blind *= 1 - state.tool.accuracy * state.use
        if self.noise.u(PITCH, buyer.number, week, self.vendor.number) < 1 - blind:
            return max(self.vendor.on_sale(week), key=buyer.appeal)
        return self.vendor.lead(week)

    def earn(self, credit: float) -> None:
        self.revenue_year += credit
        self.revenue_total += credit

    # Step 1: the year's start

    def may_leave(self, week: int) -> bool:
        """Leave at a year's start, perhaps; the successor takes the seat at once."""
        rule = self.spec.turnover
        at_risk = self.quota > 0 and self.revenue_year / self.quota < rule.below
        leaves = self.noise.u(TURNOVER, self.address, week, 0) < (
            rule.leave_below if at_risk else rule.leave_other
        )
        if leaves:
            self.hired = week
            self.skill = self._draw_skill(week)
            self.trust = 0.0
            for state in self.tools:
                state.forget()
        return leaves

    # Step 4: adoption

    def pace(self, week: int) -> float:
        """Revenue so far over the quota so far."""
        so_far = self.quota * (week % YEAR) / YEAR
        return max(0.0, self.revenue_year / so_far) if so_far > 0 else 0.0

    def use_tools(self, week: int) -> None:
        """Try, keep, drop and learn the tools that the strategy offers."""
        for state in self.tools:
            state.use = 0.0
            if self.offered(state):
                self._consider(state, week)
                if state.in_hand:
                    state.proficiency += state.tool.learning_rate * (1 - state.proficiency)
                    state.use = state.proficiency

    def _consider(self, state: ToolState, week: int) -> None:
        if state.status == IDLE:
            if self.noise.u(TRIAL, self.address, week, state.row) < self._trial_hazard(state, week):
                state.status = TRIED
                state.proficiency = 0.0
                state.trial_start = week
                state.trial_revenue = self.revenue_total
        elif state.status == TRIED and week - state.trial_start >= state.tool.trial_weeks:
            keeps = self.noise.u(KEEP, self.address, week, state.row) < self._keep_chance(state)
            state.status = ROUTINE if keeps else DROPPED

    def _trial_hazard(self, state: ToolState, week: int) -> float:
        tool = state.tool
        contentment = self.spec.reps.conservatism * min(1.0, self.pace(week))
        return (tool.innovation + tool.imitation * self._colleagues_share(state)) * (1 - contentment)

    def _colleagues_share(self, state: ToolState) -> float:
        """Share of the vendor's other reps in routine use, as step 4 began."""
        colleagues = len(self.vendor.reps) - 1
        if colleagues == 0:
            return 0.0
        return (self.vendor.routine_users[state.row] - state.was_routine) / colleagues

    def _keep_chance(self, state: ToolState) -> float:
        tool = state.tool
        felt = tool.saving * state.proficiency * self.admin_hours
        return logistic(
            tool.keep
            + tool.keep_training * self.strategy.training
            + tool.keep_hours * felt
            + tool.keep_pace * (self._trial_pace(state) - 1)
        )

    def _trial_pace(self, state: ToolState) -> float:
        if self.quota <= 0:
            return 1.0
        expected = self.quota * state.tool.trial_weeks / YEAR
        return min(2.0, max(0.0, (self.revenue_total - state.trial_revenue) / expected))

    # Step 5: hours

    def plan_week(self, week: int) -> None:
        """Divide the week's hours among what there is to do."""
        rule = self.spec.reps
        work = rule.hours_per_week * self._ramp(week)
        learning = min(work, self._hours_for_tools())
        open_now = len(self.opportunities())
        self.admin_hours = min(
            work - learning, rule.admin_fixed_hours + rule.admin_hours_per_opportunity * open_now
        )
        saved = self.admin_hours * min(MOST_SAVED, sum(s.tool.saving * s.use for s in self.tools))
        left = work - learning - self.admin_hours
        ramp, extra = self._ramp(week), self.strategy.extra_hours
        self._move_habits()
        for name in ACTIVITIES:
            self.hours[name] = left * self.habits[name] + saved * getattr(self.strategy.reinvest, name)
            self.hours[name] += ramp * getattr(extra, name)
        self.hours["administration"] = self.admin_hours - saved
        self.hours["learning"] = learning
        self.hours["slack"] = saved * self.strategy.reinvest.slack
        all_extra = sum(getattr(extra, name) for name in ACTIVITIES)
        self.hours["ramping"] = rule.hours_per_week - work + (1 - ramp) * all_extra
        self.hours["idle"] = 0.0
        if self.pushing:
            for name in ("prospecting", "preparation", "social"):
                moved = min(1.0, self.year_end(week) * self.spec.push.hours_shift) * self.hours[name]
                self.hours[name] -= moved
                self.hours["selling"] += moved

    def _ramp(self, week: int) -> float:
        if self.hired < 0:
            return 1.0
        rule = self.spec.reps
        return 1 - (1 - rule.ramp_start) * math.exp(-(week - self.hired) / rule.ramp_weeks)

    def _hours_for_tools(self) -> float:
        return sum(
            state.tool.learning_hours * (1 - state.proficiency) + state.tool.upkeep_hours * state.proficiency
            for state in self.tools
            if self.offered(state) and state.in_hand
        )

    def _move_habits(self) -> None:
        step = min(1.0, self.spec.reps.habit_rate * self.strategy.habit_change)
        for name in ACTIVITIES:
            self.habits[name] += step * (getattr(self.strategy.plan, name) - self.habits[name])

    # Step 7: casework

    def work_on_cases(self) -> None:
        """Spread preparation and selling over what is open, and build trust."""
        opportunities = self.opportunities()
        if opportunities:
            by_value = self.strategy.focus == "value"
            weights = [o.buyer.value if by_value else 1.0 for o in opportunities]
            total = sum(weights)
            for opportunity, weight in zip(opportunities, weights, strict=True):
                opportunity.preparation += self.hours["preparation"] * weight / total
                opportunity.selling += self.hours["selling"] * weight / total
        else:
            self.hours["idle"] = self.hours["preparation"] + self.hours["selling"]
            self.hours["preparation"] = self.hours["selling"] = 0.0
        self._build_trust()

    def _build_trust(self) -> None:
        rule = self.spec.trust
        hours = self.hours["social"] * (1 + rule.sales_social_gain * self.vendor.take_up["sales"])
        self.trust *= 1 - rule.decay
        self.trust += (1 - self.trust) * (1 - math.exp(-hours / rule.social_hours))

    # Step 10: the quarter's end

    def push_or_not(self, week: int) -> None:
        """Start to push if behind quota when the quarter's last weeks are near, stop when it is over."""
        rule = self.spec.push
        if week % QUARTER == QUARTER - 1 - rule.weeks and self.strategy.push and self._behind_quota(week):
            self.pushing = True
            self._pull_forward(week)
        if week % QUARTER == QUARTER - 1:
            self.pushing = False

    def year_end(self, week: int) -> float:
        """How much more is done at the end of the fiscal year than of another quarter."""
        return self.spec.push.year_end if week % YEAR >= YEAR - QUARTER else 1.0

    def _behind_quota(self, week: int) -> bool:
        if self.quota <= 0:
            return False
        pace = self.revenue_year / (self.quota * (week % YEAR + 1) / YEAR)
        return max(0.0, pace) < self.spec.push.below

    def _pull_forward(self, week: int) -> None:
        rule = self.spec.push
        last = week + rule.weeks
        for opportunity in self.opportunities():
            buyer = opportunity.buyer
            if last < buyer.evaluation_end <= last + rule.pull_weeks:
                draw = self.noise.u(PULL_FORWARD, buyer.number, week, self.vendor.number)
                if draw < min(1.0, self.year_end(week) * rule.pull_forward):
                    buyer.evaluation_end = buyer.due = last
