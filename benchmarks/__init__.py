"""Measurements: speed, and the quality of chance. Nothing in the simulator needs them."""
