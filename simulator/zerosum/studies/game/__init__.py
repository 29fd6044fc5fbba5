"""Games between vendors: competitors answer back. Payoffs by simulation, then what each had better do.

===============  =====================================================================================
``spec``         the file: who plays, with which strategies, for which number
``cells``        one replication: every combination of strategies from one warm-up
``play``         all of them on disk, wherever they were stopped
``payoffs``      the table of payoffs: what all below reads, and all it knows
``best``         best responses and dominated strategies, with how sure they are
``equilibria``   Nash equilibria, and how often chance alone moves them
``dynamics``     what becomes of a market in which what pays is copied
``trap``         is moving together better than nobody moving?
``analysis``     all of these, of one table
===============  =====================================================================================
"""

from zerosum.studies.game.analysis import Analysis, analyse
from zerosum.studies.game.payoffs import Payoffs
from zerosum.studies.game.play import Contest, play
from zerosum.studies.game.spec import Game, load_game

__all__ = ["Analysis", "Contest", "Game", "Payoffs", "analyse", "load_game", "play"]
