"""Lists the newest test contacts of a campaign and their opens.

`contacts.trial` creates them.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from campaigns.models import Contact, ContactTest
from reports.opens import ListedOpen, opens_of_contacts
from tracking.models import ContactOpens, Pixel

LISTED = 5
OPENS_LISTED = 50


@dataclass(frozen=True)
class ListedTest:
    """A test contact with its pixel and its newest opens, oldest first."""

    contact: Contact
    pixel: Pixel
    opens: list[ListedOpen]


def newest_tests(*, campaign_id: int) -> list[ListedTest]:
    """The newest LISTED test contacts of a campaign that are not erased, in three queries."""
    tests = ContactTest.objects.filter(campaign_id=campaign_id, contact__erased_at__isnull=True)
    tests = tests.select_related("contact__group")[:LISTED]
    contacts = [test.contact for test in tests]
    owned = Pixel.objects.filter(contact__in=contacts, number=1)
    pixels = {pixel.contact_id: pixel for pixel in owned}
    opens = defaultdict(list)
    for opened in reversed(opens_of_contacts(pixels, limit=OPENS_LISTED)):
        opens[opened.contact].append(opened)
    return [
        ListedTest(contact, pixels[contact.uuid], opens[contact.uuid])
        for contact in contacts
        # The pixel may have been deleted.
        if contact.uuid in pixels
    ]


def has_opened_test(campaign_id: int) -> bool:
    """Whether any test of a campaign was opened; in one query."""
    opened = Exists(ContactOpens.objects.filter(contact_id=OuterRef("contact_id")))
    return ContactTest.objects.filter(opened, campaign_id=campaign_id).exists()
