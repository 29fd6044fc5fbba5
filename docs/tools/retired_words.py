"""Count words that this project no longer uses: ``python -m docs.tools.retired_words``.

One thing has one name, everywhere. The table below lists names that were given up, each with the one to write instead.
``docs/tools/retired_words.toml`` holds how often each may still occur; a test fails if one occurs more often. With
``--lower`` the file takes today's counts where they are smaller. It is empty now: keep it so. Where such a word is
the name of something (a column, a stream), :data:`EXCEPTIONS` holds the text and the reason.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from docs.tools.blocks import DOCS, ROOT

CEILINGS = Path(__file__).with_suffix(".toml")

_NAME = r"(?<![`'\"\w.=-])"
"""Not the name of something in a file, such as the strategy `shots`."""


@dataclass(frozen=True)
class Retired:
    """A name that was given up.

    Attributes
    ----------
    pattern : str
        regular expression, in any case
    write : str
        the name to use instead
    """

    pattern: str
    write: str


RETIRED = {
    "administration": Retired(rf"{_NAME}\badministration\b|\brecord[- ]keeping\b", "admin"),
    "arm": Retired(r"\barms?\b(?![- ]races?)", "strategy"),
    "contact attempt": Retired(r"\bcontact attempts?\b", "outreach attempt"),
    "course of luck": Retired(
        r"\b(course|year)s? of luck\b|\bsame luck\b", "simulated run; the same random events"
    ),
    "ear for the market": Retired(
        rf"\bears? for the market\b|{_NAME}\blisteners?\b", "social listening, intent data"
    ),
    "fit": Retired(r"\b(?:all|each|every|other|six|these|those|shipped) fits?\b", "calibrated parameter set"),
    "flip": Retired(
        r"\bflips\b(?! whole)|\bflipped deals?\b|\bcame out otherwise\b", "deal with a different result"
    ),
    "luck null": Retired(r"\bluck[- ]nulls?\b", "chance baseline"),
    "new in the job": Retired(rf"\bnew in the job\b|{_NAME}\bramping\b", "ramp"),
    "nobody knows": Retired(r"\bnobody knows\b", "assumption, no source"),
    "provoked": Retired(rf"{_NAME}\bprovoke[sd]?\b", "opportunity created by outreach"),
    "renewal kept": Retired(r"\brenewals? kept\b|\bcustomers? lost to rivals\b", "renewal rate; logo churn"),
    "return on what was spent": Retired(
        r"\breturn on what was spent\b|\brevenue_per_cost\b", "net gain, payback"
    ),
    "shots": Retired(r"\bshots? (a|per|on)\b|\b(more|few|fewer) shots\b", "outreach attempts"),
    "slot": Retired(r"\bslots?\b", "open-opportunity capacity"),
    "supplier": Retired(r"\bsuppliers?\b|\bholders?\b", "incumbent; market penetration"),
    "switch": Retired(
        r"\bno switch\b|\bswitch(es)? (at|between|where)\b|\bwhere the answer changes\b", "crossover"
    ),
    "taken from": Retired(r"\btaken from (rivals|ourselves)\b", "competitive wins; upgrades"),
    "world": Retired(r"(?<!small )(?<!small-)\bworlds?\b(?!-wide)", "who adopts, such as: all adopt"),
}
"""Name given up -> how it is found, and what to write."""


EXCEPTIONS = {
    "PROVOKED": "a code in the state and in result files",
    "u(PROVOKE,": "a random stream",
    "(PROVOKE, likewise)": "a random stream",
    "attempts provoked presales_wait": "the metric `provoked` in a list of metrics",
    "or provoked (created by outreach)": "a value of the column `source` in result files",
    '("arms" in statistics)': "the synonym that docs/statistics.md names once",
    'provoked: "M14': "the name of an icon, as the column `source` has it",
    "provoked : int32": "the name of a parameter",
}
"""Text in which a retired word is the name of something -> why it stays; as written, case included."""


def pages() -> Iterator[str]:
    """Yield the text of every page, and of every file that ships for users."""
    files = [*ROOT.glob("*.md"), *DOCS.glob("*.md"), *(DOCS / "notebooks").glob("*.py")]
    files += [
        file for folder in ("scenarios", "experiments", "lessons") for file in (ROOT / folder).glob("*.*")
    ]
    for file in sorted(files):
        if file.name != "CHANGELOG.md":  # what was is called as it was called
            yield file.read_text(encoding="utf-8")


def _parsed() -> Iterator[ast.Module]:
    for file in sorted((ROOT / "simulator").rglob("*.py")):
        yield ast.parse(file.read_text(encoding="utf-8"))


def strings() -> Iterator[str]:
    """Yield what the code may show: strings with a space in them, but for docstrings; and templates of pages."""
    for tree in _parsed():
        said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in said and " " in str(node.value):
                yield str(node.value)
    for ending in ("*.j2", "*.html", "*.js"):
        for file in sorted((ROOT / "simulator").rglob(ending)):
            yield file.read_text(encoding="utf-8")


def docstrings() -> Iterator[str]:
    """Yield what explains the code: docstrings, also of constants."""
    for tree in _parsed():
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                yield str(node.value.value)


GROUPS = {"pages": pages, "strings": strings, "docstrings": docstrings}


def count(text: str) -> dict[str, int]:
    """Return how often each retired name occurs in a text; without those that don't."""
    for kept in EXCEPTIONS:
        text = text.replace(kept, "")
    found = {name: len(re.findall(word.pattern, text, flags=re.IGNORECASE)) for name, word in RETIRED.items()}
    return {name: number for name, number in found.items() if number}


def count_all() -> dict[str, dict[str, int]]:
    """Return the counts of each group."""
    return {group: count("\n\n".join(texts())) for group, texts in GROUPS.items()}


def ceilings() -> dict[str, dict[str, int]]:
    """Return how often each may occur, by group."""
    return tomllib.loads(CEILINGS.read_text(encoding="utf-8"))


def above(counts: Mapping[str, Mapping[str, int]], allowed: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Yield a line for each name that occurs more often than it may."""
    for group, found in counts.items():
        for name, number in found.items():
            most = allowed.get(group, {}).get(name, 0)
            if number > most:
                yield f"{group}: '{name}' {number} times, at most {most}; write: {RETIRED[name].write}"


def main() -> int:
    """Print the counts; lower the ceilings if asked."""
    counts, allowed = count_all(), ceilings()
    print(f"{'':28}" + "".join(f"{group:>12}" for group in GROUPS) + "   write")
    for name, word in RETIRED.items():
        print(
            f"{name:28}"
            + "".join(f"{counts[group].get(name, 0):>12}" for group in GROUPS)
            + f"   {word.write}"
        )
    print(f"{'all':28}" + "".join(f"{sum(counts[group].values()):>12}" for group in GROUPS))
    if "--lower" in sys.argv[1:]:
        for group, found in counts.items():
            for name, most in list(allowed[group].items()):
                allowed[group][name] = min(found.get(name, 0), most)
                if not allowed[group][name]:
                    del allowed[group][name]
        CEILINGS.write_text(tomli_w.dumps(allowed), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
