"""Every case is tried, and those that fail are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.each import each

pytestmark = pytest.mark.uncompiled


@each(("number", "half"), [(2, 1), (4, 2)])
@each("again", "ab")
def test_each_case_has_a_folder_of_its_own(number: int, half: int, again: str, tmp_path: Path) -> None:
    assert number == 2 * half
    (tmp_path / "mine").mkdir()


def test_all_that_fail_are_told() -> None:
    seen = []

    @each("number", [1, 2, 3], ids=["one", "two", "three"])
    def check(number: int) -> None:
        seen.append(number)
        assert number == 2, "not two"

    with pytest.raises(
        pytest.fail.Exception, match=r"(?s)^2 of 3 cases failed\n--- one\n.*--- three\n.*not two"
    ):
        check()
    assert seen == [1, 2, 3]
