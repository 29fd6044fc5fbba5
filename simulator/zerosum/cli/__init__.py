"""The command ``zerosum``. Each command parses options, calls one function and prints. Exit codes: ``terminal.py``.

Each command has a file, imported when you type it; shared code is in ``session.py``.
"""

from __future__ import annotations

from importlib import import_module

import click

from zerosum.cli.terminal import Commands

COMMANDS = {
    "run": "run",
    "compare": "compare",
    "deals": "deals",
    "misses": "misses",
    "results": "results",
    "report": "report",
    "export": "export",
    "play": "play",
    "replay": "replay",
    "sweep": "sweep",
    "analyse": "analyse",
    "map": "map",
    "breakeven": "breakeven",
    "optimise": "optimise",
    "game": "game",
    "import": "import_",
    "export-crm": "export_crm",
    "describe": "describe",
    "fit": "fit",
    "validate": "validate",
    "facts": "validate",
    "effects": "effects",
    "calibrate": "calibrate",
    "scenarios": "listings",
    "experiments": "listings",
    "metrics": "listings",
    "schema": "listings",
}
"""Each command and its file, in the order of ``--help``."""


class _Main(Commands):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        file = import_module(f"zerosum.cli.{COMMANDS[cmd_name]}")
        called = cmd_name.replace("-", "_")
        found = (getattr(file, name, None) for name in (called, f"{called}_"))  # map_: map is a built-in
        return next(command for command in found if isinstance(command, click.Command))


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zerosum", prog_name="zerosum")
def main() -> None:
    """Simulate sales reps and buyers in a saturated, zero-sum market.

    Start with: zerosum compare kickoff
    """
