"""``zerosum describe``: what a team's own data say, and what of it is only luck."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import click

from zerosum.cli.terminal import check_extra, knows_signs, reporting_errors, say, working


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--quiet", "-q", is_flag=True, help="No progress, no file list.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a screen.")
def describe(folder: str, quiet: bool, as_json: bool) -> None:
    """Describe your own pipeline before you model it.

    DIR is what 'zerosum import' wrote. Win rates, cycles, values, quarter ends, ramp and attainment, each with its
    range and beside what chance alone would make. Writes describe.html and describe.json into DIR.

    Example: zerosum describe myteam
    """
    with reporting_errors() as ending:
        check_extra("crm")
        from zerosum.crm import load_team
        from zerosum.report.describe import describe_description, description_object
        from zerosum.report.html.described import write_description
        from zerosum.runs import outputs
        from zerosum.studies.describe import describe_team

        target = Path(folder)
        with nullcontext() if quiet or as_json else working("Describing"):
            team = load_team(target)
            outputs.check_writable(target)
            found = describe_team(team)
            content = description_object(found)
            page = write_description(found)
        files = {"describe.html": outputs.text(page), "describe.json": outputs.document(content)}
        paths = outputs.write_all(target, files)
        ending.files = f"The description is in {folder}/."
        if as_json:
            say(json.dumps(content, indent=2, ensure_ascii=not knows_signs()))
        else:
            say(describe_description(found, "" if quiet else folder, () if quiet else paths))
