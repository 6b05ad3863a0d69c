"""The roles that a migration creates, and what it does not change."""

import importlib

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

roles = importlib.import_module("pixeltrack.migrations.0001_roles")
NAMES = {"Marketing manager", "Marketing analyst", "Shop API"}

pytestmark = pytest.mark.django_db


def migrate():
    """Like `migrate`: before the permissions of the same migration's models exist."""
    executor = MigrationExecutor(connection)
    state = executor.loader.project_state(("pixeltrack", "0001_roles"))
    roles.make_roles(state.apps, connection.schema_editor())


def migrate_back():
    roles.remove_unused_roles(apps, connection.schema_editor())


@pytest.fixture
def made():
    Group.objects.all().delete()
    migrate()


def permissions_of(name):
    held = Group.objects.get(name=name).permissions
    return {
        f"{label}.{codename}"
        for label, codename in held.values_list("content_type__app_label", "codename")
    }


def test_the_roles_exist_with_their_permissions(made):
    assert set(Group.objects.values_list("name", flat=True)) == NAMES
    assert {name: permissions_of(name) for name in NAMES} == {
        name: set(wanted) for name, wanted in roles.ROLES.items()
    }


def test_the_shop_may_create_customers_and_use_discounts_and_do_nothing_else(made):
    assert permissions_of("Shop API") == {
        "discounts.add_customer",
        "discounts.view_customer",
        "discounts.find_discount",
        "discounts.apply_discount",
        "discounts.cancel_discount",
        "discounts.view_discountusage",
    }


def test_the_analyst_holds_no_permission_to_write(made):
    assert {named.split(".")[1].split("_")[0] for named in permissions_of("Marketing analyst")} == {
        "view",
        "find",
    }


def test_a_database_without_permissions_gets_those_of_the_roles():
    Group.objects.all().delete()
    Permission.objects.all().delete()
    migrate()
    assert permissions_of("Marketing manager") == set(roles.ROLES["Marketing manager"])


def test_changes_of_an_administrator_stay(made):
    analyst = Group.objects.get(name="Marketing analyst")
    analyst.permissions.set([Permission.objects.get(codename="view_campaign")])
    Group.objects.get(name="Shop API").delete()
    migrate()
    assert permissions_of("Marketing analyst") == {"campaigns.view_campaign"}
    assert permissions_of("Shop API") == set(roles.ROLES["Shop API"])


def test_migrating_back_removes_unused_and_unchanged_roles(made):
    User.objects.create_user("ann").groups.add(Group.objects.get(name="Marketing manager"))
    Group.objects.get(name="Marketing analyst").permissions.clear()
    Group.objects.create(name="Own role")
    migrate_back()
    assert set(Group.objects.values_list("name", flat=True)) == {
        "Marketing manager",
        "Marketing analyst",
        "Own role",
    }
