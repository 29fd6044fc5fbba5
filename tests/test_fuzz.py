"""A slice of the fuzzer (``make fuzz``): spoiled files are refused in our words or run, with no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.cases import furnish, make, run

SLICES = 6
CASES = 10
SEED = 14


@pytest.mark.parametrize("first", range(0, SLICES * CASES, CASES))
def test_spoiled_files_are_refused_in_our_words_or_run(
    first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    furnish(tmp_path)
    for number in range(first, first + CASES):
        found = run(make(SEED, number), tmp_path, simulate=False)
        assert found.outcome in ("refused", "ran"), (make(SEED, number), found)


def test_a_case_is_made_of_its_seed_and_number_alone() -> None:
    assert make(SEED, 3) == make(SEED, 3)
    assert len({make(SEED, number).content for number in range(50)}) > 30
    assert len({make(SEED, number).kind for number in range(100)}) == 10
