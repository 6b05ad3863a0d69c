"""Counts the contacts there are, and has those of launched campaigns moved into their strata."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from django.db import migrations

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NONE = -1
COLUMNS = ("uuid", "group_id", "scheduled_at", "erased_at")


def count_contacts(apps, schema_editor):
    Contact = apps.get_model("campaigns", "Contact")
    opened_ids = apps.get_model("tracking", "ContactOpens").objects.values("contact_id")
    counted = Contact.objects.filter(not_sent_at__isnull=True).order_by()
    contacts = Counter(map(_key, counted.values_list(*COLUMNS).iterator()))
    opened = Counter(
        map(_key, counted.filter(uuid__in=opened_ids).values_list(*COLUMNS).iterator())
    )
    ContactsByDueMinute = apps.get_model("tracking", "ContactsByDueMinute")
    ContactsByDueMinute.objects.bulk_create(
        [
            ContactsByDueMinute(
                group_id=group_id, stratum=NONE, minute=minute, contacts=count, opened=opened[key]
            )
            for key, count in contacts.items()
            for group_id, minute in [key]
        ],
        batch_size=1000,
    )
    # Ingest goes on with launches that were begun: cuts stay, contacts move into their strata.
    apps.get_model("tracking", "FirstOpensByAge").objects.all().delete()
    apps.get_model("tracking", "CampaignLaunch").objects.update(strata_before=EPOCH)


def _key(row):
    _, group_id, scheduled_at, erased_at = row
    if scheduled_at is None or (erased_at and erased_at < scheduled_at):
        return group_id, NONE
    return group_id, (scheduled_at - EPOCH) // MINUTE


def forget_counts(apps, schema_editor):
    apps.get_model("tracking", "ContactsByDueMinute").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0003_contacts_by_due_minute"),
        ("campaigns", "0003_contact_import"),
    ]

    operations = [migrations.RunPython(count_contacts, forget_counts)]
