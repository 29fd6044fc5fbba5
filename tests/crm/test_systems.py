"""Headers and words of each system, as its pages and as its interfaces name them, and files of no system."""

# ruff: noqa: E501  # a row of an export stands on one line

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.crm.exports import built, deal, refused, write_csv, write_deals
from tests.each import each
from zerosum.crm.profiles import SYSTEMS, load_profile
from zerosum.crm.understood import Understood

pytestmark = pytest.mark.uncompiled

EXPORTS: dict[str, tuple[str, list[str], list[list[str]], tuple[str, ...]]] = {
    "Salesforce, report": (
        "Salesforce",
        ["Opportunity ID", "Opportunity Name", "Account Name", "Opportunity Owner", "Stage", "Amount", "Close Date",
         "Created Date", "Age", "Probability (%)", "Fiscal Period", "Type", "Lead Source"],
        [["1", "a", "Acme", "Ana", "Closed Won", "100", "31/03/2025", "01/02/2025", "5", "100", "Q1-2025", "New Business", "Web"],
         ["2", "b", "Bolt", "Bo", "Prospecting", "50", "30/06/2025", "01/03/2025", "5", "10", "Q2-2025", "", ""]],
        (),
    ),
    "Salesforce, interface": (
        "Salesforce",
        ["Id", "Name", "AccountId", "OwnerId", "StageName", "Amount", "CloseDate", "CreatedDate", "IsClosed", "IsWon",
         "IsDeleted", "ForecastCategoryName", "LeadSource", "Type"],
        [["1", "a", "001A", "005A", "Signature", "100", "2025-03-31", "2025-02-01T09:00:00.000+0000", "true", "true", "false", "Closed",
          "Web", "New Business"],
         ["2", "b", "001B", "005B", "Anything", "50", "2025-06-30", "2025-03-01T09:00:00.000+0000", "false", "false", "false", "Pipeline",
          "", ""],
         ["3", "c", "001B", "005B", "Anything", "50", "2025-06-30", "2025-03-01T09:00:00.000+0000", "false", "false", "true", "Pipeline",
          "", ""]],
        (),
    ),
    "Salesforce, warehouse": (
        "Salesforce",
        ["id", "name", "account_id", "owner_id", "stage_name", "amount", "close_date", "created_date", "is_closed", "is_won",
         "lead_source", "type", "_fivetran_active", "_fivetran_start"],
        [["1", "a", "001A", "005A", "Open", "70", "2025-04-30", "2025-02-01", "false", "false", "Web", "New Business", "false", "x"],
         ["1", "a", "001A", "005A", "Done", "100", "2025-03-31", "2025-02-01", "true", "true", "Web", "New Business", "true", "y"],
         ["2", "b", "001B", "005B", "Open", "50", "2025-06-30", "2025-03-01", "false", "false", "", "", "true", "x"]],
        (),
    ),
    "HubSpot, page": (
        "HubSpot",
        ["Record ID", "Deal Name", "Deal Stage", "Pipeline", "Amount", "Deal owner", "Close Date", "Create Date",
         "Last Activity Date", "Associated Company", "Deal Type", "Original Traffic Source"],
        [["1", "a", "Closed Won", "Sales", "100", "Ana", "2025-03-31 09:15", "2025-02-01 10:00", "", "Acme", "New Business", "Direct traffic"],
         ["2", "b", "Contract Sent", "Sales", "50", "Bo", "2025-06-30 00:00", "2025-03-01 10:00", "", "Bolt", "", ""]],
        (),
    ),
    "HubSpot, interface": (
        "HubSpot",
        ["hs_object_id", "dealname", "dealstage", "pipeline", "amount", "closedate", "createdate", "hubspot_owner_id", "dealtype",
         "hs_analytics_source", "company"],
        [["1", "a", "closedwon", "default", "100", "1743408000000", "1738400400000", "81", "newbusiness", "ORGANIC_SEARCH", "Acme"],
         ["2", "b", "contractsent", "default", "50", "2025-06-30T00:00:00Z", "2025-03-01T00:00:00Z", "82", "", "", "Bolt"]],
        ("--timezone", "UTC"),
    ),
    "Dynamics 365, Excel": (
        "Dynamics 365",
        ["(Do Not Modify) Opportunity", "(Do Not Modify) Row Checksum", "(Do Not Modify) Modified On", "Topic", "Potential Customer",
         "Est. Close Date", "Est. Revenue", "Actual Revenue", "Actual Close Date", "Probability", "Status", "Status Reason",
         "Pipeline Phase", "Owner", "Created On", "Type", "Originating Lead Source"],
        [["1", "x", "", "a", "Acme", "45000", "90", "100", "45747", "90", "Won", "Won", "Close", "Ana", "45689", "New", "Web"],
         ["2", "x", "", "b", "Bolt", "45838", "50", "", "", "10", "Open", "In Progress", "Develop", "Bo", "45717", "", ""]],
        (),
    ),
    "Dynamics 365, interface": (
        "Dynamics 365",
        ["opportunityid", "name", "customeridname", "owneridname", "statecode", "statuscode", "estimatedvalue", "actualvalue",
         "estimatedclosedate", "actualclosedate", "createdon", "stepname", "opportunitytype", "leadsourcecode"],
        [["1", "a", "Acme", "Ana", "1", "3", "90", "100", "2025-04-30", "2025-03-31", "2025-02-01", "4-Close", "New", "Web"],
         ["2", "b", "Bolt", "Bo", "0", "1", "50", "", "2025-06-30", "", "2025-03-01", "2-Develop", "", ""]],
        (),
    ),
    "Pipedrive, page": (
        "Pipedrive",
        [f"Deal - {one}" for one in ("ID", "Title", "Owner", "Value", "Currency of Value", "Organization", "Pipeline", "Stage", "Status",
                                     "Deal created", "Won time", "Lost time", "Deal closed on", "Lost reason", "Expected close date",
                                     "Source channel", "Type")],
        [["1", "a", "Ana", "100", "EUR", "Acme", "P", "Offer", "Won", "2025-02-01", "2025-03-31", "", "2025-03-31", "", "", "Web", "New"],
         ["2", "b", "Bo", "50", "EUR", "Bolt", "P", "Demo", "Open", "2025-03-01", "", "", "", "", "2025-06-30", "", ""]],
        (),
    ),
    "Pipedrive, interface": (
        "Pipedrive",
        ["id", "title", "user_id", "org_id", "stage_id", "status", "value", "currency", "add_time", "won_time", "first_won_time",
         "lost_time", "expected_close_date", "channel", "type"],
        [["1", "a", "11", "21", "3", "won", "100", "EUR", "2025-02-01 08:00:00", "2025-03-31 08:00:00", "2025-03-31 08:00:00", "", "", "Web", "New"],
         ["2", "b", "12", "22", "2", "open", "50", "EUR", "2025-03-01 08:00:00", "", "", "", "2025-06-30", "", ""]],
        (),
    ),
}  # fmt: skip


