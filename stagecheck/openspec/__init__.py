"""The specification as a source: what it states is read, imported as targets, linted, and counted against the plan."""
