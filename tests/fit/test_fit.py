"""A whole fit of a small simulated team: known values are found, files can be read again, a second call is free."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from zerosum.cli import main
from zerosum.crm import save_team
from zerosum.crm.simulated import simulate_team
from zerosum.crm.tables import TeamData
from zerosum.errors import InputError
from zerosum.runs.executors import Executor, Threads
from zerosum.scenario import load_scenario, parse_scenario
from zerosum.scenario.fits import load_fits
from zerosum.scenario.spec import Scenario
from zerosum.studies.fit import Fitted, estimates, fit_team, fits_toml, scenario_toml
from zerosum.studies.fit.base import base_of
from zerosum.studies.fit.design import Design
from zerosum.studies.fit.ensemble import ensemble_of, fitted_scenario
from zerosum.studies.fit.fit import FREE, model_of
from zerosum.studies.fit.posterior import Posterior

TRUE = {
    "choice.no_decision": 2.6,
    "segments.small.switching_cost": 1.6,
    "segments.mid.switching_cost": 2.3,
    "segments.enterprise.switching_cost": 3.4,
    "invitations.competitors": 0.15,
    "contracts.attrition": 0.06,
}


def small_kickoff() -> Scenario:
    vendors = {f"vendors.{name}.reps": 4 for name in ("Alder", "Brightwell", "Corvane", "Delmark")}
    return parse_scenario(
        load_scenario("kickoff"), {**vendors, "market.buyers": 1400, "comparison.seed": 31, **TRUE}
    )


@pytest.fixture(scope="module")
def team() -> TeamData:
    return simulate_team(small_kickoff()).team


def test_the_base_is_near_the_truth(team: TeamData) -> None:
    base = base_of(team)
    truth = small_kickoff()
    assert [vendor.reps for vendor in base.scenario.vendors] == [4] * 4
    assert (base.scenario.clock.weeks, base.scenario.clock.warmup_weeks) == (156, 208)
    assert [row.name for row in base.scenario.segments] == ["small", "mid", "enterprise"]
    assert base.scenario.money.currency == team.currency
    for ours, theirs in zip(base.scenario.segments, truth.segments, strict=True):
        assert ours.share == pytest.approx(theirs.share, abs=0.04)
        assert ours.value_median == pytest.approx(theirs.value_median, rel=0.4)
        assert ours.evaluation_weeks == pytest.approx(theirs.evaluation_weeks, rel=0.35)
    assert 0.5 < base.scenario.market.buyers / truth.market.buyers < 2.0
    assert {value.origin for value in base.values} == {"data", "prior", "assumption"}


def test_a_pipeline_without_segments_has_kickoffs(team: TeamData) -> None:
    deals = team.opportunities.assign(segment=None, amount=team.opportunities["amount"] * 10)
    base = base_of(replace(team, opportunities=deals, accounts=None))
    kickoff = load_scenario("kickoff")
    for ours, theirs in zip(base.scenario.segments, kickoff.segments, strict=True):
        assert ours.share == theirs.share
        assert ours.value_median == pytest.approx(10 * theirs.value_median, rel=0.5)


def test_what_is_too_little_is_refused(team: TeamData) -> None:
    deals = team.opportunities
    few = replace(team, opportunities=deals.iloc[:60])
    with pytest.raises(InputError, match="a fit needs 100 closed deals"):
        base_of(few)
    only_wins = replace(team, opportunities=deals[deals["outcome"] == "won"])
    with pytest.raises(InputError, match="some that are lost"):
        base_of(only_wins)
    first = pd.Timestamp(deals["created"].min())
    early = deals[(deals["closed"] < first + pd.Timedelta(weeks=40)) & (deals["closed"].notna())]
    day: datetime.date = (first + pd.Timedelta(weeks=40)).date()
    with pytest.raises(InputError, match="40 weeks before the export's date; a fit needs 52"):
        base_of(replace(team, opportunities=early, as_of=day))


def made_up(team: TeamData) -> Fitted:
    """Make a fit without simulating: places spread evenly, of which the last parameter's is known well."""
    base = base_of(team)
    model = model_of(base)
    design = Design.spread(model, 64)
    places = design.places.copy()
    places[:, -1] = 0.4 + 0.2 * places[:, -1]
    posterior = Posterior(places, np.full(64, 1 / 64), 300, np.array([False, True]))
    check = pd.DataFrame(
        {
            "statistic": ["win_rate", "held_share"],
            "data": [0.5, 0.9],
            "low": [0.4, 0.5],
            "middle": [0.5, 0.6],
            "high": [0.6, 0.7],
            "p": [0.9, 0.0],
        }
    )
    design = Design(places, design.numbers)
    chosen = [design.numbers.index(0), 5, 9]
    return Fitted(
        base,
        model,
        posterior,
        check,
        {"leavers": "the data don't have it"},
        fitted_scenario(model, places[chosen[0]].tolist()),
        ensemble_of(model, design, chosen, posterior),
    )


