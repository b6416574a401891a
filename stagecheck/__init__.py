"""Post-deploy validation: targets in YAML, checks in pytest, one verdict that gates a promotion.

PYTEST_DONT_REWRITE: pytest would rewrite a plugin's assertions, and warns where it comes too late. None is a test's.
"""

__version__ = "0.1.0"
