"""Designs that grow: only what is new is simulated, and what comes out is the same as made in one piece.

Of comparisons ``test_kept.py`` tells.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.experiments.market import EXPERIMENT, MARKET, SAMPLE, same, study_in
from tests.game.tables import GAME, contest_in
from tests.game.tables import MARKET as OF_GAME
from zerosum.runs.executors import Here
from zerosum.runs.replicate import replicate
from zerosum.studies.game import play
from zerosum.studies.game.cells import play_cells
from zerosum.studies.sweep import sweep
from zerosum.studies.sweep import work as work_module

Made = list[tuple[int, tuple[str, ...]]]
"""Replication, and the strategies that are simulated."""
Grow = Callable[[str], str]

THIRD = MARKET.replace(
    '    { name = "calls"', '    { name = "more", extra_hours = { selling = 5.0 } },\n    { name = "calls"'
)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    simulated: Made = []

    def noted(scenario: Any, number: int, on_week: Any, wanted: Any, nulls: bool, strategies: Any) -> Any:
        simulated.append((number, strategies))
        return replicate(scenario, number, on_week, wanted, nulls, strategies)

    monkeypatch.setattr(work_module, "replicate", noted)
    return simulated


@pytest.mark.parametrize(
    ("before", "grow", "market", "runs", "strategies"),
    [
        (SAMPLE, lambda text: text.replace("points = 4", "points = 8"), MARKET, 4 * 2, ("usual", "calls")),
        (
            SAMPLE.replace('kind = "sobol"', 'kind = "saltelli"')
            + '[[factors]]\nkey = "vendors.Elm.reps"\nlow = 2\nhigh = 4\n',
            lambda text: text.replace("points = 4", "points = 8"),
            MARKET,
            4 * (2 + 2) * 2,
            ("usual", "calls"),
        ),
        (
            EXPERIMENT,
            lambda text: text.replace("0.2, 0.9", "0.1, 0.2, 0.9"),
            MARKET,
            3 * 3,
            ("usual", "calls"),
        ),
        (
            EXPERIMENT,
            lambda text: text.replace("replications = 3", "replications = 4"),
            MARKET,
            6,
            ("usual", "calls"),
        ),
        (EXPERIMENT, str, THIRD, 6 * 3, ("more",)),
        (EXPERIMENT, lambda text: text.replace('"gini", "attempts"', '"gini"'), MARKET, 0, ()),
        (EXPERIMENT, lambda text: 'keep = ["weekly"]\n' + text, MARKET, 6 * 3, ("usual", "calls")),
    ],
    ids=["sobol", "saltelli", "a value", "replications", "a strategy", "a metric less", "a kept table"],
)
def test_only_what_is_new_of_a_sweep_is_made(
    before: str, grow: Grow, market: str, runs: int, strategies: tuple[str, ...], made: Made, tmp_path: Path
) -> None:
    text = f'strategies = ["usual", "calls"]\n{before}'
    sweep(study_in(tmp_path / "a", text), tmp_path / "out", Here())
    made.clear()
    after = grow(text) if market == MARKET else grow(before)
    grown = sweep(study_in(tmp_path / "b", after, market), tmp_path / "out", Here())
    assert [names for _, names in made] == [strategies] * runs
    whole = sweep(study_in(tmp_path / "c", after, market), tmp_path / "whole", Here())
    assert list(grown.tables) == list(whole.tables)
    assert all(same(grown.tables[name], whole.tables[name]) for name in whole.tables)
    made.clear()  # the smaller design is there still
    sweep(study_in(tmp_path / "a", text), tmp_path / "out", Here())
    assert made == []


def test_a_sweep_finds_the_runs_of_another_folder(made: Made, tmp_path: Path) -> None:
    sweep(study_in(tmp_path / "a", SAMPLE), tmp_path / "out", Here())
    made.clear()
    study = study_in(tmp_path / "a", SAMPLE.replace("points = 4", "points = 8"))
    grown = sweep(study, tmp_path / "new", Here(), beside=[tmp_path / "out"])
    assert len(made) == 4 * 2
    assert same(grown.tables["runs"], sweep(study, tmp_path / "whole", Here()).tables["runs"])


def test_a_strategy_that_a_factor_hands_to_vendors_counts_as_it_is_at_the_point(
    made: Made, tmp_path: Path
) -> None:
    """Elm follows 'calls' at one of the points: there, and only there, another 'calls' means another market."""
    text = EXPERIMENT.replace(
        'key = "market.saturation"\nvalues = [0.2, 0.9]',
        'name = "elm"\nkey = "vendors.Elm.strategy"\nvalues = ["usual", "calls"]',
    )
    text = f'strategies = ["usual"]\n{text}'
    sweep(study_in(tmp_path / "a", text), tmp_path / "out", Here())
    made.clear()
    other = MARKET.replace("selling = 0.4", "selling = 0.3").replace("preparation = 0.1", "preparation = 0.2")
    grown = sweep(study_in(tmp_path / "b", text, other), tmp_path / "out", Here())
    assert len(made) == 3 * 3
    whole = sweep(study_in(tmp_path / "b", text, other), tmp_path / "whole", Here())
    assert same(grown.tables["runs"], whole.tables["runs"])


def test_one_more_strategy_of_a_player_plays_only_the_new_combinations(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    market = OF_GAME.replace(
        '    { name = "calls"',
        '    { name = "more", extra_hours = { selling = 5.0 } },\n    { name = "calls"',
    )
    cells: list[int] = []

    def counted(*given: Any) -> Any:
        cells.append(len(given[2]))
        return play_cells(*given)

    monkeypatch.setattr(sys.modules["zerosum.studies.game.play"], "play_cells", counted)
    play(contest_in(tmp_path / "a", GAME, OF_GAME), tmp_path / "out", often=2)
    cells.clear()
    more = GAME.replace('["usual", "calls"]', '["usual", "more", "calls"]', 1)
    grown = play(contest_in(tmp_path / "b", more, market), tmp_path / "out", often=2)
    assert cells == [5, 5]  # of 9 combinations, on each replication
    assert same(grown, play(contest_in(tmp_path / "b", more, market), tmp_path / "whole", often=2))