@each("name", EXPORTS)
def test_each_system_says_the_same(tmp_path: Path, name: str) -> None:
    system, header, rows, options = EXPORTS[name]
    team = built(write_csv(tmp_path / "deals.csv", header, rows), options=options)
    assert team.about["tables"][0]["system"] == system
    deals = team.opportunities.set_index("id")
    assert deals["outcome"].to_dict() == {"1": "won", "2": "open"}
    assert deals["amount"].to_dict() == {"1": 100.0, "2": 50.0}
    assert deals["created"].dt.strftime("%Y-%m-%d").to_dict() == {"1": "2025-02-01", "2": "2025-03-01"}
    assert deals["closed"].dt.strftime("%Y-%m-%d").fillna("").to_dict() == {"1": "2025-03-31", "2": ""}
    assert deals.loc["2", "expected_close"] == pd.Timestamp("2025-06-30")
    assert deals["rep"].nunique() == deals["account"].nunique() == 2
    assert deals["type"].fillna("").to_dict() == {"1": "new", "2": ""}
    assert deals["source_kind"].fillna("").to_dict() == {"1": "inbound", "2": ""}


def test_dynamics_results_lie_in_a_second_table(tmp_path: Path) -> None:
    _, header, rows, _ = EXPORTS["Dynamics 365, interface"]
    rows = [rows[0], ["2", "b", "Bolt", "Bo", "2", "5", "50", "", "2025-06-30", "", "2025-03-01", "", "", ""]]
    closes = [["2", "Canceled", "Globex", "2025-05-05", "0"], ["2", "Out-Sold", "Initech", "2025-05-06", "0"]]
    team = built(
        write_csv(tmp_path / "deals.csv", header, rows),
        write_csv(
            tmp_path / "closes.csv",
            ["opportunityid", "statuscode", "competitorid", "actualend", "actualrevenue"],
            closes,
        ),
    )
    lost = team.opportunities.set_index("id").loc["2"]
    assert (lost["outcome"], lost["closed"]) == ("lost", pd.Timestamp("2025-05-06"))
    assert str(lost["competitor"]).startswith("competitor-")


