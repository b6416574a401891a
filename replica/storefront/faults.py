"""What goes wrong in a storefront: each fault changes the answer of one brand, or of all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from replica import switch
from replica.release import PREVIOUS
from replica.storefront import assets, behind, pages, site
from replica.storefront.brands import Brand, named
from replica.storefront.site import Answer

Change = Callable[[Brand, str, Answer], Answer]
ALL = "host"  # of the brands that have a host of their own
BELOW = "path"  # of the apps that live below a path of one
BOTH = "host and path"


def changed(brand: Brand, path: str, answer: Answer) -> Answer:
    """The answer after all faults of that brand that are on."""
    for name in sorted(switch.active() & FAULTS.keys()):
        whose, change = FAULTS[name]
        if whose in (brand.id, BELOW if brand.prefix else ALL, BOTH):
            answer = change(brand, path, answer)
    return answer


def shown(brand: Brand) -> Brand:
    """The brand whose storefront really stands where `brand` should."""
    wrong = switch.is_on("thrillring-serves-bizoholic") and brand.id == "thrillring"
    return named("bizoholic") if wrong else brand


def _is_asset(path: str) -> bool:
    return "/_next/static/" in path


def _assets_missing(brand: Brand, path: str, answer: Answer) -> Answer:
    return site.answer(brand, "/no-such-file") if _is_asset(path) else answer


def _assets_are_pages(brand: Brand, path: str, answer: Answer) -> Answer:
    return site.answer(brand, "/") if _is_asset(path) else answer


def _css_is_text(brand: Brand, path: str, answer: Answer) -> Answer:
    return replace(answer, type="text/plain; charset=utf-8") if answer.type == assets.CSS else answer


def _development(brand: Brand, path: str, answer: Answer) -> Answer:
    return answer if behind.is_asked(brand, path) else site.answer(brand, path, development=True)


def _old_build(brand: Brand, path: str, answer: Answer) -> Answer:
    return answer if behind.is_asked(brand, path) else site.answer(brand, path, release=PREVIOUS)


def _calls_inside(brand: Brand, path: str, answer: Answer) -> Answer:
    return answer.replacing('"/api/brain"', '"http://bizosaas-brain-staging:8001/api/brain"')


def _links_localhost(brand: Brand, path: str, answer: Answer) -> Answer:
    return answer.replacing('<a href="/contact">', '<a href="http://localhost:3000/contact">')


def _page_500(brand: Brand, path: str, answer: Answer) -> Answer:
    if not answer.is_page:
        return answer
    text = '<main id="content"><h1>500</h1><p>Internal Server Error.</p></main>'
    title = "500: Internal Server Error"
    return answer.with_text(pages.document(brand, title, "/_error", text, assets.production(brand)), 500)


def _shell(brand: Brand, path: str, answer: Answer) -> Answer:
    if not answer.is_page or answer.status != 200:
        return answer
    return answer.with_text(pages.document(brand, brand.name, path, "", assets.production(brand)))


def _slow(brand: Brand, path: str, answer: Answer) -> Answer:
    return replace(answer, after=3.0) if answer.is_page else answer


def _maintenance(brand: Brand, path: str, answer: Answer) -> Answer:
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/><title>{brand.name}</title></head>'
        "<body><h1>We will be back soon</h1><p>The site is down for maintenance.</p></body></html>"
    )
    return answer.with_text(text) if answer.is_page else answer


def _login(brand: Brand, path: str, answer: Answer) -> Answer:
    text = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/><title>Sign in</title></head><body><main>'
        '<h1>Sign in to continue</h1><form method="post" action="/login"><label>E-mail <input name="email"/></label>'
        '<label>Password <input type="password" name="password"/></label><button>Sign in</button></form>'
        "</main></body></html>"
    )
    return answer.with_text(text) if answer.is_page else answer


def _wrong_type(brand: Brand, path: str, answer: Answer) -> Answer:
    return replace(answer, type="application/octet-stream") if answer.is_page else answer


def _wrong_charset(brand: Brand, path: str, answer: Answer) -> Answer:
    return replace(answer, body=answer.body.decode().encode("iso-8859-1")) if answer.is_page else answer


def _truncated(brand: Brand, path: str, answer: Answer) -> Answer:
    return replace(answer, cut=True) if answer.is_page else answer


def _noindex(brand: Brand, path: str, answer: Answer) -> Answer:
    if not answer.is_page:
        return answer
    marked = answer.replacing("</title>", '</title><meta name="robots" content="noindex,nofollow"/>')
    return replace(marked, headers=(*marked.headers, ("x-robots-tag", "noindex, nofollow")))


def _missing(brand: Brand, path: str, answer: Answer) -> Answer:
    return site.answer(brand, "/no-such-page") if answer.is_page else answer


def _https_loop(brand: Brand, path: str, answer: Answer) -> Answer:
    return site.redirect(301, f"https://{brand.host}{path}") if answer.is_page else answer


def _to_another_brand(brand: Brand, path: str, answer: Answer) -> Answer:
    return site.redirect(302, f"https://{named('bizoholic').host}{path}") if answer.is_page else answer


def _catch_all(brand: Brand, path: str, answer: Answer) -> Answer:
    return site.answer(brand, "/") if answer.is_page and answer.status == 404 else answer


def _placeholder(brand: Brand, path: str, answer: Answer) -> Answer:
    text = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/><title>It works</title></head><body><main>'
        "<h1>It works</h1><p>Replace this page with your own.</p></main></body></html>"
    )
    return answer.with_text(text, answer.status) if answer.is_page else answer


def _other_program(brand: Brand, path: str, answer: Answer) -> Answer:
    return answer.replacing(f'"{brand.service}"', '"starter-kit"') if path == "/api/health" else answer


def _unrouted(brand: Brand, path: str, answer: Answer) -> Answer:
    # What Traefik says for a host that no router names.
    return Answer(404, "text/plain; charset=utf-8", b"404 page not found\n")


def _no_app(brand: Brand, path: str, answer: Answer) -> Answer:
    return Answer(502, "text/plain; charset=utf-8", b"Bad Gateway")


def _no_health(brand: Brand, path: str, answer: Answer) -> Answer:
    return site.answer(brand, "/no-such-page") if path == "/api/health" else answer


def _inner_page_500(brand: Brand, path: str, answer: Answer) -> Answer:
    return _page_500(brand, path, answer) if path in ("/services", "/products", "/tournaments") else answer


def _home(brand: Brand, path: str, answer: Answer) -> Answer:
    # The edge has no route for the path, so the app that has the rest of the host answers.
    return site.answer(named("bizoholic"), "/") if answer.is_page else answer


def _unknown(brand: Brand, path: str, answer: Answer) -> Answer:
    return site.answer(named("bizoholic"), path)


def _not_below(brand: Brand, path: str, answer: Answer) -> Answer:
    # The page was built for the root of a host: what it names belongs to another app there.
    return answer.replacing(f'"{brand.prefix}/_next/', '"/_next/') if answer.is_page else answer


def _open(brand: Brand, path: str, answer: Answer) -> Answer:
    if path != brand.prefix:
        return answer
    return Answer(200, site.HTML, pages.rendered(brand, brand.pages[0], assets.production(brand)).encode())


def _calls_container(brand: Brand, path: str, answer: Answer) -> Answer:
    return answer.replacing(f'"{brand.prefix}/api/brain"', '"http://bizosaas-brain-staging:8001/api/brain"')


def _banner(brand: Brand, path: str, answer: Answer) -> Answer:
    return answer.replacing("<header>", '<div role="status">This is the staging environment</div><header>')


def _operators_files(brand: Brand, path: str, answer: Answer) -> Answer:
    served = path in ("/.env", "/.git/HEAD")
    return Answer(200, "text/plain; charset=utf-8", b"APP_ENV=staging\n") if served else answer


def _maps(brand: Brand, path: str, answer: Answer) -> Answer:
    map = b'{"version": 3, "sources": ["webpack://app/pages/index.tsx"], "names": [], "mappings": "AAAA"}'
    return Answer(200, site.JSON, map) if path.endswith(".js.map") else answer


def _cookie_for_all_hosts(brand: Brand, path: str, answer: Answer) -> Answer:
    parent = brand.host.partition(".")[2]
    return _with_cookie(answer, lambda cookie: f"{cookie}; Domain={parent}")


def _cookie_for_scripts(brand: Brand, path: str, answer: Answer) -> Answer:
    return _with_cookie(answer, lambda cookie: cookie.partition(";")[0] + "; Path=/; Secure; SameSite=Lax")


def _with_cookie(answer: Answer, change: Callable[[str], str]) -> Answer:
    headers = ((name, change(value) if name == "set-cookie" else value) for name, value in answer.headers)
    return replace(answer, headers=tuple(headers))


def _script(brand: Brand, path: str, answer: Answer, text: str) -> Answer:
    """The app's own script, which every page of it runs, with more in it."""
    there = path.endswith(".js") and "/_app-" in path
    return replace(answer, body=answer.body + text.encode()) if there else answer


