"""A team's tables: written, read again, and refused when they aren't as they should be."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.each import each
from zerosum.crm import TeamData, load_team, save_team
from zerosum.crm.tables import make_table
from zerosum.errors import InputError

pytestmark = pytest.mark.uncompiled


def deals(**columns: Any) -> pd.DataFrame:
    return make_table(
        "opportunities",
        {
            "id": ["1", "2", "3"],
            "rep": ["rep-a", None, "rep-b"],
            "created": ["2025-01-07", "2025-02-01", None],
            "closed": ["2025-03-31", None, "2025-05-01"],
            "outcome": ["won", "open", "no_decision"],
            "amount": [1200.0, None, 0.5],
            "flags": [["parked", "overdue"], [], []],
            **columns,
        },
    )


def team(**tables: Any) -> TeamData:
    as_of = datetime.date(2025, 6, 30)
    return TeamData(
        **{"opportunities": deals(), "currency": "EUR", "as_of": as_of, "about": {"n": 3}, **tables}
    )


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    quotas = make_table(
        "quotas",
        {
            "rep": ["rep-a"],
            "period_start": ["2025-01-01"],
            "period_end": ["2025-03-31"],
            "quota": [100_000.0],
        },
    )
    given = team(quotas=quotas, reps=make_table("reps", {"rep": ["rep-a"], "start": ["2024-05-01"]}))
    written = save_team(tmp_path, given)
    found = load_team(tmp_path)
    assert [one.name for one in written] == [
        "opportunities.parquet",
        "reps.parquet",
        "quotas.parquet",
        "import.json",
    ]
    for name, table in given.tables.items():
        pd.testing.assert_frame_equal(found.tables[name], table)
    assert (found.currency, found.as_of, found.about["n"]) == ("EUR", datetime.date(2025, 6, 30), 3)
    assert found.accounts is None
    assert found.opportunities["created"].dtype == "datetime64[s]"
    assert found.opportunities["flags"].tolist() == [("parked", "overdue"), (), ()]
    assert (found.opportunities["rep"] == "rep-a").tolist() == [True, False, False]


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_team(tmp_path / name, team())
    for file in ("opportunities.parquet", "import.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@each(
    "columns, said",
    [
        (
            {"outcome": ["won", "open", "sold"]},
            "'outcome' has a wrong value, 'sold' (row 2); allowed: open, won",
        ),
        ({"amount": [1.0, 2.0, -3.0]}, "'amount' has a wrong value, -3.0 (row 2)"),
        ({"amount": [1.0, float("inf"), 1.0]}, "'amount' has a wrong value, inf (row 1)"),
        ({"id": ["1", "2", "1"]}, "'id' must have each value once"),
        ({"id": ["1", None, "3"]}, "'id' must have no gaps"),
        ({"flags": [["odd"], [], []]}, "'flags' has a wrong value"),
        (
            {"closed": ["2025-03-31", "2025-03-31", "2025-05-01"]},
            "row 1: the outcome is 'open', so 'closed' must be",
        ),
    ],
)
def test_a_wrong_table_is_not_written(tmp_path: Path, columns: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        save_team(tmp_path / "team", team(opportunities=deals(**columns)))
    assert said in str(error.value)
    assert not (tmp_path / "team").exists()


def test_a_missing_or_foreign_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the column 'rep' is missing"):
        save_team(tmp_path, team(opportunities=deals().drop(columns="rep")))
    with pytest.raises(InputError, match="the column 'mood' isn't one of this table's"):
        save_team(tmp_path, team(opportunities=deals().assign(mood=1)))


def test_a_folder_that_is_no_team_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such folder; 'zerosum import FILE"):
        load_team(tmp_path / "none")
    with pytest.raises(InputError, match=r"there is no import\.json in it"):
        load_team(tmp_path)
    save_team(tmp_path, team())
    (tmp_path / "opportunities.parquet").write_bytes(b"PAR1 spoiled")
    with pytest.raises(InputError, match="this was changed, or an import was interrupted"):
        load_team(tmp_path)
    (tmp_path / "import.json").write_text('{"as_of": "2025-06-30", "currency": ""}')
    with pytest.raises(InputError, match="can't be read as Parquet"):
        load_team(tmp_path)
    (tmp_path / "opportunities.parquet").unlink()
    with pytest.raises(InputError, match=r"opportunities\.parquet is missing"):
        load_team(tmp_path)
