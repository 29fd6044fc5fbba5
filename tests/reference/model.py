"""The slow twin: docs/model.md again, with one object for each rep and buyer.

Written from the text alone, without a look at the engine's rules; where the two differ, one of them has
misread the text.
"""

from __future__ import annotations

from typing import Any

import mesa

from tests.reference import draws as plain_draws
from tests.reference.buyers import IS_PROVOKED, NO_REASON, Buyer
from tests.reference.choices import decide
from tests.reference.columns import Columns, columns
from tests.reference.noise import Noise
from tests.reference.population import make_buyers, make_reps, make_vendors
from tests.reference.prospecting import prospect
from tests.reference.reps import ROUTINE, YEAR
from zerosum.scenario.spec import Scenario


class ReferenceModel(mesa.Model):
    """A market with one run key.

    Parameters
    ----------
    scenario : the market and its sellers
    key : the run's key, an integer of 64 bits
    draws : a module with the functions of tests/reference/draws.py
    """

    def __init__(self, scenario: Scenario, key: int, draws: Any = plain_draws) -> None:
        super().__init__(rng=0)  # Mesa's own generators are never asked
        self.spec = scenario
        self.noise = Noise(draws, key)
        self.week = 0
        self.deals: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        self.dropouts: list[dict[str, Any]] = []
        self.rep_years: list[dict[str, Any]] = []
        self.vendors, self.products = make_vendors(scenario, self.noise)
        self.buyers = make_buyers(self)
        self.reps = make_reps(self)

    def assign(self, vendor_strategies: list[int], rep_strategies: list[int]) -> None:
        """Branch into a strategy at the start of a week: strategies by row, for every vendor and rep."""
        for vendor, strategy in zip(self.vendors, vendor_strategies, strict=True):
            vendor.follow(strategy, self.week)
        for rep, strategy in zip(self.reps, rep_strategies, strict=True):
            rep.follow(strategy)

    def run(self, weeks: int) -> None:
        for _ in range(weeks):
            self.step()

    def columns(self) -> Columns:
        return columns(self)

    def step(self) -> None:
        """One week, in the order of docs/model.md."""
        week = self.week
        if week % YEAR == 0 and week > 0:  # 1. calendar
            self._start_year(week)
        self._look_at_buyers(week)  # 2. buyers
        for vendor in self.vendors:  # 3. departments
            vendor.go_social(week)
        self._count_routine_users()  # 4. adoption
        for rep in self.reps:
            rep.use_tools(week)
        for rep in self.reps:  # 5. hours
            rep.plan_week(week)
        self._prospect(week)  # 6. prospecting
        for rep in self.reps:  # 7. casework
            rep.work_on_cases()
        self._support(week)  # 8. support
        self._choose(week)  # 9. choices
        for rep in self.reps:  # 10. quarter's end
            rep.push_or_not(week)
        self.week += 1

    def _count_routine_users(self) -> None:
        for vendor in self.vendors:
            vendor.routine_users = [0] * len(self.spec.tools)
            for rep in vendor.reps:
                for state in rep.tools:
                    state.was_routine = state.status == ROUTINE
                    vendor.routine_users[state.row] += state.was_routine

    def _start_year(self, week: int) -> None:
        """Step 1: record the year, replace those who leave, set quotas."""
        for rep in self.reps:
            year = {"week": week, "rep": rep.row, "quota": rep.quota, "revenue": rep.revenue_year}
            self.rep_years.append(year | {"left": int(rep.may_leave(week))})
        rule = self.spec.quota
        market_value = sum(buyer.value for buyer in self.buyers)
        for vendor in self.vendors:
            total = sum(rep.revenue_year for rep in vendor.reps)
            mean = total / len(vendor.reps)
            for rep in vendor.reps:
                first = week <= max(self.spec.clock.warmup_weeks, YEAR)
                if first or rule.later == "formula":
                    potential = total * sum(buyer.value for buyer in rep.territory) / market_value
                    expected = rule.team_weight * mean + (1 - rule.team_weight) * potential
                    rep.quota = rule.stretch * expected * (1.0 if first else rule.growth)
                else:
                    ratcheted = (1 - rule.ratchet) * rep.quota + rule.ratchet * rep.revenue_year
                    rep.quota = ratcheted * rule.growth
        for rep in self.reps:
            rep.revenue_year = 0.0

    def _look_at_buyers(self, week: int) -> None:
        """Step 2: those whose time has come think; some of them enter the market."""
        looking = [buyer for buyer in self.buyers if buyer.due == week and not buyer.in_market]
        heard = [(buyer, buyer.heard()) for buyer in looking if buyer.holds is not None]
        for buyer, opinion in heard:
            buyer.take_stock(week, opinion)
        for buyer in [buyer for buyer in looking if buyer.holds is not None]:
            before, arr = buyer.holds, buyer.value * buyer.price_paid
            if buyer.drops_out(week):
                looking.remove(buyer)
                row = {"week": week, "buyer": buyer.number, "product": before.number, "arr": arr}
                self.dropouts.append(row)
        share_served = self._share_served() if looking else 0.0
        for buyer in looking:
            reason = buyer.reason_to_evaluate(week, share_served)
            if reason != NO_REASON:
                buyer.open_evaluation(week, reason)
            buyer.pass_candidates(week)

    def _share_served(self) -> float:
        """Share of all buyers with a supplier, for a market without a network."""
        if self.spec.market.neighbours > 0:
            return 0.0
        return sum(buyer.holds is not None for buyer in self.buyers) / len(self.buyers)

    def _prospect(self, week: int) -> None:
        """Step 6: all reps act, then those they provoked enter the market."""
        provoked: set[Buyer] = set()
        for rep in self.reps:
            provoked.update(prospect(rep, week))
        for buyer in sorted(provoked, key=lambda buyer: buyer.number):
            buyer.open_evaluation(week, IS_PROVOKED)

    def _support(self, week: int) -> None:
        """Step 8: cases that are ready ask, then engineers serve."""
        for rep in self.reps:
            for opportunity in rep.opportunities():
                opportunity.ask_for_support(week)
        for vendor in self.vendors:
            vendor.serve(week)

    def _choose(self, week: int) -> None:
        """Step 9: evaluations that end are decided, in order of buyer."""
        for buyer in [buyer for buyer in self.buyers if buyer.evaluation_end == week]:
            decision, deals = decide(buyer, week)
            self.decisions.append(decision)
            self.deals.extend(deals)
