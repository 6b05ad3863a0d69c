"""The first administrator."""

import io
import re

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command
from django.test import RequestFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
User = get_user_model()


def run():
    output = io.StringIO()
    call_command("first_admin", stdout=output)
    return output.getvalue()


def test_a_new_installation_gets_an_administrator_with_the_password_shown():
    password = re.search(r"as admin with the password (\S+)\n", run())[1]

    user = authenticate(RequestFactory().post("/"), username="admin", password=password)
    assert user.is_superuser
    assert user.is_staff


def test_a_second_run_changes_nothing_and_shows_nothing():
    run()
    before = User.objects.values().get()

    assert run() == ""
    assert User.objects.values().get() == before


def test_every_installation_gets_another_password():
    first = run()
    User.objects.all().delete()

    assert run() != first


def test_where_an_account_exists_none_is_added():
    User.objects.create_user("someone")

    assert run() == ""
    assert User.objects.count() == 1
