"""Sums up by the day the contacts that fall due in each minute.

An older version's processes that still run meanwhile do not move these sums: after a rolling
deploy `manage.py audit_counters --repair` does.
"""

from django.db import migrations, transaction
from django.db.models import Sum

NEVER = -1
MINUTES = 24 * 60


def fill(apps, schema_editor):
    minutes = apps.get_model("tracking", "ContactsByDueMinute").objects
    lock = apps.get_model("tracking", "IngestLock").objects.select_for_update()
    for group_id in list(minutes.order_by().values_list("group_id", flat=True).distinct()):
        # Each its own transaction, and none beside whoever moves counters.
        with transaction.atomic():
            lock.get(id=1)
            _fill_group(apps, group_id, minutes.filter(group_id=group_id))


def _fill_group(apps, group_id, minutes):
    sums = {}
    rows = minutes.values("minute").annotate(all_contacts=Sum("contacts"), all_opened=Sum("opened"))
    for minute, contacts, opened in rows.values_list("minute", "all_contacts", "all_opened"):
        day = NEVER if minute == NEVER else minute // MINUTES
        known = sums.get(day, (0, 0))
        sums[day] = (known[0] + int(contacts), known[1] + int(opened))
    model = apps.get_model("tracking", "ContactsByDueDay")
    # Anew, so that it may be run again after it was cut short.
    model.objects.filter(group_id=group_id).delete()
    model.objects.bulk_create(
        [
            model(group_id=group_id, day=day, contacts=contacts, opened=opened)
            for day, (contacts, opened) in sums.items()
        ],
        batch_size=1000,
    )


def empty(apps, schema_editor):
    apps.get_model("tracking", "ContactsByDueDay").objects.all().delete()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tracking", "0009_contacts_by_due_day")]

    operations = [migrations.RunPython(fill, empty)]
