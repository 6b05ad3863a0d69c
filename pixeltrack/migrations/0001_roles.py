"""Makes the roles: groups of permissions that an administrator gives to people and programs.

A group that is there already is left as it is, whatever it may do: from here on the roles belong
to the administrator.
"""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

READING = [
    "campaigns.view_campaign",
    "campaigns.view_group",
    "campaigns.view_contact",
    "campaigns.view_contactimport",
    "tracking.view_pixel",
    "tracking.view_open",
    "tracking.view_useragent",
    "tracking.view_report",
    "discounts.view_customer",
    "discounts.view_discountcampaign",
    "discounts.view_discountusage",
    # It asks, and neither spends nor reserves anything.
    "discounts.find_discount",
]
WRITTEN = [
    ("campaigns", "campaign"),
    ("campaigns", "group"),
    ("campaigns", "contact"),
    ("tracking", "pixel"),
    ("discounts", "customer"),
    ("discounts", "discountcampaign"),
]
WRITING = [
    f"{app}.{verb}_{model}" for app, model in WRITTEN for verb in ("add", "change", "delete")
]
CANCELLING = ["discounts.cancel_discount"]
ROLES = {
    "Marketing manager": READING + WRITING + CANCELLING,
    "Marketing analyst": READING,
    # Without customers a shop can apply nothing.
    "Shop API": [
        "discounts.find_discount",
        "discounts.apply_discount",
        "discounts.cancel_discount",
        "discounts.view_discountusage",
        "discounts.add_customer",
        "discounts.view_customer",
    ],
}


def make_roles(apps, schema_editor):
    database = schema_editor.connection.alias
    # Otherwise they are made only after the last migration.
    for label in ("campaigns", "tracking", "discounts"):
        create_permissions(installed.get_app_config(label), apps=apps, using=database, verbosity=0)
    groups = apps.get_model("auth", "Group").objects.using(database)
    for name, wanted in ROLES.items():
        group, is_new = groups.get_or_create(name=name)
        if is_new:
            group.permissions.set(_permission(apps, database, named) for named in wanted)


def remove_unused_roles(apps, schema_editor):
    """Takes back what the migration made, but nothing that somebody has or has changed."""
    database = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(database)
    for group in groups.filter(name__in=ROLES, user__isnull=True):
        held = group.permissions.values_list("content_type__app_label", "codename")
        if {f"{label}.{codename}" for label, codename in held} == set(ROLES[group.name]):
            group.delete()


def _permission(apps, database, named):
    label, codename = named.split(".")
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    return permissions.get(content_type__app_label=label, codename=codename)


class Migration(migrations.Migration):
    # They lay in discounts once.
    replaces = [
        ("discounts", "0002_roles"),
        ("discounts", "0007_shop_role_customers"),
    ]

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("campaigns", "0001_squashed_0011_rejected_rows_whole"),
        ("tracking", "0001_squashed_0014_fill_clients_by_slot"),
        ("discounts", "0001_squashed_0009_campaign_currency_limits"),
    ]

    operations = [migrations.RunPython(make_roles, remove_unused_roles)]
