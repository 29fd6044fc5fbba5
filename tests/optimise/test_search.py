"""Searches: the same trials whatever stops them, paired with the baseline, and the winner's curse told."""

from __future__ import annotations

import math
import threading
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.figures import assert_readable
from tests.optimise.market import MARKET, SEARCH, problem_in
from zerosum.errors import InputError, Interrupted
from zerosum.market.inventory.strategies import Reinvestment, Strategy
from zerosum.market.metrics import measure
from zerosum.market.run import simulate
from zerosum.report.plots.optimise import plot_optimise
from zerosum.statistics import Interval, paired_difference
from zerosum.studies.optimise import Optimised, Problem, optimise
from zerosum.studies.optimise import optimise as package_optimise
from zerosum.studies.optimise.holdout import FRESH, Final
from zerosum.studies.optimise.search import distinct, finalists, front, search
from zerosum.studies.optimise.tried import Tried, address_of

assert package_optimise is optimise


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Optimised:
    folder = tmp_path_factory.mktemp("once")
    return optimise(problem_in(folder), folder / "out")


def told(found: Optimised) -> list[Any]:
    """All that a search has found, to the last bit, NaN equal to NaN."""
    trials = [(t.number, dict(t.places), address_of(t.strategy), repr(t.gains)) for t in found.trials]
    return [trials, repr([(f.trial.number, f.searched, f.fresh, f.p, f.over) for f in found.finals])]


def test_the_first_trial_is_the_baseline_and_differs_from_it_in_nothing(once: Optimised) -> None:
    first = once.trials[0]
    assert address_of(first.strategy) == address_of(once.problem.baseline)
    assert first.gains == (0.0,)
    assert len(once.trials) == 8
    assert address_of(once.problem.baseline) not in {address_of(f.trial.strategy) for f in once.finals}


def test_the_first_trial_is_what_it_is_like_also_where_it_is_finer_than_what_is_tried(tmp_path: Path) -> None:
    """Shares are tried in thousandths; the strategy that is begun with has tenths of these."""
    fine = "plan = { prospecting = 0.3333, preparation = 0.1667, selling = 0.4, social = 0.1 }"
    problem = problem_in(
        tmp_path, SEARCH, MARKET.replace('{ name = "usual" }', f'{{ name = "usual", {fine} }}')
    )
    trials = search(Tried(problem, tmp_path / "out"))
    assert trials[0].gains == (0.0,)
    assert trials[0].strategy.plan.prospecting == 0.3333


def test_what_is_aimed_at_is_the_paired_difference(once: Optimised) -> None:
    """Against the runner itself, with a warm-up of its own, metric for metric, to the bit."""
    for trial in (once.trials[1], once.trials[-1]):
        scenario = once.problem.with_strategies({"found": trial.strategy})
        gains = []
        for number in range(3):
            ours = measure(simulate(scenario, "found", "focal", number))
            base = measure(simulate(scenario, "usual", "focal", number))
            for name, values in trial.found.items():
                assert values[number] == ours[name] or (math.isnan(values[number]) and math.isnan(ours[name]))
            gains.append(ours["market_share"] - base["market_share"])
        assert trial.gains[0] == np.mean(gains)


def test_engineers_have_room_whatever_warm_up_they_come_from(tmp_path: Path) -> None:
    """The market's room for engineers hangs on the strategies there are: a kept warm-up must not take it away."""
    # Nobody else has any, and requests take so long that each engineer more is felt.
    market = MARKET.replace('"Elm", reps = 3', '"Elm", reps = 3, presales = 1')
    problem = problem_in(tmp_path, 'set = { "support.service_weeks" = 20.0 }\n' + SEARCH, market)
    tried = Tried(problem, tmp_path / "out")
    usual = problem.baseline
    for presales in (0, 3, 1, 3, 0):
        strategy = usual.model_copy(update={"extra_presales": presales, "training": 0.5 + presales / 100})
        scenario = problem.with_strategies({"found": strategy})
        theirs = measure(simulate(scenario, "found", "focal", 0))
        for name, values in tried.measured(strategy, [0]).items():
            assert values[0] == theirs[name] or (math.isnan(values[0]) and math.isnan(theirs[name])), name
    assert tried.simulated == 3


