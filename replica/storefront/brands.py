"""The three brands: their names, hosts, and what their pages say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page of a storefront; `sections` are headings with their text."""

    path: str
    title: str
    heading: str
    lead: str
    sections: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Brand:
    """A storefront: `service` is what its health says of itself; all text fits ISO-8859-1.

    `prefix` is the path of its host below which it lives, empty for the one that has the rest.
    """

    id: str
    name: str
    host: str
    service: str
    colour: str
    pages: tuple[Page, ...]
    prefix: str = ""


BRANDS = (
    Brand(
        id="bizoholic",
        name="Bizoholic",
        host="stg.bizoholic.com",
        service="bizoholic-frontend",
        colour="#1d4ed8",
        pages=(
            Page(
                "/",
                "Bizoholic · Marketing that runs itself",
                "Marketing that runs itself",
                "Plan a campaign in the morning and read its numbers in the evening.",
                (
                    ("Search engine optimisation", "Technical audits, keyword maps and content briefs each month."),
                    ("Paid campaigns", "Budgets that follow the result, on search and on social networks."),
                    ("Marketing automation", "Mails, follow-ups and lead scores without a spreadsheet."),
                ),
            ),
            Page(
                "/services",
                "Services · Bizoholic",
                "What we do",
                "Three services, booked alone or together.",
                (
                    ("Audit", "Two weeks, one report, ten things to change first."),
                    ("Retainer", "A fixed team for a fixed price a month."),
                ),
            ),
            Page(
                "/contact",
                "Contact · Bizoholic",
                "Talk to us",
                "Tell us what you sell and to whom.",
                (("Office hours", "Monday to Friday, 9 to 17 o'clock."),),
            ),
        ),
    ),
    Brand(
        id="coreldove",
        name="CorelDove",
        host="stg.coreldove.com",
        service="coreldove-frontend",
        colour="#b45309",
        pages=(
            Page(
                "/",
                "CorelDove · Everyday goods, well sourced",
                "Everyday goods, well sourced",
                "Kitchen, sport and home: small makers, fair prices, delivery in three days.",
                (
                    ("New in the shop", "Cast iron pans, linen towels and a crème brûlée set for four."),
                    ("Back in stock", "The foldable yoga mat and the steel bottle, in all colours."),
                    ("Returns", "Thirty days, free of charge, no questions."),
                ),
            ),
            Page(
                "/products",
                "Products · CorelDove",
                "All products",
                "Sorted by what other customers keep.",
                (
                    ("Kitchen", "Pans, knives, boards."),
                    ("Home", "Towels, lamps, baskets."),
                ),
            ),
            Page(
                "/cart",
                "Cart · CorelDove",
                "Your cart",
                "Your cart is empty.",
                (("Delivery", "Free from 40 upwards."),),
            ),
        ),
    ),
    Brand(
        id="thrillring",
        name="ThrillRing",
        host="stg.thrillring.com",
        service="thrillring-gaming",
        colour="#be123c",
        pages=(
            Page(
                "/",
                "ThrillRing · Tournaments every night",
                "Tournaments every night",
                "Find a team, enter a bracket, and be on air at eight.",
                (
                    ("Tonight", "Café Arena Open, sixteen teams, best of three."),
                    ("Ladders", "Climb a season of ten weeks; the first eight go to the final in Saarbrücken."),
                    ("Clips", "The community's finest saves, voted once a week."),
                ),
            ),
            Page(
                "/tournaments",
                "Tournaments · ThrillRing",
                "All tournaments",
                "Open brackets first.",
                (
                    ("Solo", "Every Tuesday and Thursday."),
                    ("Teams", "Every Friday, five against five."),
                ),
            ),
            Page(
                "/leaderboard",
                "Leaderboard · ThrillRing",
                "Leaderboard",
                "Points of this season.",
                (("How points count", "Three for a win, one for a draw."),),
            ),
        ),
    ),
)


# The apps that live below a path of the first brand's host.
APPS = (
    Brand(
        id="quanttrade",
        name="QuantTrade",
        host="stg.bizoholic.com",
        service="quanttrade-frontend",
        colour="#047857",
        prefix="/quanttrade",
        pages=(
            Page(
                "/quanttrade",
                "QuantTrade · Strategies on real prices",
                "Strategies on real prices",
                "Write a rule, try it on ten years, and see what it would have cost.",
                (("Backtests", "Each on closing prices."), ("Portfolio", "What you hold, at the last close.")),
            ),
        ),
    ),
    Brand(
        id="portal",
        name="Client Portal",
        host="stg.bizoholic.com",
        service="client-portal",
        colour="#4338ca",
        prefix="/login",
        pages=(
            Page(
                "/login",
                "Client Portal · Your business dashboard",
                "Your business dashboard",
                "Sign in to see your leads, pages and orders.",
                (("Forgotten password", "We send a link to your address."),),
            ),
        ),
    ),
    Brand(
        id="admin",
        name="BizOSaaS Admin",
        host="stg.bizoholic.com",
        service="admin-dashboard",
        colour="#334155",
        prefix="/admin",
        pages=(
            Page(
                "/admin",
                "BizOSaaS Admin · Platform management",
                "Platform management",
                "Tenants, services and their state.",
                (("Tenants", "All of them."),),
            ),
        ),
    ),
    Brand(
        id="directory",
        name="BizDirectory",
        host="stg.bizoholic.com",
        service="business-directory-frontend",
        colour="#a16207",
        prefix="/directory",
        pages=(
            Page(
                "/directory",
                "BizDirectory · Find local businesses",
                "Find local businesses",
                "By name, by place, and also where you misspell it.",
                (("Categories", "Cafés, crafts, health, legal."),),
            ),
        ),
    ),
)


def named(id: str) -> Brand:
    """The brand of that id."""
    return next(brand for brand in (*BRANDS, *APPS) if brand.id == id)


def at(host: str, path: str = "/") -> Brand | None:
    """The brand at that path of that host name, which may carry a port; None where nobody lives."""
    name = (host.rsplit(":", 1)[0] if ":" in host else host).lower().rstrip(".")
    here = (brand for brand in (*APPS, *BRANDS) if brand.host == name)
    return next((brand for brand in here if f"{path}/".startswith(f"{brand.prefix}/")), None)
