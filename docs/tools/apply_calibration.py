"""Write the first calibrated parameter set as defaults: ``python -m docs.tools.apply_calibration``.

Values go to ``market/declare/defaults.toml``, where declarations read them; factors also into the rows of
the kick-off. With ``--check`` it only checks them.
"""

from __future__ import annotations

import re
import sys

import tomli_w

from docs.tools.blocks import ROOT, write_or_check
from zerosum.market.declare.section import DEFAULTS
from zerosum.scenario import keys
from zerosum.scenario.fits import load_fits
from zerosum.studies.calibrate.settings import load_calibration

SETTINGS = ROOT / "experiments" / "calibration.toml"
KICKOFF = ROOT / "scenarios" / "kickoff.toml"
HEAD = (
    "# Defaults fitted to the facts: the first set of scenario/fits.toml. Written by `make calibration`.\n\n"
)
ONE_SEGMENT = {"contract_weeks": 208.0, "evaluation_weeks": 8.0, "switching_cost": 1.6, "value_sigma": 1.6}
"""Bases of factors in a scenario without its own segments."""


def defaults_text() -> str:
    """Return the file of defaults that the first fit makes."""
    whole = {key.path for key in keys() if isinstance(key.default, int)}
    tables: dict[str, dict[str, float]] = {}
    for parameter in load_fits().parameters:
        table, _, field = parameter.key.partition(".")
        value = load_fits().sets[0][parameter.key] * (ONE_SEGMENT[field] if parameter.factor else 1.0)
        written = round(value) if parameter.key in whole else float(f"{value:.6g}")
        tables.setdefault(table, {})[field] = written
    return HEAD + tomli_w.dumps(tables)


def kickoff_text(text: str) -> str:
    """Return the kick-off with the first fit's factors in its rows.

    Raises
    ------
    LookupError
        If a row has no such value.
    """
    first, settings = load_fits().sets[0], load_calibration(SETTINGS)
    for key, rows in settings.bases.items():
        field = key.partition(".")[2]
        for row, base in rows.items():
            value = first[key] * base
            number = f"{round(value)}" if field == "contract_weeks" else f"{float(f'{value:.6g}')}"
            pattern = rf'(\[\[segments\]\]\nname = "{row}"\n(?:(?!\[\[).*\n)*?{field} = )-?[\d_.]+'
            text, count = re.subn(pattern, rf"\g<1>{number}", text, count=1)
            if count != 1:
                raise LookupError(f"no {field} found for {row} in {KICKOFF.name}")
    return text


def main(arguments: list[str]) -> int:
    """Write or check the defaults; return the exit code."""
    texts = {DEFAULTS: defaults_text(), KICKOFF: kickoff_text(KICKOFF.read_text(encoding="utf-8"))}
    return write_or_check(texts, arguments, "python -m docs.tools.apply_calibration")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
