"""Many cases of one test: ``@each`` where one cause would fail them together, ``pytest.mark.parametrize`` elsewhere.

And laws in two sizes: ``@in_sizes``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

LONGEST = 1_200
"""Characters that are shown of why a case failed."""

Test = Callable[..., None]


def in_sizes(small: int, large: int) -> pytest.MarkDecorator:
    """Run a test of a law with two ``n``: the small one also with kernels as plain Python."""
    return pytest.mark.parametrize("n", [small, pytest.param(large, marks=pytest.mark.compiled)])


def each(
    names: str | tuple[str, ...], cases: Iterable[Any], ids: Callable[[Any], str] | Iterable[str] = repr
) -> Callable[[Test], Test]:
    """Try a test with every case, as ``parametrize`` does, but as one test, which lists the cases that failed.

    A renamed column or another wording is then one red test with a list, and not a hundred. ``tmp_path`` is a folder of
    its own for each case; what else the test asks for is shared by all.
    """
    keys = names.replace(",", " ").split() if isinstance(names, str) else list(names)
    rows = list(cases)
    told = [ids(row) for row in rows] if callable(ids) else list(ids)

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def try_all(**given: Any) -> None:
            failed = []
            for number, (row, name) in enumerate(zip(rows, told, strict=True)):
                values = dict(zip(keys, row if len(keys) > 1 else [row], strict=True))
                if "tmp_path" in given:
                    values["tmp_path"] = given["tmp_path"] / str(number)
                    values["tmp_path"].mkdir()
                try:
                    test(**{**given, **values})
                except (Exception, pytest.fail.Exception) as error:
                    failed.append(f"--- {name[:200]}\n{type(error).__name__}: {error}"[:LONGEST])
            if failed:
                pytest.fail(f"{len(failed)} of {len(rows)} cases failed\n" + "\n".join(failed), pytrace=False)

        whole = inspect.signature(test)
        rest = [one for one in whole.parameters.values() if one.name not in keys]
        try_all.__signature__ = whole.replace(parameters=rest)  # type: ignore[attr-defined]
        return try_all

    return decorate
