"""The replica's auth service: what it answers when it is well, and what each fault changes."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import KeySet

from replica import bearer
from selftest.replica_light import A, B, Platform, forged, running


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    state: Path = tmp_path_factory.mktemp("state")
    with running(state, light=("auth", "limited")) as started:
        yield started


def whoami(platform: Platform, token: str = "") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return platform.client.get(platform.url("auth", "/auth/whoami"), headers=headers)


def ping(platform: Platform, token: str) -> httpx.Response:
    return platform.client.get(platform.url("limited", "/ping"), headers={"Authorization": f"Bearer {token}"})


def keys(platform: Platform) -> KeySet:
    return KeySet.import_key_set(platform.client.get(platform.url("auth", "/auth/jwks")).json())


def test_a_token_says_who_holds_it(platform: Platform) -> None:
    answer = whoami(platform, platform.token(A.id)).json()

    assert (answer["tenant_id"], answer["email"], answer["roles"]) == (A.id, A.email, ["client"])


def test_the_published_keys_verify_a_token(platform: Platform) -> None:
    claims = bearer.verified(platform.token(B.id), keys(platform))

    assert claims["tenant_id"] == B.id
    assert claims["exp"] - claims["iat"] == 3600


def test_the_published_keys_are_public(platform: Platform) -> None:
    published = platform.client.get(platform.url("auth", "/auth/jwks")).json()["keys"]

    assert len(published) == 1
    assert not set(published[0]) & {"d", "p", "q", "dp", "dq", "qi"}


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_wrong_password_is_refused(platform: Platform, password: str) -> None:
    answer = platform.client.post(platform.url("auth", "/auth/login"), json={"email": A.email, "password": password})

    assert answer.status_code == 401


@pytest.mark.parametrize("algorithm", ["", "none", "None", "nOnE"])
def test_a_changed_token_is_refused(platform: Platform, algorithm: str) -> None:
    token = forged(platform.token(A.id), B.id, algorithm)

    assert whoami(platform, token).status_code == 401
    assert ping(platform, token).status_code == 401


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(platform: Platform) -> None:
    pem = next(iter(keys(platform).keys)).as_pem(private=False)
    claims = forged(platform.token(A.id), A.id).split(".")[1]
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=").decode()
    # Signed by hand: the library refuses to use a public key so.
    signature = hmac.digest(pem, f"{header}.{claims}".encode(), "sha256")
    token = f"{header}.{claims}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    assert whoami(platform, token).status_code == 401


def test_a_refresh_token_works_once(platform: Platform) -> None:
    refresh = {"refresh_token": platform.login(A.id)["refresh_token"]}

    first = platform.client.post(platform.url("auth", "/auth/refresh"), json=refresh)
    second = platform.client.post(platform.url("auth", "/auth/refresh"), json=refresh)

    assert whoami(platform, first.json()["access_token"]).json()["tenant_id"] == A.id
    assert second.status_code == 401


def test_after_logout_neither_token_is_good(platform: Platform) -> None:
    granted = platform.login(A.id)
    token = granted["access_token"]

    platform.client.post(platform.url("auth", "/auth/logout"), headers={"Authorization": f"Bearer {token}"})

    refresh = {"refresh_token": granted["refresh_token"]}
    assert whoami(platform, token).status_code == 401
    assert platform.client.post(platform.url("auth", "/auth/refresh"), json=refresh).status_code == 401
    assert platform.client.post(platform.url("auth", "/auth/introspect"), json={"token": token}).json() == {
        "active": False
    }


def test_fault_same_token(platform: Platform) -> None:
    with platform.fault("auth-same-token"):
        token = platform.login(B.id)["access_token"]

    assert whoami(platform, token).json()["tenant_id"] == A.id


def test_fault_login_tells_all(platform: Platform) -> None:
    assert "tenants" not in platform.login(B.id)
    with platform.fault("auth-login-tells-all"):
        assert platform.login(B.id)["tenants"] == [A.id, B.id]


def test_fault_admin_roles(platform: Platform) -> None:
    with platform.fault("auth-admin-roles"):
        token = platform.login(B.id)["access_token"]

    assert whoami(platform, token).json()["roles"] == ["super_admin"]


def test_the_name_refused_and_the_address_not(platform: Platform) -> None:
    url, named = platform.url("auth", "/health"), {"Host": "bizosaas-auth-staging:8007"}
    with platform.fault("auth-host-refused"):
        refused, by_address = platform.client.get(url, headers=named), platform.client.get(url)

    assert (refused.status_code, refused.text) == (400, "Invalid host header")
    assert by_address.status_code == platform.client.get(url, headers=named).status_code == 200


@pytest.mark.parametrize("fault", ["auth-clock-ahead", "auth-expired-tokens"])
def test_fault_in_the_times_of_a_token(platform: Platform, fault: str) -> None:
    with platform.fault(fault):
        token = platform.login(B.id)["access_token"]

    assert whoami(platform, token).status_code == 401
    assert ping(platform, token).status_code == 401


def test_fault_open_whoami(platform: Platform) -> None:
    assert whoami(platform).status_code == 401
    with platform.fault("auth-open-whoami"):
        assert whoami(platform).json()["tenant_id"] == A.id


def test_fault_wrong_program(platform: Platform) -> None:
    def service() -> str:
        return str(platform.client.get(platform.url("auth", "/health")).json()["service"])

    assert service() == "auth-service"
    with platform.fault("auth-wrong-program"):
        assert service() == "temporal-integration"


def test_fault_down(platform: Platform) -> None:
    with platform.fault("auth-down"), pytest.raises(httpx.ConnectError):
        whoami(platform)

    assert whoami(platform, platform.token(A.id)).status_code == 200


def test_a_token_outlives_the_absence_of_auth_where_keys_are_known(platform: Platform) -> None:
    assert ping(platform, platform.token(A.id)).json()["tenant_id"] == A.id

    with platform.fault("auth-down"):
        time.sleep(0.05)
        assert ping(platform, platform.token(A.id)).status_code == 200


def test_fault_logout_ignored(platform: Platform) -> None:
    def lives() -> int:
        token = platform.login(A.id)["access_token"]
        platform.client.post(platform.url("auth", "/auth/logout"), headers={"Authorization": f"Bearer {token}"})
        return whoami(platform, token).status_code

    assert platform.seen("auth-logout-ignored", lambda _: lives()) == (401, 200)


def test_fault_refresh_refused(platform: Platform) -> None:
    def renewed() -> int:
        body = {"refresh_token": platform.login(A.id)["refresh_token"]}
        return platform.client.post(platform.url("auth", "/auth/refresh"), json=body).status_code

    assert platform.seen("auth-refresh-refused", lambda _: renewed()) == (200, 401)


def test_fault_store_lost(platform: Platform) -> None:
    def told() -> list[int]:
        body = {"refresh_token": platform.login(A.id)["refresh_token"]}
        renewed = platform.client.post(platform.url("auth", "/auth/refresh"), json=body)
        return [platform.client.get(platform.url("auth", "/health")).status_code, renewed.status_code]

    assert platform.seen("auth-store-lost", lambda _: told()) == ([200, 200], [503, 503])


def users(platform: Platform, token: str, path: str = "/auth/users") -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return platform.client.get(platform.url("auth", path), headers=headers).status_code


def test_only_an_administrator_sees_the_users(platform: Platform) -> None:
    administrator = json.loads((platform.state / "tokens.json").read_text())["ADMIN_TOKEN"]

    assert [users(platform, token) for token in (administrator, platform.token(A.id), "x")] == [200, 403, 401]


def test_fault_users(platform: Platform) -> None:
    own, other = "/auth/users", "/auth/users/"

    with platform.fault("auth-users-open"):
        assert [users(platform, platform.token(A.id), path) for path in (own, other)] == [200, 200]
    with platform.fault("auth-users-by-path"):
        assert [users(platform, platform.token(A.id), path) for path in (own, other)] == [403, 200]
    back = "/auth/x/..;/users"
    assert users(platform, platform.token(A.id), back) == 404
    with platform.fault("auth-users-way-back"):
        assert [users(platform, platform.token(A.id), path) for path in (own, back)] == [403, 200]


def test_who_administers_a_tenant_sees_its_users_alone(platform: Platform) -> None:
    token = json.loads((platform.state / "tokens.json").read_text())[f"{A.id.upper()}_ADMIN_TOKEN"]
    own, other = f"/auth/tenants/{A.id}/users", f"/auth/tenants/{B.id}/users"

    assert [users(platform, token, path) for path in (own, other)] == [200, 403]
    assert users(platform, platform.token(A.id), own) == 403
    with platform.fault("auth-admin-any-tenant"):
        assert [users(platform, token, path) for path in (own, other)] == [200, 200]
