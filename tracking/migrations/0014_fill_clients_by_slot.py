"""Counts the opens of every mail client by the quarter of an hour, from the raw rows.

Of hours whose raw rows were pruned, the two sums that were kept are laid over each other: what
every client has in the hour, and what every quarter of it has. An older version's processes
that still run meanwhile do not move this counter: after a rolling deploy
`manage.py audit_counters --repair` does.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta

from django.db import migrations, transaction

SLOTS_PER_HOUR = 4
BUCKETS_PER_SLOT = 90
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def fill(apps, schema_editor):
    by_hour = apps.get_model("tracking", "OpensByClient").objects
    groups = by_hour.order_by().values_list("group_id", flat=True).distinct()
    for group_id in list(groups):
        not_sent = set(_not_sent(apps, group_id))
        hours = by_hour.filter(group_id=group_id).order_by("hour").values_list("hour", flat=True)
        for hour in list(hours.distinct()):
            _fill_hour(apps, group_id, hour, not_sent)


def _not_sent(apps, group_id):
    contacts = apps.get_model("campaigns", "Contact").objects.order_by()
    marked = contacts.filter(group_id=group_id, not_sent_at__isnull=False)
    return marked.values_list("uuid", flat=True)


def _fill_hour(apps, group_id, hour, not_sent):
    model = apps.get_model("tracking", "OpensByClientSlot")
    lock = apps.get_model("tracking", "IngestLock").objects.select_for_update()
    first = hour * SLOTS_PER_HOUR
    # Each its own short transaction, and none beside whoever moves counters.
    with transaction.atomic():
        pruned_before = lock.get(id=1).pruned_before
        begins = EPOCH + timedelta(hours=hour)
        is_pruned = pruned_before is not None and begins < pruned_before
        counted = (
            _laid_over(apps, group_id, hour)
            if is_pruned
            else _counted(apps, group_id, begins, not_sent)
        )
        # Anew, so that it may be run again after it was cut short.
        model.objects.filter(
            group_id=group_id, slot__gte=first, slot__lt=first + SLOTS_PER_HOUR
        ).delete()
        model.objects.bulk_create(
            [
                model(group_id=group_id, family=family, kind=kind, slot=slot, opens=opens)
                for (family, kind, slot), opens in sorted(counted.items())
            ],
            batch_size=1000,
        )


def _counted(apps, group_id, begins, not_sent):
    """(client, kind, quarter) -> opens: hits of one contact within ten seconds are one."""
    families = _Families(apps.get_model("tracking", "UserAgent").objects)
    hits = apps.get_model("tracking", "Open").objects.filter(
        group_id=group_id, opened_at__gte=begins, opened_at__lt=begins + timedelta(hours=1)
    )
    best = {}
    rows = hits.order_by().values_list("contact_id", "bucket", "kind", "user_agent_id")
    for contact, bucket, kind, agent in rows.iterator(chunk_size=5000):
        if contact not in not_sent:
            # The highest kind, among equals the first client by name.
            rank = (-kind, families[agent])
            best[contact, bucket] = min(rank, best.get((contact, bucket), rank))
    return Counter(
        (family, -kind, bucket // BUCKETS_PER_SLOT) for (_, bucket), (kind, family) in best.items()
    )


class _Families(dict):
    """The clients' names by user agent, each read once."""

    def __init__(self, agents):
        super().__init__()
        self.agents = agents

    def __missing__(self, agent):
        self[agent] = self.agents.filter(id=agent).values_list("family", flat=True).get()
        return self[agent]


def _laid_over(apps, group_id, hour):
    clients = apps.get_model("tracking", "OpensByClient").objects
    slots = apps.get_model("tracking", "OpensBySlot").objects
    first = hour * SLOTS_PER_HOUR
    counted = Counter()
    left = {
        (kind, slot): opens
        for kind, slot, opens in slots.filter(
            group_id=group_id, slot__gte=first, slot__lt=first + SLOTS_PER_HOUR
        ).values_list("kind", "slot", "opens")
    }
    rows = clients.filter(group_id=group_id, hour=hour).order_by("family", "kind")
    for family, kind, opens in rows.values_list("family", "kind", "opens"):
        for slot in range(first, first + SLOTS_PER_HOUR):
            taken = min(opens, left.get((kind, slot), 0))
            if taken > 0:
                counted[family, kind, slot] += taken
                left[kind, slot] -= taken
                opens -= taken
    return counted


def empty(apps, schema_editor):
    apps.get_model("tracking", "OpensByClientSlot").objects.all().delete()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("campaigns", "0010_contactimport_forgotten_at"),
        ("tracking", "0013_clients_by_slot"),
    ]

    operations = [migrations.RunPython(fill, empty)]
