from collections import Counter
from datetime import UTC, datetime, timedelta

from django.db import migrations
from django.db.models import Exists, F, OuterRef

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE, QUARTER, DAY = timedelta(minutes=1), timedelta(minutes=15), timedelta(days=1)
NEVER = NO_SLOT = -1


def recount(apps, schema_editor):
    """Count anew, group by group, what counters of due times and first opens stand for.

    Slots come later: ingest fixes them for each campaign, and moves its contacts into them. It may
    be cut off and run again.
    """
    for group_id in apps.get_model("campaigns", "Group").objects.values_list("id", flat=True):
        count_due_times(apps, group_id)
        count_first_opens(apps, group_id)


def count_due_times(apps, group_id):
    contact = apps.get_model("campaigns", "Contact")
    opens = apps.get_model("tracking", "ContactOpens").objects.filter(contact_id=OuterRef("uuid"))
    rows = contact.objects.filter(group_id=group_id).order_by().annotate(opened=Exists(opens))
    minutes, days = {}, {}
    columns = ("due_at", "erased_at", "not_sent_at", "opened")
    for due, erased, not_sent, opened in rows.values_list(*columns).iterator():
        due = None if due and erased and erased < due else due
        counted, drawn = not_sent is None, due is not None and not (not_sent and not_sent < due)
        amounts = (counted, counted and opened, drawn, due is not None and not drawn)
        minute = NEVER if due is None else (due - EPOCH) // MINUTE
        if any(amounts):
            add(minutes, minute, amounts)
        if counted:
            add(days, NEVER if due is None else (due - EPOCH) // DAY, amounts[:2])
    by_minute = apps.get_model("tracking", "ContactsByDueMinute")
    by_minute.objects.filter(group_id=group_id).delete()
    by_minute.objects.bulk_create(
        (
            by_minute(
                group_id=group_id,
                slot=NO_SLOT,
                minute=at,
                contacts=contacts,
                opened=opened,
                drawn=drawn,
                removed=removed,
            )
            for at, (contacts, opened, drawn, removed) in sorted(minutes.items())
        ),
        batch_size=500,
    )
    by_day = apps.get_model("tracking", "ContactsByDueDay")
    by_day.objects.filter(group_id=group_id).delete()
    by_day.objects.bulk_create(
        (by_day(group_id=group_id, day=day, contacts=c, opened=o) for day, (c, o) in days.items()),
        batch_size=500,
    )


def count_first_opens(apps, group_id):
    """Of contacts that count: by a person's open or else a machine's, once each."""
    contact = apps.get_model("campaigns", "Contact")
    marked = contact.objects.filter(uuid=OuterRef("contact_id"), not_sent_at__isnull=False)
    opens = apps.get_model("tracking", "ContactOpens").objects.filter(group_id=group_id)
    rows = opens.filter(~Exists(marked)).order_by()
    for name, unit, column in (
        ("FirstOpensByMinute", MINUTE, "minute"),
        ("FirstOpensBySlot", QUARTER, "slot"),
    ):
        counted, any_kind = Counter(), Counter()
        for first, by_person in rows.values_list("first_opened_at", "first_counted_at").iterator():
            place = ((by_person or first) - EPOCH) // unit
            any_kind[place] += 1
            counted[place] += by_person is not None
        model = apps.get_model("tracking", name)
        model.objects.filter(group_id=group_id).delete()
        model.objects.bulk_create(
            (
                model(**{column: at}, group_id=group_id, counted=counted[at], with_machine=n)
                for at, n in sorted(any_kind.items())
            ),
            batch_size=500,
        )


def add(totals, key, amounts):
    before = totals.get(key, (0,) * len(amounts))
    totals[key] = tuple(a + int(b) for a, b in zip(before, amounts, strict=True))


def new_version(apps, schema_editor):
    """What was read at an earlier version is no longer true."""
    apps.get_model("tracking", "GroupVersion").objects.update(version=F("version") + 1)


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0016_slots"),
    ]

    operations = [
        migrations.RunPython(recount, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(new_version, migrations.RunPython.noop, elidable=True),
    ]