def test_the_command_writes_what_can_be_read_again(
    team: TeamData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = made_up(team)
    monkeypatch.setattr("zerosum.studies.fit.fit_team", lambda *_, **__: fitted)
    folder = tmp_path / "own"
    save_team(folder, team)
    done = CliRunner().invoke(main, ["fit", str(folder), "--details"])
    assert done.exit_code == 0, done.output
    words = " ".join(done.output.split())
    for part in (
        "1 of 2 figures of your data lie in the middle 90 % of what the fitted market gives. Nearly all should:",
        "Off: new business held by a competitor. 1 figure lies beyond all simulated teams, so take the fit with care.",
        "1 of 13 values that were fitted",
        "LEFT OUT reps who left, per rep and year: the data don't have it.",
        "NEXT compare strategies under 3 sets of values that fit: zerosum compare",
        "Your data beside the fitted market",
    ):
        assert part in words, part
    scenario = load_scenario(folder / "scenario.toml")
    for name in ("clock", "market", "choice", "contracts", "invitations", "effort", "quota", "turnover"):
        written, given = getattr(scenario, name).model_dump(), getattr(fitted.scenario, name).model_dump()
        numbers = {key: value for key, value in given.items() if isinstance(value, float)}
        assert {key: written[key] for key in numbers} == pytest.approx(numbers, rel=1e-5), name
    for ours, theirs in zip(scenario.segments, fitted.scenario.segments, strict=True):
        assert ours.name == theirs.name
        assert ours.evaluation_weeks == pytest.approx(theirs.evaluation_weeks, rel=1e-5)
        assert ours.switching_cost == pytest.approx(theirs.switching_cost, rel=1e-5)
    fits = load_fits(folder / "fits.toml")
    assert [one.replaces for one in fits.parameters].count(True) == 13
    assert fits.changes(scenario, 0).moved == pytest.approx(0.0, abs=0.001)
    assert fits.applied(scenario, 1).market.buyers == round(fits.sets[1]["market.buyers"])
    # Every value says where it comes from.
    lines = [line for line in (folder / "scenario.toml").read_text("utf-8").splitlines() if " = " in line]
    silent = [
        line for line in lines if "# " not in line and not line.startswith(("extends", "question", "name"))
    ]
    assert silent == []
    said = json.loads((folder / "fit.json").read_text("utf-8"))
    assert said["left_out"] == {"leavers": "the data don't have it"}
    assert [one["identified"] for one in said["values"]] == [True] + 12 * [False]
    assert json.loads(CliRunner().invoke(main, ["fit", str(folder), "--json", "-q"]).stdout) == said


def test_the_command_refuses_what_is_no_pipeline(team: TeamData, tmp_path: Path) -> None:
    for folder, words in ((tmp_path / "none", "none"), (tmp_path / "few", "a fit needs 100 closed deals")):
        if folder.name == "few":
            save_team(folder, replace(team, opportunities=team.opportunities.iloc[:60], stages=None))
        done = CliRunner().invoke(main, ["fit", str(folder)])
        assert done.exit_code == 2
        assert words in " ".join(done.stderr.split())
        assert not (folder / "scenario.toml").exists()


@pytest.mark.slow
def test_a_known_market_is_found_again(team: TeamData, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    executor: Executor = Threads(2)  # type: ignore[assignment]  # of any batches
    fitted = fit_team(team, tmp_path, executor, 192, on_done=lambda *state: told.append(state))
    assert told[0] == (0, 192)
    found = {one.free.key: one for one in estimates(fitted)}
    assert set(found) == {*FREE, "market.buyers"}
    for key in ("choice.no_decision", "invitations.competitors", "contracts.attrition"):
        one = found[key]
        width = one.high - one.low
        assert one.low - 0.25 * width <= TRUE[key] <= one.high + 0.25 * width, key
        assert one.identified, key
    # The middle 90 % of the check holds most of what was fitted.
    assert (
        (fitted.check["low"] <= fitted.check["data"]) & (fitted.check["data"] <= fitted.check["high"])
    ).mean() > 0.7
    (tmp_path / "fits.toml").write_text(fits_toml(fitted), "utf-8")
    fits, scenario = load_fits(tmp_path / "fits.toml"), parse_scenario(scenario_toml(fitted))
    assert len(fits.sets) == 6
    for number in range(len(fits.sets)):
        values = fits.applied(scenario, number)
        assert values.choice.no_decision == pytest.approx(fits.sets[number]["choice.no_decision"])
    assert fits.changes(scenario, 0).moved == pytest.approx(0.0, abs=0.001)
    told.clear()
    again = fit_team(team, tmp_path, executor, 192, on_done=lambda *state: told.append(state))
    assert told == [(192, 192), (64, 64)]
    assert scenario_toml(again) == scenario_toml(fitted)
    assert fits_toml(again) == fits_toml(fitted)
