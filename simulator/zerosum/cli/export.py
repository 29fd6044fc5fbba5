"""``zerosum export``: a comparison as an Excel workbook, as CSV, and its figures as PNG and SVG."""

from __future__ import annotations

from pathlib import Path

import click

from zerosum.cli.results import find_map, find_results, open_again
from zerosum.cli.session import WORKBOOK, Session, in_session, output_file, results_argument
from zerosum.cli.terminal import progress, say
from zerosum.errors import InputError


@click.command()
@results_argument
@click.option(
    "--xlsx", metavar="FILE", help="Write a workbook: a summary with charts, and a sheet per table."
)
@click.option("--csv", metavar="DIR", help="Write every table as CSV to a folder.")
@click.option(
    "--charts",
    metavar="DIR",
    help="Write every figure of the report as PNG and SVG to a folder, ready for print.",
)
@click.option(
    "--all-rows", is_flag=True, help="For --xlsx: keep all rows of long tables, up to Excel's 1,048,576."
)
@click.option("--metric", metavar="NAME", help="The metric that decides (default: the comparison's own).")
@in_session
def export(
    session: Session,
    results: str,
    xlsx: str | None,
    csv: str | None,
    charts: str | None,
    all_rows: bool,
    metric: str | None,
) -> None:
    """Write a comparison as a workbook, CSV files or pictures.

    RESULTS is a folder, the name of a scenario, or the start of a hash. Use it to work on in a spreadsheet, slides or
    another program. Give --xlsx, --csv, --charts or several of them.

    Example: zerosum export kickoff --xlsx kickoff.xlsx
    """
    if xlsx is None and csv is None and charts is None:
        raise InputError(
            f"say what to write: 'zerosum export {results} --xlsx {Path(results).stem or 'results'}.xlsx' makes a "
            f"workbook, '--csv DIR' a folder of tables, '--charts DIR' one of figures"
        )
    if find_map(results):
        raise InputError(f"{results}: this is a map; its tables are CSV files in that folder already")
    if xlsx is None and all_rows:
        raise InputError("--all-rows is for --xlsx; --csv writes every row of every table, so leave it out")
    if xlsx is None and charts is None and metric is not None:
        raise InputError(
            f"--metric {metric} is for --xlsx and --charts; --csv writes every row of every table, so leave it out"
        )
    workbook = None if xlsx is None else _workbook_to_write(xlsx)
    if csv is not None:
        _write_csv(session, results, csv)
    if charts is not None:
        _write_charts(session, results, charts, metric)
    if workbook is not None:
        _write_xlsx(session, results, workbook, all_rows, metric)


def _workbook_to_write(out: str) -> Path:
    """Return the workbook's file; raise if another kind of file is in its place, before anything is written."""
    from zerosum.runs.derived import is_workbook

    return output_file(out, None, "export --xlsx", is_workbook, WORKBOOK)


def _write_xlsx(session: Session, results: str, file: Path, all_rows: bool, metric: str | None) -> None:
    from zerosum.report.lines import without_options
    from zerosum.report.screen import list_verdict
    from zerosum.report.workbook import MOST_ROWS, QUICK, plan_parts, write_workbook
    from zerosum.runs import outputs
    from zerosum.studies.compare import value_table
    from zerosum.studies.rests import find_rests

    folder, manifest, comparison, decision = open_again(results, metric, None)
    outputs.check_writable(file.parent)
    values, rests = value_table(comparison), find_rests(comparison.scenario, decision.metric.name, folder)
    lines = without_options(list_verdict(comparison, decision, values, rests))
    parts = plan_parts(comparison, MOST_ROWS if all_rows else QUICK)

    def write(path: Path) -> None:
        with progress("rows", False) as on_rows:
            write_workbook(comparison, manifest, path, parts, lines, values, on_rows)

    outputs.write_all(file.parent, {file.name: write})
    session.ending.files = f"The workbook is {file}."
    say(f"{file}   ({file.stat().st_size / 1e6:,.1f} MB)")
    for part in parts:
        if part.missing:
            say(f"{part.missing} {_mend(part.of_rows, folder, all_rows)}")


def _mend(rows: int, folder: Path, all_rows: bool) -> str:
    from zerosum.report.workbook import MOST_ROWS

    if all_rows or rows > MOST_ROWS:
        return f"All are in {folder}/ as Parquet; --csv writes them as CSV."
    return "--all-rows writes all."


def _write_csv(session: Session, results: str, out: str) -> None:
    from zerosum.report.results import summarize_export
    from zerosum.runs import outputs
    from zerosum.runs.schema import TABLES
    from zerosum.runs.verify import read_tables
    from zerosum.studies.compare.restore import restore

    folder, manifest = find_results(results)
    names = ("summary.json", "differences.csv", *(f"{name}.csv" for name in TABLES))
    session.out = out
    target = session.folder(Path(out), "export", names, option="--csv")
    tables = read_tables(folder, manifest)
    written = {"summary.json": outputs.document(summarize_export(manifest, session.files))}
    written |= {f"{name}.csv": outputs.csv(table.to_pandas()) for name, table in tables.items()}
    written["differences.csv"] = outputs.csv(restore(folder)[0].differences)
    outputs.write_all(target, written)
    session.ending.files = f"The tables are in {target}/."
    say(f"In {target}/: {', '.join(written)}")


def _write_charts(session: Session, results: str, out: str, metric: str | None) -> None:
    from zerosum.report.charts import list_charts, write_chart
    from zerosum.report.results import summarize_export
    from zerosum.runs import outputs
    from zerosum.runs.find import folders_beside
    from zerosum.studies.compare import value_table
    from zerosum.studies.misses import misses_of

    folder, manifest, comparison, decision = open_again(results, metric, None)
    shares = misses_of(comparison.scenario, folders_beside(comparison.scenario.name, folder))
    charts = dict(list_charts(comparison, decision, value_table(comparison), shares[1] if shares else None))
    session.out = out
    names = ("summary.json", *(f"{name}.{kind}" for name in charts for kind in ("png", "svg")))
    target = session.folder(Path(out), "export", names, option="--charts")
    outputs.check_writable(target)
    written = {"summary.json": outputs.document(summarize_export(manifest, session.files))}
    with progress("figures", False) as on_figures:
        for done, (name, figure) in enumerate(charts.items(), start=1):
            made = write_chart(figure, comparison)
            written |= {f"{name}.{kind}": outputs.content(data) for kind, data in made.items()}
            on_figures(done, len(charts))
    outputs.write_all(target, written)
    session.ending.files = f"The figures are in {target}/."
    say(f"In {target}/, as PNG and SVG: {', '.join(charts)}")
