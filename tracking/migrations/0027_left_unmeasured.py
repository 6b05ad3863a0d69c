import importlib
from collections import Counter

from django.db import migrations, models
from django.db.models import Exists, F, OuterRef, Q

leavings = importlib.import_module("tracking.migrations.0019_fill_left_by_age")
NOT_MEASURED = 0


def fill(apps, schema_editor):
    """Of whom may not be measured, count who was marked or mailed again.

    It may be cut off and run again. Whoever is not in a slot yet is counted by ingest.
    """
    contact, left = (
        apps.get_model(*name) for name in (("campaigns", "Contact"), ("tracking", "LeftByAge"))
    )
    left.objects.exclude(unmeasured=0).update(unmeasured=0)
    opens = apps.get_model("tracking", "ContactOpens").objects.filter(contact_id=OuterRef("uuid"))
    gone = Q(not_sent_at__isnull=False) | Q(resent_at__isnull=False)
    unmeasured = contact.objects.filter(gone, ~Exists(opens), measured=NOT_MEASURED)
    for fixed in apps.get_model("tracking", "CampaignSlots").objects.order_by("campaign_id"):
        rows = unmeasured.filter(campaign_id=fixed.campaign_id, due_at__isnull=False)
        if fixed.filled_before is not None:
            rows = rows.filter(created_at__lt=fixed.filled_before)
        columns = rows.order_by().values_list(*leavings.COLUMNS)
        keys = (leavings.leaving(fixed, *row) for row in columns.iterator())
        for key, contacts in sorted(Counter(key for key in keys if key).items()):
            row = dict(zip(("group_id", "slot", "age_bin", "reason"), key, strict=True))
            left.objects.filter(**row).update(unmeasured=contacts)


def new_version(apps, schema_editor):
    """What was read at an earlier version is no longer true."""
    apps.get_model("tracking", "GroupVersion").objects.update(version=F("version") + 1)


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0026_last_day"),
        ("tracking", "0026_unused_agents"),
    ]

    operations = [
        migrations.AddField("LeftByAge", "unmeasured", models.BigIntegerField(db_default=0)),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(new_version, migrations.RunPython.noop, elidable=True),
    ]
