"""From the shipped fits to the package's defaults: ``python -m docs.tools.apply_calibration``.

The values of the first fit are written where defaults stand: beside their meaning in
``simulator/zerosum/scenario/``, and, for what is a factor, in the rows of the kick-off. With ``--check`` it only
tells whether they stand there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from zerosum.scenario.fits import Parameter, load_fits
from zerosum.studies.calibrate.settings import load_calibration

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "experiments" / "calibration.toml"
KICKOFF = ROOT / "scenarios" / "kickoff.toml"

CLASSES = {
    "segments": ("buyers", "Segment"),
    "review": ("buyers", "Review"),
    "choice": ("buyers", "Choice"),
    "reps": ("sellers", "Reps"),
    "effort": ("sellers", "Effort"),
    "invitations": ("sellers", "Invitations"),
    "prospecting": ("sellers", "Prospecting"),
    "quota": ("sellers", "Quota"),
    "turnover": ("sellers", "Turnover"),
    "tools": ("strategies", "Tool"),
}
"""Table of the scenario -> file and class in which its defaults stand."""

ONE_SEGMENT = {"contract_weeks": 208.0, "evaluation_weeks": 8.0, "switching_cost": 1.6}
"""What factors multiply in a scenario without segments of its own."""


def applied(sources: Mapping[Path, str]) -> dict[Path, str]:
    """Return the sources with the first fit's values in the place of defaults.

    Raises
    ------
    LookupError     if a default isn't where it should be
    """
    texts = dict(sources)
    fits, settings = load_fits(), load_calibration(SETTINGS)
    for parameter in fits.parameters:
        value = fits.sets[0][parameter.key]
        field = parameter.key.partition(".")[2]
        file = _file(parameter)
        texts[file] = _in_class(
            texts[file], parameter, value * ONE_SEGMENT[field] if parameter.factor else value
        )
        for row, base in settings.bases.get(parameter.key, {}).items():
            pattern = rf'(\[\[segments\]\]\nname = "{row}"\n(?:(?!\[\[).*\n)*?{field} = )(-?[\d_.]+)'
            texts[KICKOFF] = _replaced(texts[KICKOFF], pattern, value * base, parameter.key)
    return texts


def _file(parameter: Parameter) -> Path:
    module, _ = CLASSES[parameter.key.partition(".")[0]]
    return ROOT / "simulator" / "zerosum" / "scenario" / f"{module}.py"


def _in_class(text: str, parameter: Parameter, value: float) -> str:
    table, _, field = parameter.key.partition(".")
    start = text.index(f"class {CLASSES[table][1]}(")
    end = text.find("\nclass ", start)
    body = text[start:end] if end >= 0 else text[start:]
    pattern = rf"(    {field}: (?:float|int) = quantity\(\s*)(-?[\d_.]+)"
    return text.replace(body, _replaced(body, pattern, value, parameter.key))


def _replaced(text: str, pattern: str, value: float, key: str) -> str:
    """Replace the one number that a pattern's second group matches; a whole number stays whole."""

    def written(match: re.Match[str]) -> str:
        before = match[2]
        if re.fullmatch(r"[\d_]+", before) and "weeks" in key and "evaluation" not in key:
            return match[1] + f"{round(value)}"
        number = f"{value:.6g}"
        return match[1] + (number if "." in number or "e" in number else f"{number}.0")

    changed, count = re.subn(pattern, written, text, count=1)
    if count != 1:
        raise LookupError(f"no default found for {key}")
    return changed


def main(arguments: list[str]) -> int:
    """Write the defaults, or check them; the exit code."""
    files = {_file(parameter) for parameter in load_fits().parameters} | {KICKOFF}
    before = {file: file.read_text(encoding="utf-8") for file in sorted(files)}
    after = applied(before)
    changed = [file for file in before if before[file] != after[file]]
    if "--check" in arguments:
        return 1 if changed else 0
    for file in changed:
        file.write_text(after[file], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
