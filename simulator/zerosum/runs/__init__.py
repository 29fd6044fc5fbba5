"""Results that last: which tables there are, how replications are kept, what a folder of results says of itself.

``schema.py`` is the whole schema, with units; ``collect.py`` fills it from a run; ``kept.py`` remembers finished
replications; ``manifest.py`` says what a folder holds; ``find.py`` finds a folder by name; ``derived.py`` knows what
was made from results, and whether it still belongs to them.
"""
