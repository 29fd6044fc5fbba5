"""Spoil every file that ships, give it to its command, and count what comes of it.

``make fuzz COUNT=2000 SEED=1`` writes a line of figures; a case is made of its seed and number alone, and
``make fuzz SEED=1 FIRST=731 COUNT=1`` does one again, with its file and what was said.
"""
