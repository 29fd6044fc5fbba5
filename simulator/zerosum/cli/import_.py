"""``zerosum import``: what a CRM system exports, as the tables of a team."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zerosum.cli.session import refuse_reserved
from zerosum.cli.terminal import check_extra, reporting_errors, say, working
from zerosum.errors import InputError

if TYPE_CHECKING:
    from zerosum.crm.choices import Choices
    from zerosum.crm.finish import Imported

_SAYS = "May be given several times."


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--out", metavar="DIR", required=True, help="Folder for the team's tables.")
@click.option(
    "--replace",
    is_flag=True,
    help="Replace a folder that was imported from other files or with other options.",
)
@click.option(
    "--system",
    metavar="NAME",
    default="",
    help="salesforce, hubspot, dynamics or pipedrive (default: by headers).",
)
@click.option(
    "--as",
    "kinds",
    multiple=True,
    metavar="FILE=KIND",
    help="What a file holds: opportunities, reps, accounts, stages, prices, closes or ignore.",
)
@click.option(
    "--map",
    "columns",
    multiple=True,
    metavar="COLUMN=MEANING",
    help="What a column means; or a TOML file of such answers. " + _SAYS,
)
@click.option(
    "--stage",
    "stages",
    multiple=True,
    metavar="WORD=OUTCOME",
    help="A stage or status: open, won, lost, no_decision or disqualified.",
)
@click.option(
    "--reason",
    "reasons",
    multiple=True,
    metavar="WORD=OUTCOME",
    help="A reason of a lost deal: lost, no_decision or disqualified.",
)
@click.option(
    "--type", "types", multiple=True, metavar="WORD=TYPE", help="A type of deal: new, renewal or upgrade."
)
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="WORD=KIND",
    help="A source: inbound, outreach, referral or renewal.",
)
@click.option(
    "--same", multiple=True, metavar="NAME=NAME", help="Two spellings of one product, account or rep."
)
@click.option("--queue", "queues", multiple=True, metavar="NAME", help="An owner that is no person.")
@click.option("--dates", metavar="ORDER", default="", help="day-first, month-first or year-first.")
@click.option(
    "--timezone",
    metavar="ZONE",
    default="",
    help="Whose days count, if times have a time zone, such as Europe/Berlin.",
)
@click.option(
    "--as-of",
    metavar="DATE",
    default="",
    help="Date of the export (default: the latest date of what happened).",
)
@click.option("--decimal", metavar="SIGN", default="", help="Decimal sign: point or comma.")
@click.option(
    "--amounts",
    metavar="KIND",
    default="",
    help="What amounts are: annual, monthly or total (of a contract).",
)
@click.option("--term", metavar="MONTHS", default="", help="Length of a contract, for --amounts total.")
@click.option("--currency", metavar="CODE", default="", help="Currency of all amounts written, such as EUR.")
@click.option(
    "--rate",
    "rates",
    multiple=True,
    metavar="CODE=NUMBER",
    help="What one of a currency is worth, such as EUR=1.08.",
)
@click.option(
    "--encoding",
    metavar="NAME",
    default="",
    help="Encoding of CSV files, such as cp1252 (default: told from their bytes).",
)
@click.option(
    "--key",
    "key_file",
    metavar="FILE",
    help="Key of pseudonyms, to share one (default: in your data folder).",
)
@click.option("--quiet", "-q", is_flag=True, help="Show only the result.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def import_(files: tuple[str, ...], out: str, replace: bool, key_file: str | None, **given: Any) -> None:
    """Import your own pipeline from a CRM export.

    FILEs are CSV, XLSX or Parquet: opportunities of Salesforce, HubSpot, Dynamics 365, Pipedrive or another system, and
    beside them reps with quotas, accounts, stage history, a price list. Where the files can't tell, it asks for an
    option (exit code 2). Nothing leaves this machine, and names are written as pseudonyms only.

    Example: zerosum import deals.csv reps.xlsx --out myteam
    """
    as_json, quiet = given.pop("as_json"), given.pop("quiet")
    with reporting_errors() as ending:
        check_extra("crm")
        if not out.strip():
            raise InputError("--out '': name a folder; it is made if it doesn't exist")
        refuse_reserved(out)
        from zerosum.crm.choices import make_choices
        from zerosum.crm.pseudonyms import load_key
        from zerosum.runs.outputs import check_writable

        folder, choices = Path(out), make_choices(given)
        check_writable(folder)
        key = load_key(Path(key_file) if key_file else None)
        imported = _read([Path(file) for file in files], choices, key, quiet or as_json)
        from zerosum.crm.write import write_import
        from zerosum.report.html.quality import write_quality
        from zerosum.report.imported import describe_imported

        team, paths = write_import(folder, imported, key, write_quality(imported), replace)
        ending.files = f"The import is in {folder}/."
        if as_json:
            say(json.dumps(dict(team.about), indent=2, ensure_ascii=False))
        else:
            where = key_file or "in your data folder, not in this one"
            say(describe_imported(imported, team, folder, paths, where))


def _read(paths: list[Path], choices: Choices, key: bytes, quiet: bool) -> Imported:
    """Read the files; show what was understood, also if something must be asked."""
    from zerosum.crm.build import import_files
    from zerosum.crm.understood import Understood
    from zerosum.report.imported import describe_understood

    understood = Understood()
    try:
        with nullcontext() if quiet else working("Reading"):
            imported = import_files(paths, choices, key, understood)
    except InputError as error:
        if not quiet and understood.lines:
            say(describe_understood(understood))
        raise InputError(f"{error}. Nothing was written.".replace("..", ".").replace("?.", "?")) from None
    if not quiet:
        say(describe_understood(understood))
    return imported
