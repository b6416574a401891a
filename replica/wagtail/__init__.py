"""Wagtail as it stands behind the gateway: the real package and its REST API, a site for each tenant."""
