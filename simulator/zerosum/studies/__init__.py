"""What is asked of many runs: comparisons, sweeps, games, searches, calibration; each a design and an estimator."""
