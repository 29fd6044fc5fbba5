"""Studies of many runs: comparisons, sweeps, games, searches, calibration; each has a design and an estimator."""
