"""Execute ``docs/notebooks/`` for the site: Python files in; pages, figures and ``.ipynb`` files out."""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbconvert import MarkdownExporter

SECONDS = 300
"""Most that one cell may take: the first compiles the engine, on a machine that is busy with other work."""

_QUIET = ["--IPKernelApp.log_level=40"]
"""Else each kernel warns that its sockets, on this machine and signed, aren't encrypted."""


def execute(source: Path, folder: Path) -> None:
    """Execute one notebook, and write its page, its figures and the notebook itself to a folder.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        if a cell fails; says which and why
    """
    before = set(folder.glob("*.csv"))
    notebook = jupytext.read(source)
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=SECONDS, resources=place, extra_arguments=_QUIET).execute()
    exporter = MarkdownExporter()
    text, resources = exporter.from_notebook_node(
        notebook, {"output_files_dir": f"{source.stem}_files", "unique_key": source.stem}
    )
    # The theme lays out tables that have no class; pandas brings a class, a border and a style of its own.
    text = re.sub(r"<style scoped>.*?</style>", "", text, flags=re.DOTALL)
    text = text.replace('<table border="1" class="dataframe">', "<table>")
    for name, content in resources.get("outputs", {}).items():
        figure = folder / name
        figure.parent.mkdir(parents=True, exist_ok=True)
        figure.write_bytes(content)
    data = sorted(path.name for path in set(folder.glob("*.csv")) - before)
    download = f"\n---\n\nDownload: [this notebook with its results]({source.stem}.ipynb)"
    download += "".join(f", [{name}]({name})" for name in data) + ".\n"
    (folder / f"{source.stem}.md").write_text(text + download, encoding="utf-8")
    nbformat.write(notebook, folder / f"{source.stem}.ipynb")


def execute_all(sources: Path, folder: Path) -> int:
    """Execute all notebooks of a folder; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(sources.glob("*.py"))
    for source in found:
        execute(source, folder)
    return len(found)
