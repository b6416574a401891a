"""The replica's contact form: both halves are kept or the visitor is told, and what each fault changes."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from replica import catalog
from selftest.replica_light import A, B, Platform, running

SENT = {"name": "Asha Rao", "email": "asha@example.org", "phone": "+1 555 0100", "company": "Looms", "message": "Hello"}
SUBMISSIONS = "/api/brain/wagtail/forms/submissions"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    processes = {"light": ("gateway", "auth", "https"), "wagtail": ("wagtail",), "crm": ("crm",)}
    with running(tmp_path_factory.mktemp("state"), **processes) as started:
        yield started


def send(platform: Platform, body: Any = SENT, host: str = A.host) -> httpx.Response:
    trust = ssl.create_default_context(cafile=platform.state / "ca.pem")
    with httpx.Client(verify=trust, trust_env=False, timeout=20) as client:
        given: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        return client.post(
            f"https://127.0.0.1:{platform.ports['https']}/api/contact",
            headers={"Host": host},
            extensions={"sni_hostname": host},
            **given,
        )


def ask(platform: Platform, path: str, tenant: str = A.id, method: str = "GET") -> httpx.Response:
    return platform.client.request(method, platform.url("gateway", path), headers=platform.bearer(tenant))


def kept(platform: Platform) -> dict[str, int]:
    """How many leads and submissions the tenant has."""
    return {
        "leads": ask(platform, "/api/brain/django-crm/leads").json()["count"],
        "submissions": ask(platform, SUBMISSIONS).json()["meta"]["total_count"],
    }


def more(platform: Platform) -> tuple[int, int, int]:
    """The status of one message sent, and how many leads and submissions that made."""
    before = kept(platform)
    status = send(platform).status_code
    after = kept(platform)
    return status, after["leads"] - before["leads"], after["submissions"] - before["submissions"]


def test_a_message_becomes_a_lead_with_its_score_and_a_submission(platform: Platform) -> None:
    answer = send(platform).json()
    lead = ask(platform, f"/api/brain/django-crm/leads/{answer['lead_id']}").json()
    newest = ask(platform, SUBMISSIONS).json()["items"][0]

    assert (answer["success"], answer["lead_score"]) == (True, 10)
    assert (lead["name"], lead["score"]) == (SENT["name"], 10)
    assert newest["form_data"] == SENT


def test_a_submission_can_be_found_read_and_removed_by_its_tenant_alone(platform: Platform) -> None:
    send(platform, {**SENT, "email": "found@example.org"})
    (found,) = ask(platform, f"{SUBMISSIONS}?search=found@example.org").json()["items"]
    one = f"{SUBMISSIONS}/{found['id']}"

    assert ask(platform, f"{SUBMISSIONS}?search=found@example.org", B.id).json()["items"] == []
    assert [ask(platform, one, B.id, method).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert ask(platform, one).json()["id"] == found["id"]
    assert [ask(platform, one, A.id, method).status_code for method in ("DELETE", "GET")] == [204, 404]


@pytest.mark.parametrize("token", ["", "not a token"])
def test_wagtail_itself_shows_no_submission_without_a_token(platform: Platform, token: str) -> None:
    headers = {"Host": A.host, **({"Authorization": f"Bearer {token}"} if token else {})}
    answer = platform.client.get(platform.url("wagtail", "/api/v2/forms/submissions/"), headers=headers)

    assert answer.status_code == 401


def test_wagtail_itself_shows_no_submission_to_another_site(platform: Platform) -> None:
    headers = {"Host": B.host, **platform.bearer(A.id)}

    assert (
        platform.client.get(platform.url("wagtail", "/api/v2/forms/submissions/"), headers=headers).status_code == 401
    )


@pytest.mark.parametrize(
    ("body", "host", "status"),
    [
        (b"no JSON", A.host, 400),
        ({**SENT, "email": "no address"}, A.host, 502),
        (SENT, "stg.thrillring.com", 404),
    ],
)
def test_what_is_not_kept_is_no_success(platform: Platform, body: Any, host: str, status: int) -> None:
    answer = send(platform, body, host)

    assert (answer.status_code, answer.json()["success"]) == (status, False)


def test_without_the_gateway_the_visitor_is_told(platform: Platform) -> None:
    with platform.fault("gateway-down"):
        answer = send(platform)

    assert (answer.status_code, answer.json()["failed"]) == (502, ["cms", "crm"])


def others(platform: Platform) -> bool:
    """Whether the second tenant is shown a submission of the first."""
    send(platform, {**SENT, "email": "others@example.org"})
    return bool(ask(platform, f"{SUBMISSIONS}?search=others@example.org", B.id).json()["items"])


def after_removal(platform: Platform) -> int:
    send(platform)
    one = f"{SUBMISSIONS}/{ask(platform, SUBMISSIONS).json()['items'][0]['id']}"
    ask(platform, one, method="DELETE")
    return ask(platform, one).status_code


# What is looked at, what is seen when all is well, and under the fault.
FAULTS: dict[str, tuple[Callable[[Platform], Any], Any, Any]] = {
    "contact-crm-half-lost": (more, (200, 1, 1), (200, 0, 1)),
    "contact-cms-half-lost": (more, (200, 1, 1), (200, 1, 0)),
    "contact-route-missing": (more, (200, 1, 1), (404, 0, 0)),
    "wagtail-form-lost": (more, (200, 1, 1), (200, 1, 0)),
    "wagtail-submissions-all": (others, False, True),
    "wagtail-submission-kept": (after_removal, 404, 200),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(platform: Platform, fault: str) -> None:
    look, well, broken = FAULTS[fault]

    assert platform.seen(fault, look) == (well, broken)


def test_every_fault_of_the_form_is_asked_about_here() -> None:
    assert {name for name in catalog.faults() if name.startswith("contact-")} <= set(FAULTS)
