"""The content: a site and a page tree for each tenant, different from each other, with the tenant's sentinel."""

from __future__ import annotations

from datetime import UTC, date, datetime

from wagtail.contrib.forms.models import FormSubmission
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Collection, Page, Site

from replica.settings import TENANTS, Tenant
from replica.wagtail.files import name_of
from replica.wagtail.models import BlogPage, ContactField, ContactPage, HomePage, StandardPage

PUBLISHED = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)

# slug, title, body
HOME = {
    "bizoholic": ("Bizoholic: marketing that grows your business", "Strategy, content and campaigns from one team."),
    "coreldove": ("CorelDove: sourcing for online shops", "Products found, checked and delivered to your warehouse."),
}
PAGES = {
    "bizoholic": [
        ("about", "About Bizoholic", "We are a marketing agency of twelve people."),
        ("seo", "Search engine optimisation", "Audits, keywords and technical fixes, told in plain words."),
        ("content-marketing", "Content marketing", "Articles and videos that answer what your customers ask."),
        ("email-campaigns", "Email campaigns", "Sequences that are read, with numbers that you can check."),
    ],
    "coreldove": [
        ("about", "About CorelDove", "We connect workshops with online shops."),
        ("product-sourcing", "Product sourcing", "Samples from three makers before you order."),
        ("quality-control", "Quality control", "Each batch is inspected before it leaves the port."),
        ("fulfilment", "Fulfilment", "Storage, packing and returns in two regions."),
    ],
}
POSTS = {
    "bizoholic": [
        ("five-headlines", "Five headlines that work", date(2026, 1, 5)),
        ("measuring-leads", "Measuring leads without guessing", date(2026, 1, 19)),
        ("local-search", "Local search for small firms", date(2026, 2, 2)),
    ],
    "coreldove": [
        ("choosing-a-maker", "Choosing a maker", date(2026, 1, 7)),
        ("reading-a-test-report", "Reading a test report", date(2026, 1, 21)),
        ("packaging-that-survives", "Packaging that survives", date(2026, 2, 4)),
    ],
}


# What a visitor is asked: label, kind of field, and whether it must be filled in.
FIELDS = (
    ("name", "singleline", True),
    ("email", "email", True),
    ("phone", "singleline", False),
    ("company", "singleline", False),
    ("message", "multiline", True),
)


def plant() -> None:
    """Replace Wagtail's own first site by one site for each tenant, none of them the default."""
    root = Page.get_first_root_node()
    Site.objects.all().delete()
    for page in root.get_children():
        page.delete()
    for tenant in TENANTS:
        _site(Page.objects.get(pk=root.pk), tenant)


def _site(root: Page, tenant: Tenant) -> None:
    title, body = HOME[tenant.brand]
    home = HomePage(title=title, slug=f"home-{tenant.id}", body=f"<p>{body}</p>", first_published_at=PUBLISHED)
    root.add_child(instance=home)
    Site.objects.create(hostname=tenant.host, port=80, site_name=tenant.id, root_page=home)

    for slug, title, body in PAGES[tenant.brand]:
        home.add_child(
            instance=StandardPage(title=title, slug=slug, body=f"<p>{body}</p>", first_published_at=PUBLISHED)
        )
    for slug, title, day in POSTS[tenant.brand]:
        post = BlogPage(title=title, slug=slug, date=day, intro=f"{title}, by {tenant.id}.", body=f"<p>{title}.</p>")
        post.first_published_at = PUBLISHED
        home.add_child(instance=post)
    home.add_child(
        instance=StandardPage(
            title=f"Sentinel {tenant.sentinel}",
            slug=tenant.sentinel,
            body=f"<p>Planted once, kept for checks: {tenant.sentinel}.</p>",
            first_published_at=PUBLISHED,
        )
    )
    _contact(home, tenant)
    _media(tenant)


def _contact(home: HomePage, tenant: Tenant) -> None:
    title = f"Write to {tenant.id.title()}"
    page = home.add_child(instance=ContactPage(title=title, slug="contact", first_published_at=PUBLISHED))
    for place, (label, kind, required) in enumerate(FIELDS):
        ContactField.objects.create(page=page, sort_order=place, label=label, field_type=kind, required=required)
    for email in (f"visitor@{tenant.id}.example", f"{tenant.sentinel}@example.org"):
        sent = {"name": "Visitor", "email": email, "message": "What do you charge?"}
        FormSubmission.objects.create(page=page, form_data=sent)


def _media(tenant: Tenant) -> None:
    """Rows; of their files there is only that of the sentinel, which `files.write` makes."""
    collection = Collection.get_first_root_node().add_child(name=tenant.host)
    Document.objects.bulk_create(
        [
            Document(
                title=f"Price list of {tenant.id}", file=f"documents/{tenant.id}-prices.pdf", collection=collection
            ),
            Document(title=f"Sentinel {tenant.sentinel}", file=f"documents/{name_of(tenant)}", collection=collection),
        ]
    )
    Image.objects.bulk_create(
        [
            Image(
                title=f"Logo of {tenant.id}",
                file=f"original_images/{tenant.id}-logo.png",
                width=240,
                height=80,
                collection=collection,
            ),
            Image(
                title=f"Sentinel {tenant.sentinel}",
                file=f"original_images/{tenant.id}-sentinel.png",
                width=1,
                height=1,
                collection=collection,
            ),
        ]
    )
