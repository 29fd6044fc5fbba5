"""Options of ``zerosum compare``: the decision metric, the minimum difference, the stopping rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from zerosum.cli.session import options
from zerosum.errors import InputError

if TYPE_CHECKING:
    from zerosum.market.metrics import Amount, Metric
    from zerosum.scenario.spec import Scenario
    from zerosum.studies.compare import Until

AT_MOST = 1000

deciding_options = options(
    click.option(
        "--metric",
        metavar="NAME",
        help="The metric that decides, such as win_rate (default: contribution). A wrong name lists all.",
    ),
    click.option(
        "--matters",
        metavar="AMOUNT",
        help="Smallest difference that matters to you, such as 1pp, 5k or 2%. Each strategy is then better, worse, "
        "equivalent or undecided.",
    ),
    click.option(
        "--until-best",
        type=float,
        metavar="P",
        help="Add replications until the best strategy is known with this probability, such as 0.95.",
    ),
    click.option(
        "--indifference",
        metavar="AMOUNT",
        help="For --until-best: strategies that differ by less count as equally good (default: 1pp, or 2%).",
    ),
    click.option(
        "--until-halfwidth",
        metavar="AMOUNT",
        help="Add replications until every difference is known to plus or minus this, such as 0.5pp.",
    ),
    click.option(
        "--at-most",
        type=click.IntRange(20, 1_000_000),
        metavar="N",
        help=f"For --until-…: stop after this many replications (default: {AT_MOST:,}).",
    ),
)


class Asked(NamedTuple):
    """The options' values; without a rule, ``at_most`` is the number of replications."""

    metric: Metric
    matters: Amount | None
    until: Until | None
    at_most: int


def parse_deciding(
    scenario: Scenario,
    replications: int | None,
    metric: str | None,
    matters: str | None,
    until_best: float | None,
    indifference: str | None,
    until_halfwidth: str | None,
    at_most: int | None,
) -> Asked:
    """Check the options against each other and against the scenario."""
    from zerosum.market.metrics import DEFAULT_METRIC
    from zerosum.studies.compare import Best, Halfwidth

    number = find_metric(DEFAULT_METRIC if metric is None else metric)
    amounts = {
        option: read_amount(option, text, number)
        for option, text in (
            ("--matters", matters),
            ("--indifference", indifference),
            ("--until-halfwidth", until_halfwidth),
        )
        if text is not None
    }
    apart = amounts.get("--matters")
    if until_best is not None and not 0.5 <= until_best <= 0.999:
        raise InputError(f"--until-best {until_best:g}: give a probability from 0.5 to 0.999, such as 0.95")
    given = {"--until-best": until_best, "--until-halfwidth": until_halfwidth}
    rules = [name for name, value in given.items() if value]
    if len(rules) > 1:
        raise InputError(f"{' and '.join(rules)}: give one of the two")
    if indifference is not None and until_best is None:
        raise InputError(f"--indifference {indifference}: add --until-best")
    if not rules:
        if at_most is not None:
            raise InputError(f"--at-most {at_most}: add --until-best or --until-halfwidth")
        return Asked(number, apart, None, scenario.comparison.replications)
    if replications is not None:
        raise InputError(
            f"--replications {replications} and {rules[0]}: the rule sets the number; give --at-most N to limit it"
        )
    strategies, most = scenario.compared_names, at_most or AT_MOST
    if len(strategies) < 2:
        raise InputError(
            f"{rules[0]}: the scenario compares only '{scenario.baseline_name}'; a rule needs two strategies or more"
        )
    if until_best is None:
        return Asked(number, apart, Halfwidth(strategies, number.name, amounts["--until-halfwidth"]), most)
    if number.higher_is_better is None:
        raise InputError(
            f"--until-best: neither more nor less of '{number.name}' is better; --metric names another"
        )
    usual = "1pp" if number.unit.startswith(("share", "points")) else "2%"
    alike = amounts.get("--indifference") or read_amount("--indifference", usual, number)
    return Asked(number, apart, Best(strategies, number.name, alike, until_best), most)


def find_metric(name: str) -> Metric:
    """Return a metric by name; errors give the nearest names."""
    from zerosum.market.metrics import BY_NAME

    if name not in BY_NAME:
        from zerosum.market.metrics.names import suggest_metric

        raise InputError(f"--metric {name}: there is no such metric; {suggest_metric(name)}")
    return BY_NAME[name]


def read_amount(option: str, text: str, metric: Metric) -> Amount:
    """Parse an option's amount."""
    from zerosum.market.metrics import parse_amount

    try:
        return parse_amount(text, metric)
    except ValueError as error:
        raise InputError(f"{option} {error}") from None
