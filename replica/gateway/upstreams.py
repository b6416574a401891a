"""The services behind the gateway: their names in its paths and in its health, and where they are."""

from __future__ import annotations

from dataclasses import dataclass

from replica import settings, switch

NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Upstream:
    """A service: `key` names it in the gateway's paths, `name` in health and errors, `part` in the replica's settings.

    `host` is the address that the platform knows it by, sent as Host; `prefix` and `suffix` go around a path,
    and `address` is dialled in place of the part's own.
    """

    key: str
    name: str
    part: str
    host: str
    prefix: str
    suffix: str
    health: str
    claimed: bool = True
    address: str = ""

    @property
    def url(self) -> str:
        """Where it is dialled."""
        if self.key == "wagtail" and switch.is_on("gateway-health-lies"):
            return NOWHERE
        return self.address or settings.load().url(self.part)

    def path(self, rest: str) -> str:
        """The upstream's path for what came after /api/brain/KEY/."""
        return self.prefix + (rest.rstrip("/") + self.suffix if self.suffix else rest)


def _small(key: str, name: str, part: str, host: str, prefix: str = "/api/v1/") -> Upstream:
    return Upstream(key, name, part, host, prefix, "", "/health")


UPSTREAMS = {
    upstream.key: upstream
    for upstream in (
        Upstream("wagtail", "wagtail-cms", "wagtail", "bizosaas-wagtail-staging:4000", "/api/v2/", "/", "/health/"),
        Upstream("django-crm", "django-crm", "crm", "bizosaas-django-crm-staging:8000", "/api/v1/", "/", "/health/"),
        Upstream("saleor", "saleor", "saleor", "bizosaas-saleor-staging:8000", "/", "/", "/health/"),
        Upstream("auth", "auth-service", "auth", "bizosaas-auth-staging:8007", "/auth/", "", "/health"),
        Upstream(
            "ai-agents", "ai-agents", "agents", "bizosaas-ai-agents-staging:8000", "/", "", "/health", claimed=False
        ),
        Upstream("limited", "limited", "limited", "limited:8099", "/", "", "/health", claimed=False),
        _small("quanttrade", "quanttrade-backend", "quanttrade", "bizosaas-quanttrade-backend-staging:8012", "/"),
        _small("amazon-sourcing", "amazon-sourcing", "amazon-sourcing", "bizosaas-amazon-sourcing-staging:8000"),
        _small(
            "business-directory",
            "business-directory-backend",
            "business-directory",
            "bizosaas-business-directory-staging:8000",
        ),
        _small(
            "coreldove-backend", "coreldove-backend", "coreldove-backend", "bizosaas-coreldove-backend-staging:8000"
        ),
    )
}
