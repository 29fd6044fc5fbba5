"""Games between vendors whose competitors respond: payoffs by simulation, then best responses and equilibria.

===============  =====================================================================================
``spec``         the file: players, strategies, payoff metric
``cells``        one replication: every combination of strategies from one warm-up
``play``         all replications, stored on disk; a stopped game can continue
``payoffs``      the table of payoffs: the only input of the analyses below
``best``         best responses and dominated strategies, with their certainty
``equilibria``   Nash equilibria, and how often they change by chance
``dynamics``     replicator dynamics: vendors copy strategies that pay
``trap``         compare each equilibrium with nobody moving
``analysis``     all of these for one table
===============  =====================================================================================
"""

from zerosum.studies.game.analysis import Analysis, analyse
from zerosum.studies.game.payoffs import Payoffs
from zerosum.studies.game.play import Contest, play
from zerosum.studies.game.spec import Game, load_game

__all__ = ["Analysis", "Contest", "Game", "Payoffs", "analyse", "load_game", "play"]
