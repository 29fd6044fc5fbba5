"""Results are what they were: of three small markets, of one under former defaults, and of one as plain Python."""

from __future__ import annotations

from typing import Any

import pytest

from tests.golden.refresh import markets, pinned, results

HINT = "results have changed; if they were meant to: `make golden`, read the difference, commit it"


def changes(got: dict[str, Any], ref: dict[str, Any]) -> list[str]:
    """Say what differs: whole numbers and texts at all, others beyond the pinned digits."""
    found = [f"{key}: only one of the two has it" for key in got.keys() ^ ref.keys()]
    for key in got.keys() & ref.keys():
        a, b = got[key], ref[key]
        if isinstance(a, dict):
            found += [f"{key}: {text}" for text in changes(a, b)]
        elif isinstance(a, float) and isinstance(b, float):
            if a != pytest.approx(b, rel=2e-9, abs=1e-12):
                found.append(f"{key}: {b} -> {a}")
        elif a != b:
            found.append(f"{key}: {b} -> {a}")
    return sorted(found)


@pytest.mark.parametrize("name", ["kickoff", "former", "quarter-end", "own-worst-rival"])
def test_results_are_as_pinned(name: str) -> None:
    found = changes(results(name), pinned()[name])
    assert not found, HINT + "\n" + "\n".join(found[:20])


@pytest.mark.uncompiled
def test_the_plain_market_is_as_pinned() -> None:
    """Compiled or not: the numbers were pinned with compiled kernels."""
    found = changes(results("plain"), pinned()["plain"])
    assert not found, HINT + "\n" + "\n".join(found[:20])


def test_every_market_is_pinned() -> None:
    assert pinned().keys() == markets().keys()


def test_a_change_is_found() -> None:
    ref = pinned()["kickoff"]
    run = next(iter(ref))
    for key, value in {"deals": 1, "whole_numbers": "x", "revenue": ref[run]["revenue"] * (1 + 1e-8)}.items():
        assert changes({**ref, run: {**ref[run], key: value}}, ref)
    assert changes({**ref, run: {**ref[run], "revenue": ref[run]["revenue"] * (1 + 1e-10)}}, ref) == []
