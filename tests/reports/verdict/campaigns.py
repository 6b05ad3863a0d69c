"""Sends campaigns through the real services, and lets time pass."""

import uuid
from datetime import timedelta

from reports.verdict.storing import store_verdicts
from tests.reporting import campaign_report
from tests.tracking.factories import START, THUNDERBIRD, make_contacts
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import note_complete, record
from tracking.hits.event_log import Hit

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# When everybody due at START has been decided on: 72 h, the minute it fell due in, and the grace.
DECIDED = START + 3 * DAY + HOUR


def send(group, contacts=500, *, at=START, over=timedelta(0)):
    """Contacts scheduled evenly over a span."""
    return make_contacts(group, [at + over * n / contacts for n in range(contacts)])


def opened(contacts, *, after=30 * MINUTE, agent=THUNDERBIRD):
    """Each contact opens this long after its first due time."""
    record(
        [
            Hit(uuid.uuid4(), contact.due_at + after, contact.pixel_id, user_agent=agent)
            for contact in contacts
        ]
    )


def share(contacts, part):
    """As many of them as this part, spread evenly."""
    count = round(len(contacts) * part)
    return [contacts[n * len(contacts) // count] for n in range(count)]


def pass_time(until, *, look=True):
    """Runs everything that counts and watches, once."""
    fix_due_campaigns(now=until)
    note_complete(moment=until)
    if look:
        store_verdicts(now=until)


def verdict_of(campaign, moment):
    return campaign_report(campaign_id=campaign.id, now=moment).verdict
