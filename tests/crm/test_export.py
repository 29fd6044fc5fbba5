"""A simulated pipeline as files of each system: headers, words, bytes, and what each quirk does."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.crm.markets import small_market
from tests.each import each
from zerosum.crm.cells import Style, escape_formula, write_csv
from zerosum.crm.export import make_export
from zerosum.crm.quirks import FOOTER, QUEUE, QUIRKS, TEST_ACCOUNT, add_quirks, parse_quirks
from zerosum.crm.simulated import SimulatedTeam, simulate_team
from zerosum.crm.systems import BY_NAME, SYSTEMS, Rows, make_rows
from zerosum.errors import InputError

pytestmark = pytest.mark.uncompiled

HEADERS = {
    "salesforce": "Opportunity Name,Account Name,Opportunity Owner,Stage,Amount,Close Date,Created Date,Age,"
    "Probability (%),Fiscal Period,Type,Lead Source",
    "hubspot": "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Deal owner,Close Date,Create Date,Last Activity Date,"
    "Associated Company",
    "dynamics": "(Do Not Modify) Opportunity,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Topic,"
    "Potential Customer,Est. Close Date,Est. Revenue,Actual Revenue,Actual Close Date,Probability,Status,Status Reason,"
    "Pipeline Phase,Owner,Created On",
    "pipedrive": "Deal - ID,Deal - Title,Deal - Owner,Deal - Value,Deal - Currency of Value,Deal - Organization,"
    "Deal - Pipeline,Deal - Stage,Deal - Status,Deal - Deal created,Deal - Won time,Deal - Lost time,"
    "Deal - Deal closed on,Deal - Lost reason,Deal - Expected close date,Deal - Archive status",
}
OWNER = {
    "salesforce": "Opportunity Owner",
    "hubspot": "Deal owner",
    "dynamics": "Owner",
    "pipedrive": "Deal - Owner",
}
AMOUNT = {
    "salesforce": "Amount",
    "hubspot": "Amount",
    "dynamics": "Est. Revenue",
    "pipedrive": "Deal - Value",
}


@pytest.fixture(scope="module")
def simulated() -> SimulatedTeam:
    return simulate_team(small_market())


@pytest.fixture(scope="module")
def rows(simulated: SimulatedTeam) -> Rows:
    return make_rows(simulated.team, "salesforce")


def written(
    simulated: SimulatedTeam, system: str, folder: Path, *quirks: str, **more: Any
) -> dict[str, bytes]:
    made = make_export(simulated, system, parse_quirks(quirks), **more)
    for name, write in made.files.items():
        write(folder / name)
    return {name: (folder / name).read_bytes() for name in made.files}


def table(files: dict[str, bytes], system: str) -> pd.DataFrame:
    name = f"{BY_NAME[system].file}.{BY_NAME[system].ending}"
    if name.endswith("xlsx"):
        found = pd.read_excel(io.BytesIO(files[name]), engine="openpyxl")
        days = found.select_dtypes("datetime")
        found[days.columns] = days.apply(lambda column: column.dt.strftime("%Y-%m-%d"))
        return found
    return pd.read_csv(io.BytesIO(files[name]), dtype=str, keep_default_na=False).replace("", None)


@each("system", SYSTEMS)
def test_each_system_has_its_headers_and_every_deal(
    system: str, simulated: SimulatedTeam, tmp_path: Path
) -> None:
    found, deals = table(written(simulated, system, tmp_path), system), simulated.team.opportunities
    asked = HEADERS[system].split(",")
    assert list(found.columns)[: len(asked)] == asked
    assert len(found) == len(deals)
    assert found[OWNER[system]].tolist() == deals["rep"].tolist()
    assert [float(one) for one in found[AMOUNT[system]]] == deals["amount"].tolist()


def test_dates_and_results_are_where_each_system_keeps_them(simulated: SimulatedTeam, tmp_path: Path) -> None:
    deals = simulated.team.opportunities
    is_open, won = deals["outcome"] == "open", deals["outcome"] == "won"
    days = {name: deals[name].dt.strftime("%Y-%m-%d") for name in ("created", "closed", "expected_close")}
    close = days["closed"].where(~is_open, days["expected_close"])
    found = {}
    for system in SYSTEMS:
        (tmp_path / system).mkdir()
        found[system] = table(written(simulated, system, tmp_path / system), system)
    assert (
        found["salesforce"]["Close Date"].tolist()
        == found["hubspot"]["Close Date"].tolist()
        == close.tolist()
    )
    assert (
        found["salesforce"]["Created Date"].tolist()
        == found["hubspot"]["Create Date"].tolist()
        == days["created"].tolist()
    )
    assert found["dynamics"]["Created On"].tolist() == days["created"].tolist()
    assert found["pipedrive"]["Deal - Deal created"].tolist() == days["created"].tolist()
    assert (found["pipedrive"]["Deal - Won time"].notna() == won).all()
    assert (found["pipedrive"]["Deal - Lost time"].notna() == (~won & ~is_open)).all()
    assert found["dynamics"]["Actual Close Date"].isna().tolist() == is_open.tolist()
    assert (
        found["dynamics"]["Status"] == deals["outcome"].map({"open": "Open", "won": "Won"}).fillna("Lost")
    ).all()
    closes = pd.read_csv(tmp_path / "dynamics" / "opportunityclose.csv")
    assert closes["Actual End"].tolist() == days["closed"].dropna().tolist()
    assert closes["Competitor"].dropna().tolist() == deals.loc[~is_open, "competitor"].dropna().tolist()
    undecided = deals["outcome"] == "no_decision"
    assert ((found["dynamics"]["Status Reason"] == "Canceled") == undecided).all()
    assert ((found["salesforce"]["Closed Lost Reason"] == "No decision") == undecided).all()
    assert (found["salesforce"]["Stage"].isin(["Closed Won", "Closed Lost"]) == ~is_open).all()


@each("system", SYSTEMS)
def test_the_same_run_gives_the_same_bytes(system: str, simulated: SimulatedTeam, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    (tmp_path / "dirty").mkdir()
    first = written(simulated, system, tmp_path)
    assert first == written(simulate_team(small_market()), system, tmp_path / "again")
    dirty = written(simulated, system, tmp_path / "dirty", "all")
    assert dirty == written(simulated, system, tmp_path / "dirty", "all")
    assert dirty.keys() >= first.keys() - {"opportunities.xlsx"}


def test_without_the_truth_no_file_tells_it(simulated: SimulatedTeam, tmp_path: Path) -> None:
    files = written(simulated, "hubspot", tmp_path, "usual", with_truth=False)
    assert "truth.json" not in files
    assert b"seed" not in files["README.txt"]
    assert b"win rate" not in files["README.txt"]


@each("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str, tmp_path: Path) -> None:
    assert escape_formula(text) == f"'{text}"
    write_csv(pd.DataFrame({"Account Name": [text, f"x{text}"]}), Style())(tmp_path / "x.csv")
    with open(tmp_path / "x.csv", encoding="utf-8", newline="") as file:
        cells = [row[0] for row in csv.reader(file)]
    assert cells == ["Account Name", f"'{text}", f"x{text}"]


# --- Quirks ---------------------------------------------------------------------------------------------------------


def dirty(rows: Rows, *quirks: str) -> tuple[pd.DataFrame, list[str]]:
    """Return the deals with one quirk, and the ids that it says it touched."""
    found, _, done = add_quirks(rows, parse_quirks(quirks), "7/0")
    return found.deals, next(iter(done.values()))["touched"]


def test_what_is_listed_as_touched_is_what_differs(rows: Rows) -> None:
    clean = rows.deals.set_index("id")
    for name, column in (
        ("types-missing", "type"),
        ("reasons-missing", "reason"),
        ("amounts-missing", "amount"),
        ("created-after-result", "created"),
        ("owner-queues", "owner"),
        ("unnamed-stages", "stage"),
        ("line-feeds", "name"),
    ):
        found, touched = dirty(rows, f"{name}=0.3")
        found = found.set_index("id")
        same = (found[column] == clean[column]) | (found[column].isna() & clean[column].isna())
        assert set(found.index[~same]) == set(touched), name
        assert touched, name
        others = [one for one in clean.columns if one != column]
        pd.testing.assert_frame_equal(found[others], clean[others])


def test_a_rate_is_the_share_of_rows(rows: Rows) -> None:
    for name in ("duplicates", "line-feeds", "types-missing"):
        _, touched = dirty(rows, f"{name}=0.25")
        assert abs(len(touched) / len(rows.deals) - 0.25) < 4 * (0.25 * 0.75 / len(rows.deals)) ** 0.5
        assert dirty(rows, f"{name}=0")[1] == []
        assert len(dirty(rows, f"{name}=1")[1]) == len(rows.deals)


def test_more_of_a_quirk_touches_the_same_rows_and_more(rows: Rows) -> None:
    few, many = set(dirty(rows, "duplicates=0.1")[1]), set(dirty(rows, "duplicates=0.3")[1])
    assert few < many


def test_duplicates_copies_and_test_deals_are_added(rows: Rows) -> None:
    found, touched = dirty(rows, "duplicates=0.2")
    assert len(found) == len(rows.deals) + len(touched)
    assert set(found.loc[found["id"].duplicated(), "id"]) == set(touched)
    found, touched = dirty(rows, "merged-copies=0.2")
    copies = found[found["id"].isin(touched)]
    assert len(found) == len(rows.deals) + len(copies)
    assert set(copies["outcome"]) == {"duplicate"}
    found, touched = dirty(rows, "test-deals")
    assert len(touched) >= 1
    assert set(found.loc[found["account"] == TEST_ACCOUNT, "id"]) == set(touched)
    assert not set(touched) & set(rows.deals["id"])


def test_product_rows_share_the_amount(rows: Rows) -> None:
    found, touched = dirty(rows, "product-rows=0.5")
    by_deal = found.groupby("id")
    assert set(by_deal.size()[by_deal.size() > 1].index) == set(touched)
    sums, whole = by_deal["line_amount"].sum(), by_deal["amount"].first()
    assert sums.round(2).tolist() == whole.tolist()


def test_what_hides_deals_hides_those_alone(rows: Rows) -> None:
    clean = rows.deals
    found, reps = dirty(rows, "only-wins=0.5")
    assert 0 < len(reps) < clean["owner"].nunique()
    assert set(found.loc[found["owner"].isin(reps), "outcome"]) == {"won"}
    assert len(clean) - len(found) == (clean["owner"].isin(reps) & (clean["outcome"] != "won")).sum()
    found, touched = dirty(rows, "renewals-absent")
    assert set(touched) == set(clean.loc[clean["type"] == "renewal", "id"])
    assert set(found["id"]) == set(clean["id"]) - set(touched)


def test_amounts_are_missing_where_deals_werent_won(simulated: SimulatedTeam) -> None:
    rows = make_rows(simulated.team, "salesforce")
    found, _ = dirty(rows, "amounts-missing=0.4")
    odd = found["amount"].isna() | found["amount"].isin([0.0, 1.0])
    won = found["outcome"] == "won"
    assert odd[~won].mean() > 1.5 * odd[won].mean()
    assert {0.0, 1.0} <= set(found["amount"])


def test_open_deals_are_parked_on_a_quarters_end(rows: Rows, simulated: SimulatedTeam) -> None:
    long = rows.change(rows.deals.assign(created=rows.deals["created"] - pd.Timedelta(days=90)))
    found, touched = dirty(long, "forecast-close=1")
    is_open = found["outcome"] == "open"
    assert set(found.loc[is_open, "id"]) == set(touched)
    assert found.loc[is_open, "expected_close"].dt.is_quarter_end.all()
    past = found.loc[is_open, "expected_close"] < pd.Timestamp(simulated.team.as_of)
    assert past.any()


def test_owners_become_ids_that_the_reps_file_has(rows: Rows) -> None:
    found, touched = dirty(rows, "owner-ids=0.5")
    assert 0 < len(touched) < len(rows.people)
    named = found["owner"].replace(dict(zip(rows.people["id"], rows.people["name"], strict=True)))
    assert named.tolist() == rows.deals["owner"].tolist()
    assert QUEUE in set(dirty(rows, "owner-queues=0.3")[0]["owner"])


def test_files_look_as_their_quirks_say(simulated: SimulatedTeam, tmp_path: Path) -> None:
    def text(*quirks: str, encoding: str = "utf-8") -> str:
        return written(simulated, "salesforce", tmp_path, *quirks)["opportunities.csv"].decode(encoding)

    amount = simulated.team.opportunities["amount"].max()
    plain = text()
    assert f"{amount:.2f}" in plain
    comma = text("decimal-comma")
    assert f"{amount:,.2f}".translate(str.maketrans(",.", ".,")) in comma
    assert comma.count(";") > plain.count(",") // 2
    day = simulated.team.opportunities["created"].iloc[0]
    assert f"{day:%d/%m/%Y}" in text("day-first")
    assert text("footer").endswith("".join(f"{line}\r\n" for line in FOOTER))
    assert text("quote-all").startswith('"Opportunity Name","Account Name"')
    assert text("bom").startswith("\ufeff")
    assert text("utf-16", encoding="utf-16").replace("\t", ",").startswith(plain[:60])
    assert '"see notes"' in text("line-feeds=1").replace('""', '"')


def test_a_name_a_rate_and_groups_are_read() -> None:
    assert parse_quirks([]) == {}
    assert parse_quirks(["footer", "duplicates=0.5"]) == {"duplicates": 0.5, "footer": 1.0}
    assert parse_quirks(["usual"]) == {name: one.rate for name, one in QUIRKS.items() if one.usual}
    assert set(QUIRKS) - set(parse_quirks(["all"])) == {"utf-16", "latin-1"}
    assert parse_quirks(["usual", "duplicates=0"])["duplicates"] == 0


@each(
    ("said", "words"),
    [
        ("duplicate", "--quirks duplicate: there is no such quirk; did you mean 'duplicates'"),
        ("duplicates=8", "--quirks duplicates=8: a rate is a share from 0 to 1; write 0.08 for 8 %"),
        ("duplicates=x", "--quirks duplicates=x: a rate is a share from 0 to 1"),
        ("", "there is no such quirk"),
    ],
)
def test_what_isnt_a_quirk_is_refused(said: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_quirks([said])
    assert words in str(caught.value)


def test_another_system_is_refused(simulated: SimulatedTeam) -> None:
    with pytest.raises(InputError, match="system 'sap': there is no such system"):
        make_export(simulated, "sap")
