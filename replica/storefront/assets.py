"""Scripts and style sheets of a storefront, under the names that a production build gives them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from replica import settings
from replica.storefront.brands import Brand

CSS = "text/css; charset=utf-8"
JS = "application/javascript; charset=utf-8"
SVG = "image/svg+xml"


@dataclass(frozen=True)
class Build:
    """A build of one storefront: its id, and each asset's type and bytes by path."""

    id: str
    files: dict[str, tuple[str, bytes]]

    @property
    def styles(self) -> list[str]:
        return [path for path, (type, _) in self.files.items() if type == CSS]

    @property
    def scripts(self) -> list[str]:
        return [path for path, (type, _) in self.files.items() if type == JS]

    @property
    def logo(self) -> str:
        return next(path for path, (type, _) in self.files.items() if type == SVG)


@cache
def production(brand: Brand, release: str = "") -> Build:
    """The production build of a release: names carry a digest of the content, as they are cached for ever.

    Its id is the release, as `generateBuildId` makes it where a deploy wants to find itself again.
    """
    id = release or settings.load().revision
    files: dict[str, tuple[str, bytes]] = {}
    for folder, stem, suffix, type, text in _sources(brand):
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        files[f"{brand.prefix}/_next/static/{folder}/{stem}{digest}.{suffix}"] = (type, text.encode())
    for stem, text in _manifests(brand):
        files[f"{brand.prefix}/_next/static/{id}/{stem}.js"] = (JS, text.encode())
    return Build(id, files)


@cache
def development(brand: Brand) -> Build:
    """What a development server makes of the same source: no digests, hot reload, sources as they stand."""
    reload = 'const socket = new WebSocket(`${location.origin.replace("http", "ws")}/_next/webpack-hmr`);\n'
    files = {
        f"{brand.prefix}/_next/static/{folder}/{(stem or 'main').rstrip('-')}.{suffix}": (type, text.encode())
        for folder, stem, suffix, type, text in _sources(brand)
    }
    files[f"{brand.prefix}/_next/static/chunks/react-refresh.js"] = (JS, reload.encode())
    for stem, text in _manifests(brand):
        files[f"{brand.prefix}/_next/static/development/{stem}.js"] = (JS, text.encode())
    return Build("development", files)


def _sources(brand: Brand) -> list[tuple[str, str, str, str, str]]:
    style = (
        f":root{{--brand:{brand.colour}}}*{{box-sizing:border-box}}body{{margin:0;font:16px/1.5 system-ui,sans-serif}}"
        "header,main,footer{max-width:60rem;margin:0 auto;padding:1rem}h1{color:var(--brand)}nav a{margin-right:1rem}"
    )
    logo = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<circle cx="16" cy="16" r="15" fill="{brand.colour}"/></svg>'
    )
    runtime = (
        "(()=>{var e={},t={};function n(r){var o=t[r];if(void 0!==o)return o.exports;var i=t[r]={exports:{}};"
        f'return e[r](i,i.exports,n),i.exports}}n.m=e,n.p="{brand.prefix}/_next/",self.webpackChunk_{brand.id}=[]}})();'
    )
    framework = f"(self.webpackChunk_{brand.id}=self.webpackChunk_{brand.id}||[]).push([[774],{{64448:()=>{{}}}}]);"
    main = (
        f"(self.webpackChunk_{brand.id}=self.webpackChunk_{brand.id}||[]).push([[179],{{1234:()=>{{"
        "window.__NEXT_P=[]}}]);"
    )
    app = (
        f"(self.webpackChunk_{brand.id}=self.webpackChunk_{brand.id}||[]).push([[888],{{6840:(e,t,n)=>{{"
        f'const api="{brand.prefix}/api/brain";'
        f"fetch(`${{api}}/health`).then(e=>e.json()).then(e=>{{document.documentElement.dataset.{brand.id}=e.status}})"
        "}}]);"
    )
    index = (
        f"(self.webpackChunk_{brand.id}=self.webpackChunk_{brand.id}||[]).push([[405],{{8312:()=>{{"
        f'(window.__NEXT_P=window.__NEXT_P||[]).push(["{brand.prefix or "/"}",()=>"{brand.name}"])}}}}]);'
    )
    return [
        ("css", "", "css", CSS, style),
        ("media", "logo.", "svg", SVG, logo),
        ("chunks", "webpack-", "js", JS, runtime),
        ("chunks", "framework-", "js", JS, framework),
        ("chunks", "main-", "js", JS, main),
        ("chunks/pages", "_app-", "js", JS, app),
        ("chunks/pages", "index-", "js", JS, index),
    ]


def _manifests(brand: Brand) -> list[tuple[str, str]]:
    pages = ",".join(f'"{page.path}":["static/chunks/pages/index.js"]' for page in brand.pages)
    sorted_pages = ",".join(f'"{page.path}"' for page in brand.pages)
    return [
        (
            "_buildManifest",
            f"self.__BUILD_MANIFEST={{{pages},sortedPages:[{sorted_pages}]}},"
            "self.__BUILD_MANIFEST_CB&&self.__BUILD_MANIFEST_CB();",
        ),
        ("_ssgManifest", "self.__SSG_MANIFEST=new Set,self.__SSG_MANIFEST_CB&&self.__SSG_MANIFEST_CB();"),
    ]
