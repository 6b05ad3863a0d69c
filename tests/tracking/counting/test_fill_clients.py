"""The opens of mail clients by the quarter of an hour are filled as if they had been counted."""

from collections import Counter
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from campaigns.models import NotSentReason
from contacts import change
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    THUNDERBIRD,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting.record import record
from tracking.models import IngestLock, Open, OpensByClient, OpensByClientSlot
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db

migration = import_module("tracking.migrations.0014_fill_clients_by_slot")
KEY = ("group_id", "family", "kind", "slot")


@pytest.fixture
def counted():
    """What ingest counted, of which only the older version's sums by the hour are left."""
    campaign = make_campaign()
    contacts = [make_contact(group) for group in campaign.groups.all() for _ in range(4)]
    agents = (THUNDERBIRD, GMAIL, APPLE_PRIVACY)
    record(
        [
            make_hit(contact, after=timedelta(minutes=7 * n + 3 * m, seconds=m), agent=agents[m])
            for n, contact in enumerate(contacts)
            for m in range(3)
        ]
    )
    record([make_hit(contacts[0], after=timedelta(seconds=4), agent=agent) for agent in agents])
    change.mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[contacts[1].uuid],
        reason=NotSentReason.BOUNCED,
        now=timezone.now(),
    )
    rows = stored()
    by_hour = Counter()
    for (group, family, kind, slot), opens in rows.items():
        by_hour[group, family, kind, slot // 4] += opens
    OpensByClient.objects.bulk_create(
        OpensByClient(group_id=group, family=family, kind=kind, hour=hour, opens=opens)
        for (group, family, kind, hour), opens in by_hour.items()
    )
    OpensByClientSlot.objects.all().delete()
    return rows


def stored():
    rows = OpensByClientSlot.objects.filter(opens__gt=0).values_list(*KEY, "opens")
    return {row[:-1]: row[-1] for row in rows}


def test_what_is_filled_is_what_ingest_would_have_counted(counted):
    migration.fill(apps, None)
    assert stored() == counted
    assert not audit.find_differences()
    # Cut short and run again it comes to the same.
    migration.fill(apps, None)
    assert stored() == counted
    migration.empty(apps, None)
    assert stored() == {}


def test_of_pruned_hours_both_sums_that_were_kept_still_hold(counted):
    IngestLock.objects.update(pruned_before=START + timedelta(days=1))
    Open.objects.all().delete()
    migration.fill(apps, None)
    assert summed(stored(), leaving_out=3) == summed(counted, leaving_out=3)
    assert summed(stored(), leaving_out=1) == summed(counted, leaving_out=1)


def summed(rows, *, leaving_out):
    """By group, kind and hour and client; or by group, kind and quarter."""
    total = Counter()
    for (group, family, kind, slot), opens in rows.items():
        key = (group, kind, slot // 4, family) if leaving_out == 3 else (group, kind, slot)
        total[key] += opens
    return total
