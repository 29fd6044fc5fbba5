"""The command ``zerosum``: thin doors. Each parses, calls one function, prints. Exit codes: ``terminal.py``.

One file a command; what they share is in ``common.py``.
"""

from __future__ import annotations

import click

from simulator.cli.analyse import analyse
from simulator.cli.calibrate import calibrate
from simulator.cli.compare import compare
from simulator.cli.effects import effects
from simulator.cli.flips import flips
from simulator.cli.game import game
from simulator.cli.listings import experiments, scenarios, schema
from simulator.cli.optimise import optimise
from simulator.cli.play import play
from simulator.cli.replay import replay
from simulator.cli.report import report
from simulator.cli.results import results
from simulator.cli.run import run
from simulator.cli.sweep import sweep
from simulator.cli.validate import facts, validate
from simulator.terminal import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zerosum", prog_name="zerosum")
def main() -> None:
    """Simulate sales reps and buyers in a saturated, zero-sum market.

    Start with: zerosum compare kickoff
    """


for command in (
    run,
    compare,
    flips,
    results,
    report,
    play,
    replay,
    sweep,
    analyse,
    optimise,
    game,
    validate,
    facts,
    effects,
    calibrate,
    scenarios,
    experiments,
    schema,
):
    main.add_command(command)
