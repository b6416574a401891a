"""The HTML of a storefront, as a server-rendered Next.js build writes it."""

from __future__ import annotations

import json
from html import escape

from replica.storefront.assets import Build
from replica.storefront.brands import Brand, Page

FORM = (
    '<form method="post" action="/api/contact"><input name="name" required=""/>'
    '<input type="email" name="email" required=""/><input name="phone"/><input name="company"/>'
    '<textarea name="message" required=""></textarea><button>Send</button></form>'
)


def rendered(brand: Brand, page: Page, build: Build) -> str:
    """A whole page."""
    sections = "".join(
        f"<section><h2>{escape(heading)}</h2><p>{escape(text)}</p></section>" for heading, text in page.sections
    )
    form = FORM if page.path == "/contact" else ""
    head = f'<h1>{escape(page.heading)}</h1><p class="lead">{escape(page.lead)}</p>'
    main = f'<main id="content">{head}{sections}{form}</main>'
    return document(brand, page.title, page.path, f"{_header(brand, build)}{main}{_footer(brand)}", build)


def missing(brand: Brand, build: Build) -> str:
    """The page for a path that nobody has."""
    main = '<main id="content"><h1>404</h1><p class="lead">This page could not be found.</p></main>'
    title = f"404: This page could not be found · {brand.name}"
    return document(brand, title, "/_error", f"{_header(brand, build)}{main}{_footer(brand)}", build)


def document(brand: Brand, title: str, path: str, content: str, build: Build) -> str:
    """`content` inside the document around every page: head, mount point, scripts and the data of the page."""
    styles = "".join(
        f'<link rel="preload" href="{path}" as="style"/><link rel="stylesheet" href="{path}" data-n-g=""/>'
        for path in build.styles
    )
    scripts = "".join(f'<script src="{path}" defer=""></script>' for path in build.scripts)
    data = {"props": {"pageProps": {}}, "page": path, "query": {}, "buildId": build.id, "isFallback": False}
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<title>{escape(title)}</title>"
        f'<meta property="og:site_name" content="{brand.name}"/>'
        f'<link rel="canonical" href="https://{brand.host}{"" if path == "/_error" else path}"/>'
        f'<link rel="icon" href="{build.logo}" type="image/svg+xml"/>{styles}{scripts}</head>'
        f'<body><div id="__next">{content}</div>'
        f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(data, separators=(",", ":"))}</script>'
        "</body></html>"
    )


def _header(brand: Brand, build: Build) -> str:
    home = brand.prefix or "/"
    links = "".join(f'<a href="{page.path}">{escape(page.heading)}</a>' for page in brand.pages)
    logo = f'<img src="{build.logo}" alt="" width="32" height="32"/>'
    return f'<header><a href="{home}" class="brand">{logo}{brand.name}</a><nav aria-label="Main">{links}</nav></header>'


def _footer(brand: Brand) -> str:
    return f"<footer><p>© 2025 {brand.name}. All rights reserved.</p></footer>"
