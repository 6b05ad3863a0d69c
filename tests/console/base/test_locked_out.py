"""Failing to sign in to the admin too often."""

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from tests.admin_pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
LOGIN = reverse("admin:login")
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _user(django_user_model):
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=hashers):
        django_user_model.objects.create_superuser(username="ann", password=PASSWORD)
        yield


def sign_in(password=PASSWORD, name="ann", **meta):
    return Client().post(LOGIN, {"username": name, "password": password}, **meta)


def fail(times=10, **meta):
    return [sign_in("wrong", **meta).status_code for _ in range(times)]


def test_ten_failures_lock_the_name_out_and_the_page_says_for_how_long():
    assert fail() == [200] * 9 + [429]
    response = sign_in()
    assert response.status_code == 429
    assert "failed 10 times. Try again in 15 minutes." in text_of(response)
    assert response.headers["Retry-After"] == "900"


def test_another_name_and_another_address_may_still_sign_in(django_user_model):
    django_user_model.objects.create_superuser(username="bob", password=PASSWORD)
    fail()
    assert sign_in(name="bob").status_code == 302
    assert sign_in(REMOTE_ADDR="192.0.2.7").status_code == 302


def test_claiming_another_address_does_not_help():
    seen = [sign_in("wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}") for n in range(10)]
    assert seen[-1].status_code == 429


def test_behind_a_trusted_proxy_its_clients_are_told_apart(settings):
    settings.TRUSTED_PROXIES = 1
    fail(HTTP_X_FORWARDED_FOR="203.0.113.1")
    assert sign_in(HTTP_X_FORWARDED_FOR="203.0.113.1").status_code == 429
    assert sign_in(HTTP_X_FORWARDED_FOR="203.0.113.2").status_code == 302


def test_a_client_without_a_known_address_is_locked_out_too():
    assert fail(REMOTE_ADDR="")[-1] == 429


def test_other_addresses_of_the_same_ipv6_network_do_not_help():
    seen = [sign_in("wrong", REMOTE_ADDR=f"2001:db8:1:2::{n}").status_code for n in range(10)]
    assert seen[-1] == 429
    assert sign_in(REMOTE_ADDR="2001:db8:1:3::1").status_code == 302


def test_signing_in_clears_earlier_failures():
    fail(9)
    assert sign_in().status_code == 302
    assert fail(9) == [200] * 9
