"""Tokens: signing in, renewing, checking, signing out."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from axes.models import AccessLog
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.test import Client, override_settings
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken
from structlog.testing import capture_logs

from tests.conftest import client_of, permission_named

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
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
def test_any_other_token_does_not_open_the_api(client, header):
    response = client.get("/api/v1/groups/", headers={"authorization": header})
    assert response.status_code == 401
    assert set(response.json()) == {"detail", "code"}


def test_the_answer_says_how_long_the_access_token_is_valid(client, user):
    now = datetime.now(UTC)
    with time_machine.travel(now, tick=False):
        first = sign_in(client).json()
        second = client.post("/api/v1/auth/refresh/", {"refresh": first["refresh"]}).json()
    for answer in (first, second):
        assert answer["expires_in"] == 1800
        for seconds, status in ((1799, 200), (1801, 401)):
            with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
                called = client.get("/api/v1/groups/", headers=bearer(answer["access"]))
            assert called.status_code == status


def test_an_access_token_expires(client, user):
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


def test_a_deactivated_user_is_signed_out_at_once(client, user):
    tokens = sign_in(client).json()
    user.is_active = False
    user.save()
    assert client.get("/api/v1/groups/", headers=bearer(tokens["access"])).status_code == 401
    refreshed = client.post("/api/v1/auth/refresh/", {"refresh": tokens["refresh"]})
    assert refreshed.status_code == 401


def test_the_token_of_a_deleted_user_is_no_longer_valid(client, user):
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


def test_a_refresh_token_can_be_used_once(client, user):
    first = sign_in(client).json()["refresh"]
    second = client.post("/api/v1/auth/refresh/", {"refresh": first}).json()
    assert client.get("/api/v1/groups/", headers=bearer(second["access"])).status_code == 200
    again = client.post("/api/v1/auth/refresh/", {"refresh": first})
    assert (again.status_code, again.json()["code"]) == (401, "token_not_valid")
    assert client.post("/api/v1/auth/refresh/", {"refresh": second["refresh"]}).status_code == 200


def test_a_refresh_token_expires(client, user):
    body = {"refresh": sign_in(client).json()["refresh"]}
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, seconds=1)):
        for path in ("refresh", "verify"):
            token = body if path == "refresh" else {"token": body["refresh"]}
            response = client.post(f"/api/v1/auth/{path}/", token)
            assert (response.status_code, response.json()["code"]) == (401, "token_not_valid")
    assert client.post("/api/v1/auth/refresh/", body).status_code == 200


def test_a_number_is_not_taken_for_a_user_name_or_a_password(client, django_user_model):
    django_user_model.objects.create_user(username="1", password="2")
    assert sign_in(client, "2", "1").status_code == 200
    for password, username in [("2", 1), (2, "1"), ("2", True), ("2", None)]:
        assert sign_in(client, password, username).status_code == 400


def test_blanks_are_part_of_a_password(client, user):
    user.set_password(" pass word ")
    user.save()
    assert sign_in(client, " pass word ").status_code == 200
    assert sign_in(client, "pass word").status_code == 401


def test_a_valid_token_is_verified(client, user):
    tokens = sign_in(client).json()
    for token in (tokens["access"], tokens["refresh"]):
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


# --- Until when a token is good -------------------------------------------------------------


def answers_to(client, tokens):
    """The statuses that a call, renewing and checking either token get."""
    called = client.get("/api/v1/groups/", headers=bearer(tokens["access"]))
    verified = [client.post("/api/v1/auth/verify/", {"token": tokens[kind]}) for kind in tokens]
    renewed = client.post("/api/v1/auth/refresh/", {"refresh": tokens["refresh"]})
    return [called, *verified, renewed]


def change_password(user):
    user.set_password("another horse battery")
    user.save()


def switch_off(user):
    user.is_active = False
    user.save()


@pytest.mark.parametrize(
    ("end", "codes"),
    [
        (change_password, {"password_changed"}),
        (switch_off, {"user_inactive"}),
        (lambda user: user.delete(), {"token_not_valid", "user_not_found"}),
    ],
    ids=["another password", "switched off", "deleted"],
)
def test_what_ends_an_account_ends_all_its_tokens(client, user, end, codes):
    signed_in = sign_in(client).json()
    tokens = {kind: signed_in[kind] for kind in ("access", "refresh")}
    end(user)
    answers = answers_to(client, tokens)
    assert [response.status_code for response in answers] == [401] * 4
    assert {response.json()["code"] for response in answers} <= codes


def test_renewing_does_not_outlive_the_password(client, user):
    first = sign_in(client).json()["refresh"]
    second = client.post("/api/v1/auth/refresh/", {"refresh": first}).json()
    change_password(user)
    renewed = client.post("/api/v1/auth/refresh/", {"refresh": second["refresh"]})
    assert (renewed.status_code, renewed.json()["code"]) == (401, "password_changed")
    assert sign_in(client, "another horse battery").status_code == 200


def test_a_token_that_is_not_bound_to_a_password_is_refused(client, user):
    """Tokens from before they were bound to the password are like that."""
    token = AccessToken.for_user(user)
    del token["hash_password"]
    response = client.get("/api/v1/groups/", headers=bearer(token))
    assert (response.status_code, response.json()["code"]) == (401, "password_changed")


def test_signing_in_that_renews_the_stored_hash_gives_valid_tokens(client, user):
    """Django stores the password again where its hasher has become stronger."""
    before = sign_in(client).json()
    stronger = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    with override_settings(
        PASSWORD_HASHERS=[*stronger, "django.contrib.auth.hashers.MD5PasswordHasher"]
    ):
        after = sign_in(client).json()
    assert client.get("/api/v1/groups/", headers=bearer(after["access"])).status_code == 200
    assert client.post("/api/v1/auth/refresh/", {"refresh": after["refresh"]}).status_code == 200
    assert client.get("/api/v1/groups/", headers=bearer(before["access"])).status_code == 401


def test_tokens_do_not_depend_on_the_secret_key(client, user, settings):
    access = sign_in(client).json()["access"]
    settings.SECRET_KEY = "another-" + "s3cret-key-" * 6
    assert client.get("/api/v1/groups/", headers=bearer(access)).status_code == 200


def test_a_changed_permission_counts_at_once(client, django_user_model):
    user = django_user_model.objects.create_user(username="shop", password=PASSWORD)
    access = sign_in(client).json()["access"]
    for change, status in [("set", 200), ("clear", 403)]:
        held = [permission_named("campaigns.view_group")] if change == "set" else []
        user.user_permissions.set(held)
        assert client.get("/api/v1/groups/", headers=bearer(access)).status_code == status


@pytest.mark.parametrize("end", [change_password, switch_off, lambda user: user.delete()])
def test_what_ends_an_account_ends_its_session_in_the_admin(user, end):
    browser = Client()
    browser.login(request=HttpRequest(), username="shop", password=PASSWORD)
    assert browser.get("/admin/campaigns/campaign/").status_code == 200
    end(user)
    assert browser.get("/admin/campaigns/campaign/").status_code == 302


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_name_of_the_scheme_may_be_in_any_case(client, user, scheme):
    access = sign_in(client).json()["access"]
    header = {"authorization": f"{scheme} {access}"}
    assert client.get("/api/v1/groups/", headers=header).status_code == 200


# --- What signing in leaves behind ----------------------------------------------------------


def test_signing_in_is_recorded_as_in_the_admin(client, user):
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False):
        response = sign_in(client)
    user.refresh_from_db()
    assert user.last_login == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert AccessLog.objects.get().username == "shop"
    assert not response.cookies
    assert not Session.objects.exists()


def test_renewing_does_not_count_as_signing_in(client, user):
    refresh = sign_in(client).json()["refresh"]
    user.refresh_from_db()
    before = user.last_login
    client.post("/api/v1/auth/refresh/", {"refresh": refresh})
    user.refresh_from_db()
    assert user.last_login == before


def test_signing_in_clears_earlier_failures(client, user):
    for _ in range(2):
        for _ in range(9):
            assert sign_in(client, "wrong").status_code == 401
        assert sign_in(client).status_code == 200


def test_each_attempt_logs_one_event_without_the_name(client, user):
    with capture_logs() as logs:
        sign_in(client)
        sign_in(client, "wrong")
        for _ in range(10):
            sign_in(client, "wrong")
    events = [line for line in logs if line["event"] in ("signed_in", "sign_in_failed")]
    assert events[0] == {
        "event": "signed_in",
        "log_level": "info",
        "door": "api",
        "user": user.id,
    }
    assert events[1] == {
        "event": "sign_in_failed",
        "log_level": "info",
        "door": "api",
        "locked_out": False,
    }
    assert events[-1]["locked_out"] is True
    assert len(events) == 12
    assert not any(PASSWORD in str(line) or "shop" in str(line) for line in logs)
