"""The files of the documents: one for each tenant, which says whose it is."""

from __future__ import annotations

from pathlib import Path

from replica.settings import TENANTS, Tenant


def name_of(tenant: Tenant) -> str:
    """The name of the tenant's file."""
    return f"sentinel-{tenant.id}.txt"


def write(media: Path) -> None:
    """Write the file of each tenant below the media folder."""
    folder = media / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    for tenant in TENANTS:
        (folder / name_of(tenant)).write_text(f"Sentinel {tenant.sentinel}\n")
