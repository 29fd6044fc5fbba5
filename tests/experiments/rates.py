"""How often the test of noise cries wolf, and how often it sees what is there; the same of Sobol's and Morris' indices.

``python -m tests.experiments.rates`` prints the tables of docs/statistics.md (some minutes); tests take fewer trials.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np
from scipy.stats import f as fisher

from tests.experiments.fabricated import hours, saturation, study_of
from zerosum.market.state import Float
from zerosum.studies.sweep.analysis.averages import noise_between
from zerosum.studies.sweep.analysis.indices import Runs, morris_indices, sobol_indices
from zerosum.studies.sweep.designs import places

FACTORS = (
    saturation("low = 0.1\nhigh = 0.9"),
    hours("low = 20\nhigh = 60"),
    'key = "choice.price_weight"\nlow = 0.5\nhigh = 2.0',
)
POINTS = 40

Noise = Callable[[np.random.Generator, int, Float], Float]
"""(generator, replications, places) -> float[replications, points], of mean 0 everywhere."""


def smooth(rng: np.random.Generator, often: int, x: Float) -> Float:
    """Each replication answers with a surface of its own over three factors: level, slopes, bends, a twist."""
    rest = x - 0.5
    basis = np.column_stack([np.ones(len(x)), 2 * rest, 3 * (rest**2 - 1 / 12), 4 * rest[:, 0] * rest[:, 2]])
    return rng.normal(size=(often, basis.shape[1])) @ basis.T


def rough(rng: np.random.Generator, often: int, x: Float) -> Float:
    """Each run has noise that no other has a part in."""
    return rng.normal(size=(often, len(x)))


def uneven(rng: np.random.Generator, often: int, x: Float) -> Float:
    """As rough, but points vary up to eleven times as much as others."""
    return rough(rng, often, x) * np.exp(2.4 * x[:, :1].T)


def skewed(rng: np.random.Generator, often: int, x: Float) -> Float:
    """As rough, but lognormal: few large deals."""
    return np.exp(rough(rng, often, x)) - np.exp(0.5)


KINDS: tuple[tuple[str, bool, Noise, float], ...] = (
    ("smooth", True, smooth, 4.0),
    ("rough", True, rough, 2.0),
    ("uneven", True, uneven, 10.0),
    ("rough", False, rough, 2.0),
    ("uneven", False, uneven, 10.0),
    ("skewed", False, skewed, 4.0),
)
"""Name, whether points share it, noise, slope of what is there to be seen (over the square root of replications)."""


def alarms(
    noise: Noise, common: bool, often: int, trials: int, slope: float = 0.0, seed: int = 1
) -> tuple[float, float]:
    """Shares of trials in which points are said to differ: by the test; by an F test, to which runs are independent."""
    rng = np.random.default_rng(seed)
    at, course = (a.ravel() for a in np.meshgrid(np.arange(POINTS), np.arange(often)))
    seen = by_f = 0
    for _ in range(trials):
        x = rng.random((POINTS, 3))
        values = noise(rng, often, x) + slope / often**0.5 * (x[:, 0] - 0.5)
        found = noise_between(values.ravel(), at, course, POINTS, common)
        seen += found.p < 0.05
        df = (POINTS - 1) * (often - 1) if common else POINTS * (often - 1)
        by_f += fisher.sf(1.0 / found.share, POINTS - 1, df) < 0.05
    return seen / trials, by_f / trials


SLOPES = (2.0, 0.7, 0.0)
"""Of the three factors: one that matters, one that matters a little, and one that does nothing."""


def clear(
    design: str, noise: Noise, common: bool, often: int, trials: int, seed: int = 1
) -> tuple[Float, Float, Float]:
    """Of each factor: shares of trials in which it is clear, in which it is held; its mean."""
    study = study_of(FACTORS, design, often=2, strategies=("usual", "shots"))
    rng, slopes = np.random.default_rng(seed), np.array(SLOPES)
    truth = slopes if "morris" in design else slopes**2 / (slopes**2).sum()
    name, drawn = ("mu_star" if "morris" in design else "ST"), places(study.experiment)
    each = []
    for _ in range(trials):
        # Another sample of the same make: all points are moved on alike, round a circle.
        x = drawn if "morris" in design else (drawn + rng.random(3)) % 1.0
        runs = Runs((x - 0.5) @ slopes + noise(rng, often, x), common)
        if "morris" in design:
            table = morris_indices(study, runs, 0.95)
        else:
            found = sobol_indices(study, runs, 0.95)
            if found is None:
                continue
            table = found[0]
        held = (table[f"{name}_low"] <= truth) & (truth <= table[f"{name}_high"])
        each.append(np.stack([table["clear"], held, table[name]]).astype(float))
    sums = np.sum(each, axis=0)
    return sums[0] / trials, sums[1] / len(each), sums[2] / len(each)


def _lines(trials: int) -> Iterator[str]:
    yield "| noise | replications | false alarms | F test's | seen |"
    for name, common, noise, slope in KINDS:
        for often in (4, 10, 40):
            wrong, by_f = alarms(noise, common, often, trials)
            right, _ = alarms(noise, common, often, trials // 4, slope)
            whose = "common" if common else "own"
            test = "no test" if common and often < 6 else f"{wrong:.3f}"
            seen = "" if common and often < 6 else f"{right:.2f}"
            yield f"| {whose}, {name} | {often} | {test} | {by_f:.3f} | {seen} |"
    for design in ('kind = "saltelli"\npoints = 64', 'kind = "morris"\ntrajectories = 20'):
        yield ""
        heads = ("replications", "clear: matters", "a little", "not", "held: matters", "a little", "not")
        yield f"| {design.split()[2]} | {' | '.join(heads)} |"
        for name, common, noise, _ in (KINDS[0], KINDS[1], KINDS[3], KINDS[4]):
            for often in (4, 10, 40):
                shown, held, _ = clear(design, noise, common, often, trials // 4)
                cells = " | ".join(f"{v:.2f}" for v in (*shown, *held))
                yield f"| {'common' if common else 'own'}, {name} | {often} | {cells} |"


if __name__ == "__main__":
    for line in _lines(int(sys.argv[1]) if len(sys.argv) > 1 else 2000):
        print(line, flush=True)
