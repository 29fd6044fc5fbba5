"""The state under the engine's column names, to compare with: plain lists of plain numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.reference.choices import number_of
from tests.reference.opportunity import NONE, UNSET
from tests.reference.reps import ACTIVITIES, HOURS
from tests.reference.vendors import DEPARTMENTS

if TYPE_CHECKING:
    from tests.reference.buyers import Buyer
    from tests.reference.model import ReferenceModel
    from tests.reference.opportunity import Opportunity
    from tests.reference.reps import Rep

Columns = dict[str, list[Any]]


def columns(model: ReferenceModel) -> Columns:
    """All columns: a row per buyer, rep, slot (reps x slots, flat) or vendor."""
    slots = [slot for rep in model.reps for slot in rep.slots]
    return _of_buyers(model.buyers) | _of_reps(model.reps) | _of_opportunities(slots) | _of_vendors(model)


def _of_buyers(buyers: list[Buyer]) -> Columns:
    return {
        "segment": [b.segment for b in buyers],
        "value": [b.value for b in buyers],
        "holds": [number_of(b.holds) for b in buyers],
        "level": [b.level for b in buyers],
        "norm": [b.norm for b in buyers],
        "opinion": [b.opinion for b in buyers],
        "stock_week": [b.stock_week for b in buyers],
        "contract_end": [b.contract_end for b in buyers],
        "price_paid": [b.price_paid for b in buyers],
        "evaluation_start": [b.evaluation_start for b in buyers],
        "evaluation_end": [b.evaluation_end for b in buyers],
        "evaluation_reason": [b.reason for b in buyers],
        "candidate": [b.candidate for b in buyers],
        "due": [b.due for b in buyers],
        "goodwill": [list(b.goodwill) for b in buyers],
        "goodwill_week": [list(b.goodwill_week) for b in buyers],
        "turned_away": [list(b.turned_away) for b in buyers],
        "owner": [[rep.row for rep in b.owner] for b in buyers],
        "neighbours": [[neighbour.number for neighbour in b.neighbours] for b in buyers],
    }


def _of_reps(reps: list[Rep]) -> Columns:
    return {
        "rep_vendor": [r.vendor.number for r in reps],
        "address": [r.address for r in reps],
        "rep_strategy": [r.strategy_number for r in reps],
        "skill": [r.skill for r in reps],
        "hired": [r.hired for r in reps],
        "trust": [r.trust for r in reps],
        "habits": [[r.habits[name] for name in ACTIVITIES] for r in reps],
        "quota": [r.quota for r in reps],
        "revenue_year": [r.revenue_year for r in reps],
        "revenue_total": [r.revenue_total for r in reps],
        "admin_hours": [r.admin_hours for r in reps],
        "pushing": [int(r.pushing) for r in reps],
        "hours": [[r.hours[name] for name in HOURS] for r in reps],
        "tool_status": [[state.status for state in r.tools] for r in reps],
        "tool_proficiency": [[state.proficiency for state in r.tools] for r in reps],
        "tool_trial_start": [[state.trial_start for state in r.tools] for r in reps],
        "tool_trial_revenue": [[state.trial_revenue for state in r.tools] for r in reps],
        "tool_use": [[state.use for state in r.tools] for r in reps],
    }


def _of_opportunities(slots: list[Opportunity | None]) -> Columns:
    return {
        "opp_buyer": [-1 if o is None else o.buyer.number for o in slots],
        "opp_product": [-1 if o is None else o.product.number for o in slots],
        "opp_opened": [-1 if o is None else o.opened for o in slots],
        "opp_source": [0 if o is None else o.source for o in slots],
        "opp_preparation": [0.0 if o is None else o.preparation for o in slots],
        "opp_selling": [0.0 if o is None else o.selling for o in slots],
        "opp_support": [NONE if o is None else o.support for o in slots],
        "opp_arrival": [UNSET if o is None else o.arrival for o in slots],
        "opp_support_start": [UNSET if o is None else o.support_start for o in slots],
        "opp_support_end": [UNSET if o is None else o.support_end for o in slots],
    }


def _of_vendors(model: ReferenceModel) -> Columns:
    incumbents = [buyer.holds.vendor for buyer in model.buyers if buyer.holds is not None]
    return {
        "vendor_strategy": [v.strategy_number for v in model.vendors],
        "social_since": [v.social_since for v in model.vendors],
        "take_up": [[v.take_up[name] for name in DEPARTMENTS] for v in model.vendors],
        "customers": [incumbents.count(v) for v in model.vendors],
        "arr": [v.arr() for v in model.vendors],
        "free_at": [list(v.free_at) for v in model.vendors],
    }
