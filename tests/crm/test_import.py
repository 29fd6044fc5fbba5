"""``zerosum import`` as a command: what it writes and shows, what it refuses, and that it hides names."""

# ruff: noqa: E501  # a message, or a command, stands on one line

from __future__ import annotations

import json
import random
import signal
import stat
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.commands import zerosum
from tests.crm.exports import ACCOUNTS, REPS, about, built, deal, imported, refused, write_csv, write_deals
from tests.each import each
from zerosum.crm import load_team
from zerosum.crm.pseudonyms import load_key, make_pseudonyms
from zerosum.crm.tables import TABLES
from zerosum.errors import InputError, StoreError

pytestmark = pytest.mark.uncompiled


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def everything(folder: Path, name: str = "deals.csv") -> list[Path]:
    """Write files of every kind, with names in many columns; return them."""
    rival = "Globex Überholz"
    deals = [
        deal(
            n,
            **{
                "Main Competitor(s)": rival if n % 3 == 1 else "",
                "Lead Source": f"Referral by {REPS[n % 5]}",
            },
        )
        | {"Product Name": f"Special for {ACCOUNTS[n % 6]}", "Segment": "North"}
        for n in range(30)
    ]
    deals[7]["Amount"] = f"ask {REPS[0]}"  # a cell that can't be read
    deals[8]["Closed Lost Reason"] = f"{ACCOUNTS[2]} went dark, says {REPS[1]}"
    deals[10]["Closed Lost Reason"] = f"Lost to {rival}"
    reps = [[name, "2024-01-01", f"Team {REPS[0]}", "5000", "6000"] for name in REPS]
    ids = [one["Opportunity ID"] for one in deals]
    return [
        write_deals(folder / name, deals),
        write_csv(folder / "reps.csv", ["Rep", "Start Date", "Team", "Q1 2025", "Q2 2025"], reps),
        write_csv(folder / "accounts.csv", ["Account", "Owner", "Tier"], [[one, REPS[0], "A"] for one in ACCOUNTS]),
        write_csv(folder / "history.csv", ["OpportunityId", "StageName", "CreatedDate"],
                  [[one, f"Waiting for {REPS[2]}", "2025-01-02"] for one in ids]),
        write_csv(folder / "prices.csv", ["Product", "List Price"], [[f"Special for {ACCOUNTS[0]}", "100"]]),
    ]  # fmt: skip


def test_no_name_is_in_any_file_that_is_written(tmp_path: Path) -> None:
    said = zerosum(
        "import", *map(str, everything(tmp_path, f"deals of {REPS[0]}.csv")), "--out", str(tmp_path / "team"), "--key", str(tmp_path / "key"),
        "--same", f"{REPS[4]}={REPS[4]}", "--queue", "Jo Queue",
    ).stdout  # fmt: skip
    assert "30 rows · 30 deals" in said
    assert "1 × this is no amount that can be read" in said
    folder = tmp_path / "team"
    assert {path.name for path in folder.iterdir()} == {
        *(f"{name}.parquet" for name in TABLES), "import.json", "rejects.csv", "quality.html"
    }  # fmt: skip
    names = [*REPS, *ACCOUNTS, "Globex", "Überholz", "Jo Queue", str(tmp_path)]
    for path in folder.iterdir():
        if path.suffix == ".parquet":
            text = pq.read_table(path).to_pandas().to_csv() + str(pq.read_schema(path).metadata)
        else:
            text = path.read_text(encoding="utf-8")
        found = [name for name in names if name.casefold() in text.casefold()]
        assert not found, (path.name, found)
    team = load_team(folder)
    assert team.opportunities["source"].iloc[0] == f"referral by {team.opportunities['rep'].iloc[0]}"


