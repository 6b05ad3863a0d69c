"""Lets whoever manages marketing share reports by links; a role that was removed stays removed."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

ROLE = "Marketing manager"
ADDED = ["share_report"]


def add_permissions(apps, schema_editor):
    database = schema_editor.connection.alias
    # Otherwise they are made only after the last migration.
    config = installed.get_app_config("campaigns")
    create_permissions(config, apps=apps, using=database, verbosity=0)
    for role in _role(apps, database):
        role.permissions.add(*_permissions(apps, database))


def remove_permissions(apps, schema_editor):
    database = schema_editor.connection.alias
    for role in _role(apps, database):
        role.permissions.remove(*_permissions(apps, database))


def _role(apps, database):
    return apps.get_model("auth", "Group").objects.using(database).filter(name=ROLE)


def _permissions(apps, database):
    held = apps.get_model("auth", "Permission").objects.using(database)
    return held.filter(content_type__app_label="campaigns", codename__in=ADDED)


class Migration(migrations.Migration):
    dependencies = [
        ("pixeltrack", "0004_view_person"),
        ("campaigns", "0030_report_links"),
    ]

    operations = [migrations.RunPython(add_permissions, remove_permissions)]
