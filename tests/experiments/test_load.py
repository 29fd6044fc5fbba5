"""What an experiment's file may say, and what is told of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.each import each
from tests.experiments.market import EXPERIMENT, put
from zerosum.cli import main
from zerosum.errors import InputError
from zerosum.studies.sweep import Study, load_experiment

pytestmark = pytest.mark.uncompiled


def replaced(old: str, new: str) -> str:
    assert EXPERIMENT.count(old) == 1, old
    return EXPERIMENT.replace(old, new)


SATURATION = 'key = "market.saturation"\nvalues = [0.2, 0.9]'
REPS = 'key = "vendors.Alder.reps"\nlow = 2\nhigh = 4\nsteps = 3'
TOP = 'question = "Where do calls pay?"'

FAULTS = {
    "no TOML": ("scenario = ", ["line 1, column 11: there is no value after '='"]),
    "no scenario": (
        replaced('scenario = "market.toml"', ""),
        ["'scenario' is missing; it must be given: text in quotes"],
    ),
    "no such scenario": (
        replaced("market.toml", "workshp"),
        ["scenario = 'workshp'", "did you mean 'workshop'?"],
    ),
    "an unknown key": (
        replaced("replications", "replicatons"),
        ["unknown key 'replicatons' at the top level", "'replications'?"],
    ),
    "an unknown key of a factor": (
        replaced("steps", "step"),
        ["[[factors]] 2 (vendors.Alder.reps)", "'steps'?"],
    ),
    "a text for a number": (
        replaced("replications = 3", 'replications = "3"'),
        ['replications = "3" is text', "write 3, without quotes; it must be a whole number from 1"],
    ),
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
    "a value that can't be": (
        replaced("0.2, 0.9", "0.2, 1.9"),
        ["at saturation = 1.9, reps = 2: market.saturation = 1.9 is too large"],
    ),
    "a key twice": (replaced("vendors.Alder.reps", "market.saturation"), ["two factors 'saturation'"]),
    "a key twice, by other names": (
        replaced(REPS, REPS.replace("vendors.Alder.reps", "market.saturation") + '\nname = "other"'),
        ["two factors set 'market.saturation'"],
    ),
    "set and varied": (
        'set = { "market.saturation" = 0.3 }\n' + EXPERIMENT,
        ["is a factor, and stands in [set]"],
    ),
    "settings in double brackets": (
        EXPERIMENT + '[[set]]\n"market.buyers" = 70',
        ["set = [a table] is a list of tables, not one table; write [set], once, not [[set]]"],
    ),
    "a row's value without quotes": (
        EXPERIMENT + "[set]\nvendors.Elm.reps = 3",
        ["set one value of it by a key in quotes: 'vendors.Elm.reps'"],
    ),
    "a scenario by its name and by its file": (
        replaced('"market.toml"', '["market.toml", "./market.toml"]'),
        ["scenario: 'market.toml' and './market.toml' are the same scenario"],
    ),
    "a reserved name": ('name = "Con"\n' + EXPERIMENT, ["'Con' is reserved on Windows"]),
    "a number beyond all sense": (
        replaced("high = 4", "high = 1e300"),
        ["(vendors.Alder.reps)", "high = 1e+300"],
    ),
    "a spread of nothing": (
        replaced("steps = 3", 'distribution = "normal"\nmean = 3.0\nsd = 1e-320'),
        ["(vendors.Alder.reps)", "sd = 1e-320"],
    ),
    "ratios beyond all sense": (
        replaced("low = 2", 'scale = "log"\nlow = 1e-300'),
        ["high = 4 is more than 1e+12 times low = 1e-300"],
    ),
    "a row by name and by number": (
        EXPERIMENT + '[[factors]]\nkey = "vendors.0.reps"\nname = "other"\nvalues = [3, 5]',
        ["two factors set 'vendors.Alder.reps' (as 'vendors.Alder.reps' and as 'vendors.0.reps')"],
    ),
    "a key with spaces and one without": (
        EXPERIMENT + "[[factors]]\nkey = 'market . \"saturation\"'\nname = 'other'\nvalues = [0.1, 0.3]",
        ["two factors set 'market.saturation' (as 'market.saturation' and as 'market . \"saturation\"')"],
    ),
    "a table and a key of it": (
        replaced(
            REPS,
            'name = "x"\nlevels = [{ name = "a", set = { market = { saturation = 0.5, buyers = 70 } } }, '
            '{ name = "b", set = {} }]',
        ),
        ["two factors set 'market.saturation' (as 'market.saturation' and as 'market')"],
    ),
    "rows and a key of one": (
        replaced(
            SATURATION,
            'name = "x"\nlevels = [{ name = "a", set = { vendors = [{ name = "Alder", reps = 9 }] } }, '
            '{ name = "b", set = {} }]',
        ),
        ["two factors set 'vendors.Alder.reps'"],
    ),
    "a level that sets a key twice": (
        replaced(
            SATURATION,
            'name = "x"\nlevels = [{ name = "a", set = { "market.buyers" = 70, "market . buyers" = 80 } '
            '}, { name = "b", set = {} }]',
        ),
        ["'market.buyers' and 'market . buyers' set the same value"],
    ),
    "a linked key that is the key": (
        replaced("values = [0.2, 0.9]", 'values = [0.2, 0.9]\nalso = { "market . saturation" = 2.0 }'),
        ["'market.saturation' and 'market . saturation' set the same value"],
    ),
    "set and varied, spelled otherwise": (
        "set = { 'market . saturation' = 0.3 }\n" + EXPERIMENT,
        ["'market.saturation' is a factor, and stands in [set] as well (as 'market . saturation' and as"],
    ),
    "set in a table and varied": (
        EXPERIMENT + "[set.market]\nsaturation = 0.3",
        [
            "'market.saturation' is a factor, and stands in [set] as well (as 'market' and as 'market.saturation')"
        ],
    ),
    "set twice": (
        "set = { 'vendors.0.presales' = 3, 'vendors.Alder.presales' = 4 }\n" + EXPERIMENT,
        ["vendors.Alder.presales is set by '[set] vendors.0.presales' as well"],
    ),
    "a key with an equals sign": (
        replaced('"market.saturation"', '"market.saturation="'),
        ["'market.saturation=' is no key"],
    ),
    "a row's name": (
        replaced(REPS, 'key = "vendors.0.name"\nvalues = ["A", "B"]\nname = "called"'),
        ["'vendors.0.name' is a row's name"],
    ),
    "the seed where each point has its own": (
        'random_numbers = "own"\n' + replaced(REPS, 'key = "comparison.seed"\nvalues = [1, 2]'),
        ["'comparison.seed' has no effect where random_numbers = \"own\""],
    ),
    "what the scenario is uncertain of": (
        'set = { uncertain = [{ key = "market . saturation", low = 0.3, high = 0.5 }] }\n' + EXPERIMENT,
        ["'market.saturation' would have no effect: the scenario is uncertain of market.saturation"],
    ),
    "said elsewhere, spelled otherwise": (
        "set = { 'comparison . \"strategies\"' = ['usual'] }\n" + EXPERIMENT,
        [
            "'comparison.strategies' (as 'comparison . \"strategies\"') has no meaning here: it is said by 'strategies'"
        ],
    ),
    "said elsewhere, in a table": (
        EXPERIMENT + "[set.comparison]\nadopters = ['focal']",
        ["'comparison.adopters'", "'adopters'"],
    ),
    "a value twice, whole and not": (replaced("0.2, 0.9", "1, 1.0"), ["1.0 stands there twice"]),
    "a metric twice": (
        replaced('"gini", "attempts"', '"gini", "gini"'),
        ["metrics: one of them stands there twice"],
    ),
    "a set that can't be": (
        'set = { "clock.warmup_weeks" = "3" }\n' + EXPERIMENT,
        ["scenario = 'market.toml': [set] clock.warmup_weeks: ", "write 3, without quotes"],
    ),
    "said elsewhere": (
        'set = { "comparison.strategies" = ["usual"] }\n' + EXPERIMENT,
        ["said by 'strategies'"],
    ),
    "a name that is taken": (replaced("steps = 3", 'steps = 3\nname = "gini"'), ["'gini'", "another name"]),
    "nothing varies": ('scenario = "market.toml"', ["nothing varies"]),
    "an unknown design": (
        EXPERIMENT + '[design]\nkind = "gird"',
        ["[design]", 'kind = "gird"', "mean 'grid'?"],
    ),
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
    "an unknown strategy": (f'strategies = ["usal"]\n{EXPERIMENT}', ["usal", "did you mean 'usual'?"]),
    "unknown adopters": (
        f'adopters = ["focl"]\n{EXPERIMENT}',
        ["adopters.0 = \"focl\" is not known; did you mean 'focal'?"],
    ),
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


@each("name", FAULTS)
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
    with pytest.raises(InputError, match=said):
        load_experiment(tmp_path / "x.toml")


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    file = put(tmp_path)
    with pytest.raises(InputError, match=r"there is no such file; did you mean '.*small\.toml'"):
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


def test_keys_are_kept_in_one_spelling(tmp_path: Path) -> None:
    """However they are spelled, it is the same study; other keys of a table in [set] are no clash."""
    plain = Study(load_experiment(put(tmp_path)), tmp_path / "small.toml")
    odd = EXPERIMENT.replace('"market.saturation"', "'market . \"saturation\"'").replace(
        "vendors.Alder", "vendors.0"
    )
    study = Study(load_experiment(put(tmp_path, odd)), tmp_path / "small.toml")
    assert [factor.key for factor in study.experiment.factors] == ["market.saturation", "vendors.Alder.reps"]
    assert [factor.name for factor in study.experiment.factors] == ["saturation", "reps"]
    assert study.hash == plain.hash
    assert study.place(0).changes == {"market.saturation": 0.2, "vendors.Alder.reps": 2}
    levels = """scenario = "market.toml"
