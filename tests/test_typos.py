"""What a person who works in spreadsheets types, and the whole message that each command ends with.

Exit code 2, one message, no traceback, nothing written. The texts are exact: whoever changes one reads it again here.
"""

# ruff: noqa: E501, RUF001  # a message stands whole, on one line; word processors write curly quotes

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.each import each
from zerosum.cli import main
from zerosum.errors import InputError
from zerosum.market.metrics import BY_NAME, parse_amount
from zerosum.scenario import parse_scenario, scenario_text
from zerosum.spreadsheet import read_number
from zerosum.studies.sweep import load_experiment
from zerosum.studies.sweep.points import Study

pytestmark = pytest.mark.uncompiled


def message_of(*arguments: str) -> str:
    """Call a command that must end with exit code 2; return its message, and check that nothing was written."""
    before = sorted(Path().rglob("*"))
    done = CliRunner().invoke(main, arguments)
    assert isinstance(done.exception, SystemExit), done.exception
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert sorted(Path().rglob("*")) == before
    return done.stderr.partition("Error: ")[2].rstrip("\n")


# fmt: off
FILES: dict[str, tuple[str, str, str]] = {
    "share: a share of 55": ("run", "[market]\nsaturation = 55", "market.saturation = 55 is too large; write 0.55 for 55 %; it must be a number from 0 to 1 (share)"),
    "share: a share of \"95%\"": ("run", "[market]\nsaturation = \"95%\"", "market.saturation = \"95%\" is text, not a number; write 0.95 for 95 %; it must be a number from 0 to 1 (share)"),
    "share: a share of 95%": ("run", "[market]\nsaturation = 95%", "line 2, column 16: a number can't have a %; write 0.95 for 95 %\n    saturation = 95%"),
    "share: a share of 68,4 %": ("run", "[market]\nsaturation = 68,4 %", "line 2, column 16: a number can't have a %; write 0.684 for 68.4 %\n    saturation = 68,4 %"),
    "share: a share of 0,684": ("run", "[market]\nsaturation = 0,684", "line 2, column 15: a number has a point, not a comma; write 0.684\n    saturation = 0,684"),
    "share: a share of \"0,684\"": ("run", "[market]\nsaturation = \"0,684\"", "market.saturation = \"0,684\" is text, not a number; write 0.684, without quotes; it must be a number from 0 to 1 (share)"),
    "share: a negative share": ("run", "[market]\nsaturation = -0.2", "market.saturation = -0.2 is too small; it must be a number from 0 to 1 (share)"),
    "share: \"55\"": ("run", "[market]\nsaturation = \"55\"", "market.saturation = \"55\" is text, not a number; write 0.55 for 55 %; it must be a number from 0 to 1 (share)"),
    "share: a share of .5": ("run", "[market]\nsaturation = .5", "line 2, column 14: '.5': a number needs a digit before its point: 0.5\n    saturation = .5"),
    "share: nothing": ("run", "[market]\nsaturation = ", "line 2, column 13: there is no value after '='; write saturation = and a value, or leave the line out\n    saturation ="),
    "share: a range": ("run", "[market]\nsaturation = 0.2-0.4", "line 2, column 17: this is a range, not a number; write one number, such as 0.2 or 0.4\n    saturation = 0.2-0.4"),
    "share: about": ("run", "[market]\nsaturation = ~0.4", "line 2, column 14: a number stands alone; write 0.4\n    saturation = ~0.4"),
    "share: in brackets": ("run", "[market]\nsaturation = (0.4)", "line 2, column 14: a number stands without brackets; write 0.4, or -0.4 if it is negative\n    saturation = (0.4)"),
    "share: a formula": ("run", "[market]\nsaturation = =0.4*2", "line 2, column 14: there is one '=' too many, and a file can't calculate; write the number\n    saturation = =0.4*2"),
    "share: a comment of another language": ("run", "[market]\nsaturation = 0.4 // a guess", "line 2, column 18: a comment begins with #\n    saturation = 0.4 // a guess"),
    "share: a semicolon": ("run", "[market]\nsaturation = 0.4;", "line 2, column 17: a line ends after its value; leave out the ';'\n    saturation = 0.4;"),
    "share: two keys in a line": ("run", "[market]\nsaturation = 0.4, buyers = 5", "line 2, column 17: each key has a line of its own; leave out the comma, and begin a new line there\n    saturation = 0.4, buyers = 5"),
    "money: 39.5k": ("run", "[pay]\nbase_per_year = 39.5k", "line 2, column 21: a number can't have 'k' at its end; write 39500\n    base_per_year = 39.5k"),
    "money: \"39.5k\"": ("run", "[pay]\nbase_per_year = \"39.5k\"", "pay.base_per_year = \"39.5k\" is text, not a number; write 39500, without quotes; it must be a number from 0 to 1,000,000,000,000 (money/year)"),
    "money: 95,000": ("run", "[pay]\nbase_per_year = 95,000", "line 2, column 19: a number has no separators of thousands; write 95000, or 95.0 if the separator is the decimal point\n    base_per_year = 95,000"),
    "money: \"95,000\"": ("run", "[pay]\nbase_per_year = \"95,000\"", "pay.base_per_year = \"95,000\" is text, not a number; write 95000, without quotes; it must be a number from 0 to 1,000,000,000,000 (money/year)"),
    "money: 1,234,567.89": ("run", "[pay]\nbase_per_year = 1,234,567.89", "line 2, column 18: a number has no separators of thousands; write 1234567.89\n    base_per_year = 1,234,567.89"),
    "money: 95.000,50": ("run", "[pay]\nbase_per_year = 95.000,50", "line 2, column 23: a number has no separators of thousands; write 95000.5\n    base_per_year = 95.000,50"),
    "money: \"95.000 €\"": ("run", "[pay]\nbase_per_year = \"95.000 €\"", "pay.base_per_year = \"95.000 €\" is text, not a number; write 95000, without quotes; it must be a number from 0 to 1,000,000,000,000 (money/year)"),
    "money: $95000": ("run", "[pay]\nbase_per_year = $95000", "line 2, column 17: a number can't have a currency ($); write 95000\n    base_per_year = $95000"),
    "money: €95.000": ("run", "[pay]\nbase_per_year = €95.000", "line 2, column 17: a number can't have a currency (€); write 95000, or 95.0 if the separator is the decimal point\n    base_per_year = €95.000"),
    "money: 95.000": ("run", "[pay]\nbase_per_year = 95.000", "pay.base_per_year = 95.000 can mean two numbers; write 95000, or 95.0 if the separator is the decimal point"),
    "money: 39.500 in an inline table": ("run", "[social]\nmarketing = { cost_per_year = 39.500 }", "social.marketing.cost_per_year = 39.500 can mean two numbers; write 39500, or 39.5 if the separator is the decimal point"),
    "money: 70.000 of a range": ("run", "[[uncertain]]\nkey = 'pay.base_per_year'\nlow = 70.000\nhigh = 90_000", "uncertain.0.low = 70.000 can mean two numbers; write 70000, or 70.0 if the separator is the decimal point"),
    "money: 1.200 in an experiment": ("sweep", "scenario = 'kickoff'\n[[factors]]\nkey = 'pay.base_per_year'\nvalues = [1.200, 2_000]", "[[factors]] 1 (pay.base_per_year): values.0 = 1.200 can mean two numbers; write 1200, or 1.2 if the separator is the decimal point"),
    "ratio: a boost of 30": ("run", "[[tools]]\nname = 'dialler'\nboost = 30", "tools.dialler.boost = 30 is too large; write 0.3 for 30 %; it must be a number from 0 to 4 (share)"),
    "ratio: a stretch of 105": ("run", "[quota]\nstretch = 105", "quota.stretch = 105 is too large; write 1.05 for 105 %; it must be a number from 0.01 to 10 (ratio)"),
    "ratio: a price of 95": ("run", "[[products]]\nname = 'A'\nvendor = 'Alder'\nprice = 95", "products.A.price = 95 is too large; write 0.95 for 95 %; it must be a number from 0.01 to 10 (index)"),
    "ratio: an attainment of 80": ("run", "[push]\nbelow = 80", "push.below = 80 is too large; write 0.8 for 80 %; it must be a number from 0 to 10 (attainment)"),
    "money: 95000 EUR": ("run", "[pay]\nbase_per_year = 95000 EUR", "line 2, column 23: a number can't have a currency (EUR); write 95000\n    base_per_year = 95000 EUR"),
    "money: 95 000": ("run", "[pay]\nbase_per_year = 95 000", "line 2, column 20: a number has no separators of thousands; write 95000\n    base_per_year = 95 000"),
    "money: no-break space": ("run", "[pay]\nbase_per_year = 95\u00a0000", "line 2, column 19: a number has no separators of thousands; write 95000\n    base_per_year = 95\\xa0000"),
    "money: \"95\u00a0000\"": ("run", "[pay]\nbase_per_year = \"95\u00a0000\"", "pay.base_per_year = \"95\\xa0000\" is text, not a number; write 95000, without quotes; it must be a number from 0 to 1,000,000,000,000 (money/year)"),
    "money: 95'000": ("run", "[pay]\nbase_per_year = 95'000", "line 2, column 19: a number has no separators of thousands; write 95000\n    base_per_year = 95'000"),
    "money: 1.2M": ("run", "[pay]\nbase_per_year = 1.2M", "line 2, column 20: a number can't have 'M' at its end; write 1200000\n    base_per_year = 1.2M"),
    "money: 95000/year": ("run", "[pay]\nbase_per_year = 95000/year", "line 2, column 22: a number stands without its unit; write 95000\n    base_per_year = 95000/year"),
    "money: 095000": ("run", "[pay]\nbase_per_year = 095000", "line 2, column 18: a number can't begin with 0; write 95000\n    base_per_year = 095000"),
    "money: 95.": ("run", "[pay]\nbase_per_year = 95.", "line 2, column 19: a number needs a digit after its point; write 95.0\n    base_per_year = 95."),
    "money: four digits after a comma": ("run", "[pay]\nbase_per_year = 95,0000", "line 2, column 19: a number has a point, not a comma; write 95\n    base_per_year = 95,0000"),
    "weeks: a date": ("run", "[clock]\nweeks = 2027-01-01", "clock.weeks = 2027-01-01 is a date; write a number of weeks; it must be a whole number from 1 to 5,200 (weeks)"),
    "weeks: a date with slashes": ("run", "[clock]\nweeks = 01/02/2027", "line 2, column 10: a date can't be written like this; time is counted in weeks: write their number\n    weeks = 01/02/2027"),
    "weeks: a date in quotes": ("run", "[clock]\nweeks = \"1 March 2027\"", "clock.weeks = \"1 March 2027\" is a date; write a number of weeks; it must be a whole number from 1 to 5,200 (weeks)"),
    "weeks: 3 years": ("run", "[clock]\nweeks = 3 years", "line 2, column 11: a number stands without its unit; write 3, or 156 where weeks are counted\n    weeks = 3 years"),
    "weeks: \"3 years\"": ("run", "[clock]\nweeks = \"3 years\"", "clock.weeks = \"3 years\" is text, not a number; write 156, without quotes; it must be a whole number from 1 to 5,200 (weeks)"),
    "weeks: \"156 weeks\"": ("run", "[clock]\nweeks = \"156 weeks\"", "clock.weeks = \"156 weeks\" is text, not a number; write 156, without quotes; it must be a whole number from 1 to 5,200 (weeks)"),
    "weeks: 156.0": ("run", "[clock]\nweeks = 156.0", "clock.weeks = 156.0 is not a whole number; write 156, without a point; it must be a whole number from 1 to 5,200 (weeks)"),
    "whole: 3,500": ("run", "[market]\nbuyers = 3,500", "line 2, column 11: a number has no separators of thousands; write 3500, or 3.5 if the separator is the decimal point\n    buyers = 3,500"),
    "whole: \"3,500\"": ("run", "[market]\nbuyers = \"3,500\"", "market.buyers = \"3,500\" is text, not a number; write 3500, without quotes; it must be a whole number from 1 to 2,000,000,000 (buyers)"),
    "whole: 3.125": ("run", "[market]\nbuyers = 3.125", "market.buyers = 3.125 is not a whole number; write 3125 if the point separates thousands; it must be a whole number from 1 to 2,000,000,000 (buyers)"),
    "whole: \"3.5k\"": ("run", "[market]\nbuyers = \"3.5k\"", "market.buyers = \"3.5k\" is text, not a number; write 3500, without quotes; it must be a whole number from 1 to 2,000,000,000 (buyers)"),
    "whole: many": ("run", "[market]\nbuyers = many", "line 2, column 10: text needs quotes; write \"many\"\n    buyers = many"),
    "[segments] for [[segments]]": ("run", "[segments]\nname = 'a'", "segments is a table: it is not a list of tables; head each row [[segments]], in double brackets, not [segments]"),
    "[vendors] for [[vendors]]": ("run", "[vendors]\nname = 'a'", "vendors is a table: it is not a list of tables; head each row [[vendors]], in double brackets, not [vendors]"),
    "[products] for [[products]]": ("run", "[products]\nname = 'a'", "products is a table: it is not a list of tables; head each row [[products]], in double brackets, not [products]"),
    "[tools] for [[tools]]": ("run", "[tools]\nname = 'a'", "tools is a table: it is not a list of tables; head each row [[tools]], in double brackets, not [tools]"),
    "[strategies] for [[strategies]]": ("run", "[strategies]\nname = 'a'", "strategies is a table: it is not a list of tables; head each row [[strategies]], in double brackets, not [strategies]"),
    "[uncertain] for [[uncertain]]": ("run", "[uncertain]\nname = 'a'", "uncertain is a table: it is not a list of tables; head each row [[uncertain]], in double brackets, not [uncertain]"),
    "[[clock]] for [clock]": ("run", "[[clock]]\nname = 'a'", "clock = [a table] is a list of tables, not one table; write [clock], once, not [[clock]]"),
    "[[comparison]] for [comparison]": ("run", "[[comparison]]\nname = 'a'", "comparison = [a table] is a list of tables, not one table; write [comparison], once, not [[comparison]]"),
    "[[market]] for [market]": ("run", "[[market]]\nname = 'a'", "market = [a table] is a list of tables, not one table; write [market], once, not [[market]]"),
    "[[reps]] for [reps]": ("run", "[[reps]]\nname = 'a'", "reps = [a table] is a list of tables, not one table; write [reps], once, not [[reps]]"),
    "[[pay]] for [pay]": ("run", "[[pay]]\nname = 'a'", "pay = [a table] is a list of tables, not one table; write [pay], once, not [[pay]]"),
    "two [segments]": ("run", "[segments]\nname = 'a'\n[segments]\nname = 'b'", "line 3, column 10: [segments] is given twice; if it has rows, head each [[segments]], in double brackets; else write all keys under one [segments]\n    [segments]"),
    "[vendors.Alder]": ("run", "[vendors.Alder]\nreps = 5", "vendors is a table: it is not a list of tables; head the row [[vendors]] and write name = \"Alder\" in it; or set one value of it by a key in quotes: 'vendors.Alder.reps'"),
    "[[vendors]": ("run", "[[vendors]\nname = 'a'", "line 1, column 10: the head of a table is not closed; write [vendors], or [[vendors]] if it is one of several rows\n    [[vendors]"),
    "[Market]": ("run", "[Market]\nbuyers = 5", "unknown key 'Market' at the top level; did you mean 'market'?"),
    "[[segment]]": ("run", "[[segment]]\nname = 'a'", "unknown key 'segment' at the top level; did you mean 'segments'?"),
    "curly quotes": ("run", "name = “mine”", "line 1, column 8: there is a curly quote (“); write a straight one, \"\n    name = “mine”"),
    "single curly quotes": ("run", "name = ‘mine’", "line 1, column 8: there is a curly quote (‘); write a straight one, ' or \"\n    name = ‘mine’"),
    "a curly and a straight quote": ("run", "name = \"mine”", "line 1, column 14: there is a curly quote (”) beside a straight one; write two straight ones\n    name = \"mine”"),
    "no quotes": ("run", "name = mine", "line 1, column 8: text needs quotes; write \"mine\"\n    name = mine"),
    "no-break space before =": ("run", "[market]\nbuyers\u00a0= 5", "line 2, column 7: there is a space that TOML doesn't know (copied from a web page, perhaps)\n    buyers\\xa0= 5"),
    "old Mac's lines": ("run", "[market]\rbuyers = 5\r", "line 1, column 9: the lines end as on an old Mac (CR alone); save the file with the line ends of Unix or Windows\n    [market]\\rbuyers = 5"),
    "CRLF": ("run", "[market]\r\nbuyers = 0\r\n", "market.buyers = 0 is too small; it must be a whole number from 1 to 2,000,000,000 (buyers)"),
    "byte-order mark": ("run", "\ufeff[market]\nbuyers = 0\n", "market.buyers = 0 is too small; it must be a whole number from 1 to 2,000,000,000 (buyers)"),
    "a tab": ("run", "[market]\n\tbuyers\t=\t0\n", "market.buyers = 0 is too small; it must be a whole number from 1 to 2,000,000,000 (buyers)"),
    "push = TRUE": ("run", "[[strategies]]\nname = 'a'\npush = TRUE", "line 3, column 8: 'TRUE': write true, in small letters\n    push = TRUE"),
    "push = 'TRUE'": ("run", "[[strategies]]\nname = 'a'\npush = 'TRUE'", "strategies.a.push = \"TRUE\" is neither true nor false; write true, in small letters and without quotes"),
    "push = yes": ("run", "[[strategies]]\nname = 'a'\npush = yes", "line 3, column 8: 'yes': write true, in small letters\n    push = yes"),
    "push = 'no'": ("run", "[[strategies]]\nname = 'a'\npush = 'no'", "strategies.a.push = \"no\" is neither true nor false; write false, in small letters and without quotes"),
    "push = 1": ("run", "[[strategies]]\nname = 'a'\npush = 1", "strategies.a.push = 1 is neither true nor false; write true, in small letters and without quotes"),
    "a list in one text": ("run", "[comparison]\nstrategies = 'usual, calls'", "comparison.strategies = \"usual, calls\" is not a list; write [\"usual\", \"calls\"]"),
    "a list in one text, in brackets": ("run", "[comparison]\nstrategies = ['usual, calls']", "comparison.strategies.0 = \"usual, calls\" can't be a name; write \"usual\", \"calls\": each name has its own quotes"),
    "a list without anything": ("run", "[comparison]\nstrategies = usual, calls", "line 2, column 14: a list has brackets, and text has quotes; write [\"usual\", \"calls\"]\n    strategies = usual, calls"),
    "a list of shares in quotes": ("run", "[[strategies]]\nname = 'a'\ntools = 'dialler'", "strategies.a.tools = \"dialler\" is not a list; write [\"dialler\"]"),
    "a name in other letters": ("run", "[comparison]\nbaseline = 'Usual'", "comparison.baseline: there is no strategy 'Usual'; did you mean 'usual'?"),
    "a name with a space at its end": ("run", "[[vendors]]\nname = 'Alder '", "vendors.\"Alder \".name: 'Alder ' ends with a space or a dot, which Windows would cut off; leave it out"),
    "a name with a space at its start": ("run", "[[vendors]]\nname = ' Alder'", "vendors.\" Alder\".name = \" Alder\" can't be a name; write \"Alder\", without the space"),
    "a name with a space at its end, elsewhere": ("run", "[comparison]\nbaseline = 'usual '", "comparison.baseline: 'usual ' ends with a space or a dot, which Windows would cut off; leave it out"),
    "weights that sum to 100": ("run", "[[strategies]]\nname = 'a'\nplan = {prospecting = 20, preparation = 25, selling = 40, social = 15}", "strategies.a.plan.prospecting = 20 is too large; write 0.2 for 20 %; it must be a number from 0 to 1 (share)\nmine.toml: strategies.a.plan.preparation = 25 is too large; write 0.25 for 25 %; it must be a number from 0 to 1 (share)\nmine.toml: strategies.a.plan.selling = 40 is too large; write 0.4 for 40 %; it must be a number from 0 to 1 (share)\nmine.toml: strategies.a.plan.social = 15 is too large; write 0.15 for 15 %; it must be a number from 0 to 1 (share)"),
    "% in braces": ("run", "[[strategies]]\nname = 'a'\nplan = {prospecting = 20%, preparation = 0.25}", "line 3, column 25: a number can't have a %; write 0.2 for 20 %\n    plan = {prospecting = 20%, preparation = 0.25}"),
    "shares of segments that sum to 100": ("run", "[[segments]]\nname = 'a'\nshare = 60\n[[segments]]\nname = 'b'\nshare = 40", "segments.a.share = 60 is too large; write 0.6 for 60 %; it must be a number above 0 up to 1 (share)\nmine.toml: segments.b.share = 40 is too large; write 0.4 for 40 %; it must be a number above 0 up to 1 (share)"),
    "shares that sum to 0.99": ("run", "[[segments]]\nname = 'a'\nshare = 0.6\n[[segments]]\nname = 'b'\nshare = 0.39", "segments: the segments' shares sum to 0.99; they must sum to 1"),
    "YAML": ("run", "name: mine\nmarket:\n  buyers: 5\n", "line 1, column 5: this is YAML; write name = mine, with = between key and value\n    name: mine"),
    "YAML, a table": ("run", "name = 'mine'\nmarket:\n  buyers: 5\n", "line 2, column 7: this is YAML; write [market], in square brackets\n    market:"),
    "no =": ("run", "market.buyers 5", "line 1, column 15: there is no '=' after the key; write market.buyers = 5\n    market.buyers 5"),
    ":=": ("run", "market.buyers := 5", "line 1, column 15: write market.buyers = 5\n    market.buyers := 5"),
    "a comment of another language, a line": ("run", "// mine\n[market]\n", "line 1, column 1: a comment begins with #\n    // mine"),
    "JSON": ("run", "{\"market\": {\"buyers\": 5}}", "this is JSON, not a scenario; write a text file in TOML, such as mine.toml; the shortest one says extends = \"kickoff\", and then what differs"),
    "CSV named .toml": ("run", "key,value\nmarket.buyers,5\n", "this is a table (CSV), not a scenario; write a text file in TOML, such as mine.toml; the shortest one says extends = \"kickoff\", and then what differs"),
    "CSV with semicolons": ("run", "key;value\nmarket.buyers;5\n", "this is a table (CSV), not a scenario; write a text file in TOML, such as mine.toml; the shortest one says extends = \"kickoff\", and then what differs"),
    "HTML": ("run", "<!DOCTYPE html>\n<html>\n", "this is a web page or XML, not a scenario; write a text file in TOML, such as mine.toml; the shortest one says extends = \"kickoff\", and then what differs"),
    "experiment: percent": ("sweep", "scenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = [50%, 90%]", "line 4, column 13: a number can't have a %; write 0.5 for 50 %\n    values = [50%, 90%]"),
    "experiment: \"50%\"": ("sweep", "scenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nlow = '50%'\nhigh = 0.9\nsteps = 3", "[[factors]] 1 (market.saturation): low = \"50%\" is text, not a number; write 0.5 for 50 %"),
    "experiment: 50": ("sweep", "scenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = [50, 90]", "at saturation = 50: market.saturation = 50 is too large; write 0.5 for 50 %; it must be a number from 0 to 1 (share)"),
    "experiment: a list in one text": ("sweep", "scenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = '0.5, 0.9'", "[[factors]] 1 (market.saturation): values = \"0.5, 0.9\" is not a list; write [0.5, 0.9]"),
    "experiment: a list without brackets": ("sweep", "scenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = 0.5, 0.9", "line 4, column 13: a list has brackets; write [0.5, 0.9]\n    values = 0.5, 0.9"),
    "experiment: decimal commas in a list": ("sweep", "scenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = [0,5, 0,9]", "[[factors]] 1 (market.saturation): values: 0 stands there twice; a number has a point, not a comma: write 0.5"),
    "experiment: [factors]": ("sweep", "scenario = 'kickoff'\n[factors]\nkey = 'market.saturation'\nvalues = [0.5]", "[factors] is a table: it is not a list of tables; head each row [[factors]], in double brackets, not [factors]"),
    "experiment: [[design]]": ("sweep", "scenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = [0.5, 0.9]\n[[design]]\nkind = 'grid'", "design = [a table] is a list of tables, not one table; write [design], once, not [[design]]"),
    "experiment: \"1,000\"": ("sweep", "replications = '1,000'\nscenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = [0.5, 0.9]", "replications = \"1,000\" is text, not a number; write 1000, without quotes; it must be a whole number from 1 to 1,000,000"),
    "experiment: an unknown metric": ("sweep", "metrics = ['profit']\nscenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = [0.5, 0.9]", "there is no metric 'profit'; did you mean 'contribution'? 'zerosum metrics' lists all"),
    "experiment: a strategy in other letters": ("sweep", "strategies = ['Usual', 'shots']\nscenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = [0.5, 0.9]", "scenario = 'kickoff': [set] comparison.strategies: comparison.strategies.0: there is no strategy 'Usual'; did you mean 'usual'?"),
    "game: [players]": ("game", "scenario = 'kickoff'\n[players]\nvendor = 'Alder'", "[players] is a table: it is not a list of tables; head each row [[players]], in double brackets, not [players]"),
    "optimisation: 1k": ("optimise", "scenario = 'kickoff'\nobjectives = ['contribution']\ntrials = 1k", "line 3, column 11: a number can't have 'k' at its end; write 1000\n    trials = 1k"),
    "calibration: [parameters]": ("calibrate", "scenario = 'kickoff'\nmarket_seed = 7\nseed = 1\nreplications = 4\nscattered = 16\nguided = 0\npolished = 0\n[parameters]\nkey = 'choice.no_decision'\nlow = 0.1\nhigh = 0.3\n", "'sampled' is missing; it must be given: a whole number from 0 to 1,000,000\nmine.toml: 'verified' is missing; it must be given: a whole number from 2 to 10,000\nmine.toml: 'sets' is missing; it must be given: a whole number from 1 to 1,000\nmine.toml: [parameters] is a table: it is not a list of tables; head each row [[parameters]], in double brackets, not [parameters]"),
    "an experiment given to compare": ("compare", "scenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = [0.5, 0.9]", "this is an experiment, not a scenario; 'zerosum sweep mine.toml' runs it"),
    "an experiment given to run": ("run", "scenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = [0.5, 0.9]", "this is an experiment, not a scenario; 'zerosum sweep mine.toml' runs it"),
    "an experiment given to validate": ("validate", "scenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = [0.5, 0.9]", "this is an experiment, not a scenario; 'zerosum sweep mine.toml' runs it"),
    "an experiment given to map": ("map", "scenario = 'kickoff'\n[[factors]]\nkey = 'market.saturation'\nvalues = [0.5, 0.9]", "this is an experiment, not a scenario; 'zerosum sweep mine.toml' runs it"),
    "a scenario given to sweep": ("sweep", "[market]\nbuyers = 500", "this is a scenario; 'zerosum compare mine.toml' runs it"),
    "a scenario given to calibrate": ("calibrate", "[market]\nbuyers = 500", "this is a scenario; 'zerosum compare mine.toml' runs it"),
    "a scenario given to optimise": ("optimise", "[market]\nbuyers = 500", "this is a scenario; 'zerosum compare mine.toml' runs it"),
    "a scenario given to game": ("game", "[market]\nbuyers = 500", "this is a scenario; 'zerosum compare mine.toml' runs it"),
    "a game given to sweep": ("sweep", "scenario = 'kickoff'\n[[players]]\nvendor = 'Alder'", "this is a game; 'zerosum game mine.toml' runs it"),}
