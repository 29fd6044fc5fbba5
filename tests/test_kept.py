"""Replications that are kept: whole or not there, never mixed, the same results whatever was there before."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from zerosum.errors import InputError, Interrupted, StoreError
from zerosum.runs import origin as origin_module
from zerosum.runs.kept import Kept
from zerosum.runs.schema import TABLES, Tables
from zerosum.runs.store import Lost, read_document
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.compare import compare, replicate
from zerosum.studies.compare import comparison as comparison_module

TINY = """
name = "tiny"
clock = { warmup_weeks = 0, weeks = 6 }
market = { buyers = 60, saturation = 0.8 }
vendors = [{ name = "Alder", reps = 3 }, { name = "Elm", reps = 2 }]
strategies = [{ name = "usual" }, { name = "selling", extra_hours = { selling = 9.0 } }]
comparison = { replications = 4, worlds = ["alone", "head-to-head"] }
"""


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return parse_scenario(TINY)


@pytest.fixture(scope="module")
def first(tiny: Scenario) -> Tables:
    return replicate(tiny, 0)


def file_of(folder: Path, number: int) -> Path:
    """Return the file of a kept replication."""
    (path,) = (folder / "replications").glob(f"{number:06d}.*.arrow")
    return path


def same(one: Mapping[str, pa.Table], other: Mapping[str, pa.Table]) -> bool:
    """Compare to the bit, NaN equal to NaN."""
    assert list(one) == list(other)
    return all(one[name].to_pandas().equals(other[name].to_pandas()) for name in one)


def test_a_replication_comes_back_as_it_was(tmp_path: Path, tiny: Scenario, first: Tables) -> None:
    kept = Kept(tmp_path, tiny)
    assert kept.numbers() == set()
    assert kept.read(0) is None
    kept.add(0, first)
    assert kept.numbers() == {0}
    again = kept.read(0)
    assert again is not None
    assert same(again, first)
    assert [t.schema for t in again.values()] == [t.schema for t in first.values()]
    assert {"unit", "meaning"} <= {k.decode() for k in again["runs"].schema.field("win_rate").metadata}


def test_another_start_finds_them_and_fresh_forgets_them(
    tmp_path: Path, tiny: Scenario, first: Tables
) -> None:
    Kept(tmp_path, tiny).add(7, first)
    assert Kept(tmp_path, tiny).numbers() == {7}
    assert Kept(tmp_path, tiny, fresh=True).numbers() == set()


def test_kept_replications_are_read_and_not_simulated(
    tmp_path: Path, tiny: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = compare(tiny)
    simulated: list[int] = []

    def noted(scenario: Scenario, number: int, *rest: object) -> Tables:
        simulated.append(number)
        return replicate(scenario, number)

    monkeypatch.setattr(comparison_module, "replicate", noted)
    fewer = parse_scenario(tiny, {"comparison.replications": 2})
    compare(fewer, kept=Kept(tmp_path, fewer))
    assert sorted(simulated) == [0, 1]
    done: list[int] = []
    found = compare(tiny, 2, done.append, kept=Kept(tmp_path, tiny))
    assert sorted(simulated) == [0, 1, 2, 3]
    assert done == [2, 3, 4]
    assert same(found.tables, whole.tables)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_stopped_comparison_goes_on_where_it_was(tmp_path: Path, tiny: Scenario, workers: int) -> None:
    def press(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        compare(tiny, workers, press, kept=Kept(tmp_path, tiny))
    assert (caught.value.done, caught.value.wanted) == (2, 4)
    assert len(Kept(tmp_path, tiny).numbers()) >= 2
    assert same(compare(tiny, workers, kept=Kept(tmp_path, tiny)).tables, compare(tiny).tables)


# --- Never mixed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "alike"),
    [
        ({"comparison.replications": 9}, True),
        ({"name": "other", "question": "why?"}, True),
        ({"comparison.seed": 2}, False),
        ({"clock.weeks": 7}, False),
        ({"effort.preparation_weight": 1.234}, False),
        ({"comparison.worlds": ["alone"]}, False),
    ],
)
def test_only_what_changes_a_replication_parts_them(
    tmp_path: Path, tiny: Scenario, first: Tables, changed: dict[str, object], alike: bool
) -> None:
    Kept(tmp_path, tiny).add(0, first)
    other = parse_scenario(tiny, changed)
    if alike:
        assert Kept(tmp_path, other).numbers() == {0}
        return
    with pytest.raises(InputError, match=r"another scenario.*--fresh"):
        Kept(tmp_path, other)
    assert Kept(tmp_path, tiny).numbers() == {0}


def test_another_engine_is_refused_by_name(
    tmp_path: Path, tiny: Scenario, first: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    Kept(tmp_path, tiny).add(0, first)
    now = dict(origin_module.origin()) | {"engine": "0123456789abcdef"}
    for module in ("zerosum.runs.kept", "zerosum.runs.origin"):
        monkeypatch.setattr(f"{module}.origin", lambda: now)
    with pytest.raises(InputError, match=r"made otherwise \(engine [0-9a-f]{16} → 0123456789abcdef\)"):
        Kept(tmp_path, tiny)
    assert Kept(tmp_path, tiny, fresh=True).numbers() == set()


def test_every_source_that_decides_a_row_is_in_the_origin() -> None:
    """Whatever a replication imports below the tables is digested, or decides nothing."""
    package = Path(comparison_module.__file__).parents[2]
    for pattern in origin_module._SOURCES:
        assert list(package.glob(pattern)), pattern
        assert pattern.endswith((".py", ".toml"))  # no folder of bytecode, which can't be read as a file
    digested = {path for pattern in origin_module._SOURCES for path in package.glob(pattern)}
    there = set((package / "market").rglob("*.py"))
    assert there <= digested


# --- Whatever happens in the midst ----------------------------------------------------------------------------


def test_a_full_disk_leaves_the_replication_out(
    tmp_path: Path, tiny: Scenario, first: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(tmp_path, tiny)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match=r"can't keep replication 3.*No space left"):
            kept.add(3, first)
    assert kept.numbers() == set()
    assert [path.name for path in kept.folder.iterdir()] == ["identity.json"]
    kept.add(3, first)
    assert kept.numbers() == {3}


def test_a_part_that_a_power_cut_tore_is_made_again(tmp_path: Path, tiny: Scenario) -> None:
    whole = compare(tiny, kept=Kept(tmp_path, tiny))
    for number, left in ((2, -20), (1, 0), (3, 5000)):
        torn = file_of(tmp_path, number)
        torn.write_bytes(torn.read_bytes()[:left])
    lost: list[Lost] = []
    kept = Kept(tmp_path, tiny, on_lost=lost.append)
    assert same(compare(tiny, kept=kept).tables, whole.tables)
    assert kept.numbers() == {0, 1, 2, 3}
    assert [one.path.name[:6] for one in lost] == ["000001", "000002", "000003"]
    assert all(one.aside and one.aside.exists() for one in lost)
    assert {one.why for one in lost} == {"its content is not that of the SHA-256 in its name"}


def test_a_file_under_another_number_is_made_again(tmp_path: Path, tiny: Scenario) -> None:
    whole = compare(tiny, kept=Kept(tmp_path, tiny))
    second, lost = file_of(tmp_path, 2), list[Lost]()
    file_of(tmp_path, 3).unlink()
    second.rename(second.with_name(second.name.replace("000002", "000003")))
    assert same(compare(tiny, kept=Kept(tmp_path, tiny, on_lost=lost.append)).tables, whole.tables)
    assert [one.why for one in lost] == ["it doesn't hold replication 3"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_without_a_readable_identity_nothing_is_trusted(
    tmp_path: Path, tiny: Scenario, first: Tables, text: str
) -> None:
    Kept(tmp_path, tiny).add(0, first)
    identity, kept = tmp_path / "replications" / "identity.json", file_of(tmp_path, 0)
    identity.write_text(text)
    lost: list[Lost] = []
    assert Kept(tmp_path, tiny, on_lost=lost.append).numbers() == set()
    assert [one.path for one in lost] == [identity, kept]
    assert {path.name for path in kept.parent.iterdir()} == {
        "identity.json", "identity.json.damaged", f"{kept.name}.damaged"
    }  # fmt: skip


def test_left_overs_of_the_dead_go_and_those_of_the_living_stay(tmp_path: Path, tiny: Scenario) -> None:
    kept = Kept(tmp_path, tiny)
    (kept.folder / ".partial-999999999-x").touch()
    (kept.folder / f".partial-{os.getpid()}-x").touch()
    assert Kept(tmp_path, tiny).numbers() == set()
    left = {path.name for path in kept.folder.glob(".partial-*")}
    assert left == {f".partial-{os.getpid()}-x"}


def test_two_that_add_the_same_one_get_along(tmp_path: Path, tiny: Scenario, first: Tables) -> None:
    stores = [Kept(tmp_path, tiny) for _ in range(4)]
    threads = [threading.Thread(target=store.add, args=(0, first)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores[0].numbers() == {0}
    assert sorted(p.name.partition(".")[0] for p in stores[0].folder.iterdir()) == ["000000", "identity"]


def test_a_place_where_nobody_can_write(tiny: Scenario) -> None:
    with pytest.raises(StoreError, match="can't write results to /proc/nowhere"):
        Kept(Path("/proc/nowhere"), tiny)


# --- What is in the tables ------------------------------------------------------------------------------------


def test_every_table_has_its_columns_documented(first: Tables) -> None:
    assert list(first) == list(TABLES)
    for name, table in TABLES.items():
        assert first[name].schema.names == [column.name for column in table.columns]
        assert all(column.unit and column.meaning for column in table.columns)
        assert table.row


def test_a_table_refuses_what_it_doesnt_know(tiny: Scenario) -> None:
    with pytest.raises(ValueError, match="table 'assumptions': missing or unknown: value, values"):
        TABLES["assumptions"].filled({"replication": [0], "draw": [0], "key": ["a"], "values": [1.0]})


def test_reps_and_segments_and_deals_add_up_to_the_run(tiny: Scenario) -> None:
    found = compare(parse_scenario(tiny, {"clock.weeks": 40, "market.buyers": 200}))
    key = ["world", "strategy", "replication"]
    runs = found.runs[~found.runs["null"]].set_index(key)
    reps = found.reps[~found.reps["null"]].groupby(key, sort=False)
    segments = found.segments.groupby(key, sort=False)
    deals = found.deals.groupby(key, sort=False)
    assert runs["deals_closed"].sum() > 20
    for by in (reps["closed"].sum(), segments["closed"].sum(), deals.size()):
        assert by.reindex(runs.index, fill_value=0).tolist() == runs["deals_closed"].tolist()
    for metric in ("revenue_new", "revenue_displaced", "revenue_renewed", "revenue_upgraded"):
        assert segments[metric].sum().reindex(runs.index).to_numpy() == pytest.approx(runs[metric].to_numpy())
    assert reps["attempts"].sum().reindex(runs.index).tolist() == runs["attempts"].tolist()
    won = found.deals[found.deals["outcome"] == "won"].groupby(key).size().reindex(runs.index, fill_value=0)
    assert (won / runs["deals_closed"]).dropna().tolist() == pytest.approx(runs["win_rate"].dropna().tolist())
    weeks = found.weekly.groupby(key, sort=False)
    assert (weeks.size() == 40).all()
    assert set(found.weekly["world"]) == {"alone"}
    last = found.weekly[found.weekly["week"] == 40].set_index(key)
    alone = runs.loc[["alone"]]
    assert (last["customers"] / 200).reindex(alone.index).tolist() == pytest.approx(
        alone["market_share"].tolist()
    )
    attained = found.reps[~found.reps["null"]].dropna(subset="attainment")
    assert (attained["attainment"] == attained["credit"] / attained["quota"]).all()


def test_thirds_are_thirds_of_the_vendor_and_none_where_all_are_alike(tiny: Scenario) -> None:
    found = compare(parse_scenario(tiny, {"vendors.Alder.reps": 7, "comparison.worlds": ["alone"]}))
    real, null = found.reps[~found.reps["null"]], found.reps[found.reps["null"]]
    for _, team in real.groupby(["strategy", "replication"]):
        assert sorted(team["skill_third"]) == [1, 1, 1, 2, 2, 3, 3]
        ordered = team.sort_values("skill")["skill_third"]
        assert ordered.is_monotonic_increasing
        assert team["rep"].tolist() == list(range(7))
    assert (null["skill_third"] == 0).all()


def test_the_identity_names_the_scenario_and_the_origin(tmp_path: Path, tiny: Scenario) -> None:
    Kept(tmp_path, tiny)
    told = read_document(tmp_path / "replications" / "identity.json")
    assert set(told) == {"scenario", "origin"}
    assert {"zerosum", "engine", "python", "numpy", "numba", "pyarrow", "machine"} == set(told["origin"])
