"""Signing in to the console: who knows the password learns what the account lacks."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client, override_settings
from django.urls import reverse

from tests.admin_pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
LOGIN = reverse("admin:login")
PASSWORD = "correct horse battery"
NO_ROLE = "Your account has no role yet, so there is nothing that it may open."
WHOM = "Ask your administrator."


@pytest.fixture(autouse=True)
def _accounts():
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        User.objects.create_superuser("ann", password=PASSWORD, first_name="Ann", last_name="Smith")
        User.objects.create_superuser("root", password=PASSWORD)
        User.objects.create_user("new", password=PASSWORD)
        User.objects.create_user("staff", password=PASSWORD, is_staff=True)
        for name, role in (("shop", "Shop API"), ("analyst", "Marketing analyst")):
            user = User.objects.create_user(name, password=PASSWORD, is_staff=name == "analyst")
            user.groups.add(Group.objects.get(name=role))
        yield


def answer(name, password=PASSWORD):
    return Client().post(LOGIN, {"username": name, "password": password})


def test_an_account_that_lacks_a_role_is_told_so_and_whom_to_ask():
    for name in ("new", "staff"):
        told = text_of(answer(name))
        assert f"{NO_ROLE} {WHOM}" in told
        assert "Ann Smith" not in told and "root" not in told
    assert f"it has no pages here. {WHOM}" in text_of(answer("shop"))
    for name in ("ann", "analyst"):
        assert answer(name).status_code == 302


def test_a_wrong_password_reveals_nothing_of_an_account():
    told = {name: text_of(answer(name, "wrong")) for name in ("new", "staff", "shop", "ann")}
    assert len(set(told.values())) == 1
    assert "role" not in told["new"]
    assert "Ann Smith" not in told["new"]
    nobody = text_of(answer("nobody", "wrong"))
    assert nobody == told["new"]


def test_an_account_that_is_off_is_told_nothing_either():
    User.objects.filter(username="new").update(is_active=False)
    assert text_of(answer("new")) == text_of(answer("new", "wrong"))


def test_being_told_clears_no_failures_and_counts_as_none():
    answers = [answer("new", "wrong").status_code for _ in range(9)]
    assert answers == [200] * 9
    assert answer("new").status_code == 200
    assert answer("new", "wrong").status_code == 429
    assert answer("new").status_code == 429
