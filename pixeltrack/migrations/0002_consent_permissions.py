"""Gives the roles what they may do with decisions; a role that was removed stays removed."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

ADDED = {
    "Marketing manager": ["view_decision", "add_decision"],
    "Marketing analyst": ["view_decision"],
}


def add_permissions(apps, schema_editor):
    database = schema_editor.connection.alias
    # Otherwise they are made only after the last migration.
    config = installed.get_app_config("consent")
    create_permissions(config, apps=apps, using=database, verbosity=0)
    for role, permissions in _roles(apps, database):
        role.permissions.add(*permissions)


def remove_permissions(apps, schema_editor):
    for role, permissions in _roles(apps, schema_editor.connection.alias):
        role.permissions.remove(*permissions)


def _roles(apps, database):
    groups = apps.get_model("auth", "Group").objects.using(database)
    held = apps.get_model("auth", "Permission").objects.using(database)
    for role in groups.filter(name__in=ADDED):
        named = {"content_type__app_label": "consent", "codename__in": ADDED[role.name]}
        yield role, list(held.filter(**named))


class Migration(migrations.Migration):
    dependencies = [
        ("pixeltrack", "0001_roles"),
        ("consent", "0001_decisions"),
    ]

    operations = [migrations.RunPython(add_permissions, remove_permissions)]
