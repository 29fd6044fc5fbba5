"""Search for the best strategy with common random numbers; verify the best few on fresh ones.

===========  =============================================================================================
``spec``     the file: parameters, objectives, budget
``space``    convert between strategies and places on axes: shares that sum to 1, sets of tools, numbers
``tried``    results of strategies by replication, stored on disk
``search``   choose strategies to try (optuna)
``holdout``  the best few on new simulated runs: how much of the gain was chance
===========  =============================================================================================
"""

from zerosum.studies.optimise.holdout import Optimised, optimise
from zerosum.studies.optimise.spec import Optimisation, load_optimisation
from zerosum.studies.optimise.tried import Problem

__all__ = ["Optimisation", "Optimised", "Problem", "load_optimisation", "optimise"]
