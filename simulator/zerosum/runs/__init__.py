"""Make many runs and store them: the tables, the executors that make them, and the files.

``schema.py`` is the whole schema, with units; ``replicate.py`` makes a replication and its tables; ``executors`` make
many. ``parts.py`` stores finished runs under the addresses of ``addresses.py``; ``question.py`` records what was asked.
``manifest.py`` lists a folder's files and their origin; ``find.py`` finds a folder by name; ``derived.py`` finds files
made from results, and tells whether they are outdated.
"""