def _script_throws(brand: Brand, path: str, answer: Answer) -> Answer:
    return _script(brand, path, answer, "window.shop.cart.restore();")


def _script_complains(brand: Brand, path: str, answer: Answer) -> Answer:
    return _script(brand, path, answer, 'console.error("Minified React error #418");')


def _script_lacks_chunk(brand: Brand, path: str, answer: Answer) -> Answer:
    chunk = f"{brand.prefix}/_next/static/chunks/218.5f0c1b7a93de4462.js"
    load = f'document.head.append(Object.assign(document.createElement("script"),{{src:"{chunk}"}}));'
    return _script(brand, path, answer, load)


def _script_brings_logo(brand: Brand, path: str, answer: Answer) -> Answer:
    other = named("coreldove")
    logo = f"https://{other.host}{assets.production(other).logo}"
    shown = f'document.querySelector("header").append(Object.assign(new Image(),{{alt:"{other.name}",src:"{logo}"}}));'
    return _script(brand, path, answer, shown)


def _script_brings_name(brand: Brand, path: str, answer: Answer) -> Answer:
    name = named("bizoholic").name
    said = f'document.querySelector(\'meta[property="og:site_name"]\').content="{name}";'
    return _script(brand, path, answer, said)


def _style_hides(brand: Brand, path: str, answer: Answer) -> Answer:
    hidden = b"main{opacity:0}.shown main{opacity:1}"
    return replace(answer, body=answer.body + hidden) if answer.type == assets.CSS else answer


