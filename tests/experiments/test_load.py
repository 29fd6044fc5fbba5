"""What an experiment's file may say, and what is told of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator.cli import main
from simulator.experiments import ExperimentError, Study, load_experiment
from tests.experiments.market import EXPERIMENT, put


def replaced(old: str, new: str) -> str:
    assert EXPERIMENT.count(old) == 1, old
    return EXPERIMENT.replace(old, new)


SATURATION = 'key = "market.saturation"\nvalues = [0.2, 0.9]'
REPS = 'key = "vendors.Alder.reps"\nlow = 2\nhigh = 4\nsteps = 3'
TOP = 'question = "Where do calls pay?"'

FAULTS = {
    "no TOML": ("scenario = ", ["line 1, column 11: there is no valid value"]),
    "no scenario": (replaced('scenario = "market.toml"', ""), ["scenario is missing"]),
    "no such scenario": (
        replaced("market.toml", "workshp"),
        ["scenario = 'workshp'", "did you mean 'workshop'?"],
    ),
    "an unknown key": (replaced("replications", "replicatons"), ["no key 'replicatons'", "'replications'?"]),
    "an unknown key of a factor": (
        replaced("steps", "step"),
        ["[[factors]] 2 (vendors.Alder.reps)", "'steps'?"],
    ),
    "a text for a number": (replaced("replications = 3", 'replications = "3"'), ["replications = '3'"]),
    "no replications": (replaced("replications = 3", "replications = 0"), ["replications = 0", "1"]),
    "an unknown metric": (replaced('"attempts"', '"atempts"'), ["no metric 'atempts'", "'attempts'?"]),
    "an unknown factor path": (
        replaced("market.saturation", "market.saturatoin"),
        ["market.saturatoin", "did you mean 'saturation'?"],
    ),
    "no such row": (replaced("vendors.Alder.reps", "vendors.Aldr.reps"), ["Aldr", "did you mean 'Alder'?"]),
    "an empty range": (replaced("high = 4", "high = 2"), ["low = 2", "high = 2"]),
    "an empty list": (replaced("values = [0.2, 0.9]", "values = []"), ["nothing to vary"]),
    "not a number": (replaced("high = 4", "high = inf"), ["(vendors.Alder.reps)", "high = inf"]),
    "a value twice": (replaced("0.2, 0.9", "0.2, 0.2"), ["0.2 stands there twice"]),
    "a range in a grid": (replaced("\nsteps = 3", ""), ["'reps'", "steps"]),
    "a list and a range": (replaced("steps = 3", "values = [2, 3]"), ["'low' doesn't go with 'values'"]),
    "a value that can't be": (replaced("0.2, 0.9", "0.2, 1.9"), ["at saturation = 1.9", "market.saturation"]),
    "a key twice": (replaced("vendors.Alder.reps", "market.saturation"), ["two factors 'saturation'"]),
    "a key twice, by other names": (
        replaced(REPS, REPS.replace("vendors.Alder.reps", "market.saturation") + '\nname = "other"'),
        ["two factors set 'market.saturation'"],
    ),
    "set and varied": (
        'set = { "market.saturation" = 0.3 }\n' + EXPERIMENT,
        ["is a factor, and stands in [set]"],
    ),
    "said elsewhere": ('set = { "comparison.arms" = ["usual"] }\n' + EXPERIMENT, ["said by 'arms'"]),
    "a name that is taken": (replaced("steps = 3", 'steps = 3\nname = "gini"'), ["'gini'", "another name"]),
    "nothing varies": ('scenario = "market.toml"', ["nothing varies"]),
    "an unknown design": (EXPERIMENT + '[design]\nkind = "gird"', ["[design]", "'gird'"]),
    "a design without its points": (EXPERIMENT + '[design]\nkind = "sobol"', ["[design]", "needs points"]),
    "no power of two": (
        EXPERIMENT + '[design]\nkind = "sobol"\npoints = 100',
        ["powers of two", "64 or 128"],
    ),
    "a key of another design": (EXPERIMENT + "[design]\npoints = 8", ["'points' doesn't go with"]),
    "a constraint of no factor": (
        f'constraints = ["satration < 1"]\n{EXPERIMENT}',
        ["'satration'", "'saturation'?"],
    ),
    "a constraint that is none": (f'constraints = ["saturation +"]\n{EXPERIMENT}', ["is no condition"]),
    "a constraint that compares nothing": (f'constraints = ["reps + 1"]\n{EXPERIMENT}', ["compares nothing"]),
    "a constraint that does things": (
        f"constraints = [\"__import__('os').system('true') < 1\"]\n{EXPERIMENT}",
        ["only factors, numbers"],
    ),
    "a constraint that nothing fulfils": (f'constraints = ["reps > 9"]\n{EXPERIMENT}', ["no point is left"]),
    "too large a grid": (
        replaced("high = 4\nsteps = 3", "high = 1000\nsteps = 900").replace(
            "values = [0.2, 0.9]", "low = 0\nhigh = 1\nsteps = 100000"
        ),
        ["points; at most 1,000,000"],
    ),
    "an unknown arm": (f'arms = ["usal"]\n{EXPERIMENT}', ["usal", "did you mean 'usual'?"]),
    "an unknown world": (f'worlds = ["alon"]\n{EXPERIMENT}', ["worlds", "'alon'"]),
    "a precision that can't be": (
        EXPERIMENT + '[precision]\nmetric = "attempts"\nhalfwidth = "1"\nat_most = 2',
        ["at_most = 2 is below replications = 3"],
    ),
    "an amount of no unit": (
        EXPERIMENT + '[precision]\nmetric = "gini"\nhalfwidth = "1 week"\nat_most = 20',
        ["[precision]", "halfwidth", "1 week"],
    ),
    "a level of nothing": (
        replaced(SATURATION, 'name = "x"\nlevels = [{ name = "a", set = {} }]'),
        ["two or more"],
    ),
    "levels without a name": (
        replaced(SATURATION, 'levels = [{ name = "a", set = {} }, { name = "b", set = {} }]'),
        ["name"],
    ),
    "a list without its file": (EXPERIMENT + '[design]\nkind = "list"\nfile = "none.csv"', ["none.csv"]),
    "a normal law without a width": (
        replaced("steps = 3", 'distribution = "normal"\nmean = 3').replace("low = 2\nhigh = 4\n", ""),
        ["needs mean and sd"],
    ),
    "a logarithm of nothing": (replaced("low = 2", 'scale = "log"\nlow = 0'), ["above 0"]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_the_file_and_what_is_wrong(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text, said = FAULTS[name]
    put(tmp_path, text)
    done = CliRunner().invoke(main, ["sweep", "small.toml"])
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    for words in ("small.toml", *said):
        assert words in done.stderr, done.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("market_seed = 1\nparameters = []", "zerosum calibrate"),
        ("[market]\nbuyers = 10", "zerosum compare"),
    ],
)
def test_another_kind_of_file_is_told_its_command(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ExperimentError, match=said):
        load_experiment(tmp_path / "x.toml")


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    file = put(tmp_path)
    with pytest.raises(ExperimentError, match=r"there is no such file; did you mean '.*small\.toml'"):
        load_experiment(file.with_name("smal.toml"))


def test_an_experiment_takes_its_name_from_its_file(tmp_path: Path) -> None:
    assert load_experiment(put(tmp_path)).name == "small"
    assert load_experiment(put(tmp_path, 'name = "other"\n' + EXPERIMENT)).name == "other"


def test_labels_and_replications_change_no_hash(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        file = put(tmp_path, text)
        return Study(load_experiment(file), file).hash

    plain = digest(EXPERIMENT)
    assert digest(replaced("replications = 3", "replications = 30")) == plain
    assert digest(replaced("steps = 3", 'steps = 3\nlabel = "Team"')) == plain
    assert digest(replaced(TOP, 'question = "Another?"')) == plain
    assert digest(replaced("0.2, 0.9", "0.9, 0.2")) != plain
    assert digest('set = { "comparison.seed" = 5 }\n' + EXPERIMENT) != plain
