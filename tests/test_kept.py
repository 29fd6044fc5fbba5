"""Replications that are kept: never mixed, never made twice, the same results whatever was there before."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from zerosum.errors import InputError, Interrupted, StoreError
from zerosum.runs import origin as origin_module
from zerosum.runs.parts import Parts
from zerosum.runs.schema import TABLES, Tables
from zerosum.runs.store import Lost
from zerosum.scenario import parse_scenario
from zerosum.scenario.spec import Scenario
from zerosum.studies.compare import compare_strategies, kept_in, replicate
from zerosum.studies.compare import replications as replications_module

TINY = """
name = "tiny"
clock = { warmup_weeks = 0, weeks = 6 }
market = { buyers = 60, saturation = 0.8 }
vendors = [{ name = "Alder", reps = 3 }, { name = "Elm", reps = 2 }]
strategies = [{ name = "usual" }, { name = "selling", extra_hours = { selling = 9.0 } }]
comparison = { replications = 4, adopters = ["focal", "head-to-head"] }
"""


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return parse_scenario(TINY)


@pytest.fixture(scope="module")
def first(tiny: Scenario) -> Tables:
    return replicate(tiny, 0)


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, tuple[str, ...]]]:
    """What is simulated: replication, strategies."""
    made: list[tuple[int, tuple[str, ...]]] = []

    def noted(scenario: Scenario, number: int, *rest: Any, strategies: tuple[str, ...] = ()) -> Tables:
        made.append((number, strategies))
        return replicate(scenario, number, *rest, strategies=strategies)

    monkeypatch.setattr(replications_module, "replicate", noted)
    return made


def files_of(folder: Path) -> list[Path]:
    return sorted((folder / "parts").glob("*.arrow"))


def same(one: Mapping[str, pa.Table], other: Mapping[str, pa.Table]) -> bool:
    """Compare to the bit, NaN equal to NaN."""
    assert list(one) == list(other)
    assert [t.schema for t in one.values()] == [t.schema for t in other.values()]
    return all(one[name].to_pandas().equals(other[name].to_pandas()) for name in one)


def test_kept_replications_are_read_and_not_simulated(
    tmp_path: Path, tiny: Scenario, simulated: list[tuple[int, tuple[str, ...]]]
) -> None:
    whole = compare_strategies(tiny)
    simulated.clear()
    fewer = parse_scenario(tiny, {"comparison.replications": 2})
    compare_strategies(fewer, kept=kept_in(tmp_path, fewer))
    assert sorted(number for number, _ in simulated) == [0, 1]
    done: list[int] = []
    found = compare_strategies(tiny, 2, done.append, kept=kept_in(tmp_path, tiny))
    assert sorted(number for number, _ in simulated) == [0, 1, 2, 3]
    assert done == [2, 3, 4]
    assert same(found.tables, whole.tables)
    assert len(files_of(tmp_path)) == 4
    assert kept_in(tmp_path, tiny, fresh=True).finished() == set()


def test_what_another_adds_meanwhile_is_not_counted_twice(
    tmp_path: Path, tiny: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = compare_strategies(tiny, kept=kept_in(tmp_path / "theirs", tiny))
    (tmp_path / "ours" / "parts").mkdir(parents=True)
    look = Parts.finished

    def finished(parts: Parts) -> set[tuple[int, int]]:
        found = look(parts)
        for path in files_of(tmp_path / "theirs"):
            shutil.copy(path, tmp_path / "ours" / "parts")
        return found

    monkeypatch.setattr(Parts, "finished", finished)
    found = compare_strategies(tiny, kept=kept_in(tmp_path / "ours", tiny))
    assert same(found.tables, whole.tables)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_stopped_comparison_goes_on_where_it_was(tmp_path: Path, tiny: Scenario, workers: int) -> None:
    def press(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        compare_strategies(tiny, workers, press, kept=kept_in(tmp_path, tiny))
    assert (caught.value.done, caught.value.wanted) == (2, 4)
    assert len(files_of(tmp_path)) >= 2
    assert same(
        compare_strategies(tiny, workers, kept=kept_in(tmp_path, tiny)).tables,
        compare_strategies(tiny).tables,
    )


# --- Grown, it is the same as made in one piece -----------------------------------------------------------------

MORE = '{ name = "calls", tools = ["dialler"], extra_presales = 2 }'
Grow = Callable[[str], str]


def with_tool(text: str) -> str:
    return text + 'tools = [{ name = "assistant", saving = 0.2 }, { name = "dialler", boost = 0.5 }]\n'


@pytest.mark.parametrize(
    ("grow", "made"),
    [
        (lambda text: text.replace("9.0 } }", f"9.0 }} }}, {MORE}"), ("calls",)),
        (lambda text: text.replace('{ name = "selling"', f'{MORE}, {{ name = "selling"'), ("calls",)),
        (lambda text: text.replace("selling = 9.0", "selling = 8.0"), ("selling",)),
        (lambda text: text.replace('"selling"', '"sell"'), ("sell",)),
        (lambda text: text.replace("saving = 0.2", "saving = 0.3"), ()),
        (lambda text: text.replace("replications = 4", "replications = 3"), ()),
    ],
    ids=["one more", "one in between", "another", "another name", "a tool that nobody has", "fewer"],
)
def test_only_the_strategies_that_are_new_are_simulated(
    grow: Grow, made: tuple[str, ...], tmp_path: Path, simulated: list[tuple[int, tuple[str, ...]]]
) -> None:
    text = with_tool(TINY.replace(', "head-to-head"', ', "all"'))
    before, after = parse_scenario(text), parse_scenario(grow(text))
    assert before != after
    compare_strategies(before, kept=kept_in(tmp_path, before))
    simulated.clear()
    grown = compare_strategies(after, kept=kept_in(tmp_path, after))
    assert simulated == [(number, made) for number in range(4)] * bool(made)
    assert same(grown.tables, compare_strategies(after).tables)
    simulated.clear()  # what was there before is there still
    compare_strategies(before, kept=kept_in(tmp_path, before))
    assert simulated == []


@pytest.mark.parametrize(
    ("grow", "refused"),
    [
        (lambda text: text.replace("9.0 } }", f"9.0 }} }}, {MORE}"), False),  # all meet in one market
        (
            lambda text: text.replace(
                '{ name = "usual" }', '{ name = "usual", extra_hours = { selling = 1.0 } }'
            ),
            True,
        ),
        (lambda text: text.replace("boost = 0.5", "boost = 0.6"), False),
        (
            lambda text: text.replace(
                '{ name = "assistant"', '{ name = "first", boost = 0.1 }, { name = "assistant"'
            ),
            False,
        ),
    ],
    ids=["head-to-head", "what vendors follow", "a tool", "the row of a tool"],
)
def test_what_depends_on_the_change_is_simulated_again_or_refused(
    grow: Grow, refused: bool, tmp_path: Path, simulated: list[tuple[int, tuple[str, ...]]]
) -> None:
    text = with_tool(TINY.replace('"selling", extra', '"selling", tools = ["dialler"], extra'))
    if refused:
        text = text.replace(', "head-to-head"', "")
    before, after = parse_scenario(text), parse_scenario(grow(text))
    compare_strategies(before, kept=kept_in(tmp_path, before))
    with pytest.raises(InputError, match=r"another comparison: .* there, .* here.*\. Name another"):
        kept_in(tmp_path, after)
    simulated.clear()
    found = compare_strategies(after, kept=kept_in(tmp_path / "new", after, beside=[tmp_path]))
    assert simulated == [(number, after.compared_names) for number in range(4)]
    assert same(found.tables, compare_strategies(after).tables)


def test_one_more_strategy_finds_what_another_folder_keeps(
    tmp_path: Path, simulated: list[tuple[int, tuple[str, ...]]]
) -> None:
    """By default each question has a folder of its own, so no results are written over."""
    text = TINY.replace(', "head-to-head"', "")
    before, after = (
        parse_scenario(text),
        parse_scenario(text.replace("9.0 } }", '9.0 } }, { name = "third" }')),
    )
    compare_strategies(before, kept=kept_in(tmp_path / "a", before))
    simulated.clear()
    found = compare_strategies(after, kept=kept_in(tmp_path / "b", after, beside=[tmp_path / "a"]))
    assert simulated == [(number, ("third",)) for number in range(4)]
    assert same(found.tables, compare_strategies(after).tables)


# --- Never mixed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "alike"),
    [
        ({"comparison.replications": 9}, True),
        ({"name": "other", "question": "why?"}, True),
        ({"comparison.seed": 2}, False),
        ({"clock.weeks": 7}, False),
        ({"effort.preparation_weight": 1.234}, False),
        ({"comparison.adopters": ["focal"]}, False),
        ({"comparison.focal": "Elm", "comparison.adopters": ["focal"]}, False),
    ],
)
def test_only_what_changes_a_replication_parts_them(
    tmp_path: Path, tiny: Scenario, changed: dict[str, object], alike: bool
) -> None:
    one = parse_scenario(tiny, {"comparison.replications": 1})
    compare_strategies(one, kept=kept_in(tmp_path, one))
    other = parse_scenario(tiny, changed)
    if alike:
        assert len(kept_in(tmp_path, other).finished()) == 2
        return
    with pytest.raises(InputError, match=r"another comparison.*keep_in"):
        kept_in(tmp_path, other)
    assert len(kept_in(tmp_path, tiny).finished()) == 2


def test_every_source_that_decides_a_row_is_in_the_origin() -> None:
    """Whatever a replication imports below the tables is digested, or decides nothing."""
    package = Path(replications_module.__file__).parents[2]
    for pattern in origin_module._SOURCES:
        assert list(package.glob(pattern)), pattern
        assert pattern.endswith((".py", ".toml"))  # no folder of bytecode, which can't be read as a file
    digested = {path for pattern in origin_module._SOURCES for path in package.glob(pattern)}
    there = set((package / "market").rglob("*.py"))
    assert there <= digested


# --- Whatever happens in the midst ----------------------------------------------------------------------------


def test_a_part_that_a_power_cut_tore_is_made_again(tmp_path: Path, tiny: Scenario) -> None:
    whole = compare_strategies(tiny, kept=kept_in(tmp_path, tiny))
    torn = files_of(tmp_path)[:3]
    for path, left in zip(torn, (-20, 0, 5000), strict=True):
        path.write_bytes(path.read_bytes()[:left])
    lost: list[Lost] = []
    kept = kept_in(tmp_path, tiny, on_lost=lost.append)
    assert same(compare_strategies(tiny, kept=kept).tables, whole.tables)
    assert len(files_of(tmp_path)) == 4
    assert [one.path for one in lost] == torn
    assert all(one.aside and one.aside.exists() for one in lost)
    assert {one.why for one in lost} == {"its content is not that of the SHA-256 in its name"}


def test_two_that_make_the_same_one_get_along(tmp_path: Path, tiny: Scenario) -> None:
    whole = compare_strategies(tiny)
    threads = [
        threading.Thread(target=lambda: compare_strategies(tiny, kept=kept_in(tmp_path, tiny)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files_of(tmp_path)) == 4
    assert same(compare_strategies(tiny, kept=kept_in(tmp_path, tiny)).tables, whole.tables)


def test_a_place_where_nobody_can_write(tiny: Scenario) -> None:
    with pytest.raises(StoreError, match="can't write results to /proc/nowhere"):
        kept_in(Path("/proc/nowhere"), tiny)


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
    found = compare_strategies(parse_scenario(tiny, {"clock.weeks": 40, "market.buyers": 200}))
    key = ["adopters", "strategy", "replication"]
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
    assert set(found.weekly["adopters"]) == {"focal"}
    last = found.weekly[found.weekly["week"] == 40].set_index(key)
    alone = runs.loc[["focal"]]
    assert (last["customers"] / 200).reindex(alone.index).tolist() == pytest.approx(
        alone["market_share"].tolist()
    )
    attained = found.reps[~found.reps["null"]].dropna(subset="attainment")
    assert (attained["attainment"] == attained["credit"] / attained["quota"]).all()


def test_thirds_are_thirds_of_the_vendor_and_none_where_all_are_alike(tiny: Scenario) -> None:
    found = compare_strategies(
        parse_scenario(tiny, {"vendors.Alder.reps": 7, "comparison.adopters": ["focal"]})
    )
    real, null = found.reps[~found.reps["null"]], found.reps[found.reps["null"]]
    for _, team in real.groupby(["strategy", "replication"]):
        assert sorted(team["skill_third"]) == [1, 1, 1, 2, 2, 3, 3]
        ordered = team.sort_values("skill")["skill_third"]
        assert ordered.is_monotonic_increasing
        assert team["rep"].tolist() == list(range(7))
    assert (null["skill_third"] == 0).all()
