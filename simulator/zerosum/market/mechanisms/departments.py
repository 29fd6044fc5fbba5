"""Marketing, service and sales go social, each along a Bass curve of its own.

Source: Bass (1969), the discrete mean path; the order marketing, service, sales as observed by the
question's author (see ``Social`` in the scenario).
"""

from __future__ import annotations

from zerosum.market.jit import kernel
from zerosum.market.records import TAKE_UP, Record
from zerosum.market.rules import Rules
from zerosum.market.state import Market


@kernel
def go_social(week: int, market: Market, rules: Rules, record: Record) -> None:
    """Move the take-up of each department that its vendor's strategy sends to social media.

    Reads: vendors.strategy, social_since. Writes: vendors.take_up.
    """
    vendors, options = market.vendors, rules.departments
    for vendor in range(len(vendors.strategy)):
        for department in range(len(options.delay)):
            begun = week >= vendors.social_since[vendor] + options.delay[department]
            if begun and rules.strategies.social[vendors.strategy[vendor], department] == 1:
                taken = vendors.take_up[vendor, department]
                hazard = options.innovation[department] + options.imitation[department] * taken
                vendors.take_up[vendor, department] = taken + hazard * (1.0 - taken)
            record.weekly[vendor, TAKE_UP + department] = vendors.take_up[vendor, department]
