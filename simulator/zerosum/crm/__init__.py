"""Your own pipeline: what a CRM system exports, read, checked and made into tables with pseudonyms.

``zerosum import`` writes them to a folder; :func:`load_team` reads them again. Nothing leaves the machine.
"""

from typing import TYPE_CHECKING

from zerosum.lazy import exports

if TYPE_CHECKING:
    from zerosum.crm.tables import TeamData, load_team, save_team

__all__ = ["TeamData", "load_team", "save_team"]

__getattr__ = exports(__name__, __file__)
