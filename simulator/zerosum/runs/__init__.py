"""Many runs, made anywhere, and none lost: which tables there are, who makes them, how they are kept.

``schema.py`` is the whole schema, with units; ``collect.py`` fills it from a run; ``replicate.py`` makes a replication;
``executors`` make many. ``kept.py`` and ``parts.py`` remember what is finished, ``claimed.py`` of what; ``manifest.py``
and ``provenance.py`` say what a folder holds, and where it comes from; ``find.py`` finds a folder by name;
``derived.py`` knows what was made from results, and whether it still belongs to them.
"""
