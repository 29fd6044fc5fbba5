"""The shipped calibration's search, of a made-up law instead of markets; prints a digest of each trial's values.

A program of its own, so that a test can run it under another processor's linear algebra.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from zerosum.studies.calibrate import load_calibration, prepared
from zerosum.studies.calibrate.search import search
from zerosum.studies.calibrate.trials import Trials

FILE = Path(__file__).parents[1] / "experiments" / "calibration.toml"
PARAMETERS = 14
FEWER = {"scattered": 48, "guided": 56, "polished": 144, "sampled": 96}


class Law(Trials):
    """Facts rise and bend with some of the parameters, and jitter as those of a few markets do."""

    def _simulate(self, places: Sequence[float], values: Mapping[str, float]) -> dict[str, float]:
        found = {}
        for fact in self.facts:
            low = fact.low if fact.low is not None else fact.high - 1  # type: ignore[operator]
            high = fact.high if fact.high is not None else low + 1
            off = 0.3 + 0.4 * _any(fact.name, json.dumps(dict(values), sort_keys=True))
            for place, key in zip(places, values, strict=True):
                rise = _any(fact.name, key)
                if abs(rise) > 0.3:
                    off += 0.8 * rise * (place - 0.5) + 1.2 * (rise * (place - 0.5)) ** 2
            found[fact.name] = round((low + high) / 2 + off * (high - low) / 2, 9)
        return found


def _any(*words: str) -> float:
    """Return a number within ±0.5 that hangs on the words alone."""
    return hashlib.sha256("|".join(words).encode()).digest()[0] / 255 - 0.5


def main() -> None:
    whole = load_calibration(FILE)
    settings = whole.model_copy(update=FEWER | {"parameters": whole.parameters[:PARAMETERS]})
    trials, anchors = (Law(one.settings, FILE, None, 1) for one in prepared(settings, FILE)[:2])
    search(trials, anchors)
    for trial in trials.done:
        text = json.dumps(dict(trial.values), sort_keys=True)
        print(hashlib.sha256(text.encode()).hexdigest()[:16])


if __name__ == "__main__":
    main()
