"""How many examples: 25 here and on CI, the same at every run; `HYPOTHESIS_PROFILE=slow` tries 300 new ones.

Only the slow profile looks for the smallest example that fails: that takes minutes.
"""

import os

from hypothesis import HealthCheck, Phase, settings

UNHURRIED = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "ci",
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=UNHURRIED,
)
settings.register_profile("slow", max_examples=300, deadline=None, suppress_health_check=UNHURRIED, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