def test_the_same_files_give_the_same_bytes_and_other_files_are_refused(tmp_path: Path) -> None:
    files = everything(tmp_path)
    imported(tmp_path, *files)
    before = contents(tmp_path / "team")
    imported(tmp_path, *reversed(files))
    assert contents(tmp_path / "team") == before
    team, key = str(tmp_path / "team"), str(tmp_path / "key")
    again = ["import", *map(str, files), "--out", team, "--key", key]
    said = zerosum(*again[:2], "--out", team, "--key", key, code=2).stderr
    assert (
        "it was imported from something else (accounts.csv was there before; history.csv was there before; "
        in said
    )
    said = zerosum(*again, "--amounts", "monthly", code=2).stderr
    assert "(another choice of amounts). Name another folder, or add --replace" in said
    said = zerosum(*again[:-1], str(tmp_path / "other"), code=2).stderr
    assert "(another key of pseudonyms)" in said
    assert contents(tmp_path / "team") == before
    zerosum(*again[:2], "--out", team, "--key", key, "--replace")
    assert sorted(contents(tmp_path / "team")) == [
        "import.json",
        "opportunities.parquet",
        "quality.html",
        "rejects.csv",
    ]
    assert load_team(team).reps is None


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "mine.txt").write_text("mine")
    file = write_deals(tmp_path / "deals.csv", [deal(0)])
    done = zerosum(
        "import",
        str(file),
        "--out",
        str(tmp_path / "team"),
        "--key",
        str(tmp_path / "key"),
        "--replace",
        code=2,
    )
    assert "the folder holds something else (mine.txt); name a new folder" in done.stderr
    assert contents(tmp_path / "team") == {"mine.txt": b"mine"}


def test_an_import_that_was_killed_is_done_again(tmp_path: Path) -> None:
    file = write_deals(tmp_path / "deals.csv", [deal(0)])
    imported(tmp_path, file)
    whole = contents(tmp_path / "team")
    (tmp_path / "team" / "import.json").unlink()
    (tmp_path / "team" / "opportunities.parquet").write_bytes(b"half")
    imported(tmp_path, file)
    assert contents(tmp_path / "team") == whole


def test_json_is_what_is_written(tmp_path: Path) -> None:
    file = write_deals(tmp_path / "deals.csv", [deal(0)])
    done = zerosum(
        "import", str(file), "--out", str(tmp_path / "team"), "--key", str(tmp_path / "key"), "--json"
    )
    assert json.loads(done.stdout)["counts"] == {
        "rows": 1,
        "kept": 1,
        "rejected": {},
        "cells": {},
        "merged": {},
    }


def test_several_questions_are_asked_at_once(tmp_path: Path) -> None:
    changed = {"Close Date": "1/2/2020", "Created Date": "1/1/2020", "Amount": "1.234", "Stage": "Signed off"}
    said = refused(tmp_path, write_deals(tmp_path / "deals.csv", [deal(n, **changed) for n in range(3)]))
    assert said.startswith("3 things can't be known from the files:\n  1. ")
    for option in (
        "--dates day-first",
        "--decimal comma",
        '--stage "Signed off=open" (3)',
        "Nothing was written.",
    ):
        assert option in said


@each(
    "content, said",
    [
        (b"", "the file is empty; export it again, with its header row"),
        (b"\n \n", "the file is empty"),
        (b"Stage,Close Date,Account Name\n", "a header and no opportunities"),
        (b"%PDF-1.7 ...", "this is a PDF; export the table as CSV, XLSX or Parquet"),
        (b"<html><table><tr><td>Stage</td></tr></table></html>", "this is a web page"),
        (b'{"deals": []}', "this is JSON; export the table as CSV, XLSX or Parquet"),
        (b"PK\x03\x04 broken", "this can't be read as a workbook"),
        (b"PAR1 broken", "this can't be read as Parquet"),
        (b"\xd0\xcf\x11\xe0 broken", "this can't be read as a workbook"),
        (b"a\0b,c\n1,2\n", "it holds NUL characters"),
        (
            b'Stage,Amount\n"Won,1\n' + b"x" * 1_100_000,
            "a quote that opens on line 2 or soon after it is never closed",
        ),
        (
            b"Stage,Close Date\nWon,2025-01-01\n",
            "no column was recognized that holds amounts, owners, accounts",
        ),
        (
            b"Color,Size\nred,1\n",
            "no column was recognized that holds an outcome (a stage or a status), dates",
        ),
        (b"Stage,Owner,Account,Amount\nWon,Ana,Acme,5\n", "holds dates (created, closed), ids of deals"),
        (
            b"Stage,Owner,Close Date\nWon,Ana,soon\n",
            "should hold dates and holds 'soon'. Add --map \"Close Date=ignore\"",
        ),
        (b"Stage,Owner,Close Date,Amount\nWon,Ana,2025-01-01,much\n", "should hold amounts and holds 'much'"),
        (b"Stage,Owner,Close Date\n,Ana,2025-01-01\n", "no row is left; 1 \xc3\x97 no stage and no status"),
    ],
)
def test_what_is_no_export_is_refused_in_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "deals.csv"
    file.write_bytes(content)
    message = refused(tmp_path, file)
    assert said.encode("latin-1", "ignore").decode("utf-8", "ignore") in message or said in message
    assert "\n" not in message


