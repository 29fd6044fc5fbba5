"""What is missing or odd in the imported data, what it means for an answer, and what to fix in the CRM system."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from zerosum.crm.tables import DECIDED
from zerosum.crm.understood import Understood

QUARTERS_LOG = "Ask reps to enter opportunities when a buyer agrees to talk, not when the result is known."


# fmt: off
OF_FLAGS = (
    ("only_wins", "deals of reps who record wins only", "all",
     "At the team's win rate, luck would do this in less than 1 of 100. Leave them out of win rates and cycles.",
     QUARTERS_LOG),
    ("created_after_close", "deals created after they were closed", "closed",
     "They have no cycle length. They were entered afterwards, or imported from another system.",
     "Enter the true date of creation when old deals are loaded."),
    ("closed_same_day", "deals created and closed on the same day", "closed",
     "Their cycle of 0 days is a habit of logging. Cycles look shorter than they are.",
     QUARTERS_LOG),
    ("created_missing", "deals without a date of creation", "all",
     "They count in win rates, but not in cycles and not in how many deals were open at a time.",
     "Export the date of creation; every system records it."),
    ("closed_missing", "closed deals without a date", "closed",
     "They count in win rates, but in no period and no cycle.",
     "Export the actual close date."),
    ("overdue", "open deals whose expected close has passed", "open",
     "Those that are over make the pipeline look fuller than it is, and losses are counted too late.",
     "Close deals that are over; move dates of those that aren't."),
    ("parked", "open deals expected on the last day of a quarter", "open",
     "The date is a default, not a forecast. Close dates of open deals are never used as results.",
     "Ask for a date that the buyer gave."),
    ("closed_after_export", "deals closed after the date of the export", "closed",
     "The date is a typing error, or a forecast left in a closed deal.",
     "Correct these dates."),
    ("owner_queue", "deals owned by a queue or a system user", "all",
     "They count for the team, and for no rep.",
     "Give every deal to a person before it is worked on."),
    ("owner_missing", "deals without an owner", "all",
     "They count for the team, and for no rep.",
     "Export the owner's name or id."),
    ("owner_inactive", "deals of owners who have left", "all",
     "Deals that a new owner took over may stand under the old one; a rep's figures can be those of two people.",
     "Move open deals to their new owner, and keep closed ones."),
    ("reopened", "deals that were closed and opened again", "all",
     "Their cycle is counted from their creation to their last result.",
     "Open a new deal for a new attempt."),
    ("stage_unknown", "deals in a stage without a name", "all",
     "The stage was deleted or renamed. The outcome is known by the status alone.",
     "Map old stages to current ones."),
    ("renewal_by_name", "renewals known by their name only", "all",
     "Others may be renewals, too. Win rates of new business look better than they are.",
     "Use a type (new, renewal, upgrade) for every deal."),
)
# fmt: on
"""Flag, what is odd, of which deals, what it means for an answer, and what to do."""


def find_odd(
    deals: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame | None],
    understood: Understood,
) -> None:
    """Add findings about the opportunities and what stands beside them."""
    flags = deals["flags"].explode()
    count = {str(name): int(n) for name, n in flags.dropna().value_counts().items()}
    n, outcome = len(deals), deals["outcome"]
    n_open, n_closed = int((outcome == "open").sum()), int((outcome != "open").sum())

    lost = int(outcome.isin(["lost", "no_decision"]).sum())
    if lost == 0:
        understood.find(
            "no lost deals at all", n_closed, n_closed,
            "Win rates can't be known: every closed deal was won. Losses were deleted, never logged or not exported.",
            "Export closed lost deals, too; never delete a lost deal.",
        )  # fmt: skip
    missing = deals["amount"].isna()
    is_lost = outcome.isin(["lost", "no_decision"])
    lost_missing = float(missing[is_lost].mean()) if lost else np.nan
    won = outcome == "won"
    won_missing = float(missing[won].mean()) if won.any() else np.nan
    uneven, by_luck = "", 1.0
    if lost and won.any():
        table = np.array(
            [[int((missing & one).sum()), int((~missing & one).sum())] for one in (won, is_lost)]
        )
        by_luck = float(fisher_exact(table)[1])
        uneven = f" They are missing in {won_missing:.0%} of won and {lost_missing:.0%} of lost deals: not at random."
    understood.find(
        "deals without a usable amount", int(missing.sum()), n,
        "Values are those of the deals that have one." + (uneven if by_luck < 0.05 else ""),
        "Require an amount when a deal is qualified. 0, 1 and negative amounts count as missing.",
    )  # fmt: skip
    for flag, what, of, means, fix in OF_FLAGS:
        understood.find(
            what, count.get(flag, 0), {"all": n, "closed": n_closed, "open": n_open}[of], means, fix
        )
    _find_types(deals, understood)
    _find_few(deals, understood)
    if tables.get("quotas") is None:
        understood.find(
            "no quotas", 1, 1, "Attainment, and its chance baseline, can't be known.",
            "Add a file with columns rep, quarter, quota.",
        )  # fmt: skip


def _find_types(deals: pd.DataFrame, understood: Understood) -> None:
    n = len(deals)
    for column, what, means, fix in (
        ("type", "deals of unknown type",
         "Renewals are won far more often than new business; mixed, both rates mislead.",
         'Export the type or the record type; --type "WORD=renewal" explains a word.'),
        ("source_kind", "deals of unknown source", "Whether reps or marketing found these deals isn't known.",
         'Export the lead source; --source "WORD=inbound" explains a word.'),
    ):  # fmt: skip
        understood.find(what, int(deals[column].isna().sum()), n, means, fix)
    lost = deals[deals["outcome"] == "lost"]
    understood.find(
        "lost deals without a named competitor", int(lost["competitor"].isna().sum()), len(lost),
        "How often a competitor wins, and which, is known in part.",
        "Record the main competitor when a deal is closed.",
    )  # fmt: skip


def _find_few(deals: pd.DataFrame, understood: Understood) -> None:
    closed = deals[deals["outcome"].isin(DECIDED)]
    per_rep = closed["rep"].value_counts()
    understood.find(
        "reps with fewer than ten decided deals", int((per_rep < 10).sum()), len(per_rep),
        "Their own win rates say next to nothing; they are drawn towards the team's.",
        "None: small numbers are no error. Export more years if you have them.",
    )  # fmt: skip
    if len(per_rep) == 1:
        understood.find(
            "only one rep", 1, 1, "Nothing can be said about differences between reps.",
            "Export the whole team's deals, if there is one.",
        )  # fmt: skip
