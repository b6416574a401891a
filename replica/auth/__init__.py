"""Tokens and who holds them: RS256 JWTs, refresh, logout, introspection."""