def _script_empties(brand: Brand, path: str, answer: Answer) -> Answer:
    return _script(brand, path, answer, 'document.querySelector("main").replaceChildren();')


FAULTS: dict[str, tuple[str, Change]] = {
    "bizoholic-assets-404": ("bizoholic", _assets_missing),
    "bizoholic-assets-html": ("bizoholic", _assets_are_pages),
    "bizoholic-css-type": ("bizoholic", _css_is_text),
    "bizoholic-dev-build": ("bizoholic", _development),
    "bizoholic-empty-shell": ("bizoholic", _shell),
    "bizoholic-internal-name": ("bizoholic", _calls_inside),
    "bizoholic-localhost": ("bizoholic", _links_localhost),
    "bizoholic-noindex": ("bizoholic", _noindex),
    "bizoholic-script-brings-logo": ("bizoholic", _script_brings_logo),
    "bizoholic-script-lacks-chunk": ("bizoholic", _script_lacks_chunk),
    "bizoholic-staging-banner": ("bizoholic", _banner),
    "bizoholic-page-500": ("bizoholic", _page_500),
    "coreldove-https-loop": ("coreldove", _https_loop),
    "coreldove-https-other-brand": ("coreldove", _to_another_brand),
    "coreldove-login-page": ("coreldove", _login),
    "coreldove-maintenance": ("coreldove", _maintenance),
    "coreldove-old-build": ("coreldove", _old_build),
    "coreldove-products-500": ("coreldove", _inner_page_500),
    "coreldove-script-complains": ("coreldove", _script_complains),
    "coreldove-script-throws": ("coreldove", _script_throws),
    "coreldove-page-slow": ("coreldove", _slow),
    "thrillring-404": ("thrillring", _missing),
    "thrillring-app-down": ("thrillring", _no_app),
    "thrillring-no-health": ("thrillring", _no_health),
    "thrillring-script-brings-name": ("thrillring", _script_brings_name),
    "thrillring-style-hides": ("thrillring", _style_hides),
    "thrillring-unrouted": ("thrillring", _unrouted),
    "thrillring-truncated": ("thrillring", _truncated),
    "thrillring-wrong-charset": ("thrillring", _wrong_charset),
    "thrillring-wrong-type": ("thrillring", _wrong_type),
    "storefronts-cookie-for-all-hosts": (ALL, _cookie_for_all_hosts),
    "storefronts-cookie-for-scripts": (ALL, _cookie_for_scripts),
    "storefronts-maps": (ALL, _maps),
    "storefronts-operators-files": (ALL, _operators_files),
    "apps-home": (BELOW, _home),
    "apps-script-empties": (BELOW, _script_empties),
    "apps-assets-at-root": (BELOW, _not_below),
    "admin-dashboard-open": ("admin", _open),
    "business-directory-frontend-absent": ("directory", _unknown),
    "apps-down": (BELOW, _no_app),
    "apps-internal-name": (BELOW, _calls_container),
    "storefronts-assets-404": (ALL, _assets_missing),
    "storefronts-catch-all": (ALL, _catch_all),
    "storefronts-dev-build": (BOTH, _development),
    "storefronts-inner-500": (ALL, _inner_page_500),
    "storefronts-internal-name": (ALL, _calls_inside),
    "storefronts-other-program": (ALL, _other_program),
    "storefronts-placeholder": (ALL, _placeholder),
}