set = { market = { buyers = 70 }, "vendors . 1 . presales" = 2 }
[[factors]]
key = "market.saturation"
values = [0.2, 0.9]
also = { " need.innovation_per_year" = 2.0 }
[[factors]]
name = "who"
levels = [{ name = "a", set = { "vendors.0.reps" = 5 } }, { name = "b", set = { 'vendors."Elm".reps' = 5 } }]
"""
    study = Study(load_experiment(put(tmp_path, levels)), tmp_path / "small.toml")
    assert study.place(3).changes == {
        "market.saturation": 0.9,
        "need.innovation_per_year": 1.8,
        "vendors.Elm.reps": 5,
    }
    assert study.experiment.set == {"market": {"buyers": 70}, "vendors.Elm.presales": 2}
    scenario = study.scenario(3)
    assert (scenario.market.buyers, scenario.vendors[1].reps, scenario.vendors[1].presales) == (70, 5, 2)


def test_a_row_that_has_another_name_in_each_scenario_is_kept_by_its_number(tmp_path: Path) -> None:
    text = EXPERIMENT.replace(
        'scenario = "market.toml"', 'scenario = ["market.toml", "workshop"]\nstrategies = ["usual"]'
    )
    file = put(tmp_path, text.replace("vendors.Alder.reps", "vendors. 1 .reps"))
    study = Study(load_experiment(file), file)
    assert [base.vendors[1].name for base in study.bases] == ["Elm", "Brightwell"]
    assert study.experiment.factors[1].key == "vendors.1.reps"


@pytest.mark.parametrize(
    ("design", "own"),
    [
        ('kind = "grid"', False),
        ('kind = "latin-hypercube"\npoints = 4', True),
        ('kind = "sobol"\npoints = 4', True),
        ('kind = "saltelli"\npoints = 4', True),
        ('kind = "morris"\ntrajectories = 4', True),
    ],
)
def test_whose_random_numbers_points_have_hangs_on_the_design(tmp_path: Path, design: str, own: bool) -> None:
    """Listed points are held against each other, a sample's are averaged over. A file's own word is kept."""
    text = EXPERIMENT.replace("values = [0.2, 0.9]", "low = 0.2\nhigh = 0.9\nsteps = 3")
    if own:
        text = text.replace("steps = 3\n", "")
    for said, expected in (("", "own" if own else "common"), ("own", "own"), ("common", "common")):
        file = put(tmp_path, (f'random_numbers = "{said}"\n' if said else "") + f"{text}\n[design]\n{design}")
        assert load_experiment(file).random_numbers == expected


def test_a_design_at_fault_is_the_only_fault_told(tmp_path: Path) -> None:
    """That the default of noise hangs on it is nobody's news."""
    with pytest.raises(InputError) as error:
        load_experiment(put(tmp_path, EXPERIMENT + '[design]\nkind = "gird"'))
    assert str(error.value).count("\n") == 0
