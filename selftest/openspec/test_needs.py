"""Which service needs which, and by which statement."""

from __future__ import annotations

from pathlib import Path

from selftest.sampled import unpacked
from stagecheck.openspec import needs, tree

FILES = """\
<!-- file: infrastructure/01-database.md -->
# Database

## Service Identity
- **Type**: Infrastructure - SQL
- **Container**: `acme-database`

## Required By
- Shop (orders)
- Billing (bills)
- All Frontend Services (sessions)
- Various services (more)

<!-- file: backend/01-shop.md -->
# Shop

## Service Identity
- **Type**: Backend - Shop
- **Container**: `acme-shop`

## Dependencies
- Mail (letters)

## Environment
```bash
DATABASE_HOST=acme-database
MAIL_URL=smtp://user@acme-mail:25/x
```

<!-- file: backend/02-mail.md -->
# Mail

## Service Identity
- **Type**: Backend - Mail
- **Container**: `acme-mail`

<!-- file: frontend/01-web.md -->
# Web

## Service Identity
- **Type**: Frontend - Site

## API Integration
```text
GET /api/shop/items
```
"""


def test_needs_are_read_from_each_statement(tmp_path: Path) -> None:
    read = tree.read(unpacked(FILES, tmp_path))

    assert [(one.service, one.needed, str(one.place), one.whole) for one in read.needs] == [
        ("shop", "database", "backend/01-shop.md:12", False),
        ("shop", "mail", "backend/01-shop.md:8", False),
        ("web", "database", "infrastructure/01-database.md:10", True),
        ("web", "shop", "frontend/01-web.md:8", False),
    ]
    assert [(one.name, one.place.line) for one in read.unmatched] == [("Billing", 9)]


def test_hosts_of_a_setting_are_those_with_a_port() -> None:
    assert needs.hosts("postgresql://me:pw@acme-database:5432/x") == [("acme-database", 5432)]
    assert needs.hosts("smtp.acme.example:587,cache:6379") == [("smtp.acme.example", 587), ("cache", 6379)]
    assert needs.hosts("fast") == []
