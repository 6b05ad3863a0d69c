"""A user and all permissions are read in one query, and these are those that Django finds."""

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, User

from console.base.permissions import ModelBackendInOneQuery
from tests.conftest import permission_named

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
OWN = "auth.view_user"


def make_user(**fields):
    """A user with a direct permission and a role."""
    user = User.objects.create_user("ann", **fields)
    user.user_permissions.add(permission_named(OWN))
    user.groups.add(Group.objects.get(name="Marketing analyst"))
    return User.objects.get(pk=user.pk)


def test_direct_permissions_and_those_of_roles_are_read_in_one_query(django_assert_num_queries):
    user = make_user()
    with django_assert_num_queries(1):
        assert user.has_perms([OWN, "tracking.view_report"])
        assert not user.has_perm("campaigns.add_contact")
        assert user.has_module_perms("campaigns") and not user.has_module_perms("axes")


@pytest.mark.parametrize("fields", [{}, {"is_superuser": True}, {"is_active": False}], ids=str)
def test_they_are_those_that_django_finds(fields):
    expected = ModelBackend().get_all_permissions(make_user(**fields))
    assert User.objects.get().get_all_permissions() == expected
    assert bool(expected) == fields.get("is_active", True)


def test_the_user_of_a_session_comes_with_all_permissions(django_assert_num_queries):
    user = make_user()
    with django_assert_num_queries(1):
        found = ModelBackendInOneQuery().get_user(user.pk)
        assert found.has_perms([OWN, "tracking.view_report"])
        assert not found.has_perm("campaigns.add_contact")
    assert (found.pk, found.username, found.password) == (user.pk, "ann", user.password)
    assert found.get_all_permissions() == ModelBackend().get_all_permissions(user)


def test_the_user_of_a_session_may_have_no_permission_or_all():
    nobody = User.objects.create_user("nobody")
    boss = User.objects.create_superuser("boss")
    backend = ModelBackendInOneQuery()
    assert backend.get_user(nobody.pk).get_all_permissions() == set()
    assert backend.get_user(boss.pk).has_perm("campaigns.add_contact")
    assert backend.get_user(boss.pk).get_all_permissions() > {OWN, "campaigns.add_contact"}


def test_who_is_locked_or_gone_has_no_session():
    backend, user = ModelBackendInOneQuery(), make_user(is_active=False)
    assert backend.get_user(user.pk) is None
    assert backend.get_user(user.pk + 1) is None


def test_no_permission_applies_to_a_single_row():
    user = make_user()
    assert not user.has_perm(OWN, obj=user)
