"""What a healthy storefront answers: brand and path in, answer out."""

from __future__ import annotations

import gzip
import json
import secrets
from dataclasses import dataclass, replace

from replica import settings
from replica.storefront import assets, pages
from replica.storefront.brands import Brand

HTML = "text/html; charset=utf-8"
JSON = "application/json"
FOR_EVER = "public, max-age=31536000, immutable"
ALWAYS_ASK = "private, no-cache, no-store, max-age=0, must-revalidate"
SMALL = 1024  # bytes; below that nobody compresses


@dataclass(frozen=True)
class Answer:
    """An HTTP answer before it is written; `after` is a pause in seconds, `cut` ends it in the middle of the body."""

    status: int
    type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    after: float = 0.0
    cut: bool = False

    @property
    def is_page(self) -> bool:
        return self.type.startswith("text/html")

    def with_text(self, text: str, status: int = 200) -> Answer:
        """The same answer with another page in it."""
        return replace(self, status=status, type=HTML, body=text.encode())

    def replacing(self, old: str, new: str) -> Answer:
        """The same answer with one string in its body replaced."""
        return replace(self, body=self.body.replace(old.encode(), new.encode()))


def redirect(status: int, location: str) -> Answer:
    """A redirect, as an edge writes it."""
    return Answer(status, "text/plain; charset=utf-8", b"Moved\n", (("location", location),))


def misdirected() -> Answer:
    """The answer for a host that does not live here (RFC 9110, 15.5.20)."""
    return Answer(421, "text/plain; charset=utf-8", b"421 no such host here\n")


def answer(brand: Brand, path: str, development: bool = False, release: str = "") -> Answer:
    """What the brand's storefront says at `path`."""
    build = assets.development(brand) if development else assets.production(brand, release)
    if path == "/api/health":
        state = {"service": brand.service, "status": "healthy", "revision": settings.load().revision}
        return Answer(200, JSON, json.dumps(state).encode(), (("cache-control", "no-store"),))
    if path in build.files:
        type, body = build.files[path]
        return Answer(200, type, body, (("cache-control", ALWAYS_ASK if development else FOR_EVER),))
    session = f"session={secrets.token_hex(8)}; Path=/; Secure; HttpOnly; SameSite=Lax"
    common = (("x-powered-by", "Next.js"), ("cache-control", ALWAYS_ASK), ("set-cookie", session))
    if brand.id == "admin" and path == brand.prefix:
        # Its page is for administrators, and nobody is signed in here.
        return redirect(307, f"https://{brand.host}/login")
    page = next((page for page in brand.pages if page.path == (path.rstrip("/") or "/")), None)
    if page is None:
        return Answer(404, HTML, pages.missing(brand, build).encode(), common)
    return Answer(200, HTML, pages.rendered(brand, page, build).encode(), common)


def compressed(answer: Answer) -> Answer:
    """The answer as gzip, where that is worth it."""
    headers = (*answer.headers, ("vary", "Accept-Encoding"))
    if len(answer.body) < SMALL:
        return replace(answer, headers=headers)
    return replace(
        answer, body=gzip.compress(answer.body, 6, mtime=0), headers=(*headers, ("content-encoding", "gzip"))
    )
