"""Makes campaigns, groups, contacts, pixels and hits for tests."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import count

from django.conf import settings
from django.db import transaction

from campaigns.models import Campaign, Contact, Group
from contacts.registering import register_contacts
from contacts.stored import first_due
from foundation.personal_data.identity import blind_index, email_domain, name_key
from tracking.counting.record import record
from tracking.hits.event_log import Hit

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
# When contacts were created, one after the other: lists are in this order.
LONG_BEFORE = START - timedelta(days=60)
_created = (LONG_BEFORE + timedelta(milliseconds=n) for n in count())

THUNDERBIRD = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
APPLE_PRIVACY = "Mozilla/5.0"
SCANNER = "Mozilla/5.0 (compatible; Barracuda Sentinel)"


def make_campaign(name="Spring", *, groups=2, start=START, days=30):
    campaign = Campaign.objects.create(
        name=name, name_key=name_key(name), start_at=start, end_at=start + timedelta(days=days)
    )
    for number in range(1, groups + 1):
        name = f"Group {number}"
        Group.objects.create(campaign=campaign, number=number, name=name, name_key=name_key(name))
    return campaign


def make_contact(group, *, email=None, scheduled_at=START, pixels=1, **fields):
    """A contact that falls due as scheduled, created long before unless told otherwise."""
    if email is not None:
        fields |= {
            "email": email,
            "email_hash": blind_index(email, key=settings.HASH_KEY),
            "email_domain": email_domain(email),
        }
    created_at = fields.setdefault("created_at", next(_created))
    fields.setdefault("due_at", first_due(scheduled_at, group=group, told_at=created_at))
    with transaction.atomic():
        contact = Contact.objects.create(
            campaign_id=group.campaign_id, group=group, scheduled_at=scheduled_at, **fields
        )
        register_contacts(contact_ids=[contact.uuid], per_contact=pixels)
    return contact


def make_contacts(group, schedules):
    """Many contacts at once, one for each schedule, with a pixel each."""
    contacts = [
        Contact(
            campaign_id=group.campaign_id,
            group=group,
            scheduled_at=at,
            due_at=at,
            created_at=next(_created),
        )
        for at in schedules
    ]
    with transaction.atomic():
        Contact.objects.bulk_create(contacts)
        pixels = register_contacts(contact_ids=[c.uuid for c in contacts], per_contact=1)
    for contact in contacts:
        contact.pixel_id = pixels[contact.uuid][0].uuid
    return contacts


def open_contacts(contacts, *, after, agent=THUNDERBIRD):
    """A hit of each contact, this long after it was scheduled."""
    record(
        [
            Hit(uuid.uuid4(), contact.scheduled_at + after, contact.pixel_id, user_agent=agent)
            for contact in contacts
        ]
    )


def make_hit(contact, *, after=timedelta(hours=1), agent=THUNDERBIRD, pixel=0, **fields):
    """A hit of one of the contact's pixels, this long after the tests' START."""
    return Hit(
        event_id=fields.pop("event_id", None) or uuid.uuid4(),
        at=START + after,
        pixel_id=contact.pixels.order_by("number")[pixel].uuid,
        user_agent=agent,
        **fields,
    )
