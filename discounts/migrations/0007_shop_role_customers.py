"""Lets the role Shop API create and read customers, without whom a shop can apply nothing.

Only where it may still do just what it was made with: what an administrator changed stays.
"""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

ROLE = "Shop API"
BEFORE = {
    "discounts.find_discount",
    "discounts.apply_discount",
    "discounts.cancel_discount",
    "discounts.view_discountusage",
}
ADDED = {"discounts.add_customer", "discounts.view_customer"}


def add(apps, schema_editor):
    _replace(apps, schema_editor, of=BEFORE, by=BEFORE | ADDED)


def take_back(apps, schema_editor):
    _replace(apps, schema_editor, of=BEFORE | ADDED, by=BEFORE)


def _replace(apps, schema_editor, *, of, by):
    database = schema_editor.connection.alias
    role = apps.get_model("auth", "Group").objects.using(database).filter(name=ROLE).first()
    if role is None:
        return
    held = role.permissions.values_list("content_type__app_label", "codename")
    if {f"{label}.{codename}" for label, codename in held} != of:
        return
    # Otherwise they are made only after the last migration.
    create_permissions(
        installed.get_app_config("discounts"), apps=apps, using=database, verbosity=0
    )
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    codenames = [named.split(".")[1] for named in by]
    role.permissions.set(
        permissions.filter(content_type__app_label="discounts", codename__in=codenames)
    )


class Migration(migrations.Migration):
    dependencies = [("discounts", "0006_idempotent_customers")]

    operations = [migrations.RunPython(add, take_back)]