def test_files_that_are_no_files(tmp_path: Path) -> None:
    assert "there is no such file" in refused(tmp_path, tmp_path / "none.csv")
    assert "this is a folder; name the files in it" in refused(tmp_path, tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    files = [write_deals(tmp_path / name / "deals.csv", [deal(0)]) for name in "ab"]
    assert "two files have this name; rename one" in refused(tmp_path, *files)


def test_one_rep_and_no_losses_are_said(tmp_path: Path) -> None:
    team = imported(
        tmp_path,
        write_deals(tmp_path / "deals.csv", [deal(3 * n, **{"Opportunity Owner": "Ana"}) for n in range(3)]),
    )
    assert team.opportunities["outcome"].tolist() == ["won"] * 3
    page = (tmp_path / "team" / "quality.html").read_text(encoding="utf-8")
    assert "No lost deals at all" in page
    assert "Only one rep" in page


def test_cells_that_would_be_formulas_are_text_in_what_is_written(tmp_path: Path) -> None:
    file = write_deals(tmp_path / "=cmd.csv", [deal(0), deal(1, Amount="=1+1"), deal(2, Type="@SUM(A1)")])
    team = imported(tmp_path, file)
    rejects = (tmp_path / "team" / "rejects.csv").read_text(encoding="utf-8").splitlines()
    assert rejects[1:] == ["'=cmd.csv,3,cell,Amount,this is no amount that can be read"]
    assert team.opportunities["amount"].isna().tolist() == [False, True, False]


def test_markup_in_cells_is_text_on_the_page(tmp_path: Path) -> None:
    imported(
        tmp_path,
        write_deals(tmp_path / "deals.csv", [deal(0, Type="<script>alert(1)</script>"), deal(1)]),
    )
    page = (tmp_path / "team" / "quality.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_a_date_far_after_all_others_is_not_the_date_of_the_export(tmp_path: Path) -> None:
    deals = [deal(3 * n) for n in range(120)]
    deals[5]["Close Date"] = "2035-03-03"
    team = built(write_deals(tmp_path / "deals.csv", deals))
    assert team.as_of.isoformat() == "2025-03-28"
    assert sum("closed_after_export" in flags for flags in team.opportunities["flags"]) == 1


# --- Keys and pseudonyms --------------------------------------------------------------------------------------------


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *_, **__: str(tmp_path / "data"))
    key = load_key()
    assert load_key() == key
    assert len(key) == 32
    path = tmp_path / "data" / "pseudonyms.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    path.write_text("no key")
    with pytest.raises(InputError, match="this is no key of pseudonyms"):
        load_key()
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="can't be read or written"):
        load_key(tmp_path / "file" / "key")


def test_names_that_begin_alike_get_longer_pseudonyms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zerosum.crm.pseudonyms.LENGTHS", {"rep": 1})
    names = [f"Person {n}" for n in range(200)]
    found = make_pseudonyms(names, "rep", b"key")
    assert len(set(found.values())) == 200
    ordered = sorted(found.values())  # no pseudonym is the beginning of another one
    assert not any(other.startswith(one) for one, other in pairwise(ordered))
    assert make_pseudonyms(reversed(names), "rep", b"key") == found
    assert make_pseudonyms(names, "rep", b"other") != found


# --- Spoiled files and interruptions --------------------------------------------------------------------------------