def test_without_tools_freed_hours_and_training_do_nothing(tmp_path: Path) -> None:
    """So a search may leave them as they were."""
    problem = problem_in(tmp_path)
    plain = problem.baseline
    idle = plain.model_copy(
        update={"training": 0.9, "reinvest": Reinvestment(prospecting=0.6, preparation=0.2, selling=0.2)}
    )
    one, other = (
        [measure(simulate(problem.with_strategies({"found": s}), "found", "focal", n)) for n in range(3)]
        for s in (plain, idle)
    )
    assert repr(one) == repr(other)
    with_tool = idle.model_copy(update={"tools": ("assistant",)})
    bare = plain.model_copy(update={"tools": ("assistant",)})
    a, b = (
        measure(simulate(problem.with_strategies({"found": s}), "found", "focal", 0))
        for s in (with_tool, bare)
    )
    assert repr(a) != repr(b)


def test_the_random_numbers_of_finalists_is_fresh(once: Optimised) -> None:
    for final in once.finals:
        scenario = once.problem.with_strategies({"found": final.trial.strategy})
        gains = []
        for number in range(FRESH, FRESH + 6):
            ours, base = (
                measure(simulate(scenario, strategy, "focal", number)) for strategy in ("found", "usual")
            )
            gains.append(ours["market_share"] - base["market_share"])
        assert final.fresh[0].mean == pytest.approx(np.mean(gains))
        alone = paired_difference(gains, np.zeros(6))
        # Over all finalists together: as wide as the interval of one at least, but for the band's own drawing of lots.
        slack = 0.05 * (alone.high - alone.low)
        assert final.fresh[0].low <= alone.low + slack
        assert final.fresh[0].high >= alone.high - slack


@pytest.mark.parametrize("sampler", ["tpe", "nsga", "cma"])
def test_a_search_that_was_stopped_goes_on_with_the_same_trials(sampler: str, tmp_path: Path) -> None:
    search_file = SEARCH.replace("trials = 8", f'trials = 18\nsampler = "{sampler}"').replace(
        "holdout = 6", "holdout = 5"
    )
    if sampler == "nsga":
        search_file = search_file.replace('["market_share"]', '["market_share", "cost"]')
    if sampler == "cma":
        search_file = search_file.replace('[[parameters]]\nkey = "tools"\n', "")
    problem = problem_in(tmp_path, search_file)
    whole = optimise(problem, tmp_path / "whole")
    stop = threading.Event()

    def on_trial(what: str, number: int, _of: int) -> None:
        if what == "trials" and number == 14:
            stop.set()

    with pytest.raises(Interrupted):
        optimise(problem, tmp_path / "out", on_trial=on_trial, stop=stop)
    assert told(optimise(problem, tmp_path / "out", workers=3)) == told(whole)
    tried = Tried(problem, tmp_path / "out")
    search(tried)
    assert tried.simulated == 0


def test_a_torn_part_is_made_again(once: Optimised, tmp_path: Path) -> None:
    problem = problem_in(tmp_path)
    optimise(problem, tmp_path / "out")
    file = next((tmp_path / "out" / "parts").glob("*.arrow"))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2 + 7])
    again = optimise(problem, tmp_path / "out")
    assert told(again) == told(once)
    tried = Tried(problem, tmp_path / "out")
    search(tried)
    assert tried.simulated == 0


def test_more_trials_go_on_from_those_that_are_there(once: Optimised, tmp_path: Path) -> None:
    fewer = problem_in(tmp_path, SEARCH.replace("trials = 8", "trials = 5"))
    optimise(fewer, tmp_path / "out")
    assert told(optimise(problem_in(tmp_path), tmp_path / "out")) == told(once)


