"""A team's own data, described."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from zerosum.api.arguments import check_folder
from zerosum.api.result import Result
from zerosum.crm import load_team
from zerosum.report.describe import description_object, format_head
from zerosum.report.describe_words import list_answers
from zerosum.studies.describe import Description, describe_team


@dataclass(frozen=True, repr=False)
class TeamDescription(Result):
    """What a team's own data say.

    Attributes
    ----------
    description : zerosum.studies.describe.Description
        all of it, for further analysis
    """

    description: Description

    def __repr__(self) -> str:
        """Return one line: how much data there are."""
        return f"<TeamDescription: {format_head(self.description)}>"

    def _lead(self) -> tuple[Sequence[str], pd.DataFrame]:
        return [f"{label}: {words}" for label, words in self.answers.items()], self.figures

    @property
    def answers(self) -> dict[str, str]:
        """The sentences of the first screen, by label."""
        return {line.label.lower(): line.words for line in list_answers(self.description)}

    @cached_property
    def figures(self) -> pd.DataFrame:
        """One row per figure: ``name label value low high n n_effective unit method fact``."""
        return pd.DataFrame([asdict(one) for one in self.description.figures])

    @property
    def reps(self) -> pd.DataFrame | None:
        """One row per rep: ``rep n won rate expected shrunk low high chance_low chance_high``; None: not comparable."""
        return self.description.reps.table if self.description.reps else None

    def to_dict(self) -> dict[str, Any]:
        """Return the content of ``describe.json``."""
        return description_object(self.description)


def describe(folder: str | Path) -> TeamDescription:
    """Describe a team's own data, which ``zerosum import`` wrote to a folder.

    Parameters
    ----------
    folder : path

    Returns
    -------
    TeamDescription
        with ``answers``, ``figures``, ``reps`` and ``description``

    Raises
    ------
    InputError
        if there is no such folder, a file of it isn't as it was written, or no deal is closed

    Examples
    --------
    >>> import tempfile, zerosum
    >>> from zerosum.crm import save_team
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = zerosum.export_crm("workshop", f"{folder}/export", weeks=26)
    ...     files = save_team(f"{folder}/myteam", made.team)
    ...     found = zerosum.describe(f"{folder}/myteam")
    >>> bool(0 < found.figures.set_index("name").loc["win_rate", "value"] < 1)
    True
    """
    return TeamDescription(describe_team(load_team(check_folder("folder", folder))))
