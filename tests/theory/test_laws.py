"""Laws of marketing science in the limits in which they must hold; ``docs/theory.md`` has them with more markets."""

from __future__ import annotations

import numpy as np
import pytest

from docs.tools.theory.default import TIMES, repeat_buying
from docs.tools.theory.flow import coverage
from docs.tools.theory.lanchester import expected_shares
from docs.tools.theory.law import Law, row
from docs.tools.theory_page import LAWS

REPLICATIONS = 10
Z = 5.0
"""Standard errors that theory and engine may be apart: with ten replications they are not known well."""


@pytest.mark.parametrize("law", [law for law in LAWS if law.exact], ids=lambda law: law.name)
def test_the_engine_obeys(law: Law) -> None:
    for found in law.rows(REPLICATIONS):
        assert abs(found.z) < Z, found
        assert 0.0 < found.error < 0.05, found


@pytest.mark.parametrize("law", [law for law in LAWS if not law.exact], ids=lambda law: law.name)
def test_the_engine_comes_near(law: Law) -> None:
    """Approximations: within 15 % (near-Dirichlet), 2 % (Little's law, open ends)."""
    most = 0.02 if "Little" in law.name else 0.15
    for found in law.rows(3):
        assert found.engine == pytest.approx(found.theory, rel=most), found


def test_shares_of_alike_vendors_stay_where_they_are() -> None:
    start = np.array([0.5, 0.5])
    assert expected_shares(start, [6, 6], 200) == pytest.approx(start)
    assert expected_shares(np.array([0.9, 0.1]), [6, 6], 50_000) == pytest.approx(start, abs=1e-6)
    assert expected_shares(np.array([0.2, 0.3, 0.5]), [12, 6, 4], 30).sum() == pytest.approx(1.0)


def test_a_wrong_number_would_be_found() -> None:
    said = np.random.default_rng(1).normal(0.3, 0.01, 40)
    assert abs(row("right", 0.3, said).z) < 3
    assert abs(row("wrong", 0.31, said).z) > 5


def test_coverage_follows_from_cycles() -> None:
    assert coverage(1.0, 52.0, 1.0) == 4.0


def test_repeat_buying_is_counted_as_the_dirichlet_has_it() -> None:
    """Buyers whose tastes are drawn from a Dirichlet: penetration, frequency and duplication are the formula's."""
    rng = np.random.default_rng(5)
    tastes = rng.dirichlet(1.7 * np.array([0.4, 0.3, 0.2, 0.1]), 60_000)
    below = tastes.cumsum(axis=1)[:, None, :] < rng.random((60_000, TIMES))[:, :, None]
    theory, said = repeat_buying(below.sum(axis=2), 4)
    assert said == pytest.approx(theory, rel=0.02)
    held = np.repeat(rng.integers(0, 4, (60_000, 1)), TIMES, axis=1)
    held[:, 2:] = rng.integers(0, 4, (60_000, 1))  # moved once: no taste
    theory, said = repeat_buying(held, 4)
    assert said[0] > 1.04 * theory[0]
