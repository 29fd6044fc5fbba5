"""Causes of an explanation, and the quantities in which their effects are measured."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("new", "from_rivals", "renewed", "cannibalised", "lost_accounts")
"""Kinds of gain or loss of a decision for the vendor studied; the first four are revenue."""

N_EARNED = 4
N_KINDS = len(KINDS)

MONEY = tuple(f"money_{kind}" for kind in KINDS)
COUNTS = tuple(f"n_{kind}" for kind in KINDS)
QUANTITIES = (*MONEY, *COUNTS)
"""Columns of a result: annual contract value of each kind, then deals of each kind."""

TOTALS = (*MONEY[:N_EARNED], "money", MONEY[-1], *COUNTS[:N_EARNED], "n", COUNTS[-1])
"""Quantities in output order: total revenue and total deals won are between their parts and the losses."""


@dataclass(frozen=True)
class Cause:
    """A cause of a decision's different result.

    Attributes
    ----------
    name : str
        as in columns and files
    label : str
        as in tables
    meaning : str
        what differed, in a sentence
    """

    name: str
    label: str
    meaning: str


# The first are groups of inputs of a decision that is in both runs; they get Shapley values.
CAUSES = (
    Cause("contact", "contact", "our rep was in the deal in one run only: found, or invited"),
    Cause("preparation", "preparation", "hours of preparation behind our offer"),
    Cause("selling", "selling time", "hours of selling behind our offer"),
    Cause("support", "presales support", "presales help came in time in one run only"),
    Cause("trust", "trust", "our rep's reputation in its territory"),
    Cause("skill", "skill", "another person in our rep's seat"),
    Cause("price", "discount", "the price cut that our rep gave"),
    Cause("pitch", "product pitched", "which product we offered, and whether own customers were offered it"),
    Cause("satisfaction", "satisfaction", "how satisfied the customer was with what it held"),
    Cause(
        "competitors",
        "competitors' moves",
        "competitors' offers, hours and prices, all together; opportunities created by their outreach",
    ),
    Cause(
        "incumbent",
        "incumbent had changed",
        "an earlier decision gave the account another incumbent or another price",
    ),
    Cause(
        "timing",
        "timing",
        "decided in another week: in another mood, or within the measured weeks in one run only",
    ),
    # Causes of a missing contact.
    Cause("fatigue", "fatigue", "our rep's call failed, but would have succeeded with full goodwill"),
    Cause(
        "no_free_capacity",
        "no free capacity",
        "our rep had no free capacity for the deal",
    ),
    # Decisions that are in one run only: each has one cause.
    Cause("provoked", "created by outreach", "our rep's call made the buyer evaluate"),
    Cause("earlier", "earlier evaluation", "an earlier evaluation, or its outcome, moved the contract's end"),
    Cause("word_of_mouth", "word of mouth", "a review or a need came up in one run only"),
)
NUMBER = {cause.name: i for i, cause in enumerate(CAUSES)}

N_GROUPS = 12
CONTACT, PREPARATION, SELLING, SUPPORT, TRUST, SKILL = range(6)
PRICE, PITCH, SATISFACTION, RIVALS, INCUMBENT, TIMING = range(6, N_GROUPS)
FATIGUE, NO_FREE_CAPACITY, PROVOKED_BY_US, EARLIER, WORD_OF_MOUTH = range(N_GROUPS, len(CAUSES))
