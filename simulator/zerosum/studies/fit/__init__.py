"""Fit a scenario to a team's own data: what the data say of the model's parameters, and what they can't say."""
