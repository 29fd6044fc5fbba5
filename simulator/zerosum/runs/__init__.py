"""Many runs, made anywhere, and none lost: which tables there are, who makes them, how they are kept.

``schema.py`` is the whole schema, with units; ``replicate.py`` makes a replication and its tables; ``executors`` make
many. ``parts.py`` remembers what is finished, under the addresses of ``addresses.py``, and
``question.py`` of what it is; ``manifest.py`` says what a folder holds, and where it comes from; ``find.py`` finds a
folder by name; ``derived.py`` knows what was made from results, and whether it still belongs to them.
"""
