"""Saleor's GraphQL API, on a subset of its own names, with a channel for each tenant."""
