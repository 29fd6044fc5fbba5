"""What the model answers to the questions that it was built for: measured, put into words, never edited by hand."""
