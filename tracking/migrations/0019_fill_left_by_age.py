from bisect import bisect_left
from collections import Counter
from datetime import UTC, datetime, timedelta

from django.db import migrations
from django.db.models import F, Q

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE, MILLISECOND = timedelta(minutes=1), timedelta(milliseconds=1)
WEEK = 10_080
MAILED_AGAIN = "mailed_again"
# fmt: off
AGE_EDGES = (
    5, 10, 15, 20, 30, 40, 50, 60, 75, 90, 105, 120, 150, 180, 210, 240, 300, 360, 420, 480,
    600, 720, 840, 960, 1200, 1440, 1800, 2160, 2880, 3600, 4320, 5760, 7200, 10080,
    14400, 20160, 30240, 43200,
)
# fmt: on
COLUMNS = ("group_id", "due_at", "erased_at", "not_sent_at", "not_sent_reason", "resent_at")


def fill(apps, schema_editor):
    """Count who was marked or mailed again, campaign by campaign whose slots are fixed.

    It may be cut off and run again. Whoever is not in a slot yet is counted by ingest.
    """
    contact, left = (
        apps.get_model(*name) for name in (("campaigns", "Contact"), ("tracking", "LeftByAge"))
    )
    left.objects.all().delete()
    gone = Q(not_sent_at__isnull=False) | Q(resent_at__isnull=False)
    for fixed in apps.get_model("tracking", "CampaignSlots").objects.order_by("campaign_id"):
        rows = contact.objects.filter(gone, campaign_id=fixed.campaign_id, due_at__isnull=False)
        if fixed.filled_before is not None:
            rows = rows.filter(created_at__lt=fixed.filled_before)
        leavings = (
            leaving(fixed, *row) for row in rows.order_by().values_list(*COLUMNS).iterator()
        )
        counted = Counter(key for key in leavings if key)
        left.objects.bulk_create(
            (
                left(group_id=group_id, slot=slot, age_bin=age, reason=reason, contacts=n)
                for (group_id, slot, age, reason), n in sorted(counted.items())
            ),
            batch_size=500,
        )


def leaving(fixed, group_id, due, erased, not_sent, reason, resent):
    """The key a contact counts under: of what came first, a second mail or a mark."""
    minute = (due - EPOCH) // MINUTE
    if (erased and erased < due) or (not_sent and not_sent < due) or minute < fixed.first_due:
        return None
    moments = ((resent, MAILED_AGAIN), (not_sent, reason))
    ages = [(age_bin(due, at), why) for at, why in moments if at is not None]
    return (group_id, slot_of(fixed, minute), *min(ages, key=lambda one: one[0]))


def age_bin(due, at):
    ages = [(moment - EPOCH) // MILLISECOND for moment in (due, at)]
    return bisect_left(AGE_EDGES, (ages[1] - ages[0]) / 60_000)


def slot_of(fixed, minute):
    if minute <= fixed.cut_off:
        return (minute - fixed.first_due) // fixed.width
    last_regular = (fixed.cut_off - fixed.first_due) // fixed.width
    return last_regular + 1 + (minute - fixed.cut_off - 1) // WEEK


def new_version(apps, schema_editor):
    """What was read at an earlier version is no longer true."""
    apps.get_model("tracking", "GroupVersion").objects.update(version=F("version") + 1)


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0014_fill_due_times"),
        ("tracking", "0018_left_by_age"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(new_version, migrations.RunPython.noop, elidable=True),
    ]
