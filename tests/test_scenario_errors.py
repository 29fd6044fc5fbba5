"""Bad scenarios: each is met with file, key, value, what is allowed and the nearest valid name, in plain words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.each import each
from zerosum.scenario import Problem, Scenario, ScenarioError, load_scenario, parse_scenario
from zerosum.scenario.errors import MOST_LINES

pytestmark = pytest.mark.uncompiled


JARGON = re.compile(
    r"extra inputs|pydantic|validation|valid (integer|string|tuple|dictionary)|input should|type=|tuple|dict\b|\bint\b"
    r"|\bfloat\b|\bbool\b|\bstr\b|NoneType|traceback|errno",
    re.IGNORECASE,
)


class Bad(NamedTuple):
    """A faulty file and what must be said of it."""

    text: str
    key: str
    value: str
    wrong: str
    allowed: str = ""
    nearest: str = ""


TWO_SEGMENTS = "[[segments]]\nname = 'a'\nshare = {}\n[[segments]]\nname = 'b'\nshare = {}\n"
BY_SEGMENT = (
    "[[vendors]]\nname = 'A'\nreps = 6\nterritory = \"segment\"\nreps_by_segment = {}\n"
    + TWO_SEGMENTS.replace("{}", "0.5")
)

BAD = {
    # Keys
    "unknown key": Bad(
        "[market]\nbuyer = 5", "market.buyer", "5", "unknown key 'buyer' in [market]", "", "buyers"
    ),
    "unknown table": Bad(
        "[markets]\nbuyers = 5", "markets", "a table", "unknown key 'markets' at the top level", "", "market"
    ),
    "unknown row table": Bad(
        "[[vendor]]\nname = 'A'", "vendor", "[a table]", "unknown key 'vendor'", "", "vendors"
    ),
    "lists longer than the market": Bad(
        "[invitations]\nrule = 'consideration'\ncompetitors = 5.5",
        "invitations.competitors",
        "5.5",
        "5.5 competitors on a typical list are more than the market's 4 vendors",
        "it must be 4 at most; for all to be invited, rule = 'independent' with inbound = 1",
    ),
    "all drop out": Bad("[contracts]\nattrition = 1.0", "contracts.attrition", "1.0", "1.0 is too large"),
    "nothing is left of the price": Bad(
        "[push]\nyear_end = 12.0",
        "push",
        "",
        "year_end times discount is 1.2, the discount at the fiscal year's end",
    ),
    "unknown key of a row": Bad(
        "[[vendors]]\nname = 'Elm'\nrep = 3",
        "vendors.Elm.rep",
        "3",
        "unknown key 'rep' in vendors.Elm",
        "",
        "reps",
    ),
    "unknown key in a plan": Bad(
        "[[strategies]]\nname = 'a'\nplan = {sell = 1}",
        "strategies.a.plan.sell",
        "1",
        "unknown key 'sell' in strategies.a.plan",
        "",
        "selling",
    ),
    "unlike any key": Bad(
        "[trust]\nzzz = 1", "trust.zzz", "1", "unknown key", "known: social_hours, decay, sales_social_gain"
    ),
    "key of another table": Bad(
        "[clock]\nreplications = 5", "clock.replications", "5", "unknown key", "it belongs in [comparison]"
    ),
    "key of rows": Bad(
        "[market]\nvalue_sigma = 1", "market.value_sigma", "1", "unknown key", "it belongs in [[segments]]"
    ),
    "key of the top": Bad(
        "[market]\nextends = 'kickoff'",
        "market.extends",
        '"kickoff"',
        "unknown key",
        "it belongs at the top level",
    ),
    "no name": Bad(
        "[[vendors]]\nreps = 3",
        "vendors.0.name",
        "",
        "row 1 of [[vendors]]) has no 'name'",
        "it must be given",
    ),
    "no vendor": Bad(
        "[[products]]\nname = 'P'", "products.P.vendor", "", "products.P (row 1", "it must be given"
    ),
    # Types
    "true for a number": Bad(
        "[market]\nbuyers = true", "market.buyers", "true", "is not a whole number", "from 1 to 2,000"
    ),
    "true for a share": Bad(
        "[market]\nsaturation = true", "market.saturation", "true", "is not a number", "from 0 to 1"
    ),
    "number for true": Bad(
        "[[strategies]]\nname = 'a'\npush = 1",
        "strategies.a.push",
        "1",
        "is neither true nor false",
        "write true, in small letters",
    ),
    "fraction of a rep": Bad(
        "[[vendors]]\nname = 'A'\nreps = 2.5", "vendors.A.reps", "2.5", "is not a whole number", "(reps)"
    ),
    "whole number with a point": Bad(
        "[clock]\nweeks = 52.0", "clock.weeks", "52.0", "is not a whole number", "(weeks)"
    ),
    "text for a number": Bad(
        "[market]\nbuyers = 'many'", "market.buyers", '"many"', "is not a whole number", "a whole number"
    ),
    "number in quotes": Bad(
        "[market]\nbuyers = '500'", "market.buyers", '"500"', "write 500, without quotes", "whole number"
    ),
    "share in quotes": Bad(
        "[market]\nsaturation = '.4'", "market.saturation", '".4"', "write 0.4, without quotes", "from 0 to 1"
    ),
    "list for a number": Bad(
        "[market]\nbuyers = [1]", "market.buyers", "[1]", "= [1] is not a whole number", "whole number"
    ),
    "table for a number": Bad(
        "[market]\nbuyers.x = 1", "market.buyers", "a table", "is a table: it is not", "whole number"
    ),
    "date for a number": Bad(
        "[clock]\nweeks = 2024-01-01",
        "clock.weeks",
        "2024-01-01",
        "is a date; write a number of weeks",
        "1 to 5,200",
    ),
    "number for text": Bad("question = 3", "question", "3", "is not text", "text in quotes"),
    "number for a table": Bad(
        "market = 3", "market", "3", "is not a table", "write [market] with its keys: buyers, "
    ),
    "list for a table": Bad("market = [3]", "market", "[3]", "is not a table", "write [market]"),
    "rows for a table": Bad(
        "[[market]]\nbuyers = 3",
        "market",
        "[a table]",
        "is a list of tables, not one",
        "write [market], once",
    ),
    "number for a plan": Bad(
        "[[strategies]]\nname = 'a'\nplan = 1", "strategies.a.plan", "1", "is not a table", "plan = {...}"
    ),
    "table for rows": Bad(
        "[vendors]\nname = 'A'", "vendors", "a table", "is not a list of tables", "[[vendors]], in double"
    ),
    "number for rows": Bad("vendors = 3", "vendors", "3", "is not a list of tables", "[[vendors]]"),
    "number for a row": Bad("vendors = [3]", "vendors.0", "3", "is not a table", "head each row [[vendors]]"),
    "no rows": Bad("vendors = []", "vendors", "[]", "is too short", "1 to 200 tables"),
    "text for a list": Bad(
        "[comparison]\nadopters = 'focal'", "comparison.adopters", '"focal"', 'write ["focal"]', "'all'"
    ),
    "empty list": Bad(
        "[comparison]\nadopters = []", "comparison.adopters", "[]", "is too short", "one or more values"
    ),
    "number for a name": Bad(
        "[[vendors]]\nname = 3", "vendors.0.name", "3", "is not text", "a name of 1 to 60 letters"
    ),
    # Limits
    "NaN": Bad(
        "[market]\nsaturation = nan",
        "market.saturation",
        "nan",
        "is not a finite number",
        "from 0 to 1 (share)",
    ),
    "infinite": Bad(
        "[pay]\nbase_per_year = inf", "pay.base_per_year", "inf", "is not a finite number", "(money/year)"
    ),
    "minus infinite": Bad(
        "[choice]\nno_decision = -inf", "choice.no_decision", "-inf", "is not a finite", "-1,000,000"
    ),
    "negative hours": Bad(
        "[reps]\nhours_per_week = -4",
        "reps.hours_per_week",
        "-4",
        "is too small",
        "from 0 to 168",
    ),
    "more extra hours than a week has": Bad(
        "[[strategies]]\nname = 'a'\nextra_hours = {selling = 169}",
        "strategies.a.extra_hours.selling",
        "169",
        "is too large",
        "from 0 to 168",
    ),
    "negative extra hours": Bad(
        "[[strategies]]\nname = 'a'\nextra_hours = {social = -1}",
        "strategies.a.extra_hours.social",
        "-1",
        "is too small",
        "from 0 to 168",
    ),
    "extra hours of administration": Bad(
        "[[strategies]]\nname = 'a'\nextra_hours = {administration = 2}",
        "strategies.a.extra_hours.administration",
        "2",
        "unknown key",
        "known: prospecting, preparation, selling, social",
    ),
    "zero reps": Bad(
        "[[vendors]]\nname = 'A'\nreps = 0",
        "vendors.A.reps",
        "0",
        "is too small",
        "from 1 to 1,000,000 (reps)",
    ),
    "horizon of 0": Bad("[clock]\nweeks = 0", "clock.weeks", "0", "is too small", "from 1 to 5,200 (weeks)"),
    "half a year": Bad(
        "[clock]\nwarmup_weeks = 26",
        "clock.warmup_weeks",
        "26",
        "is not a multiple of 52",
        "a multiple of 52",
    ),
    "odd neighbours": Bad(
        "[market]\nneighbours = 3", "market.neighbours", "3", "is not a multiple of 2", "from 0 to 64"
    ),
    "share above 1": Bad(
        "[market]\nsaturation = 95", "market.saturation", "95", "is too large", "from 0 to 1"
    ),
    "share of 0": Bad(
        "[[segments]]\nname = 'a'\nshare = 0", "segments.a.share", "0", "is too small", "above 0 up to 1"
    ),
    "discount of 1": Bad("[push]\ndiscount = 1", "push.discount", "1", "is too large", "from 0 to below 1"),
    # Names and choices
    "unknown rule": Bad(
        "[[vendors]]\nname = 'A'\nterritory = 'randm'",
        "vendors.A.territory",
        '"randm"',
        "is not known",
        "'random', 'balanced' or 'segment'",
        "random",
    ),
    "unknown adopters": Bad(
        "[comparison]\nadopters = ['focal', 'competitor']",
        "comparison.adopters.1",
        '"competitor"',
        "is not known",
        "'competitors'",
        "competitors",
    ),
    "key of another name": Bad(
        "[comparison]\nworlds = ['all']",
        "comparison.worlds",
        '["all"]',
        "unknown key 'worlds'",
        "",
        "adopters",
    ),
    "unknown department": Bad(
        "[[strategies]]\nname = 'a'\nsocial = ['sale']",
        "strategies.a.social.0",
        '"sale"',
        "is not known",
        "'marketing'",
        "sales",
    ),
    "unknown tool": Bad(
        "[[tools]]\nname = 'dialler'\n[[strategies]]\nname = 'a'\ntools = ['dialer']",
        "strategies.a.tools.0",
        '"dialer"',
        "there is no tool 'dialer'",
        "known: dialler",
        "dialler",
    ),
    "tool where there is none": Bad(
        "[[strategies]]\nname = 'a'\ntools = ['x']",
        "strategies.a.tools.0",
        '"x"',
        "there is no tool 'x'",
        "known: none",
    ),
    "unknown strategy": Bad(
        "[comparison]\nstrategies = ['usual', 'usul']",
        "comparison.strategies.1",
        '"usul"',
        "there is no strategy 'usul'",
        "known: usual",
        "usual",
    ),
    "unknown baseline": Bad(
        "[comparison]\nbaseline = 'zzz'",
        "comparison.baseline",
        '"zzz"',
        "there is no strategy 'zzz'",
        "known: usual",
    ),
    "unknown focal vendor": Bad(
        "[comparison]\nfocal = 'alder'",
        "comparison.focal",
        '"alder"',
        "there is no vendor 'alder'",
        "known: Alder, Birch",
        "Alder",
    ),
    "unknown strategy of a vendor": Bad(
        "[[vendors]]\nname = 'A'\nstrategy = 'usul'",
        "vendors.A.strategy",
        '"usul"',
        "there is no strategy 'usul'",
        "known: usual",
        "usual",
    ),
    "unknown vendor": Bad(
        "[[products]]\nname = 'P'\nvendor = 'Aldr'",
        "products.P.vendor",
        '"Aldr"',
        "there is no vendor 'Aldr'",
        "known: Alder",
        "Alder",
    ),
    "name that is none": Bad(
        "[[tools]]\nname = '-x'", "tools.-x.name", '"-x"', "can't be a name", "letter or digit first"
    ),
    "empty name": Bad("name = ''", "name", '""', "can't be a name", "a name of 1 to 60 letters"),
    "long name": Bad(f"name = '{'x' * 61}'", "name", f'"{"x" * 56}...', "can't be a name", "1 to 60 letters"),
    # What must agree
    "shares of segments": Bad(
        TWO_SEGMENTS.format(0.5, 0.4), "segments", "0.9", "the segments' shares sum to 0.9", "must sum to 1"
    ),
    "shares of vendors": Bad(
        "[[vendors]]\nname = 'A'\nshare = 0.6\n[[vendors]]\nname = 'B'\nshare = 0.3",
        "vendors",
        "0.9",
        "the vendors' shares sum to 0.9",
        "must sum to 1",
    ),
    "too much for vendors": Bad(
        "[[vendors]]\nname = 'A'\nshare = 0.6\n[[vendors]]\nname = 'B'\nshare = 0.6\n[[vendors]]\nname = 'C'",
        "vendors",
        "1.2",
        "the vendors' shares sum to 1.2",
        "must not exceed 1",
    ),
    "shares of a plan": Bad(
        "[[strategies]]\nname = 'a'\nplan = {selling = 0.9}",
        "strategies.a.plan",
        "",
        "the shares sum to 1.5 (prospecting 0.2, preparation 0.25, selling 0.9, social 0.15)",
        "they must sum to 1",
    ),
    "shares of freed hours": Bad(
        "[[strategies]]\nname = 'a'\nreinvest = {}",
        "strategies.a.reinvest",
        "",
        "the shares sum to 0 (all 0)",
        "they must sum to 1",
    ),
    "empty segment": Bad(
        "market.buyers = 100\n" + TWO_SEGMENTS.format(0.995, 0.005),
        "segments.b.share",
        "0.005",
        "'b' would have no buyers",
        "at least 0.01",
    ),
    "same name": Bad(
        "[[vendors]]\nname = 'A'\n[[vendors]]\nname = 'A'",
        "vendors",
        '"A"',
        "the vendor 'A' is named 2 times",
        "names must differ",
    ),
    "same strategy": Bad(
        "[[strategies]]\nname = 'a'\n[[strategies]]\nname = 'a'",
        "strategies",
        '"a"',
        "the strategy 'a' is named 2 times",
        "names must differ",
    ),
    "same strategy twice": Bad(
        "[comparison]\nstrategies = ['usual', 'usual']",
        "comparison.strategies",
        '"usual"',
        "the strategy 'usual' is named 2 times",
        "names must differ",
    ),
    "nothing to sell": Bad(
        "[[vendors]]\nname = 'A'\n[[vendors]]\nname = 'B'\n[[products]]\nname = 'P'\nvendor = 'A'",
        "vendors.B",
        "",
        "'B' has no product at the start",
        "[[products]]",
    ),
    "nothing to sell yet": Bad(
        "[[vendors]]\nname = 'A'\n[[products]]\nname = 'P'\nvendor = 'A'\nlaunch_week = 3",
        "vendors.A",
        "",
        "'A' has no product at the start",
        "without launch_week",
    ),
    "no competitors": Bad(
        "[[vendors]]\nname = 'A'\n[comparison]\nadopters = ['competitors']",
        "comparison.adopters",
        "",
        "need at least two vendors",
    ),
    "team without reps": Bad(
        "[[vendors]]\nname = 'A'\nreps = 1\n[comparison]\nadopters = ['head-to-head']\n"
        "[[strategies]]\nname = 'a'\n[[strategies]]\nname = 'b'",
        "vendors.A.reps",
        "1",
        "split the 1 reps of 'A' into 2 teams",
        "at least 2",
    ),
    "segment without a rep": Bad(
        "[[vendors]]\nname = 'A'\nreps = 1\nterritory = 'segment'\n" + TWO_SEGMENTS.format(0.5, 0.5),
        "vendors.A.reps",
        "1",
        "'A' has fewer reps (1) than there are segments",
        "needs at least 2",
    ),
    "reps of segments that don't add up": Bad(
        BY_SEGMENT.replace("{}", "{a = 2, b = 3}"),
        "vendors.A.reps_by_segment",
        "5",
        "its numbers add up to 5 and 'A' has 6 reps",
        "they must add up to reps",
    ),
    "reps of an unknown segment": Bad(
        BY_SEGMENT.replace("{}", "{a = 2, b = 3, bb = 1}"),
        "vendors.A.reps_by_segment.bb",
        '"bb"',
        "there is no segment 'bb'",
        "known: a, b",
        "b",
    ),
    "a segment of which nothing is said": Bad(
        BY_SEGMENT.replace("{}", "{a = 6}"),
        "vendors.A.reps_by_segment",
        "",
        "it says nothing of 'b'",
        "give every segment its number of reps",
    ),
    "a stated segment without a rep": Bad(
        BY_SEGMENT.replace("{}", "{a = 6, b = 0}"),
        "vendors.A.reps_by_segment.b",
        "0",
        "is too small",
        "a whole number from 1 to 1,000,000",
    ),
    "reps of segments in a list": Bad(
        BY_SEGMENT.replace("{}", "[3, 3]"),
        "vendors.A.reps_by_segment",
        "[3, 3]",
        "is not a table",
        "it must be a table that gives each name a whole number from 1 to 1,000,000",
    ),
    "reps of segments, dealt by another rule": Bad(
        BY_SEGMENT.replace("{}", "{a = 3, b = 3}").replace('"segment"', '"balanced"'),
        "vendors.A.reps_by_segment",
        "",
        "'A' divides its buyers by another rule, territory = \"balanced\"",
        'write territory = "segment", or leave reps_by_segment out',
    ),
    "satisfaction that overshoots": Bad(
        "[satisfaction]\npull = 1.0",
        "satisfaction",
        "",
        "pull * (1 + neighbour_weight) is 1.3",
        "must not exceed 1",
    ),
    "need that is no probability": Bad(
        "[need]\ninnovation_per_year = 52\nimitation_per_year = 0.6",
        "need",
        "",
        "innovation_per_year + imitation_per_year is 52.6",
        "must not exceed 52",
    ),
    # extends
    "extends a number": Bad(
        "extends = 3", "extends", "3", "is not the name of a file", "a shipped scenario's name"
    ),
    "extends what isn't there": Bad(
        "extends = 'kikoff.toml'",
        "extends",
        '"kikoff.toml"',
        "there is no such file or shipped scenario",
        "shipped: ",
        "kickoff",
    ),
    "extends a folder": Bad(
        "extends = '.'", "extends", '"."', "this is a folder", "name a scenario file in it"
    ),
}


def problems_of(call, *arguments, **options) -> tuple[Problem, ...]:
    """Return the problems that a call reports, after a check that a human can read them."""
    with pytest.raises(ScenarioError) as caught:
        call(*arguments, **options)
    text = str(caught.value)
    assert text
    assert not JARGON.search(re.sub(r"'[^']*'|\"[^\"]*\"", "", text)), text
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value.problems


@each("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_met_with_file_key_value_allowed_and_nearest_name(
    bad: Bad, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(bad.text, encoding="utf-8")
    (problem,) = problems_of(load_scenario, "mine.toml")
    assert (problem.source, problem.key, problem.value, problem.nearest) == (
        "mine.toml",
        bad.key,
        bad.value,
        bad.nearest,
    )
    assert bad.wrong in problem.wrong
    assert bad.allowed in problem.allowed
    line = str(problem)
    assert line.startswith("mine.toml: ")
    assert "\n" not in line
    assert len(line) < 400
    if "unknown key" not in line:
        assert bad.value.removeprefix('"').rstrip('".') in line
    if bad.nearest:
        assert line.endswith(f"did you mean '{bad.nearest}'?")
    elif bad.allowed:
        assert bad.allowed in line


def test_the_message_of_the_commonest_faults() -> None:
    text = "[market]\nbuyer = 500\nsaturation = 1.5\n[[vendors]]\nname = 'Alder'\nreps = 0\nterritory = 'segmet'\n"
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, source="mine.toml")
    assert str(caught.value).splitlines() == [
        "mine.toml: market.saturation = 1.5 is too large; it must be a number from 0 to 1 (share)",
        "mine.toml: unknown key 'buyer' in [market]; did you mean 'buyers'?",
        "mine.toml: vendors.Alder.reps = 0 is too small; it must be a whole number from 1 to 1,000,000 (reps)",
        "mine.toml: vendors.Alder.territory = \"segmet\" is not known; did you mean 'segment'?",
    ]


def test_tables_that_disagree_in_several_ways_are_told_at_once() -> None:
    text = "[comparison]\nfocal = 'Aldr'\nstrategies = ['x']\n" + TWO_SEGMENTS.format(0.5, 0.4)
    assert [p.key for p in problems_of(parse_scenario, text)] == [
        "segments",
        "comparison.strategies.0",
        "comparison.focal",
    ]


def test_a_fault_is_told_once() -> None:
    """Products that follow from vendors, and lists of rows, don't repeat what is wrong with the rows."""
    assert [p.key for p in problems_of(parse_scenario, "[[vendors]]\nname = '-'\n")] == ["vendors.-.name"]
    assert [p.key for p in problems_of(parse_scenario, "[[vendors]]\nname = 'A'\n" * 2)] == ["vendors"]


def test_a_long_list_of_problems_is_cut_in_print_only() -> None:
    text = "\n".join(f"zz{i} = 1" for i in range(50))
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text)
    assert len(caught.value.problems) == 50
    assert len(str(caught.value).splitlines()) == MOST_LINES + 1
    assert str(caught.value).endswith("... and 30 more problems")


def test_a_scenario_made_in_python_is_checked_too() -> None:
    with pytest.raises(ValueError, match=r"shares sum to 0\.5"):
        Scenario.model_validate({"segments": [{"name": "a", "share": 0.5}]})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            10**400,
            "market.saturation = a number of about 400 digits is too far from zero; it must be a number from 0",
        ),
        (2**70, "market.saturation = 1180591620717411303424 is too large; it must be a number from 0 to 1"),
    ],
)
def test_enormous_numbers_from_python_are_told_with_what_is_allowed(value: int, said: str) -> None:
    (problem,) = problems_of(parse_scenario, {}, {"market.saturation": value})
    assert said in str(problem)
