"""``zerosum report``: one HTML file of stored results, to be read, printed and handed on."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zerosum.cli.common import replicated
from zerosum.cli.folder import refuse_reserved
from zerosum.cli.results import open_again, results_argument
from zerosum.cli.terminal import EXIT_FAILED, Fault, plainly, say
from zerosum.machine import usable_cores

if TYPE_CHECKING:
    from zerosum.runs.manifest import Manifest
    from zerosum.studies.attribution import Flips
    from zerosum.studies.compare import Comparison, Decision

NAME = "report.html"


@click.command()
@results_argument
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@click.option("--out", metavar="FILE", help=f"The file (default: {NAME} within the results).")
@click.option(
    "--metric",
    metavar="NAME",
    help="The number that decides (default: the one that the comparison was asked for).",
)
@click.option("--matters", metavar="AMOUNT", help="Smallest difference in it that matters, such as 1pp.")
@click.option("--no-flips", is_flag=True, help="Don't simulate anew why the leading strategy differs.")
def report(
    results: str, show: bool, out: str | None, metric: str | None, matters: str | None, no_flips: bool
) -> None:
    """Write a page about RESULTS (a folder, the name of a scenario, the start of a hash) that needs nothing else.

    It works without a network and without scripts, and prints. Up to 20 replications of the leading strategy are run
    again to say which deals made the difference.
    """
    with plainly() as ending:
        folder, manifest, comparison, decision = open_again(results, metric, matters)
        file = _file(out, folder / NAME)
        from zerosum.runs import store

        store.check_writable(file.parent)
        found, without = _flips(comparison, decision, manifest, file.parent, no_flips)
        from zerosum.report.html import page

        text = page(comparison, decision, manifest, found, without)
        store.write_all(file.parent, {file.name: store.text(text)})
        ending.files = f"The report is {file}."
        say(f"{file}   ({len(text.encode()) / 1000:,.0f} kB)")
        if show:
            _open(file)


def _file(out: str | None, default: Path) -> Path:
    if out is None:
        _refuse_strangers(default, str(default), "--out names another file")
        return default
    if not out.strip():
        raise Fault("--out '': name a file; it is made if it doesn't exist")
    if Path(out).is_dir() or out.endswith(("/", os.sep)):
        raise Fault(f"--out {out}: this is a folder; name a file in it, such as {Path(out) / NAME}")
    refuse_reserved(out)
    file = Path(out)
    if file.exists() and file.suffix.lower() not in (".html", ".htm"):
        raise Fault(f"--out {out}: this is there already and is no page; name a file that ends with .html")
    _refuse_strangers(file, f"--out {out}", "name another file, or move it away")
    return file


def _refuse_strangers(file: Path, called: str, instead: str) -> None:
    from zerosum.runs.derived import is_page

    if file.exists() and not is_page(file):
        raise Fault(f"{called}: this would be replaced, and it is not from 'zerosum report'; {instead}")


def _flips(
    comparison: Comparison, decision: Decision, manifest: Manifest, folder: Path, skip: bool
) -> tuple[Flips | None, str]:
    """Trace the leading strategy's difference, or say why that isn't done."""
    from zerosum.report.html import MOST_TRACED, leading

    scenario = comparison.scenario
    apart = [world for world in scenario.comparison.worlds if world != "head-to-head"]
    if len(scenario.compared_names) < 2:
        return None, ""
    if not apart:
        return None, (
            "In 'head-to-head' all strategies are teams in one market: there is no second run to hold a deal against. "
            "Compare them in the world 'alone', and 'zerosum flips' says which deals made the difference."
        )
    world = apart[0]
    strategy = leading(decision, world)
    if strategy is None:
        return None, ""
    how = f"zerosum flips {manifest.hash[:16]} --strategy {_quoted(strategy)}" + (
        f" --world {world}" if world != scenario.comparison.worlds[0] else ""
    )
    if skip:
        return None, f"Which deals made the difference was not asked for here: '{how}' says it, deal by deal."
    from zerosum.runs.origin import differing
    from zerosum.studies.attribution import explain

    other = differing(manifest.origin)
    if other:
        return None, (
            f"The results were made by other versions than this page ({other}): the deals can't be traced as they were."
        )
    wanted = min(MOST_TRACED, manifest.replications)
    found = replicated(
        folder,
        wanted,
        False,
        lambda on_done, stop: explain(
            scenario, strategy, scenario.baseline_name, world, wanted, usable_cores(), on_done, stop
        ),
    )
    return found, ""


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def _open(file: Path) -> None:
    import webbrowser

    opened = False
    with contextlib.suppress(webbrowser.Error, OSError):
        opened = webbrowser.open(file.resolve().as_uri())
    if not opened:
        raise Fault(f"There is no browser to be found here; the report is {file}.", EXIT_FAILED)
