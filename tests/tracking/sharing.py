"""A group whose contacts share a pixel."""

import uuid

from campaigns import services
from consent.modes import Audience
from contacts.pixels.shared import FEWEST, SharedPixels
from tests.tracking.factories import LONG_BEFORE, START, THUNDERBIRD, make_contact
from tracking.hits.event_log import Hit
from tracking.models import SharedLoadsByHour, SharedPixel


def share(campaign, mode="shared", *, now=LONG_BEFORE, field="tracking_mode"):
    return services.update_campaign(campaign_id=campaign.id, changes={field: mode}, now=now)


def sharing_group(campaign, *, contacts=FEWEST):
    """The campaign's first group with so many contacts, each with an address."""
    share(campaign)
    group = campaign.groups.get(number=1)
    for n in range(contacts):
        make_contact(group, email=f"n{n}@example.com")
    return group


def shared_pixel(group, audience="anybody"):
    """The group's pixel, as if it had been given out long ago."""
    pixel_id = SharedPixels().of(group.id, Audience(audience))
    if pixel_id is not None:
        SharedPixel.objects.filter(uuid=pixel_id).update(created_at=LONG_BEFORE)
    return pixel_id


def load(pixel_id, *, after, agent=THUNDERBIRD, **fields):
    """A load so long after the tests' START."""
    return Hit(
        event_id=uuid.uuid4(), at=START + after, pixel_id=pixel_id, user_agent=agent, **fields
    )


def loads_counted():
    """By hour since START, kind and client."""
    first = int(START.timestamp()) // 3600
    return {
        (row.hour - first, row.kind, row.family): row.loads
        for row in SharedLoadsByHour.objects.filter(loads__gt=0)
    }
