"""The commands as functions, for scripts and notebooks: scenarios in, pandas tables out. ``zerosum`` has all."""
