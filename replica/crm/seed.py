"""The records: some thirty for each tenant, different from each other, with the tenant's sentinel in each kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from replica.crm.models import Activity, Contact, Lead
from replica.settings import TENANTS, Tenant

FIRST_DAY = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
# 8 new, 7 contacted, 5 qualified, 3 won, 2 lost: no two are alike in number, so no filter passes for another.
_PLACES = (0, 0, 0, 1, 0, 1, 2, 0, 1, 2, 0, 1, 3, 2, 0, 1, 2, 3, 0, 1, 2, 3, 1, 4, 4)
STATUSES = [list(Lead.Status)[place] for place in _PLACES]
LEADS = len(STATUSES)
CONTACTS = 6

GIVEN = {
    "bizoholic": ("Asha", "Bruno", "Celia", "Daniel", "Esme", "Farid", "Greta", "Hugo", "Ines", "Jonas"),
    "coreldove": ("Kavya", "Liam", "Mira", "Nikos", "Oona", "Pavel", "Quinn", "Rosa", "Stefan", "Tara"),
}
FAMILY = {
    "bizoholic": ("Arden", "Birch", "Cole", "Dune", "Elm"),
    "coreldove": ("Frost", "Glen", "Hale", "Iver", "Jules"),
}
COMPANIES = {
    "bizoholic": ("Northwind Dental", "Harbour Yoga", "Cedar Law", "Bluebell Bakery", "Summit Roofing"),
    "coreldove": ("Lantern Home", "Pebble Toys", "Willow Kitchen", "Otter Outdoors", "Maple Pets"),
}
SERVICES = {
    "bizoholic": ("seo", "content", "email", "social", "ads"),
    "coreldove": ("sourcing", "inspection", "packaging", "fulfilment", "returns"),
}
SIZES = (4, 30, 120, 480, 1500)
BUDGETS = (0, 900, 2500, 7000, 20000)
WISH = "We would like to hear what you can do for us this year, which steps come first, and what each of them costs."


def plant() -> None:
    """Make the records of all tenants."""
    for tenant in TENANTS:
        leads = [_lead(tenant, number) for number in range(LEADS)]
        for number in range(CONTACTS):
            _contact(tenant, number)
        kinds = list(Activity.Kind)
        for number, lead in enumerate(leads[:8]):
            _activity(lead, number, kinds[number % len(kinds)], f"Spoke with {lead.name} of {lead.company}.")
        _sentinel(tenant)


def _person(tenant: Tenant, number: int) -> tuple[str, str, str]:
    """Name, e-mail address and company of the tenant's n-th person; no two tenants share one."""
    given, family = GIVEN[tenant.brand], FAMILY[tenant.brand]
    first, last = given[number % len(given)], family[(number + number // len(given)) % len(family)]
    company = COMPANIES[tenant.brand][number % 5]
    return f"{first} {last}", f"{first}.{last}.{number}@example.com".lower(), company


def _lead(tenant: Tenant, number: int) -> Lead:
    name, email, company = _person(tenant, number)
    return Lead.objects.create(
        tenant_id=tenant.id,
        name=name,
        email=email,
        phone=f"+1-202-555-01{number:02d}" if number % 3 else "",
        company=company,
        company_size=SIZES[number % len(SIZES)],
        budget=BUDGETS[(number // 2) % len(BUDGETS)],
        services=list(SERVICES[tenant.brand][: number % 4]),
        website=f"https://{company.split()[0].lower()}.example" if number % 2 else "",
        message=WISH if number % 4 == 3 else "",
        status=STATUSES[number],
        created_at=FIRST_DAY + timedelta(hours=7 * number),
    )


def _contact(tenant: Tenant, number: int) -> None:
    name, email, company = _person(tenant, number + 30)
    Contact.objects.create(
        tenant_id=tenant.id,
        name=name,
        email=email,
        phone=f"+1-202-555-01{number + 50:02d}",
        company=company,
        created_at=FIRST_DAY + timedelta(days=number),
    )


def _activity(lead: Lead, number: int, kind: str, text: str) -> None:
    Activity.objects.create(
        tenant_id=lead.tenant_id, lead=lead, kind=kind, text=text, created_at=FIRST_DAY + timedelta(days=9 + number)
    )


def _sentinel(tenant: Tenant) -> None:
    """One record of each kind that carries the sentinel; the oldest, so that new records do not hide it."""
    planted = FIRST_DAY - timedelta(days=30)
    who = {"tenant_id": tenant.id, "name": f"Sentinel {tenant.sentinel}", "email": f"{tenant.sentinel}@example.org"}
    company = f"{tenant.id} sentinel"
    lead = Lead.objects.create(**who, company=company, company_size=100, budget=1000, created_at=planted)
    Contact.objects.create(**who, company=company, created_at=planted)
    Activity.objects.create(tenant_id=tenant.id, lead=lead, text=f"Sentinel {tenant.sentinel}", created_at=planted)
