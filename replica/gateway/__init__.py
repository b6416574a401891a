"""The Brain gateway: one door, tenant from the signed token, real upstreams behind it."""