def test_another_seed_is_another_search_on_the_same_random_numbers(once: Optimised, tmp_path: Path) -> None:
    other = optimise(problem_in(tmp_path, "seed = 2\n" + SEARCH), tmp_path / "out")
    assert told(other)[0] != told(once)[0]
    assert other.base["market_share"].tolist() == once.base["market_share"].tolist()
    assert other.problem.default_folder() != once.problem.default_folder()


def test_another_market_is_refused(tmp_path: Path) -> None:
    optimise(problem_in(tmp_path), tmp_path / "out")
    other = problem_in(tmp_path, SEARCH, MARKET.replace("saturation = 0.9", "saturation = 0.8"))
    with pytest.raises(InputError, match=r"another optimisation: the scenario differs"):
        optimise(other, tmp_path / "out")
    optimise(other, tmp_path / "out", fresh=True)


def test_what_less_is_better_of_is_made_less(tmp_path: Path) -> None:
    found = optimise(problem_in(tmp_path, SEARCH.replace("market_share", "cost")), tmp_path / "out")
    for trial in found.trials:
        assert trial.gains[0] == pytest.approx(float((found.base["cost"] - trial.found["cost"]).mean()))


def test_a_budget_is_kept(tmp_path: Path) -> None:
    """Tools cost; a budget below one tool's price leaves trials without tools only."""
    problem = problem_in(tmp_path, SEARCH.replace("trials = 8", "trials = 16\nbudget = { cost_tools = 100 }"))
    found = optimise(problem, tmp_path / "out")
    beyond = [trial for trial in found.trials if not trial.within]
    assert beyond
    assert all(trial.strategy.tools for trial in beyond)
    assert all(not final.trial.strategy.tools and final.within for final in found.finals)
    assert found.finals
    relative = SEARCH.replace("trials = 8", 'trials = 8\nbudget = { cost = "100.5%" }')
    part = problem_in(tmp_path, relative)
    base = Tried(part, tmp_path / "b").measured(part.baseline, range(3))
    (over,) = search(Tried(part, tmp_path / "b"))[0].over.values()
    assert over == pytest.approx(-0.005 * base["cost"].mean())


class Known:
    """Stands in for the simulation: a number that the strategy decides, and chance that it doesn't."""

    def __init__(self, problem: Problem, gain: float, sd: float, own: bool) -> None:
        self.problem, self.gain, self.sd, self.own = problem, gain, sd, own

    def compact(self) -> None:
        """Nothing is kept."""

    def measured(self, strategy: Strategy, numbers: Any) -> dict[str, np.ndarray]:
        away = strategy.plan.selling - 0.4
        names = {"market_share": self.gain * away, "cost": 100.0 * away * away}
        noise = np.array([np.random.default_rng([n, 7]).normal() for n in numbers])
        if self.own:
            # Chance of each strategy its own: the more are tried, the more chance favors the best.
            mark = zlib.crc32(address_of(strategy).encode())
            noise = np.array([np.random.default_rng([n, mark]).normal() for n in numbers])
        return {name: value + self.sd * noise for name, value in names.items()}


def known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, search_file: str, **law: Any) -> Optimised:
    problem = problem_in(tmp_path, search_file)
    monkeypatch.setattr("zerosum.studies.optimise.holdout.Tried", lambda *_: Known(problem, **law))
    return optimise(problem, tmp_path / "out")


def test_a_real_gain_is_found_and_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Selling pays, and chance is common to all: the search goes to where all is selling, and nothing was chance."""
    found = known(
        monkeypatch, tmp_path, SEARCH.replace("trials = 8", "trials = 60"), gain=1.0, sd=5.0, own=False
    )
    assert_readable(plot_optimise(found))
    best = found.best
    assert best is not None
    assert best.trial.strategy.plan.selling > 0.8
    assert best.fresh[0].mean == pytest.approx(best.searched[0].mean)


def test_the_search_learns_where_the_budget_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Selling pays, and above 0.6 costs too much: without being told, the search would stay there."""
    search_file = SEARCH.replace("trials = 8", "trials = 50\nbudget = { cost = 4 }")
    found = known(monkeypatch, tmp_path, search_file, gain=1.0, sd=0.0, own=False)
    late = found.trials[25:]
    assert sum(trial.within for trial in late) > 0.5 * len(late)
    assert found.best is not None
    assert 0.5 < found.best.trial.strategy.plan.selling <= 0.6


