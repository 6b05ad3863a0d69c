"""Sums up the opens of every minute by the quarter of an hour."""

from django.db import migrations
from django.db.models import F, Sum

MINUTES = 15


def fill(apps, schema_editor):
    _sum_up(apps, "OpensByMinute", "OpensBySlot", ("group_id", "kind"), ("opens",))
    numbers = ("counted", "with_machine")
    _sum_up(apps, "FirstOpensByMinute", "FirstOpensBySlot", ("group_id",), numbers)


def _sum_up(apps, source, target, key, numbers):
    model = apps.get_model("tracking", target)
    rows = apps.get_model("tracking", source).objects.annotate(
        start=F("minute") - F("minute") % MINUTES
    )
    # `sum_of_` keeps the sums apart from the columns they are of.
    sums = rows.values(*key, "start").annotate(**{f"sum_of_{n}": Sum(n) for n in numbers})
    model.objects.bulk_create(
        [
            model(
                slot=row["start"] // MINUTES,
                **{name: row[name] for name in key},
                **{name: row[f"sum_of_{name}"] for name in numbers},
            )
            for row in sums
        ],
        batch_size=1000,
    )


def empty(apps, schema_editor):
    for name in ("OpensBySlot", "FirstOpensBySlot"):
        apps.get_model("tracking", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("tracking", "0005_slots")]

    operations = [migrations.RunPython(fill, empty)]
