"""Search for the best strategy with common random numbers; try the best few again on fresh ones.

===========  =============================================================================================
``spec``     the file: what may vary, what is aimed at, what it may cost
``space``    a strategy as places on axes, and back: shares that sum to 1, sets of tools, numbers
``tried``    what a strategy does in a replication, kept on disk
``search``   which strategies are tried, in which order (optuna)
``holdout``  the best few on new simulated runs: how much of the gain was chance
===========  =============================================================================================
"""

from zerosum.studies.optimise.holdout import Optimised, optimise
from zerosum.studies.optimise.spec import Optimisation, load_optimisation
from zerosum.studies.optimise.tried import Problem

__all__ = ["Optimisation", "Optimised", "Problem", "load_optimisation", "optimise"]