def test_where_nothing_is_to_be_gained_nothing_is_said_to_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Chance of its own for every strategy, and no gain: what the best gained is taken back on new simulated runs."""
    from zerosum.report.optimise_findings import format_findings

    search_file = SEARCH.replace("trials = 8", "trials = 40").replace("holdout = 6", "holdout = 40")
    found = known(monkeypatch, tmp_path, search_file, gain=0.0, sd=0.1, own=True)
    first = found.finals[0]
    assert first.searched[0].mean > 0.05
    assert abs(first.fresh[0].mean) < 0.06
    if not found.best.better():  # type: ignore[union-attr]  # there is one: no budget
        assert format_findings(found)[0].startswith("Nothing better than 'usual' can be told from chance")
    assert any("winner's curse" in line for line in format_findings(found))


def test_the_front_is_of_what_nobody_beats(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    search_file = SEARCH.replace('["market_share"]', '["market_share", "cost"]').replace(
        "trials = 8", "trials = 40"
    )
    found = known(monkeypatch, tmp_path, search_file, gain=1.0, sd=0.0, own=False)
    along = front(found.trials)
    for one in found.trials:
        beaten = any(
            b.gains[0] >= one.gains[0] and b.gains[1] >= one.gains[1] and b.gains != one.gains
            for b in found.trials
        )
        assert beaten != any(one.gains == other.gains for other in along)
    # More selling brings share, and costs by its distance from what is usual: less of it is beaten by the usual.
    assert len(along) >= 2
    assert all(trial.strategy.plan.selling >= 0.4 for trial in along)
    chosen = finalists(found.problem, found.trials)
    assert len(chosen) == 2
    assert chosen[0].gains[0] == max(trial.gains[0] for trial in along)
    assert len({address_of(t.strategy) for t in distinct(found.trials)}) == len(distinct(found.trials))
    assert_readable(plot_optimise(found))


def final(mean: float, low: float, high: float, over: float = -1.0) -> Final:
    fresh = Interval(mean, low, high, 5)
    nothing = Interval(0.0, 0.0, 0.0, 5)
    return Final(None, (nothing,), (fresh,), (0.5,), {"cost": over}, {"cost": nothing})  # type: ignore[arg-type]


def test_the_best_finalist_is_the_one_with_the_highest_mean_within_the_budget() -> None:
    low, high, dear = final(1.0, 0.5, 1.5), final(2.0, -0.5, 4.5), final(9.0, 8.0, 10.0, over=0.1)
    just = final(1.5, 1.0, 2.0, over=0.0)
    for finals in ([low, high, dear, just], [dear, just, high, low]):
        assert Optimised(None, [], finals, None, None).best is high  # type: ignore[arg-type]
    assert Optimised(None, [], [dear, just, low], None, None).best is just  # type: ignore[arg-type]
    assert Optimised(None, [], [dear], None, None).best is None  # type: ignore[arg-type]
    assert [one.within for one in (low, high, dear, just)] == [True, True, False, True]


@pytest.mark.parametrize(
    ("low", "high", "better"),
    [(0.5, 1.5, True), (-0.5, 1.5, False), (0.0, 1.5, False), (1.0, 1.0, False), (-2.0, -1.0, False)],
)
def test_a_finalist_is_better_if_its_interval_lies_above_nothing(
    low: float, high: float, better: bool
) -> None:
    """Without a spread nothing is known."""
    assert final((low + high) / 2, low, high).better() == better