def spoil(content: bytes, rng: random.Random) -> bytes:
    """Return a file with one to three faults."""
    for _ in range(rng.randint(1, 3)):
        at, length = rng.randrange(len(content) + 1), rng.randint(1, 40)
        kind = rng.randrange(6)
        if kind == 0:
            content = content[:at]
        elif kind == 1:
            content = content[:at] + rng.randbytes(length) + content[at:]
        elif kind == 2:
            content = content[:at] + content[at + length :]
        elif kind == 3:
            piece = rng.choice(
                [b'"', b";", b"\r", b"\n", b"\0", b"\xff\xfe", b"=1+1", b",,,,", "‮Ω".encode(), b"9" * 400]
            )
            content = content[:at] + piece + content[at:]
        elif kind == 4:
            content = content[:at] + content[at : at + 300] * 2 + content[at + 300 :]
        else:
            lines = content.split(b"\n")
            rng.shuffle(lines)
            content = b"\n".join(lines)
    return content


def spoiled_files(folder: Path) -> list[bytes]:
    from openpyxl import Workbook

    plain = write_deals(folder / "plain.csv", [deal(n) for n in range(12)])
    table = pd.read_csv(plain)
    table.to_parquet(folder / "deals.parquet")
    book = Workbook()
    book.active.append(list(table))
    for row in table.astype(object).where(table.notna(), None).to_numpy().tolist():
        book.active.append(row)
    book.save(folder / "deals.xlsx")
    utf16 = write_deals(folder / "utf16.csv", [deal(n) for n in range(12)], encoding="utf-16", delimiter="\t")
    return [path.read_bytes() for path in (plain, utf16, folder / "deals.parquet", folder / "deals.xlsx")]


@pytest.mark.parametrize("count", [60, pytest.param(600, marks=pytest.mark.slow)])
def test_no_spoiled_file_ends_in_a_traceback(tmp_path: Path, count: int) -> None:
    sound, rng, ends = spoiled_files(tmp_path), random.Random(count), {"imported": 0, "refused": 0}
    options = ["--decimal", "point", "--dates", "day-first", "--timezone", "UTC"]
    for number in range(count):
        file = tmp_path / "deals.csv"
        content = spoil(sound[number % 4], rng)
        file.write_bytes(content)
        try:
            team = built(file, options=options if number % 2 else [])
            assert len(team.opportunities) > 0
            ends["imported"] += 1
        except InputError as error:
            assert str(error)
            ends["refused"] += 1
        except Exception as error:
            (tmp_path / "spoiled").write_bytes(content)
            raise AssertionError(f"number {number}: {tmp_path / 'spoiled'}") from error
    assert min(ends.values()) > count // 20


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_import_leaves_nothing_half_written(tmp_path: Path) -> None:
    file = write_deals(tmp_path / "deals.csv", [deal(n) for n in range(3000)])
    command = [
        sys.executable,
        "-m",
        "zerosum",
        "import",
        str(file),
        "--out",
        str(tmp_path / "team"),
        "--key",
        str(tmp_path / "key"),
    ]
    for wait in (0.8, 1.2, 1.4, 1.6, 1.8, 2.0, 2.4):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (tmp_path / "team" / "import.json").exists():
            try:
                assert len(load_team(tmp_path / "team").opportunities) == 3000
            except InputError as error:
                assert "run 'zerosum import' again" in str(error)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert len(load_team(tmp_path / "team").opportunities) == 3000
    assert not [path.name for path in (tmp_path / "team").iterdir() if path.name.startswith(".")]


@pytest.mark.slow
def test_a_million_rows_in_two_minutes_and_two_gibibytes(tmp_path: Path) -> None:
    file = tmp_path / "deals.csv"
    header = list(deal(0))
    with open(file, "w", encoding="utf-8", newline="") as out:
        out.write(",".join(header) + "\n")
        for n in range(1_000_000):
            one = deal(
                n,
                **{
                    "Opportunity Name": f"Deal {n}",
                    "Account Name": f"Firm {n % 100_000}",
                    "Amount": f"{n % 90_000}.5",
                },
            )
            out.write(",".join(str(one[name]) for name in header) + "\n")
    script = (
        "import resource, sys; from zerosum.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script, "import", str(file), "--out", str(tmp_path / "team"), "--key", str(tmp_path / "key"), "-q"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert time.monotonic() - began < 120
    assert int(done.stdout.split("peak")[1]) < 2 * 1024**2
    assert about(tmp_path / "team")["counts"]["kept"] == 1_000_000