"""What is wrong -> the command, the file's text, the message after the file's name."""
# fmt: on


@each("case", FILES)
def test_a_file_with_a_typing_error(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command, text, message = FILES[case]
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_bytes(text.encode())
    assert message_of(command, "mine.toml") == f"mine.toml: {message}"


def _zipped(inside: str) -> bytes:
    path = Path("zipped")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(inside, "<x/>")
    content = path.read_bytes()
    path.unlink()
    return content


SCENARIO = (
    ", not a scenario; write a text file in TOML, such as mine.toml; "
    'the shortest one says extends = "kickoff", and then what differs'
)
EXPERIMENT = (
    ", not an experiment; write a text file in TOML, such as mine.toml; 'zerosum experiments' lists examples"
)


@each(
    ("name", "content", "said"),
    [
        ("plan.xlsx", "xl/workbook.xml", "an Excel workbook (.xlsx)"),
        ("plan.toml", "xl/workbook.xml", "an Excel workbook (.xlsx)"),
        ("plan.ods", "content.xml", "an OpenDocument spreadsheet (.ods)"),
        ("plan.docx", "word/document.xml", "a Word document (.docx)"),
        ("plan.numbers", "Index/Document.iwa", "a Numbers spreadsheet (.numbers)"),
        ("plan.zip", "a.txt", "a zip archive"),
        ("plan.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(90), "an old Excel or Word file"),
        ("plan.pdf", b"%PDF-1.7\n" + bytes(90), "a PDF"),
        ("plan.png", b"\x89PNG\r\n\x1a\n" + bytes(90), "a picture"),
        ("plan.toml.gz", b"\x1f\x8b\x08" + bytes(90), "a compressed file"),
        ("plan.csv", b"strategy,calls\nusual,5\n", "a table (CSV)"),
        ("plan.csv", b"strategy;calls\nusual;0,5\n", "a table (CSV)"),
        ("plan.tsv", b"strategy\tcalls\nusual\t5\n", "a table (CSV)"),
        ("plan.json", b'{"market": {"buyers": 5}}', "JSON"),
        ("plan.yaml", b"market:\n  buyers: 5\n", "YAML"),
    ],
)
def test_a_file_of_another_program(
    name: str, content: bytes | str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(_zipped(content) if isinstance(content, str) else content)
    assert message_of("compare", name) == f"{name}: this is {said}{SCENARIO}"
    assert message_of("sweep", name) == f"{name}: this is {said}{EXPERIMENT}"


def test_a_folder_and_other_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plans").mkdir()
    assert message_of("compare", "plans") == "plans: this is a folder; name a scenario file in it"
    assert message_of("sweep", "plans") == "plans: this is a folder; name a file in it"
    Path("some.bin").write_bytes(bytes(range(256)))
    assert message_of("compare", "some.bin") == (
        "some.bin: this is not a text file (line 1 holds a NUL byte); a scenario is a text file"
    )


SATURATION = ("map", "kickoff", "--strategy", "shots", "--keys", "market.saturation,clock.weeks")
LISTS_ALL = "'zerosum metrics' lists all"
USUAL = (
    "the usual ones are contribution, win_rate, share_at_quota, attainment_median, revenue_per_rep, "
    f"revenue_per_selling_hour; {LISTS_ALL}"
)
STRATEGIES = (
    "there are: usual, shots, admin-to-calls, admin-to-preparation, admin-to-slack, social-listening, "
    "social-and-preparation"
)


@each(
    ("arguments", "message"),
    [
        (
            ("--metric", "winrate"),
            f"--metric winrate: there is no such metric; did you mean 'win_rate'? {LISTS_ALL}",
        ),
        (
            ("--metric", "Win Rate"),
            f"--metric Win Rate: there is no such metric; did you mean 'win_rate'? {LISTS_ALL}",
        ),
        (
            ("--metric", "profit"),
            f"--metric profit: there is no such metric; did you mean 'contribution'? {LISTS_ALL}",
        ),
        (
            ("--metric", "quota"),
            f"--metric quota: there is no such metric; did you mean 'share_at_quota' or 'quota_per_rep'? {LISTS_ALL}",
        ),
        (("--metric", "zzz"), f"--metric zzz: there is no such metric; {USUAL}"),
        (
            ("--matters", "$5,000"),
            "--matters '$5,000' is no amount; write 5000; contribution is in money per year, such as 5k; "
            "or a part of the baseline's level, such as 2%",
        ),
        (
            ("--metric", "win_rate", "--matters", "0,5pp"),
            "--matters '0,5pp' is no amount; write 0.5pp; win rate is in percentage points, such as 1pp",
        ),
        (("-n", "1,000"), "--replications 1,000: this is not a whole number; write --replications 1000"),
        (("-n", "1k"), "--replications 1k: this is not a whole number; write --replications 1000"),
        (("-n", "30.0"), "--replications 30.0: this is not a whole number; write --replications 30"),
        (("-n", "many"), "--replications many: this is not a whole number"),
        (("--weeks", "3 years"), "--weeks 3 years: this is not a whole number; write --weeks 156"),
        (("--until-best", "95%"), "--until-best 95%: this is not a number; write --until-best 0.95 for 95 %"),
        (("--until-best", "0,95"), "--until-best 0,95: this is not a number; write --until-best 0.95"),
        (("--until-best", "95"), "--until-best 95: give a probability from 0.5 to 0.999, such as 0.95"),
        (("--adopters", "Focal"), "--adopters Focal: this is not known; did you mean 'focal'?"),
        (
            ("--set", "vendors.alder.reps=5"),
            "--set vendors.alder.reps=5: [[vendors]] has no row 'alder'; did you mean 'Alder'?",
        ),
        (
            ("--set", "market.saturation=55"),
            "--set market.saturation=55: market.saturation = 55 is too large; write 0.55 for 55 %; "
            "it must be a number from 0 to 1 (share)",
        ),
        (
            ("--set", "market.saturation=55%"),
            '--set market.saturation=55%: market.saturation = "55%" is text, not a number; write 0.55 for 55 %; '
            "it must be a number from 0 to 1 (share)",
        ),
        (
            ("--set", "market.saturation=0,55"),
            '--set market.saturation=0,55: market.saturation = "0,55" is text, not a number; write 0.55; '
            "it must be a number from 0 to 1 (share)",
        ),
        (
            ("--set", "market.buyers=3,500"),
            '--set market.buyers=3,500: market.buyers = "3,500" is text, not a number; write 3500; '
            "it must be a whole number from 1 to 2,000,000,000 (buyers)",
        ),
        (
            ("--set", "pay.base_per_year=39.5k"),
            '--set pay.base_per_year=39.5k: pay.base_per_year = "39.5k" is text, not a number; write 39500; '
            "it must be a number from 0 to 1,000,000,000,000 (money/year)",
        ),
        (
            ("--set", "pay.base_per_year=95.000"),
            "--set pay.base_per_year=95.000: pay.base_per_year = 95.000 can mean two numbers; write 95000, or 95.0 if the "
            "separator is the decimal point",
        ),
        (
            ("--set", "tools.dialler.boost=30"),
            "--set tools.dialler.boost=30: tools.dialler.boost = 30 is too large; write 0.3 for 30 %; it must be a "
            "number from 0 to 4 (share)",
        ),
        (
            ("--set", "comparison.strategies=usual,shots"),
            '--set comparison.strategies=usual,shots: comparison.strategies = "usual,shots" is not a list; '
            'write ["usual", "shots"]',
        ),
        (
            ("--set", "market.buyers", "=", "5"),
            "Got unexpected extra arguments (= 5); write --set KEY=VALUE without a space about the =",
        ),
    ],
)
def test_an_option_with_a_typing_error(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message_of("compare", "kickoff", *arguments) == message


@each(
    ("arguments", "message"),
    [
        (
            ("run", "kickoff", "--strategy", "Shots"),
            "kickoff: --strategy Shots: there is no such strategy; did you mean 'shots'?",
        ),
        (
            ("run", "kickoff", "--strategy", "zzz"),
            f"kickoff: --strategy zzz: there is no such strategy; {STRATEGIES}",
        ),
        (("map", "kickoff", "--strategy", "zzz"), f"strategy zzz: there is no such strategy; {STRATEGIES}"),
        (
            (*SATURATION, "--range", "market.saturation=30%:90%"),
            "range market.saturation=30%:90%: write market.saturation=0.3:0.9",
        ),
        (
            (*SATURATION, "--range", "market.saturation=0,3:0,9"),
            "range market.saturation=0,3:0,9: write market.saturation=0.3:0.9",
        ),
        (
            (*SATURATION, "--range", "market.saturation=0.3-0.9"),
            "range market.saturation=0.3-0.9: write KEY=LOW:HIGH, such as invitations.inbound=0.1:0.8",
        ),
        (
            (*SATURATION, "--at", "market.saturation=55%"),
            "at market.saturation=55%: write market.saturation=0.55",
        ),
        (
            ("map", "kickoff", "--strategy", "shots", "--keys", "vendors.alder.reps,clock.weeks"),
            "vendors.alder.reps: [[vendors]] has no row 'alder'; did you mean 'Alder'?",
        ),
        (
            ("compare", "kickoff", "--what-if", "market.saturation=50%,60%"),
            "--what-if market.saturation=50%: this is text, not a number; write 0.5 for 50 %; it must be a number "
            "from 0 to 1 (share)",
        ),
        (
            ("compare", "kickoff", "--what-if", "quota.stretch=+5%"),
            "--what-if quota.stretch=+5%: this is a change, and a what-if takes the new value; today is 0.93, so write "
            "0.9765",
        ),
        (
            ("compare", "kickoff", "--what-if", "quota.stretch=-5%"),
            "--what-if quota.stretch=-5%: this is a change, and a what-if takes the new value; today is 0.93, so write "
            "0.8835",
        ),
        (
            ("compare", "kickoff", "--what-if", "vendors.Alder.reps=8,+2"),
            "--what-if vendors.Alder.reps=+2: this is a change, and a what-if takes the new value; today is 10, so "
            "write 12",
        ),
        (
            ("run", "kickoff", "--set", "quota.stretch=+5%"),
            '--set quota.stretch=+5%: quota.stretch = "+5%" is text, not a number; write 0.05 for 5 %, or the new value '
            "if you mean 5 % more; it must be a number from 0.01 to 10 (ratio)",
        ),
        (
            ("compare", "kickoff", "--what-if", "pay.base_per_year=95.000"),
            "--what-if pay.base_per_year=95: this can mean two numbers; write 95000, or 95.0 if the separator is the "
            "decimal point",
        ),
        (
            ("compare", "kickoff", "--what-if", "pay.base_per_year=95,000"),
            "--what-if pay.base_per_year=000: this is not a number; a comma separates values, so write thousands "
            "without one; it must be a number from 0 to 1,000,000,000,000 (money/year)",
        ),
        (
            ("breakeven", "kickoff", "--strategy", "Shots"),
            "strategy Shots: there is no such strategy; did you mean 'shots'?",
        ),
        (
            ("map", "kickoff", "--strategy", "shots", "--metric", "winrate"),
            f"metric winrate: there is no such metric; did you mean 'win_rate'? {LISTS_ALL}",
        ),
        (
            ("compare", "saturation"),
            "saturation: this is an experiment, not a scenario; 'zerosum sweep saturation' runs it",
        ),
        (
            ("compare", "Kickoff"),
            "Kickoff: there is no such file or shipped scenario; did you mean 'kickoff'?",
        ),
        (("sweep", "kickoff"), "kickoff: this is a scenario; 'zerosum compare kickoff' runs it"),
    ],
)
def test_a_name_with_a_typing_error(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message_of(*arguments) == message


POINTS = """
scenario = "kickoff"
factors = [{ key = "market.saturation", low = 0.1, high = 0.9 }, { key = "reps.skill_sd", low = 0.1, high = 0.9 }]
design = { kind = "list", file = "points.csv" }
"""


@each(
    ("content", "said"),
    [
        (
            b"saturation;skill_sd\n0,5;0,2\n",
            "points.csv: the columns are parted by ';'; save the file with commas",
        ),
        (
            b"saturation\tskill_sd\n0.5\t0.2\n",
            "points.csv: the columns are parted by a tab; save the file with",
        ),
        (b"saturation,skill_sd\n50%,0.2\n", "line 2: saturation = 50% is not a number; write 0.5 for 50 %"),
        (b'saturation,skill_sd\n"0,5",0.2\n', "line 2: saturation = 0,5 is not a number; write 0.5"),
        (
            b"PK\x03\x04xl/workbook.xml",
            "points.csv: this is an Excel workbook (.xlsx), not a CSV file; save the sheet",
        ),
    ],
)
def test_a_table_of_points_from_a_spreadsheet(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_bytes(content)
    (tmp_path / "mine.toml").write_text(POINTS, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Study(load_experiment(tmp_path / "mine.toml"), tmp_path / "mine.toml")
    assert said in str(caught.value)


@each(
    ("text", "fix"),
    [
        ("55%", "write 0.55 for 55 %"),
        ("5,5 %", "write 0.055 for 5.5 %"),
        ("0.5%", "write 0.005 for 0.5 %"),
        ("-4 %", "write -0.04 for -4 %"),
        ("39.5k", "write 39500"),
        ("1,5 Mio", "write 1500000"),
        ("2bn", "write 2000000000"),
        ("US$ 95,000.50", "write 95000.5"),
        ("(1,200.00)", "write -1200"),
        ("\u22125", "write -5"),
        ("1\u202f234\u202f567", "write 1234567"),
        ("0,684", "write 0.684"),
        ("95,000", "write 95000, or 95.0 if the separator is the decimal point"),
    ],
)
def test_a_number_as_a_spreadsheet_shows_it(text: str, fix: str) -> None:
    number = read_number(text)
    assert number is not None
    assert number.fix == fix


@each(
    "text",
    ["", "many", "1,23,4", "1.2.3", "12,34,567", "5 6", "--5", "1e5", "(5", "%", "k", "0x10", "9" * 60],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_number(text) is None


def test_a_decimal_comma_in_an_amount_is_not_dropped() -> None:
    # "0,5pp" was read as 5 percentage points.
    with pytest.raises(ValueError, match=r"write 0\.5pp"):
        parse_amount("0,5pp", BY_NAME["win_rate"])
    assert parse_amount("5,000", BY_NAME["contribution"]).value == 5000


def test_an_amount_with_decimals_is_an_amount() -> None:
    """What a program writes of a number never ends in a 0 after three decimals, and a share is no amount."""
    text = "[pay]\nbase_per_year = 95.0\npresales_per_year = 39.525\n[quota]\nstretch = 1.100\n"
    found = parse_scenario(text)
    assert (found.pay.base_per_year, found.pay.presales_per_year, found.quota.stretch) == (95.0, 39.525, 1.1)
    assert parse_scenario(scenario_text(found)) == found