def test_deals_and_history_with_the_same_columns_are_told_by_their_ids(tmp_path: Path) -> None:
    header = ["Opportunity ID", "Stage", "Close Date", "Created Date", "Amount"]
    rows = [
        ["1", "Closed Won", "2025-01-01", "2024-01-01", "5"],
        ["2", "Closed Lost", "2025-01-01", "2024-01-01", "6"],
    ]
    file = write_csv(tmp_path / "deals.csv", header, rows)
    assert built(file).opportunities["outcome"].tolist() == ["won", "lost"]
    saves = write_csv(tmp_path / "saves.csv", header, [*rows, ["1", "Prospecting", *rows[0][2:]]])
    assert "saves.csv holds stage history (if not, add --as" in refused(tmp_path, saves)
    team = built(file, saves)
    assert len(team.opportunities) == 2
    assert team.stages is not None


ODD = (["Vorgang", "Kunde", "Vertreter", "Ergebnis", "Wert", "Angelegt", "Ende"],
       [["1", "Acme", "Ana", "Auftrag", "100", "01.02.2025", "31.03.2025"],
        ["2", "Bolt", "Bo", "offen", "50", "01.03.2025", ""]])  # fmt: skip
MAPPED = [
    "Vorgang=id",
    "Kunde=account",
    "Vertreter=owner",
    "Ergebnis=outcome",
    "Wert=amount",
    "Angelegt=created",
    "Ende=closed",
]


def test_any_file_can_be_mapped_by_options_or_by_a_file(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "deals.csv", *ODD, delimiter=";")
    options = [one for pair in MAPPED for one in ("--map", pair)] + ["--stage", "Auftrag=won"]
    by_options = built(file, options=options)
    answers = "\n".join(f'"{column}" = "{meaning}"' for column, meaning in (one.split("=") for one in MAPPED))
    (tmp_path / "mine.toml").write_text(
        f'[columns]\n{answers}\n[stages]\nAuftrag = "won"\n', encoding="utf-8"
    )
    by_file = built(file, options=["--map", str(tmp_path / "mine.toml")])
    pd.testing.assert_frame_equal(by_options.opportunities, by_file.opportunities)
    assert by_file.opportunities["outcome"].tolist() == ["won", "open"]


