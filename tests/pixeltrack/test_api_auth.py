"""Tokens: signing in, renewing, checking, signing out."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import override_settings
from rest_framework.test import APIClient

from tests.conftest import client_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
FAST = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])


@pytest.fixture(autouse=True)
def _fast_passwords():
    with FAST:
        yield


@pytest.fixture
def user(django_user_model):
    return django_user_model.objects.create_superuser(username="shop", password=PASSWORD)


@pytest.fixture
def client():
    client = APIClient()
    client.default_format = "json"
    return client


def sign_in(client, password=PASSWORD, username="shop"):
    return client.post("/api/v1/auth/token/", {"username": username, "password": password})


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def test_the_access_token_opens_the_api(client, user):
    access = sign_in(client).json()["access"]
    assert client.get("/api/v1/groups/", headers=bearer(access)).status_code == 200


@pytest.mark.parametrize("header", ["Bearer x", "Bearer", "Bearer a b", "Basic c2hvcDp4", "x"])
def test_another_token_does_not(client, header):
    response = client.get("/api/v1/groups/", headers={"authorization": header})
    assert response.status_code == 401
    assert set(response.json()) == {"detail", "code"}


def test_an_access_token_runs_out(client, user):
    access = sign_in(client).json()["access"]
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31)):
        response = client.get("/api/v1/groups/", headers=bearer(access))
    assert (response.status_code, response.json()["code"]) == (401, "token_not_valid")


def test_a_refresh_token_does_not_open_the_api(client, user):
    refresh = sign_in(client).json()["refresh"]
    assert client.get("/api/v1/groups/", headers=bearer(refresh)).status_code == 401


@pytest.mark.parametrize(("username", "password"), [("shop", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_sign_in_does_not_tell_what_was_wrong(client, user, username, password):
    response = sign_in(client, password, username)
    assert (response.status_code, response.json()["code"]) == (401, "no_active_account")


def test_a_user_who_was_switched_off_is_out_at_once(client, user):
    tokens = sign_in(client).json()
    user.is_active = False
    user.save()
    assert client.get("/api/v1/groups/", headers=bearer(tokens["access"])).status_code == 401
    refreshed = client.post("/api/v1/auth/refresh/", {"refresh": tokens["refresh"]})
    assert refreshed.status_code == 401


def test_the_token_of_a_deleted_user_is_good_no_more(client, user):
    tokens = sign_in(client).json()
    user.delete()
    assert client.get("/api/v1/groups/", headers=bearer(tokens["access"])).status_code == 401
    refreshed = client.post("/api/v1/auth/refresh/", {"refresh": tokens["refresh"]})
    assert (refreshed.status_code, refreshed.json()["code"]) == (401, "token_not_valid")


def test_too_many_failures_lock_the_name_out(client, user):
    for _ in range(10):
        sign_in(client, "wrong")
    response = sign_in(client)
    assert (response.status_code, response.json()["code"]) == (429, "locked_out")
    assert response.headers["Retry-After"] == "900"
    assert "15 minutes" in response.json()["detail"]


def test_a_refresh_token_is_good_once(client, user):
    first = sign_in(client).json()["refresh"]
    second = client.post("/api/v1/auth/refresh/", {"refresh": first}).json()
    assert client.get("/api/v1/groups/", headers=bearer(second["access"])).status_code == 200
    again = client.post("/api/v1/auth/refresh/", {"refresh": first})
    assert (again.status_code, again.json()["code"]) == (401, "token_not_valid")
    assert client.post("/api/v1/auth/refresh/", {"refresh": second["refresh"]}).status_code == 200


def test_a_refresh_token_runs_out(client, user):
    body = {"refresh": sign_in(client).json()["refresh"]}
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, seconds=1)):
        for path in ("refresh", "verify"):
            token = body if path == "refresh" else {"token": body["refresh"]}
            response = client.post(f"/api/v1/auth/{path}/", token)
            assert (response.status_code, response.json()["code"]) == (401, "token_not_valid")
    assert client.post("/api/v1/auth/refresh/", body).status_code == 200


def test_a_number_is_no_user_name_and_no_password(client, django_user_model):
    django_user_model.objects.create_user(username="1", password="2")
    assert sign_in(client, "2", "1").status_code == 200
    for password, username in [("2", 1), (2, "1"), ("2", True), ("2", None)]:
        assert sign_in(client, password, username).status_code == 400


def test_blanks_are_part_of_a_password(client, user):
    user.set_password(" pass word ")
    user.save()
    assert sign_in(client, " pass word ").status_code == 200
    assert sign_in(client, "pass word").status_code == 401


def test_a_good_token_is_verified(client, user):
    tokens = sign_in(client).json()
    for token in tokens.values():
        assert client.post("/api/v1/auth/verify/", {"token": token}).status_code == 200
    response = client.post("/api/v1/auth/verify/", {"token": "x"})
    assert (response.status_code, response.json()["code"]) == (401, "token_not_valid")


def test_signing_out_ends_the_refresh_token(client, user):
    tokens = sign_in(client).json()
    body = {"refresh": tokens["refresh"]}
    response = client.post("/api/v1/auth/logout/", body, headers=bearer(tokens["access"]))
    assert response.status_code == 200
    assert client.post("/api/v1/auth/refresh/", body).status_code == 401
    assert client.post("/api/v1/auth/verify/", {"token": tokens["refresh"]}).status_code == 401


@pytest.mark.parametrize("path", ["token", "refresh", "verify", "logout"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_missing_fields_are_named(user, path, slash):
    response = client_of(user).post(f"/api/v1/auth/{path}{slash}", {})
    assert response.status_code == 400
    assert response.json()["errors"]


def test_nul_in_a_user_name_is_refused(client):
    assert sign_in(client, username="a\x00b").status_code == 400
