"""The rules in leaks.py, each on its two samples: the place and the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.sampled import told
from stagecheck.openspec import tree
from stagecheck.openspec.finding import Case, Rule
from stagecheck.openspec.rules import leaks

EXPECTED = {
    "credential-in-text": [
        "backend/01-shop.md:13: a password or token stands in the text; its value is not shown here",
    ],
}


@pytest.mark.parametrize("rule", leaks.RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_and_the_clean_one_is_not(rule: Rule, tmp_path: Path) -> None:
    found = told(rule, tmp_path)

    assert found == EXPECTED[rule.id]


def found_in(line: str, folder: Path) -> list[str]:
    (folder / "shop.md").write_text(f"# Shop\n\n```\n{line}\n```\n")
    return [found.message for found in leaks.in_text(Case(tree.read(folder)))]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("DATABASE_URL=postgresql://acme:kL9madeup@db:5432/acme", "a password or token"),
        ("DB_PASSWORD=Made.Up!4711", "a password or token"),
        ('"admin_password": "P@$$made-up"', "a password or token"),
        ("redis-cli CONFIG SET requirepass 'kL9madeup'", "a password or token"),
        ("ALTER USER acme PASSWORD 'kL9madeup';", "a password or token"),
        ("key AKIA" + "ABCDEFGHIJKLMNOP", "an access key of AWS"),
        ("gh" + "p_abcdefghijklmnopqrstuvwxyz", "a token of GitHub"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
        ("eyJhbGciOiJub25lIn0" + ".eyJzdWIiOiJtYWRlLXVwIn0.c2lnbmF0dXJl", "a JSON Web Token"),
    ],
)
def test_a_credential_is_told_by_its_kind_and_not_by_its_value(line: str, kind: str, tmp_path: Path) -> None:
    assert found_in(line, tmp_path) == [f"{kind} stands in the text; its value is not shown here"]


@pytest.mark.parametrize(
    "line",
    [
        "DATABASE_URL=postgresql://USER:PASSWORD@db:5432/acme",
        "DATABASE_URL=postgresql://acme:REDACTED@db:5432/acme",
        "DB_PASSWORD=${DB_PASSWORD}",
        "DB_PASSWORD=",
        "API_KEY=vault:secret/apis/mail#api_key",
        'password="secure_password_here"',
        'api_key="sk-proj-..."',
        'token = request.headers.get("Authorization")',
        '"refresh_token": refresh_token,',
        "password = settings.database.password",
        "connection_url=postgresql://{{username}}:{{password}}@db:5432/acme",
        'signing_key="$(openssl rand -base64 64)"',
        "password: str",
        "token_type: bearer",
    ],
)
def test_what_only_stands_for_a_credential_is_none(line: str, tmp_path: Path) -> None:
    assert found_in(line, tmp_path) == []


def test_a_value_beside_an_example_address_is_an_example(tmp_path: Path) -> None:
    assert found_in('"email": "user@example.com",\n"password": "kL9madeup"', tmp_path) == []
