"""Post-deploy validation: targets in YAML, checks in pytest, one verdict that gates a promotion.

PYTEST_DONT_REWRITE: pytest would rewrite a plugin's assertions, and warns where it comes too late. None is a test's.
"""

import gc

# What is imported and read stays to the end, and little else is garbage: look for it seldom, from the start on. A run
# of pytest without targets goes on as it was before.
BEFORE = gc.get_threshold()
gc.set_threshold(20_000, 20, 20)

__version__ = "0.1.0"
