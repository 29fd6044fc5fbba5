"""The page of what the shipped experiments answer, made by running them.

``python -m simulator.report.answers_page`` (``make answers``) makes the runs that are missing, and writes
``docs/answers.md`` with its figures. What the page says are the words of ``zerosum analyse``, so nobody's wish gets
in between.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from simulator import store
from simulator.experiments import Study, load_experiment, sweep
from simulator.experiments.analysis import Analysis, analyse
from simulator.experiments.executors import Processes
from simulator.experiments.folder import default_folder
from simulator.experiments.restore import restored
from simulator.report.analysis_in_words import in_words
from simulator.report.figure_sweep import figures

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "answers.md"
PICTURES = ROOT / "docs" / "answers"
QUESTIONS = ("saturation", "adoption", "presales", "red-queen", "sensitivity-kickoff")
"""Experiments in ``experiments/``, in the order in which they are told."""

HEAD = "<!-- Written by python -m simulator.report.answers_page; don't edit it by hand. -->"


def page(found: Sequence[tuple[Study, Analysis, Sequence[str]]]) -> str:
    """Write the page.

    Parameters
    ----------
    found : (study, analysis, names of its figures in docs/answers/), for each question
    """
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Sequence[tuple[Study, Analysis, Sequence[str]]]) -> Iterator[str]:
    yield from ("# What the shipped experiments answer", "", HEAD, "")
    yield (
        "Each question is a file in [`experiments/`](../experiments/README.md). Below it stand the words of `zerosum "
        "analyse`, as they come out, and a figure. Differences are on the same luck, intervals are of 95 %, each for "
        "itself, and hold luck only: what the model assumes is in none of them ([calibration.md](calibration.md)). How "
        "experiments are written and run: [experiments.md](experiments.md). `make answers` runs them and writes this "
        "page."
    )
    for study, analysis, names in found:
        experiment = study.experiment
        yield from ("", f"## {experiment.name}", "", f"**{experiment.question}**", "")
        for sentence in in_words(analysis):
            plain = sentence.lstrip()
            yield f"{'  ' if plain != sentence else ''}- {plain}"
        yield ""
        file = f"experiments/{experiment.name}.toml"
        yield f"`zerosum sweep {file}`, then `zerosum analyse {file}`"
        for name in names:
            yield from ("", f"![{experiment.question}](answers/{name})")


def _found(name: str, folder: Path, workers: int) -> tuple[Study, Analysis, dict[str, store.Writer]]:
    here = ROOT / "experiments" / f"{name}.toml"
    study = Study(load_experiment(here), here)
    results = default_folder(study, folder)
    sweep(study, results, Processes(workers), stop=threading.Event())
    metric = study.experiment.metrics[0]
    analysis = analyse(restored(results, (metric,), study), metric)
    pictures = {f"{name}-{file}": store.picture(figure) for file, figure in figures(analysis).items()}
    return study, analysis, pictures


MOST_PICTURES = 2
"""Figures a question; the rest are one command away."""


def main(names: Sequence[str] = ()) -> int:
    """Run what is missing of these experiments, all if none is named; write the page with its figures."""
    workers = os.cpu_count() or 1
    found, pictures = [], dict[str, store.Writer]()
    for name in names or QUESTIONS:
        sys.stderr.write(f"{name} …\n")
        study, analysis, drawn = _found(name, ROOT / "results", workers)
        kept = dict(sorted(drawn.items(), key=lambda item: "response" in item[0])[:MOST_PICTURES])
        pictures |= kept
        found.append((study, analysis, tuple(kept)))
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    store.write_all(PICTURES, pictures)
    PAGE.write_text(page(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
