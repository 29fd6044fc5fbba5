"""How examples are searched for: the same ones for everybody, unless asked otherwise.

``HYPOTHESIS_PROFILE=search`` looks for new ones, and remembers what failed.
"""

import os

from hypothesis import HealthCheck, settings

patience = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}  # a first call compiles
settings.register_profile("fixed", derandomize=True, print_blob=True, **patience)
settings.register_profile("search", print_blob=True, **patience)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
