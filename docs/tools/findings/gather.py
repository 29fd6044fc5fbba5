"""Run every study of the page of findings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from docs.tools.findings.hangs import what_moves_it
from docs.tools.findings.hours import CASES, CONTRAST, STRATEGIES, asked, changed, observe_all, worth
from docs.tools.findings.kept import OF_EFFECTS, Kept
from zerosum.market.metrics import BY_NAME
from zerosum.runs.executors import Processes
from zerosum.runs.origin import origin
from zerosum.runs.question import hash_of
from zerosum.scenario import load_scenario, parse_scenario, results_hash
from zerosum.scenario.fits import Fits, load_fits
from zerosum.scenario.identity import canonical_json
from zerosum.scenario.spec import Scenario
from zerosum.studies.across import Across, across
from zerosum.studies.compare import kept_in
from zerosum.studies.effects import EFFECTS, Effect, Found, look_for
from zerosum.studies.facts import load_facts
from zerosum.studies.map import Map, Question, find_axes, make_map

SCENARIO, HOURS = "kickoff", "hours"
ALONE = {"comparison.adopters": ["focal"]}
"""The page's findings on the kick-off are of a vendor that moves alone."""


@dataclass(frozen=True)
class Sizes:
    """Number of replications of each part; of points where it says so."""

    hours: int = 160
    cases: int = 80
    moved_points: int = 1024
    map: int = 16
    map_points: int = 32
    tools: int = 40
    effects: int = 80


FULL = Sizes()
QUICK = Sizes(8, 8, 128, 4, 4, 4, 4)


@dataclass(frozen=True)
class Findings:
    """Results of all studies.

    Attributes
    ----------
    scenario : Scenario         the kick-off
    hours_market : Scenario     the same market with a strategy for each activity
    sizes : Sizes
    fits : Fits
    hours : DataFrame           what an hour brings, see :func:`worth`, with a column ``set`` (0: the default)
    cases : DataFrame           the same for CASES, with a column ``case``
    moved : DataFrame           see :func:`what_moves_it`
    map : Map                   over the two keys that move it most
    tools : Across              the scenario's own strategies, under every set
    effects : Found
    """

    scenario: Scenario
    hours_market: Scenario
    sizes: Sizes
    fits: Fits
    hours: pd.DataFrame
    cases: pd.DataFrame
    moved: pd.DataFrame
    map: Map
    tools: Across
    effects: Found


def gather(
    sizes: Sizes = FULL,
    workers: int = 1,
    on_part: Callable[[str], None] = lambda _: None,
    stop: threading.Event | None = None,
    folder: Path | None = None,
) -> Findings:
    """Run all studies: some minutes at the full sizes; what is in the folder isn't run again."""
    scenario, hours, fits = load_scenario(SCENARIO, ALONE), load_scenario(HOURS), load_fits()
    kept = Kept(folder)

    def sized(of: Scenario, often: int) -> Scenario:
        return parse_scenario(of, {"comparison.replications": often})

    by_set, by_case = [], []
    for number in range(len(fits.sets)):
        on_part(f"what another hour brings, set {number + 1} of {len(fits.sets)}")
        market = sized(fits.applied(hours, number), sizes.hours)
        rows = observe_all("hours", market, asked(market, everyone=True), workers, kept, stop)
        by_set.append(worth(market, rows).assign(set=number))
    for case in CASES:
        on_part(f"what another hour brings, if {case.words}")
        market = sized(changed(hours, case), sizes.cases)
        rows = observe_all("case", market, asked(market, ("prospecting", "preparation")), workers, kept, stop)
        by_case.append(worth(market, rows).assign(case=case.name))
    on_part("what moves it")
    moved = what_moves_it(hours, fits, sizes.moved_points, workers, kept, stop)
    with TemporaryDirectory() as none:
        home = folder or Path(none)
        on_part("a map of it")
        keys = tuple(moved["key"][:2])
        mapped = _map(hours, keys, sizes, _place(home, "map", hours, keys), workers, stop)
        on_part("tools, under every set")
        compared = sized(scenario, sizes.tools)
        parts = kept_in(_place(home, "tools", compared), compared, across_fits=True)
        tools = across(compared, fits, workers, stop=stop, kept=parts)
    effects = []
    for effect in EFFECTS:
        on_part(f"effect {effect.name}")
        effects.append(_tested(effect, sized(scenario, sizes.effects), workers, kept, stop))
    found = Found(scenario, EFFECTS, pd.concat(effects, ignore_index=True))
    return Findings(
        scenario, hours, sizes, fits, pd.concat(by_set), pd.concat(by_case), moved, mapped, tools, found
    )


def _map(
    hours: Scenario,
    keys: tuple[str, ...],
    sizes: Sizes,
    folder: Path,
    workers: int,
    stop: threading.Event | None,
) -> Map:
    question = Question(
        hours,
        STRATEGIES["preparation"],
        STRATEGIES["prospecting"],
        "focal",
        BY_NAME["arr"],
        sizes.map,
        sizes.map_points,
    )
    axes = find_axes(hours, keys, {}, {})
    return make_map(question, axes, folder, Processes(workers), load_facts(), stop=stop)


def _place(home: Path, name: str, scenario: Scenario, keys: tuple[str, ...] = ()) -> Path:
    """Return a folder of its own for each market and engine: studies refuse to go on in another's."""
    return home / f"{name}-{hash_of([results_hash(scenario), keys, dict(origin())])[:8]}"


def _tested(
    effect: Effect, market: Scenario, workers: int, kept: Kept, stop: threading.Event | None
) -> pd.DataFrame:
    """Return an effect's rows of the table of effects."""
    rows = kept.get(
        effect.name,
        canonical_json(market),
        lambda: look_for([effect], market, workers, stop=stop).table.to_dict("records"),
        OF_EFFECTS,
    )
    return pd.DataFrame(rows).astype(dict.fromkeys(("mean", "low", "high", "margin"), float))


def fingerprint(scenario: Scenario | None = None, hours: Scenario | None = None) -> Mapping[str, float]:
    """Return numbers of every experiment's first replication: they check that a page is of this model.

    A page is up to date if the model still gives these numbers.
    """
    market, longer = scenario or load_scenario(SCENARIO, ALONE), hours or load_scenario(HOURS)

    def ignore(_week: int, _weeks: int) -> None:
        return None

    numbers: dict[str, float] = {}
    for effect in EFFECTS:
        row = effect.observe(market, 0, ignore)
        numbers |= {f"{effect.name}.{name}": round(float(values.sum()), 9) for name, values in row.items()}
    longer = parse_scenario(longer, {"comparison.replications": 1})
    found = worth(longer, observe_all("hours", longer, asked(longer)))
    for _, one in found[(found["yardstick"] == "arr") & (found["activity"] != CONTRAST)].iterrows():
        numbers[f"hours.{one['activity']}"] = round(float(one["mean"]), 9)
    return numbers
