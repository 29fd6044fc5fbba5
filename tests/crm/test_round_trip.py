"""A simulated pipeline, exported as each system does and imported again, is the same pipeline."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.crm.exports import built
from tests.crm.markets import small_market
from tests.each import each
from zerosum.crm import TeamData
from zerosum.crm.export import CrmExport, make_export
from zerosum.crm.quirks import parse_quirks
from zerosum.crm.simulated import CLOSED_STAGES, STAGES, SimulatedTeam, simulate_team
from zerosum.crm.systems import BY_NAME, SYSTEMS

pytestmark = pytest.mark.uncompiled

NAMES = ("account", "rep", "competitor", "incumbent")
"""Columns with pseudonyms in place of names."""


@pytest.fixture(scope="module")
def simulated() -> SimulatedTeam:
    return simulate_team(small_market())


def there_and_back(
    simulated: SimulatedTeam, system: str, folder: Path, *quirks: str
) -> tuple[CrmExport, TeamData]:
    made = make_export(simulated, system, parse_quirks(quirks))
    for name, write in made.files.items():
        write(folder / name)
    options = ["--as-of", str(simulated.team.as_of)] + ["--dates", "day-first"] * (
        "day-first" in made.truth["quirks"]
    )
    return made, built(*(folder / name for name in made.rows), options=options)


def same(found: pd.Series, true: pd.Series) -> pd.Series:
    return (found == true) | (found.isna() & true.isna())


def stages_of(true: pd.DataFrame, system: str) -> pd.Series:
    """Return the names that a system gives to stages."""
    words = BY_NAME[system].stages
    ours = (*STAGES, *(CLOSED_STAGES[one] for one in ("won", "lost", "no_decision")))
    renamed = dict(zip(ours, (*words, words[4]), strict=True))
    return true["stage"].map(renamed)


@each("system", SYSTEMS)
def test_a_clean_export_comes_back_whole(system: str, simulated: SimulatedTeam, tmp_path: Path) -> None:
    made, team = there_and_back(simulated, system, tmp_path)
    true = simulated.team.opportunities
    found = (
        team.opportunities.set_index("id").loc[[made.truth["ids"][one] for one in true["id"]]].reset_index()
    )
    assert len(team.opportunities) == len(true)
    assert (team.currency, team.as_of) == ("USD", simulated.team.as_of)
    exact = [
        "segment",
        "product",
        "created",
        "closed",
        "outcome",
        "amount",
        "currency",
        "type",
        "source",
        "source_kind",
        "flags",
    ]
    for column in exact:
        assert same(found[column], true[column]).all(), column
    # What a system can't hold, as `cannot_hold` says.
    is_open = true["outcome"] == "open"
    expected = (
        true["expected_close"].fillna(true["closed"]) if system == "dynamics" else true["expected_close"]
    )
    assert same(found["expected_close"], expected).all()
    assert same(found["stage"], stages_of(true, system)).all()
    for column in NAMES:
        names = true[column].mask(is_open) if (column, system) == ("competitor", "dynamics") else true[column]
        pairs = pd.DataFrame({"true": names, "found": found[column]}).fillna("")
        assert (pairs.groupby("true")["found"].nunique() == 1).all(), column
        assert (pairs.groupby("found")["true"].nunique() == 1).all(), column


@each("system", SYSTEMS)
def test_what_stands_beside_comes_back(system: str, simulated: SimulatedTeam, tmp_path: Path) -> None:
    _, team = there_and_back(simulated, system, tmp_path)
    true = simulated.team
    assert team.reps is not None
    assert team.quotas is not None
    assert team.accounts is not None
    assert team.stages is not None
    assert true.reps is not None
    assert true.quotas is not None
    assert true.accounts is not None
    assert true.stages is not None
    rep = dict(zip(true.opportunities["rep"], _in_order(team, true, system)["rep"], strict=True))
    quotas = true.quotas.assign(rep=true.quotas["rep"].map(rep)).sort_values(["rep", "period_start"])
    found = team.quotas.sort_values(["rep", "period_start"])
    known = quotas["rep"].notna().to_numpy()
    for column in ("period_start", "period_end", "quota"):
        theirs = found[found["rep"].isin(quotas["rep"])][column]
        assert theirs.tolist() == quotas.loc[known, column].tolist(), column
    assert sorted(team.reps["start"].dropna()) == sorted(true.reps["start"].dropna())
    assert sorted(team.reps["end"].dropna()) == sorted(true.reps["end"].dropna())
    assert sorted(team.accounts["potential"]) == sorted(true.accounts["potential"])
    closing = true.stages["stage"].str.startswith("Closed")
    kept = true.stages[~closing] if system == "pipedrive" else true.stages
    assert len(team.stages) == len(kept)
    assert sorted(team.stages["entered"]) == sorted(kept["entered"])


def _in_order(team: TeamData, true: TeamData, system: str) -> pd.DataFrame:
    from zerosum.crm.systems import record_ids

    return (
        team.opportunities.set_index("id")
        .loc[record_ids(system, list(true.opportunities["id"]))]
        .reset_index()
    )


@each("system", SYSTEMS)
def test_what_is_usually_wrong_is_set_right_or_flagged(
    system: str, simulated: SimulatedTeam, tmp_path: Path
) -> None:
    made, team = there_and_back(simulated, system, tmp_path, "usual", "merged-copies=0.1", "test-deals=0.02")
    true, quirks = simulated.team.opportunities, made.truth["quirks"]
    deals = team.opportunities.set_index("id")
    ids = [made.truth["ids"][one] for one in true["id"]]
    found = deals.loc[ids].reset_index()  # every deal is there, once
    touched = {name: set(one.get("touched", ())) for name, one in quirks.items()}
    # Nothing but what was touched differs.
    for column in ("segment", "product", "outcome", "type", "currency", "source", "closed"):
        assert same(found[column], true[column]).all(), column
    odd = found["id"].isin(touched["amounts-missing"])
    assert same(found["amount"], true["amount"].mask(odd)).all()
    late = found["id"].isin(touched["created-after-result"])
    assert same(found["created"], true["created"])[~late].all()
    assert all("created_after_close" in flags for flags in found.loc[late, "flags"])
    parked = found["id"].isin(touched["forecast-close"])
    assert all("parked" in flags for flags in found.loc[parked, "flags"])
    queued = found["id"].isin(touched["owner-queues"])
    assert found["rep"].isna().equals(queued)
    # Owners as ids are the same people as by name.
    pairs = pd.DataFrame({"true": true["rep"], "found": found["rep"]})[~queued]
    assert (pairs.groupby("true")["found"].nunique() == 1).all()
    assert pairs["found"].nunique() == pairs["true"].nunique()
    # What was added is left out, or no result.
    more = deals.drop(index=ids)
    assert set(more.index) <= touched["merged-copies"] | touched["test-deals"]
    assert set(more.loc[more.index.isin(touched["merged-copies"]), "outcome"]) <= {"disqualified"}
