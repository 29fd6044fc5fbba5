"""The command ``zerosum``. Each command parses, calls one function and prints. Exit codes: ``terminal.py``.

One file a command; what they share is in ``session.py``.
"""

from __future__ import annotations

import click

from zerosum.cli.analyse import analyse
from zerosum.cli.calibrate import calibrate
from zerosum.cli.compare import compare
from zerosum.cli.effects import effects
from zerosum.cli.flips import flips
from zerosum.cli.game import game
from zerosum.cli.listings import experiments, scenarios, schema
from zerosum.cli.optimise import optimise
from zerosum.cli.play import play
from zerosum.cli.replay import replay
from zerosum.cli.report import report
from zerosum.cli.results import results
from zerosum.cli.run import run
from zerosum.cli.sweep import sweep
from zerosum.cli.terminal import Commands
from zerosum.cli.validate import facts, validate


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
