"""The slow model: everything again, in the clearest Python, to compare with."""
