"""A pipeline in the shape of each CRM system's own export: its headers, its words, its second tables.

`Rows` are what an export's rows say, before they are put under a system's headers; quirks change them there. What a
system has no usual column for (segment, product, competitor, incumbent) gets a column of its own behind the others, as
administrators add them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from zerosum.crm.simulated import STAGES
from zerosum.crm.tables import TeamData

SYSTEMS = ("salesforce", "hubspot", "dynamics", "pipedrive")
NO_DECISION, LOST_REASON, DUPLICATE = "No decision", "Lost to competitor", "Duplicate"
"""Reasons of deals that were closed without a win."""
_TYPES = {"new": "New Business", "renewal": "Renewal", "upgrade": "Upgrade"}

Files = dict[str, pd.DataFrame]
"""Name of a file, without its ending -> its cells."""


@dataclass(frozen=True)
class Rows:
    """What an export says.

    Attributes
    ----------
    deals : DataFrame
        ``key`` (the deal's id in the team's tables), ``id`` (the system's), ``name account owner segment product
        created closed expected_close stage outcome amount line_amount currency type source competitor incumbent
        reason``; ``outcome`` may also be ``duplicate``
    people : DataFrame
        ``id name start end segment``
    quotas, accounts, stages : DataFrame
        as in the team's tables; ``id`` of stages is the system's
    """

    deals: pd.DataFrame
    people: pd.DataFrame
    quotas: pd.DataFrame | None = None
    accounts: pd.DataFrame | None = None
    stages: pd.DataFrame | None = None

    def change(self, deals: pd.DataFrame) -> Rows:
        """Return the same rows with other deals."""
        return replace(self, deals=deals.reset_index(drop=True))


@dataclass(frozen=True)
class System:
    """A CRM system.

    Attributes
    ----------
    name : str
        as people write it
    stages : sequence of str
        its words for the stages of `simulated.STAGES`, then for won and lost
    keeps_stage : bool
        a closed deal keeps the stage that it was closed in
    file, ending : str
        of the opportunities
    shape : callable
        rows -> files
    cannot_hold : sequence of str
        what is lost on the way, in sentences
    """

    name: str
    stages: Sequence[str]
    keeps_stage: bool
    file: str
    ending: str
    shape: Callable[[Rows, System], Files]
    cannot_hold: Sequence[str]


def record_ids(system: str, keys: Sequence[str]) -> list[str]:
    """Return the system's ids of deals."""
    numbers = [int(key.lstrip("D")) for key in keys]
    if system == "salesforce":
        return [f"0065g{number:010d}AAA" for number in numbers]
    if system == "hubspot":
        return [str(9_000_000_000 + number) for number in numbers]
    if system == "dynamics":
        digits = [hashlib.blake2b(key.encode(), digest_size=16).hexdigest() for key in keys]
        return ["-".join((one[:8], one[8:12], one[12:16], one[16:20], one[20:])).upper() for one in digits]
    return [str(number) for number in numbers]


def put(column: pd.Series, words: Mapping[str, str], other: str | None = None) -> pd.Series:
    """Replace words by others; those without one by ``other``."""
    return pd.Series([words.get(one, other) for one in column], index=column.index, dtype=object)


def make_rows(team: TeamData, system: str) -> Rows:
    """Return what an export of a team's tables says, before any quirk."""
    deals = team.opportunities
    names = [
        f"{account} - {product}" for account, product in zip(deals["account"], deals["product"], strict=True)
    ]
    suffix = put(deals["type"], {"renewal": " renewal", "upgrade": " upgrade"}, "")
    reason = put(deals["outcome"], {"lost": LOST_REASON, "no_decision": NO_DECISION})
    ids = record_ids(system, list(deals["id"]))
    rows = deals.drop(columns=["flags", "source_kind"]).rename(columns={"id": "key", "rep": "owner"})
    rows = rows.assign(id=ids, name=names + suffix, reason=reason, line_amount=np.nan)
    people = _people(team, system)
    stages = None
    if team.stages is not None:
        stages = team.stages.assign(id=team.stages["id"].map(dict(zip(deals["id"], ids, strict=True))))
    return Rows(rows, people, team.quotas, team.accounts, stages)


def _people(team: TeamData, system: str) -> pd.DataFrame:
    assert team.reps is not None
    ids = [
        f"0055g{number:010d}AAQ" if system == "salesforce" else str(40_000_000 + number)
        for number in range(1, len(team.reps) + 1)
    ]
    return team.reps.rename(columns={"rep": "name"}).assign(id=ids)


# --- Shapes ---------------------------------------------------------------------------------------------------------


def _stage_words(system: System, rows: pd.DataFrame) -> pd.Series:
    words = dict(zip(STAGES, system.stages, strict=False))
    closed = {"won": system.stages[3], "lost": system.stages[4], "no_decision": system.stages[4]}
    closed["duplicate"] = system.stages[4]
    is_open = rows["outcome"] == "open"
    named = rows["stage"].replace(words)
    return named.where(is_open, system.stages[2] if system.keeps_stage else put(rows["outcome"], closed))


def _close(rows: pd.DataFrame) -> pd.Series:
    """Return the one date of close that a system keeps: the result's or, until then, the expected one."""
    return rows["closed"].where(rows["outcome"] != "open", rows["expected_close"])


def _own_columns(rows: pd.DataFrame, prefix: str = "") -> dict[str, pd.Series]:
    """Return columns that an administrator added; those without any content are left out."""
    columns = {
        "Segment": rows["segment"],
        "Product": rows["product"],
        "Product Amount": rows["line_amount"],
        "Competitor": rows["competitor"],
        "Incumbent": rows["incumbent"],
    }
    return {f"{prefix}{name}": column for name, column in columns.items() if column.notna().any()}


def _salesforce(rows: Rows, system: System) -> Files:
    deals = rows.deals
    close, stage = _close(deals), _stage_words(system, deals)
    ended = deals["closed"].fillna(deals["created"].max())
    probability = _probabilities(deals)
    own = _own_columns(deals)
    if "Competitor" in own:
        own = {
            ("Main Competitor(s)" if name == "Competitor" else name): column for name, column in own.items()
        }
    if "Product Amount" in own:
        own = {("Total Price" if name == "Product Amount" else name): column for name, column in own.items()}
    table = pd.DataFrame(
        {
            "Opportunity Name": deals["name"],
            "Account Name": deals["account"],
            "Opportunity Owner": deals["owner"],
            "Stage": stage,
            "Amount": deals["amount"],
            "Close Date": close,
            "Created Date": deals["created"],
            "Age": (ended - deals["created"]).dt.days.clip(lower=0),
            "Probability (%)": (100 * probability).round().astype(int),
            "Fiscal Period": "Q"
            + close.dt.quarter.astype("Int64").astype(str)
            + "-"
            + close.dt.year.astype("Int64").astype(str),
            "Type": put(deals["type"], _TYPES),
            "Lead Source": deals["source"],
            "Opportunity ID": deals["id"],
            **_currency("Opportunity Currency", deals),
            "Closed Lost Reason": deals["reason"],
            **own,
        }
    )
    files = {"opportunities": table, **_beside(rows, system)}
    if rows.stages is not None:
        history = rows.stages
        files["opportunity_history"] = pd.DataFrame(
            {
                "OpportunityId": history["id"],
                "StageName": history["stage"].replace({"Closed No Decision": "Closed Lost"}),
                "CreatedDate": history["entered"],
            }
        )
    return files


def _hubspot(rows: Rows, system: System) -> Files:
    deals = rows.deals
    stage = _stage_words(system, deals)
    table = pd.DataFrame(
        {
            "Record ID": deals["id"],
            "Deal Name": deals["name"],
            "Deal Stage": stage,
            "Pipeline": "Sales Pipeline",
            "Amount": deals["amount"],
            "Deal owner": deals["owner"],
            "Close Date": _close(deals),
            "Create Date": deals["created"],
            "Last Activity Date": deals["closed"].fillna(deals["created"]),
            "Associated Company": deals["account"],
            **_currency("Currency", deals),
            "Deal Type": put(deals["type"], {**_TYPES, "upgrade": "Existing Business"}),
            "Deal source": deals["source"],
            "Closed Lost Reason": deals["reason"],
            **_own_columns(deals),
        }
    )
    files = {"deals": table, **_beside(rows, system)}
    if rows.stages is not None:
        words = {**dict(zip(STAGES, system.stages, strict=False)), "Closed No Decision": "Closed Lost"}
        files["deal_stages"] = pd.DataFrame(
            {
                "deal_id": rows.stages["id"],
                "value": rows.stages["stage"].replace(words),
                "date_entered": rows.stages["entered"],
                "date_exited": rows.stages["left"],
            }
        )
    return files


def _dynamics(rows: Rows, system: System) -> Files:
    deals = rows.deals
    status = put(deals["outcome"], {"open": "Open", "won": "Won"}, "Lost")
    why = put(deals["reason"], {NO_DECISION: "Canceled", LOST_REASON: "Out-Sold", DUPLICATE: "Duplicate"})
    why = why.where(status == "Lost", put(status, {"Open": "In Progress", "Won": "Won"}))
    modified = deals["closed"].fillna(deals["created"])
    sums = [
        hashlib.blake2b(f"{one}/{day}".encode(), digest_size=48).hexdigest()
        for one, day in zip(deals["id"], modified, strict=True)
    ]
    own = _own_columns(deals.assign(competitor=None))
    table = pd.DataFrame(
        {
            "(Do Not Modify) Opportunity": deals["id"],
            "(Do Not Modify) Row Checksum": sums,
            "(Do Not Modify) Modified On": modified,
            "Topic": deals["name"],
            "Potential Customer": deals["account"],
            "Est. Close Date": deals["expected_close"].fillna(deals["closed"]),
            "Est. Revenue": deals["amount"],
            "Actual Revenue": deals["amount"].where(status == "Won"),
            "Actual Close Date": deals["closed"],
            "Probability": (100 * _probabilities(deals)).round().astype(int),
            "Status": status,
            "Status Reason": why,
            "Pipeline Phase": _stage_words(system, deals),
            "Owner": deals["owner"],
            "Created On": deals["created"],
            **_currency("Currency", deals),
            "Type": put(deals["type"], _TYPES),
            "Originating Lead Source": deals["source"],
            **own,
        }
    )
    files = {"opportunities": table}
    closed = deals[deals["outcome"] != "open"]
    if len(closed) and deals["competitor"].notna().any():
        files["opportunityclose"] = pd.DataFrame(
            {
                "Opportunity": closed["id"],
                "Status": status[closed.index],
                "Status Reason": why[closed.index],
                "Actual End": closed["closed"],
                "Actual Revenue": closed["amount"].where(closed["outcome"] == "won"),
                "Competitor": closed["competitor"],
            }
        )
    return {**files, **_beside(rows, system)}


def _pipedrive(rows: Rows, system: System) -> Files:
    deals = rows.deals
    status = put(deals["outcome"], {"open": "Open", "won": "Won"}, "Lost")
    table = {
        "ID": deals["id"],
        "Title": deals["name"],
        "Owner": deals["owner"],
        "Value": deals["amount"],
        **_currency("Currency of Value", deals),
        "Organization": deals["account"],
        "Pipeline": "Pipeline",
        "Stage": _stage_words(system, deals),
        "Status": status,
        "Deal created": deals["created"],
        "Won time": deals["closed"].where(status == "Won"),
        "Lost time": deals["closed"].where(status == "Lost"),
        "Deal closed on": deals["closed"],
        "Lost reason": deals["reason"],
        "Expected close date": deals["expected_close"],
        "Archive status": "Not archived",
        "Type": put(deals["type"], _TYPES),
        "Source channel": deals["source"],
        **_own_columns(deals),
    }
    files = {
        "deals": pd.DataFrame({f"Deal - {name}": column for name, column in table.items()}),
        **_beside(rows, system),
    }
    if rows.stages is not None:
        # Pipedrive keeps no stage for a result: the last change is into the stage in which the deal was closed.
        words = dict(zip(STAGES, system.stages, strict=False))
        history = rows.stages[rows.stages["stage"].isin(STAGES)]
        files["deals_flow"] = pd.DataFrame(
            {
                "deal_id": history["id"],
                "field_key": "stage_id",
                "new_value": history["stage"].map(words),
                "log_time": history["entered"],
            }
        )
    return files


def _probabilities(deals: pd.DataFrame) -> pd.Series:
    by_stage = dict(zip(STAGES, (0.2, 0.4, 0.6), strict=True))
    found = [
        by_stage.get(stage, 0.1) if outcome == "open" else float(outcome == "won")
        for stage, outcome in zip(deals["stage"], deals["outcome"], strict=True)
    ]
    return pd.Series(found, index=deals.index, dtype=float)


def _currency(header: str, deals: pd.DataFrame) -> dict[str, pd.Series]:
    return {header: deals["currency"]} if deals["currency"].notna().any() else {}


def _beside(rows: Rows, system: System) -> Files:
    """Return the files beside the deals: people, quotas, accounts."""
    people = rows.people
    columns = {
        "Rep": people["name"],
        "User ID": people["id"],
        "Start Date": people["start"],
        "End Date": people["end"],
    }
    if people["segment"].notna().any():
        columns["Segment"] = people["segment"]
    files = {"reps": pd.DataFrame(columns)}
    if rows.quotas is not None:
        files["quotas"] = pd.DataFrame(
            {
                "Rep": rows.quotas["rep"],
                "Period Start": rows.quotas["period_start"],
                "Period End": rows.quotas["period_end"],
                "Quota": rows.quotas["quota"],
            }
        )
    if rows.accounts is not None:
        files["accounts"] = pd.DataFrame(
            {
                "Account Name": rows.accounts["account"],
                "Account Owner": rows.accounts["rep"],
                "Segment": rows.accounts["segment"],
                "Potential": rows.accounts["potential"],
            }
        )
    if system.name == "Dynamics 365" and rows.stages is not None:
        files["stage_history"] = pd.DataFrame(
            {
                "Opportunity ID": rows.stages["id"],
                "Stage": rows.stages["stage"].replace({"Closed No Decision": "Closed Lost"}),
                "Entered": rows.stages["entered"],
                "Left": rows.stages["left"],
            }
        )
    return files


_ALL = ("Results without a decision are lost deals with the reason 'No decision'.",)

BY_NAME: Mapping[str, System] = {
    "salesforce": System(
        "Salesforce",
        (*STAGES, "Closed Won", "Closed Lost"),
        False,
        "opportunities",
        "csv",
        _salesforce,
        (*_ALL, "Close Date is the expected close of an open deal, and the result's of a closed one."),
    ),
    "hubspot": System(
        "HubSpot",
        ("Appointment Scheduled", "Presentation Scheduled", "Contract Sent", "Closed Won", "Closed Lost"),
        False,
        "deals",
        "csv",
        _hubspot,
        (
            *_ALL,
            "Close Date is the expected close of an open deal, and the result's of a closed one.",
            "Stages have the names of HubSpot's own pipeline.",
        ),
    ),
    "dynamics": System(
        "Dynamics 365",
        ("1-Qualify", "2-Develop", "3-Propose", "4-Close", "4-Close"),
        False,
        "opportunities",
        "xlsx",
        _dynamics,
        (
            "Results without a decision have the status Lost and the reason 'Canceled'.",
            "Competitors of closed deals are in the second table, opportunityclose; those of open deals nowhere.",
            "Stages have the names of its own process.",
            "The estimated close of a closed deal is the day of its result.",
        ),
    ),
    "pipedrive": System(
        "Pipedrive",
        ("Qualified", "Demo Scheduled", "Proposal Made", "Proposal Made", "Proposal Made"),
        True,
        "deals",
        "csv",
        _pipedrive,
        (*_ALL, "A closed deal keeps the stage in which it was closed; stages have Pipedrive's names."),
    ),
}
"""Systems by the name that `--system` has."""
