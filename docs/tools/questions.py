"""Run the shipped questions in ``experiments/``, and return the output of their commands.

Existing runs aren't repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zerosum.report import analysis_findings, game_findings, optimise_findings
from zerosum.report.plots.game import plot_payoffs
from zerosum.report.plots.optimise import plot_optimise
from zerosum.report.plots.sweep import plot_sweep
from zerosum.runs import outputs
from zerosum.runs.executors import Processes
from zerosum.runs.question import hash_of
from zerosum.studies import game, optimise
from zerosum.studies.sweep import Study, load_experiment, sweep
from zerosum.studies.sweep.analysis import analyse
from zerosum.studies.sweep.folder import default_folder
from zerosum.studies.sweep.restore import restored

ROOT = Path(__file__).resolve().parents[2]

MOST_PICTURES = 2
"""Most figures per question; a command makes the rest."""


@dataclass(frozen=True)
class Answer:
    """The answer to a question.

    Attributes
    ----------
    name : str                  of the experiment
    question : str
    commands : tuple of str     that run it
    words : tuple of str        full output
    pictures : name -> Writer
    """

    name: str
    question: str
    commands: tuple[str, ...]
    words: tuple[str, ...]
    pictures: Mapping[str, outputs.Writer]


def _swept(here: Path, results: Path, workers: int) -> Answer:
    study = _study(here)
    folder = default_folder(study, results)
    sweep(study, folder, Processes(workers))
    metric = study.experiment.metrics[0]
    found = analyse(restored(folder, (metric,), study), metric)
    drawn = sorted(plot_sweep(found).items(), key=lambda item: "response" in item[0])[:MOST_PICTURES]
    return Answer(
        here.stem,
        study.experiment.question,
        (f"zerosum sweep experiments/{here.name}", f"zerosum analyse experiments/{here.name}"),
        tuple(analysis_findings.format_findings(found)),
        {f"{here.stem}-{name}": outputs.picture(figure) for name, figure in drawn},
    )


def _played(here: Path, results: Path, workers: int) -> Answer:
    contest = game.Contest(game.load_game(here), here)
    table = game.play(contest, contest.default_folder(results), workers=workers)
    found = game.analyse(contest.payoffs(table), contest.nobody, contest.game.resamples, contest.game.seed)
    return Answer(
        here.stem,
        contest.game.question,
        (f"zerosum game experiments/{here.name}",),
        tuple(game_findings.format_findings(found)),
        {f"{here.stem}-payoffs.png": outputs.picture(plot_payoffs(found))},
    )


def _searched(here: Path, results: Path, workers: int) -> Answer:
    problem = optimise.Problem(optimise.load_optimisation(here), here)
    found = optimise.optimise(problem, problem.default_folder(results), workers)
    return Answer(
        here.stem,
        problem.file.question,
        (f"zerosum optimise experiments/{here.name}",),
        tuple(optimise_findings.format_findings(found)),
        {f"{here.stem}-search.png": outputs.picture(plot_optimise(found))},
    )


def _study(here: Path) -> Study:
    return Study(load_experiment(here), here)


def _of_sweep(here: Path) -> str:
    study = _study(here)
    return hash_of({**study.identity, "replications": study.experiment.replications})


def _of_game(here: Path) -> str:
    contest = game.Contest(game.load_game(here), here)
    return hash_of({**contest.identity, "game": contest.game.model_dump(mode="json")})


def _of_search(here: Path) -> str:
    problem = optimise.Problem(optimise.load_optimisation(here), here)
    return hash_of({**problem.identity, "search": problem.file.model_dump(mode="json")})


_Ask = Callable[[Path, Path, int], Answer]

QUESTIONS: Mapping[str, tuple[_Ask, Callable[[Path], str]]] = {
    "saturation": (_swept, _of_sweep),
    "adoption": (_swept, _of_sweep),
    "presales": (_swept, _of_sweep),
    "red-queen": (_swept, _of_sweep),
    "sensitivity-kickoff": (_swept, _of_sweep),
    "arms-race": (_played, _of_game),
    "optimise-kickoff": (_searched, _of_search),
}
"""Experiment -> how to run it, and a digest of its question; in the pages' order."""


def answers(
    workers: int,
    names: Sequence[str] = tuple(QUESTIONS),
    on_question: Callable[[str], None] = lambda _: None,
) -> list[Answer]:
    """Return the answers, making missing runs; takes minutes if none exists."""
    found = []
    for name in names:
        on_question(name)
        ask, _ = QUESTIONS[name]
        found.append(ask(_file(name), ROOT / "results", workers))
    return found


def asked(names: Sequence[str] = tuple(QUESTIONS)) -> dict[str, str]:
    """Return a short digest of each question and its market."""
    return {name: QUESTIONS[name][1](_file(name))[:16] for name in names}


def _file(name: str) -> Path:
    return ROOT / "experiments" / f"{name}.toml"