@each(
    "options, said",
    [
        (["--map", "Kunden=account"], "no file has a column of this name; did you mean 'Kunde'?"),
        (["--map", "Kunde=acount"], "'acount' is no meaning; did you mean account?"),
        (["--map", "Kunde"], "write two sides with = between, as in --map \"Deal value=amount\""),
        (["--stage", "Auftrag=gewonnen"], "'gewonnen' is not one of open, won, lost, no_decision, disqualified"),
        (["--system", "salesfroce"], "did you mean salesforce?"),
        (["--dates", "dmy"], "'dmy' is not one of day-first, month-first, year-first"),
        (["--rate", "EUR=x"], "'x' is not a number; write it with a point, such as 1.08"),
        (["--rate", "Euro=1.08"], "a currency is a code of three letters, such as EUR"),
        (["--timezone", "Berlin"], "there is no such time zone"),
        (["--as-of", "31.3.2025"], "write the date as 2025-03-31"),
        (["--as", "deal.csv=opportunities"], "there is no such file; did you mean 'deals.csv'?"),
        (["--encoding", "utf-88"], "there is no such encoding; utf-8, cp1252 and utf-16 are usual"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_explained(tmp_path: Path, options: list[str], said: str) -> None:
    assert said in refused(tmp_path, write_csv(tmp_path / "deals.csv", *ODD), options=options)


def test_profiles_name_each_header_once_for_a_meaning() -> None:
    for system in SYSTEMS:
        profile = load_profile(system)
        assert profile.name
        assert len(profile.signs) >= 5
        words = profile.words["outcome"]
        assert not set(words["won"]) & set(words["lost"])


def test_products_and_accounts_misspelt_between_files(tmp_path: Path) -> None:
    deals = [deal(n) | {"Product Name": ("GTXPro", "MG Specail")[n % 2]} for n in range(4)]
    files = [
        write_deals(tmp_path / "deals.csv", deals),
        write_csv(
            tmp_path / "prices.csv", ["Product", "List Price"], [["GTX Pro", "4821"], ["MG Special", "55"]]
        ),
        write_csv(
            tmp_path / "accounts.csv", ["Account", "Industry"], [["ACME corp", "steel"], ["Buho  SA", "food"]]
        ),
    ]
    team = built(*files)
    assert team.opportunities["product"].tolist() == ["GTX Pro", "MG Specail"] * 2
    assert team.opportunities["segment"].fillna("").tolist() == ["steel", "", "", ""]
    said = refused(tmp_path, *files, options=["--same", "MG Specail=MG Special", "--dates", "x"])
    assert "--dates x" in said
    team = built(*files, options=["--same", "MG Specail=MG Special", "--same", "Búho SA=Buho SA"])
    assert team.opportunities["product"].tolist() == ["GTX Pro", "MG Special"] * 2
    assert team.opportunities["segment"].fillna("").tolist() == ["steel", "food", "", ""]


def test_the_nearest_spelling_is_offered(tmp_path: Path) -> None:
    from zerosum.crm.names import match_names

    understood = Understood()
    column = match_names(
        pd.Series(["MG Specail", "GTXPro"]), ["MG Special", "GTX Pro"], "products", "price list", understood
    )
    assert column.tolist() == ["MG Specail", "GTX Pro"]
    assert [line.names for line in understood.lines] == [
        "'GTXPro' is 'GTX Pro'",
        '--same "MG Specail=MG Special"',
    ]


def test_quotas_by_column_and_by_row(tmp_path: Path) -> None:
    file = write_deals(tmp_path / "deals.csv", [deal(n) for n in range(5)])
    wide = write_csv(
        tmp_path / "reps.csv",
        ["Rep", "Start Date", "Base", "Q1 2025", "2025-Q2 quota"],
        [
            ["Ana Díaz", "2024-01-15", "60000", "100000", "120000"],
            ["Bo Ødegård", "2024-03-01", "60000", "90000", ""],
        ],
    )
    team = built(file, wide)
    assert team.quotas is not None
    assert team.quotas[["period_start", "period_end", "quota"]].to_numpy().tolist() == [
        [pd.Timestamp("2025-01-01"), pd.Timestamp("2025-03-31"), 100_000.0],
        [pd.Timestamp("2025-01-01"), pd.Timestamp("2025-03-31"), 90_000.0],
        [pd.Timestamp("2025-04-01"), pd.Timestamp("2025-06-30"), 120_000.0],
    ]
    assert team.reps is not None
    assert team.reps["base"].tolist() == [60_000.0, 60_000.0]
    rows = [
        ["Ana Díaz", "Q1 2025", "5"],
        ["Ana Díaz", "2025-04", "6"],
        ["Ana Díaz", "2026", "7"],
        ["Ana Díaz", "soon", "8"],
    ]
    by_row = built(file, write_csv(tmp_path / "quotas.csv", ["Rep", "Period", "Quota"], rows))
    assert by_row.quotas is not None
    assert by_row.quotas["period_end"].dt.strftime("%Y-%m-%d").tolist() == [
        "2025-03-31",
        "2025-04-30",
        "2026-12-31",
    ]
    assert by_row.about["counts"]["rejected"] == {"this is no period, such as Q1 2025, 2025-03 or 2025": 1}
