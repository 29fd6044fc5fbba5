"""Run every study of the page of findings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from docs.tools.findings.hours import AS_IT_IS, CASES, worth_of_hours
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.fits import Fits, load_fits
from zerosum.scenario.spec import Scenario
from zerosum.studies.across import Across, across
from zerosum.studies.effects import EFFECTS, Found, look_for

SCENARIO = "kickoff"


@dataclass(frozen=True)
class Sizes:
    """Number of replications of each part."""

    hours: int = 120
    effects: int = 80
    hours_per_fit: int = 50
    tools_per_fit: int = 15


FULL = Sizes()


@dataclass(frozen=True)
class Findings:
    """Results of all studies.

    Attributes
    ----------
    scenario : Scenario
    sizes : Sizes
    hours : DataFrame           see :func:`worth_of_hours`
    hours_by_fit : DataFrame    the same for the scenario as it is, with a column ``fit``
    tools : Across              the scenario's own strategies, under every fit
    effects : Found
    """

    scenario: Scenario
    sizes: Sizes
    fits: Fits
    hours: pd.DataFrame
    hours_by_fit: pd.DataFrame
    tools: Across
    effects: Found


def gather(
    sizes: Sizes = FULL,
    workers: int = 1,
    on_part: Callable[[str], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> Findings:
    """Run all studies: some minutes at the full sizes."""
    scenario, fits = load_scenario(SCENARIO), load_fits()

    def sized(of: Scenario, replications: int) -> Scenario:
        return parse_scenario(of, {"comparison.replications": replications})

    on_part("what another hour buys")
    hours = worth_of_hours(sized(scenario, sizes.hours), CASES, workers, stop=stop)
    on_part("the same under every fit")
    by_fit = []
    for k in range(len(fits.sets)):
        frame = worth_of_hours(
            sized(fits.applied(scenario, k), sizes.hours_per_fit), [AS_IT_IS], workers, stop=stop
        )
        by_fit.append(frame.assign(fit=k))
    on_part("tools, under every fit")
    tools = across(sized(scenario, sizes.tools_per_fit), fits, workers, stop=stop)
    on_part("effects")
    effects = look_for(EFFECTS, sized(scenario, sizes.effects), workers, stop=stop)
    return Findings(scenario, sizes, fits, hours, pd.concat(by_fit, ignore_index=True), tools, effects)


def fingerprint(scenario: Scenario | None = None) -> Mapping[str, float]:
    """Return numbers of every experiment's first replication: they check that a page is of this model.

    A page is up to date if the model still gives these numbers.
    """
    market = scenario or load_scenario(SCENARIO)

    def ignore(_week: int, _weeks: int) -> None:
        return None

    numbers: dict[str, float] = {}
    for effect in EFFECTS:
        row = effect.observe(market, 0, ignore)
        numbers |= {f"{effect.name}.{name}": round(float(values.sum()), 9) for name, values in row.items()}
    hours = worth_of_hours(parse_scenario(market, {"comparison.replications": 1}), [AS_IT_IS])
    means = hours[hours["number"] == "new_business"]
    numbers |= {
        f"hours.{activity}": round(float(mean), 9)
        for activity, mean in zip(means["activity"], means["mean"], strict=True)
    }
    return numbers
