"""``zerosum describe``: what a team's own data say, and what of it is only luck."""

from __future__ import annotations

import json
from pathlib import Path

import click

from zerosum.cli.terminal import check_extra, reporting_errors, say, working


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a screen.")
def describe(folder: str, as_json: bool) -> None:
    """Describe your own pipeline before you model it.

    DIR is what 'zerosum import' wrote. Win rates, cycles, values, quarter ends and attainment, each with its range and
    beside what luck alone would make. Writes describe.json into DIR.
    """
    with reporting_errors() as ending:
        check_extra("crm")
        from zerosum.crm import load_team
        from zerosum.report.describe import describe_description, description_object
        from zerosum.runs import outputs
        from zerosum.studies.describe import describe_team

        team = load_team(folder)
        outputs.check_writable(Path(folder))
        with working("Describing"):
            found = describe_team(team)
        content = description_object(found)
        outputs.write_all(Path(folder), {"describe.json": outputs.document(content)})
        ending.files = f"The description is in {folder}/."
        if as_json:
            say(json.dumps(content, indent=2, ensure_ascii=False))
        else:
            say(describe_description(found))
