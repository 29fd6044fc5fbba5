"""The model's answers to the questions that it was built for, measured and written by code."""
