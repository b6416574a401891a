"""Post-deploy validation: targets in YAML, checks in pytest, one verdict that gates a promotion."""

__version__ = "0.1.0"
