"""Results that last: which tables there are, how replications are kept, what a folder of results says of itself.

``schema.py`` is the whole schema, with units; ``collect.py`` fills it from a run; ``kept.py`` remembers finished
replications; ``manifest.py`` says what a folder holds; ``find.py`` finds a folder by name; ``derived.py`` knows what
was made from results, and whether it still belongs to them.
"""

from zerosum.runs.collect import collect
from zerosum.runs.find import ResultsError, find, find_all
from zerosum.runs.kept import Kept, KeptError
from zerosum.runs.manifest import DamagedError, Manifest, read_manifest, write_manifest
from zerosum.runs.schema import TABLES, Table, Tables

__all__ = [
    "TABLES",
    "DamagedError",
    "Kept",
    "KeptError",
    "Manifest",
    "ResultsError",
    "Table",
    "Tables",
    "collect",
    "find",
    "find_all",
    "read_manifest",
    "write_manifest",
]
